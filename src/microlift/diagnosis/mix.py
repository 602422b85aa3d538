"""What a visit foretells by itself: by its kind, its weekday, and where its user came from."""

from collections.abc import Sequence
from typing import cast

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from microlift.plan import Plan
from microlift.quality.chance import WEEK

VISITS = 3  # first, second, later
MOST_LABELS = 9  # of an attribute: the eight commonest, and all others as one
MOST_ATTRIBUTES = 4  # that visits are told apart by: the first of the plan
MILLION = 1_000_000  # shares travel as millionths: sums of integers do not hang on their order
PENALTY = 1.0  # on each effect, as one over its variance: a rare label is not sure of itself

Ints = npt.NDArray[np.int64]


def sizes_of(plan: Plan) -> tuple[int, ...]:
    """Numbers of values of what tells visits apart: kind, weekday, and each attribute."""
    kinds = VISITS * 2 * (len(plan.funnel) + 1)
    return kinds, WEEK, *[MOST_LABELS] * min(MOST_ATTRIBUTES, len(plan.log.attributes))


def pack_cell(plan: Plan, values: Sequence[ir.IntegerValue]) -> ir.IntegerValue:
    """Put what tells visits apart into one integer."""
    cell = values[0].cast("int64") * 0
    for value, size in zip(values, sizes_of(plan), strict=False):
        cell = cell * size + value.cast("int64")
    return cast("ir.IntegerValue", cell)


class Mix:
    """The share of visits that go on, by pair: a regression on all that tells them apart.

    Main effects alone, on the log odds: a campaign in one channel and a Sunday are each what they
    are, whichever visits they come with.
    """

    def __init__(self, plan: Plan, pairs: int) -> None:
        self.sizes = sizes_of(plan)
        self.pairs = pairs

    def foretell(self, cells: pd.DataFrame) -> pd.DataFrame:
        """Foretell the share of each cell for each pair, in millionths.

        Parameters
        ----------
        cells
            cell, and for each pair k the visits n{k} and those that went on, x{k}.

        Returns
        -------
        cell, and p{k}.
        """
        packed = cells["cell"].to_numpy(dtype=np.int64)
        effects = self._effects(packed)
        columns = {
            f"p{k}": self._shares(effects, cells[f"n{k}"].to_numpy(), cells[f"x{k}"].to_numpy())
            for k in range(self.pairs)
        }
        return pd.DataFrame({"cell": packed, **columns})

    def _effects(self, packed: Ints) -> sparse.csr_matrix:
        """One column for each value of kind, weekday and attributes."""
        rest, columns, start = packed.copy(), [], sum(self.sizes)
        for size in reversed(self.sizes):
            start -= size
            columns.append(start + rest % size)
            rest //= size
        rows = np.tile(np.arange(len(packed)), len(columns))
        shape = (len(packed), sum(self.sizes))
        ones = np.ones(len(rows))
        return sparse.csr_matrix((ones, (rows, np.concatenate(columns))), shape=shape)

    @staticmethod
    def _shares(effects: sparse.csr_matrix, n: Ints, x: Ints) -> Ints:
        went, seen = int(x.sum()), int(n.sum())
        if not 0 < went < seen:
            level = went / seen if seen else 0.0
            return np.full(len(n), round(level * MILLION), dtype=np.int64)
        known = np.flatnonzero(n)
        rows = sparse.vstack([effects[known], effects[known]])
        outcome = np.repeat([1, 0], len(known))
        weights = np.concatenate([x[known], n[known] - x[known]]).astype(np.float64)
        used = weights > 0
        model = LogisticRegression(C=1 / PENALTY, max_iter=300, tol=1e-5)
        model.fit(rows[used], outcome[used], sample_weight=weights[used])
        shares = model.predict_proba(effects)[:, 1]
        return np.asarray(np.rint(shares * MILLION), dtype=np.int64)
