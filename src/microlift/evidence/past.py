"""What the past of users tells of who acts and who converts, beyond what a state holds."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import stats

from microlift.evidence.recount import nuisance_of
from microlift.models import Contrast, LiftModel
from microlift.models.classes import Told
from microlift.models.crossfit import Nuisance, fold_of_bucket, sum_by
from microlift.models.lift import CONFIDENCE, FLOOR_BUCKETS, contrast
from microlift.models.states import States
from microlift.moments.space import BUCKETS, FIRST_STEP, MACRO, Binning

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
FOLDS = 8
ALIKE = 1e-6
LEAST_MACROS = 30
PAST = Binning(
    "past", (*range(1, 17), 20, 24, 28, 32, 40, 48, 64, 80, 96, 128, 192, 256, 512, 1024)
)  # events before a moment


@dataclass(frozen=True, eq=False)
class Past:
    """How much more often the past was a busy one, within states.

    Attributes
    ----------
    acting
        Where users did anything planned next, against all else.
    macro
        Macros after moments with a busy past, against those with a quiet one.
    own
        For each action asked for: where it was done, against where the user left instead.
    """

    acting: Contrast
    macro: Contrast
    own: tuple[Contrast, ...]

    @classmethod
    def of(
        cls,
        model: LiftModel,
        states: States,
        past: Ints,
        told: Told | None = None,
        each: bool = True,
    ) -> "Past":
        """Compare pasts within the states of recounted cells.

        Parameters
        ----------
        model
            Whose actions they are.
        states
            The cells, split where there are classes.
        past
            Events before the moment, of each cell.
        told
            Where they are split: what tells classes apart, with journeys through these cells.
        each
            Whether each action is asked about too.
        """
        rank = ranks(states, past)
        # Where all pasts are alike there is nothing to compare.
        varied = sum_by(states.state, abs(rank - 0.5), len(states.x))[states.state] > ALIKE
        judged = states.n_lift * varied
        ranked = replace(states, n_lift=judged, y_lift=judged * rank)
        nuisance = nuisance_of(model, states)
        unsure = None if told is None else _Ranked(**vars(told), rank=rank, varied=varied)
        actions = range(len(model.contrasts_) if each else 0)
        return cls(
            acting=_acting(ranked, nuisance, unsure),
            macro=_macro(replace(states, n_lift=judged, y_lift=states.y_lift * varied), rank, told),
            own=tuple(_of_action(ranked, model, k, nuisance, unsure) for k in actions),
        )


@dataclass(frozen=True, eq=False)
class _Ranked(Told):
    """What tells classes apart, where ranks stand in for macros."""

    rank: Floats
    varied: npt.NDArray[np.bool_]

    def moved(self, per_moment: Floats, per_macro: Floats) -> Floats:
        both = self.varied * (per_moment + per_macro * self.rank)
        return super().moved(both, np.zeros_like(both))


def ranks(states: States, past: Ints) -> Floats:
    """Rank of each cell's past among moments of the same state by users of other folds, 0 to 1."""
    fold = fold_of_bucket(0, FOLDS)[states.bucket]
    key, kind = np.unique(states.state * PAST.size + past, return_inverse=True)
    state = key // PAST.size
    counted = sum_by(kind * FOLDS + fold, states.n_lift, len(key) * FOLDS).reshape(-1, FOLDS)
    others = counted.sum(axis=1, keepdims=True) - counted
    new = np.diff(state, prepend=-1) != 0
    first, group = np.flatnonzero(new), np.cumsum(new) - 1
    running = np.cumsum(others, axis=0) - others
    below = running - running[first][group]
    size = np.add.reduceat(others, first, axis=0)[group]
    # One half stands in for a state that nobody else was in.
    rank: Floats = ((below + others / 2 + 0.5) / (size + 1))[kind, fold]
    return rank


def _acting(past: States, nuisance: Nuisance, told: Told | None) -> Contrast:
    """Anything planned next against all else, the macro apart."""
    judged = (past.next != MACRO).astype(np.float64)
    every = replace(
        past,
        n_lift=past.n_lift * judged,
        y_lift=past.y_lift * judged,
        done=np.zeros_like(past.done),
    )
    steps = int(past.next.max(initial=FIRST_STEP)) - FIRST_STEP + 1
    return contrast(every, (1,) * steps, 0, nuisance, told)


def _of_action(
    past: States, model: LiftModel, number: int, nuisance: Nuisance, told: Told | None
) -> Contrast:
    """Doing an action for the first time against leaving then."""
    steps = model.moments_.steps
    does = np.array([False] * FIRST_STEP + [bool(mask >> number & 1) for mask in steps])[past.next]
    leaves = (past.next < FIRST_STEP) & (past.next != MACRO)
    judged = (does | leaves).astype(np.float64)
    here = replace(past, n_lift=past.n_lift * judged, y_lift=past.y_lift * judged)
    return contrast(here, steps, number, nuisance, told)


def _macro(states: States, rank: Floats, told: Told | None) -> Contrast:
    """Macros after moments with a busy past against those of the same states with a quiet one.

    Both are held against the rate of their states among users of other folds.
    """
    fold = fold_of_bucket(0, FOLDS)[states.bucket]
    kinds = len(states.x)
    n, y = (
        sum_by(fold * kinds + states.state, counts, FOLDS * kinds).reshape(FOLDS, kinds)
        for counts in (states.n_lift, states.y_lift)
    )
    n, y = n.sum(axis=0) - n, y.sum(axis=0) - y
    usual = y.sum() / max(n.sum(), 1.0)
    rate = ((y + usual) / (n + 1))[fold, states.state]
    expected = states.n_lift * rate
    sums = [
        sum_by(states.bucket, weight * values, BUCKETS)
        for weight in (rank, 1 - rank)
        for values in (states.y_lift, expected)
    ]
    totals = [values.sum() for values in sums]
    if totals[0] + totals[2] < LEAST_MACROS or min(totals) <= 0:
        return Contrast(note=f"at least {LEAST_MACROS} macros are needed")
    buckets = int(np.count_nonzero(sums[1] + sums[3]))
    if buckets < FLOOR_BUCKETS:
        return Contrast(note="too few users")
    parts = [values / total for values, total in zip(sums, totals, strict=True)]
    pull = parts[0] - parts[1] - parts[2] + parts[3]
    if told is not None:
        busy, quiet = rank / totals[0], (1 - rank) / totals[2]
        due = rate * (rank / totals[1] - (1 - rank) / totals[3])
        pull += told.moved(-due * (states.n_lift > 0), busy - quiet)
    error = float(np.sqrt(buckets / (buckets - 1) * (pull**2).sum()))
    ratio = float(totals[0] / totals[1] / (totals[2] / totals[3]))
    reach = float(stats.t.ppf(CONFIDENCE, buckets - 1)) * error
    return Contrast(
        ratio=ratio,
        ratio_low=ratio * float(np.exp(-reach)),
        ratio_high=ratio * float(np.exp(reach)),
        p_value=float(2 * stats.t.sf(abs(np.log(ratio)) / error, buckets - 1)),
        log_error=error,
        judged=round(float(states.n_lift.sum())),
    )
