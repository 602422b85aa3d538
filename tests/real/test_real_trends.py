"""Rates over time of a log that nobody made for us, and the two faults that are planted in it."""

from pathlib import Path

import duckdb
import pytest

import microlift as ml

pytestmark = pytest.mark.real

PLAN = Path(__file__).parent / "plans" / "retentioneering_ecom.yaml"
BUG = ("2024-04-09", "2024-05-09")  # the checkout of phones
INCIDENT = ("2024-05-19", "2024-06-07")  # payment


@pytest.fixture(scope="module")
def log(shared_data):
    plan = ml.Plan.load(PLAN)
    with ml.read_events(shared_data / "retentioneering_ecom.parquet", plan) as log:
        yield log


def _by_segment(found):
    return found.to_frame().set_index("segment")


@pytest.mark.parametrize("event", ["purchase", "payment_error"])
def test_sessions_of_each_week_are_those_of_a_plain_query(log, shared_data, event):
    query = f"""
        SELECT date_trunc('week', begun)::DATE AS week, count(*) FILTER (did), count(*)
        FROM (SELECT min(timestamp) AS begun, bool_or(event = '{event}') AS did
              FROM read_parquet('{shared_data / "retentioneering_ecom.parquet"}')
              GROUP BY user_id, session_id)
        GROUP BY week ORDER BY week
    """
    frame = ml.trend(log, action=event).to_frame()
    counted = list(frame[["start", "count", "of"]].itertuples(index=False, name=None))
    assert counted == duckdb.sql(query).fetchall()


def test_visitors_of_each_week_have_the_horizon_to_buy(log, shared_data):
    query = f"""
        SELECT date_trunc('week', begun)::DATE AS week, count(*) FILTER (bought), count(*)
        FROM (SELECT min(timestamp) AS begun,
                     min(timestamp) FILTER (event = 'purchase') - min(timestamp)
                     <= INTERVAL 14 DAY AS bought
              FROM read_parquet('{shared_data / "retentioneering_ecom.parquet"}')
              GROUP BY user_id)
        GROUP BY week ORDER BY week
    """
    frame = ml.trend(log, per="visitor").to_frame()
    came = frame[frame["of"] > 0]
    counted = list(came[["start", "count", "of"]].itertuples(index=False, name=None))
    assert counted == duckdb.sql(query).fetchall()


def test_payment_errors_stand_out_from_their_history_in_the_weeks_of_the_incident(log):
    frame = ml.trend(log, action="payment_error").to_frame()
    above = frame[frame["state"] == "above"]["start"].astype(str).tolist()
    assert above == ["2024-05-20", "2024-05-27", "2024-06-03"]


def test_the_bug_on_phones_shows_at_payment_and_on_phones_alone(log):
    """Of 600 users, too few buy on phones for the purchases themselves to tell."""
    payment = _by_segment(ml.before_after(log, BUG, action="payment_details", by="platform"))
    assert payment["verdict"].to_dict() == {
        "all": "fell", "desktop": "cannot tell", "mobile": "fell", "tablet": "cannot tell",
    }  # fmt: skip
    purchase = _by_segment(ml.before_after(log, BUG, by="platform"))
    assert set(purchase["verdict"]) == {"cannot tell"}
    assert purchase.loc["mobile", "difference"] < -0.02


def test_the_payment_incident_shows_in_purchases_and_in_payment_errors(log):
    purchase = _by_segment(ml.before_after(log, INCIDENT, by="platform"))
    assert purchase["verdict"].to_dict() == {
        "all": "fell", "desktop": "fell", "mobile": "fell", "tablet": "cannot tell",
    }  # fmt: skip
    assert purchase.loc["all", "ratio_high"] < 0.75
    errors = ml.before_after(log, INCIDENT, action="payment_error").to_frame().iloc[0]
    assert (errors["verdict"], errors["low"] > 0.1) == ("rose", True)


def test_what_happens_in_payment_changes_nothing_before_it(log):
    cart = _by_segment(ml.before_after(log, INCIDENT, action="cart", by="platform"))
    assert set(cart["verdict"]) == {"cannot tell"}
