"""Journey value V(S): the chance of the macro within the horizon, at a moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from microlift.models.crossfit import (
    Counts,
    Folded,
    Nuisance,
    Tally,
    blocks,
    crossfit,
    recalibrated,
    sum_by,
)
from microlift.models.states import States
from microlift.moments.space import BUCKETS

Floats = npt.NDArray[np.float64]
ROWS = 30_000  # rows of either class that V is fitted on
CHOICE_ROWS = 10_000  # and while its candidates are compared
SAMPLE = 60_000  # states of a fold that they are compared on


@dataclass(frozen=True, eq=False)
class JourneyValue:
    """Cross-fitted V of each cell: a model that has not seen the cell's users gives it.

    Attributes
    ----------
    of_cell
        V by cell, averaged over the rotations of buckets to folds.
    columns
        What its model sees of each state: states times columns.
    """

    of_cell: Floats
    columns: npt.NDArray[Any]

    @classmethod
    def fit(cls, states: States, candidates: Sequence[Nuisance]) -> "JourneyValue":
        """Fit V on the mature moments and give it at all moments.

        Of several candidates the one with the least log loss on users it has not seen is taken:
        how much a classifier may learn from a log hangs on its users, not on its rows.
        """
        chosen = candidates[0] if len(candidates) == 1 else _chosen(states, candidates)
        model = chosen.model()
        rotated = [_rotation(states, chosen, model, number) for number in range(chosen.rotations)]
        of_cell = np.zeros(len(states.state))
        for block in blocks(len(of_cell)):
            for folded, by_state in rotated:
                of_cell[block] += by_state.ravel()[folded.place(block)]
        of_cell /= len(rotated)
        return cls(of_cell, chosen.columns)

    def calibration(self, states: States, labels: list[str]) -> pd.DataFrame:
        """Predicted against observed macros out of fold, over mature moments.

        Overall, by the step that led to the moment, and by decile of V. ``z`` is the difference
        of the sums in standard errors clustered by bucket; it should be within 3.

        Parameters
        ----------
        states
            The cells that V was fitted on.
        labels
            Name of each step code of ``states.at``.
        """
        steps = self._sums(states, states.at, len(labels))
        deciles = self._sums(states, self._decile(states), 10)
        groups = [("overall", "all", steps.sum(axis=1))]
        groups += [("step", label, steps[:, code]) for code, label in enumerate(labels)]
        groups += [("decile", str(k + 1), deciles[:, k]) for k in range(10)]
        rows = [(kind, group, *_row(sums)) for kind, group, sums in groups]
        frame = pd.DataFrame(rows, columns=["kind", "group", "n", "predicted", "observed", "z"])
        return frame[frame["n"] > 0].reset_index(drop=True)

    def _decile(self, states: States) -> Counts:
        """Decile of V of each cell, over mature moments."""
        order = np.argsort(self.of_cell, kind="stable")
        n = states.n[order]
        rank = np.cumsum(n, dtype=np.float64)
        rank -= n / 2
        decile = np.empty(len(order), dtype=np.int8)
        decile[order] = np.minimum(9, 10 * rank / max(states.n.sum(), 1)).astype(np.int8)
        return decile

    def _sums(self, states: States, group: Counts, groups: int) -> Floats:
        """Sums by group and bucket: moments, macros, V of the moments, V (1 - V) of them."""
        out = np.zeros((4, groups, BUCKETS))
        for block in blocks(len(group)):
            place = group[block].astype(np.int64) * BUCKETS + states.bucket[block]
            n, v = states.n[block], self.of_cell[block]
            for sums, each in zip(out, (n, states.y[block], n * v, n * v * (1 - v)), strict=True):
                sums += sum_by(place, each, groups * BUCKETS).reshape(groups, BUCKETS)
        return out


def _row(sums: Floats) -> tuple[int, float, float, float]:
    """Moments of a group, what was predicted and observed of them, and how far that is off."""
    n, y, predicted, alone = sums.sum(axis=1)
    if n == 0:
        return 0, 0.0, 0.0, 0.0
    gap = sums[2] - sums[1]
    clustered = BUCKETS / (BUCKETS - 1) * ((gap - gap.mean()) ** 2).sum()
    # Where nearly nobody (or everybody) converts, the groups say nothing of the chance in it.
    error = float(np.sqrt(max(clustered, alone)))
    z = float(gap.sum() / error) if error > 0 else 0.0
    return int(n), float(predicted / n), float(y / n), z


def _chosen(states: States, candidates: Sequence[Nuisance]) -> Nuisance:
    """The candidate with the least log loss, on a sample of the states of held-out users."""
    _, tally = _tally(states, candidates[0].folds, 0)
    training = tally.training(CHOICE_ROWS)
    sample = tally.sampled(SAMPLE)
    losses = []
    for candidate in candidates:
        value = crossfit(candidate.model(), candidate.columns, training, sample.wanted)
        if candidate.places is not None:
            value = recalibrated(value, sample, candidate.places)
        losses.append(_loss(sample, value))
    return candidates[int(np.argmin(losses))]


def _rotation(
    states: States, nuisance: Nuisance, model: Any, rotation: int
) -> tuple[Folded, Floats]:
    """Cross-fitted V by fold and state, with one split of buckets into folds."""
    folded, tally = _tally(states, nuisance.folds, rotation)
    by_state = crossfit(model, nuisance.columns, tally.training(ROWS), tally.wanted)
    if nuisance.places is not None:
        by_state = recalibrated(by_state, tally, nuisance.places)
    return folded, by_state


def _tally(states: States, folds: int, rotation: int) -> tuple[Folded, Tally]:
    """Macros and mature moments by fold and state, and the place of each cell in that table."""
    folded = Folded.of(states.state, states.bucket, len(states.x), rotation, folds)
    events, totals, seen = folded.sums(states.y, states.n, states.n_all)
    return folded, Tally(events, totals, seen > 0)


def _loss(tally: Tally, value: Floats) -> float:
    """Log loss over mature moments; chances of 0 and 1 are held a little inside."""
    p = np.clip(value, 1e-6, 1 - 1e-6)
    miss = tally.totals - tally.events
    return float(-(tally.events * np.log(p) + miss * np.log1p(-p)).sum())
