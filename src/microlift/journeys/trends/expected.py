"""What a period would have brought had the days before it gone on: a regression on daily counts.

The rate of a day is logistic in its weekday, in time, and in who came. Days differ by more than
counting does: each has a shock of its own, whose variance is estimated from the days before.
Sessions of one user resemble each other: their counting error is wider by a design effect.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats
from scipy.optimize import brentq
from scipy.special import expit, logit

from microlift.journeys.shares import CONFIDENCE, Floats

Ints = npt.NDArray[np.int64]
WIDE = 2.5  # standard deviation of the prior of a coefficient: it keeps those finite, no more
ROUNDS = 4  # of estimating shocks and coefficients in turn
STEPS = 60
LEAST_DAYS = 14
TAKEN = 1.5  # days' worth: estimating level, trend and weekday hides what days carry on
FARTHEST = 25.0  # on the logistic scale


@dataclass(frozen=True, eq=False)
class Cells:
    """Counts of cells, each a day and a kind of visitor.

    Attributes
    ----------
    x
        One row a cell; the first column is 1.
    did, n
        How many did it, out of how many.
    day
        Which day the cell is of: 0, 1.. without gaps.
    """

    x: Floats
    did: Floats
    n: Floats
    day: Ints

    def daily(self, values: Floats) -> Floats:
        """Sum by day."""
        days = int(self.day.max()) + 1
        if values.ndim == 1:
            return np.bincount(self.day, weights=values, minlength=days).astype(np.float64)
        summed = np.zeros((days, values.shape[1]))
        np.add.at(summed, self.day, values)
        return summed


@dataclass(frozen=True, eq=False)
class Usual:
    """What is usual: coefficients, and how sure they are.

    Attributes
    ----------
    beta, covariance
        Of the columns of `Cells.x`.
    shock
        Variance of the shocks of days, on the logistic scale.
    carried
        How many times the variance of a mean of shocks exceeds that of independent ones: a good
        day is followed by a good day.
    effect
        Design effect of the counts.
    freedom
        Degrees of freedom: days less what was estimated from them.
    """

    beta: Floats
    covariance: Floats
    shock: float
    carried: float
    effect: float
    freedom: int

    @property
    def quantile(self) -> float:
        """Of Student's t, for a 95 % interval."""
        return float(stats.t.ppf(CONFIDENCE, self.freedom))


@dataclass(frozen=True)
class Change:
    """What came, against what was to be expected; intervals are 95 %.

    Attributes
    ----------
    expected
        The rate to be expected.
    difference, low, high
        Rate less the expected one.
    ratio, ratio_low, ratio_high
        Rate over the expected one.
    p_value
        Of no change.
    """

    expected: float
    difference: float
    low: float
    high: float
    ratio: float
    ratio_low: float
    ratio_high: float
    p_value: float


def learn(cells: Cells, effect: float, by_day: int) -> Usual:
    """Estimate what is usual from the days of the benchmark.

    Parameters
    ----------
    cells
        Their counts.
    effect
        Design effect of the counts.
    by_day
        How many of the columns tell days apart.
    """
    days = int(cells.day.max()) + 1
    freedom = max(1, days - by_day)
    shock, weight = 0.0, np.ones(days)
    beta = np.zeros(cells.x.shape[1])
    for _ in range(ROUNDS):
        beta = _fit(cells, beta, weight[cells.day])
        chance = expit(cells.x @ beta)
        variance = cells.daily(cells.n * chance * (1 - chance))
        missed = cells.daily(cells.did - cells.n * chance)
        square = float((missed**2).sum()) * days / freedom
        shock = max(0.0, (square - float(variance.sum())) / float((variance**2).sum()))
        weight = effect / (effect + shock * variance)
    drawn = cells.n * chance * (1 - chance)
    inverse = np.linalg.inv(_information(cells.x, drawn * weight[cells.day]))
    carried = _carried(missed, variance, shock)
    by_shock = cells.daily(drawn[:, None] * cells.x) * weight[:, None]
    middle = effect * (cells.x * (drawn * weight[cells.day] ** 2)[:, None]).T @ cells.x
    middle += shock * carried * by_shock.T @ by_shock
    return Usual(beta, inverse @ middle @ inverse, shock, carried, effect, freedom)


def compare(usual: Usual, cells: Cells) -> Change:
    """Set the counts of a period against what is usual on its days, for those who came.

    What came and what was to be expected have an interval each, which are put together (Zou and
    Donner, 2008, doi:10.1002/sim.3095).
    """
    plain = cells.x @ usual.beta
    total, did = float(cells.n.sum()), float(cells.did.sum())
    # Half a macro, where none or all: what lies at infinity has no standard error.
    counted = min(max(did, 0.5), total - 0.5)
    shift = _shift(plain, cells.n, counted)
    own, known = _own_error(usual, cells, shift), _known_error(usual, cells)

    def around(middle: float, half: float) -> Floats:
        moved = (expit(plain + middle + side * usual.quantile * half) for side in (-1, 0, 1))
        return np.array([float((cells.n * chance).sum()) / total for chance in moved])

    came, base = around(shift, own), around(0.0, known)
    rate, expected = did / total, float(base[1])
    low, high = _apart(came, base)
    ratio_low, ratio_high = np.exp(_apart(np.log(came), np.log(base)))
    return Change(
        expected=expected,
        difference=rate - expected,
        low=min(low, rate - expected),
        high=max(high, rate - expected),
        ratio=rate / expected,
        ratio_low=float(ratio_low) if did else 0.0,
        ratio_high=float(ratio_high),
        p_value=float(2 * stats.t.sf(abs(shift) / np.hypot(own, known), usual.freedom)),
    )


def _apart(came: Floats, base: Floats) -> tuple[float, float]:
    """Interval of a difference of two estimates, from low, middle and high of each."""
    middle = came[1] - base[1]
    low = middle - np.hypot(came[1] - came[0], base[2] - base[1])
    return float(low), float(middle + np.hypot(came[2] - came[1], base[1] - base[0]))


def compare_plainly(past: Cells, now: Cells, effect: float) -> Change:
    """Set two rates against each other as they are, days as the units; for a sparse benchmark.

    Where hardly anybody did it before there are no weekdays and no trend to learn. The variance of
    a rate is that between days, and no less than that of counting.
    """
    (before, error), (after, other) = (_rate_of_days(cells, effect) for cells in (past, now))
    both = float(np.hypot(error, other))
    freedom = min(len(np.unique(cells.day)) for cells in (past, now)) - 1
    half = float(stats.t.ppf(CONFIDENCE, max(1, freedom))) * both
    apart = after - before
    return Change(
        expected=before,
        difference=apart,
        low=max(apart - half, -1.0),
        high=min(apart + half, 1.0),
        ratio=after / before if before else float("nan"),
        ratio_low=float("nan"),
        ratio_high=float("nan"),
        p_value=float(2 * stats.t.sf(abs(apart) / both, max(1, freedom))),
    )


def _rate_of_days(cells: Cells, effect: float) -> tuple[float, float]:
    did, of = cells.daily(cells.did), cells.daily(cells.n)
    total, rate = float(of.sum()), float(did.sum() / of.sum())
    between = float(((did - rate * of) ** 2).sum()) * len(of) / max(1, len(of) - 1)
    guess = (float(did.sum()) + 0.5) / (total + 1)
    return rate, float(np.sqrt(max(between, effect * guess * (1 - guess) * total))) / total


def foretell(usual: Usual, cells: Cells, bins: Ints) -> tuple[Floats, Floats, Floats]:
    """Rate to be expected of each bin of days, and the ends of the interval of 95 % of such bins.

    Parameters
    ----------
    usual, cells
        What is usual, and who came.
    bins
        The bin of each day: 0, 1.. without gaps.
    """
    chance = expit(cells.x @ usual.beta)
    each = Cells(cells.x, cells.did, cells.n, bins[cells.day])
    drawn = cells.n * chance * (1 - chance)
    whole = each.daily(drawn)
    shocks = np.bincount(bins, weights=cells.daily(drawn) ** 2) * usual.shock * usual.carried
    mean = each.daily(drawn[:, None] * cells.x) / whole[:, None]
    known = np.einsum("ij,jk,ik->i", mean, usual.covariance, mean)
    error = np.sqrt(usual.effect / whole + shocks / whole**2 + known)
    rate = each.daily(cells.n * chance) / each.daily(cells.n)
    middle, half = logit(rate), usual.quantile * error
    return rate, expit(middle - half), expit(middle + half)


def _fit(cells: Cells, beta: Floats, weight: Floats) -> Floats:
    """Coefficients by Newton's method, with a wide prior on all but the first."""
    penalty = _penalty(len(beta))
    if not beta.any():
        share = (cells.did.sum() + 0.5) / (cells.n.sum() + 1)
        beta = np.where(np.arange(len(beta)) == 0, logit(share), 0.0)
    for _ in range(STEPS):
        chance = expit(cells.x @ beta)
        slope = cells.x.T @ (weight * (cells.did - cells.n * chance)) - penalty * beta
        step = np.linalg.solve(
            _information(cells.x, weight * cells.n * chance * (1 - chance)), slope
        )
        beta = beta + np.clip(step, -1, 1)
        if np.abs(step).max() < 1e-9:
            break
    return beta


def _information(x: Floats, drawn: Floats) -> Floats:
    found: Floats = (x * drawn[:, None]).T @ x + np.diag(_penalty(x.shape[1]))
    return found


def _penalty(columns: int) -> Floats:
    return np.where(np.arange(columns) == 0, 1e-9, 1 / WIDE**2)


def _carried(missed: Floats, variance: Floats, shock: float) -> float:
    """Of shocks that die away by the same share each day; 1 where there are none.

    What counting adds to the misses is not carried on, and the fit takes some of what is.
    """
    days = len(missed)
    if days < LEAST_DAYS or shock == 0:
        return 1.0
    misses = missed / np.sqrt(variance + shock * variance**2)
    kept = float((misses[1:] * misses[:-1]).sum() / (misses**2).sum()) + TAKEN / days
    by_shock = float((shock * variance / (1 + shock * variance)).mean())
    kept = min(max(kept / max(by_shock, 0.4), 0.0), 0.8)
    return (1 + kept) / (1 - kept)


def _shift(plain: Floats, n: Floats, did: float) -> float:
    """By how much all chances move, on the logistic scale, for so many to do it."""
    found = brentq(lambda d: float((n * expit(plain + d)).sum()) - did, -FARTHEST, FARTHEST)
    return float(found)


def _own_error(usual: Usual, cells: Cells, shift: float) -> float:
    """Standard error of a shift by what came: counting, and the shocks of its days."""
    chance = expit(cells.x @ usual.beta + shift)
    drawn = cells.n * chance * (1 - chance)
    daily, whole = cells.daily(drawn), float(drawn.sum())
    own = usual.effect * whole + usual.shock * usual.carried * float((daily**2).sum())
    return float(np.sqrt(own) / whole)


def _known_error(usual: Usual, cells: Cells) -> float:
    """Standard error of what is to be expected, as a shift."""
    chance = expit(cells.x @ usual.beta)
    drawn = cells.n * chance * (1 - chance)
    mean = cells.x.T @ drawn / drawn.sum()
    return float(np.sqrt(mean @ usual.covariance @ mean))
