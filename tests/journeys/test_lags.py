"""Lags from an action to the macro: the law that was planted comes back, also where a log ends."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import microlift as ml
from microlift.errors import InputError

Parquet = Callable[[pd.DataFrame], Path]
START = pd.Timestamp("2026-01-01", tz="UTC")
DAY = pd.Timedelta(days=1)

PLAN: dict[str, Any] = {
    "macro": {"event": "buy"},
    "horizon": "14d",
    "actions": [
        {"name": "demo", "event": "demo"},
        {"name": "thanks", "event": "thanks"},
    ],
}


def _shop(seed: int, users: int, mean: float, days: float, buyers: float = 0.4) -> pd.DataFrame:
    """A demo at any time of the log; a share of its users buys after an exponential lag."""
    rng = np.random.default_rng(seed)
    demo = rng.uniform(0, days, users)
    lag = np.where(rng.random(users) < buyers, rng.exponential(mean, users), np.inf)
    rows = [(f"u{i}", START + t * DAY, "demo") for i, t in enumerate(demo)]
    for i in np.flatnonzero(demo + lag < days):
        rows.append((f"u{i}", START + (demo[i] + lag[i]) * DAY, "buy"))
        rows.append((f"u{i}", START + (demo[i] + lag[i]) * DAY + pd.Timedelta("1s"), "thanks"))
    rows.append(("last", START + days * DAY, "page"))
    return pd.DataFrame(rows, columns=["user_id", "timestamp", "event"])


def _lags(parquet_of: Parquet, frame: pd.DataFrame, **plan: object) -> ml.Lags:
    with ml.read_events(parquet_of(frame), ml.Plan.from_dict({**PLAN, **plan})) as log:
        return ml.lags(log)


@pytest.mark.slow
def test_the_planted_law_comes_back_where_macros_seen_are_too_quick(parquet_of: Parquet) -> None:
    # With a mean of 12 days, 90 % of the macros take 27.6, and 69 % come within 14.
    frame = _shop(7, 6_000, 12, 90)
    demo = frame[frame["event"] == "demo"].set_index("user_id")["timestamp"]
    buy = frame[frame["event"] == "buy"].set_index("user_id")["timestamp"]
    naive = ((buy - demo) / DAY).quantile(0.9)
    row = _lags(parquet_of, frame).to_frame().iloc[0]
    assert naive < 25.5
    assert row["horizon_90_low"] <= 27.6 <= row["horizon_90_high"]
    assert row["caught_low"] <= 1 - np.exp(-14 / 12) <= row["caught_high"]
    assert row["median"] == pytest.approx(12 * np.log(2), abs=1)
    assert row["within_7d"] == pytest.approx(1 - np.exp(-7 / 12), abs=0.03)
    assert row["converted"] == pytest.approx(0.4, abs=0.03)
    assert row["note"] == ""


@pytest.mark.slow
def test_intervals_cover_the_planted_horizon_in_95_of_100_shops(parquet_of: Parquet) -> None:
    horizon = caught = 0
    for seed in range(40):
        row = _lags(parquet_of, _shop(100 + seed, 1_500, 8, 90)).to_frame().iloc[0]
        horizon += row["horizon_90_low"] <= 8 * np.log(10) <= row["horizon_90_high"]
        caught += row["caught_low"] <= 1 - np.exp(-14 / 8) <= row["caught_high"]
    # Of 40 intervals of 95 %, fewer than 34 cover the truth once in 100 trials.
    assert horizon >= 34
    assert caught >= 34


@pytest.mark.parametrize(
    ("horizon", "says"),
    [("7d", "is too short"), ("14d", "is too short"), ("30d", "is long enough")],
)
def test_the_finding_says_whether_the_horizon_is_long_enough(
    parquet_of: Parquet, horizon: str, says: str
) -> None:
    found = _lags(parquet_of, _shop(2, 3_000, 9, 120), horizon=horizon)
    assert says in found.finding
    assert "demo" in found.finding


def test_a_log_too_short_for_its_lags_says_so(parquet_of: Parquet) -> None:
    row = _lags(parquet_of, _shop(3, 4_000, 30, 40)).to_frame().iloc[0]
    assert row["note"] == "at least: the log is too short to tell"


def test_actions_are_not_watched_for_the_horizon_where_they_come_late(parquet_of: Parquet) -> None:
    frame = _shop(4, 500, 2, 10)
    early = pd.DataFrame([("x", START - 30 * DAY, "page")], columns=frame.columns)
    found = _lags(parquet_of, pd.concat([early, frame]))
    assert found.frame["note"].iloc[0] == "watched for less than the horizon"
    assert "cannot be judged" in found.finding
    assert np.isnan(found.frame["caught"].iloc[0])


@pytest.mark.slow
def test_actions_that_nobody_did_before_the_macro_are_rows_that_say_so(
    parquet_of: Parquet,
) -> None:
    found = _lags(parquet_of, _shop(5, 500, 5, 60))
    rows = found.frame.set_index("action")
    assert rows.loc["thanks", "doers"] == 0
    assert rows.loc["thanks", "note"] == "nobody did it before the macro"
    for narrow in (False, True):
        axes = found.plot(narrow=narrow)
        axes.figure.draw_without_rendering()
        plt.close(axes.figure)
    assert "nobody did it" in found._repr_html_()
    assert found.finding in repr(found)


def test_a_log_without_macros_after_actions_is_refused(parquet_of: Parquet) -> None:
    frame = _shop(6, 200, 5, 60)
    none = frame[frame["event"] != "demo"]
    with pytest.raises(InputError, match=r"lags\(\) has 0 macros to go by"):
        _lags(parquet_of, none, actions=PLAN["actions"][1:])
