"""Negative-control outcome: the past, which nothing done later can have lifted."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import matplotlib.pyplot as plt
import numpy as np
import pytest

from microlift.errors import InputError
from microlift.evidence import placebo_outcome
from microlift.evidence.past import FOLDS, PAST, ranks
from microlift.models import LiftModel
from microlift.models.crossfit import fold_of_bucket
from microlift.models.states import States
from microlift.plan import Plan
from microlift.simulate import plan_for, simulate

OpenModel = Callable[..., AbstractContextManager[LiftModel]]


def without_attributes(plan: Plan) -> Plan:
    whole = plan.to_dict()
    return Plan.from_dict({**whole, "log": {**whole["log"], "attributes": []}})


@pytest.mark.slow
def test_it_passes_where_the_channel_is_known_and_fails_where_it_is_hidden(
    open_model: OpenModel,
) -> None:
    log = simulate("channels", 5_000, seed=1)
    plan = plan_for("channels")
    with open_model(log, plan) as seen, open_model(log, without_attributes(plan)) as hidden:
        passed, failed = placebo_outcome(seen), placebo_outcome(hidden)
    assert passed.verdict is True
    assert passed.failed == ()
    assert failed.verdict is False
    assert failed.failed
    assert failed.acting.ratio_low > 1
    assert failed.macro.ratio_low > 1
    assert "too high" in failed.finding
    for narrow in (False, True):
        plt.close(failed.plot(narrow=narrow).figure)
    assert "<table" in failed.to_html()


def test_a_log_that_has_been_closed_is_refused(open_model: OpenModel) -> None:
    with open_model(simulate("plain", 200, seed=1), plan_for("plain")) as model:
        pass
    with pytest.raises(InputError, match="log of this model is closed"):
        placebo_outcome(model)


def cells(state: list[int], bucket: list[int]) -> States:
    size = len(state)
    none, one = np.zeros(size, dtype=np.int64), np.ones(size)
    at, where = np.array(state), np.array(bucket)
    return States(
        x=np.zeros((max(state) + 1, 1), dtype=np.int16), names=("k",), state=at, next=none,
        bucket=where, n=one, y=one, n_lift=one, y_lift=one, n_cut=one, n_all=one, arrive=none,
        at=none, fresh=none, done=none,
    )  # fmt: skip


def test_the_rank_of_a_past_is_among_others_of_its_state_and_never_among_its_own() -> None:
    fold = fold_of_bucket(0, FOLDS)
    a, b, c = (int(np.flatnonzero(fold == k)[0]) for k in range(3))
    #              state 0: pasts 1, 3, 9; the user of bucket a twice; state 1: one user alone
    states = cells([0, 0, 0, 0, 1], [a, b, c, a, b])
    past = np.array([1, 3, 9, 5, 2])
    expected = [
        0.5 / 3,  # others: 3, 9: none below; one half of one stands in
        (2 - 1 + 0.5) / 4,  # others: 1, 9, 5: one below
        (3 + 0.5) / 4,  # others: 1, 3, 5: all below
        (1 + 0.5) / 3,  # others: 3, 9: one below
        0.5,  # nobody else
    ]
    np.testing.assert_allclose(ranks(states, past), expected)
    assert PAST.size == len(PAST.edges) + 1


@pytest.mark.slow
def test_where_nobody_has_a_past_there_is_nothing_to_judge(open_model: OpenModel) -> None:
    log = simulate("plain", 3_000, seed=2)
    first = log.sort_values("timestamp", kind="stable").groupby("user_id").head(2)
    with open_model(first, plan_for("plain")) as model:
        check = placebo_outcome(model)
    assert check.verdict is None
    assert list(check.frame["verdict"]) == [None] * 5


@pytest.mark.slow
@pytest.mark.parametrize("shop", ["intent", "null_intent"])
def test_it_fails_where_intent_is_not_in_the_log(shop: str, open_model: OpenModel) -> None:
    with open_model(simulate(shop, 20_000, seed=3), plan_for(shop), classes=1) as model:
        check = placebo_outcome(model)
    assert check.verdict is False
    assert len(check.failed) >= 2
    assert check.untold is None


@pytest.mark.slow
def test_within_classes_that_hold_the_intent_it_passes_and_says_what_there_is_without(
    open_model: OpenModel,
) -> None:
    with open_model(
        simulate("intent", 20_000, seed=3), plan_for("intent"), classes="auto"
    ) as model:
        check = placebo_outcome(model)
    assert model.classes_.count > 1
    assert check.untold is not None
    assert check.untold.ratio_low > 1.03, "without classes the past is meant to tell who acts"
    assert check.verdict is True
    assert abs(check.acting.ratio - 1) < 0.02
    assert "within the classes" in check.finding
    assert "more often" in check.finding
    for narrow in (False, True):
        plt.close(check.plot(narrow=narrow).figure)
    assert "the same without classes" in check.to_html()


@pytest.mark.slow
@pytest.mark.parametrize("shop", ["plain", "null", "lowers", "funnel"])
def test_it_fails_nowhere_where_all_intent_is_in_the_log(shop: str, open_model: OpenModel) -> None:
    with open_model(simulate(shop, 20_000, seed=4), plan_for(shop)) as model:
        check = placebo_outcome(model)
    assert check.acting.ratio == pytest.approx(1, abs=0.03)
    # By chance alone acting differs from 1 in one log of twenty; the macro then does not.
    assert check.verdict is True or (check.verdict is None and shop == "funnel")
    assert check.failed == ()
