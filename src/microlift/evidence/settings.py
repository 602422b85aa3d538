"""One log counted in several ways: in windows of time, over horizons, with session gaps."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import ibis
import ibis.expr.types as ir
import numpy as np

from microlift.events import EventLog
from microlift.evidence.recount import Adds, nuisance_of, recount
from microlift.evidence.sums import sums_of
from microlift.models import LiftModel
from microlift.models.lift import Sums
from microlift.models.states import States
from microlift.moments.space import HOUR, Field
from microlift.plan import Clock, micros

MOST_AWAY = 255  # begun hours of quiet, as the events have them
HORIZONS = (timedelta(days=7), timedelta(days=14), timedelta(days=30))
GAPS = (timedelta(minutes=15), timedelta(minutes=30), timedelta(minutes=60))
WINDOW, HORIZON, GAP = "window", "horizon", "session gap"


@dataclass(frozen=True, eq=False)
class Setting:
    """One way to count.

    Attributes
    ----------
    kind, name
        What is varied, and how it is here.
    found
        The sums of each action.
    own
        Whether it is the plan's.
    middle
        Of a window, in days.
    """

    kind: str
    name: str
    found: list[Sums]
    own: bool = False
    middle: float = 0.0


def all_sums(model: LiftModel, states: States) -> list[Sums]:
    """Lift of each action on other states, with its sums."""
    nuisance = nuisance_of(model, states)
    return sums_of(model, states, nuisance)


def in_windows(model: LiftModel, log: EventLog, windows: int | None) -> list[Setting]:
    """Split the mature moments by the calendar; by default 2 to 4 windows of two horizons each."""
    first, last = log.facts.first_us, log.facts.last_us - micros(log.plan.horizon)
    span = max(last - first, 1)
    count = windows or int(np.clip(span // (2 * micros(log.plan.horizon)), 2, 4))
    edges = [first + span * k // count for k in range(count + 1)]

    def add(events: ir.Table) -> ir.Table:
        number = ibis.literal(0, "int64")
        for edge in edges[1:-1]:
            number = number + (events.t >= edge).cast("int64")
        return events.mutate(part=number)

    again = recount(model, add, (Field("part", count),))
    states, part = again.states, again.column("part")
    nuisance = nuisance_of(model, states)
    out = []
    for number in range(count):
        inside = (part == number).astype(np.float64)
        own = replace(states, n_lift=states.n_lift * inside, y_lift=states.y_lift * inside)
        found = sums_of(model, own, nuisance)
        name = _days(edges[number], edges[number + 1])
        middle = (edges[number] + edges[number + 1]) / 2 / (24 * HOUR)
        out.append(Setting(WINDOW, name, found, middle=middle))
    return out


def _days(first: int, last: int) -> str:
    """Name a window by its days; the year once where it is one."""
    begin, end = (
        datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=t) for t in (first, last)
    )
    year = f" {begin.year}" if begin.year != end.year else ""
    return f"{begin.day} {begin:%b}{year} – {end.day} {end:%b} {end.year}"


def over_horizons(model: LiftModel, log: EventLog, own: Setting) -> list[Setting]:
    """Count with the horizons for which the log is long enough, the plan's own first."""
    span = log.facts.last - log.facts.first
    out = [own]
    for horizon in HORIZONS:
        if horizon == log.plan.horizon or span < 2 * horizon:
            continue
        plan = log.plan.model_copy(update={"horizon": horizon})
        other = EventLog(plan, log.con, log.events, log.facts, log.source)
        found = all_sums(model, recount(model, _nothing, (), other).states)
        out.append(Setting(HORIZON, in_days(horizon), found))
    return out


def _nothing(events: ir.Table) -> ir.Table:
    return events


def with_gaps(model: LiftModel, log: EventLog, own: Setting) -> tuple[list[Setting], str]:
    """Settings of other session gaps, or why there are none."""
    if isinstance(log.plan.moments, Clock):
        return [], "Session gaps are not judged: with the clock there are no visits."
    if any(action.ruled for action in log.plan.actions):
        return [], "Session gaps are not judged: some actions are counted within visits."
    plain = log.plan.log.session_gap
    again = _by_gap(micros(plain))(log.events)
    before = _numbered(log, log.events)
    if before != _numbered(log, again):
        return [], "Session gaps are not judged: the log numbers its visits itself."
    out = [Setting(GAP, _in_minutes(plain), own.found, own=True)]
    for gap in GAPS:
        if gap == plain:
            continue
        found = own.found
        if _numbered(log, _by_gap(micros(gap))(log.events)) != before:
            found = all_sums(model, recount(model, _by_gap(micros(gap)), ()).states)
        out.append(Setting(GAP, _in_minutes(gap), found))
    return out, ""


def _numbered(log: EventLog, events: ir.Table) -> list[dict[str, int]]:
    """How many sessions there are, and how far users' numbers go: alike where nothing changed."""
    counted = events.agg(sessions=events.opens.sum(), numbers=events.session.sum())
    rows: list[dict[str, int]] = log.con.to_pyarrow(counted).to_pylist()
    return rows


def _by_gap(gap: int) -> Adds:
    """Number sessions anew: a user's events at most `gap` microseconds apart are one."""

    def add(events: ir.Table) -> ir.Table:
        order = ibis.window(group_by="user", order_by="seq")
        so_far = ibis.cumulative_window(group_by="user", order_by="seq")
        quiet = events.t - events.t.lag().over(order)
        opened = events.mutate(quiet=quiet, opens=((quiet > gap).fill_null(True)).cast("int8"))
        # Least and greatest of the engine skip what is missing: before a user's first event.
        hours = ibis.greatest(1, ibis.least((opened.quiet + HOUR - 1) // HOUR, MOST_AWAY))
        opened = opened.mutate(hours=opened.quiet.isnull().ifelse(0, hours))
        # The quiet before a session is carried through it, below the order that finds it.
        mark = opened.seq.cast("int64") * (MOST_AWAY + 1) + opened.hours
        carried = (opened.opens == 1).ifelse(mark, None).max().over(so_far)
        return opened.mutate(
            session=opened.opens.sum().over(so_far).cast("int32"),
            away=carried % (MOST_AWAY + 1),
        ).drop("quiet", "hours")

    return add


def in_days(duration: timedelta) -> str:
    """Write a horizon in days, as horizons are compared.

    >>> in_days(timedelta(days=14)), in_days(timedelta(hours=36))
    ('14 d', '1.5 d')
    """
    return f"{duration / timedelta(days=1):g} d"


def _in_minutes(duration: timedelta) -> str:
    return f"{duration / timedelta(minutes=1):g} min"
