"""Sums behind the lifts of several actions, and whether lifts of the same users are one."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import stats

from microlift.models import LiftModel
from microlift.models.crossfit import Nuisance
from microlift.models.lift import Sums, sums
from microlift.models.states import States
from microlift.moments.space import BUCKETS

Floats = npt.NDArray[np.float64]


def sums_of(model: LiftModel, states: States, nuisance: Nuisance) -> list[Sums]:
    """Sums of each action of the plan; of those without a lift in the model only its reason."""
    steps = model.moments_.steps
    return [
        sums(states, steps, number, nuisance) if np.isfinite(own.ratio) else Sums.none(own)
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
