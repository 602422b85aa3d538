"""Biases of lifts, learned from pairs: precision gained, coverage kept."""

import numpy as np
import numpy.typing as npt
import pytest

from microlift.evidence.experiments.bias import BiasModel
from microlift.evidence.mixture import Mixture

Floats = npt.NDArray[np.float64]
# What the log's lifts are off by in the simulated shop with unseen intent, and where nothing
# confounds: means over 20 logs of `benchmarks/results/accuracy.csv`.
INTENT = np.array([0.189, 0.101, 0.099, 0.100, 0.080])
NONE = np.zeros(5)
OWN, TRIAL = 0.022, 0.1  # standard errors there, and of the experiments
RUNS = 40


def _measure(biases: Floats, with_trial: int) -> dict[str, Floats]:
    """Errors of log, experiment and both over runs; widths and coverage; of all five actions."""
    rng = np.random.default_rng(7)
    rows = []
    for _ in range(RUNS):
        lift = biases + OWN * rng.standard_normal(5)
        result = TRIAL * rng.standard_normal(5)
        has = np.isin(np.arange(5), rng.permutation(5)[:with_trial])
        own, trial = np.full(with_trial, OWN), np.full(with_trial, TRIAL)
        model = BiasModel.of((lift - result)[has], np.hypot(own, trial))
        both, _ = model.paired(lift[has], own, result[has], trial)
        rest = model.unseen(lift[~has], np.full(5 - with_trial, OWN))
        for place, found in ((has, both), (~has, rest)):
            low, high = found.quantile(0.025), found.quantile(0.975)
            figures = (found.mean, lift[place], result[place], (low < 0) & (high > 0), high - low)
            rows += list(zip(*figures, place[place] & has[place], strict=True))
    table = np.array(rows, dtype=float)
    return {"paired": table[table[:, 5] == 1], "rest": table[table[:, 5] == 0]}


def _rmse(errors: Floats) -> float:
    return float(np.sqrt((errors**2).mean()))


def test_where_the_log_is_biased_both_together_beat_either() -> None:
    paired = _measure(INTENT, 5)["paired"]
    both, log, trial = (_rmse(paired[:, column]) for column in range(3))
    assert log > 0.11, "the log's lift is meant to be wrong"
    assert both < 0.75 * min(log, trial)
    assert paired[:, 3].mean() >= 0.93


def test_where_the_log_is_right_both_together_are_narrower_than_the_experiment() -> None:
    paired = _measure(NONE, 5)["paired"]
    assert paired[:, 4].mean() < 0.8 * 2 * 1.96 * TRIAL
    assert paired[:, 3].mean() >= 0.95


def test_an_action_without_an_experiment_is_corrected_by_the_others() -> None:
    rest = _measure(INTENT, 3)["rest"]
    assert _rmse(rest[:, 0]) < 0.75 * _rmse(rest[:, 1])
    assert rest[:, 3].mean() >= 0.95
    assert (np.abs(rest[:, 1]) < 1.96 * OWN).mean() < 0.05, "uncorrected it is meant to miss"


def test_without_pairs_the_prior_speaks_a_factor_of_two_either_way() -> None:
    found = BiasModel.of(np.array([]), np.array([])).unseen(np.zeros(1), np.full(1, 1e-6))
    assert np.exp(found.quantile(0.975))[0] == pytest.approx(2.0, rel=0.05)
    assert np.exp(found.quantile(0.025))[0] == pytest.approx(0.5, rel=0.05)


def test_many_pairs_tell_mean_and_spread_of_the_biases() -> None:
    rng = np.random.default_rng(3)
    model = BiasModel.of(0.2 + 0.15 * rng.standard_normal(400), np.full(400, 0.02))
    assert model.typical().mean[0] == pytest.approx(0.2, abs=0.03)
    assert float(model.weights @ model.spread) == pytest.approx(0.15, abs=0.02)


def test_an_experiment_of_great_precision_is_left_as_it_is() -> None:
    model = BiasModel.of(np.array([0.5]), np.array([0.05]))
    found, share = model.paired(np.array([0.5]), np.array([0.05]), np.zeros(1), np.full(1, 1e-4))
    assert found.mean[0] == pytest.approx(0.0, abs=1e-3)
    assert share[0] < 0.001


def test_quantiles_of_a_mixture_are_those_of_a_simulation() -> None:
    mixed = Mixture(np.array([0.3, 0.7]), np.array([[0.0], [3.0]]), np.array([[1.0], [0.5]]))
    rng = np.random.default_rng(1)
    draws = np.where(
        rng.random(400_000) < 0.3, rng.normal(0, 1, 400_000), rng.normal(3, 0.5, 400_000)
    )
    for share in (0.025, 0.5, 0.975):
        assert mixed.quantile(share)[0] == pytest.approx(np.quantile(draws, share), abs=0.02)
