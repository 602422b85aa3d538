"""Distinct states as a matrix of small integers, and cells as arrays over them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from microlift.moments import Moments
from microlift.moments.space import Field, pack

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
MOST_STATES = 250_000
# What the models give up first where histories are too many to fit: it overlaps with the rest.
_SPARED_FIRST = ("tenure", "away", "depth")
_LEDGER_ONLY = ("arrive", "fresh", "done")


@dataclass(frozen=True, eq=False)
class States:
    """Cells of the moments as arrays, with the distinct states that the models see.

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
    state: Ints
    next: Ints
    bucket: Ints
    n: Floats
    y: Floats
    n_lift: Floats
    y_lift: Floats
    n_cut: Floats
    n_all: Floats
    arrive: Ints
    at: Ints
    fresh: Ints
    done: Ints

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
        for action in range(len(moments.log.plan.actions)):
            columns[f"did_{action}"] = (done >> action) & 1
        sample, state = distinct(list(columns.values()))
        columns = {name: column[sample] for name, column in columns.items()}
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
            n=cells["n_mature"].to_numpy(dtype=np.float64),
            y=cells["y"].to_numpy(dtype=np.float64),
            n_lift=cells["n_lift"].to_numpy(dtype=np.float64),
            y_lift=cells["y_lift"].to_numpy(dtype=np.float64),
            n_cut=cells["n_cut"].to_numpy(dtype=np.float64),
            n_all=cells["n"].to_numpy(dtype=np.float64),
            arrive=cells["arrive"].to_numpy(),
            at=cells["at"].to_numpy(),
            fresh=cells["fresh"].to_numpy(),
            done=done[sample],
        )


def _again(moments: Moments) -> Ints:
    """1 where the action just done was not new to the user."""
    cells = moments.cells
    masks = np.array([0, *moments.steps], dtype=np.int64)
    now = cells["recency"].to_numpy() == 0 if "recency" in cells else np.True_
    again = (masks[cells["at"].to_numpy()] != cells["fresh"].to_numpy()) & now
    out: Ints = again.astype(np.int64)
    return out


def distinct(columns: list[Ints]) -> tuple[Ints, Ints]:
    """Number the distinct rows of some columns of small integers, in lexicographic order.

    Returns
    -------
    The position of one row of each kind, and the number of the kind of each row.

    Examples
    --------
    >>> at, number = distinct([np.array([1, 0, 1]), np.array([5, 7, 5])])
    >>> number
    array([1, 0, 1])
    """
    sizes = [int(column.max(initial=0)) + 1 for column in columns]
    names = [str(position) for position in range(len(columns))]
    fields = [Field(name, size) for name, size in zip(names, sizes, strict=True)]
    wide = {name: column.astype(np.int64) for name, column in zip(names, columns, strict=True)}
    keys = list(pack(wide, fields).values())
    order = np.lexsort(keys[::-1])
    change = np.zeros(len(order), dtype=bool)
    change[:1] = True
    for key in keys:
        change[1:] |= key[order][1:] != key[order][:-1]
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.cumsum(change) - 1
    return order[change], number
