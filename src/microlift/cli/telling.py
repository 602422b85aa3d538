"""What a command tells: results on stdout, all else on stderr."""

import os
import sys
from collections.abc import Iterable


def say(*lines: str) -> None:
    """Print results. A reader that has gone, as `head` does, takes nothing from the run."""
    try:
        print(*lines, sep="\n", end="\n" if lines else "", flush=True)
    except OSError as error:
        # Python would try again at its end, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            raise


def warn(notes: Iterable[str], quiet: bool) -> None:
    """Say on stderr what a reader of the results should know."""
    from microlift.plan.quoting import printable

    for note in notes if not quiet else ():
        print(f"microlift: note: {printable(note)}", file=sys.stderr)


def fail(message: str, exit_code: int) -> int:
    """Say on stderr why there is no result; return the exit code."""
    print(f"microlift: {message}", file=sys.stderr)
    return exit_code
