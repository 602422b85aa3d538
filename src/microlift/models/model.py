"""LiftModel: from cells of moments to lift and journey value."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits
from tqdm.auto import tqdm

from microlift.models.association import Association, association
from microlift.models.classes import Classes
from microlift.models.crossfit import Nuisance
from microlift.models.encode import StateEncoder, product_pairs
from microlift.models.journey import JourneyValue
from microlift.models.lift import Contrast, contrast
from microlift.models.states import States
from microlift.models.table import COLUMNS, NOT_IDENTIFIED, LiftTable, verdict
from microlift.moments import Moments
from microlift.moments.space import FIRST_STEP
from microlift.plan import AFTER_MACRO
from microlift.progress import shows_progress

MOST_TIED = 0.1
MOST_CUT = 0.05
FEW_CUT = 20
TOGETHER = "recorded together with the macro"
FEW_VISITS = 30
WORKERS = 2
STRENGTHS = (1.0, 0.1, 0.01)  # of what V may learn, from much to little
LEAST_JUDGED = 0.5  # of the first occurrences; fewer are not like the rest


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
    classes
        How many classes of users to tell apart by their whole journeys, so that an intent which
        neither attributes nor history hold does not pass for lift. 1: none are told apart.
        ``"auto"``: as many as users held out support, at most 3, and with a clock always one. Read
        `microlift.models.classes.Classes` before: where rates hang on how often something was done,
        which states do not hold, classes take that for intent.
    quiet
        True: no progress bar. None: one where somebody watches, as in `read_events`.

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
    classes_ : Classes
        The classes of users, and how their number was chosen.
    judged_ : States
        The cells that lift is judged on: those of `states_`, split where there are classes.
    moments_ : Moments
        What the model was fitted on.

    Examples
    --------
    >>> LiftModel(folds=2).get_params()["folds"]
    2
    """

    def __init__(
        self,
        classifier: Any = None,
        folds: int = 2,
        rotations: int = 3,
        classes: int | Literal["auto"] = 1,
        quiet: bool | None = None,
    ) -> None:
        self.classifier = classifier
        self.folds = folds
        self.rotations = rotations
        self.classes = classes
        self.quiet = quiet

    def fit(self, moments: Moments) -> Self:
        """Estimate everything from the cells of `moments`."""
        actions = moments.log.plan.actions
        self.moments_ = moments
        self.states_ = States.from_moments(moments)
        numbers = range(len(actions))
        still = not shows_progress(self.quiet)
        bar = tqdm(total=len(actions) + 1, desc="models", disable=still, leave=False)
        # One thread of linear algebra for each worker: small problems gain nothing from more.
        with bar, threadpool_limits(1), ThreadPoolExecutor(WORKERS) as pool:
            value = pool.submit(lambda: self.journey(moments, self.states_))
            self.classes_ = Classes.of(moments, self.states_, self.classes)
            told = self.classes_.told
            self.judged_ = self.states_ if told is None else told.split(self.states_)
            nuisance = self.nuisance(self.judged_)
            contrasts = []
            for found in pool.map(lambda number: self.judge(number, nuisance), numbers):
                contrasts.append(found)
                bar.update()
            self.journey_ = value.result()
            bar.update()
        self.contrasts_ = tuple(contrasts)
        self.lift_ = LiftTable(self._table())
        return self

    def nuisance(self, states: States) -> Nuisance:
        """How propensity and outcome are fitted on some states."""
        if self.classifier is not None:
            return Nuisance(self.classifier, states.x, self.folds, self.rotations)
        plain = StateEncoder().fit_transform(states.x)
        return Nuisance(_logistic(1.0), plain, self.folds, self.rotations)

    def journey(self, moments: Moments, states: States) -> JourneyValue:
        """Journey value alone, on the states of some moments, as `fit` fits it."""
        return JourneyValue.fit(states, self._candidates(moments, states))

    def _candidates(self, moments: Moments, states: States) -> list[Nuisance]:
        """How the journey value may be fitted: with and without products, and how freely."""
        if self.classifier is not None:
            return [self.nuisance(states)]
        x, names = states.x, states.names
        # The place itself is left free: what a step is worth hangs on V where the step leads to.
        place = (names.index("at"),)
        encoder = StateEncoder(product_pairs(names), free=place).fit(x)
        many = encoder.transform(x)
        singles = sum(len(levels) for levels in encoder.levels_)  # products stand behind the rest
        # A user's moments share one outcome: V starts from a penalty as if each were one row.
        places = x[:, place[0]].astype(np.int64)
        base = max(1e-3, moments.totals.covered / max(1, moments.mature))
        return [
            Nuisance(_logistic(base * strength), columns, self.folds, self.rotations, places)
            for columns in ([many[:, :singles], many] if encoder.products_ else [many])
            for strength in STRENGTHS
        ]

    def calibration(self) -> pd.DataFrame:
        """Predicted against observed macros, out of fold: overall, by step, by decile of V."""
        plan = self.moments_.log.plan
        labels = ["session start" if self.moments_.kind == "visits" else "nothing yet"]
        for mask in self.moments_.steps:
            names = [a.name for bit, a in enumerate(plan.actions) if mask >> bit & 1]
            labels.append(" + ".join(names))
        return self.journey_.calibration(self.states_, labels)

    def judge(self, number: int, nuisance: Nuisance) -> Contrast:
        """Lift of the action at a place in the plan, or the reason why it is not identified."""
        tied, converting = _ties(self.moments_, number)
        if converting and tied > MOST_TIED * converting:
            return Contrast(
                note=f"{TOGETHER}: {tied:,} of {converting:,} converting "
                "first occurrences share its timestamp, so their order is unknown"
            )
        found = contrast(self.judged_, self.moments_.steps, number, nuisance, self.classes_.told)
        firsts = self._first_occurrences(number)
        if found.judged < LEAST_JUDGED * firsts and np.isfinite(found.ratio):
            return Contrast(
                judged=found.judged,
                note=f"only {found.judged:,} of {firsts:,} mature first occurrences have a moment "
                "before them, and those are not like the rest",
            )
        return found

    def _first_occurrences(self, number: int) -> int:
        states = self.states_
        return int(states.n[(states.fresh >> number & 1) == 1].sum())

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


def _logistic(strength: float) -> LogisticRegression:
    # Each fold starts from the solution of the one before: same optimum, fewer steps.
    return LogisticRegression(
        C=strength, solver="newton-cholesky", tol=1e-6, max_iter=100, warm_start=True
    )


def _ties(moments: Moments, action: int) -> tuple[int, int]:
    firsts = moments.firsts
    mine = ((firsts["fresh"].to_numpy() >> action) & 1).astype(bool)
    n = firsts["n"].to_numpy()
    return int(n[mine & firsts["tied"].to_numpy(dtype=bool)].sum()), int(n[mine].sum())


def _note(
    states: States, moments: Moments, action: int, seen: Association, estimate: Contrast
) -> str:
    notes = []
    plan = moments.log.plan
    if not plan.takes_part(plan.actions[action]):
        notes.append(AFTER_MACRO)
    elif seen.users == 0:
        notes.append("nobody did it in this window")
    elif estimate.note:
        notes.append(estimate.note)
    if seen.all_converters:
        notes.append("mandatory gate: practically every user with a macro had done it")
    elif _in_every_visit(moments, action):
        notes.append(
            "mandatory gate by visit: every visit with a macro holds it, but in the log's order "
            "it often comes after the macro, so the order inside visits is doubtful"
        )
    cut, kept = _cut_off(states, moments, action)
    if cut >= FEW_CUT and cut > MOST_CUT * (cut + kept):
        notes.append(f"tick too long: {cut:,} macros fell into the tick in which it was done")
    return "; ".join(notes)


def _in_every_visit(moments: Moments, action: int) -> bool:
    """Whether practically every visit with a first macro holds the action, before or after it."""
    visits = moments.macro_visits
    n = visits["n"].to_numpy()
    with_it = n[(visits["held"].to_numpy() >> action & 1) == 1].sum()
    return bool(n.sum() >= FEW_VISITS and with_it >= 0.999 * n.sum())


def _cut_off(states: States, moments: Moments, action: int) -> tuple[int, int]:
    codes = [FIRST_STEP + i for i, mask in enumerate(moments.steps) if mask >> action & 1]
    first = np.isin(states.next, codes) & ((states.done[states.state] >> action) & 1 == 0)
    return int(states.n_cut[first].sum()), int(states.y_lift[first].sum())
