"""Golden files: what a target makes of one weights file, byte for byte, as reviewed by eye."""

from collections.abc import Callable
from pathlib import Path

import pytest

import microlift as ml
from microlift.weights import MacroRecord, WeightsFile

GOLDEN = Path(__file__).parent / "golden"
IDS = {"add_to_cart": "11", "lead": "12", "Video to the end": "13", "purchase": "14"}
SETTINGS: dict[str, dict[str, object]] = {
    "ga4": {},
    "gtm": {},
    "microsoft": {},
    "meta": {},
    "linkedin": {"conversions": IDS},
    "tiktok": {},
    "csv": {},
    "json": {},
    "yaml": {},
    "sql": {},
    "dbt": {},
}


@pytest.fixture(scope="module")
def weights(weights_file: Callable[..., WeightsFile]) -> WeightsFile:
    """Two events of one action, one action that a tag has to send, and the macro beside them."""
    return weights_file(
        {"name": "view_item", "occurrences": 9_000},
        {"name": "add_to_cart", "weight": 3.2, "label": "Cart", "count": "every"},
        {"name": "lead", "weight": 12.345, "events": ("generate_lead", "sign_up")},
        {"name": "Video to the end", "weight": 0.5, "events": (), "count": "click"},
        macro=MacroRecord(
            name="purchase", label="Purchase", events=("purchase",), value=50.0, primary=True
        ),
        macro_weight=21.5,
        mode="macro and micro",
    )


@pytest.mark.parametrize("target", SETTINGS)
def test_a_target_makes_the_bytes_that_were_reviewed(weights: WeightsFile, target: str) -> None:
    made = ml.export(weights, target, SETTINGS[target])
    there = {path.name: path.read_text("utf-8") for path in (GOLDEN / target).iterdir()}
    notes = there.pop("notes.txt")
    assert made.files == there
    assert "".join(f"{note}\n" for note in made.notes) == notes
