"""The backtest in words."""

from collections.abc import Hashable, Mapping
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from microlift.events import EventLog
from microlift.evidence.backtest.arrivals import Arrivals
from microlift.evidence.backtest.gain import LEAST_SEGMENTS
from microlift.evidence.backtest.signals import ALL, MACROS, OURS, Signal
from microlift.evidence.backtest.windows import Windows
from microlift.plan import format_duration
from microlift.plan.quoting import printable, short

Row = Mapping[Hashable, Any]
WORTHWHILE = 1.0  # the gain of macros alone


def finding(rows: pd.DataFrame, attribute: str, macros: float) -> str:
    """What the rows of one attribute say, the weights first."""
    mine = rows[rows["method"] == OURS].iloc[0].to_dict()
    totals = (
        f"out of time the weights booked {mine['total_ratio']:.2f} times the real revenue"
        if not mine["note"]
        else "the weights would have been withheld"
    )
    if attribute == ALL:
        begin = f"{totals[0].upper()}{totals[1:]}"
        return f"{begin}; without attributes there are no segments to tell apart."
    if not mine["gain"] >= 0:
        return (
            "Whether the weights tell segments apart cannot be told: those of "
            f"{short(attribute)} differ in macros per user by no more than chance, or are fewer "
            f"than {LEAST_SEGMENTS}; {totals}."
        )
    verdict = _verdict(mine, macros)
    return f"{verdict} by {short(attribute)}; {totals}. {_others(rows)}"


def _verdict(mine: Row, macros: float) -> str:
    gain, low, high = mine["gain"], mine["gain_low"], mine["gain_high"]
    range_ = f"(signal gain {gain:.1f}, 95 % interval {low:.1f} to {high:.1f})"
    what = "The weights" if not mine["note"] else "The ledger's credits"
    if low > WORTHWHILE:
        return (
            f"{what} tell segments with {macros:g} macros apart as well as {macros * low:,.0f} to "
            f"{macros * high:,.0f} macros alone would {range_}"
        )
    if high < WORTHWHILE:
        return f"{what} tell segments apart worse than their {macros:g} macros alone {range_}"
    return (
        f"Whether {what.lower()} tell segments apart better than their {macros:g} macros alone "
        f"is open {range_}"
    )


def _others(rows: pd.DataFrame) -> str:
    """Which other methods are better: surely, or by the look of it."""
    others = rows[rows["method"] != OURS]
    surely = others[others["against_weights"] == "better"].sort_values("gain", ascending=False)
    mine = rows[rows["method"] == OURS].iloc[0]
    if len(surely):
        best = surely.iloc[0]
        return (
            f"On this log another method is better: {best['method']} (gain {best['gain']:.1f} "
            f"against {mine['gain']:.1f}, beyond chance)."
        )
    ahead = others[others["gain"] > mine["gain"]].sort_values("gain", ascending=False)
    if len(ahead):
        best = ahead.iloc[0]
        return (
            f"No other method is surely better; {best['method']} came out ahead "
            f"({best['gain']:.1f} against {mine['gain']:.1f}), which chance may do."
        )
    return "No other method came out ahead."


def notes(
    log: EventLog,
    windows: Windows,
    learned: Arrivals,
    judged: Arrivals,
    signals: tuple[Signal, ...],
) -> tuple[str, ...]:
    """How it was done, and what to bear in mind."""
    said = [
        f"Learned from the events before {_day(windows.split)}: {learned.macros:,} macros of users "
        f"whose horizon ended by then. Judged on {int(judged.n.sum()):,} users who arrived in the "
        f"{windows.weeks} weeks from then on, each followed for {format_duration(log.plan.horizon)}"
        f": {judged.macros:,} macros.",
        "Every method but the weights is scaled so that it adds up to the revenue of the earlier "
        "arrivals; raw_ratio is what it would have booked of it unscaled. The gain does not hang "
        f"on the scale, and is 1 for {MACROS} by its definition.",
    ]
    if not log.plan.log.attributes:
        said.append(
            "The plan names no attribute, so there are no segments to be told apart, and no signal "
            "gain. Name where users come from (channel, campaign) under log.attributes. "
            "unbiased_gain is what it would be at best."
        )
    said += [f"{signal.name}: {printable(signal.note)}." for signal in signals if signal.note]
    return tuple(said)


def _day(at: int) -> str:
    return f"{datetime.fromtimestamp(at / 1e6, UTC):%Y-%m-%d}"
