"""What fuzzing found: each is a refusal in one message now."""

import gzip
import json

import pytest

from microlift.errors import EventsError, PlanError, WeightsError
from microlift.events import read_events
from microlift.events.files import find_files
from microlift.events.text import header_of, json_row
from microlift.plan import Plan
from microlift.weights.reading import parse_weights
from microlift.where import parse_where

PLAN = Plan.from_dict(
    {"macro": {"event": "buy"}, "horizon": "1h", "actions": [{"name": "a", "event": "a"}]}
)


@pytest.mark.parametrize("text", ["n = 7e", "n IN (1, 3e)", '"" = 1'])
def test_a_number_without_its_end_and_a_name_without_a_character_are_refused(text):
    with pytest.raises(PlanError, match="with (the number|a name without)"):
        parse_where(text)


def test_objects_in_objects_without_end_are_no_row():
    assert json_row("[" * 100_000) == {}
    assert json_row('{"a\\u0000": 1, "b\\ud800": 2, "c": "3"}') == {"c": "3"}


def test_a_header_with_nul_is_read(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"us\0er,event\n")
    assert header_of(tmp_path / "a.csv")[0] == ["us\ufffder", "event"]


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_a_line_without_end_is_refused(name, tmp_path):
    file = tmp_path / name
    with file.open("wb") as stream:
        stream.write(b"user_id,timestamp,event\n" if name == "a.csv" else b'{"event": "')
        stream.truncate(20_000_000)  # of zeros, which take no room on the disk
    with pytest.raises(EventsError, match="more than|cannot be read"):
        read_events(find_files(file).files[0], PLAN, threads=1)


def test_half_a_character_in_a_weights_file_is_refused():
    with pytest.raises(WeightsError, match="is not JSON"):
        parse_weights(json.dumps({"plan_hash": "\ud800"}), "It")


def test_parquet_that_is_damaged_inside_is_refused(tmp_path):
    import pandas as pd

    file = tmp_path / "log.parquet"
    rows = {"user_id": ["u"] * 50, "timestamp": [f"2024-07-01T10:{i:02d}:00Z" for i in range(50)]}
    pd.DataFrame(rows | {"event": ["a", "buy"] * 25}).to_parquet(file)
    content = bytearray(file.read_bytes())
    content[4:40] = b"\xff" * 36
    file.write_bytes(bytes(content))
    with pytest.raises(EventsError, match="cannot be read as parquet"):
        read_events(file, PLAN, threads=1)


@pytest.mark.parametrize("name", [b"event", b"value"])
def test_a_name_of_a_column_of_parquet_that_is_no_text_is_refused(name, tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {key: ["1"] for key in ("user_id", "timestamp", "event", "value")}
    file = tmp_path / "a.parquet"
    pq.write_table(pa.table(columns), file, store_schema=False)
    file.write_bytes(file.read_bytes().replace(name, b"\xe5" + name[1:]))
    with pytest.raises(EventsError, match="cannot be read as parquet"):
        read_events(file, PLAN, threads=1)


def test_a_damaged_archive_is_refused_at_its_first_line(tmp_path):
    file = tmp_path / "log.csv.gz"
    packed = gzip.compress(b"user_id,timestamp,event\n" + b"u1,2024-01-01,view\n" * 99)
    file.write_bytes(packed[:10] + b"\xff" * 8 + packed[18:])
    with pytest.raises(EventsError, match="cannot be unpacked"):
        read_events(file, PLAN)
