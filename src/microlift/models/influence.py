"""How the error of the journey value enters what is summed from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import coo_array

from microlift.models.crossfit import CHUNK, Counts, blocks, sum_by
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

    def by_bucket(self, booked: Sequence[tuple[Counts, Floats]]) -> Floats:
        """How the users of each bucket move sums of V.

        Parameters
        ----------
        booked
            What V of a moment is multiplied with: the kind of each cell, and for each kind and sum
            the factor; several add up.

        Returns
        -------
        Array of sums times buckets.
        """
        kinds, states = len(self.spread), self.states
        slope = np.zeros((kinds, booked[0][1].shape[1]))
        for block in blocks(len(states.state)):
            moments = states.n_all[block].astype(np.float64)
            for kind, factors in booked:
                place = states.state[block], kind[block]
                slope += coo_array((moments, place), shape=(kinds, len(factors))) @ factors
        slope *= self.spread[:, None]
        gradient = np.zeros((len(self.factor[0]), slope.shape[1]))
        for k in range(0, kinds, CHUNK):
            gradient += _with_intercept(self.columns[k : k + CHUNK]).T @ slope[k : k + CHUNK]
        direction = cho_solve(self.factor, gradient)
        pull = slope  # its room is needed no more
        for k in range(0, kinds, CHUNK):
            pull[k : k + CHUNK] = _with_intercept(self.columns[k : k + CHUNK]) @ direction
        moved = np.zeros((BUCKETS, pull.shape[1]))
        for block in blocks(len(states.state)):
            residual = states.y[block] - states.n[block] * self.of_cell[block]
            place = states.bucket[block], states.state[block]
            moved += coo_array((residual, place), shape=(BUCKETS, kinds)) @ pull
        return moved.T


def _with_intercept(columns: npt.NDArray[Any]) -> Floats:
    return np.column_stack([np.ones(len(columns)), columns])
