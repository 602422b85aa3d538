"""The simulated platform books by its own rules, and weights add up to the revenue in it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from microlift.errors import InputError
from microlift.events import read_events
from microlift.ledger import Ledger
from microlift.models import LiftModel
from microlift.moments import moments
from microlift.plan import Plan
from microlift.simulate import plan_for, simulate
from microlift.simulate.platform import book, give_clicks
from microlift.weights import Weights, WeightsFile

WINDOW = pd.Timedelta("30D")
DAY = pd.Timedelta("1D")


def log_of(*rows: tuple[Any, ...]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["user_id", "day", "event", "click_id"])
    start = pd.Timestamp("2026-01-01 12:00", tz="UTC")
    return frame.assign(timestamp=start + pd.to_timedelta(frame.pop("day"), unit="D"))


@pytest.mark.parametrize(
    ("rows", "by_click", "every"),
    [
        ([("u", 0, "visit", "a"), ("u", 1, "cart", None), ("u", 2, "cart", None)], 1, 2),
        ([("u", 0, "cart", "a"), ("u", 1, "cart", "b"), ("u", 2, "cart", "a")], 2, 3),
        ([("u", 0, "visit", "a"), ("u", 31, "cart", None)], 0, 0),  # the window is over
        ([("u", 0, "cart", None), ("u", 1, "visit", "a")], 0, 0),  # before the click
        ([("u", 0, "visit", "a"), ("v", 1, "cart", None)], 0, 0),  # somebody else
        ([("u", 0, "cart", "a"), ("v", 1, "cart", "a")], 1, 2),  # a link that was passed on
        ([("u", 0, "cart", "a"), ("u", 0, "call", "a"), ("u", 1, "view", None)], 2, 2),
    ],
)
def test_the_platform_books_the_first_of_a_click_or_every_one(
    rows: list[tuple[Any, ...]], by_click: float, every: float
) -> None:
    values = {"cart": 1.0, "call": 1.0}
    found = [book(log_of(*rows), values, count=c, window=WINDOW) for c in ("click", "every")]  # type: ignore[arg-type]
    assert [float(each.sum()) for each in found] == [by_click, every]


def test_value_is_booked_on_the_day_of_the_conversion() -> None:
    rows = log_of(("u", 0, "visit", "a"), ("u", 1, "cart", None), ("u", 3, "cart", None))
    days = book(rows, {"cart": 2.0}, count="every", window=WINDOW)
    assert {f"{day:%d}": value for day, value in days.items()} == {"02": 2.0, "04": 2.0}  # type: ignore[str-format]


def test_visits_of_paid_channels_get_clicks_and_some_of_them_again() -> None:
    log = simulate("channels", 400, 1)
    paid = tuple(sorted(log["channel"].unique())[:2])
    assert len(paid) == 2
    found = give_clicks(log, 1, paid=paid, share=0.6, again=0.3)
    clicked = found[found["click_id"].notna()]
    assert clicked["channel"].isin(paid).all()
    assert clicked["click_id"].duplicated().any()
    assert clicked.groupby("click_id")["user_id"].nunique().max() == 1
    pd.testing.assert_frame_equal(found.drop(columns="click_id"), log)
    assert give_clicks(log, 1, share=0)["click_id"].isna().all()
    with pytest.raises(InputError, match="share=2 is no part"):
        give_clicks(log, 1, share=2)


def covered(log: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Rows of users who are followed for a horizon, up to their first macro."""
    since = log.groupby("user_id")["timestamp"].transform("min")
    rows = log[since + plan.horizon <= log["timestamp"].max()]
    macros = rows[rows["event"].isin(plan.macro.event)].groupby("user_id")["timestamp"].min()
    end = rows["user_id"].map(macros)
    return rows[end.isna() | (rows["timestamp"] <= end)]


def weigh(log: pd.DataFrame, way: str, parquet_of: Callable[..., Path]) -> WeightsFile:
    given = plan_for("channels").to_dict()
    given["actions"] = [action | {"count": way} for action in given["actions"]]
    given["log"]["columns"] |= {"click_id": "click_id"}
    with read_events(parquet_of(log), Plan.from_dict(given)) as events:
        model = LiftModel(folds=2, rotations=1).fit(moments(events))
        content = Weights.from_ledger(Ledger.from_model(model), events.plan).content
    assert content is not None
    return content


@pytest.mark.slow
@pytest.mark.parametrize(
    ("way", "share", "low", "high"),
    [
        ("user", 1.0, 0.999, 1.001),
        ("click", 1.0, 0.999, 1.001),
        ("every", 1.0, 0.999, 1.001),
        # A fifth of the visits has no click, and what leads to no click the platform never sees.
        ("click", 0.8, 0.80, 0.95),
        ("every", 0.8, 0.80, 0.95),
    ],
)
def test_weights_booked_by_the_platform_add_up_to_the_revenue(
    parquet_of: Callable[..., Path], way: str, share: float, low: float, high: float
) -> None:
    plan = plan_for("channels")
    log = give_clicks(simulate("channels", 10_000, 3), 7, share=share, again=0.15)
    content = weigh(log, way, parquet_of)
    values = {e: a.weight for a in content.actions for e in a.events if a.weight}
    sent = covered(log, plan)
    if way == "user":  # no platform counts so: the tag sends a user's first, and nothing after it
        all_sent = book(sent, values, count="click", window=WINDOW).sum()
        assert all_sent > 1.1 * content.revenue  # counted by click it would book too much
        sends = ~sent.sort_values("timestamp").duplicated(["user_id", "event"])
        sent = sent.assign(event=sent["event"].where(sends.reindex(sent.index), "not sent"))
    found = book(sent, values, count="every" if way == "every" else "click", window=WINDOW)
    assert low < found.sum() / content.revenue < high
