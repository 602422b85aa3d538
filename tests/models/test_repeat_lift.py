"""Lifts on the next macro: made-up customers whose true lift is known, and what must not matter."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from microlift import run
from microlift.plan import Plan

Write = Callable[[pd.DataFrame], Path]
HOUR, DAY = 3_600, 86_400
START = pd.Timestamp("2024-01-01", tz="UTC")
TRUE_LIFT = 1.5
CHANCE = {"ads": 0.06, "friends": 0.30}  # of a second order, without a review
WRITES = {"ads": 0.2, "friends": 0.6}  # a review, by the same that moves the second order

VISITS: dict[str, Any] = {"moments": "visits"}
CLOCK: dict[str, Any] = {"moments": {"clock": "1d", "quiet": "20d"}}
BOTH_KINDS = pytest.mark.parametrize(
    "kind",
    [pytest.param(VISITS, id="visits"), pytest.param(CLOCK, id="clock", marks=pytest.mark.slow)],
)


def plan_of(*, repeat: bool, review: bool = True, **changes: Any) -> Plan:
    """Plan with a review after the order beside an action that may come at any time."""
    after = {"name": "review", "event": "review", "kind": "secondary", "after": "macro"}
    plan = {
        "log": {"attributes": ["channel"], "columns": {"value": "worth"}},
        "macro": {"event": "order", "value": "worth", "currency": "EUR", "repeat": repeat},
        "horizon": "20d",
        "actions": [*([after] if review else []), {"name": "view", "event": "view"}],
    }
    return Plan.from_dict(plan | changes)


def customers(users: int, seed: int) -> pd.DataFrame:
    """Users who come, look and order; some of them review the order, and some order again.

    Each review is drawn by the channel alone, and multiplies the chance of a second order, which
    hangs on the channel too, by the true lift.
    """
    draw, rows = np.random.default_rng(seed), []
    for user in range(users):
        channel = "friends" if draw.random() < 0.5 else "ads"
        t = int(draw.uniform(0, 60 * DAY))
        did = [(t, "page", 0.0), *([(t + 60, "view", 0.0)] if draw.random() < 0.5 else [])]
        if draw.random() < 0.8:
            t += 600
            did += [(t, "order", 50.0)]
            t += int(draw.uniform(2, 20) * HOUR)
            writes = draw.random() < WRITES[channel]
            did += [(t, "page", 0.0), *([(t + 60, "review", 0.0)] if writes else [])]
            did += [(t + 90, "view", 0.0)] if draw.random() < 0.5 else []
            if draw.random() < CHANCE[channel] * (TRUE_LIFT if writes else 1):
                t += int(draw.uniform(1, 10) * DAY)
                did += [(t, "page", 0.0), (t + 60, "order", 20.0)]
        rows += [(f"u{user}", *what, channel) for what in did]
    rows += [("end", 0, "page", 0.0, "ads"), ("end", 100 * DAY, "page", 0.0, "ads")]
    made = pd.DataFrame(rows, columns=["user_id", "timestamp", "event", "worth", "channel"])
    made["timestamp"] = START + pd.to_timedelta(made["timestamp"], unit="s")
    return made


@pytest.fixture(scope="module")
def log() -> pd.DataFrame:
    """A log whose users order up to twice."""
    return customers(6_000, seed=0)


def firsts(log: pd.DataFrame) -> pd.Series:
    """The time of each row's user's first order; NaT for who never orders."""
    orders = log[log["event"] == "order"].groupby("user_id")["timestamp"].min()
    return log["user_id"].map(orders)


@pytest.mark.slow
@BOTH_KINDS
def test_lift_on_the_next_macro_finds_the_truth_where_association_misses_it(
    parquet_of: Write, log: pd.DataFrame, kind: dict[str, Any]
) -> None:
    found = run(plan_of(repeat=True, **kind), parquet_of(log), checks=False)
    table = found.lift.to_frame().set_index("action")
    review = table.loc["review"]
    assert review["association_low"] > 1.2 * TRUE_LIFT
    assert review["lift_low"] < TRUE_LIFT < review["lift_high"]
    assert review["lift_high"] / review["lift_low"] < 1.4
    assert review["verdict"] == "raises"
    facts = found.log.facts
    assert facts.whole is not None
    assert facts.whole.users > facts.users == facts.whole.firsts > facts.whole.seconds
    # Every second order is worth 20, every first one 50.
    assert found.ledger.revenue == 20 * found.ledger.macros
    assert found.ledger.frame["credit_total"].sum() == pytest.approx(found.ledger.macros)


@pytest.mark.slow
def test_a_run_about_the_first_macro_does_not_judge_what_comes_after_it(
    parquet_of: Write, log: pd.DataFrame
) -> None:
    path = parquet_of(log)
    with_it = run(plan_of(repeat=False), path, checks=False)
    without = run(plan_of(repeat=False, review=False), path, checks=False)
    row = with_it.lift.to_frame().set_index("action").loc["review"]
    assert row["verdict"] == "not identified"
    assert row["note"] == "comes after the macro: judged with macro: {repeat: true}"
    assert (row["users"], row["occurrences"]) == (0, 0)
    head, review, *rest = with_it.lift.to_csv().splitlines()
    assert review.startswith("review,secondary,0,0,")
    assert [head, *rest] == without.lift.to_csv().splitlines()
    assert [weight.primary for weight in with_it.weights.actions if weight.name == "review"] == [
        False
    ]
    books = with_it.ledger.frame
    others = books[books["entry"] != "review"].reset_index(drop=True)
    pd.testing.assert_frame_equal(others, without.ledger.frame)


@BOTH_KINDS
@pytest.mark.slow
def test_what_comes_before_the_first_macro_changes_nothing(
    parquet_of: Write, log: pd.DataFrame, kind: dict[str, Any]
) -> None:
    plan, begin = plan_of(repeat=True, **kind), firsts(log)
    after = log[(log["timestamp"] >= begin) | (log["user_id"] == "end")]
    assert len(after) < 0.7 * len(log)
    given = run(plan, parquet_of(log), checks=False)
    cut = run(plan, parquet_of(after.sample(frac=1, random_state=0)), checks=False)
    assert given.lift.to_csv() == cut.lift.to_csv()
    assert given.ledger.to_csv() == cut.ledger.to_csv()


@BOTH_KINDS
@pytest.mark.slow
def test_journeys_cut_by_hand_give_the_same_without_repeat(
    parquet_of: Write, log: pd.DataFrame, kind: dict[str, Any]
) -> None:
    begin = firsts(log)
    by_hand = log[log["timestamp"] >= begin].copy()
    opens = (by_hand["event"] == "order") & (by_hand["timestamp"] == begin[by_hand.index])
    by_hand.loc[opens, "event"] = "opening"
    # Only the end of the data is told by somebody else, of whom nothing else is known.
    last = by_hand.iloc[[0]].assign(user_id="end", timestamp=log["timestamp"].max(), event="page")
    plain = plan_of(repeat=False, review=False, **kind).to_dict()
    plain["actions"] = [
        {"name": "review", "event": "review", "kind": "secondary"},
        *plain["actions"],
    ]
    hand = run(Plan.from_dict(plain), parquet_of(pd.concat([by_hand, last])), checks=False)
    given = run(plan_of(repeat=True, **kind), parquet_of(log), checks=False)
    table, mine = given.lift.to_frame(), hand.lift.to_frame()
    # One user more who does nothing is in the association of the log cut by hand, and in no other.
    same = [name for name in table if not name.startswith("association")]
    pd.testing.assert_frame_equal(table[same], mine[same])
    assert table["association"].to_numpy() == pytest.approx(
        mine["association"].to_numpy(), rel=1e-3
    )
    assert given.ledger.revenue == hand.ledger.revenue
