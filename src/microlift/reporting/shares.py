"""Shares as dots with intervals, and as tables."""

from collections.abc import Iterable

import pandas as pd
from matplotlib.axes import Axes

from microlift.reporting import numerals, style
from microlift.reporting.rows import Column, Rows, in_percent
from microlift.reporting.tables import html_table

MAX_DOTS = 36


def dots(
    names: Iterable[str],
    frame: pd.DataFrame,
    label: str,
    narrow: bool = False,
    heads: Iterable[str] = (),
) -> Axes:
    """Draw one share a row, with its interval; the numbers stand beside it.

    Parameters
    ----------
    names
        One a row.
    frame
        Columns count, of, rate, low, high, in the order of the rows. Beyond 36 rows the last are
        left out and their number is named.
    label
        What the shares are of.
    narrow
        For a screen as wide as a phone's.
    heads
        One a row: what rows that stand together have in common, written over the first of them.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> frame = pd.DataFrame({"count": [10], "of": [100], "rate": [0.1], "low": [0.06],
    ...     "high": [0.17]})
    >>> axes = dots(["cart"], frame, "share of visitors")
    >>> [text.get_text() for text in axes.get_yticklabels()]
    ['cart']
    >>> plt.close(axes.figure)
    """
    labels = [str(name) for name in names][:MAX_DOTS]
    left_out = max(0, len(frame) - MAX_DOTS)
    lines, titles, places = _headed(labels, [*heads])
    with style.drawing():
        columns = [Column("share (95 % interval)", 150), Column("of", 220)]
        shown = ["" if narrow and y in titles else line for y, line in enumerate(lines)]
        rows = Rows(shown, columns, narrow=narrow)
        for y in titles:
            rows.head(y, lines[y])
        figures = frame[["of", "rate", "low", "high"]].head(MAX_DOTS).to_numpy(dtype=float)
        for y, (of, rate, low, high) in zip(places, figures, strict=True):
            rows.beside(y, 1, numerals.count(of), style.MUTED)
            if not of:
                rows.beside(y, 0, "nobody to count", style.MUTED, italic=True)
                continue
            rows.axes.plot([low, high], [y, y], color=style.BLUE, linewidth=2.4)
            rows.axes.plot([rate], [y], "o", color=style.BLUE, markersize=7.5, clip_on=False)
            ends = numerals.percents(low, high)
            rows.beside(y, 0, f"{numerals.percent(rate)}  ({ends})", style.INK)
        rows.axes.set_xlim(0, min(1.02, rows.axes.get_xlim()[1]))
        in_percent(rows.axes, narrow)
        more = f"; {left_out} more are in the table" if left_out else ""
        return rows.finish(label + more)


def _headed(labels: list[str], heads: list[str]) -> tuple[list[str], list[int], list[int]]:
    """Put a head over the first of the rows that have it in common: lines, heads, rows.

    >>> _headed(["a", "b", "a"], ["x", "x", "y"])
    (['x', 'a', 'b', 'y', 'a'], [0, 3], [1, 2, 4])
    """
    lines: list[str] = []
    titles, places = [], []
    for y, label in enumerate(labels):
        if heads and (not y or heads[y] != heads[y - 1]):
            titles.append(len(lines))
            lines.append(str(heads[y]))
        places.append(len(lines))
        lines.append(label)
    return lines, titles, places


def rates_table(frame: pd.DataFrame, counted: str, by: str | None) -> str:
    r"""Write `Rates.to_frame()` as a table.

    Examples
    --------
    >>> row = {"action": "cart", "kind": "milestone", "count": 10, "of": 100, "rate": 0.1,
    ...     "low": 0.06, "high": 0.17}
    >>> "10.0\N{NO-BREAK SPACE}%" in rates_table(pd.DataFrame([row]), "visitors", None)
    True
    """
    shown = pd.DataFrame({"action": frame["action"]})
    if by:
        shown[by] = frame["segment"]
    shown["rate (95 % interval)"] = _with_interval(frame)
    shown["count"] = frame["count"].map(numerals.count)
    shown[counted] = frame["of"].map(numerals.count)
    if by:
        shown["q"] = frame["q_value"].map(numerals.q_value)
    caption = f"Rates per {counted.removesuffix('s')}"
    if by:
        caption += f", by {by}; q: whether the rates of an action differ at all"
    return html_table(shown, caption, ["rate (95 % interval)", "count", counted, "q"])


def audience_table(frame: pd.DataFrame, by: str | None) -> str:
    """Write `Audience.to_frame()` as a table.

    Examples
    --------
    >>> row = {"group": "customers", "count": 10, "of": 100, "rate": 0.1, "low": 0.06, "high": 0.17}
    >>> "customers" in audience_table(pd.DataFrame([row]), None)
    True
    """
    shown = pd.DataFrame({by: frame["segment"]}) if by else pd.DataFrame()
    shown["visitors"] = frame["group"]
    shown["share (95 % interval)"] = _with_interval(frame)
    shown["count"] = frame["count"].map(numerals.count)
    return html_table(shown, "Who the visitors are", ["share (95 % interval)", "count"])


def _with_interval(frame: pd.DataFrame) -> list[str]:
    return [
        f"{numerals.percent(rate)} ({numerals.percents(low, high)})"
        for rate, low, high in zip(frame["rate"], frame["low"], frame["high"], strict=True)
    ]
