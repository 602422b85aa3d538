"""Rows that are laid aside while a log is read lie where nobody else looks, and do not stay."""

import json
import os
import subprocess
import sys
import time

import ibis
import pandas as pd
import pytest

from microlift.errors import MicroliftError
from microlift.events import read_events
from microlift.events.aside import lay_aside, take_away
from microlift.events.engine import close, connect, private_folder
from microlift.plan import Plan


@pytest.fixture
def engine():
    engine = connect([], threads=1)
    yield engine
    close(engine)


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    return tmp_path / "temporary"


def rows_of(users):
    """Two events a user."""
    return [
        {"user_id": f"u{n:06}", "timestamp": f"2024-07-{1 + n % 28:02}T1{i}:00:00Z", "event": name}
        for n in range(users)
        for i, name in enumerate(("view", "buy" if n % 3 else "view"))
    ]


def nested(row):
    micros = pd.Timestamp(row["timestamp"]).value // 1_000
    day = row["timestamp"][:10].replace("-", "")
    return {
        "event_date": day,
        "event_timestamp": micros,
        "event_name": row["event"],
        "user_pseudo_id": row["user_id"],
        "event_params": [],
    }


def write(folder, kind, users=40):
    """A log of each kind, and what the plan says of it."""
    folder.mkdir()
    rows = rows_of(users)
    if kind == "csv":
        pd.DataFrame(rows).to_csv(folder / "log.csv", index=False)
    elif kind == "json":
        (folder / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    elif kind == "ga4":
        lines = (json.dumps(nested(row)) + "\n" for row in rows)
        (folder / "events_20240701.jsonl").write_text("".join(lines))
        return {"format": "ga4"}
    elif kind == "preset":
        named = {"user_id": "distinct_id", "timestamp": "timestamp", "event": "event"}
        pd.DataFrame(rows).rename(columns=named).to_csv(folder / "log.csv", index=False)
        return {"format": "posthog"}
    else:
        pd.DataFrame(rows[::2]).to_csv(folder / "web.csv", index=False)
        pd.DataFrame(rows[1::2]).to_parquet(folder / "shop.parquet")
        return {"sources": [{"path": "web.csv"}, {"path": "shop.parquet"}]}
    return {}


def plan_of(log, macro="buy"):
    actions = [{"name": "view", "event": "view"}]
    return {"log": log, "macro": {"event": macro}, "horizon": "1d", "actions": actions}


def below(folder):
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*"))


KINDS = ["csv", "json", "ga4", "preset", "several"]


def test_rows_come_back_as_they_were_and_go_when_they_are_taken_away(engine):
    table = ibis.memtable(
        {
            "t": pd.to_datetime(["2024-07-01T00:00:00.000001Z", None]),
            "x": ["a\x00b\n", None],
            "v": [float("-inf"), float("nan")],
            "n": [-(2**63), 2**63 - 1],
            "c": [True, None],
        }
    )
    rows = lay_aside(engine, "rows", table)
    assert list(map(type, rows.schema().types)) == list(map(type, table.schema().types))
    came, went = (engine.to_pyarrow(each.order_by("n")).to_pylist() for each in (rows, table))
    assert str(came) == str(went)  # so that what is no number equals itself
    assert below(private_folder(engine)) == ["rows.parquet"]
    take_away(engine, "rows")
    take_away(engine, "rows")
    assert below(private_folder(engine)) == []
    assert "rows" not in engine.list_tables()


def test_a_name_can_be_used_again(engine):
    for event in ("view", "buy"):
        rows = lay_aside(engine, "rows", ibis.memtable({"event": [event]}))
        assert engine.to_pyarrow(rows)["event"].to_pylist() == [event]
        take_away(engine, "rows")


def test_nobody_else_may_look_into_the_folder(engine):
    assert private_folder(engine).stat().st_mode & 0o077 == 0


def test_what_was_laid_aside_goes_with_the_engine(temporary):
    engine = connect([], threads=1)
    lay_aside(engine, "rows", ibis.memtable({"event": ["view"]}))
    assert len(below(temporary)) == 2
    close(engine)
    assert below(temporary) == []


@pytest.mark.parametrize("name", ["it's", 'a "b"', "day=1", "a[1]*", "ü ?"])
def test_the_temporary_folder_may_have_any_name(tmp_path, monkeypatch, name):
    (tmp_path / name).mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / name))
    engine = connect([], threads=1)
    rows = lay_aside(engine, "rows", ibis.memtable({"event": ["view"]}))
    assert engine.to_pyarrow(rows).to_pylist() == [{"event": "view"}]
    close(engine)
    assert below(tmp_path / name) == []


@pytest.mark.parametrize("kind", KINDS)
def test_of_a_log_that_was_read_nothing_is_left_on_disk(tmp_path, temporary, kind):
    plan = Plan.from_dict(plan_of(write(tmp_path / "log", kind)))
    before = below(tmp_path / "log")
    given = tmp_path / "log" / "log.csv"
    with read_events(given if given.exists() else tmp_path / "log", plan) as log:
        assert log.facts.events > 50
        (private,) = temporary.iterdir()
        assert below(private) == []
    assert below(temporary) == []
    assert below(tmp_path / "log") == before


@pytest.mark.parametrize("kind", KINDS)
def test_of_a_log_that_was_refused_nothing_is_left_on_disk(tmp_path, temporary, kind):
    plan = Plan.from_dict(plan_of(write(tmp_path / "log", kind), macro="bye"))
    before = below(tmp_path / "log")
    with pytest.raises(MicroliftError, match="The macro 'bye' is not among"):
        read_events(tmp_path / "log", plan)
    assert below(temporary) == []
    assert below(tmp_path / "log") == before


READ = """
import json, resource, sys
from microlift.events import read_events
from microlift.plan import Plan

path, plan, room = sys.argv[1:]
if room != "-1":
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(room), int(room)))
read_events(path, Plan.from_dict(json.loads(plan)))
"""


def reader(tmp_path, log, room=-1):
    """Another process that reads the log from a folder of its own."""
    (tmp_path / "here").mkdir()
    (tmp_path / "temporary").mkdir()
    return subprocess.Popen(
        [sys.executable, "-c", READ, str(tmp_path / "log"), json.dumps(plan_of(log)), str(room)],
        cwd=tmp_path / "here",
        env={**os.environ, "TMPDIR": str(tmp_path / "temporary"), "OMP_NUM_THREADS": "1"},
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("kind", ["csv", "ga4"])
def test_a_full_disk_is_said_and_leaves_nothing(tmp_path, kind):
    log = write(tmp_path / "log", kind, users=3_000)
    with reader(tmp_path, log, room=2_000) as process:
        said = process.communicate(timeout=60)[1]
    assert process.returncode == 1
    assert "MicroliftError: The temporary folder '" in said
    assert "name a folder with more of it in TMPDIR" in said
    assert below(tmp_path / "temporary") == below(tmp_path / "here") == []


def test_a_killed_run_leaves_nothing_where_the_user_works(tmp_path):
    log = write(tmp_path / "log", "csv", users=60_000)
    before = below(tmp_path / "log")
    with reader(tmp_path, log) as process:
        late = time.monotonic() + 60
        while not (aside := list((tmp_path / "temporary").glob("*/*.parquet"))):
            assert process.poll() is None
            assert time.monotonic() < late
            time.sleep(0.001)
        process.kill()
    assert aside
    assert process.returncode < 0
    assert below(tmp_path / "log") == before
    assert below(tmp_path / "here") == []
    (private,) = (tmp_path / "temporary").iterdir()
    assert private.stat().st_mode & 0o077 == 0
