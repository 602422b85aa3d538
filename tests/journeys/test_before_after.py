"""Before and after: what is compared, what else explains it, and whether intervals cover."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

import microlift as ml
from microlift.errors import InputError
from microlift.journeys.trends.contrast import Contrast, contrast
from microlift.journeys.trends.days import effect_of_change
from microlift.journeys.trends.periods import Periods
from microlift.journeys.trends.verdicts import judge

Parquet = Callable[[pd.DataFrame], Path]

PLAN: dict[str, Any] = {
    "log": {"attributes": ["channel"]},
    "macro": {"event": "buy"},
    "horizon": "2d",
    "actions": [
        {"name": "cart", "event": "cart"},
        {"name": "review", "event": "review", "after": "macro"},
    ],
}
START = pd.Timestamp("2026-01-05", tz="UTC")  # a Monday


def _visits(days: int, a_day: int = 24) -> pd.DataFrame:
    """Visits of new users, evenly over the hours of each day."""
    visits = pd.DataFrame({"n": np.arange(days * a_day)})
    visits["day"] = visits["n"] // a_day
    visits["timestamp"] = START + pd.to_timedelta(visits["n"] * 24 * 60 // a_day, unit="min")
    visits["user_id"] = "u" + visits["n"].astype(str)
    visits["event"] = np.where(visits["n"] % 5 == 0, "cart", "page")
    visits["channel"] = np.where(visits["n"] % 2, "ads", "mail")
    return visits


def _read(parquet_of: Parquet, visits: pd.DataFrame, bought: pd.Series) -> ml.EventLog:
    frame = pd.concat([visits, visits[bought].assign(event="buy")])
    frame = pd.concat([frame, frame.iloc[[-1]].assign(event="review")])
    columns = ["user_id", "timestamp", "event", "channel"]
    return ml.read_events(parquet_of(frame[columns]), ml.Plan.from_dict(PLAN))


@pytest.fixture(scope="module")
def log(parquet_of: Parquet) -> Iterator[ml.EventLog]:
    """Sixty days; a quarter buys, and of days 30 to 39 nobody who came by ads (odd numbers)."""
    visits = _visits(60)
    broken = visits["day"].between(30, 39) & (visits["channel"] == "ads")
    with _read(parquet_of, visits, (visits["n"] % 8 < 2) & ~broken) as log:
        yield log


def _row(found: ml.BeforeAfter, segment: str = "all") -> dict[str, Any]:
    frame = found.to_frame()
    named = frame[frame["segment"] == segment] if "segment" in frame else frame
    return {str(key): value for key, value in named.iloc[0].to_dict().items()}


@pytest.mark.parametrize(
    ("when", "until", "before", "after"),
    [
        # Of 24 visits a day, six with a purchase; of days 30 to 39 (from 4 February) three.
        ("2026-02-04", None, (720, 180), (720, 150)),
        ("2026-02-04", "2026-02-13", (720, 180), (240, 30)),
        (("2026-02-04", "2026-02-13"), None, (720 + 480, 180 + 120), (240, 30)),
    ],
)
def test_the_benchmark_is_what_lies_before_and_for_a_range_also_what_lies_after(
    log: ml.EventLog, when: Any, until: Any, before: tuple[int, int], after: tuple[int, int]
) -> None:
    row = _row(ml.before_after(log, when, until=until))
    assert (row["of_before"], row["count_before"]) == before
    assert (row["of_after"], row["count_after"]) == after
    parts = row["mix"] + row["weekday"] + row["trend"] + row["difference"]
    assert parts == pytest.approx(row["raw"], abs=1e-12)
    assert row["low"] <= row["difference"] <= row["high"]


def test_what_fell_in_one_channel_is_found_there_and_not_in_the_other(log: ml.EventLog) -> None:
    found = ml.before_after(log, ("2026-02-04", "2026-02-13"), by="channel")
    assert _row(found)["verdict"] == "fell"
    assert _row(found, "ads")["verdict"] == "fell"
    assert (_row(found, "ads")["rate_before"], _row(found, "ads")["rate_after"]) == (0.25, 0.0)
    assert _row(found, "mail")["verdict"] == "cannot tell"
    assert _row(found, "mail")["reason"] == "the interval includes no change"
    assert "buy per session fell from 2026-02-04 to 2026-02-13" in found.finding
    assert "for channel ads it fell" in found.finding
    assert "It says that something changed, not why" in found.notes[0]
    assert "<td" in found._repr_html_()
    for narrow in (False, True):
        found.plot(narrow=narrow)
        ml.before_after(log, "2026-02-04").plot(narrow=narrow)
    plt.close("all")


def test_visitors_still_within_their_horizon_at_the_change_are_left_out(log: ml.EventLog) -> None:
    found = ml.before_after(log, "2026-02-04", until="2026-02-10", per="visitor")
    row = _row(found)
    assert row["of_before"] == 720 - 2 * 24
    assert row["of_after"] == 7 * 24
    assert "2 days before the change are left out" in found.notes[1]
    # The log ends on day 59 at 23:00: not all of those who came on day 57 have had two days.
    assert _row(ml.before_after(log, "2026-02-25", per="visitor"))["of_after"] == 6 * 24


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"when": "2025-12-31"}, "2025-12-31 lies outside the log, which runs from 2026-01-05 to"),
        ({"when": "2026-02-04", "until": "2026-06-01"}, "2026-06-01 lies outside the log"),
        ({"when": "2026-01-15"}, "Before 2026-01-15 the log has 10 whole days .* fewer than 14"),
        ({"when": ("2026-02-13", "2026-02-04")}, "ends on 2026-02-04, before it begins on 2026-02"),
        ({"when": ("2026-02-04",) * 3}, "when has 3 dates"),
        ({"when": ("2026-02-04", "2026-02-13"), "until": "2026-02-14"}, "has an end already"),
        ({"when": "04.02.2026"}, "when='04.02.2026' is no date.*such as '2024-04-09'"),
        ({"when": "20260204"}, "when='20260204' is no date"),
        ({"when": 20260204}, "when=20260204 is no date"),
        ({"when": "2026-02-04", "until": pd.Timestamp("2026-02-09 10:00")}, "until=.* is no date"),
        ({"when": "2026-03-05", "per": "visitor"}, "nobody who came in it has had the whole hori"),
        ({"when": "2026-02-04", "action": "crat"}, "action names 'crat', which is no action"),
        ({"when": "2026-02-04", "action": "review"}, "'review', which comes after the macro"),
        ({"when": "2026-02-04", "per": "lead"}, "per='lead' is neither"),
        ({"when": "2026-02-04", "by": "chanel"}, "by='chanel' is no attribute"),
        ({"when": "2026-02-04", "adjust": ["chanel"]}, "adjust names 'chanel', which is no attrib"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    log: ml.EventLog, asked: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        ml.before_after(log, asked.pop("when"), **asked)


@pytest.mark.slow
def test_what_hardly_happened_before_is_compared_as_it_is(parquet_of: Parquet) -> None:
    visits = _visits(40)
    bought = (visits["n"] == 7) | ((visits["day"] >= 30) & (visits["n"] % 6 == 0))
    with _read(parquet_of, visits, bought) as log:
        row = _row(ml.before_after(log, "2026-02-04"))
        assert (row["count_before"], row["count_after"], row["verdict"]) == (1, 40, "rose")
        assert row["reason"].startswith("compared as they are: too few before")
        few = ml.before_after(log, "2026-02-04", until="2026-02-05")
    assert _row(few)["reason"] == "too few: 1 did it before, fewer than 20"
    assert "cannot be told from 2026-02-04 to 2026-02-05 (too few" in few.finding


@pytest.mark.slow
def test_a_log_in_which_everybody_or_nobody_does_it_has_no_verdict(parquet_of: Parquet) -> None:
    visits = _visits(30, a_day=6)
    with _read(parquet_of, visits, visits["n"] >= 0) as log:
        everybody = ml.before_after(log, "2026-01-25", by="channel")
    assert set(everybody.frame["verdict"]) == {"cannot tell"}
    with _read(parquet_of, visits, visits["n"] >= 179) as log:
        nobody = ml.before_after(log, "2026-01-25", by="channel")
        nobody.plot()
    assert set(nobody.frame["reason"]) == {"too few: 0 did it before, fewer than 20"}
    plt.close("all")


BEFORE, AFTER = 56, 28


def _shop(seed: int, change: float = 0.0, **other: float) -> tuple[pd.DataFrame, float]:
    """Counts by day and channel, and the true difference that the change makes.

    Before any change the chance differs by weekday, channel and day, and has a trend; the third
    channel, whose visitors seldom buy, brings more of the visitors after the change.
    """
    law = {"shock": 0.15, "carried": 0.0, "slope": -0.3, "shift": 0.3, "visits": 400.0} | other
    rng = np.random.default_rng(seed)
    day = np.arange(BEFORE + AFTER)
    shock = law["shock"] * rng.normal(size=len(day))
    for at in day[1:]:
        fresh = np.sqrt(1 - law["carried"] ** 2) * shock[at]
        shock[at] = law["carried"] * shock[at - 1] + fresh
    weekday = np.array([0, 0.05, 0.1, 0, -0.1, -0.4, -0.3])[day % 7]
    volume = law["visits"] * np.array([1, 1, 1, 1, 1, 0.6, 0.5])[day % 7]
    after = day >= BEFORE
    rows, gained, came = [], 0.0, 0
    for code, (share, likes) in enumerate(zip([0.5, 0.3, 0.2], [0, 0.5, -0.8], strict=True)):
        moved = law["shift"] / 2 * after * {0: -1, 1: 0, 2: 1}[code]
        n = rng.poisson(volume * (share + moved))
        usual = -2.75 + weekday + law["slope"] * day / BEFORE + likes
        did = rng.binomial(n, expit(usual + shock + change * after))
        rows.append(pd.DataFrame({"day": day, "a0": code, "n": n, "did": did}))
        gained += float((n * (expit(usual + change) - expit(usual)))[after].sum())
        came += int(n[after].sum())
    return pd.concat(rows, ignore_index=True), gained / came


def _compared(rows: pd.DataFrame) -> Contrast:
    periods = Periods((BEFORE, BEFORE + AFTER - 1), (0, BEFORE - 1), None, 0)
    return contrast(rows, periods, ["a0"], 1.0)


@pytest.mark.parametrize(
    ("law", "reason"),
    [
        ({"shift": 0.8, "slope": 0.0}, "other visitors came: the mix explains it"),
        ({"shift": 0.0, "slope": -0.8}, "the trend before already explains it"),
    ],
)
def test_a_difference_that_mix_or_trend_explain_is_no_change(
    law: dict[str, float], reason: str
) -> None:
    rows, _ = _shop(3, 0.0, shock=0.0, visits=2_000.0, **law)
    found = _compared(rows)
    assert found.naive < 1e-6
    periods = Periods((BEFORE, BEFORE + AFTER - 1), (0, BEFORE - 1), None, 0)
    row = found.row | {"q_value": found.row["p_value"]}
    assert judge(row, found.naive, periods) == ("cannot tell", reason)


def test_the_same_users_on_both_sides_are_no_reason_for_doubt() -> None:
    """Users who always or never buy make shares uncertain, and their difference not at all."""
    rng = np.random.default_rng(3)
    buys = rng.random(128) < 0.5
    of = np.full((2, 128), 10.0)
    assert effect_of_change(np.where(buys, of, 0.0), of) == 1.0
    others = np.stack([buys, rng.random(128) < 0.5]) * of
    assert effect_of_change(others, of) == pytest.approx(10, rel=0.3)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "law"),
    [
        (0.0, {}),
        (0.3, {}),
        (-0.4, {"visits": 100.0}),
        (0.0, {"shock": 0.3}),
        (0.0, {"shock": 0.2, "carried": 0.5}),
        (0.0, {"visits": 4_000.0}),
        (0.0, {"shock": 0.0, "visits": 60.0}),
    ],
)
def test_intervals_cover_the_truth_where_the_raw_difference_does_not(
    change: float, law: dict[str, float]
) -> None:
    """In 300 shops with weekdays, a trend, days that differ, and another mix after the change."""
    covered = naive = 0
    for seed in range(300):
        rows, truth = _shop(seed, change, **law)
        row = _compared(rows).row
        covered += row["low"] <= truth <= row["high"]
        shares = [(row[f"rate_{side}"], row[f"of_{side}"]) for side in ("before", "after")]
        error = np.sqrt(sum(rate * (1 - rate) / of for rate, of in shares))
        naive += abs(row["raw"] - truth) <= 1.96 * error
    assert naive < 0.75 * 300
    assert 0.92 * 300 <= covered <= 0.985 * 300


@pytest.mark.parametrize(
    ("raw", "trend", "reason"),
    [
        (0.002, -0.04, "only if the trend before had gone on: the rates as they are hardly differ"),
        (0.040, -0.002, ""),
    ],
)
def test_a_change_that_only_the_trend_makes_is_said_to_be_one(
    raw: float, trend: float, reason: str
) -> None:
    row = {"of_before": 1_000, "count_before": 100, "of_after": 1_000, "expected": 0.1}
    row |= {"raw": raw, "trend": trend, "mix": 0.0, "weekday": 0.0, "difference": raw - trend}
    row |= {"low": 0.01, "high": 0.08, "q_value": 0.01}
    periods = Periods((56, 83), (0, 55), None, 0)
    assert judge(row, 0.5, periods) == ("rose", reason)
