"""Arms of an experiment: right where the naive comparison is wrong, and honest where it is weak."""

import math

import numpy as np
import numpy.typing as npt
import pytest

from microlift.evidence.experiments.wald import Arms, Estimate

TRUE_RATIO = 2.0
TRUE_DIFFERENCE = 0.3 * 0.30 + 0.7 * 0.06  # of those moved: the ratio is 2, so what is added
RUNS = 300
Flags = npt.NDArray[np.bool_]


def _draw(seed: int, users: int, push: float) -> tuple[Arms, Flags, Flags]:
    """Eager users, whom no log shows, act and buy more; the assignment moves a share `push`."""
    rng = np.random.default_rng(seed)
    assigned, eager, mood = rng.integers(0, 2, users), rng.random(users) < 0.3, rng.random(users)
    anyway = np.where(eager, 0.6, 0.1)
    did = (mood < anyway) | ((mood < anyway + push) & (assigned == 1))
    chance = np.where(eager, 0.30, 0.06) * np.where(did, TRUE_RATIO, 1.0)
    macro = rng.random(users) < chance
    return Arms.of(assigned, did.astype(np.int64), macro.astype(np.int64)), did, macro


def _covers(found: Estimate, truth: float) -> bool:
    return found.low <= truth <= found.high


def test_with_a_hidden_trait_the_naive_ratio_is_wrong_and_that_of_the_moved_is_right() -> None:
    naive, ratio, difference, found = [], 0, 0, []
    for seed in range(RUNS):
        arms, did, macro = _draw(seed, 6_000, 0.25)
        naive.append(macro[did].mean() / macro[~did].mean())
        found.append(arms.compliers_ratio().value)
        ratio += _covers(arms.compliers_ratio(), TRUE_RATIO)
        difference += _covers(arms.compliers_difference(), TRUE_DIFFERENCE)
        assert arms.strength() > 10
    assert min(naive) > 1.5 * TRUE_RATIO, "the naive figure is meant to be wrong"
    assert np.median(found) == pytest.approx(TRUE_RATIO, rel=0.05)
    assert 0.92 <= ratio / RUNS <= 0.98
    assert 0.92 <= difference / RUNS <= 0.98


def test_a_weak_assignment_has_a_low_f_and_an_interval_that_still_covers() -> None:
    ratio, unbounded, weak, usual = 0, 0, 0, 0
    for seed in range(RUNS):
        arms, _, _ = _draw(seed, 4_000, 0.02)
        found = arms.compliers_ratio()
        weak += arms.strength() < 10
        unbounded += not found.bounded
        ratio += _covers(found, TRUE_RATIO)
        usual += abs(found.value - TRUE_RATIO) > 0.5 * TRUE_RATIO
    assert weak > 0.9 * RUNS
    assert unbounded > 0.9 * RUNS
    assert usual > 0.3 * RUNS, "the estimate alone is meant to be of little use here"
    assert ratio / RUNS >= 0.93


def test_an_assignment_that_moves_nobody_bounds_nothing() -> None:
    arms = Arms(np.array([[[500, 20], [80, 20]], [[500, 20], [80, 20]]]))
    assert arms.strength() == 0
    assert arms.compliers_ratio().low == 0
    assert arms.compliers_ratio().high == math.inf
    assert not arms.compliers_difference().bounded


def test_where_everybody_complies_the_ratio_of_the_moved_is_that_of_the_arms() -> None:
    arms = Arms(np.array([[[900, 100], [0, 0]], [[0, 0], [850, 150]]]))
    moved, plain = arms.compliers_ratio(), arms.plain_ratio()
    assert moved.value == pytest.approx(plain.value) == pytest.approx(1.5)
    assert moved.low == pytest.approx(plain.low, rel=0.02)
    assert moved.high == pytest.approx(plain.high, rel=0.05)
    assert arms.compliers_difference().value == pytest.approx(0.05)


def test_the_plain_ratio_covers() -> None:
    rng = np.random.default_rng(5)
    covered = 0
    for _ in range(RUNS):
        macros = rng.binomial(2_000, [0.05, 0.06])
        counts = [[[2_000 - count, count], [0, 0]] for count in macros]
        covered += _covers(Arms(np.array(counts)).plain_ratio(), 1.2)
    assert 0.92 <= covered / RUNS <= 0.98


def test_an_arm_without_macros_has_no_plain_ratio() -> None:
    found = Arms(np.array([[[900, 0], [0, 0]], [[850, 50], [0, 0]]])).plain_ratio()
    assert not found.bounded
