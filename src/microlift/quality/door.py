"""What only the files tell: rows without a user, where duplicates lie, ids of transactions.

The files are read again only where something was left out, and then two or three columns of them;
of macros always, where there is a column of transaction ids.
"""

from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir
import pandas as pd

from microlift.errors import EventsError
from microlift.events import EventLog
from microlift.events.layout import layout_of
from microlift.events.normalise import rows_of
from microlift.events.sources import open_source
from microlift.events.times import DAY
from microlift.where import to_ibis

TRANSACTION_COLUMNS = ("transaction_id", "order_id", "transactionId", "orderId", "order_number")
NO_ID = ("", "(not set)", "(none)", "null", "undefined")
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
        Macros with such an id, and those of them whose id came before at another time or for
        another user.
    """

    rows: pd.DataFrame = field(default_factory=pd.DataFrame)
    transaction_column: str | None = None
    transactions: int = 0
    repeated: int = 0


def count_door(log: EventLog, offset: int) -> Door:
    """Read the files again, as far as something has to be known of them."""
    facts, named = log.facts, _transaction_column(log)
    counted = _rows(log, offset) if facts.duplicates or "no user" in facts.rejected else None
    rows = pd.DataFrame() if counted is None else counted
    if named is None:
        return Door(rows)
    return Door(rows, named, **_transactions(log, named))


def _rows(log: EventLog, offset: int) -> pd.DataFrame:
    plan = log.plan.heard
    layout = layout_of(plan)
    rows = rows_of(open_source(log.source, log.con, layout.names), layout, plan)
    known = sorted(log.facts.event_codes)
    rows = rows.filter(rows.event.notnull() & (rows.event != ""))
    rows = rows.select(
        day=(rows.t + offset) // DAY,
        event=ibis.ifelse(rows.event.isin(known), rows.event, OTHER),
        nobody=(rows.user.isnull() | (rows.user == "")).cast("int64"),
    )
    counted = rows.group_by(["day", "event"]).agg(n=rows.count(), nobody=rows.nobody.sum())
    frame: pd.DataFrame = log.con.to_pyarrow(counted).to_pandas()
    return frame.sort_values(["day", "event"]).reset_index(drop=True)


def _transaction_column(log: EventLog) -> str | None:
    for name in TRANSACTION_COLUMNS:
        try:
            open_source(log.source, log.con, [name])
        except EventsError:
            continue
        return name
    return None


def _transactions(log: EventLog, name: str) -> dict[str, int]:
    """Count macros by transaction id; rows that agree in id, user and time are one macro."""
    layout = layout_of(log.plan.heard)
    raw = open_source(log.source, log.con, list(dict.fromkeys([*layout.names, name])))
    macros = raw.filter(raw[layout.event].cast("string").isin(log.plan.macro.event))
    if log.plan.macro.where:
        macros = macros.filter(to_ibis(log.plan.macro.where, macros))
    code: ir.StringValue = macros[name].cast("string").strip()
    known = macros.select(
        code=code,
        user=macros[layout.user].cast("string"),
        time=macros[layout.time].cast("string"),
    )
    known = known.filter(known.code.notnull() & ~known.code.isin(NO_ID)).distinct()
    said = log.con.to_pyarrow(known.agg(n=known.count(), ids=known.code.nunique())).to_pylist()[0]
    return {"transactions": int(said["n"]), "repeated": int(said["n"]) - int(said["ids"])}
