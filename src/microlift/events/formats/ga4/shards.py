"""The files of a GA4 export: which of them count, and how each kind of nesting is opened."""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path

import ibis.expr.types as ir
import pyarrow as pa
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
from microlift.events.shards import listed_names, need_in_each, say_missing, schema_of
from microlift.events.text import SNIFFED_LINES, is_zipped, open_text

_SHARD = re.compile(r"events_(intraday_|fresh_)?(\d{8})")
_FINALITY = {"intraday_": 0, "fresh_": 1, "": 2}  # of the shards of a day the last one is read


def without_early(source: Source) -> tuple[Source, list[str]]:
    """Pass over early shards of a day that has a later one, which holds the same events.

    Parameters
    ----------
    source : Source

    Returns
    -------
    source : Source
    notes : list of str
    """
    shards = {file: _shard(file, source.root) for file in source.files}
    best: dict[str, int] = {}
    for finality, day in shards.values():
        best[day] = max(finality, best.get(day, 0))
    files = tuple(f for f, (finality, day) in shards.items() if not day or finality == best[day])
    passed = len(source.files) - len(files)
    early = [file.name for file in files if shards[file][0] < _FINALITY[""]]
    notes = []
    if passed:
        notes.append(
            f"{passed:,} intraday shards are passed over: later shards hold their days whole."
        )
    if early:
        notes.append(
            f"{len(early):,} intraday shards are read, as their days have no daily shard yet "
            f"({listed_names(early)}): they may lack events, and where users came from."
        )
    return replace(source, files=files), notes


def _shard(file: Path, root: Path) -> tuple[int, str]:
    found = _SHARD.search(str(file.relative_to(root)))
    return (_FINALITY[found[1] or ""], found[2]) if found else (_FINALITY[""], "")


def open_shards(
    source: Source, con: Backend, paths: tuple[str, ...]
) -> tuple[list[ir.Table], list[str]]:
    """Open the shards as nested tables, one for each way in which their lists are written.

    Parameters
    ----------
    source : Source
    con : ibis.backends.duckdb.Backend
    paths : tuple of str
        The fields and lists that are read.

    Returns
    -------
    tables : list of ibis.Table
    notes : list of str
        Columns that only some shards have, where the files tell.

    Raises
    ------
    EventsError
        If a shard lacks a column that every shard of an export has, or has it of another kind.
    """
    if source.format == "parquet":
        return _open_parquet(source, con, paths)
    return _open_json(source, con, paths), []


def _open_parquet(
    source: Source, con: Backend, paths: tuple[str, ...]
) -> tuple[list[ir.Table], list[str]]:
    schemas = {file: schema_of(file) for file in source.files}
    _need(source, {file: set(schema.names) for file, schema in schemas.items()})
    records = {path.split(".")[0]: "." in path or path in LISTS for path in paths}
    groups: dict[str, list[str]] = {}
    for file, schema in schemas.items():
        kinds = {n: schema.field(n).type for n in sorted(records.keys() & set(schema.names))}
        _check_kinds(source, file, kinds, records)
        groups.setdefault(str(kinds), []).append(str(file))
    tables = [
        con.read_parquet(files).select(*sorted(records.keys() & set(schemas[Path(files[0])].names)))
        for files in groups.values()
    ]
    return tables, say_missing({f: schema.names for f, schema in schemas.items()}, sorted(records))


def _check_kinds(
    source: Source, file: Path, kinds: dict[str, pa.DataType], records: dict[str, bool]
) -> None:
    for name, kind in kinds.items():
        known = not pa.types.is_null(kind)
        wrong = known and pa.types.is_nested(kind) != records[name]
        counts = pa.types.is_integer(kind) or pa.types.is_string(kind)
        wrong |= name == "event_timestamp" and not counts
        wrong |= name in LISTS and known and not wrong and not _holds_entries(kind)
        if wrong:
            raise _another_kind(source, file.name, name, str(kind))


def _holds_entries(kind: pa.DataType) -> bool:
    """Whether a list is one of keys with values, or of nothing that is known."""
    while not pa.types.is_null(kind):
        if pa.types.is_list(kind) or pa.types.is_large_list(kind):
            kind = kind.value_type
        elif pa.types.is_struct(kind) and "key" in (names := [field.name for field in kind]):
            value = kind.field("value").type if "value" in names else pa.string()
            return bool(pa.types.is_struct(value) or pa.types.is_null(value))
        elif pa.types.is_struct(kind) and kind.num_fields == 1:
            kind = kind.field(0).type
        else:
            return False
    return True


def _another_kind(source: Source, file: str, name: str, kind: str) -> EventsError:
    return EventsError(
        f"The shard {file!r} of the log {source.given!r} has the column {name!r} of type "
        f"{kind[:80]}, which is another one in the GA4 export, so the shards do not add up. "
        "Export that day again, or take the file out."
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
        _check_entries(source, file, rows)
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


def _need(source: Source, keys: Mapping[Path, Collection[str]]) -> None:
    need_in_each(
        source,
        keys,
        NEEDED,
        "which every day of a GA4 export has",
        "Export that day again, take the file out, or remove log.format: ga4",
    )


def _record(line: str) -> dict[str, object]:
    try:
        row = json.loads(line)
    except ValueError:
        return {}
    return row if isinstance(row, dict) else {}


def _check_entries(source: Source, file: Path, rows: list[dict[str, object]]) -> None:
    """Refuse parameters that are no list of keys with values: they would read as none at all."""
    for row in rows:
        listed = row.get("event_params")
        if isinstance(listed, dict):
            listed = listed.get("list")
        for each in listed if isinstance(listed, list) else [listed]:
            inner = next(iter(each.values()), {}) if isinstance(each, dict) else each
            member = each if isinstance(each, dict) and "key" in each else inner
            value = member.get("value") if isinstance(member, dict) else member
            if not isinstance(value, dict | None):
                kind = f"list of {type(value).__name__}"
                raise _another_kind(source, file.name, "event_params", kind)


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
