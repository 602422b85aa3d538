"""Partial pooling of lifts, and how long verdicts take to settle."""

from collections.abc import Callable

import matplotlib.pyplot as plt
import numpy as np
import pytest

from microlift.evidence import pooled, settling
from microlift.evidence.pooling import PRIOR, _design, partial_pool
from microlift.evidence.settling import NEAR, chance_settled
from microlift.models import LiftModel


def test_a_pooled_mean_is_that_of_a_grid_over_mean_and_spread() -> None:
    y, error = np.array([0.05, 0.4, -0.2, 0.9]), np.array([0.1, 0.2, 0.3, 0.5])
    mu = np.linspace(-4, 4, 801)[:, None]
    tau = (np.arange(200)[None, :] + 0.5) * 3 * PRIOR / 200
    score = -(tau**2) / (2 * PRIOR**2)
    for value, s in zip(y, error, strict=True):
        score = score - 0.5 * np.log(s**2 + tau**2) - (value - mu) ** 2 / (2 * (s**2 + tau**2))
    chance = np.exp(score - score.max())
    chance /= chance.sum()
    expected = [
        (chance * (s**2 * mu + tau**2 * value) / (s**2 + tau**2)).sum()
        for value, s in zip(y, error, strict=True)
    ]
    np.testing.assert_allclose(partial_pool(y, error).mean, expected, atol=1e-3)


@pytest.mark.slow
def test_pooled_lifts_err_less_than_raw_ones_and_their_intervals_hold() -> None:
    rng = np.random.default_rng(5)
    raw, ours, held, missed = 0.0, 0.0, 0, 0
    for _ in range(60):
        truth = rng.normal(0.1, 0.3, 6)
        error = rng.uniform(0.2, 0.5, 6)
        y = rng.normal(truth, error)
        pool = partial_pool(y, error)
        raw += float(((y - truth) ** 2).sum())
        ours += float(((pool.mean - truth) ** 2).sum())
        held += int(((pool.low <= truth) & (truth <= pool.high)).sum())
        # The naive interval takes the spread that was estimated as if it were known.
        weight = error**2 / (error**2 + pool.tau**2)
        centre = np.average(y, weights=1 / (error**2 + pool.tau**2))
        naive = np.abs(weight * centre + (1 - weight) * y - truth)
        missed += int((naive > 1.96 * error * np.sqrt(1 - weight)).sum())
    assert ours < 0.75 * raw
    assert 0.92 <= held / 360 <= 0.98
    assert missed / 360 > 0.08


def test_each_kind_has_a_mean_of_its_own_where_there_are_enough_actions() -> None:
    for groups, columns in [
        (None, 1),
        (["a", "a", "a"], 1),
        (["a", "b", "a"], 1),  # as many groups as estimates less one
        (["a", "b", "a", "b"], 2),
    ]:
        assert _design(groups, len(groups or [1, 2])).shape[1] == columns
    y, error = np.array([0.0, 1.0, 0.0, 1.0]), np.full(4, 0.3)
    one, own = partial_pool(y, error), partial_pool(y, error, ["a", "b", "a", "b"])
    assert own.mean[1] > one.mean[1]


def test_chances_of_settling_are_the_shares_of_later_estimates_that_are_settled() -> None:
    rng = np.random.default_rng(11)
    for log_lift, error, times in [
        (0.0, 0.1, 9.0),
        (0.3, 0.2, 3.0),
        (-0.1, 0.3, 20.0),
        (0.08, 0.05, 40.0),
    ]:
        later = error / np.sqrt(times)
        draws = rng.normal(log_lift, np.sqrt(error**2 - later**2), 200_000)
        reach = 1.9788 * later
        settled = (np.abs(draws) > reach) | (np.abs(draws) + reach < NEAR)
        assert chance_settled(log_lift, error, times) == pytest.approx(settled.mean(), abs=0.005)


@pytest.mark.slow
def test_both_show_every_action_and_name_what_is_not_identified(
    fitted: Callable[..., LiftModel],
) -> None:
    model = fitted("plain", 1_000, 4, folds=2, rotations=1)
    pool, ahead = pooled(model), settling(model)
    names = [action.name for action in model.moments_.log.plan.actions]
    assert list(pool.frame["action"]) == list(ahead.frame["action"]) == names
    lost = ~np.isfinite(pool.frame["lift"])
    assert (pool.frame["pooled"].isna() == lost).all()
    assert ahead.frame.loc[lost, "note"].str.startswith("not identified").all()
    assert ((ahead.frame["state"] == "") == lost).all()
    assert pool.default
    for result in (pool, ahead):
        assert "<table" in result.to_html()
        for narrow in (False, True):
            plt.close(result.plot(narrow=narrow).figure)


@pytest.mark.slow
def test_forecasts_hold_when_there_are_more_users(fitted: Callable[..., LiftModel]) -> None:
    foretold, held = [], []
    for seed in (21, 22):
        for shop in ("plain", "lowers"):
            now = fitted(shop, 3_000, seed, folds=2, rotations=1)
            later = settling(fitted(shop, 12_000, seed + 100, folds=2, rotations=1)).frame
            frame = settling(now).frame
            for number, c in enumerate(now.contrasts_):
                if frame["state"][number] not in ("", "settled"):
                    foretold.append(float(chance_settled(np.log(c.ratio), c.log_error, 4.0)))
                    held.append(later["state"][number] == "settled")
    assert len(held) >= 8
    assert np.mean(held) == pytest.approx(np.mean(foretold), abs=0.3)
