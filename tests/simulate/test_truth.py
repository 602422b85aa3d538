import numpy as np
import pandas as pd
import pytest

from microlift.errors import InputError
from microlift.simulate import SHOPS, truth
from microlift.simulate.letters import HORIZON as CLOCK_HORIZON
from microlift.simulate.letters import WINDOW as CLOCK_WINDOW
from microlift.simulate.letters import ClockLaw
from microlift.simulate.shops import DAY, ClockShop, VisitShop
from microlift.simulate.truth import Tally
from microlift.simulate.visits import HORIZON, WINDOW, VisitLaw


def visit_law(shop: str) -> VisitLaw:
    spec = SHOPS[shop]
    assert isinstance(spec, VisitShop)
    return VisitLaw(spec)


def clock_law() -> ClockLaw:
    spec = SHOPS["letters"]
    assert isinstance(spec, ClockShop)
    return ClockLaw(spec)


def table(shop: str, users: int) -> pd.DataFrame:
    rows = truth(shop, users, seed=11, quiet=True).set_index("action")
    return rows.assign(z=np.log(rows["lift"]) / rows["lift_se_log"])


@pytest.mark.parametrize("shop", ["null", "null_intent"])
def test_where_nothing_has_an_effect_every_truth_is_1(shop: str) -> None:
    rows = table(shop, 20_000)
    assert (rows["z"].abs() < 3.5).all()
    assert (rows["lift_se_log"] < 0.05).all()


@pytest.mark.parametrize(
    ("shop", "null", "raising", "lowering"),
    [
        ("plain", "video", "add_to_cart", "pricing_page"),
        ("channels", "video", "add_to_cart", "chat"),
        ("lowers", "share", "add_to_cart", "chat"),
        ("letters", "brochure", "reminder", "call"),
    ],
)
def test_effects_have_their_sign_and_the_null_action_has_none(
    shop: str, null: str, raising: str, lowering: str
) -> None:
    rows = table(shop, 20_000)
    assert abs(rows["z"][null]) < 3.5
    assert rows["lift"][raising] > 1.2
    assert rows["incremental_probability"][raising] > 0
    assert rows["lift"][lowering] < 0.85
    assert rows["incremental_probability"][lowering] < 0


@pytest.mark.slow
def test_the_standard_error_covers_the_spread_over_seeds() -> None:
    lifts = [truth("channels", 1_000, seed, quiet=True) for seed in range(30)]
    logs = np.log([rows["lift"] for rows in lifts])
    spread = logs.std(axis=0, ddof=1)
    stated = np.mean([rows["lift_se_log"] for rows in lifts], axis=0)
    # 30 seeds give a standard deviation to about 13 %; five actions, bounds at 3.5 of that.
    assert np.all(np.abs(spread / stated - 1) < 0.45)


def test_truth_is_the_same_for_the_same_seed_only() -> None:
    rows = truth("plain", 1_000, seed=1, replicates=1, quiet=True)
    pd.testing.assert_frame_equal(rows, truth("plain", 1_000, seed=1, replicates=1, quiet=True))
    assert not rows.equals(truth("plain", 1_000, seed=2, replicates=1, quiet=True))


def test_a_forced_branch_of_a_visit_does_the_action_and_a_barred_one_something_else() -> None:
    law, rng = visit_law("channels"), np.random.default_rng(5)
    for action, moments in enumerate(law.moments(3_000, rng)):
        assert len(moments) > 100
        assert (law.branch(moments, action, True, rng) == action).all()
        barred = law.branch(moments, action, False, rng)
        assert (barred != action).all()
        assert set(barred) == set(range(law.end + 1)) - {action}


def test_the_barred_branch_keeps_the_proportions_of_the_other_choices() -> None:
    law, rng = visit_law("null"), np.random.default_rng(5)
    one = law.moments(500, rng)[0].take(np.zeros(40_000, dtype=np.intp))
    barred = np.bincount(law.branch(one, 0, False, rng), minlength=law.end + 1)
    weights = law.weights[one.row[0]].copy()
    weights[0] = 0
    expected = len(one) * weights / weights.sum()
    assert np.all(np.abs(barred - expected) <= 4 * np.sqrt(expected))


def test_moments_of_visits_are_firsts_before_the_macro_with_their_horizon_in_the_data() -> None:
    law, rng = visit_law("channels"), np.random.default_rng(5)
    for action, moments in enumerate(law.moments(3_000, rng)):
        assert not law.done(moments, action).any()
        assert not law.done(moments, law.macro).any()
        assert len(np.unique(moments.user)) == len(moments)
        assert (moments.t + HORIZON <= WINDOW).all()


def test_moments_of_letters_are_firsts_at_risk_with_their_horizon_in_the_data() -> None:
    law, rng = clock_law(), np.random.default_rng(5)
    for action, moments in enumerate(law.moments(2_000, rng)):
        assert not law.done(moments, action).any()
        assert not law.done(moments, law.macro).any()
        assert len(np.unique(moments.user)) == len(moments)
        assert (moments.t + CLOCK_HORIZON <= CLOCK_WINDOW).all()
        assert (moments.t - moments.last <= law.shop.quiet_days * DAY).all()


def test_a_fork_of_letters_differs_in_the_action_alone_and_leaves_its_moment_as_it_was() -> None:
    law, rng = clock_law(), np.random.default_rng(5)
    for action, moments in enumerate(law.moments(500, rng)):
        before = moments.take(np.arange(len(moments)))
        do, bar = law.branch(moments, action, True), law.branch(moments, action, False)
        assert law.done(do, action).all()
        assert not law.done(bar, action).any()
        assert (do.done ^ bar.done == 1 << action).all()
        law.converts(moments, action, True, rng)
        for name, value in vars(before).items():
            assert np.array_equal(value, getattr(moments, name)), name


def test_a_mandatory_stage_is_not_within_reach_before_the_one_that_it_needs() -> None:
    law = visit_law("funnel")
    found = law.moments(20_000, np.random.default_rng(5))
    for action, moments in zip(law.shop.actions, found, strict=True):
        assert len(moments) > 100
        if action.needs is not None:
            assert law.done(moments, law.names.index(action.needs)).all()


def test_a_tally_gives_the_ratio_and_its_delta_method_error() -> None:
    tally, parts = Tally(), np.array([[1.0, 0.5, 0.0, 1.0], [0.5, 0.5, 0.0, 0.25]])
    tally.add(parts[0, :2], parts[1, :2])
    tally.add(parts[0, 2:], parts[1, 2:])
    row = tally.row("a")
    do, bar = parts
    influence = do / do.mean() - bar / bar.mean()
    assert row["lift"] == pytest.approx(do.mean() / bar.mean())
    assert row["lift_se_log"] == pytest.approx(influence.std() / 2)
    assert row["incremental_probability"] == pytest.approx(do.mean() - bar.mean())


def test_an_action_that_nobody_did_has_no_truth() -> None:
    row = Tally().row("a")
    assert row["moments"] == 0
    assert np.isnan([row["lift"], row["lift_se_log"], row["incremental_probability"]]).all()


def test_less_than_one_replicate_is_refused() -> None:
    with pytest.raises(InputError, match="Argument replicates: got 0"):
        truth("plain", 10, seed=1, replicates=0)
