"""A shortlist as bars of what each action adds, and as a table with the reasons."""

import pandas as pd
from matplotlib.axes import Axes

from microlift.reporting import numerals, style
from microlift.reporting.rows import Column, Rows, in_percent
from microlift.reporting.tables import html_table

MAX_ROWS = 24


def bars(frame: pd.DataFrame, narrow: bool = False) -> Axes:
    """Draw what each action tells of the later macros, the chosen ones in colour.

    Parameters
    ----------
    frame
        `Shortlist.to_frame()`. Beyond 24 rows the last are left out, and the axis says so.
    narrow
        For a screen as wide as a phone's.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> row = {"action": "cart", "added": 0.1, "monthly": 50.0, "early": 0.4, "chosen": True}
    >>> axes = bars(pd.DataFrame([row]))
    >>> [text.get_text() for text in axes.get_yticklabels()]
    ['cart']
    >>> plt.close(axes.figure)
    """
    shown = frame.head(MAX_ROWS)
    with style.drawing():
        columns = [
            Column("adds", 60), Column("way ahead", 150), Column("users in 30 days", 275),
        ]  # fmt: skip
        rows = Rows([str(name) for name in shown["action"]], columns, narrow=narrow)
        for y, row in enumerate(shown.to_dict("records")):
            added = max(float(row["added"]), 0.0)
            colour = style.BLUE if row["chosen"] else style.GREY
            rows.axes.barh(y, added, height=rows.thick, color=colour)
            rows.beside(y, 0, _share(added), colour if row["chosen"] else style.MUTED)
            rows.beside(y, 1, _share(row["early"]), style.MUTED)
            rows.beside(y, 2, numerals.count(row["monthly"]), style.MUTED)
        most = float(shown["added"].max()) if len(shown) else 0.0
        rows.axes.set_xlim(0, max(1.05 * most, 1e-3))
        in_percent(rows.axes, narrow)
        left_out = len(frame) - len(shown)
        more = f"; {left_out} more are in the table" if left_out else ""
        label = "told of the later macros beyond the actions above it; grey: left out"
        if narrow:
            label = "told of the later macros beyond\nthe actions above it; grey: left out"
        return rows.finish(label + more)


def shortlist_table(frame: pd.DataFrame) -> str:
    """Write `Shortlist.to_frame()` as a table, the reason under each action.

    Examples
    --------
    >>> row = {"action": "cart", "kind": "milestone", "stage": "middle", "chosen": True,
    ...     "monthly": 50.0, "added": 0.1, "early": 0.4, "lead": 3.0, "overlap": 0.2,
    ...     "overlap_with": "view", "reason": "Chosen: it tells much."}
    >>> "Chosen: it tells much." in shortlist_table(pd.DataFrame([row]))
    True
    """
    shares = {name: [_share(value) for value in frame[name]] for name in ("added", "early")}
    overlap = [
        f"{_share(value)} {style.shorten(str(name), 30)}".strip()
        for value, name in zip(frame["overlap"], frame["overlap_with"], strict=True)
    ]
    shown = pd.DataFrame(
        {
            "action": frame["action"],
            "": ["yes" if chosen else "no" for chosen in frame["chosen"]],
            "kind": frame["kind"],
            "stage": frame["stage"],
            "adds": shares["added"],
            "way ahead": shares["early"],
            "hours ahead": frame["lead"].map(numerals.decimal),
            "users in 30 days": frame["monthly"].map(numerals.count),
            "users in common with": overlap,
        }
    )
    caption = "Actions worth making key events, and why the others are not"
    numeric = ["adds", "way ahead", "hours ahead", "users in 30 days"]
    return html_table(shown, caption, numeric, list(frame["reason"]))


def _share(value: float) -> str:
    return numerals.percent(round(max(value, 0.0), 4)) if value == value else "–"
