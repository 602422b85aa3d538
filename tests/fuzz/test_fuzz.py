"""Whatever a file holds: a clear refusal or a right answer, never a traceback or a hang.

More cases, from other numbers: python -m tests.fuzz.hunt TARGET --minutes 60.
"""

from collections import Counter

import pytest

from . import TARGETS, run_case
from .texts import REFUSED, TAKEN

FEW = 40
# Files that went wrong, a target, in the slow tests. A case of logs is a hundred of them.
MANY = 10_000


def ends_of(target, first, files, folder):
    """Make cases from this number on until so many files ended, and count how."""
    ends = Counter()
    number = first
    while ends[REFUSED] + ends[TAKEN] < files:
        try:
            ends += run_case(target, number, folder)
        except Exception as error:
            error.add_note(f"{target} {number}")
            raise
        number += 1
    return ends


@pytest.mark.parametrize("target", TARGETS)
def test_a_few_files_that_went_wrong_are_refused_or_read_right(target, tmp_path):
    assert ends_of(target, 0, FEW, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS)
def test_many_files_that_went_wrong_are_refused_or_read_right(target, tmp_path):
    ends = ends_of(target, FEW, MANY, tmp_path)
    assert ends[REFUSED] > 10
    assert ends[TAKEN] > 10
