"""Leave one out: what moves without a feature, and a label that was written after the macro."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from microlift import leave_one_out
from microlift.events import read_events
from microlift.models import LiftModel
from microlift.moments import moments
from microlift.plan import Plan

from .conftest import PLAN, crossed

Shop = Callable[..., LiftModel]
CHANNEL = ((0.6, 0.6), (0.1, 0.1)), ((0.2, 0.2), (0.06, 0.06))  # the channel raises both


def test_a_lift_moves_without_the_feature_that_confounds_it_and_not_without_others(
    crossed_model: Shop,
) -> None:
    found = leave_one_out(crossed_model(*CHANNEL, effect=1.4))
    act = found.moves[found.moves["action"] == "act"].set_index("feature")["moved"]
    assert act["channel"] > 5
    assert act.drop("channel").abs().max() < 1
    assert found.frame["feature"][0] == "channel"
    assert found.verdict is True, "to move is no fault"
    assert "'channel'" in found.finding


@pytest.mark.slow
@pytest.mark.parametrize("told", [False, True])
def test_a_label_written_after_the_macro_fails(
    parquet_of: Callable[[pd.DataFrame], Path], told: bool
) -> None:
    rows = crossed(6_000, 1, *CHANNEL)
    buyers = rows["user_id"].isin(rows.loc[rows["event"] == "buy", "user_id"])
    if told:
        # Nine in ten thousand are wrong: the label is a label, and not the macro itself.
        wrong = rows["user_id"] % 1_111 == 0
        rows["device"] = np.where(buyers ^ wrong, "customer", "visitor")
    with read_events(parquet_of(rows), Plan.from_dict(PLAN)) as log:
        model = LiftModel(rotations=1).fit(moments(log))
    found = leave_one_out(model)
    assert found.verdict is not told
    assert ("'device' is 'customer'" in found.finding) is told


@pytest.mark.parametrize("narrow", [False, True])
def test_the_picture_has_a_row_an_action(crossed_model: Shop, narrow: bool) -> None:
    axes = leave_one_out(crossed_model(*CHANNEL, effect=1.4)).plot(narrow=narrow)
    assert len(axes.get_yticks()) == 2
