"""Counting cells by the portable steps on DuckDB: what other engines do, on this machine."""

import ibis
import pyarrow as pa

from microlift.errors import InputError
from microlift.events.engine import close, connect
from microlift.events.files import Source
from microlift.events.layout import layout_of
from microlift.events.sources import open_source
from microlift.plan import Plan
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
        names = layout_of(plan).names
        rows = open_source(source, con, names)
        con.create_view(f"{PREFIX}log", rows)
        raw = ibis.table(rows.schema(), name=f"{PREFIX}log")
        for step in steps_of(raw, plan, "duckdb"):
            con.create_table(PREFIX + step.name, step.query, temp=True)
        return con.table(PREFIX + RESULT).to_pyarrow()
    finally:
        close(con)
