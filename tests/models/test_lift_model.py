"""LiftModel has the habits of scikit-learn, and its table hangs on the set of events alone."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier

from microlift.events import read_events
from microlift.models import LiftModel
from microlift.moments import moments
from microlift.plan import Plan
from microlift.simulate import plan_for, simulate

Writer = Callable[[pd.DataFrame], Path]
Fitted = Callable[..., LiftModel]


def test_a_clone_has_the_parameters_and_nothing_that_was_fitted(fitted: Fitted) -> None:
    model = fitted("channels", 3_000, 1, 2, 1)
    copy = clone(model)
    assert (
        copy.get_params()
        == model.get_params()
        == {
            "classifier": None,
            "folds": 2,
            "rotations": 1,
            "classes": 1,
            "quiet": None,
        }
    )
    assert [name for name in vars(copy) if name.endswith("_")] == []
    assert copy.set_params(folds=3).folds == 3


def test_the_same_moments_give_the_same_table_again_and_are_left_as_they_were(
    fitted: Fitted,
) -> None:
    model = fitted("channels", 3_000, 1, 2, 1)
    found = model.moments_
    cells, doers, firsts = found.to_pandas(), found.doers.copy(), found.firsts.copy()
    again = clone(model)
    assert again.fit(found) is again
    pd.testing.assert_frame_equal(again.lift_.to_frame(), model.lift_.to_frame())
    np.testing.assert_array_equal(again.journey_.of_cell, model.journey_.of_cell)
    for before, after in ((cells, found.cells), (doers, found.doers), (firsts, found.firsts)):
        pd.testing.assert_frame_equal(before, after)


def test_frames_that_are_handed_out_are_copies(fitted: Fitted) -> None:
    model = fitted("channels", 3_000, 1, 2, 1)
    model.lift_.to_frame()["lift"] = 0.0
    model.moments_.to_pandas()["n"] = 0
    assert (model.lift_.to_frame()["lift"] > 0).all()
    assert (model.moments_.cells["n"] > 0).all()


@pytest.mark.slow
def test_any_classifier_that_takes_weights_can_be_given(fitted: Fitted) -> None:
    default = fitted("channels", 3_000, 1, 2, 1)
    boosting = HistGradientBoostingClassifier(max_iter=30, random_state=0)
    model = LiftModel(classifier=boosting, folds=2, rotations=1).fit(default.moments_)
    ours, theirs = (m.lift_.to_frame().set_index("action") for m in (default, model))
    assert not hasattr(boosting, "classes_"), "the classifier given is cloned, never fitted"
    error = np.log(ours["lift_high"] / ours["lift"]) / 1.98
    assert (np.abs(np.log(theirs["lift"] / ours["lift"])) < error).all()
    value = model.journey_.of_cell
    assert ((value >= 0) & (value <= 1)).all()


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return simulate("channels", 3_000, 1)


def table(path: Path, plan: Plan, threads: int) -> pd.DataFrame:
    with read_events(path, plan, threads=threads) as log:
        return LiftModel(folds=2, rotations=1).fit(moments(log)).lift_.to_frame()


def assert_same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(found, expected, check_exact=False, rtol=1e-9, atol=0)


@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, 2])
def test_the_order_of_the_rows_and_the_number_of_threads_change_nothing(
    fitted: Fitted, parquet_of: Writer, frame: pd.DataFrame, threads: int
) -> None:
    shuffled = parquet_of(frame.sample(frac=1, random_state=threads))
    found = table(shuffled, plan_for("channels"), threads)
    assert_same(found, fitted("channels", 3_000, 1, 2, 1).lift_.to_frame())


@pytest.mark.slow
def test_a_log_split_into_files_is_the_same_log(
    fitted: Fitted, tmp_path: Path, frame: pd.DataFrame
) -> None:
    for part in range(3):
        frame.iloc[part::3].to_parquet(tmp_path / f"part{2 - part}.parquet")
    found = table(tmp_path, plan_for("channels"), 2)
    assert_same(found, fitted("channels", 3_000, 1, 2, 1).lift_.to_frame())


@pytest.mark.slow
def test_renaming_actions_renames_rows_and_nothing_else(
    fitted: Fitted, parquet_of: Writer, frame: pd.DataFrame
) -> None:
    content = plan_for("channels").to_dict()
    names = [action["name"] for action in content["actions"]]
    renamed = {name: f"{'zyxwv'[number]} renamed" for number, name in enumerate(names)}
    for action in content["actions"]:
        action["name"] = action["event"] = renamed[action["name"]]
    path = parquet_of(frame.assign(event=frame["event"].replace(renamed)))
    found = table(path, Plan.from_dict(content), 1)
    expected = fitted("channels", 3_000, 1, 2, 1).lift_.to_frame()
    assert_same(found, expected.assign(action=expected["action"].map(renamed)))


@pytest.mark.slow
def test_what_comes_after_the_first_macro_changes_nothing_but_the_end_of_the_data(
    fitted: Fitted, parquet_of: Writer, frame: pd.DataFrame
) -> None:
    macros = frame[frame["event"] == "purchase"].groupby("user_id")["timestamp"].min()
    first = frame["user_id"].map(macros)
    last = frame["timestamp"] == frame["timestamp"].max()
    later = (frame["timestamp"] > first) & ~last
    assert later.sum() > 100
    found = table(parquet_of(frame[~later]), plan_for("channels"), 1)
    assert_same(found, fitted("channels", 3_000, 1, 2, 1).lift_.to_frame())
