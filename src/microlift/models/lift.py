"""Lift: what doing an action now changes, at the same moment and for the same history."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from microlift.models.classes.classes import Told
from microlift.models.crossfit import (
    ROWS,
    Counts,
    Folded,
    Nuisance,
    Tally,
    blocks,
    crossfit,
    sum_by,
)
from microlift.models.states import States
from microlift.moments.space import BUCKETS, FIRST_STEP

Floats = npt.NDArray[np.float64]
CONFIDENCE = 0.975
FLOOR_MOMENTS = 30  # moments at which the action was done
FLOOR_MACROS = 10  # macros on either side
FLOOR_BUCKETS = 30  # non-empty buckets of users among the doers
HIGHEST_PROPENSITY = 0.98
MOST_WITHOUT_OVERLAP = 0.1
NO_SPREAD = 1e-9  # less is rounding
VAGUE = 1.0  # standard error of log lift: its interval spans a factor of fifty


@dataclass(frozen=True)
class Contrast:
    """Lift of one action with what it rests on; not a number where it is not identified.

    Attributes
    ----------
    ratio, ratio_low, ratio_high, p_value
        Lift, its 95 % interval and the two-sided p-value of lift = 1.
    gain, gain_low, gain_high
        Incremental probability: the difference instead of the ratio.
    log_error
        Standard error of log lift.
    judged
        Moments at which users did it for the first time, with a moment before.
    note
        Why there is no lift, or what to bear in mind; may be empty.
    """

    ratio: float = float("nan")
    ratio_low: float = float("nan")
    ratio_high: float = float("nan")
    p_value: float = float("nan")
    gain: float = float("nan")
    gain_low: float = float("nan")
    gain_high: float = float("nan")
    log_error: float = float("nan")
    judged: int = 0
    note: str = ""


@dataclass(frozen=True)
class Side:
    """Cells on one side of a contrast: place, state, bucket, moments and macros of each."""

    cell: Counts
    state: Counts
    bucket: Counts
    n: Counts
    y: Counts

    def by_bucket(self, values: Counts) -> Floats:
        """Sums of values of its cells by bucket of users."""
        return sum_by(self.bucket, values, BUCKETS)


@dataclass(frozen=True)
class Sides:
    """Cells at which the action could be done for the first time: where it was, and the others.

    `x` is what the helping models see of their states.
    """

    done: Side
    other: Side
    x: npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Sums:
    """The sums behind a lift, by bucket of users: what errors, shifts and influence are made of.

    Attributes
    ----------
    estimate
        The lift that they make; not a number where it is not identified.
    moments
        Of the doers, by bucket.
    with_it, without
        Macros after doing it; macros that the same moments would have had without. Zeros where
        there is no lift.
    """

    estimate: Contrast
    moments: Floats
    with_it: Floats
    without: Floats

    @classmethod
    def none(cls, estimate: Contrast) -> "Sums":
        """No sums, where there is no lift."""
        nothing = np.zeros(BUCKETS)
        return cls(estimate, nothing, nothing, nothing)

    @property
    def known(self) -> bool:
        """Whether there is a lift, and it is not all vague."""
        return bool(self.estimate.log_error < VAGUE)

    @property
    def log_lift(self) -> float:
        """Log of the lift."""
        return float(np.log(self.estimate.ratio))

    @property
    def influence(self) -> Floats:
        """How each bucket moves log lift."""
        out: Floats = self.with_it / self.with_it.sum() - self.without / self.without.sum()
        return out


def contrast(
    states: States,
    steps: tuple[int, ...],
    action: int,
    nuisance: Nuisance,
    told: Told | None = None,
) -> Contrast:
    """Lift of one action: the estimate that `sums` makes."""
    return sums(states, steps, action, nuisance, told).estimate


def sums(
    states: States,
    steps: tuple[int, ...],
    action: int,
    nuisance: Nuisance,
    told: Told | None = None,
) -> Sums:
    r"""Augmented inverse-probability estimate of the lift of one action among those who did it.

    Over the moments at which the action is done for the first time,

    .. math:: \psi_1 = E[Y \mid N = a], \qquad
              \psi_0 = E\bigl[\,E(Y \mid S, N \ne a) \mid N = a\,\bigr]

    and the lift is their ratio. With propensity e(S) and outcome m(S) of the others,
    the second is the mean over treated moments of m(S), corrected by the residuals of the others
    weighted e / (1 - e). It is right where either e or m is right, and it assumes that what makes
    users act now is in S or has nothing to do with the macro.

    Where users were told apart in classes (`told`), `states` are cells split by class: S holds the
    class too, with what the users' whole journeys say of it, and errors hold how uncertain that is.

    References
    ----------
    Chernozhukov et al. (2018), doi:10.1111/ectj.12097; Robins, Rotnitzky and Zhao (1994),
    doi:10.1080/01621459.1994.10476818.
    """
    sides = sides_of(states, nuisance.columns, steps, action)
    done, other = sides.done, sides.other
    judged = round(done.n.sum())
    reason = refusal(sides)
    if reason:
        return Sums.none(Contrast(judged=judged, note=reason))
    folds, rotations = nuisance.folds, nuisance.rotations
    propensity, outcome = nuisance.model(), nuisance.model()
    rotated = []
    beyond = weights = squares = 0.0
    for rotation in range(rotations):
        folded = [
            Folded.of(side.state, side.bucket, len(sides.x), rotation, folds)
            for side in (done, other)
        ]
        (treated,), (untreated, macros) = folded[0].sums(done.n), folded[1].sums(other.n, other.y)
        total = treated + untreated
        here = total > 0
        e = crossfit(propensity, sides.x, Tally(treated, total, here).training(ROWS), here)
        m = crossfit(outcome, sides.x, Tally(macros, untreated, here).training(ROWS), here).ravel()
        beyond += float((treated * (e > HIGHEST_PROPENSITY)).sum())
        e = np.minimum(e, HIGHEST_PROPENSITY)
        odds = e / (1 - e)
        weights += float((odds * untreated).sum())
        squares += float((odds**2 * untreated).sum())
        rotated.append((folded, m, odds.ravel()))
    if beyond > MOST_WITHOUT_OVERLAP * rotations * judged:
        share = beyond / (rotations * judged)
        note = f"no overlap: {share:.0%} of those who did it were all but certain to do it then"
        return Sums.none(Contrast(judged=judged, note=note))
    if weights**2 / max(squares, 1e-300) / rotations < FLOOR_MOMENTS:
        note = "no overlap: too few comparable moments without it"
        return Sums.none(Contrast(judged=judged, note=note))
    control = _control(sides, rotated)
    if told is not None:
        control += told.moved(*_per_cell(sides, rotated, len(states.n)))
    estimate = _estimate(sides, control, judged)
    if not np.isfinite(estimate.ratio):
        return Sums.none(estimate)
    return Sums(estimate, done.by_bucket(done.n), done.by_bucket(done.y), control)


# For each split into folds: where the cells of either side lie in its table, and what is in the
# table: the outcome of the others, and the odds of doing it.
_Rotated = list[tuple[list[Folded], Floats, Floats]]


def _control(sides: Sides, rotated: _Rotated) -> Floats:
    """Macros that the doers' moments would have had without, by bucket of users."""
    control = np.zeros(BUCKETS)
    for number, side in enumerate((sides.done, sides.other)):
        for block in blocks(len(side.state)):
            per_moment, per_macro = _per_moment(number, block, rotated)
            moved = side.n[block] * per_moment
            if number:
                moved += side.y[block] * per_macro
            control += sum_by(side.bucket[block], moved, BUCKETS)
    return control


def _per_cell(sides: Sides, rotated: _Rotated, cells: int) -> tuple[Floats, Floats]:
    """What each moment and each macro of every cell adds to the control sums."""
    per_moment, per_macro = np.zeros(cells), np.zeros(cells)
    for number, side in enumerate((sides.done, sides.other)):
        whole = slice(0, len(side.state))
        per_moment[side.cell], per_macro[side.cell] = _per_moment(number, whole, rotated)
    return per_moment, per_macro


def _per_moment(number: int, block: slice, rotated: _Rotated) -> tuple[Floats, Floats]:
    """What a moment and a macro of each cell of a side add, over all splits into folds."""
    share, cells = len(rotated), block.stop - block.start
    per_moment, per_macro = np.zeros(cells), np.zeros(cells)
    for folded, m, odds in rotated:
        at = folded[number].place(block)
        if number:  # the others stand in for the doers, as far as they are like them
            per_moment -= odds[at] * m[at] / share
            per_macro += odds[at] / share
        else:
            per_moment += m[at] / share
    return per_moment, per_macro


def sides_of(
    states: States, columns: npt.NDArray[Any], steps: tuple[int, ...], action: int
) -> Sides:
    """Split the cells at which an action could be done for the first time by whether it was."""
    bit = 1 << action
    does = np.array([False] * FIRST_STEP + [bool(mask & bit) for mask in steps])[states.next]
    could = ((states.done & bit) == 0)[states.state] & (states.n_lift > 0)
    # Where nobody ever went on to the action there is nobody to compare with.
    places = np.unique(states.at[could & does])
    keep = np.flatnonzero(could & np.isin(states.at, places)).astype(np.int32)
    used = np.zeros(len(states.x), dtype=bool)
    used[states.state[keep]] = True
    number = (np.cumsum(used) - 1).astype(np.int32)

    def side(at: Counts) -> Side:
        return Side(
            at, number[states.state[at]], states.bucket[at], states.n_lift[at], states.y_lift[at]
        )

    treated = does[keep]
    return Sides(side(keep[treated]), side(keep[~treated]), columns[used])


def refusal(sides: Sides) -> str:
    """Return the reason why no contrast can be made, or nothing."""
    moments = round(sides.done.n.sum())
    after, otherwise = round(sides.done.y.sum()), round(sides.other.y.sum())
    if moments == 0:
        return "no mature moment comes before it: nothing to judge it from"
    if sides.other.n.sum() == 0:
        return f"no contrast: at all {moments:,} moments where it could be done, it was done"
    if moments < FLOOR_MOMENTS:
        return f"done at {moments:,} mature moments; at least {FLOOR_MOMENTS} are needed"
    if after < FLOOR_MACROS:
        end = f": an end of the journey for {moments:,} users" if after == 0 else ""
        return f"{after:,} macros after doing it; at least {FLOOR_MACROS} are needed{end}"
    if otherwise < FLOOR_MACROS:
        return f"{otherwise:,} macros after not doing it; at least {FLOOR_MACROS} are needed"
    buckets = int(np.count_nonzero(sides.done.by_bucket(sides.done.n)))
    if buckets < FLOOR_BUCKETS:
        return f"its users fall into {buckets} groups; at least {FLOOR_BUCKETS} are needed"
    return ""


def _estimate(sides: Sides, control: Floats, judged: int) -> Contrast:
    """Ratio and difference, with errors from influence functions summed by bucket."""
    done, done_y = sides.done.by_bucket(sides.done.n), sides.done.by_bucket(sides.done.y)
    others = sides.other.by_bucket(sides.other.n)
    total, with_it, without = done.sum(), done_y.sum(), control.sum()
    if without <= 0:
        return Contrast(judged=judged, note="the comparison moments have no macros to speak of")
    buckets = int(np.count_nonzero(done + others))
    spread = buckets / (buckets - 1)
    log_error = float(np.sqrt(spread * ((done_y / with_it - control / without) ** 2).sum()))
    gain = (with_it - without) / total
    gain_error = float(np.sqrt(spread * ((done_y - control - gain * done) ** 2).sum()) / total)
    ratio = float(with_it / without)
    if not log_error > NO_SPREAD:
        return Contrast(judged=judged, note="no spread between groups of users to judge it by")
    t = float(stats.t.ppf(CONFIDENCE, buckets - 1))
    return Contrast(
        ratio=ratio,
        ratio_low=ratio * float(np.exp(-t * log_error)),
        ratio_high=ratio * float(np.exp(t * log_error)),
        p_value=float(2 * stats.t.sf(abs(np.log(ratio)) / log_error, buckets - 1)),
        gain=float(gain),
        gain_low=float(gain - t * gain_error),
        gain_high=float(gain + t * gain_error),
        log_error=log_error,
        judged=judged,
    )
