"""Distinct states as a matrix of small integers, and cells as arrays over them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from microlift.moments import Moments

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
_LEDGER_ONLY = ("arrive", "fresh", "done")


@dataclass(frozen=True, eq=False)
class States:
    """Cells of the moments as arrays, with the distinct states that the models see.

    Attributes
    ----------
    x
        States times features, small integers.
    names, sizes
        The features and how many values each can have; ``did_0`` ... are the actions done.
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
    sizes: tuple[int, ...]
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
        features = [field for field in moments.fields if field.name not in _LEDGER_ONLY]
        done = cells["done"].to_numpy()
        again = _again(moments)
        columns = [cells[field.name].to_numpy() for field in features] + [again]
        actions = range(len(moments.log.plan.actions))
        columns += [(done >> bit) & 1 for bit in actions]
        every = np.stack(columns, axis=1).astype(np.int16)
        x, state = _distinct(every)
        state_done = np.zeros(len(x), dtype=np.int64)
        state_done[state] = done
        return cls(
            x=x,
            names=(*(field.name for field in features), "again", *(f"did_{a}" for a in actions)),
            sizes=(*(field.size for field in features), 2, *(2 for _ in actions)),
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
            done=state_done,
        )


def _again(moments: Moments) -> Ints:
    """1 where the action just done was not new to the user."""
    cells = moments.cells
    masks = np.array([0, *moments.steps], dtype=np.int64)
    now = cells["recency"].to_numpy() == 0 if "recency" in cells else np.True_
    again = (masks[cells["at"].to_numpy()] != cells["fresh"].to_numpy()) & now
    return again.astype(np.int64)


def _distinct(rows: npt.NDArray[np.int16]) -> tuple[npt.NDArray[np.int16], Ints]:
    """Distinct rows in lexicographic order, and the index of each row among them."""
    order = np.lexsort(rows.T[::-1])
    ordered = rows[order]
    change = np.any(ordered[1:] != ordered[:-1], axis=1)
    number = np.concatenate([[0], np.cumsum(change)])
    index = np.empty(len(rows), dtype=np.int64)
    index[order] = number
    return ordered[np.concatenate([[True], change])], index
