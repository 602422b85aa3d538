"""Double counting as bars of what each way books, and as tables."""

import math

import pandas as pd
from matplotlib.axes import Axes

from microlift.plan.quoting import clipped
from microlift.reporting import numerals, style
from microlift.reporting.rows import Column, Rows, counted
from microlift.reporting.tables import html_table


def bars(ways: pd.DataFrame, narrow: bool = False) -> Axes:
    """Draw what each way books, as times the real value.

    Parameters
    ----------
    ways
        `DoubleCounting.ways`.
    narrow
        For a screen as wide as a phone's.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> axes = bars(pd.DataFrame({"way": ["usual recipe"], "booked": [2.9], "conversions": [9.0]}))
    >>> [text.get_text() for text in axes.get_yticklabels()]
    ['usual recipe']
    >>> plt.close(axes.figure)
    """
    with style.drawing():
        columns = [Column("booked", 60), Column("conversions a macro", 210)]
        rows = Rows([str(way) for way in ways["way"]], columns, narrow=narrow)
        for y, row in enumerate(ways.to_dict("records")):
            if not math.isfinite(row["booked"]):
                rows.beside(y, 0, "no macros", style.MUTED, italic=True)
                continue
            colour = style.ORANGE if row["booked"] > 1.005 else style.BLUE
            rows.axes.barh(y, row["booked"], height=rows.thick, color=colour)
            rows.beside(y, 0, f"{row['booked']:.2f}×", colour, bold=True)
            rows.beside(y, 1, numerals.decimal(row["conversions"]), style.MUTED)
        rows.axes.axvline(1, color=style.INK, linewidth=1.2, linestyle=(0, (4, 3)))
        rows.axes.set_xlim(0, max(1.2, rows.axes.get_xlim()[1]))
        counted(rows.axes, narrow)
        return rows.finish("value booked, as times the real value")


def overlap_table(frame: pd.DataFrame) -> str:
    """Write `DoubleCounting.to_frame()` as a matrix of shares.

    Examples
    --------
    >>> row = {"action": "cart", "other": "buy", "users": 10, "share": 0.4}
    >>> "40.0" in overlap_table(pd.DataFrame([row, row | {"action": "buy", "other": "cart"}]))
    True
    """
    actions = list(dict.fromkeys(frame["action"]))
    shares = {
        (a, o): s for a, o, s in zip(frame["action"], frame["other"], frame["share"], strict=True)
    }
    users = dict(zip(frame["action"], frame["users"], strict=True))
    shown = pd.DataFrame(
        {"of the users with": actions, "users": [numerals.count(users[a]) for a in actions]}
    )
    for other in actions:
        shown[f"did {clipped(other)}"] = [
            "–" if a == other else numerals.percent(shares[a, other]) for a in actions
        ]
    return html_table(
        shown, "How many of those who did one thing did the other", list(shown.columns)[1:]
    )


def ways_table(ways: pd.DataFrame, currency: str | None) -> str:
    """Write `DoubleCounting.ways` as a table.

    Examples
    --------
    >>> row = {"way": "macro alone", "conversions": 1.0, "booked": 1.0, "target": 1.0,
    ...     "macro_value": 50.0}
    >>> "50.00" in ways_table(pd.DataFrame([row]), "EUR")
    True
    """
    worth = f"sent for a macro, {currency}" if currency else "sent for a macro"
    shown = pd.DataFrame(
        {
            "way to book": ways["way"],
            "conversions a macro": numerals.column(ways["conversions"], 2),
            "booked / real value": numerals.column(ways["booked"], 2),
            "target return × ": numerals.column(ways["target"], 2),
            worth: ["–" if not value else numerals.decimal(value) for value in ways["macro_value"]],
        }
    )
    caption = "What each way books, and what it does to a target return on ad spend"
    return html_table(shown, caption, list(shown.columns)[1:])
