"""A run that is killed at any point leaves a whole state and whole files; the next one works."""

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from microlift.incremental.store import Store
from microlift.incremental.support import reading_key
from microlift.plan import Plan
from microlift.run import run
from microlift.weights import parse_weights

from .conftest import check, place

KILLS = int(os.environ.get("MICROLIFT_KILLS", "12"))
CHECKED = 6  # after every so many kills the next run is compared with a full one


def _run(plan: Plan, log: Path, out: Path, state: Path) -> None:
    run(plan, log, out, checks=False, quiet=True, state=state)


@pytest.mark.slow
def test_a_killed_run_leaves_everything_whole(
    days: Callable[[int], list[pd.DataFrame]], shop_plan: Plan, tmp_path: Path
) -> None:
    frames, state, out, log = days(300), tmp_path / "state", tmp_path / "out", tmp_path / "log"
    plan = shop_plan
    for day in range(30):
        place(log, day, frames[day])
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["microlift.run"])
    begun = time.monotonic()
    _run(plan, log, out, state)
    lasts = time.monotonic() - begun
    rng = random.Random(1)
    for number in range(KILLS):
        place(log, 30 + number, frames[30 + number % 20].assign(late=number))
        child = context.Process(target=_run, args=(plan, log, out, state))
        child.start()
        child.join(rng.random() * lasts * 1.2)
        if child.is_alive() and child.pid:
            os.kill(child.pid, signal.SIGKILL)
        child.join()
        kept, reason = Store(state).load(reading_key(plan))
        assert kept is not None, reason
        assert len(pd.read_csv(out / "lift.csv")) == len(plan.actions)
        assert pd.read_csv(out / "ledger.csv")["credit_total"].notna().all()
        if (out / "weights.json").exists():
            parse_weights((out / "weights.json").read_text())
        if number % CHECKED == CHECKED - 1:
            assert "the rest was known" in check(log, plan, state)
    _run(plan, log, out, state)
    assert not list(state.rglob(".new-*"))
