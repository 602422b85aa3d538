"""Hand-made logs in hours, and cells as a mapping from their key to their counts."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from microlift.events import EventLog, read_events
from microlift.moments import Moments
from microlift.plan import Plan

START = pd.Timestamp("2024-07-01", tz="UTC")
Row = tuple[Any, ...]
COUNTS = ["n", "n_mature", "y", "n_lift", "y_lift", "n_cut"]


@pytest.fixture(scope="session")
def plan_of() -> Callable[..., Plan]:
    """Plan of two actions, `view` before `cart`, that one event `both` satisfies together."""

    def make(**changes: Any) -> Plan:
        plan: dict[str, Any] = {
            "macro": {"event": "buy"},
            "horizon": "2d",
            "actions": [
                {"name": "view", "event": ["view", "both"]},
                {"name": "cart", "event": ["cart", "both"]},
            ],
        }
        return Plan.from_dict(plan | changes)

    return make


@pytest.fixture(scope="session")
def frame_of() -> Callable[..., pd.DataFrame]:
    """Frame from rows (user, hours since the start, event, further columns)."""

    def make(rows: list[Row], *further: str) -> pd.DataFrame:
        frame = pd.DataFrame(rows, columns=["user_id", "timestamp", "event", *further])
        frame["timestamp"] = START + pd.to_timedelta(frame["timestamp"] * 3600, unit="s")
        return frame

    return make


@pytest.fixture(scope="module")
def log_of(
    parquet_of: Callable[[pd.DataFrame], Path],
    frame_of: Callable[..., pd.DataFrame],
    plan_of: Callable[..., Plan],
) -> Iterator[Callable[..., EventLog]]:
    """Read a hand-made log that ends at the hour `until`; changes of the plan by key.

    A user who comes too late to be covered ends the data, and does all that the plan names.
    """
    logs: list[EventLog] = []

    def read(rows: list[Row], *further: str, until: float = 2000, **changes: Any) -> EventLog:
        names = (("buy", until - 0.01), ("view", until), ("cart", until))
        late = [("late", hours, name, *(None for _ in further)) for name, hours in names]
        frame = frame_of([*rows, *late], *further)
        log = read_events(parquet_of(frame), plan_of(**changes), threads=1)
        logs.append(log)
        return log

    yield read
    for log in logs:
        log.close()


@pytest.fixture(scope="session")
def counts_of() -> Callable[[Moments], dict[Row, Row]]:
    """Counts of each cell by its key: the fields in their order, then next and bucket."""

    def collect(found: Moments) -> dict[Row, Row]:
        names = [*(field.name for field in found.fields), "next", "bucket"]
        sums = found.to_pandas().groupby(names)[COUNTS].sum()
        return {
            key: tuple(int(count) for count in counts)
            for key, counts in zip(sums.index, sums.to_numpy(), strict=True)
        }

    return collect
