"""The pace of macros: how their number grows, and when it will have reached a threshold.

The rate of a day is log-linear in time (and in its weekday, where there is enough to tell), as in
`before_after`: days have shocks of their own, and a good day is followed by a good day. What comes
is simulated from there, so that an interval holds the chance of counting, the shocks, and what is
not known of growth. Counts are fed to that regression as shares of a number so large that a share
is a rate.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import stats
from scipy.signal import lfilter
from scipy.special import expit

from microlift.bidding.thresholds import WINDOW
from microlift.journeys.shares import CONFIDENCE, Floats
from microlift.journeys.trends.expected import Cells, Ints, Usual, learn

LONGEST = 182  # days of history that a pace is learned from
LEAST_DAYS = 28
LEAST_MACROS = 10
YEAR = 365
DRAWS = 500
# Months of real businesses differ by such a share; without it a few weeks could foretell anything.
USUAL_GROWTH = 0.15
FOR_WEEKDAYS = 100  # macros, below which seven weekdays are too much to learn
FASTEST = 1e9  # macros a day
_ROOM = 1e9  # what counts are shares of


@dataclass(frozen=True)
class Growth:
    """Growth of the macros in 30 days, as a share, with its 95 % interval."""

    rate: float
    low: float
    high: float


@dataclass(frozen=True)
class Passage:
    """In how many days a threshold is passed, with its 95 % interval; inf: not within a year."""

    expected: float
    earliest: float
    latest: float


@dataclass(frozen=True, eq=False)
class Pace:
    """The pace of macros learned from daily counts.

    Attributes
    ----------
    counts
        Macros by day, the oldest first; each day ends where the log ends.
    usual
        What was learned from them.
    """

    counts: Floats
    usual: Usual

    @classmethod
    def learn(cls, counts: Floats) -> "Pace | None":
        """Learn from daily counts, the oldest first; None where there are too few.

        Examples
        --------
        Forty macros a day, and one per cent more each day:

        >>> pace = Pace.learn(np.round(40 * np.exp(0.01 * np.arange(90))))
        >>> round(pace.growth.rate, 2)  # e^0.3 = 1.35
        0.35
        >>> Pace.learn(np.zeros(90)) is None
        True
        """
        counts = np.asarray(counts, dtype=np.float64)[-LONGEST:]
        if len(counts) < LEAST_DAYS or counts.sum() < LEAST_MACROS:
            return None
        x = _columns(
            np.arange(len(counts), dtype=np.int64), len(counts), counts.sum() >= FOR_WEEKDAYS
        )
        room = np.full(len(counts), _ROOM)
        cells = Cells(x, counts, room, np.arange(len(counts), dtype=np.int64))
        return cls(counts, learn(cells, 1.0, x.shape[1]))

    @property
    def growth(self) -> Growth:
        """Growth as the days say it."""
        a_month = WINDOW / _half(len(self.counts))
        slope = float(self.usual.beta[-1])
        half = float(np.sqrt(self.usual.covariance[-1, -1])) * self.usual.quantile
        low, middle, high = (np.expm1((slope + side * half) * a_month) for side in (-1, 0, 1))
        return Growth(float(middle), float(low), float(high))

    def until(self, threshold: int, *, falls: bool = False) -> Passage:
        """In how many days 30 days hold at least so many macros for the first time.

        Parameters
        ----------
        threshold
            Macros in 30 days.
        falls
            Whether to ask when they hold fewer.
        """
        there = self.ahead < threshold if falls else self.ahead >= threshold
        first = np.where(there.any(axis=1), there.argmax(axis=1) + 1.0, np.inf)
        shares = [1 - CONFIDENCE, 0.5, CONFIDENCE]
        low, middle, high = np.quantile(first, shares, method="inverted_cdf").tolist()
        return Passage(middle, low, high)

    @cached_property
    def ahead(self) -> Floats:
        """Macros in the 30 days up to each day of the next year, one row a draw."""
        rng = np.random.default_rng(0)
        last = self.counts[-(WINDOW - 1) :]
        seen = np.broadcast_to(last, (DRAWS, len(last)))
        days = np.concatenate([seen, rng.poisson(self._rates(rng))], axis=1)
        summed = np.cumsum(days, axis=1)
        before = np.concatenate([np.zeros((DRAWS, 1)), summed], axis=1)
        found: Floats = before[:, WINDOW:] - before[:, :-WINDOW]
        # A log of fewer than 29 days: its first windows are not full, and hold what there is.
        short = WINDOW - 1 - len(last)
        return np.concatenate([summed[:, len(last) : len(last) + short], found], axis=1)

    def _rates(self, rng: np.random.Generator) -> Floats:
        """Rates of the days to come, one row a draw."""
        beta, covariance = self._drawn_to_usual()
        size = len(self.counts)
        x = _columns(np.arange(size, size + YEAR, dtype=np.int64), size, len(beta) > 2)
        normal = rng.multivariate_normal(np.zeros(len(beta)), covariance, DRAWS, method="eigh")
        wide = np.sqrt(self.usual.freedom / rng.chisquare(self.usual.freedom, (DRAWS, 1)))
        plain = (beta + normal * wide) @ x.T
        kept = (self.usual.carried - 1) / (self.usual.carried + 1)
        own = np.sqrt(self.usual.shock) * rng.standard_normal((DRAWS, YEAR))
        own[:, 1:] *= np.sqrt(1 - kept**2)
        shock = lfilter([1.0], [1.0, -kept], own, axis=1)
        rates: Floats = _ROOM * expit(plain + shock - self.usual.shock / 2)
        return np.minimum(rates, FASTEST)

    def _drawn_to_usual(self) -> tuple[Floats, Floats]:
        """Coefficients with growth drawn towards none, as far as the days leave it open."""
        beta, covariance = self.usual.beta, self.usual.covariance
        prior = (USUAL_GROWTH / WINDOW * _half(len(self.counts))) ** 2
        pull = covariance[:, -1] / (covariance[-1, -1] + prior)
        return beta - pull * beta[-1], covariance - np.outer(pull, covariance[-1])


def chance_of_counts(count: int) -> tuple[int, int]:
    """What a month of the same pace brings in 95 of 100 cases (Poisson).

    >>> chance_of_counts(30), chance_of_counts(0)
    ((20, 41), (0, 0))
    """
    low, high = stats.poisson.interval(0.95, count) if count else (0, 0)
    return int(low), int(high)


def _columns(day: Ints, size: int, weekdays: bool) -> Floats:
    time = (day - (size - 1) / 2) / _half(size)
    kinds = [(day % 7 == kind).astype(float) for kind in range(6)] if weekdays else []
    return np.stack([np.ones(len(day)), *kinds, time], axis=1)


def _half(size: int) -> float:
    """Half of the history, in days: the unit of time."""
    return size / 2
