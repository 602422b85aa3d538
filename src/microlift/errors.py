"""What a caller can do something about, one class each.

Every message follows one shape: *what* (argument or column), *got* (with counts), *why it
matters*, *what to do*. The exit codes are those of the command line.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from reprlib import Repr
from typing import ClassVar

MAX_NAMES = 3
BOUNDED = Repr()
BOUNDED.maxstring = 100  # a log may hold names of any length


class MicroliftError(Exception):
    """The run failed; the base of every error that microlift raises on purpose.

    Examples
    --------
    >>> MicroliftError.exit_code
    1
    """

    exit_code: ClassVar[int] = 1


class InputError(MicroliftError):
    """Something that the caller gave is wrong and can be mended by the caller.

    Examples
    --------
    >>> InputError.exit_code
    2
    """

    exit_code: ClassVar[int] = 2


class PlanError(InputError):
    """The measurement plan is wrong: a key, a rule, a duration, a name.

    Examples
    --------
    >>> issubclass(PlanError, InputError)
    True
    """


class EventsError(InputError):
    """The event log is wrong, or does not hold what the plan asks of it.

    Examples
    --------
    >>> issubclass(EventsError, InputError)
    True
    """


class WeightsError(InputError):
    """A weights file is wrong: missing, changed by hand, too new, too old, of another currency.

    Examples
    --------
    >>> issubclass(WeightsError, InputError)
    True
    """


class NewerWeightsError(WeightsError):
    """A weights file was written by a newer release than this one.

    Examples
    --------
    >>> issubclass(NewerWeightsError, WeightsError)
    True
    """


class CutOffError(MicroliftError):
    """The run was cut off before its end: time, memory, the death of a kernel.

    Examples
    --------
    >>> CutOffError.exit_code
    4
    """

    exit_code: ClassVar[int] = 4


class BusyError(MicroliftError):
    """Another run holds the output folder; try again later.

    Examples
    --------
    >>> BusyError.exit_code
    75
    """

    exit_code: ClassVar[int] = 75


def nearest(name: str, known: Iterable[str]) -> str:
    """Name the known words that look most like `name`, for use inside a message.

    Parameters
    ----------
    name : str
        The word that was given.
    known : iterable of str
        The words that would have been accepted.

    Returns
    -------
    str
        At most three quoted names, the nearest first; where none is near, the first three
        in alphabetical order and how many more there are. ``'(none)'`` if nothing is known.

    Examples
    --------
    >>> nearest("horizn", ["horizon", "macro", "actions"])
    "'horizon'"
    >>> nearest("x", ["d", "c", "b", "a"])
    "'a', 'b', 'c' and 1 more"
    """
    names = sorted(set(known))
    if not names:
        return "(none)"
    folded: dict[str, list[str]] = {}
    for known_name in names:
        folded.setdefault(known_name[: BOUNDED.maxstring].casefold(), []).append(known_name)
    start = name[: BOUNDED.maxstring].casefold()
    close = get_close_matches(start, list(folded), n=MAX_NAMES, cutoff=0.6)
    near = [known_name for fold in close for known_name in folded[fold]][:MAX_NAMES]
    if near:
        return ", ".join(map(BOUNDED.repr, near))
    first = ", ".join(map(BOUNDED.repr, names[:MAX_NAMES]))
    left_over = len(names) - MAX_NAMES
    return f"{first} and {left_over:,} more" if left_over > 0 else first
