"""Unmeasured confounding: E-values by hand, and findings that a trait like a known one explains."""

from collections.abc import Callable
from math import sqrt

import pytest

from microlift import confounder, e_value
from microlift.models import LiftModel
from microlift.simulate import plan_for, simulate

from .conftest import OpenModel

Shop = Callable[..., LiftModel]
CHANNEL = ((0.6, 0.6), (0.1, 0.1)), ((0.2, 0.2), (0.06, 0.06))  # the channel raises both


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [
        (1.0, 1.0),
        (2.0, 2 + sqrt(2)),
        (0.5, 2 + sqrt(2)),
        (3.9, 7.26),  # VanderWeele and Ding (2017): breastfeeding, 3.9 gives 7.26
        (1.8, 3.0),  # and its limit, 1.8 gives 3.0
        (4.0, 4 + sqrt(12)),
    ],
)
def test_e_values_are_those_of_the_formula_and_of_the_paper(ratio: float, expected: float) -> None:
    assert e_value(ratio) == pytest.approx(expected, abs=0.005)


@pytest.mark.slow
def test_where_no_effect_is_claimed_there_is_nothing_to_explain_away(crossed_model: Shop) -> None:
    model = crossed_model(((0.3, 0.2), (0.2, 0.1)), ((0.2, 0.1), (0.1, 0.05)))
    found = confounder(model)
    assert model.lift_.frame["verdict"].tolist() == ["no evidence"] * 2
    assert found.verdict is None
    assert found.frame["e_limit"].tolist() == [1.0, 1.0]
    assert "No effect" in found.finding


@pytest.mark.parametrize(
    ("effect", "lift", "passes", "told"),
    [
        (1.4, 1.4, False, "as strong as 'channel'"),
        pytest.param(3.0, 3.0, True, "raise both 'act' and 'buy' ", marks=pytest.mark.slow),
        pytest.param(
            *(0.3, 0.3, True, " times as likely and 'buy' as many times less"),
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_lift_that_a_known_trait_could_make_is_warned_of_and_one_beyond_it_passes(
    crossed_model: Shop, effect: float, lift: float, passes: bool, told: str
) -> None:
    found = confounder(crossed_model(*CHANNEL, effect=effect))
    row = found.frame.iloc[0]
    assert row["lift"] == pytest.approx(lift, rel=0.15)
    assert row["attribute"] == "channel"
    assert row["factor"] > 1.3, "the lift without the channel is meant to be wrong"
    assert row["verdict"] is passes
    assert told in row["sentence"] + row["note"]
    assert ("act" in found.warned) is not passes
    assert found.failed == (), "it only advises"


@pytest.mark.slow
def test_it_warns_of_effects_that_unseen_intent_makes(
    fitted: Callable[..., LiftModel], open_model: OpenModel
) -> None:
    shop = "null_intent"
    with open_model(simulate(shop, 30_000, 1), plan_for(shop), classes=1) as model:
        found = confounder(model).frame
    claimed = model.lift_.frame["verdict"] == "raises"
    assert claimed.sum() >= 2, "the lifts are meant to be wrong: no action changes anything"
    assert (found.loc[claimed, "verdict"] == False).all()  # noqa: E712
    plain = confounder(fitted("plain", 30_000, 1))
    assert plain.verdict is True
