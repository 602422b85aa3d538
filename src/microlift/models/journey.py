"""Journey value V(S): the chance of the macro within the horizon, at a moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from microlift.models.crossfit import Nuisance, by_fold, crossfit, fold_of_bucket, sum_by
from microlift.models.states import States
from microlift.moments.space import BUCKETS

Floats = npt.NDArray[np.float64]


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
        first = [_rotation(states, candidate, 0) for candidate in candidates]
        best = int(np.argmin([_loss(states, value) for value in first]))
        chosen = candidates[best]
        rest = [_rotation(states, chosen, number) for number in range(1, chosen.rotations)]
        return cls(np.mean([first[best], *rest], axis=0), chosen.columns)

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
        rows = [self._row(states, "overall", "all", np.ones(len(states.n), dtype=bool))]
        for code, label in enumerate(labels):
            rows.append(self._row(states, "step", label, states.at == code))
        order = np.argsort(self.of_cell, kind="stable")
        rank = np.empty(len(order))
        rank[order] = np.cumsum(states.n[order]) - states.n[order] / 2
        decile = np.minimum(9, (10 * rank / max(states.n.sum(), 1)).astype(np.int64))
        for k in range(10):
            rows.append(self._row(states, "decile", str(k + 1), decile == k))
        frame = pd.DataFrame(rows, columns=["kind", "group", "n", "predicted", "observed", "z"])
        return frame[frame["n"] > 0].reset_index(drop=True)

    def _row(
        self, states: States, kind: str, group: str, keep: npt.NDArray[np.bool_]
    ) -> tuple[str, str, int, float, float, float]:
        n, y = states.n * keep, states.y * keep
        total = n.sum()
        if total == 0:
            return kind, group, 0, 0.0, 0.0, 0.0
        gap = sum_by(states.bucket, n * self.of_cell - y, BUCKETS)
        clustered = BUCKETS / (BUCKETS - 1) * ((gap - gap.mean()) ** 2).sum()
        # Where nearly nobody (or everybody) converts, the groups say nothing of the chance in it.
        alone = (n * self.of_cell * (1 - self.of_cell)).sum()
        error = float(np.sqrt(max(clustered, alone)))
        z = float(gap.sum() / error) if error > 0 else 0.0
        predicted = float((n * self.of_cell).sum() / total)
        return kind, group, int(total), predicted, float(y.sum() / total), z


def _rotation(states: States, nuisance: Nuisance, rotation: int) -> Floats:
    """Cross-fitted V of each cell, with one split of buckets into folds."""
    shape = (nuisance.folds, len(states.x))
    fold = fold_of_bucket(rotation, nuisance.folds)[states.bucket]
    events = by_fold(fold, states.state, states.y, shape)
    totals = by_fold(fold, states.state, states.n, shape)
    by_state = crossfit(nuisance, nuisance.columns, events, totals)
    value: Floats = by_state[fold, states.state]
    return value


def _loss(states: States, value: Floats) -> float:
    """Log loss over mature moments; chances of 0 and 1 are held a little inside."""
    p = np.clip(value, 1e-6, 1 - 1e-6)
    return float(-(states.y * np.log(p) + (states.n - states.y) * np.log1p(-p)).sum())
