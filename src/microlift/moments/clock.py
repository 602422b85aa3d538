"""Moments of the clock: ticks at which a user is at risk, and the actions inside them.

A tick is (start, start + clock], counted from the user's first event. Quiet ticks come in runs, so
they are counted by arithmetic on tick numbers instead of being written out one by one.
"""

import ibis
import ibis.expr.types as ir

from microlift.events import EventLog
from microlift.moments.history import done_before, is_embedded
from microlift.moments.space import (
    ACTED,
    ARRIVED,
    BACK,
    DAY,
    FIRST_STEP,
    HOUR,
    LEFT,
    MACRO_LATER,
    OPEN,
    WAITED,
    Binning,
    Field,
    Scheme,
)
from microlift.moments.visits import step_code
from microlift.plan import Clock, micros

DEPTH = Binning("depth", (1, 3, 6))  # planned actions so far
TENURE = Binning("tenure", tuple(d * DAY for d in (1, 3, 7, 14, 21, 30, 45, 60, 90, 120, 180)))
_RECENCY = (0, 6 * HOUR, DAY, 2 * DAY, 4 * DAY, 7 * DAY, 14 * DAY, 30 * DAY, 60 * DAY, 120 * DAY)
_NEVER = 2**60
_CARRY = 1024  # room for a step code below the sequence number that carries it


def recency_edges(clock: Clock) -> tuple[int, ...]:
    """Cut points of the time since the last event at a tick's start, in microseconds."""
    quiet = micros(clock.quiet)
    return tuple(edge for edge in _RECENCY if edge < quiet)


def fields(clock: Clock) -> tuple[Field, ...]:
    """Fields of the state that tell the history by the clock."""
    recency = Field("recency", len(recency_edges(clock)) + 1)
    return recency, Field(DEPTH.name, DEPTH.size), Field(TENURE.name, TENURE.size)


def moments_of(log: EventLog, rows: ir.Table) -> list[ir.Table]:
    """Moments of all kinds, with the fields of a cell's key and its counts."""
    return [_events(log, rows), _last_ticks(log, rows), _quiet_ticks(log, rows)]


def clock_rows(log: EventLog, events: ir.Table, scheme: Scheme) -> ir.Table:
    """One row for each event up to the first macro, with the ticks that begin after it.

    `k_first` .. `k_last` are the numbers of those ticks: they start after this event and before
    the next, while the user is at risk.
    """
    clock = _clock(log)
    tick, quiet = micros(clock.clock), micros(clock.quiet)
    horizon, last = micros(log.plan.horizon), log.facts.last_us
    users = events.group_by("user").agg(
        first_t=events.t.min(),
        macro_seq=events.seq.min(where=events.macro == 1),
        macro_t=events.t.min(where=events.macro == 1),
    )
    rows = events.join(users, "user").filter(
        lambda t: t.macro_seq.isnull() | (t.seq <= t.macro_seq)
    )
    rows = rows.mutate(
        step=step_code(rows.mask, rows.macro, scheme.steps), covered=rows.first_t + horizon <= last
    )
    order = ibis.window(group_by="user", order_by="seq")
    upto = ibis.window(group_by="user", order_by="seq", preceding=(None, 0))
    ahead = ibis.window(group_by="user", order_by="seq", following=(1, None))
    planned = rows.step > 0
    rows = rows.mutate(
        done_before=done_before(rows.mask, scheme.actions, running_or=is_embedded(log.con)),
        carried=planned.ifelse(rows.seq * _CARRY + rows.step, -1).max().over(upto),
        count=planned.cast("int64").sum().over(upto),
        last_t=rows.t.lag().over(order),
        next_t=rows.t.lead().over(order),
        next_macro=rows.macro.lead().over(order),
        ahead_t=planned.ifelse(rows.t, None).min().over(ahead),
        ahead_step=planned.ifelse(rows.seq * _CARRY + rows.step, None).min().over(ahead) % _CARRY,
    )
    age = rows.t - rows.first_t
    own = _tick_of(age, tick)
    next_tick = _tick_of(rows.next_t - rows.first_t, tick)
    data_end = _floor(last - rows.first_t, tick)
    risk_end = _floor(age + quiet, tick)
    rows = rows.mutate(
        k_own=own,
        k_ahead=_tick_of(rows.ahead_t - rows.first_t, tick),
        k_first=ibis.greatest(1, _ceil(age, tick)),
        k_last=ibis.least(next_tick.coalesce(data_end), risk_end),
        stale=(
            rows.last_t.notnull()
            & (own > _tick_of(rows.last_t - rows.first_t, tick))
            & (own * tick + rows.first_t - rows.last_t > quiet)
        ).coalesce(False),
        unreached=((rows.next_macro == 1) & (next_tick > risk_end)).coalesce(False),
    )
    rows = rows.mutate(
        final=(rows.macro == 1) | rows.next_t.isnull(),
        ticks=(rows.macro == 1).ifelse(0, ibis.greatest(0, rows.k_last - rows.k_first + 1)),
        is_moment=(rows.macro == 0) & (_planned_or_first(rows) | rows.stale),
        done=rows.mask | rows.done_before,
        at=(rows.carried >= 0).ifelse(rows.carried % _CARRY - FIRST_STEP + 1, 0),
        depth=DEPTH.of(rows["count"]),
    )
    ends = (rows.ticks > 0).ifelse(
        rows.first_t + rows.k_last * tick, rows.is_moment.ifelse(rows.t, None)
    )
    return rows.mutate(end_t=ends.max().over(ibis.window(group_by="user")))


def _planned_or_first(rows: ir.Table) -> ir.BooleanValue:
    """Whether an event is a moment of its own, also where one came before it in its tick."""
    return (rows.step > 0) | rows.last_t.isnull()


def _events(log: EventLog, rows: ir.Table) -> ir.Table:
    """Moments just after an event."""
    at_event = rows.filter(rows.is_moment)
    inside = (at_event.k_ahead == at_event.k_own).coalesce(False)
    final = (at_event.ticks == 0) & (at_event.t == at_event.end_t)
    unreached = at_event.unreached & (at_event.ticks == 0)
    after = _after(log, at_event, inside, unreached, final, at_event.t)
    arrive = ibis.cases(
        (at_event.last_t.isnull(), ARRIVED),
        (at_event.stale | (at_event.step == 0), WAITED),
        else_=ACTED,
    )
    # Bin 0 of recency says that the last planned action happens just now.
    return _single(log, at_event, at_event.k_own, at_event.t).mutate(
        arrive=arrive,
        fresh=at_event.mask & ~at_event.done_before,
        recency=(at_event.step > 0).ifelse(0, 1),
        tenure=TENURE.of(at_event.t - at_event.first_t),
        next=after,
    )


def _last_ticks(log: EventLog, rows: ir.Table) -> ir.Table:
    """The last tick of each gap between events: the one in which something may happen."""
    ticking = rows.filter(rows.ticks > 0)
    start = ticking.first_t + ticking.k_last * micros(_clock(log).clock)
    inside = (ticking.k_ahead == ticking.k_last).coalesce(False)
    after = _after(log, ticking, inside, ticking.unreached, start == ticking.end_t, start)
    recency = Binning("recency", recency_edges(_clock(log)))
    return _single(log, ticking, ticking.k_last, start).mutate(
        arrive=ibis.literal(WAITED),
        fresh=ibis.literal(0, "int64"),
        recency=recency.of(start - ticking.t),
        tenure=TENURE.of(start - ticking.first_t),
        next=after,
    )


def _quiet_ticks(log: EventLog, rows: ir.Table) -> ir.Table:
    """Runs of ticks in which nothing happens, one row for each run and bin of recency."""
    clock = _clock(log)
    tick, horizon, last = micros(clock.clock), micros(log.plan.horizon), log.facts.last_us
    recency = _bins("recency", recency_edges(clock), first=1)
    tenure = _bins("tenure", (0, *TENURE.edges), first=0)
    runs = rows.filter(rows.ticks > 1).cross_join(recency.cross_join(tenure))
    age = runs.t - runs.first_t
    runs = runs.mutate(
        a=ibis.greatest(
            runs.k_first, _ceil(age + runs.recency_low, tick), _ceil(runs.tenure_low, tick)
        ),
        b=ibis.least(
            runs.k_last - 1,
            _ceil(age + runs.recency_high, tick) - 1,
            _ceil(runs.tenure_high, tick) - 1,
        ),
    )
    runs = runs.filter(runs.a <= runs.b)
    ripe = _floor(last - horizon - runs.first_t, tick)  # the last mature tick
    near = _ceil(runs.macro_t - horizon - runs.first_t, tick)  # the first one near the macro
    return runs.mutate(
        arrive=ibis.literal(WAITED),
        fresh=ibis.literal(0, "int64"),
        next=ibis.literal(BACK),
        n=runs.b - runs.a + 1,
        n_mature=_overlap(runs.a, runs.b, ripe),
        y=_overlap(ibis.greatest(runs.a, near), runs.b, ripe).coalesce(0),
        n_lift=_overlap(runs.a, runs.b, ripe - 1),
        y_lift=_overlap(ibis.greatest(runs.a, near - 1), runs.b, ripe - 1).coalesce(0),
        n_cut=ibis.literal(0, "int64"),
    ).mutate(
        y=lambda t: t.macro_t.isnull().ifelse(0, t.y),
        y_lift=lambda t: t.macro_t.isnull().ifelse(0, t.y_lift),
    )


def _bins(name: str, edges: tuple[int, ...], first: int) -> ir.Table:
    """Table of bins: their number and where they begin and end, in microseconds."""
    number = list(range(first, first + len(edges)))
    high = (*edges[1:], _NEVER)
    return ibis.memtable({name: number, f"{name}_low": list(edges), f"{name}_high": list(high)})


def _after(
    log: EventLog,
    rows: ir.Table,
    inside: ir.BooleanValue,
    unreached: ir.BooleanValue,
    final: ir.BooleanValue,
    t: ir.Value,
) -> ir.IntegerValue:
    """What comes next: a step inside the tick, else how the quiet ends."""
    mature = t + micros(log.plan.horizon) <= log.facts.last_us
    return ibis.cases(
        (inside, rows.ahead_step),
        (unreached, MACRO_LATER),
        (final & mature, LEFT),
        (final, OPEN),
        else_=BACK,
    )


def _single(log: EventLog, rows: ir.Table, k: ir.Value, t: ir.Value) -> ir.Table:
    """Counts of moments that stand for themselves: in tick number `k`, at time `t`."""
    tick, horizon = micros(_clock(log).clock), micros(log.plan.horizon)
    last = log.facts.last_us
    end = rows.first_t + (k + 1) * tick
    mature, ripe = t + horizon <= last, end + horizon <= last
    cut = (rows.macro_t <= end).coalesce(False)
    reached = (rows.macro_t <= t + horizon).coalesce(False)
    later = (rows.macro_t <= end + horizon).coalesce(False)
    return rows.mutate(
        n=ibis.literal(1, "int64"),
        n_mature=mature.cast("int64"),
        y=(mature & reached).cast("int64"),
        n_lift=(ripe & ~cut).cast("int64"),
        y_lift=(ripe & ~cut & later).cast("int64"),
        n_cut=(ripe & cut).cast("int64"),
    )


def _overlap(a: ir.Value, b: ir.Value, limit: ir.Value) -> ir.IntegerValue:
    return ibis.greatest(0, ibis.least(b, limit) - a + 1)


def _floor(x: ir.Value, tick: int) -> ir.IntegerValue:
    # Exact also below zero: engines disagree on the sign of a remainder, so it is made positive.
    remainder = (x % tick + tick) % tick
    return ((x - remainder) / tick).round().cast("int64")


def _ceil(x: ir.Value, tick: int) -> ir.IntegerValue:
    return _floor(x + (tick - 1), tick)


def _tick_of(age: ir.Value, tick: int) -> ir.IntegerValue:
    """Number of the tick that holds an event of this age; ticks are open at their start."""
    return ibis.cases((age > 0, _ceil(age, tick) - 1), (age.notnull(), 0))


def _clock(log: EventLog) -> Clock:
    assert isinstance(log.plan.moments, Clock)
    return log.plan.moments
