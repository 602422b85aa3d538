"""A check that could not be run, and why."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from microlift.evidence.check import Check
from microlift.models import LiftModel
from microlift.result import onto

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CLOSED = (
    "Not judged: it counts the events again, and the log of this model is closed. Run the checks "
    "inside `with read_events(...) as log:`."
)


@dataclass(frozen=True, eq=False, repr=False)
class Unjudged(Check):
    """A check that could not be run; ``finding`` says why.

    Attributes
    ----------
    frame
        One row an action: action, verdict (None).
    """

    def plot(self, *, narrow: bool = False, ax: "Axes | None" = None) -> "Axes":
        """Draw that no action was judged."""
        from microlift.reporting.verdicts import grid

        with onto(ax):
            verdicts = self.frame.set_index("action").set_axis([self.name], axis=1)
            return grid(verdicts.astype(object), narrow)

    def _table(self) -> str:
        from microlift.reporting.verdicts import check_table

        return check_table(self.frame, self.name)


def closed(model: LiftModel, name: str) -> Unjudged:
    """What a check that counts events again is where the log is closed."""
    actions = [action.name for action in model.moments_.log.plan.actions]
    verdicts = pd.Series([None] * len(actions), dtype=object)
    return Unjudged(pd.DataFrame({"action": actions, "verdict": verdicts}), CLOSED, name, None)
