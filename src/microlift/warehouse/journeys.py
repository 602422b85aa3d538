"""Canonical events in operations that every engine has: order, sessions, ties.

The columns, and what they mean, are those of `microlift.events.EventLog.events`, but for `user`,
which is the id itself: no number of a user leaves an engine, so none is given.
"""

import ibis
import ibis.expr.types as ir

from microlift.events.neighbours import AWAY_ROOM
from microlift.events.times import HOUR
from microlift.plan import Plan, micros
from microlift.warehouse.repeat import from_first_macro
from microlift.warehouse.rows import order_keys, sequence_of, whole

_ROOM = 1 << 31  # of a place in a user's order


def canonical(rows: ir.Table, plan: Plan) -> ir.Table:
    """Order the rows of each user, and tell sessions and ties.

    Where the next macro is asked about, what follows each user's first one.

    Parameters
    ----------
    rows : ibis.Table
        From `distinct_rows`.
    plan : Plan

    Returns
    -------
    ibis.Table
        user, bucket, t, seq, event (its name), mask, macro, value, session, opens, away, tie.
    """
    order = [ibis.asc(key, nulls_first=True) for key in order_keys(rows)]
    by = {"group_by": "user", "order_by": order}
    sequence = sequence_of(rows)
    number = ibis.row_number().over(**by).cast("int64")
    if plan.macro.repeat:
        placed = from_first_macro(rows.mutate(seq=number), sequence)
        placed = placed.mutate(before=placed.t.lag().over(group_by="user", order_by="seq"))
    else:
        placed = rows.mutate(seq=number, before=rows.t.lag().over(**by))
    pause = placed.t - placed.before
    opens = placed.before.isnull() | (pause > micros(plan.log.session_gap))
    placed = placed.mutate(
        opens=opens.cast("int64"), quiet=_hours(pause), at_macro=_at_macro(placed, sequence)
    )
    within = {"group_by": "user", "order_by": "seq"}
    so_far = ibis.cumulative_window(**within)
    carried = (placed.opens == 1).ifelse(placed.seq * AWAY_ROOM + placed.quiet, None).max()
    tie = placed.at_macro if sequence else _tied(placed, within)
    events = placed.mutate(
        session=placed.opens.sum().over(so_far).cast("int64"),
        away=carried.over(so_far) % AWAY_ROOM,
        tie=tie,
    )
    if "sid" in rows.columns:
        events = _given_sessions(events)
    return events.select(
        "user", "bucket", "t", "seq", "event", "mask", "macro", "value", "session", "opens",
        "away", "tie",
    )  # fmt: skip


def _hours(pause: ir.IntegerValue) -> ir.IntegerValue:
    """Begun hours of a quiet time, at least 1 and no more than fits; 0 where there was none."""
    most = (AWAY_ROOM - 1) * HOUR  # so that the quotient stays exact
    hours = whole(ibis.least(pause, most) + (HOUR - 1), HOUR)
    # Said outright: engines differ in what the greatest of a number and null is.
    return pause.isnull().ifelse(0, ibis.greatest(hours, 1)).cast("int64")


def _at_macro(rows: ir.Table, sequence: list[str]) -> ir.IntegerValue:
    """Whether a row that is no macro shares the place of one."""
    if not sequence:
        return ibis.literal(0, "int64")
    found = rows.macro.max().over(group_by=["user", "t", *sequence])
    return ((found == 1) & (rows.macro == 0)).cast("int64")


def _tied(rows: ir.Table, within: dict[str, str]) -> ir.IntegerValue:
    beside = (rows.t.lag().over(**within), rows.t.lead().over(**within))
    return ibis.or_(*((rows.t == other).fill_null(False) for other in beside)).cast("int64")


def _given_sessions(events: ir.Table) -> ir.Table:
    """Number the sessions of the log itself by their first event.

    A visit is known by the place of its first event. One without an id belongs to the visit of the
    event before it, unless the gap between them is longer than that of a visit.
    """
    begun = events.seq.min().over(group_by=["user", "sid"])
    own = ibis.cases(
        (events.sid != "", begun), (events.opens == 1, events.seq), else_=ibis.null("int64")
    )
    named = events.mutate(own=own)
    carried = (named.seq * _ROOM + named.own).max()
    visited = named.mutate(
        visit=carried.over(ibis.cumulative_window(group_by="user", order_by="seq")) % _ROOM
    )
    first = visited.seq == visited.visit
    number = ibis.dense_rank().over(group_by="user", order_by="visit") + 1
    # Quiet before a visit is quiet of the user: where visits interleave, the end of the one before
    # may lie ahead.
    away = first.ifelse(visited.quiet, None).max().over(group_by=["user", "visit"])
    return visited.mutate(session=number.cast("int64"), away=away, opens=first.cast("int64"))
