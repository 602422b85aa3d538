"""Cohorts against the rest: rates side by side, and as tables."""

import math
from collections.abc import Hashable, Mapping
from textwrap import wrap
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from microlift.reporting import numerals, style
from microlift.reporting.rows import Column, Rows, in_percent
from microlift.reporting.tables import html_table
from microlift.reporting.waits import with_interval

MAX_ROWS = 30
_APART = 0.17  # of the two marks of a row from its middle
_LETTERS = 32  # of a line of a name; an expression has two


def cohort_rates(frame: pd.DataFrame, macro: str, narrow: bool = False) -> Axes:
    """Draw the macro rate of each cohort over that of the rest, with intervals.

    Parameters
    ----------
    frame
        `Cohorts.to_frame()`. Beyond 30 rows the last are left out, and the axis says so.
    macro
        What the plan calls a macro.
    narrow
        For a screen as wide as a phone's.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> row = {"cohort": "demo", "rate": 0.2, "low": 0.15, "high": 0.26, "rest_rate": 0.1,
    ...     "rest_low": 0.09, "rest_high": 0.11, "ratio": 2.0, "ratio_low": 1.5, "ratio_high": 2.6,
    ...     "q_value": 0.01, "size": 200, "note": ""}
    >>> axes = cohort_rates(pd.DataFrame([row]), "buy")
    >>> [text.get_text() for text in axes.get_yticklabels()]
    ['demo']
    >>> plt.close(axes.figure)
    """
    shown = frame.head(MAX_ROWS)
    columns = [Column("times the rest (95 %)", 150), Column("members", 218)]
    with style.drawing():
        names = [str(name) for name in shown["cohort"]]
        shortened = [style.shorten(name, 22) for name in names] if narrow else names
        rows = Rows(shortened, columns, 0.5, narrow)
        if not narrow:
            rows.axes.set_yticks(range(len(names)), [_in_two_lines(name) for name in names])
            rows.axes.tick_params(axis="y", labelsize=9.5)
        for y, row in enumerate(shown.to_dict("records")):
            _pair(rows, y, row)
        rows.axes.set_xlim(0, min(1.02, max(0.01, rows.axes.get_xlim()[1])))
        in_percent(rows.axes, narrow=True)  # names and numbers leave little room for ticks
        _key(rows.axes, narrow)
        left_out = len(frame) - len(shown)
        more = f"; {left_out} more are in the table" if left_out else ""
        return rows.finish(f"share with {style.shorten(macro, 20)} within the horizon{more}")


def _pair(rows: Rows, y: int, row: Mapping[Hashable, Any]) -> None:
    rows.beside(y, 1, numerals.count(row["size"]), style.MUTED)
    if not math.isfinite(row["rate"]):
        rows.beside(y, 0, style.shorten(str(row["note"]), 34), style.MUTED, italic=True)
        return
    sure = row["q_value"] < 0.05
    colour = (style.BLUE if row["ratio"] > 1 else style.ORANGE) if sure else style.INK
    middle = y + 0.12 if rows.narrow else y  # clear of the name above
    _mark(rows.axes, middle - _APART / (2 if rows.narrow else 1), row, "", style.BLUE, "o")
    _mark(rows.axes, middle + _APART, row, "rest_", style.GREY, "D")
    if math.isfinite(row["ratio_low"]):
        ends = f"({numerals.decimal(row['ratio_low'])}–{numerals.decimal(row['ratio_high'])})"
        rows.beside(y, 0, f"{numerals.decimal(row['ratio'])}×  {ends}", colour)
    else:
        rows.beside(y, 0, "too few macros", style.MUTED, italic=True)


def _mark(
    axes: Axes, y: float, row: Mapping[Hashable, Any], of: str, colour: str, sign: str
) -> None:
    low, high = row[f"{of}low"], row[f"{of}high"]
    axes.plot([low, high], [y, y], color=colour, linewidth=2.4, solid_capstyle="butt")
    size = 7.5 if sign == "o" else 6.0
    axes.plot([row[f"{of}rate"]], [y], sign, color=colour, markersize=size, clip_on=False)


def _in_two_lines(name: str) -> str:
    r"""Break a name where words end; an expression cut in its middle would be another cohort.

    >>> _in_two_lines("add_to_cart WITHOUT payment_details WITHIN 1d")
    'add_to_cart WITHOUT\npayment_details WITHIN 1d'
    """
    clean = style.shorten(name, 2 * _LETTERS + 8)
    lines = wrap(clean, _LETTERS, max_lines=2, placeholder=" …")
    return "\n".join(style.shorten(line, _LETTERS + 2) for line in lines)


def _key(axes: Axes, narrow: bool) -> None:
    parts = [
        Line2D([], [], color=style.BLUE, marker="o", linewidth=2.4, label="members"),
        Line2D(
            [], [], color=style.GREY, marker="D", markersize=6, linewidth=2.4,
            label="the rest at the same point of the journey",
        ),
    ]  # fmt: skip
    axes.legend(
        handles=parts, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=1 if narrow else 2,
        frameon=False, fontsize=11, handlelength=1.6, columnspacing=1.4, borderaxespad=0.1,
    )  # fmt: skip


def cohorts_table(frame: pd.DataFrame, retention: pd.DataFrame, currency: str | None) -> str:
    r"""Write `Cohorts.to_frame()` and `Cohorts.retention` as tables.

    Examples
    --------
    >>> row = {"cohort": "<b>", "size": 200, "share": 0.2, "judged": 190, "macros": 38,
    ...     "rate": 0.2, "low": 0.15, "high": 0.26, "rest_rate": 0.1, "rest_low": 0.09,
    ...     "rest_high": 0.11, "ratio": 2.0, "ratio_low": 1.5, "ratio_high": 2.6, "q_value": 0.01,
    ...     "naive_ratio": 4.0, "note": ""}
    >>> back = {"cohort": "<b>", "week": 1, "of": 190, "back": 0.5, "low": 0.4, "high": 0.6,
    ...     "rest": 0.3, "rest_low": 0.2, "rest_high": 0.4}
    >>> "2.00 (1.50 to 2.60)" in cohorts_table(pd.DataFrame([row]), pd.DataFrame([back]), None)
    True
    """
    shown = pd.DataFrame({"cohort": frame["cohort"]})
    shown["members"] = frame["size"].map(numerals.count)
    shown["of visitors"] = frame["share"].map(numerals.percent)
    shown["followed"] = frame["judged"].map(numerals.count)
    shown["with a macro"] = _shares(frame, "rate", "")
    shown["the rest"] = _shares(frame, "rest_rate", "rest_")
    ratio = frame[["ratio", "ratio_low", "ratio_high"]]
    shown["times the rest"] = with_interval(ratio, "ratio", numerals.decimal)
    shown["q"] = frame["q_value"].map(numerals.q_value)
    shown["naive ratio"] = frame["naive_ratio"].map(numerals.decimal)
    if currency is not None:
        for name, head in (("value", "value a member"), ("rest_value", "value a user of the rest")):
            shown[head] = [
                numerals.money(value, currency) if math.isfinite(value) else "–"
                for value in frame[name].astype(float)
            ]
    notes = list(frame["note"])
    caption = "Cohorts against the rest at the same point of their journeys, 95 % intervals"
    first = html_table(shown, caption, list(shown.columns)[1:], notes if any(notes) else ())
    back = pd.DataFrame({"cohort": retention["cohort"]})
    back["week after"] = retention["week"].map(numerals.count)
    back["members followed"] = retention["of"].map(numerals.count)
    back["members"] = _shares(retention, "back", "")
    back["the rest"] = _shares(retention, "rest", "rest_")
    second = html_table(back, "Who comes back: share with a visit", list(back.columns)[1:])
    return first + second


def _shares(frame: pd.DataFrame, name: str, ends: str) -> list[str]:
    rates = zip(frame[name], frame[f"{ends}low"], frame[f"{ends}high"], strict=True)
    return [
        f"{numerals.percent(rate)} ({numerals.percents(low, high)})" if math.isfinite(rate) else "–"
        for rate, low, high in rates
    ]
