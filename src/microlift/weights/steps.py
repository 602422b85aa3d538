"""The step limit: weights that move no further than allowed and still add up, if they can."""

from collections.abc import Sequence

import numpy as np


def limited(
    wanted: Sequence[float],
    before: Sequence[float],
    counts: Sequence[int],
    limit: float,
    highest: Sequence[float] = (),
) -> list[float]:
    r"""Weights within a limit of those before that book as nearly as they can what was wanted.

    .. math:: w_a = \mathrm{clip}(k \cdot wanted_a,\ (1 - limit)\, before_a,\
              (1 + limit)\, before_a), \qquad \sum_a w_a n_a \to \sum_a wanted_a n_a

    with one k for all, so that they keep their proportions where no limit binds. A weight that is
    to be zero leaves at once. One that was zero has no limit but the one of `highest`, and never
    rises above what was wanted to make up for others.

    Parameters
    ----------
    wanted, before
        Weights now and in the version before.
    counts
        Occurrences of each.
    limit
        Largest relative change.
    highest
        What a weight that was zero may be at most; without, whatever is wanted.

    Examples
    --------
    One wants to double and may rise to 1.2; the other makes up for it within its own limit:

    >>> limited([2.0, 1.0, 5.0], [1.0, 1.0, 0.0], [100, 100, 1], 0.2)
    [1.2, 1.2, 5.0]
    >>> limited([1.1, 1.0], [1.0, 1.0], [100, 100], 0.2)
    [1.1, 1.0]
    """
    want, was, n = np.asarray(wanted), np.asarray(before), np.asarray(counts, dtype=float)
    enters = was == 0
    ceiling = np.minimum(want, highest) if len(highest) else want
    low = np.where(enters | (want == 0), 0.0, max(0.0, 1 - limit) * was)
    high = np.where(enters, ceiling, np.where(want == 0, 0.0, (1 + limit) * was))
    if ((low <= want) & (want <= high)).all():
        return [float(weight) for weight in want]
    target = float(want @ n)

    def at(scale: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return np.clip(scale * want, low, high)

    # The total rises with the scale, in straight pieces between the scales at which a limit binds.
    bound = want > 0
    knots = np.unique(np.concatenate([low[bound] / want[bound], high[bound] / want[bound]]))
    totals = np.array([float(at(knot) @ n) for knot in knots])
    scale = float(np.interp(target, totals, knots))
    return [float(weight) for weight in at(scale)]
