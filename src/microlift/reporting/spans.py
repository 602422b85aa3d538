"""Lags as spans of time against the horizon, and as a table."""

import math
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from microlift.journeys.waiting import told
from microlift.moments.space import DAY
from microlift.reporting import numerals, style
from microlift.reporting.rows import Column, Rows
from microlift.reporting.tables import html_table
from microlift.reporting.waits import with_interval

MAX_ROWS = 30
_TIMES = {
    1 / 86_400: "1 s", 1 / 1_440: "1 min", 10 / 1_440: "10 min", 1 / 24: "1 h", 6 / 24: "6 h",
    1: "1 day", 7: "7 days", 30: "30 days", 90: "90 days", 365: "1 year",
}  # fmt: skip
_LABEL, _NARROW_LABEL = 0.15, 0.24  # of the axis: the room of a label


def spans(frame: pd.DataFrame, horizon: float, narrow: bool = False) -> Axes:
    """Draw for each action when the macros that follow it come, and the plan's horizon.

    Parameters
    ----------
    frame
        `Lags.to_frame()`. Beyond 30 rows the last are left out, and the axis says so.
    horizon
        The plan's, in days.
    narrow
        For a screen as wide as a phone's.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
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
        drawn = Rows([str(name) for name in shown["action"]], columns, narrow=narrow)
        axes = drawn.axes
        axes.set_xscale("log")
        low, high = 0.7 * min([horizon, *times]), 1.4 * max([horizon, *times])
        axes.set_xlim(low, high)
        axes.xaxis.set_major_locator(
            FixedLocator(_legible(low, high, _NARROW_LABEL if narrow else _LABEL))
        )
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: _TIMES.get(x, "")))
        axes.axvline(horizon, color=style.ORANGE, linewidth=1.6, linestyle=(0, (5, 3)))
        for y, row in enumerate(shown.to_dict("records")):
            _span(drawn, y, row)
        more = f"; {len(frame) - MAX_ROWS} more are in the table" if len(frame) > MAX_ROWS else ""
        label = "time from the action to the macro: middle half, median, and ◇ 90 %; "
        label += "dashed: the horizon"
        if narrow:
            label = "time from the action to the macro: middle\nhalf, median, and ◇ 90 %; "
            label += "dashed: horizon"
        return drawn.finish(label + more)


def _legible(low: float, high: float, label: float) -> list[float]:
    """The times to name on a logarithmic axis: each label has room beside the one before.

    >>> _legible(1 / 24, 100, _LABEL)
    [0.041666666666666664, 0.25, 1, 7, 30]
    """
    room = (high / low) ** label
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
