"""The table of lifts, as people and programs read it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from microlift.card import next_html, next_line
from microlift.result import onto

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = (
    "action",
    "kind",
    "users",
    "occurrences",
    "association",
    "association_low",
    "association_high",
    "lift",
    "lift_low",
    "lift_high",
    "incremental_probability",
    "incremental_low",
    "incremental_high",
    "q_value",
    "verdict",
    "note",
)
RAISES, LOWERS, NO_EVIDENCE, NOT_IDENTIFIED = (
    "raises",
    "lowers",
    "no evidence",
    "not identified",
)
_NEXT = "ml.Ledger.from_model(model), ml.run_checks(model)"


@dataclass(frozen=True, eq=False)
class LiftTable:
    """Association and lift of each action, with 95 % intervals and a verdict.

    Attributes
    ----------
    frame
        One row an action, in the plan's order, with the columns of ``lift.csv``.
    """

    frame: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of the table."""
        return self.frame.copy()

    def to_csv(self) -> str:
        """Text of lift.csv; a text that a spreadsheet would run as a formula is quoted."""
        return to_csv(self.frame)

    def plot(self, *, narrow: bool = False, ax: "Axes | None" = None) -> "Axes":
        """Forest plot of association and lift."""
        from microlift.reporting.figures import forest

        with onto(ax):
            return forest(self.frame, narrow=narrow)

    def __str__(self) -> str:
        shown = self.frame[["action", "association", "lift", "lift_low", "lift_high", "verdict"]]
        return str(shown.to_string(index=False, float_format=lambda x: f"{x:.2f}", na_rep="-"))

    def __repr__(self) -> str:
        return f"{self}\n\n{next_line(_NEXT)}"

    def _repr_html_(self) -> str:
        from microlift.reporting.tables import lift_table

        return f"<div>{lift_table(self.frame)}{next_html(_NEXT)}</div>"


def verdict(low: float, high: float, q_value: float) -> str:
    """Verdict of an identified lift: needs both the interval and the false discovery rate.

    Examples
    --------
    >>> verdict(1.1, 1.4, 0.01), verdict(1.1, 1.4, 0.06), verdict(0.6, 0.8, 0.01)
    ('raises', 'no evidence', 'lowers')
    """
    if q_value < 0.05 and low > 1:
        return RAISES
    if q_value < 0.05 and high < 1:
        return LOWERS
    return NO_EVIDENCE


def to_csv(frame: pd.DataFrame) -> str:
    """CSV text of a frame, safe to open in a spreadsheet.

    Examples
    --------
    >>> print(to_csv(pd.DataFrame({"action": ["=1+1", "cart"]})), end="")
    action
    '=1+1
    cart
    """
    safe = frame.copy()
    for name in safe.select_dtypes("object").columns:
        text = safe[name].astype(str)
        safe[name] = text.where(~text.str.startswith(("=", "+", "-", "@", "\t", "\r")), "'" + text)
    return str(safe.to_csv(index=False, lineterminator="\n"))
