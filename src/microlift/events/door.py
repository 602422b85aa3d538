"""Rows as they stand in the files, before any is left out: counted by time and event.

A flat log can be read again for it. Of a known format, or of several sources, the rows in the words
of the plan are gone once they are coded, so the counts are kept.
"""

import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from microlift.events.times import MINUTE

QUARTER = 15 * MINUTE  # every zone is ahead of UTC by quarters of an hour: days can be told later
KEPT = "rows_at_the_door"


def count_rows(rows: ir.Table) -> ir.Table:
    """Count rows that have an event by quarter of an hour and event.

    Parameters
    ----------
    rows : ibis.Table
        From `microlift.events.normalise.rows_of`.

    Returns
    -------
    ibis.Table
        quarter (since 1970; null where there is no time), event, n, and nobody (of them without a
        user).
    """
    named = rows.filter(rows.event.notnull() & (rows.event != ""))
    named = named.select(
        "event",
        quarter=named.t // QUARTER,
        nobody=(named.user.isnull() | (named.user == "")).cast("int64"),
    )
    return named.group_by(["quarter", "event"]).agg(n=named.count(), nobody=named.nobody.sum())


def keep_counts(con: Backend, rows: ir.Table) -> None:
    """Keep these counts as a temporary table of the engine."""
    con.create_table(KEPT, count_rows(rows), temp=True)


def kept_counts(con: Backend) -> ir.Table | None:
    """The counts that were kept, if any."""
    return con.table(KEPT) if KEPT in con.list_tables() else None
