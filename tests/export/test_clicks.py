"""Conversions of a log: which occurrences are booked to which click, and that nothing leaks."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pytest

from microlift.errors import EventsError, InputError
from microlift.events import read_events
from microlift.export.clicks import conversions, uploads
from microlift.export.clicks import rows as in_parts
from microlift.plan import Plan
from microlift.simulate import plan_for, simulate
from microlift.simulate.platform import book, give_clicks
from microlift.weights import WeightsFile

START = pd.Timestamp("2026-01-01", tz="UTC")
SECRET = "Cj0KCQ-secret"
Parquet = Callable[[pd.DataFrame], Path]
Made = Callable[..., WeightsFile]
ROWS = [
    ("ann", 0, "visit", "a"),
    ("ann", 1, "cart", None),
    ("ann", 2, "cart", None),
    ("ann", 3, "cart", "b"),
    ("ann", 4, "buy", None),
    ("ann", 5, "cart", None),  # after the macro
    ("bob", 0, "cart", None),  # before the click
    ("bob", 1, "cart", SECRET),
    ("bob", 95, "cart", None),  # too late
    ("cid", 2, "cart", None),  # no click at all
]


def frame_of(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["user_id", "timestamp", "event", "gclid"])
    return frame.assign(timestamp=START + pd.to_timedelta(frame["timestamp"], unit="D"))


def plan_of(count: str, **columns: str) -> Plan:
    actions = [{"name": "cart", "event": "cart", "count": count}]
    macro = {"event": "buy", "value": 50, "currency": "EUR"}
    log = {"columns": columns}
    return Plan.from_dict({"macro": macro, "horizon": "5d", "actions": actions, "log": log})


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        ("user", [(1, "a")]),  # of bob the first had no click, and cid has none
        ("click", [(1, "a"), (1, SECRET), (3, "b")]),
        ("every", [(1, "a"), (1, SECRET), (2, "a"), (3, "b")]),
    ],
)
def test_occurrences_are_booked_to_the_latest_click_as_they_are_counted(
    parquet_of: Parquet, weights_file: Made, count: str, expected: list[tuple[int, str]]
) -> None:
    weights = weights_file({"name": "cart", "weight": 3.2, "count": count, "label": "Cart"})
    path = parquet_of(frame_of(ROWS))
    with read_events(path, plan_of(count, click_id="gclid")) as log:
        found = list(conversions(log, weights))
    assert [((each.time - START).days, each.click_id) for each in found] == expected
    assert {(each.action, each.value, each.currency) for each in found} == {("Cart", 3.2, "EUR")}
    assert all(each.clicked_at and each.clicked_at <= each.time for each in found)


def test_a_macro_that_is_primary_is_booked_at_its_reduced_value(
    parquet_of: Parquet, weights_file: Made
) -> None:
    base = weights_file({"name": "cart"})
    macro = base.macro.model_copy(update={"primary": True})
    weights = weights_file({"name": "cart"}, macro=macro, macro_weight=20.0)
    with read_events(parquet_of(frame_of(ROWS)), plan_of("user", click_id="gclid")) as log:
        (found,) = conversions(log, weights)
    assert (found.action, found.value, found.click_id) == ("purchase", 20.0, "b")


def test_a_macro_that_is_bid_for_alone_is_booked_at_the_value_of_its_order(
    parquet_of: Parquet, weights_file: Made
) -> None:
    orders = [("ann", 0, "cart", "a"), ("ann", 1, "buy", None), ("bob", 0, "buy", "b")]
    orders += [("cid", 0, "buy", "c"), ("dan", 20, "visit", None)]
    frame = frame_of(orders).assign(paid=[None, 120.5, 30.0, None, None])
    plan = plan_of("user", click_id="gclid", value="paid").to_dict()
    plan["macro"]["value"] = "value"
    macro = weights_file().macro.model_copy(update={"primary": True})
    alone = weights_file({"name": "cart"}, macro=macro, macro_weight=75.25, mode="macro")
    with read_events(parquet_of(frame), Plan.from_dict(plan)) as log:
        found = {each.click_id: each.value for each in conversions(log, alone)}
        assert found == {"a": 120.5, "b": 30.0, "c": 75.25}  # the mean, where an order has none
        made = uploads(log, alone, "csv", previous=alone)
        assert "restate" not in made.files["conversions.csv"]
        beside = alone.model_copy(update={"mode": "macro and micro", "macro_weight": 30.0})
        text = uploads(log, alone, "csv", previous=beside).files["conversions.csv"]
    restated = [line.split(",") for line in text.splitlines() if "restate" in line]
    assert {row[0]: row[-1] for row in restated} == {"a": "120.50", "c": "75.25"}


@pytest.mark.parametrize("count", ["click", "every"])
def test_a_platform_books_what_the_conversions_of_a_shop_add_up_to(
    parquet_of: Parquet,
    weights_file: Made,
    monkeypatch: pytest.MonkeyPatch,
    count: Literal["click", "every"],
) -> None:
    frame = give_clicks(simulate("plain", 800, 2), 3, share=0.6, again=0.2)
    given = plan_for("plain").to_dict()
    given["actions"] = [action | {"count": count} for action in given["actions"]]
    given["log"]["columns"] |= {"click_id": "click_id"}
    plan = Plan.from_dict(given)
    values = {action.event[0]: 2.5**i for i, action in enumerate(plan.actions)}
    weights = weights_file(
        *(
            {"name": action.name, "weight": values[action.event[0]], "count": count,
             "events": action.event}
            for action in plan.actions
        ),
        currency=plan.macro.currency,
    )  # fmt: skip
    monkeypatch.setattr(in_parts, "ROWS_A_PART", 1_000)
    with read_events(parquet_of(frame), plan) as log:
        found = list(conversions(log, weights))
    macros = frame[frame["event"].isin(plan.macro.event)].groupby("user_id")["timestamp"].min()
    end = frame["user_id"].map(macros)
    upto = frame[end.isna() | (frame["timestamp"] <= end)]
    booked = book(upto, values, count=count, window=pd.Timedelta("90D"))
    assert sum(each.value for each in found) == pytest.approx(booked.sum())
    assert len({(each.click_id, each.action, each.time) for each in found}) == len(found)


def test_what_cannot_be_booked_is_refused_without_naming_a_click(
    parquet_of: Parquet, weights_file: Made
) -> None:
    weights, path = weights_file({"name": "cart", "weight": 3.2}), parquet_of(frame_of(ROWS))
    with read_events(path, plan_of("user")) as log, pytest.raises(InputError, match="no click ids"):
        conversions(log, weights)
    with read_events(path, plan_of("every", click_id="gclid")) as log:
        with pytest.raises(InputError, match=r"Of 1 actions .* lacks 1, .*\('cart'\)"):
            conversions(log, weights)
        with pytest.raises(InputError, match="weights are in USD and the log in EUR"):
            conversions(log, weights_file({"name": "cart", "count": "every"}, currency="USD"))
        quick = weights_file({"name": "cart", "count": "every", "events": ("quick",)})
        with pytest.raises(InputError, match=r"lacks 1, or counts others as such \('cart'\)"):
            conversions(log, quick)
        with pytest.raises(InputError, match="in macros and not in money"):
            conversions(log, weights_file({"name": "cart", "count": "every"}, currency=None))
    with pytest.raises(InputError, match="got one that is closed"):
        conversions(log, weights)
    with read_events(path, plan_of("user", click_id="gclid")) as log:
        frame_of([(*row[:3], row[3] and row[3] + "x") for row in ROWS]).to_parquet(path)
        with pytest.raises(EventsError, match=r"held 3 click ids and now holds 3") as refused:
            list(conversions(log, weights))
        assert SECRET not in str(refused.value)
        assert "named_clicks" not in log.con.list_tables()
