"""Moments of visits: the start of a session, and each planned action in it."""

import ibis
import ibis.expr.types as ir

from microlift.events import EventLog
from microlift.moments.history import done_before, knows_running_or
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
_BACK = tuple(edge - 1 for edge in DEPTH.edges[1:])  # how far back a look tells the depth
_STEPS = 1 << 31  # room for the code of a step below what else is carried with it


def fields() -> tuple[Field, ...]:
    """Fields of the state that tell the history of visits."""
    return tuple(Field(feature.name, feature.size) for feature in FEATURES)


def visit_rows(log: EventLog, events: ir.Table, scheme: Scheme) -> ir.Table:
    """One row for each session start and planned step up to the user's first macro.

    A row that opens a session and is planned stands for two moments: the start before it and the
    occurrence itself. Everything a moment needs is worked out here, in one pass over one order.
    """
    starts = scheme.starts
    planned = (events.mask != 0) | (events.macro == 1)
    kept = events.filter(planned | (events.opens == 1) if starts else planned)
    step = step_code(kept.mask, kept.macro, scheme.steps)
    history = [feature.name for feature in FEATURES]
    traits = [field.name for field in scheme.features if field.name in kept.columns]
    traits = [name for name in traits if name not in history]
    # Sorting costs by the byte and each look at a neighbour by itself. So session, "opens it" and
    # "is planned" are one number, and the macro is a bit above those of the actions.
    rows = kept.select(
        *("user", "seq", "bucket", "t", "mask", "macro", "value", "opens", "tie", "session"),
        *("away", *traits),
        step=step.cast("int16"),
        bits=kept.mask + kept.macro.cast("int64") * (1 << scheme.actions),
        mark=(kept.session.cast("int64") * 2 + kept.opens) * 2 + (step > 0).cast("int64"),
    )
    order = ibis.window(group_by="user", order_by="seq")
    whole = ibis.window(group_by="user", order_by="seq", preceding=None, following=None)
    running_or = knows_running_or(log.con)
    rows = rows.mutate(
        before=done_before(rows.bits, scheme.actions + 1, running_or=running_or),
        ahead=(rows.mark * _STEPS + rows.step).lead().over(order),
        **{f"back{k}": rows.mark.lag(k).over(order) for k in _BACK},
        first_t=rows.t.min().over(whole),
        macro_t=(rows.macro == 1).ifelse(rows.t, None).min().over(whole),
    )
    rows = rows.filter(rows.before < (1 << scheme.actions))
    return _told(log, rows, scheme, traits)


def _told(log: EventLog, rows: ir.Table, scheme: Scheme, traits: list[str]) -> ir.Table:
    """What the row itself and its neighbours tell, in the columns of moments."""
    horizon, last, starts = micros(log.plan.horizon), log.facts.last_us, scheme.starts
    mature = rows.t + horizon <= last
    next_step = rows.ahead % _STEPS
    next_mark = _over(rows.ahead, _STEPS)
    follows = (_over(next_mark, 4) == rows.session).coalesce(False)
    # A visit that begins has a moment at its start, where starts are moments. Going back to an open
    # one (visits may interleave where the log numbers them itself) has none.
    begins = (_over(next_mark, 2) % 2 == 1) if starts else ibis.literal(False)
    later = (next_step == MACRO) & ~begins
    after = ibis.cases(
        (follows, next_step),
        (rows.ahead.notnull(), later.ifelse(MACRO_LATER, BACK).cast("int64")),
        (mature, ibis.literal(LEFT, "int64")),
        else_=ibis.literal(OPEN, "int64"),
    )
    arrive_step = ibis.cases(
        ((rows.opens == 1) if starts else ibis.literal(False), ACTED),
        (rows.back1.isnull(), ARRIVED),
        (_over(rows.back1, 4) != rows.session, WAITED),
        else_=ACTED,
    )
    return rows.select(
        *("user", "bucket", "t", "mask", "macro", "value", "opens", "tie", "macro_t", "step"),
        *traits,
        done_before=rows.before,
        final=(rows.macro == 1) | rows.ahead.isnull(),
        covered=rows.first_t + horizon <= last,
        first_visit=rows.session == 1,
        n_mature=mature.cast("int8"),
        y=(mature & (rows.macro_t <= rows.t + horizon).coalesce(False)).cast("int8"),
        after=after.cast("int16"),
        session=SESSION.of(rows.session),
        depth=_depth(rows),
        away=AWAY.of(rows.away),
        tenure=TENURE.of(rows.t - rows.first_t),
        arrive_step=arrive_step.cast("int8"),
    )


def step_code(
    mask: ir.IntegerValue, macro: ir.IntegerValue, steps: tuple[int, ...]
) -> ir.IntegerValue:
    """Code of a row's step: 0 nothing planned, MACRO, or FIRST_STEP + index of its mask."""
    branches = [(macro == 1, MACRO)]
    branches += [(mask == value, FIRST_STEP + code) for code, value in enumerate(steps)]
    return ibis.cases(*branches, else_=0).cast("int64")


def _depth(rows: ir.Table) -> ir.IntegerValue:
    """Bin of the number of planned steps of the session, up to and including this row.

    A session has done k steps where the row k - 1 back is a planned one of the same session.
    """
    depth = (rows.step > 0).cast("int8")
    for back in _BACK:
        mark = rows[f"back{back}"]
        same = (_over(mark, 4) == rows.session) & (mark % 2 == 1)
        depth = depth + same.coalesce(False).cast("int8")
    return depth.cast("int8")


def _over(packed: ir.IntegerValue, size: int) -> ir.IntegerValue:
    """The number above the lowest part of a packed one; a shift, since parts are powers of two."""
    return packed >> (size.bit_length() - 1)


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
