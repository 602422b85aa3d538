"""The pace of macros: growth, and the date of a threshold, against counts that are simulated."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

import microlift as ml
from microlift.bidding.pace import Pace, chance_of_counts

Floats = npt.NDArray[np.float64]


def _counts(rate: float, growth: float, days: int, seed: int) -> npt.NDArray[np.int64]:
    """Daily macros of a shop: `rate` in 30 days at the end of the history, a share more each 30."""
    rng = np.random.default_rng(seed)
    time = np.arange(days + 800) - days
    return rng.poisson(rate / 30 * (1 + growth) ** (time / 30))


def _first_with(counts: npt.NDArray[np.int64], days: int, threshold: int) -> float:
    """In how many days 30 days really hold so many: counted one day after the other."""
    for ahead in range(1, 366):
        if counts[days + ahead - 30 : days + ahead].sum() >= threshold:
            return ahead
    return float("inf")


def test_growth_is_told_within_its_interval() -> None:
    held = 0
    for seed in range(40):
        pace = Pace.learn(_counts(200, 0.08, 182, seed)[:182])
        assert pace is not None
        held += pace.growth.low <= 0.08 <= pace.growth.high
    assert held >= 35  # 95 % of 40 is 38


def test_a_steady_shop_far_below_a_threshold_does_not_reach_it_within_a_year() -> None:
    pace = Pace.learn(_counts(20, 0.0, 182, 3)[:182])
    assert pace is not None
    assert pace.until(200).expected == np.inf
    assert pace.until(200, falls=True).expected == 1


def test_the_same_counts_foretell_the_same_date() -> None:
    counts = _counts(20, 0.1, 120, 1)[:120]
    first, second = Pace.learn(counts), Pace.learn(counts.astype(float))
    assert first is not None
    assert second is not None
    assert first.until(30) == second.until(30)


@pytest.mark.parametrize("days", [28, 29, 30, 31])
def test_windows_of_short_histories_hold_what_there_is(days: int) -> None:
    pace = Pace.learn(np.full(days, 2.0))
    assert pace is not None
    assert pace.ahead.shape[1] == 365
    # After one day: the last 29 of the history, and a day of about two.
    assert pace.ahead[:, 0].mean() == pytest.approx(2 * min(29, days) + 2, abs=0.5)


def test_there_is_no_pace_of_too_few_days_or_macros() -> None:
    assert Pace.learn(np.full(27, 5.0)) is None
    assert Pace.learn(np.r_[np.zeros(60), np.full(9, 1.0)]) is None


def test_chance_makes_of_a_count_what_a_poisson_does() -> None:
    assert chance_of_counts(22) == (13, 32)
    assert chance_of_counts(0) == (0, 0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rate", "growth", "days", "threshold"),
    [(20, 0.08, 182, 30), (40, 0.05, 182, 60), (10, 0.15, 120, 15), (22, 0.0, 182, 30)],
)
def test_the_date_of_the_next_mode_lies_within_its_interval(
    rate: float, growth: float, days: int, threshold: int
) -> None:
    held = tried = 0
    for seed in range(40):
        counts = _counts(rate, growth, days, seed)
        if counts[days - 30 : days].sum() >= threshold:
            continue
        pace = Pace.learn(counts[:days])
        assert pace is not None
        when, really = pace.until(threshold), _first_with(counts, days, threshold)
        held += when.earliest <= really <= when.latest
        tried += 1
    assert tried >= 25
    assert held >= 0.85 * tried  # 95 % are promised; of 30, 26 are the least that chance leaves


@pytest.mark.slow
def test_a_growing_shop_reaches_the_next_mode_when_its_log_says(tmp_path_factory) -> None:  # type: ignore[no-untyped-def]
    """Arrivals grow by 10 % in 30 days; one in ten buys, some days later."""
    folder = tmp_path_factory.mktemp("growing")
    plan = ml.Plan.from_dict(
        {
            "macro": {"event": "buy"},
            "horizon": "7d",
            "actions": [{"name": "view", "event": "view"}],
        }
    )
    start, days, held = pd.Timestamp("2026-01-01", tz="UTC"), 150, 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        came = rng.poisson(6 * 1.1 ** (np.arange(days + 366) / 30))
        day = np.repeat(np.arange(days + 366), came) + rng.random(came.sum())
        buys = rng.random(len(day)) < 0.1
        later = day + rng.exponential(2.0, len(day))
        seen = day < days
        bought = buys & (later < days)
        frame = pd.concat(
            [
                pd.DataFrame({"user_id": np.flatnonzero(who), "day": at[who], "event": event})
                for who, at, event in ((seen, day, "view"), (bought, later, "buy"))
            ]
        )
        end = pd.DataFrame({"user_id": [10**6], "day": [days - 1e-9], "event": ["view"]})
        frame = pd.concat([frame, end])
        frame["user_id"] = frame["user_id"].astype(str)
        frame["timestamp"] = start + pd.to_timedelta(frame["day"], unit="D").dt.floor("us")
        path = folder / f"{seed}.parquet"
        frame[["user_id", "timestamp", "event"]].to_parquet(path)
        with ml.read_events(path, plan) as log:
            row = ml.readiness(log).frame.iloc[0]
        macros = np.histogram(later[buys], bins=np.arange(days + 366))[0]
        threshold = int(str(row["next"]).split(" from ")[1].split()[0])
        ahead = _first_with(macros, days, threshold)
        really = start.tz_localize(None) + pd.Timedelta(days=days - 1 + ahead)
        latest = row["latest"] if pd.notna(row["latest"]) else pd.Timestamp.max
        held += row["earliest"] <= really <= latest
    assert held >= 17
