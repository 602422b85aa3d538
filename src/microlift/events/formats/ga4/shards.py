"""The files of a GA4 export: which of them count, and how each kind of nesting is opened."""

import json
import re
from dataclasses import replace
from itertools import islice
from pathlib import Path

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.backends.duckdb import Backend

from microlift.errors import EventsError
from microlift.events.files import Source
from microlift.events.formats.ga4.fields import (
    LISTS,
    NEEDED,
    WRAPPERS,
    Nesting,
    json_types,
)
from microlift.events.shards import listed_names
from microlift.events.text import SNIFFED_LINES, is_zipped, open_text

_DAILY = re.compile(r"events_(intraday_|fresh_)?(\d{8})")


def without_intraday(source: Source) -> tuple[Source, list[str]]:
    """Pass over the intraday shard of a day that has its daily shard, which holds the same events.

    Parameters
    ----------
    source : Source

    Returns
    -------
    source : Source
    notes : list of str
    """
    shards = {file: _shard(file, source.root) for file in source.files}
    daily = {day for early, day in shards.values() if day and not early}
    files = tuple(file for file, (early, day) in shards.items() if not early or day not in daily)
    passed = len(source.files) - len(files)
    notes = [f"{passed:,} intraday shards are passed over: their days have daily shards."] * bool(
        passed
    )
    return replace(source, files=files), notes


def _shard(file: Path, root: Path) -> tuple[bool, str]:
    found = _DAILY.search(str(file.relative_to(root)))
    return (bool(found[1]), found[2]) if found else (False, "")


def open_shards(source: Source, con: Backend, paths: tuple[str, ...]) -> list[ir.Table]:
    """Open the shards as nested tables, one for each way in which their lists are written.

    Parameters
    ----------
    source : Source
    con : ibis.backends.duckdb.Backend
    paths : tuple of str
        The fields and lists that are read.

    Returns
    -------
    list of ibis.Table

    Raises
    ------
    EventsError
        If a shard lacks a column that every shard of an export has, or has it of another kind.
    """
    if source.format == "parquet":
        return _open_parquet(source, con, {path.split(".")[0] for path in paths})
    return _open_json(source, con, paths)


def _open_parquet(source: Source, con: Backend, tops: set[str]) -> list[ir.Table]:
    schemas = {file: pq.read_schema(file) for file in source.files}
    _need(source, {file: set(schema.names) for file, schema in schemas.items()})
    groups: dict[str, list[str]] = {}
    for file, schema in schemas.items():
        kinds = {name: schema.field(name).type for name in sorted(tops & set(schema.names))}
        _check_kinds(source, file, kinds)
        groups.setdefault(str(kinds), []).append(str(file))
    return [
        con.read_parquet(files).select(*sorted(tops & set(schemas[Path(files[0])].names)))
        for files in groups.values()
    ]


def _check_kinds(source: Source, file: Path, kinds: dict[str, pa.DataType]) -> None:
    for name, kind in kinds.items():
        nested = pa.types.is_nested(kind)
        counts = pa.types.is_integer(kind) or pa.types.is_string(kind)
        wrong = (name in LISTS and not nested) or (name in NEEDED[:3] and nested)
        wrong |= name == "event_timestamp" and not counts
        if wrong:
            raise EventsError(
                f"The shard {file.name!r} of the log {source.given!r} has the column {name!r} of "
                f"type {str(kind)[:80]}, which is another one in the GA4 export, so the shards do "
                "not add up. Export that day again, or take the file out."
            )


def _open_json(source: Source, con: Backend, paths: tuple[str, ...]) -> list[ir.Table]:
    groups: dict[tuple[Nesting, bool], list[str]] = {}
    keys: dict[Path, set[str]] = {}
    for file in source.files:
        with open_text(file) as stream:
            rows = [_record(line) for line in islice(stream, SNIFFED_LINES) if line.strip()]
        if not rows:
            continue  # a day without an event
        keys[file] = set().union(*rows)
        groups.setdefault((_nesting(rows), is_zipped(file)), []).append(str(file))
    _need(source, keys)
    return [
        con.read_json(
            files,
            columns=json_types(paths, nesting),
            format="newline_delimited",
            compression="gzip" if zipped else "uncompressed",
            ignore_errors=True,  # a broken line becomes a row of nulls, counted and left out
        )
        for (nesting, zipped), files in groups.items()
    ]


def _need(source: Source, keys: dict[Path, set[str]]) -> None:
    """Refuse a shard that is not of the same export as the rest."""
    for file, present in keys.items():
        lacking = [name for name in NEEDED if name not in present]
        if lacking:
            strange = sorted(present - set().union(*(k for f, k in keys.items() if f != file)))
            instead = f"; it alone has {listed_names(strange)}" if strange and len(keys) > 1 else ""
            raise EventsError(
                f"The shard {file.name!r} of the log {source.given!r} ({len(keys):,} files) lacks "
                f"the columns {listed_names(lacking)}, which every day of a GA4 export has"
                f"{instead}. "
                "Read without them it would be another log. Export that day again, take the file "
                "out, or remove log.format: ga4."
            )


def _record(line: str) -> dict[str, object]:
    try:
        row = json.loads(line)
    except ValueError:
        return {}
    return row if isinstance(row, dict) else {}


def _nesting(rows: list[dict[str, object]]) -> Nesting:
    """Tell how the first list that has members is wrapped, if it is."""
    for row in rows:
        params = row.get("event_params")
        if isinstance(params, dict):
            members = params.get("list")
            first = members[0] if isinstance(members, list) and members else {}
            inner = next(iter(first), "element") if isinstance(first, dict) else "element"
            return ("list", inner) if inner in WRAPPERS else None
    return None
