"""What is said under each look at the paths: who is counted, and by which rules."""

import pandas as pd

from microlift.events import EventLog
from microlift.journeys.waiting import many, told
from microlift.journeys.ways.codes import Codes
from microlift.journeys.ways.walks import patience


def how_journeys_end(log: EventLog) -> str:
    """When a journey without a macro counts as left."""
    return (
        "A journey is the planned actions before a user's first macro. Users without one have left "
        f"if they did nothing planned in the last {told(patience(log))} of the log; the others are "
        "still open, and never counted as left."
    )


def repeats_note(repeats: bool) -> str:
    """Whether the same step in a row is one."""
    if repeats:
        return "The same step several times in a row counts every time."
    return "The same step several times in a row is one step (repeats=True counts each)."


def who_is_there(log: EventLog, counted: pd.DataFrame, codes: Codes) -> str:
    """How many users reached the macro, left, are still open, or did nothing planned.

    Parameters
    ----------
    log
        The event log.
    counted
        then, n: what comes after steps; the ends come once a user.
    codes
        What the integers stand for.
    """
    ends = counted.groupby("then")["n"].sum()
    reached, left, still = (int(ends.get(c, 0)) for c in (codes.macro, codes.left, codes.open))
    idle = log.facts.users - reached - left - still
    return (
        f"Of {log.facts.users:,} users {reached:,} reached {many([codes.names[codes.macro]])}, "
        f"{left:,} left, {still:,} are still open, and {idle:,} did nothing planned at all."
    )


def who_did_something(log: EventLog, counted: pd.DataFrame) -> str:
    """How many users are in the flow at all.

    Parameters
    ----------
    log
        The event log.
    counted
        at, n: steps from 0, the start, through which each user goes once.
    """
    users = int(counted.loc[counted["at"] == 0, "n"].sum())
    return (
        f"{users:,} of {log.facts.users:,} users did something planned; the others are in no step."
    )
