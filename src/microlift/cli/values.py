"""Values of the command line: from text to a path, a duration, a size, or one clear refusal."""

import argparse
import math
from pathlib import Path

from microlift.errors import InputError


def text(given: str) -> str:
    """A text that says something."""
    # An unset variable of a script leaves none; as a path that would mean the current folder.
    if not given.strip():
        raise argparse.ArgumentTypeError("it is empty: give a path")
    return given


def path(given: str) -> Path:
    """A path."""
    return Path(text(given))


def pair(given: str) -> tuple[str, str]:
    """A role and the column that plays it."""
    role, sign, column = given.partition("=")
    if not sign or not column:
        raise argparse.ArgumentTypeError(f"not a role and a column: {given!r}; write user_id=uid")
    return role.strip(), column


def setting(given: str) -> tuple[str, str]:
    """A setting and its value, which may be empty."""
    name, sign, value = given.partition("=")
    if not sign or not name.strip():
        raise argparse.ArgumentTypeError(f"not a setting and its value: {given!r}; write limit=50")
    return name.strip(), value


def seconds(given: str) -> float:
    """A duration in the plan's words, as seconds."""
    from microlift.plan import parse_duration

    try:
        span = parse_duration(given)
    except InputError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    if not span:
        raise argparse.ArgumentTypeError(f"got {given}, which leaves no time; give at least 1s")
    return span.total_seconds()


def size(given: str) -> int:
    """A size of memory, as bytes."""
    from microlift.plan import parse_size

    try:
        return parse_size(given)
    except InputError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def memory(given: str) -> str:
    """A size of memory, as it was written."""
    size(given)
    return given


def natural(given: str) -> int:
    """A whole number from 0."""
    try:
        value = int(given)
    except ValueError:
        raise argparse.ArgumentTypeError(f"not a whole number: {given!r}") from None
    if value < 0:
        raise argparse.ArgumentTypeError(f"must not be below 0, got {value}")
    return value


def positive(given: str) -> int:
    """A whole number from 1."""
    value = natural(given)
    if value == 0:
        raise argparse.ArgumentTypeError("must be above 0, got 0")
    return value


def amount(given: str) -> float:
    """An amount of money above 0."""
    try:
        value = float(given)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise argparse.ArgumentTypeError(f"not an amount above 0: {given!r}; write 1250.50")
    return value


def parameter(given: str) -> tuple[str, str]:
    """A parameter of a report and its value, which may be empty."""
    name, sign, value = given.partition("=")
    if not sign or not name.strip():
        msg = f"not a parameter and its value: {given!r}; write weeks=8"
        raise argparse.ArgumentTypeError(msg)
    return name.strip(), value
