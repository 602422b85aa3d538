"""Cross-fitting over buckets of users: a user is never judged by a model that saw them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import SplineTransformer

from microlift.moments.space import BUCKETS

ROWS = 30_000  # rows of either class that a helping model is fitted on
LEAST_FOR_A_CURVE = 30  # states of either outcome
KNOTS = 9, 17  # of a curve, fewest and most
A_KNOT = 2_000  # of the rarer outcome ask for one more
CHUNK = 100_000  # states predicted at a time

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


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


def crossfit(nuisance: Nuisance, x: npt.NDArray[Any], events: Floats, totals: Floats) -> Floats:
    """Probabilities by state from models that leave one fold out.

    Parameters
    ----------
    nuisance
        What to fit, and how.
    x
        States times columns.
    events, totals
        Folds times states: how often the thing happened, and out of how many.

    Returns
    -------
    Array of folds times states; row f comes from a model that did not see fold f.
    """
    model = clone(nuisance.classifier)
    out = np.empty_like(events)
    for fold in range(len(events)):
        hit = events.sum(axis=0) - events[fold]
        miss = totals.sum(axis=0) - totals[fold] - hit
        out[fold] = _fit_states(model, x, hit, miss)
    if nuisance.places is None:
        return out
    return _recalibrated(out, events, totals, nuisance.places)


def _fit_states(model: Any, x: npt.NDArray[Any], hit: Floats, miss: Floats) -> Floats:
    """Probability at each row of `x`, from counts of hits and misses."""
    total = hit.sum() + miss.sum()
    if hit.sum() == 0 or miss.sum() == 0 or x.shape[1] == 0:
        return np.full(len(x), hit.sum() / total if total else 0.0)
    yes, yes_weight = thin(hit, ROWS)
    no, no_weight = thin(miss, ROWS)
    rows = x[np.concatenate([yes, no])]
    label = np.concatenate([np.ones(len(yes), dtype=np.int8), np.zeros(len(no), dtype=np.int8)])
    if rows.dtype == np.float32:
        rows = rows.astype(np.float64)  # fitted in full precision, stored in half
    model.fit(rows, label, sample_weight=np.concatenate([yes_weight, no_weight]))
    chunks = [model.predict_proba(x[k : k + CHUNK])[:, 1] for k in range(0, len(x), CHUNK)]
    return np.concatenate(chunks).astype(np.float64)


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
    for _ in range(5):
        light = chance < 1
        room = most - np.count_nonzero(~light)
        chance[light] = np.minimum(1.0, room * chosen[light] / chosen[light].sum())
    passed = np.floor(np.cumsum(chance) + 1e-9)
    keep = np.diff(passed, prepend=0.0) > 0
    return position[keep], (chosen / chance)[keep]


def _recalibrated(out: Floats, events: Floats, totals: Floats, place: Ints) -> Floats:
    """Probabilities passed through a curve learned where they were held out.

    For fold f the curve (a spline of the log-odds, and a level for each place of a state) is
    fitted to the held-out probabilities and outcomes of the other folds. It mends two things at
    once: a shape that indicators cannot take, and the too bold spread of a model that has learned
    some of the noise of its users.
    """
    better = out.copy()
    for fold in range(len(out)):
        others = [other for other in range(len(out)) if other != fold]
        odds = _log_odds(out[others].ravel())
        hit, miss = events[others].ravel(), (totals - events)[others].ravel()
        if min(np.count_nonzero(hit), np.count_nonzero(miss)) < LEAST_FOR_A_CURVE:
            continue
        (yes, yes_weight), (no, no_weight) = thin(hit, ROWS), thin(miss, ROWS)
        both, weight = np.concatenate([yes, no]), np.concatenate([yes_weight, no_weight])
        knots = int(np.clip(min(hit.sum(), miss.sum()) // A_KNOT, *KNOTS))
        spline = SplineTransformer(knots, degree=1, knots="quantile", extrapolation="linear")
        spline.fit(odds[both, None], sample_weight=weight)
        places = np.unique(place)
        curve = LogisticRegression(C=100.0, solver="newton-cholesky", max_iter=100)
        columns = _curve_columns(spline, odds[both], np.tile(place, len(others))[both], places)
        curve.fit(columns, np.repeat([1, 0], [len(yes), len(no)]), sample_weight=weight)
        for k in range(0, len(place), CHUNK):
            here = slice(k, k + CHUNK)
            own = _curve_columns(spline, _log_odds(out[fold, here]), place[here], places)
            better[fold, here] = curve.predict_proba(own)[:, 1]
    return better


def _curve_columns(spline: SplineTransformer, odds: Floats, place: Ints, places: Ints) -> Floats:
    return np.hstack([spline.transform(odds[:, None]), place[:, None] == places])


def _log_odds(p: Floats) -> Floats:
    inside = np.clip(p, 1e-6, 1 - 1e-6)
    odds: Floats = np.log(inside / (1 - inside))
    return odds


def by_fold(fold: Ints, state: Ints, values: Floats, shape: tuple[int, int]) -> Floats:
    """Sum of cell values by fold and state."""
    cell = fold * shape[1] + state
    return sum_by(cell, values, shape[0] * shape[1]).reshape(shape)


def sum_by(kind: Ints, values: Floats, kinds: int) -> Floats:
    """Sum of values by kind, for kinds 0 .. kinds - 1.

    Examples
    --------
    >>> sum_by(np.array([0, 2, 0]), np.array([1.0, 2.0, 3.0]), 3)
    array([4., 0., 2.])
    """
    return np.bincount(kind, weights=values, minlength=kinds).astype(np.float64, copy=False)
