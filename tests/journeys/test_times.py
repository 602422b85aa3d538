"""Time to the macro: by hand on six users, and against lifelines on exact times of many."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from lifelines import KaplanMeierFitter
from lifelines.statistics import logrank_test
from matplotlib.text import Text

import microlift as ml
from microlift.errors import InputError

Parquet = Callable[[pd.DataFrame], Path]
START = pd.Timestamp("2026-01-01", tz="UTC")
DAY = pd.Timedelta(days=1)

PLAN: dict[str, Any] = {
    "log": {"attributes": ["channel"]},
    "macro": {"event": "buy"},
    "horizon": "2d",
    "actions": [{"name": "page", "event": "page"}],
}

# Six users: when they come, when they buy (days after that), on a log of ten days.
SIX = [
    ("anna", 0, 1.0),
    ("bob", 0, 2.0),
    ("carl", 7, 1.0),
    ("dora", 8, None),  # watched for two days
    ("emil", 4, None),  # for six
    ("fay", 0, 0.0),  # the macro is the first event
    ("gus", 10, None),  # comes with the last event of the log: watched for no time
]


def _log(users: list[tuple[str, float, float | None]], channel: dict[str, str]) -> pd.DataFrame:
    rows = []
    for user, come, wait in users:
        if wait != 0.0:
            rows.append((user, START + come * DAY, "page"))
        if wait is not None:
            rows.append((user, START + (come + wait) * DAY, "buy"))
    frame = pd.DataFrame(rows, columns=["user_id", "timestamp", "event"])
    return frame.assign(channel=frame["user_id"].map(channel).fillna("ads"))


def _simulated(rng: np.random.Generator, users: int, rates: dict[str, float]) -> pd.DataFrame:
    """Users come over 60 days and convert at a rate (a day) of their channel, for ever."""
    rows = []
    for number in range(users):
        channel = list(rates)[number % len(rates)]
        come = rng.uniform(0, 60)
        wait = rng.exponential(1 / rates[channel])
        rows.append((f"u{number}", START + come * DAY, "page", channel))
        if come + wait < 60:
            rows.append((f"u{number}", START + (come + wait) * DAY, "buy", channel))
    rows.append(("u0", START + 60 * DAY, "page", next(iter(rates))))
    return pd.DataFrame(rows, columns=["user_id", "timestamp", "event", "channel"])


def test_six_users_and_one_of_no_time_are_counted_as_by_hand(parquet_of: Parquet) -> None:
    with ml.read_events(parquet_of(_log(SIX, {})), ml.Plan.from_dict(PLAN)) as log:
        found = ml.time_to_macro(log)
    rows = found.curve.set_index("time")
    # 7 at 0 (fay buys, gus is lost), 5 at a day (anna, carl), 3 at two (bob; dora is lost then)
    assert found.unit == "days"
    assert list(found.frame["at_risk"].head(1)) == [7]
    assert rows["converted"].to_dict() == pytest.approx(
        {0: 1 / 7, 1: 1 - 6 / 7 * 3 / 5, 2: 1 - 6 / 7 * 3 / 5 * 2 / 3, 6: 1 - 6 / 7 * 3 / 5 * 2 / 3}
    )
    assert found.medians["macros"].tolist() == [4]
    assert found.medians["median"].tolist() == [2.0]


@pytest.mark.slow
def test_counts_by_bin_give_the_curve_median_and_test_of_exact_times(parquet_of: Parquet) -> None:
    frame = _simulated(np.random.default_rng(1), 1_500, {"ads": 0.05, "mail": 0.02})
    with ml.read_events(parquet_of(frame), ml.Plan.from_dict(PLAN)) as log:
        found = ml.time_to_macro(log, by="channel")
        labels = log.facts.attributes["channel"]
    first = frame.groupby("user_id")["timestamp"].min()
    macro = (
        frame[frame["event"] == "buy"].groupby("user_id")["timestamp"].min().reindex(first.index)
    )
    days = (macro.fillna(frame["timestamp"].max()) - first) / DAY
    channel = frame.groupby("user_id")["channel"].first()
    assert {"ads", "mail"} <= set(labels)
    for name in ("ads", "mail"):
        own = channel == name
        exact = KaplanMeierFitter().fit(days[own], macro[own].notna())
        row = found.medians.set_index("segment").loc[name]
        assert row["median"] == pytest.approx(exact.median_survival_time_, rel=1 / 60)
        rows = found.frame[found.frame["segment"] == name].iloc[1:-1]
        expected = 1 - exact.survival_function_at_times(rows["time"]).to_numpy()
        assert rows["converted"].to_numpy() == pytest.approx(expected, abs=0.003)
        at_risk = [(days[own] >= time).sum() for time in rows["time"]]
        assert rows["at_risk"].to_numpy() == pytest.approx(at_risk, abs=3)
        some = rows[rows["macros"] > 0]
        assert (some["low"] < some["converted"]).all()
        assert (some["converted"] < some["high"]).all()
    ads = channel == "ads"
    exact_test = logrank_test(days[ads], days[~ads], macro[ads].notna(), macro[~ads].notna())
    assert found.pairs["statistic"].iloc[0] == pytest.approx(exact_test.test_statistic, rel=0.01)
    assert "differs by channel" in found.finding


@pytest.mark.slow
def test_segments_of_one_rate_are_called_different_as_often_as_chance_allows(
    parquet_of: Parquet,
) -> None:
    called = 0
    for seed in range(6):
        rates = {"ads": 0.03, "mail": 0.03, "direct": 0.03}
        frame = _simulated(np.random.default_rng(100 + seed), 300, rates)
        with ml.read_events(parquet_of(frame), ml.Plan.from_dict(PLAN)) as log:
            pairs = ml.time_to_macro(log, by="channel").pairs
        assert len(pairs) == 4  # all together, and three pairs
        assert (pairs["q_value"] >= pairs["p_value"] - 1e-12).all()
        called += bool(pairs["p_value"].iloc[0] < 0.05)
    assert called <= 2


@pytest.mark.slow
def test_a_median_that_the_log_does_not_reach_is_said_not_to_be_reached(
    parquet_of: Parquet,
) -> None:
    frame = _simulated(np.random.default_rng(2), 400, {"ads": 0.002, "mail": 0.002})
    with ml.read_events(parquet_of(frame), ml.Plan.from_dict(PLAN)) as log:
        found = ml.time_to_macro(log)
    assert np.isinf(found.medians["median"]).all()
    assert "half of them have not by" in found.finding
    assert "not reached" in found._repr_html_()


def test_an_unknown_segment_is_refused_with_those_the_plan_has(parquet_of: Parquet) -> None:
    with (
        ml.read_events(parquet_of(_log(SIX, {})), ml.Plan.from_dict(PLAN)) as log,
        pytest.raises(InputError, match=r"by='chanel' is no attribute: the plan has 'channel'"),
    ):
        ml.time_to_macro(log, by="chanel")


@pytest.mark.slow
def test_the_time_to_the_next_macro_begins_at_the_first(parquet_of: Parquet) -> None:
    frame = _log([("anna", 0, 1.0), ("bob", 0, 1.0), ("carl", 0, 1.0)], {})
    again = pd.DataFrame(
        [("anna", START + 4 * DAY, "buy", "ads"), ("bob", START + 9 * DAY, "page", "ads")],
        columns=frame.columns,
    )
    plan = ml.Plan.from_dict({**PLAN, "macro": {"event": "buy", "repeat": True}})
    with ml.read_events(parquet_of(pd.concat([frame, again])), plan) as log:
        found = ml.time_to_macro(log)
    macros = found.curve[found.curve["converted"] > 0]
    assert macros["time"].iloc[0] == 3.0
    assert macros["converted"].iloc[0] == pytest.approx(1 / 3)
    assert "of the first macro" in found.finding


@pytest.mark.slow
def test_curves_show_themselves_and_hostile_names_stay_text(parquet_of: Parquet) -> None:
    hostile = '<img src=x onerror="alert(1)"> $x^2$'
    users = [(f"u{i}", i / 20, 1.0 + i / 100 if i % 2 else None) for i in range(60)]
    frame = _log([*users, ("u0", 9, None)], {f"u{i}": hostile for i in range(30)})
    with ml.read_events(parquet_of(frame), ml.Plan.from_dict(PLAN)) as log:
        for found in (ml.time_to_macro(log), ml.time_to_macro(log, by="channel")):
            assert "<img" not in found._repr_html_()
            assert found.finding in repr(found)
            for narrow in (False, True):
                axes = found.plot(narrow=narrow)
                axes.figure.draw_without_rendering()
                assert "days since the first event" in axes.get_xlabel()
                named = [text for text in axes.figure.findobj(Text) if "<img" in text.get_text()]
                assert bool(named) == (found.by is not None)
                assert not any(text.get_parse_math() for text in named)
                plt.close(axes.figure)
