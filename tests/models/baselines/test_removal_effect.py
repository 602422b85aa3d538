"""Removal effects against walks: powers of the matrix, and a long simulation."""

import numpy as np
import pytest

from microlift.models.baselines.removal_effect import removal_effects


def _moves(seed: int, actions: int = 5) -> np.ndarray:
    """Counts of moves in which actions often follow each other, and themselves."""
    rng = np.random.default_rng(seed)
    moves = rng.integers(1, 60, (actions + 1, actions + 3)).astype(float)
    moves[:, 0] = 0
    moves[:, -2] = rng.integers(1, 4, actions + 1)
    return moves


def _reaches_macro(moves: np.ndarray, without: int | None, steps: int = 5_000) -> float:
    """Chance of the macro by following the chain step after step."""
    chances = moves / moves.sum(axis=1, keepdims=True)
    place, macro = np.eye(len(moves))[0], 0.0
    for _ in range(steps):
        if without is not None:
            place[1 + without] = 0.0  # what enters it is lost
        moved = place @ chances
        macro += moved[-2]
        place = moved[:-2]
    return float(macro)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_closed_form_is_what_following_the_chain_gives(seed: int) -> None:
    moves = _moves(seed)
    whole = _reaches_macro(moves, None)
    slow = [1 - _reaches_macro(moves, action) / whole for action in range(5)]
    assert removal_effects(moves) == pytest.approx(slow, rel=1e-9)


def test_the_closed_form_is_what_simulated_walks_give_and_a_cut_at_8_steps_is_not() -> None:
    moves = _moves(4)
    chances = (moves / moves.sum(axis=1, keepdims=True)).cumsum(axis=1)
    rng = np.random.default_rng(5)
    walks = 40_000
    place, passed = np.zeros(walks, int), np.zeros((walks, 6), bool)
    early = None
    for step in range(2_000):
        inside = np.flatnonzero(place < 6)
        if step == 8:
            early = place.copy()
        if not len(inside):
            break
        place[inside] = (rng.random(len(inside))[:, None] > chances[place[inside]]).sum(axis=1)
        going = inside[place[inside] < 6]
        passed[going, place[going]] = True
    won, cut = place == 6, early == 6
    own = removal_effects(moves)
    error = np.sqrt(own * (1 - own) / won.sum())
    # What is lost without an action are the macros whose walk passes it.
    assert (np.abs(passed[won, 1:].mean(axis=0) - own) < 4 * error).all()
    assert cut.sum() < 0.8 * won.sum()


def test_moves_from_an_action_to_itself_change_nothing() -> None:
    moves = _moves(6)
    looped = moves.copy()
    looped[range(1, 6), range(1, 6)] += 1_000
    assert removal_effects(looped) == pytest.approx(removal_effects(moves), rel=1e-9)


def test_an_action_that_nobody_comes_to_has_no_effect_and_a_gate_has_all() -> None:
    #               start  a  b  c  macro null
    moves = np.array(
        [[0, 8, 0, 0, 0, 2], [0, 0, 4, 0, 0, 4], [0, 0, 0, 0, 3, 1], [0, 0, 0, 0, 0, 0]], float
    )
    effects = removal_effects(moves)
    assert effects[:2] == pytest.approx([1, 1])
    assert np.isnan(effects[2])


def test_without_macros_nothing_can_be_lost() -> None:
    assert np.isnan(removal_effects(np.array([[0.0, 1, 0, 1], [0, 0, 0, 1]]))).all()
