"""A plan and a log of a few hand-made rows, from which each test bends what it is about."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from microlift.events import EventLog, read_events
from microlift.plan import Plan

Reader = Callable[..., EventLog]


@pytest.fixture
def make_plan() -> Callable[..., Plan]:
    def make(**changes: Any) -> Plan:
        plan: dict[str, Any] = {
            "macro": {"event": "buy"},
            "horizon": "1h",
            "actions": [{"name": "view", "event": "view"}, {"name": "cart", "event": "cart"}],
        }
        return Plan.from_dict(plan | changes)

    return make


@pytest.fixture
def read(tmp_path: Path, make_plan: Callable[..., Plan]) -> Iterator[Reader]:
    """Write rows to Parquet, read them with a plan, and close the log after the test."""
    logs: list[EventLog] = []

    def read_rows(
        rows: dict[str, list[Any]] | pd.DataFrame,
        *,
        threads: int = 1,
        plan: Plan | None = None,
        **changes: Any,
    ) -> EventLog:
        path = tmp_path / f"log{len(logs)}.parquet"
        frame = pd.DataFrame(rows)
        frame.to_parquet(path)
        if "cart" not in set(frame.get("event", ())):
            changes = {"actions": [{"name": "view", "event": "view"}]} | changes
        log = read_events(path, plan or make_plan(**changes), threads=threads)
        logs.append(log)
        return log

    yield read_rows
    for log in logs:
        log.close()


@pytest.fixture
def rows_of() -> Callable[..., list[dict[str, Any]]]:
    """Fetch some columns of the canonical events, in the order of users and of their events."""

    def fetch(log: EventLog, *columns: str) -> list[dict[str, Any]]:
        table = log.events.order_by(["user", "seq"]).select(*columns)
        return list(log.con.to_pyarrow(table).to_pylist())

    return fetch
