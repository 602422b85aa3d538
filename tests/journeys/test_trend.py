"""Rates over time: what is counted in which week, what is judged, and what is called odd."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import microlift as ml
from microlift.errors import InputError
from microlift.journeys.shares import corrected
from microlift.journeys.trends.days import counted_days, pooled_effect
from microlift.journeys.trends.history import foresee

Parquet = Callable[[pd.DataFrame], Path]

PLAN: dict[str, Any] = {
    "log": {"attributes": ["channel"], "timezone": "Europe/Berlin"},
    "macro": {"event": "buy"},
    "horizon": "3d",
    "actions": [
        {"name": "cart", "event": "cart"},
        {"name": "review", "event": "review", "after": "macro"},
    ],
}


def _log(parquet_of: Parquet, rows: list[tuple[str, str, str]], **changed: Any) -> ml.EventLog:
    frame = pd.DataFrame(rows, columns=["user_id", "timestamp", "event"]).assign(channel="ads")
    frame["timestamp"] = pd.to_datetime(frame["timestamp"], utc=True)
    events = set(frame["event"])
    actions = [action for action in PLAN["actions"] if action["event"] in events]
    actions = actions or [{"name": "cart", "event": "page"}]
    plan = ml.Plan.from_dict({**PLAN, "actions": actions, **changed})
    return ml.read_events(parquet_of(frame), plan)


# Monday, 5 January 2026, begins in Berlin on Sunday at 23:00 UTC.
ROWS = [
    ("ann", "2026-01-04 23:10", "page"),  # week of the 5th
    ("ann", "2026-01-04 23:20", "buy"),
    ("ann", "2026-01-04 23:21", "review"),
    ("bob", "2026-01-11 22:50", "cart"),  # still the week of the 5th; bought in the next session
    ("bob", "2026-01-13 10:00", "buy"),  # week of the 12th, within 3 days of the first event
    ("cid", "2026-01-12 10:00", "page"),  # week of the 12th
    ("cid", "2026-01-17 10:00", "buy"),  # week of the 12th, five days later: not within 3 days
    ("dan", "2026-01-25 22:30", "page"),  # week of the 19th, within two hours of its end
]


@pytest.fixture(scope="module")
def log(parquet_of: Parquet) -> Iterator[ml.EventLog]:
    with _log(parquet_of, ROWS) as log:
        yield log


@pytest.mark.parametrize(
    ("per", "expected"),
    [
        # start of the week: (did, of, state)
        ("session", {5: (1, 2), 12: (2, 3), 19: (0, 1)}),
        ("visitor", {5: (2, 2), 12: (0, 1), 19: (0, 1)}),
    ],
)
def test_weeks_are_those_of_the_plans_clocks(
    log: ml.EventLog, per: Any, expected: dict[int, tuple[int, int]]
) -> None:
    frame = ml.trend(log, per=per).to_frame()
    counted = {row["start"].day: (row["count"], row["of"]) for row in frame.to_dict("records")}
    assert counted == expected
    # The last week is whole, but dan has not had three days.
    assert frame["state"].tolist()[-1] == (
        "too little history" if per == "session" else "still open"
    )


def test_weeks_of_which_the_log_holds_a_part_are_not_judged(parquet_of: Parquet) -> None:
    rows = [("ann", "2026-01-07 10:00", "cart"), ("bob", "2026-01-24 10:00", "buy")]
    with _log(parquet_of, rows) as log:
        weeks = ml.trend(log).to_frame()
        days = ml.trend(log, every="1d").to_frame()
    assert weeks["state"].tolist() == ["incomplete", "nobody came", "incomplete"]
    assert weeks["start"].tolist() == [date(2026, 1, 5), date(2026, 1, 12), date(2026, 1, 19)]
    assert days["state"].tolist() == ["incomplete", *["nobody came"] * 16, "incomplete"]


def _many_weeks(parquet_of: Parquet, weeks: int = 12, fallen: int = 10) -> ml.EventLog:
    """Write 42 visits a week, a third with a purchase, none of them in one week; two channels."""
    start = pd.Timestamp("2026-01-05 01:50", tz="Europe/Berlin")
    visits = pd.DataFrame({"n": np.arange(weeks * 42)})
    visits["timestamp"] = start + pd.to_timedelta(visits["n"] * 4, unit="h")
    visits["user_id"] = "u" + visits["n"].astype(str)
    visits["event"] = np.where(visits["n"] % 7, "page", "cart")
    visits["channel"] = np.where(visits["n"] % 2, "<b>ads</b>\x1b[31m" + "x" * 5_000, "=1+1")
    bought = visits[(visits["n"] % 3 == 0) & (visits["n"] // 42 != fallen)]
    frame = pd.concat([visits, bought.assign(event="buy")]).drop(columns="n")
    plan = ml.Plan.from_dict({**PLAN, "actions": PLAN["actions"][:1]})
    return ml.read_events(parquet_of(frame), plan)


@pytest.mark.slow
def test_a_week_without_purchases_is_called_below_and_does_not_become_the_benchmark(
    parquet_of: Parquet,
) -> None:
    with _many_weeks(parquet_of) as log:
        found = ml.trend(log)
        by = ml.trend(log, by="channel")
        page = found._repr_html_() + by._repr_html_()
        pictures = [result.plot(narrow=narrow) for result in (found, by) for narrow in (0, 1)]
    states = found.frame["state"].tolist()
    assert states == ["too little history"] * 4 + ["as usual"] * 6 + ["below", "as usual"]
    assert found.frame["expected"].tolist()[4:] == pytest.approx([1 / 3] * 8)
    assert "1 of 8 weeks judged (1 below, 0 above)" in found.finding
    assert "16 March 2026" in found.finding
    # What a log calls its channels stays text, and bounded.
    assert by.frame["state"].tolist().count("below") == 2
    assert "<b>" not in page
    assert "\x1b" not in page + by.finding
    assert len(by.finding) < 600
    assert all(len(axes.get_xlabel()) < 100 for axes in pictures)
    plt.close("all")


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"action": "crat"}, r"action names 'crat', which is no action.*nearest: 'cart'"),
        ({"action": "review"}, "action names 'review', which comes after the macro"),
        ({"per": "lead"}, "per='lead' is neither 'session' nor 'visitor'"),
        ({"every": "1m"}, "every='1m' is neither '1w' nor '1d'"),
        ({"by": "chanel"}, "by='chanel' is no attribute: the plan has 'channel'"),
    ],
)
def test_what_cannot_be_counted_is_refused(
    log: ml.EventLog, asked: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        ml.trend(log, **asked)


@pytest.mark.slow
def test_one_user_and_no_history_are_said(parquet_of: Parquet) -> None:
    with _log(parquet_of, [*ROWS[:2], ("ann", "2026-01-09 10:00", "page")]) as log:
        for action in (None, "cart"):
            found = ml.trend(log, action=action)
            assert "cannot be judged yet" in found.finding
            found.plot()
    plt.close("all")


def test_sessions_of_one_user_widen_the_interval_as_much_as_they_resemble_each_other(
    parquet_of: Parquet,
) -> None:
    """Of 200 users with a session a day in one week, half buy every time: 200 draws, not 1,400."""
    rows = [
        (f"u{user}", f"2026-01-{day:02} 10:{user % 50:02}", event)
        for user in range(200)
        for day in range(5, 12)
        for event in (["page", "buy"] if user % 2 else ["page"])
    ]
    with _log(parquet_of, rows) as log, counted_days(log, -1, "session", []) as days:
        effect = pooled_effect(days.clusters([], days.first, 7))
    assert effect == pytest.approx(7, rel=0.3)


def _chances(rng: np.random.Generator, days: int, shock: float) -> np.ndarray:
    """Chances that differ by weekday, and from day to day."""
    weekday = np.array([0, 0.1, 0.1, 0, -0.1, -0.5, -0.4])[np.arange(days) % 7]
    return 1 / (1 + np.exp(2.2 - weekday - shock * rng.normal(size=days)))


def test_weekdays_are_no_news_but_a_day_of_outage_is() -> None:
    rng = np.random.default_rng(5)
    of = np.full(120, 2_000.0)
    did = rng.binomial(2_000, _chances(rng, 120, 0.05)).astype(float)
    did[100] *= 0.4
    told = np.full(120, True)
    by_weekday = corrected(foresee(did, of, told, 7, 1.0).p_value)
    assert np.flatnonzero(by_weekday < 0.05).tolist() == [100]


@pytest.mark.slow
@pytest.mark.parametrize(("shock", "of"), [(0.0, 30), (0.0, 700), (0.15, 700), (0.1, 100_000)])
def test_a_series_without_news_is_called_odd_in_few_logs(shock: float, of: int) -> None:
    """In 100 logs of half a year, of which each has 22 weeks to be judged."""
    called, out = 0, []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        chance = 1 / (1 + np.exp(2.2 - shock * rng.normal(size=26)))
        did = rng.binomial(of, chance).astype(float)
        band = foresee(did, np.full(26, float(of)), np.full(26, True), 1, 1.0)
        called += bool((corrected(band.p_value) < 0.05).any())
        out.append(np.mean((did / of < band.low)[4:] | (did / of > band.high)[4:]))
    assert called <= 0.1 * 100
    assert np.mean(out) <= 0.07
