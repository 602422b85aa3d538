"""Where classes of users are taken for an intent that nobody has, and what is said of it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from microlift import LiftModel, Plan, moments, read_events, unseen_intent

from .odd_shops import PLAN, TRUTH, log_of

DOUBT = "Not every class is an intent"


# Bounds of the mean absolute error of log lift, without and with classes, for one log: chance alone
# makes 0.05 to 0.08. A growing effect, and a channel of its own, pass for an intent within classes;
# robots, who never buy, are a class indeed.
@pytest.mark.slow
@pytest.mark.parametrize(
    ("shop", "users", "default", "with_classes"),
    [
        ("repeats", 12_000, (0.0, 0.14), (0.15, 0.50)),
        ("views_lead_on", 8_000, (0.0, 0.16), (0.0, 0.30)),
        ("one_channel", 20_000, (0.0, 0.14), (0.0, 0.30)),
        ("robots", 10_000, (0.10, 0.40), (0.0, 0.15)),
    ],
)
def test_the_default_keeps_its_error_and_classes_come_with_a_doubt(
    shop: str,
    users: int,
    default: tuple[float, float],
    with_classes: tuple[float, float],
    parquet_of: Callable[[pd.DataFrame], Path],
) -> None:
    with read_events(parquet_of(log_of(shop, users, 1)), Plan.from_dict(PLAN)) as log:
        model = LiftModel(rotations=1).fit(moments(log))
        found = unseen_intent(model)
    assert model.classes_.count == 1, "classes are told apart for those who ask"
    frame = found.to_frame()
    both = "before", "lift"
    errors = {name: np.abs(np.log(frame[name]) - TRUTH[shop]).mean() for name in both}
    assert default[0] <= errors["before"] <= default[1]
    assert with_classes[0] <= errors["lift"] <= with_classes[1]
    assert found.count > 1
    assert DOUBT in " ".join(found.notes)
