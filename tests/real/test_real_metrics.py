"""Test metrics of logs that nobody made for us, against a plain query written apart from them."""

import math
from pathlib import Path

import duckdb
import pytest

import microlift as ml

pytestmark = pytest.mark.real

PLANS = Path(__file__).parent / "plans"


def test_rates_and_correlations_of_a_shop_are_those_of_a_plain_query(shared_data: Path) -> None:
    events = shared_data / "retentioneering_ecom.parquet"
    plan = ml.Plan.load(PLANS / "retentioneering_ecom.yaml")
    with ml.read_events(events, plan) as log:
        found = ml.primary_metric(log).to_frame().set_index("metric")
    # Followed for 14 days from the first event; an action counts before the first purchase. The
    # log has no two planned events of one user at one time.
    row = duckdb.sql(
        f"""
        WITH log AS (SELECT user_id, event, timestamp AS t FROM '{events}'),
        users AS (
          SELECT user_id, min(t) AS begin, min(t) FILTER (event = 'purchase') AS bought
          FROM log GROUP BY user_id
          HAVING min(t) <= (SELECT max(t) FROM log) - INTERVAL 14 DAY
        ),
        did AS (
          SELECT u.user_id, any_value(bought <= begin + INTERVAL 14 DAY) IS TRUE AS buys,
                 bool_or(event = 'add_to_cart' AND t <= begin + INTERVAL 14 DAY
                         AND (bought IS NULL OR t < bought)) AS carts
          FROM log JOIN users u ON log.user_id = u.user_id GROUP BY u.user_id
        )
        SELECT avg(carts::INT), avg(buys::INT), corr(carts::INT, buys::INT) FROM did
        """
    ).fetchone()
    assert row is not None
    assert found.loc["add_to_cart", "rate"] == pytest.approx(row[0])
    assert found.loc["purchase", "rate"] == pytest.approx(row[1])
    assert found.loc["add_to_cart", "phi"] == pytest.approx(row[2])
    assert found.loc["add_to_cart", "verdict"] == "use"
    assert found.loc["product_view", "verdict"] == "weak tie"  # by far the quickest, and no use


def test_what_is_recorded_with_an_approval_is_no_metric_for_it(shared_data: Path) -> None:
    plan = ml.Plan.load(PLANS / "bpi2012_loan.yaml")
    with ml.read_events(shared_data / "bpi2012_loan.parquet", plan) as log:
        found = ml.primary_metric(log).to_frame().set_index("metric")
    together = {"A_REGISTERED", "A_ACTIVATED", "O_ACCEPTED"}
    assert set(found.index[found["verdict"] == "at the macro"]) == together
    assert found.loc["A_DECLINED", "verdict"] == "friction"
    assert found["verdict"].iloc[0] == "use"
    assert math.isnan(found.loc["A_DECLINED", "days_through"])
