"""Small-integer states as columns for a linear model."""

from itertools import combinations
from typing import Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, TransformerMixin

FREE = 10.0  # a coefficient ten times smaller costs a hundredth of the penalty
_CHUNK = 5_000


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
            width = int(x[:, two].max(initial=0)) + 1
            both = np.bincount(x[:, one].astype(np.int64) * width + x[:, two])
            self.products_ += [
                (one, a, two, b)
                for a in self.levels_[one]
                for b in self.levels_[two]
                if a * width + b < len(both) and both[a * width + b] >= floor
            ]
        return self

    def transform(self, x: npt.NDArray[np.integer]) -> npt.NDArray[np.float32]:
        """Indicators of `x`, states times columns."""
        levels = [(j, value) for j, values in enumerate(self.levels_) for value in values]
        size = np.array([FREE if j in self.free else 1.0 for j, _ in levels], dtype=np.float32)
        out = np.empty((len(x), len(levels) + len(self.products_)), dtype=np.float32)
        for k in range(0, len(x), _CHUNK):  # a chunk stays in the processor's own memory
            rows, part = x[k : k + _CHUNK], out[k : k + _CHUNK]
            for position, (j, value) in enumerate(levels):
                part[:, position] = rows[:, j] == value
            part[:, : len(levels)] *= size
            for position, (i, a, j, b) in enumerate(self.products_, start=len(levels)):
                part[:, position] = (rows[:, i] == a) & (rows[:, j] == b)
        return out


def product_pairs(names: tuple[str, ...]) -> tuple[tuple[int, int], ...]:
    """Pairs of features whose products help: two actions done, and an action and an attribute."""
    did = [j for j, name in enumerate(names) if name.startswith("did_")]
    traits = [j for j, name in enumerate(names) if name[0] == "a" and name[1:].isdigit()]
    return tuple(combinations(did, 2)) + tuple((j, k) for j in traits for k in did)
