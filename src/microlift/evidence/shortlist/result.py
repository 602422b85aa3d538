"""The shortlist as it is shown: every candidate with its figures and the reason."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from microlift.result import Result, onto

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False)
class Shortlist(Result):
    """The actions worth being made key events, and why the others are not.

    Attributes
    ----------
    frame
        One row an action, the chosen first in the order of their choice: action, kind, stage
        (early, middle or late: by its place in the funnel, else by how much of the way lies
        ahead; beside where nobody who did it converted), chosen, monthly (users who do it for the
        first time, in 30 days), added (share of what is to be known of the later macros that it
        adds to those chosen before it; of others, to all chosen), early (share of the way from
        arrival to the macro that still lies ahead, on average), lead (median time from it to the
        macro, in hours), overlap (largest share of users in common with a chosen action),
        overlap_with, reason.
    finding
        What they say, in one sentence.
    notes
        How it was chosen.
    """

    then: ClassVar[str] = ".plot(), ml.backtest(log)"

    notes: tuple[str, ...]

    @property
    def actions(self) -> tuple[str, ...]:
        """The chosen actions, in the order of their choice."""
        return tuple(self.frame.loc[self.frame["chosen"], "action"].astype(str))

    def plot(self, *, narrow: bool = False, ax: "Axes | None" = None) -> "Axes":
        """Draw what each action adds, the chosen ones in colour."""
        from microlift.reporting.shortlists import bars

        with onto(ax):
            return bars(self.frame, narrow)

    def _table(self) -> str:
        from microlift.reporting.shortlists import shortlist_table

        return shortlist_table(self.frame)
