"""How closely a metric goes with the macro, from visitor to visitor."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from microlift.journeys.shares import Floats

Ints = npt.NDArray[np.int64]
CONFIDENT = 1.959963984540054  # the normal quantile of 97.5 %


@dataclass(frozen=True)
class Relation:
    """A metric and the macro over visitors.

    Attributes
    ----------
    mean, sd
        Of the metric.
    phi, low, high
        Its correlation with the macro (of two shares: phi), with its 95 % interval.
    slope
        By how much the macro's rate is higher for one more of the metric; of an action, the macro
        rate of those who did it less that of the others.
    """

    mean: float
    sd: float
    phi: float
    low: float
    high: float
    slope: float


def relate(metric: Floats, macro: Ints, n: Ints) -> Relation:
    r"""Relate a metric to the macro, over cells of `n` visitors each.

    The interval is Fisher's, of artanh of the correlation r, with the error by the delta method:
    :math:`\sqrt{E[(xy - r (x^2 + y^2) / 2)^2] / N}` over standardised x and y, which needs neither
    to be normal. Not a number where metric or macro is the same for everybody.

    Examples
    --------
    Of 100 visitors, 20 did it; 10 of these and 8 of the others reached the macro:

    >>> found = relate(np.array([1.0, 1, 0, 0]), np.array([1, 0, 1, 0]), np.array([10, 10, 8, 72]))
    >>> round(found.phi, 3), round(found.slope, 2)
    (0.416, 0.4)
    """
    total = int(n.sum())
    mean, rate = float(metric @ n) / total, float(macro @ n) / total
    sd = math.sqrt(max(0.0, float((metric - mean) ** 2 @ n) / total))
    macro_sd = math.sqrt(rate * (1 - rate))
    if sd * macro_sd == 0:
        return Relation(mean, sd, *(math.nan,) * 4)
    x, y = (metric - mean) / sd, (macro - rate) / macro_sd
    phi = float(np.clip((x * y) @ n / total, -1.0, 1.0))
    slope = phi * macro_sd / sd
    if abs(phi) > 1 - 1e-9:
        return Relation(mean, sd, phi, phi, phi, slope)
    error = math.sqrt(float((x * y - phi / 2 * (x**2 + y**2)) ** 2 @ n) / total / total)
    half = CONFIDENT * error / (1 - phi**2)
    ends = (math.tanh(math.atanh(phi) - half), math.tanh(math.atanh(phi) + half))
    return Relation(mean, sd, phi, *ends, slope)
