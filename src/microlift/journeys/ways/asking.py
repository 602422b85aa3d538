"""What is asked of paths, checked at the door: how many, how long, how far back."""

from microlift.errors import InputError
from microlift.events import EventLog
from microlift.journeys.steps import read_limit
from microlift.plan import micros
from microlift.plan.quoting import short


def read_count(argument: str, value: object, most: int, what: str) -> None:
    """Refuse what is no whole number from 1 to `most`.

    >>> read_count("length", 5, 10, "steps of a path")
    """
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most:
        return
    msg = (
        f"{argument}={short(value)} is no number of {what}: beyond {most:,} nobody could read "
        f"them. Give a whole number from 1 to {most:,}."
    )
    raise InputError(msg)


def read_window(log: EventLog, within: object) -> int:
    """Read how far back steps count, in microseconds; the plan's horizon where nothing is said."""
    window = read_limit("within", within)
    return micros(log.plan.horizon) if window is None else window
