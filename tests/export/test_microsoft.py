"""Goals and files of Microsoft Advertising: what is made, and which faults are found."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import microlift as ml
from microlift.errors import InputError
from microlift.export.conversions import Conversion
from microlift.export.microsoft import bulk_csv, conversions_csv
from microlift.weights import WeightsFile

Make = Callable[..., WeightsFile]
GOLDEN = Path(__file__).parent / "golden" / "microsoft-files"
NOW = datetime(2026, 8, 2, 12, tzinfo=UTC)
AT = datetime(2026, 8, 1, 10, 30, tzinfo=UTC)
CART = Conversion("Cart", AT, 3.2, "EUR", "a1b2c3", click_kind="msclkid")
ROWS = [
    CART,
    replace(CART, action="Lead", value=12.345, click_id="d4e5f6"),
    replace(CART, click_id="", hashed_emails=("ab" * 32,)),
]
RESTATED = replace(
    CART, adjustment="restate", adjusted_at=AT + timedelta(hours=2), adjusted_value=2.0
)
RETRACTED = replace(RESTATED, action="Lead", adjustment="retract", adjusted_value=None)


def _hand() -> str:
    return conversions_csv(ROWS, NOW, "+0200").files["conversions.csv"]


def _bulk() -> str:
    return bulk_csv([*ROWS, RESTATED, RETRACTED], NOW).files["bulk.csv"]


def test_both_files_are_the_bytes_that_were_reviewed_and_are_clean() -> None:
    for name, text, kind in (
        ("conversions.csv", _hand(), "microsoft-conversions"),
        ("bulk.csv", _bulk(), "microsoft-bulk"),
    ):
        assert text == (GOLDEN / name).read_text("utf-8")
        assert ml.validate(kind, text.encode()) == []


def test_a_file_holds_what_microsoft_takes_and_counts_the_rest() -> None:
    rows = [
        CART,
        CART,
        replace(CART, click_kind="gclid"),
        replace(CART, time=NOW + timedelta(seconds=1)),
        replace(CART, time=NOW - timedelta(days=91)),
        replace(CART, clicked_at=AT + timedelta(hours=1)),
        replace(CART, action="x" * 101),
        RESTATED,
    ]
    made = conversions_csv(rows, NOW)
    assert made.files["conversions.csv"].count("\n") == 3
    assert made.notes == (
        "1 of 8 conversions are in the file.",
        "1 left out: a goal's name of over 100 characters.",
        "1 left out: an adjustment; bulk_csv takes it.",
        "1 left out: before its click.",
        "1 left out: click more than 90 days old.",
        "1 left out: in the future.",
        "1 left out: neither an msclkid nor a hashed address or number.",
        "1 left out: said already by an earlier row.",
    )
    assert conversions_csv([RESTATED], NOW).files == {}


def test_a_zone_by_name_mixed_currencies_and_an_unsure_day_are_refused() -> None:
    with pytest.raises(InputError, match=r"Got the offset 'Europe/Madrid'.*\+0100"):
        conversions_csv(ROWS, NOW, "Europe/Madrid")
    with pytest.raises(InputError, match="in 2 currencies"):
        bulk_csv([CART, replace(CART, currency="USD", click_id="zz")], NOW)
    with pytest.raises(InputError, match="'now' without a time zone"):
        bulk_csv([CART], NOW.replace(tzinfo=None))


def test_a_goal_name_that_a_spreadsheet_would_compute_is_neutralised() -> None:
    text = conversions_csv([replace(CART, action="=1+1")], NOW).files["conversions.csv"]
    assert list(csv.reader(io.StringIO(text)))[2][1] == "'=1+1"


HAND = [
    ("a1b2c3,Cart", "Cj0KCQjwiMmwBhDmARIsABeQ7xRJ,Cart", "line 3, column 'Microsoft Click ID'",
     "form of a gclid"),
    ("TimeZone=+0200", "TimeZone=+02:00", "line 1", "zone '+02:00'"),
    ("TimeZone=+0200", "TimeZone=Europe/Madrid", "line 1", "zone 'Europe/Madrid'"),
    ("Parameters:TimeZone=+0200\n", "", "line 1", "no line with the time zone"),
    ("TimeZone", "Zone", "line 1", "the parameter 'Parameters:Zone=+0200'"),
    ("Click ID,", "Click Id,", "line 2", "column 'Microsoft Click Id'"),
    ("Conversion Currency,", "Conversion Currency,Order ID,", "line 2", "column 'Order ID'"),
    ("Conversion Value,Conversion Currency", "Conversion Currency,Conversion Value",
     "header", "another order"),
    (",3.20,EUR,,\n", ",3.20,eur,,\n", "line 3, column 'Conversion Currency'", "'eur'"),
    (",3.20,EUR,,\n", ",3.20,USD,,\n", "line 4, column 'Conversion Currency'", "EUR, and USD"),
    (",3.20,EUR,,\n", ",-3.20,EUR,,\n", "line 3, column 'Conversion Value'", "negative"),
    (",3.20,EUR,,\n", ",NaN,EUR,,\n", "line 3, column 'Conversion Value'", "'NaN'"),
    (",3.20,EUR,,\n", ',"3,20",EUR,,\n', "line 3, column 'Conversion Value'", "with a comma"),
    (",3.20,EUR,,\n", ",3.2e1,EUR,,\n", "line 3, column 'Conversion Value'", "'3.2e1'"),
    ("a1b2c3,Cart,", "a1b2c3,=1+1,", "line 3, column 'Conversion Name'", "begins with '='"),
    ("a1b2c3,Cart,", "a1b2c3,,", "line 3, column 'Conversion Name'", "name ''"),
    ("a1b2c3,", ",", "line 3, column 'Microsoft Click ID'", "neither a click id"),
    ("a1b2c3,", "a b,", "line 3, column 'Microsoft Click ID'", "characters that none has"),
    ("08-01 12:30:00,3.20,EUR,,\n", "08-01 12:30:00+0200,3.20,EUR,,\n",
     "line 3, column 'Conversion Time'", "a zone of its own"),
    ("08-01 12:30:00,3.20,EUR,,\n", "08-32 12:30:00,3.20,EUR,,\n",
     "line 3, column 'Conversion Time'", "08-32"),
    ("2026-08-01 12:30:00,3.20,EUR,,\n", "2026-04-01 12:30:00,3.20,EUR,,\n",
     "line 3, column 'Conversion Time'", "122 days older"),
    ("d4e5f6,Lead", "a1b2c3,Cart", "line 4", "that line 3 has already"),
    ("ab" * 32, "jo@example.com", "line 5, column 'Hashed Email Address'", "an address as it"),
    (",12.34,EUR,,", ",12.34,EUR", "line 4", "5 cells under 7 columns"),
]  # fmt: skip
BULK = [
    ("Conversion Currency Code,Conversion Name", "Conversion Currency,Conversion Name",
     "line 1", "no column 'Conversion Currency Code'"),
    ("Microsoft Click Id,", "Microsoft Click ID,", "line 1", "column 'Microsoft Click ID'"),
    (",6.0,", ",5.0,", "line 2, column 'Name'", "version '5.0'"),
    ("Format Version", "Version", "line 2, column 'Type'", "type 'Version'"),
    ("Restate", "RESTATE", "line 6, column 'Adjustment Type'", "'RESTATE'"),
    ("Retract", "RETRACTION", "line 7, column 'Adjustment Type'", "'RETRACTION'"),
    ("Restate,2.00", "Restate,", "line 6, column 'Adjustment Value'", "''"),
    ("08/01/2026 10:30:00,3.20,a1b2c3", "2026-08-01T10:30:00Z,3.20,a1b2c3",
     "line 3, column 'Conversion Time'", "T10:30:00Z"),
    (",3.20,a1b2c3", ",-3.20,a1b2c3", "line 3, column 'Conversion Value'", "negative"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "old", "new", "where", "what"),
    [
        *(("microsoft-conversions", *each) for each in HAND),
        *(("microsoft-bulk", *each) for each in BULK),
    ],
)
def test_a_planted_fault_is_found_in_its_place(
    kind: str, old: str, new: str, where: str, what: str
) -> None:
    text = _hand() if kind == "microsoft-conversions" else _bulk()
    assert old in text
    faults = ml.validate(kind, text.replace(old, new, 1).encode())
    assert any(each.where == where and what in each.what for each in faults), faults


@pytest.mark.parametrize("kind", ["microsoft-conversions", "microsoft-bulk"])
@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b'"open', b"\x00", b"a" * 10_000_000, b"\n\n", b"Type\n,,\n"]
)
def test_bytes_that_are_no_such_file_are_faults_and_never_raise(kind: str, content: bytes) -> None:
    faults = ml.validate(kind, content)
    assert faults
    assert all(len(str(fault)) < 1_000 for fault in faults)


def test_a_file_of_the_library_with_the_columns_of_all_records_is_clean() -> None:
    text = (
        "Type,Status,Id,Parent Id,Campaign,Client Id,Name,Conversion Currency Code,"
        "Conversion Name,Conversion Time,Conversion Value,Microsoft Click Id,Bid Adjustment\n"
        "Format Version,,,,,,6.0,,,,,,\n"
        "Offline Conversion,,,,,Mine,,USD,My Goal,4/1/2020 6:50:54 PM,10,f894f652ea334e739,\n"
    )
    assert ml.validate("microsoft-bulk", b"\xef\xbb\xbf" + text.encode()) == []


def test_a_byte_order_mark_in_a_file_for_people_is_a_fault() -> None:
    faults = ml.validate("microsoft-conversions", b"\xef\xbb\xbf" + _hand().encode())
    assert [fault.where for fault in faults] == ["byte 1"]


def test_goals_count_and_are_worth_what_the_plan_says(weights_file: Make) -> None:
    weights = weights_file(
        {"name": "add_to_cart", "weight": 3.2, "count": "every", "label": "Cart"},
        {"name": "demo", "weight": 4.5, "events": ("a", "b")},
        {"name": "scroll"},
    )
    made = ml.export(weights, "microsoft", {"names": '{"demo": "Demo goal"}'})
    cart, demo = json.loads(made.files["goals.json"])["ConversionGoals"]
    assert (cart["Name"], cart["CountType"], cart["GoalCategory"]) == ("Cart", "All", "AddToCart")
    assert (demo["Name"], demo["CountType"], demo["GoalCategory"]) == (
        "Demo goal", "Unique", "Other",
    )  # fmt: skip
    revenue = {"Type": "VariableValue", "Value": 3.2, "CurrencyCode": "EUR"}
    assert cart["Revenue"] == revenue
    assert any(note.startswith("'demo': several events") for note in made.notes)
    offline = ml.export(weights, "microsoft", {"source": "import"})
    goals = json.loads(offline.files["goals.json"])["ConversionGoals"]
    assert {goal["Type"] for goal in goals} == {"OfflineConversion"}


def test_goals_that_cannot_be_told_apart_or_do_not_exist_are_refused(weights_file: Make) -> None:
    twice = [{"name": name, "label": "Same", "weight": 1.0} for name in ("a", "b")]
    with pytest.raises(InputError, match="names of 2 goals are not all different"):
        ml.export(weights_file(*twice), "microsoft")
    with pytest.raises(InputError, match="names 'cart', which is no action"):
        ml.export(weights_file(), "microsoft", {"names": {"cart": "Cart"}})


def test_hostile_labels_are_text_in_the_change_list(weights_file: Make) -> None:
    label = "<script>alert(1)</script>|`x`"
    made = ml.export(weights_file({"name": "a", "label": label, "weight": 1.0}), "microsoft")
    assert "<script>" not in made.files["goals.md"]
    assert "\\|\\`x\\`" in made.files["goals.md"]
