"""Weights add up to the revenue, or are withheld with the reason."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlift.errors import PlanError
from microlift.events import read_events
from microlift.ledger import Ledger
from microlift.models import LiftModel
from microlift.moments import moments
from microlift.plan import Plan
from microlift.simulate import plan_for, simulate
from microlift.weights import Weights, WeightsFile, schema

Fitted = Callable[..., LiftModel]
ACTIONS = ["view_item", "add_to_cart", "pricing_page", "video", "newsletter"]
WIDE = {"calibration_range": [1e-6, 1e6]}


def weights_of(model: LiftModel, **changes: Any) -> Weights:
    plan = model.moments_.log.plan.to_dict()
    return Weights.from_ledger(
        Ledger.from_model(model), Plan.from_dict(plan | {"weights": changes})
    )


options = st.fixed_dictionaries(
    {},
    optional={
        "primary": st.one_of(
            st.just("auto"), st.lists(st.sampled_from(ACTIONS), min_size=1, unique=True)
        ),
        "max_primary": st.integers(1, 5),
        "keep_macro_primary": st.booleans(),
        "calibration_range": st.sampled_from([[0.2, 5.0], [1e-6, 1e6], [0.9, 1.1]]),
    },
)


@settings(max_examples=60)
@given(seed=st.integers(1, 2), changes=options)
@pytest.mark.slow
def test_whatever_the_plan_asks_for_the_bookings_add_up_to_the_revenue_or_are_withheld(
    fitted: Fitted, seed: int, changes: dict[str, Any]
) -> None:
    model = fitted("plain", 3_000, seed, 2, 1)
    weights = weights_of(model, **changes)
    assert weights.withheld == bool(weights.reasons)
    assert [action.name for action in weights.actions] == ACTIONS
    for action in weights.actions:
        assert 0 <= action.low <= action.weight <= action.high
        assert action.reason
        if weights.withheld or not action.primary:
            assert action.weight == action.high == 0
    if weights.withheld:
        assert weights.to_dict() == {}
        return
    content = weights.to_dict()
    booked = sum(action["weight"] * action["occurrences"] for action in content["actions"])
    booked += content["macro_weight"] * content["macros"]
    assert booked == pytest.approx(content["booked_target"], rel=1e-6)
    assert content["booked_total"] == pytest.approx(content["booked_target"], rel=1e-6)
    assert content["booked_target"] == content["revenue"] > 0
    assert content["calibration_gap"] == 0
    low, high = changes.get("calibration_range", (0.2, 5.0))
    assert low <= content["calibration_constant"] <= high


def test_auto_takes_the_raising_actions_with_the_most_value_and_at_most_so_many(
    fitted: Fitted,
) -> None:
    model = fitted("channels", 30_000, 1)
    verdicts = model.lift_.to_frame().set_index("action")["verdict"]
    raising = set(verdicts.index[verdicts == "raises"])
    assert len(raising) == 3, "the shop is meant to have three"
    weights = weights_of(model)
    primary = {action.name for action in weights.actions if action.primary}
    assert primary == raising
    assert all(action.credit > 0 for action in weights.actions if action.primary)
    one = weights_of(model, max_primary=1, **WIDE)
    most = max(weights.actions, key=lambda action: action.credit * action.occurrences)
    assert [action.name for action in one.actions if action.primary] == [most.name]
    reasons = {action.name: action.reason for action in one.actions}
    assert reasons[most.name] == "primary: raises, with the largest booked value"
    assert reasons["chat"] == "secondary: lowers"
    assert reasons["video"] == "secondary: no evidence"
    beyond = [name for name, text in reasons.items() if "beyond the 1 with the most" in text]
    assert set(beyond) == raising - {most.name}


def test_friction_is_never_booked_even_where_it_seems_to_raise_the_macro(fitted: Fitted) -> None:
    model = fitted("channels", 30_000, 1)
    most = max(weights_of(model).actions, key=lambda action: action.weight * action.occurrences)
    plan = model.moments_.log.plan.to_dict() | {"weights": WIDE}
    actions = [
        action | {"kind": "friction"} if action["name"] == most.name else action
        for action in plan["actions"]
    ]
    weights = Weights.from_ledger(
        Ledger.from_model(model), Plan.from_dict(plan | {"actions": actions})
    )
    found = {
        action.name: (action.primary, action.weight, action.reason) for action in weights.actions
    }
    assert found[most.name] == (False, 0, "secondary: raises, but friction is never booked")
    assert any(action.primary for action in weights.actions)


def test_actions_named_in_the_plan_are_primary_whatever_their_verdict(fitted: Fitted) -> None:
    weights = weights_of(fitted("plain", 3_000, 1, 2, 1), primary=["video", "add_to_cart"], **WIDE)
    named = {action.name: (action.primary, action.reason) for action in weights.actions}
    assert named["video"] == (True, "primary: named in the plan")
    assert named["view_item"] == (False, "secondary: not named as primary")


def test_a_macro_that_stays_primary_is_sent_less_than_the_order_value(fitted: Fitted) -> None:
    model = fitted("channels", 30_000, 1)
    content = weights_of(model, keep_macro_primary=True).to_dict()
    order_value = content["revenue"] / content["macros"]
    assert 0 < content["macro_weight"] < order_value
    without = weights_of(model).to_dict()
    assert without["macro_weight"] == 0
    assert content["calibration_constant"] < without["calibration_constant"]
    assert content["inflation_factor"] == pytest.approx(without["inflation_factor"] + 1)


def test_the_usual_recipe_would_book_every_doer_who_converts(fitted: Fitted) -> None:
    model = fitted("channels", 30_000, 1)
    content = weights_of(model, primary=["add_to_cart"], **WIDE).to_dict()
    lift = model.lift_.to_frame().set_index("action")
    doers, association = lift.loc["add_to_cart", ["users", "association"]]
    users = 30_000
    # From the ratio of rates r = (y / n) / ((m - y) / (N - n)), solved for y.
    odds = association * doers / (users - doers)
    assert content["inflation_factor"] == pytest.approx(odds / (1 + odds), rel=1e-9)


def test_weights_are_withheld_where_no_action_raises_the_macro(fitted: Fitted) -> None:
    model = fitted("null", 3_000, 1, 2, 1)
    weights = weights_of(model)
    assert weights.withheld
    assert weights.reasons == (
        "no action qualifies: none is shown to raise the macro and to earn credit",
    )
    assert weights.content is None
    assert repr(weights).startswith("Weights withheld: no action qualifies")
    assert (weights.to_frame()["weight"] == 0).all()


def test_weights_are_withheld_where_the_constant_leaves_the_range_of_the_plan(
    fitted: Fitted,
) -> None:
    model = fitted("channels", 30_000, 1)
    constant = weights_of(model, **WIDE).to_dict()["calibration_constant"]
    below = weights_of(model, calibration_range=[constant / 100, constant / 2])
    assert len(below.reasons) == 1
    assert f"the calibration constant is {constant:.2f}, outside" in below.reasons[0]
    assert not weights_of(model, calibration_range=[constant / 2, constant * 2]).withheld


def test_the_revenue_is_that_of_the_first_macros_of_the_users_covered(fitted: Fitted) -> None:
    frame = simulate("plain", 3_000, 1)
    ends = frame["timestamp"].max() - plan_for("plain").horizon
    covered = frame.groupby("user_id")["timestamp"].min() <= ends
    macros = frame[frame["event"] == "purchase"].sort_values("timestamp")
    first = macros.groupby("user_id")["value"].first()
    revenue = first[covered.reindex(first.index)].sum()
    ledger = Ledger.from_model(fitted("plain", 3_000, 1, 2, 1))
    assert ledger.revenue == pytest.approx(revenue)
    assert ledger.macros == covered.reindex(first.index).sum()


def test_without_a_value_in_the_plan_weights_are_in_macros_and_no_currency_is_claimed(
    parquet_of: Callable[[pd.DataFrame], Path],
) -> None:
    plan = plan_for("channels").to_dict()
    plan |= {"macro": {"event": "purchase"}, "weights": {"primary": ["add_to_cart"], **WIDE}}
    with read_events(parquet_of(simulate("channels", 3_000, 1)), Plan.from_dict(plan)) as log:
        model = LiftModel(folds=2, rotations=1).fit(moments(log))
    ledger = Ledger.from_model(model)
    frame = ledger.to_frame()
    assert frame["value_total"].tolist() == pytest.approx(frame["credit_total"].tolist())
    weights = Weights.from_ledger(ledger, log.plan)
    content = weights.to_dict()
    assert content["currency"] is None
    assert content["revenue"] == content["macros"] == ledger.macros
    assert content["booked_total"] == pytest.approx(ledger.macros)
    (weight,) = [a["weight"] for a in content["actions"] if a["primary"]]
    assert 0 < weight < 1
    assert f" {weight:.4f} " in repr(weights)


def test_an_action_without_a_lift_has_null_in_the_file(fitted: Fitted) -> None:
    weights = weights_of(fitted("letters", 600, 1, 2, 1), primary=["letter"], **WIDE)
    lifts = fitted("letters", 600, 1, 2, 1).lift_.to_frame()["lift"]
    for action, lift in zip(weights.actions, lifts, strict=True):
        assert (action.lift is None) == math.isnan(lift)


def test_the_shipped_schema_is_that_of_the_model() -> None:
    made = WeightsFile.model_json_schema(mode="serialization")
    assert schema() == made | {"$schema": schema()["$schema"]}
    jsonschema.validators.validator_for(schema()).check_schema(schema())


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("calibration_constant", 0, "exclusive minimum|less than or equal"),
        ("currency", 5, "is not valid under any of the given schemas"),
        ("surprise", 1, "Additional properties are not allowed"),
    ],
)
def test_a_file_that_breaks_the_schema_is_refused(
    fitted: Fitted, key: str, value: object, message: str
) -> None:
    content = weights_of(fitted("channels", 30_000, 1)).to_dict()
    jsonschema.validate(content, schema())
    with pytest.raises(jsonschema.ValidationError, match=message):
        jsonschema.validate(content | {key: value}, schema())


MODES: list[tuple[dict[str, Any], str, bool]] = [
    # the plan's weights, the mode in the file, whether the macro is booked
    ({}, "micro", False),
    ({"mode": "micro"}, "micro", False),
    ({"keep_macro_primary": True}, "macro and micro", True),
    ({"mode": "macro and micro"}, "macro and micro", True),
    ({"mode": "one stage"}, "one stage", False),
    ({"mode": "one stage", "primary": ["add_to_cart"]}, "one stage", False),
    ({"mode": "macro"}, "macro", True),
]


@pytest.mark.parametrize(("changes", "mode", "macro"), MODES)
def test_every_mode_books_the_revenue(
    fitted: Fitted, changes: dict[str, Any], mode: str, macro: bool
) -> None:
    content = weights_of(fitted("channels", 30_000, 1), **(changes | WIDE)).content
    assert content is not None
    assert content.mode == mode
    assert content.macro.primary == macro == (content.macro_weight > 0)
    booked = sum(action.weight * action.occurrences for action in content.actions)
    assert booked + content.macro_weight * content.macros == pytest.approx(content.revenue)
    assert len(content.primary) == {"one stage": 1, "macro": 0}.get(mode, len(content.primary))
    if mode == "macro":
        assert content.macro_weight == pytest.approx(content.macro.value)
        assert content.calibration_constant == content.inflation_factor == 1
    elif macro:
        assert content.macro_weight < content.macro.value
    content.to_dict()


def test_two_words_on_the_macro_are_refused() -> None:
    with pytest.raises(PlanError, match="keep_macro_primary beside mode 'micro'"):
        Plan.from_dict(
            plan_for("plain").to_dict() | {"weights": {"keep_macro_primary": True, "mode": "micro"}}
        )


def test_published_actions_stay_primary_unless_another_has_half_as_much_value_again(
    fitted: Fitted,
) -> None:
    model = fitted("channels", 30_000, 1)
    plan = model.moments_.log.plan.in_mode("one stage")
    ledger = Ledger.from_model(model)
    first = Weights.from_ledger(ledger, plan)
    (best,) = [action.name for action in first.actions if action.primary]
    able = [a.name for a in first.actions if "beyond the" in a.reason]
    assert able
    totals = {
        action.name: credit.total
        for action, credit in zip(plan.actions, ledger.credits, strict=True)
    }
    for other in able:
        kept = Weights.from_ledger(ledger, plan, [other])
        (chosen,) = [action.name for action in kept.actions if action.primary]
        assert chosen == (other if 1.5 * totals[other] > totals[best] else best)
