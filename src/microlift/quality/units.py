"""Whether macros are worth something else from a day on: cents for euros, another currency.

Shops that raise prices, or sell more of the dear things, move the usual value by a part of itself.
A change of unit moves it by ten or a hundred times, and all values at once: what is usual on one
side is rare on the other.
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from microlift.quality.chance import SPANS, Counted, limit_of

STEPS = 20  # classes of values in a decade: 12 % apart, which is fine enough for such jumps
LEAST_TIMES = 5.0
LEAST_MACROS = 20  # on either side


@dataclass(frozen=True)
class UnitJump:
    """The usual value is another from `day` on: `before` and `after`, in minor units."""

    day: int
    before: float
    after: float

    @property
    def times(self) -> float:
        """How many times as much it is, or as little."""
        return max(self.after / self.before, self.before / self.after)


def unit_jump(values: pd.DataFrame) -> UnitJump | None:
    """Find the largest change of unit, where there is any.

    For each day the macros of the 7, 14 and 28 days before it are set against those of the days
    after it. There is a jump where the medians lie five times or more apart, the quartiles on the
    inner sides do not overlap, and ranks say that it is no chance.

    Parameters
    ----------
    values
        One row a day and class of values: day, step (`STEPS` a decade, of minor units), n.

    Examples
    --------
    >>> days = [(day, 60 if day < 20 else 100, 5) for day in range(40)]
    >>> found = unit_jump(pd.DataFrame(days, columns=["day", "step", "n"]))
    >>> found.day, round(found.times)
    (20, 100)
    >>> unit_jump(pd.DataFrame(days[:20], columns=["day", "step", "n"])) is None
    True
    """
    if values.empty:
        return None
    first, lowest = int(values["day"].min()), int(values["step"].min())
    days = values["day"].to_numpy(np.int64) - first
    steps = values["step"].to_numpy(np.int64) - lowest
    grid = np.zeros((int(days.max()) + 2, int(steps.max()) + 1), dtype=np.int64)
    np.add.at(grid, (days + 1, steps), values["n"].to_numpy(np.int64))
    sums = grid.cumsum(axis=0)
    last = len(grid) - 1
    places = [(at, span) for at in range(1, last) for span in SPANS]
    limit, found = limit_of(len(places)), []
    for at, span in places:
        before = sums[at] - sums[max(0, at - span)]
        after = sums[min(last, at + span)] - sums[at]
        z = _apart(before, after)
        if z >= limit:
            middles = [10 ** ((_quantile(side, 0.5) + lowest) / STEPS) for side in (before, after)]
            found.append((z, UnitJump(first + at, *middles)))
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _apart(before: Counted, after: Counted) -> float:
    """Standard errors between the ranks of two sides; 0 where their middles are near."""
    if min(before.sum(), after.sum()) < LEAST_MACROS:
        return 0.0
    low, high = sorted((before, after), key=lambda side: _quantile(side, 0.5))
    near = _quantile(high, 0.5) - _quantile(low, 0.5) < STEPS * math.log10(LEAST_TIMES)
    if near or _quantile(low, 0.75) >= _quantile(high, 0.25):
        return 0.0
    n, m = int(low.sum()), int(high.sum())
    below = np.cumsum(low) - low / 2
    share = float((high * below).sum()) / (n * m)
    return (share - 0.5) / math.sqrt((n + m + 1) / (12 * n * m))


def _quantile(side: Counted, share: float) -> int:
    """The class that holds a quantile."""
    running = np.cumsum(side)
    return int(np.searchsorted(running, share * running[-1]))
