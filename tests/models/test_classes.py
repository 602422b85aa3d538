"""Classes of users: told apart by whole journeys where they differ, and left together where not."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from microlift import InputError, LiftModel, Moments, moments, read_events
from microlift.models.classes.classes import Told
from microlift.models.classes.fit import climb, one_class, spread_out
from microlift.models.classes.journeys import Journeys
from microlift.models.classes.law import Law
from microlift.models.states import States
from microlift.simulate import plan_for, simulate
from microlift.simulate.shops import SHOPS

Floats = npt.NDArray[np.float64]
TRUTH = Path(__file__).parents[2] / "benchmarks" / "results" / "truth.csv"


def cells_of(shop: str, users: int, seed: int, folder: Path) -> Moments:
    path = folder / f"{shop}_{users}_{seed}.parquet"
    simulate(shop, users, seed).to_parquet(path)
    with read_events(path, plan_for(shop)) as log:
        return moments(log)


@pytest.fixture(scope="module")
def hidden(tmp_path_factory: pytest.TempPathFactory) -> Moments:
    return cells_of("intent", 2_500, 1, tmp_path_factory.mktemp("logs"))


@pytest.fixture(scope="module")
def law(hidden: Moments) -> Law:
    return Law(Journeys.of(States.from_moments(hidden), hidden.sample), 3)


def somewhere(law: Law) -> Floats:
    theta: Floats = 0.1 * np.random.default_rng(2).standard_normal(len(law.blank()))
    return theta


def test_whole_journeys_add_up_to_the_cells(hidden: Moments) -> None:
    sample, cells = hidden.sample, hidden.cells
    assert sample.users == hidden.totals.covered
    for name, counts in sample.counts.items():
        added = np.bincount(sample.cell, weights=counts, minlength=len(cells))
        np.testing.assert_array_equal(added, cells[name])


def test_the_slope_of_the_likelihood_is_that_of_small_differences(law: Law) -> None:
    theta = somewhere(law)
    here = law.at(theta)
    slope = law.slope(here, here.posterior)
    for place in np.linspace(0, len(theta) - 1, 12).astype(int):
        step = np.zeros(len(theta))
        step[place] = 1e-5
        up, down = (law.at(theta + sign * step).logarithm.sum() for sign in (1, -1))
        assert (up - down) / 2e-5 == pytest.approx(slope[place], rel=1e-3, abs=1e-2)


def test_scores_of_users_add_up_to_the_slope(law: Law) -> None:
    here = law.at(somewhere(law))
    scores, slope = law.scores(here), law.slope(here, here.posterior)
    np.testing.assert_allclose(scores.sum(axis=0), slope, atol=1e-3 * np.abs(slope).max())
    np.testing.assert_allclose(law.by_bucket(scores).sum(axis=0), scores.sum(axis=0), rtol=1e-3)


def test_a_climb_that_is_broken_off_has_not_converged(law: Law) -> None:
    one = Law(law.journeys, 1)
    assert not climb(one, one.blank(), steps=2).converged
    assert climb(one, one.blank()).converged


def test_blocks_of_users_add_up_to_the_scores_of_all(law: Law) -> None:
    here = law.at(somewhere(law))
    whole = law.scores(here)
    squares, by_bucket = law.scored(here)
    np.testing.assert_allclose(squares, whole.T @ whole, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(by_bucket, law.by_bucket(whole), rtol=1e-3, atol=1e-3)
    np.testing.assert_array_equal(law.scores(here, slice(700, 720)), whole[700:720])


def test_chances_of_choices_and_of_classes_add_up_to_one(law: Law) -> None:
    here = law.at(somewhere(law))
    for z in range(law.classes):
        np.testing.assert_allclose(here.chances(z).sum(axis=1), 1)
    np.testing.assert_allclose(here.posterior.sum(axis=1), 1)
    np.testing.assert_allclose(here.shares.sum(axis=1), 1)


def test_cells_split_by_class_add_up_to_the_cells(hidden: Moments) -> None:
    states = States.from_moments(hidden)
    told = two_classes(hidden, states)
    split = told.split(states)
    for name in ("n", "y", "n_lift", "y_lift", "n_all"):
        whole = getattr(split, name).reshape(2, -1).sum(axis=0)
        np.testing.assert_allclose(whole, getattr(states, name), atol=1e-9)
    assert split.names == (*states.names, "class")


def two_classes(found: Moments, states: States) -> Told:
    journeys = Journeys.of(states, found.sample)
    start = spread_out(one_class(journeys), 2, journeys, 0)
    return Told.of(states, found.sample, climb(Law(journeys, 2), start, 8), found.everyone())


def test_what_a_sum_over_split_cells_moves_by_is_its_derivative(hidden: Moments) -> None:
    """The delta method, against the sum after a step of the parameters."""
    states = States.from_moments(hidden)
    told = two_classes(hidden, states)
    draw = np.random.default_rng(3)
    per_moment, per_macro = draw.random(2 * len(states.n)), draw.random(2 * len(states.n))

    def total(theta: Floats) -> float:
        posterior = told.law.at(theta).posterior
        split = replace(told, posterior=posterior).split(states)
        return float(per_moment @ split.n_lift + per_macro @ split.y_lift)

    direction = draw.standard_normal(len(told.theta))
    small = 1e-5 * direction
    change = (total(told.theta + small) - total(told.theta - small)) / 2e-5
    # What one bucket moves it by is its scores times the inverse of the information times the
    # slope: with the direction as the only score and no information, the slope remains.
    both = np.stack([direction, -direction])
    plain = replace(told, scores=both, information=(np.eye(len(direction)), True))
    moved = plain.moved(per_moment, per_macro)
    np.testing.assert_allclose(moved, [change, -change], rtol=1e-3)


def test_a_large_log_must_be_open_while_its_users_are_told_apart(
    hidden: Moments,
) -> None:
    assert hidden.log.closed
    with pytest.raises(InputError, match=r"closed before the model was fitted.*classes=1"):
        replace(hidden, every=7).everyone()


@pytest.mark.slow
def test_a_sample_of_users_is_the_journeys_of_those_users(tmp_path: Path) -> None:
    path = tmp_path / "log.parquet"
    simulate("plain", 900, 1).to_parquet(path)
    with read_events(path, plan_for("plain")) as log:
        found = moments(log)
        again = replace(found, every=2).everyone()
    assert again.users == found.sample.users
    np.testing.assert_array_equal(again.cell, found.sample.cell)


def errors_of(model: LiftModel, shop: str) -> Floats:
    truths = pd.read_csv(TRUTH, keep_default_na=False)
    known = truths[truths["shop"] == shop].drop_duplicates("action", keep="last")
    true = known.set_index("action")["truth"].astype(float)
    lift = model.lift_.to_frame().set_index("action")["lift"]
    gap: Floats = np.log(lift / true).to_numpy()
    return gap


@pytest.mark.slow
@pytest.mark.parametrize("shop", ["intent", "null_intent"])
def test_an_intent_that_is_not_in_the_log_is_found_and_taken_out(shop: str, tmp_path: Path) -> None:
    found = cells_of(shop, 40_000, 3, tmp_path)
    naive = LiftModel(rotations=1, classes=1).fit(found)
    model = LiftModel(rotations=1, classes="auto").fit(found)
    assert model.classes_.count >= 2
    off, less = np.abs(errors_of(naive, shop)).mean(), np.abs(errors_of(model, shop)).mean()
    assert off > 0.05, "without classes the intent passes for lift"
    assert less < 0.45 * off


@pytest.mark.slow
@pytest.mark.parametrize("shop", [name for name in SHOPS if "intent" not in name])
def test_where_the_log_holds_the_intent_there_is_one_class_and_nothing_changes(
    shop: str, tmp_path: Path
) -> None:
    found = cells_of(shop, 4_000 if shop == "letters" else 30_000, 4, tmp_path)
    naive = LiftModel(folds=2, rotations=1, classes=1).fit(found)
    model = LiftModel(folds=2, rotations=1, classes="auto").fit(found)
    assert model.classes_.count == 1
    pd.testing.assert_frame_equal(model.lift_.to_frame(), naive.lift_.to_frame())


@pytest.mark.slow
def test_errors_hold_how_uncertain_the_classes_are(tmp_path: Path) -> None:
    """Spread of estimates over logs against what each states."""
    logs: list[tuple[Floats, Floats]] = []
    for seed in range(8):
        model = LiftModel(rotations=1, classes=2).fit(cells_of("intent", 8_000, seed, tmp_path))
        logs.append(
            (
                np.array([np.log(c.ratio) for c in model.contrasts_]),
                np.array([c.log_error for c in model.contrasts_]),
            )
        )
    spread = np.std([found for found, _ in logs], axis=0, ddof=1)
    stated = np.mean([error for _, error in logs], axis=0)
    assert 0.6 < np.mean(spread / stated) < 1.35
