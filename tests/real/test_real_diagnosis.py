"""Diagnosis on a log whose faults its makers have documented."""

from pathlib import Path

import pytest

import microlift as ml

pytestmark = pytest.mark.real
PLANS = Path(__file__).parent / "plans"


def test_the_documented_faults_are_found_with_their_steps_and_dates(shared_data: Path) -> None:
    """Payments failed from 19 May to 7 June; the checkout broke on mobile from 9 April to 9 May."""
    plan = ml.Plan.load(PLANS / "retentioneering_ecom.yaml")
    with ml.read_events(shared_data / "retentioneering_ecom.parquet", plan, quiet=True) as log:
        found = ml.diagnose(log).frame
    assert len(found) == 2
    payment, checkout = (found.iloc[k] for k in range(2))
    assert (payment["step"], payment["then"]) == ("payment_details", "purchase")
    assert payment["segment"] == "all"
    assert (payment["since"], payment["until"]) == ("2024-05-19", "2024-06-08")
    assert "payment_error in 68% of visits" in payment["evidence"]
    assert (checkout["step"], checkout["then"]) == ("shipping_details", "payment_details")
    assert checkout["segment"] == "platform: mobile"
    # The bug is met for the first time on 13 April.
    assert (checkout["since"], checkout["until"]) == ("2024-04-13", "2024-05-09")
    assert "checkout_bug" in checkout["evidence"]
