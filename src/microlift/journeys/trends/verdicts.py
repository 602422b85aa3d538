"""What a comparison says: rose, fell or cannot tell, with the reason."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from microlift.journeys.trends.contrast import LEAST_EXPECTED, LEAST_MACROS, WEEK, is_sparse
from microlift.journeys.trends.days import date_of
from microlift.journeys.trends.periods import Periods
from microlift.plan.quoting import clipped, printable

ROSE, FELL, CANNOT = "rose", "fell", "cannot tell"
SURE = 0.05
HALF = 0.5  # of the raw difference that one thing explains
PLAIN = "compared as they are: too few before to know weekdays, trend and mix"
CARRIED = "only if the trend before had gone on: the rates as they are hardly differ"
EXPLAINED = {
    "trend": "the trend before already explains it",
    "mix": "other visitors came: the mix explains it",
    "weekday": "the weekdays explain it",
}


def judge(row: Mapping[str, Any], naive: float, periods: Periods) -> tuple[str, str]:
    """Give the verdict on a row of figures, and the reason where there is none.

    Parameters
    ----------
    row
        Figures as in `BeforeAfter.frame`.
    naive
        p-value of the raw difference.
    periods
        Which days were compared with which.
    """
    few = _too_few(row)
    if few:
        return CANNOT, few
    if row["q_value"] < SURE and not row["low"] <= 0 <= row["high"]:
        return (ROSE if row["difference"] > 0 else FELL), _rests_on(row)
    if naive < SURE:
        for name, why in EXPLAINED.items():
            if row[name] * row["raw"] > 0 and abs(row[name]) >= HALF * abs(row["raw"]):
                return CANNOT, why
    days = periods.days[1]
    if days < WEEK:
        return CANNOT, f"too few days: {days:,} to judge, less than a week"
    if not row["low"] <= 0 <= row["high"]:
        return CANNOT, "one of so many segments lies so far out by chance"
    return CANNOT, "the interval includes no change"


def _rests_on(row: Mapping[str, Any]) -> str:
    """Say on what a change rests, where that is not plain to see."""
    if is_sparse(row):
        return PLAIN
    most = abs(row["difference"])
    if abs(row["trend"]) >= HALF * most and row["raw"] * row["difference"] < HALF * most**2:
        return CARRIED
    return ""


def _too_few(row: Mapping[str, Any]) -> str:
    """Tell where there is too little to count; empty where there is enough."""
    if not row["of_after"] or not row["of_before"]:
        return "nobody to count " + ("after" if row["of_before"] else "before")
    if is_sparse(row):
        if row["difference"] == row["difference"]:
            return ""
        least = min(row["count_before"], row["of_before"] - row["count_before"])
        which = "did" if row["count_before"] == least else "did not do"
        return f"too few: {least:,} {which} it before, fewer than {LEAST_MACROS}"
    expected = row["expected"] * row["of_after"]
    if min(expected, row["of_after"] - expected) < LEAST_EXPECTED:
        return f"too few: {row['of_after']:,} after, of whom {expected:.1f} were expected to do it"
    return ""


def finding(frame: pd.DataFrame, name: str, per: str, periods: Periods, by: str | None) -> str:
    """The verdict, the standardised difference, and what the raw one would have said."""
    row = frame.iloc[0]
    what = f"{clipped(name)} per {per}"
    since = f"from {date_of(periods.after[0])} to {date_of(periods.after[1])}"
    raw = f"{row['rate_before']:.2%} before and {row['rate_after']:.2%} after"
    told = f"Whether {what} changed cannot be told {since}"
    if row["verdict"] == CANNOT:
        told += f" ({row['reason']})"
        if row["difference"] == row["difference"]:
            told += f": {_points(row)}"
    else:
        told = (
            f"{what} {row['verdict']} {since}: {row['rate_after']:.2%} came where "
            f"{row['expected']:.2%} was to be expected, {_points(row)}"
        )
        told += f" ({row['reason']})" if row["reason"] else ""
    return f"{told}; raw, {raw}{_by_segment(frame, by)}."


def _points(row: pd.Series) -> str:
    return (
        f"{100 * row['difference']:+.2f} points (95 % interval {100 * row['low']:+.2f} to "
        f"{100 * row['high']:+.2f})"
    )


def _by_segment(frame: pd.DataFrame, by: str | None) -> str:
    if by is None:
        return ""
    sure = frame.iloc[1:][frame["verdict"].iloc[1:] != CANNOT]
    if sure.empty:
        return f"; no segment of {printable(by)[:60]} shows a change for itself"
    row = sure.iloc[int(sure["q_value"].argmin())]
    others = len(sure) - 1
    more = f" (and {others:,} more segment{'s' * (others > 1)} changed)" if others else ""
    return (
        f"; for {printable(by)[:60]} {printable(str(row['segment']))[:60]} it {row['verdict']} by "
        f"{_points(row)}{more}"
    )
