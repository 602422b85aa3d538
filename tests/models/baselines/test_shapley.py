"""Shapley values against their definition: every order in which actions may join."""

from itertools import pairwise, permutations

import numpy as np
import pytest

from microlift.models.baselines.shapley import Game, exact, sampled


def _game(seed: int, players: int, empty: bool = False) -> Game:
    rng = np.random.default_rng(seed)
    ever = rng.integers(1 if empty else 0, 1 << players, 60)
    users = rng.integers(1, 50, 60)
    return Game(ever, users, rng.binomial(users, 0.3), players)


def _by_hand(game: Game) -> np.ndarray:
    """What each player adds, by sums over users in every order."""

    def value(members: set[int]) -> float:
        inside = [all(not e >> p & 1 or p in members for p in range(9)) for e in game.ever]
        users = game.users[inside].sum()
        return game.macros[inside].sum() / users if users else 0.0

    total, orders = np.zeros(game.players), list(permutations(range(game.players)))
    for order in orders:
        sets = [set(order[:k]) for k in range(game.players + 1)]
        for player, (one, two) in zip(order, pairwise(sets), strict=True):
            total[player] += value(two) - value(one)
    return total / len(orders)


@pytest.mark.parametrize(("seed", "players", "empty"), [(1, 1, False), (2, 4, False), (3, 4, True)])
def test_values_are_those_of_all_orders(seed: int, players: int, empty: bool) -> None:
    game = _game(seed, players, empty)
    assert exact(game) == pytest.approx(_by_hand(game), abs=1e-12)


@pytest.mark.parametrize("players", [3, 7, 12])
def test_values_sum_to_that_of_all_less_that_of_nothing(players: int) -> None:
    game = _game(5, players)
    whole = game.value((1 << players) - 1) - game.value(0)
    assert exact(game).sum() == pytest.approx(whole, abs=1e-12)
    assert sampled(game, 20).sum() == pytest.approx(whole, abs=1e-12)


def test_sampled_orders_come_near_and_are_the_same_every_time() -> None:
    game = _game(6, 8)
    near = sampled(game, 2_000)
    assert near == pytest.approx(exact(game), abs=0.01)
    assert np.abs(exact(game)).max() > 0.05
    assert (near == sampled(_game(6, 8), 2_000)).all()


def test_an_action_whose_doers_buy_less_has_a_negative_value() -> None:
    # 3 of 4 buy without it, 4 of 8 in all.
    game = Game(np.array([0, 1]), np.array([4, 4]), np.array([3, 1]), 1)
    assert exact(game).tolist() == [-0.25]
