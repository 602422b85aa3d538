"""Moments of visits: the start of a session, and each planned action in it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from microlift.events import EventLog
from microlift.events.arrays import lend
from microlift.events.neighbours import AWAY_ROOM
from microlift.moments.beside import NOTHING, by_arrays, by_windows
from microlift.moments.either import Column, Columns, cases, constant, to_type
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
LENT = "moment_rows"
_KEPT = ("user", "t", "value", "macro_t")
_TOLD = ("opens", "tie", "macro", "n_mature", "y", "final", "covered", "counts")  # of either kind


def fields() -> tuple[Field, ...]:
    """Fields of the state that tell the history of visits."""
    return tuple(Field(feature.name, feature.size) for feature in FEATURES)


def visit_rows(log: EventLog, events: ir.Table, scheme: Scheme) -> ir.Table:
    """One row for each session start and planned step up to the user's first macro.

    A row that opens a session and is planned stands for two moments: the start before it and the
    occurrence itself. In the embedded engine they rest on arrays that are its own until it is lent
    others, or they are taken back as `LENT`.
    """
    own = planned(events, scheme)
    if is_embedded(log.con):
        each = by_arrays(log.con, own, scheme.actions, _BACK)
        seen = lend(log.con, LENT, [pa.table(rows) for rows in each])
    else:
        seen = by_windows(own, scheme.actions, _BACK)
    rows = seen.select(**told(log, seen, scheme))
    return rows.filter(rows.counts).drop("counts")


def keyed_rows(log: EventLog, events: ir.Table, scheme: Scheme) -> ir.Table:
    """The same rows with the keys of their cells, worked out in arrays.

    They rest on arrays too.
    """
    each = by_arrays(log.con, planned(events, scheme), scheme.actions, _BACK)
    keyed = [pa.table(_keyed(told(log, rows, scheme), scheme)) for rows in each]
    rows = _read_again(lend(log.con, LENT, keyed), scheme)
    return rows.filter(rows.counts)


def planned(events: ir.Table, scheme: Scheme) -> ir.Table:
    """Session starts and planned steps as few columns, to be looked at beside each other.

    Sorting costs by the column, and each look at a neighbour by itself. So session, "opens it" and
    the step are one number, the macro is a bit above those of the actions, and what is only carried
    along is folded.
    """
    is_step = (events.mask != 0) | (events.macro == 1)
    kept = events.filter(is_step | (events.opens == 1) if scheme.starts else is_step)
    visit = kept.session.cast("int64") * 2 + kept.opens
    carried = _carried(scheme)
    return kept.select(
        *("user", "seq", "t", "value"),
        bits=kept.mask + kept.macro.cast("int64") * (1 << scheme.actions),
        mark=visit * _STEPS + step_code(kept.mask, kept.macro, scheme.steps),
        **fold({name: kept[name] for name in carried}, carried),
    )


def _carried(scheme: Scheme) -> dict[str, int]:
    """What rows only carry along, and how many values each has; traits are columns of events."""
    history = {feature.name for feature in FEATURES}
    traits = {field.name: field.size for field in scheme.features if field.name not in history}
    return {"away": AWAY_ROOM, "bucket": BUCKETS, "tie": 2, **traits}


def told(log: EventLog, rows: Columns, scheme: Scheme) -> dict[str, Column]:
    """What the row itself and its neighbours tell, in the columns of moments.

    Only rows that `counts` are up to the first macro. To leave the others out last costs less:
    arithmetic on whole columns is quick, on chosen rows of them it is not.
    """
    horizon, last, starts = micros(log.plan.horizon), log.facts.last_us, scheme.starts
    t, bits, mark, ahead = rows["t"], rows["bits"], rows["mark"], rows["ahead"]
    carried = unfold(rows, _carried(scheme))
    mature = t + horizon <= last
    mask, macro = _under(bits, 1 << scheme.actions), _over(bits, 1 << scheme.actions)
    step, visit = _under(mark, _STEPS), _over(mark, _STEPS)
    session, opens = _over(visit, 2), _under(visit, 2)
    next_step, next_visit = _under(ahead, _STEPS), _over(ahead, _STEPS)
    later, acted = next_step == MACRO, []
    if starts:
        # A visit that begins has a moment at its start, where starts are moments. Going back to an
        # open one (visits may interleave where the log numbers them itself) has none.
        later = later & (_under(next_visit, 2) != 1)
        acted = [(opens == 1, ACTED)]
    after = cases(
        (_over(next_visit, 2) == session, next_step),
        (ahead != NOTHING, cases((later, MACRO_LATER), else_=BACK)),
        (mature, LEFT),
        else_=OPEN,
    )
    arrive_step = cases(
        *acted,
        (rows["back1"] == NOTHING, ARRIVED),
        (_over(rows["back1"], 2 * _STEPS) != session, WAITED),
        else_=ACTED,
    )
    return {
        **{name: rows[name] for name in ("user", "t", "value", "macro_t")},
        **{name: value for name, value in carried.items() if name != "away"},
        "mask": mask,
        "macro": to_type(macro, "int8"),
        "opens": to_type(opens, "int8"),
        "step": to_type(step, "int32"),
        "counts": rows["before"] < (1 << scheme.actions),
        "done_before": rows["before"],
        "final": (macro == 1) | (ahead == NOTHING),
        "covered": rows["first_t"] + horizon <= last,
        "first_visit": session == 1,
        "n_mature": to_type(mature, "int8"),
        "y": to_type(mature & (rows["macro_t"] <= t + horizon), "int8"),
        "after": to_type(after, "int32"),
        "session": SESSION.of(session),
        "depth": _depth(rows, step, session, starts),
        "away": AWAY.of(carried["away"]),
        "tenure": TENURE.of(t - rows["first_t"]),
        "arrive_step": to_type(arrive_step, "int8"),
    }


def step_code(
    mask: ir.IntegerValue, macro: ir.IntegerValue, steps: tuple[int, ...]
) -> ir.IntegerValue:
    """Code of a row's step: 0 nothing planned, MACRO, or FIRST_STEP + index of its mask."""
    branches = [(macro == 1, MACRO)]
    branches += [(mask == value, FIRST_STEP + code) for code, value in enumerate(steps)]
    return ibis.cases(*branches, else_=0).cast("int64")


def _depth(rows: Columns, step: Column, session: Column, starts: bool) -> Column:
    """Bin of the number of planned steps of the session, up to and including this row.

    A session has done k steps where the row k - 1 back is a planned one of the same session.
    """
    depth = to_type(step > 0, "int8")
    for back in _BACK:
        mark = rows[f"back{back}"]
        same = _over(mark, 2 * _STEPS) == session
        if starts:  # else every row is a planned one
            same = same & (_under(mark, _STEPS) > 0)
        depth = depth + to_type(same, "int8")
    return to_type(depth, "int8")


def _over(packed: Column, size: int) -> Column:
    """The number above the lowest part of a packed one; a shift, since parts are powers of two."""
    return packed >> (size.bit_length() - 1)


def _under(packed: Column, size: int) -> Column:
    """The lowest part of a packed number."""
    return packed & (size - 1)


def moments_of(rows: ir.Table, scheme: Scheme) -> list[ir.Table]:
    """Moments of both kinds, with the fields of a cell's key and its counts."""
    n = ibis.literal(1, "int8")
    return [kind.of(rows.mutate(n=n, **kind.told(rows))) for kind in _kinds(scheme)]


def _keyed(rows: Mapping[str, Column], scheme: Scheme) -> dict[str, Column]:
    """The same rows with the keys of their cells in place of what these are made of.

    A row is read by several queries, each of which would work out its key anew. The key of a kind
    that a row is no moment of means nothing, and is not read. What is small is folded;
    `_read_again` tells it.
    """
    keys: dict[str, Column] = {}
    for kind in _kinds(scheme):
        of = {field.name: rows[field.name] for field in scheme.features} | kind.told(rows)
        packed = pack({name: to_type(column, "int64") for name, column in of.items()}, scheme.key)
        keys |= {f"{kind.name}_{name}": key for name, key in packed.items()}
    return {name: rows[name] for name in _KEPT} | fold(rows, _told_sizes(scheme)) | keys


def _read_again(rows: ir.Table, scheme: Scheme) -> ir.Table:
    """Rows from `_keyed`, with all that was told of them."""
    small = unfold(rows, _told_sizes(scheme))
    marks = {name: small[name] == 1 for name in ("final", "covered", "counts")}
    return rows.mutate(**small | marks)


def _told_sizes(scheme: Scheme) -> dict[str, int]:
    """How many values each small column has."""
    masks = {"mask": 1 << scheme.actions, "done_before": 2 << scheme.actions}
    return dict.fromkeys(_TOLD, 2) | {"step": FIRST_STEP + len(scheme.steps)} | masks


def moments_with_keys(rows: ir.Table, scheme: Scheme) -> list[ir.Table]:
    """Moments of both kinds of rows from `keyed_rows`, with the key of a cell and its counts."""
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
    told: Callable[[Columns], dict[str, Column]]


def _kinds(scheme: Scheme) -> list[_Kind]:
    starts = _Kind("start", lambda rows: rows.filter(rows.opens == 1), _start)
    steps = _Kind("step", lambda rows: rows.filter(rows.step >= FIRST_STEP), _step)
    return [starts, steps] if scheme.starts else [steps]


def _start(rows: Columns) -> dict[str, Column]:
    """A session has begun and nothing planned is done in it yet."""
    zero = constant(0, rows["step"])
    return {
        "at": zero,
        "arrive": cases((rows["first_visit"], ARRIVED), else_=WAITED),
        "fresh": zero,
        "done": rows["done_before"],
        "depth": zero,
        "next": cases((rows["step"] > 0, rows["step"]), else_=rows["after"]),
        "bucket": rows["bucket"],
    }


def _step(rows: Columns) -> dict[str, Column]:
    """A planned action has just been done."""
    return {
        "at": rows["step"] - FIRST_STEP + 1,
        "arrive": rows["arrive_step"],
        "fresh": rows["mask"] & ~rows["done_before"],
        "done": rows["mask"] | rows["done_before"],
        "next": rows["after"],
        "bucket": rows["bucket"],
    }
