"""A small steady shop in which nothing is wrong, which each test bends, and its findings."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from microlift.events import EventLog, read_events
from microlift.plan import Plan
from microlift.quality import Finding, check_log

START = pd.Timestamp("2024-03-04T00:00:00Z")  # a Monday
NOW = datetime(2024, 12, 1, tzinfo=UTC)
PLAN: dict[str, Any] = {
    "log": {"columns": {"value": "value"}, "attributes": ["channel"], "max_rejected": 0.9},
    "macro": {"event": "buy", "value": "value", "currency": "EUR"},
    "horizon": "1d",
    "actions": [{"name": "view", "event": "view"}, {"name": "cart", "event": "cart"}],
}


@pytest.fixture
def shop() -> pd.DataFrame:
    """40 days of 20 users each: all visit, most view, some cart, most of these buy.

    The hours run from 8 to 20, so that the day has a shape.
    """
    rows = []
    for day in range(40):
        for i in range(20):
            begin = START + pd.Timedelta(days=day, hours=8, minutes=(i * 37 + day * 11) % 720)
            names = ["visit", "view", "cart", "buy"][: 1 + (i % 4 > 0) + 2 * (i % 3 == 0)]
            for step, name in enumerate(names):
                rows.append(
                    {
                        "user_id": f"person-{day:02}-{i:02}",
                        "timestamp": begin + pd.Timedelta(seconds=67 * step),
                        "event": name,
                        "value": 40.0 + (i * 7 + day) % 25 if name == "buy" else None,
                        "channel": ["mail", "search"][i % 2],
                    }
                )
    return pd.DataFrame(rows)


@pytest.fixture
def open_log(tmp_path: Path) -> Iterator[Callable[..., EventLog]]:
    """Write a frame to Parquet and read it with the plan, as changed; close it after the test."""
    logs: list[EventLog] = []

    def go(frame: pd.DataFrame, **changes: Any) -> EventLog:
        path = tmp_path / f"log{len(logs)}.parquet"
        frame.to_parquet(path)
        logs.append(read_events(path, Plan.from_dict(PLAN | changes)))
        return logs[-1]

    yield go
    for log in logs:
        log.close()


@pytest.fixture(scope="session")
def judged() -> dict[tuple[bytes, str], tuple[Finding, ...]]:
    """What was found in each log so far, by its bytes and the changes of its plan."""
    return {}


@pytest.fixture
def find(
    open_log: Callable[..., EventLog], judged: dict[tuple[bytes, str], tuple[Finding, ...]]
) -> Callable[..., Finding]:
    """Return the finding of one check on a frame; a log is judged once for all its checks."""

    def go(name: str, frame: pd.DataFrame, **changes: Any) -> Finding:
        key = frame.to_parquet(), repr(changes)
        if key not in judged:
            judged[key] = check_log(open_log(frame, **changes), now=NOW).findings
        return next(one for one in judged[key] if one.name == name)

    return go
