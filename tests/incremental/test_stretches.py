"""A state of a log larger than the memory: touched users lie in several files, others in one."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from microlift.events import stretches
from microlift.plan import Plan

from .conftest import check, place


@pytest.mark.slow
def test_days_read_in_several_stretches_are_those_of_a_full_run(
    days: Callable[[int], list[pd.DataFrame]],
    shop_plan: Plan,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    frames, log, state = days(60), tmp_path / "log", tmp_path / "state"
    begun = pd.concat(frames[:30])
    place(log, 0, begun)
    for name in ("ROWS_A_STRETCH", "RULED_A_STRETCH"):
        monkeypatch.setattr(stretches, name, len(begun) // 3)
    assert "the state is new" in check(log, shop_plan, state)
    for name in ("ROWS_A_STRETCH", "RULED_A_STRETCH"):
        monkeypatch.setattr(stretches, name, len(begun) // 6)
    place(log, 30, pd.concat(frames[30:33]))
    assert "1 of 2 files were read" in check(log, shop_plan, state)
