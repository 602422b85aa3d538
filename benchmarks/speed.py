"""Speed and memory of the main job, as ratios to the plainest query on the same file.

    python benchmarks/speed.py [--rows 10000000] [--keep FOLDER]

The floor is ``SELECT count(DISTINCT user_id)`` on the raw Parquet file, in a process of its own,
before and after the job; the lower one counts. The clock of the job starts at the raw file.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import duckdb
import yaml

EVENTS = 12
CHANNELS, DEVICES = 6, 3


def main() -> None:
    """Generate the log, time the floor and the job, print the ratios."""
    arguments = _arguments()
    if arguments.part:
        print(json.dumps(_PARTS[arguments.part](arguments.folder)))
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(arguments.keep or scratch)
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "events.parquet").exists():
            generate(folder, arguments.rows)
        before = _spawn("floor", folder)
        job = _spawn("job", folder)
        after = _spawn("floor", folder)
    floor = min(before["seconds"], after["seconds"])
    cells = job["read"] + job["moments"]
    models = job["models"] + job["weights"]
    print(f"rows {job['rows']:,}  users {job['users']:,}  cells {job['cells']:,}")
    print(f"floor                      {floor:8.2f} s   (count distinct user_id)")
    print(f"read, normalise, sessions  {job['read']:8.2f} s   {job['read'] / floor:6.1f} x floor")
    print(f"moments and cells          {job['moments']:8.2f} s   {job['moments'] / floor:6.1f} x")
    print(f"raw file to cells          {cells:8.2f} s   {cells / floor:6.1f} x")
    print(f"peak resident at the cells {job['peak_cells'] / 2**20:8.2f} GB")
    print(f"lift, ledger and weights   {models:8.2f} s   {models / cells:6.2f} x the cells' time")
    print(f"peak resident at the end   {job['peak'] / 2**20:8.2f} GB")
    print(f"raw file to weights        {cells + models:8.2f} s")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--keep", help="folder for the generated log, kept for the next run")
    parser.add_argument("--part", choices=("floor", "job"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def _spawn(part: str, folder: Path) -> dict[str, float]:
    command = [sys.executable, __file__, "--part", part, "--folder", str(folder)]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(answer.stdout.splitlines()[-1])
    return found


def _floor(folder: Path) -> dict[str, float]:
    connection = duckdb.connect()
    connection.execute("SET threads=2")
    started = time.perf_counter()
    query = f"SELECT count(DISTINCT user_id) FROM '{folder / 'events.parquet'}'"
    connection.execute(query).fetchall()
    return {"seconds": time.perf_counter() - started}


def _job(folder: Path) -> dict[str, float]:
    import microlift as ml

    plan = ml.Plan.load(folder / "plan.yaml")
    marks = [time.perf_counter()]
    log = ml.read_events(folder / "events.parquet", plan, threads=2)
    marks.append(time.perf_counter())
    moments = ml.moments(log)
    marks.append(time.perf_counter())
    peak_cells = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    model = ml.LiftModel().fit(moments)
    marks.append(time.perf_counter())
    ml.Weights.from_ledger(ml.Ledger.from_model(model), plan)
    marks.append(time.perf_counter())
    read, cells, models, weights = (b - a for a, b in pairwise(marks))
    return {
        "rows": log.facts.rows,
        "users": log.facts.users,
        "cells": len(moments.cells),
        "read": read,
        "moments": cells,
        "models": models,
        "weights": weights,
        "peak_cells": peak_cells,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    }


_PARTS = {"floor": _floor, "job": _job}


def generate(folder: Path, rows: int) -> None:
    """Write a log of about `rows` events, by hashing alone, sorted by time; and its plan.

    Twelve actions whose popularity falls like 1 / rank, 38 % of gaps longer than half an hour, user
    ids like those of web analytics; each event is drawn by itself, so histories are as varied as
    they can be.
    """
    users = max(1, rows // 8)
    connection = duckdb.connect()
    connection.execute("SET threads=2")
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
        ) TO '{folder / "events.parquet"}' (FORMAT PARQUET, COMPRESSION ZSTD)
        """
    )
    plan = {
        "version": 1,
        "log": {"columns": {"value": "value"}, "attributes": ["channel", "device"]},
        "macro": {"event": "purchase", "value": "value", "currency": "USD"},
        "horizon": "14d",
        "actions": [{"name": f"event_{k}", "event": f"event_{k}"} for k in range(EVENTS)],
    }
    (folder / "plan.yaml").write_text(yaml.safe_dump(plan, sort_keys=False), encoding="utf-8")


if __name__ == "__main__":
    main()
