"""Hazard model: the rate of macros after each action against the rate before or without it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse, stats

from microlift.models.baselines.baseline import Baseline, Findings, result
from microlift.models.baselines.counts import Counts, Floats
from microlift.models.baselines.newton import (
    FAR,
    TOO_FEW,
    TWIN,
    VAGUE,
    Bools,
    bits,
    climb,
    gated,
    independent,
    indicators,
    settle,
)
from microlift.models.baselines.person_time import PersonTime, person_time
from microlift.moments.space import BUCKETS

NAME = "hazard model"
ROWS = 2_000_000  # of person-time looked at together
LEAST_BUCKETS = 30  # of users, for errors between them
NOTE = (
    "Rate ratio of macros after the action against before or without it, at the same time since "
    "the first event, other actions and attributes held equal (piecewise-exponential, errors "
    "clustered by user); booked is the macro share of doers less what it would be at the rate "
    "without it."
)


@dataclass(frozen=True, eq=False)
class HazardFit:
    """Log rate ratios, and their errors: robust (clustered by user), and as if the model held.

    nan where there is none; `why` says the reason. `buckets` is how many groups of users the
    robust errors rest on, `score` what each of them adds to the gradient (sums to 0).
    """

    beta: Floats
    error: Floats
    plain_error: Floats
    why: dict[int, str]
    buckets: int
    score: Floats


def hazard_model(counts: Counts) -> Baseline:
    r"""Book what the rate ratios of a piecewise-exponential hazard model say.

    .. math:: \lambda_u(t) = \lambda_{k(t)} \exp\Bigl(\sum_a \beta_a [t > T_{ua}] + \gamma x_u\Bigr)

    with t the time since the user's first event, T the first time of each action, x the attributes
    of first touch, and one rate for each of 200 intervals k that hold equally many macros. It is a
    Poisson regression of macros on person-time; the rates of the intervals are solved for in
    closed form (as Breslow does), which leaves a Newton climb over beta and gamma alone. Effect =
    exp(beta), the hazard ratio, and

    .. math:: credit_a = p_a - \bigl(1 - (1 - p_a)^{1 / HR_a}\bigr)

    with p_a the share of doers who have a macro: less the share that they would have at the rate
    without a.

    Coefficients are those of Cox's partial likelihood (``lifelines.CoxTimeVaryingFitter``) to a
    fiftieth of a standard error. There every user is a row at every macro; here person-time is
    counted in the engine, and memory hangs on the number of kinds of users. For 5,000 users
    lifelines needs 12.2 s of a processor, counting 0.6 s and the fit 0.02 s, and lifelines' time
    grows with the square of the users. Errors are clustered: summed by 128 buckets of whole users
    before they are squared. Users whose first event is the macro are left out.

    It takes the order of things into account, and so the time that doers have lived through
    (immortal time). It assumes that those who do a now and those who do not are alike but for
    attributes and earlier actions. They are not: whoever does anything now is there now, the
    others mostly are not, so that every action of a visit looks as if it raised the macro.

    References
    ----------
    Holford (1980), doi:10.2307/2529982; Laird and Olivier (1981),
    doi:10.1080/01621459.1981.10477634; errors: Lin and Wei (1989),
    doi:10.1080/01621459.1989.10478874.

    Examples
    --------
    Something every hour: of those with a cart 1 in 2 buys in the hour after it, of those without
    1 in 5 in the same hour, so the ratio is 5 / 2:

    >>> from microlift.models.baselines.example import WAITING, example
    >>> found = hazard_model(example(WAITING, copies=20)).frame.iloc[0]
    >>> float(round(found["effect"], 3)), bool(found["low"] < 2.5 < found["high"])
    (2.5, True)
    """
    time = person_time(counts)
    none = np.full(counts.actions, np.nan)
    if time is None:
        why = dict.fromkeys(range(counts.actions), "no macro has anything before it")
        return result(NAME, counts, Findings(none, NOTE, why=why))
    fit = fit_hazard(time, counts.actions)
    beta, error = fit.beta[: counts.actions], fit.error[: counts.actions]
    note = NOTE
    if fit.buckets < LEAST_BUCKETS:
        error = none
        note += (
            f" No intervals: users fall into {fit.buckets} of the {LEAST_BUCKETS} groups needed."
        )
    half = float(stats.t.ppf(0.975, max(1, fit.buckets - 1))) * error
    found = Findings(
        gated(_credit(counts, beta), counts.share, fit.why),
        note,
        effect=np.exp(beta),
        low=np.exp(beta - half),
        high=np.exp(beta + half),
        why={j: reason for j, reason in fit.why.items() if j < counts.actions},
    )
    return result(NAME, counts, found)


def _credit(counts: Counts, beta: Floats) -> Floats:
    """Share of doers with a macro, less what it would be at the rate without the action."""
    left = 1 - counts.share
    # Were it 0, all would have had the macro at any rate: it is held at half a user.
    left = np.maximum(left, 0.5 / np.maximum(counts.did, 1))
    # 1 to an unknown power is 1 for numpy: what has no ratio has no credit.
    return np.where(np.isfinite(beta), left ** np.exp(-beta) - left, np.nan)


def fit_hazard(time: PersonTime, actions: int) -> HazardFit:
    """Fit log rate ratios of all actions, then of the values of all attributes."""
    risk, macros = time.at_risk(), time.macros_in()
    by_kind = np.asarray(macros.sum(axis=1))
    x = np.hstack([bits(time.did, actions), indicators(time.traits, np.asarray(risk.sum(axis=1)))])
    kept = settle(x, by_kind)
    why, columns = dict(kept.why), kept.columns
    cells = _Cells.of(risk, macros, x[:, columns], kept.rows)
    told = independent(cells.look(np.zeros(len(columns)))[2])
    why |= {int(j): TWIN for j in np.delete(columns, told)}
    columns = columns[told]
    cells = _Cells.of(risk, macros, x[:, columns], kept.rows)
    beta, information = climb(cells.look, np.zeros(len(columns)))
    score = cells.scores(time, beta)
    buckets = len(np.unique(time.bucket))
    inverse = np.linalg.pinv(information, hermitian=True)
    spread = buckets / max(1, buckets - 1)
    found = np.full((3, x.shape[1]), np.nan)  # coefficients, robust errors, those of the model
    robust = spread * np.diag(inverse @ score.T @ score @ inverse)
    found[:, columns] = (
        beta,
        np.sqrt(np.maximum(robust, 0)),
        np.sqrt(np.maximum(np.diag(inverse), 0)),
    )
    vague = ~((found[2] < VAGUE) & (np.abs(found[0]) < FAR))
    why |= {int(j): TOO_FEW for j in np.flatnonzero(vague) if j not in why}
    found[:, vague] = np.nan
    return HazardFit(found[0], found[1], found[2], why, buckets, score)


@dataclass(frozen=True, eq=False)
class _Cells:
    """Time at risk and macros by kind and interval, and the columns of each kind.

    Kinds that cannot have a macro, and intervals in which nobody is at risk, hold nothing.
    """

    risk: sparse.csr_array
    by_kind: Floats
    by_interval: Floats
    x: Floats
    kinds: Bools

    @classmethod
    def of(
        cls,
        risk: sparse.csr_array,
        macros: sparse.csr_array,
        x: Floats,
        kinds: Bools,
    ) -> "_Cells":
        inside = sparse.diags_array(kinds.astype(np.float64))
        risk = sparse.csr_array(inside @ risk)
        lived = (np.asarray(risk.sum(axis=0)) > 0).astype(np.float64)
        macros = sparse.csr_array(inside @ macros @ sparse.diags_array(lived))
        by_kind, by_interval = (np.asarray(macros.sum(axis=axis)) for axis in (1, 0))
        return cls(risk, by_kind, by_interval, x, kinds)

    def look(self, beta: Floats) -> tuple[float, Floats, Floats]:
        """Profile log likelihood, its gradient and the information."""
        rate, below, means = self._sums(beta)
        seen = self.by_interval > 0
        hazard = np.divide(self.by_interval, below, out=np.zeros_like(below), where=seen)
        likelihood = self.by_kind @ (self.x @ beta) - self.by_interval[seen] @ np.log(below[seen])
        gradient = self.by_kind @ self.x - self.by_interval @ means
        weight = rate * (self.risk @ hazard)
        information = (self.x * weight[:, None]).T @ self.x
        information -= (means * self.by_interval[:, None]).T @ means
        return float(likelihood), gradient, information

    def _sums(self, beta: Floats) -> tuple[Floats, Floats, Floats]:
        """Relative rates of kinds, and of each interval the time at risk and the mean of x."""
        rate = np.exp(np.minimum(self.x @ beta, 50.0))
        below = self.risk.T @ rate
        sums = self.risk.T @ (rate[:, None] * self.x)
        means = np.divide(sums, below[:, None], out=np.zeros_like(sums), where=below[:, None] > 0)
        return rate, below, means

    def scores(self, time: PersonTime, beta: Floats) -> Floats:
        """Gradient by bucket of users: macros and expected macros, each from the interval's mean.

        What is expected of a stretch is the running sum of the rates at its end less that at its
        beginning, so the same few rows serve as those of the time at risk.
        """
        rate, below, means = self._sums(beta)
        seen = self.by_interval > 0
        hazard = np.divide(self.by_interval, below, out=np.zeros_like(below), where=seen)
        grown = hazard * time.length
        until = np.cumsum(grown) - grown
        grown_means = grown[:, None] * means
        means_until = np.cumsum(grown_means, axis=0) - grown_means
        score = np.zeros((BUCKETS, self.x.shape[1]))
        for start in range(0, len(time.kind), ROWS):
            here = slice(start, start + ROWS)
            inside = self.kinds[time.kind[here]]
            kind, interval, bucket = (
                column[here][inside] for column in (time.kind, time.interval, time.bucket)
            )
            leaves = rate[kind] * time.leaves[here][inside]
            lived = rate[kind] * hazard[interval] * time.offset[here][inside]
            excess = time.macros[here][inside] * seen[interval] - lived
            score += _by_bucket(bucket, kind, excess - leaves * until[interval], self.x)
            score -= _by_bucket(bucket, interval, excess, means)
            score += _by_bucket(bucket, interval, leaves, means_until)
        return score


def _by_bucket(
    bucket: npt.NDArray[Any], place: npt.NDArray[Any], weight: Floats, columns: Floats
) -> Floats:
    """Weighted sums of rows of `columns`, by bucket."""
    shape = BUCKETS, len(columns)
    table = sparse.csr_array(sparse.coo_array((weight, (bucket, place)), shape=shape))
    return np.asarray(table @ columns)
