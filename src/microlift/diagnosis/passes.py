"""Who goes on from one thing to the other in a visit, by day: counted in the engine.

Visits differ: a first one is not a fifth, a campaign brings others than a newsletter, and a Sunday
is not a Monday. When their mix changes, shares change and nothing is broken. So what each visit
foretells is told apart first (`microlift.diagnosis.mix`), and days are compared with that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from microlift.diagnosis.mix import MILLION, MOST_LABELS, VISITS, Mix, pack_cell
from microlift.diagnosis.pairs import ACTION, MACRO, Mark, Pair
from microlift.events import EventLog
from microlift.events.parts import in_parts, parts_for
from microlift.events.times import DAY
from microlift.plan import Clock, micros
from microlift.quality.calendar import Calendar, calendar_of
from microlift.quality.chance import WEEK

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
MOST_DAYS = 365  # the latest: what lay longer ago is no benchmark for today
SETTLES = 28  # days until those who come back are known as such, or a third of a short log
START_OF_WEEK = 3  # 1 January 1970 was a Thursday
ROWS_A_PART = 5_000_000
_VISITS, _CELLS = "diagnosis_visits", "diagnosis_cells"
_SUMS = ("n", "x", "e", "judged", "judged_macro", "passed", "passed_macro")


@dataclass(frozen=True, eq=False)
class Passes:
    """Visits with the first of a pair, day by day, of all users or of those with one label.

    Attributes
    ----------
    pair
        Which pair.
    segment
        The attribute and its label; both empty for all users.
    seen
        Visits a day with the first of the pair.
    went
        Those of them that went on to the second.
    foretold
        How many would have, had visits of the same kind, weekday and labels their usual share.
    judged, judged_macro, passed, passed_macro
        Visits whose horizon is over: those that did not go on and those that did; and how many of
        each were followed by the user's first macro within the horizon.
    """

    pair: Pair
    segment: tuple[str, str]
    seen: Ints
    went: Ints
    foretold: Floats
    judged: Ints
    judged_macro: Ints
    passed: Ints
    passed_macro: Ints


@dataclass(frozen=True)
class Span:
    """The days that are looked at.

    Attributes
    ----------
    first
        The first, counted from 1970 in the plan's zone.
    days
        How many.
    settled
        Days at the beginning that are history only: there nobody is known to have come back.
    """

    first: int
    days: int
    settled: int = 0


def count_passes(log: EventLog, pairs: Sequence[Pair]) -> tuple[Span, list[Passes]]:
    """Count the visits of a log for all pairs: of all users, and by label of each attribute.

    Two passes over one row a visit: sums by cell (all that visits are told apart by), from which
    comes what a visit of a cell foretells; then sums by day.
    """
    span = _span(log)
    parts = in_parts(log.events, parts_for(log.facts.events, ROWS_A_PART))
    visits = [_lay_out(log, events, span, pairs, part) for part, events in enumerate(parts)]
    mix = Mix(log.plan, len(pairs))
    by_cell = [log.con.to_pyarrow(_cells(rows, len(pairs))) for rows in visits]
    together = pa.concat_tables(by_cell).to_pandas().groupby("cell", as_index=False).sum()
    log.con.create_table(_CELLS, mix.foretell(together), temp=True, overwrite=True)
    cells = log.con.table(_CELLS)
    found: list[Passes] = []
    for place, name in enumerate(("", *log.plan.log.attributes)):
        sums = [
            log.con.to_pyarrow(_days(rows.join(cells, "cell"), place, len(pairs)))
            for rows in visits
        ]
        found += _by_label(log, pairs, span, name, pa.concat_tables(sums).to_pandas())
    for part in range(len(visits)):
        log.con.drop_table(f"{_VISITS}_{part}", force=True)
    log.con.drop_table(_CELLS, force=True)
    return span, found


def _span(log: EventLog) -> Span:
    calendar = _calendar(log)
    ends = [calendar.day(ibis.literal(t, "int64")) for t in (log.facts.first_us, log.facts.last_us)]
    first, last = (int(log.con.to_pyarrow(end).as_py()) for end in ends)
    days = last - first + 1
    start = max(0, days - MOST_DAYS)
    settled = min(SETTLES, max(WEEK, days // 3))
    return Span(first + start, days - start, 0 if start >= settled else settled)


def _calendar(log: EventLog) -> Calendar:
    first, last = (t // DAY for t in (log.facts.first_us, log.facts.last_us))
    return calendar_of(log.plan.log.timezone, first - 1, last + 1)


def _lay_out(
    log: EventLog, events: ir.Table, span: Span, pairs: Sequence[Pair], part: int
) -> ir.Table:
    """Write one row a visit, of a part of the users."""
    rows = _visits(log, events.mutate(day=_calendar(log).day(events.t) - span.first), pairs)
    rows = rows.filter(rows.day >= 0)
    # The first weeks do not know who has been there before: no visit is judged by them.
    rows = rows.mutate(settled=(rows.day >= span.settled).cast("int64"))
    return log.con.create_table(f"{_VISITS}_{part}", rows, temp=True, overwrite=True)


def _cells(visits: ir.Table, pairs: int) -> ir.Table:
    settled = visits.filter((visits.settled == 1) & (visits.opened != 0))
    sums = {}
    for k in range(pairs):
        sums[f"n{k}"] = _bit(settled.opened, k).sum().cast("int64")
        sums[f"x{k}"] = _bit(settled.completed, k).sum().cast("int64")
    return settled.group_by("cell").agg(**sums)


def _days(visits: ir.Table, place: int, pairs: int) -> ir.Table:
    """Sums by day: of all users (place 0), or by label of an attribute."""
    label = visits[f"a{place - 1}"] if place else ibis.literal(0)
    days = visits.group_by(["day", label.cast("int64").name("label")])
    return days.agg(**{f"{what}{k}": _sum(visits, what, k) for k in range(pairs) for what in _SUMS})


def _bit(bits: ir.IntegerValue, place: int) -> ir.IntegerValue:
    return (bits >> place) & 1


def _visits(log: EventLog, events: ir.Table, pairs: Sequence[Pair]) -> ir.Table:
    """One row a visit: day, labels, kind; and bits of the pairs that it opens and completes.

    Both in one visit are a pass, whatever their order: trackers of the page and of the server do
    not agree to the second, and a visit that has bought is not lost. With the clock a user's first
    horizon is the visit, where it is over.
    """
    by_clock = isinstance(log.plan.moments, Clock)
    if by_clock:
        horizon = micros(log.plan.horizon)
        begun = events.mutate(since=events.t - events.t.min().over(group_by="user"))
        events = begun.filter(
            begun.since <= horizon, begun.t - begun.since + horizon <= log.facts.last_us
        )
    marks = {mark for pair in pairs for mark in (pair.first, pair.then)}
    names = {mark: f"m{number}" for number, mark in enumerate(sorted(marks, key=repr))}
    labels = {f"a{k}": events[f"a{k}"].min() for k in range(len(log.plan.log.attributes))}
    visits = events.group_by(["user"] if by_clock else ["user", "session"]).agg(
        day=events.day.min(),
        t=events.t.min(),
        order=events.seq.min(),
        macro_t=events.t.min(where=events.macro == 1),
        did=events.mask.bit_or(),
        **labels,
        **{name: _holds(events, mark).any() for mark, name in names.items()},
    )
    opened = [visits[names[pair.first]] for pair in pairs]
    completed = [one & visits[names[pair.then]] for one, pair in zip(opened, pairs, strict=True)]
    earlier = ibis.window(group_by="user", order_by="order", preceding=(None, 1), following=None)
    told = [_kind(log, visits, earlier), (visits.day + START_OF_WEEK) % WEEK]
    told += [ibis.least(visits[name], MOST_LABELS - 1) for name in labels]
    return visits.select(
        "day",
        *labels,
        cell=pack_cell(log.plan, told),
        opened=_bits(opened),
        completed=_bits(completed),
        **_outcome(log, visits, earlier),
    )


def _bits(flags: Sequence[ir.BooleanValue]) -> ir.IntegerValue:
    return reduce(or_, (flag.cast("int64") * (1 << k) for k, flag in enumerate(flags)))


def _holds(events: ir.Table, mark: Mark) -> ir.BooleanValue:
    if mark.kind == MACRO:
        return events.macro == 1
    if mark.kind == ACTION:
        return (events.mask & (1 << mark.code)) != 0
    return events.event == mark.code


def _kind(log: EventLog, visits: ir.Table, earlier: object) -> ir.IntegerValue:
    """Which visit of the user it is, how far the funnel was gone before it, and whether bought."""
    names = [action.name for action in log.plan.actions]
    before = visits.did.bit_or().over(earlier).fill_null(0)
    customer = visits.macro_t.min().over(earlier).notnull().cast("int64")
    number = ibis.least(visits.count().over(earlier), VISITS - 1).cast("int64")
    far = ibis.literal(0, "int64")
    for place, name in enumerate(log.plan.funnel):
        far = ibis.ifelse((before & (1 << names.index(name))) != 0, place + 1, far)
    return number + VISITS * (customer + 2 * far)


def _outcome(log: EventLog, visits: ir.Table, earlier: object) -> dict[str, ir.IntegerValue]:
    """Whether the horizon of a visit is over, and whether the first macro lies within it."""
    horizon = micros(log.plan.horizon)
    from_here = ibis.window(group_by="user", order_by="order", preceding=0, following=None)
    known = visits.macro_t.min().over(earlier).isnull()
    mature = known & (visits.t + horizon <= log.facts.last_us)
    macro = visits.macro_t.min().over(from_here) <= visits.t + horizon
    return {
        "mature": mature.cast("int64"),
        "macro": macro.fill_null(False).cast("int64"),
    }


def _sum(visits: ir.Table, what: str, place: int) -> ir.IntegerValue:
    opened, completed = _bit(visits.opened, place), _bit(visits.completed, place)
    stopped = opened - completed
    weights = {
        "n": opened,
        "x": completed,
        "e": opened * visits[f"p{place}"],
        "judged": stopped * visits.mature,
        "judged_macro": stopped * visits.mature * visits.macro,
        "passed": completed * visits.mature,
        "passed_macro": completed * visits.mature * visits.macro,
    }
    return weights[what].sum().cast("int64")


def _by_label(
    log: EventLog, pairs: Sequence[Pair], span: Span, name: str, sums: pd.DataFrame
) -> list[Passes]:
    labels = log.facts.attributes[name] if name else ("",)
    found = []
    for code, label in enumerate(labels[:MOST_LABELS]):
        rows = sums[sums["label"] == code]
        if len(rows):
            found += [_passes(rows, span, pair, k, (name, label)) for k, pair in enumerate(pairs)]
    return found


def _passes(
    rows: pd.DataFrame, span: Span, pair: Pair, place: int, segment: tuple[str, str]
) -> Passes:
    day = rows["day"].to_numpy()

    def daily(what: str) -> Ints:
        counts = np.zeros(span.days, dtype=np.int64)
        np.add.at(counts, day, rows[f"{what}{place}"].to_numpy())
        return counts

    n, x, e, *judged = (daily(what) for what in _SUMS)
    return Passes(pair, segment, n, x, e / MILLION, *judged)
