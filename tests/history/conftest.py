"""Weights files to be published, a child process that ends as it is told to."""

import os
from collections.abc import Callable
from typing import Any

import pytest


def action(name: str, credit: float, times: int, lift: float | None, **given: Any) -> Any:
    row = {"name": name, "kind": "milestone", "weight": 0.0, "low": 0.0, "high": 0.0}
    row |= {"credit": credit, "lift": lift, "occurrences": times, "occurrences_judged": times}
    return row | {"primary": True, "reason": "primary: raises"} | given


def weights(
    *actions: dict[str, Any], macros: int = 500, revenue: float = 50_000.0, **given: Any
) -> dict[str, Any]:
    """Content of a weights.json whose weights are calibrated as the package does it."""
    rows = actions or (action("cart", 0.05, 1000, 1.5), action("video", 0.02, 4000, 1.3))
    booked = sum(row["credit"] * row["occurrences"] for row in rows if row["primary"])
    constant, mean = macros / booked, revenue / macros
    known = []
    for row in rows:
        weight = constant * row["credit"] * mean if row["primary"] else 0.0
        known.append(row | {"weight": weight, "low": 0.8 * weight, "high": 1.2 * weight})
    file = {"schema_version": 1, "created_at": "2026-08-03T06:00:00Z"}
    file |= {"data_window": {"first": "2026-06-01T00:00:00Z", "last": "2026-08-03T05:00:00Z"}}
    file |= {"data_fingerprint": "f1", "plan_hash": "p1", "package_version": "0.1.0"}
    file |= {"currency": "EUR", "horizon": "14d", "revenue": revenue, "macros": macros}
    file |= {"calibration_constant": constant, "inflation_factor": 2.0, "macro_weight": 0.0}
    file |= {"booked_target": revenue, "booked_total": revenue, "calibration_gap": 0.0}
    return file | {"actions": known} | given


def in_child(work: Callable[[], int]) -> int:
    """Do something in a process of its own; its exit code, negative where a signal ended it."""
    child = os.fork()
    if not child:
        code = 99
        try:
            code = work()
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


@pytest.fixture
def make() -> Any:
    """What several test files build their cases from."""
    from types import SimpleNamespace

    return SimpleNamespace(action=action, weights=weights, in_child=in_child)
