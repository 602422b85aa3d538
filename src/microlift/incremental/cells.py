"""Cells under their packed keys, sorted: how lists of them add up, and read in other codes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from microlift.moments.counting import COUNTS
from microlift.moments.space import FIRST_STEP, Scheme, pack, unpack

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Cells:
    """Cells in the order of their keys, each key once.

    Attributes
    ----------
    keys
        One or a few arrays, as `microlift.moments.space.pack` makes them.
    counts
        By name, as long as the keys.
    """

    keys: list[Ints]
    counts: dict[str, Ints]

    @classmethod
    def of(cls, frame: pd.DataFrame, scheme: Scheme) -> "Cells":
        """Cells of a frame as `cells_of` gives it."""
        columns = {f.name: frame[f.name].to_numpy(dtype=np.int64) for f in scheme.key}
        counts = {name: frame[name].to_numpy(dtype=np.int64) for name in COUNTS}
        return cls(list(pack(columns, scheme.key).values()), counts)._in_order()

    def frame(self, scheme: Scheme) -> pd.DataFrame:
        """The frame that `cells_of` gives: the same columns of the same types."""
        told = unpack(self.keys, scheme.key)
        out: dict[str, Any] = {
            f.name: told[f.name].astype(np.min_scalar_type(-f.size)) for f in scheme.key
        }
        return pd.DataFrame(out | {name: of.astype(np.int32) for name, of in self.counts.items()})

    def plus(self, other: "Cells", sign: int = 1) -> "Cells":
        """Add the counts of other cells; those of which nothing is left go."""
        if len(self.keys) > 1:
            keys = [np.concatenate(pair) for pair in zip(self.keys, other.keys, strict=True)]
            both = {
                n: np.concatenate([of, sign * other.counts[n]]) for n, of in self.counts.items()
            }
            return Cells(keys, both)._in_order()._without_none()
        mine, theirs = self.keys[0], other.keys[0]
        at = np.searchsorted(mine, theirs)
        known = np.zeros(len(theirs), dtype=bool)
        inside = at < len(mine)
        known[inside] = mine[at[inside]] == theirs[inside]
        counts = {}
        for name, of in self.counts.items():
            more = of.copy()
            more[at[known]] += sign * other.counts[name][known]
            counts[name] = np.insert(more, at[~known], sign * other.counts[name][~known])
        return Cells([np.insert(mine, at[~known], theirs[~known])], counts)._without_none()

    def recoded(
        self, old: Scheme, new: Scheme, labels: Mapping[str, tuple[list[str], list[str]]]
    ) -> "Cells":
        """The same cells in the codes of another scheme: steps and labels may have moved.

        Parameters
        ----------
        old, new
            Every step of the old one is among those of the new one.
        labels
            For each attribute, in order, its labels then and now.
        """
        if old == new and all(then == now for then, now in labels.values()):
            return self
        columns = unpack(self.keys, old.key)
        steps = np.array([new.steps.index(mask) for mask in old.steps], dtype=np.int64)
        columns["at"] = np.concatenate([[0], steps + 1])[columns["at"]]
        columns["next"] = np.concatenate([np.arange(FIRST_STEP), steps + FIRST_STEP])[
            columns["next"]
        ]
        for i, (then, now) in enumerate(labels.values()):
            place = {label: code for code, label in enumerate(now)}
            codes = np.array([place.get(label, -1) for label in then], dtype=np.int64)
            columns[f"a{i}"] = codes[columns[f"a{i}"]]
            assert not len(self.keys[0]) or columns[f"a{i}"].min() >= 0, "a label is gone"
        return Cells(list(pack(columns, new.key).values()), self.counts)._in_order()

    def _in_order(self) -> "Cells":
        order = np.lexsort(self.keys[::-1])
        keys = [key[order] for key in self.keys]
        change = np.ones(len(order), dtype=bool)
        change[1:] = np.any([key[1:] != key[:-1] for key in keys], axis=0)
        first = np.flatnonzero(change)
        counts = {
            name: np.add.reduceat(of[order], first) if len(first) else of
            for name, of in self.counts.items()
        }
        return Cells([key[first] for key in keys], counts)

    def _without_none(self) -> "Cells":
        there = self.counts["n"] != 0
        if there.all():
            return self
        counts = {name: of[there] for name, of in self.counts.items()}
        return Cells([key[there] for key in self.keys], counts)
