"""Counting moments into cells, a part of the users at a time, inside the engine."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from microlift.events import EventLog
from microlift.events.arrays import Ints, take_back
from microlift.events.parts import in_parts, part_of, parts_for
from microlift.moments import clock, visits
from microlift.moments.passed import MOST_USERS, Passed, follow
from microlift.moments.space import Scheme, packed_key, unpack
from microlift.plan import Clock, micros

COUNTS = ("n", "n_mature", "y", "n_lift", "y_lift", "n_cut")
ROWS_A_PART = 5_000_000


@dataclass(frozen=True)
class Totals:
    """What is counted of users and macros, beside the cells.

    Attributes
    ----------
    users, covered
        Users in the log; those of them whose first moment is mature.
    macros, revenue
        First macros of covered users; their value in minor units of the currency.
    all_macro_users
        Users with a macro in the whole log.
    """

    users: int
    covered: int
    macros: int
    revenue: int
    all_macro_users: int


@dataclass(frozen=True, eq=False)
class Counted:
    """What comes out of the engine; the columns are those of ``Moments``."""

    cells: pd.DataFrame
    doers: pd.DataFrame
    occurrences: tuple[int, ...]
    firsts: pd.DataFrame
    macro_visits: pd.DataFrame
    totals: Totals
    sample: Passed


def count(log: EventLog, scheme: Scheme) -> Counted:
    """Count the moments of a log.

    Large logs are counted in parts of whole buckets of users, which bounds memory: cells of
    different buckets are different cells, so the parts only have to be put one after the other.
    """
    parts = parts_of(log)
    every = one_in(log)
    counted = [_count_part(log, events, scheme, every) for events in in_parts(log.events, parts)]
    doers = _merge([part.doers for part in counted], ["ever", "converted"])
    totals = [part.totals for part in counted]
    silent = log.facts.users - int(doers["n"].sum())
    if silent:  # users without a planned event, where starts of sessions are no moments
        none = pd.DataFrame({"ever": [0], "converted": [0], "n": [silent]})
        doers = _merge([doers, none], ["ever", "converted"])
    return Counted(
        cells=_together([part.cells for part in counted]),
        doers=doers.rename(columns={"n": "users"}),
        occurrences=tuple(np.sum([part.occurrences for part in counted], axis=0).tolist()),
        firsts=_merge([part.firsts for part in counted], ["fresh", "tied"]),
        macro_visits=_merge([part.macro_visits for part in counted], ["held"]),
        totals=Totals(
            users=log.facts.users,
            covered=sum(part.covered for part in totals),
            macros=sum(part.macros for part in totals),
            revenue=sum(part.revenue for part in totals),
            all_macro_users=sum(part.all_macro_users for part in totals),
        ),
        sample=Passed.together(
            [part.sample for part in counted], [len(part.cells) for part in counted]
        ),
    )


def _together(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Put frames one after the other, a column at a time: there may be millions of rows."""
    if len(parts) == 1:
        return parts[0]
    names = parts[0].columns
    columns = {
        name: np.concatenate([part.pop(name).to_numpy() for part in parts]) for name in names
    }
    return pd.DataFrame(columns, copy=False)


def everyone(log: EventLog, scheme: Scheme, cells: pd.DataFrame) -> Passed:
    """Whole journeys of all users through the `cells` that were counted of the log."""
    parts = parts_of(log)
    place = part_of(cells["bucket"].to_numpy(), parts)
    found = []
    for part, events in enumerate(in_parts(log.events, parts)):
        with moment_tables(log, events, scheme) as (_, tables):
            found.append(follow(log, tables, scheme, cells[place == part], every=1))
    return Passed.together(found, [int((place == part).sum()) for part in range(parts)])


def one_in(log: EventLog) -> int:
    """One in how many users is in the sample of whole journeys."""
    return max(1, -(-log.facts.users // MOST_USERS))


def parts_of(log: EventLog) -> int:
    """In how many parts of whole buckets a log is counted."""
    return parts_for(max(log.facts.events, log.facts.users), ROWS_A_PART)


@contextmanager
def moment_tables(
    log: EventLog, events: ir.Table, scheme: Scheme
) -> Iterator[tuple[ir.Table, list[ir.Table]]]:
    """Rows of moments, worked out once, and the moments of each kind, for as long as the block.

    One block at a time. After an error the rows stay, since the engine may not be asked any more.
    """
    if isinstance(log.plan.moments, Clock):
        told = clock.clock_rows(log, events, scheme)
        rows = log.con.create_table(_CLOCK_ROWS, told, temp=True, overwrite=True)
        yield rows, clock.moments_of(log, rows.filter(rows.covered))
        log.con.drop_table(_CLOCK_ROWS)
    else:
        rows = visits.keyed_rows(log, events, scheme)
        yield rows, visits.moments_with_keys(rows.filter(rows.covered), scheme)
        take_back(log.con, visits.LENT)


_CLOCK_ROWS = "clock_rows"


def _count_part(log: EventLog, events: ir.Table, scheme: Scheme, every: int) -> Counted:
    with moment_tables(log, events, scheme) as (rows, tables):
        cells = cells_of(log, tables, scheme)
        users = _users(log, rows)
        return Counted(
            cells=cells,
            doers=users[["ever", "converted", "n"]],
            occurrences=_occurrences(log, rows),
            firsts=_firsts(log, rows.filter(rows.covered)),
            macro_visits=_macro_visits(log, events),
            totals=_totals(users),
            sample=follow(log, tables, scheme, cells, every),
        )


def _merge(frames: Sequence[pd.DataFrame], keys: list[str]) -> pd.DataFrame:
    return pd.concat(frames).groupby(keys, as_index=False, sort=True)[["n"]].sum()


def cells_of(log: EventLog, tables: Sequence[ir.Table], scheme: Scheme) -> pd.DataFrame:
    """Cells of a part, sorted by key; small integers, since there may be millions.

    Where lift and journey value judge the same outcome, it is counted once.
    """
    same_outcome = not isinstance(log.plan.moments, Clock)
    flags = same_outcome and math.prod(field.size for field in scheme.key) < _FLAGGED
    summed = _by_flags(log, tables) if flags else _by_sums(log, tables, scheme, same_outcome)
    keys = [summed.pop(name) for name in sorted(name for name in summed if name not in COUNTS)]
    cells = unpack(keys, scheme.key)
    out = {
        field.name: cells[field.name].astype(np.min_scalar_type(-field.size))
        for field in scheme.key
    }
    out |= {name: counts.astype(np.int32) for name, counts in summed.items()}
    if same_outcome:
        out |= {"n_lift": out["n_mature"], "y_lift": out["y"], "n_cut": np.zeros_like(out["n"])}
    return pd.DataFrame(out, copy=False)


_FLAGGED = 1 << 60  # below it a key has room for two flags behind it


def _by_flags(log: EventLog, tables: Sequence[ir.Table]) -> dict[str, Ints]:
    """Moments by key, in its order, where each is one: to sort plain numbers is the quickest."""
    rows = [
        log.con.to_pyarrow(table.select(flagged=(table.key0 * 2 + table.n_mature) * 2 + table.y))
        for table in tables
    ]
    flagged = np.concatenate([each["flagged"].to_numpy() for each in rows])
    flagged.sort()
    keys = flagged >> 2
    first = np.flatnonzero(np.diff(keys, prepend=-1))
    ends = np.append(first, len(keys))[1:]
    found = {"key0": keys[first], "n": ends - first}
    for name, shift in (("n_mature", 1), ("y", 0)):
        so_far = np.cumsum((flagged >> shift) & 1)
        found[name] = np.diff(so_far[ends - 1], prepend=0)
    return found


def _by_sums(
    log: EventLog, tables: Sequence[ir.Table], scheme: Scheme, same_outcome: bool
) -> dict[str, Ints]:
    """Moments by key, in its order, as the engine sums them."""
    counts = COUNTS[:3] if same_outcome else COUNTS
    frames = []
    for table in tables:
        keys = packed_key(table, scheme)
        packed = table.select(**keys, **{name: table[name] for name in counts})
        sums = {name: packed[name].sum().cast("int64") for name in counts}
        frames.append(log.con.to_pyarrow(packed.group_by(list(keys)).agg(**sums)))
    arrays: dict[str, Ints] = {
        name: np.concatenate([frame[name].to_numpy() for frame in frames])
        for name in frames[0].column_names
    }
    key_names = [name for name in arrays if name not in counts]
    # Rows that share a key are summed, so their order among themselves is of no matter.
    one = len(key_names) == 1
    order = np.argsort(arrays["key0"]) if one else np.lexsort([arrays[n] for n in key_names[::-1]])
    found = {name: arrays[name][order] for name in arrays}
    change = np.ones(len(order), dtype=bool)  # ticks of different kinds may share a key
    change[1:] = np.any([found[name][1:] != found[name][:-1] for name in key_names], axis=0)
    first = np.flatnonzero(change)
    for name, values in found.items():
        is_count = name in counts and len(first)
        found[name] = np.add.reduceat(values, first) if is_count else values[first]
    return found


def _users(log: EventLog, rows: ir.Table) -> pd.DataFrame:
    """Users by what they did before the macro, whether it came, and whether they are covered.

    A user's last row tells, so no row is grouped by its user.
    """
    ends = rows.filter(rows.final)
    own = (ends.macro == 1).ifelse(0, ends.mask)
    kinds = ends.select(
        "covered", "value", ever=ends.done_before | own, converted=ends.macro.cast("int64")
    )
    worth = kinds.value.sum(where=kinds.converted == 1).cast("int64").fill_null(0)
    counted = kinds.group_by(["ever", "converted", "covered"]).agg(n=kinds.count(), worth=worth)
    return _frame(log, counted)


def _occurrences(log: EventLog, rows: ir.Table) -> tuple[int, ...]:
    before = rows.filter(rows.macro == 0)
    frame = _frame(log, before.group_by("mask").agg(n=before.count()))
    mask, n = frame["mask"].to_numpy(), frame["n"].to_numpy()
    return tuple(int(n[mask >> bit & 1 == 1].sum()) for bit in range(len(log.plan.actions)))


def _firsts(log: EventLog, rows: ir.Table) -> pd.DataFrame:
    acted = rows.filter((rows.mask != 0) & rows.macro_t.notnull())
    acted = acted.filter(acted.macro_t <= acted.t + micros(log.plan.horizon))
    acted = acted.mutate(
        fresh=acted.mask & ~acted.done_before,
        tied=((acted.t == acted.macro_t) & (acted.tie == 1)) | (acted.macro == 1),
    )
    acted = acted.filter(acted.fresh != 0)
    return _frame(log, acted.group_by(["fresh", "tied"]).agg(n=acted.count()))


def _macro_visits(log: EventLog, events: ir.Table) -> pd.DataFrame:
    """Visits with a user's first macro, by the set of actions anywhere in them."""
    macros = events.filter(events.macro == 1)
    first = macros.group_by("user").agg(session=macros.session.min())
    inside = events.join(first, ["user", "session"])
    held = inside.group_by("user").agg(held=inside.mask.bit_or())
    return _frame(log, held.group_by("held").agg(n=held.count()))


def _totals(users: pd.DataFrame) -> Totals:
    """Of a part."""
    converted, covered = users["converted"] == 1, users["covered"].astype(bool)
    return Totals(
        users=int(users["n"].sum()),
        covered=int(users.loc[covered, "n"].sum()),
        macros=int(users.loc[converted & covered, "n"].sum()),
        revenue=int(users.loc[covered, "worth"].sum()),
        all_macro_users=int(users.loc[converted, "n"].sum()),
    )


def _frame(log: EventLog, table: ir.Table) -> pd.DataFrame:
    frame: pd.DataFrame = log.con.to_pyarrow(table).to_pandas()
    return frame
