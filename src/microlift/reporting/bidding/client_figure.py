"""The two rates of a client's note as bars: what the platform shows, and what is real."""

from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.axes import Axes

from microlift.reporting import numerals, style
from microlift.reporting.rows import Column, Rows, in_percent

if TYPE_CHECKING:
    from microlift.bidding.sheet import Sheet

_NAMES = {
    "real": "real",
    "before": "platform today",
    "after": "platform from now on",
}


def bars(frame: pd.DataFrame, sheet: "Sheet", narrow: bool = False) -> Axes:
    """Draw the rates: real, shown by the platform today, and from now on.

    Parameters
    ----------
    frame
        `ClientNote.to_frame()`.
    sheet
        Its words.
    narrow
        For a screen as wide as a phone's.
    """
    shown = frame[frame["view"].isin(list(_NAMES))]
    with style.drawing():
        columns = [Column("rate", 70), Column("conversions", 170)]
        rows = Rows([_NAMES[view] for view in shown["view"]], columns, narrow=narrow)
        for y, row in enumerate(shown.to_dict("records")):
            colour = style.BLUE if row["view"] == "real" else style.GREY
            colour = style.ORANGE if row["view"] == "after" and sheet.booked else colour
            rows.axes.barh(y, row["rate"], height=rows.thick, color=colour)
            rows.beside(y, 0, numerals.percent(row["rate"]), colour, bold=True)
            rows.beside(y, 1, numerals.count(row["conversions"]), style.MUTED)
        most = float(shown["rate"].max())
        rows.axes.set_xlim(0, 1.05 * most if most > 0 else 1.0)
        in_percent(rows.axes, narrow)
        return rows.finish(f"conversions as a share of {sheet.denominator}")
