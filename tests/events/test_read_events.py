"""From files to canonical events: formats, columns, times, money, attributes, facts."""

import gzip
import hashlib
import json
import math
from datetime import UTC, date, datetime
from decimal import Decimal

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from microlift.errors import InputError
from microlift.events import read_events
from microlift.events.times import is_readable, microseconds
from microlift.plan import Plan

CSV = (
    "uid,when,what,price,percent,note\n"
    'ann,2024-07-01T10:00:00Z,view,,90,"a, b"\n'
    "ann,2024-07-01T10:05:00Z,buy,12.50,,\n"
    'bob,2024-07-03T10:00:00+02:00,view,,20,"two\nlines"\n'
)
ROWS = [
    {"uid": "ann", "when": "2024-07-01T10:00:00Z", "what": "view", "percent": 90},
    {"uid": "ann", "when": "2024-07-01T10:05:00Z", "what": "buy", "price": 12.5},
    {"uid": "bob", "when": "2024-07-03T10:00:00+02:00", "what": "view", "percent": 20},
]
COLUMNS = {"user_id": "uid", "timestamp": "when", "event": "what", "value": "price"}


MAPPED = {
    "log": {"columns": COLUMNS},
    "macro": {"event": "buy", "value": "value"},
    "horizon": "1h",
    "actions": [
        {"name": "view", "event": "view"},
        {"name": "deep", "event": "view", "where": "percent >= 75"},
    ],
}


@pytest.fixture
def mapped():
    return Plan.from_dict(MAPPED)


@pytest.fixture(scope="module")
def typed(parquet_of):
    """The rows as Parquet of typed columns, read."""
    frame = pd.DataFrame(ROWS)
    frame["when"] = pd.to_datetime(frame["when"], utc=True, format="ISO8601")
    with read_events(parquet_of(frame), Plan.from_dict(MAPPED)) as log:
        yield log


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    data = text.encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def lines(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("log.csv", CSV),
        ("log.csv.gz", CSV),
        ("log.tsv", CSV.replace(",", "\t")),
        ("windows.csv", "\ufeff" + CSV.replace("two\nlines", "").replace("\n", "\r\n")),
        ("log.jsonl", lines(ROWS)),
        ("log.ndjson.gz", lines(ROWS)),
        ("log.json", json.dumps(ROWS)),
    ],
)
def test_text_of_every_kind_gives_the_same_events_as_parquet(
    tmp_path, mapped, typed, rows_of, name, text
):
    write(tmp_path / name, text)
    with read_events(tmp_path / name, mapped) as log:
        seen = rows_of(log, *log.events.columns), log.facts.fingerprint
    assert (rows_of(typed, *typed.events.columns), typed.facts.fingerprint) == seen
    for facts in (log.facts, typed.facts):
        assert facts.action_counts == {"view": 2, "deep": 1}
        assert (facts.users, facts.macros, facts.value) == (2, 1, 1250)


def test_a_folder_is_read_with_all_below_it_and_columns_from_its_names(tmp_path, make_plan):
    for day, event in [("2024-07-01", "view"), ("2024-07-02", "buy")]:
        path = tmp_path / f"channel={'ads' if event == 'view' else 'mail'}" / "part.parquet"
        path.parent.mkdir()
        pd.DataFrame({"user_id": ["u"], "timestamp": [day], "event": [event]}).to_parquet(path)
    (tmp_path / "_SUCCESS").touch()
    (tmp_path / ".hidden.parquet").write_bytes(b"no parquet")
    plan = make_plan(log={"attributes": ["channel"]}, actions=[{"name": "view", "event": "view"}])
    with read_events(tmp_path, plan) as log:
        assert log.facts.events == 2
        assert log.facts.attributes == {"channel": ("(other)",)}  # of one user: not shown


def test_parts_with_columns_in_another_order_or_missing_are_put_together(tmp_path, mapped):
    write(tmp_path / "a.csv", CSV)
    write(tmp_path / "b.csv", "what,uid,when,percent\nview,eve,2024-07-02,80\n")
    write(tmp_path / "c.csv", "")
    with read_events(tmp_path / "*.csv", mapped) as log:
        assert (log.facts.users, log.facts.action_counts["deep"]) == (3, 2)


@pytest.mark.parametrize(
    ("times", "zone", "expected"),
    [
        (["2024-07-01 10:00:00"], "UTC", 1719828000_000000),
        (["2024-07-01T10:00:00.123456"], "Europe/Berlin", 1719820800_123456),
        (["2024-07-01T10:00:00Z"], "Europe/Berlin", 1719828000_000000),
        (["2024-07-01 10:00:00-0230"], "Europe/Berlin", 1719837000_000000),
        (["2024-01-15 10:00:00+05"], "UTC", 1705294800_000000),
        (["2024-07-01"], "Europe/Berlin", 1719784800_000000),
        (["1719828000"], "Europe/Berlin", 1719828000_000000),
        (["1719828000.25"], "UTC", 1719828000_250000),
        ([1719828000], "UTC", 1719828000_000000),
        ([1719828000123], "UTC", 1719828000_123000),
        ([1719828000123456], "UTC", 1719828000_123456),
        ([1719828000123456789], "UTC", 1719828000_123456),
        ([1719828000.25], "UTC", 1719828000_250000),
        ([pd.Timestamp("2024-07-01 10:00")], "Europe/Berlin", 1719820800_000000),
        ([pd.Timestamp("2024-01-15 10:00")], "Europe/Berlin", 1705309200_000000),
        ([pd.Timestamp("2024-07-01 10:00", tz="America/Lima")], "UTC", 1719846000_000000),
        ([pd.Timestamp("2024-07-01").date()], "Europe/Berlin", 1719784800_000000),
        # The hour that a clock skips in spring is counted on from before it.
        ([pd.Timestamp("2024-03-31 02:30")], "Europe/Berlin", 1711848600_000000),
    ],
)
def test_times_of_every_kind_become_microseconds_of_utc(times, zone, expected):
    table = ibis.memtable(pd.DataFrame({"time": times}))
    assert microseconds(table.time, zone).to_pyarrow().to_pylist() == [expected]
    assert is_readable(table.time, zone).to_pyarrow().to_pylist() == [True]


@pytest.mark.parametrize(
    "text",
    ["", "soon", "07/01/2024 10:00", "2024-13-01", "infinity", "1e9", "9999-12-31", "0001-01-01"],
)
def test_text_that_is_no_time_is_unreadable(text):
    table = ibis.memtable({"time": [text]})
    assert is_readable(table.time, "UTC").to_pyarrow().to_pylist() == [False]


@pytest.mark.parametrize(
    "times",
    [
        ["2024-07-01", "2024-07-02", "9999-12-31"],
        ["2024-07-01T00:00Z", "2024-07-02T00:00Z", "0001-01-01T00:00Z"],
        [1719828000, 1719914400, 90_000_000_000],
        [1719828000.0, 1719914400.0, 90_000_000_000.5],
        [date(2024, 7, 1), date(2024, 7, 2), date(9999, 12, 31)],
        np.array(["2024-07-01", "2024-07-02", "9999-12-31"], dtype="datetime64[us]"),
        [datetime(year, 7, day, tzinfo=UTC) for year, day in ((2024, 1), (2024, 2), (9999, 1))],
    ],
)
def test_a_date_that_stands_for_none_is_left_out_as_unreadable(tmp_path, make_plan, times):
    columns = {"user_id": ["u", "u", "w"], "event": ["view", "buy", "view"], "channel": ["ads"] * 3}
    pq.write_table(pa.table(columns | {"timestamp": times}), tmp_path / "log.parquet")
    plan = make_plan(
        log={"attributes": ["channel"], "max_rejected": 0.5},
        actions=[{"name": "view", "event": "view"}],
    )
    with read_events(tmp_path / "log.parquet", plan) as log:
        assert log.facts.rejected == {"unreadable time": 1}
        assert (log.facts.events, log.facts.first.year, log.facts.last.year) == (2, 2024, 2024)


def two_macros(**columns):
    times = ["2024-07-01T10:00:00Z", "2024-07-01T11:00:00Z", "2024-07-01T12:00:00Z"]
    return {
        "user_id": ["u", "u", "u"],
        "timestamp": times,
        "event": ["view", "buy", "buy"],
    } | columns


@pytest.mark.parametrize(
    ("currency", "prices", "minor"),
    [
        ("USD", [9.0, 1.005, 2.675], [0, 101, 268]),
        ("USD", ["9", "1.005", "2.6750"], [0, 101, 268]),
        ("USD", [9, 3, 4], [0, 300, 400]),
        ("JPY", [9.0, 100.5, 99.4], [0, 101, 99]),
        ("KWD", [9.0, 1.0005, 2.0], [0, 1001, 2000]),
        ("EUR", [Decimal("1.10"), Decimal("0.10"), Decimal("0.20")], [0, 10, 20]),
    ],
)
def test_macro_values_are_exact_minor_units_of_their_currency(
    read, rows_of, currency, prices, minor
):
    macro = {"event": "buy", "value": "price", "currency": currency}
    log = read(two_macros(price=prices), macro=macro)
    assert [row["value"] for row in rows_of(log, "value")] == minor
    assert (log.facts.value, log.facts.currency) == (sum(minor), currency)


def test_a_macro_without_a_readable_value_counts_as_0_and_is_noted(read):
    log = read(two_macros(price=[1.0, math.nan, 2.0]), macro={"event": "buy", "value": "price"})
    assert log.facts.value == 200
    assert "1 of 2 macros have no readable value and count as 0." in log.facts.notes


@pytest.mark.parametrize(("value", "minor"), [(None, 100), (12.345, 1235)])
def test_a_fixed_value_counts_for_each_macro_whatever_the_value_column_says(
    read, rows_of, value, minor
):
    log = read(
        two_macros(price=[-5.0, -6.0, 7.0]),
        macro={"event": "buy", "value": value},
        log={"columns": {"value": "price"}},
    )
    assert [row["value"] for row in rows_of(log, "value")] == [0, minor, minor]


PAID = {"event": "buy", "value": "price"}


def test_the_currency_is_that_of_the_log_where_the_plan_names_none(read):
    rows = two_macros(price=[1.0, 2.0, 3.0], money=["SEK", "eur ", None])
    log = read(rows, macro=PAID, log={"columns": {"currency": "money"}})
    assert (log.facts.currency, log.facts.minor_digits) == ("EUR", 2)
    assert log.facts.notes == []


@pytest.mark.parametrize("macro", [PAID, {"event": "buy", "value": 20}])
def test_a_currency_that_nobody_names_is_noted_as_assumed(read, macro):
    log = read(two_macros(price=[1.0, 2.0, 3.0]), macro=macro)
    assert log.facts.currency == "USD"
    assert log.facts.notes == ["No currency in plan or log: USD assumed."]
    named = read(two_macros(price=[1.0, 2.0, 3.0]), macro=macro | {"currency": "USD"})
    assert named.facts.notes == []


@pytest.mark.parametrize("columns", [{}, {"currency": "money", "value": "price"}])
def test_without_a_value_in_the_plan_macros_are_counted_in_no_currency_and_it_is_noted(
    read, columns
):
    rows = two_macros(price=[1.0, 2.0, 3.0], money=["EUR", "EUR", "EUR"])
    log = read(rows, log={"columns": columns})
    facts = log.facts
    assert (facts.currency, facts.macros, facts.value, facts.minor_digits) == (None, 2, 200, 2)
    assert facts.notes == [
        "No macro.value in the plan: each macro counts 1.00 (no currency), weights are in macros."
    ]
    assert "macros: 2\n" in repr(log)
    assert not any(code in repr(log) for code in ("USD", "EUR", "worth", "None"))


def test_a_condition_of_the_macro_decides_which_events_are_macros(read, rows_of):
    log = read(two_macros(paid=[None, True, False]), macro={"event": "buy", "where": "paid = TRUE"})
    assert [row["macro"] for row in rows_of(log, "macro")] == [0, 1, 0]


def test_users_get_dense_numbers_and_the_bucket_of_their_id(read, rows_of):
    ids = [f"user {i}" for i in range(40)]
    rows = {
        "user_id": ids,
        "timestamp": pd.date_range("2024-07-01", periods=40, freq="h", tz="UTC"),
        "event": ["view", "buy"] * 20,
    }
    log = read(rows)
    found = rows_of(log, "user", "bucket")
    assert [row["user"] for row in found] == list(range(40))
    expected = sorted(int(hashlib.md5(i.encode()).hexdigest()[:2], 16) % 128 for i in ids)
    assert sorted(row["bucket"] for row in found) == expected


def test_integer_user_ids_are_the_same_users_as_their_text(read):
    rows = two_macros()
    prints = {
        read(rows | {"user_id": ids}).facts.fingerprint for ids in ([7, 7, 8], ["7", "7", "8"])
    }
    assert len(prints) == 1


def test_facts_count_what_was_read(read):
    rows = {
        "user_id": ["u", "u", "u", "u", "v", None, "w"],
        "timestamp": [
            "2024-07-01T10:00Z",
            "2024-07-01T10:05Z",
            "2024-07-02T10:00Z",
            "2024-07-03T10:00Z",
            "2024-07-01T00:00Z",
            "2024-07-01T00:00Z",
            "2024-07-01T00:00Z",
        ],
        "event": ["page", "view", "buy", "page", "page", "view", ""],
    }
    log = read(rows, log={"max_rejected": 0.5})
    facts = log.facts
    assert facts.rejected == {"no event": 1, "no user": 1}
    assert (facts.rows, facts.events, facts.users, facts.sessions) == (7, 5, 2, 4)
    assert facts.event_counts == {"page": 3, "buy": 1, "view": 1}
    assert list(facts.event_counts) == ["page", "buy", "view"]
    assert facts.empty_visits == 1  # that of v: the empty one of u comes after the macro
    assert str(facts.first) == "2024-07-01 00:00:00+00:00"
    assert facts.last_us - facts.first_us == 58 * 3_600_000_000
    assert "2 of 7 rows left out (no event: 1, no user: 1)." in facts.notes


def test_an_action_whose_condition_matches_nothing_is_a_note_and_no_refusal(read):
    actions = [{"name": "dear", "event": "view", "where": "price > 100"}]
    log = read(two_macros(price=[1.0, 2.0, 3.0]), actions=actions)
    assert log.facts.action_counts == {"dear": 0}
    assert any("Action 'dear' matches no event" in note for note in log.facts.notes)


def test_names_with_markup_formulas_and_emoji_pass_through_and_are_escaped(read):
    name = "<script>alert(1)</script> =1+1 \N{ROCKET}"
    log = read(two_macros(event=[name, "buy", "buy"]), actions=[{"name": name, "event": name}])
    assert log.facts.action_counts == {name: 1}
    assert name in repr(log)
    page = log._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_what_a_log_says_of_itself_holds_no_user(read):
    log = read(two_macros(user_id=["anna@example.org"] * 3))
    assert "anna" not in repr(log) + log._repr_html_()
    assert "1" in repr(log)


def test_only_the_columns_of_the_plan_are_read(read):
    # DuckDB cannot turn this one into anything that a log may hold; it must not be touched.
    log = read(two_macros(unread=[{"deep": [1]}, None, {"deep": []}]))
    assert log.events.columns == (
        "user", "bucket", "t", "seq", "event", "mask", "macro", "value", "session", "opens", "away",
        "tie",
    )  # fmt: skip


def test_events_hold_no_null(read):
    log = read(
        two_macros(price=[None, 1.0, None], channel=[None, "ads", None], money=[None, None, "EUR"]),
        macro={"event": "buy", "value": "price"},
        log={"attributes": ["channel"], "columns": {"currency": "money"}},
    )
    table = log.con.to_pyarrow(log.events)
    assert {name: table[name].null_count for name in table.column_names} == dict.fromkeys(
        table.column_names, 0
    )


def test_closing_removes_the_temporary_folder(tmp_path, make_plan, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "spill"))
    (tmp_path / "spill").mkdir()
    pd.DataFrame(two_macros()).to_parquet(tmp_path / "log.parquet")
    plan = make_plan(actions=[{"name": "view", "event": "view"}])
    with read_events(tmp_path / "log.parquet", plan) as log:
        assert log.facts.events == 3
        assert len(list((tmp_path / "spill").iterdir())) == 1
    log.close()
    assert list((tmp_path / "spill").iterdir()) == []


def test_progress_is_shown_only_when_asked_for(tmp_path, make_plan, capsys):
    pd.DataFrame(two_macros()).to_parquet(tmp_path / "log.parquet")
    plan = make_plan(actions=[{"name": "view", "event": "view"}])
    read_events(tmp_path / "log.parquet", plan).close()
    assert capsys.readouterr() == ("", "")
    read_events(tmp_path / "log.parquet", plan, quiet=False).close()
    out, err = capsys.readouterr()
    assert out == ""
    assert "read events" in err


@pytest.mark.parametrize("memory", ["1", "much", "4 pounds", "-1GB", ""])
def test_a_memory_that_is_no_size_is_refused(make_plan, tmp_path, memory):
    with pytest.raises(InputError, match="is no size that the engine could keep to"):
        read_events(tmp_path / "none.csv", make_plan(), memory=memory)
