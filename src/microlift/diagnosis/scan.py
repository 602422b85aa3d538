"""Looking for days on which a share was another than before and after: a scan of all windows.

Every run of days is set against all other days, by the deviance of two binomial counts. The window
that stands out most is a candidate, if chance makes so large a deviance in one log in a hundred,
all windows of all series counted. It is a finding if it also breaks with what weeks of this series
are like: below the worst of an ordinary week, and farther away than weeks drift.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats
from scipy.special import xlogy

from microlift.diagnosis.pairs import Pair
from microlift.diagnosis.passes import Passes, Span
from microlift.quality.chance import WEEK, limit_of

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Days = npt.NDArray[np.bool_]
Sums = tuple[Floats, Floats, Floats]

HISTORY = 4  # settled days before a window, without which nothing has changed
FORTNIGHT = 14
MARGIN = 2  # days at both ends of a window, which is not sure to the day
MOST_SURE = 0.99  # share to be expected of any visits
LEAST_SEEN = 30  # visits outside a window
LEAST_WEEKS, OWN_WEEKS = 8, 40  # to judge the site by, and a pair alone
LEAST_WEEK = 3.0  # passes to be expected
BEFORE = -3.0  # standard errors against the days before alone
LEAST_DROP = 0.2  # of the usual share: smaller ones may be real, and are not worth a page
LEAST_TROUBLE = 0.01  # of visits
DRIFT = 0.04  # weeks differ by 4 % beyond counting even where they seem steady
SHORTEST_GAP = 3  # days back to usual that part two faults
IQR = 1.349  # of a standard normal
AWAY = 3.5  # of a week's drift, which a fault has to exceed
WEEK_OF, FEWEST = 20, 4  # passes of a week to judge by, and the fewest weeks
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

    @property
    def days(self) -> slice:
        """The days of the window."""
        return slice(self.start, self.stop)

    def overlaps(self, other: "Window") -> bool:
        """Whether at least half of the shorter window lies in both."""
        both = min(self.stop, other.stop) - max(self.start, other.start)
        return 2 * both >= min(self.stop - self.start, other.stop - other.start)


class Scan:
    """The windows of a log, and how much a share has to differ in one of them.

    Parameters
    ----------
    span
        The days.
    series
        All that is looked at.
    """

    def __init__(self, span: Span, series: Iterable[Passes]) -> None:
        self.span = span
        series = list(series)
        self.starts, self.stops = _windows(span.days, span.settled + HISTORY)
        self.limit = limit_of(max(1, len(self.starts) * len(series)))
        self.wobbles = _wobbles(series, span.settled)

    def find(self, series: Passes, skip: Days) -> Window | None:
        """Find the window that stands out most and breaks with the weeks around it.

        `skip` are days on which what went wrong has been found.
        """
        sums = self.sums(series, skip)
        if not len(self.starts) or not sums[1][-1] or not sums[2][-1]:
            return None
        sign = 1.0 if series.pair.wanted else -1.0  # a fault lowers one share, raises the other
        inside, outside = _parts(sums, self.starts, self.stops)
        z = sign * _apart(inside, outside) / np.sqrt(self.wobbles[series.pair])
        before: Sums = tuple(line[self.starts] for line in sums)  # type: ignore[assignment]
        against_before = sign * _apart(inside, before) <= BEFORE
        enough = (outside[0] >= LEAST_SEEN) & (inside[0] > 0)
        z = np.where(enough & against_before, z, 0.0)
        best = int(z.argmin())
        if z[best] > -self.limit:
            return None
        window = self.describe(series, skip, int(self.starts[best]), int(self.stops[best]))
        window = self._without_gap(series, skip, window)
        return window if self.breaks(series, skip, window) else None

    def sums(self, series: Passes, skip: Days) -> Sums:
        """Running sums of visits, of those that went on, and of those foretold to."""
        left_out = skip.copy()
        left_out[: self.span.settled] = True
        lines = (series.seen, series.went, series.foretold)
        return _running(tuple(np.where(left_out, 0, line) for line in lines))

    def describe(self, series: Passes, skip: Days, start: int, stop: int) -> Window:
        """Describe a window of a series, without the days that are skipped."""
        sums = self.sums(series, skip)
        inside, outside = _parts(sums, np.array([start]), np.array([stop]))
        z = float(_apart(inside, outside)[0]) / float(np.sqrt(self.wobbles[series.pair]))
        (n, x, e), (_, x_out, e_out) = ([float(v[0]) for v in part] for part in (inside, outside))
        usual = min(MOST_SURE, e / max(n, 1) * x_out / max(e_out, 1e-12))
        return Window(start, stop, z, x / max(n, 1), usual)

    def breaks(self, series: Passes, skip: Days, window: Window) -> bool:
        """Whether a window breaks with ordinary weeks: raw and with the mix of visits held equal.

        The share lies 20 % below that of three weeks in four, 10 % below that of the fortnight just
        before, and farther from the middle week than weeks drift; trouble lies twice above that of
        any week.
        """
        weeks = self._weeks(series, skip, window)
        if not len(weeks):
            return False
        n, x, e = weeks.T
        sums = self.sums(series, skip)
        inside = [float(line[window.stop] - line[window.start]) for line in sums]
        if not series.pair.wanted:
            return window.share >= max(LEAST_TROUBLE, 2 * float((x / n).max()))
        for base, own in ((n, inside[0]), (e, inside[2])):
            level = inside[1] / max(own, 1e-12)
            if level > (1 - LEAST_DROP) * float(np.quantile(x / base, 0.25)):
                return False
        just_before = slice(max(0, window.start - MARGIN - FORTNIGHT), window.start - MARGIN)
        went, foretold = (
            float(line[just_before.stop] - line[just_before.start]) for line in sums[1:]
        )
        level = inside[1] / max(inside[2], 1e-12)
        if foretold and level > (1 - LEAST_DROP / 2) * went / foretold:
            return False
        return _drifts(x, e, inside) >= AWAY

    def _weeks(self, series: Passes, skip: Days, window: Window) -> Floats:
        """Visits, passes and foretold ones of the weeks outside of a window and its margins."""
        kept = ~skip
        kept[: self.span.settled] = False
        kept[max(0, window.start - MARGIN) : window.stop + MARGIN] = False
        lines = np.stack([series.seen, series.went, series.foretold], axis=1)[kept].astype(float)
        if len(lines) < max(WEEK, (window.stop - window.start) / 4):
            return np.zeros((0, 3))
        edges = np.arange(
            0, max(1, len(lines) - WEEK + 1), WEEK
        )  # what is left over joins the last
        weeks = np.add.reduceat(lines, edges, axis=0)
        found: Floats = weeks[(weeks[:, 0] > 0) & (weeks[:, 2] > 0)]
        return found

    def _without_gap(self, series: Passes, skip: Days, window: Window) -> Window:
        """Cut a window in which days are back to usual, and keep the worse part."""
        inner = ~skip
        inner[: window.start] = inner[window.stop :] = False
        sign = 1.0 if series.pair.wanted else -1.0
        sums = self.sums(series, ~inner)
        length = self.stops - self.starts
        held = (self.starts > window.start) & (self.stops < window.stop) & (length >= SHORTEST_GAP)
        if not held.any():
            return window
        starts, stops = self.starts[held], self.stops[held]
        inside, outside = _parts(sums, starts, stops)
        z = sign * _apart(inside, outside) / np.sqrt(self.wobbles[series.pair])
        best = int(z.argmax())
        if z[best] < limit_of(len(z)):
            return window
        ends = (window.start, int(starts[best])), (int(stops[best]), window.stop)
        parts = [self.describe(series, skip, *end) for end in ends]
        return max(parts, key=lambda part: abs(part.z))

    def could_show(self, series: Passes, days: int) -> bool:
        """Whether so many days on which nobody goes on would stand out."""
        settled = series.foretold[self.span.settled :]
        a_day = float(settled.mean()) if len(settled) else 0.0
        return bool(2 * a_day * days >= self.limit**2 * self.wobbles[series.pair])


def _drifts(x: Floats, e: Floats, inside: list[float]) -> float:
    """How far a window lies from the middle week, in what weeks drift and counting adds."""
    levels = np.log((x + 0.5) / (e + 0.5))
    middle = float(np.median(levels))
    counting = float(np.median(1 / (x + 0.5)))
    spread = float(np.diff(np.quantile(levels, [0.25, 0.75]))[0]) / IQR
    drift = max(DRIFT**2, spread**2 - counting)
    level = float(np.log((inside[1] + 0.5) / (inside[2] + 0.5)))
    expected = inside[2] * float(np.exp(middle))
    return (middle - level) / float(np.sqrt(drift + 1 / (expected + 0.5)))


@lru_cache(maxsize=4)
def _windows(days: int, first: int) -> tuple[Ints, Ints]:
    start, stop = np.triu_indices(days + 1, 1)
    kept = start >= first
    return start[kept], stop[kept]


def _parts(sums: Sums, starts: Ints, stops: Ints) -> tuple[Sums, Sums]:
    """Split into what lies inside of each window, and outside of it."""
    inside = tuple(line[stops] - line[starts] for line in sums)
    outside = tuple(line[-1] - part for line, part in zip(sums, inside, strict=True))
    return inside, outside  # type: ignore[return-value]


def _apart(one: Sums, other: Sums) -> Floats:
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


def _running(lines: tuple[npt.NDArray[Any], ...]) -> Sums:
    sums = tuple(np.concatenate([[0.0], np.cumsum(line)]) for line in lines)
    return sums  # type: ignore[return-value]


def _wobbles(series: Iterable[Passes], settled: int) -> dict[Pair, float]:
    """How many times the variance of counting alone weeks have, by pair: each against the last.

    By the median over all pairs and segments, so that what goes wrong in some weeks at some step
    does not count; or by the quieter weeks of the pair itself, if even these differ by more.
    """
    squares: dict[Pair, list[Floats]] = {}
    for each in series:
        squares.setdefault(each.pair, []).append(_squares(each, settled))
    own = {pair: np.concatenate(parts) for pair, parts in squares.items()}
    wanted = [own[pair] for pair in own if pair.wanted]
    site = _wobble(np.concatenate([*wanted, np.zeros(0)]), 0.5, LEAST_WEEKS)
    return {pair: max(1.0, site, _wobble(own[pair], QUIET, OWN_WEEKS)) for pair in own}


def _squares(series: Passes, settled: int) -> Floats:
    """Squared standard errors between each week and the one before."""
    sums = _running((series.seen[settled:], series.went[settled:], series.foretold[settled:]))
    weeks = tuple(np.diff(line[::WEEK]) for line in sums)
    this, last = (tuple(week[part] for week in weeks) for part in (slice(1, None), slice(-1)))
    # Of small counts the deviance says nothing: their squares lie below those of chi-square.
    known = np.minimum(this[2], last[2]) >= LEAST_WEEK
    squares: Floats = _apart(this, last)[known] ** 2  # type: ignore[arg-type]
    return squares


def _wobble(squares: Floats, quantile: float, least: int) -> float:
    if len(squares) < least:
        return 1.0
    return float(np.quantile(squares, quantile) / stats.chi2.ppf(quantile, 1))
