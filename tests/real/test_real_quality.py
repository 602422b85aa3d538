"""What the checks say of logs that nobody made for us, against what is known about them."""

from pathlib import Path

import pandas as pd
import pytest

from microlift.events import read_events
from microlift.plan import Plan
from microlift.quality import Quality, check_log

pytestmark = pytest.mark.real

PLANS = Path(__file__).parent / "plans"


@pytest.fixture(scope="module")
def checked(shared_data):
    made: dict[str, Quality] = {}

    def go(name):
        if name not in made:
            events = shared_data / f"{name}.parquet"
            with read_events(events, Plan.load(PLANS / f"{name}.yaml")) as log:
                made[name] = check_log(log)
        return {one.name: one for one in made[name].findings}

    return go


def test_the_payment_incident_is_dated_to_the_day_by_its_error_event(checked):
    # Planted: a payment incident from 19 May to 7 June 2024.
    found = checked("retentioneering_ecom")
    tracking = found["tracking changes"]
    assert tracking.verdict == "look"
    assert tracking.example.startswith("'payment_error' starts on 2024-05-19")
    assert "'payment_error': 0 to" in found["action rate jumps"].example


def test_the_macro_rate_of_600_users_shows_neither_incident_and_no_check_the_mobile_one(
    checked, shared_data
):
    # Planted: on phones the payment could not be reached from 9 April to 9 May 2024.
    log = pd.read_parquet(shared_data / "retentioneering_ecom.parquet")
    phone = log[log["platform"] == "mobile"]
    broken = phone["timestamp"].between("2024-04-09", "2024-05-10")
    steps = phone.groupby([broken, "event"]).size()
    reached = steps[:, "payment_details"] / steps[:, "shipping_details"]
    assert reached[True] < 0.3 < 0.6 < reached[False]
    # 470 purchases in half a year are too few: said here so that nobody believes otherwise.
    found = checked("retentioneering_ecom")
    assert found["macro rate jumps"].verdict == "good"
    said = " ".join(one.example for one in found.values())
    days = pd.date_range("2024-04-02", "2024-05-16").strftime("%Y-%m-%d")
    assert [day for day in days if day in said] == []


def test_ga4_events_that_were_switched_on_later_are_found(checked):
    found = checked("google_merch_events")
    assert "'begin_checkout' starts on 2020-11-23" in found["tracking changes"].example
    assert "'add_to_cart' starts on 2020-11-16" in found["tracking changes"].example
    assert found["visits without planned events"].verdict == "look"


def test_loans_whose_end_is_one_moment_share_their_times(checked):
    found = checked("bpi2012_loan")
    assert found["equal timestamps"].verdict == "look"
    assert "'A_SUBMITTED' stops on 2012-03-01" in found["tracking changes"].example
    assert [one.name for one in found.values() if one.verdict == "refuse"] == []
