"""The files of one log side by side: columns that differ from file to file."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from microlift.errors import EventsError
from microlift.events.files import Source
from microlift.events.text import header_of, json_keys_of

SHOWN = 5


def compare_files(source: Source, wanted: Sequence[str], needed: Sequence[str]) -> list[str]:
    """Refuse files of another schema than the others; say where a column is missing.

    A time in one file and a text in the next, or a number and a record, are no one column. Widths
    of numbers may differ, and a column without a single value is of no kind.

    Parameters
    ----------
    source : Source
        Of JSON lines the needed columns alone are compared, by the first lines of each file: they
        leave out what has no value.
    wanted : sequence of str
        The columns that are read.
    needed : sequence of str
        Of them those without which a row is no event.

    Returns
    -------
    list of str
        Notes.

    Raises
    ------
    EventsError
    """
    if len(source.files) < 2:
        return []
    if source.format == "parquet":
        present = {file: _kinds(schema_of(file)) for file in source.files}
    else:
        names_of = {"csv": lambda file: header_of(file)[0], "json": json_keys_of}[source.format]
        present = {file: dict.fromkeys(names_of(file), "text") for file in source.files}
    present = {file: kinds for file, kinds in present.items() if kinds}
    somewhere = set().union(*present.values())
    told = {file: {*kinds, *_in_path(file)} for file, kinds in present.items()}
    need_in_each(
        source,
        told,
        [name for name in needed if name in somewhere],
        "which the plan reads and other files of the log have",
        "Export the file again, or take it out",
    )
    if source.format == "json":
        return []
    for name in wanted:
        having = {file: kinds[name] for file, kinds in present.items() if name in kinds}
        known = {file: kind for file, kind in having.items() if kind}
        kinds = sorted(set(known.values()))
        if len(kinds) > 1:
            raise _differ(source, name, known, kinds)
    return say_missing(present, wanted)


def schema_of(file: Path) -> pa.Schema:
    """Read the columns of a Parquet file, or refuse it by its name where it is damaged.

    Parameters
    ----------
    file : Path

    Returns
    -------
    pyarrow.Schema

    Raises
    ------
    EventsError
    """
    try:
        return pq.read_schema(file)
    except (pa.ArrowException, OSError, ValueError) as error:
        said = (str(error).splitlines() or [type(error).__name__])[0][:200].rstrip(".")
        raise EventsError(
            f"The file {file.name!r} of the log cannot be read as parquet: {said}. It may "
            "be cut short, and without it the log would be another one. Nothing was estimated. "
            "Copy or export it again, or take it out."
        ) from error


def need_in_each(
    source: Source,
    present: Mapping[Path, Collection[str]],
    needed: Sequence[str],
    meaning: str,
    way: str,
) -> None:
    """Refuse a file that is not of the same export as the rest, naming the columns that differ.

    Parameters
    ----------
    source : Source
    present : mapping of Path to collection of str
        The columns of each file.
    needed : sequence of str
        What each of them has to have.
    meaning, way : str
        Parts of the message: what these columns are, and what can be done.

    Raises
    ------
    EventsError
    """
    for file, names in present.items():
        lacking = [name for name in needed if name not in names]
        if lacking:
            others = set().union(*(set(of) for each, of in present.items() if each != file))
            strange = sorted(set(names) - others)
            alone = f"; it alone has {listed_names(strange)}" if strange and others else ""
            raise EventsError(
                f"The file {file.name!r} of the log {source.given!r} ({len(present):,} files) "
                f"lacks the columns {listed_names(lacking)}, {meaning}{alone}. Read without them "
                f"it would be another log. {way}."
            )


def _in_path(file: Path) -> set[str]:
    """The columns that the names of folders hold."""
    return {part.partition("=")[0] for part in file.parts if "=" in part}


def say_missing(present: Mapping[Path, Collection[str]], wanted: Iterable[str]) -> list[str]:
    """Say which columns only some files have.

    Parameters
    ----------
    present : mapping of Path to collection of str
        The columns of each file.
    wanted : iterable of str

    Returns
    -------
    list of str

    Examples
    --------
    >>> say_missing({Path("a.csv"): ["uid"], Path("b.csv"): ["uid", "ad"]}, ["uid", "ad"])
    ["Column 'ad' is missing from 1 of 2 files ('a.csv'): it is empty there."]
    """
    notes = []
    for name in wanted:
        lacking = [file.name for file, names in present.items() if name not in names]
        if 0 < len(lacking) < len(present):
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
