"""From the nested table of an export to one flat row an event, under names that any engine takes.

A name of the plan may be a path (`geo.country`) or any text, which is no name of a column in every
engine. So columns are numbered here, and get the plan's names where the next query reads them.
"""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from microlift.events.formats.ga4.fields import field
from microlift.events.formats.ga4.rules import DENIED
from microlift.events.formats.ga4.words import BOOKKEEPING, NOTHING, is_entry, word
from microlift.warehouse.ga4.entries import Entry, entry_of
from microlift.warehouse.ga4.words import PARAMETERS, Reading, place_of
from microlift.warehouse.rows import BESIDE

BOOKS = (
    "at", "day", "name", "denied", "account", "browser", "transaction", "revenue", "refund",
)  # fmt: skip
MILLION = 1_000_000
_MOST = 9.2e12  # money whose millionths are a whole number of 64 bits


def flat_rows(tables: Sequence[ir.Table], reading: Reading, dialect: str) -> ir.Table:
    """Write one row an event of an export, whether it counts or not.

    Parameters
    ----------
    tables : sequence of ibis.Table
        Nested, one for each way in which its lists are written.
    reading : Reading
    dialect : str

    Returns
    -------
    ibis.Table
        c0.. (the names of the layout), the columns of `BOOKS` (`day` counts days since 1970;
        `revenue` and `refund` are millionths), and by place in `Reading.texts`, f0.. (1 where a
        parameter that is read as text holds a fraction), and by place in the layout s0.. (what
        stands as text where a number is read).
    """
    flats = [table.select(**_columns(table, reading, dialect)) for table in tables]
    return ibis.union(*flats) if len(flats) > 1 else flats[0]


def named(rows: ir.Table, reading: Reading) -> ir.Table:
    """Give the columns of `flat_rows` the names of the layout.

    Parameters
    ----------
    rows : ibis.Table
    reading : Reading

    Returns
    -------
    ibis.Table
    """
    names = {name: rows[f"c{i}"] for i, name in enumerate(reading.layout.names)}
    # Rows that differ in these alone are apart, although no condition tells them apart.
    beside = {f"{BESIDE}{name}": rows[name] for name in rows.columns if name in _said(reading)}
    return rows.select(**names, **beside)


def read_columns(rows: ir.Table, reading: Reading) -> list[str]:
    """The columns that `named` reads."""
    count = len(reading.layout.names)
    return [*(f"c{i}" for i in range(count)), *(n for n in rows.columns if n in _said(reading))]


def _said(reading: Reading) -> dict[str, str]:
    """The text beside each number that only conditions read, by its column."""
    return {
        f"s{i}": name
        for i, name in enumerate(reading.layout.names)
        if name in reading.numbers and name != reading.layout.value
    }


def _columns(table: ir.Table, reading: Reading, dialect: str) -> dict[str, ir.Value]:
    def entry(which: str, key: str) -> Entry:
        return entry_of(table, which, key, dialect)

    columns = {
        f"c{i}": _column(table, name, reading, dialect)
        for i, name in enumerate(reading.layout.names)
    }
    worth = _worth(table, dialect)
    made: dict[str, ir.Value] = {
        "at": field(table, "event_timestamp"),
        "day": _day(table),
        "name": field(table, "event_name"),
        "denied": (BOOKKEEPING["_consent"][1](table) == DENIED).fill_null(False).cast("int64"),
        "account": field(table, "user_id"),
        "browser": field(table, "user_pseudo_id"),
        "transaction": _transaction(table, dialect),
        "revenue": _millionths(worth),
        "refund": _millionths(field(table, "ecommerce.refund_value")).abs(),
    }
    fractions = {
        f"f{i}": entry(*at).is_fraction.cast("int64") for i, at in enumerate(reading.texts.values())
    }
    texts = {column: entry(*place_of(name)).text for column, name in _said(reading).items()}
    return columns | {name: made[name] for name in BOOKS} | fractions | texts


def _column(table: ir.Table, name: str, reading: Reading, dialect: str) -> ir.Value:
    if name == "value":
        return _worth(table, dialect)
    if name == "transaction_id":
        return _transaction(table, dialect)
    if name in PARAMETERS:
        return entry_of(table, "event_params", PARAMETERS[name], dialect).text
    if is_entry(name):
        found = entry_of(table, *place_of(name), dialect)
        return found.number if name in reading.numbers else found.text
    return word(name, own=reading.is_own(name))[1](table)


def _worth(table: ir.Table, dialect: str) -> ir.FloatingValue:
    """As `microlift.events.formats.ga4.words` has it: a revenue of 0 gives way to the parameter."""
    revenue = field(table, "ecommerce.purchase_revenue")
    zero = ibis.literal(0.0, "float64")
    return ibis.coalesce(
        revenue.nullif(zero), entry_of(table, "event_params", "value", dialect).number, revenue
    )


def _transaction(table: ir.Table, dialect: str) -> ir.StringValue:
    given = entry_of(table, "event_params", "transaction_id", dialect).text
    said = field(table, "ecommerce.transaction_id").nullif(NOTHING)
    return ibis.coalesce(said, given.nullif("").nullif(NOTHING))


def _day(table: ir.Table) -> ir.IntegerValue:
    """The date in days since 1970, however it was exported; null where it is none."""
    digits = field(table, "event_date").replace("-", "")
    is_date = digits.re_search("^[0-9]{8}$").fill_null(False)
    text = digits.substr(0, 4) + "-" + digits.substr(4, 2) + "-" + digits.substr(6, 2)
    day = is_date.ifelse(text, ibis.null("string")).try_cast("date")
    return day.epoch_days().cast("int64")


def _millionths(money: ir.FloatingValue) -> ir.IntegerValue:
    """Money as whole numbers, whose sums do not hang on their order."""
    known = money.notnull() & ~money.isnan() & (money.abs() < ibis.literal(_MOST, "float64"))
    safe = known.fill_null(False).ifelse(money, ibis.null("float64"))
    return (safe.cast("decimal(38, 6)") * MILLION).round().cast("int64")
