"""What a check finds: a verdict, how much of the log it is about, and what to do."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Verdict = Literal["good", "look", "refuse"]
VERDICTS: tuple[Verdict, ...] = ("good", "look", "refuse")
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Finding:
    """The outcome of one check.

    Attributes
    ----------
    name
        What was looked at.
    verdict
        ``good``; ``look``: results can be used once somebody has looked; ``refuse``: results
        would mislead.
    count
        How many of what the check counts.
    share
        Of how many there could be, 0 to 1; None where there is no whole.
    example
        One case. A user in it is a number that only this log and this run know, never an id.
    effect
        What this does, or would do, to the estimate.
    remedy
        What to do.

    Examples
    --------
    >>> Finding("duplicates", "good", 0, 0.0, "", "Doubles count twice.", "Remove them.").verdict
    'good'
    """

    name: str
    verdict: Verdict
    count: int
    share: float | None
    example: str
    effect: str
    remedy: str


def graded(share: float, look: float, refuse: float | None = None) -> Verdict:
    """Judge a share: from `look` on somebody has to look, from `refuse` on it misleads.

    Examples
    --------
    >>> graded(0.0, 0.01), graded(0.01, 0.01), graded(0.5, 0.01, 0.2)
    ('good', 'look', 'refuse')
    """
    if refuse is not None and share >= refuse:
        return "refuse"
    return "look" if share >= look else "good"


def part(count: int, whole: int) -> float:
    """Divide, where nothing of nothing is nothing.

    >>> part(1, 4), part(0, 0)
    (0.25, 0.0)
    """
    return count / whole if whole else 0.0


def date_of(day: int) -> str:
    """Write the day that is so many days after 1 January 1970.

    >>> date_of(19_782)
    '2024-02-29'
    """
    return (EPOCH + timedelta(days=day)).isoformat()


def too_short(days: int, needed: int) -> str:
    """Say that a log is too short for a check, so that its silence is no clearance.

    >>> too_short(9, 28), too_short(40, 28)
    ('not judged: 9 days, it takes 28', '')
    """
    return f"not judged: {things(days, 'day')}, it takes {needed}" if days < needed else ""


def things(count: int, noun: str) -> str:
    """Write a count with its noun.

    >>> things(1, "day"), things(2500, "event")
    ('1 day', '2,500 events')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
