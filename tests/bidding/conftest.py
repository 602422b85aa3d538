"""Logs of bidding: rows of events, and plans for them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import microlift as ml

Rows = list[tuple[str, pd.Timestamp, str, str]]
ReadRows = Callable[..., ml.EventLog]

PLAN: dict[str, Any] = {
    "log": {"attributes": ["campaign"]},
    "macro": {"event": "buy", "value": 60.0, "currency": "EUR"},
    "horizon": "1d",
    "actions": [
        {"name": "view", "event": "view", "kind": "exploration"},
        {"name": "cart", "event": "cart", "kind": "milestone"},
        {"name": "checkout", "event": "checkout", "kind": "milestone"},
    ],
    "funnel": ["cart", "checkout"],
}


@pytest.fixture
def read_rows(parquet_of: Callable[[pd.DataFrame], Path]) -> ReadRows:
    """Read rows of user, time, event and campaign as a log."""

    def read(rows: Rows, **changes: Any) -> ml.EventLog:
        frame = pd.DataFrame(rows, columns=["user_id", "timestamp", "event", "campaign"])
        return ml.read_events(parquet_of(frame), ml.Plan.from_dict(PLAN | changes))

    return read
