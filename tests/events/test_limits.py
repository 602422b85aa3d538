"""What the engine may take of the machine: who settles it, and how too little ends."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tqdm.auto import tqdm

from microlift.cli import main
from microlift.environment import for_report
from microlift.errors import EventsError, InputError, PlanError
from microlift.events import EventLog, read_events
from microlift.events.engine import close, connect, private_folder, taken_by
from microlift.events.limits import said_outside, settle
from microlift.events.watching import watched
from microlift.moments import moments
from microlift.plan import Plan
from microlift.simulate import plan_for, simulate

Maker = Callable[..., Plan]
ROWS = {
    "user_id": ["ann", "ann", "bob"],
    "timestamp": pd.to_datetime(["2024-07-01", "2024-07-02", "2024-07-03"], utc=True),
    "event": ["view", "buy", "view"],
}
ONE = [{"name": "view", "event": "view"}]


def setting(log: EventLog, name: str) -> str:
    return str(log.con.con.execute(f"SELECT current_setting('{name}')").fetchall()[0][0])


@pytest.fixture
def log(tmp_path: Path) -> Path:
    pd.DataFrame(ROWS).to_parquet(tmp_path / "log.parquet")
    return tmp_path / "log.parquet"


def test_the_plan_says_what_the_engine_may_take(
    log: Path, tmp_path: Path, make_plan: Maker
) -> None:
    engine = {"memory": "512MiB", "threads": 3, "temp_dir": str(tmp_path)}
    with read_events(log, make_plan(actions=ONE, engine=engine)) as read:
        assert setting(read, "memory_limit") == "512.0 MiB"
        assert setting(read, "threads") == "3"
        assert Path(setting(read, "temp_directory")).parent == tmp_path.resolve()


def test_an_argument_counts_before_the_command_line_and_that_before_the_plan(
    make_plan: Maker,
) -> None:
    plan = make_plan(engine={"memory": "1GB", "threads": 3, "temp_dir": "/plan"})
    with said_outside({"memory": "2GB", "threads": 4, "temp_dir": None}):
        found = settle(plan, memory="0.5GB")
    assert (found.memory, found.threads, found.temp_dir) == (5 * 10**8, 4, "/plan")
    assert settle(plan).memory == 10**9
    assert settle().memory > 10**8


def test_more_memory_than_there_is_counts_as_nothing_said(
    make_plan: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("microlift.events.limits.memory_there", lambda: 3 * 10**9)
    found = [settle(make_plan(engine={"memory": said})).memory for said in ("2GB", "3GB", "64GB")]
    assert found == [2 * 10**9, 15 * 10**8, 15 * 10**8]
    assert settle().memory == 15 * 10**8


def test_a_report_gives_its_engine_no_more_than_half_of_what_there_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("microlift.environment.memory_there", lambda: 2**30)
    assert for_report(2**40) == {"MICROLIFT_MEMORY": "512MiB"}
    assert for_report(2**20) == {"MICROLIFT_MEMORY": "16MiB"}  # enough to say what is wrong


def test_memory_in_which_nothing_can_be_read_is_refused_with_the_least(make_plan: Maker) -> None:
    with pytest.raises(PlanError, match="too little to start in: '8MB'; at least 16MB"):
        make_plan(engine={"memory": "8MB"})


def test_what_the_engine_may_take_is_no_part_of_what_a_plan_measures(make_plan: Maker) -> None:
    plan, limited = make_plan(), make_plan(engine={"memory": "4 gb", "threads": 2})
    assert plan.hash == limited.hash
    assert plan != limited
    assert Plan.from_dict(limited.to_dict()) == limited
    assert "engine: {memory: 4GB, threads: 2}" in limited.to_yaml()


def test_a_wrong_variable_of_the_environment_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MICROLIFT_THREADS", "many")
    with pytest.raises(InputError, match="The environment variable MICROLIFT_THREADS: Got 'many'"):
        settle()


def test_a_temporary_folder_that_cannot_be_used_is_refused_with_what_to_do(
    log: Path, tmp_path: Path, make_plan: Maker
) -> None:
    for folder, why in (
        (tmp_path / "none", "No such file or directory"),
        (log, "Not a directory"),
    ):
        with pytest.raises(InputError, match=f"cannot be written .{why}.*engine.temp_dir"):
            read_events(log, make_plan(actions=ONE), temp_dir=folder)


def test_a_temporary_folder_on_a_full_disk_is_refused(
    log: Path, tmp_path: Path, make_plan: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    spill = tmp_path / "spill"
    spill.mkdir()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=10**6))
    with pytest.raises(InputError, match="has 1 MB free"):
        read_events(log, make_plan(actions=ONE), temp_dir=spill)
    assert list(spill.iterdir()) == []


def test_two_logs_with_one_temporary_folder_keep_apart(
    log: Path, tmp_path: Path, make_plan: Maker
) -> None:
    spill = tmp_path / "spill"
    spill.mkdir()
    plan = make_plan(actions=ONE, engine={"temp_dir": str(spill)})
    with read_events(log, plan) as one, read_events(log, plan) as other:
        assert private_folder(one.con) != private_folder(other.con)
        assert private_folder(one.con).parent == spill.resolve()
    assert list(spill.iterdir()) == []


def test_a_log_larger_than_memory_and_disk_is_refused_before_it_is_read(
    tmp_path: Path, make_plan: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = 2_000_000  # 100 MB at the least, with 16 MB of memory and 81 of disk
    pq.write_table(pa.table({"anything": np.zeros(rows, "int8")}), tmp_path / "log.parquet")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=9 * 10**7))
    with pytest.raises(InputError, match=r"2,000,000 rows or more, .*0\.1 GB .*engine\.memory"):
        read_events(tmp_path / "log.parquet", make_plan(), memory="16MB")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=2 * 10**8))
    with pytest.raises(EventsError, match="has 1 columns"):  # there is room: it is looked into
        read_events(tmp_path / "log.parquet", make_plan(), memory="16MB")


def test_an_engine_without_memory_is_one_message_and_leaves_old_outputs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan_for("plain").save(tmp_path / "plan.yaml")
    simulate("plain", 2_000, 1).to_parquet(tmp_path / "log.parquet")
    out = tmp_path / "out"
    out.mkdir()
    for name in ("lift.csv", "ledger.csv", "weights.json"):
        (out / name).write_text("old")
    given = [
        f"--{name}={tmp_path / file}" for name, file in (("plan", "plan.yaml"), ("out", "out"))
    ]
    given += [f"--events={tmp_path / 'log.parquet'}", "--memory=16MB", "--threads=8"]
    assert main(["lift", *given]) == 4
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1
    assert said[0].startswith("microlift: cut off, out of memory: ")
    assert said[0].endswith("Give the engine more memory: engine.memory in the plan, or --memory")
    assert {path.read_text() for path in out.glob("*.*")} == {"old"}


def test_columns_that_the_plan_does_not_name_are_not_read(tmp_path: Path, make_plan: Maker) -> None:
    rows = pd.DataFrame(ROWS).assign(wide=["x" * 40, "y" * 40, "z" * 40])
    file = tmp_path / "log.parquet"
    rows.to_parquet(file, compression=None)
    chunk = pq.read_metadata(file).row_group(0).column(3)
    at, length = int(chunk.dictionary_page_offset), int(chunk.total_compressed_size)
    data = bytearray(file.read_bytes())
    data[at : at + length] = b"\xff" * length  # whoever reads the column fails
    file.write_bytes(data)
    with read_events(file, make_plan(actions=ONE)) as log:
        assert log.facts.events == 3
    with pytest.raises((EventsError, duckdb.Error)):
        read_events(file, make_plan(actions=ONE, log={"attributes": ["wide"]}))


def test_a_long_query_tells_somebody_who_watches_how_far_it_is() -> None:
    engine, seen = connect([], threads=1), list[str]()

    class Bar(tqdm):  # type: ignore[type-arg]
        def set_postfix_str(self, s: str = "", refresh: bool = True) -> None:
            seen.append(s)
            super().set_postfix_str(s, refresh)

    engine.con.execute("CREATE TEMP TABLE x AS SELECT hash(i) AS h FROM range(3000000) t(i)")
    ended = time.monotonic() + 20
    with Bar(total=1, leave=False) as bar, watched(engine, bar):
        while len(set(seen) - {""}) < 2 and time.monotonic() < ended:
            engine.con.execute("SELECT count(DISTINCT h) FROM x").fetchall()
    close(engine)
    assert len(set(seen) - {""}) >= 2
    assert all(text.startswith("query ") for text in seen if text)


def test_one_two_and_eight_threads_count_the_same_cells(tmp_path: Path) -> None:
    rows = simulate("channels", 500, 3)
    rows["timestamp"] = rows["timestamp"].dt.floor("10min")  # ties
    rows.loc[rows.index[::7], "channel"] = None
    rows.sample(frac=1, random_state=1).to_parquet(tmp_path / "log.parquet", row_group_size=200)
    found: list[Any] = []
    for threads in (1, 2, 8):
        with read_events(tmp_path / "log.parquet", plan_for("channels"), threads=threads) as log:
            found.append((log.facts.fingerprint, moments(log).to_pandas()))
    for fingerprint, cells in found[1:]:
        assert fingerprint == found[0][0]
        pd.testing.assert_frame_equal(cells, found[0][1])


def test_the_least_memory_can_be_said_again_for_another_reading(
    log: Path, make_plan: Maker
) -> None:
    with read_events(log, make_plan(actions=ONE), memory="16MB", threads=1) as read:
        assert settle(**taken_by(read.con)).memory == 15 * 2**20
