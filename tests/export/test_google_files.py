"""Upload files for Google Ads: one fault planted in each, and rows that no file may hold."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlift.errors import InputError
from microlift.export import Made, validate
from microlift.export.conversions import Conversion
from microlift.export.google import (
    Account,
    DataManagerSettings,
    adjustments_csv,
    check_adjustments,
    check_clicks,
    clicks_csv,
    data_manager_json,
)

ZONE = "Parameters:TimeZone=Europe/Madrid"
HEAD = (
    "Google Click ID,Conversion Name,Conversion Time,Conversion Value,Conversion Currency,Order ID"
)
CLICKS = f"""{ZONE}
{HEAD}
EAIaIQobChMI01,Cart,2026-08-01 12:00:00,3.20,EUR,A-1
EAIaIQobChMI02,Cart,2026-08-01 12:00:00+0530,0,EUR,-7
"""
ADJUSTMENTS = f"""{ZONE}
Order ID,Conversion Name,Adjustment Time,Adjustment Type,Adjusted Value,Adjusted Value Currency
A-1,Cart,2026-08-02 12:00:00,RESTATE,1.50,EUR
A-2,Cart,2026-08-02 12:00:00,RETRACT,,
"""
BY_CLICK = (
    "Google Click ID,Conversion Name,Conversion Time,Adjustment Time,Adjustment Type,"
    "Adjusted Value,Adjusted Value Currency\n"
    "EAIaIQobChMI01,Cart,{done}+0000,2026-08-02 12:00:00+0000,RETRACT,,\n"
)
LAST = "EAIaIQobChMI02,Cart,2026-08-01 12:00:00+0530,0,EUR,-7\n"


@pytest.mark.parametrize(
    ("old", "new", "where", "what"),
    [
        ("12:00:00+0530", "12:00:00+05:30", "line 4, column 'Conversion Time'", "+0530"),
        ("12:00:00+0530", "12:00:00Z", "line 4, column 'Conversion Time'", "12:00:00Z"),
        ("12:00:00+0530", "12:00:00 Europe/Nowhere", "line 4", "'Europe/Nowhere'"),
        ("2026-08-01 12:00:00+0530", "2026-08-01", "line 4", "'2026-08-01'"),
        ("2026-08-01 12:00:00+0530", "01.08.2026 12:00", "line 4", "'01.08.2026 12:00'"),
        ("2026-08-01 12:00:00+0530", "", "line 4", "the time ''"),
        ("2026-08-01 12:00:00+0530", "0001-01-01 00:00:00+0530", "line 4", "beyond any"),
        ("TimeZone=Europe/Madrid", "TimeZone=+05:30", "line 1", "the zone '+05:30'"),
        ("TimeZone=Europe/Madrid", "TimeZone=", "line 1", "the zone ''"),
        (ZONE + "\n", "", "line 2, column 'Conversion Time'", "no zone"),
        (HEAD + "\n", "", "line 2", "where the header line belongs"),
        (HEAD, HEAD.lower(), "line 2", "'google click id'"),
        ("Order ID", "Campaign", "line 2", "the column 'Campaign'"),
        ("Order ID", "Conversion Value", "line 2", "'Conversion Value' twice"),
        ("Conversion Time,", "Order ID,", "line 2", "no column 'Conversion Time'"),
        (",A-1", "", "line 3", "5 cells under 6"),
        ("3.20", '"3,20"', "line 3, column 'Conversion Value'", "with a comma"),
        ("3.20", '"1,234.50"', "line 3, column 'Conversion Value'", "with a comma"),
        ("3.20", "-3.20", "line 3, column 'Conversion Value'", "negative"),
        ("3.20", "NaN", "line 3, column 'Conversion Value'", "'NaN'"),
        ("3.20", "3.2e0", "line 3, column 'Conversion Value'", "'3.2e0'"),
        ("3.20", "3.20 €", "line 3, column 'Conversion Value'", "'3.20 €'"),
        ("3.20,EUR", "3.20,eur", "line 3, column 'Conversion Currency'", "'eur'"),
        ("3.20,EUR", "3.20,EURO", "line 3, column 'Conversion Currency'", "'EURO'"),
        (
            "0530,0,EUR",
            "0530,0,USD",
            "line 4, column 'Conversion Currency'",
            "currency USD, and EUR",
        ),
        ("A-1", "ann@example.com", "line 3, column 'Order ID'", "personal data"),
        ("-7", "A-1", "line 4, column 'Order ID'", "an order id that line 3"),
        ("EAIaIQobChMI01", "", "line 3", "no click id"),
        ("EAIaIQobChMI01", "gclid=EAI", "line 3, column 'Google Click ID'", "characters"),
        ("EAIaIQobChMI01,Cart", "EAIaIQobChMI01,=1+1", "column 'Conversion Name'", "'='"),
        ("EAIaIQobChMI01,Cart", "EAIaIQobChMI01,@Cart", "column 'Conversion Name'", "'@'"),
        ("EAIaIQobChMI01,Cart", "EAIaIQobChMI01,", "column 'Conversion Name'", "no name"),
        ("2026-08-01 12:00:00,", "2026-04-01 12:00:00,", "line 3", "90 is most"),
        (
            LAST,
            "EAIaIQobChMI01,Cart,2026-08-01 12:00:00,1,EUR,B\n",
            "line 4",
            "a click, name and time that line 3",
        ),
        ("Order ID", "Ad User Data", "line 3, column 'Ad User Data'", "the consent 'A-1'"),
        ("Order ID", "Attributed Credit", "line 3", "no attribution model"),
        ("Order ID", "GBRAID", "line 3", "Google Click ID and GBRAID in one row"),
        ("Order ID", "Email", "line 3, column 'Email'", "no SHA-256"),
        ("EAIaIQobChMI02", "0a1b2c3d" * 4, "line 4, column 'Google Click ID'", "of a msclkid"),
        ("EAIaIQobChMI01,", '"EAIaIQobChMI01,', "line 4", "Not CSV"),
    ],
)
def test_a_fault_in_a_file_of_clicks(old: str, new: str, where: str, what: str) -> None:
    content = CLICKS.replace(old, new)
    assert content != CLICKS
    faults = check_clicks(content.encode())
    assert any(where in fault.where and what in str(fault) for fault in faults), faults
    assert all(fault.mend for fault in faults)
    assert not any("EAIaIQ" in str(fault) or "ann@" in str(fault) for fault in faults)


@pytest.mark.parametrize(
    ("old", "new", "where", "what"),
    [
        ("RESTATE", "RESTATEMENT", "'Adjustment Type'", "the word of the API. Write RESTATE."),
        ("RETRACT", "RETRACTION", "'Adjustment Type'", "the word of the API. Write RETRACT."),
        ("RETRACT", "Retract", "'Adjustment Type'", "Write RETRACT."),
        ("RETRACT", "ENHANCE", "'Adjustment Type'", "Write RESTATE or RETRACT."),
        ("1.50", "", "'Adjusted Value'", "without its new value"),
        ("1.50", "-1.50", "'Adjusted Value'", "negative"),
        ("EUR", "eur", "'Adjusted Value Currency'", "'eur'"),
        (",Adjusted Value Currency", "", "line 2", "no column 'Adjusted Value Currency'"),
        ("A-2", "A-1", "line 4", "a conversion and adjustment time that line 3"),
        ("A-2", "", "line 4", "neither an order id nor a click id"),
        ("A-2", "a@b", "line 4, column 'Order ID'", "personal data"),
        ("A-2", "+cmd", "line 4, column 'Order ID'", "'+'"),
    ],
)
def test_a_fault_in_a_file_of_adjustments(old: str, new: str, where: str, what: str) -> None:
    content = ADJUSTMENTS.replace(old, new)
    faults = check_adjustments(content.encode())
    assert any(where in fault.where and what in str(fault) for fault in faults), faults


@pytest.mark.parametrize(
    ("done", "what"),
    [
        ("2026-08-01 12:00:00", None),
        ("2026-08-02 13:00:00", "before its conversion"),
        ("2026-06-01 12:00:00", "54 is most"),
    ],
)
def test_the_age_of_an_adjusted_click(done: str, what: str | None) -> None:
    faults = check_adjustments(BY_CLICK.format(done=done).encode())
    assert len(faults) == (what is not None)
    assert all(what is not None and what in fault.what for fault in faults)


@pytest.mark.parametrize(
    ("kind", "content"), [("google-ads-conversions", CLICKS), ("google-ads-adjustments", BY_CLICK)]
)
def test_files_without_a_fault_pass_and_frames_without_rows_do_not(kind: str, content: str) -> None:
    good = content.format(done="2026-08-01 12:00:00")
    assert validate(kind, good.encode()) == []
    assert validate(kind, good.replace("\n", "\r\n").encode()) == []
    header = "\n".join(line for line in good.splitlines() if "Conversion Name" in line)
    for empty, what in (
        (b"", "empty file"),
        (b" \n\n", "empty file"),
        (ZONE.encode(), "no header line"),
        (header.encode(), "no rows"),
        (b"\xef\xbb\xbf" + good.encode(), "byte order mark"),
        (good.encode("utf-16"), "not UTF-8"),
        (good.encode() + b'"' + b"x" * 10_000_000 + b'"', "Not CSV"),
        (b"\0" * 100, "header line"),
    ):
        faults = validate(kind, empty)
        assert any(what in fault.what for fault in faults), (empty[:20], faults)


def test_the_other_columns_and_forms_that_public_checkers_accept_pass() -> None:
    rows = (
        "Google Click ID,Conversion Name,Conversion Time,Ad User Data,Ad Personalization\n"
        "EAIaIQobChMI01,Lead,05/22/2026 14:30:00 -0500,Granted,Denied\n"
        "EAIaIQobChMI02,Lead,2026-05-22T14:30:00+0800,,\n"
        'EAIaIQobChMI03,Lead,"May 22,2026 02:30:00 PM America/Los_Angeles",,\n'
    )
    assert check_clicks(rows.encode()) == []
    external = (
        "Parameters:Attribution Model = linear\n"
        "Google Click ID,Conversion Name,Conversion Time,Attributed Credit,Conversion Value\n"
        "EAIaIQobChMI01,Lead,2026-05-22 14:30:00+0800,0.3,5\n"
    )
    assert check_clicks(external.encode()) == []
    assert "share from 0 to 1" in str(check_clicks(external.replace("0.3", "1.3").encode())[0])


def test_what_is_known_of_the_account_finds_more() -> None:
    known = Account(names=frozenset({"cart"}))
    assert "no conversion action" in check_clicks(CLICKS.encode(), known)[0].what
    braid = CLICKS.replace("Google Click ID", "GBRAID")
    assert check_clicks(braid.encode()) == []
    counted = Account(one_per_click=frozenset({"Cart"}))
    assert "one conversion a click" in check_clicks(braid.encode(), counted)[0].what
    fixed = Account(always_default=frozenset({"Cart"}))
    faults = check_adjustments(ADJUSTMENTS.encode(), fixed)
    assert [fault.where for fault in faults] == ["line 3"]
    assert "always uses its default value" in faults[0].what


NOW = datetime(2026, 8, 3, 9, tzinfo=UTC)
AT = datetime(2026, 8, 1, 10, tzinfo=UTC)
DAY = timedelta(days=1)
ROW = Conversion("Cart", AT, 3.2, "EUR", click_id="EAIaIQobChMI01")
HASH = "a" * 64
SETTINGS = DataManagerSettings.read({"customer": 1234567890, "actions": {}}, "data-manager")


def events(rows: Iterable[Conversion], account: Account = Account(now=NOW)) -> Made:  # noqa: B008
    return data_manager_json(rows, account, SETTINGS, {"Cart": "1"})


@pytest.mark.parametrize(
    ("change", "in_file", "in_events"),
    [
        ({}, None, None),
        ({"time": NOW + DAY}, "in the future", "in the future"),
        ({"time": NOW - 91 * DAY}, "more than 90 days", "more than 90 days"),
        ({"time": NOW - 90 * DAY}, None, None),
        ({"clicked_at": NOW - 91 * DAY}, "more than 90 days", "more than 90 days"),
        ({"clicked_at": AT + DAY}, "before its click", "before its click"),
        ({"clicked_at": NOW - DAY / 5, "time": NOW}, "less than 6 hours", "less than 6 hours"),
        ({"click_kind": "gbraid"}, "no place for", None),
        ({"click_kind": "msclkid"}, "no click id of Google", "neither a click id"),
        ({"click_id": ""}, "no click id of Google", "neither a click id"),
        ({"click_id": "", "hashed_emails": (HASH,)}, "no click id of Google", None),
        (
            {"click_id": "", "hashed_emails": (HASH,), "time": NOW - 64 * DAY},
            "no click id of Google",
            "more than 63 days",
        ),
        ({"click_id": "=1+1"}, "a click id that is none", "neither a click id"),
        ({"order_id": "x@y.z"}, "which tells of a person", "which tells of a person"),
        ({"order_id": "=cmd"}, "begins with", None),
        ({"adjustment": "retract", "adjusted_at": NOW}, "an adjustment", "an adjustment"),
    ],
)
def test_what_a_platform_would_refuse_is_left_out_and_counted(
    change: dict[str, Any], in_file: str | None, in_events: str | None
) -> None:
    row = replace(ROW, **change)
    for made, why in ((clicks_csv([row], NOW, "UTC"), in_file), (events([row]), in_events)):
        assert len(made.files) == (why is None)
        if why:
            assert made.notes[0] == "0 of 1 conversions are in the file."
            assert made.notes[1].startswith("1 left out: ")
            assert why in made.notes[1]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({}, None),
        ({"order_id": "A-1"}, None),
        ({"adjustment": None, "adjusted_at": None, "adjusted_value": None}, "no adjustment"),
        ({"time": NOW - 55 * DAY}, "more than 54 days"),
        ({"time": NOW - DAY / 2}, "less than 24 hours"),
        ({"adjusted_at": AT - DAY}, "before the conversion"),
        ({"adjusted_at": NOW + DAY}, "in the future"),
        ({"click_kind": "wbraid"}, "neither an order id nor a gclid"),
        ({"order_id": "x@y.z"}, "which tells of a person"),
        ({"action": "Fixed"}, "always uses its default value"),
        ({"action": "Fixed", "adjustment": "retract", "adjusted_value": None}, None),
    ],
)
def test_what_cannot_be_adjusted_is_left_out_and_counted(
    change: dict[str, Any], why: str | None
) -> None:
    given: dict[str, Any] = {"adjustment": "restate", "adjusted_at": NOW, "adjusted_value": 1.0}
    row = replace(ROW, **(given | change))
    account = Account(now=NOW, always_default=frozenset({"Fixed"}))
    made = adjustments_csv([row, row], account, "Europe/Berlin")
    assert len(made.files) == (why is None)
    assert (why or "said already") in made.notes[1]


def test_a_person_is_told_by_ten_identifiers_at_most_and_said_once() -> None:
    people = tuple(f"{at:064x}" for at in range(12))
    row = replace(ROW, click_id="", hashed_emails=people)
    made = events([row, replace(row, value=1.0)])
    text = made.files["events-0001.json"]
    assert text.count("emailAddress") == 10
    assert validate("data-manager", text.encode()) == []
    assert made.notes[1] == "1 left out: said already by an earlier row."


def test_a_fraction_of_a_second_makes_no_second_conversion() -> None:
    row = replace(ROW, time=AT.replace(microsecond=999_999))
    made = events([ROW, row])
    assert made.notes[1] == "1 left out: said already by an earlier row."
    assert '"2026-08-01T10:00:00Z"' in made.files["events-0001.json"]


def test_a_braid_needs_an_action_that_counts_every_one() -> None:
    row = replace(ROW, click_kind="wbraid")
    made = events([row], Account(now=NOW, one_per_click=frozenset({"Cart"})))
    assert "counts one a click" in made.notes[1]


def test_the_hour_that_clocks_strike_twice_says_its_offset() -> None:
    early, late = (
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    )
    rows = [replace(ROW, time=at) for at in (early, late, late + DAY / 24)]
    text = clicks_csv(rows, NOW + 90 * DAY, "Europe/Berlin").files["clicks.csv"]
    times = [line.split(",")[2] for line in text.splitlines()[2:]]
    assert times == [
        "2026-10-25 02:30:00+0200",
        "2026-10-25 02:30:00+0100",
        "2026-10-25 03:30:00",
    ]
    assert check_clicks(text.encode()) == []


def test_more_events_than_a_request_holds_become_several() -> None:
    rows = [replace(ROW, time=AT + timedelta(seconds=at)) for at in range(2_001)]
    made = events(rows)
    assert list(made.files) == ["events-0001.json", "events-0002.json"]
    assert all(validate("data-manager", text.encode()) == [] for text in made.files.values())


@pytest.mark.parametrize(
    ("rows", "now", "zone", "message"),
    [
        ([ROW, replace(ROW, currency="USD", click_id="b")], NOW, "UTC", "2 currencies"),
        ([ROW], NOW, "+05:30", "time zone '\\+05:30'"),
        ([ROW], NOW.replace(tzinfo=None), "UTC", "'now' without a time zone"),
    ],
)
def test_what_cannot_be_uploaded_at_all_is_refused(
    rows: list[Conversion], now: datetime, zone: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        clicks_csv(rows, now, zone)


TIMES = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
NAMES = st.text(min_size=1, max_size=20).filter(lambda text: text.isprintable() and text.strip())
ROWS = st.builds(
    Conversion,
    action=st.text(min_size=1, max_size=20).filter(
        lambda text: text.isprintable() and text.strip()
    ),
    time=TIMES,
    value=st.floats(0, 1e9),
    currency=st.just("EUR"),
    click_id=st.text("Eab-_=@+ ", max_size=8),
    click_kind=st.sampled_from(["gclid", "gbraid", "wbraid"]),
    order_id=st.text("A1-=@ ", max_size=4),
    ad_user_data=st.sampled_from([None, "granted", "denied"]),
)


@settings(max_examples=15)
@given(st.lists(ROWS, max_size=8), TIMES, st.sampled_from(["UTC", "Europe/Berlin", "-0330"]))
def test_whatever_comes_from_a_log_the_files_pass_their_validators(
    rows: list[Conversion], now: datetime, zone: str
) -> None:
    ids = {row.action: "1" for row in rows}
    made = clicks_csv(rows, now, zone)
    for text in made.files.values():
        assert check_clicks(text.encode(), Account(now=now)) == []
    for text in data_manager_json(rows, Account(now=now), SETTINGS, ids).files.values():
        assert validate("data-manager", text.encode()) == []
