"""The error of V in sums of V: an exact case, and the spread over simulated logs."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from microlift.ledger import Ledger
from microlift.models import LiftModel
from microlift.models.crossfit import sum_by
from microlift.models.influence import Influence
from microlift.moments.space import BUCKETS

Fitted = Callable[..., LiftModel]


@pytest.mark.slow
def test_the_sum_of_v_over_all_moments_moves_one_to_one_with_the_macros(fitted: Fitted) -> None:
    model = fitted("channels", 3_000, 1)
    states, journey = model.states_, model.journey_
    mature, kind = np.unique(states.n / states.n_all, return_inverse=True)
    once = kind, np.stack([mature, mature], axis=1)
    again = kind, np.stack([0 * mature, mature], axis=1)
    moved = Influence.of(states, journey).by_bucket([once, again])
    missed = sum_by(states.bucket, states.y - states.n * journey.of_cell, BUCKETS)
    # A logistic regression with an intercept gets the total right, whatever its other columns.
    assert moved[0] == pytest.approx(missed, abs=0.02 * np.abs(missed).max())
    assert moved[1] == pytest.approx(2 * moved[0])


@pytest.mark.slow
def test_credits_spread_over_logs_as_widely_as_their_intervals_say(fitted: Fitted) -> None:
    rows: list[dict[str, Any]] = []
    for seed in range(12):
        model = fitted("funnel", 10_000, seed)
        for number, credit in enumerate(Ledger.from_model(model).credits):
            stated = (credit.high - credit.low) / 2 / 1.979
            rows.append({"action": number, "credit": credit.per_occurrence, "stated": stated})
    found = pd.DataFrame(rows).groupby("action")
    ratio = found["credit"].std() / found["stated"].mean()
    assert 0.7 < float(np.sqrt((ratio**2).mean())) < 1.3
