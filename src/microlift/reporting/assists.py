"""Assists as bars of macros by the place of each action before them, and as a table."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from microlift.reporting import numerals, style
from microlift.reporting.rows import Column, Rows, in_percent
from microlift.reporting.tables import html_table

MAX_BARS = 36


def assist_bars(
    frame: pd.DataFrame, by: str | None, action: str | None = None, narrow: bool = False
) -> Axes:
    """Draw the share of macros before which each action came: assisted, or as the last touch.

    Parameters
    ----------
    frame
        `Assists.to_frame()`. Beyond 36 rows the last are left out, and the axis says so.
    by
        The attribute of the segments; then one action is drawn, a bar a segment.
    action
        Which one; default the one that assists most.
    narrow
        For a screen as wide as a phone's.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> row = {"action": "guide", "any": 3, "any_share": 0.3, "assisted": 2, "assisted_share": 0.2,
    ...     "assisted_low": 0.1, "assisted_high": 0.4, "last_share": 0.1, "first_share": 0.3}
    >>> axes = assist_bars(pd.DataFrame([row]), None)
    >>> [round(float(bar.get_width()), 2) for bar in axes.patches]
    [0.2, 0.1]
    >>> plt.close(axes.figure)
    """
    named = ""
    if by is None and action is None:
        shown, names = frame.sort_values("assisted", ascending=False, kind="stable"), "action"
    else:
        named = action or str(frame.groupby("action", sort=False)["assisted"].sum().idxmax())
        shown, names = frame[frame["action"] == named], "segment" if by else "action"
    left_out = max(0, len(shown) - MAX_BARS)
    shown = shown.head(MAX_BARS)
    columns = [Column("assisted", 150), Column("last touch", 230), Column("first touch", 310)]
    with style.drawing():
        rows = Rows([str(name) for name in shown[names]], columns, 0.5, narrow)
        for y, row in enumerate(shown.to_dict("records")):
            assisted, last = float(row["assisted_share"]), float(row["last_share"])
            if assisted != assisted:
                rows.beside(y, 0, "no macros", style.MUTED, italic=True)
                continue
            rows.axes.barh([y], [assisted], height=rows.thick, color=style.SKY)
            rows.axes.barh([y], [last], height=rows.thick, left=[assisted], color=style.BLUE)
            ends = numerals.percents(row["assisted_low"], row["assisted_high"])
            rows.beside(y, 0, f"{numerals.percent(assisted)}  ({ends})", style.INK)
            rows.beside(y, 1, numerals.percent(last), style.MUTED)
            rows.beside(y, 2, numerals.percent(float(row["first_share"])), style.MUTED)
        rows.axes.set_xlim(left=0)
        in_percent(rows.axes, narrow)
        _key(rows.axes)
        what = f" with {style.shorten(named)} before them" if names == "segment" else ""
        more = f"; {left_out} more are in the table" if left_out else ""
        return rows.finish(f"share of macros{what}{more}")


def _key(axes: Axes) -> None:
    parts = [
        Patch(color=style.SKY, label="assisted"),
        Patch(color=style.BLUE, label="was the last touch"),
    ]
    axes.legend(
        handles=parts, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2, frameon=False,
        fontsize=11, handlelength=1.0, columnspacing=1.4, borderaxespad=0.1,
    )  # fmt: skip


def assists_table(frame: pd.DataFrame, by: str | None, currency: str | None) -> str:
    """Write `Assists.to_frame()` as a table.

    Examples
    --------
    >>> row = {"action": "guide", "users": 3, "macros": 10}
    >>> for role in ("any", "assisted", "first", "last"):
    ...     row |= {role: 2, f"{role}_share": 0.2, f"{role}_low": 0.1, f"{role}_high": 0.4}
    >>> "20.0" in assists_table(pd.DataFrame([row]), None, None)
    True
    """
    shown = pd.DataFrame({"action": frame["action"]})
    if by:
        shown[by] = frame["segment"]
    shown["macros"] = frame["macros"].map(numerals.count)
    heads = {
        "assisted": "assisted", "last": "last touch", "first": "first touch", "any": "any touch",
    }  # fmt: skip
    for role, head in heads.items():
        columns = (frame[role], frame[f"{role}_share"], frame[f"{role}_low"], frame[f"{role}_high"])
        shown[head] = [
            f"{numerals.count(count)}: {numerals.percent(rate)} ({numerals.percents(low, high)})"
            for count, rate, low, high in zip(*columns, strict=True)
        ]
    if "assisted_value" in frame:
        shown["value assisted"] = [
            numerals.money(value, currency) for value in frame["assisted_value"]
        ]
    shown["users"] = frame["users"].map(numerals.count)
    if by:
        shown["q"] = frame["q_value"].map(numerals.q_value)
    caption = "Macros by the place of each action before them, with 95 % intervals"
    if by:
        caption += f", by {by} of the first touch; q: whether the assisted shares differ at all"
    return html_table(shown, caption, list(shown.columns)[2 if by else 1 :])
