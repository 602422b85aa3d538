"""Days and visitors as columns of a regression: weekday, time, and who came."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from microlift.journeys.shares import Floats
from microlift.journeys.trends.days import MONDAY
from microlift.journeys.trends.expected import Cells

WEEKDAYS = 6  # columns: Sunday is what the others are set against
BY_DAY = 2 + WEEKDAYS  # columns that tell days apart: level, weekdays, time
LEAST = 10  # who did it, and who did not, for a label to have a column of its own


@dataclass(frozen=True)
class Mix:
    """How days and labels become columns; learned from the benchmark alone.

    Attributes
    ----------
    centre, half
        Days: time is 0 at the first, and 1 or less over the benchmark.
    own
        For each attribute the codes with a column of their own.
    base
        For each attribute the code that has none, since the others are set against it.
    pooled
        For each attribute whether all other codes share a column.
    """

    centre: float
    half: float
    own: dict[str, tuple[int, ...]]
    base: dict[str, int]
    pooled: dict[str, bool]

    @classmethod
    def learn(cls, rows: pd.DataFrame, codes: Sequence[str]) -> Self:
        """Learn which labels are frequent enough, from columns day, n, did and one per code."""
        first, last = int(rows["day"].min()), int(rows["day"].max())
        own, base, pooled = {}, {}, {}
        for name in codes:
            sums = rows.groupby(name)[["n", "did"]].sum()
            enough = (sums["did"] >= LEAST) & (sums["n"] - sums["did"] >= LEAST)
            base[name] = int(sums.index.to_numpy(np.int64)[int(sums["n"].argmax())])
            frequent = sums.index.to_numpy(np.int64)[enough.to_numpy()]
            own[name] = tuple(int(code) for code in frequent if code != base[name])
            rest = sums[~enough & (sums.index != base[name])].sum()
            pooled[name] = bool(min(rest["did"], rest["n"] - rest["did"]) >= LEAST)
        return cls((first + last) / 2, max(1.0, (last - first) / 2), own, base, pooled)

    def columns(self, rows: pd.DataFrame) -> Floats:
        """One row a cell: 1, weekdays, time, labels."""
        day = rows["day"].to_numpy(np.float64)
        weekday = (rows["day"].to_numpy(np.int64) + MONDAY) % 7
        found = [np.ones(len(rows)), *((weekday == each).astype(float) for each in range(WEEKDAYS))]
        found.append((day - self.centre) / self.half)
        for name, codes in self.own.items():
            given = rows[name].to_numpy(np.int64)
            found += [(given == code).astype(float) for code in codes]
            if self.pooled[name]:
                found.append((~np.isin(given, [*codes, self.base[name]])).astype(float))
        return np.stack(found, axis=1)

    def cells(self, rows: pd.DataFrame) -> Cells:
        """Rows as cells, their days numbered from 0 on without gaps."""
        did, of = (rows[name].to_numpy(np.float64) for name in ("did", "n"))
        _, day = np.unique(rows["day"].to_numpy(np.int64), return_inverse=True)
        return Cells(self.columns(rows), did, of, day.astype(np.int64))
