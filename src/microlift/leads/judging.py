"""How good scores are on later data: calibration, ranking, and what the best of them hold."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from microlift.journeys.shares import CONFIDENCE, Share

Floats = npt.NDArray[np.float64]
Z = float(stats.norm.ppf(CONFIDENCE))
DECILES = 10
GAINS = (
    "decile", "users", "macros", "predicted", "rate", "low", "high", "lift", "share_of_macros",
    "share_low", "share_high", "share_so_far",
)  # fmt: skip


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval; not a number where it cannot be told."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, value: float, error: float) -> "Estimate":
        """Figure and standard error, as a figure with a symmetric interval."""
        return cls(value, value - Z * error, value + Z * error)


@dataclass(frozen=True, eq=False)
class Judgement:
    """Scores against what happened later.

    Attributes
    ----------
    users, macros
        Users open at the last landmark, and those of them who reached the macro within the horizon.
    expected
        Macros that the scores expected.
    surprise
        How far the macros that came are from those expected, in standard errors.
    slope
        Of the log-odds of the outcome on those of the score: 1 where scores are calibrated, below
        1 where they are too bold, above where they are too timid.
    auc
        Chance that a user with the macro was scored higher than one without.
    brier, base_brier
        Mean squared error of the scores, and of the same chance for everybody.
    line
        Intercept and slope, and their covariance (three numbers: two variances, one covariance).
    gains
        One row a decile of the scores, the highest first: the columns of `GAINS`.
    """

    users: int
    macros: int
    expected: float
    surprise: float
    slope: Estimate
    auc: Estimate
    brier: Estimate
    base_brier: float
    line: tuple[float, float, tuple[float, float, float]]
    gains: pd.DataFrame

    @property
    def ranks(self) -> bool:
        """Whether scores rank users better than chance, by more than chance."""
        return self.auc.low > 0.5

    def interval(self, chance: Floats) -> tuple[Floats, Floats]:
        """95 % interval of the share that converts of users scored like this, as seen later."""
        intercept, slope, (var_a, var_b, cov) = self.line
        odds = log_odds(chance)
        middle = intercept + slope * odds
        half = Z * np.sqrt(np.maximum(var_a + odds**2 * var_b + 2 * odds * cov, 0.0))
        return 1 / (1 + np.exp(half - middle)), 1 / (1 + np.exp(-half - middle))


def judge(chance: Floats, n: Floats, y: Floats) -> Judgement:
    """Judge scores by the outcomes of the users who had them.

    Parameters
    ----------
    chance
        Score of each cell, inside 0 and 1.
    n, y
        Users of each cell, and those of them with the macro. Each user stands in one cell.

    Examples
    --------
    >>> found = judge(np.array([0.1, 0.5]), np.array([1000.0, 100.0]), np.array([100.0, 50.0]))
    >>> round(found.slope.value, 2), round(found.auc.value, 2), round(found.expected)
    (1.0, 0.64, 150)
    """
    users, macros = n.sum(), y.sum()
    base = macros / users if users else float("nan")
    intercept, slope, covariance = calibration_line(log_odds(chance), n, y)
    expected = (n * chance).sum()
    squares = (y * (1 - chance) ** 2 + (n - y) * chance**2).sum()
    fourths = (y * (1 - chance) ** 4 + (n - y) * chance**4).sum()
    brier = squares / users
    return Judgement(
        users=int(users),
        macros=int(macros),
        expected=float(expected),
        surprise=float((macros - expected) / np.sqrt((n * chance * (1 - chance)).sum())),
        slope=Estimate.of(slope, float(np.sqrt(covariance[1]))),
        auc=_auc(chance, n, y),
        brier=Estimate.of(brier, float(np.sqrt(max(fourths / users - brier**2, 0.0) / users))),
        base_brier=float(base * (1 - base)),
        line=(intercept, slope, covariance),
        gains=_gains(chance, n, y),
    )


def calibration_line(
    odds: Floats, n: Floats, y: Floats
) -> tuple[float, float, tuple[float, float, float]]:
    """Logistic regression of outcomes on log-odds, by Newton's method, without a penalty.

    Returns
    -------
    Intercept, slope, and covariance (variance of either, and covariance); not numbers where the
    outcomes are all alike or the odds are.
    """
    nothing = (float("nan"),) * 3
    if not 0 < y.sum() < n.sum() or np.ptp(odds[n > 0]) < 1e-9:
        return float("nan"), float("nan"), nothing
    x = np.stack([np.ones_like(odds), odds], axis=1)
    base = y.sum() / n.sum()
    beta = np.array([np.log(base / (1 - base)), 0.0])
    loss = _loss(x, beta, n, y)
    for _ in range(100):
        p = 1 / (1 + np.exp(-x @ beta))
        information = x.T @ (x * (n * p * (1 - p))[:, None])
        if not np.linalg.cond(information) < 1e12:  # scores that separate have no line
            return float("nan"), float("nan"), nothing
        step = np.linalg.solve(information, x.T @ (y - n * p))
        while (new := _loss(x, beta + step, n, y)) > loss and np.abs(step).max() > 1e-9:
            step = step / 2  # a full step may lead too far
        beta, loss = beta + step, min(loss, new)
        if np.abs(step).max() < 1e-8:
            break
    inverse = np.linalg.inv(information)
    return float(beta[0]), float(beta[1]), (inverse[0, 0], inverse[1, 1], inverse[0, 1])


def _loss(x: Floats, beta: Floats, n: Floats, y: Floats) -> float:
    odds = x @ beta
    return float((n * np.logaddexp(0, odds) - y * odds).sum())


def log_odds(p: Floats) -> Floats:
    """Log-odds of chances inside 0 and 1."""
    odds: Floats = np.log(p / (1 - p))
    return odds


def _auc(chance: Floats, n: Floats, y: Floats) -> Estimate:
    """Area under the curve with the variance of DeLong et al. (1988), doi:10.2307/2531595."""
    _, place = np.unique(chance, return_inverse=True)
    hit = np.bincount(place, weights=y)
    miss = np.bincount(place, weights=n - y)
    hits, misses = hit.sum(), miss.sum()
    if min(hits, misses) < 2:
        return Estimate(float("nan"), float("nan"), float("nan"))
    below = (np.cumsum(miss) - miss / 2) / misses  # of those without, the share under each score
    above = 1 - (np.cumsum(hit) - hit / 2) / hits
    area = float((hit * below).sum() / hits)
    spread = (hit * (below - area) ** 2).sum() / (hits - 1) / hits
    spread += (miss * (above - area) ** 2).sum() / (misses - 1) / misses
    found = Estimate.of(area, float(np.sqrt(spread)))
    return Estimate(area, max(0.0, found.low), min(1.0, found.high))


def _gains(chance: Floats, n: Floats, y: Floats) -> pd.DataFrame:
    """Users by decile of their score; those of one score stay together."""
    order = np.argsort(-chance, kind="stable")
    _, place = np.unique(-chance[order], return_inverse=True)
    users = np.bincount(place, weights=n[order])
    rank = (np.cumsum(users) - users / 2)[place]
    decile = np.minimum(DECILES - 1, (DECILES * rank / max(n.sum(), 1)).astype(np.int64))
    total, base = y.sum(), y.sum() / max(n.sum(), 1)
    rows, so_far = [], 0.0
    for number in range(DECILES):
        own = order[decile == number]
        of, count = int(n[own].sum()), int(y[own].sum())
        share, part = Share.of_counts(count, of), Share.of_counts(count, int(total))
        so_far += count
        predicted = float((n[own] * chance[own]).sum() / of) if of else float("nan")
        lift = share.rate / base if base else float("nan")
        captured = so_far / total if total else float("nan")
        came = (share.rate, share.low, share.high, lift)
        held = (part.rate, part.low, part.high, captured)
        rows.append((number + 1, of, count, predicted, *came, *held))
    return pd.DataFrame(rows, columns=list(GAINS))
