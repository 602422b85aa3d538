"""Members against the rest at comparable moments: standardised means, with intervals by bucket.

In each stratum (kind of moment, time since the first event, events so far, time of the calendar)
the mean of the rest is taken, and these are averaged with the weights of the members, so the rest
is looked at when and where the members are. Strata without any of the rest leave their members
out. A user stands for the rest again and again, until becoming a member or reaching the macro, so
errors are those of sums over buckets of users.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from microlift.journeys.cohorts.following import STRATUM
from microlift.journeys.shares import CONFIDENCE, Floats
from microlift.moments.space import BUCKETS

Ints = npt.NDArray[np.int64]
LEAST_MACROS = 5  # on either side, below which a ratio is luck
ENOUGH = 0.95  # share of members to be compared, for which the calendar is taken less exactly
LEAST_BUCKETS = 10  # of users of the rest in a stratum: of fewer the spread cannot be told
_WEEKS = (1, 4, 1 << 20)  # how exactly the calendar is taken, in weeks


@dataclass(frozen=True)
class Mean:
    """A mean a moment, with its standard error and 95 % interval."""

    value: float
    error: float

    def ends(self, quantile: float) -> tuple[float, float]:
        """The interval."""
        return self.value - quantile * self.error, self.value + quantile * self.error


@dataclass(frozen=True)
class Comparison:
    """Members and the rest at comparable moments.

    Attributes
    ----------
    judged
        Members that the log follows for long enough and that have somebody to be compared with.
    count, rest_count, rest_of
        What happened to them; to the rest, at all their moments; how many these are.
    member, rest
        The means.
    log_error
        Standard error of the log of their ratio.
    quantile
        Of the t distribution, by the number of buckets.
    degrees
        Its degrees of freedom.
    """

    judged: int
    count: int
    rest_count: int
    rest_of: int
    member: Mean
    rest: Mean
    log_error: float
    quantile: float
    degrees: int

    @property
    def ratio(self) -> float:
        """The mean of the members over that of the rest; not a number where it has no sense."""
        return self.member.value / self.rest.value if self.rest.value > 0 else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """Of the ratio; not numbers below 5 on either side."""
        if not self.told:
            return float("nan"), float("nan")
        half = self.quantile * self.log_error
        return self.ratio * float(np.exp(-half)), self.ratio * float(np.exp(half))

    @property
    def told(self) -> bool:
        """Whether there is enough to tell a ratio from chance."""
        return min(self.count, self.rest_count) >= LEAST_MACROS and self.log_error > 0

    @property
    def p_value(self) -> float:
        """Of a ratio of 1."""
        if not self.told:
            return float("nan")
        z = abs(np.log(self.ratio)) / self.log_error
        return float(2 * stats.t.sf(z, self.degrees))


def calendar_of(members: pd.DataFrame, rest: pd.DataFrame) -> int:
    """How exactly the calendar can be taken so that nearly all members are compared, in weeks."""
    total = members["n"].sum()
    for weeks in _WEEKS[:-1]:
        filled = _strata(rest, weeks).assign(bucket=rest["bucket"])[rest["n"] > 0]
        buckets = filled.groupby(STRATUM)["bucket"].nunique()
        enough = buckets.index[buckets >= LEAST_BUCKETS]
        kept = pd.MultiIndex.from_frame(_strata(members, weeks)).isin(enough)
        if members["n"].to_numpy()[kept].sum() >= ENOUGH * total:
            return weeks
    return _WEEKS[-1]


def compare(
    members: pd.DataFrame, rest: pd.DataFrame, weeks: int, of: str = "n", what: str = "y"
) -> Comparison | None:
    """Compare what happens after members' moments with what happens after those of the rest.

    Parameters
    ----------
    members, rest
        Cells of one cohort, as `Followed` has them.
    weeks
        How exactly the calendar is taken.
    of, what
        The columns of moments and of what happens.

    Returns
    -------
    None where there are no members with somebody to be compared with.
    """
    strata = pd.concat([_strata(members, weeks), _strata(rest, weeks)])
    number = strata.groupby(STRATUM, sort=True).ngroup().to_numpy().astype(np.int64)
    count = int(number.max(initial=-1)) + 1
    m, y = (_by_stratum(members, name, number[: len(members)], count) for name in (of, what))
    n, c = (_by_stratum(rest, name, number[len(members) :], count) for name in (of, what))
    kept = (m.sum(axis=1) > 0) & (n.sum(axis=1) > 0)
    m, y, n, c = m[kept], y[kept], n[kept], c[kept]
    judged = m.sum()
    if not judged:
        return None
    weight, of_rest = m.sum(axis=1) / judged, n.sum(axis=1)
    own, each = y.sum() / judged, c.sum(axis=1) / of_rest
    other = float(weight @ each)
    # How much each bucket of users moves the two means: the delta method.
    moves_own = (y - own * m).sum(axis=0) / judged
    # Few buckets lie closer to their own mean than to that of all.
    buckets = np.maximum((n > 0).sum(axis=1), 2)
    wider = np.sqrt(buckets / (buckets - 1))
    moves_other = ((weight / of_rest * wider)[:, None] * (c - each[:, None] * n)).sum(axis=0)
    moves_other += ((each - other)[:, None] * m).sum(axis=0) / judged
    filled = int(((m.sum(axis=0) + n.sum(axis=0)) > 0).sum())
    degrees = max(1, filled - 1)
    moves = [moves_own, moves_other]
    if own > 0 and other > 0:
        moves.append(moves_own / own - moves_other / other)
    errors = [_error(move, filled) for move in moves]
    return Comparison(
        judged=int(judged),
        count=int(y.sum()),
        rest_count=int(c.sum()),
        rest_of=int(n.sum()),
        member=Mean(float(own), errors[0]),
        rest=Mean(other, errors[1]),
        log_error=errors[2] if len(errors) > 2 else float("nan"),
        quantile=float(stats.t.ppf(CONFIDENCE, degrees)),
        degrees=degrees,
    )


def _error(moves: Floats, buckets: int) -> float:
    if buckets < 2:
        return float("nan")
    return float(np.sqrt((moves**2).sum() * buckets / (buckets - 1)))


def _strata(cells: pd.DataFrame, weeks: int) -> pd.DataFrame:
    strata: pd.DataFrame = cells[STRATUM].assign(week=cells["week"] // weeks)
    return strata


def _by_stratum(cells: pd.DataFrame, name: str, stratum: Ints, strata: int) -> Floats:
    """Sums by stratum and bucket."""
    place = stratum * BUCKETS + cells["bucket"].to_numpy()
    sums = np.bincount(place, weights=cells[name].to_numpy(), minlength=strata * BUCKETS)
    return sums.astype(np.float64).reshape(strata, BUCKETS)
