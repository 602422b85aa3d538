"""What is left out of an export, counted where it lies and judged when the counts are read.

Rows that are left out are counted under their reason. What only the rows can tell (a parameter
that no event has, a day without a date) becomes a figure of its own, refused when it is read.
"""

from collections.abc import Iterator, Mapping

import ibis
import ibis.expr.types as ir

from microlift.errors import EventsError
from microlift.events.formats.ga4.rules import NO_CONSENT, REPEATED_TRANSACTION
from microlift.events.formats.ga4.words import is_entry
from microlift.plan import Plan
from microlift.warehouse.ga4.sales import is_denied, is_late, is_sale
from microlift.warehouse.ga4.words import Reading

_SEEN, _FRACTION, _UNDATED = "seen: ", "fraction: ", "undated"


def aside_of(rows: ir.Table, sales: ir.Table, reading: Reading) -> ir.Table:
    """Count what is left out, and what an export must not hold.

    Parameters
    ----------
    rows : ibis.Table
        From `microlift.warehouse.ga4.flat.flat_rows`.
    sales : ibis.Table
        From `microlift.warehouse.ga4.sales.first_sales`.
    reading : Reading

    Returns
    -------
    ibis.Table
        One row: n0.. as `_told` names them.
    """
    denied, late = is_denied(rows), ~is_denied(rows) & is_late(rows, reading)
    counts = [denied, late, ~denied & ~late & is_sale(rows, reading), rows.day.isnull()]
    fractions = {name: rows[f"f{i}"] == 1 for i, name in enumerate(reading.texts)}
    counts += fractions.values()
    for i, name in enumerate(reading.layout.names):
        if is_entry(name):
            seen = rows[f"c{i}"].notnull() | fractions.get(name, ibis.literal(False))
            counts.append(seen | rows[f"s{i}"].notnull() if f"s{i}" in rows.columns else seen)
    figures = rows.agg(**{f"n{i}": _sum(count) for i, count in enumerate(counts)})
    sold = sales.agg(first=sales.count(), undone=sales.undone.sum().fill_null(0).cast("int64"))
    both = figures.cross_join(sold)
    repeated = {"n2": (both.n2 - both.first).cast("int64")}
    return both.mutate(**repeated).drop("first")


def told_beside(counts: ir.Table, aside: ir.Table, reading: Reading) -> ir.Table:
    """Add what was left out to the counts of a log.

    Parameters
    ----------
    counts : ibis.Table
        Of the columns of `microlift.warehouse.layout`.
    aside : ibis.Table
        From `aside_of`.
    reading : Reading

    Returns
    -------
    ibis.Table
    """
    types = counts.schema()
    found = []
    for column, part, name in _told(reading):
        said = {"part": ibis.literal(part, "string"), "name": ibis.literal(name, "string")}
        said["n"] = aside[column]
        found.append(
            aside.select(
                **{each: said.get(each, ibis.null(kind)).cast(kind) for each, kind in types.items()}
            )
        )
    return ibis.union(counts, *found)


def _told(reading: Reading) -> Iterator[tuple[str, str, str]]:
    """The columns of `aside_of`, with the part and the name under which they are told."""
    days = reading.plan.log.fresh_days
    yield "n0", "row", NO_CONSENT
    if days:
        yield "n1", "row", last_days(days)
        yield "n3", "fact", _UNDATED
    yield "n2", "row", REPEATED_TRANSACTION
    yield "undone", "row", REFUNDED
    entries = [name for name in reading.layout.names if is_entry(name)]
    figures = [f"{_FRACTION}{name}" for name in reading.texts]
    figures += [f"{_SEEN}{name}" for name in entries]
    for i, figure in enumerate(figures):
        yield f"n{4 + i}", "fact", figure


REFUNDED = "refunded"


def last_days(days: int) -> str:
    """The reason why the last days of an export are left out."""
    return f"last {days} days"


def _sum(condition: ir.BooleanValue) -> ir.IntegerValue:
    return condition.fill_null(False).cast("int64").sum().fill_null(0).cast("int64")


def left_out(by_reason: Mapping[str, int], plan: Plan) -> dict[str, int]:
    """Of the rows by reason those that are left out for no fault of the export.

    Parameters
    ----------
    by_reason : mapping of str to int
    plan : Plan

    Returns
    -------
    dict of str to int

    Examples
    --------
    >>> plan = Plan.from_dict({"log": {"format": "ga4"}, "macro": {"event": "purchase"},
    ...     "horizon": "14d", "actions": [{"name": "cart", "event": "add_to_cart"}]})
    >>> left_out({"": 9, "no user": 1, "last 3 days": 4, "refunded": 0}, plan)
    {'last 3 days': 4}
    """
    if plan.log.format != "ga4":
        return {}
    reasons = {NO_CONSENT, REPEATED_TRANSACTION, REFUNDED, last_days(plan.log.fresh_days)}
    return {name: n for name, n in by_reason.items() if n and name in reasons}


def check_counted(figures: Mapping[str, int], by_reason: Mapping[str, int], plan: Plan) -> None:
    """Refuse an export that other engines could not read as the embedded one does.

    Parameters
    ----------
    figures : mapping of str to int
        The figures of the log by their names.
    by_reason : mapping of str to int
        Its rows.
    plan : Plan

    Raises
    ------
    EventsError
        If a parameter of the plan is in no event, one that is read as text holds fractions, events
        have no date, or no final day is left.
    """
    if plan.log.format != "ga4":
        return
    for figure, n in figures.items():
        if figure.startswith(_SEEN) and not n:
            raise EventsError(
                f"The plan reads {figure.removeprefix(_SEEN)[:100]!r}, which is no field of a GA4 "
                "export, and no event of this one has a parameter of that name. Without it the "
                "plan's words mean nothing in this log. Mend log.columns, log.attributes or the "
                "rules."
            )
        if figure.startswith(_FRACTION) and n:
            raise EventsError(
                f"The parameter {figure.removeprefix(_FRACTION)[:100]!r} is a fraction in {n:,} "
                "events, and the plan reads it as text, in which engines write fractions in "
                "different ways. Compare it with a number, or read the log with --events."
            )
    days = plan.log.fresh_days
    if figures.get(_UNDATED):
        raise EventsError(
            f"{figures[_UNDATED]:,} events have no readable event_date, so whether they are of the "
            f"last {days} days, which Google still rewrites, cannot be told in every engine. Mend "
            "the export, or write log.fresh_days: 0."
        )
    late = by_reason.get(last_days(days), 0) if days else 0
    if late and not figures.get("events"):
        raise EventsError(
            f"All {late:,} events that are left are of the last {days} days, which Google still "
            "rewrites: nothing is left. Give more daily tables, or write log.fresh_days: 0."
        )
