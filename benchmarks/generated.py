"""Logs of any size by hashing alone, for what measures time and memory; and their plan.

Two of them: visits, as sites have them, and events drawn one by one, whose histories are as varied
as they can be.
"""

from pathlib import Path

import duckdb
import yaml

EVENTS = 12


def generate(folder: Path, rows: int) -> None:
    """Write a log of about `rows` events, by hashing alone, sorted by time; and its plan.

    Twelve actions whose popularity falls like 1 / rank, 38 % of gaps longer than half an hour, user
    ids like those of web analytics; each event is drawn by itself, so histories are as varied as
    they can be.
    """
    users = max(1, rows // 8)
    _write(
        folder,
        f"""
          WITH raw AS (
            SELECT i, hash(i * 7 + 1) % {users} AS u, hash(i * 13 + 5) AS h, hash(i * 31 + 9) AS g
            FROM range({rows}) t(i)
          ), placed AS (
            SELECT *, row_number() OVER (PARTITION BY u ORDER BY i) AS k FROM raw
          ), gaps AS (
            SELECT *, CASE WHEN g % 100 < 38 THEN 2000 + g % 400000 ELSE 5 + g % 600 END AS gap,
                   (hash(u) % 1000) AS trait
            FROM placed
          )
          SELECT printf('GA1.2.%d.%d', hash(u * 3) % 10000000000, u) AS user_id,
                 make_timestamp(1735689600000000
                   + (hash(u * 17) % 5000000)::BIGINT * 1000000
                   + (sum(gap) OVER (PARTITION BY u ORDER BY k))::BIGINT * 1000000) AS timestamp,
                 CASE WHEN h % 10000 < 40 + trait // 4 THEN 'purchase'
                      ELSE 'event_' || floor(13 ^ ((h // 10000 % 10000) / 10000.0) - 1)::INT
                 END AS event,
                 CASE WHEN h % 10000 < 40 + trait // 4 THEN (1000 + g % 20000) / 100.0 END AS value,
                 ['organic', 'paid', 'email', 'direct', 'social', 'display'
                 ][(1 + trait % 6)::BIGINT] AS channel,
                 ['mobile','desktop','tablet'][(1 + hash(u * 5) % 3)::BIGINT] AS device
          FROM gaps ORDER BY timestamp
        """,
    )


def generate_visits(folder: Path, rows: int) -> None:
    """Write a log of about `rows` events of visits, by hashing alone, sorted by time; and its plan.

    8 events a user over 90 days: half of the users come once, the others 7 times on average; 2.2
    events a visit, so that 38 % of gaps are longer than half an hour. Each of the twelve actions is
    done half as often as the one before it, one event in 180 is a purchase, channels and devices
    differ in size, and user ids are like those of web analytics.
    """
    _write(
        folder,
        f"""
          WITH users AS (
            SELECT u, hash(u) AS own, hash(u, 1) AS drawn FROM range({int(rows / 8.2)}) t(u)
          ), comers AS (
            SELECT u, own,
                   (drawn % 6480000)::INT AS first,
                   (7200 * 48 ** ({_share("drawn", 24)}))::INT AS pause,
                   CASE WHEN drawn >> 63 = 0 THEN 1 ELSE {_how_many("drawn", 40, 6.8, 60)} END
                   AS visits
            FROM users
          ), visits AS (
            SELECT *, unnest(range(visits))::INT AS visit FROM comers
          ), drawn_visits AS (
            SELECT *, hash(u, visit) AS drawn FROM visits
          ), timed AS (
            SELECT u, own, visit, first + visit * pause + CASE
                     WHEN visit = 0 THEN 0 ELSE (drawn % (pause // 2)::UBIGINT)::INT END AS opened,
                   {_how_many("drawn", 40, 2.24, 30)} AS events
            FROM drawn_visits
          ), steps AS (
            SELECT *, unnest(range(events))::INT AS step FROM timed WHERE opened < 7776000
          ), drawn_steps AS (
            SELECT *, hash(u, visit, step) AS drawn FROM steps
          ), coded AS (
            SELECT u, (opened + step * 60 + (drawn >> 50 & 31)::INT)::BIGINT AS t,
                   (CASE WHEN (drawn & 8191)::INT
                              < 12 + 16 * (own & 3)::INT + 8 * least(step, 4) THEN {EVENTS}
                    ELSE {_how_many("drawn", 16, 2, EVENTS)} - 1 END)::TINYINT AS code,
                   (drawn >> 33 & 16383)::SMALLINT AS cents
            FROM drawn_steps
          ), sorted AS (  -- narrow rows: texts are written after the sort
            SELECT * FROM coded ORDER BY t
          )
          SELECT printf('GA1.2.%d.%d', hash(u) % 10000000000, 1600000000 + u) AS user_id,
                 make_timestamp((1735689600 + t) * 1000000) AS timestamp,
                 CASE WHEN code = {EVENTS} THEN 'purchase' ELSE 'event_' || code END AS event,
                 CASE WHEN code = {EVENTS} THEN (1000 + cents) / 100 END AS value,
                 ['organic', 'organic', 'organic', 'paid', 'paid', 'direct', 'direct', 'email',
                  'social', 'display'][(1 + hash(u) // 8 % 10)::INT] AS channel,
                 ['mobile', 'mobile', 'mobile', 'desktop', 'desktop', 'tablet'
                 ][(1 + hash(u) // 128 % 6)::INT] AS device
          FROM sorted
        """,
    )


def _share(drawn: str, bit: int) -> str:
    """SQL of a number between 0 and 1 from 16 bits of a hash."""
    return f"(({drawn} >> {bit} & 65535)::INT + 0.5) / 65536"


def _how_many(drawn: str, bit: int, mean: float, most: int) -> str:
    """SQL of a whole number from 1 on, each one as likely to be the last (geometric)."""
    return f"least({most}, 1 + floor(ln({_share(drawn, bit)}) / ln(1 - 1 / {mean:.2f}))::INT)"


def _write(folder: Path, query: str) -> None:
    """Write the rows of a query, and the plan of every log here."""
    connection = duckdb.connect()
    for setting in ("threads=2", "memory_limit='4GB'", f"temp_directory='{folder / 'spill'}'"):
        connection.execute(f"SET {setting}")
    part = folder / "events.parquet.part"
    connection.execute(f"COPY ({query}) TO '{part}' (FORMAT PARQUET, COMPRESSION ZSTD)")
    plan = {
        "version": 1,
        "log": {"columns": {"value": "value"}, "attributes": ["channel", "device"]},
        "macro": {"event": "purchase", "value": "value", "currency": "USD"},
        "horizon": "14d",
        "actions": [{"name": f"event_{k}", "event": f"event_{k}"} for k in range(EVENTS)],
    }
    part.rename(folder / "events.parquet")  # a run that is cut off leaves no half log
    (folder / "plan.yaml").write_text(yaml.safe_dump(plan, sort_keys=False), encoding="utf-8")
