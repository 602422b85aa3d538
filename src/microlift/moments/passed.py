"""Whole journeys: which cells each user passed, for models that need more than the cells."""

from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt

from microlift.moments import clock, visits
from microlift.moments.cells import Moments
from microlift.moments.counting import part_events, parts_of
from microlift.moments.space import Scheme, pack
from microlift.plan import Clock

Ints = npt.NDArray[np.int32]
COUNTS = ("n", "n_mature", "y", "n_lift", "y_lift")


@dataclass(frozen=True, eq=False)
class Passed:
    """Which cells each user passed, and how often; never shown, never written.

    Attributes
    ----------
    user
        Of each row: a number of the user, 0 .. users - 1, of no meaning outside.
    cell
        Of each row: the position of the cell in ``Moments.cells``.
    n, n_mature, y, n_lift, y_lift
        What the row adds to the counts of its cell.
    users
        Number of users.
    """

    user: Ints
    cell: Ints
    n: Ints
    n_mature: Ints
    y: Ints
    n_lift: Ints
    y_lift: Ints
    users: int


def passed(moments: Moments, every: int = 1) -> Passed:
    """Follow users of `moments` through its cells, a part of the users at a time.

    The rows leave the engine as integers, sorted by user and cell: the same log gives the same
    rows, whatever the number of threads.

    Parameters
    ----------
    moments
        Cells of a log that is still open.
    every
        1 for all users, k for one in k.
    """
    log, is_clock = moments.log, isinstance(moments.log.plan.moments, Clock)
    scheme = Scheme(
        moments.steps,
        tuple(
            field for field in moments.fields if field.name not in ("at", "arrive", "fresh", "done")
        ),
        len(log.plan.actions),
        moments.starts,
    )
    keys = _keys(moments, scheme)
    parts = parts_of(log)
    columns: dict[str, list[npt.NDArray[np.int64]]] = {
        name: [] for name in ("user", "cell", *COUNTS)
    }
    for part in range(parts):
        events = part_events(log, part, parts)
        if every > 1:
            events = events.filter(events.user % every == 0)
        build = clock.clock_rows if is_clock else visits.visit_rows
        rows = log.con.create_table(
            "passed_rows", build(log, events, scheme), temp=True, overwrite=True
        )
        covered = rows.filter(rows.covered)
        tables = clock.moments_of(log, covered) if is_clock else visits.moments_of(covered, scheme)
        found = [_rows(moments, table, scheme, is_clock) for table in tables]
        whole = {name: np.concatenate([one[name] for one in found]) for name in found[0]}
        place = _place(keys, [whole[name] for name in whole if name.startswith("key")])
        order = np.lexsort((place, whole["user"]))
        columns["cell"].append(place[order].astype(np.int32))
        for name in ("user", *COUNTS):
            columns[name].append(whole[name][order].astype(np.int32))
    log.con.drop_table("passed_rows", force=True)
    out = {name: np.concatenate(pieces) for name, pieces in columns.items()}
    distinct, user = np.unique(out["user"], return_inverse=True)
    return Passed(**{**out, "user": user.astype(np.int32).ravel()}, users=len(distinct))


def _rows(
    moments: Moments, table: ir.Table, scheme: Scheme, is_clock: bool
) -> dict[str, npt.NDArray[np.int64]]:
    """Rows of one kind of moments: user, key of the cell, counts."""
    keys = pack({field.name: table[field.name].cast("int64") for field in scheme.key}, scheme.key)
    counts = COUNTS if is_clock else COUNTS[:3]
    chosen = table.select("user", **keys, **{name: table[name] for name in counts})
    frame = moments.log.con.to_pyarrow(chosen)
    out = {name: frame[name].to_numpy() for name in frame.column_names}
    if not is_clock:  # there lift and journey value judge the same outcome
        out |= {"n_lift": out["n_mature"], "y_lift": out["y"]}
    return out


def _keys(moments: Moments, scheme: Scheme) -> list[npt.NDArray[np.int64]]:
    cells = moments.cells
    return list(
        pack(
            {f.name: cells[f.name].to_numpy(dtype=np.int64) for f in scheme.key}, scheme.key
        ).values()
    )


def _place(
    cells: list[npt.NDArray[np.int64]], rows: list[npt.NDArray[np.int64]]
) -> npt.NDArray[np.int64]:
    """Position of each row's key among those of the cells: distinct, and each row has one."""
    if len(cells) == 1:
        order = np.argsort(cells[0], kind="stable")
        found: npt.NDArray[np.int64] = order[np.searchsorted(cells[0], rows[0], sorter=order)]
        return found
    both = [np.concatenate([cell, row]) for cell, row in zip(cells, rows, strict=True)]
    order = np.lexsort(both[::-1])
    change = np.zeros(len(order), dtype=bool)
    for key in both:
        change[1:] |= key[order][1:] != key[order][:-1]
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.cumsum(change)
    at = np.empty(number.max(initial=0) + 1, dtype=np.int64)
    at[number[: len(cells[0])]] = np.arange(len(cells[0]))
    return at[number[len(cells[0]) :]]
