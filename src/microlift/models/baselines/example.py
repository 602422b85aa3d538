"""Logs small enough to check every method by hand."""

import tempfile
from functools import cache
from pathlib import Path

import pandas as pd

from microlift.events import read_events
from microlift.models.baselines.counts import Counts
from microlift.moments import Moments, moments
from microlift.plan import Plan

JOURNEYS = (("video", "cart", "buy"), ("cart", "buy"), ("video",), ("page",))
WAITING = (
    *(("cart", "buy"), ("cart", "page", "page"), ("page", "buy")),
    *(("page", "page", "page"),) * 4,
)


def example(journeys: tuple[tuple[str, ...], ...] = JOURNEYS, copies: int = 1) -> Counts:
    """Counts of users who do something every hour; `copies` of each.

    Examples
    --------
    >>> counts = example()
    >>> counts.users, counts.macros, counts.did.tolist(), counts.won.tolist()
    (4, 2, [2, 2], [2, 1])
    """
    return Counts(_moments(journeys, copies))


@cache
def _moments(journeys: tuple[tuple[str, ...], ...], copies: int) -> Moments:
    actions = sorted({event for events in journeys for event in events} - {"buy", "page"})
    plan = Plan.from_dict(
        {
            "macro": {"event": "buy"},
            "horizon": "1h",
            "actions": [{"name": name, "event": name} for name in actions],
        }
    )
    start = pd.Timestamp("2026-01-01", tz="UTC")
    rows = [
        (f"u{number}.{copy}", start + pd.Timedelta(hours=hour), event)
        for copy in range(copies)
        for number, events in enumerate(journeys)
        for hour, event in enumerate(events)
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.parquet"
        pd.DataFrame(rows, columns=["user_id", "timestamp", "event"]).to_parquet(path)
        return moments(read_events(path, plan))
