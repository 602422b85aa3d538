"""Funnels of a log that nobody made for us, against a plain query written apart from them."""

from pathlib import Path

import duckdb
import pytest

import microlift as ml

pytestmark = pytest.mark.real

PLANS = Path(__file__).parent / "plans"
STEPS = ["product_view", "add_to_cart", "cart", "shipping_details", "payment_details", "purchase"]
DAY = 86_400


def in_order(events: Path, within: int | None, step_within: int | None) -> list[int]:
    """Users at each step: all pairs of first and latest event that can still go on, step by step.

    Events of one time stand in the order of the steps, which is that of the plan.
    """
    con = duckdb.connect()
    con.execute(
        f"""
        CREATE TABLE events AS
        SELECT user_id, epoch(timestamp)::DOUBLE AS second, list_position({STEPS}, event) AS step
        FROM read_parquet('{events}') WHERE list_contains({STEPS}, event)
        """
    )
    con.execute(
        """
        CREATE TABLE way AS
        SELECT DISTINCT user_id, second AS begun, second FROM events WHERE step = 1
        """
    )
    users = [con.execute("SELECT count(DISTINCT user_id) FROM way").fetchone()[0]]
    for step in range(2, len(STEPS) + 1):
        con.execute(
            f"""
            CREATE OR REPLACE TABLE way AS
            SELECT DISTINCT way.user_id, way.begun, events.second
            FROM way JOIN events ON events.user_id = way.user_id
             AND events.step = {step} AND events.second >= way.second
             AND events.second - way.begun <= {within or 1e12}
             AND events.second - way.second <= {step_within or 1e12}
            """
        )
        users.append(con.execute("SELECT count(DISTINCT user_id) FROM way").fetchone()[0])
    return users


@pytest.fixture(scope="module")
def log(shared_data):
    plan = ml.Plan.load(PLANS / "retentioneering_ecom.yaml")
    with ml.read_events(shared_data / "retentioneering_ecom.parquet", plan) as log:
        yield log


@pytest.mark.parametrize(
    ("within", "step_within"),
    [(None, None), ("1d", None), ("7d", None), (None, "1h"), ("2d", "12h")],
)
def test_users_at_each_step_are_those_of_a_plain_query(log, shared_data, within, step_within):
    seconds = [
        int(limit[:-1]) * {"d": DAY, "h": 3_600}[limit[-1]] if limit else None
        for limit in (within, step_within)
    ]
    found = ml.funnel(log, within=within, step_within=step_within).to_frame()
    assert found["step"].tolist() == STEPS
    expected = in_order(shared_data / "retentioneering_ecom.parquet", *seconds)
    assert found["users"].tolist() == expected
    assert expected[-1] > 0


def test_steps_in_any_order_and_from_any_step_are_those_of_a_plain_query(log, shared_data):
    query = f"""
        SELECT list_sort(list(DISTINCT list_position({STEPS}, event)))
        FROM read_parquet('{shared_data / "retentioneering_ecom.parquet"}')
        WHERE list_contains({STEPS}, event) GROUP BY user_id
    """
    done = [set(steps) for (steps,) in duckdb.sql(query).fetchall()]
    places = range(1, len(STEPS) + 1)
    any_order = [sum(set(range(1, place + 1)) <= steps for steps in done) for place in places]
    assert ml.funnel(log, order="any").to_frame()["users"].tolist() == any_order
    from_any = [sum(place in steps for steps in done) for place in places]
    assert ml.funnel(log, kind="open").to_frame()["users"].tolist() == from_any
