"""Funnels as bars, each before the shadow of the one above it, and as tables."""

import math
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from microlift.reporting import numerals, style
from microlift.reporting.rows import Column, Rows, counted, in_percent
from microlift.reporting.tables import html_table

MAX_BARS = 36


@dataclass(frozen=True)
class _Bar:
    """A row of the figure: a bar, or the name of a step over its segments.

    `length` is made of those who came from the step before and those who enter here; `shadow` is
    the bar of the step before. All are users, or shares of those who entered.
    """

    name: str
    length: float = math.nan
    came: float = math.nan
    shadow: float = math.nan
    beside: tuple[str, ...] = ()

    @property
    def is_head(self) -> bool:
        return not self.beside


def funnel_bars(
    frame: pd.DataFrame, opened: bool = False, by: str | None = None, narrow: bool = False
) -> Axes:
    """Draw one bar a step, before the shadow of those who were lost on the way to it.

    Parameters
    ----------
    frame
        `Funnel.to_frame()`.
    opened
        Whether visitors may enter at any step; those who enter at one are drawn in a second colour.
    by
        The attribute of the segments. Then bars are shares of those who entered, since segments
        differ in size, and stand together step by step. Beyond 36 rows the last are left out.
    narrow
        For a screen as wide as a phone's.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> frame = pd.DataFrame({"step": ["view", "cart"], "users": [100, 20], "came": [0, 20],
    ...     "of_first": [1.0, 0.2], "of_before": [float("nan"), 0.2], "lost": [80, 0],
    ...     "of_before_low": [float("nan"), 0.13], "of_before_high": [float("nan"), 0.29]})
    >>> axes = funnel_bars(frame)
    >>> [text.get_text() for text in axes.get_yticklabels()]
    ['view', 'cart']
    >>> plt.close(axes.figure)
    """
    bars = _bars(frame, by)
    left_out = max(0, len(bars) - MAX_BARS)
    bars = bars[:MAX_BARS]
    columns = [Column("of the step before", 158), Column("visitors", 226)]
    columns += [] if by else [Column("lost here", 300)]
    with style.drawing():
        names = ["" if bar.is_head and narrow else bar.name for bar in bars]
        rows = Rows(names, columns, 0.5 if opened else 0.2, narrow)
        for y, bar in enumerate(bars):
            _draw(rows, y, bar, opened)
        _axis(rows, narrow, share=by is not None)
        if opened:
            _key(rows.axes, narrow)
        label = "share of those who enter" if by else "visitors"
        label += "" if opened else "; grey: lost on the way"
        more = f"; {left_out} more rows are in the table" if left_out else ""
        return rows.finish(label + more)


def _bars(frame: pd.DataFrame, by: str | None) -> list[_Bar]:
    bars: list[_Bar] = []
    before: dict[str, float] = {}  # by segment, the bar of the step before
    last = frame["step"].iloc[-1]
    for step, group in frame.groupby("step", sort=False):
        if by is not None:
            bars.append(_Bar(str(step)))
        for row in group.to_dict("records"):
            name = str(row["segment"] if by else step)
            users, came = float(row["users"]), float(row["came"])
            length = float(row["of_first"]) if by else users
            segment = name if by else ""
            rate = "nobody to count" if segment in before else "enter here"
            if math.isfinite(row["of_before"]):
                rate = numerals.percent(row["of_before"])
                rate += f"  ({numerals.percents(row['of_before_low'], row['of_before_high'])})"
            lost = "–" if step == last else numerals.count(row["lost"])
            beside = (rate, numerals.count(users)) if by else (rate, numerals.count(users), lost)
            from_before = length * came / users if users else 0.0
            bars.append(_Bar(name, length, from_before, before.get(segment, 0.0), beside))
            before[segment] = length
    return bars


def _draw(rows: Rows, y: int, bar: _Bar, opened: bool) -> None:
    if bar.is_head:
        rows.head(y, bar.name)
        return
    if opened:
        rows.axes.barh([y], [bar.length], height=rows.thick, color=style.SKY)
        rows.axes.barh([y], [bar.came], height=rows.thick, color=style.BLUE)
    else:
        rows.axes.barh([y], [bar.shadow], height=rows.thick, color=style.GRID)
        rows.axes.barh([y], [bar.length], height=rows.thick, color=style.BLUE)
    for column, text in enumerate(bar.beside):
        first = column == 0
        known = "%" in text
        rows.beside(
            y, column, text, style.INK if first and known else style.MUTED,
            italic=first and not known,
        )  # fmt: skip


def _axis(rows: Rows, narrow: bool, share: bool) -> None:
    rows.axes.set_xlim(left=0)
    written = in_percent if share else counted
    written(rows.axes, narrow)


def _key(axes: Axes, narrow: bool) -> None:
    parts = [
        Patch(color=style.BLUE, label="came from the step before"),
        Patch(color=style.SKY, label="entered here"),
    ]
    axes.legend(
        handles=parts, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=1 if narrow else 2,
        frameon=False, fontsize=11, handlelength=1.0, columnspacing=1.4, borderaxespad=0.1,
    )  # fmt: skip


def funnel_table(frame: pd.DataFrame, by: str | None, currency: str | None) -> str:
    r"""Write `Funnel.to_frame()` as a table.

    Examples
    --------
    >>> row = {"step": "cart", "users": 20, "of_first": 0.2, "of_first_low": 0.13,
    ...     "of_first_high": 0.29, "of_before": 0.2, "of_before_low": 0.13, "of_before_high": 0.29,
    ...     "lost": 0, "median_hours": 0.5, "money_lost": None, "left_to": ""}
    >>> "30 minutes" in funnel_table(pd.DataFrame([row]), None, None)
    True
    """
    shown = pd.DataFrame({"step": frame["step"]})
    if by:
        shown[by] = frame["segment"]
    shown["visitors"] = frame["users"].map(numerals.count)
    shown["of those who enter"] = _with_interval(frame, "of_first")
    shown["of the step before"] = _with_interval(frame, "of_before")
    if by:
        shown["q"] = frame["q_value"].map(numerals.q_value)
    shown["median time"] = frame["median_hours"].map(_span)
    shown["lost here"] = frame["lost"].map(numerals.count)
    if frame["money_lost"].notna().any():
        shown["money lost here"] = [
            numerals.money(value, currency or "macros") if value == value else "–"
            for value in frame["money_lost"].astype(float)
        ]
    numeric = list(shown.columns[2 if by else 1 :])
    shown["and did next"] = frame["left_to"].map(lambda text: text or "–")
    caption = "Funnel, with 95 % intervals"
    if by:
        caption += f", by {by}; q: whether the rates at a step differ at all"
    return html_table(shown, caption, numeric)


def _with_interval(frame: pd.DataFrame, share: str) -> list[str]:
    columns = (frame[share], frame[f"{share}_low"], frame[f"{share}_high"])
    return [
        f"{numerals.percent(rate)} ({numerals.percents(low, high)})" if math.isfinite(rate) else "–"
        for rate, low, high in zip(*columns, strict=True)
    ]


def _span(hours: float) -> str:
    """Write a time in the unit that people would use.

    >>> _span(0.5), _span(30), _span(80), _span(0.001), _span(float("nan"))
    ('30 minutes', '30.0 hours', '3.3 days', '4 seconds', '–')
    """
    if not math.isfinite(hours):
        return "–"
    if hours < 1 / 60:
        return f"{3600 * hours:.0f} seconds"
    if hours < 1:
        return f"{60 * hours:.0f} minutes"
    return f"{hours:.1f} hours" if hours < 48 else f"{hours / 24:.1f} days"
