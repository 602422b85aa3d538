"""The usual recipe: order value x P(macro | action)."""

import numpy as np

from microlift.models.association import association
from microlift.models.baselines.baseline import Baseline, Findings, result
from microlift.models.baselines.counts import Counts

NAME = "order value x P(macro | action)"
NOTE = (
    "The share of doers who have a macro; as ratio, that share against the others' share. Whoever "
    "does anything is likelier to have a macro, and each macro is booked once for every action "
    "that came before it."
)


def recipe(counts: Counts) -> Baseline:
    r"""Book for an action the share of its doers who go on to the macro.

    .. math:: credit_a = P(macro \mid a) = W_a / D_a, \qquad
              effect_a = P(macro \mid a) / P(macro \mid \text{not } a)

    with D_a users who did a before a macro and W_a those of them who had one. It assumes that
    nobody would have had the macro without the action. So it never falls below 0, an action that
    drives buyers away earns like any other, and sums exceed the macros where users do several
    actions: with cart, checkout and payment threefold.

    References
    ----------
    Interval of the ratio: Katz et al. (1978), doi:10.2307/2530610.

    Examples
    --------
    Both users with a cart buy, one of two users with a video does:

    >>> from microlift.models.baselines.example import example
    >>> recipe(example()).frame["credit"].tolist()
    [1.0, 0.5]
    """
    seen = [association(counts.moments, action) for action in range(counts.actions)]
    alone = " The log holds planned events alone, so that many others are in it only with a macro."
    found = Findings(
        counts.share,
        NOTE + alone * counts.planned_alone,
        effect=np.array([a.ratio for a in seen]),
        low=np.array([a.low for a in seen]),
        high=np.array([a.high for a in seen]),
    )
    return result(NAME, counts, found)
