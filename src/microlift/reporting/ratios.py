"""Ratios of rates as dots with intervals, beside what 'ever did' would say, and as a table."""

import math
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from microlift.reporting import numerals, style
from microlift.reporting.rows import Column, Rows, in_ratios
from microlift.reporting.tables import html_table
from microlift.reporting.waits import with_interval

MAX_ROWS = 30
_RATIOS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20)
_NARROW = (0.05, 0.2, 1, 5, 20)


def ratios(frame: pd.DataFrame, narrow: bool = False) -> Axes:
    """Draw the ratio of rates of each action with its interval; hollow: counted as 'ever did'.

    Parameters
    ----------
    frame
        `Hazards.to_frame()`. Beyond 30 rows the last are left out, and the axis says so.
    narrow
        For a screen as wide as a phone's.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> row = {"action": "demo", "hazard_ratio": 2.0, "low": 1.5, "high": 2.6, "ever_ratio": 0.7,
    ...     "q_value": 0.01, "note": ""}
    >>> axes = ratios(pd.DataFrame([row]))
    >>> [text.get_text() for text in axes.get_yticklabels()]
    ['demo']
    >>> plt.close(axes.figure)
    """
    rows = frame.sort_values("hazard_ratio", ascending=False, kind="stable", na_position="last")
    shown = rows.head(MAX_ROWS)
    seen = shown[["hazard_ratio", "low", "high", "ever_ratio"]].to_numpy(float).ravel()
    seen = seen[np.isfinite(seen) & (seen > 0)].clip(_RATIOS[0], _RATIOS[-1])
    with style.drawing():
        columns = [Column("ratio (95 % interval)", 150), Column("'ever did'", 220)]
        drawn = Rows([str(name) for name in shown["action"]], columns, narrow=narrow)
        low, high = min([0.5, *(0.85 * seen)]), max([2.0, *(1.18 * seen)])
        named = [t for t in _RATIOS if low <= t <= high]
        # As many as have room: of many, those at 1 and the even steps from it.
        named = named if not narrow or len(named) <= 5 else [t for t in named if t in _NARROW]
        in_ratios(drawn.axes, (low, high), named)
        for y, row in enumerate(shown.to_dict("records")):
            _ratio(drawn, y, row)
        more = f"; {len(rows) - MAX_ROWS} more are in the table" if len(rows) > MAX_ROWS else ""
        label = "rate of macros after it, against before or without; hollow: 'ever did'"
        if narrow:
            label = "rate of macros after it, against before\nor without; hollow: 'ever did'"
        return drawn.finish(label + more)


def _ratio(rows: Rows, y: int, row: Mapping[Hashable, Any]) -> None:
    left, right = rows.axes.get_xlim()
    ratio, low, high, ever = (row[key] for key in ("hazard_ratio", "low", "high", "ever_ratio"))
    rows.beside(y, 1, numerals.decimal(ever), style.MUTED)
    if left <= ever <= right:
        rows.axes.plot(
            [ever], [y], "o", markersize=7.5, color="none", markeredgecolor=style.GREY,
            markeredgewidth=1.5,
        )  # fmt: skip
    if not math.isfinite(ratio):
        rows.beside(y, 0, style.shorten(str(row["note"]).partition(":")[0], 30), style.MUTED)
        return
    sure = row["q_value"] < 0.05
    colour = (style.BLUE if ratio > 1 else style.ORANGE) if sure else style.GREY
    inside = np.clip([low, high], left, right)
    rows.axes.plot(inside, [y, y], color=colour, linewidth=2.4, solid_capstyle="butt")
    if left <= ratio <= right:
        rows.axes.plot([ratio], [y], "o", markersize=8.5, color=colour)
    else:
        rows.beyond(y, ratio > right, "", colour, hollow=False)
    text = f"{numerals.decimal(ratio)}  ({numerals.decimal(low)}–{numerals.decimal(high)})"
    rows.beside(y, 0, text, colour if sure else style.INK)


def ratios_table(frame: pd.DataFrame) -> str:
    """Write `Hazards.to_frame()` as a table.

    Examples
    --------
    >>> row = {"action": "demo", "hazard_ratio": 2.0, "low": 1.5, "high": 2.6, "ever_ratio": 0.7,
    ...     "ever_low": 0.5, "ever_high": 0.9, "q_value": 0.01, "proportional_q": 0.5,
    ...     "doers": 90, "macros": 20, "note": ""}
    >>> "2.00 (1.50 to 2.60)" in ratios_table(pd.DataFrame([row]))
    True
    """
    ever = frame[["ever_ratio", "ever_low", "ever_high"]]
    ever = ever.set_axis(["ever", "low", "high"], axis=1)
    shown = pd.DataFrame(
        {
            "action": frame["action"],
            "ratio of rates": with_interval(frame, "hazard_ratio", numerals.decimal),
            "q": frame["q_value"].map(numerals.q_value),
            "counted as 'ever did'": with_interval(ever, "ever", numerals.decimal),
            "same at all times: q": frame["proportional_q"].map(numerals.q_value),
            "doers": frame["doers"].map(numerals.count),
            "macros of these": frame["macros"].map(numerals.count),
        }
    )
    caption = "Rate of macros after each action against before or without it, 95 % intervals"
    notes = list(frame["note"])
    return html_table(shown, caption, list(shown.columns)[1:], notes if any(notes) else ())
