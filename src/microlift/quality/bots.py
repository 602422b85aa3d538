"""Users who are no humans, by pace and volume."""

from microlift.quality.counts import Counts
from microlift.quality.doings import BUSY_DAY, BUSY_MINUTE, WAKING_HOURS
from microlift.quality.finding import Finding, graded, part

# Machines buy nothing. As long as they make few of the events they hardly move a rate; monitors
# and crawlers that make half of them are what the log is about.
FEW, MANY = 0.005, 0.5


def bots(counts: Counts) -> Finding:
    """Users beyond human pace or volume, by their share of the events."""
    found = counts.doings.bots
    share = part(found.events, counts.facts.events)
    verdict = graded(share, FEW, MANY)
    if found.macros and verdict == "good":
        verdict = "look"
    example = ""
    if found.busiest:
        example = "user no. {user:,}: {n:,} events, {on_day:,} in a day, {minute:,} in a minute"
        example = example.format(**found.busiest)
    return Finding(
        "bots",
        verdict,
        found.users,
        share,
        example,
        "They do every action and never buy (or, as tests do, always), which pulls every effect "
        f"towards 1. Counted are users with {BUSY_MINUTE} events a minute in several minutes, "
        f"{BUSY_DAY:,} in a day, or events in {WAKING_HOURS} hours of a day; share: of the events.",
        "Leave them out before the export, by user agent or by an internal-traffic filter.",
    )
