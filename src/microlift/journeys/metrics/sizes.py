"""How many visitors a test needs: two arms, a two-sided test at 5 %."""

import math

from scipy import optimize, stats

LEVEL = 0.05


def visitors_for_shares(rate: float, moved: float, power: float, share: float) -> float:
    r"""Visitors of both arms together for a test that tells two shares apart.

    With p the share in the control arm, p' that in the changed one, f the part of the visitors
    who get the change, and the pooled share :math:`m = (1 - f) p + f p'`,

    .. math:: N = \Bigl(z_{1-\alpha/2} \sqrt{m (1 - m) / (f (1 - f))}
        + z_{power} \sqrt{p (1 - p) / (1 - f) + p' (1 - p') / f}\Bigr)^2 / (p' - p)^2

    Not a number where a share would not lie between 0 and 1.

    References
    ----------
    Fleiss, Levin and Paik (2003), chapter 4, doi:10.1002/0471445428; without a correction for
    continuity.

    Examples
    --------
    What ``power.prop.test(p1 = .50, p2 = .75, power = .90)`` of R says, twice 76.7:

    >>> round(visitors_for_shares(0.50, 0.75, 0.9, 0.5) / 2, 1)
    76.7
    """
    if not (0 < rate < 1 and 0 < moved < 1) or rate == moved:
        return math.nan
    middle = (1 - share) * rate + share * moved
    if_equal = math.sqrt(middle * (1 - middle) / (share * (1 - share)))
    if_moved = math.sqrt(rate * (1 - rate) / (1 - share) + moved * (1 - moved) / share)
    return ((_z(1 - LEVEL / 2) * if_equal + _z(power) * if_moved) / (moved - rate)) ** 2


def visitors_for_means(by: float, sd: float, power: float, share: float) -> float:
    r"""Visitors of both arms together for a test that tells two means apart.

    :math:`N = (z_{1-\alpha/2} + z_{power})^2 \sigma^2 / (f (1 - f) \delta^2)`, with one standard
    deviation in both arms.

    Examples
    --------
    Two arms of 63 tell half a standard deviation with a power of 80 % (Cohen 1988):

    >>> round(visitors_for_means(0.5, 1.0, 0.8, 0.5) / 2)
    63
    """
    if not (by and sd > 0 and math.isfinite(by)):
        return math.nan
    return (_z(1 - LEVEL / 2) + _z(power)) ** 2 * sd**2 / (share * (1 - share) * by**2)


def told_by(visitors: float, rate: float, power: float, share: float) -> float:
    """Return the smallest relative rise of a share that so many visitors of both arms tell.

    Not a number where they tell none, not even that everybody does it.

    Examples
    --------
    >>> rise = told_by(2 * 76.65, 0.50, 0.9, 0.5)
    >>> round(rise, 3)
    0.5
    """

    def lacking(rise: float) -> float:
        return visitors_for_shares(rate, rate * (1 + rise), power, share) - visitors

    most = (1 / rate - 1) * (1 - 1e-9)
    if not lacking(most) < 0:
        return math.nan
    return float(optimize.brentq(lacking, 1e-6 * most, most))


def _z(share: float) -> float:
    return float(stats.norm.ppf(share))
