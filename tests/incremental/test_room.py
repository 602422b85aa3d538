"""A disk that fills while rows wait there is told from a log that cannot be read."""

import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from microlift.errors import MicroliftError
from microlift.events import log, read_events, stretches
from microlift.incremental import read_and_count, reading
from microlift.simulate import plan_for, simulate

ROOM = 2_000  # bytes that a file may have, as on a disk that is full


def full_from(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
    """Let no file grow while a function of a module runs."""
    whole, limits = getattr(module, name), resource.getrlimit(resource.RLIMIT_FSIZE)

    def within(*given: Any, **named: Any) -> Any:
        resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, limits[1]))
        try:
            return whole(*given, **named)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    monkeypatch.setattr(module, name, within)


@pytest.mark.parametrize("daily", [True, False])
def test_rows_that_wait_in_stretches_on_a_full_disk_are_no_log_that_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, daily: bool
) -> None:
    file, temporary, state = (tmp_path / name for name in ("log.parquet", "temporary", "state"))
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    monkeypatch.setattr(stretches, "ROWS_A_STRETCH", 500)
    simulate("plain", 300, 1).to_parquet(file)
    plan = plan_for("plain")
    full_from(monkeypatch, reading if daily else log, "order_events")
    read: Callable[[], object] = (
        (lambda: read_and_count(file, plan, state)) if daily else (lambda: read_events(file, plan))
    )
    with pytest.raises(MicroliftError, match=r"^The temporary folder .* File too large") as caught:
        read()
    assert type(caught.value) is MicroliftError  # exit code 1: the input is not what is wrong
    assert f"{str(temporary)!r} cannot hold the rows of the log" in str(caught.value)
    assert "name a folder with more of it in TMPDIR" in str(caught.value)
    assert list(temporary.iterdir()) == []
    assert not (state / "state.json").exists()
