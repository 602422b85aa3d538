"""Amounts of money that are written in another way than a number with a decimal point."""

from collections.abc import Mapping
from typing import Any

import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from microlift.errors import EventsError
from microlift.plan import Plan

SAID = "unread_value"  # the column of rows: what stands where a number should
POINTED = "pointed_value"  # the column of rows: an amount as it is written, if it has a point
_THOUSANDS = r"^[-+]?[1-9][0-9]{0,2}\.[0-9]{3}$"  # 1.234: a thousand and more, or one and a bit


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


def pointed(value: ir.StringValue) -> ir.StringValue:
    """Keep the text of a value that has a point in it; else empty.

    Parameters
    ----------
    value : ibis.expr.types.StringValue

    Returns
    -------
    ibis.expr.types.StringValue
    """
    text = value.fill_null("").strip()
    return text.contains(".").ifelse(text, "")


def check_amounts(con: Backend, rows: ir.Table, plan: Plan) -> list[str]:
    """Refuse a log in which the values of macros are no numbers, or may be other ones.

    Read as 0, amounts such as ``1.234,50`` would make every weight 0, and where only those above a
    thousand carry a comma (``1,234.50``) the dearest orders would be worth nothing. Where each
    point has three digits after it and no more than three before, ``1.234`` may be a thousand and
    more; read as one and a bit, it would be worth a thousandth.

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
    text, amount = macros[SAID], macros[POINTED]
    counts = con.to_pyarrow(
        macros.agg(
            n=macros.count(),
            bad=(text != "").sum(),
            example=text.max(),
            pointed=(amount != "").sum(),
            like=amount.re_search(_THOUSANDS).sum(),
            amount=amount.max(),
        )
    ).to_pylist()[0]
    n, bad = int(counts["n"]), int(counts["bad"] or 0)
    if bad <= plan.log.max_rejected * n:
        _refuse_thousands(counts, plan)
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


def _refuse_thousands(counts: Mapping[str, Any], plan: Plan) -> None:
    from microlift.events.money import minor_digits  # which reads the rows made with this module

    if minor_digits(plan.macro.currency) == 3:
        return  # three decimals are its coins
    many = int(counts["pointed"] or 0)
    if not many or int(counts["like"] or 0) < many:
        return
    amount = str(counts["amount"])
    raise EventsError(
        f"The values of {many:,} macros have a point, and all of them three digits after it, such "
        f"as {amount!r} (log.columns.value in the plan): that may be {amount.replace('.', '')}, as "
        "it is written in Germany, or a little more than "
        f"{amount.split('.')[0]}, and every weight hangs on which. Write thousands without a "
        "point, or two decimals."
    )
