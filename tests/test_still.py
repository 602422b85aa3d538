"""What changes under a run, a file of its log or the clock, is said or does no harm."""

import os
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from importlib import import_module
from pathlib import Path

import pandas as pd
import pytest

from microlift.errors import EventsError
from microlift.events.files import find_files
from microlift.events.still import need_still
from microlift.folder import held
from microlift.history import history, last_published, publish, verify
from microlift.run import run
from microlift.simulate import plan_for, simulate


@pytest.mark.parametrize("change", ["longer", "replaced", "gone"])
def test_a_file_that_is_another_than_when_it_was_found_is_refused(
    tmp_path: Path, change: str
) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("user_id,timestamp,event\n")
    source = find_files(tmp_path)
    need_still(source)
    if change == "longer":
        (tmp_path / "b.csv").write_text("user_id,timestamp,event\nann,2026-01-01,buy\n")
    elif change == "replaced":
        (tmp_path / "new").write_text("user_id,timestamp,other\n")
        os.utime(tmp_path / "new", (1, 1))
        (tmp_path / "new").replace(tmp_path / "b.csv")
    else:
        (tmp_path / "b.csv").unlink()
    with pytest.raises(EventsError, match=r"The file 'b.csv' of the log .* changed.* while it was"):
        need_still(source)


@pytest.mark.slow
def test_a_log_that_changes_under_a_run_publishes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, out, temporary = tmp_path / "log.parquet", tmp_path / "out", tmp_path / "tmp"
    simulate("channels", 300, 1).to_parquet(log)
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))

    def touch() -> None:
        while not list(temporary.iterdir()):  # the engine is open, so the log was found
            time.sleep(0.001)
        os.utime(log, (1, 1))

    other = threading.Thread(target=touch)
    other.start()
    with pytest.raises(EventsError, match="changed while it was read"):
        run(plan_for("channels"), log, out, checks=False, quiet=True)
    other.join()
    assert not out.exists()


@pytest.mark.slow
def test_a_parquet_file_that_is_cut_short_is_refused_and_leaves_what_was_published(
    tmp_path: Path,
) -> None:
    log, out = tmp_path / "log", tmp_path / "out"
    log.mkdir()
    shop, plan = simulate("channels", 1500, 1), plan_for("channels")
    shop.to_parquet(log / "a.parquet")
    pd.concat([shop.iloc[:50]]).to_parquet(log / "b.parquet")
    run(plan, log, out, checks=False, quiet=True)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    whole = (log / "b.parquet").read_bytes()
    for length in (0, 3, len(whole) // 2, len(whole) - 1):
        (log / "b.parquet").write_bytes(whole[:length])
        with pytest.raises(EventsError, match=r"b\.parquet"):
            run(plan, log, out, checks=False, quiet=True)
        assert before == {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}


def test_a_clock_that_jumps_back_loses_no_version_and_no_lock(
    tmp_path: Path, weights_file: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    def text(revenue: float) -> str:
        return str(weights_file(revenue=revenue).to_json())  # type: ignore[attr-defined]

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Clock":
            return cls(2001, 1, 1, tzinfo=tz)

    publish(text(1e4), tmp_path)
    monkeypatch.setattr(import_module("microlift.history.publishing"), "datetime", Clock)
    assert publish(text(2e4), tmp_path).version == 2
    monkeypatch.undo()
    ahead = (datetime.now(UTC) + timedelta(days=9999)).timestamp()
    (tmp_path / ".lock").touch()
    for path in (tmp_path / ".lock", tmp_path / "weights.json"):
        os.utime(path, (ahead, ahead))
    with held(tmp_path):
        assert last_published(tmp_path).content is not None
    assert publish(text(3e4), tmp_path).version == 3
    assert verify(tmp_path).whole
    assert history(tmp_path).versions == [1, 2, 3]
    assert not (tmp_path / ".lock").exists()
