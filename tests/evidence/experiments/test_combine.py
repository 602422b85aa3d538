"""Lift and experiments together: on shops whose truth is known."""

from collections.abc import Callable
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import microlift as ml

Fitted = Callable[..., ml.LiftModel]
TRUTH = pd.read_csv(Path(__file__).parents[3] / "benchmarks" / "results" / "truth.csv")
Z = 1.96


def _experiment(action: str, log_effect: float, error: float, name: str = "") -> ml.Experiment:
    low, high = np.exp([log_effect - Z * error, log_effect + Z * error])
    effect = float(np.exp(log_effect))
    return ml.Experiment(action=action, name=name, effect=effect, low=low, high=high)


def _truth(shop: str) -> "pd.Series[float]":
    known = TRUTH[TRUTH["shop"] == shop].set_index("action")["truth"]
    return np.log(known)


@pytest.fixture(scope="module")
def small(fitted: Fitted) -> ml.LiftModel:
    return fitted("channels", 2_000, 1, 2, 1)


def test_the_three_numbers_stand_side_by_side(small: ml.LiftModel) -> None:
    given = [_experiment("video", 0.0, 0.08), _experiment("chat", -0.3, 0.08)]
    found = ml.combine(small, given)
    table = found.to_frame().set_index("action")
    lift = small.lift_.frame.set_index("action")
    assert list(table.index) == list(lift.index)
    assert (table["lift"] == lift["lift"]).all()
    for action, effect in (("video", 1.0), ("chat", np.exp(-0.3))):
        row = table.loc[action]
        assert row["experiment"] == pytest.approx(effect)
        assert min(row["lift"], effect) * 0.95 < row["combined"]
        assert row["combined"] < 1.05 * max(row["lift"], effect)
        assert np.log(row["combined_high"] / row["combined_low"]) < 2 * Z * 0.08
    assert (found.pairs, found.applied) == (2, False)
    alone = table.loc["view_item"]
    assert alone["combined"] == pytest.approx(alone["lift"])
    assert alone["combined_low"] == pytest.approx(alone["lift_low"])
    assert alone["corrected_low"] < alone["lift_low"]
    assert "as it is" in alone["note"]


def test_from_three_pairs_on_the_others_are_corrected(small: ml.LiftModel) -> None:
    names = ["view_item", "add_to_cart", "video", "chat"]
    lift = np.log(small.lift_.frame.set_index("action")["lift"])
    given = [_experiment(name, lift[name] - 0.3, 0.02) for name in names]
    for many, applied in ((2, False), (3, True), (4, True)):
        found = ml.combine(small, given[:many])
        row = found.to_frame().set_index("action").loc["wishlist"]
        assert found.applied is applied
        moved = row["combined"] / row["lift"]
        assert moved == pytest.approx(np.exp(-0.3) if applied else 1.0, rel=0.1)
    assert ml.combine(small, given, correct=False).applied is False


def test_an_action_that_the_log_does_not_identify_goes_by_its_experiment(
    small: ml.LiftModel,
) -> None:
    model = ml.LiftModel()
    model.__dict__.update(small.__dict__)
    frame = small.lift_.to_frame()
    frame.loc[0, ["lift", "lift_low", "lift_high"]] = np.nan
    frame.loc[1:, ["lift", "lift_low", "lift_high"]] = np.nan
    model.lift_ = ml.LiftTable(frame)
    found = ml.combine(model, [_experiment("view_item", 0.3, 0.05)])
    table = found.to_frame()
    assert table.loc[0, "combined"] == pytest.approx(np.exp(0.3))
    assert table.loc[0, "combined_low"] == pytest.approx(np.exp(0.3 - Z * 0.05), rel=1e-3)
    assert table["verdict"].tolist() == ["raises"] + ["not identified"] * 4
    assert "by the experiment alone" in table.loc[0, "note"]
    assert "nothing is known of the bias" in found.notes[0]
    assert "not identified" in found.to_html()


def test_several_experiments_on_one_action_are_one(small: ml.LiftModel) -> None:
    same = [_experiment("video", 0.1, 0.1, "a"), _experiment("video", 0.1, 0.1, "b")]
    apart = [_experiment("video", -0.5, 0.1, "a"), _experiment("video", 0.5, 0.1, "b")]
    row = ml.combine(small, same).to_frame().set_index("action").loc["video"]
    assert np.log(row["experiment_high"]) == pytest.approx(0.1 + Z * 0.1 / np.sqrt(2), rel=1e-3)
    row = ml.combine(small, apart).to_frame().set_index("action").loc["video"]
    assert np.log(row["experiment_high"]) > 0.9
    assert "differ by more than chance" in row["note"]


def test_nothing_and_unknown_actions_are_refused(small: ml.LiftModel) -> None:
    with pytest.raises(ml.InputError, match="nothing to combine"):
        ml.combine(small, [])
    with pytest.raises(ml.InputError, match="nearest: 'video'"):
        ml.combine(small, [_experiment("vidoe", 0.1, 0.1)])


def test_it_draws_three_marks_an_action(small: ml.LiftModel) -> None:
    found = ml.combine(small, [_experiment("video", 0.0, 0.08)])
    for narrow in (False, True):
        axes = found.plot(narrow=narrow)
        label = [text.get_text() for text in axes.get_legend().get_texts()]
        assert label[:2] == ["lift of the log", "experiment"]
        plt.close(axes.figure)


@pytest.mark.slow
def test_with_unseen_intent_both_together_beat_log_and_experiment(fitted: Fitted) -> None:
    errors, covered = _errors(fitted, "intent", range(1, 3), 0.1)
    both, log, trial = (float(np.sqrt((errors[:, k] ** 2).mean())) for k in range(3))
    assert log > 0.1, "the log's lift is meant to be wrong"
    assert both < 0.85 * min(log, trial)
    assert covered >= 0.9


@pytest.mark.slow
def test_without_bias_both_together_are_narrower_than_the_experiment(fitted: Fitted) -> None:
    errors, covered = _errors(fitted, "channels", range(1, 2), 0.1)
    assert errors[:, 3].max() < 2 * Z * 0.1
    assert errors[:, 3].mean() < 0.85 * 2 * Z * 0.1
    assert covered >= 0.9


def _errors(fitted: Fitted, shop: str, seeds: range, error: float) -> tuple[np.ndarray, float]:  # type: ignore[type-arg]
    """Errors of both, log and experiment, widths, and coverage, over 40 draws a log."""
    truth = _truth(shop)
    rows, covered = [], []
    for seed in seeds:
        model = fitted(shop, 20_000, seed, 2, 1)
        rng = np.random.default_rng(seed)
        for _ in range(40):
            given = [
                _experiment(a, truth[a] + error * rng.standard_normal(), error) for a in truth.index
            ]
            table = ml.combine(model, given).to_frame().set_index("action")
            names = ["combined", "lift", "experiment", "combined_low", "combined_high"]
            logs = np.log(table[names]).sub(truth, axis=0).to_numpy()
            rows.append(np.column_stack([logs[:, :3], logs[:, 4] - logs[:, 3]]))
            covered.append((logs[:, 3] < 0) & (logs[:, 4] > 0))
    return np.concatenate(rows), float(np.mean(covered))
