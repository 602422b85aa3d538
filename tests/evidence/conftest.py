"""Small shops made for one check: what a state says about acting and converting, chosen freely."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Literal

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from microlift.events import read_events
from microlift.models import LiftModel
from microlift.moments import moments
from microlift.plan import Plan

PLAN = {
    "macro": {"event": "buy"},
    "horizon": "3d",
    "log": {"attributes": ["channel", "device"]},
    "actions": [{"name": "act", "event": "act"}, {"name": "look", "event": "look"}],
}
Shares = tuple[tuple[float, float], tuple[float, float]]


def crossed(users: int, seed: int, acts: Shares, buys: Shares, effect: float = 1.0) -> pd.DataFrame:
    """One visit a user; chances by channel and device; acting multiplies that of buying."""
    rng = np.random.default_rng(seed)
    channel, device = rng.integers(2, size=(2, users))
    start = pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.integers(20 * 24, size=users), "h")
    act = rng.random(users) < np.array(acts)[channel, device]
    chance = np.array(buys)[channel, device] * np.where(act, effect, 1.0)
    happens = {
        "visit": np.ones(users, dtype=bool),
        "look": rng.random(users) < 0.2,
        "act": act,
        "buy": rng.random(users) < chance,
    }
    minutes = {"visit": 0, "act": 2, "look": 4, "buy": 6}
    frames = [
        pd.DataFrame({
            "user_id": np.flatnonzero(here), "event": event,
            "timestamp": start[here] + pd.Timedelta(minutes=minutes[event]),
            "channel": np.array(["email", "search"])[channel[here]],
            "device": np.array(["desktop", "phone"])[device[here]],
        })
        for event, here in happens.items()
    ]  # fmt: skip
    last = frames[0].head(1).assign(user_id=users, timestamp=pd.Timestamp("2026-01-25"))
    return pd.concat([*frames, last], ignore_index=True)


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
