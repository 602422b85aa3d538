"""The journey to the next macro: what each user does from the first macro on.

``macro: {repeat: true}`` asks what leads to another macro those who have had one. Nothing behind
the events need know of it: a user's events before the first macro are left out, as are users
without one, and the first macro stays as an event that opens the history. It counts as no macro
and is worth nothing, so the second is the first one that all that follows sees. The cut is made
before sessions and rules, which so begin at it too.

Macros at the very time of a first one (and, where the log says more, at the same place in its
sequence) are left out with it. Nothing can have happened in between: they are mostly one order in
several rows, and where they are not, no action led from the one to the other.
"""

from collections import Counter

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from microlift.errors import EventsError
from microlift.events.facts import Whole
from microlift.events.normalise import MACRO_FLAG, Coded
from microlift.events.times import DAY
from microlift.plan import Plan, format_duration, micros

MANY_AT_ONCE = 0.1  # share of second macros in the visit of the first from which on this is said


def number_buyers(users: ir.Table, coded: Coded) -> ir.Table:
    """Keep the users who have a macro, and number them anew, in their order and without gaps.

    Parameters
    ----------
    users : ibis.Table
        Their column `user` is the number among all.
    coded : Coded

    Returns
    -------
    ibis.Table
        The same columns and `number`.
    """
    buyers = coded.rows.filter(coded.rows.flags >= MACRO_FLAG).select("user").distinct()
    kept = users.semi_join(buyers, "user")
    return kept.mutate(number=ibis.row_number().over(order_by="user").cast("int64"))


def count_whole(
    con: Backend, events: ir.Table, coded: Coded, plan: Plan, counts: Counter[str]
) -> Whole:
    """Count the log from which the journeys were cut, and who has a second macro.

    Parameters
    ----------
    con : ibis.backends.duckdb.Backend
    events : ibis.Table
        The canonical events, from each user's first macro on.
    coded : Coded
    plan : Plan
    counts : Counter
        From `microlift.events.neighbours.from_first_macro`, summed over all parts of the log.

    Returns
    -------
    Whole

    Raises
    ------
    EventsError
        If nobody has a second macro, or no first one is followed for the whole horizon.
    """
    macro = events.macro == 1
    seen = events.agg(
        firsts=events.user.nunique(),
        seconds=events.user.nunique(where=macro),
        at_once=events.user.nunique(where=macro & (events.session == 1)),
        begin=events.t.min(),
    )
    ends = coded.rows.agg(first=coded.rows.t.min(), last=coded.rows.t.max())
    users = con.to_pyarrow(seen).to_pylist()[0]
    window = con.to_pyarrow(ends).to_pylist()[0]
    whole = Whole(
        users=int(con.to_pyarrow(coded.users.count()).as_py()),
        events=counts["events"],
        macros=counts["macros"],
        tied=counts["tied"],
        firsts=int(users["firsts"]),
        seconds=int(users["seconds"]),
        at_once=int(users["at_once"]),
        first_us=int(window["first"]),
        last_us=int(window["last"]),
    )
    check_followed(whole, int(users["begin"]), plan)
    return whole


def check_followed(whole: Whole, begin: int, plan: Plan) -> None:
    """Refuse a log in which no journey to a second macro can be judged.

    Parameters
    ----------
    whole : Whole
    begin : int
        The time of the earliest first macro, in microseconds since 1970 UTC.
    plan : Plan

    Raises
    ------
    EventsError
        If nobody has a second macro, or no first one is followed for the whole horizon.
    """
    if not whole.seconds:
        named = ", ".join(repr(name[:100]) for name in plan.macro.event[:3])
        raise EventsError(
            f"The plan says macro: {{repeat: true}}, but of {whole.firsts:,} users with a macro "
            f"({named}) 0 have another one later{whole.tied_too}: nothing leads to a next macro, "
            "so nothing can be estimated about it. Widen the log, map log.columns.user_id to an "
            "id that lasts from one macro to the next, or leave repeat out."
        )
    left = whole.last_us - begin
    if micros(plan.horizon) > left:
        raise EventsError(
            f"The horizon {format_duration(plan.horizon)} is longer than the {left / DAY:,.1f} "
            f"days from the earliest of {whole.firsts:,} first macros to the end of the log: 0 "
            "journeys to a next macro are followed to their end, so nothing can be estimated. "
            "Shorten horizon in the plan, or widen the log."
        )


def repeat_notes(whole: Whole) -> list[str]:
    """Say where many second macros follow so soon that they may be the first one told again.

    Parameters
    ----------
    whole : Whole

    Returns
    -------
    list of str

    Examples
    --------
    >>> repeat_notes(Whole(600, 31_106, 450, 0, 328, 107, 50, 0, 1))
    ['50 of 107 second macros stand in the visit of the first. A page that is loaded again, or an \
order in several rows, looks the same: where that is so, leave those rows out.']
    """
    if whole.at_once <= MANY_AT_ONCE * whole.seconds:
        return []
    return [
        f"{whole.at_once:,} of {whole.seconds:,} second macros stand in the visit of the first. A "
        "page that is loaded again, or an order in several rows, looks the same: where that is so, "
        "leave those rows out."
    ]
