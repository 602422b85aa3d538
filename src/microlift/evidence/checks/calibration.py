"""Calibration: whether the chance of the macro that is predicted at a moment is what happens."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from microlift.asked import as_asked
from microlift.evidence.check import Check
from microlift.models import LiftModel
from microlift.weights import MOST_ERRORS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_OFF = 0.1  # of what was observed


@dataclass(frozen=True, eq=False, repr=False)
class Calibration(Check):
    """Predicted against observed macros out of fold, as `LiftModel.calibration` gives them.

    Attributes
    ----------
    frame
        Overall, by the step that led to a moment, and by decile of the chance: ``kind``,
        ``group``, ``n``, ``predicted``, ``observed``, ``z``, ``note``. It judges the journey value
        and no single action.
    """

    def plot(self, *, narrow: bool = False) -> "Axes":
        """Draw the reliability curve: observed against predicted, by decile."""
        from microlift.reporting.figures import calibration as curve

        return curve(self.frame, narrow)

    def _table(self) -> str:
        from microlift.reporting.verdicts import check_table

        shown = self.frame.assign(group=self.frame["kind"] + " " + self.frame["group"].astype(str))
        return check_table(
            shown[["group", "n", "predicted", "observed", "z", "note"]],
            "Predicted and observed chance of the macro",
        )


@as_asked
def calibration(model: LiftModel) -> Calibration:
    """Whether the journey value is right for users that its model has not seen.

    It fails where a group of moments (all, those after one step, a decile of the value) is off by
    more than a tenth of what was observed and by more than 5 standard errors: the rule by which
    weights are withheld. Lift does not use the journey value, so no action fails with it; credits
    and weights do.

    Parameters
    ----------
    model
        A fitted model.
    """
    frame = model.calibration()
    off = (frame["predicted"] - frame["observed"]).abs() > MOST_OFF * frame["observed"]
    bad = off & (frame["z"].abs() > MOST_ERRORS)
    frame["note"] = ["off by more than a tenth, and by more than chance" if b else "" for b in bad]
    macros = float((frame["observed"] * frame["n"])[frame["kind"] == "overall"].sum())
    if macros < 1:
        finding = "Calibration: no moment with its whole horizon inside the log leads to a macro."
        return Calibration(frame, finding, "calibration", None)
    worst = frame.iloc[int(frame["z"].abs().where(bad, -1.0).to_numpy().argmax())]
    figures = f"{worst['predicted']:.2%} predicted, {worst['observed']:.2%} happened"
    if bad.any():
        finding = (
            f"The journey value is off in {int(bad.sum())} of {len(frame)} groups of moments, most "
            f"in {worst['kind']} {worst['group']}: {figures}."
        )
        return Calibration(frame, finding, "calibration", False)
    all_moments = frame[frame["kind"] == "overall"].iloc[0]
    finding = (
        f"What the journey value predicts is what happens: {all_moments['predicted']:.2%} against "
        f"{all_moments['observed']:.2%} overall, and no group is off by more than chance."
    )
    return Calibration(frame, finding, "calibration", True)
