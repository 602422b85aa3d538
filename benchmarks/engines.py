"""One log, several engines: whether a million events give the same cells, and at what cost.

Run from the root of the project, where pyspark and Java 17 are installed (`make spark-tools`):

    .venv/bin/python benchmarks/engines.py [--events 1000000] [--no-spark]

Prints one line an engine: seconds of the clock and of processors (Java's too), and whether its
cells are those of the embedded engine, integer for integer. Ends with 1 where they are not.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd
import psutil

from microlift.events import read_events
from microlift.events.files import find_files
from microlift.moments import Moments, moments
from microlift.plan import Plan
from microlift.warehouse.embedded import count_here
from microlift.warehouse.reading import moments_of
from microlift.warehouse.spark import count_on_spark, local_session

NAMES = (
    "view_item", "add_to_cart", "begin_checkout", "search", "video", "chat", "wishlist", "signup",
    "share", "scroll",
)  # fmt: skip
PLAN = Plan.from_dict(
    {
        "log": {"attributes": ["channel", "device"], "columns": {"value": "value"}},
        "macro": {"event": "purchase", "value": "value", "currency": "USD"},
        "horizon": "14d",
        "actions": [{"name": name, "event": name} for name in NAMES],
    }
)


def make_log(path: Path, events: int) -> None:
    """Made of hashes: eight events a user, full minutes (so that many tie), a ninth no channel."""
    names = ", ".join(f"'{name}'" for name in (*NAMES, "page_view"))
    duckdb.sql(
        f"""COPY (SELECT 'GA1.2.' || (hash(i) % {events // 8}) AS user_id,
        TIMESTAMPTZ '2024-01-01 00:00:00+00' + to_seconds((hash(i + 77777777) % 129600) * 60)
            AS timestamp,
        CASE WHEN hash(i + 5) % 230 = 0 THEN 'purchase'
            ELSE ([{names}])[1 + (hash(i + 3) % 11)::INT] END AS event,
        CASE WHEN hash(i + 11) % 9 = 0 THEN NULL ELSE 'c' || (hash(hash(i) % {events // 8}) % 6) END
            AS channel,
        CASE WHEN hash(i + 12) % 4 = 0 THEN 'mobile' ELSE 'desktop' END AS device,
        round((hash(i + 21) % 20000) / 100.0, 2) AS value
        FROM range({events}) t(i)) TO '{path}' (FORMAT parquet)"""
    )


def spent() -> float:
    own = psutil.Process()
    return sum(sum(p.cpu_times()[:2]) for p in (own, *own.children(recursive=True)))


def same(one: Moments, other: Moments) -> bool:
    frames = ("cells", "doers", "firsts", "macro_visits")
    equal = all(pd.DataFrame.equals(getattr(one, n), getattr(other, n)) for n in frames)
    return equal and one.totals == other.totals and one.occurrences == other.occurrences


def timed(name: str, count: Callable[[], Moments], wanted: Moments | None = None) -> Moments:
    begun, used = time.perf_counter(), spent()
    found = count()
    verdict = "" if wanted is None else ("same" if same(found, wanted) else "DIFFERENT")
    print(
        f"{name:<28} {time.perf_counter() - begun:7.1f} s {spent() - used:7.1f} CPU s "
        f"{len(found.cells):>9,} cells {verdict}",
        flush=True,
    )
    if verdict == "DIFFERENT":
        sys.exit(1)
    return found


def embedded(path: Path) -> Moments:
    with read_events(path, PLAN, quiet=True) as log:
        return moments(log)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--no-spark", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.parquet"
        make_log(path, asked.events)
        source = find_files(path)
        wanted = timed("embedded", lambda: embedded(path))
        for threads in (1, 2, 8):
            counted = lambda n=threads: moments_of(count_here(source, PLAN, n), PLAN, "log")  # noqa: E731
            timed(f"portable, {threads} threads", counted, wanted)
        if not asked.no_spark:
            with local_session(threads=2, partitions=8) as session:
                counted = lambda: moments_of(count_on_spark(session, source, PLAN), PLAN, "log")  # noqa: E731
                timed("Spark, local[2]", counted, wanted)


if __name__ == "__main__":
    main()
