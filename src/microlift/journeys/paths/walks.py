"""Journeys as steps, in the engine: what each user did, in order, up to the first macro.

A step is an occurrence of a planned action. An event that is several actions is a step of each, in
the order of the plan. What is the macro's own event is no step before it.
"""

from collections.abc import Callable, Iterator

import ibis
import ibis.expr.types as ir
import pandas as pd

from microlift.events import EventLog
from microlift.journeys.paths.codes import Codes
from microlift.moments.space import BUCKETS
from microlift.plan import micros

ROWS_A_PART = 5_000_000  # each part reads the whole log once more, so few and large ones
_ROOM = 64  # steps of one event, at most; their order within it is in the low digits


def parts_of(log: EventLog) -> Iterator[ir.Table]:
    """Events of a part of the users at a time: of whole buckets, and few enough for memory."""
    parts = min(BUCKETS, max(1, -(-log.facts.events // ROWS_A_PART)))
    for part in range(parts):
        yield log.events if parts == 1 else log.events.filter(log.events.bucket % parts == part)


def count_parts(log: EventLog, count: Callable[[ir.Table], ir.Table]) -> pd.DataFrame:
    """Count each part of the users, and put the counts one after the other."""
    counted = [log.con.to_pyarrow(count(events)).to_pandas() for events in parts_of(log)]
    return pd.concat(counted, ignore_index=True)


def patience(log: EventLog) -> int:
    """How long a user has to be silent to have left: `quiet` of the clock, else the horizon."""
    moments = log.plan.moments
    return micros(log.plan.horizon if isinstance(moments, str) else moments.quiet)


def steps_of(log: EventLog, events: ir.Table) -> ir.Table:
    """Return the steps, one row each: user, bucket, seq, place (their order), t, session, step."""
    acts = events.filter(events.mask != 0)
    lone = (acts.mask & (acts.mask - 1)) == 0
    one, several = acts.filter(lone), acts.filter(~lone)
    bits = several.mutate(step=ibis.range(len(log.plan.actions)).unnest().cast("int32"))
    each = bits.filter(((bits.mask // (ibis.literal(1, "int64") << bits.step)) % 2) == 1)
    tables = [one.mutate(step=one.mask.log2().round().cast("int32")), each]
    first, second = (
        table.select(
            "user", "bucket", "seq", "t", "session", "step", place=table.seq * _ROOM + table.step
        )
        for table in tables
    )
    return first.union(second)


def ends_of(log: EventLog, events: ir.Table) -> ir.Table:
    """How the journey of each user ends who did anything planned.

    Returns
    -------
    user, bucket; macro_seq (where the first macro stands; null where there is none), end (its time,
    else that of the last planned event), end_session; outcome (a code: the macro, left, or still
    open at the end of the log).
    """
    codes, is_macro = Codes.of(log), events.macro == 1
    planned = events.filter((events.mask != 0) | is_macro)
    users = planned.group_by(["user", "bucket"]).agg(
        macro_seq=planned.seq.min(where=planned.macro == 1),
        macro_t=planned.t.min(where=planned.macro == 1),
        end_session=planned.session.argmin(planned.seq, where=planned.macro == 1),
        last_t=planned.t.max(),
    )
    outcome = ibis.cases(
        (users.macro_seq.notnull(), codes.macro),
        (log.facts.last_us - users.last_t >= patience(log), codes.left),
        else_=codes.open,
    )
    return users.select(
        "user",
        "bucket",
        "macro_seq",
        "end_session",
        end=users.macro_t.coalesce(users.last_t),
        outcome=outcome.cast("int32"),
    )


def journeys_of(log: EventLog, events: ir.Table) -> ir.Table:
    """Steps before the first macro, with the `outcome`, `end` and `end_session` of their user."""
    steps, ends = steps_of(log, events), ends_of(log, events).drop("bucket")
    joined = steps.join(ends, "user")
    before = joined.macro_seq.isnull() | (joined.seq < joined.macro_seq)
    return joined.filter(before).drop("seq", "macro_seq")


def from_start(log: EventLog, events: ir.Table) -> ir.Table:
    """The same, each journey behind a step of its own: the start."""
    steps, ends = journeys_of(log, events), ends_of(log, events)
    start = ends.mutate(
        place=ibis.literal(-1, "int64"),
        t=ibis.null("int64"),
        session=ibis.null("int32"),
        step=ibis.literal(Codes.of(log).start, "int32"),
    )
    return steps.union(start.select(*steps.columns))


def without_repeats(steps: ir.Table, *, visits: bool = False) -> ir.Table:
    """Keep the first of the same steps in a row; with `visits` those of one visit alone."""
    within = {"group_by": "user", "order_by": "place"}
    same = steps.step == steps.step.lag().over(**within)
    if visits:
        same &= steps.session == steps.session.lag().over(**within)
    marked = steps.mutate(again=same.fill_null(False))
    return marked.filter(~marked.again).drop("again")


def chained(steps: ir.Table) -> ir.Table:
    """Number the steps of a journey (`at`, from 0), and tell what comes `then`: a step or the end.

    `crosses`: what comes then is in another visit.
    """
    within = {"group_by": "user", "order_by": "place"}
    following = steps.step.lead().over(**within)
    linked = steps.mutate(
        at=ibis.row_number().over(**within),
        after=following,
        visit=steps.session.lead().over(**within),
    )
    visit = linked.after.isnull().ifelse(linked.end_session, linked.visit)
    return linked.mutate(
        then=linked.after.coalesce(linked.outcome),
        crosses=(visit != linked.session).fill_null(False),
    )
