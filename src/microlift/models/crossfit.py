"""Cross-fitting over buckets of users: a user is never judged by a model that saw them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import SplineTransformer

from microlift.moments.space import BUCKETS

ROWS = 20_000  # rows of either class that a helping model is fitted on
CURVE_ROWS = 30_000  # of either class, for a curve
LEAST_FOR_A_CURVE = 30  # states of either outcome
KNOTS = 9, 17  # of a curve, fewest and most
A_KNOT = 2_000  # of the rarer outcome ask for one more
CHUNK = 100_000  # states predicted at a time
BLOCK = 2_000_000  # cells looked at a time: what is worked out for each of them needs room

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[Any]  # whole numbers in as few bytes as they need; shares of users are floats


@dataclass(frozen=True, eq=False)
class Nuisance:
    """How the helping models are fitted.

    Attributes
    ----------
    classifier
        An unfitted scikit-learn classifier that takes ``sample_weight``.
    columns
        What it sees of the states: states times columns.
    folds, rotations
        Folds of whole buckets, and how many splits into folds are averaged.
    places
        Where probabilities are to be recalibrated on the held-out ones of other folds: the place
        of each state (the step just taken).
    """

    classifier: Any
    columns: npt.NDArray[Any]
    folds: int
    rotations: int
    places: Ints | None = None

    def model(self) -> Any:
        """Return a fresh classifier."""
        return clone(self.classifier)


@dataclass(frozen=True, eq=False)
class Tally:
    """How often something happened, by fold and state.

    Attributes
    ----------
    events, totals
        Folds times states: how often it happened, and out of how many.
    wanted
        Folds times states: where a probability is asked for.
    """

    events: Floats
    totals: Floats
    wanted: npt.NDArray[np.bool_]

    def training(self, most: int) -> "list[Training]":
        """What the models that must not see fold 0, 1, ... are fitted on."""
        return [self._without(fold, most) for fold in range(len(self.events))]

    def _without(self, fold: int, most: int) -> "Training":
        hit = self.events.sum(axis=0) - self.events[fold]
        miss = self.totals.sum(axis=0) - self.totals[fold] - hit
        return Training.of(hit, miss, most)

    def sampled(self, most: int) -> "Tally":
        """At most about `most` states of each fold, weighted so that they stand for all."""
        weight = np.zeros_like(self.totals)
        for fold, totals in enumerate(self.totals):
            position, stands_for = thin(totals, most)
            weight[fold, position] = stands_for / totals[position]
        return Tally(self.events * weight, self.totals * weight, weight > 0)


@dataclass(frozen=True, eq=False)
class Training:
    """States that a model is fitted on, at most about `most` of either class.

    `state`, `label` and `weight` are of each row; `share` is that of the hits in all.
    """

    state: Ints
    label: npt.NDArray[np.int8]
    weight: Floats
    share: float

    @classmethod
    def of(cls, hit: Floats, miss: Floats, most: int) -> "Training":
        """Rows of counted hits and misses, by state."""
        (yes, yes_weight), (no, no_weight) = thin(hit, most), thin(miss, most)
        total = hit.sum() + miss.sum()
        return cls(
            state=np.concatenate([yes, no]),
            label=np.repeat(np.array([1, 0], dtype=np.int8), [len(yes), len(no)]),
            weight=np.concatenate([yes_weight, no_weight]),
            share=float(hit.sum() / total) if total else 0.0,
        )


def fold_of_bucket(rotation: int, folds: int) -> Ints:
    """Fold of each bucket: whole buckets, equally many a fold, another split for each rotation.

    Examples
    --------
    >>> np.bincount(fold_of_bucket(0, 4))
    array([32, 32, 32, 32])
    """
    order = np.random.default_rng(rotation).permutation(BUCKETS)
    fold = np.empty(BUCKETS, dtype=np.int64)
    fold[order] = np.arange(BUCKETS) % folds
    return fold


def crossfit(
    model: Any, x: npt.NDArray[Any], training: Sequence[Training], wanted: npt.NDArray[np.bool_]
) -> Floats:
    """Probabilities by state from models that leave one fold out.

    Parameters
    ----------
    model
        A classifier, fitted in place once a fold: with ``warm_start`` it goes on from its last fit.
    x
        States times columns.
    training
        For each fold, what the model is fitted on.
    wanted
        Folds times states: where to predict.

    Returns
    -------
    Array of folds times states, 0 where not wanted.
    """
    out = np.zeros(wanted.shape)
    for fold, rows in enumerate(training):
        here = np.flatnonzero(wanted[fold])
        if not 0 < rows.share < 1 or x.shape[1] == 0:
            out[fold, here] = rows.share
            continue
        seen = x[rows.state]
        if seen.dtype == np.float32:
            seen = seen.astype(np.float64)  # fitted in full precision, stored in half
        model.fit(seen, rows.label, sample_weight=rows.weight)
        for k in range(0, len(here), CHUNK):
            chunk = here[k : k + CHUNK]
            out[fold, chunk] = model.predict_proba(x[chunk])[:, 1]
    return out


def thin(weight: Floats, most: int) -> tuple[Ints, Floats]:
    """At most about `most` positions of positive weight, with weights that stand for all of them.

    A systematic sample with chances in proportion to weight (heavy positions are always kept), so
    every weighted sum keeps its expectation. It bounds the time of a fit on very large logs; what
    it costs in precision of a helping model enters an estimate only through a product of errors.

    Examples
    --------
    >>> position, stands_for = thin(np.array([0.0, 9.0, 1.0, 1.0, 1.0, 1.0]), 3)
    >>> position, stands_for
    (array([1, 3, 5]), array([9., 2., 2.]))
    """
    position = np.flatnonzero(weight > 0)
    chosen = weight[position]
    if len(position) <= most:
        return position, chosen
    chance = np.minimum(1.0, most * chosen / chosen.sum())
    heavy = 0
    while (certain := int(np.count_nonzero(chance == 1))) > heavy:
        heavy = certain
        light = chance < 1
        chance[light] = np.minimum(1.0, (most - heavy) * chosen[light] / chosen[light].sum())
    passed = np.floor(np.cumsum(chance) + 1e-9)
    keep = np.diff(passed, prepend=0.0) > 0
    return position[keep], (chosen / chance)[keep]


def recalibrated(out: Floats, tally: Tally, place: Ints) -> Floats:
    """Probabilities passed through a curve learned where they were held out.

    For fold f the curve (a spline of the log-odds, and a level for each place of a state) is
    fitted to the held-out probabilities and outcomes of the other folds. It mends two things at
    once: a shape that indicators cannot take, and the too bold spread of a model that has learned
    some of the noise of its users.
    """
    better = out.copy()
    places = np.unique(place)
    for fold in range(len(out)):
        others = [other for other in range(len(out)) if other != fold]
        odds = _log_odds(out[others].ravel())
        hit = tally.events[others].ravel()
        miss = tally.totals[others].ravel() - hit
        rarer = min(hit.sum(), miss.sum())
        if min(np.count_nonzero(hit), np.count_nonzero(miss)) < LEAST_FOR_A_CURVE:
            continue
        rows = Training.of(hit, miss, CURVE_ROWS)
        knots = int(np.clip(rarer // A_KNOT, *KNOTS))
        spline = SplineTransformer(knots, degree=1, knots="quantile", extrapolation="linear")
        spline.fit(odds[rows.state, None], sample_weight=rows.weight)
        curve = LogisticRegression(C=100.0, solver="newton-cholesky", max_iter=100)
        step = np.tile(place, len(others))[rows.state]
        columns = _curve_columns(spline, odds[rows.state], step, places)
        curve.fit(columns, rows.label, sample_weight=rows.weight)
        here = np.flatnonzero(tally.wanted[fold])
        for k in range(0, len(here), CHUNK):
            chunk = here[k : k + CHUNK]
            own = _curve_columns(spline, _log_odds(out[fold, chunk]), place[chunk], places)
            better[fold, chunk] = curve.predict_proba(own)[:, 1]
    return better


def _curve_columns(spline: SplineTransformer, odds: Floats, place: Ints, places: Ints) -> Floats:
    return np.hstack([spline.transform(odds[:, None]), place[:, None] == places])


def _log_odds(p: Floats) -> Floats:
    inside = np.clip(p, 1e-6, 1 - 1e-6)
    odds: Floats = np.log(inside / (1 - inside))
    return odds


def blocks(cells: int) -> Iterator[slice]:
    """Places of so many cells, a block at a time.

    Examples
    --------
    >>> list(blocks(3_000_000))
    [slice(0, 2000000, None), slice(2000000, 3000000, None)]
    """
    for k in range(0, cells, BLOCK):
        yield slice(k, min(k + BLOCK, cells))


def sum_by(kind: Counts, values: Counts, kinds: int) -> Floats:
    """Sum of values by kind, for kinds 0 .. kinds - 1.

    Examples
    --------
    >>> sum_by(np.array([0, 2, 0]), np.array([1.0, 2.0, 3.0]), 3)
    array([4., 0., 2.])
    """
    out = np.zeros(kinds)
    for block in blocks(len(kind)):
        out += np.bincount(kind[block], weights=values[block], minlength=kinds)
    return out


@dataclass(frozen=True, eq=False)
class Folded:
    """Cells in a table of folds and states, with one split of buckets of users into folds.

    The place of a cell in the table is worked out where it is needed: there may be many millions.
    """

    state: Counts
    bucket: Counts
    first: Ints
    shape: tuple[int, int]

    @classmethod
    def of(cls, state: Counts, bucket: Counts, states: int, rotation: int, folds: int) -> "Folded":
        """Fold cells of some states and buckets."""
        first = fold_of_bucket(rotation, folds) * states
        return cls(state, bucket, first, (folds, states))

    def place(self, block: slice) -> Ints:
        """Place of each cell of a block in the table, row by row."""
        out: Ints = self.first[self.bucket[block]] + self.state[block]
        return out

    def sums(self, *counts: Counts) -> list[Floats]:
        """Folds times states: sums of each of some counts of the cells."""
        size = self.shape[0] * self.shape[1]
        out = [np.zeros(size) for _ in counts]
        for block in blocks(len(self.state)):
            place = self.place(block)
            for total, each in zip(out, counts, strict=True):
                total += np.bincount(place, weights=each[block], minlength=size)
        return [total.reshape(self.shape) for total in out]
