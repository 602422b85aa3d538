"""Amounts of money that are written in another way than a number with a decimal point."""

import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from microlift.errors import EventsError
from microlift.plan import Plan

SAID = "unread_value"  # the column of rows: what stands where a number should


def unread(value: ir.StringValue, number: ir.FloatingValue) -> ir.StringValue:
    """Keep the text of a value that is no number, for a message; else empty.

    Parameters
    ----------
    value : ibis.expr.types.StringValue
    number : ibis.expr.types.FloatingValue
        What was read of it, null where that failed.

    Returns
    -------
    ibis.expr.types.StringValue
    """
    return number.isnull().ifelse(value.fill_null("").strip(), "")


def check_amounts(con: Backend, rows: ir.Table, plan: Plan) -> list[str]:
    """Refuse a log in which the values of too many macros are text that is no number.

    Read as 0, amounts such as ``1.234,50`` would make every weight 0, and where only those above a
    thousand carry a comma (``1,234.50``) the dearest orders would be worth nothing.

    Parameters
    ----------
    con : ibis.backends.duckdb.Backend
    rows : ibis.Table
        From `microlift.events.normalise.rows_of`.
    plan : Plan
        Its ``log.max_rejected`` is the limit.

    Returns
    -------
    list of str
        A note where there are a few.

    Raises
    ------
    EventsError
    """
    if SAID not in rows.columns or not isinstance(plan.macro.value, str):
        return []
    macros = rows.filter(rows.event.isin(plan.macro.event))
    if plan.macro.where:
        macros = macros.filter(macros.c0)
    text = macros[SAID]
    counts = con.to_pyarrow(
        macros.agg(n=macros.count(), bad=(text != "").sum(), example=text.max())
    ).to_pylist()[0]
    n, bad = int(counts["n"]), int(counts["bad"] or 0)
    if not bad:
        return []
    such = f"such as {str(counts['example'])[:40]!r}"
    if bad <= plan.log.max_rejected * n:
        return [f"The value of {bad:,} of {n:,} macros is no number, {such}."]
    raise EventsError(
        f"The value of {bad:,} of {n:,} macros is no number, {such} (log.columns.value in the "
        "plan). Read as 0, they would lower every weight. Write amounts with a decimal point and "
        "nothing else, as 1234.50 (docs/formats.md says how), or leave macro.value out of the "
        "plan: then each macro counts 1."
    )
