"""The table of a GA4 export: the columns that it has, its daily tables, and what it must have."""

import re
from collections.abc import Sequence

import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from microlift.errors import EventsError, InputError
from microlift.events.formats.ga4.fields import FIELDS, LISTS, NEEDED, entries
from microlift.events.layout import layout_of
from microlift.plan import Plan
from microlift.warehouse.ga4.words import Reading

SUFFIX = "_TABLE_SUFFIX"  # what BigQuery puts in the place of the star
DAYS = "^[0-9]+$"  # intraday and fresh tables of a day hold what its daily table holds too

_BOOLEANS = {"is_active_user": dt.boolean}  # text in JSON lines
_VALUE = dt.Struct(
    {
        "string_value": dt.string,
        "int_value": dt.int64,
        "float_value": dt.float64,
        "double_value": dt.float64,
    }
)
_ENTRIES = dt.Array(dt.Struct({"key": dt.string, "value": _VALUE}))


def types_of(reading: Reading) -> dict[str, dt.DataType]:
    """The columns of an export that a plan reads, with the types that BigQuery gives them.

    Parameters
    ----------
    reading : Reading

    Returns
    -------
    dict of str to ibis.expr.datatypes.DataType
        Of records only the fields that are read: engines reach into them by name.

    Examples
    --------
    >>> from microlift.plan import Plan
    >>> plan = Plan.from_dict({"log": {"format": "ga4"}, "macro": {"event": "purchase"},
    ...     "horizon": "14d", "actions": [{"name": "cart", "event": "add_to_cart"}]})
    >>> print(types_of(Reading(plan))["ecommerce"])
    struct<transaction_id: string, purchase_revenue: float64, refund_value: float64>
    """
    tree: dict[str, object] = {}
    for path in reading.paths:
        *above, leaf = path.split(".")
        at = tree
        for name in above:
            at = at.setdefault(name, {})  # type: ignore[assignment]
        at[leaf] = _ENTRIES if path in LISTS else _BOOLEANS.get(path, FIELDS.get(path))
    return {name: _typed(kind) for name, kind in tree.items()}


def _typed(kind: object) -> dt.DataType:
    if isinstance(kind, dict):
        return dt.Struct({name: _typed(of) for name, of in kind.items()})
    return dt.dtype(kind)


def days_alone(table: ir.Table) -> ir.Table:
    """Read of a wildcard table the daily ones, whose names go on with digits alone.

    Parameters
    ----------
    table : ibis.Table
        With the column `SUFFIX`.

    Returns
    -------
    ibis.Table
        Without it.
    """
    daily = table.filter(table[SUFFIX].re_search(DAYS))
    return daily.select(*(name for name in table.columns if name != SUFFIX))  # no star has it


def newest_of(pattern: str, tables: Sequence[str]) -> str | None:
    """The newest daily table that a name with a star means: BigQuery reads all by its columns.

    Examples
    --------
    >>> newest_of("events_*", ["events_20240701", "events_20240702", "events_intraday_20240703"])
    'events_20240702'
    """
    named = re.compile(re.escape(pattern.removesuffix("*")) + "[0-9]+")
    return max((name for name in tables if named.fullmatch(name)), default=None)


def columns_read(plan: Plan) -> tuple[str, ...]:
    """The columns of a table that a plan reads, whatever the format.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    tuple of str
        Of an export those that it may lack too.
    """
    return Reading(plan).columns if plan.log.format == "ga4" else layout_of(plan).names


def check_star(table: str, dialect: str, is_export: bool) -> None:
    """Refuse a star in the name of a table where nothing knows what to make of it.

    Raises
    ------
    InputError
    """
    if "*" in table and not (dialect == "bigquery" and is_export and table.count("*") == 1):
        raise InputError(
            f"Got {table[:100]!r} as the name of a table. A star stands for daily tables in "
            "BigQuery, under a plan of log.format: ga4, once and at the end (events_*). Elsewhere "
            "name one table, or a view over all of them."
        )


def check_nested(raw: ir.Table, reading: Reading) -> None:
    """Refuse a table that is no GA4 export, or holds it in another shape.

    Parameters
    ----------
    raw : ibis.Table
    reading : Reading

    Raises
    ------
    EventsError
    """
    lacking = [name for name in NEEDED if name not in raw.columns]
    if lacking:
        raise EventsError(
            f"The table lacks {', '.join(map(repr, lacking))}, which every GA4 export has, so it "
            "is none. Name another table, or remove log.format: ga4 and name the columns in "
            "log.columns."
        )
    for path in reading.paths:
        top, *below = path.split(".")
        if top not in raw.columns:
            continue
        kind = raw[top].type()
        for name in below:
            kind = kind[name] if kind.is_struct() and name in kind.names else dt.null
        wanted = FIELDS.get(path)
        if wanted is None:
            fits = _may_hold_entries(raw[top])
        elif wanted.is_string():
            fits = not kind.is_nested()
        else:
            fits = kind.is_numeric() or kind.is_null()
        if not fits:
            raise EventsError(
                f"The column {path!r} is of type {str(kind)[:100]}, and in a GA4 export it is "
                f"{wanted or 'a list of keys with values'}: engines would read it in different "
                "ways. Make it so in a view, or read the log with --events."
            )


def _may_hold_entries(column: ir.Value) -> bool:
    """Whether a column is a list of keys with values, or of nothing that is known."""
    kind = column.type()
    if kind.is_struct() and len(kind.names) == 1:
        kind = kind[kind.names[0]]
    if not kind.is_array():
        return False
    return not kind.value_type.is_struct() or entries(column) is not None
