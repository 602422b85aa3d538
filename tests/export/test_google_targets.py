"""What the targets of Google make of weights and settings, and what they refuse."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from microlift.errors import InputError
from microlift.export import Made, export
from microlift.export.google import GoogleAdsSettings, account_of
from microlift.weights import MacroRecord, WeightsFile

Make = Callable[..., WeightsFile]
MACRO = MacroRecord(
    name="purchase", label="purchase", events=("purchase",), value=50.0, primary=True
)
BESIDE: dict[str, Any] = {"macro": MACRO, "macro_weight": 21.3, "mode": "macro and micro"}
HOSTILE = (
    "<script>alert(1)</script>",
    "{{x}}",
    "=1+1",
    "🛒|`x`",
    "\u202eright to left",
    "x" * 100,
    "\"quoted\" 'twice' \\ [a](b)",
)


def operations(made: Made, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(made.files[name])["operations"]
    return found


def said(made: Made, words: str) -> bool:
    return any(words in note for note in made.notes) and words in made.files["changes.md"]


def test_without_ids_all_booked_actions_are_created_and_the_macro_never_is(
    weights_file: Make,
) -> None:
    made = export(weights_file(), "google-ads")
    assert sorted(made.files) == ["changes.md", "create.json", "create.validate.json"]
    created = [operation["create"] for operation in operations(made, "create.json")]
    assert [(one["name"], one["valueSettings"]["defaultValue"]) for one in created] == [
        ("add_to_cart", 3.2),
        ("begin_checkout", 4.5),
    ]
    assert said(made, "Set it as secondary by hand")
    assert "customers/CUSTOMER\\_ID" not in made.files["changes.md"]
    assert "customers/CUSTOMER_ID/conversionActions:mutate" in made.files["changes.md"]


def test_the_two_bodies_differ_only_in_whether_they_count(weights_file: Make) -> None:
    made = export(weights_file(), "google-ads")
    judged = made.files["create.validate.json"]
    assert (
        judged.replace('"validateOnly": true', '"validateOnly": false')
        == (made.files["create.json"])
    )


def test_values_that_are_sent_can_be_restated_and_the_conflict_is_explained(
    weights_file: Make,
) -> None:
    fixed = export(weights_file(), "google-ads")
    sent = export(weights_file(), "google-ads", {"values": "sent"})
    for made, always in ((fixed, True), (sent, False)):
        values = [one["create"]["valueSettings"] for one in operations(made, "create.json")]
        assert [value["alwaysUseDefaultValue"] for value in values] == [always, always]
    assert said(fixed, "can never be restated")
    assert said(sent, "can be restated later")


@pytest.mark.parametrize(
    ("count", "counting"),
    [("user", "ONE_PER_CLICK"), ("click", "ONE_PER_CLICK"), ("every", "MANY_PER_CLICK")],
)
def test_the_plan_decides_how_conversions_are_counted(
    weights_file: Make, count: str, counting: str
) -> None:
    made = export(weights_file({"name": "cart", "weight": 3.2, "count": count}), "google-ads")
    (operation,) = operations(made, "create.json")
    assert operation["create"]["countingType"] == counting
    assert any("counted once a user" in note for note in made.notes) == (count == "user")


@pytest.mark.parametrize(
    ("action", "settings", "category"),
    [
        ({"name": "cart", "events": ("add_to_cart",)}, {}, "ADD_TO_CART"),
        ({"name": "Sign_Up"}, {}, "SIGNUP"),
        ({"name": "deep_scroll", "kind": "engagement"}, {}, "ENGAGEMENT"),
        ({"name": "pricing", "kind": "exploration"}, {}, "PAGE_VIEW"),
        ({"name": "wishlist", "kind": "secondary"}, {}, "DEFAULT"),
        ({"name": "wishlist"}, {"categories": {"wishlist": "REQUEST_QUOTE"}}, "REQUEST_QUOTE"),
    ],
)
def test_names_then_kinds_decide_the_category_unless_a_setting_does(
    weights_file: Make, action: dict[str, Any], settings: dict[str, Any], category: str
) -> None:
    made = export(weights_file(action | {"weight": 3.2}), "google-ads", settings)
    (operation,) = operations(made, "create.json")
    assert operation["create"]["category"] == category


def test_an_action_that_is_no_longer_booked_becomes_secondary(weights_file: Make) -> None:
    weights = weights_file(
        {"name": "cart", "weight": 3.2},
        {"name": "view"},
        {"name": "scroll", "weight": 0.004},
    )
    settings = {"customer": "1234567890", "actions": {"view": 1, "scroll": 2}}
    made = export(weights, "google-ads", settings)
    for operation in operations(made, "update.json"):
        assert operation["update"]["primaryForGoal"] is False
        assert operation["updateMask"] == "primaryForGoal"
    assert "its weight rounds to nothing" in made.files["changes.md"]


def test_a_macro_that_stays_primary_is_booked_at_less_than_its_value(weights_file: Make) -> None:
    settings: dict[str, Any] = {"customer": "1234567890", "actions": {"purchase": 9}}
    made = export(weights_file(**BESIDE), "google-ads", settings)
    (operation,) = operations(made, "update.json")
    assert operation["update"]["valueSettings"] == {
        "defaultValue": 21.3,
        "defaultCurrencyCode": "EUR",
        "alwaysUseDefaultValue": True,
    }
    assert "countingType" not in operation["update"]
    assert said(made, "The macro is booked at 21.30, flat")
    ruled = export(weights_file(**BESIDE), "google-ads", settings | {"rule_multiplier": 0.426})
    (operation,) = operations(ruled, "update.json")
    assert operation["update"]["valueSettings"]["defaultValue"] == 50.0
    assert operation["update"]["valueSettings"]["alwaysUseDefaultValue"] is False
    created = operations(ruled, "create.json")[0]["create"]
    assert created["valueSettings"]["defaultValue"] == 7.51  # 3.20 / 0.426
    assert said(ruled, "divided by 0.426")


def test_a_macro_that_is_bid_for_alone_keeps_the_values_of_its_orders(weights_file: Make) -> None:
    weights = weights_file({"name": "cart"}, **(BESIDE | {"mode": "macro", "macro_weight": 50.0}))
    settings = {"customer": 1234567890, "actions": {"purchase": 9, "cart": 1}}
    made = export(weights, "google-ads", settings)
    cart, purchase = (operation["update"] for operation in operations(made, "update.json"))
    assert cart["primaryForGoal"] is False
    assert purchase["primaryForGoal"] is True
    assert purchase["valueSettings"]["alwaysUseDefaultValue"] is False
    assert said(made, "The macro alone is bid for")


def test_the_day_on_which_micro_actions_go_is_in_the_list(weights_file: Make) -> None:
    made = export(weights_file(micro_until=date(2026, 12, 1)), "google-ads")
    assert "micro actions to be removed on 2026-12-01" in made.files["changes.md"]


def test_imported_actions_say_what_holds_for_imports(weights_file: Make) -> None:
    made = export(weights_file(), "google-ads", {"source": "import", "prefix": "ml "})
    first = operations(made, "create.json")[0]["create"]
    assert (first["type"], first["name"]) == ("UPLOAD_CLICKS", "ml add_to_cart")
    assert said(made, "2026-06-15")


def test_an_action_that_a_tag_has_to_judge_says_so(weights_file: Make) -> None:
    weights = weights_file({"name": "deep_scroll", "weight": 1.0, "events": ()})
    assert said(export(weights, "google-ads"), "a tag has to")


def test_a_manager_account_makes_the_call_where_it_is_named(weights_file: Make) -> None:
    ids = {"add_to_cart": 1, "begin_checkout": 2}
    settings = {"customer": 1234567890, "actions": ids, "login_customer": "987-654-3210"}
    text = export(weights_file(), "data-manager", settings).files["events.template.json"]
    for destination in json.loads(text)["destinations"]:
        assert destination["loginAccount"]["accountId"] == "9876543210"
        assert destination["operatingAccount"]["accountId"] == "1234567890"


def test_hostile_names_stay_names(weights_file: Make) -> None:
    actions = [{"name": f"a{at}", "label": name, "weight": 1.0} for at, name in enumerate(HOSTILE)]
    made = export(weights_file(*actions), "google-ads")
    created = [one["create"]["name"] for one in operations(made, "create.json")]
    assert created == list(HOSTILE)
    table = [line for line in made.files["changes.md"].splitlines() if line.startswith("|")]
    assert len(table) == len(HOSTILE) + 3
    assert all(line.replace("\\|", "").count("|") == 8 for line in table)
    assert "<script>" not in made.files["changes.md"]


def test_yen_have_no_decimals_and_macros_are_no_money(weights_file: Make) -> None:
    yen = export(weights_file({"name": "cart", "weight": 320.4}, currency="JPY"), "google-ads")
    (operation,) = operations(yen, "create.json")
    assert operation["create"]["valueSettings"]["defaultValue"] == 320
    with pytest.raises(InputError, match="in macros, not money"):
        export(weights_file(currency=None), "google-ads")


REFUSED: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("google-ads", {}, {"customer": "12-34"}, "ten digits"),
    ("google-ads", {}, {"actions": {"add_to_cart": 1}}, "no 'customer'"),
    ("google-ads", {}, {"actions": {"ad_to_cart": 1}}, "nearest: 'add_to_cart'"),
    ("google-ads", {}, {"actions": {"add_to_cart": "x"}}, "ids of conversion actions"),
    ("google-ads", {}, {"categories": {"cart": "DEFAULT"}}, "no action of the weights file"),
    ("google-ads", {}, {"categories": {"add_to_cart": "CART"}}, "ADD_TO_CART"),
    ("google-ads", {}, {"values": "both"}, "Setting 'values'"),
    ("google-ads", {}, {"api_version": "26"}, "Setting 'api_version'"),
    ("google-ads", {}, {"rule_multiplier": 0}, "Setting 'rule_multiplier'"),
    ("google-ads", {}, {"rule_multiplier": 1e-15}, "which no conversion is worth"),
    (
        "google-ads",
        {},
        {"customer": 1234567890, "actions": {"add_to_cart": 1, "view_item": 1}},
        "one id to two actions",
    ),
    ("google-ads-rules", {}, {"customer": 1234567890}, "Google Ads knows none for"),
    ("google-ads-rules", BESIDE, {}, "got nothing"),
    ("data-manager", {}, {"customer": 1234567890, "actions": {}}, "2 of 2 actions"),
    ("data-manager", {}, {"customer": 1234567890, "actions": {"cart": 1}}, "no action of"),
]


@pytest.mark.parametrize(("target", "changes", "settings", "message"), REFUSED)
def test_what_cannot_be_told_to_google_is_refused(
    weights_file: Make,
    target: str,
    changes: dict[str, Any],
    settings: dict[str, Any],
    message: str,
) -> None:
    with pytest.raises(InputError, match=message):
        export(weights_file(**changes), target, settings)


def test_weights_without_anything_to_book_and_twin_names_are_refused(weights_file: Make) -> None:
    with pytest.raises(InputError, match="no value to tell"):
        export(weights_file({"name": "view"}), "google-ads")
    twins = [{"name": name, "label": "Cart", "weight": 1.0} for name in ("a", "b")]
    with pytest.raises(InputError, match="DUPLICATE_NAME"):
        export(weights_file(*twins), "google-ads")


def test_the_account_is_known_by_the_names_that_actions_have_there(weights_file: Make) -> None:
    now = datetime(2026, 8, 3, tzinfo=UTC)
    settings = GoogleAdsSettings.read({"prefix": "ml ", "rule_multiplier": 0.5}, "google-ads")
    actions = ({"name": "cart", "weight": 1.0}, {"name": "view", "weight": 1.0, "count": "every"})
    account = account_of(weights_file(*actions, **BESIDE), settings, now)
    assert account.names == frozenset({"ml cart", "ml view", "purchase"})
    assert account.one_per_click == {"ml cart"}
    assert account.always_default == {"ml cart", "ml view"}
