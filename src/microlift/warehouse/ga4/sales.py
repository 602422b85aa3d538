"""Which rows of an export count: consent, days that are not final, repeated and undone sales.

The rules of `microlift.events.formats.ga4.rules`, as queries that need to know nothing of the log.
"""

import ibis
import ibis.expr.types as ir

from microlift.warehouse.ga4.flat import BOOKS, MILLION, read_columns
from microlift.warehouse.ga4.words import Reading


def first_sales(rows: ir.Table, reading: Reading) -> ir.Table:
    """Keep of each transaction the first event, worth what was not refunded.

    Parameters
    ----------
    rows : ibis.Table
        From `microlift.warehouse.ga4.flat.flat_rows`.
    reading : Reading

    Returns
    -------
    ibis.Table
        The columns that are read, and undone (1 where nothing is left of it).
    """
    final = _final(rows, reading)
    keys = [*(f"c{i}" for i in range(len(reading.layout.names))), *BOOKS[1:]]
    order = [ibis.asc(key, nulls_first=False) for key in ("at", *keys)]
    nth = ibis.row_number().over(group_by="transaction", order_by=order)
    sales = final.filter(is_sale(final, reading)).mutate(nth=nth)
    first = sales.filter(sales.nth == 0).drop("nth")
    columns = read_columns(rows, reading)
    if reading.plan.log.refunds == "keep":
        return first.select(*columns, undone=ibis.literal(0, "int64"))
    refunds = _refunds(final)
    joined = first.left_join(refunds, first.transaction == refunds.of)
    back, revenue = joined.back.fill_null(0), joined.revenue
    undone = joined.of.notnull() & ((joined.whole == 1) | (back >= revenue.fill_null(0)))
    worth = reading.layout.value
    changed = {}
    if worth is not None:
        place = f"c{reading.layout.names.index(worth)}"
        partly = joined.of.notnull() & (revenue > 0)
        net = _net(joined[place], revenue, back, worth)
        changed[place] = partly.fill_null(False).ifelse(net, joined[place])
    kept = {name: changed.get(name, joined[name]) for name in columns}
    return joined.select(**kept, undone=undone.fill_null(False).cast("int64"))


def kept_rows(rows: ir.Table, sales: ir.Table, reading: Reading) -> ir.Table:
    """Keep the rows that count, with the sales that were judged.

    Parameters
    ----------
    rows : ibis.Table
        From `microlift.warehouse.ga4.flat.flat_rows`.
    sales : ibis.Table
        From `first_sales`.
    reading : Reading

    Returns
    -------
    ibis.Table
        The columns that are read.
    """
    final, columns = _final(rows, reading), read_columns(rows, reading)
    rest = final.filter(~is_sale(final, reading)).select(*columns)
    return ibis.union(rest, sales.filter(sales.undone == 0).select(*columns))


def is_denied(rows: ir.Table) -> ir.BooleanValue:
    """Whether a row has no id because consent was denied."""
    nobody = rows.account.isnull() & rows.browser.isnull() & rows.name.notnull()
    return nobody & (rows.denied == 1)


def is_late(rows: ir.Table, reading: Reading) -> ir.BooleanValue:
    """Whether a row is of the last days, counted on the calendar: Google still rewrites them."""
    days = reading.plan.log.fresh_days
    if days == 0:
        return ibis.literal(False)
    last = rows.filter(~is_denied(rows)).agg(last=lambda t: t.day.max()).as_scalar()
    return (rows.day > last - days).fill_null(False)


def is_sale(rows: ir.Table, reading: Reading) -> ir.BooleanValue:
    """Whether a row is a macro with the id of a transaction."""
    macro = rows.name.isin(reading.plan.macro.event) & (rows.name != "refund")
    return (macro & rows.transaction.notnull()).fill_null(False)


def _final(rows: ir.Table, reading: Reading) -> ir.Table:
    return rows.filter(~is_denied(rows), ~is_late(rows, reading))


def _refunds(final: ir.Table) -> ir.Table:
    found = final.filter(final.name == "refund", final.transaction.notnull())
    # A refund that was sent twice is the same in its time and amount.
    found = found.select("transaction", "at", "refund").distinct()
    # Without an amount all of it went back.
    whole = (found.refund.fill_null(0) <= 0).cast("int64")
    return found.group_by(of=found.transaction).agg(
        back=found.refund.sum().cast("int64"), whole=whole.max()
    )


def _net(
    worth: ir.FloatingValue, revenue: ir.IntegerValue, back: ir.IntegerValue, name: str
) -> ir.FloatingValue:
    """What is left after refunds: of our own value exactly, of any other the same share."""
    left = (revenue - back).cast("float64")
    if name == "value":
        return left / ibis.literal(float(MILLION), "float64")
    return worth * left / revenue.cast("float64")
