"""Campaigns of known worth: their logs bring what they are said to be worth."""

import numpy as np
import pytest

from microlift.errors import InputError
from microlift.simulate.campaigns import campaigns, plan_of_campaigns, simulate_campaigns


@pytest.mark.slow
def test_campaigns_bring_the_macros_that_were_asked_for_and_are_worth_what_is_said() -> None:
    made = campaigns(count=4, seed=2, macros=20)
    log = simulate_campaigns(made, months=12, seed=2)
    log = log[log["campaign"] != "organic"]
    first = log[log["event"] == "purchase"].groupby("user_id")["timestamp"].min()
    begin = log.groupby("user_id").agg(t=("timestamp", "min"), campaign=("campaign", "first"))
    came = begin["t"] < log["timestamp"].max() - np.timedelta64(14, "D")
    bought = (first.reindex(begin.index) - begin["t"]) <= np.timedelta64(14, "D")
    rate = bought[came].groupby(begin["campaign"][came]).mean()
    for name, found in rate.items():
        assert found == pytest.approx(made.worth[str(name)], rel=0.25), name
    assert bought[came].sum() / 4 / (346 / 30) == pytest.approx(20, rel=0.15)
    assert np.ptp(list(made.worth.values())) > 0.002


@pytest.mark.parametrize(
    ("given", "message"),
    [({"count": 11}, "2 to 10"), ({"base": "letters"}, "a sequence without visits")],
)
def test_what_cannot_be_made_is_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        campaigns(**given)  # type: ignore[arg-type]


def test_the_plan_compares_campaigns() -> None:
    assert plan_of_campaigns().log.attributes == ("campaign", "device")
