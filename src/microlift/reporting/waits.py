"""Times to the macro: curves with those at risk, and lags against the horizon."""

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import (
    FixedLocator,
    FuncFormatter,
    MaxNLocator,
    NullLocator,
    PercentFormatter,
)

from microlift.journeys.waiting import told
from microlift.moments.space import DAY
from microlift.reporting import numerals, style
from microlift.reporting.rows import WIDE, Column, Rows, fix_text
from microlift.reporting.tables import html_table

MAX_CURVES, MAX_ROWS = 6, 30
_LOOKS = (
    (style.BLUE, "-"), (style.ORANGE, "--"), (style.PURPLE, "-."),
    (style.INK, ":"), (style.SKY, (0, (6, 1, 1, 1, 1, 1))), (style.GREY, (0, (8, 2))),
)  # fmt: skip
_BELOW, _LINE = 54, 15  # points from the axis down to those at risk, and from line to line
_TIMES = {
    1 / 86_400: "1 s", 1 / 1_440: "1 min", 10 / 1_440: "10 min", 1 / 24: "1 h", 6 / 24: "6 h",
    1: "1 day", 7: "7 days", 30: "30 days", 90: "90 days", 365: "1 year",
}  # fmt: skip
_LABEL = 0.15  # of the axis: the room of a label


def curves(
    frame: pd.DataFrame, curve: pd.DataFrame, medians: pd.DataFrame, words: tuple[str, str, str]
) -> Axes:
    """Draw the share converted over time with its band; users at risk stand under the axis.

    Beyond six segments those with most users are drawn, and the axis says so.

    Parameters
    ----------
    frame, curve, medians
        Of a `TimeToMacro`.
    words
        Its unit, its start, and its macro.

    Examples
    --------
    >>> frame = pd.DataFrame({"time": [0.0, 2.0], "at_risk": [9, 7]})
    >>> curve = pd.DataFrame({"segment": ["all"] * 2, "time": [0.0, 2.0], "converted": [0, 0.2],
    ...     "low": [0, 0.1], "high": [0, 0.4]})
    >>> medians = pd.DataFrame({"segment": ["all"], "users": [9]})
    >>> axes = curves(frame, curve, medians, ("days", "the first event", "buy"))
    >>> axes.get_xlabel()
    'days since the first event'
    >>> plt.close(axes.figure)
    """
    unit, begin, macro = words
    there = medians[medians["users"] > 0].sort_values("users", ascending=False, kind="stable")
    names = list(there["segment"])[:MAX_CURVES]
    single = "segment" not in frame
    with style.drawing():
        _, axes = plt.subplots(figsize=(WIDE, 4.4 + _LINE / 72 * len(names)))
        ends = []
        for name, (colour, line) in zip(names, _LOOKS, strict=False):
            own = curve[curve["segment"] == name]
            x, y, low, high = own[["time", "converted", "low", "high"]].to_numpy(float).T
            axes.fill_between(x, low, high, step="post", color=colour, alpha=0.16, linewidth=0)
            axes.step(x, y, where="post", color=colour, linestyle=line, linewidth=2.0)
            ends.append((x[-1], y[-1], colour, name))
        _share_axis(axes, ends)
        ticks = _ticks(frame[frame["segment"].isin(names)] if not single else frame)
        axes.set_xticks(ticks, [f"{tick:,.3g}" for tick in ticks])
        for place, (*_, colour, name) in enumerate(ends):
            own = frame if single else frame[frame["segment"] == name]
            _at_risk(axes, place, "" if single else name, own, colour, ticks)
        if not single:
            _name_ends(axes, ends)
        more = f"; {len(there) - len(names)} more in the table" if len(there) > len(names) else ""
        axes.set_xlabel(f"{unit} since {begin}{more}")
        axes.set_ylabel(f"share of users with {style.shorten(macro)}")
        fix_text(axes)
    return axes


def _share_axis(axes: Axes, ends: Sequence[tuple[float, float, str, str]]) -> None:
    axes.set_xlim(0, max(max((x for x, *_ in ends), default=1), 1e-9))
    axes.set_ylim(0, min(1.02, max(axes.get_ylim()[1], 1e-4)))
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    top = axes.get_ylim()[1]
    places = 0 if top > 0.1 else 1 if top > 0.01 else 2
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=places, symbol=" %"))
    axes.grid(axis="y")


def _ticks(frame: pd.DataFrame) -> list[float]:
    """Times of the table that stand far enough apart to be read."""
    times = sorted(set(frame["time"]))
    apart = 0.1 * times[-1]
    kept = [times[0]]
    for time in times[1:-1]:
        if time - kept[-1] >= apart and times[-1] - time >= apart:
            kept.append(time)
    return [*kept, times[-1]] if len(times) > 1 else kept


def _at_risk(
    axes: Axes, place: int, name: str, frame: pd.DataFrame, colour: str, ticks: Sequence[float]
) -> None:
    """Write one line of users at risk under the axis; the first has a head."""
    look: dict[str, Any] = {"annotation_clip": False, "fontsize": 10, "va": "center"}
    under = -_BELOW - _LINE * (place + 1)
    where = ("data", "axes fraction")
    if place == 0:
        axes.annotate(
            "still watched and not converted", (0, 0), (-52, -_BELOW), where, "offset points",
            ha="left", color=style.MUTED, **look,
        )  # fmt: skip
    if name:
        text = style.shorten(name, 14)
        axes.annotate(
            text, (0, 0), (-24, under), where, "offset points", ha="right", color=colour, **look
        )
    counts = dict(zip(frame["time"], frame["at_risk"], strict=True))
    for tick in ticks:
        if tick in counts:
            axes.annotate(
                numerals.count(counts[tick]), (tick, 0), (0, under), where, "offset points",
                ha="center", color=colour, **look,
            )  # fmt: skip


def _name_ends(axes: Axes, ends: Sequence[tuple[float, float, str, str]]) -> None:
    """Name each curve at its right, moved apart where two would stand on each other."""
    ordered = sorted(ends, key=lambda end: end[1])
    heights: list[float] = []
    for _, y, *_ in ordered:
        heights.append(max([y / axes.get_ylim()[1], *(last + 0.06 for last in heights[-1:])]))
    over = max(0.0, heights[-1] - 1)
    for height, (*_, colour, name) in zip(heights, ordered, strict=True):
        axes.annotate(
            style.shorten(name, 18), (1, height - over), (6, 0), "axes fraction", "offset points",
            va="center", color=colour, fontsize=10.5, annotation_clip=False,
        )  # fmt: skip


def curves_table(frame: pd.DataFrame, medians: pd.DataFrame, unit: str, by: str | None) -> str:
    """Write `TimeToMacro.to_frame()` as a table; the median stands with the last row of a curve.

    Examples
    --------
    >>> row = {"time": 1.0, "at_risk": 9, "macros": 1, "converted": 0.1, "low": 0.0, "high": 0.4}
    >>> medians = pd.DataFrame({"segment": ["all"], "median": [math.inf], "low": [2.0],
    ...     "high": [math.inf]})
    >>> "not reached" in curves_table(pd.DataFrame([row]), medians, "days", None)
    True
    """
    shown = pd.DataFrame({by: frame["segment"]}) if by else pd.DataFrame(index=frame.index)
    shown[unit] = [f"{time:,.4g}" for time in frame["time"]]
    shown["converted (95 % interval)"] = with_interval(frame, "converted", numerals.percent)
    shown["macros so far"] = frame["macros"].map(numerals.count)
    shown["at risk"] = frame["at_risk"].map(numerals.count)
    halves = []
    for row in medians.to_dict("records"):
        half, low, high = (
            f"{row[key]:,.3g}" if math.isfinite(row[key]) else "not reached"
            for key in ("median", "low", "high")
        )
        name = f"{style.shorten(str(row['segment']))}: " if by else ""
        halves.append(f"{name}{half} ({low} to {high})")
    caption = f"Share converted by time; half have converted after, in {unit}: {'; '.join(halves)}"
    numeric = [unit, "converted (95 % interval)", "macros so far", "at risk"]
    return html_table(shown, caption, numeric)


def spans(frame: pd.DataFrame, horizon: float) -> Axes:
    """Draw for each action when the macros that follow it come, and the plan's horizon.

    Parameters
    ----------
    frame
        `Lags.to_frame()`. Beyond 30 rows the last are left out, and the axis says so.
    horizon
        The plan's, in days.

    Examples
    --------
    >>> row = {"action": "demo", "q25": 0.5, "median": 1.0, "q75": 3.0, "horizon_90": 9.0,
    ...     "horizon_90_low": 8.0, "horizon_90_high": 11.0, "caught": 0.95, "note": ""}
    >>> axes = spans(pd.DataFrame([row]), 14.0)
    >>> [text.get_text() for text in axes.get_yticklabels()]
    ['demo']
    >>> plt.close(axes.figure)
    """
    shown = frame.head(MAX_ROWS)
    times = shown[["q25", "horizon_90_high", "horizon_90"]].to_numpy(float)
    times = np.maximum(times[np.isfinite(times)], 1 / 86_400)
    with style.drawing():
        columns = [Column("90 % within", 90), Column("horizon catches", 210)]
        drawn = Rows([str(name) for name in shown["action"]], columns)
        axes = drawn.axes
        axes.set_xscale("log")
        low, high = 0.7 * min([horizon, *times]), 1.4 * max([horizon, *times])
        axes.set_xlim(low, high)
        axes.xaxis.set_major_locator(FixedLocator(_legible(low, high)))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: _TIMES.get(x, "")))
        axes.axvline(horizon, color=style.ORANGE, linewidth=1.6, linestyle=(0, (5, 3)))
        for y, row in enumerate(shown.to_dict("records")):
            _span(drawn, y, row)
        more = f"; {len(frame) - MAX_ROWS} more are in the table" if len(frame) > MAX_ROWS else ""
        return drawn.finish(
            "time from the action to the macro: middle half, median, and ◇ 90 %; "
            f"dashed: the horizon{more}"
        )


def _legible(low: float, high: float) -> list[float]:
    """The times to name on a logarithmic axis: each label has room beside the one before.

    >>> _legible(1 / 24, 100)
    [0.041666666666666664, 0.25, 1, 7, 30]
    """
    room = (high / low) ** _LABEL
    ticks: list[float] = []
    for time in _TIMES:
        if low <= time <= high and (not ticks or time >= room * ticks[-1]):
            ticks.append(time)
    return ticks


def _span(rows: Rows, y: int, row: Mapping[Hashable, Any]) -> None:
    if not math.isfinite(row["median"]):
        rows.beside(y, 0, style.shorten(str(row["note"]), 34), style.MUTED, italic=True)
        return
    keys = ("q25", "median", "q75", "horizon_90", "horizon_90_low", "horizon_90_high")
    q25, half, q75, most, low, high = (max(row[key], 1 / 86_400) for key in keys)
    rows.axes.plot([q25, q75], [y, y], color=style.BLUE, linewidth=5, solid_capstyle="butt")
    rows.axes.plot([half], [y], "o", markersize=8.5, color=style.BLUE)
    rows.axes.plot([low, high], [y, y], color=style.INK, linewidth=1.6)
    rows.axes.plot(
        [most], [y], "D", markersize=7, color=style.SURFACE, markeredgecolor=style.INK,
        markeredgewidth=1.5,
    )  # fmt: skip
    least = "≥ " if str(row["note"]).startswith("at least") else ""
    rows.beside(y, 0, least + told(row["horizon_90"] * DAY), style.INK)
    rows.beside(y, 1, numerals.percent(row["caught"]), style.MUTED)


def spans_table(frame: pd.DataFrame, horizon: float) -> str:
    """Write `Lags.to_frame()` as a table.

    Examples
    --------
    >>> names = ["converted", "median", "within_1d", "within_7d", "within_30d", "horizon_90",
    ...     "horizon_90_low", "horizon_90_high", "caught", "caught_low", "caught_high"]
    >>> row = dict.fromkeys(names, 0.5) | {"action": "demo", "doers": 9, "macros": 4, "note": ""}
    >>> "12 hours" in spans_table(pd.DataFrame([row]), 14.0)
    True
    """
    shown = pd.DataFrame(
        {
            "action": frame["action"],
            "median": [_time(days) for days in frame["median"]],
            "90 % within": with_interval(frame, "horizon_90", _time),
            "horizon catches": with_interval(frame, "caught", numerals.percent),
        }
    )
    for days in (1, 7, 30):
        share = frame[f"within_{days}d"].map(numerals.percent)
        shown[f"within {days} day{'s' if days > 1 else ''}"] = share
    shown["doers who convert"] = frame["converted"].map(numerals.percent)
    shown["doers"] = frame["doers"].map(numerals.count)
    shown["macros"] = frame["macros"].map(numerals.count)
    caption = (
        "Time from an action to the macro that follows, and the share that the horizon of "
        f"{told(horizon * DAY)} catches; 95 % intervals"
    )
    notes = list(frame["note"])
    return html_table(shown, caption, list(shown.columns)[1:], notes if any(notes) else ())


def _time(days: float) -> str:
    return told(days * DAY) if math.isfinite(days) else "–"


def with_interval(frame: pd.DataFrame, name: str, write: Callable[[float], str]) -> list[str]:
    """Write a column with its interval, from low and high or from those with its name before them.

    >>> frame = pd.DataFrame({"rate": [0.5], "low": [0.25], "high": [1.0]})
    >>> with_interval(frame, "rate", numerals.decimal)
    ['0.50 (0.25 to 1.00)']
    """
    ends = ("low", "high") if "low" in frame else (f"{name}_low", f"{name}_high")
    return [
        f"{write(mid)} ({write(low)} to {write(high)})" if math.isfinite(low) else write(mid)
        for mid, low, high in zip(frame[name], frame[ends[0]], frame[ends[1]], strict=True)
    ]
