"""Calibration: right on other users, right out of time, and where it is not that is said."""

from collections.abc import Callable

import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier

from microlift import calibration
from microlift.models import LiftModel
from microlift.simulate import plan_for, simulate
from microlift.simulate.spoiled import SPOILED

from .conftest import OpenModel

Shop = Callable[..., LiftModel]
CHANNEL = ((0.6, 0.6), (0.1, 0.1)), ((0.2, 0.2), (0.06, 0.06))  # the channel raises both


@pytest.mark.slow
def test_a_shop_that_changes_fails_out_of_time_and_nowhere_else(open_model: OpenModel) -> None:
    case = SPOILED["lost"]
    with open_model(case.make(8_000, 1), case.plan()) as model:
        found = calibration(model)
    off = found.frame[found.frame["note"] != ""]
    assert set(off["judged"]) == {"later"}, "on the whole log the value is right on average"
    assert (off["predicted"] > off["observed"]).all()
    assert found.verdict is False
    assert "later window" in found.finding
    assert found.failed == (), "lift does not use the journey value"
    later = found.frame[(found.frame["judged"] == "later") & (found.frame["kind"] == "decile")]
    for narrow in (False, True):
        points = found.plot(narrow=narrow).lines[1]
        assert list(points.get_ydata()) == later.sort_values("predicted")["observed"].tolist()


@pytest.mark.slow
def test_a_shop_that_stays_as_it_is_passes_out_of_time(open_model: OpenModel) -> None:
    with open_model(simulate("plain", 8_000, 1), plan_for("plain")) as model:
        found = calibration(model)
    assert found.verdict is True
    assert set(found.frame["judged"]) == {"other users", "later"}
    assert "in a later window" in found.finding


@pytest.mark.slow
def test_a_value_that_tells_no_moment_from_another_fails(crossed_model: Shop) -> None:
    log = crossed_model(*CHANNEL).moments_
    blind = LiftModel(DummyClassifier(strategy="prior"), rotations=1).fit(log)
    found = calibration(blind)
    assert found.verdict is False
    assert calibration(crossed_model(*CHANNEL)).verdict is True
    overall = found.frame[found.frame["kind"] == "overall"]
    assert (overall["note"] == "").all(), "on average it is right"


@pytest.mark.parametrize(("days", "told"), [(None, "the log is closed"), (20, "two horizons")])
def test_where_it_is_not_judged_out_of_time_a_note_says_why(
    open_model: OpenModel, days: int | None, told: str
) -> None:
    log, plan = simulate("plain", 600, 1), plan_for("plain")
    if days:
        log = log[log["timestamp"] < log["timestamp"].min() + pd.Timedelta(days=days)]
    with open_model(log, plan) as model:
        opened = calibration(model)
    found = opened if days else calibration(model)
    assert told in found.notes[0]
    assert set(found.frame["judged"]) == {"other users"}
    assert "later" not in found.finding
