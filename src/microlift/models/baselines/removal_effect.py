"""Removal effects of an absorbing Markov chain of actions, solved and not simulated."""

import numpy as np

from microlift.models.baselines.baseline import Baseline, Findings, result
from microlift.models.baselines.counts import Counts, Floats
from microlift.models.baselines.paths import transitions

NAME = "removal effect"
NOTE = (
    "Share of the macros lost if every path through the action ended there, scaled to all macros "
    "(Markov chain of order 1). No ratio: a removal effect grows with how many users do the action "
    "and is never below 0."
)


def removal_effect(counts: Counts) -> Baseline:
    r"""Book macros in proportion to the removal effects of a Markov chain of order 1.

    States are the start, the actions, the macro and null (a path that ends). With Q the chances to
    move between start and actions, and r those to move to the macro, the chance of the macro from
    each of them is :math:`h = (I - Q)^{-1} r`. Removing an action sends what enters it to null:

    .. math:: RE_a = 1 - \frac{h_{start}^{(-a)}}{h_{start}}
                   = \frac{f_a h_a}{h_{start}}, \qquad
              credit_a = \frac{RE_a}{\sum_b RE_b} \frac{M}{D_a}

    where f_a is the chance of ever coming to a: one fundamental matrix gives all of them, paths of
    every length included. Libraries simulate walks instead and cut them at the longest path seen,
    or drop moves from an action to itself; here such moves change nothing.

    The right-hand form says what it is: the share of macros whose path passes a (as the chain has
    it), no matter whether a changed anything. It assumes that where a user goes next hangs on the
    last action alone, and that whoever would have done a does nothing at all without it. So what
    everybody does first earns most, an action that lowers the chance of the macro earns like
    others, and adding an action without effect to the plan takes credit from the rest.

    References
    ----------
    Anderl, Becker, von Wangenheim and Schumann (2016), doi:10.1016/j.ijresmar.2016.03.001.

    Examples
    --------
    Of four users two go to the video, one to the cart, one nowhere; one goes from video to cart,
    one from video nowhere; both go from the cart to the macro. So h is 1 at the cart, 1/2 at the
    video, and 1/2 x 1/2 + 1/4 = 1/2 at the start. Without the cart no macro is left: RE = 1.
    Without the video 1/4 is left: RE = 1/2. Two macros, shared 2 to 1 among two doers each:

    >>> from microlift.models.baselines.example import example
    >>> removal_effect(example()).frame["credit"].round(4).tolist()
    [0.6667, 0.3333]
    """
    effects = removal_effects(transitions(counts))
    known = np.isfinite(effects) & (counts.did > 0)
    total = effects[known].sum()
    credit = np.full(counts.actions, np.nan)
    if total > 0:
        credit[known] = effects[known] / total * counts.macros / counts.did[known]
    return result(NAME, counts, Findings(credit, NOTE))


def removal_effects(moves: Floats) -> Floats:
    """Removal effect of each action from counts of moves; nan for actions that nobody comes to.

    Parameters
    ----------
    moves
        From the start and each action (rows) to the start, each action, the macro and null.

    Examples
    --------
    >>> moves = np.array([[0, 1, 2, 0, 1], [0, 0, 0, 2, 0], [0, 1, 0, 0, 1]])
    >>> removal_effects(moves.astype(float))
    array([1. , 0.5])
    """
    effects = np.full(len(moves) - 1, np.nan)
    left = moves.sum(axis=1)
    seen = np.flatnonzero(left > 0)
    if not len(seen) or seen[0] != 0 or moves[:, -2].sum() == 0:
        return effects
    chances = moves[seen] / left[seen, None]
    inside = chances[:, seen]
    # Every path of a log ends, so no set of states is closed and the matrix has an inverse.
    visits = np.linalg.inv(np.eye(len(seen)) - inside)
    macro = visits @ chances[:, -2]
    comes = visits[0] / np.diag(visits)
    effects[seen[1:] - 1] = (comes * macro / macro[0])[1:]
    return effects
