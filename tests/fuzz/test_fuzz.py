"""Whatever a file holds: a clear refusal or a right answer, never a traceback or a hang.

More cases, from other numbers: python -m tests.fuzz.hunt TARGET --minutes 60.
"""

from collections import Counter

import pytest

from . import TARGETS, run_case
from .texts import REFUSED, TAKEN

FEW = 40
# Cases in the slow tests. To open a table takes 20 ms, however small it is.
MANY = dict.fromkeys(TARGETS, 10000) | {"text": 1_000, "parquet": 1_500}


def ends_of(target, cases, folder):
    ends = Counter()
    for number in cases:
        try:
            ends[run_case(target, number, folder)] += 1
        except Exception as error:
            error.add_note(f"{target} {number}")
            raise
    return ends


@pytest.mark.parametrize("target", TARGETS)
def test_a_few_files_that_went_wrong_are_refused_or_read_right(target, tmp_path):
    assert sum(ends_of(target, range(FEW), tmp_path).values()) == FEW


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS)
def test_many_files_that_went_wrong_are_refused_or_read_right(target, tmp_path):
    ends = ends_of(target, range(FEW, FEW + MANY[target]), tmp_path)
    assert ends[REFUSED] > 10
    assert ends[TAKEN] > 10
