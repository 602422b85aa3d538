"""What an assignment tells of an action: arithmetic on counts of two arms."""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy import stats

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

WEAK = 10.0  # first-stage F below which the usual intervals are not to be trusted
# Scores of a user by did (rows) and macro (columns).
_DID = np.array([[0.0, 0.0], [1.0, 1.0]])
_MACRO = np.array([[0.0, 1.0], [0.0, 1.0]])
_MACRO_WITH = np.array([[0.0, 0.0], [0.0, 1.0]])
_LESS_MACRO_WITHOUT = np.array([[0.0, -1.0], [0.0, 0.0]])
_Z = float(stats.norm.ppf(0.975))


@dataclass(frozen=True)
class Estimate:
    """A ratio or difference with its 95 % interval, which may be without bounds.

    Not a number where the arms tell nothing; -inf, 0 or inf at an end that they do not bound.
    """

    value: float
    low: float
    high: float

    @property
    def bounded(self) -> bool:
        """Whether both ends are told."""
        return math.isfinite(self.value) and math.isfinite(self.low) and math.isfinite(self.high)


@dataclass(frozen=True, eq=False)
class Arms:
    """Users of two arms, assigned at random, by what they did and what came of it.

    Attributes
    ----------
    counts
        Arm (0 control, 1 treated) x did the action (0, 1) x macro (0, 1): users.
    """

    counts: Ints

    @classmethod
    def of(cls, assigned: Ints, did: Ints, macro: Ints) -> Self:
        """Count users; of each user three flags."""
        place = 4 * assigned + 2 * did + macro
        return cls(np.bincount(place, minlength=8).reshape(2, 2, 2))

    def _moments(self, one: Floats, two: Floats) -> tuple[float, float, float]:
        """Differences of the means of two scores, and the covariance of these differences.

        Users are independent and each is one row, so counts tell the covariance exactly.
        """
        users = self.counts.sum(axis=(1, 2))
        share = self.counts / users[:, None, None]
        a, b = (share * one).sum(axis=(1, 2)), (share * two).sum(axis=(1, 2))
        product = (share * one * two).sum(axis=(1, 2))
        covariance = ((product - a * b) / (users - 1)).sum()
        return float(a[1] - a[0]), float(b[1] - b[0]), float(covariance)

    def strength(self) -> float:
        """First-stage F: how surely the assignment moves the action, the other way or not at all.

        Staiger and Stock (1997), doi:10.2307/2171753.
        """
        moved, _, variance = self._moments(_DID, _DID)
        if variance <= 0:
            return math.inf if moved else 0.0
        return moved**2 / variance

    def compliers_difference(self) -> Estimate:
        r"""Difference of macro rates that the action makes among those whom the assignment moved.

        .. math:: \frac{E[Y \mid Z = 1] - E[Y \mid Z = 0]}{E[D \mid Z = 1] - E[D \mid Z = 0]}

        Wald's ratio, with the interval of Anderson and Rubin: all values that the arms do not
        speak against.

        Imbens and Angrist (1994), doi:10.2307/2951620; Anderson and Rubin (1949),
        doi:10.1214/aoms/1177730090.
        """
        return self._quotient(_MACRO, _DID)

    def compliers_ratio(self) -> Estimate:
        r"""Ratio of macro rates with and without the action, among those the assignment moved.

        .. math:: \frac{E[Y D \mid Z = 1] - E[Y D \mid Z = 0]}
                       {E[Y (1 - D) \mid Z = 0] - E[Y (1 - D) \mid Z = 1]}

        Either difference is a complier mean times the share of compliers, which cancels. The same
        equation is that of the multiplicative structural mean model: where the effect does not
        differ by the assignment, the ratio is that among all who did it.

        Abadie (2003), doi:10.1016/S0304-4076(02)00201-4; Hernán and Robins (2006),
        doi:10.1097/01.ede.0000222409.00878.37.

        Examples
        --------
        Of 1,000 users an arm the assignment moves 200. Of these 40 buy if they do it, 20 if not:

        >>> arms = Arms(np.array([[[720, 80], [160, 40]], [[540, 60], [320, 80]]]))
        >>> round(arms.compliers_ratio().value, 3)
        2.0
        """
        found = self._quotient(_MACRO_WITH, _LESS_MACRO_WITHOUT, least=0.0)
        value = found.value if found.value > 0 else math.nan
        return Estimate(value, max(found.low, 0.0), max(found.high, 0.0))

    def plain_ratio(self) -> Estimate:
        """Risk ratio of the arms, where the assignment is the action.

        Katz et al. (1978), doi:10.2307/2530610.
        """
        macros, users = self.counts[:, :, 1].sum(axis=1), self.counts.sum(axis=(1, 2))
        if not macros.all():
            return Estimate(math.nan, 0.0, math.inf)
        found = stats.contingency.relative_risk(macros[1], users[1], macros[0], users[0])
        ends = found.confidence_interval(0.95)
        return Estimate(float(found.relative_risk), float(ends.low), float(ends.high))

    def _quotient(self, above: Floats, below: Floats, least: float | None = None) -> Estimate:
        """Quotient of two differences with Fieller's interval.

        Fieller (1954), doi:10.1111/j.2517-6161.1954.tb00159.x. The values r with
        (a - r b)^2 <= z^2 var(a - r b) are an interval; or, where b may be 0, all but a hole, of
        which the hull is told; or all.
        """
        a, b, cov = self._moments(above, below)
        var_a, var_b = self._moments(above, above)[2], self._moments(below, below)[2]
        value = a / b if b else math.nan
        square, half, rest = b**2 - _Z**2 * var_b, a * b - _Z**2 * cov, a**2 - _Z**2 * var_a
        inside = half**2 - square * rest
        if square == 0 or inside <= 0:
            return Estimate(value, -math.inf, math.inf)
        ends = sorted((half + sign * math.sqrt(inside)) / square for sign in (-1, 1))
        if square > 0:
            return Estimate(value, *ends)
        # A ratio is above 0: of a hole that begins below it only the side above is left.
        if least is not None and ends[0] <= least < ends[1]:
            return Estimate(value, ends[1], math.inf)
        return Estimate(value, -math.inf, math.inf)
