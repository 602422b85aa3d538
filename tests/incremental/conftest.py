"""What tests of a kept state share: a log that grows by files, and what must be alike."""

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from microlift.events import EventLog, read_events
from microlift.incremental import read_and_count
from microlift.moments import Moments, moments
from microlift.plan import Plan
from microlift.simulate import plan_for, simulate

LATE = 0.03  # share of events that come in the file of a later day


def daily_files(events: pd.DataFrame, seed: int = 1) -> list[pd.DataFrame]:
    """A log as one frame a day; some events come up to five days late, a few of them twice."""
    rng = np.random.default_rng(seed)
    time = pd.to_datetime(events["timestamp"], utc=True)
    day = (time - time.min()).dt.days.to_numpy()
    late = rng.random(len(events)) < LATE
    came = np.minimum(day + late * rng.integers(1, 6, len(events)), day.max())
    files = [events[came == number] for number in range(day.max() + 1)]
    return [
        pd.concat([one, before.sample(min(3, len(before)), random_state=seed)])
        for one, before in zip(files, [files[0].iloc[:0], *files], strict=False)
    ]


def place(folder: Path, number: int, frame: pd.DataFrame) -> Path:
    """Write the file of a day."""
    file = folder / f"dt={number:03}" / "part.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    frame.to_parquet(file, index=False)
    return file


def assert_alike(ours: tuple[EventLog, Moments], log: EventLog, found: Moments) -> None:
    """A log and its moments from a state are those of a full reading, to the last number."""
    own, counted = ours
    for field in fields(log.facts):
        assert getattr(own.facts, field.name) == getattr(log.facts, field.name), field.name
    for name in ("cells", "doers", "firsts", "macro_visits"):
        pd.testing.assert_frame_equal(getattr(counted, name), getattr(found, name))
    for name in ("occurrences", "totals", "steps", "fields", "starts", "reason", "every"):
        assert getattr(counted, name) == getattr(found, name), name
    for name in ("user", "cell", "code"):
        assert np.array_equal(getattr(counted.sample, name), getattr(found.sample, name)), name
    for name, counts in found.sample.counts.items():
        assert np.array_equal(counted.sample.counts[name], counts), name
    pd.testing.assert_frame_equal(_events(own), _events(log))


def _events(log: EventLog) -> pd.DataFrame:
    frame: pd.DataFrame = log.con.to_pyarrow(log.events).to_pandas()
    frame = frame[sorted(frame.columns)]
    return frame.sort_values(["user", "seq"]).reset_index(drop=True)


def check(folder: Path, plan: Plan, state: Path, without: Path | None = None) -> str:
    """Run with a state, compare with a full reading (of another log where named), tell what was."""
    log, found, told = read_and_count(folder, plan, state)
    with log, read_events(without or folder, plan, quiet=True) as whole:
        assert_alike((log, found), whole, moments(whole))
    return str(told)


@pytest.fixture(scope="session")
def days() -> Callable[[int], list[pd.DataFrame]]:
    """Files of a small shop by day."""
    return lambda users: daily_files(simulate("channels", users, 1))


@pytest.fixture(scope="session")
def shop_plan() -> Plan:
    """A plan of that shop with rules that look at several events, and a given order."""
    plan = plan_for("channels").to_dict()
    plan["horizon"] = "7d"
    more = [
        {"name": "much", "event": "visit", "at_least": 2, "within": "7d", "kind": "engagement"},
        {"name": "back", "returns_within": "3d", "kind": "engagement"},
    ]
    return Plan.from_dict(plan | {"actions": [*plan["actions"], *more]})
