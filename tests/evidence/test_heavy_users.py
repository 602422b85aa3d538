"""Influence of the heaviest users on lifts."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from microlift.errors import InputError
from microlift.evidence import heavy_users
from microlift.evidence.checks.heavy import _most_moved
from microlift.models import Contrast, LiftModel
from microlift.models.lift import Sums
from microlift.plan import Plan
from microlift.simulate import plan_for, simulate

OpenModel = Callable[[pd.DataFrame, Plan], AbstractContextManager[LiftModel]]
START = pd.Timestamp("2025-01-06", tz="UTC")


def with_robots(log: pd.DataFrame, robots: int, visits: int) -> pd.DataFrame:
    """Robots come all the time, look at an item each time, and never buy."""
    rng = np.random.default_rng(7)
    time = pd.DatetimeIndex(START + pd.to_timedelta(rng.uniform(0, 59, robots * visits), unit="D"))
    names = np.repeat([f"robot{i}" for i in range(robots)], visits)
    visit = pd.DataFrame({"user_id": names, "timestamp": time, "event": "visit"})
    visit = visit.assign(channel="direct", device="desktop")
    view = visit.assign(event="view_item", timestamp=time + pd.Timedelta("20s"))
    return pd.concat([log, visit, view], ignore_index=True)


@pytest.mark.slow
def test_robots_are_found_and_the_lifts_without_them_are_those_of_the_log_without_them(
    open_model: OpenModel,
) -> None:
    log, plan = simulate("channels", 6_000, seed=1), plan_for("channels")
    with open_model(log, plan) as clean, open_model(with_robots(log, 60, 500), plan) as dirty:
        good, bad = heavy_users(clean), heavy_users(dirty)
    assert good.verdict is True
    assert bad.verdict is False
    assert bad.users >= 60
    naive, ours, true = (
        np.log(x) for x in (bad.frame["lift"], bad.frame["ratio"], good.frame["lift"])
    )
    assert (naive - true).abs().max() > 0.05
    assert (ours - true).abs().max() < 0.03
    for narrow in (False, True):
        plt.close(bad.plot(narrow=narrow).figure)
    assert "without the heaviest" in bad.to_html()


def test_one_bucket_that_carries_a_lift_is_found_by_leaving_it_out() -> None:
    even, error = np.ones(128), Contrast(ratio=1.0, log_error=0.1)
    #                       macros after doing it             most that leaving one out moves
    for with_it, expected in [
        (even, 0.0),
        (np.r_[even[:-1], 21.0], np.log((148 - 21) / (148 - 148 / 128)) - 0.0),
    ]:
        without = even * with_it.sum() / 128
        found = Sums(error, even, with_it, without)
        assert _most_moved(found) == pytest.approx(abs(expected) / 0.1, abs=1e-9)


def test_a_share_of_users_that_is_none_is_refused() -> None:
    for share in (0.0, 0.3, -1.0):
        with pytest.raises(InputError, match="share"):
            heavy_users(LiftModel(), share=share)


@pytest.mark.slow
@pytest.mark.parametrize("shop", ["plain", "funnel", "null_intent"])
def test_ordinary_heavy_users_move_nothing(shop: str, open_model: OpenModel) -> None:
    with open_model(simulate(shop, 20_000, seed=2), plan_for(shop)) as model:
        assert heavy_users(model).verdict is True
