"""Stability of lifts over time, horizons and session gaps."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from microlift.events import EventLog, read_events
from microlift.evidence import stability
from microlift.evidence.settings import _by_gap
from microlift.evidence.sums import joint
from microlift.models import LiftModel
from microlift.plan import Plan, micros
from microlift.simulate import plan_for, simulate

OpenModel = Callable[[pd.DataFrame, Plan], AbstractContextManager[LiftModel]]


def turned(users: int, seed: int) -> pd.DataFrame:
    """Two shops one after the other; in the second, chat raises and the cart lowers."""
    early, late = simulate("channels", users, seed), simulate("channels", users, seed + 100)
    late["timestamp"] += timedelta(days=60)
    late["user_id"] = "late_" + late["user_id"]
    late["event"] = late["event"].replace({"chat": "add_to_cart", "add_to_cart": "chat"})
    return pd.concat([early, late], ignore_index=True)


@pytest.mark.slow
def test_an_action_whose_effect_turns_with_time_fails(open_model: OpenModel) -> None:
    with open_model(turned(8_000, seed=1), plan_for("channels")) as model:
        check = stability(model, windows=2)
    assert check.verdict is False
    assert {"add_to_cart", "chat"} <= set(check.failed)
    drift = check.frame.set_index("action")["drift"]
    assert drift["add_to_cart"] < 1 < drift["chat"]
    for narrow in (False, True):
        plt.close(check.plot(narrow=narrow).figure)
    assert "horizon 14 d" in check.to_html()


@pytest.mark.slow
def test_sessions_numbered_anew_are_those_of_a_plan_with_that_gap(
    parquet_of: Callable[[pd.DataFrame], Path],
) -> None:
    log = simulate("plain", 300, seed=3)
    # Steps of up to two minutes become steps of up to forty.
    stretched = log["timestamp"] - pd.Timestamp("2025-01-01", tz="UTC")
    log["timestamp"] = pd.Timestamp("2025-01-01", tz="UTC") + 20 * stretched
    path, plan = parquet_of(log), plan_for("plain").to_dict()
    wide, tight = (
        Plan.from_dict({**plan, "log": {**plan["log"], "session_gap": gap}})
        for gap in ("30m", "15m")
    )
    columns = ["user", "seq", "session", "opens", "away"]

    def rows(log: EventLog, gap: timedelta | None) -> pd.DataFrame:
        events = _by_gap(micros(gap))(log.events) if gap else log.events
        found: pd.DataFrame = log.con.to_pyarrow(events.select(columns)).to_pandas()
        return found.sort_values(["user", "seq"]).astype(np.int64).reset_index(drop=True)

    with read_events(path, wide) as first, read_events(path, tight) as second:
        assert not rows(first, None).equals(rows(second, None))
        pd.testing.assert_frame_equal(rows(first, timedelta(minutes=15)), rows(second, None))


def test_means_of_common_users_are_compared_with_their_covariance() -> None:
    apart = np.diag([0.01, 0.01])
    common = np.array([[0.01, 0.009], [0.009, 0.01]])
    assert joint([0.0, 0.1], apart) > 0.3  # 0.1 / sqrt(0.02): 0.7 standard errors
    assert joint([0.0, 0.1], common) < 0.05  # 0.1 / sqrt(0.002): 2.2


@pytest.mark.slow
def test_a_shop_whose_law_does_not_change_is_stable(open_model: OpenModel) -> None:
    with open_model(simulate("lowers", 20_000, seed=5), plan_for("lowers")) as model:
        check = stability(model)
    assert check.verdict is True
    assert set(check.estimates["kind"]) == {"window", "horizon", "session gap"}
