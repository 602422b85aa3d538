"""The steps as SQL text: to be reviewed, scheduled, or put into dbt."""

import re

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.types as ir

from microlift.errors import InputError
from microlift.events.layout import layout_of
from microlift.plan import Plan
from microlift.warehouse.dialects import known_dialect
from microlift.warehouse.ga4 import Reading
from microlift.warehouse.ga4.schema import SUFFIX, check_star, days_alone, types_of
from microlift.warehouse.layout import SCHEMA, cells_hash
from microlift.warehouse.steps import Step, steps_of, table_at
from microlift.where import to_ibis

_NAME = re.compile(r"[\w$-]+")
_QUOTES = {"bigquery": "`", "databricks": "`", "spark": "`"}
_BARE = "databricks"  # the same words as Spark, without a session to ask


def script_of(plan: Plan, dialect: str, table: str, into: str = "", only: str = "") -> str:
    """Write the SQL that counts the cells of a table.

    Parameters
    ----------
    plan : Plan
    dialect : str
        ``bigquery``, ``databricks``, ``duckdb``, ``snowflake``, ``spark`` or ``trino``.
    table : str
        The table of events, such as ``project.dataset.events``.
    into : str, optional
        The dataset or schema in which tables of steps are made; by default that of the session.
    only : str, optional
        The name of one step: its query alone, without ``CREATE TABLE``, as a model of dbt has it.

    Returns
    -------
    str

    Raises
    ------
    InputError
        If the dialect, a name or the step is unknown, or the plan asks for what only the embedded
        engine can do.

    Examples
    --------
    >>> plan = Plan.from_dict({"macro": {"event": "buy"}, "horizon": "14d",
    ...                        "actions": [{"name": "view", "event": "view"}]})
    >>> script_of(plan, "bigquery", "shop.events").splitlines()[0]
    '-- microlift: from the events in shop.events to the cells of plan 16b10386eadc1547'
    """
    known_dialect(dialect)
    raw = _table_of(plan, table, dialect)
    steps = steps_of(raw, plan, dialect, into=tuple(_parts(into)))
    if only:
        return sql_of(_one(steps, only), dialect)
    head = [
        f"-- microlift: from the events in {table} to the cells of plan {cells_hash(plan)}",
        f"-- (layout {SCHEMA}, {dialect}). The last table, exported as Parquet, is what",
        "-- `microlift lift --cells` reads. Columns are taken to be of these types:",
        *(f"--   {name}: {kind}" for name, kind in raw.schema().items()),
    ]
    quote = _QUOTES.get(dialect, '"')
    made = []
    for step in steps:
        name = ".".join(
            f"{quote}{part}{quote}" for part in (*_parts(into), f"microlift_{step.name}")
        )
        made.append(f"-- {step.told}\nCREATE TABLE {name} AS\n{sql_of(step, dialect)};")
    return "\n\n".join(["\n".join(head), *made]) + "\n"


def sql_of(step: Step, dialect: str) -> str:
    """The query of a step in the words of an engine.

    Parameters
    ----------
    step : Step
    dialect : str

    Returns
    -------
    str
    """
    return str(ibis.to_sql(step.query, dialect=_BARE if dialect == "spark" else dialect))


def _one(steps: list[Step], name: str) -> Step:
    for step in steps:
        if step.name == name:
            return step
    names = ", ".join(step.name for step in steps)
    raise InputError(
        f"Got the step {name[:60]!r}, which is none of this plan. Write one of {names}."
    )


def _parts(name: str) -> list[str]:
    parts = name.split(".") if name else []
    if len(parts) > 3 or any(not _NAME.fullmatch(part) for part in parts):
        raise InputError(
            f"Got {name[:100]!r} as the name of a table or dataset. Write up to three names of "
            "letters, digits, _, - and $, with dots between them, such as project.dataset.events."
        )
    return parts


def _table_of(plan: Plan, name: str, dialect: str) -> ir.Table:
    """The table by its name, with the types that the plan's words ask for."""
    check_star(name, dialect, plan.log.format == "ga4")
    if plan.log.format == "ga4":
        return _export(Reading(plan), name)
    layout = layout_of(plan)
    types: dict[str, dt.DataType] = dict.fromkeys(layout.names, dt.string)
    types[layout.time] = dt.Timestamp(timezone="UTC")
    types |= dict.fromkeys(layout.sequence, dt.int64)
    if layout.value:
        types[layout.value] = dt.float64
    draft = ibis.table(types, name="events")
    # What a condition would have to read as a number is taken to be one.
    for rule in (plan.macro.where, *(action.where for action in plan.actions)):
        for cast in to_ibis(rule, draft).op().find(ops.TryCast) if rule else ():
            labels = cast.to.is_floating() and cast.arg.name in layout.attributes
            types[cast.arg.name] = dt.int64 if labels else cast.to
    *database, table = _named(name)
    return table_at(types, table, database)


def _export(reading: Reading, name: str) -> ir.Table:
    """The table of an export, or its daily tables by a star, with the types of BigQuery."""
    *database, table = _named(name.removesuffix("*"))
    types = types_of(reading)
    if not name.endswith("*"):
        return table_at(types, table, database)
    return days_alone(table_at(types | {SUFFIX: dt.string}, f"{table}*", database))


def _named(name: str) -> list[str]:
    if parts := _parts(name):
        return parts
    raise InputError("Got no table of events. Name it, such as --table project.dataset.events.")
