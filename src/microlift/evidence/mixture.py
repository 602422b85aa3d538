"""A mixture of normal distributions: what is believed of log ratios when a spread is not known."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

Floats = npt.NDArray[np.float64]

ENDS = (0.025, 0.975)
_STEPS = 44  # halvings until a quantile is found


@dataclass(frozen=True, eq=False)
class Mixture:
    """A mixture of normal distributions of a log ratio, with the same weights for every ratio.

    Attributes
    ----------
    weights
        One a component; they add up to 1.
    means, errors
        Components times ratios: means and standard deviations.
    """

    weights: Floats
    means: Floats
    errors: Floats

    @property
    def mean(self) -> Floats:
        """Expected log ratios."""
        return self.weights @ self.means

    def below(self, point: Floats | float) -> Floats:
        """Chance that each log ratio lies below a point."""
        share: Floats = self.weights @ ndtr((point - self.means) / self.errors)
        return share

    def quantile(self, share: float) -> Floats:
        """Quantile of each log ratio, by halving.

        Examples
        --------
        >>> one = Mixture(np.ones(1), np.zeros((1, 1)), np.ones((1, 1)))
        >>> one.quantile(0.975).round(3)
        array([1.96])
        """
        z = 8.0 * self.errors
        low, high = (self.means - z).min(axis=0), (self.means + z).max(axis=0)
        for _ in range(_STEPS):
            middle = (low + high) / 2
            under = self.below(middle) < share
            low, high = np.where(under, middle, low), np.where(under, high, middle)
        middle = (low + high) / 2
        return np.asarray(middle, dtype=np.float64)

    def interval(self) -> Floats:
        """Expected log ratios with their 95 % intervals: mean, low, high, one row each."""
        ends = [self.quantile(share) for share in ENDS]
        return np.asarray(np.stack([self.mean, *ends], axis=1), dtype=np.float64)

    def ratios(self) -> Floats:
        """The same as ratios."""
        return np.asarray(np.exp(self.interval()), dtype=np.float64)
