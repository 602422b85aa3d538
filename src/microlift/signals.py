"""Signals that end a program: heard as errors, and kept waiting while something becomes whole.

A SIGTERM would end Python at once and leave behind what is under way. Raised as an error, as
Ctrl-C always is, it lets everything be tidied up on the way out.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

INTERRUPTED = 130  # what a shell says of a program that Ctrl-C has ended
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(KeyboardInterrupt):
    """The program was told to end by a scheduler, or its terminal was closed.

    It is a KeyboardInterrupt since libraries know to let that one pass.

    Parameters
    ----------
    number : int
        The signal.

    Examples
    --------
    >>> Interrupted(signal.SIGTERM).exit_code
    143
    """

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_code = 128 + number


def exit_code(ended: KeyboardInterrupt) -> int:
    """What a shell says of a program that was ended like this.

    >>> exit_code(KeyboardInterrupt()), exit_code(Interrupted(signal.SIGHUP))
    (130, 129)
    """
    return ended.exit_code if isinstance(ended, Interrupted) else INTERRUPTED


@contextmanager
def heard() -> Iterator[None]:
    """Raise `Interrupted` where SIGTERM or SIGHUP would end the program without a word.

    What ignores them, as after `nohup`, goes on doing so.
    """
    before = {}
    if _main():
        for number in _ENDING[1:]:
            if signal.getsignal(number) is signal.SIG_DFL:
                before[number] = signal.signal(number, _raise)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _raise(number: int, _: object) -> NoReturn:
    signal.signal(number, signal.SIG_IGN)  # a second one must not stop the tidying up
    raise Interrupted(number)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let signals that would end the program wait until something is whole."""
    late: list[int] = []
    before = {}
    if _main():
        for number in _ENDING:
            handler = signal.getsignal(number)
            if callable(handler) or handler is signal.SIG_DFL:
                before[number] = signal.signal(number, lambda number, _: late.append(number))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if late:
            signal.raise_signal(late[0])


def _main() -> bool:
    """Only the main thread hears of signals, and may say what they do."""
    return threading.current_thread() is threading.main_thread()
