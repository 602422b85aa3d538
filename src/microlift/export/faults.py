"""What is wrong with a file: where, what, and how to mend it."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Fault:
    """One fault in a file that is meant for an ad platform.

    Attributes
    ----------
    where
        The place: ``line 3, column 'Conversion Time'``, or a path such as ``data[2].event_time``.
    what
        What stands there and what is wrong with it.
    mend
        What to do.

    Examples
    --------
    >>> print(Fault("line 2", "Got the currency 'eur'.", "Write EUR."))
    line 2: Got the currency 'eur'. Write EUR.
    """

    where: str
    what: str
    mend: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what} {self.mend}"


@dataclass(frozen=True)
class Validator:
    """The rules of one kind of file, usable on files made elsewhere too.

    Attributes
    ----------
    name
        As in ``microlift validate NAME FILE``.
    title
        What kind of file it is, in words.
    check
        From the bytes of a file to its faults, in their order in the file; never raises.
    """

    name: str
    title: str
    check: Callable[[bytes], list[Fault]]
