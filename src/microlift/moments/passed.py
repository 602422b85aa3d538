"""Whole journeys: which cells each user passed, for models that need more than the cells."""

from collections.abc import Sequence
from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd

from microlift.events import EventLog
from microlift.moments.space import Scheme, pack, packed_key

Ints = npt.NDArray[np.int64]
COUNTS = ("n", "n_mature", "y", "n_lift", "y_lift")
MOST_USERS = 40_000  # of a sample


@dataclass(frozen=True, eq=False)
class Passed:
    """Which cells each user passed, and how often; never shown, never written.

    Attributes
    ----------
    user
        Of each row: a number of the user, 0 .. users - 1, of no meaning outside.
    cell
        Of each row: the position of the cell in ``Moments.cells``.
    counts
        What the row adds to the counts of its cell: ``n``, ``n_mature``, ``y``, ``n_lift``,
        ``y_lift``.
    code
        Of each user: the engine's number, the same however often a log is counted.
    """

    user: Ints
    cell: Ints
    counts: dict[str, npt.NDArray[np.int32]]
    code: Ints

    def __repr__(self) -> str:
        return f"Passed({self.users:,} users)"

    @property
    def users(self) -> int:
        """Number of users."""
        return len(self.code)

    @classmethod
    def together(cls, parts: Sequence["Passed"], sizes: Sequence[int]) -> "Passed":
        """Join parts of a log, which have other users and other cells; `sizes` counts theirs."""
        user, cell, code = [], [], []
        users = cells = 0
        for part, size in zip(parts, sizes, strict=True):
            user.append(part.user + users)
            cell.append(part.cell + cells)
            code.append(part.code)
            users, cells = users + part.users, cells + size
        counts = {name: np.concatenate([part.counts[name] for part in parts]) for name in COUNTS}
        return cls(np.concatenate(user), np.concatenate(cell), counts, np.concatenate(code))


def follow(
    log: EventLog, tables: Sequence[ir.Table], scheme: Scheme, cells: pd.DataFrame, every: int
) -> Passed:
    """Follow one in `every` users through the cells of a part.

    The rows leave the engine as integers and are sorted by all they hold: the same log gives the
    same rows, whatever the number of threads.
    """
    found = [_rows(log, table, scheme, every) for table in tables]
    rows = {name: np.concatenate([one[name] for one in found]) for name in found[0]}
    own = {field.name: cells[field.name].to_numpy(dtype=np.int64) for field in scheme.key}
    keys = pack(own, scheme.key)
    cell = _place(list(keys.values()), [rows[name] for name in keys])
    order = np.lexsort((*(rows[name] for name in COUNTS), cell, rows["user"]))
    distinct, user = np.unique(rows["user"][order], return_inverse=True)
    counts = {name: rows[name][order].astype(np.int32) for name in COUNTS}
    return Passed(user.ravel(), cell[order], counts, distinct.astype(np.int64))


def _rows(log: EventLog, table: ir.Table, scheme: Scheme, every: int) -> dict[str, Ints]:
    """Rows of one kind of moments: user, key of the cell, counts."""
    chosen = table if every == 1 else table.filter(table.user % every == 0)
    keys = packed_key(chosen, scheme)
    counts = [name for name in COUNTS if name in chosen.columns]
    frame = log.con.to_pyarrow(
        chosen.select("user", **keys, **{name: chosen[name] for name in counts})
    )
    out = {name: frame[name].to_numpy() for name in frame.column_names}
    if "n_lift" not in counts:  # visits, where lift and journey value judge the same outcome
        out |= {"n_lift": out["n_mature"], "y_lift": out["y"]}
    return out


def _place(cells: Sequence[Ints], rows: Sequence[Ints]) -> Ints:
    """Position of each row's key among the cells', which are distinct, sorted, and have each."""
    if len(cells) == 1:
        # Looked up in order, which finds what it looks for nearby.
        order = np.argsort(rows[0])
        found = np.empty(len(order), dtype=np.int64)
        found[order] = np.searchsorted(cells[0], rows[0][order])
        return found
    both = [np.concatenate([cell, row]) for cell, row in zip(cells, rows, strict=True)]
    order = np.lexsort(both[::-1])
    change = np.zeros(len(order), dtype=bool)
    for key in both:
        change[1:] |= key[order][1:] != key[order][:-1]
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.cumsum(change)
    own = len(cells[0])
    at = np.empty(own, dtype=np.int64)
    at[number[:own]] = np.arange(own)
    return at[number[own:]]
