"""Equal weights: the same for every action."""

import numpy as np

from microlift.models.baselines.baseline import Baseline, Findings, result
from microlift.models.baselines.counts import Counts

NAME = "equal weights"


def equal_weights(counts: Counts) -> Baseline:
    r"""Book the same for each first occurrence of any action, all macros in sum.

    .. math:: credit_a = M \Big/ \sum_b D_b

    with M users who had a macro and D_b users who did b before it. It assumes that a page view and
    a checkout are worth the same: the commonest action takes most of the value.

    Examples
    --------
    Four users, two macros; two users did the one action, two the other:

    >>> from microlift.models.baselines.example import example
    >>> equal_weights(example()).frame["credit"].tolist()
    [0.5, 0.5]
    """
    total = int(counts.did.sum())
    credit = np.full(counts.actions, counts.macros / total if total else np.nan)
    return result(NAME, counts, Findings(credit, "Each first occurrence is worth the same."))
