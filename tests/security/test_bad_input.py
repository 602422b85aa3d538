"""Logs that are not what they should be: each is refused in one message, or read right."""

import gzip
import os
from pathlib import Path

import ibis
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from microlift.errors import EventsError
from microlift.events import read_events
from microlift.events.files import find_files
from microlift.events.layout import layout_of, need_flat
from microlift.events.normalise import rows_of
from microlift.events.sources import open_source
from microlift.events.times import microseconds
from microlift.plan import Plan

DATA = {
    "log": {"max_rejected": 0.5},
    "macro": {"event": "buy"},
    "horizon": "1h",
    "actions": [{"name": "view", "event": "view"}],
}
PLAN = Plan.from_dict(DATA)
TIMES = ["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"]
EVENTS = ["view", "buy", "view", "view"]
HEADER = "user_id,timestamp,event\n"
ROWS = "".join(f"u{i},{time},{event}\n" for i, (time, event) in enumerate(zip(TIMES, EVENTS)))  # noqa: B905


def table(**columns) -> pa.Table:
    return pa.table({"user_id": list("uuvw"), "timestamp": TIMES, "event": EVENTS} | columns)


def refused(path, plan=PLAN) -> str:
    with pytest.raises(EventsError) as error:
        read_events(path, plan, threads=1)
    assert len(str(error.value)) < 2_000
    return str(error.value)


@pytest.mark.parametrize("kind", ["struct<a: int64>", "array<int64>", "map<string, int64>"])
@pytest.mark.parametrize("name", ["user_id", "event", "channel", "price", "order", "visit"])
def test_a_record_where_one_value_is_read_is_refused(name, kind):
    plan = Plan.from_dict(
        DATA
        | {"macro": {"event": "buy", "value": "price"}}
        | {
            "log": {
                "columns": {"session_id": "visit"},
                "attributes": ["channel"],
                "sequence": ["order"],
            }
        }
    )
    flat = dict.fromkeys(layout_of(plan).names, "string")
    need_flat(ibis.table(flat), layout_of(plan))
    with pytest.raises(EventsError, match=f"The column '{name}' holds"):
        need_flat(ibis.table(flat | {name: kind}), layout_of(plan))


def test_a_date_that_is_to_be_money_is_refused():
    plan = Plan.from_dict(DATA | {"macro": {"event": "buy", "value": "price"}})
    raw = ibis.table(dict.fromkeys(layout_of(plan).names, "string") | {"price": "date"})
    with pytest.raises(EventsError, match="holds date, which is no amount of money"):
        need_flat(raw, layout_of(plan))


def test_a_nested_column_of_parquet_is_refused(tmp_path):
    pq.write_table(table(event=pa.array([{"name": "buy"}] * 4)), tmp_path / "a.parquet")
    assert "'event' holds struct<name: string>" in refused(tmp_path / "a.parquet")


@pytest.mark.parametrize(
    ("ids", "users"),
    [
        (pa.array([2**63, 2**63, 2**63 + 1, 2**64 - 1], pa.uint64()), 3),
        (pa.array([-(2**63), -(2**63), 2**63 - 1, 0], pa.int64()), 3),
        (pa.array([10**37, 10**37, 10**37 + 1, 2**63], pa.decimal128(38, 0)), 3),
        (pa.array([1.5, 1.5, 2.0, float("nan")]), 2),
    ],
    ids=["unsigned", "signed", "decimal", "float"],
)
def test_ids_at_the_ends_of_their_types_are_users_of_their_own(ids, users):
    found = rows_of(ibis.memtable(table(user_id=ids)), layout_of(PLAN), PLAN).user.to_pyarrow()
    assert len(set(found.to_pylist()) - {None}) == users
    assert found.null_count == (1 if users == 2 else 0), "what is no number is nobody"


NONE = None
AT = 1_704_103_200  # 2024-01-01T10:00:00Z


@pytest.mark.parametrize(
    ("kind", "times", "seconds"),
    [
        ("string", ["0000-01-01", "0001-01-01", "9999-12-31", "10000-01-01", "infinity"], [NONE] * 5),
        ("string", ["9" * 30, "9" * 30 + ".5", "nan", "-infinity", "-" + "9" * 19], [NONE] * 5),
        ("string", [str(-(2**63)), str(2**63), "0", "-5", str(AT)], [NONE, NONE, 0, -5, AT]),
        ("int64", [2**63 - 1, -(2**63), 0, -5, AT * 10**6], [NONE, NONE, 0, -5, AT]),
        ("uint64", [2**64 - 1, 2**63, 0, AT, AT * 1_000], [NONE, NONE, 0, AT, AT]),
        ("uint32", [2**32 - 1, 0, 1, AT, AT], [2**32 - 1, 0, 1, AT, AT]),
        ("float64", [float("nan"), float("inf"), 1e300, -5.0, AT / 1.0], [NONE, NONE, NONE, -5, AT]),
        ("decimal(38, 0)", [10**30, -(10**30), 0, AT, AT * 10**9], [NONE, NONE, 0, AT, AT]),
    ],
)  # fmt: skip
def test_a_time_out_of_all_bounds_is_no_time_and_ends_nothing(kind, times, seconds):
    texts = ibis.memtable(
        {"time": [format(t, "d") if isinstance(t, int) else str(t) for t in times]}
    )
    column = texts.time.cast(kind)
    found = microseconds(column.name("time"), "UTC").to_pyarrow().to_pylist()
    assert found == [None if each is None else each * 1_000_000 for each in seconds]


def test_a_number_that_is_no_time_is_one_row_that_is_left_out(tmp_path):
    more = f"q,{'9' * 30}.5,view\nq,{-(2**63)},view\n"
    (tmp_path / "a.csv").write_text(HEADER + ROWS + more)
    with read_events(tmp_path, PLAN, threads=1) as log:
        assert log.facts.rejected == {"unreadable time": 2}


@pytest.mark.parametrize("content", [b"", b"PAR1PAR1", None], ids=["empty", "magic", "truncated"])
def test_a_damaged_parquet_file_among_others_is_refused_by_its_name(content, tmp_path):
    pq.write_table(table(), tmp_path / "a.parquet")
    whole = (tmp_path / "a.parquet").read_bytes()
    (tmp_path / "b.parquet").write_bytes(whole[:-9] if content is None else content)
    assert "file 'b.parquet' of the log cannot be read as parquet" in refused(tmp_path)


@pytest.mark.parametrize("text", ["\n" + HEADER + ROWS, ",,\n" + HEADER + ROWS])
def test_a_file_that_begins_with_an_empty_line_is_refused_and_not_left_out(text, tmp_path):
    (tmp_path / "a.csv").write_text(HEADER + ROWS)
    (tmp_path / "b.csv").write_text(text)
    assert "first line of the file 'b.csv' of the log is empty" in refused(tmp_path)


def test_lines_that_end_in_several_ways_are_refused_by_the_name_of_their_file(tmp_path):
    (tmp_path / "a.csv").write_bytes((HEADER + ROWS).encode())
    (tmp_path / "b.csv").write_bytes(
        (HEADER + ROWS).replace("\n", "\r\n").encode() + b"u,2024-01-05,view\n"
    )
    assert "lines of the file 'b.csv' end in several ways" in refused(tmp_path)


@pytest.mark.parametrize("code", ["utf-16", "utf-16-le", "utf-32"])
@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.jsonl"])
def test_text_of_two_bytes_a_character_is_refused_with_what_to_do(code, name, tmp_path):
    text = '{"user_id": "u", "event": "buy"}\n' if "json" in name else HEADER + ROWS
    packed = gzip.compress(text.encode(code)) if name.endswith("gz") else text.encode(code)
    (tmp_path / name).write_bytes(packed)
    with pytest.raises(EventsError, match="UTF-16 or UTF-32.*iconv -f UTF-16"):
        open_source(find_files(tmp_path / name), None)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("", "it is empty"),
        ("x" * 5_000 + ".csv", "name too long"),
        ("~nobody-of-that-name/a.csv", "home directory"),
        ("a\0b.csv", "is missing"),
    ],
)
def test_a_path_that_is_none_is_refused(path, said):
    with pytest.raises(EventsError, match=said):
        find_files(path)


def test_a_name_of_a_file_that_is_no_text_is_refused(tmp_path):
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/a\xff.csv")).write_text(HEADER + ROWS)
    for path in (tmp_path, tmp_path / "*.csv"):
        with pytest.raises(EventsError, match="is not UTF-8, so the engine"):
            find_files(path)


@pytest.fixture
def links(tmp_path) -> Path:
    folder = tmp_path / "log"
    folder.mkdir()
    (folder / "a.csv").write_text(HEADER + ROWS)
    return folder


@pytest.mark.parametrize("pattern", [".", "**/*.csv", "*/*/*.csv", "*.csv"])
def test_links_in_a_circle_are_read_once(pattern, links):
    (links / "again").symlink_to(links)
    (links / "b.csv").symlink_to(links / "a.csv")
    (links / "self.csv").symlink_to(links / "self.csv")
    assert find_files(links / pattern).files == ((links / "a.csv").resolve(),)


@pytest.mark.parametrize("pattern", [".", "*.csv", "**/*.csv", "[b].csv"])
def test_a_link_out_of_the_folder_leads_nowhere(pattern, links):
    (links.parent / "secret.csv").write_text(HEADER)
    (links / "b.csv").symlink_to(links.parent / "secret.csv")
    with pytest.raises(EventsError, match="1 files are links that lead out.*'b.csv'"):
        find_files(links / pattern)
    assert find_files(links / "b.csv").files[0].name == "secret.csv", "named by who asks"
    assert len(find_files(links / ".." / "*" / "a.csv").files) == 1


@pytest.mark.parametrize("kind", ["pipe", "circle", "nowhere", "device"])
def test_what_is_no_file_is_refused_and_never_waited_for(kind, links):
    path = links / "b.csv"
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to({"circle": path, "nowhere": links / "none", "device": "/dev/zero"}[kind])
    with pytest.raises(EventsError, match="is no file: a link .*a pipe, or a device"):
        find_files(path)
    assert [file.name for file in find_files(links).files] == ["a.csv"]


def test_much_in_a_small_archive_is_refused_at_its_first_line(tmp_path):
    with gzip.open(tmp_path / "a.csv.gz", "wb", 9) as stream:
        stream.write(HEADER.encode() + b"u" * 20_000_000)
    assert (tmp_path / "a.csv.gz").stat().st_size < 30_000
    assert "more than 16,777,216 characters" in refused(tmp_path)


def test_files_of_one_name_in_several_cases_are_one_kind(tmp_path):
    frame = pd.DataFrame({"USER_ID": ["u"], "timestamp": TIMES[:1], "event": ["buy"]})
    pq.write_table(table(), tmp_path / "a.parquet")
    frame.to_parquet(tmp_path / "b.parquet")
    assert "lacks the columns 'user_id'" in refused(tmp_path)
