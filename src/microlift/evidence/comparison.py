"""Who is compared with whom: doers and others of an action at the same moments, with propensity."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from microlift.evidence.recount import nuisance_of
from microlift.models import LiftModel
from microlift.models.crossfit import ROWS, Nuisance, Tally, crossfit, fold_of_bucket, sum_by
from microlift.models.lift import HIGHEST_PROPENSITY, Side, Sides, refusal, sides_of
from microlift.models.model import WORKERS

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_KEPT: "WeakKeyDictionary[Any, tuple[Comparison, ...]]" = WeakKeyDictionary()


@dataclass(frozen=True, eq=False)
class Comparison:
    """The moments at which one action could be done for the first time.

    Attributes
    ----------
    action
        Its name.
    sides
        Cells of the doers and of the others, with their states numbered anew.
    used
        Which of the model's states these are.
    fold
        Fold of each bucket.
    propensity
        Cross-fitted chance of doing it now: folds times states; 0 where nobody is.
    reason
        Why the lift cannot be judged whatever the propensity is; empty where it can.
    """

    action: str
    sides: Sides
    used: Ints
    fold: Ints
    propensity: Floats
    reason: str

    @property
    def judged(self) -> int:
        """Moments of the doers."""
        return round(float(self.sides.done.n.sum()))

    def at(self, side: Side) -> Floats:
        """Propensity at the cells of a side."""
        out: Floats = self.propensity[self.fold[side.bucket], side.state]
        return out

    def weights(self) -> Floats:
        """Weight of the others, cell by cell: their odds of doing it, trimmed as lift trims them.

        Weighted so, the others are as the doers are.
        """
        e = np.minimum(self.at(self.sides.other), HIGHEST_PROPENSITY)
        out: Floats = e / (1 - e)
        return out


def comparisons(model: LiftModel) -> tuple[Comparison, ...]:
    """Comparison of each action of the plan, in its order; made once for all checks of a model.

    Propensity is fitted as `LiftModel` fits it, on the first of its splits of users into folds.
    """
    states = model.judged_
    if states not in _KEPT:
        nuisance = nuisance_of(model, states)
        numbers = range(len(model.contrasts_))
        with threadpool_limits(1), ThreadPoolExecutor(WORKERS) as pool:
            _KEPT[states] = tuple(pool.map(lambda k: _compare(model, k, nuisance), numbers))
    return _KEPT[states]


def _compare(model: LiftModel, number: int, nuisance: Nuisance) -> Comparison:
    states, moments = model.judged_, model.moments_
    kinds = np.arange(len(states.x))
    sides = sides_of(states, kinds[:, None], moments.steps, number)
    used = sides.x[:, 0]
    fold = fold_of_bucket(0, nuisance.folds)
    reason = refusal(sides)
    name = moments.log.plan.actions[number].name
    if not reason and not np.isfinite(model.contrasts_[number].ratio):
        reason = _other_reason(model, number)
    shape = nuisance.folds, len(used)
    if reason:
        return Comparison(name, sides, used, fold, np.zeros(shape), reason)
    treated, untreated = (
        sum_by(fold[side.bucket] * shape[1] + side.state, side.n, shape[0] * shape[1]).reshape(
            shape
        )
        for side in (sides.done, sides.other)
    )
    total = treated + untreated
    training = Tally(treated, total, total > 0).training(ROWS)
    e = crossfit(nuisance.model(), nuisance.columns[used], training, total > 0)
    return Comparison(name, sides, used, fold, e, "")


def _other_reason(model: LiftModel, number: int) -> str:
    """Why there is no lift; a want of overlap is no reason here, since a check is to show it."""
    note = model.contrasts_[number].note
    return "" if note.startswith("no overlap") else note or "it is not identified"
