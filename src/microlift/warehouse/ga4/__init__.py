"""The GA4 export where it lies: nested tables of an engine, made flat rows by steps of SQL."""

from collections.abc import Callable, Sequence

import ibis.expr.types as ir

from microlift.plan import Plan
from microlift.warehouse.ga4.aside import aside_of, told_beside
from microlift.warehouse.ga4.flat import flat_rows, named
from microlift.warehouse.ga4.sales import first_sales, kept_rows
from microlift.warehouse.ga4.schema import check_nested
from microlift.warehouse.ga4.words import Reading

__all__ = ["Reading", "flattened"]

Stepper = Callable[[str, str, ir.Table], ir.Table]
Told = Callable[[ir.Table], ir.Table]


def flattened(
    raw: Sequence[ir.Table], plan: Plan, dialect: str, step: Stepper
) -> tuple[ir.Table, Plan, Told]:
    """Make the nested table of an export flat rows that count, in steps.

    Parameters
    ----------
    raw : sequence of ibis.Table
        Nested; several where their lists are written in several ways.
    plan : Plan
        Of ``log.format: ga4``.
    dialect : str
    step : callable
        Takes the name of a step, what it holds and its query, and gives its table.

    Returns
    -------
    rows : ibis.Table
        Under the names of the plan.
    plan : Plan
        With the columns that the export stands for filled in.
    told : callable
        Adds to the counts of the log what was left out of it.

    Raises
    ------
    EventsError, InputError
        If a table is no such export, or the plan reads of it what engines read in different ways.
    """
    reading = Reading(plan)
    for table in raw:
        check_nested(table, reading)
    rows = step("export", "events of the export, flat", flat_rows(raw, reading, dialect))
    sales = step("sales", "macros with a transaction, each once", first_sales(rows, reading))
    aside = step("aside", "what is left out, one row", aside_of(rows, sales, reading))
    kept = step("kept", "events that count", kept_rows(rows, sales, reading))
    return named(kept, reading), reading.plan, lambda counts: told_beside(counts, aside, reading)
