"""Unseen intent: told apart where it is, one class where the log holds it, and reasons why not."""

from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pytest

from microlift import (
    LiftModel,
    Plan,
    heavy_users,
    moments,
    read_events,
    stability,
    unseen_intent,
)
from microlift.evidence.intent import UnseenIntent
from microlift.evidence.recount import recount
from microlift.simulate import plan_for, simulate

from .conftest import PLAN, OpenModel, crossed

Parquet = Callable[[pd.DataFrame], Path]
ALIKE = ((0.3, 0.2), (0.2, 0.1)), ((0.2, 0.1), (0.1, 0.05))


@pytest.fixture(scope="module")
def asked(open_model: OpenModel) -> Iterator[tuple[LiftModel, UnseenIntent]]:
    """Two classes, asked for, of a small shop with unseen intent; its log stays open."""
    shop = simulate("intent", 1_500, 3)
    with open_model(shop, plan_for("intent"), classes=2) as model:
        yield model, unseen_intent(model)


def test_recounted_cells_are_split_into_the_cells_that_lift_is_judged_on(
    asked: tuple[LiftModel, UnseenIntent],
) -> None:
    model, _ = asked
    again = recount(model, lambda events: events, ())
    assert again.told is not None
    assert model.classes_.told is not None
    for name in ("n", "y", "n_lift", "y_lift", "n_all"):
        np.testing.assert_allclose(getattr(again.states, name), getattr(model.judged_, name))
    own, other = model.classes_.told.sample, again.told.sample
    for rows in (own, other):
        assert rows.users == len(model.classes_.told.fitted.posterior)
    in_order = [rows.cell[np.lexsort((rows.cell, rows.user))] for rows in (own, other)]
    np.testing.assert_array_equal(*in_order)


def test_the_lift_with_classes_is_that_of_the_model_and_stands_beside_that_without(
    asked: tuple[LiftModel, UnseenIntent],
) -> None:
    model, found = asked
    frame = found.to_frame().set_index("action")
    lifts = model.lift_.frame.set_index("action")["lift"]
    pd.testing.assert_series_equal(frame["lift"], lifts)
    known = frame["lift"].notna()
    assert known.any()
    np.testing.assert_allclose(
        frame.loc[known, "shift"], np.log(frame["lift"] / frame["before"])[known]
    )
    assert "fall into 2 classes" in found.finding
    assert "asked for, and not tested" in " ".join(found.notes)


def test_shares_and_chances_of_classes_add_up(asked: tuple[LiftModel, UnseenIntent]) -> None:
    _, found = asked
    assert found.classes["share"].sum() == pytest.approx(1)
    by_value = found.shares.groupby(["attribute", "value"])["share"].sum()
    np.testing.assert_allclose(by_value, 1)
    users = found.shares[found.shares["class"] == 1].groupby("attribute")["users"].sum()
    assert users.nunique() == 1, "every user has one value of each attribute"
    for name in ("acting", "macro", "back"):
        times = found.classes[f"{name}_times"]
        assert found.classes["share"] @ times == pytest.approx(1)
        assert found.classes[name].between(0, 1).all()
    assert 0 <= found.telling <= 1


def test_a_search_that_was_broken_off_is_said_so(asked: tuple[LiftModel, UnseenIntent]) -> None:
    model, found = asked
    assert "broken off" not in " ".join(found.notes)
    twin = copy(model)
    twin.classes_ = replace(model.classes_, converged=False)
    assert "broken off after 150 steps" in " ".join(unseen_intent(twin).notes)


def test_it_is_drawn_and_written(asked: tuple[LiftModel, UnseenIntent]) -> None:
    _, found = asked
    for narrow in (False, True):
        assert "hollow: without classes" in found.plot(narrow=narrow).get_xlabel().replace(
            "\n", " "
        )
    page = found._repr_html_()
    assert page.count("<table") == 3
    assert "Share of each class by first touch" in page


def test_with_one_class_nothing_is_estimated_again_and_both_lifts_are_the_same(
    crossed_model: Callable[..., LiftModel],
) -> None:
    model = crossed_model(*ALIKE)
    found = unseen_intent(model)
    assert found.count == 1
    assert "No sign of an intent" in found.finding
    frame = found.to_frame()
    np.testing.assert_array_equal(frame["before"], frame["lift"])
    assert (frame["shift"] == 0).all()
    assert found._repr_html_().count("<table") == 1
    assert "hollow" not in found.plot().get_xlabel()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("moments_of", "users", "classes", "why"),
    [
        ("auto", 300, 1, "too few users (300)"),
        ("clock", 300, "auto", "ticks of the clock"),
    ],
)
def test_where_nobody_looked_for_classes_it_says_why(
    moments_of: str, users: int, classes: int | Literal["auto"], why: str, parquet_of: Parquet
) -> None:
    odd = "<script>$x$" + "é" * 70
    own = {**PLAN, "actions": [{"name": odd, "event": "act"}, {"name": "look", "event": "look"}]}
    if moments_of == "clock":
        own |= {"moments": {"clock": "6h", "quiet": "2d"}}
    with read_events(parquet_of(crossed(users, 1, *ALIKE)), Plan.from_dict(own)) as log:
        found = unseen_intent(LiftModel(rotations=1, classes=classes).fit(moments(log)))
    assert why in found.finding
    assert found.count == 1
    page = found._repr_html_()
    assert "<script>" not in page
    found.plot(narrow=True)


@pytest.mark.slow
def test_an_unseen_intent_is_found_and_all_checks_judge_lifts_within_its_classes(
    open_model: OpenModel,
) -> None:
    shop = "null_intent"
    with open_model(simulate(shop, 40_000, 3), plan_for(shop), classes="auto") as model:
        again = stability(model), heavy_users(model)
    found = unseen_intent(model)
    assert found.count >= 2
    assert found.gain > 2 * found.gain_error
    frame = found.to_frame()
    off, left = np.abs(np.log(frame["before"])), np.abs(np.log(frame["lift"]))
    assert left.mean() < 0.45 * off.mean(), "no action changes anything in this shop"
    assert frame["shift_errors"].min() < -3
    assert "falls from 1." in found.finding
    steady, light = again
    own = steady.estimates[steady.estimates["setting"] == steady.estimates["setting"].iloc[-1]]
    for lifts in (own["ratio"], light.frame["ratio"]):
        assert np.abs(np.log(lifts)).mean() < 0.6 * off.mean()
    assert all("within classes" in " ".join(one.notes) for one in again)
