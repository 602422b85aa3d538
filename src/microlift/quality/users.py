"""Users and their beginnings: single events, users who came before the log, macros without past."""

import math

import numpy as np
from numpy.typing import NDArray

from microlift.quality.counts import Counts
from microlift.quality.finding import Finding, date_of, graded, part, too_short

# Half of all visitors of a web site see one page; nearly all of them are ids that do not last.
MANY_SINGLE, ALL_SINGLE = 0.8, 0.98
FIRST, LATER = 0.1, 0.5  # the first tenth of the days against the second half of them
LEAST_DAYS = 20
MANY_EARLIER = 0.1
SURE = 3.0  # standard errors, as the days of the second half differ
COHORT = 0.9  # users who all begin together were made to: a cohort, and nobody came before
PASTLESS, ALL_PASTLESS = 0.2, 0.9
EMPTY_VISITS = 0.01  # as the estimate has it, which decides by it whether a visit starts a moment


def single_events(counts: Counts) -> Finding:
    """Users with one event only."""
    arrivals = counts.doings.arrivals
    count = int(arrivals["single"].sum())
    share = part(count, counts.facts.users)
    return Finding(
        "users with one event",
        graded(share, MANY_SINGLE, ALL_SINGLE),
        count,
        share,
        "",
        "They show nobody's next step. Where nearly all users are such, the id does not last from "
        "one event to the next, and no action has a before or an after.",
        "Map log.columns.user_id to an id that stays with the user, such as a login.",
    )


def left_truncation(counts: Counts) -> Finding:
    """Users who must have been there before the log begins.

    In a steady business as many users are first seen on one day as on the next. What the first
    tenth of the days has beyond what the second half brings came back, and was new earlier.
    """
    arrivals = counts.doings.arrivals
    days, new = counts.days, np.zeros(counts.days, dtype=np.int64)
    inside = arrivals["day"].between(counts.first_day, counts.first_day + days - 1)
    new[arrivals["day"][inside] - counts.first_day] = arrivals["users"][inside]
    head = max(1, int(days * FIRST))
    first, (usual, excess) = int(new[:head].sum()), excess_at_first(new, head)
    share = part(excess, int(new.sum()))
    cohort = part(first, int(new.sum())) >= COHORT
    verdict = "good" if cohort else graded(share, MANY_EARLIER)
    example = too_short(days, LEAST_DAYS)
    if verdict != "good":
        until = date_of(counts.first_day + head - 1)
        example = f"{first / head:,.0f} new users a day until {until}, {usual:,.0f} later"
    return Finding(
        "left truncation",
        verdict,
        0 if cohort else excess,
        0.0 if cohort else share,
        example,
        "Their earlier visits, actions and first touch are not in the log: they count as new, and "
        "what they did before is not held fixed.",
        "Start the log earlier than the window that you want to judge, by the time between a first "
        "visit and a macro.",
    )


def excess_at_first(new: NDArray[np.int64], head: int) -> tuple[float, int]:
    """Tell how many users more than usual are new in the first days of a log.

    Parameters
    ----------
    new
        Users first seen, day by day.
    head
        How many of the days are the first ones.

    Returns
    -------
    usual : float
        New users a day in the second half of the days, the last day, in part, left out.
    excess : int
        What the first days have beyond that; 0 where days differ by as much, or are too few.

    Examples
    --------
    >>> excess_at_first(np.array([50] * 3 + [10, 12, 8] * 9 + [10]), head=3)
    (10.0, 120)
    """
    if len(new) < LEAST_DAYS:
        return 0.0, 0
    later = new[int(len(new) * LATER) : -1]
    usual = float(later.mean())
    by_chance = float(later.std(ddof=1)) * math.sqrt(head * (1 + head / len(later)))
    more = float(new[:head].sum()) - usual * head
    return usual, round(more) if more > max(0.0, SURE * by_chance) else 0


def pastless_macros(counts: Counts) -> Finding:
    """Macro users of whom nothing is known before the macro."""
    doings, starts = counts.doings, _visits_start(counts)
    by_visits = counts.plan.moments == "visits" and not starts
    count = doings.total("unplanned") if by_visits else doings.total("alone")
    share = part(count, doings.total("macro_users"))
    return Finding(
        "macros with no earlier moment",
        graded(share, PASTLESS, ALL_PASTLESS),
        count,
        share,
        "",
        "No action can have led to them: in the ledger they are arrivals, and what users did "
        "elsewhere (a call, another device) gets no credit.",
        "Record what comes before the macro under the same user id, or put it into the plan.",
    )


def empty_visits(counts: Counts) -> Finding:
    """Whether the log shows visits in which nothing planned was done."""
    facts = counts.facts
    matters = counts.plan.moments == "visits" and not _visits_start(counts)
    return Finding(
        "visits without planned events",
        "look" if matters else "good",
        facts.empty_visits,
        part(facts.empty_visits, facts.sessions),
        "",
        "Where every visit is in the log because something planned was done in it, nobody is seen "
        "who came and did nothing: a visit's first action is compared with other actions only.",
        "Add an event that every visit has, such as a page view; it needs no place in the plan.",
    )


def _visits_start(counts: Counts) -> bool:
    return counts.facts.empty_visits > EMPTY_VISITS * counts.facts.sessions
