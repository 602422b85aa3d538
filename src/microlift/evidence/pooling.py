"""Partial pooling: where data are few, each lift learns from the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from microlift.asked import as_asked
from microlift.evidence.mixture import Floats, Mixture
from microlift.models import LiftModel
from microlift.result import Result, onto

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEAST = 3  # lifts
FEW_MACROS = 1_000  # below, pooling is on by default
PRIOR = 0.5  # scale of tau: lifts of one shop seldom differ by more than a factor of e
POINTS = 200
MEANING = (
    "A pooled lift lies between the raw one and the mean of all, the nearer to the mean the less "
    "is known of it. Over all actions it errs less; of the one action that truly stands apart it "
    "shows too little."
)


@dataclass(frozen=True)
class Pool:
    """Random-effects summary of estimates: shrunk means with their intervals.

    Attributes
    ----------
    tau
        Spread of the true values, by restricted maximum likelihood with a weak prior.
    mean, low, high
        Of each estimate, with 95 % intervals.
    weight
        Share of the common mean in each.
    """

    tau: float
    mean: Floats
    low: Floats
    high: Floats
    weight: Floats


@dataclass(frozen=True, eq=False, repr=False)
class Pooled(Result):
    """Raw and pooled lifts side by side.

    Attributes
    ----------
    frame
        One row an action: action, kind, lift, lift_low, lift_high (raw), pooled, pooled_low,
        pooled_high, borrowed (share of the common mean in the pooled one).
    finding
        What they say, in one sentence.
    tau
        Spread of the true log lifts.
    default
        Whether pooling is on by default at this volume.
    notes
        How to read it.
    """

    tau: float
    default: bool
    notes: tuple[str, ...]

    def plot(self, *, narrow: bool = False, ax: "Axes | None" = None) -> "Axes":
        """Draw the pooled lifts; hollow: the raw ones."""
        from microlift.reporting.forests import Forest, forest

        names = {
            "pooled": "ratio",
            "pooled_low": "low",
            "pooled_high": "high",
            "lift": "before",
        }
        rows = self.frame.rename(columns=names).assign(verdict=None)
        rows["note"] = ["" if np.isfinite(x) else "not identified" for x in rows["ratio"]]
        with onto(ax):
            return forest(rows, Forest("lift, pooled", hollow="raw"), narrow)

    def _table(self) -> str:
        from microlift.reporting.forests import pooled_table

        return pooled_table(self.frame)


@as_asked
def pooled(model: LiftModel, *, by_kind: bool = False) -> Pooled:
    r"""Partial pooling of log lifts across actions by empirical Bayes (random effects).

    The log lifts y with standard errors s are taken as

    .. math:: y_i \sim N(\theta_i, s_i^2), \qquad \theta_i \sim N(\mu, \tau^2)

    and a pooled lift is the mean of :math:`\theta_i` given all of them: B of the common mean and 1
    - B of its own estimate, with :math:`B = s_i^2 / (s_i^2 + \tau^2)`. Neither mu nor tau is taken
    as known: the interval is that of the mixture over both, tau weighted by its restricted
    likelihood and a half-normal prior of scale 0.5 (of few actions the likelihood alone says too
    little of it). Errors are taken as independent between actions, which holds nearly.

    Parameters
    ----------
    model
        A fitted model.
    by_kind
        Whether each kind of action (milestone, engagement, ...) has a mean of its own.

    Returns
    -------
    Pooled
        It is on by default below 1,000 macros. Over five simulated shops the root mean squared
        error of log lift fell from 0.131 to 0.109 with 150 macros, from 0.067 to 0.061 with 500,
        and from 0.032 to 0.030 with 1,500; intervals held the truth in 99, 98 and 97 %.

    References
    ----------
    Morris (1983), doi:10.1080/01621459.1983.10477920; Paule and Mandel (1982),
    doi:10.6028/jres.087.022; Gelman (2006), doi:10.1214/06-BA117A; Roever (2020),
    doi:10.18637/jss.v093.i06.

    Examples
    --------
    What it does to three estimates of which one is vague:

    >>> pool = partial_pool(np.log([1.2, 1.3, 3.0]), np.array([0.05, 0.05, 0.6]))
    >>> np.exp(pool.mean).round(2)
    array([1.21, 1.29, 1.48])
    """
    actions, contrasts = model.moments_.log.plan.actions, model.contrasts_
    log_lift = np.array([np.log(c.ratio) if c.ratio > 0 else np.nan for c in contrasts])
    error = np.array([c.log_error for c in contrasts])
    known = np.isfinite(log_lift) & np.isfinite(error)
    kinds = [str(action.kind) for action in actions]
    columns = ["pooled", "pooled_low", "pooled_high", "borrowed"]
    frame = pd.DataFrame(
        {
            "action": [action.name for action in actions],
            "kind": kinds,
            "lift": [c.ratio for c in contrasts],
            "lift_low": [c.ratio_low for c in contrasts],
            "lift_high": [c.ratio_high for c in contrasts],
        }
    ).reindex(columns=["action", "kind", "lift", "lift_low", "lift_high", *columns])
    macros = model.moments_.totals.macros
    if known.sum() < LEAST:
        finding = (
            f"Of {len(contrasts):,} lifts {known.sum():,} can be told; pooling needs at least "
            f"{LEAST}, or it is not known how alike they are."
        )
        return Pooled(frame, finding, float("nan"), False, ())
    groups = np.array(kinds)[known].tolist() if by_kind else None
    pool = partial_pool(log_lift[known], error[known], groups)
    shown = [np.exp(pool.mean), np.exp(pool.low), np.exp(pool.high), pool.weight]
    frame.loc[known, columns] = np.column_stack(shown)
    default = macros < FEW_MACROS
    finding = (
        f"True lifts of these {known.sum():,} actions spread by a factor of about "
        f"{np.exp(pool.tau):.2f} around their mean; on average a pooled lift takes "
        f"{pool.weight.mean():.0%} from the others."
    )
    which = (
        "pooling is on by default below that" if default else "the raw lifts are shown by default"
    )
    note = f"The log has {macros:,} macros; from {FEW_MACROS:,} on the raw lifts do: {which}."
    return Pooled(frame, finding, pool.tau, default, (MEANING, note))


def partial_pool(y: Floats, error: Floats, groups: Sequence[str] | None = None) -> Pool:
    """Shrink estimates towards their common mean, or towards those of their groups.

    Parameters
    ----------
    y, error
        Estimates with their standard errors.
    groups
        Group of each; with as many groups as estimates less one or two, one mean is taken.

    Returns
    -------
    Pool

    Examples
    --------
    Estimates that differ by no more than their errors are drawn together:

    >>> pool = partial_pool(np.array([0.1, 0.2, 0.3]), np.array([0.2, 0.2, 0.2]))
    >>> pool.mean.round(2), pool.weight.round(2)
    (array([0.16, 0.2 , 0.24]), array([0.61, 0.61, 0.61]))
    """
    design = _design(groups, len(y))
    most = 3 * PRIOR
    grid = (np.arange(POINTS) + 0.5) * most / POINTS
    parts = [_given(tau, y, error, design) for tau in grid]
    score = np.array([part[0] for part in parts]) - grid**2 / (2 * PRIOR**2)
    chance = np.exp(score - score.max())
    chance /= chance.sum()
    means = np.stack([part[1] for part in parts])
    spreads = np.stack([part[2] for part in parts])
    mean, low, high = Mixture(chance, means, spreads).interval().T
    weight = error**2 / (error**2 + grid[:, None] ** 2)
    tau = float(grid[int(np.argmax(score))])
    return Pool(tau, mean, low, high, chance @ weight)


def _design(groups: Sequence[str] | None, size: int) -> Floats:
    """Columns of the means: one, or one a group where two estimates more than groups are there."""
    names = sorted(set(groups or ()))
    if len(names) < 2 or size < len(names) + 2 or groups is None:
        return np.ones((size, 1))
    return np.array([[float(group == name) for name in names] for group in groups])


def _given(tau: float, y: Floats, error: Floats, design: Floats) -> tuple[float, Floats, Floats]:
    """Restricted log likelihood of tau; mean and spread of each true value given tau."""
    total = error**2 + tau**2
    information = (design / total[:, None]).T @ design
    covariance = np.linalg.inv(information)
    centre = design @ (covariance @ (design.T @ (y / total)))
    residual = y - centre
    _, determinant = np.linalg.slogdet(information)
    score = -0.5 * (np.log(total).sum() + determinant + (residual**2 / total).sum())
    weight = error**2 / total
    of_centre = np.einsum("ij,jk,ik->i", design, covariance, design)
    variance = (1 - weight) * error**2 + weight**2 * of_centre
    return float(score), weight * centre + (1 - weight) * y, np.sqrt(variance)
