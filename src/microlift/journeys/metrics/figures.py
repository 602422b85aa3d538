"""The figures of a metric: how often, how close to the macro, and how long a test takes."""

import math
from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

from microlift.events import EventLog
from microlift.journeys.metrics.asked import Ask
from microlift.journeys.metrics.choice import MACRO, SCORE
from microlift.journeys.metrics.counts import Followed
from microlift.journeys.metrics.past import agree
from microlift.journeys.metrics.relation import relate
from microlift.journeys.metrics.sizes import visitors_for_means, visitors_for_shares
from microlift.journeys.shares import Floats, Share, difference
from microlift.journeys.waiting import macro_name
from microlift.plan import AFTER_MACRO

BOOKED = "booked weights"


def metrics_of(
    log: EventLog, followed: Followed, booked: dict[str, float]
) -> dict[tuple[str, str], Floats]:
    """Return the value of each metric in each cell, by name and kind; the macro's is the last."""
    metrics, total = {}, np.zeros(len(followed.cells))
    for number, action in enumerate(log.plan.actions):
        did = followed.did(number).astype(np.float64)
        metrics[action.name, str(action.kind)] = did
        total += booked.get(action.name, 0.0) * did
    if booked:
        metrics[BOOKED, SCORE] = total
    metrics[macro_name(log), MACRO] = followed.cells["macro"].to_numpy(np.float64)
    return metrics


def figures_of(
    log: EventLog, followed: Followed, ask: Ask, name: tuple[str, str], values: Floats
) -> dict[Hashable, Any]:
    """Return all that is counted of one metric, as a row of the table."""
    metric, kind = name
    cells = followed.cells
    n, macro = cells["n"].to_numpy(), cells["macro"].to_numpy()
    did = values > 0
    doers, both = int(n[did].sum()), int((n * macro)[did].sum())
    related = relate(values, macro, n)
    rate = Share.of_counts(doers, followed.users)
    low, high = (rate.low, rate.high)
    if kind == SCORE:
        half = 1.96 * related.sd / math.sqrt(followed.users)
        low, high = related.mean - half, related.mean + half
    row: dict[Hashable, Any] = {
        "metric": metric, "kind": kind, "rate": related.mean, "low": low, "high": high,
        "phi": related.phi, "phi_low": related.low, "phi_high": related.high,
        "macro_if_did": both / doers if doers else math.nan,
        "macro_if_not": (followed.macros - both) / max(followed.users - doers, 1),
        "macros_without": 1 - both / followed.macros,
        "doers_without": 1 - both / doers if doers else math.nan,
        "at_macro": _at_macro(log, followed, metric, kind),
        "p_value": difference(
            np.array([both, followed.macros - both], float),
            np.array([doers, followed.users - doers], float),
        ),
    }  # fmt: skip
    if doers == followed.users:
        row["macro_if_not"] = math.nan
    carries = 1.0
    if kind == MACRO:
        row |= {"phi": 1.0, "phi_low": 1.0, "phi_high": 1.0, "p_value": math.nan}
    else:
        carries = related.slope * related.mean * followed.users / followed.macros
    row["carries"] = carries
    row |= _needed(followed, ask, (related.mean, related.sd, carries), kind == SCORE)
    return row | {"note": _note(log, metric, kind, doers, followed, row["days"])}


def _needed(
    followed: Followed, ask: Ask, metric: tuple[float, float, float], score: bool
) -> dict[Hashable, Any]:
    """Visitors and days for a test of the metric, and of the macro through it."""
    mean, sd, carries = metric
    through = ask.effect / carries if carries > 0 else math.nan
    sizes = [
        visitors_for_means(mean * by, sd, ask.power, ask.share)
        if score
        else visitors_for_shares(mean, mean * (1 + by), ask.power, ask.share)
        for by in (ask.effect, through)
    ]
    changed, unchanged = (
        math.ceil(sizes[0] * part) if math.isfinite(sizes[0]) else math.nan
        for part in (ask.share, 1 - ask.share)
    )
    days = [_days(followed, size) for size in sizes]
    return {
        "visitors": changed + unchanged, "changed": changed, "unchanged": unchanged,
        "days": days[0], "metric_effect": through, "days_through": days[1],
    }  # fmt: skip


def _days(followed: Followed, visitors: float) -> float:
    if not math.isfinite(visitors):
        return math.nan
    return float(math.ceil(visitors / followed.a_day + followed.window))


def _at_macro(log: EventLog, followed: Followed, metric: str, kind: str) -> float:
    """Share of converting doers of whom the log does not tell that they did it before."""
    if kind in (MACRO, SCORE):
        return 0.0
    cells = followed.cells[followed.cells["macro"] == 1]
    bit = 1 << [action.name for action in log.plan.actions].index(metric)
    did = int(cells.loc[(cells["did"] & bit) != 0, "n"].sum())
    apart = int(cells.loc[(cells["apart"] & bit) != 0, "n"].sum())
    return 1 - apart / did if did else 0.0


def _note(
    log: EventLog, metric: str, kind: str, doers: int, followed: Followed, days: float
) -> str:
    actions = {action.name: action for action in log.plan.actions}
    if kind not in (MACRO, SCORE) and not log.plan.takes_part(actions[metric]):
        return AFTER_MACRO
    if not doers:
        return "nobody did it in time and before the macro"
    if doers == followed.users:
        return "everybody does it"
    if not math.isfinite(days):
        return "so many do it that it cannot rise by that much"
    return ""


def with_past(rows: pd.DataFrame, past: pd.DataFrame) -> pd.DataFrame:
    """Add how past effects on each metric agree with those on the macro."""
    found = [agree(past, row) for row in rows.to_dict("records")]
    return rows.assign(
        compared=[one.compared for one in found],
        agree=[one.agree for one in found],
        effects_r=[one.r for one in found],
        moved_alone=[one.alone for one in found],
    )
