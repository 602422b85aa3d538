"""Looking for days on which a share was another than before and after: a scan of all windows.

Every run of days is set against all other days, by the deviance of two binomial counts. The window
that stands out most is the answer, if chance makes so large a deviance in one log in a hundred,
all windows of all series counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats
from scipy.special import xlogy

from microlift.diagnosis.pairs import Pair
from microlift.diagnosis.passes import Passes
from microlift.quality.chance import WEEK

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
SHORTEST = 3  # days of a window
HISTORY = WEEK  # days before it, without which there is nothing to compare with
MOST_SURE = 0.99  # share to be expected of any visits
LEAST_SEEN = 30  # visits outside a window
LEAST_WEEKS, OWN_WEEKS = 8, 40  # to judge the site by, and a pair alone
LEAST_WEEK = 3.0  # passes to be expected
BEFORE = -3.0  # standard errors against the days before alone
QUIET = 0.3  # of a pair's weeks: those that a fault of half of them leaves alone


@dataclass(frozen=True)
class Window:
    """Days `start` to `stop` (not included) on which a share was unusual.

    `z` is in standard errors, below 0 where fewer went on than usual; `usual` is the share that was
    to be expected of the visits in the window, `share` the one that was seen.
    """

    start: int
    stop: int
    z: float
    share: float
    usual: float

    def overlaps(self, other: "Window") -> bool:
        """Whether at least half of the shorter window lies in both."""
        both = min(self.stop, other.stop) - max(self.start, other.start)
        return 2 * both >= min(self.stop - self.start, other.stop - other.start)


def count_windows(days: int) -> int:
    """How many windows a series has.

    >>> count_windows(12)
    6
    """
    return sum(max(0, days - start - SHORTEST + 1) for start in range(HISTORY, days))


def find_window(
    series: Passes, limit: float, skip: npt.NDArray[np.bool_], wobble: float = 1.0
) -> Window | None:
    """Find the window in which a share stands out most; none where chance explains it.

    Parameters
    ----------
    series
        Counts by day.
    limit
        Standard errors that chance does not reach in all windows that are looked at.
    skip
        Days that are left out: what went wrong on them has been found.
    wobble
        How many times the variance of counting alone weeks have (`wobbles_of`).
    """
    seen, went, foretold = (
        np.where(skip, 0, values).astype(np.float64)
        for values in (series.seen, series.went, series.foretold)
    )
    total = float(went.sum())
    if total == 0 or foretold.sum() == 0 or len(seen) < HISTORY + SHORTEST:
        return None
    foretold = foretold * total / foretold.sum()
    sign = 1.0 if series.pair.wanted else -1.0  # a fault lowers one share, and raises the other
    starts, stops = _windows(len(seen))
    sums = _running((seen, went, foretold))
    inside, outside = _parts(sums, starts, stops)
    before = tuple(line[starts] for line in sums)
    z = sign * _apart(inside, outside) / np.sqrt(wobble)
    enough = (outside[0] >= LEAST_SEEN) & (inside[0] > 0)
    against_before = sign * _apart(inside, before) <= BEFORE
    z = np.where(enough & against_before, z, 0.0)
    best = int(z.argmin())
    if z[best] > -limit:
        return None
    return _window(sums, int(starts[best]), int(stops[best]), sign * float(z[best]))


def unusual(series: Passes, window: Window) -> Window:
    """Describe the same days of another series; its z leaves out how weeks differ anyway."""
    sums = _running((series.seen, series.went, series.foretold))
    inside, outside = _parts(sums, np.array([window.start]), np.array([window.stop]))
    return _window(sums, window.start, window.stop, float(_apart(inside, outside)[0]))


def _window(sums: tuple[Floats, ...], start: int, stop: int, z: float) -> Window:
    inside, outside = _parts(sums, np.array([start]), np.array([stop]))
    (n, x, e), (_, x_out, e_out) = ([float(line[0]) for line in part] for part in (inside, outside))
    usual = min(MOST_SURE, e / max(n, 1) * x_out / max(e_out, 1e-12))
    return Window(start, stop, z, x / max(n, 1), usual)


def _parts(
    sums: tuple[Floats, ...], starts: Ints, stops: Ints
) -> tuple[tuple[Floats, ...], tuple[Floats, ...]]:
    """Split into what lies inside of each window, and outside of it."""
    inside = tuple(line[stops] - line[starts] for line in sums)
    return inside, tuple(line[-1] - part for line, part in zip(sums, inside, strict=True))


def _windows(days: int) -> tuple[Ints, Ints]:
    start, stop = np.triu_indices(days + 1, SHORTEST)
    kept = start >= HISTORY
    return start[kept], stop[kept]


def _apart(one: tuple[Floats, ...], other: tuple[Floats, ...]) -> Floats:
    """Standard errors between two parts: the root of the deviance from what both foretell.

    Each part is (seen, went, foretold). Below 0 where the first went on less.
    """
    share = (one[1] + other[1]) / np.maximum(one[2] + other[2], 1e-12)
    deviance = np.zeros_like(one[0])
    for seen, went, foretold in (one, other):
        expected = np.minimum(foretold * share, MOST_SURE * seen)
        deviance = deviance + _term(went, expected) + _term(seen - went, seen - expected)
    root = np.sqrt(np.maximum(2 * deviance, 0.0))
    return np.where(one[1] < one[2] * share, -root, root)


def _term(seen: Floats, expected: Floats) -> Floats:
    found: Floats = xlogy(seen, np.maximum(seen, 1e-12) / np.maximum(expected, 1e-12))
    return found


def _running(lines: tuple[npt.NDArray[Any], ...]) -> tuple[Floats, ...]:
    return tuple(np.concatenate([[0.0], np.cumsum(line)]) for line in lines)


def wobbles_of(series: Sequence[Passes]) -> dict[Pair, float]:
    """How many times the variance of counting alone weeks have, by pair: each against the last.

    By the median over all pairs and segments, so that what goes wrong in some weeks at some step
    does not count; or by the quieter weeks of the pair itself, if even these differ by more.
    """
    squares: dict[Pair, list[Floats]] = {}
    for each in series:
        squares.setdefault(each.pair, []).append(_squares(each))
    own = {pair: np.concatenate(parts) for pair, parts in squares.items()}
    wanted = [own[pair] for pair in own if pair.wanted]
    site = _wobble(np.concatenate([*wanted, np.zeros(0)]), 0.5, LEAST_WEEKS)
    return {pair: max(1.0, site, _wobble(own[pair], QUIET, OWN_WEEKS)) for pair in own}


def _squares(series: Passes) -> Floats:
    """Squared standard errors between each week and the one before."""
    sums = _running((series.seen, series.went, series.foretold))
    weeks = tuple(np.diff(line[::WEEK]) for line in sums)
    this, last = (tuple(week[part] for week in weeks) for part in (slice(1, None), slice(-1)))
    # Of small counts the deviance says nothing: their squares lie below those of chi-square.
    known = np.minimum(this[2], last[2]) >= LEAST_WEEK
    squares: Floats = _apart(this, last)[known] ** 2
    return squares


def _wobble(squares: Floats, quantile: float, least: int) -> float:
    if len(squares) < least:
        return 1.0
    return float(np.quantile(squares, quantile) / stats.chi2.ppf(quantile, 1))
