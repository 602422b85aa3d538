r"""The partial likelihood of Cox with actions that switch on, and its check of proportionality.

The rate of those with the columns x at time t is :math:`h_0(t) \exp(\beta x)`, and each macro is
compared with all who are at risk when it happens. Ties are handled as Efron does. lifelines fits
the same (the tests hold this to it), but visits every row at every macro; here the sums over those
at risk are differences of running sums, so that 50,000 users take seconds and not hours.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

MAX_STEPS, ENOUGH = 40, 1e-9
COLLINEAR = 1e-8
FAR = 12.0  # a log ratio that gets here goes on for ever: the macros of one side all come first
NOBODY, GATE, TWIN = "nobody", "gate", "twin"


@dataclass(frozen=True, eq=False)
class Spells:
    """Stretches (start, stop] in which somebody is at risk and nothing about them changes.

    Attributes
    ----------
    start, stop
        Whole numbers of any unit.
    ends
        Whether the stretch ends with the macro.
    x
        Rows by columns, each 0 or 1.
    """

    start: Ints
    stop: Ints
    ends: Bools
    x: Floats

    def where(self, kept: Bools) -> "Spells":
        """The stretches that are kept."""
        return Spells(self.start[kept], self.stop[kept], self.ends[kept], self.x[kept])


@dataclass(frozen=True, eq=False)
class Fit:
    """Log rate ratios, their covariance, and what is left at each macro.

    Attributes
    ----------
    beta, covariance
        One a column; not a number where the column is not identified.
    why
        For columns that are not: 'nobody' (no macro where it is 1), 'gate' (none where it is 0),
        'twin' (the columns before it say the same).
    times, residuals
        Of each macro its time, and by column Schoenfeld's residual.
    """

    beta: Floats
    covariance: Floats
    why: dict[int, str]
    times: Ints
    residuals: Floats

    @property
    def error(self) -> Floats:
        """Standard errors; not a number where the macros do not tell them."""
        variance = np.diag(self.covariance)
        return np.sqrt(np.where(variance > 0, variance, np.nan))

    def proportional(self) -> Floats:
        """p-value of each ratio being one number at all times, by the ranks of times.

        References
        ----------
        Grambsch and Therneau (1994), doi:10.1093/biomet/81.3.515.
        """
        known = np.isfinite(self.beta)
        p_values = np.full(len(self.beta), np.nan)
        ranks = stats.rankdata(self.times)
        ranks = ranks - ranks.mean()
        if not known.any() or not ranks.any():
            return p_values
        covariance = self.covariance[np.ix_(known, known)]
        n = len(ranks)
        scaled = n * self.residuals[:, known] @ covariance
        spread = n * np.diag(covariance) * (ranks**2).sum()
        p_values[known] = stats.chi2.sf((ranks @ scaled) ** 2 / spread, 1)
        return p_values


def fit_cox(spells: Spells) -> Fit:
    """Fit the log rate ratios of all columns together.

    Where no macro happens with a column at 0, its ratio has no upper end: the column is left out,
    and so are the stretches at 0, which cannot lead to a macro. The same the other way round.

    Examples
    --------
    Of four, two have it; they come first and third:

    >>> spells = Spells(np.zeros(4, int), np.array([1, 2, 3, 4]), np.ones(4, bool),
    ...     np.array([[1.0], [0.0], [1.0], [0.0]]))
    >>> round(float(np.exp(fit_cox(spells).beta[0])), 3)
    2.562
    """
    columns = spells.x.shape[1]
    spells, kept, why = _identified(spells)
    risk = _Risk.of(spells, kept)
    beta = np.zeros(len(kept))
    likelihood, gradient, information, residuals = risk.look(beta)
    for _ in range(MAX_STEPS):
        step = np.linalg.solve(information, gradient) if len(kept) else beta
        if gradient @ step < ENOUGH or np.abs(beta).max(initial=0) > FAR:
            break
        step = step * min(1.0, FAR / np.abs(step).max())
        found = risk.look(beta + step)
        while not found[0] >= likelihood - ENOUGH and np.abs(step).max() > ENOUGH:
            step = step / 2
            found = risk.look(beta + step)
        beta = beta + step
        likelihood, gradient, information, residuals = found
    every = np.full(columns, np.nan)
    covariance = np.full((columns, columns), np.nan)
    left = np.full((len(risk.group), columns), np.nan)
    every[kept], left[:, kept] = beta, residuals
    covariance[np.ix_(kept, kept)] = np.linalg.inv(information)
    return Fit(every, covariance, why, risk.times[risk.group], left)


def _identified(spells: Spells) -> tuple[Spells, list[int], dict[int, str]]:
    """Leave out the columns without contrast, and the stretches that they settle."""
    why: dict[int, str] = {}
    open_ = list(range(spells.x.shape[1]))
    while True:
        macros = spells.x[spells.ends]
        count = macros.sum(axis=0)
        settled = [j for j in open_ if count[j] in (0, len(macros))]
        if not settled:
            break
        j = settled[0]
        why[j] = NOBODY if count[j] == 0 else GATE
        spells = spells.where(spells.x[:, j] == (count[j] > 0))
        open_.remove(j)
    information = _Risk.of(spells, open_).look(np.zeros(len(open_)))[2]
    scale = np.sqrt(np.maximum(np.diag(information), 0))
    places: list[int] = []
    for place, j in enumerate(open_):
        trial = [*places, place]
        size = np.outer(scale[trial], scale[trial])
        flat = scale[place] ** 2 < COLLINEAR
        if flat or np.linalg.eigvalsh(information[np.ix_(trial, trial)] / size)[0] < COLLINEAR:
            why[j] = TWIN
        else:
            places = trial
    return spells, [open_[place] for place in places], why


@dataclass(frozen=True, eq=False)
class _Risk:
    """Who is at risk at which macro: stretch r at those from low[r] up to, without, high[r]."""

    times: Ints
    low: Ints
    high: Ints
    x: Floats
    macro: Ints  # the stretches that end with the macro
    group: Ints  # the place of its time among the times
    share: Floats  # of those tied with it, how many are taken to have come before it

    @classmethod
    def of(cls, spells: Spells, columns: list[int]) -> "_Risk":
        times = np.unique(spells.stop[spells.ends])
        low = np.searchsorted(times, spells.start, "right")
        high = np.searchsorted(times, spells.stop, "right")
        seen = low < high
        low, high, ends = low[seen], high[seen], spells.ends[seen]
        x = spells.x[seen][:, columns]
        macro = np.flatnonzero(ends)
        macro = macro[np.argsort(high[macro], kind="stable")]
        group = high[macro] - 1
        size = np.bincount(group, minlength=len(times))
        place = np.arange(len(macro)) - (np.cumsum(size) - size)[group]
        return cls(times, low, high, x, macro, group, place / size[group])

    def look(self, beta: Floats) -> tuple[float, Floats, Floats, Floats]:
        """Log likelihood, its gradient, the information, and Schoenfeld's residuals."""
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            rate = np.exp(self.x @ beta)
            x, tied = self.x[self.macro], rate[self.macro]
            below = self._at_risk(rate)[self.group] - self.share * self._tied(tied)
            sums = [
                self._at_risk(rate * column)[self.group] - self.share * self._tied(tied * own)
                for column, own in zip(self.x.T, x.T, strict=True)
            ]
            means = np.stack(sums, axis=1) / below[:, None] if sums else np.zeros_like(x)
            likelihood = float((x @ beta - np.log(below)).sum())
            until = np.concatenate([[0.0], np.cumsum(self._by_time(1 / below))])
            weight = rate * (until[self.high] - until[self.low])
            information = (self.x * weight[:, None]).T @ self.x - means.T @ means
            information -= (x * (tied * self._tied(self.share / below))[:, None]).T @ x
        size = self._by_time(np.ones(len(self.macro)))
        shared = [self._by_time(column)[self.group] / size[self.group] for column in means.T]
        residuals = x - np.stack(shared, axis=1) if shared else x
        return likelihood, (x - means).sum(axis=0), information, residuals

    def _at_risk(self, values: Floats) -> Floats:
        size = len(self.times) + 1
        comes = np.bincount(self.low, values, size)
        goes = np.bincount(self.high, values, size)
        return np.cumsum(comes - goes)[:-1]

    def _by_time(self, values: Floats) -> Floats:
        summed: Floats = np.bincount(self.group, values, len(self.times)).astype(np.float64)
        return summed

    def _tied(self, values: Floats) -> Floats:
        """Sum over the macros of the same time."""
        summed: Floats = self._by_time(values)[self.group]
        return summed
