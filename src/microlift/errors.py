"""What a caller can do something about, one class each.

Every message follows one shape: *what* (argument or column), *got* (with counts), *why it
matters*, *what to do*. The exit codes are those of the command line.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from linecache import getline
from reprlib import Repr
from textwrap import wrap
from typing import ClassVar

MAX_NAMES = 3
_WIDTH = 96


class _Bounded(Repr):
    """Values as Python writes them, and never at length."""

    def repr_int(self, x: int, level: int) -> str:
        # Beyond some thousand digits Python refuses to write a number at all.
        if x.bit_length() < 512:
            return super().repr_int(x, level)
        return f"a whole number of {x.bit_length():,} bits"


BOUNDED = _Bounded()
BOUNDED.maxstring = 100  # a log may hold names of any length


class MicroliftError(Exception):
    """The run failed; the base of every error that microlift raises on purpose.

    Examples
    --------
    >>> MicroliftError.exit_code
    1
    """

    exit_code: ClassVar[int] = 1

    def _render_traceback_(self) -> list[str]:
        """Lines that a notebook shows: the message, and the caller's own line that led to it.

        IPython asks an exception for this; the frames of microlift would only bury the message.
        """
        return ["\n".join([f"{type(self).__name__}: {_wrapped(str(self))}", *_own_line(self)])]


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


def _wrapped(message: str) -> str:
    """Break a message between words; what would steer a terminal is written as an escape."""
    lines = [line for part in message.splitlines() for line in wrap(part, _WIDTH) or [""]]
    return "\n".join(line if line.isprintable() else repr(line)[1:-1] for line in lines)


def _own_line(error: BaseException) -> list[str]:
    """Name the line of the caller, as far as it is one of a notebook's cell."""
    step, found = error.__traceback__, None
    while step is not None:
        if "__file__" not in step.tb_frame.f_globals:  # a cell has no file, a module has one
            found = step
        step = step.tb_next
    if found is None:
        return []
    source = getline(found.tb_frame.f_code.co_filename, found.tb_lineno).strip()
    shown = source if len(source) <= _WIDTH else source[: _WIDTH - 1] + "…"
    return ["", f"line {found.tb_lineno} of the cell: {shown}".rstrip(": ")]


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
