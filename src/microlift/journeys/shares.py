"""Shares with honest intervals, and whether shares differ between groups."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

Floats = npt.NDArray[np.float64]
CONFIDENCE = 0.975
LEAST_EXPECTED = 5  # of a count, below which chi-square is no approximation
RESAMPLES = 9_999


@dataclass(frozen=True)
class Share:
    """A share `count / of` with its 95 % interval; not a number where nobody was counted.

    Examples
    --------
    >>> share = Share.of_counts(1_000, 10_000)
    >>> round(share.rate, 3), round(share.low, 4), round(share.high, 4)
    (0.1, 0.0943, 0.106)
    """

    count: int
    of: int
    rate: float
    low: float
    high: float

    @classmethod
    def of_counts(cls, count: int, of: int, effect: float = 1.0) -> "Share":
        """Share with its interval by Wilson (1927), doi:10.1080/01621459.1927.10502953.

        Parameters
        ----------
        count, of
            How many did it, out of how many.
        effect
            Design effect: how many times the variance of independent draws, where several of
            those counted belong to one user.
        """
        if of == 0:
            return cls(0, 0, float("nan"), float("nan"), float("nan"))
        rate = count / of
        return cls(count, of, rate, *wilson(rate, of / effect))


def wilson(rate: float, n: float) -> tuple[float, float]:
    """95 % interval of a share of `n` independent draws, or of what is worth as many.

    Examples
    --------
    >>> low, high = wilson(0.1, 10_000)
    >>> round(low, 4), round(high, 4)
    (0.0943, 0.106)
    >>> wilson(0.0, 3_182)[0], wilson(1.0, 3_182)[1]  # and not what rounding leaves
    (0.0, 1.0)
    """
    z2 = float(stats.norm.ppf(CONFIDENCE)) ** 2
    middle = (rate + z2 / (2 * n)) / (1 + z2 / n)
    half = np.sqrt(z2 * (rate * (1 - rate) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    low = max(0.0, float(middle - half)) if rate > 0 else 0.0
    high = min(1.0, float(middle + half)) if rate < 1 else 1.0
    return low, high


def design_effect(counts: Floats, totals: Floats) -> float:
    """How many times the variance of independent draws a pooled share has, at least 1.

    Parameters
    ----------
    counts, totals
        By bucket of users. Sessions of one user resemble each other, and lie in one bucket.

    Examples
    --------
    Ten users of ten sessions each who always or never do it:

    >>> totals = np.full(10, 10.0)
    >>> round(design_effect(np.array([10.0, 0.0] * 5), totals), 1)
    11.1
    >>> design_effect(np.full(10, 5.0), totals)
    1.0
    """
    of, count = totals.sum(), counts.sum()
    filled = int(np.count_nonzero(totals))
    if filled < 2 or not 0 < count < of:
        return 1.0
    rate = count / of
    clustered = ((counts - rate * totals) ** 2).sum() * filled / (filled - 1) / of**2
    return max(1.0, float(clustered / (rate * (1 - rate) / of)))


def difference(counts: Floats, totals: Floats, effect: float = 1.0) -> float:
    """p-value of all groups having one share: chi-square, corrected by the design effect.

    Where a count below 5 is to be expected and those counted are independent, the chi-square of
    tables drawn with the same margins takes the place of its limit. Not a number where there is
    nothing to compare.

    References
    ----------
    Rao and Scott (1984), doi:10.1214/aos/1176346391.

    Examples
    --------
    >>> difference(np.array([50.0, 80.0]), np.array([1000.0, 1000.0])) < 0.01
    True
    """
    filled = totals > 0
    table = np.stack([counts[filled], (totals - counts)[filled]])
    if filled.sum() < 2 or (table.sum(axis=1) == 0).any():
        return float("nan")
    found = stats.chi2_contingency(table, correction=False)
    if effect == 1.0 and found.expected_freq.min() < LEAST_EXPECTED:
        drawn = stats.MonteCarloMethod(RESAMPLES, rng=np.random.default_rng(0))
        return float(stats.chi2_contingency(table, correction=False, method=drawn).pvalue)
    return float(stats.chi2.sf(found.statistic / effect, found.dof))


def corrected(p_values: Floats) -> Floats:
    """q-values of Benjamini and Hochberg; what is not a number stays so, and counts for nothing.

    Examples
    --------
    >>> corrected(np.array([0.01, np.nan, 0.04])).tolist()
    [0.02, nan, 0.04]
    """
    q_values = np.full(len(p_values), np.nan)
    known = np.isfinite(p_values)
    if known.any():
        q_values[known] = stats.false_discovery_control(p_values[known])
    return q_values


def how_sure(value: float, letter: str = "q") -> str:
    """Write a q or p value for a sentence, without pretending to know more than three decimals.

    >>> how_sure(2.4e-75), how_sure(0.0317, "p")
    ('q < 0.001', 'p = 0.032')
    """
    return f"{letter} < 0.001" if value < 0.001 else f"{letter} = {value:.3f}"
