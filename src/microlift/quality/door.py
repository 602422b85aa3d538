"""What only the files tell: rows without a user, where duplicates lie, ids of transactions.

The files are read again only where something was left out, and then two or three columns of them;
of macros always, where there is a column of transaction ids.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis.backends.duckdb import Backend

from microlift.errors import EventsError
from microlift.events import EventLog
from microlift.events.door import QUARTER, count_rows, kept_counts
from microlift.events.files import Source
from microlift.events.formats import find_sources
from microlift.events.layout import layout_of
from microlift.events.normalise import rows_of
from microlift.events.sources import open_source
from microlift.events.times import microseconds
from microlift.events.window import within
from microlift.plan import Plan
from microlift.quality.calendar import Calendar
from microlift.where import columns_of, to_ibis

TRANSACTION_COLUMNS = ("transaction_id", "order_id", "transactionId", "orderId", "order_number")
NO_ID = ("", "(not set)", "(none)", "null", "nan", "none", "undefined")
OTHER = ""


@dataclass(frozen=True)
class Door:
    """Counts of rows as they stand in the files.

    Attributes
    ----------
    rows
        By day (NaN where there is no time) and event name (those of the facts, else ''): n, and
        nobody (of them without a user). Empty where no row was left out.
    transaction_column
        The column of transaction ids, None where the log has none.
    transactions, repeated
        Macros of users with such an id, and those of them whose id came before at another time or
        for another user.
    """

    rows: pd.DataFrame = field(default_factory=pd.DataFrame)
    transaction_column: str | None = None
    transactions: int = 0
    repeated: int = 0


def count_door(log: EventLog, calendar: Calendar) -> Door:
    """Read the files again, as far as something has to be known of them."""
    facts = log.facts
    left_out = facts.duplicates or "no user" in facts.rejected
    rows = _rows(log, calendar) if left_out else pd.DataFrame()
    return Door(rows, *_transactions(log))


def _rows(log: EventLog, calendar: Calendar) -> pd.DataFrame:
    counted = kept_counts(log.con)
    if counted is None:
        plan = log.plan.heard
        layout = layout_of(plan)
        raw = open_source(log.source, log.con, layout.names)
        counted = count_rows(within(rows_of(raw, layout, plan), log.begin))
    known = sorted(log.facts.event_codes)
    counted = counted.select(
        "n",
        "nobody",
        day=calendar.day(counted.quarter * QUARTER),
        event=ibis.ifelse(counted.event.isin(known), counted.event, OTHER),
    )
    whole = counted.group_by(["day", "event"]).agg(
        n=counted.n.sum().cast("int64"), nobody=counted.nobody.sum().cast("int64")
    )
    frame: pd.DataFrame = log.con.to_pyarrow(whole).to_pandas()
    return frame.sort_values(["day", "event"]).reset_index(drop=True)


def _transactions(log: EventLog) -> tuple[str | None, int, int]:
    """Count macros by transaction id; rows that agree in id, user and time are one macro."""
    parts = _plain_parts(log)
    found = [sales for part in parts if (sales := _sales(*part, log.con, log.begin)) is not None]
    if not found:
        return None, 0, 0
    every = ibis.union(*(rows for _, rows in found), distinct=True)
    counted = every.agg(n=every.count(), ids=every.code.nunique())
    said = log.con.to_pyarrow(counted).to_pylist()[0]
    n, ids = int(said["n"]), int(said["ids"])
    return found[0][0], n, n - ids


def _plain_parts(log: EventLog) -> Iterator[tuple[Source, Plan]]:
    """The files that can be read by their columns, with the plan in their words.

    Of a known format the reader itself knows which column holds the ids.
    """
    plan = log.plan.heard
    if not plan.log.sources and plan.log.format is None:
        yield log.source, plan
    if plan.log.sources:
        parts = find_sources(log.source.given, plan)[1]
        for source, spec in zip(parts, plan.log.sources, strict=True):
            if spec.format is None:
                update = {"columns": spec.columns, "sources": ()}
                own = plan.log.model_copy(update=update)
                yield source, plan.model_copy(update={"log": own})


def _sales(
    source: Source, plan: Plan, con: Backend, begin: int | None
) -> tuple[str, ir.Table] | None:
    """Macros with their ids; None where these files have no such column, or no macros."""
    layout = layout_of(plan)
    for name in TRANSACTION_COLUMNS:
        names = dict.fromkeys([layout.user, layout.time, layout.event, name])
        try:
            raw = open_source(source, con, [*names, *_conditions(plan, names)])
        except EventsError:
            continue
        macros = raw.filter(raw[layout.event].cast("string").isin(plan.macro.event))
        if plan.macro.where:
            macros = macros.filter(to_ibis(plan.macro.where, macros))
        if begin is not None:
            macros = macros.filter(microseconds(macros[layout.time], plan.log.timezone) >= begin)
        sales = macros.select(
            code=macros[name].cast("string").strip(),
            user=macros[layout.user].cast("string"),
            time=macros[layout.time].cast("string"),
        )
        # Rows without a user are left out of the log, and count no macro twice.
        known = sales.user.notnull() & (sales.user != "") & sales.code.notnull()
        return name, sales.filter(known & ~sales.code.lower().isin(NO_ID)).distinct()
    return None


def _conditions(plan: Plan, names: dict[str, None]) -> list[str]:
    looked_at = columns_of(plan.macro.where) if plan.macro.where else set()
    return sorted(looked_at - set(names))
