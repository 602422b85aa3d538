"""Fuzz: files that went wrong, read as any other; a clear refusal or a right answer, and no more."""

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

from . import logs, texts

LONGEST = 5.0  # seconds of the processor that a case may take
EACH = 0.05  # and more for each file of it
TARGETS: dict[str, Callable[[Random, Path], str | Counter[str]]] = {
    **texts.TARGETS,
    **logs.TARGETS,
}


def run_case(target: str, number: int, folder: Path) -> Counter[str]:
    """Make the case of this number, which is one file or some, and count how they ended."""
    began = time.process_time()
    ended = TARGETS[target](Random(f"{target} {number}"), folder)
    took = time.process_time() - began
    ends = Counter([ended]) if isinstance(ended, str) else ended
    # A log that is refused is read once more, file by file: the limit is of all its files.
    assert took < LONGEST + EACH * ends.total(), f"took {took:.1f} s"
    return ends
