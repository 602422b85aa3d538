"""Counting cells by the portable steps on DuckDB: what other engines do, on this machine."""

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

from microlift.errors import InputError
from microlift.events.engine import close, connect
from microlift.events.files import Source
from microlift.events.formats.ga4.shards import open_shards, without_early
from microlift.events.layout import layout_of
from microlift.events.sources import open_source
from microlift.plan import Plan
from microlift.warehouse.ga4 import Reading
from microlift.warehouse.scope import check_plan
from microlift.warehouse.steps import PREFIX, RESULT, steps_of


def count_here(source: Source, plan: Plan, threads: int | None = None) -> pa.Table:
    """Count the cells of Parquet files on DuckDB, closed in as for every log.

    Parameters
    ----------
    source : Source
    plan : Plan
    threads : int, optional
        Default one a core.

    Returns
    -------
    pyarrow.Table
        See `microlift.warehouse.layout`.

    Raises
    ------
    InputError
        If plan or columns are none that can be counted by portable steps.
    """
    if source.format != "parquet":
        raise InputError(
            f"The log {source.given!r} is {source.format}, which engines read in as many ways as "
            "there are engines. Convert it to Parquet, or give it with --events to lift."
        )
    check_plan(plan)
    con = connect([source.root], threads)
    try:
        for step in steps_of(_opened(source, con, plan), plan, "duckdb"):
            con.create_table(PREFIX + step.name, step.query, temp=True)
        return con.table(PREFIX + RESULT).to_pyarrow()
    finally:
        close(con)


def _opened(source: Source, con: Backend, plan: Plan) -> list[ir.Table]:
    """The log by its name alone, as a warehouse knows it; an export in each way it is written."""
    if plan.log.format == "ga4":
        tables, _ = open_shards(without_early(source)[0], con, Reading(plan).paths)
    else:
        tables = [open_source(source, con, layout_of(plan).names)]
    found = []
    for number, rows in enumerate(tables):
        name = f"{PREFIX}log{number or ''}"
        con.create_view(name, rows)
        found.append(ibis.table(rows.schema(), name=name))
    return found
