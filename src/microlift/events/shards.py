"""The files of one log side by side: columns that differ from file to file."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from microlift.errors import EventsError
from microlift.events.files import Source
from microlift.events.text import header_of

SHOWN = 5


def compare_files(source: Source, wanted: Sequence[str]) -> list[str]:
    """Refuse files in which a column that is read is of another kind; say where one is missing.

    A time in one file and a text in the next, or a number and a record, are no one column. Widths
    of numbers may differ, and a column without a single value is of no kind.

    Parameters
    ----------
    source : Source
        JSON lines are not compared: they leave out what has no value.
    wanted : sequence of str
        The columns that are read.

    Returns
    -------
    list of str
        Notes.

    Raises
    ------
    EventsError
    """
    if len(source.files) < 2 or source.format == "json":
        return []
    if source.format == "csv":
        present = {file: dict.fromkeys(header_of(file)[0], "text") for file in source.files}
    else:
        present = {file: _kinds(pq.read_schema(file)) for file in source.files}
    present = {file: kinds for file, kinds in present.items() if kinds}
    notes = []
    for name in wanted:
        having = {file: kinds[name] for file, kinds in present.items() if name in kinds}
        known = {file: kind for file, kind in having.items() if kind}
        kinds = sorted(set(known.values()))
        if len(kinds) > 1:
            raise _differ(source, name, known, kinds)
        lacking = [file.name for file in present if file not in having]
        if having and lacking:
            notes.append(
                f"Column {name[:100]!r} is missing from {len(lacking):,} of {len(present):,} files "
                f"({listed_names(lacking)}): it is empty there."
            )
    return notes


def _differ(source: Source, name: str, known: dict[Path, str], kinds: list[str]) -> EventsError:
    files = {kind: [f.name for f, of in known.items() if of == kind] for kind in kinds}
    said = "; ".join(
        f"{kind} in {len(of):,} ({listed_names(of[:2])})" for kind, of in files.items()
    )
    return EventsError(
        f"The files of the log {source.given!r} differ in the column {name[:100]!r}: {said}. Read "
        "as one column, its values would not mean the same in all of them. Export the odd files "
        "again, or take them out."
    )


def _kinds(schema: pa.Schema) -> dict[str, str]:
    return {field.name: _kind(field.type) for field in schema}


def _kind(kind: pa.DataType) -> str:
    types = pa.types
    if types.is_null(kind):
        return ""
    if types.is_dictionary(kind):
        return _kind(kind.value_type)
    if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind):
        return "number"
    if types.is_timestamp(kind) or types.is_date(kind):
        return "time"
    if types.is_boolean(kind):
        return "truth value"
    return "record or list" if types.is_nested(kind) else "text"


def listed_names(names: list[str]) -> str:
    """Quote the first of some names of files or columns, bounded, and count the rest.

    Examples
    --------
    >>> listed_names(["a", "b"]), listed_names(list("abcdefg"))
    ("'a', 'b'", "'a', 'b', 'c', 'd', 'e' and 2 more")
    """
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return ", ".join(repr(name[:100]) for name in names[:SHOWN]) + more
