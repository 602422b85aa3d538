"""Logistic regression of users: who had a macro, by what they did before it."""

from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from microlift.models.baselines.baseline import Baseline, Findings, result
from microlift.models.baselines.counts import LEFT_OUT, Counts, Floats
from microlift.models.baselines.newton import (
    FAR,
    TOO_FEW,
    TWIN,
    VAGUE,
    bits,
    climb,
    gated,
    independent,
    indicators,
    settle,
)

NAME = "logistic regression"
NOTE = (
    "Odds ratio of the macro between users who did the action before it and users who did not, "
    "other actions and attributes held equal; booked is the macro share of doers less what the "
    "model expects of them without it. No order in time: who stays longer does more of everything."
)


@dataclass(frozen=True, eq=False)
class LogisticFit:
    """Coefficients (nan where there is none), sandwich errors, chances by cell, and reasons.

    The first coefficient is the intercept.
    """

    beta: Floats
    error: Floats
    why: dict[int, str]


def logistic_regression(counts: Counts) -> Baseline:
    r"""Book what the coefficients of a logistic regression of users say.

    .. math:: \log \frac{p_u}{1 - p_u} = \alpha + \sum_a \beta_a [u \text{ did } a] + \gamma x_u

    over all users, with the attributes x of first touch as indicators; effect = exp(beta), and

    .. math:: credit_a = \frac{1}{D_a} \sum_{u \text{ did } a} \bigl(p_u - p_u^{(-a)}\bigr)

    with the chance that the model gives the same users without a, signs kept. Errors are robust
    (sandwich), right also where the model is not. Users whose only planned event is the macro are
    left out where the log holds planned events alone: there nobody does nothing.

    It assumes that users who did a and others with the same attributes and other actions would
    have had the macro equally often. But a user who stays longer has more time for a *and* for the
    macro, and one who converts at once has had none for either, so that actions without effect get
    ratios far from 1. An odds ratio also overstates a ratio of chances where macros are common.

    References
    ----------
    White (1982), doi:10.2307/1912526.

    Examples
    --------
    Of users with a cart 1 in 2 buys, of the others 1 in 5: the odds are 1 and 1/4, and without the
    cart the doers would buy as often as the others, so that 1/2 - 1/5 is booked:

    >>> from microlift.models.baselines.example import WAITING, example
    >>> found = logistic_regression(example(WAITING, copies=20)).frame.iloc[0]
    >>> float(found["effect"].round(6)), float(found["credit"].round(6))
    (4.0, 0.3)
    """
    people, note = counts.people, NOTE
    if counts.planned_alone:
        people, note = people.filter(people.ever != 0), f"{NOTE} {LEFT_OUT}"
    traits = [name for name in people.columns if name[0] == "a" and name[1:].isdigit()]
    grouped = people.group_by(["ever", *traits]).agg(n=people.count(), y=people.reached.sum())
    cells = counts.frame(grouped).sort_values(["ever", *traits]).astype("int64")
    n, y = cells["n"].to_numpy(dtype=np.float64), cells["y"].to_numpy(dtype=np.float64)
    did = bits(cells["ever"].to_numpy(), counts.actions)
    x = np.hstack([did, indicators([cells[name].to_numpy() for name in traits], n)])
    fit = fit_logistic(x, n, y)
    own = slice(1, 1 + counts.actions)
    beta, error = fit.beta[own], fit.error[own]
    half = float(stats.norm.ppf(0.975)) * error
    known = np.where(np.isfinite(fit.beta), fit.beta, 0.0)
    score = known[0] + x @ known[1:]
    chance = special.expit(score)[:, None] - special.expit(score[:, None] - did * known[own])
    credit = np.full(counts.actions, np.nan)
    np.divide((did * n[:, None] * chance).sum(axis=0), counts.did, out=credit, where=counts.did > 0)
    credit[~np.isfinite(beta)] = np.nan
    credit = gated(credit, counts.share, fit.why)
    found = Findings(
        credit,
        note,
        effect=np.exp(beta),
        low=np.exp(beta - half),
        high=np.exp(beta + half),
        why={j: reason for j, reason in fit.why.items() if j < counts.actions},
    )
    return result(NAME, counts, found)


def fit_logistic(x: Floats, n: Floats, y: Floats) -> LogisticFit:
    """Fit `y` of `n` by cell on the 0-1 columns `x` and an intercept, without a penalty.

    Examples
    --------
    >>> fit = fit_logistic(np.array([[0.0], [1.0]]), np.array([4.0, 4.0]), np.array([2.0, 3.0]))
    >>> fit.beta.round(4), fit.error.round(4)
    (array([0.    , 1.0986]), array([1.    , 1.5275]))
    """
    kept = settle(x, y, n - y)
    rows, why = kept.rows, dict(kept.why)
    z = np.column_stack([np.ones(rows.sum()), x[rows][:, kept.columns]])
    n, y = n[rows], y[rows]

    def look(beta: Floats) -> tuple[float, Floats, Floats]:
        score = z @ beta
        p = special.expit(score)
        likelihood = float(y @ score - n @ np.logaddexp(0, score))
        return likelihood, z.T @ (y - n * p), (z * (n * p * (1 - p))[:, None]).T @ z

    told = independent(look(np.zeros(z.shape[1]))[2], first=1)
    why |= {int(kept.columns[j - 1]): TWIN for j in set(range(1, z.shape[1])) - set(told.tolist())}
    z = z[:, told]
    columns = np.concatenate([[0], 1 + kept.columns[told[1:] - 1]])
    share = y.sum() / n.sum()
    start = np.zeros(len(columns))
    start[0] = np.log(share / (1 - share)) if 0 < share < 1 else 0.0
    beta, information = climb(look, start)
    p = special.expit(z @ beta)
    middle = (z * (y * (1 - p) ** 2 + (n - y) * p**2)[:, None]).T @ z
    every, error, plain = np.full((3, 1 + x.shape[1]), np.nan)
    bread = np.linalg.pinv(information, hermitian=True)
    every[columns] = beta
    error[columns] = np.sqrt(np.maximum(np.diag(bread @ middle @ bread), 0))
    # Where columns part the macros from the rest, robust errors go to 0; those of the model do not.
    plain[columns] = np.sqrt(np.maximum(np.diag(bread), 0))
    vague = ~((plain < VAGUE) & (np.abs(every) < FAR))
    vague[0] = False
    why |= {int(j) - 1: TOO_FEW for j in np.flatnonzero(vague) if int(j) - 1 not in why}
    every[vague], error[vague] = np.nan, np.nan
    return LogisticFit(every, error, why)
