"""From files to canonical events: formats, columns, times, money, attributes, facts."""

import gzip
import hashlib
import json

import pandas as pd
import pytest

from microlift.events import read_events

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


@pytest.fixture
def mapped(make_plan):
    return make_plan(
        log={"columns": COLUMNS},
        macro={"event": "buy", "value": "value"},
        actions=[
            {"name": "view", "event": "view"},
            {"name": "deep", "event": "view", "where": "percent >= 75"},
        ],
    )


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
    tmp_path, mapped, rows_of, name, text
):
    write(tmp_path / name, text)
    frame = pd.DataFrame(ROWS)
    frame["when"] = pd.to_datetime(frame["when"], utc=True, format="ISO8601")
    frame.to_parquet(tmp_path / "log.parquet")
    with read_events(tmp_path / name, mapped) as log:
        seen = rows_of(log, *log.events.columns), log.facts.fingerprint
    with read_events(tmp_path / "log.parquet", mapped) as log:
        assert (rows_of(log, *log.events.columns), log.facts.fingerprint) == seen
    assert log.facts.action_counts == {"view": 2, "deep": 1}
    assert (log.facts.users, log.facts.macros, log.facts.value) == (2, 1, 1250)


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
        assert log.facts.attributes == {"channel": ("ads",)}


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
def test_times_of_every_kind_become_microseconds_of_utc(read, times, zone, expected):
    log = read(
        {
            "user_id": ["u", "u"],
            "timestamp": [*times, *times],
            "event": ["view", "buy"],
            "later": [0, 1],
        },
        log={"timezone": zone},
        horizon="1s",
    ) if False else None
    del log
    from microlift.events.times import is_readable, microseconds

    import ibis

    table = ibis.memtable(pd.DataFrame({"time": times}))
    assert microseconds(table.time, zone).to_pyarrow().to_pylist() == [expected]
    assert is_readable(table.time, zone).to_pyarrow().to_pylist() == [True]
