"""Engines of others: `sql` and `cells`."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from microlift.cli import values
from microlift.cli.telling import say
from microlift.cli.verbs import Verbs, add_verb, reads_log

if TYPE_CHECKING:
    import pyarrow as pa

    from microlift.plan import Plan

ENGINES = ("duckdb", "spark")


def add(verbs: Verbs) -> None:
    """Add the verbs that count elsewhere."""
    sql = add_verb(verbs, "sql", _sql, "what would run in a warehouse, as SQL to review")
    sql.add_argument("--plan", type=values.path, required=True, help="the measurement plan")
    sql.add_argument(
        "--dialect",
        type=values.text,
        required=True,
        help="bigquery, databricks, duckdb, snowflake, spark or trino",
    )
    sql.add_argument(
        "--table", type=values.text, default="events", help="the table, as project.dataset.events"
    )
    sql.add_argument("--into", default="", help="dataset or schema for the tables of steps")
    sql.add_argument("--step", default="", help="the query of one step alone, as for dbt")
    cells = add_verb(verbs, "cells", _cells, "count cells where the log lies, for lift --cells")
    reads_log(cells)
    cells.epilog = (
        "--events may also be the URL of a table, such as bigquery://project/dataset#events, "
        "without any secret in it: the driver has its own configuration."
    )
    cells.add_argument(
        "--engine", choices=ENGINES, default="duckdb", help="what reads the Parquet files"
    )
    cells.add_argument(
        "--out", type=values.path, default="cells.parquet", help="the Parquet file to write"
    )


def _sql(arguments: argparse.Namespace) -> int:
    from microlift.plan import Plan
    from microlift.warehouse.script import script_of

    plan = Plan.load(arguments.plan)
    text = script_of(plan, arguments.dialect, arguments.table, arguments.into, arguments.step)
    say(text.rstrip("\n"))
    return 0


def _cells(arguments: argparse.Namespace) -> int:
    from microlift.events.engine import memory_of_python
    from microlift.folder import held, write
    from microlift.plan import Plan
    from microlift.warehouse.reading import file_of, moments_of

    out: Path = arguments.out
    plan = Plan.load(arguments.plan)
    with held(out.parent, [out.name]), memory_of_python():
        counted = _counted(arguments.events, plan, arguments.engine)
        found = moments_of(counted, plan, arguments.events)  # refuse what lift would refuse
        write({out.name: file_of(counted)}, out.parent)
    say(str(found), f"written: {out}")
    return 0


def _counted(events: str, plan: "Plan", engine: str) -> "pa.Table":
    from microlift.urls import is_url
    from microlift.warehouse.connection import count_at, place_of

    if is_url(events):
        return count_at(place_of(events), plan)
    from microlift.events.files import find_files

    source = find_files(events)
    if engine == "spark":
        from microlift.warehouse.spark import count_on_spark, local_session

        with local_session() as session:
            return count_on_spark(session, source, plan)
    from microlift.warehouse.embedded import count_here

    return count_here(source, plan)
