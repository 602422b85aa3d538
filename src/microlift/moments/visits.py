"""Moments of visits: the start of a session, and each planned action in it."""

import ibis
import ibis.expr.types as ir
from ibis.expr.builders import WindowBuilder

from microlift.events import EventLog
from microlift.moments.space import (
    ACTED,
    ARRIVED,
    BACK,
    DAY,
    FIRST_STEP,
    HOUR,
    LEFT,
    MACRO,
    MACRO_LATER,
    OPEN,
    WAITED,
    Binning,
    Field,
    Scheme,
)
from microlift.plan import micros

SESSION = Binning("session", (2, 3, 5))  # number of this session of the user
DEPTH = Binning("depth", (1, 2, 3, 5))  # planned actions in this session so far
AWAY = Binning("away", (1, 25, 73, 169))  # hours since the session before; 0 is the first
TENURE = Binning("tenure", (HOUR, DAY, 7 * DAY, 30 * DAY))  # time since the first event
FEATURES = (SESSION, DEPTH, AWAY, TENURE)


def fields() -> tuple[Field, ...]:
    """Fields of the state that tell the history of visits."""
    return tuple(Field(feature.name, feature.size) for feature in FEATURES)


def visit_rows(log: EventLog, events: ir.Table, scheme: Scheme) -> ir.Table:
    """One row for each session start and planned step up to the user's first macro.

    A row that opens a session and is planned stands for two moments: the start before it and the
    occurrence itself. Everything a moment needs is worked out here, in one pass over one order.
    """
    steps, starts = scheme.steps, scheme.starts
    planned = (events.mask != 0) | (events.macro == 1)
    kept = events.filter(planned | (events.opens == 1) if starts else planned)
    users = kept.group_by("user").agg(
        first_t=kept.t.min(),
        macro_seq=kept.seq.min(where=kept.macro == 1),
        macro_t=kept.t.min(where=kept.macro == 1),
    )
    horizon = micros(log.plan.horizon)
    last = log.facts.last_us
    rows = kept.join(users, "user").filter(lambda t: t.macro_seq.isnull() | (t.seq <= t.macro_seq))
    rows = rows.mutate(step=step_code(rows.mask, rows.macro, steps))
    # Session and "is planned" in one number: lags of it give the depth.
    rows = rows.mutate(mark=rows.session.cast("int64") * 2 + (rows.step > 0).cast("int64"))
    order = ibis.window(group_by="user", order_by="seq")
    before = ibis.window(group_by="user", order_by="seq", preceding=(None, 1))
    rows = rows.mutate(
        done_before=rows.mask.bit_or().over(before).coalesce(0),
        next_step=rows.step.lead().over(order),
        next_session=rows.session.lead().over(order),
        next_opens=rows.opens.lead().over(order),
        last_session=rows.session.lag().over(order),
        depth=_depth(rows, order),
    )
    mature = rows.t + horizon <= last
    follows = rows.next_step.notnull() & (rows.next_session == rows.session)
    # A visit that begins has a moment at its start, where starts are moments. Going back to an open
    # one (visits may interleave where the log numbers them itself) has none.
    begins = (rows.next_opens == 1) if starts else ibis.literal(False)
    later = (rows.next_step == MACRO) & ~begins
    elsewhere = later.ifelse(MACRO_LATER, BACK).cast("int64")
    after = ibis.cases(
        (follows, rows.next_step),
        (rows.next_step.notnull(), elsewhere),
        (mature, ibis.literal(LEFT, "int64")),
        else_=ibis.literal(OPEN, "int64"),
    )
    arrive_step = ibis.cases(
        ((rows.opens == 1) if starts else ibis.literal(False), ACTED),
        (rows.last_session.isnull(), ARRIVED),
        (rows.last_session != rows.session, WAITED),
        else_=ACTED,
    )
    traits = [field.name for field in scheme.features if field.name in rows.columns]
    history = [feature.name for feature in FEATURES]
    return rows.select(
        *("user", "bucket", "t", "mask", "macro", "value", "opens", "tie", "macro_t", "step"),
        *(name for name in traits if name not in history),
        "done_before",
        covered=rows.first_t + horizon <= last,
        first_visit=rows.session == 1,
        n_mature=mature.cast("int8"),
        y=(mature & rows.macro_t.notnull() & (rows.macro_t <= rows.t + horizon)).cast("int8"),
        after=after.cast("int16"),
        session=SESSION.of(rows.session).cast("int8"),
        depth=rows.depth.cast("int8"),
        away=AWAY.of(rows.away).cast("int8"),
        tenure=TENURE.of(rows.t - rows.first_t).cast("int8"),
        arrive_step=arrive_step.cast("int8"),
    )


def step_code(
    mask: ir.IntegerValue, macro: ir.IntegerValue, steps: tuple[int, ...]
) -> ir.IntegerValue:
    """Code of a row's step: 0 nothing planned, MACRO, or FIRST_STEP + index of its mask."""
    branches = [(macro == 1, MACRO)]
    branches += [(mask == value, FIRST_STEP + code) for code, value in enumerate(steps)]
    return ibis.cases(*branches, else_=0).cast("int64")


def _depth(rows: ir.Table, order: WindowBuilder) -> ir.IntegerValue:
    """Bin of the number of planned steps of the session, up to and including this row.

    A session has done k steps where the row k - 1 back is a planned one of the same session.
    """
    planned_here = rows.session.cast("int64") * 2 + 1
    depth = (rows.step > 0).cast("int64")
    for edge in DEPTH.edges[1:]:
        same = rows.mark.lag(edge - 1).over(order) == planned_here
        depth = depth + same.coalesce(False).cast("int64")
    return depth


def moments_of(rows: ir.Table, scheme: Scheme) -> list[ir.Table]:
    """Moments of both kinds, with the fields of a cell's key and its counts."""
    return [_starts(rows), _steps(rows)] if scheme.starts else [_steps(rows)]


def _starts(rows: ir.Table) -> ir.Table:
    """Moments at which a session has begun and nothing planned is done in it yet."""
    opened = rows.filter(rows.opens == 1)
    zero = ibis.literal(0, "int64")
    return opened.mutate(
        n=ibis.literal(1, "int8"),
        at=zero,
        arrive=opened.first_visit.ifelse(ARRIVED, WAITED),
        fresh=zero,
        done=opened.done_before,
        depth=zero,
        next=(opened.step > 0).ifelse(opened.step, opened.after),
    )


def _steps(rows: ir.Table) -> ir.Table:
    """Moments at which a planned action has just been done."""
    acted = rows.filter(rows.step >= FIRST_STEP)
    return acted.mutate(
        n=ibis.literal(1, "int8"),
        at=acted.step - FIRST_STEP + 1,
        arrive=acted.arrive_step,
        fresh=acted.mask & ~acted.done_before,
        done=acted.mask | acted.done_before,
        next=acted.after,
    )
