"""Shapley values of the actions, with their sign."""

from collections.abc import Callable
from itertools import pairwise
from math import factorial

import numpy as np

from microlift.models.baselines.baseline import Baseline, Findings, result
from microlift.models.baselines.counts import LEFT_OUT, Counts, Floats, Ints

NAME = "Shapley value"
EXACT = 12  # actions; more are sampled
ORDERS = 2_000  # permutations, half of them the others reversed
SEED = 20_260
NOTE = (
    "What an action adds to the share of users with a macro, on average over all orders in which "
    "actions may join; the value of a set is that share among users who did nothing outside it. "
    "Not cut off at 0; no ratio."
)


def shapley_value(counts: Counts) -> Baseline:
    r"""Book for each action its Shapley value in the game of sets of actions.

    .. math:: \phi_a = \sum_{S \not\ni a} \frac{|S|! (k - |S| - 1)!}{k!}
              \bigl(v(S \cup a) - v(S)\bigr), \qquad credit_a = \phi_a N / D_a

    with v(S) the share of macros among the users who did *at most* the actions S before the macro,
    among N users, D_a of whom did a. At most and not exactly, because few users do exactly a
    large set, so that its share would be noise; because it is known for every set; and because
    v(all) is then the share among all users, so that the credits times D sum to the macros beyond
    those to be had if everybody were like the users who do nothing (efficiency). Where the log
    holds planned events alone, nobody in it does nothing but those whose only event is the macro:
    they are left out, and v(nothing) is 0. Values are exact
    up to 12 actions, sampled over 2,000 fixed orders above. They keep their sign: cut off at 0,
    as libraries do, no action could lower.

    It assumes that users who do more differ from those who do less by what they do alone. Those
    who want to buy do more of everything, so that what they want is shared out over all actions,
    those without effect included.

    References
    ----------
    Shapley (1953), doi:10.1515/9781400881970-018; Castro, Gomez and Tejada (2009),
    doi:10.1016/j.cor.2008.04.004; Zhao, Mahboobi and Bagheri (2018),
    doi:10.48550/arXiv.1804.05327.

    Examples
    --------
    v is 0 of 1 for nothing, 1 of 2 with the cart, 0 of 2 with the video, 2 of 4 with both. The
    cart adds 1/2 first and 1/2 after the video, the video 0 in either place; 1/2 x 4 / 2 = 1:

    >>> from microlift.models.baselines.example import example
    >>> shapley_value(example()).frame["credit"].tolist()
    [1.0, 0.0]
    """
    doers = counts.moments.doers
    if counts.planned_alone:
        doers = doers[doers["ever"] != 0]
    players = np.flatnonzero(counts.did > 0)
    ever = doers["ever"].to_numpy(dtype=np.int64)
    packed = np.zeros_like(ever)
    for place, action in enumerate(players):
        packed |= (ever >> action & 1) << place
    users = doers["users"].to_numpy(dtype=np.int64)
    game = Game(packed, users, users * doers["converted"].to_numpy(dtype=np.int64), len(players))
    values = exact(game) if len(players) <= EXACT else sampled(game, ORDERS)
    credit = np.full(counts.actions, np.nan)
    credit[players] = values * users.sum() / counts.did[players]
    note = NOTE if len(players) <= EXACT else f"{NOTE} Averaged over {ORDERS:,} fixed orders."
    if counts.planned_alone:
        note = f"{note} {LEFT_OUT}"
    return result(NAME, counts, Findings(credit, note))


class Game:
    """Value of each set of actions: macros per user among those who did nothing outside it.

    A set that no user stays inside (as nothing at all, in a log of planned events) is worth 0.

    Examples
    --------
    >>> game = Game(np.array([0, 1]), np.array([2, 2]), np.array([0, 1]), 1)
    >>> game.value(0), game.value(1)
    (0.0, 0.25)
    """

    def __init__(self, ever: Ints, users: Ints, macros: Ints, players: int) -> None:
        self.ever, self.users, self.macros, self.players = ever, users, macros, players
        self._known: dict[int, float] = {}

    def value(self, members: int) -> float:
        """Value of a set, as a bit mask."""
        if members not in self._known:
            inside = (self.ever & ~members) == 0
            users = int(self.users[inside].sum())
            won = int(self.macros[inside].sum())
            self._known[members] = won / users if users else 0.0
        return self._known[members]

    def values(self) -> Floats:
        """Values of all sets, by bit mask: sums over subsets, one player at a time."""
        sums = np.zeros((2, 1 << self.players))
        np.add.at(sums[0], self.ever, self.users)
        np.add.at(sums[1], self.ever, self.macros)
        for player in range(self.players):
            halves = sums.reshape(2, -1, 2, 1 << player)
            halves[:, :, 1] += halves[:, :, 0]
        shares = np.zeros(sums.shape[1])
        np.divide(sums[1], sums[0], out=shares, where=sums[0] > 0)
        return shares


def exact(game: Game) -> Floats:
    """Shapley values over all sets."""
    k, values = game.players, game.values()
    sets = np.arange(len(values))
    size = np.bitwise_count(sets)
    share = np.array([factorial(s) * factorial(k - s - 1) / factorial(k) for s in range(k)])
    out = np.zeros(k)
    for player in range(k):
        without = sets[(sets >> player & 1) == 0]
        gains = values[without | 1 << player] - values[without]
        out[player] = share[size[without]] @ gains
    return out


def sampled(game: Game, orders: int) -> Floats:
    """Shapley values over fixed random orders, each also backwards."""
    return over_orders(game, np.random.default_rng(SEED).permutation, orders)


def over_orders(game: Game, permutation: Callable[[int], Ints], orders: int) -> Floats:
    """Mean over orders of what each player adds to those before it."""
    total = np.zeros(game.players)
    for _ in range(orders // 2):
        order = permutation(game.players)
        for way in (order, order[::-1]):
            sets = np.concatenate([[0], np.cumsum(1 << way)])
            gains = [game.value(int(two)) - game.value(int(one)) for one, two in pairwise(sets)]
            total[way] += gains
    return total / (orders // 2 * 2)
