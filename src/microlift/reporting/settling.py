"""Days until verdicts are settled, as bars from even to likely, and as a table."""

import math

import pandas as pd
from matplotlib.axes import Axes

from microlift.reporting import numerals, style
from microlift.reporting.forests import between
from microlift.reporting.rows import Column, Rows, counted
from microlift.reporting.tables import html_table

MAX_ROWS = 40
YEAR = 365


def days_ahead(frame: pd.DataFrame, narrow: bool = False) -> Axes:
    """Draw for each open verdict the days until it is settled: evenly likely, and with 80 %.

    Parameters
    ----------
    frame
        `Settling.to_frame()`.
    narrow
        For a screen as wide as a phone's.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> row = {"action": "demo", "state": "open", "days": 20.0, "days_likely": 80.0, "note": ""}
    >>> axes = days_ahead(pd.DataFrame([row]))
    >>> [text.get_text() for text in axes.get_yticklabels()]
    ['demo']
    >>> plt.close(axes.figure)
    """
    shown = frame.head(MAX_ROWS)
    with style.drawing():
        columns = [Column("days: even – likely", 150)]
        drawn = Rows([str(name) for name in shown["action"]], columns, narrow=narrow)
        axes = drawn.axes
        seen = shown[["days", "days_likely"]].to_numpy(dtype=float).ravel()
        most = max([7.0, *seen[[math.isfinite(x) for x in seen]]])
        axes.set_xlim(0, min(1.05 * most, YEAR))
        counted(axes, narrow)
        for y, (_, row) in enumerate(shown.iterrows()):
            _mark(drawn, y, row)
        more = f"; {len(frame) - MAX_ROWS} more are in the table" if len(frame) > MAX_ROWS else ""
        label = "more days until the verdict is settled:\neven chance, to a chance of 80 %"
        return drawn.finish((label if narrow else label.replace("\n", " ")) + more)


def _mark(rows: Rows, y: int, row: "pd.Series[float]") -> None:
    state, even, likely = str(row["state"]), float(row["days"]), float(row["days_likely"])
    if state != "open":
        words = state or style.shorten(str(row["note"]).partition(":")[0], 30)
        rows.beside(y, 0, words, style.BLUE if state == "settled" else style.MUTED)
        return
    right = rows.axes.get_xlim()[1]
    end = likely if math.isfinite(likely) else right
    rows.axes.plot([even, end], [y, y], color=style.SKY, linewidth=2.4, solid_capstyle="butt")
    rows.axes.plot([even], [y], "o", markersize=7.5, color=style.BLUE)
    if not math.isfinite(likely):
        rows.beyond(y, True, "", style.SKY, hollow=False)
    rows.beside(y, 0, _days(even, likely), style.INK)


def _days(even: float, likely: float) -> str:
    last = numerals.count(likely) if math.isfinite(likely) else "over a year"
    return f"{numerals.count(even)} – {last}"


def settling_table(frame: pd.DataFrame) -> str:
    """Write `Settling.to_frame()` as a table.

    Examples
    --------
    >>> row = {"action": "demo", "lift": 1.2, "low": 0.9, "high": 1.6, "state": "open",
    ...     "days": 20.0, "days_likely": float("nan"), "chance": 0.7, "note": ""}
    >>> "20 – over a year" in settling_table(pd.DataFrame([row]))
    True
    """
    days = [
        _days(even, likely) if state == "open" else "–"
        for state, even, likely in zip(
            frame["state"], frame["days"], frame["days_likely"], strict=True
        )
    ]
    shown = pd.DataFrame(
        {
            "action": frame["action"],
            "lift": between(frame, "lift"),
            "verdict": frame["state"].replace("", "not identified"),
            "more days: even – likely": days,
            "settled in a year": [
                numerals.percent(x) if x < 1 else "–" for x in frame["chance"].fillna(1)
            ],
        }
    )
    notes = [str(note) for note in frame["note"]]
    caption = "When each verdict is settled, if all goes on as it went"
    return html_table(shown, caption, list(shown.columns)[1:], notes if any(notes) else ())
