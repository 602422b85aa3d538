"""How the error of the journey value enters what is summed from it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve

from microlift.models.crossfit import CHUNK, blocks, sum_by
from microlift.models.journey import JourneyValue
from microlift.models.states import States
from microlift.moments.space import BUCKETS

Floats = npt.NDArray[np.float64]
RIDGE = 1e-3  # of the diagonal: columns that say nearly the same must not fight


@dataclass(frozen=True, eq=False)
class Influence:
    r"""First-order influence of the users on sums of V.

    V is estimated from the same users as what is booked with it. Read as a logistic regression on
    the columns x of its model, a sum over cells with weights w moves with the outcomes as

    .. math:: \sum_c w_c \, dV_c = g^\top H^{-1} \sum_c x_c (y_c - n_c V_c), \quad
              g = \sum_c w_c V_c (1 - V_c) x_c, \quad H = \sum_c n_c V_c (1 - V_c) x_c x_c^\top

    (the delta method). It leaves out that V is penalised, chosen among candidates and recalibrated;
    how well it covers is measured against the spread of credits over simulated logs.
    """

    states: States
    of_cell: Floats
    columns: npt.NDArray[Any]
    spread: Floats
    factor: tuple[Floats, bool]

    @classmethod
    def of(cls, states: States, journey: JourneyValue) -> "Influence":
        """Factorise H for a fitted journey value."""
        kinds = len(states.x)
        moments = sum_by(states.state, states.n_all, kinds)
        value = sum_by(states.state, states.n_all * journey.of_cell, kinds)
        value = np.divide(value, moments, out=np.zeros(kinds), where=moments > 0)
        spread = value * (1 - value)
        weight = sum_by(states.state, states.n, kinds) * spread
        size = journey.columns.shape[1] + 1
        hessian = np.zeros((size, size))
        for k in range(0, kinds, CHUNK):
            x = _with_intercept(journey.columns[k : k + CHUNK])
            hessian += (x * weight[k : k + CHUNK, None]).T @ x
        diagonal = hessian.diagonal().copy()
        hessian[np.diag_indices(size)] += RIDGE * np.maximum(diagonal, RIDGE * diagonal[0] + 1e-300)
        return cls(states, journey.of_cell, journey.columns, spread, cho_factor(hessian))

    def by_bucket(self, weights: Iterable[Floats]) -> Floats:
        """How the users of each bucket move sums of V.

        Parameters
        ----------
        weights
            For each sum, what V of each cell is multiplied with.

        Returns
        -------
        Array of sums times buckets.
        """
        kinds, states = len(self.spread), self.states
        slope = np.stack([sum_by(states.state, w, kinds) * self.spread for w in weights])
        gradient = np.zeros((len(slope), len(self.factor[0])))
        for k in range(0, kinds, CHUNK):
            gradient += slope[:, k : k + CHUNK] @ _with_intercept(self.columns[k : k + CHUNK])
        direction = cho_solve(self.factor, gradient.T).T
        pull = slope  # its room is needed no more
        for k in range(0, kinds, CHUNK):
            x = _with_intercept(self.columns[k : k + CHUNK])
            pull[:, k : k + CHUNK] = direction @ x.T
        moved = np.zeros((len(pull), BUCKETS))
        for block in blocks(len(states.state)):
            bucket, state = states.bucket[block], states.state[block]
            residual = states.y[block] - states.n[block] * self.of_cell[block]
            for own, p in zip(moved, pull, strict=True):
                own += sum_by(bucket, p[state] * residual, BUCKETS)
        return moved


def _with_intercept(columns: npt.NDArray[Any]) -> Floats:
    return np.column_stack([np.ones(len(columns)), columns])
