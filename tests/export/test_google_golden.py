"""What is written for Google, byte by byte, and what its own validators say of it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from microlift.export import Made, export, validate
from microlift.export.conversions import Conversion
from microlift.export.google import (
    Account,
    DataManagerSettings,
    adjustments_csv,
    check_adjustments,
    check_clicks,
    check_events,
    clicks_csv,
    data_manager_json,
)
from microlift.weights import MacroRecord, WeightsFile

Make = Callable[..., WeightsFile]
GOLDEN = Path(__file__).parent / "golden"
NOW = datetime(2026, 8, 3, 9, 0, tzinfo=UTC)
AT = datetime(2026, 8, 1, 10, 0, tzinfo=UTC)
ROW = Conversion("add_to_cart", AT, 3.2, "EUR", click_id="EAIaIQobChMI01")
IDS = {"add_to_cart": "123", "begin_checkout": "456", "purchase": "789", "view_item": "321"}
HASH = "a" * 64


def macro(primary: bool) -> MacroRecord:
    return MacroRecord(
        name="purchase", label="purchase", events=("purchase",), value=50.0, primary=primary
    )


def matches(folder: str, files: Mapping[str, str]) -> None:
    """Compare with the golden files; a difference is to be read before it is written over."""
    there = {path.name: path.read_bytes() for path in (GOLDEN / folder).iterdir()}
    assert {name: text.encode() for name, text in files.items()} == there


def test_conversion_actions_of_an_account_that_has_some(weights_file: Make) -> None:
    actions = {name: IDS[name] for name in ("add_to_cart", "view_item", "purchase")}
    made = export(weights_file(), "google-ads", {"customer": "123-456-7890", "actions": actions})
    matches("google-ads", made.files)


def test_a_rule_for_the_share_of_the_macro(weights_file: Make) -> None:
    weights = weights_file(macro=macro(True), macro_weight=21.3, mode="macro and micro")
    made = export(weights, "google-ads-rules", {"customer": "123-456-7890"})
    matches("google-ads-rules", made.files)
    assert any("Only one rule applies to a conversion" in note for note in made.notes)
    assert any("rule_multiplier=0.426" in note for note in made.notes)


def test_a_template_of_events(weights_file: Make) -> None:
    made = export(weights_file(), "data-manager", {"customer": "1234567890", "actions": IDS})
    matches("data-manager", made.files)
    faults = validate("data-manager", made.files["events.template.json"].encode())
    assert "Got a placeholder of the template." in {fault.what for fault in faults}


def uploads() -> dict[str, str]:
    """Clicks, adjustments and events of a handful of conversions."""
    rows = [
        ROW,
        replace(ROW, action="=1+1", time=AT + timedelta(hours=1, microseconds=5), value=4.5),
        replace(ROW, click_id="-looks_odd"),
        replace(ROW, click_id="EAIaIQobChMI02", order_id="-7", ad_user_data="denied"),
        replace(ROW, click_id="0AAAAAexample03", click_kind="gbraid"),
        replace(ROW, click_id="", hashed_emails=(HASH,), ad_personalization="granted"),
    ]
    later = NOW - timedelta(hours=2)
    adjusted = [
        replace(ROW, order_id="A-1", adjustment="restate", adjusted_at=later, adjusted_value=0.0),
        replace(ROW, adjustment="retract", adjusted_at=later),
    ]
    account = Account(now=NOW)
    settings = DataManagerSettings.read({"customer": 1234567890, "actions": {}}, "data-manager")
    made: list[Made] = [
        clicks_csv(rows, NOW, "Europe/Berlin"),
        adjustments_csv(adjusted, account, "Europe/Berlin"),
        data_manager_json(rows, account, settings, IDS),
    ]
    return {name: text for one in made for name, text in one.files.items()}


def test_upload_files() -> None:
    matches("google-uploads", uploads())


@pytest.mark.parametrize(
    ("name", "check"),
    [
        ("clicks.csv", check_clicks),
        ("adjustments-by-order.csv", check_adjustments),
        ("adjustments-by-click.csv", check_adjustments),
        ("events-0001.json", check_events),
    ],
)
def test_what_is_written_passes_its_validator(name: str, check: Callable[..., Any]) -> None:
    content = uploads()[name].encode()
    assert check(content) == []
    assert check(content, Account(now=NOW)) == []
