"""A series of rates against its own history: what each period should have brought, and how surely.

Shares are compared on the arcsine scale, where counting makes the same error at all rates.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats
from scipy.optimize import brentq

from microlift.journeys.shares import CONFIDENCE, Floats

Bools = npt.NDArray[np.bool_]
WINDOW = 8  # periods of the same kind (weeks, or days of the same name) that are looked back on
LEAST = 4  # of them
SPARSE = 5  # macros a period, below which none can be left out as extreme
LONG = 26  # periods of the same kind for their spread, which is harder to know than their level
TO_ONE = 2 * 2.2219**2  # makes the lowest quarter of squared standard distances one
COMMON = 0.1  # weeks differ by 10 % beyond counting even where they seem steady
PRIOR = 3.0  # degrees of freedom that this is worth
EFFICIENCY = 0.8  # of that quarter: how much an observation tells of the spread


@dataclass(frozen=True, eq=False)
class Band:
    """What was to be expected of each period; not a number where there is too little history.

    Attributes
    ----------
    expected, low, high
        The rate, and the ends of the interval in which it lies in 95 of 100 periods.
    p_value
        Of a rate at least so far from what was expected.
    """

    expected: Floats
    low: Floats
    high: Floats
    p_value: Floats


def foresee(did: Floats, of: Floats, told: Bools, season: int, effect: float) -> Band:
    """Foresee each period from those before it.

    The level is that of the last eight periods of the same kind, without the lowest quarter and
    the highest. The spread is that of 26 weeks, by the lowest quarter of the distances between
    periods of one kind (Rousseeuw and Croux, 1993, doi:10.1080/01621459.1993.10476408). One odd
    period moves neither.

    Parameters
    ----------
    did, of
        Counts by period, in the order of time.
    told
        Which periods may be learned from and judged.
    season
        After how many periods the same kind comes again: 7 days, 1 week.
    effect
        Design effect of the counts.

    Examples
    --------
    >>> did = np.array([10.0, 12, 9, 11, 10, 8, 30])
    >>> band = foresee(did, np.full(7, 100.0), np.full(7, True), season=1, effect=1.0)
    >>> np.isfinite(band.expected).tolist()
    [False, False, False, False, True, True, True]
    >>> bool(band.p_value[6] < 0.01 < band.p_value[5])
    True
    """
    band = Band(*(np.full(len(of), np.nan) for _ in range(4)))
    for at in map(int, np.flatnonzero(told & (of > 0))):
        back = np.arange(at - 1, max(-1, at - 1 - LONG * season), -1)
        back = back[told[back] & (of[back] > 0)]
        same = back[((at - back) % season == 0) & (at - back <= WINDOW * season)]
        if len(same) < LEAST:
            continue
        level = _level(did[same], of[same])
        spread, freedom = _spread(did[back], of[back], (at - back) % season, effect)
        own = effect / (4 * of[at] + 2)
        before = effect / (4 * of[same].mean() + 2)
        error = np.sqrt(own + spread + 1.2 * (before + spread) / len(same))
        half = float(stats.t.ppf(CONFIDENCE, freedom)) * error
        middle = float(np.arcsin(np.sqrt(level)))
        came = float(_turned(did[at : at + 1], of[at : at + 1])[0])
        usual = float(_turned(level * of[at : at + 1], of[at : at + 1])[0])
        band.expected[at] = level
        low, high = (
            np.sin(np.clip(middle + side * half, 0, np.pi / 2)) ** 2 * of[at] for side in (-1, 1)
        )
        # To whole counts: of eight none is no news where a twentieth does it.
        band.low[at], band.high[at] = np.floor(low) / of[at], np.ceil(high) / of[at]
        band.p_value[at] = 2 * stats.t.sf(abs(came - usual) / error, freedom)
    return band


def _level(did: Floats, of: Floats) -> float:
    """Rate of the middle half of some periods; of all where there is little to count."""
    if did.sum() >= SPARSE * len(did):
        ranked = np.argsort(did / of, kind="stable")
        ranked = ranked[len(did) // 4 : len(did) - len(did) // 4]
        did, of = did[ranked], of[ranked]
    return float(did.sum() / of.sum())


def _spread(
    did: Floats, of: Floats, kind: npt.NDArray[np.int64], effect: float
) -> tuple[float, float]:
    """Variance between periods beyond counting, and the degrees of freedom it is known with.

    What few periods say is drawn towards what is common: that they differ by a tenth.
    """
    turned, counted = _turned(did, of), effect / (4 * of + 2)
    first, second = np.triu_indices(len(did), 1)
    alike = kind[first] == kind[second]
    first, second = first[alike], second[alike]
    apart = (turned[first] - turned[second]) ** 2
    by_count = counted[first] + counted[second]

    def beyond(spread: float) -> float:
        """How much farther apart the periods are than counting and such a spread make them."""
        ranked = np.sort(apart / (by_count + 2 * spread))
        return float(ranked[len(ranked) // 4]) * TO_ONE - 1

    found = 0.0 if beyond(0.0) <= 0 else float(brentq(beyond, 0.0, np.pi**2))
    rate = min(float(did.sum() / of.sum()), 0.5)
    common = (COMMON / 2) ** 2 * rate / (1 - rate)
    free = EFFICIENCY * (len(did) - len(np.unique(kind)))
    return (free * found + PRIOR * common) / (free + PRIOR), free + PRIOR


def _turned(did: Floats, of: Floats) -> Floats:
    """Shares on the arcsine scale (Anscombe, 1948, doi:10.1093/biomet/35.3-4.246)."""
    return np.arcsin(np.sqrt((did + 0.375) / (of + 0.75)))
