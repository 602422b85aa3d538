"""What to test first: a bar an idea, darker as far as the evidence goes, and a table."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from microlift.reporting import numerals, style
from microlift.reporting.rows import Column, Rows, counted
from microlift.reporting.tables import html_table

_VERBS = {
    "fault": "mend",
    "leak": "fewer leave after",
    "friction": "fewer meet",
    "promising": "more do",
}


def bars(frame: pd.DataFrame, narrow: bool = False) -> Axes:
    """Draw what each idea would bring a month; dark is as far as the evidence goes.

    Parameters
    ----------
    frame
        `Backlog.to_frame()`.
    narrow
        For a screen as wide as a phone's.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> frame = pd.DataFrame({"kind": ["leak"], "step": ["cart"], "segment": ["all"],
    ...     "if_moved": [100.0], "expected": [80.0], "days": [12.0], "currency": ["USD"]})
    >>> axes = bars(frame)
    >>> [text.get_text() for text in axes.get_yticklabels()]
    ['fewer leave after cart']
    >>> plt.close(axes.figure)
    """
    names = [_name(row) for row in frame.to_dict("records")]
    unit = str(frame["currency"].iloc[0] or "macros") if len(frame) else "macros"
    with style.drawing():
        columns = [Column("a month", 78), Column("test takes", 158)]
        rows = Rows(names or ["nothing to test"], columns, 0.5, narrow)
        figures = frame[["if_moved", "expected", "days"]].to_numpy(dtype=float)
        for y, (moved, sure, days) in enumerate(figures):
            rows.axes.barh([y], [moved], height=rows.thick, color=style.GRID)
            rows.axes.barh([y], [sure], height=rows.thick, color=style.BLUE)
            rows.beside(y, 0, style.compact(moved), style.INK)
            test = f"{numerals.count(days)} days" if math.isfinite(days) else "–"
            rows.beside(y, 1, test, style.MUTED)
        counted(rows.axes, narrow)
        rows.axes.legend(
            handles=[
                Patch(color=style.BLUE, label="weighed by evidence"),
                Patch(color=style.GRID, label="if it moves"),
            ],
            loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, frameon=False, borderaxespad=0,
            handlelength=1.2,
        )  # fmt: skip
        return rows.finish(f"{unit} a month{'' if narrow else ', if mended or moved by a tenth'}")


def backlog_table(frame: pd.DataFrame) -> str:
    """Write `Backlog.to_frame()` as a table; hypothesis and evidence stand under each idea.

    Examples
    --------
    >>> backlog_table(pd.DataFrame({"kind": []}))
    '<p>Nothing to test first.</p>'
    """
    if frame.empty:
        return "<p>Nothing to test first.</p>"
    rows = frame.to_dict("records")
    shown = pd.DataFrame(
        {
            "what": [f"{row['rank']}. {_name(row)}" for row in rows],
            "at stake a month": [numerals.money(row["at_stake"], row["currency"]) for row in rows],
            "if moved": [numerals.money(row["if_moved"], row["currency"]) for row in rows],
            "confidence": [numerals.percent(row["confidence"]) for row in rows],
            "metric": [row["metric"] for row in rows],
            "rate": [numerals.percent(row["rate"]) for row in rows],
            "sample": [_count(row["sample"]) for row in rows],
            "days": [_count(row["days"]) for row in rows],
        }
    )
    notes = [f"{row['hypothesis']} Evidence: {row['evidence']}." for row in rows]
    numeric = ["at stake a month", "if moved", "confidence", "rate", "sample", "days"]
    return html_table(shown, "What to test first", numeric, notes)


def _name(row: Mapping[Any, Any]) -> str:
    where = "" if row["segment"] == "all" else f", {row['segment']}"
    return f"{_VERBS[row['kind']]} {row['step']}{where}"


def _count(number: float) -> str:
    return numerals.count(number) if math.isfinite(number) else "–"
