"""The step limit keeps weights within reach of those before, and their total where it was."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microlift.weights.steps import limited

weight = st.one_of(st.just(0.0), st.floats(0.001, 1e6))
rows = st.lists(st.tuples(weight, weight, st.integers(0, 10**7)), min_size=1, max_size=8)


@given(rows, st.floats(0.01, 2.0))
def test_no_weight_moves_further_than_the_limit_and_none_is_negative(
    drawn: list[tuple[float, float, int]], limit: float
) -> None:
    want, before, counts = zip(*drawn, strict=True)
    new = limited(want, before, counts, limit)
    for got, wanted, was in zip(new, want, before, strict=True):
        assert got >= 0
        if wanted == 0:
            assert got == 0
        elif was == 0:  # it enters
            assert got <= wanted
        else:
            assert was * (1 - limit) * (1 - 1e-12) <= got <= was * (1 + limit) * (1 + 1e-12)


@given(rows, st.floats(0.01, 2.0))
def test_the_total_is_kept_wherever_the_limits_allow_it(
    drawn: list[tuple[float, float, int]], limit: float
) -> None:
    want, before, counts = (np.array(column, dtype=float) for column in zip(*drawn, strict=True))
    new = np.array(limited(want, before, counts.astype(int), limit))
    enters = before == 0
    low = np.where(enters | (want == 0), 0.0, np.maximum(0.0, (1 - limit) * before))
    high = np.where(enters, want, np.where(want == 0, 0.0, (1 + limit) * before))
    # No choice within the limits is nearer.
    nearest = np.clip(want @ counts, low @ counts, high @ counts)
    assert new @ counts == pytest.approx(nearest, rel=1e-6, abs=1e-6)


CASES = [
    # wanted, before, counts, limit, new
    ([1.0], [1.0], [10], 0.2, [1.0]),
    ([2.0], [1.0], [10], 0.2, [1.2]),
    ([0.1], [1.0], [10], 0.2, [0.8]),
    ([0.0], [1.0], [10], 0.2, [0.0]),  # what is taken out leaves at once
    ([3.0], [0.0], [10], 0.2, [3.0]),  # what is new enters as wanted
    ([983.84], [8.79], [10], 0.2, [10.548]),  # a hundredfold is no new start
    ([5.0, 2.0], [10.0, 0.0], [10, 10], 0.2, [8.0, 0.0]),  # it enters lower: the other is too high
    ([1.3, 0.9], [1.0, 1.0], [10, 10], 0.2, [1.2, 1.0]),  # the other makes up for it
    ([1.3, 1.3], [1.0, 1.0], [10, 10], 0.2, [1.2, 1.2]),  # a gap remains
]


@pytest.mark.parametrize(("want", "before", "counts", "limit", "new"), CASES)
def test_cases_worked_out_by_hand(
    want: list[float], before: list[float], counts: list[int], limit: float, new: list[float]
) -> None:
    assert limited(want, before, counts, limit) == pytest.approx(new)
