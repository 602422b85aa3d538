"""Attempts at a funnel, followed in the engine: how far each user gets, when, and what comes next.

An attempt is a choice of one event for each of the first so many steps, in their order and in
time. Which event to choose is no search: of those that may lead to an event, the latest begins last
and waits least, and so keeps every limit that any of them keeps. So each occurrence of a step
carries the times of the latest attempt that ends there, and the next step takes the last one seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
from ibis.backends.duckdb import Backend

from microlift.events import EventLog
from microlift.events.parts import in_parts, parts_for
from microlift.journeys.counting import segment_of

ROWS_A_PART = 5_000_000  # each part may read the whole log once more, so few and large
MACRO_STEP = -1
_USER = ["user", "segment"]
_ROWS, _HERE, _ATTEMPTS = "funnel_rows", "funnel_step", "funnel_attempts"


@dataclass(frozen=True)
class Route:
    """What is to be followed.

    Attributes
    ----------
    steps
        The bit of each step's action; -1 is the macro.
    strict
        Whether the steps have to be done in their order.
    within, step_within
        The time for the whole and for each step, in microseconds; none where it does not matter.
    """

    steps: tuple[int, ...]
    strict: bool
    within: int | None
    step_within: int | None


@dataclass(frozen=True, eq=False)
class Followed:
    """How far users get, one attempt a user: the farthest; of these the first, and the quickest.

    Attributes
    ----------
    far
        segment, far (steps reached), n (users).
    waits
        One row a segment: w1, w2.. (median microseconds from the step before).
    onward
        segment, far, did, macro, n: the next planned event of those who stopped; `did` is its set
        of actions, missing where nothing planned came.
    """

    far: pd.DataFrame
    waits: pd.DataFrame
    onward: pd.DataFrame


def follow(log: EventLog, route: Route, by: str | None) -> Followed:
    """Follow every user who does the first step; large logs a part of the users at a time."""
    onward, whole = [], []
    parts = in_parts(log.events, parts_for(log.facts.events, ROWS_A_PART))
    for part, events in enumerate(parts):
        rows = log.con.create_table(
            _ROWS, _step_rows(log, events, route, by), temp=True, overwrite=True
        )
        ways = _in_order(log.con, rows, route) if route.strict else _in_any_order(rows, route)
        reached = log.con.create_table(
            f"{_ATTEMPTS}_{part}", _farthest(ways, len(route.steps)), temp=True, overwrite=True
        )
        whole.append(reached)
        stopped = reached.filter(reached.far < len(route.steps))
        onward.append(log.con.to_pyarrow(_onward(events, stopped)))
    followed = _count(log.con, _together(whole), len(route.steps), pa.concat_tables(onward))
    made = [f"{_HERE}_{place}" for place in range(1, len(route.steps))]
    made += [f"{_ATTEMPTS}_{part}" for part in range(len(whole))]
    for name in (_ROWS, *made):
        log.con.drop_table(name, force=True)
    return followed


def count_done(log: EventLog, steps: tuple[int, ...], by: str | None) -> pd.DataFrame:
    """Users by the set of steps that they did at any time: segment, done, n."""
    rows = _step_rows(log, log.events, Route(steps, True, None, None), by)
    users = rows.group_by(_USER).agg(done=rows.step.bit_or())
    kinds = users.group_by(["segment", "done"]).agg(n=users.count())
    frame: pd.DataFrame = log.con.to_pyarrow(kinds).to_pandas()
    return frame


def _step_rows(log: EventLog, events: ir.Table, route: Route, by: str | None) -> ir.Table:
    """Events that are a step; `step` has a bit for each step that an event is."""
    bits = [
        ((events.macro == 1) if bit == MACRO_STEP else (events.mask & (1 << bit)) != 0).cast(
            "int64"
        )
        * (1 << place)
        for place, bit in enumerate(route.steps)
    ]
    segment = segment_of(log, events, by).cast("int32")
    rows = events.select("user", "seq", "t", step=reduce(or_, bits), segment=segment)
    return rows.filter(rows.step != 0)


def _at(rows: ir.Table, place: int) -> ir.BooleanValue:
    return (rows.step & (1 << place)) != 0


def _in_order(con: Backend, rows: ir.Table, route: Route) -> ir.Table:
    """What each user reaches in the order of the steps: a row for each step that is reached."""
    steps = len(route.steps)
    here = rows.filter(_at(rows, 0)).select(*_USER, "seq", t0="t")
    ways = []
    for place in range(steps):
        if place:
            # Each is read twice: for what is reached there, and by the step after it.
            occurrences = _next(rows, here, place, route)
            here = con.create_table(f"{_HERE}_{place}", occurrences, temp=True, overwrite=True)
        times = {f"t{k}": here[f"t{k}"].min() for k in range(place + 1)}
        ways.append(_padded(here.group_by(_USER).agg(last=here.seq.max(), **times), place, steps))
    return _together(ways)


def _next(rows: ir.Table, came: ir.Table, place: int, route: Route) -> ir.Table:
    """Occurrences of a step that an attempt leads to, each with the times of the latest one."""
    before = [f"t{k}" for k in range(place)]
    here = rows.filter(_at(rows, place)).select(*_USER, "seq", t="t")
    # An event that is both steps leads to itself.
    led = here.asof_join(came, on=here.seq >= came.seq, predicates="user")
    kept = led.t0.notnull()
    if route.within is not None:
        kept &= led.t - led.t0 <= route.within
    if route.step_within is not None:
        kept &= led.t - led[before[-1]] <= route.step_within
    return led.filter(kept).select(*_USER, "seq", *before, **{f"t{place}": "t"})


def _padded(reached: ir.Table, place: int, steps: int) -> ir.Table:
    later = {f"t{k}": ibis.null("int64") for k in range(place + 1, steps)}
    return reached.mutate(far=ibis.literal(place + 1, "int32"), **later)


def _in_any_order(rows: ir.Table, route: Route) -> ir.Table:
    """What each user reaches in any order: a row for each number of first steps done in time."""
    steps = len(route.steps)
    so_far = ibis.cumulative_window(group_by="user", order_by="seq")
    latest = rows.mutate(
        **{f"l{k}": _at(rows, k).ifelse(rows.t, None).max().over(so_far) for k in range(steps)}
    )
    done = []
    for place in range(steps):
        times = [latest[f"l{k}"] for k in range(place + 1)]
        all_done = reduce(and_, (time.notnull() for time in times))
        if route.within is not None:
            all_done &= latest.t - ibis.least(*times) <= route.within
        done.append((all_done, place + 1))
    far = ibis.cases(*reversed(done), else_=0).cast("int32")
    times_done = {
        f"t{k}": ibis.greatest(*(latest[f"l{j}"] for j in range(k + 1))) for k in range(steps)
    }
    ways = latest.select(*_USER, "seq", "step", far=far, **times_done)
    ways = ways.filter(ways.far > 0)
    # A later step that is no part of the attempt is not where the user stands.
    stands = (ways.step & ((ibis.literal(1, "int64") << ways.far) - 1)) != 0
    times_reached = {f"t{k}": ways[f"t{k}"].min() for k in range(steps)}
    return ways.group_by([*_USER, "far"]).agg(last=ways.seq.max(where=stands), **times_reached)


def _farthest(ways: ir.Table, steps: int) -> ir.Table:
    times = {f"t{k}": ways[f"t{k}"].argmax(ways.far) for k in range(steps)}
    return ways.group_by(_USER).agg(far=ways.far.max(), last=ways["last"].argmax(ways.far), **times)


def _onward(events: ir.Table, stopped: ir.Table) -> ir.Table:
    """Count the next planned events after the last time that users stood at their last step."""
    planned = events.filter((events.mask != 0) | (events.macro == 1))
    planned = planned.select("user", "seq", "mask", "macro")
    stood = stopped.select("user", "last")
    after = planned.join(stood, ["user", planned.seq > stood["last"]])
    following = after.group_by("user").agg(
        did=after["mask"].argmin(after.seq), macro=after.macro.argmin(after.seq)
    )
    known = stopped.select(*_USER, "far").left_join(following, "user")
    return known.group_by(["segment", "far", "did", "macro"]).agg(n=known.count())


def _count(con: Backend, users: ir.Table, steps: int, onward: pa.Table) -> Followed:
    far = users.group_by(["segment", "far"]).agg(n=users.count())
    waits = users.group_by("segment").agg(
        **{
            f"w{k}": (users[f"t{k}"] - users[f"t{k - 1}"]).median(where=users.far > k)
            for k in range(1, steps)
        }
    )
    keys = ["segment", "far", "did", "macro"]
    together = onward.to_pandas().groupby(keys, as_index=False, dropna=False)[["n"]].sum()
    return Followed(con.to_pyarrow(far).to_pandas(), con.to_pyarrow(waits).to_pandas(), together)


def _together(tables: Sequence[ir.Table]) -> ir.Table:
    """Put tables one after the other; Ibis unites no fewer than two."""
    first, *others = tables
    return first.union(*(table.select(*first.columns) for table in others)) if others else first
