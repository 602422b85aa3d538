"""A log of any size by hashing alone, for what measures time and memory; and its plan."""

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
    connection = duckdb.connect()
    for setting in ("threads=2", "memory_limit='4GB'", f"temp_directory='{folder / 'spill'}'"):
        connection.execute(f"SET {setting}")
    file, part = folder / "events.parquet", folder / "events.parquet.part"
    connection.execute(
        f"""
        COPY (
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
        ) TO '{part}' (FORMAT PARQUET, COMPRESSION ZSTD)
        """
    )
    plan = {
        "version": 1,
        "log": {"columns": {"value": "value"}, "attributes": ["channel", "device"]},
        "macro": {"event": "purchase", "value": "value", "currency": "USD"},
        "horizon": "14d",
        "actions": [{"name": f"event_{k}", "event": f"event_{k}"} for k in range(EVENTS)],
    }
    part.rename(file)  # a run that is cut off leaves no half log
    (folder / "plan.yaml").write_text(yaml.safe_dump(plan, sort_keys=False), encoding="utf-8")
