"""Logs in a known export format, opened as flat rows by the reader that a run would use."""

from collections.abc import Mapping
from dataclasses import dataclass

import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from microlift.errors import InputError
from microlift.events.files import Source
from microlift.events.formats import read_ga4
from microlift.events.formats.ga4.fields import NEEDED
from microlift.events.shards import schema_of
from microlift.events.text import json_keys_of
from microlift.plan import Plan

# What is looked at beside our own words; what no event has is left out again.
ATTRIBUTES = ("channel", "device", "geo.country")
PARAMETERS = ("page_location", "percent_scrolled", "video_percent")


@dataclass(frozen=True)
class Export:
    """An export as flat rows.

    Attributes
    ----------
    format : str
        For ``log.format``.
    rows : ibis.Table
        Under our own names.
    notes : tuple of str
        What was mapped to what, and what was left out.
    """

    format: str
    rows: ir.Table
    notes: tuple[str, ...]


def open_export(source: Source, con: Backend, given: Mapping[str, str]) -> Export | None:
    """Open a log of a known format, or None where it is of none.

    Parameters
    ----------
    source : Source
    con : ibis.backends.duckdb.Backend
    given : mapping of str to str
        Roles of columns that the caller knows.

    Returns
    -------
    Export or None

    Raises
    ------
    InputError
        If columns are given for a log whose columns are known.
    EventsError
        If no row of the export counts.
    """
    if not _is_ga4(source):
        return None
    if given:
        raise InputError(
            f"The log {source.given!r} is a GA4 export, whose columns are known, and --columns "
            f"names {len(given):,} of them. Leave --columns away; what the plan should read from "
            "elsewhere can be written into log.columns afterwards."
        )
    looked = " OR ".join(f"{name} IS NULL" for name in PARAMETERS)
    plan = Plan.from_dict(
        {
            "log": {"format": "ga4", "attributes": list(ATTRIBUTES)},
            "macro": {"event": "purchase", "value": "value"},
            "horizon": "14d",
            "actions": [{"name": "look", "event": "page_view", "where": looked}],
        }
    )
    flat = read_ga4(source, con, plan, lenient=True)
    return Export("ga4", flat.rows, tuple(flat.notes))


def _is_ga4(source: Source) -> bool:
    """Tell by the first file whether a log is nested as Google exports it."""
    if source.format == "csv":
        return False
    first = source.files[0]
    names = schema_of(first).names if source.format == "parquet" else json_keys_of(first)
    return set(NEEDED) <= set(names)
