"""Values in a warehouse: a CASE expression in its dialect, or a seed of dbt."""

from typing import Literal, TypeAlias

import yaml
from pydantic import Field

from microlift.errors import InputError
from microlift.export.bookings import amount, booked, bookings, values_by_event
from microlift.export.cells import csv_text
from microlift.export.plain.tables import guarded, notes, table
from microlift.export.settings import Settings
from microlift.export.targets import Made, Target
from microlift.plan.quoting import listed
from microlift.weights import WeightsFile

Dialect: TypeAlias = Literal[
    "bigquery", "clickhouse", "databricks", "duckdb", "mysql", "postgres", "redshift", "snowflake",
    "spark", "sqlite", "trino", "tsql",
]  # fmt: skip
IDENTIFIER = r"^[A-Za-z_][A-Za-z0-9_]{0,62}$"

# Where numbers have no fixed point by default, cents would be cut off.
_TEXT = dict.fromkeys(("bigquery", "databricks", "spark"), "string")
_NUMBER = {"bigquery": "numeric"} | dict.fromkeys(("databricks", "spark"), "decimal(18, 6)")
_FLAG = dict.fromkeys(("mysql", "tsql"), "int") | {"bigquery": "bool"}


class SqlSettings(Settings):
    """What the expression reads, and what it is called."""

    dialect: Dialect = Field(default="duckdb", description="the SQL that the warehouse speaks")
    column: str = Field(
        default="event", pattern=IDENTIFIER, description="the column with the event's name"
    )
    name: str = Field(
        default="microlift_value", pattern=IDENTIFIER, description="what the value is called"
    )


class DbtSettings(Settings):
    """Where the seed is loaded, and what it is called."""

    dialect: Dialect = Field(default="postgres", description="the warehouse, for column types")
    name: str = Field(
        default="microlift_values", pattern=IDENTIFIER, description="the name of the seed"
    )


def expression(weights: WeightsFile, settings: SqlSettings) -> str:
    """The CASE expression: the value of each event that is booked, and 0 of every other."""
    from sqlglot import exp  # takes a while to load, and few ask for it

    values = values_by_event(booking for booking in bookings(weights) if booking.primary)
    case = exp.Case(this=exp.column(settings.column, quoted=False))
    for event, value in values.items():
        worth = exp.Literal.number(amount(value, weights.currency))
        case = case.when(exp.Literal.string(event), worth)
    case = case.else_(exp.Literal.number(amount(0.0, weights.currency)))
    return exp.alias_(case, settings.name).sql(dialect=settings.dialect, pretty=True)


def _sql(weights: WeightsFile, settings: SqlSettings) -> Made:
    booked(weights)
    # Only what no log can have written: a comment is a place to hide in.
    head = (
        f"-- microlift: values in {weights.currency or 'macros'}, "
        f"made {weights.created_at:%Y-%m-%d} from plan {weights.plan_hash}, "
        f"valid until {weights.valid_until}\n"
    )
    return Made({"values.sql": f"{head}{expression(weights, settings)}\n"}, notes(weights))


def _dbt(weights: WeightsFile, settings: DbtSettings) -> Made:
    changed = guarded(weights)
    if changed:
        raise InputError(
            f"{len(changed):,} event names ({listed(changed[:3])}) begin as formulas do and would "
            "get an apostrophe in a CSV file, so that a join on the seed would miss them. Use the "
            "target sql, or give the event another name."
        )
    rows = table(weights)
    text = _TEXT.get(settings.dialect, "varchar(512)")
    number = _NUMBER.get(settings.dialect, "numeric(18, 6)")
    flag = _FLAG.get(settings.dialect, "boolean")
    types = dict.fromkeys(rows[0], text)
    types |= dict.fromkeys(("value", "low", "high"), number)
    types |= dict.fromkeys(("derived", "primary"), flag)
    # `primary` is a reserved word in several dialects.
    rename = {"primary": "is_primary", "derived": "is_derived", "count": "counting"}
    header = [rename.get(name, name) for name in rows[0]]
    described = {
        "role": "action, or macro for the conversion that actions lead to",
        "event": "what to join events on; several rows of one event add up",
        "is_derived": "whether a tag has to send the event, since none of the log stands for it",
        "counting": "what one occurrence is: user, click or every",
        "is_primary": "whether it is booked; the value is 0 where it is not",
        "value": "what to book at one occurrence",
    }
    needed = ("role", "name", "event", "value")
    columns = [
        {"name": name}
        | ({"description": described[name]} if name in described else {})
        | ({"data_tests": ["not_null"]} if name in needed else {})
        for name in header
    ]
    types = {rename.get(name, name): kind for name, kind in types.items()}
    seed = {
        "name": settings.name,
        "description": f"Values of microlift, valid until {weights.valid_until}.",
        "config": {"column_types": types},
        "columns": columns,
    }
    schema: str = yaml.safe_dump({"version": 2, "seeds": [seed]}, sort_keys=False, width=100)
    files = {
        f"{settings.name}.csv": csv_text([header, *rows[1:]]),
        f"{settings.name}.yml": schema,
    }
    return Made(files, notes(weights))


SQL = Target("sql", "a CASE expression from events to values", _sql, SqlSettings)
DBT = Target("dbt", "a seed of dbt with its schema", _dbt, DbtSettings)
