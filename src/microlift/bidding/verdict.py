"""The verdict on one account or campaign: which mode now, and when the next."""

from dataclasses import dataclass
from datetime import date, timedelta

from microlift.bidding.delays import Delay
from microlift.bidding.modes import (
    MACRO,
    Situation,
    macros_for_macro_alone,
    mode_of,
    next_down,
    next_up,
)
from microlift.bidding.pace import Growth, Pace, Passage
from microlift.bidding.thresholds import Thresholds


@dataclass(frozen=True)
class Figures:
    """What a verdict rests on.

    Attributes
    ----------
    macros
        Visits with a macro in the last 30 days.
    order_value, low_value
        Mean value of a macro, and below what it counts as low; None where unknown.
    delay, click
        Days to the macro from the first touch, and from the begin of its visit.
    pace
        How the macros grow; None where there are too few days or macros.
    micro
        Visits with a primary micro action in the last 30 days.
    stage, stage_visits
        The one stage to bid on, and the visits with it in the last 30 days.
    late
        Whether half of the macros come later than the threshold after the first touch.
    sooner
        Whether they do, and the stage does not.
    """

    macros: int
    order_value: float | None
    low_value: float | None
    delay: Delay
    click: Delay
    pace: Pace | None
    micro: int
    stage: str
    stage_visits: int
    late: bool = False
    sooner: bool = False

    @property
    def growth(self) -> Growth:
        """Growth in 30 days, not a number where it cannot be told."""
        unknown = float("nan")
        return self.pace.growth if self.pace else Growth(unknown, unknown, unknown)


@dataclass(frozen=True)
class Verdict:
    """What to do now, and what comes next.

    Attributes
    ----------
    mode
        The mode now.
    next_mode, trigger
        The mode that comes next, and the macros in 30 days at which it does (below which, where
        macros fall); None where nothing comes.
    falls
        Whether the next mode is the one to fall back to.
    expected, earliest, latest
        The date of the next mode, with its 95 % interval; None: not within a year, or unknown.
    micro_until
        When micro actions are planned to be removed from the primary ones; None as above.
    known
        Whether there was enough history for dates.
    """

    mode: str
    next_mode: str | None
    trigger: int | None
    falls: bool
    expected: date | None
    earliest: date | None
    latest: date | None
    micro_until: date | None
    known: bool


def judge(figures: Figures, thresholds: Thresholds, today: date) -> Verdict:
    """Give the verdict.

    Parameters
    ----------
    figures, thresholds
        What is known, and what is enough.
    today
        The last day of the data: dates count from it, not from the clock.

    Examples
    --------
    >>> known = Figures(20, None, None, Delay(), Delay(), None, 300, "checkout", 80)
    >>> found = judge(known, Thresholds(), date(2026, 1, 31))
    >>> found.mode, found.next_mode, found.trigger, found.known
    ('one stage', 'macro and micro', 30, False)
    """
    situation = situation_of(figures)
    mode = mode_of(figures.macros, situation, thresholds)
    falls = figures.growth.high < 0 and next_down(figures.macros, situation, thresholds) is not None
    step = (next_down if falls else next_up)(figures.macros, situation, thresholds)
    when = Passage(float("inf"), float("inf"), float("inf"))
    last = when
    if figures.pace:
        if step:
            when = figures.pace.until(step[1], falls=falls)
        if mode != MACRO:
            last = figures.pace.until(macros_for_macro_alone(situation, thresholds))
    return Verdict(
        mode=mode,
        next_mode=step[0] if step else None,
        trigger=step[1] if step else None,
        falls=falls,
        expected=_date(today, when.expected),
        earliest=_date(today, when.earliest),
        latest=_date(today, when.latest),
        micro_until=today if mode == MACRO else _date(today, last.expected),
        known=figures.pace is not None,
    )


def situation_of(figures: Figures) -> Situation:
    """Tell what beside the number of macros decides; what is unknown decides nothing."""
    low = figures.low_value is not None and figures.order_value is not None
    return Situation(
        slow=figures.sooner,
        low_value=bool(low and (figures.order_value or 0.0) < (figures.low_value or 0.0)),
    )


def _date(today: date, days: float) -> date | None:
    return None if days == float("inf") else today + timedelta(days=int(days))
