"""Placebo action: varies, shows nothing where the estimator is right, and fails a broken one."""

from collections.abc import Callable

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression

from microlift import placebo_action
from microlift.models import LiftModel

Shop = Callable[..., LiftModel]
APART = ((0.4, 0.1), (0.1, 0.4)), ((0.25, 0.05), (0.05, 0.25))
ALIKE = ((0.3, 0.2), (0.2, 0.1)), ((0.2, 0.1), (0.1, 0.05))


class _Blind(LogisticRegression):  # type: ignore[misc]
    """Logistic regression that does not see the first columns of attributes."""

    def fit(self, x: np.ndarray, y: np.ndarray, sample_weight: np.ndarray) -> "_Blind":
        return super().fit(_without_attributes(x), y, sample_weight)

    def predict_proba(self, x: np.ndarray) -> np.ndarray:
        return super().predict_proba(_without_attributes(x))


def _without_attributes(x: np.ndarray) -> np.ndarray:
    return x[:, [0, 1, 2, 3, 4]].astype(float)


def test_made_up_actions_vary_and_are_as_frequent_as_meant(crossed_model: Shop) -> None:
    found = placebo_action(crossed_model(*ALIKE), draws=8)
    treated = found.lifts.pivot(index="draw", columns="action", values="treated")
    assert (treated.nunique() >= 6).all()
    assert found.lifts["lift"].nunique() == 16
    meant = found.frame.set_index("action")["doers"]
    spread = np.sqrt(meant)  # of a count
    assert ((treated.mean() - meant).abs() < 4 * spread / np.sqrt(8)).all()


def test_the_same_model_gives_the_same_placebos(crossed_model: Shop) -> None:
    model = crossed_model(*ALIKE)
    one, two = placebo_action(model), placebo_action(model)
    assert one.lifts.equals(two.lifts)


def test_where_the_estimator_is_right_no_made_up_action_shows_lift(crossed_model: Shop) -> None:
    found = placebo_action(crossed_model(*ALIKE))
    assert found.verdict is True
    assert found.frame["wrong"].sum() <= 2
    assert "not for what is not" in found.finding


@pytest.mark.slow
def test_a_model_of_the_wrong_shape_sees_lift_where_there_is_none(crossed_model: Shop) -> None:
    found = placebo_action(crossed_model(*APART))
    assert found.failed == ("act",)
    assert found.frame["lift"][0] > 1.2


@pytest.mark.slow
def test_an_estimator_without_the_attributes_fails(fitted: Callable[..., LiftModel]) -> None:
    moments = fitted("channels", 30_000, 1).moments_
    assert fitted("channels", 30_000, 1).states_.names[5:7] == ("a0", "a1")
    broken = LiftModel(_Blind(max_iter=300), rotations=1).fit(moments)
    found = placebo_action(broken)
    assert found.verdict is False
    assert len(found.failed) >= 4
    assert (found.frame["lift"] > 1.05).all()
    assert placebo_action(fitted("channels", 30_000, 1)).verdict is True


@pytest.mark.slow
def test_an_estimator_that_sees_nothing_fails(crossed_model: Shop) -> None:
    blind = LiftModel(DummyClassifier(strategy="prior"), rotations=1)
    found = placebo_action(blind.fit(crossed_model(*ALIKE).moments_))
    assert found.failed == ("act",)
