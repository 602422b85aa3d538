"""Modes of bidding: what is primary on the platform, by how many macros there are.

With more macros an account climbs: micro actions alone, one stage of the funnel, the macro with
micro actions beside it, the macro alone.
"""

from dataclasses import dataclass

from microlift.bidding.thresholds import Thresholds

MICRO = "micro"
ONE_STAGE = "one stage"
BOTH = "macro and micro"
MACRO = "macro"
MODES = (MICRO, ONE_STAGE, BOTH, MACRO)


@dataclass(frozen=True)
class Situation:
    """What beside the number of macros decides on a mode.

    Attributes
    ----------
    slow
        Whether half of the macros come late after the first touch, and a stage comes sooner.
    low_value
        Whether orders are small enough for macros alone to do earlier.
    """

    slow: bool = False
    low_value: bool = False


def mode_of(macros: int, situation: Situation, thresholds: Thresholds) -> str:
    """Which mode fits so many macros in 30 days.

    Examples
    --------
    >>> [mode_of(n, Situation(), Thresholds()) for n in (14, 15, 30, 60)]
    ['micro', 'one stage', 'macro and micro', 'macro']
    >>> mode_of(50, Situation(low_value=True), Thresholds())
    'macro'
    >>> mode_of(50, Situation(slow=True), Thresholds())  # the macro comes too late to learn from
    'one stage'
    """
    if macros < thresholds.few:
        return MICRO
    if macros >= thresholds.alone:
        return MACRO
    if macros < thresholds.enough or situation.slow:
        return ONE_STAGE
    if macros >= thresholds.good and situation.low_value:
        return MACRO
    return BOTH


def next_up(macros: int, situation: Situation, thresholds: Thresholds) -> tuple[str, int] | None:
    """Return the next mode with the macros that it takes; None where there is none.

    >>> next_up(20, Situation(), Thresholds()), next_up(20, Situation(slow=True), Thresholds())
    (('macro and micro', 30), ('macro', 60))
    """
    now = mode_of(macros, situation, thresholds)
    for count in _steps(thresholds):
        mode = mode_of(count, situation, thresholds)
        if count > macros and mode != now:
            return mode, count
    return None


def next_down(macros: int, situation: Situation, thresholds: Thresholds) -> tuple[str, int] | None:
    """Return the mode to fall back to, and below how many macros; None where there is none.

    >>> next_down(70, Situation(), Thresholds()), next_down(3, Situation(), Thresholds())
    (('macro and micro', 60), None)
    """
    now = mode_of(macros, situation, thresholds)
    for count in reversed(_steps(thresholds)):
        below = mode_of(count - 1, situation, thresholds)
        if count <= macros and below != now:
            return below, count
    return None


def macros_for_macro_alone(situation: Situation, thresholds: Thresholds) -> int:
    """How many macros in 30 days it takes until micro actions may go.

    >>> macros_for_macro_alone(Situation(low_value=True), Thresholds())
    50
    """
    return next(n for n in _steps(thresholds) if mode_of(n, situation, thresholds) == MACRO)


def _steps(thresholds: Thresholds) -> tuple[int, ...]:
    return (thresholds.few, thresholds.enough, thresholds.good, thresholds.alone)
