"""Before and after as a line against what was to be expected, as dots, and as a table."""

import math
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import date2num
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from microlift.reporting import numerals, style
from microlift.reporting.canvas import canvas, key_above
from microlift.reporting.rows import NARROW, WIDE, Column, Rows, fix_text
from microlift.reporting.tables import html_table
from microlift.reporting.trends import date_axis, share_axis

MAX_DOTS = 36
AFTER = "after"
_CHANGED = {"rose": style.BLUE, "fell": style.ORANGE}


def change_line(line: pd.DataFrame, label: str, narrow: bool = False) -> Axes:
    """Draw the rate before and after, and what was to be expected after.

    Parameters
    ----------
    line
        `BeforeAfter.line`: by day, or by week counted from the change.
    label
        What the shares are of.
    narrow
        For a screen as wide as a phone's.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from datetime import date
    >>> line = pd.DataFrame({"side": ["before", "after"], "of": [90, 90], "count": [9, 20],
    ...     "begin": [date(2026, 1, 5), date(2026, 1, 12)], "expected": [0.1, 0.1],
    ...     "end": [date(2026, 1, 11), date(2026, 1, 18)], "low": [0.05, 0.05],
    ...     "high": [0.2, 0.2]})
    >>> axes = change_line(line, "share of sessions with buy")
    >>> axes.get_title(loc="left")
    'share of sessions with buy'
    >>> plt.close(axes.figure)
    """
    begin, end = pd.to_datetime(line["begin"]), pd.to_datetime(line["end"])
    at = (begin + (end - begin) / 2).to_numpy()
    of = line["of"].to_numpy(float)
    rate = np.divide(line["count"], of, out=np.full(len(of), np.nan), where=of > 0)
    after = (line["side"] == AFTER).to_numpy()
    expected, low, high = (line[name].to_numpy(float) for name in ("expected", "low", "high"))
    with style.drawing():
        axes = canvas(NARROW if narrow else WIDE, 3.8)
        edges = begin[after].min(), end[after].max() + pd.Timedelta(days=1)
        first, last = (float(date2num(edge)) for edge in edges)  # type: ignore[no-untyped-call]
        axes.axvspan(first, last, color=style.GRID, alpha=0.45, linewidth=0)
        axes.fill_between(at, low, high, where=after, color=style.SKY, alpha=0.25, linewidth=0)
        axes.plot(at, expected, color=style.SKY, linewidth=1.6, linestyle=(0, (5, 2)))
        for side, colour in (("before", style.INK), (AFTER, style.ORANGE), ("later", style.INK)):
            own = (line["side"] == side).to_numpy()
            axes.plot(
                at[own], rate[own], "o-", color=colour, linewidth=1.4,
                markersize=6 if side == AFTER else 4.5,
            )  # fmt: skip
        highest = np.concatenate([rate, expected, high[after]])
        share_axis(axes, float(np.nanmax(highest)) if np.isfinite(highest).any() else 0.0)
        axes.set_title(
            style.shorten(label, 44 if narrow else 90), loc="left", fontsize=11,
            color=style.MUTED, pad=8,
        )  # fmt: skip
        date_axis(axes, narrow)
        weekly = (line["begin"] != line["end"]).any()
        axes.set_xlabel("weeks, counted from the change" if weekly else "days", loc="left")
        _key(axes, bool(np.isfinite(expected).any()), narrow)
        fix_text(axes)
    return axes


def _key(axes: Axes, foretold: bool, narrow: bool) -> None:
    parts: list[Any] = [
        Line2D([], [], color=style.INK, marker="o", markersize=4.5, label="benchmark"),
        Line2D([], [], color=style.ORANGE, marker="o", markersize=6, label="judged"),
    ]
    if foretold:
        parts += [
            Line2D([], [], color=style.SKY, linestyle=(0, (5, 2)), label="to be expected"),
            Patch(color=style.SKY, alpha=0.3, label="95 %"),
        ]
    key_above([axes], parts, narrow, ncols=2 if narrow else 4, handlelength=1.6, columnspacing=1.2)


def change_dots(frame: pd.DataFrame, label: str, narrow: bool = False) -> Axes:
    """Draw the standardised difference of each segment with its interval, in points.

    Parameters
    ----------
    frame
        `BeforeAfter.to_frame()` by segment. Beyond 36 rows the last are left out, and the axis
        says so.
    label
        What the shares are of.
    narrow
        For a screen as wide as a phone's.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> frame = pd.DataFrame({"segment": ["all"], "difference": [0.02], "low": [0.01],
    ...     "high": [0.03], "of_after": [900], "verdict": ["rose"], "reason": [""]})
    >>> axes = change_dots(frame, "share of sessions with buy")
    >>> [text.get_text() for text in axes.get_yticklabels()]
    ['all']
    >>> plt.close(axes.figure)
    """
    shown = frame.head(MAX_DOTS)
    sure = shown[~shown["reason"].str.startswith("too few") & shown["low"].notna()]
    known = sure if len(sure) else shown[shown["low"].notna()]
    ends = 100 * known[["low", "high"]].to_numpy(float).ravel()
    with style.drawing():
        columns = [Column("points (95 % interval)", 160), Column("verdict", 245)]
        rows = Rows([str(name) for name in shown["segment"]], columns, narrow=narrow)
        left, right = 1.1 * min([-0.5, *ends]), 1.1 * max([0.5, *ends])
        rows.axes.set_xlim(left, right)
        rows.axes.axvline(0, color=style.MUTED, linewidth=1.2)
        for y, row in enumerate(shown.to_dict("records")):
            colour = _CHANGED.get(str(row["verdict"]), style.GREY)
            rows.beside(y, 1, str(row["verdict"]), colour)
            if not math.isfinite(row["low"]):
                rows.beside(y, 0, "too few to count", style.MUTED, italic=True)
                continue
            middle, low, high = (100 * float(row[key]) for key in ("difference", "low", "high"))
            rows.axes.plot(
                np.clip([low, high], left, right), [y, y], color=colour, linewidth=2.4,
                solid_capstyle="butt",
            )  # fmt: skip
            if left <= middle <= right:
                rows.axes.plot([middle], [y], "o", color=colour, markersize=7.5)
            rows.beside(y, 0, _points(row), style.INK)
        rows.axes.xaxis.set_major_locator(MaxNLocator(5 if narrow else 9, steps=[1, 2, 5, 10]))
        rows.axes.xaxis.set_major_formatter(FuncFormatter(_tick))
        more = f"; {len(frame) - MAX_DOTS} more in the table" if len(frame) > MAX_DOTS else ""
        what = "" if narrow else f"{style.shorten(label, 60)}: "
        return rows.finish(f"{what}points above what was expected{more}")


def _tick(points: float, _: int | None = None) -> str:
    """Write a difference at a tick.

    >>> _tick(2.0), _tick(0.0), _tick(-2.5)
    ('+2', '0', '−2.5')
    """
    return f"{points:+g}".replace("-", "−") if points else "0"


def change_table(frame: pd.DataFrame, counted: str, by: str | None) -> str:
    """Write `BeforeAfter.to_frame()` as a table.

    Examples
    --------
    >>> names = ["of_before", "of_after", "rate_before", "rate_after", "raw", "mix", "weekday",
    ...     "trend", "difference", "low", "high", "ratio", "ratio_low", "ratio_high", "q_value"]
    >>> row = dict.fromkeys(names, 0.5) | {"verdict": "rose", "reason": ""}
    >>> "rose" in change_table(pd.DataFrame([row]), "sessions", None)
    True
    """
    records = frame.to_dict("records")
    shown = pd.DataFrame({by or "visitors": frame["segment"] if by else ["all"] * len(frame)})
    shown["before"] = [_share(row, "before") for row in records]
    shown["after"] = [_share(row, "after") for row in records]
    for name in ("raw", "mix", "weekday", "trend"):
        shown["raw difference" if name == "raw" else f"by {name}"] = [
            numerals.points(row[name]) for row in records
        ]
    shown["left over: points (95 % interval)"] = [_points(row) for row in records]
    shown["ratio to expected"] = [
        f"{numerals.decimal(row['ratio'])} ({numerals.decimal(row['ratio_low'])} to "
        f"{numerals.decimal(row['ratio_high'])})"
        if math.isfinite(row["ratio"])
        else "–"
        for row in records
    ]
    shown["q"] = frame["q_value"].map(numerals.q_value)
    numeric = list(shown.columns[1:])
    shown["verdict"] = frame["verdict"]
    caption = (
        f"Before and after, share of {counted}; differences in points, of which those by mix, "
        "weekday and trend were to be expected"
    )
    notes = list(frame["reason"])
    return html_table(shown, caption, numeric, notes if any(notes) else ())


def _share(row: Any, side: str) -> str:
    of = numerals.count(row[f"of_{side}"])
    return f"{numerals.percent(row[f'rate_{side}'])} of {of}"


def _points(row: Any) -> str:
    if not math.isfinite(row["difference"]):
        return "–"
    low, high = numerals.points(row["low"]), numerals.points(row["high"])
    return f"{numerals.points(row['difference'])}  ({low} to {high})"
