"""Lift of the log, experiment, and both together: three marks an action, and tables."""

import math
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from microlift.reporting import numerals, style
from microlift.reporting.rows import Column, Rows, in_ratios
from microlift.reporting.tables import html_table
from microlift.reporting.waits import with_interval

MAX_ROWS = 30
_TICKS = (0.05, 0.1, 0.2, 0.5, 0.75, 1, 1.5, 2, 5, 10, 20)
_NARROW_TICKS = (0.05, 0.2, 0.5, 1, 2, 5, 20)
_NARROW_ROOM = 5  # labels
_ENDS = ("", "_low", "_high")
_ABOVE, _NARROW_ABOVE = (
    0.24,
    0.19,
)  # how far the log's mark stands above the row's middle, the experiment's below


def three(frame: pd.DataFrame, narrow: bool = False) -> Axes:
    """Draw the lift of the log, the experiment and both together, of each action.

    Parameters
    ----------
    frame
        `Combined.to_frame()`. Beyond 30 rows the last are left out, and the axis says so.
    narrow
        For a screen as wide as a phone's.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> row = {"action": "chat", "verdict": "lowers"}
    >>> for name in ("lift", "experiment", "combined"):
    ...     row |= {name: 0.8, f"{name}_low": 0.7, f"{name}_high": 0.9}
    >>> axes = three(pd.DataFrame([row]))
    >>> [text.get_text() for text in axes.get_yticklabels()]
    ['chat']
    >>> plt.close(axes.figure)
    """
    shown = frame.sort_values("combined", ascending=False, kind="stable", na_position="last")
    left_out = max(0, len(shown) - MAX_ROWS)
    shown = shown.head(MAX_ROWS)
    columns = [Column("both (95 % interval)", 150), Column("experiment", 225), Column("lift", 265)]
    with style.drawing():
        rows = Rows(
            [str(name) for name in shown["action"]], columns, 0.5 if narrow else 0.35, narrow
        )
        _axis(rows.axes, shown, narrow)
        for y, row in enumerate(shown.to_dict("records")):
            _row(rows, y, row)
        _key(rows.axes, narrow)
        more = f"; {left_out} more are in the table" if left_out else ""
        return rows.finish("times as many macros as without it" + more)


def _axis(axes: Axes, shown: pd.DataFrame, narrow: bool) -> None:
    names = [f"{name}{end}" for name in ("lift", "experiment", "combined") for end in _ENDS]
    seen = shown[names].to_numpy(dtype=float).ravel()
    seen = seen[np.isfinite(seen) & (seen > 0)].clip(_TICKS[0], _TICKS[-1])
    low, high = min([0.67, *(0.92 * seen)]), max([1.5, *(1.09 * seen)])
    ticks = [tick for tick in _TICKS if low <= tick <= high]
    if narrow and len(ticks) > _NARROW_ROOM:
        ticks = [tick for tick in ticks if tick in _NARROW_TICKS]
    in_ratios(axes, (low, high), ticks)


def _row(rows: Rows, y: int, row: Mapping[Hashable, Any]) -> None:
    rows.beside(y, 1, numerals.decimal(row["experiment"]), style.MUTED)
    rows.beside(y, 2, numerals.decimal(row["lift"]), style.MUTED)
    if not math.isfinite(row["combined"]):
        rows.beside(y, 0, "not identified", style.MUTED, italic=True)
        return
    colour = style.VERDICT_COLOURS.get(str(row["verdict"]), style.GREY)
    step = _NARROW_ABOVE if rows.narrow else _ABOVE
    _mark(rows, y - step, row, "lift", (style.GREY, "o", 5.0, 1.3))
    _mark(rows, y + step, row, "experiment", (style.PURPLE, "D", 4.5, 1.3))
    _mark(rows, y, row, "combined", (colour, "o", 8.5, 2.6))
    low, high = numerals.decimal(row["combined_low"]), numerals.decimal(row["combined_high"])
    text_colour = colour if row["verdict"] != "no evidence" else style.INK
    rows.beside(y, 0, f"{numerals.decimal(row['combined'])}  ({low}–{high})", text_colour)


def _mark(
    rows: Rows,
    y: float,
    row: Mapping[Hashable, Any],
    name: str,
    look: tuple[str, str, float, float],
) -> None:
    value, bottom, top = (float(row[f"{name}{end}"]) for end in _ENDS)
    if not math.isfinite(value):
        return
    colour, marker, size, width = look
    left, right = rows.axes.get_xlim()
    ends = np.clip([bottom, top], left, right)
    rows.axes.plot(ends, [y, y], color=colour, linewidth=width, solid_capstyle="butt")
    if left <= value <= right:
        rows.axes.plot([value], [y], marker, color=colour, markersize=size, clip_on=False)


def _key(axes: Axes, narrow: bool) -> None:
    looks = [
        (style.GREY, "o", 5.0, "lift of the log"),
        (style.PURPLE, "D", 4.5, "experiment"),
        (style.BLUE, "o", 8.5, "both: raises"),
        (style.ORANGE, "o", 8.5, "both: lowers"),
        (style.GREY, "o", 8.5, "both: no evidence"),
    ]
    handles = [
        Line2D([], [], linestyle="none", marker=marker, markersize=size, color=colour, label=label)
        for colour, marker, size, label in looks
    ]
    axes.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2 if narrow else 5,
        frameon=False, fontsize=11, handletextpad=0.2, columnspacing=1.2,
        borderaxespad=0.1,
    )  # fmt: skip


def combined_table(frame: pd.DataFrame) -> str:
    """Write `Combined.to_frame()` as a table.

    Examples
    --------
    >>> row = {"action": "chat", "log_share": 0.3, "q_value": 0.01, "verdict": "lowers", "note": ""}
    >>> for name in ("lift", "experiment", "bias", "corrected", "combined"):
    ...     row |= {name: 0.8, f"{name}_low": 0.7, f"{name}_high": 0.9}
    >>> "0.80 (0.70 to 0.90)" in combined_table(pd.DataFrame([row]))
    True
    """
    heads = {
        "lift": "lift of the log",
        "experiment": "experiment",
        "bias": "log over experiment",
        "corrected": "lift, corrected",
        "combined": "both",
    }
    columns: dict[str, Any] = {"action": frame["action"]}
    for name, head in heads.items():
        own = frame[[f"{name}{end}" for end in _ENDS]].set_axis(["mid", "low", "high"], axis=1)
        columns[head] = with_interval(own, "mid", numerals.decimal)
    columns["share of the log"] = [
        f"{x:.0%}" if math.isfinite(x) else "–" for x in frame["log_share"]
    ]
    columns["q"] = frame["q_value"].map(numerals.q_value)
    columns["verdict"] = frame["verdict"]
    shown = pd.DataFrame(columns)
    caption = "Lift of the log, experiment, and both together, 95 % intervals"
    notes = list(frame["note"])
    return html_table(shown, caption, list(shown.columns)[1:-1], notes if any(notes) else ())


def arms_table(frame: pd.DataFrame) -> str:
    """Write `Randomised.to_frame()` as a table.

    Examples
    --------
    >>> row = {"arm": "1", "users": 900, "did": 300, "did_share": 1 / 3, "count": 90, "of": 900,
    ...     "rate": 0.1, "low": 0.08, "high": 0.12}
    >>> "33.3" in arms_table(pd.DataFrame([row]))
    True
    """
    shown = pd.DataFrame(
        {
            "arm": frame["arm"],
            "users": frame["users"].map(numerals.count),
            "did it": frame["did_share"].map(numerals.percent),
            "with the macro": frame["count"].map(numerals.count),
            "share": with_interval(frame, "rate", numerals.percent),
        }
    )
    caption = "Users by arm, what they did, and the macro within the horizon"
    return html_table(shown, caption, list(shown.columns)[1:])
