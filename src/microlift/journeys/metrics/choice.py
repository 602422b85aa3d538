"""Which metric to use: verdicts, their order, and what a choice risks, in words."""

import math
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from microlift.journeys.waiting import many

Row = Mapping[Hashable, Any]
MACRO, SCORE, FRICTION = "macro", "score", "friction"
STRONG = 0.3  # the lower end of the correlation: what Cohen (1988) calls medium
AT_MACRO = 0.1  # share of converting doers, above which it is recorded together with the macro

USE, TOO, THE_MACRO = "use", "would do", "the macro"
SLOW, WEAK, ALONE = "no sooner", "weak tie", "moved alone"
TOGETHER, AGAINST, HINDERS = "at the macro", "goes against", "friction"
UNKNOWN = "unknown"
ORDER = (USE, TOO, THE_MACRO, SLOW, WEAK, ALONE, TOGETHER, AGAINST, HINDERS, UNKNOWN)


def judge(rows: pd.DataFrame) -> pd.DataFrame:
    """Give each metric its verdict, and put the metrics in the order in which to take them.

    A metric is used whose correlation with the macro is strong beyond chance, whose test ends
    sooner than the macro's, and that has not moved without the macro in a past experiment. Of
    these the one whose test ends first.
    """
    macro = rows.loc[rows["kind"] == MACRO, "days"].iloc[0]
    limit = macro if math.isfinite(macro) else math.inf
    verdicts = np.array([_verdict(row, limit) for row in rows.to_dict("records")], dtype=object)
    place = pd.Series([ORDER.index(verdict) for verdict in verdicts], index=rows.index)
    judged = rows.assign(verdict=verdicts, place=place, loose=-rows["phi"])
    judged = judged.sort_values(["place", "days", "loose"], kind="stable", ignore_index=True)
    if judged["verdict"].iloc[0] == TOO:
        judged.loc[0, "verdict"] = USE
    # Through an action that hardly goes with the macro no change would work: its days are no days.
    close = judged["verdict"].isin([USE, TOO, THE_MACRO, SLOW])
    judged.loc[~close, ["metric_effect", "days_through"]] = math.nan
    return judged.drop(columns=["place", "loose"])


def _verdict(row: Row, limit: float) -> str:
    if row["kind"] == MACRO:
        return THE_MACRO
    if not math.isfinite(row["phi"]):
        return UNKNOWN
    tests = (
        (row["kind"] == FRICTION, HINDERS),
        (row["at_macro"] > AT_MACRO, TOGETHER),
        (row["phi_high"] < 0, AGAINST),
        (row["moved_alone"] > 0, ALONE),
        (not row["phi_low"] >= STRONG, WEAK),
        (not row["days"] < limit, SLOW),
    )
    return next((verdict for failed, verdict in tests if failed), TOO)


def risk(row: Row) -> str:
    """Say what a test by this metric may miss, and how it may mislead."""
    if row["kind"] == MACRO or not math.isfinite(row["phi"]):
        return str(row["note"])
    unseen = f"{share(row['macros_without'])} of macros come without it, where it sees no change"
    if row["macros_without"] == 0:
        unseen = "no macro comes without it, but a change that works after it stays unseen"
    alone = f"{share(row['doers_without'])} of those who do it have no macro, so it can move alone"
    if row["doers_without"] == 0:
        alone = "all who do it have the macro"
    past = ""
    if row["moved_alone"]:
        past = (
            f"; in {row['moved_alone']:,} of {row['compared']:,} past comparisons it moved and the "
            "macro did not follow"
        )
    text = f"{unseen}; {alone}{past}"
    return f"{row['note']}; {text}" if row["note"] else text


def finding(rows: pd.DataFrame, macro: str, effect: float) -> str:
    """Say which metric to use, how much sooner a test ends, and the risk, in one sentence."""
    first, own = rows.iloc[0], rows[rows["kind"] == MACRO].iloc[0]
    more = f"{100 * effect:g} %"
    if first["verdict"] != USE:
        return (
            f"Stay with {macro} itself, whose test for {more} more of it {_takes(own)}: no action "
            f"that goes closely with it (correlation {STRONG} or more) would tell sooner."
        )
    name = many([first["metric"]])
    instead = f"instead of {own['days']:,.0f} for {more} more of {macro}"
    if not math.isfinite(own["days"]):
        instead = f"where too many reach {macro} already for {more} more"
    return (
        f"Use {name}: a test for {more} more of it ends in {first['days']:,.0f} days {instead}; "
        f"the risk: {first['risk']}."
    )


def _takes(row: "pd.Series[Any]") -> str:
    if not math.isfinite(row["days"]):
        return "cannot be made, since too many reach it already"
    return f"takes {row['days']:,.0f} days"


def share(part: float) -> str:
    """Write a share for a sentence.

    >>> share(0.384), share(0.0012), share(0.998)
    ('38 %', '0.1 %', '99.8 %')
    """
    return f"{100 * part:.0f} %" if 0.095 <= part <= 0.985 or part == 1 else f"{100 * part:.1f} %"
