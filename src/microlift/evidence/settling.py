"""Settling: how many more days until each verdict stands, one way or the other."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from microlift.asked import as_asked
from microlift.models import Contrast, LiftModel
from microlift.models.lift import CONFIDENCE
from microlift.moments.space import BUCKETS
from microlift.result import Result, onto

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = npt.NDArray[np.float64]
NEAR = float(np.log(1.1))  # a lift within a tenth of 1 changes little enough to be called none
YEAR = 365
EVEN, LIKELY = 0.5, 0.8
SETTLED, OPEN, NOT_IN_A_YEAR = "settled", "open", "not in a year"
MEANING = (
    "A verdict is settled when its 95 % interval excludes 1, or lies within a tenth of 1. The "
    "forecast takes it that users go on coming as they came in this log, that errors shrink with "
    "the root of their number, and that the lift stays what it is."
)


@dataclass(frozen=True, eq=False, repr=False)
class Settling(Result):
    """When the verdict of each action will be settled.

    Attributes
    ----------
    frame
        One row an action: action, lift, low, high, state (``settled``, ``open``, ``not in a
        year``), days (more days until it is as likely settled as not; 0 where it is settled, not
        a number beyond a year), days_likely (until it is settled with a chance of 80 %), chance
        (that it is settled within a year), note.
    finding
        What they say, in one sentence.
    observed
        Days of moments that the estimates rest on.
    users_a_day
        New users a day in them.
    notes
        How to read it.
    """

    observed: float
    users_a_day: float
    notes: tuple[str, ...]

    def plot(self, *, narrow: bool = False, ax: "Axes | None" = None) -> "Axes":
        """Draw the days until each verdict is settled, from even to likely."""
        from microlift.reporting.settling import days_ahead

        with onto(ax):
            return days_ahead(self.frame, narrow)

    def _table(self) -> str:
        from microlift.reporting.settling import settling_table

        return settling_table(self.frame)


@as_asked
def settling(model: LiftModel) -> Settling:
    r"""How many more days until each verdict settles, from the interval's own rate of shrinking.

    With D days of moments behind it and k more to come, a standard error s becomes :math:`s_k = s
    \sqrt{D / (D + k)}`. The estimate itself will move: given what is known now, the later one is
    normal around it with variance :math:`s^2 - s_k^2`. So the chance that it is settled is

    .. math:: P(|\hat\theta_k| > t s_k) + P(|\hat\theta_k| < \log 1.1 - t s_k),
              \qquad \hat\theta_k \sim N(\hat\theta, s^2 - s_k^2)

    and the days asked for are those at which it reaches one half, and 80 %. That the verdict also
    needs a q-value below 0.05 is left out.

    Parameters
    ----------
    model
        A fitted model.

    Returns
    -------
    Settling
        On simulated shops of 3,000 users, of the verdicts then open the forecast said that 42 %
        would be settled with 3.3 times the users, and 73 % with 10 times; 42 and 71 % were.

    References
    ----------
    Spiegelhalter, Freedman and Blackburn (1986), doi:10.1016/0197-2456(86)90003-6 (predictive
    power of a trial that goes on).

    Examples
    --------
    A log lift of 0.3 with an error of 0.2, when there are twice, four and ten times the data:

    >>> [round(float(chance_settled(0.3, 0.2, times)), 2) for times in (1, 2, 4, 10)]
    [0.0, 0.56, 0.72, 0.83]
    """
    facts, plan = model.moments_.log.facts, model.moments_.log.plan
    mature = facts.last - facts.first - plan.horizon
    observed = max(mature / timedelta(days=1), 1 / 24)
    rows = [
        _row(action.name, c, observed)
        for action, c in zip(plan.actions, model.contrasts_, strict=True)
    ]
    columns = ["action", "lift", "low", "high", "state", "days", "days_likely", "chance", "note"]
    frame = pd.DataFrame(rows, columns=columns)
    users = model.moments_.totals.covered / observed
    note = f"The log has {observed:,.0f} days of mature moments and {users:,.0f} users a day."
    return Settling(frame, _finding(frame), observed, users, (MEANING, note))


def chance_settled(log_lift: float, error: float, times: float | Floats) -> Floats:
    """Chance that a verdict is settled with so many times the data.

    Parameters
    ----------
    log_lift, error
        Estimate and standard error now.
    times
        1 or more.
    """
    later = error / np.sqrt(times)
    spread = np.sqrt(np.maximum(error**2 - later**2, 1e-12))
    reach = float(stats.t.ppf(CONFIDENCE, BUCKETS - 1)) * later
    away = stats.norm.sf((reach - log_lift) / spread) + stats.norm.cdf((-reach - log_lift) / spread)
    inner = NEAR - reach
    near = stats.norm.cdf((inner - log_lift) / spread) - stats.norm.cdf(
        (-inner - log_lift) / spread
    )
    out: Floats = away + np.where(inner > 0, near, 0.0)
    # A narrow interval may both exclude 1 and lie near it.
    both = stats.norm.cdf((inner - log_lift) / spread) - stats.norm.cdf((reach - log_lift) / spread)
    other = stats.norm.cdf((-reach - log_lift) / spread)
    other = other - stats.norm.cdf((-inner - log_lift) / spread)
    return out - np.where(inner > reach, both + other, 0.0)


def _row(action: str, c: Contrast, observed: float) -> tuple[object, ...]:
    nothing = float("nan")
    if not np.isfinite(c.log_error):
        note = f"not identified: {c.note}" if c.note else "not identified"
        return action, c.ratio, c.ratio_low, c.ratio_high, "", nothing, nothing, nothing, note
    estimate = (action, c.ratio, c.ratio_low, c.ratio_high)
    if c.ratio_low > 1 or c.ratio_high < 1:
        return *estimate, SETTLED, 0.0, 0.0, 1.0, ""
    if c.ratio_low > np.exp(-NEAR) and c.ratio_high < np.exp(NEAR):
        return *estimate, SETTLED, 0.0, 0.0, 1.0, "within a tenth of 1"
    days = np.arange(1, YEAR + 1)
    chance = chance_settled(float(np.log(c.ratio)), c.log_error, 1 + days / observed)
    even, likely = (_first(days, chance, level) for level in (EVEN, LIKELY))
    state = OPEN if np.isfinite(even) else NOT_IN_A_YEAR
    return *estimate, state, even, likely, float(chance[-1]), ""


def _first(days: npt.NDArray[np.int64], chance: Floats, level: float) -> float:
    reached = np.flatnonzero(chance >= level)
    return float(days[reached[0]]) if len(reached) else float("nan")


def _finding(frame: pd.DataFrame) -> str:
    known = frame[frame["state"] != ""]
    if known.empty:
        return "No lift is identified, so no verdict can settle."
    settled = int((known["state"] == SETTLED).sum())
    never = int((known["state"] == NOT_IN_A_YEAR).sum())
    ahead = known[known["state"] == OPEN]
    told = [f"{settled:,} of {len(known):,} verdicts are settled"]
    if len(ahead):
        # Names are in the table: one of a log may be of any length.
        told.append(
            f"{len(ahead):,} will as likely as not be within {ahead['days'].max():,.0f} days, the "
            f"first in {ahead['days'].min():,.0f}"
        )
    if never:
        told.append(f"{never:,} not in a year")
    return "; ".join(told) + "."
