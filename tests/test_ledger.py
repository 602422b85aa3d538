"""The ledger balances for any V; that V is also right is shown out of fold."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from microlift.events import read_events
from microlift.ledger import Ledger
from microlift.models import LiftModel
from microlift.moments import moments
from microlift.moments.space import ARRIVED, WAITED
from microlift.plan import Plan

START = pd.Timestamp("2024-07-01", tz="UTC")
END = 30.0  # hours; every log ends with a user who comes too late to be covered
CLOCK = {"clock": "3h", "quiet": "7h"}
Row = tuple[str, float, str]
QUICK = (Phase.explicit, Phase.generate)  # to shrink a log is to read it hundreds of times

histories = st.lists(
    st.tuples(
        st.sampled_from("abcdef"),
        st.integers(0, 58).map(lambda half_hours: half_hours / 2),
        st.sampled_from(["page", "view", "view", "cart", "both", "buy"]),
    ),
    max_size=40,
).map(lambda rows: [*rows, ("first", 0.0, "view")])  # the log has to be longer than the horizon


def plan_of(kind: str, **changes: Any) -> Plan:
    plan = {
        "macro": {"event": "buy", "value": 20.0},
        "horizon": "8h",
        "moments": "visits" if kind == "visits" else CLOCK,
        "actions": [
            {"name": "view", "event": ["view", "both"]},
            {"name": "cart", "event": ["cart", "both"]},
        ],
    }
    return Plan.from_dict(plan | changes)


def model_of(path: Path, plan: Plan) -> LiftModel:
    with read_events(path, plan, threads=1) as log:
        return LiftModel(folds=2, rotations=1).fit(moments(log))


def frame_of(rows: list[Row]) -> pd.DataFrame:
    late = [("late", END - 0.01, "buy"), ("late", END, "view"), ("late", END, "cart")]
    frame = pd.DataFrame([*rows, *late], columns=["user_id", "timestamp", "event"])
    frame["timestamp"] = START + pd.to_timedelta(frame["timestamp"] * 3600, unit="s")
    return frame


def macros_of(rows: list[Row], plan: Plan, starts: bool) -> int:
    """Users with a macro whose first moment has its whole horizon inside the data."""
    horizon = plan.horizon.total_seconds() / 3600
    count = 0
    for user in {row[0] for row in rows}:
        mine = sorted((t, name) for one, t, name in rows if one == user)
        if plan.moments == "visits" and not starts:
            mine = [(t, name) for t, name in mine if name != "page"]
        if mine and mine[0][0] + horizon <= END:
            count += any(name == "buy" for _, name in mine)
    return count


def assert_balances(ledger: Ledger, macros: int) -> None:
    assert ledger.macros == macros
    booked = ledger.to_frame()["credit_total"].sum()
    assert abs(booked - macros) <= 1e-6 * max(1, macros)


def check_identity(path: Path, rows: list[Row], plan: Plan) -> None:
    model = model_of(path, plan)
    macros = macros_of(rows, plan, model.moments_.starts)
    assert_balances(Ledger.from_model(model), macros)
    value = model.journey_.of_cell
    model.journey_ = replace(
        model.journey_, of_cell=np.full(len(value), value.mean() if len(value) else 0.0)
    )
    assert_balances(Ledger.from_model(model), macros)


@pytest.mark.parametrize(
    "kind", ["visits", "clock", pytest.param("planned", marks=pytest.mark.slow)]
)
@settings(max_examples=5, phases=QUICK)
@given(rows=histories)
@pytest.mark.slow
def test_credits_of_any_log_add_up_to_its_macros_also_with_a_constant_v(
    parquet_of: Callable[[pd.DataFrame], Path], kind: str, rows: list[Row]
) -> None:
    if kind == "planned":  # without visits in which nothing planned happens
        rows = [row for row in rows if row[2] != "page"]
    plan = plan_of("clock" if kind == "clock" else "visits")
    check_identity(parquet_of(frame_of(rows)), rows, plan)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["visits", "clock"])
@settings(max_examples=100, phases=QUICK)
@given(rows=histories)
def test_credits_add_up_over_many_logs(
    parquet_of: Callable[[pd.DataFrame], Path], kind: str, rows: list[Row]
) -> None:
    check_identity(parquet_of(frame_of(rows)), rows, plan_of(kind))


@pytest.mark.parametrize("kind", ["visits", "clock"])
def test_users_who_only_convert_have_no_moment_and_are_booked_to_the_macro_step(
    parquet_of: Callable[[pd.DataFrame], Path], kind: str
) -> None:
    rows = [(f"u{n}", float(n), "buy") for n in range(5)]
    model = model_of(parquet_of(frame_of(rows)), plan_of(kind))
    assert set(model.lift_.to_frame()["verdict"]) == {"not identified"}
    ledger = Ledger.from_model(model)
    entries = ledger.to_frame().set_index("entry")
    assert entries.loc["buy", ["occurrences", "credit_total"]].tolist() == [5, 5]
    assert_balances(ledger, 5)


def test_each_step_of_a_visit_is_booked_to_what_happened_in_it(
    parquet_of: Callable[[pd.DataFrame], Path],
) -> None:
    rows = [("u", 0.0, "page"), ("u", 0.1, "view"), ("u", 0.2, "view"), ("u", 5.0, "page")]
    rows += [("u", 5.1, "both"), ("u", 5.2, "buy"), ("w", 0.0, "page"), ("w", 1.0, "view")]
    model = model_of(parquet_of(frame_of(rows)), plan_of("visits"))
    # V by the place of the moment: start of a session, view, cart (nobody), both at once
    by_place = np.array([0.1, 0.2, np.nan, 0.5])
    model.journey_ = replace(model.journey_, of_cell=by_place[model.states_.at])
    entries = Ledger.from_model(model).to_frame().set_index("entry")
    credit = entries["credit_total"]
    assert credit["arrival"] == pytest.approx(0.1 + 0.1)
    # u and w view for the first time (+0.1 each)
    assert credit["cart"] == pytest.approx((0.5 - 0.1) / 2)
    assert credit["view"] == pytest.approx(0.1 + 0.1)
    # u views again (0), and once more as half of the event of both actions
    assert credit["view (again)"] == pytest.approx((0.5 - 0.1) / 2)
    # u comes back from 0.2 to 0.1; w comes back within an hour, from 0.1 to 0.1
    assert credit["time between sessions"] == pytest.approx(-0.1)
    assert credit["buy"] == pytest.approx(1 - 0.5)
    assert credit["left after view"] == pytest.approx(-0.2)
    assert entries["occurrences"].to_dict() == {
        "arrival": 2,
        "view": 2,
        "view (again)": 2,
        "cart": 1,
        "time between sessions": 2,
        "buy": 1,
        "left after view": 1,
    }
    assert entries["value_total"].tolist() == pytest.approx((credit * 20).tolist())
    per = credit / entries["occurrences"]
    assert entries["credit_per_occurrence"].tolist() == pytest.approx(per.tolist())


def test_quiet_time_by_the_clock_is_booked_to_time_and_not_to_the_macro_after_it(
    parquet_of: Callable[[pd.DataFrame], Path],
) -> None:
    # Ticks start 3 and 6 h after the view; at 9 h the user is out of sight, and buys at 20 h.
    model = model_of(parquet_of(frame_of([("u", 0.0, "view"), ("u", 20.0, "buy")])), plan_of("c"))
    states, recency = model.states_, model.moments_.cells["recency"].to_numpy()
    assert (states.arrive == ARRIVED).sum() == 1
    assert states.n_all[states.arrive == WAITED].sum() == 2
    model.journey_ = replace(model.journey_, of_cell=np.where(recency == 0, 0.6, 0.1))
    credit = Ledger.from_model(model).to_frame().set_index("entry")["credit_total"]
    assert credit["arrival"] == pytest.approx(0.6)
    assert credit["time between sessions"] == pytest.approx(-0.5)
    assert credit["buy"] == pytest.approx(0.9)


def test_a_user_who_did_something_beside_the_funnel_has_not_left_before_any_action(
    parquet_of: Callable[[pd.DataFrame], Path],
) -> None:
    rows = [("u", 0.0, "page"), ("u", 0.1, "view"), ("w", 0.0, "page")]
    model = model_of(parquet_of(frame_of(rows)), plan_of("visits", funnel=["cart"]))
    entries = Ledger.from_model(model).to_frame().set_index("entry")
    assert entries["occurrences"].get("left before any action") == 1


def test_arrivals_are_told_by_the_first_attribute(fitted: Callable[..., LiftModel]) -> None:
    model = fitted("channels", 3_000, 1, 2, 1)
    frame = Ledger.from_model(model).to_frame()
    arrivals = frame[frame["kind"] == "arrival"]
    labels = model.moments_.log.facts.attributes["channel"]
    assert arrivals["entry"].tolist() == [f"arrival: {label}" for label in labels]
    assert arrivals["occurrences"].sum() == model.moments_.totals.covered


def test_the_csv_of_the_ledger_has_the_columns_of_the_contract(
    fitted: Callable[..., LiftModel],
) -> None:
    text = Ledger.from_model(fitted("channels", 3_000, 1, 2, 1)).to_csv()
    assert text.splitlines()[0] == (
        "entry,kind,occurrences,credit_total,credit_per_occurrence,value_total"
    )


@pytest.mark.parametrize(("shop", "users"), [("channels", 3_000), ("letters", 600)])
def test_credits_of_a_simulated_shop_add_up_and_agree_with_their_entries(
    fitted: Callable[..., LiftModel], shop: str, users: int
) -> None:
    model = fitted(shop, users, 1, 2, 1)
    ledger = Ledger.from_model(model)
    assert_balances(ledger, model.moments_.totals.macros)
    entries = ledger.to_frame().set_index("entry")
    for action, credit in zip(model.moments_.log.plan.actions, ledger.credits, strict=True):
        assert credit.total == pytest.approx(entries.loc[action.name, "credit_total"])
        assert credit.occurrences == entries.loc[action.name, "occurrences"]
        assert credit.low < credit.per_occurrence < credit.high
        assert 0 < credit.judged <= credit.occurrences
    assert ledger.macro_total == pytest.approx(
        entries.loc[entries["kind"] == "macro", "credit_total"].item()
    )


def test_journey_value_is_calibrated_out_of_fold_and_a_constant_is_not(
    fitted: Callable[..., LiftModel],
) -> None:
    model = fitted("channels", 30_000, 1)
    found = model.calibration()
    assert found.groupby("kind")["group"].count().to_dict() == {
        "decile": 10,
        "overall": 1,
        "step": 6,
    }
    assert found["z"].abs().max() < 3
    overall = found[found["kind"] == "overall"]
    assert overall["n"].item() == model.moments_.mature
    value = model.journey_
    states = model.states_
    mean = float((states.n * value.of_cell).sum() / states.n.sum())
    model.journey_ = replace(value, of_cell=np.full(len(value.of_cell), mean))
    try:
        constant = model.calibration()
        assert_balances(Ledger.from_model(model), model.moments_.totals.macros)
    finally:
        model.journey_ = value  # other tests share the model
    worst = constant.assign(z=constant["z"].abs()).groupby("kind")["z"].max()
    assert worst["overall"] < 3 < min(worst["decile"], worst["step"])
