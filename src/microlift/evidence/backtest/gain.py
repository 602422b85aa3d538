r"""The signal gain: how many macros' worth of precision a signal carries.

Users of a segment bring x (booked) and y (a macro or none). Over segments the true means mu of x
and theta of y follow a line, theta = alpha + beta mu + bias, the bias with variance A; within a
segment users have the covariance W. Seen over n users, the squared correlation of either signal
with theta (its reliability) is

.. math::
    R_y = \frac{\tau^2}{\tau^2 + W_{yy} / n}, \qquad
    R_x = \frac{\beta^2 T_{xx}}{\tau^2} \cdot \frac{T_{xx}}{T_{xx} + W_{xx} / n}, \qquad
    \tau^2 = \beta^2 T_{xx} + A

with T_xx the variance of mu. So many times the users, macros alone would be as reliable:

.. math:: gain = \frac{1 / R_y - 1}{1 / R_x - 1}

which is also the ratio of the two mean squared errors once both are set on the scale of theta. A
signal that is the same for all segments has no gain, however little it varies, and one that says
of a segment what is not true of it is charged for that by A.

What chance puts into the means of the segments is known from W. A is what the segments are off the
line beyond it, by the weighted sum of squares Q(A), which has a chi-squared distribution (as in the
meta-analysis of trials); its confidence distribution and that of beta make the interval, and the
gain is the median. With few segments little is known of A, and the interval says so.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from microlift.evidence.backtest.arrivals import Arrivals
from microlift.evidence.backtest.signals import Signal

Floats = npt.NDArray[np.float64]
DRAWS = 4_000
GRID = 200  # values of A that Q is worked out at
LEAST_SEGMENTS = 3  # a line through two is always right
SURE = 0.05
EVEN = 0.5  # of a quantile: the median


@dataclass(frozen=True, eq=False)
class Segments:
    """Means of the segments, and how users of one segment vary.

    Attributes
    ----------
    n
        Users of each segment.
    x, y, r
        Means for a user: booked (segments times signals), macros, revenue.
    xx, xy, xr, yy
        Covariance between users of one segment, by signal.
    q
        How much a segment counts where all are averaged: equally where it has many more users than
        the gain is told for, in proportion to its users where it has far fewer.
    rate
        Macros for a user, by these weights.
    counts
        Of each signal, whether it counts macros and nothing else.
    """

    n: Floats
    x: Floats
    y: Floats
    r: Floats
    xx: Floats
    xy: Floats
    xr: Floats
    yy: float
    q: Floats
    rate: float
    counts: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, arrivals: Arrivals, signals: tuple[Signal, ...], macros: float) -> "Segments":
        """Add up the cells; segments of fewer than 2 users are left out."""
        number = arrivals.segment
        users = arrivals.n.astype(np.float64)
        size = np.bincount(number, weights=users)
        kept = size >= 2
        n, y = size[kept].astype(np.float64), users * arrivals.macro

        def mean(values: Floats) -> Floats:
            out: Floats = np.bincount(number, weights=values)[kept] / n
            return out

        booked = [signal.of(arrivals) for signal in signals]

        def each(weight: Floats, power: int = 1) -> Floats:
            return np.stack([mean(weight * value**power) for value in booked], axis=1)

        x, my, mr = each(users), mean(y), mean(arrivals.value)
        usual = macros * users.sum() / max(y.sum(), 1)
        q = n / (n + usual)
        q = q / q.sum()
        bessel = q * n / (n - 1)
        return cls(
            n=n,
            x=x,
            y=my,
            r=mr,
            xx=bessel @ (each(users, 2) - x**2),
            xy=bessel @ (each(y) - x * my[:, None]),
            xr=bessel @ (each(arrivals.value) - x * mr[:, None]),
            yy=float(bessel @ (my - my**2)),
            q=q,
            rate=float(q @ my),
            counts=np.array([bool(s.macro > 0 and not s.booked.any()) for s in signals]),
        )

    @property
    def differ(self) -> bool:
        """Whether the segments differ in true macros per user by more than chance."""
        return len(self.n) >= LEAST_SEGMENTS and _beyond_chance(self.y, self.yy, self.n)

    def covariance(self, signal: int, weight: Floats) -> tuple[float, float]:
        """Of the true means: T_xx, and that of x and y, by weights of the segments."""
        x, w = self.x[:, signal], weight / weight.sum()
        off_x, off_y = x - w @ x, self.y - w @ self.y
        noise = (w * (1 - w) / self.n).sum()
        t_xx = w @ off_x**2 - noise * self.xx[signal]
        return float(t_xx), float(w @ (off_x * off_y) - noise * self.xy[signal])


@dataclass(frozen=True, eq=False)
class Gains:
    """The signal gain of each signal, in draws from what the log leaves open.

    Attributes
    ----------
    gain
        Draws times signals; not a number where it cannot be told.
    as_good_from
        The same: macros of a segment from which on counting them is as good.
    """

    gain: Floats
    as_good_from: Floats

    @property
    def middle(self) -> Floats:
        """Gain by signal."""
        return _quantile(self.gain, EVEN)

    @property
    def until(self) -> Floats:
        """Macros of a segment from which on counting them is as good, by signal."""
        return _quantile(self.as_good_from, EVEN)

    @property
    def interval(self) -> tuple[Floats, Floats]:
        """95 % interval by signal."""
        return _quantile(self.gain, 0.025), _quantile(self.gain, 0.975)

    def against(self, signal: int, first: int = 0) -> str:
        """Whether a signal is surely better or worse than the first."""
        one, two = self.gain[:, signal], self.gain[:, first]
        if np.mean(one > two) >= 0.975:
            return "better"
        return "worse" if np.mean(one < two) >= 0.975 else ""


def gains_of(segments: Segments, macros: float) -> Gains:
    """Signal gains where segments bring so many macros; see above."""
    count = segments.x.shape[1]
    nothing = np.full((DRAWS, count), np.nan)
    if not segments.differ:
        return Gains(nothing, nothing)
    rng = np.random.default_rng(0)
    free = len(segments.n) - 2
    shared = rng.standard_normal((DRAWS, free + 1))
    lines = [_Line.of(segments, signal) for signal in range(count)]
    gain, until = nothing.copy(), nothing.copy()
    for signal, line in enumerate(lines):
        # Signals that are off the line in the same segments owe that to the same chance.
        alike = lines[0].alike(line)
        own = rng.standard_normal((DRAWS, free + 1))
        moved = alike * shared + np.sqrt(1 - alike**2) * own
        gain[:, signal], until[:, signal] = line.gain(segments, signal, moved, macros)
    gain[:, segments.counts], until[:, segments.counts] = 1.0, np.nan
    return Gains(gain, until)


def unbiased_gain(segments: Segments) -> Floats:
    """What the gain would be if every signal said of each segment what is true of it."""
    x = segments.q @ segments.x
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = segments.yy * x**2 / (segments.rate**2 * segments.xx)
        return np.where(segments.xx > 0, gain, np.nan)


@dataclass(frozen=True, eq=False)
class _Line:
    """How macros follow one signal over the segments, for each of a row of values of A.

    `off` is how far each segment is off the line, in standard errors, at the likeliest A.
    """

    a: Floats
    q: Floats
    beta: Floats
    error: Floats
    t_xx: float
    off: Floats

    @classmethod
    def of(cls, segments: Segments, signal: int) -> "_Line":
        t_xx, t_xy = segments.covariance(signal, segments.q)
        spread = float(np.var(segments.y)) + segments.yy / float(segments.n.mean())
        a = np.concatenate([[0.0], np.geomspace(1e-4 * spread, 1e3 * spread, GRID)])
        x, y, n = segments.x[:, signal], segments.y, segments.n
        q, beta, error = np.zeros(len(a)), np.zeros(len(a)), np.zeros(len(a))
        off = np.zeros((len(a), len(n)))
        slope = t_xy / t_xx if t_xx > 0 else 0.0
        for place, value in enumerate(a):
            own = segments.yy - 2 * slope * segments.xy[signal] + slope**2 * segments.xx[signal]
            weight = 1 / (value + np.maximum(own, 1e-3 * segments.yy) / n)
            here_xx, here_xy = segments.covariance(signal, weight)
            if here_xx > 0:
                beta[place] = here_xy / here_xx
                error[place] = 1 / np.sqrt(weight.sum() * here_xx)
            apart = y - beta[place] * x
            apart = apart - np.average(apart, weights=weight)
            off[place] = apart * np.sqrt(weight)
            q[place] = (off[place] ** 2).sum()
        free = len(n) - 2
        return cls(a, q, beta, error, t_xx, off[int(np.argmin(np.abs(q - free)))])

    def alike(self, other: "_Line") -> float:
        size = float(np.sqrt((self.off**2).sum() * (other.off**2).sum()))
        return float(np.clip((self.off @ other.off) / size, 0.0, 1.0)) if size > 0 else 1.0

    def gain(
        self, segments: Segments, signal: int, moved: Floats, macros: float
    ) -> tuple[Floats, Floats]:
        """Gain, and macros from which on it is 1, for draws of what the log leaves open."""
        if segments.xx[signal] <= 0 or self.t_xx <= 0:
            return np.zeros(len(moved)), np.zeros(len(moved))
        chi = (moved[:, 1:] ** 2).sum(axis=1)
        a = np.interp(-chi, -self.q, self.a)  # Q falls as A grows
        beta = np.interp(a, self.a, self.beta) + moved[:, 0] * np.interp(a, self.a, self.error)
        told = np.maximum(beta, 0.0) ** 2 * self.t_xx
        users = macros / segments.rate
        with np.errstate(divide="ignore", invalid="ignore"):
            noise_y = segments.yy / (told + a)
            noise_x = segments.xx[signal] / self.t_xx
            missed = a / told  # 1 / R_x - 1 where there are very many users
            gain = noise_y / users / (missed + (1 + missed) * noise_x / users)
            until = np.maximum(noise_y - (1 + missed) * noise_x, 0.0) / missed * segments.rate
        return np.where(told > 0, gain, 0.0), np.where(told > 0, until, 0.0)


def _beyond_chance(means: Floats, variance: float, n: Floats) -> bool:
    """Whether means of groups of n differ (Cochran's Q), given the variance inside a group."""
    if not variance > 0:
        return False
    weight = n / variance
    off = means - np.average(means, weights=weight)
    return bool(stats.chi2.sf((weight * off**2).sum(), len(n) - 1) < SURE)


def _quantile(values: Floats, share: float) -> Floats:
    out: Floats = np.quantile(values, share, axis=0, method="higher")
    return out


@dataclass(frozen=True, eq=False)
class Slopes:
    """Calibration slopes by signal: the true value of a user of a segment, where 1 is booked."""

    slope: Floats
    low: Floats
    high: Floats

    @classmethod
    def of(cls, segments: Segments) -> "Slopes":
        """Slope of revenue on what is booked, over segments, without what chance puts into it."""
        q, x, r = segments.q, segments.x, segments.r
        off_x, off_r = x - q @ x, r - q @ r
        noise = (q * (1 - q) / segments.n).sum()
        t_xx = q @ off_x**2 - noise * segments.xx
        t_xr = q @ (off_x * off_r[:, None]) - noise * segments.xr
        free = len(segments.n) - 2
        told = [
            free >= 1 and _beyond_chance(x[:, k], segments.xx[k], segments.n)
            for k in range(x.shape[1])
        ]
        unknown = ~np.array(told) | (t_xx <= 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = np.where(unknown, np.nan, t_xr / t_xx)
            apart = off_r[:, None] - slope * off_x
            square = ((q[:, None] * off_x * apart) ** 2).sum(axis=0) / t_xx**2
        reach = float(stats.t.ppf(0.975, max(free, 1)))
        error = reach * np.sqrt(square * (free + 2) / max(free, 1))
        return cls(slope, slope - error, slope + error)
