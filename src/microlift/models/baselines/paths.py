"""Moves from action to action, where one event may stand for several actions."""

from itertools import pairwise

import numpy as np

from microlift.models.baselines.counts import MACRO, NULL, START, Counts, Floats


def transitions(counts: Counts) -> Floats:
    """Moves between start, actions, macro and null, over all users.

    An event that stands for several actions is one occurrence of each, in the plan's order.

    Returns
    -------
    Array of (1 + actions) times (1 + actions + 2): from the start or an action, to the start
    (never), an action, the macro, or null (the path ends).

    Examples
    --------
    >>> from microlift.models.baselines.example import example
    >>> transitions(example())
    array([[0., 1., 2., 0., 1.],
           [0., 0., 0., 2., 0.],
           [0., 1., 0., 0., 1.]])
    """
    actions = counts.actions
    table = np.zeros((actions + 1, actions + 3))
    ends = {MACRO: actions + 1, NULL: actions + 2}
    for before, after, n in counts.moves[["before", "after", "n"]].itertuples(index=False):
        origin = 0 if before == START else 1 + _members(before)[-1]
        if after in ends:
            table[origin, ends[after]] += n
            continue
        places = [origin, *(1 + member for member in _members(after))]
        for one, two in pairwise(places):
            table[one, two] += n
    return table


def _members(mask: int) -> list[int]:
    """Positions of the actions of a bit mask, in the plan's order."""
    return [bit for bit in range(int(mask).bit_length()) if mask >> bit & 1]
