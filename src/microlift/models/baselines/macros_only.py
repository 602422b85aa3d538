"""Macros only: nothing is booked for an action."""

import numpy as np

from microlift.models.baselines.baseline import Baseline, Findings, result
from microlift.models.baselines.counts import Counts

NAME = "macros only"


def macros_only(counts: Counts) -> Baseline:
    """Book a credit of 0 for every action, and each macro where it happens.

    What a bidder does who counts orders alone. It assumes nothing, and is wrong about no action;
    but with a handful of macros a month a segment's sum says next to nothing.

    Examples
    --------
    >>> from microlift.models.baselines.example import example
    >>> macros_only(example()).frame["credit"].tolist()
    [0.0, 0.0]
    """
    credit = np.zeros(counts.actions)
    return result(NAME, counts, Findings(credit, "Each macro counts where it happens."))
