"""Counting cells where a connection leads: a warehouse, by its URL and its own driver.

No secret is read here, kept or printed. A URL says where the data lie; who may read them is known
to the driver, from its own configuration or the environment. Tried on DuckDB and compiled for the
others: there was no account of BigQuery, Snowflake, Databricks or Trino to try them on.
"""

import importlib.util
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import ibis
import ibis.expr.datatypes as dt
import pyarrow as pa

from microlift.errors import InputError, MicroliftError
from microlift.plan import Plan
from microlift.urls import masked
from microlift.warehouse.ga4.schema import (
    SUFFIX,
    check_star,
    columns_read,
    days_alone,
    newest_of,
)
from microlift.warehouse.scope import check_plan
from microlift.warehouse.steps import PREFIX, RESULT, steps_of, table_at

SCHEMES = ("bigquery", "databricks", "duckdb", "snowflake", "trino")
_SECRET = re.compile("pass|pwd|secret|token|key|credential|auth", re.IGNORECASE)
_DRIVERS = {
    "bigquery": "google.cloud.bigquery", "databricks": "databricks.sql",
    "snowflake": "snowflake.connector", "trino": "trino",
}  # fmt: skip


@dataclass(frozen=True)
class Place:
    """Where a table lies: the URL of its engine, and its name there."""

    url: str
    table: str

    @property
    def dialect(self) -> str:
        """The engine's language."""
        return urlsplit(self.url).scheme.lower()


def place_of(given: str) -> Place:
    """Read a URL, and refuse one that holds a secret.

    Parameters
    ----------
    given : str
        Such as ``bigquery://project/dataset#events``.

    Returns
    -------
    Place

    Raises
    ------
    InputError

    Examples
    --------
    >>> place_of("bigquery://shop/web#events").table
    'events'
    >>> place_of("trino://ann:hunter2@host/shop#events")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    microlift.errors.InputError: The URL 'trino://ann:***@host/shop#events' holds a secret...
    """
    shown = repr(masked(given)[:200])
    try:
        parts = urlsplit(given)
        secret = parts.password is not None
    except ValueError:
        raise InputError(f"Got {shown}, which is no URL. Write {_EXAMPLE}.") from None
    secret = secret or masked(given) != given
    secret = secret or any(_SECRET.search(name) for name, _ in parse_qsl(parts.query))
    if secret:
        raise InputError(
            f"The URL {shown} holds a secret, which would stay in the history of the shell, in "
            "lists of processes and in logs of schedulers. Leave it out: the driver reads it from "
            "its own configuration or the environment."
        )
    if parts.scheme.lower() not in SCHEMES:
        raise InputError(
            f"Got {shown}, an engine for which there is no SQL here. Write {_EXAMPLE}; known are "
            f"{', '.join(SCHEMES)}."
        )
    if not parts.fragment:
        raise InputError(f"Got {shown}, which names no table. Put it behind a #: {_EXAMPLE}.")
    return Place(given.rpartition("#")[0], unquote(parts.fragment))


_EXAMPLE = "such as bigquery://project/dataset#events"


def count_at(place: Place, plan: Plan, tell: Callable[[str], None] = lambda _: None) -> pa.Table:
    """Count the cells of a table where it lies.

    Tables of the steps are made beside it, under names that begin with ``microlift_``, and dropped
    at the end, whatever that is.

    Parameters
    ----------
    place : Place
    plan : Plan
    tell : callable, optional
        Hears the name of each step.

    Returns
    -------
    pyarrow.Table
        See `microlift.warehouse.layout`.

    Raises
    ------
    InputError
        If the driver is missing, or the table or the plan are none that can be counted.
    MicroliftError
        If the engine fails; the message holds no secret of the URL.
    """
    check_plan(plan)
    dialect, driver = place.dialect, _DRIVERS.get(place.dialect)
    if driver and not _is_there(driver):
        raise InputError(
            f"The driver of {dialect} is not installed. Install it with "
            f"pip install 'microlift[{dialect}]'."
        )
    try:
        con = ibis.connect(place.url)
    except Exception as error:
        raise MicroliftError(f"{place.url!r} cannot be reached: {_said(error)}.") from None
    made: list[str] = []
    try:
        return _count(con, place, plan, made, tell)
    except MicroliftError:
        raise
    except Exception as error:
        raise MicroliftError(f"The engine at {place.url!r} failed: {_said(error)}.") from None
    finally:
        for name in made:
            con.drop_table(name, force=True)
        con.disconnect()


def _count(
    con: Any, place: Place, plan: Plan, made: list[str], tell: Callable[[str], None]
) -> pa.Table:
    check_star(place.table, place.dialect, plan.log.format == "ga4")
    *database, name = place.table.split(".")
    where = tuple(database) if len(database) > 1 else "".join(database) or None
    tables = con.list_tables(database=where)
    known = newest_of(name, tables) if name.endswith("*") else name
    if known is None or known not in tables:
        raise InputError(
            f"There is no table {place.table[:100]!r} at {place.url!r}. Mend its name."
        )
    present = con.table(known, database=where).schema()
    types = {each: present[each] for each in columns_read(plan) if each in present}
    if known == name:
        raw = table_at(types, name, database)
    else:
        raw = days_alone(table_at(types | {SUFFIX: dt.string}, name, database))
    for step in steps_of(raw, plan, place.dialect):
        tell(step.told)
        made.append(PREFIX + step.name)
        con.create_table(PREFIX + step.name, step.query, overwrite=True)
    return con.table(PREFIX + RESULT).to_pyarrow()


def _is_there(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _said(error: Exception) -> str:
    lines = str(error).splitlines() or [""]
    return f"{type(error).__name__}: {masked(lines[0])[:300]}"
