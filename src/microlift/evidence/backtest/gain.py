r"""The signal gain: how many macros' worth of precision a signal carries.

Users of a segment bring x (booked) and y (a macro or none). Over the segments the true means are
mu and theta, with covariance T; within a segment users have the covariance W. Counted over n users,
either signal is an estimate of theta, once it is set on its scale (a line: mu = a + b theta + bias):

.. math::
    error_y = W_{yy} / n, \qquad
    error_x = \frac{W_{xx} / n + T_{xx} - T_{xy}^2 / T_{yy}}{b^2}, \quad b = T_{xy} / T_{yy}

The second term of the numerator is the bias: what the signal says of a segment and is not true of
it. The gain is their ratio at the n that brings, on average, so many macros. A signal that is the
same for all segments has b = 0 and no gain, however little it varies: what is measured is how well
segments are told apart. In the words of reliability: so many times the macros would be as reliable.
T and W come from sums over users, T less what chance alone puts into it, so that nothing has to be
split in halves; users of the same segment never stand on both sides of a product.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from microlift.evidence.backtest.arrivals import Arrivals
from microlift.evidence.backtest.signals import Signal
from microlift.moments.space import BUCKETS

Floats = npt.NDArray[np.float64]
DRAWS = 4_000
SURE = 2.0  # standard errors that the segments have to differ by


@dataclass(frozen=True, eq=False)
class Spread:
    """Sums over the users, and what follows from them; each array ends in (.., signals).

    A leading axis holds variants: all users, or all but one bucket.

    Attributes
    ----------
    t_xx, t_xy, t_xr
        Covariance over segments of the true means: booked with itself, with macros, with revenue.
    t_yy, w_yy
        The same for macros, and their variance between users of a segment (no signals).
    w_xx
        Variance of what is booked between users of a segment.
    mean_x, mean_y
        Booked, and macros, for a user.
    """

    t_xx: Floats
    t_xy: Floats
    t_xr: Floats
    t_yy: Floats
    w_yy: Floats
    w_xx: Floats
    mean_x: Floats
    mean_y: Floats


@dataclass(frozen=True, eq=False)
class Sums:
    """Sums by bucket and segment: users, macros, revenue, and of each signal x, x^2, xy, xr."""

    n: Floats
    y: Floats
    r: Floats
    x: Floats
    xx: Floats
    xy: Floats
    xr: Floats

    @classmethod
    def of(cls, arrivals: Arrivals, signals: tuple[Signal, ...]) -> "Sums":
        """Add up the cells."""
        segments = int(arrivals.segment.max(initial=0)) + 1
        place = arrivals.bucket * segments + arrivals.segment
        n, y, r = arrivals.n.astype(float), (arrivals.n * arrivals.macro), arrivals.value

        def add(values: Floats) -> Floats:
            sums = np.bincount(place, weights=values, minlength=BUCKETS * segments)
            return sums.reshape(BUCKETS, segments)

        booked = [signal.of(arrivals) for signal in signals]
        parts = [
            np.stack([add(weight * value**power) for value in booked], axis=-1)
            for weight, power in ((n, 1), (n, 2), (y, 1), (r, 1))
        ]
        return cls(add(n), add(y), add(r), *parts)

    def without_each(self) -> "Sums":
        """All users, then all but those of each bucket in turn: variants times segments."""
        names = ("n", "y", "r", "x", "xx", "xy", "xr")
        every = {name: getattr(self, name) for name in names}
        total = {name: value.sum(axis=0, keepdims=True) for name, value in every.items()}
        return Sums(**{k: np.concatenate([total[k], total[k] - every[k]]) for k in names})


def spread_of(sums: Sums, macros: float) -> Spread:
    """Covariances over segments and within them.

    Segments count by how much is known of them: equally where they have many more users than it
    takes for `macros` macros, and in proportion to their users where they have far fewer.
    """
    n, y = sums.n, sums.y
    rate = y.sum(axis=1, keepdims=True) / n.sum(axis=1, keepdims=True)
    usual = macros / np.maximum(rate, 1e-12)
    weight = np.where(n >= 2, n / (n + usual), 0.0)
    q = weight / np.maximum(weight.sum(axis=1, keepdims=True), 1e-300)
    users = np.maximum(n, 2.0)
    noise = q * (1 - q) / users  # of the variance between users, what chance puts into T
    bessel = users / (users - 1)

    mean_y, mean_r, mean_x = y / users, sums.r / users, sums.x / users[..., None]
    own_yy = bessel * (mean_y - mean_y**2)
    own_xx = bessel[..., None] * (sums.xx / users[..., None] - mean_x**2)
    own_xy = bessel[..., None] * (sums.xy / users[..., None] - mean_x * mean_y[..., None])
    own_xr = bessel[..., None] * (sums.xr / users[..., None] - mean_x * mean_r[..., None])

    def average(values: Floats) -> Floats:
        out: Floats = np.einsum("vs,vs...->v...", q, values)
        return out

    def between(one: Floats, two: Floats, own: Floats) -> Floats:
        product = average(one * two) - average(one) * average(two)
        out: Floats = product - np.einsum("vs,vs...->v...", noise, own)
        return out

    wide_y, wide_r = (np.broadcast_to(m[..., None], mean_x.shape) for m in (mean_y, mean_r))
    return Spread(
        t_xx=between(mean_x, mean_x, own_xx),
        t_xy=between(mean_x, wide_y, own_xy),
        t_xr=between(mean_x, wide_r, own_xr),
        t_yy=between(mean_y, mean_y, own_yy),
        w_yy=average(own_yy),
        w_xx=average(own_xx),
        mean_x=average(mean_x),
        mean_y=average(mean_y),
    )


def gain_of(spread: Spread, macros: float) -> Floats:
    """Signal gain of each signal where segments bring so many macros; see above."""
    users = macros / spread.mean_y[:, None]
    t_yy, w_yy = spread.t_yy[:, None], spread.w_yy[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        b = np.maximum(spread.t_xy, 0.0) / t_yy
        bias = np.maximum(spread.t_xx - spread.t_xy**2 / t_yy, 0.0)
        gain = b**2 * w_yy / (spread.w_xx + users * bias)
        known = (t_yy > 0) & (spread.w_xx > 0)
        return np.where(known, gain, np.where(spread.w_xx > 0, np.nan, 0.0))


def as_good_from(spread: Spread) -> Floats:
    """Macros of a segment from which on counting them is as good; infinite where never."""
    t_yy, w_yy = spread.t_yy[:, None], spread.w_yy[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        b = np.maximum(spread.t_xy, 0.0) / t_yy
        bias = np.maximum(spread.t_xx - spread.t_xy**2 / t_yy, 0.0)
        users = np.maximum(b**2 * w_yy - spread.w_xx, 0.0) / bias
        found = np.where(bias > 0, users * spread.mean_y[:, None], np.inf)
        return np.where((t_yy > 0) & (spread.w_xx > 0), found, np.nan)


def unbiased_gain(spread: Spread) -> Floats:
    """What the gain would be if every signal said of each segment what is true of it."""
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = spread.mean_y[:, None] / spread.mean_x
        return np.where(spread.w_xx > 0, spread.w_yy[:, None] / (scale**2 * spread.w_xx), np.nan)


def draws_of(spread: Spread) -> Spread:
    """Spreads as they might have come out with other users, from those without each bucket.

    T and W move by a normal weight on what each bucket moves them (a multiplier bootstrap of the
    jackknife), the same weights for all signals, so that their gains may be compared.
    """
    weights = np.random.default_rng(0).standard_normal((DRAWS, BUCKETS))
    weights *= np.sqrt((BUCKETS - 1) / BUCKETS)

    def draw(values: Floats) -> Floats:
        rest = values[1:]
        out: Floats = values[:1] + np.tensordot(weights, rest - rest.mean(axis=0), axes=1)
        return out

    return Spread(**{name: draw(value) for name, value in vars(spread).items()})


def differ(spread: Spread) -> float:
    """By how many standard errors the segments differ in true value."""
    rest = spread.t_yy[1:]
    error = float(np.sqrt((BUCKETS - 1) / BUCKETS * ((rest - rest.mean()) ** 2).sum()))
    return float(spread.t_yy[0]) / error if error > 0 else 0.0


def interval(values: Floats) -> tuple[Floats, Floats]:
    """95 % interval over draws; what cannot be told in a draw may be anything."""
    unknown = np.isnan(values)
    low = np.quantile(np.where(unknown, 0.0, values), 0.025, axis=0, method="lower")
    high = np.quantile(np.where(unknown, np.inf, values), 0.975, axis=0, method="higher")
    return low, high
