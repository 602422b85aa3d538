"""LiftModel: from cells of moments to lift and journey value."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits
from tqdm.auto import tqdm

from microlift.models.association import Association, association
from microlift.models.crossfit import Nuisance
from microlift.models.encode import StateEncoder, product_pairs
from microlift.models.journey import JourneyValue
from microlift.models.lift import Contrast, contrast
from microlift.models.states import States
from microlift.models.table import COLUMNS, NOT_IDENTIFIED, LiftTable, verdict
from microlift.moments import Moments
from microlift.moments.space import FIRST_STEP

MOST_TIED = 0.1
MOST_CUT = 0.05
WORKERS = 2


class LiftModel(BaseEstimator):  # type: ignore[misc]
    """Association, lift and journey value of every action in the plan.

    Parameters
    ----------
    classifier
        Any scikit-learn classifier that takes ``sample_weight``; it sees states as small
        integers. None is logistic regression on indicators and their products.
    folds
        Folds of whole buckets of users for cross-fitting.
    rotations
        How many splits of buckets into folds are averaged.
    quiet
        No progress bar.

    Attributes
    ----------
    lift_ : LiftTable
        The table of lifts.
    contrasts_ : tuple of Contrast
        The estimates behind it, one an action.
    journey_ : JourneyValue
        V by cell.
    states_ : States
        The cells as arrays.
    moments_ : Moments
        What the model was fitted on.

    Examples
    --------
    >>> LiftModel(folds=2).get_params()["folds"]
    2
    """

    def __init__(
        self, classifier: Any = None, folds: int = 2, rotations: int = 3, quiet: bool = True
    ) -> None:
        self.classifier = classifier
        self.folds = folds
        self.rotations = rotations
        self.quiet = quiet

    def fit(self, moments: Moments) -> Self:
        """Estimate everything from the cells of `moments`."""
        actions = moments.log.plan.actions
        self.moments_ = moments
        self.states_ = States.from_moments(moments)
        numbers = range(len(actions))
        bar = tqdm(total=len(actions) + 1, desc="models", disable=self.quiet, leave=False)
        # One thread of linear algebra for each worker: small problems gain nothing from more.
        with bar, threadpool_limits(1), ThreadPoolExecutor(WORKERS) as pool:
            value = pool.submit(JourneyValue.fit, self.states_, self._nuisance(products=True))
            nuisance = self._nuisance(products=False)
            contrasts = []
            for found in pool.map(lambda number: self._contrast(number, nuisance), numbers):
                contrasts.append(found)
                bar.update()
            self.journey_ = value.result()
            bar.update()
        self.contrasts_ = tuple(contrasts)
        self.lift_ = LiftTable(self._table())
        return self

    def _nuisance(self, products: bool) -> Nuisance:
        if self.classifier is not None:
            return Nuisance(self.classifier, self.states_.x, self.folds, self.rotations, False)
        moments = self.moments_
        # A user's moments share one outcome. V has many columns, and is held back as if each user
        # were one row; the others see few, and their errors are corrected by the estimate itself.
        strength = moments.totals.covered / max(1, moments.mature) if products else 1.0
        # Each fold starts from the solution of the one before: same optimum, fewer steps.
        logistic = LogisticRegression(
            C=max(strength, 1e-4), solver="newton-cholesky", tol=1e-6, max_iter=100, warm_start=True
        )
        pairs = product_pairs(self.states_.names) if products else ()
        columns = StateEncoder(pairs).fit_transform(self.states_.x)
        return Nuisance(logistic, columns, self.folds, self.rotations, products)

    def calibration(self) -> pd.DataFrame:
        """Predicted against observed macros, out of fold: overall, by step, by decile of V."""
        plan = self.moments_.log.plan
        labels = ["session start" if self.moments_.kind == "visits" else "nothing yet"]
        for mask in self.moments_.steps:
            names = [a.name for bit, a in enumerate(plan.actions) if mask >> bit & 1]
            labels.append(" + ".join(names))
        return self.journey_.calibration(self.states_, labels)

    def _contrast(self, number: int, nuisance: Nuisance) -> Contrast:
        tied, converting = _ties(self.moments_, number)
        if converting and tied > MOST_TIED * converting:
            return Contrast(
                note=f"recorded together with the macro: {tied:,} of {converting:,} converting "
                "first occurrences share its timestamp, so their order is unknown"
            )
        return contrast(self.states_, self.moments_.steps, number, nuisance)

    def _table(self) -> pd.DataFrame:
        moments = self.moments_
        p_values = np.array([c.p_value for c in self.contrasts_])
        known = np.isfinite(p_values)
        q_values = np.full(len(p_values), np.nan)
        if known.any():
            q_values[known] = stats.false_discovery_control(p_values[known])
        rows = []
        for number, (action, c) in enumerate(
            zip(moments.log.plan.actions, self.contrasts_, strict=True)
        ):
            seen = association(moments, number)
            q = float(q_values[number])
            rows.append(
                (
                    action.name,
                    action.kind,
                    seen.users,
                    moments.occurrences[number],
                    *(seen.ratio, seen.low, seen.high),
                    *(c.ratio, c.ratio_low, c.ratio_high),
                    *(c.gain, c.gain_low, c.gain_high),
                    q,
                    verdict(c.ratio_low, c.ratio_high, q) if known[number] else NOT_IDENTIFIED,
                    _note(self.states_, moments, number, seen, c),
                )
            )
        return pd.DataFrame(rows, columns=list(COLUMNS))


def _ties(moments: Moments, action: int) -> tuple[int, int]:
    firsts = moments.firsts
    mine = ((firsts["fresh"].to_numpy() >> action) & 1).astype(bool)
    n = firsts["n"].to_numpy()
    return int(n[mine & firsts["tied"].to_numpy(dtype=bool)].sum()), int(n[mine].sum())


def _note(
    states: States, moments: Moments, action: int, seen: Association, estimate: Contrast
) -> str:
    notes = []
    if seen.users == 0:
        notes.append("nobody did it in this window")
    elif estimate.note:
        notes.append(estimate.note)
    if seen.all_converters:
        notes.append("mandatory gate: practically every user with a macro had done it")
    cut, kept = _cut_off(states, moments, action)
    if cut > MOST_CUT * (cut + kept):
        notes.append(f"tick too long: {cut:,} macros fell into the tick in which it was done")
    return "; ".join(notes)


def _cut_off(states: States, moments: Moments, action: int) -> tuple[int, int]:
    codes = [FIRST_STEP + i for i, mask in enumerate(moments.steps) if mask >> action & 1]
    first = np.isin(states.next, codes) & ((states.done[states.state] >> action) & 1 == 0)
    return int(states.n_cut[first].sum()), int(states.y_lift[first].sum())
