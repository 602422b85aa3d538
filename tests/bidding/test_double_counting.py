"""Double counting: overlaps by hand, the factor of a mandatory funnel, and bids that stay."""

import re
from collections.abc import Callable

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import microlift as ml
from microlift.bidding.bookings import Doers, recipe, stated
from microlift.errors import InputError
from microlift.simulate import simulate

Fitted = Callable[..., ml.LiftModel]

# Users by what they did (1 cart, 2 checkout) and whether they bought: five did, through both.
HAND = Doers(
    ever=np.array([3, 3, 1, 0]), converted=np.array([1, 0, 0, 0]), users=np.array([5, 3, 12, 80])
)
NAMES = ["cart", "checkout"]


@pytest.fixture(scope="module")
def ledger(fitted: Fitted) -> ml.Ledger:
    return ml.Ledger.from_model(fitted("funnel", 6_000, 1, folds=2, rotations=1))


@pytest.fixture(scope="module")
def found(ledger: ml.Ledger) -> ml.DoubleCounting:
    return ml.double_counting(ledger)


@pytest.mark.parametrize(
    ("primary", "macro", "booked", "conversions"),
    [
        ((), True, 1.0, 1.0),  # the macro alone
        ((0,), False, 1.0, 4.0),  # 20 carts for 5 macros; 20 x 60 x 5/20 = 5 x 60
        ((0, 1), False, 2.0, 5.6),  # and 8 checkouts
        ((0, 1), True, 3.0, 6.6),  # each macro is booked three times
    ],
)
def test_the_usual_recipe_books_a_macro_once_for_each_mandatory_step(
    primary: tuple[int, ...], macro: bool, booked: float, conversions: float
) -> None:
    way = recipe(HAND, primary, macro=macro, order_value=60.0)
    assert (way.booked, way.conversions) == (pytest.approx(booked), pytest.approx(conversions))


def test_with_cart_checkout_and_purchase_primary_the_factor_approaches_three(
    ledger: ml.Ledger,
) -> None:
    plan = ledger.model.moments_.log.plan
    assert plan.funnel[1:3] == ("add_to_cart", "begin_checkout")  # mandatory steps
    bits = tuple([a.name for a in plan.actions].index(name) for name in plan.funnel[1:3])
    way = recipe(Doers.of(ledger), bits, macro=True, order_value=1.0)
    assert way.booked == pytest.approx(3.0, abs=1e-9)


def test_stated_values_are_booked_as_stated() -> None:
    way = stated(HAND, {"cart": 9.0, "checkout": 15.0}, NAMES, "buy", 60.0)
    assert way.booked == pytest.approx((20 * 9 + 8 * 15 + 5 * 60) / (5 * 60))
    alone = stated(HAND, {"cart": 9.0, "buy": 0.0}, NAMES, "buy", 60.0)
    assert (alone.booked, alone.conversions) == (pytest.approx(20 * 9 / 300), 4.0)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"carts": 1.0}, "got 'carts', which is neither an action of the plan nor its macro"),
        ({"cart": -1.0}, "got -1.0 for 'cart'"),
        ({"cart": float("nan")}, "got nan for 'cart'"),
    ],
)
def test_values_that_cannot_be_booked_are_refused(values: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        stated(HAND, values, NAMES, "buy", 60.0)


def test_overlaps_are_those_of_the_users_of_the_log(found: ml.DoubleCounting) -> None:
    log = simulate("funnel", 6_000, 1).sort_values(["user_id", "timestamp"])
    bought = log[log["event"] == "purchase"].groupby("user_id")["timestamp"].min()
    before = log[~(log["timestamp"] >= log["user_id"].map(bought))]
    did = {name: set(rows["user_id"]) for name, rows in before.groupby("event")}
    did["purchase"] = set(bought.index)
    assert len(found.frame) >= 6
    for row in found.frame.to_dict("records"):
        own, other = did[row["action"]], did[row["other"]]
        assert (row["users"], row["both"]) == (len(own), len(own & other))
        assert row["share"] == pytest.approx(len(own & other) / len(own))
        buyers = own & did["purchase"]
        assert (row["converters"], row["both_converters"]) == (len(buyers), len(buyers & other))


def test_the_target_multiplier_keeps_the_sum_of_all_bids(ledger: ml.Ledger) -> None:
    """Bids reckoned click by click from the raw events, with a target of 400 %."""
    values = {"add_to_cart": 7.0, "begin_checkout": 20.0}
    ways = ml.double_counting(ledger, values=values).ways.set_index("way")
    multiplier = ways.loc["values as stated", "target"]
    assert multiplier > 1.1  # the naive: leaving the target as it is would overspend

    log = simulate("funnel", 6_000, 1)
    worth = ledger.revenue / ledger.macros
    users = log.groupby("user_id").agg(channel=("channel", "first"))
    bought = log[log["event"] == "purchase"].groupby("user_id")["timestamp"].min()
    before = log[~(log["timestamp"] >= log["user_id"].map(bought))]
    users["real"] = worth * users.index.isin(bought.index)
    users["booked"] = users["real"]
    for name, value in values.items():
        users["booked"] += value * users.index.isin(before[before["event"] == name]["user_id"])
    # A bidder knows of a click its channel: it expects what such clicks have brought.
    expected = users.groupby("channel")[["real", "booked"]].transform("mean")
    spent = (expected["real"] / 4.0).sum()
    assert (expected["booked"] / 4.0).sum() == pytest.approx(multiplier * spent, rel=1e-9)
    assert (expected["booked"] / (4.0 * multiplier)).sum() == pytest.approx(spent, rel=1e-9)


def test_calibrated_weights_book_once_and_a_macro_beside_them_is_sent_at_less(
    ledger: ml.Ledger, found: ml.DoubleCounting
) -> None:
    ways = found.ways.set_index("way")
    worth = ledger.revenue / ledger.macros
    assert ways.loc["these weights", "booked"] == pytest.approx(1, rel=1e-6)
    assert ways.loc["these weights, with the macro", "booked"] == pytest.approx(1, rel=1e-6)
    assert 0 < ways.loc["these weights, with the macro", "macro_value"] < worth
    assert ways.loc["macro alone", "macro_value"] == pytest.approx(worth)
    assert f"not the order value of {worth:,.2f}" in found.finding


def test_it_is_shown_as_tables_bars_and_text(found: ml.DoubleCounting) -> None:
    assert "begin_checkout" in found.to_html()
    assert "Target: bid = " in repr(found)
    for narrow in (False, True):
        axes = found.plot(narrow=narrow)
        assert isinstance(found.ways, pd.DataFrame)
        plt.close(axes.figure)
