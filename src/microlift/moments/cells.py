"""Frequency cells of moments: everything the models need, and nothing about a single user."""

from collections.abc import Iterable
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from microlift.events import EventLog
from microlift.moments import clock, visits
from microlift.moments.space import BUCKETS, FIRST_STEP, Field, pack, unpack
from microlift.plan import Clock, micros

COUNTS = ("n", "n_mature", "y", "n_lift", "y_lift", "n_cut")
# Below this share of visits without anything planned, the log is taken to hold planned events only.
_EMPTY_VISITS = 0.01


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
class Moments:
    """Moments of decision, compressed into cells.

    Attributes
    ----------
    log
        The event log they come from.
    kind
        ``"visits"`` or ``"clock"``.
    starts
        Whether the start of a session is a moment.
    reason
        Why, in a sentence.
    steps
        The sets of planned actions that one event can stand for, as bit masks.
    fields
        The integer columns that make up a state, in order.
    cells
        One row for each (state, next, bucket), sorted: columns of `fields`, ``next``, ``bucket``,
        and the counts ``n`` (moments), ``n_mature``, ``y`` (macro within the horizon),
        ``n_lift``, ``y_lift`` (the same, as lift judges them: with the clock from the tick's end
        and without a macro in the tick) and ``n_cut`` (macro inside the tick).
    doers
        Users by the set of actions done before the first macro (``ever``) and macro (``converted``).
    occurrences
        Occurrences of each action before the first macro.
    firsts
        First occurrences that a macro follows, by ``mask`` of new actions and ``tied`` (recorded
        at the macro's own timestamp with nothing to tell the order).
    totals
        Counts of users and macros.
    """

    log: EventLog
    kind: str
    starts: bool
    reason: str
    steps: tuple[int, ...]
    fields: tuple[Field, ...]
    cells: pd.DataFrame
    doers: pd.DataFrame
    occurrences: tuple[int, ...]
    firsts: pd.DataFrame
    totals: Totals

    @property
    def mature(self) -> int:
        """Moments whose whole horizon lies inside the data."""
        return int(self.cells["n_mature"].sum())

    @property
    def immature(self) -> int:
        """Moments of covered users that are left out of estimates for want of a full horizon."""
        return int(self.cells["n"].sum()) - self.mature

    def to_pandas(self) -> pd.DataFrame:
        """Return the cells as a frame."""
        return self.cells.copy()

    def __repr__(self) -> str:
        return (
            f"Moments({self.kind}: {self.mature:,} mature moments of {self.totals.covered:,} users "
            f"in {len(self.cells):,} cells)"
        )

    def _repr_html_(self) -> str:
        rows = {
            "Moments": self.kind,
            "Mature": f"{self.mature:,}",
            "Left out (horizon not over)": f"{self.immature:,}",
            "Users covered": f"{self.totals.covered:,} of {self.totals.users:,}",
            "Macros": f"{self.totals.macros:,}",
            "Cells": f"{len(self.cells):,}",
            "Session starts": self.reason,
        }
        body = "".join(f"<tr><th>{name}</th><td>{value}</td></tr>" for name, value in rows.items())
        return f"<table>{body}</table>"


def moments(log: EventLog) -> Moments:
    """Moments of decision of a log, compressed into cells inside the engine.

    Parameters
    ----------
    log
        An event log with its plan.

    Returns
    -------
    Moments
        The cells. Only they leave the engine; their number hangs on the number of distinct
        histories, not on the number of events.
    """
    steps = _step_masks(log)
    if isinstance(log.plan.moments, Clock):
        kind, starts = "clock", False
        reason = "the plan asks for a clock: ticks while a user is at risk"
        rows = _materialise(log, clock.clock_rows(log, steps))
        tables = [
            clock.event_moments(log, rows),
            clock.last_ticks(log, rows),
            clock.quiet_ticks(log, rows),
        ]
        own = _clock_fields(log)
    else:
        kind = "visits"
        starts, reason = _session_starts(log)
        rows = _materialise(log, visits.visit_rows(log, steps, starts))
        tables = [_counted(visits.step_moments(rows))]
        if starts:
            tables.insert(0, _counted(visits.start_moments(rows)))
        own = [Field(feature.name, feature.size) for feature in visits.FEATURES]
    width = 1 << len(log.plan.actions)
    attributes = [
        Field(f"a{i}", len(log.facts.attributes[name]))
        for i, name in enumerate(log.plan.log.attributes)
    ]
    at = [Field("at", len(steps) + 1), Field("arrive", 3)]
    fields = (*at, *own, *attributes, Field("fresh", width), Field("done", width))
    keyed = (*fields, Field("next", FIRST_STEP + len(steps)), Field("bucket", BUCKETS))
    return Moments(
        log=log,
        kind=kind,
        starts=starts,
        reason=reason,
        steps=steps,
        fields=fields,
        cells=_cells(log, tables, keyed),
        doers=_doers(log),
        occurrences=_occurrences(log),
        firsts=_firsts(log, rows),
        totals=_totals(log, rows),
    )


def _step_masks(log: EventLog) -> tuple[int, ...]:
    masks = log.events.filter(log.events.mask != 0).select("mask").distinct()
    return tuple(sorted(int(mask) for mask in log.con.to_pyarrow(masks)["mask"].to_pylist()))


def _session_starts(log: EventLog) -> tuple[bool, str]:
    empty, sessions = log.facts.empty_visits, log.facts.sessions
    share = f"{empty:,} of {sessions:,} sessions hold nothing planned"
    if empty > _EMPTY_VISITS * sessions:
        return True, f"{share}, so the start of a session is a moment"
    return False, (
        f"{share}: a session is in the log because something was done, "
        "so its start is no moment and nothing is judged from it"
    )


def _clock_fields(log: EventLog) -> list[Field]:
    assert isinstance(log.plan.moments, Clock)
    recency = Field("recency", len(clock.recency_edges(log.plan.moments)) + 1)
    return [
        recency,
        Field(clock.DEPTH.name, clock.DEPTH.size),
        Field(clock.TENURE.name, clock.TENURE.size),
    ]


def _materialise(log: EventLog, rows: ir.Table) -> ir.Table:
    return log.con.create_table("moment_rows", rows, temp=True, overwrite=True)


def _counted(table: ir.Table) -> ir.Table:
    """Counts of visit moments, where lift and journey value judge the same outcome."""
    return table.mutate(
        n=ibis.literal(1, "int64"),
        n_mature=table.mature,
        n_lift=table.mature,
        y_lift=table.y,
        n_cut=ibis.literal(0, "int64"),
    )


def _cells(log: EventLog, tables: Iterable[ir.Table], fields: tuple[Field, ...]) -> pd.DataFrame:
    frames = []
    for table in tables:
        keys = pack({field.name: table[field.name].cast("int64") for field in fields}, fields)
        packed = table.select(**keys, **{name: table[name] for name in COUNTS})
        sums = {name: packed[name].sum().cast("int64") for name in COUNTS}
        frames.append(log.con.to_pyarrow(packed.group_by(list(keys)).agg(**sums)))
    names = list(frames[0].column_names)
    arrays = {
        name: np.concatenate([frame[name].to_numpy() for frame in frames]) for name in names
    }
    key_names = [name for name in names if name not in COUNTS]
    order = np.lexsort([arrays[name] for name in reversed(key_names)])
    columns = unpack([arrays[name][order] for name in key_names], fields)
    columns |= {name: arrays[name][order] for name in COUNTS}
    return pd.DataFrame(columns)


def _before_macro(log: EventLog) -> ir.Table:
    events = log.events
    macros = events.group_by("user").agg(macro_seq=events.seq.min(where=events.macro == 1))
    joined = events.join(macros, "user")
    before = joined.macro_seq.isnull() | (joined.seq < joined.macro_seq)
    return joined.mutate(own=before.ifelse(joined.mask, 0))


def _doers(log: EventLog) -> pd.DataFrame:
    before = _before_macro(log)
    users = before.group_by("user").agg(
        ever=before.own.bit_or(), converted=before.macro.max().cast("int64")
    )
    counts = users.group_by(["ever", "converted"]).agg(users=users.count())
    frame = log.con.to_pyarrow(counts).to_pandas()
    return frame.sort_values(["ever", "converted"], ignore_index=True)


def _occurrences(log: EventLog) -> tuple[int, ...]:
    before = _before_macro(log)
    counts = before.group_by("own").agg(n=before.count())
    frame = log.con.to_pyarrow(counts).to_pandas()
    return tuple(
        int(frame["n"].to_numpy()[(frame["own"].to_numpy() >> bit) & 1 == 1].sum())
        for bit in range(len(log.plan.actions))
    )


def _firsts(log: EventLog, rows: ir.Table) -> pd.DataFrame:
    acted = rows.filter((rows.mask != 0) & rows.macro_t.notnull())
    acted = acted.filter(acted.macro_t <= acted.t + _horizon(log))
    acted = acted.mutate(
        fresh=acted.mask & ~acted.done_before,
        tied=((acted.t == acted.macro_t) & (acted.tie == 1)) | (acted.macro == 1),
    )
    acted = acted.filter(acted.fresh != 0)
    counts = acted.group_by(["fresh", "tied"]).agg(n=acted.count())
    frame = log.con.to_pyarrow(counts).to_pandas()
    return frame.sort_values(["fresh", "tied"], ignore_index=True)


def _horizon(log: EventLog) -> int:
    return micros(log.plan.horizon)


def _totals(log: EventLog, rows: ir.Table) -> Totals:
    last = rows.filter(rows.macro == 1)
    macro = log.con.to_pyarrow(last.agg(n=last.count(), value=last.value.sum())).to_pylist()[0]
    users = log.con.table("moment_users")
    mature = users.filter(users.first_t + _horizon(log) <= log.facts.last_us).count()
    events = log.events
    converters = events.filter(events.macro == 1).user.nunique()
    return Totals(
        users=log.facts.users,
        covered=int(log.con.to_pyarrow(mature).as_py()),
        macros=int(macro["n"]),
        revenue=int(macro["value"] or 0),
        all_macro_users=int(log.con.to_pyarrow(converters).as_py()),
    )

