"""Rates over time as lines before the band of what was to be expected, and as a table."""

import math
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from microlift.reporting import numerals, style
from microlift.reporting.canvas import key_above, label_all, panels
from microlift.reporting.rows import NARROW, WIDE, fix_text, percent_ticks
from microlift.reporting.tables import html_table

MAX_PANELS, MAX_TABLE = 6, 120
_TALL, _PANEL = 3.6, 1.75  # inches
_JUDGED = ("above", "below", "as usual", "too little history")
_OUT = ("above", "below")
_NAMED = 4  # changes whose date is written


def lines(frame: pd.DataFrame, label: str, daily: bool, narrow: bool = False) -> Axes:
    """Draw a rate over time before the band of what was to be expected.

    Hollow points are not judged: the period is not whole, or not everybody has had the horizon.

    Parameters
    ----------
    frame
        `Trend.to_frame()`. Of more than six segments those with most to count are drawn, and the
        axis says so.
    label
        What the shares are of.
    daily
        Whether a period is a day, and not a week.
    narrow
        For a screen as wide as a phone's.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from datetime import date
    >>> frame = pd.DataFrame({"start": [date(2026, 1, 5), date(2026, 1, 12)], "rate": [0.1, 0.02],
    ...     "low": [0.05, 0.01], "high": [0.2, 0.05], "expected": [float("nan"), 0.1],
    ...     "expected_low": [float("nan"), 0.06], "expected_high": [float("nan"), 0.14],
    ...     "of": [90, 90], "state": ["too little history", "below"]})
    >>> axes = lines(frame, "share of sessions with buy", daily=False)
    >>> axes.get_title(loc="left")
    'share of sessions with buy'
    >>> plt.close(axes.figure)
    """
    names, more = _panels(frame)
    width = NARROW if narrow else WIDE
    height = _TALL if len(names) == 1 else 1.0 + _PANEL * len(names)
    with style.drawing():
        every = panels(len(names), 1, (width, height), sharex=True, sharey=True)
        top = 0.0
        for axes, name in zip(every, names, strict=True):
            rows = frame if name is None else frame[frame["segment"] == name]
            top = max(top, _draw(axes, rows.reset_index(drop=True), daily, narrow))
            if name is not None:
                axes.set_title(style.shorten(name), loc="left", fontsize=11, color=style.INK, pad=3)
        share_axis(every[0], top)
        _key(every, frame, narrow)
        title = style.shorten(label, 38 if narrow else 90)
        if len(names) == 1 and names[0] is None:
            every[0].set_title(title, loc="left", fontsize=11, color=style.MUTED, pad=8)
        else:
            label_all(every, y=title)
        date_axis(every[-1], narrow)
        unit = "day" if daily else "week, by its Monday"
        every[-1].set_xlabel(
            unit + (f"; {more} more segments in the table" if more else ""), loc="left"
        )
        for axes in every:
            fix_text(axes)
    return every[0]


def _panels(frame: pd.DataFrame) -> tuple[list[str | None], int]:
    if "segment" not in frame:
        return [None], 0
    sizes = frame.groupby("segment", sort=False)["of"].sum()
    ranked = list(sizes[sizes > 0].sort_values(ascending=False, kind="stable").index)
    return ranked[:MAX_PANELS] or [None], max(0, len(ranked) - MAX_PANELS)


def _draw(axes: Axes, rows: pd.DataFrame, daily: bool, narrow: bool) -> float:
    """Draw one series; returns how far up the axis has to go."""
    at = pd.to_datetime(rows["start"]).to_numpy()
    rate, low, high = (rows[name].to_numpy(float) for name in ("rate", "low", "high"))
    axes.fill_between(
        at, rows["expected_low"].to_numpy(float), rows["expected_high"].to_numpy(float),
        color=style.SKY, alpha=0.18, linewidth=0,
    )  # fmt: skip
    axes.plot(at, rows["expected"].to_numpy(float), color=style.SKY, linewidth=1.2)
    judged = rows["state"].isin(_JUDGED).to_numpy()
    axes.plot(at, np.where(judged, rate, np.nan), color=style.INK, linewidth=1.2 if daily else 1.6)
    if not daily:
        axes.vlines(at[judged], low[judged], high[judged], color=style.INK, linewidth=0.9)
        axes.plot(at[judged], rate[judged], "o", color=style.INK, markersize=4)
    axes.plot(
        at[~judged], rate[~judged], "o", markersize=5, color=style.SURFACE,
        markeredgecolor=style.GREY, markeredgewidth=1.3,
    )  # fmt: skip
    for state, marker in zip(_OUT, "^v", strict=True):
        out = (rows["state"] == state).to_numpy()
        axes.plot(at[out], rate[out], marker, linestyle="", color=style.ORANGE, markersize=9)
    _name(axes, rows, daily, narrow)
    ends = np.concatenate([rows["expected_high"].to_numpy(float), high[judged]])
    ends, known = ends[np.isfinite(ends)], rate[np.isfinite(rate) & judged]
    # The intervals of a few periods with few to count must not flatten all others.
    tops = [np.quantile(ends, 0.8)] if len(ends) else [1.0]
    return float(max([*tops, *known]))


def _name(axes: Axes, rows: pd.DataFrame, daily: bool, narrow: bool) -> None:
    """Write the dates of the changes that are farthest out, where they leave each other room.

    Weeks have their intervals drawn: there the date stands beyond the end of it.
    """
    out = rows[rows["state"].isin(_OUT)].sort_values("q_value" if "q_value" in rows else "start")
    span = max(1, (rows["start"].iloc[-1] - rows["start"].iloc[0]).days)
    apart = timedelta(days=span * (0.2 if narrow else 0.09))
    named: list[Any] = []
    for row in out.to_dict("records"):
        if len(named) >= _NAMED or any(abs(row["start"] - other) < apart for other in named):
            continue
        named.append(row["start"])
        under = row["state"] == "below"
        axes.annotate(
            f"{row['start'].day} {row['start']:%b}",
            (row["start"], row["rate"] if daily else row["low" if under else "high"]),
            (0, (-9 if under else 9) if daily else (-3 if under else 3)),
            textcoords="offset points", ha="center",
            va="top" if under else "bottom", color=style.ORANGE, fontsize=11,
        )  # fmt: skip


def _key(every: Sequence[Axes], frame: pd.DataFrame, narrow: bool) -> None:
    parts: list[Any] = [Patch(color=style.SKY, alpha=0.3, label="to be expected (95 %)")]
    if frame["state"].isin(_OUT).any():
        parts.append(Line2D([], [], marker="v", linestyle="", color=style.ORANGE, label="outside"))
    if not frame["state"].isin(_JUDGED).all():
        parts.append(
            Line2D(
                [], [], marker="o", linestyle="", color=style.SURFACE,
                markeredgecolor=style.GREY, markeredgewidth=1.3, label="not judged",
            )
        )  # fmt: skip
    key_above(every, parts, narrow, ncols=2 if narrow else 3, handlelength=1.2, columnspacing=1.2)


def share_axis(axes: Axes, top: float) -> None:
    """Let the left axis hold shares from 0 up to `top`."""
    top = min(1.02, 1.08 * top) if top > 0 else 0.01
    axes.set_ylim(-0.03 * top, top)
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(percent_ticks())
    for other in axes.get_shared_y_axes().get_siblings(axes):
        other.grid(axis="y")


class _Dates(ConciseDateFormatter):
    """Days with their month, months, years; where no tick says the year, the end of the axis."""

    def __init__(self, locator: AutoDateLocator) -> None:
        each = ["%Y", "%b", "%d %b", "%H:%M", "%H:%M", "%S.%f"]
        zero = ["", "%Y", "%d %b", "%d %b", "%H:%M", "%H:%M"]
        year = ["", "%Y", "%Y", "%Y", "%Y", "%Y"]
        super().__init__(locator, formats=each, zero_formats=zero, offset_formats=year)  # type: ignore[no-untyped-call]

    def format_ticks(self, values: Any) -> list[str]:
        # Not every system knows a day without a leading zero.
        return [str(label).removeprefix("0") for label in super().format_ticks(values)]  # type: ignore[no-untyped-call]


def date_axis(axes: Axes, narrow: bool) -> None:
    """Write the ticks of the lower axis as dates, the year beside them.

    >>> import matplotlib.pyplot as plt
    >>> axes = plt.figure().add_subplot()
    >>> _ = axes.plot(pd.to_datetime(["2025-01-06", "2025-03-06"]), [1, 2])
    >>> date_axis(axes, narrow=False)
    >>> axes.figure.canvas.draw()
    >>> [label.get_text() for label in axes.get_xticklabels()]
    ['15 Jan', '1 Feb', '15 Feb', '1 Mar']
    >>> plt.close(axes.figure)
    """
    locator = AutoDateLocator(minticks=3, maxticks=5 if narrow else 9)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(_Dates(locator))


def trend_table(frame: pd.DataFrame, counted: str, by: str | None) -> str:
    """Write `Trend.to_frame()` as a table, the latest periods first.

    Examples
    --------
    >>> from datetime import date
    >>> row = {"start": date(2026, 1, 5), "count": 9, "of": 90, "rate": 0.1, "low": 0.05,
    ...     "high": 0.2, "expected": 0.1, "expected_low": 0.06, "expected_high": 0.14,
    ...     "q_value": 0.5, "state": "as usual"}
    >>> "as usual" in trend_table(pd.DataFrame([row]), "sessions", None)
    True
    """
    rows = frame.iloc[::-1] if by is None else frame
    rows = rows.head(MAX_TABLE)
    shown = pd.DataFrame({"from": [f"{start:%Y-%m-%d}" for start in rows["start"]]})
    if by:
        shown[by] = list(rows["segment"])
    shown["rate (95 % interval)"] = _spans(rows, "rate", "low", "high")
    shown["to be expected"] = _spans(rows, "expected", "expected_low", "expected_high")
    shown["q"] = [numerals.q_value(q) for q in rows["q_value"]]
    shown["count"] = [numerals.count(count) for count in rows["count"]]
    shown[counted] = [numerals.count(of) for of in rows["of"]]
    shown["verdict"] = list(rows["state"])
    caption = "Rate over time against its own history"
    if len(frame) > MAX_TABLE:
        caption += f"; {len(frame) - MAX_TABLE:,} more rows in to_frame()"
    numeric = ["rate (95 % interval)", "to be expected", "q", "count", counted]
    return html_table(shown, caption, numeric)


def _spans(rows: pd.DataFrame, middle: str, low: str, high: str) -> list[str]:
    return [
        f"{numerals.percent(m)} ({numerals.percents(a, b)})" if math.isfinite(m) else "–"
        for m, a, b in zip(rows[middle], rows[low], rows[high], strict=True)
    ]
