"""Transitions, paths and assists of a log that nobody made for us, against plain queries."""

from pathlib import Path

import duckdb
import pytest

import microlift as ml

pytestmark = pytest.mark.real

PLANS = Path(__file__).parent / "plans"


@pytest.fixture(scope="module")
def log(shared_data):
    plan = ml.Plan.load(PLANS / "retentioneering_ecom.yaml")
    with ml.read_events(shared_data / "retentioneering_ecom.parquet", plan) as log:
        yield log


@pytest.fixture(scope="module")
def con(log, shared_data):
    """Planned events before each user's first purchase, one row each, in order.

    Events of one time stand in the order of the plan, the macro last.
    """
    names = [action.name for action in log.plan.actions]
    con = duckdb.connect()
    con.execute(
        f"""
        CREATE TABLE steps AS
        WITH planned AS (
            SELECT DISTINCT user_id, timestamp AS t, event,
                   coalesce(list_position({names}, event), 99) AS rank
            FROM read_parquet('{shared_data / "retentioneering_ecom.parquet"}')
            WHERE list_contains({names}, event) OR event = 'purchase'
        ), numbered AS (
            SELECT *, row_number() OVER (PARTITION BY user_id ORDER BY t, rank) AS place
            FROM planned
        ), first AS (
            SELECT user_id, min(place) AS bought FROM numbered WHERE rank = 99 GROUP BY user_id
        )
        SELECT numbered.*, bought FROM numbered LEFT JOIN first USING (user_id)
        WHERE bought IS NULL OR place <= bought
        """
    )
    last = f"SELECT max(timestamp) FROM '{shared_data / 'retentioneering_ecom.parquet'}'"
    con.execute(f"CREATE TABLE log_end AS SELECT ({last}) AS last")
    return con


@pytest.mark.parametrize("repeats", [False, True])
def test_transitions_are_those_of_a_plain_query(log, con, repeats):
    rows = con.execute(
        f"""
        WITH pairs AS (
            SELECT coalesce(lag(event) OVER w, '(start)') AS a, event AS b FROM steps
            WINDOW w AS (PARTITION BY user_id ORDER BY place)
        ), ends AS (
            SELECT arg_max(event, place) AS a,
                   CASE WHEN max(t) <= any_value(last) - INTERVAL 14 DAY
                        THEN '(left)' ELSE '(still open)' END AS b
            FROM steps, log_end WHERE bought IS NULL GROUP BY user_id
        )
        SELECT a, b, count(*) FROM (SELECT * FROM pairs UNION ALL SELECT * FROM ends)
        WHERE a <> b OR {repeats} GROUP BY a, b
        """
    ).fetchall()
    frame = ml.transitions(log, repeats=repeats).to_frame()
    found = zip(frame["from"], frame["to"], frame["count"], strict=True)
    assert {(a, b): n for a, b, n in found} == {(a, b): n for a, b, n in rows}
    assert len(rows) > 100


def test_the_first_step_of_the_flow_and_the_last_touch_are_those_of_a_plain_query(log, con):
    firsts = "SELECT event, count(*) FROM steps WHERE place = 1 GROUP BY event"
    frame = ml.flow(log).to_frame()
    begin = frame[frame["step"] == 1]
    expected = dict(con.execute(firsts).fetchall())
    assert dict(zip(begin["to"], begin["users"], strict=True)) == expected
    # Of first purchases: what came last before each, in two weeks.
    lasts = """
        SELECT before, count(*) FROM (
            SELECT event, t, bought, lag(event) OVER w AS before, t - lag(t) OVER w AS since
            FROM steps WINDOW w AS (PARTITION BY user_id ORDER BY place)
        ) WHERE event = 'purchase' AND since <= INTERVAL 14 DAY GROUP BY before
    """
    paths = ml.paths(log, length=1, top=100)
    found = {}
    for steps, users in zip(paths.steps, paths.to_frame()["users"], strict=True):
        if steps:
            found[steps[0]] = found.get(steps[0], 0) + users
    assert found == dict(con.execute(lasts).fetchall())
