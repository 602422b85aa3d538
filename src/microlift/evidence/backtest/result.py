"""The backtest as it is shown: one row a method, the segments behind it, and both drawn."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from microlift.result import Result, onto

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = (
    "attribute", "method", "booked", "real", "total_ratio", "raw_ratio", "correlation", "slope",
    "slope_low", "slope_high", "gain", "gain_low", "gain_high", "against_weights",
    "as_good_from", "unbiased_gain", "note",
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Backtest(Result):
    """Weights from an earlier window, judged on who arrives in a later one.

    Attributes
    ----------
    frame
        One row for each attribute of the plan and method: booked and real value of the later
        window, their ratio (total_ratio), what the method would have booked of the earlier revenue
        unscaled (raw_ratio), the correlation of booked and real value per user over segments and
        weeks, the calibration slope (how much more a user of a segment is worth where 1 more is
        booked for one; low, high), the signal gain (low, high), whether it is surely ``"better"``
        or ``"worse"`` than that of the weights (against_weights), from how many macros on counting
        macros is as good (as_good_from), what the gain would be without bias (unbiased_gain), and
        a note.
    finding
        What they say, in one sentence.
    macros
        Macros that a segment brings, for which the gain is told.
    attribute
        That of the finding: the one whose segments differ most surely in true value.
    split
        When the later window begins (ISO date, UTC).
    notes
        How it was done, and what to bear in mind.
    by_segment
        One row for each attribute, segment and week of the later window: users, macros, real
        value, and what each method booked.
    """

    macros: float
    attribute: str
    split: str
    notes: tuple[str, ...]
    by_segment: pd.DataFrame

    def segments(self) -> pd.DataFrame:
        """Return a copy of booked and real value by attribute, segment and week."""
        return self.by_segment.copy()

    def plot(self, *, narrow: bool = False, kind: str = "gain", ax: "Axes | None" = None) -> "Axes":
        """Draw the signal gain of each method, or (``kind="segments"``) booked against real."""
        from microlift.reporting.backtests import gains, scatter

        with onto(ax):
            rows = self.frame[self.frame["attribute"] == self.attribute]
            if kind == "segments":
                own = self.by_segment[self.by_segment["attribute"] == self.attribute]
                return scatter(own, self.attribute, narrow)
            return gains(rows, self.macros, narrow)

    def _table(self) -> str:
        from microlift.reporting.backtests import backtest_table

        return backtest_table(self.frame, self.macros)

    def _shown(self) -> pd.DataFrame:
        return self.frame[list(COLUMNS[:-4])]

    def _told(self) -> tuple[str, ...]:
        return self.notes
