"""Walks: what each user did, in order, up to the first macro, as one row a user in the engine.

A step is an occurrence of a planned action. An event that is several actions is a step of each, in
the order of the plan. What is the macro's own event is no step before it. Steps are kept as lists,
which one grouping makes and which cost less than any pass over sorted rows.
"""

from collections.abc import Callable, Iterator

import ibis
import ibis.expr.types as ir
import pandas as pd

from microlift.events import EventLog
from microlift.events.parts import in_parts, parts_for
from microlift.journeys.ways.codes import Codes
from microlift.plan import micros

ROWS_A_PART = 2_500_000  # lists of a part have to fit in memory beside the log
# A step as one integer that orders as the steps do: seq, session, code. A user has fewer events
# than 2^28, or no list of them would fit in memory.
_STEP, _VISIT = 1 << 6, 1 << 34


def parts_of(log: EventLog) -> Iterator[ir.Table]:
    """Events of a part of the users at a time: of whole buckets, and few enough for memory."""
    return in_parts(log.events, parts_for(log.facts.events, ROWS_A_PART))


def count_walks(
    log: EventLog,
    count: Callable[[ir.Table], ir.Table],
    *,
    repeats: bool = False,
    visits: bool = False,
) -> pd.DataFrame:
    """Count the walks of each part of the users, and put the counts one after the other.

    Parameters
    ----------
    log
        The event log.
    count
        From walks (see `walks_of`) to counts.
    repeats, visits
        As in `walks_of`.
    """
    counted = []
    for events in parts_of(log):
        walks = walks_of(log, events, repeats=repeats, visits=visits)
        counted.append(log.con.to_pyarrow(count(walks)).to_pandas())
    together: pd.DataFrame = pd.concat(counted, ignore_index=True)
    return together


def patience(log: EventLog) -> int:
    """How long a user has to be silent to have left: `quiet` of the clock, else the horizon."""
    moments = log.plan.moments
    return micros(log.plan.horizon if isinstance(moments, str) else moments.quiet)


def steps_of(log: EventLog, events: ir.Table) -> ir.Table:
    """Events that are planned actions, a row for each action that they are.

    Returns
    -------
    user, bucket, seq, t, and place: the code of the action, before it the session and the order.
    """
    acts = events.filter(events.mask != 0)
    lone = (acts.mask & (acts.mask - 1)) == 0
    one, several = acts.filter(lone), acts.filter(~lone)
    bits = several.mutate(step=ibis.range(len(log.plan.actions)).unnest().cast("int64"))
    each = bits.filter((bits.mask // (ibis.literal(1, "int64") << bits.step)) % 2 == 1)
    tables = [one.mutate(step=one.mask.log2().round().cast("int64")), each]
    first, second = (
        table.select(
            "user",
            "bucket",
            "seq",
            "t",
            place=table.seq * _VISIT + table.session.cast("int64") * _STEP + table.step,
        )
        for table in tables
    )
    return first.union(second)


def step_of(place: ir.IntegerValue) -> ir.IntegerValue:
    """Return the code of the action in a place."""
    return place % _STEP


def walks_of(
    log: EventLog, events: ir.Table, *, repeats: bool = False, visits: bool = False
) -> ir.Table:
    """Return one row for each user who did anything planned.

    Parameters
    ----------
    log
        The event log.
    events
        Those of a part of its users.
    repeats
        Whether the same step several times in a row stays as it is, and is not made one.
    visits
        Whether it is made one within a visit alone.

    Returns
    -------
    user, bucket; steps (codes), visits (their sessions), begun and until (when the first and the
    last of the same steps in a row was done), as lists in order; outcome (a code: the macro, left,
    or still open at the end of the log), end (the time of the macro, else of the last planned
    event), end_visit (the macro's session).
    """
    codes, rows = Codes.of(log), _rows_of(log, events)
    users = rows.group_by(["user", "bucket"]).agg(
        places=rows.place.collect(),
        times=rows.t.collect(where=rows.place.notnull()),
        macro=rows.macro.min(),
        macro_t=rows.t.min(where=rows.macro.notnull()),
        last_t=rows.t.max(),
    )
    left = log.facts.last_us - users.last_t >= patience(log)
    ordered = users.select(
        "user",
        "bucket",
        # What follows the macro in the order is larger, and is no step before it.
        places=users.places.filter(
            lambda place: users.macro.isnull() | (place // _VISIT < users.macro // _VISIT)
        ).sort(),
        # Times order as places do, so that sorting them apart keeps them in step.
        times=users.times.sort(),
        end=users.macro_t.coalesce(users.last_t),
        end_visit=users.macro % _VISIT // _STEP,
        outcome=ibis.cases(
            (users.macro.notnull(), codes.macro), (left, codes.left), else_=codes.open
        ).cast("int8"),
    )
    ordered = ordered.mutate(places=ordered.places.fill_null(ibis.literal([], "array<int64>")))
    return _without_repeats(ordered, repeats=repeats, visits=visits)


def _rows_of(log: EventLog, events: ir.Table) -> ir.Table:
    """Rows of steps, with a place, and of macros, with the macro's order and session."""
    steps = steps_of(log, events)
    macros = events.filter(events.macro == 1)
    ends = macros.select(
        "user",
        "bucket",
        "t",
        place=ibis.null("int64"),
        macro=macros.seq * _VISIT + macros.session.cast("int64") * _STEP,
    )
    acts = steps.select("user", "bucket", "t", "place", macro=ibis.null("int64"))
    return acts.union(ends)


def _without_repeats(walks: ir.Table, *, repeats: bool, visits: bool) -> ir.Table:
    """Make the same steps in a row one; its times are those of the first and of the last."""
    kept = ["user", "bucket", "end", "end_visit", "outcome"]
    cut = walks.select(
        *kept,
        "places",
        times=walks.times[: walks.places.length()],
        # What has to be the same, to be a repeat.
        keys=walks.places.map(lambda place: place % (_VISIT if visits else _STEP)),
    )
    keys, last = cut.keys, cut.places.length() - 1
    begins = lambda _, at: (at == 0) | (keys[at] != keys[at - 1])  # noqa: E731
    ends = lambda _, at: (at == last) | (keys[at] != keys[at + 1])  # noqa: E731
    firsts = cut.places if repeats else cut.places.filter(begins)
    return cut.select(
        *kept,
        # Small, since they are kept of every user.
        steps=firsts.map(lambda place: step_of(place).cast("int8")),
        visits=firsts.map(lambda place: place % _VISIT // _STEP),
        begun=cut.times if repeats else cut.times.filter(begins),
        until=cut.times if repeats else cut.times.filter(ends),
    )
