"""Test metrics: counts by hand, sizes held to other sources, and promises held in experiments."""

import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from scipy import stats

import microlift as ml
from microlift.errors import InputError
from microlift.journeys.metrics.counts import Followed
from microlift.journeys.metrics.past import Comparison, compare, comparisons_of
from microlift.journeys.metrics.relation import relate
from microlift.journeys.metrics.sizes import (
    told_by,
    visitors_for_means,
    visitors_for_shares,
)
from microlift.simulate import plan_for, simulate

Parquet = Callable[[pd.DataFrame], Path]
START = pd.Timestamp("2026-01-01", tz="UTC")
DAY, MINUTE = pd.Timedelta(days=1), pd.Timedelta(minutes=1)
DAYS = 40

PLAN: dict[str, Any] = {
    "macro": {"event": "buy"},
    "horizon": "10d",
    "actions": [
        {"name": "cart", "event": "cart"},
        {"name": "look", "event": "look", "kind": "engagement"},
    ],
}
CART = [{"name": "cart", "event": "cart"}]
# What visitors do, at one a minute, and how many of them do it: 1,000 visitors in 30 days, of whom
# 800 look, 200 fill a cart, 110 buy; 100 of these with a cart.
CELLS: list[tuple[tuple[str, ...], int]] = [
    (("page",), 190),
    (("page", "look"), 600),
    (("page", "look", "cart"), 95),
    (("page", "cart"), 5),
    (("page", "look", "cart", "buy"), 100),
    (("page", "look", "buy"), 5),
    (("page", "buy"), 5),
]


def shop(cells: Sequence[tuple[tuple[str, ...], int]], **columns: Any) -> pd.DataFrame:
    """Visitors who come over 30 of 40 days, and do what their cell says in their first minutes."""
    who = [events for events, number in cells for _ in range(number)]
    come = np.linspace(0, 30, len(who))
    rows = [
        (f"u{user}", START + come[user] * DAY + place * MINUTE, event)
        for user, events in enumerate(who)
        for place, event in enumerate(events)
    ]
    rows.append(("late", START + DAYS * DAY, "page"))
    frame = pd.DataFrame(rows, columns=["user_id", "timestamp", "event"])
    return frame.assign(**columns)


def metric_of(parquet_of: Parquet, frame: pd.DataFrame, **asked: Any) -> ml.PrimaryMetric:
    plan = PLAN | asked.pop("plan", {})
    with ml.read_events(parquet_of(frame), ml.Plan.from_dict(plan)) as log:
        return ml.primary_metric(log, **asked)


def rows_of(found: ml.PrimaryMetric) -> "dict[str, pd.Series[Any]]":
    return {row["metric"]: row for _, row in found.to_frame().iterrows()}


@pytest.fixture(scope="module")
def log(parquet_of: Parquet) -> Iterator[ml.EventLog]:
    with ml.read_events(parquet_of(shop(CELLS)), ml.Plan.from_dict(PLAN)) as log:
        yield log


@pytest.fixture(scope="module")
def found(log: ml.EventLog) -> ml.PrimaryMetric:
    return ml.primary_metric(log)


def test_the_figures_are_those_counted_by_hand(found: ml.PrimaryMetric) -> None:
    cart = rows_of(found)["cart"]
    assert cart["rate"] == pytest.approx(0.2)
    assert cart["macro_if_did"] == pytest.approx(100 / 200)
    assert cart["macro_if_not"] == pytest.approx(10 / 800)
    assert cart["macros_without"] == pytest.approx(10 / 110)
    assert cart["doers_without"] == pytest.approx(0.5)
    # phi of the table of two by two, as textbooks have it
    n11, n10, n01, n00 = 100, 100, 10, 790
    margins = (n11 + n10) * (n01 + n00) * (n11 + n01) * (n10 + n00)
    assert cart["phi"] == pytest.approx((n11 * n00 - n10 * n01) / math.sqrt(margins))
    assert cart["phi_low"] < cart["phi"] < cart["phi_high"]
    # what goes with it: r (P1 - P0) / p
    assert cart["carries"] == pytest.approx(0.2 * (0.5 - 10 / 800) / 0.11)
    assert cart["metric_effect"] == pytest.approx(0.05 / cart["carries"])


def test_days_are_the_visitors_at_the_traffic_of_the_log_and_the_time_to_follow_them(
    found: ml.PrimaryMetric,
) -> None:
    assert found.visitors_a_day == pytest.approx(1_000 / 30)
    assert found.window == 10
    cart = rows_of(found)["cart"]
    needed = visitors_for_shares(0.2, 0.2 * 1.05, 0.8, 0.5)
    assert cart["visitors"] == cart["changed"] + cart["unchanged"] == 2 * math.ceil(needed / 2)
    assert cart["days"] == math.ceil(needed / (1_000 / 30) + 10)
    moved = visitors_for_shares(0.2, 0.2 * (1 + cart["metric_effect"]), 0.8, 0.5)
    assert cart["days_through"] == math.ceil(moved / (1_000 / 30) + 10) < cart["days"]


def test_the_metric_to_use_is_close_to_the_macro_and_ends_sooner(found: ml.PrimaryMetric) -> None:
    frame = found.to_frame()
    assert frame["metric"].tolist()[:3] == ["cart", "buy", "look"]
    assert frame["verdict"].tolist()[:3] == ["use", "the macro", "weak tie"]
    days = frame["days"].tolist()
    assert days[2] < days[0] < days[1]  # looks are the quickest, and say little
    assert found.finding == (
        f"Use cart: a test for 5 % more of it ends in {days[0]:,.0f} days instead of "
        f"{days[1]:,.0f} for 5 % more of buy; the risk: 9.1 % of macros come without it, where it "
        "sees no change; 50 % of those who do it have no macro, so it can move alone."
    )


# One user each beside the shop: minutes from the first event, and whether cart and macro count.
SPECIAL: list[tuple[str, list[tuple[float, str]], int, int]] = [
    ("cart before the macro", [(0, "page"), (1, "cart"), (2, "buy")], 1, 1),
    ("cart after the macro", [(0, "page"), (1, "buy"), (2, "cart")], 0, 1),
    ("cart after ten days", [(0, "page"), (14_401, "cart")], 0, 0),
    ("cart at ten days", [(0, "page"), (14_400, "cart")], 1, 0),
    ("macro after ten days", [(0, "cart"), (14_401, "buy")], 1, 0),
    ("macro first", [(0, "buy"), (1, "cart")], 0, 1),
    ("cart twice", [(0, "cart"), (5, "cart"), (9, "buy"), (10, "buy")], 1, 1),
]


def test_each_visitor_counts_once_in_the_window_and_before_the_macro(parquet_of: Parquet) -> None:
    frame = shop(CELLS)
    rows = [
        (f"s{user}", START + minute * MINUTE, event)
        for user, (_, events, *_) in enumerate(SPECIAL)
        for minute, event in events
    ]
    more = pd.DataFrame(rows, columns=frame.columns)
    found = rows_of(metric_of(parquet_of, pd.concat([frame, more]), plan={"actions": CART}))
    users = 1_000 + len(SPECIAL)
    assert found["cart"]["rate"] * users == pytest.approx(
        200 + sum(cart for *_, cart, _ in SPECIAL)
    )
    assert found["buy"]["rate"] * users == pytest.approx(110 + sum(buy for *_, buy in SPECIAL))


@pytest.mark.slow
def test_visitors_who_came_too_late_to_be_followed_do_not_count(parquet_of: Parquet) -> None:
    frame = shop(CELLS)
    late = [
        (f"l{i}", START + 30.1 * DAY + place * MINUTE, event)
        for i in range(300)
        for place, event in enumerate(("cart", "buy"))
    ]
    frame = pd.concat([frame, pd.DataFrame(late, columns=frame.columns)])
    found = metric_of(parquet_of, frame, plan={"actions": CART})
    assert rows_of(found)["cart"]["rate"] == pytest.approx(0.2)
    assert "301 who came later than that" in found.notes[0]


def test_what_comes_with_the_macro_is_no_metric_of_its_own(parquet_of: Parquet) -> None:
    frame = shop(CELLS)
    thanks = frame[frame["event"] == "buy"].assign(event="thanks")
    more = [{"name": "thanks", "event": "thanks"}, {"name": "order", "event": "buy"}]
    plan = {"actions": [*CART, *more]}
    found = rows_of(metric_of(parquet_of, pd.concat([frame, thanks]), plan=plan))
    # at the very time of the macro, and the log does not tell which came first
    assert found["thanks"]["at_macro"] == 1
    assert found["thanks"]["verdict"] == "at the macro"
    # the same event
    assert found["order"]["verdict"] == "unknown"
    assert found["order"]["risk"] == "nobody did it in time and before the macro"
    assert found["cart"]["verdict"] == "use"


@pytest.mark.slow
def test_friction_and_what_goes_against_the_macro_are_never_used(parquet_of: Parquet) -> None:
    cells = [*CELLS, (("page", "error", "look", "buy"), 60), (("page", "leave"), 400)]
    actions = [
        {"name": "error", "event": "error", "kind": "friction"},
        {"name": "leave", "event": "leave"},
    ]
    found = metric_of(parquet_of, shop(cells), plan={"actions": actions})
    rows = rows_of(found)
    assert rows["error"]["phi_low"] > 0.3
    assert (rows["error"]["verdict"], rows["leave"]["verdict"]) == ("friction", "goes against")
    assert found.finding.startswith("Stay with buy itself, whose test for 5 % more of it takes ")


@pytest.mark.slow
def test_where_too_many_do_it_to_rise_there_are_no_days(parquet_of: Parquet) -> None:
    cells = [(("page", "cart", "buy"), 970), (("page", "cart"), 5), (("page",), 25)]
    found = metric_of(parquet_of, shop(cells), plan={"actions": CART})
    assert found.to_frame()["days"].isna().all()
    assert "cannot be made, since too many reach it already" in found.finding
    assert rows_of(found)["cart"]["risk"].startswith("so many do it that it cannot rise by that")


@pytest.mark.parametrize(
    ("p", "moved", "power", "each"),
    [
        # R 4.3, power.prop.test(p1 = .50, p2 = .75, power = .90): n = 76.65294 in its examples
        (0.50, 0.75, 0.90, 76.65294),
        # Fleiss, Levin and Paik (2003), table A.4 without correction: 0.10 against 0.20, 80 %
        (0.10, 0.20, 0.80, 199.0),
    ],
)
def test_sizes_are_those_of_other_sources(p: float, moved: float, power: float, each: int) -> None:
    assert visitors_for_shares(p, moved, power, 0.5) / 2 == pytest.approx(each, abs=0.6)


@pytest.mark.parametrize(("p", "moved"), [(0.05, 0.06), (0.2, 0.23), (0.5, 0.55), (0.2, 0.17)])
@pytest.mark.parametrize("share", [0.5, 0.2])
def test_a_test_of_that_size_has_that_power(p: float, moved: float, share: float) -> None:
    visitors = visitors_for_shares(p, moved, 0.8, share)
    assert told_share(p, moved, visitors, share, 20_000) == pytest.approx(0.8, abs=0.015)
    if moved > p:
        assert told_by(visitors, p, 0.8, share) == pytest.approx(moved / p - 1, rel=1e-4)


def test_a_test_of_means_of_that_size_has_that_power() -> None:
    rng = np.random.default_rng(5)
    each = math.ceil(visitors_for_means(0.2, 1.0, 0.8, 0.5) / 2)
    draws = rng.exponential(1.0, (2, 3_000, each))
    draws[1] += 0.2
    told = stats.ttest_ind(draws[1], draws[0], axis=1).pvalue < 0.05
    assert told.mean() == pytest.approx(0.8, abs=0.03)


def told_share(p: float, moved: float, visitors: float, share: float, tests: int) -> float:
    """In which share of so many experiments a z-test of two proportions tells them apart."""
    rng = np.random.default_rng(1)
    sizes = np.array([math.ceil(visitors * (1 - share)), math.ceil(visitors * share)])
    counts = rng.binomial(sizes, [p, moved], (tests, 2))
    rates, pooled = counts / sizes, counts.sum(axis=1) / sizes.sum()
    error = np.sqrt(pooled * (1 - pooled) * (1 / sizes).sum())
    return float((np.abs(rates[:, 1] - rates[:, 0]) / error > 1.959964).mean())


def test_the_interval_of_the_correlation_covers_it_19_times_in_20() -> None:
    rng = np.random.default_rng(2)
    shares = np.array([0.10, 0.10, 0.01, 0.79])  # cart and buy, cart, buy, nothing
    cart, buy = np.array([1.0, 1, 0, 0]), np.array([1, 0, 1, 0])
    truth = relate(cart, buy, (shares * 10_000).astype(np.int64)).phi
    drawn = [relate(cart, buy, n) for n in rng.multinomial(800, shares, 2_000)]
    covered = np.mean([one.low <= truth <= one.high for one in drawn])
    assert covered == pytest.approx(0.95, abs=0.015)


# A tenth more carts: how often a tenth of the visitors fill one, and who buys with and without.
CARTS, BUY, WITHOUT = 0.12, 0.3, 0.01


def powers(parquet_of: Parquet, seed: int) -> tuple[float, float, float]:
    """What a log of 6,000 promises, kept in 20,000 experiments that work through the cart.

    The share of them that tell the change: by carts, by purchases of as many visitors, and by carts
    where the change raises purchases by a tenth, with the visitors of the days for that.
    """
    frame = drawn(np.random.default_rng(seed), 6_000, CARTS, BUY, WITHOUT)
    found = rows_of(metric_of(parquet_of, frame, effect=0.1, plan={"actions": CART}))["cart"]
    assert found["verdict"] == "use"

    def bought(carts: float) -> float:
        return carts * BUY + (1 - carts) * WITHOUT

    visitors, of_days = found["visitors"], (found["days_through"] - 10) * 6_000 / 30
    moved = (1.1 * bought(CARTS) - WITHOUT) / (BUY - WITHOUT)
    assert moved > 1.1 * CARTS  # a tenth more purchases take more than a tenth more carts
    return (
        told_share(CARTS, 1.1 * CARTS, visitors, 0.5, 20_000),
        told_share(bought(CARTS), bought(1.1 * CARTS), visitors, 0.5, 20_000),
        told_share(CARTS, moved, of_days, 0.5, 20_000),
    )


@pytest.mark.slow
def test_the_promised_size_holds_in_experiments_that_work_through_the_action(
    parquet_of: Parquet,
) -> None:
    carts, purchases, through = powers(parquet_of, 3)
    # a log of 6,000 tells the rate itself within some per cent
    assert carts == pytest.approx(0.8, abs=0.05)
    assert through == pytest.approx(0.8, abs=0.06)
    assert purchases < 0.4


@pytest.mark.slow
def test_over_many_logs_the_promised_power_is_kept_on_average(parquet_of: Parquet) -> None:
    carts, purchases, through = np.mean([powers(parquet_of, s) for s in range(100, 110)], axis=0)
    assert carts == pytest.approx(0.8, abs=0.02)
    assert through == pytest.approx(0.8, abs=0.025)
    assert purchases < 0.3


def drawn(
    rng: np.random.Generator, users: int, cart: float, buy: float, without: float
) -> pd.DataFrame:
    """Visitors who come in any order and fill a cart, and buy, by chance."""
    carts = rng.random(users) < cart
    buys = rng.random(users) < np.where(carts, buy, without)
    come = START + np.linspace(0, 30, users) * DAY
    names = np.array([f"u{user}" for user in range(users)])
    parts = [
        pd.DataFrame({"user_id": names[did], "timestamp": come[did] + wait, "event": event})
        for did, wait, event in (
            (np.full(users, True), 0 * MINUTE, "page"),
            (carts, MINUTE, "cart"),
            (buys, 2 * MINUTE, "buy"),
        )
    ]
    late = pd.DataFrame({"user_id": ["l"], "timestamp": [START + DAYS * DAY], "event": ["page"]})
    return pd.concat([*parts, late])


# Three past experiments of 4,000 visitors: how often each variant fills a cart and buys.
PAST = {
    "a:control": (0.10, 0.5, 0.01),
    "a:new": (0.15, 0.5, 0.01),  # more carts, and those won go on
    "b:control": (0.10, 0.5, 0.01),
    "b:new": (0.13, 0.5, 0.01),
    "c:control": (0.12, 0.5, 0.01),
    "c:new": (0.09, 0.5, 0.01),  # fewer carts
}
ALONE = PAST | {"c:new": (0.24, 0.25, 0.01)}  # twice the carts, and not one purchase more


def past_of(parquet_of: Parquet, past: dict[str, tuple[float, float, float]]) -> ml.PrimaryMetric:
    rng = np.random.default_rng(4)
    frames = [
        drawn(rng, 2_000, *rates).assign(test=label).pipe(_named, label)
        for label, rates in past.items()
    ]
    plan = {"log": {"attributes": ["test"]}, "actions": CART}
    return metric_of(parquet_of, pd.concat(frames), plan=plan, experiment="test")


def _named(frame: pd.DataFrame, label: str) -> pd.DataFrame:
    return frame.assign(user_id=label + frame["user_id"])


@pytest.mark.slow
def test_past_effects_that_agree_are_shown_with_their_intervals(parquet_of: Parquet) -> None:
    found = past_of(parquet_of, PAST)
    past = found.past
    assert past["experiment"].unique().tolist() == ["a", "b", "c"]
    assert (past["control"] == "control").all()
    cart = past[past["metric"] == "cart"].set_index("experiment")
    for name, truth in {"a": 0.5, "b": 0.3, "c": -0.25}.items():
        assert cart.loc[name, "low"] <= truth <= cart.loc[name, "high"]
    row = rows_of(found)["cart"]
    assert (row["compared"], row["agree"], row["moved_alone"]) == (3, 3, 0)
    assert row["effects_r"] > 0.8
    assert row["verdict"] == "use"
    assert "Past experiments" in found._repr_html_()


@pytest.mark.slow
def test_a_metric_that_once_moved_without_the_macro_is_named_so_and_not_used(
    parquet_of: Parquet,
) -> None:
    found = past_of(parquet_of, ALONE)
    row = rows_of(found)["cart"]
    assert row["moved_alone"] == 1
    assert row["verdict"] == "moved alone"
    assert row["risk"].endswith("in 1 of 3 past comparisons it moved and the macro did not follow")
    assert found.finding.startswith("Stay with buy itself")


def test_relative_effects_are_those_of_the_log_ratio_of_shares() -> None:
    cells = pd.DataFrame({"did": [1, 0, 1, 0], "macro": 0, "a0": [1, 1, 0, 0]})
    followed = Followed(cells.assign(n=[300, 700, 200, 800]), 2_000, 0, 10, 30)
    one = Comparison("checkout", "new", "old", "a0", (1, 0))
    row = compare(followed, [one], {("cart", "milestone"): followed.did(0)}).iloc[0]
    # Katz (1978): the error of the log of 0.3 / 0.2
    se = math.sqrt(0.7 / 300 + 0.8 / 200)
    assert row["effect"] == pytest.approx(0.5)
    assert row["low"] == pytest.approx(1.5 * math.exp(-1.959964 * se) - 1)
    assert row["high"] == pytest.approx(1.5 * math.exp(1.959964 * se) - 1)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (("new", "old"), [("test", "new", "old")]),
        (("B", "A", "C"), [("test", "B", "A"), ("test", "C", "A")]),
        (("red", "blue"), [("test", "red", "blue")]),  # nothing says which: the first by name
        (("x:new", "x:control", "y:0", "y:1"), [("x", "new", "control"), ("y", "1", "0")]),
        (("x:new", "x:control", "y:0", "(none)", "(other)"), [("x", "new", "control")]),
    ],
)
def test_variants_are_told_from_their_control(
    labels: tuple[str, ...], expected: list[tuple[str, str, str]]
) -> None:
    found = comparisons_of("test", "a0", labels)
    assert [(one.experiment, one.variant, one.control) for one in found] == expected
    for one in found:
        named = [labels[code].removeprefix(f"{one.experiment}:") for code in one.codes]
        assert named == [one.variant, one.control]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"effect": 5}, r"effect=5 is not between 0 and 1.*Percent are written as a share: 0\.05"),
        ({"effect": 0}, r"effect=0 is not between 0 and 1"),
        ({"effect": -0.1}, r"effect=-0\.1 is not between"),
        ({"effect": float("nan")}, r"effect=nan is not between"),
        ({"effect": "0.05"}, r"effect='0\.05' is not between"),
        ({"effect": True}, r"effect=True is not between"),
        ({"power": 80}, r"power=80 is not between 0 and 1.*share: 0\.8"),
        ({"share": 1}, r"share=1 is not between 0 and 1"),
        ({"experiment": "tset"}, r"experiment='tset' is no attribute: the plan has none"),
        ({"experiment": 7}, r"experiment=7 is neither the name of an attribute nor several"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    log: ml.EventLog, asked: dict[str, Any], told: str
) -> None:
    with pytest.raises(InputError, match=told):
        ml.primary_metric(log, **asked)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cells", "horizon", "told"),
    [
        (
            [(("page", "cart"), 100), (("page", "cart", "buy"), 19)],
            "10d",
            r"too few macros: 19 of 119 visitors .* of 10 days reach buy in it\. Below 20",
        ),
        (
            [(("page", "cart", "buy"), 100), (("page", "cart"), 1)],
            "10d",
            r"hardly anybody without the macro: 100 of 101",
        ),
        (CELLS, "952h", r"whole horizon of 39\.7 days: the log is 40 days long"),
    ],
)
def test_a_log_that_cannot_tell_is_refused(
    parquet_of: Parquet, cells: Any, horizon: str, told: str
) -> None:
    with pytest.raises(InputError, match=told):
        metric_of(parquet_of, shop(cells), plan={"actions": CART, "horizon": horizon})


def test_an_attribute_with_one_value_is_no_experiment() -> None:
    with pytest.raises(InputError, match=r"experiment='test' has 1 values .* without a control"):
        comparisons_of("test", "a0", ("new", "(none)"))


@pytest.mark.slow
def test_a_journey_to_the_next_macro_begins_at_the_first(parquet_of: Parquet) -> None:
    again = [(("buy", *events[1:]), number) for events, number in CELLS]
    plan = {
        "macro": {"event": "buy", "repeat": True},
        "actions": [*CART, {"name": "look", "event": "look", "after": "macro"}],
    }
    found = metric_of(parquet_of, shop(again), plan=plan)
    rows = rows_of(found)
    assert rows["cart"]["macros_without"] == pytest.approx(10 / 110)
    assert rows["look"]["rate"] == pytest.approx(0.8)
    assert "from the first macro" in found.notes[0]


@pytest.mark.slow
def test_an_action_after_the_macro_is_no_metric(parquet_of: Parquet) -> None:
    plan = {"actions": [*CART, {"name": "look", "event": "look", "after": "macro"}]}
    look = rows_of(metric_of(parquet_of, shop(CELLS), plan=plan))["look"]
    assert look["verdict"] == "unknown"
    assert "comes after the macro" in look["risk"]


@pytest.mark.parametrize("narrow", [False, True])
def test_the_picture_names_each_metric_and_its_days(found: ml.PrimaryMetric, narrow: bool) -> None:
    axes = found.plot(narrow=narrow)
    axes.figure.canvas.draw()
    texts = {text.get_text() for text in (*axes.texts, *axes.get_yticklabels())}
    days = f"{rows_of(found)['cart']['days']:,.0f}"
    assert {"cart", f"use  {days}" if narrow else days} <= texts
    plt.close(axes.figure)


@pytest.mark.slow
def test_hostile_names_are_bounded_and_escaped(parquet_of: Parquet) -> None:
    script, formula = "<script>alert(1)</script>", "=HYPERLINK(1)"
    names = {"cart": script, "look": formula, "buy": "b" * 10_000}
    frame = shop(CELLS).replace({"event": names})
    label = "\x1b[2J<b>" + "l" * 5_000
    variant = np.where(frame["user_id"].str[-1].isin(list("02468")), f"{label}:new", f"{label}:old")
    plan = {
        "log": {"attributes": ["test"]},
        "macro": {"event": names["buy"]},
        "actions": [{"name": name, "event": name} for name in (script, formula)],
    }
    found = metric_of(parquet_of, frame.assign(test=variant), plan=plan, experiment="test")
    page, text = found._repr_html_(), repr(found)
    assert script not in page
    assert "<b>" not in page
    assert "\x1b" not in page + text + found.finding
    assert "b" * 200 not in page + text + found.finding
    assert "l" * 200 not in page + text
    axes = found.plot()
    axes.figure.canvas.draw()
    plt.close(axes.figure)


@pytest.mark.slow
def test_the_sum_of_booked_weights_is_a_metric_too(parquet_of: Parquet) -> None:
    given = plan_for("plain").to_dict() | {"weights": {"calibration_range": [0.01, 100.0]}}
    plan = ml.Plan.from_dict(given)
    with ml.read_events(parquet_of(simulate("plain", 8_000, 3)), plan) as log:
        model = ml.LiftModel(folds=2, rotations=1).fit(ml.moments(log))
        weights = ml.Weights.from_ledger(ml.Ledger.from_model(model), plan)
        assert not weights.withheld
        found = ml.primary_metric(log, weights=weights)
    rows = rows_of(found)
    booked = {row["name"]: row["weight"] for row in weights.to_dict()["actions"] if row["weight"]}
    worth = sum(weight * rows[name]["rate"] for name, weight in booked.items())
    score = rows["booked weights"]
    assert score["rate"] == pytest.approx(worth)
    assert score["low"] < worth < score["high"]
    assert score["phi_low"] < score["phi"] < score["phi_high"] < 1
    # as many visitors as the means need, whose spread the correlation's slope tells
    macro = rows[plan.macro.name]["rate"]
    slope = score["carries"] * macro / worth
    sd = score["phi"] * math.sqrt(macro * (1 - macro)) / slope
    needed = visitors_for_means(0.05 * worth, sd, 0.8, 0.5)
    assert score["visitors"] == pytest.approx(needed, abs=2)


def test_weights_that_are_withheld_are_refused(log: ml.EventLog) -> None:
    withheld = ml.Weights(content=None, actions=(), reasons=("no action qualifies",))
    with pytest.raises(InputError, match=r"weights are withheld \('no action qualifies'\)"):
        ml.primary_metric(log, weights=withheld)
