"""Whatever a log names its events: every target keeps its word, or refuses with one message."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import microlift as ml
from microlift.errors import InputError
from microlift.export import Made, validators
from microlift.plan import Plan
from microlift.weights import WeightsFile

Make = Callable[..., WeightsFile]
KNOWN = validators()
NAMES = (
    "<script>alert(1)</script>", "{{Page URL}}", "=1+1", "@cmd", "+1", "-x", "\tx", "🎉",
    "\u202egnp", "x" * 100, "o'hara", 'say "hi"', "a,b;c", "a\\", "purchase", "__proto__",
    "NaN", "null", "1e5",
)  # fmt: skip
FAMILIES = (
    "ga4",
    "gtm",
    "microsoft",
    "meta",
    "linkedin",
    "tiktok",
    "csv",
    "json",
    "yaml",
    "sql",
    "dbt",
)


def _export(weights: WeightsFile, target: str) -> Made:
    ids = {booking.name: "7" for booking in (*weights.actions, weights.macro)}
    return ml.export(weights, target, {"conversions": ids} if target == "linkedin" else None)


def _made_or_refused(weights: WeightsFile, target: str) -> Made:
    """What is made; nothing where it is refused in one bounded message."""
    try:
        return _export(weights, target)
    except InputError as error:
        said = str(error)
    assert len(said) < 1_500
    assert "\n" not in said.replace("\n  ", "")
    return Made({})


def _leaves(data: object) -> list[str]:
    if isinstance(data, dict | list):
        members = data.values() if isinstance(data, dict) else data
        return [leaf for member in members for leaf in _leaves(member)]
    return [data] if isinstance(data, str) else []


@pytest.mark.parametrize("target", FAMILIES)
@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_leaves_whole_and_harmless_or_is_refused(
    weights_file: Make, target: str, name: str
) -> None:
    weights = weights_file({"name": name, "label": name, "events": (name,), "weight": 2.5})
    made = _made_or_refused(weights, target)
    for file, text in made.files.items():
        text.encode("utf-8")
        if file.endswith(".json"):
            assert any(name in leaf for leaf in _leaves(json.loads(text)))
        if file.endswith(".csv"):
            cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
            assert not any(cell.startswith(("=", "@", "\t", "-x")) for cell in cells)
        if file.endswith(".md"):
            assert "<script" not in text
    assert _made_or_refused(weights, target) == made


@given(
    weights=st.lists(
        st.floats(min_value=0, max_value=1e12, allow_nan=False), min_size=1, max_size=6
    ),
    currency=st.sampled_from(["EUR", "JPY", "KWD"]),
)
@settings(max_examples=30, deadline=None)
def test_money_leaves_with_a_point_and_as_the_currency_counts(
    weights_file: Make, weights: list[float], currency: str
) -> None:
    actions: list[dict[str, Any]] = [
        {"name": f"a{number}", "weight": weight} for number, weight in enumerate(weights)
    ]
    made = ml.export(weights_file(*actions, currency=currency), "csv")
    digits = {"EUR": 2, "JPY": 0, "KWD": 3}[currency]
    for row in csv.DictReader(io.StringIO(made.files["values.csv"])):
        whole, _, rest = row["value"].partition(".")
        assert (whole.isdecimal(), len(rest)) == (True, digits)


@given(content=st.binary(max_size=200))
@settings(max_examples=60, deadline=None)
def test_no_validator_raises_on_any_bytes(content: bytes) -> None:
    for kind in ("ga4", "gtm", "meta", "linkedin", "tiktok", "microsoft-conversions",
                 "microsoft-bulk", "weights"):  # fmt: skip
        assert KNOWN[kind].check(content)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["data", "elements", "keyEvents", "containerVersion", "variable", "tag",
                         "user", "user_data", "userIds", "event_time", "custom_data", "name",
                         "parameter", "list", "firingTriggerId", "defaultValue", "eventName"]),
        inner, max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@given(data=_VALUES)
@settings(max_examples=150, deadline=None)
def test_no_validator_raises_on_any_json(data: object) -> None:
    for kind in ("ga4", "gtm", "meta", "linkedin", "tiktok"):
        KNOWN[kind].check(json.dumps(data).encode())


def test_what_a_plan_says_of_a_target_reaches_it(weights_file: Make) -> None:
    plan = Plan.from_dict({
        "macro": {"event": "purchase"}, "horizon": "14d",
        "actions": [{"name": "add_to_cart", "event": "add_to_cart"}],
        "export": {"ga4": {"limit": 50}, "linkedin": {"conversions": {"add_to_cart": "1"}}},
    })  # fmt: skip
    weights = weights_file({"name": "add_to_cart", "weight": 3.2})
    assert "The limit of 50" in ml.export(weights, "ga4", plan.export_settings("ga4")).notes[1]
    assert ml.export(weights, "linkedin", plan.export_settings("linkedin")).files
