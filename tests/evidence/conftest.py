"""Small shops made for one check: what a state says about acting and converting, chosen freely."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Literal

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from microlift.events import read_events
from microlift.models import LiftModel
from microlift.moments import moments
from microlift.plan import Plan
from microlift.simulate.spoiled import CROSSED_PLAN as PLAN
from microlift.simulate.spoiled import Shares, crossed


@pytest.fixture(autouse=True)
def no_open_figures() -> Iterator[None]:
    """Close what a test has drawn."""
    yield
    plt.close("all")


@pytest.fixture(scope="session")
def crossed_model(parquet_of: Callable[[pd.DataFrame], Path]) -> Callable[..., LiftModel]:
    """Fit a shop of `crossed`, once for all tests that ask for the same one."""
    models: dict[tuple[object, ...], LiftModel] = {}

    def fit(acts: Shares, buys: Shares, users: int = 6_000, effect: float = 1.0) -> LiftModel:
        key = acts, buys, users, effect
        if key not in models:
            path = parquet_of(crossed(users, 1, acts, buys, effect))
            with read_events(path, Plan.from_dict(PLAN)) as log:
                models[key] = LiftModel(rotations=1).fit(moments(log))
        return models[key]

    return fit


OpenModel = Callable[..., AbstractContextManager[LiftModel]]


@pytest.fixture(scope="session")
def open_model(parquet_of: Callable[[pd.DataFrame], Path]) -> OpenModel:
    """Fit a frame of events under a plan, and keep its log open."""

    @contextmanager
    def fit(
        frame: pd.DataFrame, plan: Plan, classes: int | Literal["auto"] = 1
    ) -> Iterator[LiftModel]:
        with read_events(parquet_of(frame), plan) as log:
            yield LiftModel(rotations=1, classes=classes).fit(moments(log))

    return fit
