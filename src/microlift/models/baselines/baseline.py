"""What one common method says of each action."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
COLUMNS = ("action", "effect", "low", "high", "credit")
LONGEST_NAME = 60  # of an action, in a note


@dataclass(frozen=True, eq=False)
class Baseline:
    """Result of one method.

    Attributes
    ----------
    name
        The method, as in ``NAMES``.
    frame
        One row an action, in the plan's order: action; effect (a ratio comparable with lift:
        above 1 where the method says that the action raises, nan where it has none); low, high
        (its 95 % interval, nan where the method has none); credit (macros that the method books
        for each user who does the action before the first macro: a weight is credit times mean
        macro value; may be negative). nan throughout where the method cannot judge the action.
    note
        What the figures are, and why any of them is missing.
    """

    name: str
    frame: pd.DataFrame
    note: str

    def __repr__(self) -> str:
        table = self.frame.to_string(index=False, float_format=lambda x: f"{x:.4g}", na_rep="-")
        return f"{self.name}\n\n{table}\n\n{self.note}"
