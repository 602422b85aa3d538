"""Small-integer states as columns for a linear model."""

from itertools import combinations
from typing import Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, TransformerMixin

FREE = 10.0  # a coefficient ten times smaller costs a hundredth of the penalty


class StateEncoder(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """One indicator for each value of each feature, and products of chosen features.

    Parameters
    ----------
    pairs
        Pairs of feature positions whose products are added: every value of the one with every
        value of the other, the first value of each left out.
    free
        Positions of features whose indicators are made large, so that a penalty on coefficients
        hardly holds them back.
    rare
        Products seen in fewer than this share of rows are left out.

    Examples
    --------
    >>> states = np.array([[0, 0], [1, 0], [2, 1], [2, 0]])
    >>> StateEncoder(pairs=((0, 1),), rare=0.0).fit_transform(states).astype(int)
    array([[0, 0, 0, 0],
           [1, 0, 0, 0],
           [0, 1, 1, 1],
           [0, 1, 0, 0]])
    """

    def __init__(
        self,
        pairs: tuple[tuple[int, int], ...] = (),
        free: tuple[int, ...] = (),
        rare: float = 0.002,
    ) -> None:
        self.pairs = pairs
        self.free = free
        self.rare = rare

    def fit(self, x: npt.NDArray[np.integer], y: object = None) -> Self:  # noqa: ARG002
        """Learn which values and products occur in `x` (states times features)."""
        self.levels_ = [np.unique(column)[1:] for column in x.T]
        self.products_ = []
        floor = max(1.0, self.rare * len(x))
        for one, two in self.pairs:
            for a in self.levels_[one]:
                with_a = x[:, one] == a
                for b in self.levels_[two]:
                    if np.count_nonzero(with_a & (x[:, two] == b)) >= floor:
                        self.products_.append((one, a, two, b))
        return self

    def transform(self, x: npt.NDArray[np.integer]) -> npt.NDArray[np.float32]:
        """Indicators of `x`, states times columns."""
        levels = [(j, value) for j, values in enumerate(self.levels_) for value in values]
        columns = [x[:, j] == value for j, value in levels]
        columns += [(x[:, i] == a) & (x[:, j] == b) for i, a, j, b in self.products_]
        out = np.empty((len(x), len(columns)), dtype=np.float32, order="F")
        for position, column in enumerate(columns):
            out[:, position] = column
        for position, (j, _) in enumerate(levels):
            if j in self.free:
                out[:, position] *= FREE
        return out


def product_pairs(names: tuple[str, ...]) -> tuple[tuple[int, int], ...]:
    """Pairs of features whose products help: two actions done, and an action and an attribute."""
    did = [j for j, name in enumerate(names) if name.startswith("did_")]
    traits = [j for j, name in enumerate(names) if name[0] == "a" and name[1:].isdigit()]
    return tuple(combinations(did, 2)) + tuple((j, k) for j in traits for k in did)
