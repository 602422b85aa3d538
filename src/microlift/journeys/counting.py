"""Who did what, counted in the engine: never a row a user leaves it."""

from typing import Literal, cast

import ibis
import ibis.expr.types as ir
import pandas as pd

from microlift.errors import InputError, nearest
from microlift.events import EventLog
from microlift.plan.quoting import short

VISITOR, SESSION = "visitor", "session"
Per = Literal["visitor", "session"] | str


def count_doers(log: EventLog, per: Per = VISITOR, by: str | None = None) -> pd.DataFrame:
    """Visitors, sessions or leads by the set of actions they did.

    Parameters
    ----------
    log
        The event log.
    per
        ``"visitor"``, ``"session"``, or the name of an action: those who did it are the leads, and
        what they did from then on counts.
    by
        An attribute of the plan.

    Returns
    -------
    One row for each segment (0 where there is none), bucket, set of actions (`did`, a bit mask) and
    whether the macro was reached (`macro`): how many they are (`n`).
    """
    events = log.events.mutate(segment=segment_of(log, log.events, by))
    if per not in (VISITOR, SESSION):
        events = _from_then_on(events, _action(log, per))
    unit = ["user", "session"] if per == SESSION else ["user"]
    done = events.group_by([*unit, "bucket", "segment"]).agg(
        did=events.mask.bit_or(), macro=events.macro.max().cast("int64")
    )
    kinds = done.group_by(["segment", "bucket", "did", "macro"]).agg(n=done.count())
    frame: pd.DataFrame = log.con.to_pyarrow(kinds).to_pandas()
    return frame.sort_values(["segment", "bucket", "did", "macro"], ignore_index=True)


def segment_labels(log: EventLog, by: str | None) -> tuple[str, ...]:
    """Names of the segments of an attribute, in the order of their codes."""
    if by is None:
        return ("all",)
    segment_column(log, by)
    return log.facts.attributes[by]


def segment_of(log: EventLog, events: ir.Table, by: str | None) -> ir.IntegerValue:
    """Code of the segment that the user of each event is in; 0 for all where there are none."""
    code = events[segment_column(log, by)] if by else ibis.literal(0)
    return cast("ir.IntegerValue", code.cast("int64"))


def segment_column(log: EventLog, by: str, argument: str = "by") -> str:
    """Return the column of the canonical events that holds an attribute."""
    names = log.plan.log.attributes
    if by in names:
        return f"a{names.index(by)}"
    known = f"the plan has {nearest(str(by), names)}" if names else "the plan has none"
    msg = (
        f"{argument}={short(by)} is no attribute: {known}. Figures by segment need to know each "
        "user's. Name it under log.attributes in the plan."
    )
    raise InputError(msg)


def noun(per: Per) -> str:
    """What is counted, in the plural.

    >>> noun("visitor"), noun("session"), noun("newsletter")
    ('visitors', 'sessions', 'leads')
    """
    return {VISITOR: "visitors", SESSION: "sessions"}.get(per, "leads")


def _action(log: EventLog, name: str) -> int:
    names = [action.name for action in log.plan.actions]
    if name in names:
        return names.index(name)
    msg = (
        f"per={name!r} is neither 'visitor' nor 'session' nor an action of the plan, which has "
        f"{nearest(name, names)}. A rate needs to know what it is a share of. Give one of these."
    )
    raise InputError(msg)


def _from_then_on(events: ir.Table, action: int) -> ir.Table:
    did = events.filter((events.mask & (1 << action)) != 0)
    first = did.group_by("user").agg(since=did.seq.min())
    joined = events.join(first, "user")
    return cast("ir.Table", joined.filter(joined.seq >= joined.since))
