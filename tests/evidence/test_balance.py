"""Balance: a propensity that leaves doers and others apart fails, also where only pairs show it."""

from collections.abc import Callable

import pytest
from sklearn.dummy import DummyClassifier

from microlift import balance
from microlift.models import LiftModel

Shop = Callable[..., LiftModel]
APART = ((0.4, 0.1), (0.1, 0.4)), ((0.25, 0.05), (0.05, 0.25))  # acting goes with a pair of traits
ALIKE = ((0.3, 0.2), (0.2, 0.1)), ((0.2, 0.1), (0.1, 0.05))


@pytest.mark.slow
def test_weighting_makes_others_like_doers_where_the_propensity_is_right(
    crossed_model: Shop,
) -> None:
    found = balance(crossed_model(*ALIKE))
    act = found.frame.iloc[0]
    assert act["before"] > 0.3, "doers are meant to differ before weighting"
    assert act["after"] < 0.05
    assert found.verdict is True
    assert "fall" in found.finding


@pytest.mark.slow
def test_a_pair_of_traits_that_the_propensity_does_not_know_fails(crossed_model: Shop) -> None:
    model = crossed_model(*APART)
    assert model.lift_.frame["lift_low"][0] > 1.1, "the lift is meant to be wrong: truth is 1"
    found = balance(model)
    act = found.frame.iloc[0]
    assert act["after"] < 0.1, "no single level is meant to show it"
    assert abs(act["difference"]) > 0.3
    assert found.failed == ("act",)
    assert "channel: " in act["worst"]
    assert "device: " in act["worst"]


@pytest.mark.slow
def test_a_propensity_without_any_feature_fails_for_what_differs(
    fitted: Callable[..., LiftModel],
) -> None:
    model = fitted("channels", 30_000, 1)
    blind = LiftModel(DummyClassifier(strategy="prior"), rotations=1).fit(model.moments_)
    found = balance(blind).frame
    assert (found["before"] - found["after"]).abs().max() < 1e-3
    assert balance(blind).verdict is False
    assert balance(model).verdict is True


@pytest.mark.parametrize("narrow", [False, True])
def test_a_love_plot_is_of_the_action_furthest_off_unless_named(
    crossed_model: Shop, narrow: bool
) -> None:
    found = balance(crossed_model(*APART))
    assert "doers of act" in found.plot(narrow=narrow).get_xlabel().replace("\n", " ")
    assert "doers of look" in found.plot("look", narrow=narrow).get_xlabel().replace("\n", " ")
