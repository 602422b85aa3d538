"""Rates, the audience, and their intervals, on logs small enough to count by hand."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from scipy import stats

import microlift as ml
from microlift.errors import InputError
from microlift.journeys.shares import Share, design_effect, difference

Parquet = Callable[[pd.DataFrame], Path]
Row = tuple[str, str, str, str]

PLAN: dict[str, Any] = {
    "log": {"attributes": ["channel"], "session_gap": "30m"},
    "macro": {"event": "buy"},
    "horizon": "1d",
    "actions": [
        {"name": "download", "event": "download", "kind": "secondary"},
        {"name": "cart", "event": "cart", "kind": "milestone"},
        {"name": "error", "event": "error", "kind": "friction"},
    ],
}

# Six visitors: what they did, and what each rate must make of it.
ROWS: list[Row] = [
    ("anna", "2026-01-01 10:00", "page", "ads"),  # one visit: a cart, then a purchase
    ("anna", "2026-01-01 10:05", "cart", "ads"),
    ("anna", "2026-01-01 10:06", "buy", "ads"),
    ("bob", "2026-01-01 10:00", "download", "ads"),  # two visits, a cart in the second
    ("bob", "2026-01-02 10:00", "cart", "ads"),
    ("carl", "2026-01-01 10:00", "cart", "mail"),  # the cart came before the download
    ("carl", "2026-01-01 10:01", "download", "mail"),
    ("dora", "2026-01-01 10:00", "page", "mail"),  # two visits without anything
    ("dora", "2026-01-03 10:00", "page", "mail"),
    ("emil", "2026-01-01 10:00", "error", "mail"),  # an error is no step forward
    ("fay", "2026-01-01 10:00", "buy", "mail"),  # straight to the macro
    ("fay", "2026-01-09 10:00", "page", "mail"),
]


def _frame(rows: list[Row]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["user_id", "timestamp", "event", "channel"])
    return frame.assign(timestamp=pd.to_datetime(frame["timestamp"], utc=True))


@pytest.fixture(scope="module")
def six(parquet_of: Parquet) -> ml.EventLog:
    return ml.read_events(parquet_of(_frame(ROWS)), ml.Plan.from_dict(PLAN))


@pytest.mark.parametrize(
    ("per", "expected"),
    [
        # download, cart, error, buy
        ("visitor", {"download": (2, 6), "cart": (3, 6), "error": (1, 6), "buy": (2, 6)}),
        ("session", {"download": (2, 9), "cart": (3, 9), "error": (1, 9), "buy": (2, 9)}),
        # Leads are bob and carl; carl's cart was before he became one.
        ("download", {"download": (2, 2), "cart": (1, 2), "error": (0, 2), "buy": (0, 2)}),
    ],
)
def test_each_denominator_counts_what_its_name_says(
    six: ml.EventLog, per: str, expected: dict[str, tuple[int, int]]
) -> None:
    frame = ml.rates(six, per=per).to_frame()
    counted = {row["action"]: (row["count"], row["of"]) for row in frame.to_dict("records")}
    assert counted == expected


def test_a_rate_by_segment_counts_the_segments_apart(six: ml.EventLog) -> None:
    frame = ml.rates(six, by="channel").to_frame()
    carts = frame[frame["action"] == "cart"].set_index("segment")
    labels = six.facts.attributes["channel"]
    assert sum(carts["of"]) == 6
    assert set(carts.index) == set(labels)
    assert carts["count"].sum() == 3


def test_the_three_way_split_and_the_rate_over_the_rest(six: ml.EventLog) -> None:
    found = ml.audience(six)
    counts = dict(zip(found.frame["group"], found.frame["count"], strict=True))
    # anna and fay bought; bob and carl did something that leads there; an error does not.
    assert counts == {"customers": 2, "potential customers": 2, "no value so far": 2}
    assert (found.rest[0].count, found.rest[0].of) == (2, 4)
    assert "50.00% of the rest are customers" in found.finding


def _many(done: dict[str, int], of: int) -> pd.DataFrame:
    """Of `of` visitors with a page view each, the first so many did each thing."""
    rows = [(f"u{i}", "2026-01-01 10:00", "page", "ads") for i in range(of)]
    for event, count in done.items():
        rows += [(f"u{i}", "2026-01-01 10:05", event, "ads") for i in range(count)]
    return _frame([*rows, ("u0", "2026-01-09 10:00", "page", "ads")])


@pytest.mark.parametrize(
    ("done", "of", "rate"), [(1_000, 10_000, 0.10), (200, 10_000, 0.02), (150, 1_500, 0.10)]
)
def test_the_numbers_of_the_field_come_out(
    parquet_of: Parquet, done: int, of: int, rate: float
) -> None:
    plan = ml.Plan.from_dict({**PLAN, "actions": [PLAN["actions"][1]]})
    with ml.read_events(parquet_of(_many({"cart": done, "buy": 1}, of)), plan) as log:
        cart = ml.rates(log).to_frame().set_index("action").loc["cart"]
    assert cart["rate"] == pytest.approx(rate)
    oracle = stats.binomtest(done, of).proportion_ci(method="wilson")
    assert (cart["low"], cart["high"]) == pytest.approx((oracle.low, oracle.high))


def test_sessions_of_one_user_widen_the_interval_until_it_covers() -> None:
    """Users differ in how often they do it: intervals for independent sessions miss too often."""
    rng = np.random.default_rng(1)
    naive = honest = 0
    for _ in range(300):
        chance = rng.beta(0.5, 4.5, 640)  # of 640 users with 20 sessions each; 0.1 on average
        did = rng.binomial(20, chance).reshape(128, 5).sum(axis=1).astype(float)
        totals = np.full(128, 100.0)
        effect = design_effect(did, totals)
        plain = Share.of_counts(int(did.sum()), 12_800)
        wide = Share.of_counts(int(did.sum()), 12_800, effect)
        naive += plain.low <= 0.1 <= plain.high
        honest += wide.low <= 0.1 <= wide.high
    assert naive < 0.8 * 300
    assert 0.92 * 300 <= honest <= 0.98 * 300


@pytest.mark.slow
def test_groups_of_one_rate_are_called_different_as_often_as_chance_allows() -> None:
    rng = np.random.default_rng(2)
    for size in (2_000, 40):  # of 40 users with a rate of 5 %, two are to be expected
        totals = np.full(3, float(size))
        called = sum(
            difference(rng.binomial(size, 0.05, 3).astype(float), totals) < 0.05 for _ in range(200)
        )
        assert called <= 0.09 * 200


def test_groups_of_different_rates_are_called_different() -> None:
    assert difference(np.array([50.0, 90.0]), np.array([1000.0, 1000.0])) < 0.001
    assert np.isnan(difference(np.array([0.0, 0.0]), np.array([10.0, 10.0])))


def test_an_attribute_that_the_plan_lacks_is_refused_with_those_it_has(six: ml.EventLog) -> None:
    with pytest.raises(InputError, match=r"by='chanel' is no attribute: the plan has 'channel'"):
        ml.rates(six, by="chanel")


def test_a_denominator_that_is_no_action_is_refused_with_near_names(six: ml.EventLog) -> None:
    with pytest.raises(InputError, match=r"per='downlod' is neither .* 'download'"):
        ml.rates(six, per="downlod")


def test_results_show_themselves_and_hostile_names_stay_text(parquet_of: Parquet) -> None:
    name = '<img src=x onerror="alert(1)">'
    actions = [{"name": name, "event": "cart", "kind": "milestone"}]
    plan = ml.Plan.from_dict({**PLAN, "actions": actions})
    with ml.read_events(parquet_of(_frame(ROWS)), plan) as log:
        for found in (ml.rates(log), ml.rates(log, by="channel"), ml.audience(log, by="channel")):
            page = found._repr_html_()
            assert "<img" not in page
            assert found.finding in repr(found)
            axes = found.plot()
            assert axes.get_xlabel()
            axes.figure.clear()


@pytest.mark.parametrize("by", [None, "channel"])
def test_a_picture_of_one_action_is_drawn_and_a_typo_in_its_name_refused(
    six: ml.EventLog, by: str | None
) -> None:
    found = ml.rates(six, by=by)
    axes = found.plot("cart", narrow=True)
    assert axes.get_xlabel() == "share of visitors with cart"
    plt.close(axes.figure)
    with pytest.raises(InputError, match=r"'crat' is not among those counted \(nearest: 'cart'"):
        found.plot("crat")


@pytest.fixture
def buyers_and_lookers(parquet_of: Parquet) -> ml.EventLog:
    """All of one channel buy, all of the other look, some of them a week later."""
    rows = [
        (f"{channel}{user}", f"2026-01-{1 + user % 8:02d} 10:00", event, channel)
        for channel, event in (("ads", "buy"), ("mail", "page"))
        for user in range(200)
    ]
    plan = ml.Plan.from_dict(PLAN | {"actions": [{"name": "page", "event": "page"}]})
    return ml.read_events(parquet_of(_frame(rows)), plan)


def test_the_groups_of_the_audience_are_drawn_group_by_group(
    buyers_and_lookers: ml.EventLog,
) -> None:
    axes = ml.audience(buyers_and_lookers, by="channel").plot()
    shown = [label.get_text() for label in axes.get_yticklabels()]
    plt.close(axes.figure)
    groups = ["customers", "potential customers", "no value so far"]
    assert shown == [name for group in groups for name in (group, "ads", "mail")]


def test_a_finding_never_shows_a_q_value_in_powers_of_ten(buyers_and_lookers: ml.EventLog) -> None:
    finding = ml.rates(buyers_and_lookers, by="channel").finding
    assert "100.00% of ads against 0.00% of mail (q < 0.001; " in finding
