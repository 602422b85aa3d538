"""What chance does to counts a day: how unlikely a silence is, or a jump.

Both look at many days of many series, so both divide the accepted chance of a false alarm (1 in
100 a log) by the number of places looked at. Days vary by more than counting does: how much more
is taken from the series itself, with a floor.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

FALSE_ALARMS = 0.01  # a log and check
WEEK, WEEKS = 7, 4  # weekdays differ, and what lay over a month ago tells little of today
LEAST_VARIATION = 0.05  # squared: days differ by 22 % beyond counting even where they seem steady
LATELY = 3
LEAST_SIDE = 2 * WEEK  # days beside a silence, on one of its sides
SPANS = (7, 14, 28)  # whole weeks, so that both sides of a jump hold the same weekdays
LEAST_CHANGE = 1.5  # a smaller change may be real; it is what seasons and campaigns do
LEAST_EVENTS = 20
LEAST_WOBBLE = 0.1  # weeks differ by 10 % beyond counting even where they seem steady
TO_SIGMA = 1.4826  # from the median of absolute deviations to a standard deviation

Counted = NDArray[np.int64]
Running = NDArray[np.float64]


@dataclass(frozen=True)
class Silence:
    """Days without an event where many were to be expected.

    `kind` is ``gap``, ``starts`` (silent from the first day on) or ``stops`` (to the last).
    """

    start: int
    days: int
    kind: str
    expected: float


@dataclass(frozen=True)
class Jump:
    """A rate that is another from day `at` on: `before`, `after`, and how far apart for chance."""

    at: int
    before: float
    after: float
    z: float


def silences(counts: Counted, looks: int) -> list[Silence]:
    """Find runs of zeros that chance does not make.

    Of each silent day is asked what the days before the run and after it foretell; the smaller
    number is what was to be expected, so that a series which fades out or in is none. Counts are
    taken as negative binomial.

    Parameters
    ----------
    counts
        Events a day, whole days only.
    looks
        How many days of how many series are looked at.

    Examples
    --------
    >>> counts = np.full(60, 40)
    >>> counts[30:32] = 0
    >>> silences(counts, looks=60)
    [Silence(start=30, days=2, kind='gap', expected=80.0)]
    """
    if not counts.any():
        return []
    limit = math.log(FALSE_ALARMS / max(looks, 1))
    variation = _variation(counts)
    found = []
    for start, stop in _runs_of_zeros(counts):
        expected = [_usual(counts, day, start, stop) for day in range(start, stop)]
        kind = "starts" if start == 0 else "stops" if stop == len(counts) else "gap"
        if sum(_log_chance_of_none(e, variation) for e in expected) < limit:
            found.append(Silence(start, stop - start, kind, float(sum(expected))))
    return found


def _runs_of_zeros(counts: Counted) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], counts == 0, [False]]).astype(int)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _usual(counts: Counted, day: int, start: int, stop: int) -> float:
    """What a silent day should have brought, by the quieter side of the run."""
    sides = [(counts[:start][::-1], day - start), (counts[stop:], stop - 1 - day)]
    sides = [(near, away) for near, away in sides if len(near)]
    if max(len(near) for near, _ in sides) < LEAST_SIDE:
        return 0.0
    return min(_foreseen(near, away) for near, away in sides)


def _foreseen(near: Counted, away: int) -> float:
    """Foresee a day `away` days into a run from the days beside it, the nearest first.

    The weekday's median of four weeks, and no more than the last three days brought; what has been
    fading from week to week goes on fading. A side of less than two weeks knows no weekdays:
    it tells only that the log had not faded out, or had faded in.
    """
    if len(near) < LEAST_SIDE:
        return float(near[:LATELY].mean()) if len(near) >= LATELY else 0.0
    own = near[-(away + 1) % WEEK :: WEEK][:WEEKS]
    last, week_before = near[:WEEK].mean(), near[WEEK : 2 * WEEK].mean()
    fading = min(1.0, float(last / week_before)) if week_before else 1.0
    lately = float(near[:LATELY].mean()) * fading ** (1 + away // WEEK)
    return min(float(np.median(own)), lately)


def _variation(counts: Counted) -> float:
    """Squared variation of days beyond counting, from the same weekdays of neighbouring weeks."""
    steps = np.abs(np.diff(counts[counts > 0].astype(float), n=1))
    if len(counts) > 2 * WEEK:
        both = (counts[WEEK:] > 0) & (counts[:-WEEK] > 0)
        steps = np.abs(counts[WEEK:] - counts[:-WEEK])[both].astype(float)
    mean = float(counts[counts > 0].mean())
    spread = (TO_SIGMA * float(np.median(steps)) if len(steps) else mean) ** 2 / 2
    return max(LEAST_VARIATION, (spread - mean) / mean**2)


def _log_chance_of_none(expected: float, variation: float) -> float:
    return -math.log1p(variation * expected) / variation


def jumps(happened: Counted, tries: Counted, looks: int) -> list[Jump]:
    """Find days from which on a rate is another.

    The days before are set against those after, for 7, 14 and 28 days. The deviance of two Poisson
    rates is divided by how much weeks of this series differ anyway (a median, so that the jump
    itself hardly counts).

    Parameters
    ----------
    happened, tries
        Counts a day: what the rate is of, and of how many.
    looks
        How many series are looked at.

    Examples
    --------
    >>> happened = np.array([30] * 40 + [10] * 40)
    >>> [(jump.at, jump.before, jump.after) for jump in jumps(happened, np.full(80, 100), 1)]
    [(40, 0.3, 0.1)]
    """
    places = [(span, at) for span in SPANS for at in range(span, len(tries) - span + 1)]
    if not places:
        return []
    limit = limit_of(max(looks, 1) * len(places))
    sums = _running(happened), _running(tries)
    wobble = _wobble(*sums)
    seen = []
    for span, at in places:
        jump = _compare(sums, span, at, wobble)
        if jump and abs(jump.z) >= limit:
            seen.append((span, jump))
    seen.sort(key=lambda pair: -abs(pair[1].z))
    kept: list[tuple[int, Jump]] = []
    for span, jump in seen:
        if all(abs(jump.at - other.at) >= max(span, wide) for wide, other in kept):
            kept.append((span, jump))
    return sorted((jump for _, jump in kept), key=lambda jump: jump.at)


def _compare(sums: tuple[Running, Running], span: int, at: int, wobble: float) -> Jump | None:
    happened, tries = sums
    n1, n2 = tries[at] - tries[at - span], tries[at + span] - tries[at]
    a1, a2 = happened[at] - happened[at - span], happened[at + span] - happened[at]
    if min(n1, n2) <= 0 or a1 + a2 < LEAST_EVENTS:
        return None
    before, after = float(a1 / n1), float(a2 / n2)
    if max(before, after) < LEAST_CHANGE * min(before, after):
        return None
    by_chance = (n1 + n2) ** 2 / ((a1 + a2) * n1 * n2)
    share = by_chance / (by_chance + wobble * WEEK / span)
    return Jump(at, before, after, apart(a1, n1, a2, n2) * math.sqrt(share))


def apart(happened: float, tries: float, happened_after: float, tries_after: float) -> float:
    """Standard errors between two rates: the root of the deviance of two Poisson counts.

    Examples
    --------
    >>> [round(apart(9, 100, 5 * n, 100), 1) for n in (0, 1, 3)]
    [-3.5, -1.1, 1.2]
    """
    both = (happened + happened_after) / (tries + tries_after)
    deviance = _term(happened, both * tries) + _term(happened_after, both * tries_after)
    z = math.sqrt(max(2 * deviance, 0.0))
    return z if happened_after * tries > happened * tries_after else -z


def limit_of(looks: int) -> float:
    """Standard errors that chance reaches, in any of so many looks, once in 100 logs.

    >>> round(limit_of(1), 2), round(limit_of(100), 2)
    (2.58, 3.89)
    """
    return -NormalDist().inv_cdf(FALSE_ALARMS / (2 * max(looks, 1)))


def _running(line: Counted) -> Running:
    return np.concatenate([[0], np.cumsum(line)]).astype(np.float64)


def _term(seen: float, expected: float) -> float:
    return seen * math.log(seen / expected) if seen else 0.0


def _wobble(happened: Running, tries: Running) -> float:
    """Variance of the log ratio of neighbouring weeks, less what counting makes of it."""
    seen, n = (np.diff(line[::WEEK]) for line in (happened, tries))
    floor = 2 * LEAST_WOBBLE**2
    full = n > 0
    if full.sum() < WEEKS:
        return floor
    seen, n = seen[full] + 0.5, n[full]
    steps = np.diff(np.log(seen / n))
    counting = float(np.median(1 / seen[1:] + 1 / seen[:-1]))
    return max(floor, (TO_SIGMA * float(np.median(np.abs(steps)))) ** 2 - counting)
