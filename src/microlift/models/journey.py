"""Journey value V(S): the chance of the macro within the horizon, at a moment."""

from dataclasses import dataclass

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
    """

    of_cell: Floats

    @classmethod
    def fit(cls, states: States, nuisance: Nuisance) -> "JourneyValue":
        """Fit V on the mature moments and give it at all moments."""
        value = np.zeros(len(states.state))
        shape = (nuisance.folds, len(states.x))
        for rotation in range(nuisance.rotations):
            fold = fold_of_bucket(rotation, nuisance.folds)[states.bucket]
            events = by_fold(fold, states.state, states.y, shape)
            totals = by_fold(fold, states.state, states.n, shape)
            by_state = crossfit(nuisance, nuisance.columns, events, totals)
            value += by_state[fold, states.state] / nuisance.rotations
        return cls(value)

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
        error = float(np.sqrt(BUCKETS / (BUCKETS - 1) * ((gap - gap.mean()) ** 2).sum()))
        z = float(gap.sum() / error) if error > 0 else 0.0
        predicted = float((n * self.of_cell).sum() / total)
        return kind, group, int(total), predicted, float(y.sum() / total), z
