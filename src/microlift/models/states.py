"""Distinct states as a matrix of small integers, and cells as arrays over them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from microlift.models.crossfit import Counts, Ints, blocks
from microlift.moments import Moments
from microlift.moments.space import Field, pack

MOST_STATES = 250_000
# What the models give up first where histories are too many to fit: it overlaps with the rest.
_SPARED_FIRST = ("tenure", "away", "depth")
_LEDGER_ONLY = ("arrive", "fresh", "done")


@dataclass(frozen=True, eq=False)
class States:
    """Cells of the moments as arrays, with the distinct states that the models see.

    What is known of each cell lies in as few bytes as it needs, and where it can in those of
    ``Moments.cells``: a large log has tens of millions of cells.

    Attributes
    ----------
    x
        States times features, small integers.
    names
        The features; ``did_0`` ... are the actions done.
    state, next, bucket
        Of each cell.
    n, y, n_lift, y_lift, n_cut, n_all
        Counts of each cell: mature moments, macros, the two of lift, cut-off moments, all moments.
    arrive, at, fresh
        Of each cell: how its moment was reached, for the ledger.
    done
        Of each state: the bit mask of actions done.
    """

    x: npt.NDArray[np.int16]
    names: tuple[str, ...]
    state: Counts
    next: Counts
    bucket: Counts
    n: Counts
    y: Counts
    n_lift: Counts
    y_lift: Counts
    n_cut: Counts
    n_all: Counts
    arrive: Counts
    at: Counts
    fresh: Counts
    done: Counts

    @classmethod
    def from_moments(cls, moments: Moments) -> "States":
        """Arrays of `moments`, in the order of its cells."""
        cells = moments.cells
        done = cells["done"].to_numpy()
        columns = {
            field.name: cells[field.name].to_numpy()
            for field in moments.fields
            if field.name not in _LEDGER_ONLY
        }
        columns["again"] = _again(moments)
        actions = len(moments.log.plan.actions)
        # One number for all actions done, in the order that a column each would give.
        sample, state = distinct([*columns.values(), _mirrored(done, actions)])
        columns = {name: column[sample] for name, column in columns.items()}
        for action in range(actions):
            columns[f"did_{action}"] = (done[sample] >> action) & 1
        for name in _SPARED_FIRST:
            if len(sample) > MOST_STATES and name in columns:
                del columns[name]
                kept, merged = distinct(list(columns.values()))
                columns = {name: column[kept] for name, column in columns.items()}
                sample, state = sample[kept], merged[state]
        x = np.stack(list(columns.values()), axis=1).astype(np.int16)
        return cls(
            x=x,
            names=tuple(columns),
            state=state,
            next=cells["next"].to_numpy(),
            bucket=cells["bucket"].to_numpy(),
            n=cells["n_mature"].to_numpy(),
            y=cells["y"].to_numpy(),
            n_lift=cells["n_lift"].to_numpy(),
            y_lift=cells["y_lift"].to_numpy(),
            n_cut=cells["n_cut"].to_numpy(),
            n_all=cells["n"].to_numpy(),
            arrive=cells["arrive"].to_numpy(),
            at=cells["at"].to_numpy(),
            fresh=cells["fresh"].to_numpy(),
            done=done[sample],
        )


def _mirrored(done: Counts, actions: int) -> Counts:
    """Bit masks read from the other end: the first action is the highest bit."""
    code, masks = pd.factorize(done)
    mirrored = np.zeros(len(masks), dtype=np.int64)
    for action in range(actions):
        mirrored |= (masks.astype(np.int64) >> action & 1) << (actions - 1 - action)
    out: Counts = mirrored.astype(np.min_scalar_type(-(1 << actions)))[code]
    return out


def _again(moments: Moments) -> Counts:
    """1 where the action just done was not new to the user."""
    cells = moments.cells
    fresh = cells["fresh"].to_numpy()
    masks = np.array([0, *moments.steps], dtype=np.int64).astype(fresh.dtype)
    again = masks[cells["at"].to_numpy()] != fresh
    if "recency" in cells:
        again &= cells["recency"].to_numpy() == 0
    out: Counts = again.astype(np.int8)
    return out


def distinct(columns: list[Counts]) -> tuple[Ints, Counts]:
    """Number the distinct rows of some columns of small integers, in lexicographic order.

    Returns
    -------
    The position of one row of each kind, and the number of the kind of each row.

    Examples
    --------
    >>> at, number = distinct([np.array([1, 0, 1]), np.array([5, 7, 5])])
    >>> number.tolist()
    [1, 0, 1]
    """
    keys = _keys(columns)
    if len(keys) == 1:
        code, kinds = pd.factorize(keys[0])  # numbers kinds in the order in which they come up
        order = np.argsort(kinds)
        rank = np.empty(len(order), dtype=np.int32)
        rank[order] = np.arange(len(order), dtype=np.int32)
        newest = np.maximum.accumulate(code)
        first = np.flatnonzero(np.diff(newest, prepend=-1))
        return first[order], rank[code]
    order = np.lexsort(keys[::-1])
    change = np.zeros(len(order), dtype=bool)
    change[:1] = True
    for key in keys:
        change[1:] |= key[order][1:] != key[order][:-1]
    number = np.empty(len(order), dtype=np.int32)
    number[order] = np.cumsum(change) - 1
    return order[change], number


def _keys(columns: list[Counts]) -> list[Ints]:
    """Pack columns into a few wide numbers each row, a block of rows at a time."""
    sizes = [int(column.max(initial=0)) + 1 for column in columns]
    fields = [Field(str(position), size) for position, size in enumerate(sizes)]
    rows = len(columns[0])
    keys: list[Ints] = []
    for block in blocks(rows):
        wide = {f.name: c[block].astype(np.int64) for f, c in zip(fields, columns, strict=True)}
        packed = list(pack(wide, fields).values())
        keys = keys or [np.empty(rows, dtype=np.int64) for _ in packed]
        for key, part in zip(keys, packed, strict=True):
            key[block] = part
    return keys or [np.empty(0, dtype=np.int64)]
