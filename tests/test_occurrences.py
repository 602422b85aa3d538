"""Occurrences as a platform counts them, held against a count in pandas over the raw log."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from microlift.errors import InputError
from microlift.events import EventLog, read_events
from microlift.ledger import Ledger
from microlift.models import LiftModel
from microlift.moments import counting as in_parts
from microlift.moments import moments
from microlift.occurrences import counted
from microlift.plan import Plan
from microlift.simulate import plan_for, simulate
from microlift.weights import Weights

GAP = pd.Timedelta("30min")
WAYS = ("user", "click", "every")
Row = tuple[Any, ...]


def counting(plan: Plan, way: str, **log: Any) -> Plan:
    given = plan.to_dict()
    given["actions"] = [action | {"count": way} for action in given["actions"]]
    return Plan.from_dict(given | {"log": given["log"] | log})


def busy(frame: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """The log with actions done again: minutes later, days later, and at the macro's own time."""
    names = [name for action in plan.actions for name in action.event]
    acted = frame[frame["event"].isin(names)]
    bought = frame[frame["event"].isin(plan.macro.event)]
    copies = [
        acted.iloc[::5],  # the very same row: one event
        acted.iloc[::3].assign(timestamp=lambda t: t["timestamp"] + pd.Timedelta("61s")),
        acted.iloc[::4].assign(timestamp=lambda t: t["timestamp"] + pd.Timedelta("9D")),
        bought.iloc[::9].assign(event=names[0], value=np.nan, currency=None),
    ]
    return pd.concat([frame, *copies], ignore_index=True)


def by_hand(frame: pd.DataFrame, plan: Plan, way: str) -> list[int]:
    """Occurrences of each action by covered users up to their first macro."""
    rows = frame.drop_duplicates().sort_values(["user_id", "timestamp"], kind="stable")
    opens = ~(rows.groupby("user_id")["timestamp"].diff() <= GAP)
    rows = rows.assign(visit=opens.groupby(rows["user_id"]).cumsum())
    since = rows.groupby("user_id")["timestamp"].transform("min")
    rows = rows[since + plan.horizon <= rows["timestamp"].max()]
    macros = rows[rows["event"].isin(plan.macro.event)].groupby("user_id")["timestamp"].min()
    end = rows["user_id"].map(macros)
    rows = rows[end.isna() | (rows["timestamp"] <= end)]  # at its time actions stand before it
    clicks = pd.Series([None] * len(rows), rows.index, dtype=object)
    if "gclid" in rows:
        known = rows["gclid"].notna()
        clicks = rows["gclid"].groupby(rows["user_id"]).ffill()
        at = rows["timestamp"].where(known).groupby(rows["user_id"]).ffill()
        clicks = clicks.where(rows["timestamp"] - at <= pd.Timedelta("90D"))
    visits = rows["user_id"] + "/" + rows["visit"].astype(str)
    keys = {"user": rows["user_id"], "click": clicks.fillna(visits)}
    counts = []
    for action in plan.actions:
        own = rows["event"].isin(action.event)
        counts.append(int(keys[way][own].nunique() if way in keys else own.sum()))
    return counts


def booked(log: EventLog) -> tuple[Ledger, Weights]:
    ledger = Ledger.from_model(LiftModel(folds=2, rotations=1).fit(moments(log)))
    return ledger, Weights.from_ledger(ledger, log.plan)


@pytest.fixture(scope="module")
def shop(parquet_of: Callable[[pd.DataFrame], Path]) -> tuple[pd.DataFrame, Path]:
    frame = busy(simulate("plain", 4_000, 3), plan_for("plain"))
    return frame, parquet_of(frame)


@pytest.mark.slow
def test_each_way_to_count_agrees_with_a_count_of_the_raw_rows(
    shop: tuple[pd.DataFrame, Path],
) -> None:
    frame, path = shop
    found: dict[str, list[int]] = {}
    totals: list[list[float]] = []
    for way in WAYS:
        plan = counting(plan_for("plain"), way)
        with read_events(path, plan) as log:
            ledger, weights = booked(log)
        found[way] = [credit.occurrences for credit in ledger.credits]
        assert found[way] == by_hand(frame, plan, way)
        entries = ledger.to_frame().set_index("entry")
        totals.append(entries["credit_total"].to_list())
        for action, credit in zip(plan.actions, ledger.credits, strict=True):
            entry = entries.loc[action.name]
            assert entry["occurrences"] == credit.occurrences
            assert entry["credit_per_occurrence"] == pytest.approx(credit.per_occurrence)
            assert entry["credit_total"] == pytest.approx(credit.total)
            assert credit.low < credit.per_occurrence < credit.high
        content = weights.content
        assert content is not None
        assert [action.occurrences for action in content.actions] == found[way]
        sums = [action.weight * action.occurrences for action in content.actions]
        assert sum(sums) == pytest.approx(content.revenue, rel=1e-9)
    users, clicks, every = (np.array(found[way]) for way in WAYS)
    assert (users < clicks).all()
    assert (clicks < every).all()
    # What is booked does not hang on how it is counted.
    assert totals[1:] == [pytest.approx(totals[0], nan_ok=True)] * 2


def with_clicks(frame: pd.DataFrame) -> pd.DataFrame:
    """The log with a click id on one in three rows, some of them old, some of several users."""
    rng = np.random.default_rng(5)
    ids = np.array([f"gcl-{n}" for n in rng.integers(0, len(frame) // 3, len(frame))], dtype=object)
    ids[rng.random(len(frame)) > 1 / 3] = None
    return frame.assign(gclid=ids)


@pytest.mark.slow
def test_clicks_are_counted_by_their_ids_across_visits_and_users_for_ninety_days(
    parquet_of: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = with_clicks(busy(simulate("plain", 1_500, 4), plan_for("plain")))
    # One event a time and user, so that rows of one time need no order: it decides whose click.
    frame = frame.drop_duplicates(["user_id", "timestamp"])
    plan = counting(plan_for("plain"), "click", columns={"value": "value", "click_id": "gclid"})
    with read_events(parquet_of(frame), plan) as log:
        found = moments(log)
        expected = by_hand(frame, plan, "click")
        assert [int(counted(found)[bit].sum()) for bit in range(len(expected))] == expected
        monkeypatch.setattr(in_parts, "ROWS_A_PART", 2_000)
        assert in_parts.parts_of(log) > 3
        assert [int(counted(found)[bit].sum()) for bit in range(len(expected))] == expected
    assert expected != by_hand(frame.drop(columns="gclid"), plan, "click")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(0, "x"), (89, None)], 1),  # the click of a visit long before
        ([(0, "x"), (91, None)], 2),  # too old: a visit without a click
        ([(0, None), (0.1, None), (5, None)], 3),  # visits stand in
        ([(0, None), (0.001, "x"), (0.002, None)], 2),  # before the click and after it
        ([(0, "x"), (1, "y"), (2, "x")], 2),  # the same link again
        ([(0, "x"), (1, "y"), (2, None)], 2),  # the latest click
    ],
)
def test_an_occurrence_belongs_to_the_latest_click_or_else_to_its_visit(
    parquet_of: Callable[..., Path], rows: list[Row], expected: int
) -> None:
    events = [("ann", day, "cart", click) for day, click in rows]
    events += [("end", 200, "buy", None), ("end", 201, "cart", None)]
    frame = pd.DataFrame(events, columns=["user_id", "timestamp", "event", "gclid"])
    days = pd.to_timedelta(frame["timestamp"] * 24, unit="h")
    frame["timestamp"] = pd.Timestamp("2026-01-01", tz="UTC") + days
    action = {"name": "cart", "event": "cart", "count": "click"}
    given = {"macro": {"event": "buy"}, "horizon": "5d", "actions": [action]}
    plan = Plan.from_dict(given | {"log": {"columns": {"click_id": "gclid"}}})
    with read_events(parquet_of(frame), plan) as log:
        assert int(counted(moments(log))[0].sum()) == expected


@pytest.mark.slow
def test_the_clock_counts_the_same_occurrences(parquet_of: Callable[..., Path]) -> None:
    frame = simulate("letters", 300, 2)
    plan = counting(plan_for("letters"), "every")
    with read_events(parquet_of(frame), plan) as log:
        ledger, _ = booked(log)
    assert [credit.occurrences for credit in ledger.credits] == by_hand(frame, plan, "every")


def test_occurrences_by_click_are_refused_once_the_log_is_closed(
    shop: tuple[pd.DataFrame, Path],
) -> None:
    with read_events(shop[1], counting(plan_for("plain"), "click")) as log:
        model = LiftModel(folds=2, rotations=1).fit(moments(log))
    with pytest.raises(InputError, match=r"closed before the ledger.*inside the `with` block"):
        Ledger.from_model(model)
