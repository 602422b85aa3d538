"""Durations: a whole number and a unit, in a plan and in its messages."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, ValidationInfo

from microlift.errors import PlanError
from microlift.plan.quoting import short

LONGEST = timedelta(days=36_500)  # time plus a duration has to stay within 64-bit microseconds

_UNITS = {
    "w": timedelta(weeks=1),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
}


def parse_duration(text: str) -> timedelta:
    """Read a duration: a whole number and one unit of ``w``, ``d``, ``h``, ``m``, ``s``.

    Parameters
    ----------
    text : str
        For example ``30m`` (minutes), ``14d`` (days of 24 hours), at most ``36500d``.

    Returns
    -------
    timedelta

    Raises
    ------
    PlanError
        If the text has no unit, another unit, a sign or a fraction, or is too long a time.

    Examples
    --------
    >>> parse_duration("90s")
    datetime.timedelta(seconds=90)
    """
    found = re.fullmatch(r"([0-9]{1,10})([wdhms])", text.strip())
    if not found:
        raise PlanError(
            f"Got {short(text)}, which is not a duration: without a unit of w, d, h, m or s "
            "it would be a guess. Write a whole number and a unit, such as 30m or 14d."
        )
    number, unit = int(found[1]), _UNITS[found[2]]
    if number > LONGEST // unit:
        raise PlanError(f"Got {text.strip()}, longer than any log. Write at most 36500d.")
    return number * unit


def format_duration(duration: timedelta) -> str:
    """Write a duration in the largest unit that holds it exactly; the inverse of reading one.

    Parameters
    ----------
    duration : timedelta
        Whole seconds, not negative.

    Returns
    -------
    str

    Raises
    ------
    PlanError
        If the duration is negative or has a fraction of a second.

    Examples
    --------
    >>> format_duration(timedelta(minutes=30)), format_duration(timedelta(days=14))
    ('30m', '2w')
    """
    if duration < timedelta(0) or duration % _UNITS["s"]:
        raise PlanError(f"Got the duration {duration}; a plan holds whole seconds, not negative.")
    for unit, length in _UNITS.items():
        if duration and not duration % length:
            return f"{duration // length}{unit}"
    return "0s"


def micros(duration: timedelta) -> int:
    """Express a duration in whole microseconds, the integer time unit of the events.

    Parameters
    ----------
    duration : timedelta

    Returns
    -------
    int

    Examples
    --------
    >>> micros(parse_duration("30m"))
    1800000000
    """
    return duration // timedelta(microseconds=1)


def read_duration(value: object, info: ValidationInfo) -> timedelta:
    """Accept a duration above zero, as text or as a timedelta; refuse it in the words of a plan."""
    if isinstance(value, int) and not isinstance(value, bool):
        unit = {"session_gap": "m", "dwell": "s"}.get(str(info.field_name), "d")
        raise ValueError(
            f"Got {value}, a bare number, whose unit would be a guess. Write {value}{unit}."
        )
    if not isinstance(value, str | timedelta):
        raise ValueError(f"Got {short(value)}, not a duration. Write one such as 30m or 14d.")
    # A timedelta takes the same way as text, so that both meet the same limits.
    try:
        text = format_duration(value) if isinstance(value, timedelta) else value
        duration = parse_duration(text)
    except PlanError as error:
        raise ValueError(str(error)) from None
    if duration <= timedelta(0):
        raise ValueError(f"Got {text}, which leaves no time at all. Write a longer one.")
    return duration


Duration = Annotated[
    timedelta, BeforeValidator(read_duration), PlainSerializer(format_duration, return_type=str)
]
