"""Readiness as bars of macros against the thresholds, and as a table."""

import math
from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.axes import Axes

from microlift.reporting import numerals, style
from microlift.reporting.rows import Column, Rows, counted
from microlift.reporting.tables import html_table

if TYPE_CHECKING:
    from microlift.bidding import Thresholds

MAX_ROWS = 24
_REACH = 1.35  # how far beyond the last threshold the axis goes
_COLOURS = {
    "micro": style.ORANGE,
    "one stage": style.PURPLE,
    "macro and micro": style.SKY,
    "macro": style.BLUE,
}


def ladder(frame: pd.DataFrame, thresholds: "Thresholds", narrow: bool = False) -> Axes:
    """Draw the macros of 30 days, with what chance makes of them, against the thresholds.

    Parameters
    ----------
    frame
        `Readiness.to_frame()`. Beyond 24 rows the last are left out, and the axis says so.
    thresholds
        Lines to draw; what lies far beyond the last is an arrow.
    narrow
        For a screen as wide as a phone's.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from microlift.bidding import Thresholds
    >>> row = {"segment": "account", "macros": 22, "macros_low": 13, "macros_high": 32,
    ...     "mode": "one stage", "expected": pd.NaT, "when": "not within a year"}
    >>> axes = ladder(pd.DataFrame([row]), Thresholds())
    >>> [text.get_text() for text in axes.get_yticklabels()]
    ['account']
    >>> plt.close(axes.figure)
    """
    shown = frame.head(MAX_ROWS)
    marks = (thresholds.few, thresholds.enough, thresholds.good, thresholds.alone)
    with style.drawing():
        columns = [Column("mode", 120), Column("next mode", 250)]
        rows = Rows([str(name) for name in shown["segment"]], columns, narrow=narrow)
        most = _REACH * thresholds.alone
        rows.axes.set_xlim(0, most)
        for mark in marks:
            rows.axes.axvline(mark, color=style.GREY, linewidth=1.0, linestyle=(0, (4, 3)))
        for y, row in enumerate(shown.to_dict("records")):
            colour = _COLOURS[row["mode"]]
            beyond = row["macros"] > most
            rows.axes.barh(y, min(row["macros"], most), height=rows.thick, color=colour)
            if beyond:
                rows.beyond(y, True, "", colour, hollow=False)
            else:
                ends = [row["macros_low"], min(row["macros_high"], most)]
                rows.axes.plot(ends, [y, y], color=style.INK, linewidth=1.4)
            rows.beside(y, 0, f"{row['mode']} ({numerals.count(row['macros'])})", colour, bold=True)
            rows.beside(y, 1, _when(row["expected"], str(row["when"])), style.MUTED)
        counted(rows.axes, narrow)
        rows.axes.set_xticks([0, *marks])
        more = f"; {len(frame) - len(shown)} more are in the table" if len(frame) > MAX_ROWS else ""
        label = "macros in 30 days; line: by chance; dashed: thresholds"
        if narrow:
            label = "macros in 30 days; line: by chance;\ndashed: thresholds"
        return rows.finish(label + more)


def readiness_table(frame: pd.DataFrame, by: str | None, currency: str | None) -> str:
    """Write `Readiness.to_frame()` as a table, the reason under each row.

    Examples
    --------
    >>> row = {"segment": "account", "macros": 22, "macros_low": 13, "macros_high": 32,
    ...     "order_value": 60.0, "delay_median": 2.0, "delay_90": 9.0, "click_90": 0.1,
    ...     "growth": 0.05, "growth_low": -0.1, "growth_high": 0.2, "micro": 300,
    ...     "mode": "one stage", "why": "22 are few.", "next": "macro and micro, from 30",
    ...     "when": "not within a year", "remove_micro": "not within a year", "note": ""}
    >>> "22 are few." in readiness_table(pd.DataFrame([row]), None, "EUR")
    True
    """
    value = f"order value, {currency}" if currency else "order value"
    counts = zip(frame["macros"], frame["macros_low"], frame["macros_high"], strict=True)
    delays = zip(frame["delay_median"], frame["delay_90"], strict=True)
    shown = pd.DataFrame(
        {
            by or "what": frame["segment"],
            "mode now": frame["mode"],
            "macros in 30 days (by chance)": [
                f"{numerals.count(n)} ({numerals.count(a)} to {numerals.count(b)})"
                for n, a, b in counts
            ],
            "growth in 30 days": [_growth(*each) for each in _growths(frame)],
            value: frame["order_value"].map(numerals.decimal),
            "days to the macro, half and 90 %": [f"{_days(a)} and {_days(b)}" for a, b in delays],
            "micro in 30 days": frame["micro"].map(numerals.count),
            "micro actions until": frame["remove_micro"],
        }
    )
    numeric = list(shown.columns[2:7])
    notes = [_told(row) for row in frame.to_dict("records")]
    caption = "Which mode of bidding is ready, and what comes next"
    return html_table(shown, caption, numeric, notes)


def _told(row: Mapping[Hashable, Any]) -> str:
    """Why, what comes next and when, and what to know: too long for cells beside each other."""
    then = f"Next {row['next']}: {row['when']}." if row["when"] != "–" else ""
    return " ".join(filter(None, [str(row["why"]), then, str(row["note"])]))


def _growths(frame: pd.DataFrame) -> zip:  # type: ignore[type-arg]
    return zip(frame["growth"], frame["growth_low"], frame["growth_high"], strict=True)


def _growth(rate: float, low: float, high: float) -> str:
    if not math.isfinite(rate):
        return "–"
    return f"{100 * rate:+.0f} % ({100 * low:+.0f} to {100 * high:+.0f})".replace("-", "−")


def _days(days: float) -> str:
    if not math.isfinite(days):
        return "–"
    return "< 0.1" if days < 0.1 else f"{days:.1f}"


def _when(expected: pd.Timestamp, told: str) -> str:
    known = not pd.isna(expected)
    return numerals.day(expected.to_pydatetime()) if known else told.partition(" (")[0]
