"""Moments of visits: the start of a session, and each planned action in it."""

from collections.abc import Callable
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from microlift.events import EventLog
from microlift.events.neighbours import AWAY_ROOM
from microlift.moments.beside import NOTHING, by_arrays, by_windows
from microlift.moments.folding import fold, unfold
from microlift.moments.history import is_embedded
from microlift.moments.space import (
    ACTED,
    ARRIVED,
    BACK,
    BUCKETS,
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
    pack,
)
from microlift.plan import micros

SESSION = Binning("session", (2, 3, 5))  # number of this session of the user
DEPTH = Binning("depth", (1, 2, 3, 5))  # planned actions in this session so far
AWAY = Binning("away", (1, 25, 73, 169))  # hours since the session before; 0 is the first
TENURE = Binning("tenure", (HOUR, DAY, 7 * DAY, 30 * DAY))  # time since the first event
FEATURES = (SESSION, DEPTH, AWAY, TENURE)
_BACK = tuple(edge - 1 for edge in DEPTH.edges[1:])  # how far back a look tells the depth
_STEPS = 1 << 24  # room for the code of a step below what else is carried with it
_KEPT = ("user", "t", "value", "macro_t")
_TOLD = ("opens", "tie", "macro", "n_mature", "y", "final", "covered", "counts")  # of either kind


def fields() -> tuple[Field, ...]:
    """Fields of the state that tell the history of visits."""
    return tuple(Field(feature.name, feature.size) for feature in FEATURES)


def visit_rows(log: EventLog, events: ir.Table, scheme: Scheme) -> ir.Table:
    """One row for each session start and planned step up to the user's first macro.

    A row that opens a session and is planned stands for two moments: the start before it and the
    occurrence itself.
    """
    rows = told(log, walked(log, events, scheme), scheme)
    return rows.filter(rows.counts).drop("counts")


def walked(log: EventLog, events: ir.Table, scheme: Scheme) -> ir.Table:
    """Session starts and planned steps as few columns: what neighbours tell, from one pass.

    Sorting costs by the column, and each look at a neighbour by itself. So session, "opens it" and
    the step are one number, the macro is a bit above those of the actions, and what is only carried
    along is folded.
    """
    planned = (events.mask != 0) | (events.macro == 1)
    kept = events.filter(planned | (events.opens == 1) if scheme.starts else planned)
    visit = kept.session.cast("int64") * 2 + kept.opens
    carried = _carried(scheme)
    rows = kept.select(
        *("user", "seq", "t", "value"),
        bits=kept.mask + kept.macro.cast("int64") * (1 << scheme.actions),
        mark=visit * _STEPS + step_code(kept.mask, kept.macro, scheme.steps),
        **fold({name: kept[name] for name in carried}, carried),
    )
    if is_embedded(log.con):
        return by_arrays(log.con, rows, scheme.actions, _BACK)
    return by_windows(rows, scheme.actions, _BACK)


def _carried(scheme: Scheme) -> dict[str, int]:
    """What rows only carry along, and how many values each has; traits are columns of events."""
    history = {feature.name for feature in FEATURES}
    traits = {field.name: field.size for field in scheme.features if field.name not in history}
    return {"away": AWAY_ROOM, "bucket": BUCKETS, "tie": 2, **traits}


def told(log: EventLog, rows: ir.Table, scheme: Scheme) -> ir.Table:
    """What the row itself and its neighbours tell, in the columns of moments.

    Only rows that `counts` are up to the first macro. To leave the others out last costs less:
    arithmetic on whole columns is quick, on chosen rows of them it is not.
    """
    horizon, last, starts = micros(log.plan.horizon), log.facts.last_us, scheme.starts
    carried = unfold(rows, _carried(scheme))
    mature = rows.t + horizon <= last
    mask, macro = _under(rows.bits, 1 << scheme.actions), _over(rows.bits, 1 << scheme.actions)
    step, visit = _under(rows.mark, _STEPS), _over(rows.mark, _STEPS)
    session, opens = _over(visit, 2), _under(visit, 2)
    next_step, next_visit = _under(rows.ahead, _STEPS), _over(rows.ahead, _STEPS)
    follows = _over(next_visit, 2) == session
    # A visit that begins has a moment at its start, where starts are moments. Going back to an open
    # one (visits may interleave where the log numbers them itself) has none.
    begins = (_under(next_visit, 2) == 1) if starts else ibis.literal(False)
    later = (next_step == MACRO) & ~begins
    after = ibis.cases(
        (follows, next_step),
        (rows.ahead != NOTHING, later.ifelse(MACRO_LATER, BACK).cast("int64")),
        (mature, ibis.literal(LEFT, "int64")),
        else_=ibis.literal(OPEN, "int64"),
    )
    arrive_step = ibis.cases(
        ((opens == 1) if starts else ibis.literal(False), ACTED),
        (rows.back1 == NOTHING, ARRIVED),
        (_over(rows.back1, 2 * _STEPS) != session, WAITED),
        else_=ACTED,
    )
    return rows.select(
        *("user", "t", "value", "macro_t"),
        **{name: value for name, value in carried.items() if name != "away"},
        mask=mask,
        macro=macro.cast("int8"),
        opens=opens.cast("int8"),
        step=step.cast("int16"),
        counts=rows.before < (1 << scheme.actions),
        done_before=rows.before,
        final=(macro == 1) | (rows.ahead == NOTHING),
        covered=rows.first_t + horizon <= last,
        first_visit=session == 1,
        n_mature=mature.cast("int8"),
        y=(mature & (rows.macro_t <= rows.t + horizon).coalesce(False)).cast("int8"),
        after=after.cast("int16"),
        session=SESSION.of(session),
        depth=_depth(rows, step, session, starts),
        away=AWAY.of(carried["away"]),
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


def _depth(
    rows: ir.Table, step: ir.IntegerValue, session: ir.IntegerValue, starts: bool
) -> ir.IntegerValue:
    """Bin of the number of planned steps of the session, up to and including this row.

    A session has done k steps where the row k - 1 back is a planned one of the same session.
    """
    depth = (step > 0).cast("int8")
    for back in _BACK:
        mark = rows[f"back{back}"]
        same = _over(mark, 2 * _STEPS) == session
        if starts:  # else every row is a planned one
            same = same & (_under(mark, _STEPS) > 0)
        depth = depth + same.cast("int8")
    return depth.cast("int8")


def _over(packed: ir.IntegerValue, size: int) -> ir.IntegerValue:
    """The number above the lowest part of a packed one; a shift, since parts are powers of two."""
    return packed >> (size.bit_length() - 1)


def _under(packed: ir.IntegerValue, size: int) -> ir.IntegerValue:
    """The lowest part of a packed number."""
    return packed & (size - 1)


def moments_of(rows: ir.Table, scheme: Scheme) -> list[ir.Table]:
    """Moments of both kinds, with the fields of a cell's key and its counts."""
    n = ibis.literal(1, "int8")
    return [kind.of(rows.mutate(n=n, **kind.told(rows))) for kind in _kinds(scheme)]


def keyed(rows: ir.Table, scheme: Scheme) -> ir.Table:
    """The same rows with the keys of their cells in place of what these are made of.

    A row is written once and read by several queries, each of which would work out its key anew.
    To write costs by the column, so what is small is folded; `read_again` tells it.
    """
    keys: dict[str, ir.Value] = {}
    for kind in _kinds(scheme):
        told = {field.name: rows[field.name] for field in scheme.features} | kind.told(rows)
        packed = pack({name: column.cast("int64") for name, column in told.items()}, scheme.key)
        keys |= {f"{kind.name}_{name}": key for name, key in packed.items()}
    sizes = _told_sizes(scheme)
    small = fold({name: rows[name].cast("int64") for name in sizes}, sizes)
    return rows.select(*_KEPT, **small, **keys)


def read_again(rows: ir.Table, scheme: Scheme) -> ir.Table:
    """Rows from `keyed`, as they were written, with all that was told of them."""
    small = unfold(rows, _told_sizes(scheme))
    marks = {name: small[name] == 1 for name in ("final", "covered", "counts")}
    return rows.mutate(**small | marks)


def _told_sizes(scheme: Scheme) -> dict[str, int]:
    """How many values each small column has."""
    masks = {"mask": 1 << scheme.actions, "done_before": 2 << scheme.actions}
    return dict.fromkeys(_TOLD, 2) | {"step": FIRST_STEP + len(scheme.steps)} | masks


def moments_with_keys(rows: ir.Table, scheme: Scheme) -> list[ir.Table]:
    """Moments of both kinds of rows from `keyed`, with the key of a cell and its counts."""
    tables = []
    for kind in _kinds(scheme):
        own = [name for name in rows.columns if name.startswith(f"{kind.name}_key")]
        keys = {name.removeprefix(f"{kind.name}_"): rows[name] for name in own}
        chosen = rows.mutate(n=ibis.literal(1, "int8"), **keys)
        tables.append(kind.of(chosen))
    return tables


@dataclass(frozen=True)
class _Kind:
    """A kind of moments: which rows are such, and what differs from what the row itself tells."""

    name: str
    of: Callable[[ir.Table], ir.Table]
    told: Callable[[ir.Table], dict[str, ir.Value]]


def _kinds(scheme: Scheme) -> list[_Kind]:
    starts = _Kind("start", lambda rows: rows.filter(rows.opens == 1), _start)
    steps = _Kind("step", lambda rows: rows.filter(rows.step >= FIRST_STEP), _step)
    return [starts, steps] if scheme.starts else [steps]


def _start(rows: ir.Table) -> dict[str, ir.Value]:
    """A session has begun and nothing planned is done in it yet."""
    zero = ibis.literal(0, "int64")
    return {
        "at": zero,
        "arrive": rows.first_visit.ifelse(ARRIVED, WAITED),
        "fresh": zero,
        "done": rows.done_before,
        "depth": zero,
        "next": (rows.step > 0).ifelse(rows.step, rows.after),
        "bucket": rows.bucket,
    }


def _step(rows: ir.Table) -> dict[str, ir.Value]:
    """A planned action has just been done."""
    return {
        "at": rows.step - FIRST_STEP + 1,
        "arrive": rows.arrive_step,
        "fresh": rows.mask & ~rows.done_before,
        "done": rows.mask | rows.done_before,
        "next": rows.after,
        "bucket": rows.bucket,
    }
