"""Overlap: fails where nobody is there to compare with, also unseen by the propensity."""

from collections.abc import Callable

import pytest

from microlift import overlap
from microlift.models import LiftModel

BUYS = ((0.2, 0.1), (0.1, 0.05))
Shop = Callable[..., LiftModel]


@pytest.mark.parametrize(
    ("acts", "passes"),
    [
        (((0.3, 0.2), (0.2, 0.1)), True),
        pytest.param(((0.8, 0.8), (0.7, 0.7)), True, marks=pytest.mark.slow),
        # a channel in which everybody does it
        pytest.param(((1.0, 1.0), (0.2, 0.2)), False, marks=pytest.mark.slow),
        # two corners: the fitted propensity does not see them
        pytest.param(((1.0, 0.2), (0.2, 1.0)), False, marks=pytest.mark.slow),
    ],
)
def test_an_action_that_some_all_do_has_no_overlap(
    crossed_model: Shop, acts: object, passes: bool
) -> None:
    found = overlap(crossed_model(acts, BUYS))
    act, look = found.frame.to_dict("records")
    assert act["verdict"] is passes
    assert look["verdict"] is True
    assert found.verdict is passes
    assert found.failed == (() if passes else ("act",))
    assert ("practically everybody" in found.finding) is not passes


@pytest.mark.slow
def test_a_propensity_of_the_wrong_shape_looks_like_overlap_and_the_counted_one_does_not(
    crossed_model: Shop,
) -> None:
    row = overlap(crossed_model(((1.0, 0.2), (0.2, 1.0)), BUYS)).frame.iloc[0]
    assert row["beyond"] == 0, "the naive figure is meant to be wrong"
    assert row["alone"] > 0.5


@pytest.mark.slow
def test_where_there_is_too_little_to_judge_nothing_is_judged(crossed_model: Shop) -> None:
    model = crossed_model(((0.3, 0.2), (0.2, 0.1)), BUYS, users=60)
    found = overlap(model)
    assert found.verdict is None
    assert found.frame["verdict"].tolist() == [None, None]
    assert "no action" in found.finding
    assert (found.frame["note"] != "").all()
    assert found.plot().get_title(loc="left") == "act"
