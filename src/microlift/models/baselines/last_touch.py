"""Last touch: the last action before the macro takes all of it."""

import numpy as np

from microlift.models.baselines.baseline import Baseline, Findings, result
from microlift.models.baselines.counts import Counts
from microlift.models.baselines.paths import transitions

NAME = "last touch"


def last_touch(counts: Counts) -> Baseline:
    r"""Book each macro to the last action before it, however long ago.

    .. math:: credit_a = L_a / D_a

    with L_a users whose last action before the macro was a and D_a users who did it at all. It
    assumes that what came last did it. So a mandatory last step takes everything, what opens a
    journey nothing, and what lowers the chance of a macro is never seen to.

    Examples
    --------
    Both macros come right after the cart:

    >>> from microlift.models.baselines.example import example
    >>> last_touch(example()).frame["credit"].tolist()
    [1.0, 0.0]
    """
    moves = transitions(counts)[:, -2]
    credit = np.full(counts.actions, np.nan)
    np.divide(moves[1:], counts.did, out=credit, where=counts.did > 0)
    note = (
        f"The last action before a macro takes all of it; {int(moves[0]):,} of {counts.macros:,} "
        "macros have no action before them and are booked to none."
    )
    return result(NAME, counts, Findings(credit, note))
