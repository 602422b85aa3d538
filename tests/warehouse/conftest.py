"""Logs full of ties and nulls, and what two ways of counting have to agree in."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from microlift.events import read_events
from microlift.moments import Moments, moments
from microlift.plan import Plan

START = pd.Timestamp("2024-07-01", tz="UTC")
ACTIONS = [
    {"name": "view", "event": ["view", "both"]},
    {"name": "cart", "event": ["cart", "both"]},
    {"name": "deep", "event": ["page", "view"], "where": "p >= 5"},
    {"name": "review", "event": "review", "after": "macro"},
]
BASE: dict[str, Any] = {
    "log": {"max_rejected": 1},
    "macro": {"event": "buy"},
    "horizon": "1d",
    "actions": ACTIONS,
}
WHOLE: dict[str, Any] = BASE | {
    "log": {
        "max_rejected": 1,
        "columns": {"session_id": "visit", "value": "price", "currency": "money"},
        "attributes": ["channel", "device"],
        "sequence": ["line"],
    },
    "macro": {
        "event": ["buy", "review"],
        "value": "price",
        "currency": "EUR",
        "where": "p < 9 OR NOT (channel = 'ads')",
    },
    "actions": ACTIONS[:3],
}
RULED: dict[str, Any] = {
    "log": {
        "max_rejected": 1,
        "columns": {"session_id": "visit", "click_id": "gclid"},
        "attributes": ["channel"],
        "sequence": ["line"],
    },
    "macro": {"event": ["buy", "review"]},
    "horizon": "1d",
    "actions": [
        {"name": "many", "event": "view", "at_least": 2, "within": "session"},
        {"name": "often", "event": ["cart", "page"], "at_least": 2, "within": "2d"},
        {"name": "read", "event": ["page", "both"], "dwell": "2h", "first_only": True},
        {"name": "back", "returns_within": "20h"},
        {"name": "left", "event": "both", "without": "cart", "within": "session"},
        {"name": "late", "event": "view", "without": ["page", "buy"], "within": "6h"},
        {"name": "ads", "event": "look", "where": "channel = 'ads'", "first_only": True},
        {"name": "review", "event": "review", "dwell": "1h", "after": "macro"},
    ],
}
PLANS: dict[str, dict[str, Any]] = {
    "base": BASE,
    "visits": BASE | {"log": {"max_rejected": 1, "attributes": ["channel"]}},
    "whole": WHOLE,
    "planned": BASE | {"actions": [*ACTIONS, {"name": "rest", "event": ["page", "look"]}]},
    "ruled": RULED,
    "again": RULED | {"macro": {"event": ["buy", "review"], "repeat": True}},
    "gaps": RULED
    | {
        "moments": {"clock": "6h", "quiet": "2d"},
        "log": {"max_rejected": 1, "session_gap": "3h"},
        "actions": [*RULED["actions"][:6], RULED["actions"][7]],
    },
    "clock": BASE
    | {
        "moments": {"clock": "6h", "quiet": "2d"},
        "log": {"max_rejected": 1, "attributes": ["channel"], "sequence": ["line"]},
    },
}


@pytest.fixture(scope="session")
def plan_named() -> Callable[..., Plan]:
    """Plan by its name, with changes."""

    def make(name: str, **changes: Any) -> Plan:
        return Plan.from_dict(PLANS[name] | changes)

    return make


@pytest.fixture(scope="session")
def hard_log(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Write a log in which many rows tie, repeat each other, or lack something."""
    folder = tmp_path_factory.mktemp("hard")

    def write(seed: int, rows: int, times: int = 2_000) -> Path:
        draw, click = random.Random(seed), random.Random(seed + 1)
        pick = draw.choice
        labels = [None, "", "ads", "mail", "(none)", "(other)", "é", *(f"c{i}" for i in range(15))]
        made = [
            {
                "user_id": pick([None, "", *[f"u{i}" for i in range(rows // 15)] * 3]),
                "timestamp": pick(
                    [None, *[START + pd.Timedelta(minutes=5 * draw.randrange(times))] * 30]
                ),
                "event": pick([None, "", "view", "view", "cart", "both", "look", "page", "buy"]),
                "channel": pick(labels),
                "device": pick([None, True, False]),
                "p": pick([None, 1, 5, 9]),
                "price": pick([None, float("nan"), -0.0, 0.0, 1.005, 2.675, 1e16, 12345678.125]),
                "visit": pick([None, "", "s1", "s2", "s3"]),
                "line": pick([None, 1, 1, 2]),
                "money": pick([None, "eur", " EUR "]),
                "gclid": click.choice([None, "", "(not set)", "x", " x ", "y"]),
            }
            for _ in range(rows)
        ]
        made += [dict(made[0], user_id="last", event=e, timestamp=START + pd.Timedelta("9d"))
                 for e in ("view", "cart", "page", "look", "both", "buy", "review")]  # fmt: skip
        frame = pd.DataFrame(made)
        types = {"device": "boolean", "p": "Int64", "line": "Int64"}
        frame = frame.astype(types)
        frame = pd.concat([frame, frame.sample(rows // 5, random_state=seed)], ignore_index=True)
        path = folder / f"{seed}-{rows}-{times}.parquet"
        frame.to_parquet(path, coerce_timestamps="us")
        return path

    return write


@pytest.fixture(scope="session")
def embedded() -> Callable[[Path, Plan], Moments]:
    """Count as the embedded engine does."""

    def count(path: Path, plan: Plan) -> Moments:
        with read_events(path, plan, quiet=True) as log:
            return moments(log)

    return count


@pytest.fixture(scope="session")
def agree() -> Callable[[Moments, Moments], None]:
    """Fail unless two ways of counting agree in every number."""

    def compare(one: Moments, other: Moments) -> None:
        for name in ("steps", "starts", "fields", "occurrences", "totals"):
            assert getattr(one, name) == getattr(other, name), name
        for name in ("cells", "doers", "firsts", "macro_visits"):
            pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), obj=name)
        for name in (
            "rows", "users", "events", "sessions", "duplicates", "rejected", "first_us", "last_us",
            "currency", "minor_digits", "attributes", "event_counts", "action_counts", "macros",
            "value", "empty_visits", "whole",
        ):  # fmt: skip
            assert getattr(one.log.facts, name) == getattr(other.log.facts, name), name

    return compare
