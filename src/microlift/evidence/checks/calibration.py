"""Calibration: whether the chance of the macro that is predicted at a moment is what happens."""

from copy import copy
from dataclasses import dataclass, replace
from math import sqrt
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pandas as pd

from microlift.asked import as_asked
from microlift.evidence.backtest.windows import LEAST_MACROS, Windows, earlier
from microlift.evidence.check import Check
from microlift.evidence.recount import recount
from microlift.evidence.threads import one_thread
from microlift.models import LiftModel
from microlift.models.states import States
from microlift.moments.space import Field
from microlift.plan import micros
from microlift.weights import MOST_ERRORS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_OFF = 0.1  # of what was observed
WHOLE, LATER = "other users", "later"


@dataclass(frozen=True, eq=False, repr=False)
class Calibration(Check):
    """Predicted against observed macros, out of fold and out of time.

    Attributes
    ----------
    frame
        Overall, by the step that led to a moment, and by decile of the chance: ``judged`` (on
        ``"other users"`` of the whole log, as `LiftModel.calibration` gives it, or on those of a
        ``"later"`` window), ``kind``, ``group``, ``n``, ``predicted``, ``observed``, ``z``,
        ``note``. It judges the journey value and no single action.
    notes
        How to read it, and why the later window was not judged where it was not.
    """

    notes: tuple[str, ...]

    def plot(self, *, narrow: bool = False) -> "Axes":
        """Draw the reliability curve, by decile: of the later window where it is judged."""
        from microlift.reporting.figures import calibration as curve

        later = self.frame[self.frame["judged"] == LATER]
        return curve(later if len(later) else self.frame, narrow)

    def _table(self) -> str:
        from microlift.reporting.verdicts import check_table

        shown = self.frame.assign(group=self.frame["kind"] + " " + self.frame["group"].astype(str))
        return check_table(
            shown[["group", "judged", "n", "predicted", "observed", "z", "note"]],
            "Predicted and observed chance of the macro",
        )


@as_asked
@one_thread
def calibration(model: LiftModel) -> Calibration:
    """Whether the journey value is right for users that its model has not seen, and out of time.

    Twice: on the whole log, for users of other folds; and out of time, on users who arrive in the
    second half of the log, by a journey value that is fitted on the first half alone, as it could
    have been on that day. The second is asked where each half is longer than the horizon and has
    macros enough (30 to learn from, 10 to be judged on) and the log is still open, since moments
    are counted again.

    It fails where a group of moments (all, those after one step, a decile of the value) is off by
    more than a tenth of what was observed and by more than 5 standard errors: the rule by which
    weights are withheld. Lift does not use the journey value, so no action fails with it; credits
    and weights do.

    Measured: where four of ten purchases are lost from the middle on, it fails in 20 of 20 logs of
    8,000 users, out of time alone. On 27 logs of good shops of 10,000 users (plain, channels,
    funnel, lowers, null) it failed none of 27 actions.

    Parameters
    ----------
    model
        A fitted model.
    """
    frame = _judged(model.calibration(), WHOLE)
    later, note = _later(model)
    if later is not None:
        frame = pd.concat([frame, _judged(later, LATER)], ignore_index=True)
    finding, verdict = _said(frame)
    return Calibration(frame, finding, "calibration", verdict, (note,))


def _judged(found: pd.DataFrame, on: str) -> pd.DataFrame:
    off = (found["predicted"] - found["observed"]).abs() > MOST_OFF * found["observed"]
    bad = off & (found["z"].abs() > MOST_ERRORS)
    note = ["off by more than a tenth, and by more than chance" if b else "" for b in bad]
    return found.assign(judged=on, note=note)[["judged", *found.columns, "note"]]


def _later(model: LiftModel) -> tuple[pd.DataFrame | None, str]:
    """Calibration in the second half of the log of a value from the first; or why there is none."""
    log = model.moments_.log
    if log.closed:
        return None, "Not judged out of time: moments are counted again, and the log is closed."
    first, last, horizon = log.facts.first_us, log.facts.last_us, micros(log.plan.horizon)
    split = (first + last) // 2
    if last - split <= horizon:
        return None, "Not judged out of time: the log is shorter than two horizons."

    def add(events: ir.Table) -> ir.Table:
        # Whole users: the first half of a log knows no user of as long a standing as its second.
        arrived = events.t.min().over(ibis.window(group_by="user"))
        return events.mutate(late=(arrived >= split).cast("int64"))

    past = earlier(log, Windows(first, last, split, 0, horizon))
    late = Field("late", 2)
    parts = [recount(model, add, (late,), each).cells for each in (past, log)]
    cells = pd.concat([parts[0], parts[1][parts[1]["late"] == 1]], ignore_index=True)
    states = States.from_moments(replace(model.moments_, cells=cells))
    after = cells["late"].to_numpy()
    learned, judged = (
        replace(states, n=states.n * on, y=states.y * on) for on in (1 - after, after)
    )
    macros = learned.y.sum(), judged.y.sum()
    if any(count < least for count, least in zip(macros, LEAST_MACROS, strict=True)):
        return None, "Not judged out of time: too few macros in one half of the log."
    again = copy(model)
    again.rotations = 1
    again.journey_ = again.journey(model.moments_, learned)
    again.states_ = judged
    found = again.calibration()
    # Errors of `found` hold the chance of the later half alone; what was learned has its own.
    both = found.assign(z=found["z"] / sqrt(1 + macros[1] / macros[0]))
    return both, (
        "Later: users who arrive in the second half of the log, judged by a journey value that is "
        "fitted on the first half alone. Where it fails and the other does not, the shop has "
        "changed, or many users of the first half had come before the log begins."
    )


def _said(frame: pd.DataFrame) -> tuple[str, bool | None]:
    whole = frame[(frame["judged"] == WHOLE) & (frame["kind"] == "overall")]
    if float((whole["observed"] * whole["n"]).sum()) < 1:
        none = "Calibration: no moment with its whole horizon inside the log leads to a macro."
        return none, None
    bad = frame[frame["note"] != ""]
    if len(bad):
        worst = bad.iloc[int(bad["z"].abs().to_numpy().argmax())]
        out = " of a later window" if worst["judged"] == LATER else ""
        return (
            f"The journey value is off in {len(bad)} of {len(frame)} groups of moments, most in "
            f"{worst['kind']} {worst['group']}{out}: {worst['predicted']:.2%} predicted, "
            f"{worst['observed']:.2%} happened."
        ), False
    *_, last = frame[frame["kind"] == "overall"].to_dict("records")
    where = " in a later window" if last["judged"] == LATER else ""
    return (
        f"What the journey value predicts is what happens: {last['predicted']:.2%} against "
        f"{last['observed']:.2%} overall{where}, and no group is off by more than chance."
    ), True
