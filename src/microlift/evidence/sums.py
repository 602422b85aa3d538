"""The sums behind a lift, by bucket of users: what errors, shifts and influence are made of."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from microlift.models import Contrast, LiftModel
from microlift.models.crossfit import ROWS, Nuisance, Tally, crossfit, fold_of_bucket, sum_by
from microlift.models.lift import (
    FLOOR_MOMENTS,
    HIGHEST_PROPENSITY,
    MOST_WITHOUT_OVERLAP,
    _estimate,
    _refusal,
    _sides,
)
from microlift.models.states import States
from microlift.moments.space import BUCKETS

Floats = npt.NDArray[np.float64]
VAGUE = 1.0  # standard error of log lift: its interval spans a factor of fifty


@dataclass(frozen=True, eq=False)
class Sums:
    """Macros with and without an action, by bucket of users.

    Attributes
    ----------
    estimate
        The lift that they make; not a number where it is not identified.
    moments
        Of the doers, by bucket.
    with_it, without
        Macros after doing it; macros that the same moments would have had without.
    """

    estimate: Contrast
    moments: Floats
    with_it: Floats
    without: Floats

    @property
    def known(self) -> bool:
        """Whether there is a lift, and it is not all vague."""
        return bool(self.estimate.log_error < VAGUE)

    @property
    def log_lift(self) -> float:
        """Log of the lift."""
        return float(np.log(self.estimate.ratio))

    @property
    def influence(self) -> Floats:
        """How each bucket moves log lift."""
        out: Floats = self.with_it / self.with_it.sum() - self.without / self.without.sum()
        return out


def sums(states: States, steps: tuple[int, ...], action: int, nuisance: Nuisance) -> Sums:
    """Lift of an action as `microlift.models.lift.contrast` has it, one split, with its sums."""
    sides = _sides(states, nuisance.columns, steps, action)
    done, other = sides.done, sides.other
    judged = int(done.n.sum())
    reason = _refusal(sides)
    none = np.zeros(BUCKETS)
    if reason:
        return Sums(Contrast(judged=judged, note=reason), none, none, none)
    folds, kinds = nuisance.folds, len(sides.x)
    first = fold_of_bucket(0, folds) * kinds
    at_done, at_other = first[done.bucket] + done.state, first[other.bucket] + other.state
    treated, untreated, macros = (
        sum_by(place, counts, folds * kinds).reshape(folds, kinds)
        for place, counts in ((at_done, done.n), (at_other, other.n), (at_other, other.y))
    )
    total = treated + untreated
    here = total > 0
    e = crossfit(nuisance.model(), sides.x, Tally(treated, total, here).training(ROWS), here)
    m = crossfit(nuisance.model(), sides.x, Tally(macros, untreated, here).training(ROWS), here)
    beyond = float((treated * (e > HIGHEST_PROPENSITY)).sum())
    e, m = np.minimum(e, HIGHEST_PROPENSITY).ravel(), m.ravel()
    odds = e / (1 - e)
    weights = odds * untreated.ravel()
    alike = weights.sum() ** 2 / max(float((odds * weights).sum()), 1e-300)
    if beyond > MOST_WITHOUT_OVERLAP * judged or alike < FLOOR_MOMENTS:
        return Sums(Contrast(judged=judged, note="no overlap"), none, none, none)
    residual = odds[at_other] * (other.y - other.n * m[at_other])
    without = done.by_bucket(done.n * m[at_done]) + other.by_bucket(residual)
    return Sums(
        _estimate(sides, without, judged), done.by_bucket(done.n), done.by_bucket(done.y), without
    )


def sums_of(model: LiftModel, states: States, nuisance: Nuisance) -> list[Sums]:
    """Sums of each action of the plan; of those without a lift in the model only its reason."""
    none = np.zeros(BUCKETS)
    steps = model.moments_.steps
    return [
        sums(states, steps, number, nuisance)
        if np.isfinite(own.ratio)
        else Sums(own, none, none, none)
        for number, own in enumerate(model.contrasts_)
    ]


def covariance(found: Sequence[Sums]) -> Floats:
    """Covariance of log lifts of the same users, from how their buckets move each of them."""
    moved = np.stack([each.influence for each in found])
    out: Floats = BUCKETS / (BUCKETS - 1) * moved @ moved.T
    return out


def equality(found: Sequence[Sums]) -> float:
    r"""P-value of all log lifts being one, by the test of Hotelling.

    Cochran's Q asks the same of estimates without common users; here the users of one may be
    among those of another, which their covariance knows:

    .. math:: T^2 = (L\theta)^\top (L \Sigma L^\top)^{-1} L\theta

    with L the differences from the first.
    """
    return joint([each.log_lift for each in found], covariance(found))


def joint(theta: Sequence[float], sigma: Floats) -> float:
    """P-value of all means being one, given their covariance over the buckets.

    Examples
    --------
    >>> round(joint([0.0, 0.2], np.diag([0.005, 0.005])), 3)
    0.048
    """
    size = len(theta) - 1
    differences = np.hstack([-np.ones((size, 1)), np.eye(size)])
    gap = differences @ np.asarray(theta)
    square = float(gap @ np.linalg.pinv(differences @ sigma @ differences.T) @ gap)
    # Hotelling's T^2 of as many groups as there are buckets.
    return float(
        stats.f.sf(square * (BUCKETS - size) / (size * (BUCKETS - 1)), size, BUCKETS - size)
    )
