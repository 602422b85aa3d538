"""CSV and JSON lines, plain or compressed, as columns of text.

Every column is a VARCHAR, because guessed types differ from file to file and from week to week;
what the text means is decided once, when the events are normalised.
"""

import csv
import gzip
import io
import json
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, Any

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from microlift.errors import EventsError
from microlift.events.encoding import need_narrow, need_utf8
from microlift.events.engine import NO_NUL
from microlift.events.files import Source, empty_log, need_columns

DELIMITERS = ",\t;|"
SNIFFED_LINES = 1_000
SNIFFED_SIZE = 2**20  # characters of a file that is one array
LOOKS = 8  # places of a file at which a line break is looked for
MOST_LINE = 2**24  # characters; the engine reads objects of this size at most, and shorter lines


def open_csv(source: Source, con: Backend, wanted: Sequence[str] | None = None) -> ir.Table:
    r"""Open CSV files as one lazy table of text; a broken line is left out.

    Parameters
    ----------
    source : Source
    con : ibis.backends.duckdb.Backend
    wanted : sequence of str, optional
        Columns to select; default all. One that only some files have is null in the others.

    Returns
    -------
    ibis.Table

    Raises
    ------
    EventsError
        If there is no header or it is not UTF-8, a wanted column is in no file, or a header names
        one twice.
    """
    groups: dict[tuple[tuple[str, ...], str, str], list[str]] = {}
    for file in source.files:
        need_utf8(file)
        header, delimiter = header_of(file)
        if not header:
            continue  # a part without a single byte holds no event
        _need_distinct(file, header)
        zipped = "gzip" if is_zipped(file) else "none"
        if zipped == "none":
            _need_breaks(file)
        groups.setdefault((tuple(header), delimiter, zipped), []).append(str(file))
    names = tuple(dict.fromkeys(name for header, *_ in groups for name in header))
    if not names:
        raise empty_log(source)
    selected = names if wanted is None else tuple(wanted)
    need_columns(source, selected, names)
    tables = []
    for (titles, delimiter, zipped), files in groups.items():
        table = con.read_csv(
            files,
            columns=dict.fromkeys(titles, "VARCHAR"),
            auto_detect=False,
            header=True,
            delim=delimiter,
            quote='"',
            escape='"',
            compression=zipped,
            store_rejects=True,  # a broken line is counted and left out, like a row without a user
        )
        tables.append(_filled(table, selected))
    return ibis.union(*tables) if len(tables) > 1 else tables[0]


def _need_distinct(file: Path, header: list[str]) -> None:
    """Refuse a name that stands twice, whatever its case: the engine takes both for one."""
    counts = Counter(name.casefold() for name in header)
    doubled = sorted(name for name in header if counts[name.casefold()] > 1)
    if doubled:
        raise EventsError(
            f"The file {file.name!r} names the column {doubled[0][:100]!r} "
            f"{counts[doubled[0].casefold()]} times (upper and lower case are one); which one is "
            "meant cannot be told. Rename one."
        )


def open_json(source: Source, con: Backend, wanted: Sequence[str] | None = None) -> ir.Table:
    """Open JSON lines, or files of one JSON array, as one lazy table of text.

    Parameters
    ----------
    source : Source
    con : ibis.backends.duckdb.Backend
    wanted : sequence of str, optional
        Keys to read; default all of the first lines. A line that is no JSON becomes a row of nulls.

    Returns
    -------
    ibis.Table

    Raises
    ------
    EventsError
        If there is no line, a wanted key is in none of the first lines of any file, or all are
        wanted and none can be told.
    """
    keys: dict[str, None] = {}  # in their order
    groups: dict[tuple[str, str], list[str]] = {}
    for file in source.files:
        need_narrow(file)
        array, lines = _first_of_json(file)
        if not lines:
            continue
        shape = "array" if array else "newline_delimited"
        if not array:
            if not is_zipped(file):
                _need_breaks(file)
            keys.update((key, None) for line in lines for key in json_row(line))
        zipped = "gzip" if is_zipped(file) else "uncompressed"
        groups.setdefault((shape, zipped), []).append(str(file))
    if not groups:
        raise empty_log(source)
    if wanted is None and not keys:
        raise EventsError(
            f"The log {source.given!r} holds no line that is one JSON object by itself, so its "
            "columns cannot be told. Write one object a line."
        )
    wanted = tuple(keys) if wanted is None else wanted
    if all(shape == "newline_delimited" for shape, _ in groups):
        need_columns(source, wanted, sorted(keys))
    tables = [
        con.read_json(
            files,
            columns=dict.fromkeys(wanted, "VARCHAR"),
            format=shape,
            compression=zipped,
            ignore_errors=shape == "newline_delimited",  # a broken line becomes a row of nulls
        )
        for (shape, zipped), files in groups.items()
    ]
    return ibis.union(*tables) if len(tables) > 1 else tables[0]


def json_keys_of(file: Path) -> set[str]:
    """Read the keys of the first objects of a file, lines or one array.

    Parameters
    ----------
    file : Path

    Returns
    -------
    set of str
    """
    array, lines = _first_of_json(file)
    if array:
        try:
            first, _ = json.JSONDecoder().raw_decode(lines[0].lstrip()[1:].lstrip())
        except (ValueError, RecursionError):
            return set()
        return set(_named(first)) if isinstance(first, dict) else set()
    return set().union(*(json_row(line) for line in lines))


def _first_of_json(file: Path) -> tuple[bool, list[str]]:
    """Tell whether a file is one array, and read its beginning, as one text; else its lines."""
    with open_text(file) as stream:
        start = stream.read(SNIFFED_SIZE)
    # A file that was exported as one array opens with a bracket, and may be one line.
    if start.lstrip().startswith("["):
        return True, [start]
    with open_text(file) as stream:
        lines = list(islice(lines_of(stream, file), SNIFFED_LINES))
    return False, [line for line in lines if line.strip()]


def lines_of(stream: IO[str], file: Path) -> Iterator[str]:
    """The lines of a text file, of which none may be so long that it fills the memory.

    Raises
    ------
    EventsError
        At a line of more than 16 million characters.
    """
    while line := stream.readline(MOST_LINE):
        if len(line) >= MOST_LINE:
            raise _too_long(file)
        yield line


def _need_breaks(file: Path) -> None:
    """Refuse a file that is mostly one line, before the engine reads all of it to find that out."""
    size = file.stat().st_size
    with file.open("rb") as stream:
        for part in range(LOOKS if size > MOST_LINE else 0):
            stream.seek(size * part // LOOKS)
            if len(stream.readline(MOST_LINE)) >= MOST_LINE:
                raise _too_long(file)


def _too_long(file: Path) -> EventsError:
    return EventsError(
        f"The file {file.name!r} of the log holds a line of more than {MOST_LINE:,} "
        "characters, which is no event: it has no line breaks, or is damaged. Export it "
        "again, one event a line."
    )


def open_text(file: Path) -> IO[str]:
    """Open a text file, compressed or not; bytes that are not UTF-8 are replaced, not fatal.

    Parameters
    ----------
    file : Path

    Returns
    -------
    text stream

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "a.csv.gz")
    >>> _ = file.write_bytes(gzip.compress(b"user_id"))
    >>> with open_text(file) as stream: stream.read()
    'user_id'
    """
    raw = _Zipped(file) if is_zipped(file) else file.open("rb")
    return io.TextIOWrapper(raw, encoding="utf-8-sig", errors="replace", newline="")


class _Zipped(gzip.GzipFile):
    """A compressed file whose faults are told as those of the log."""

    def read1(self, size: int = -1) -> bytes:
        try:
            return super().read1(size)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise EventsError(
                f"The file {Path(str(self.name)).name!r} of the log is compressed, and cannot be "
                f"unpacked to its end ({str(error)[:100]}), so events are missing. Copy or export "
                "it again."
            ) from error


def header_of(file: Path) -> tuple[list[str], str]:
    """Read the names in the first line; the delimiter is the one that cuts it into most parts.

    A column without a name, as many programs write for their row numbers or behind a last comma,
    gets one by its place.
    """
    with open_text(file) as stream:
        lines = lines_of(stream, file)
        first = next(lines, "").rstrip("\r\n").replace("\0", NO_NUL)
        named = first.strip(f"{DELIMITERS} ") or not any(line.strip() for line in lines)
    if not named:
        raise EventsError(
            f"The first line of the file {file.name!r} of the log is empty, but lines follow: "
            "which value is which could not be told. Remove what stands before the names of the "
            "columns, or export it again, with a header."
        )
    try:
        parts = {mark: next(csv.reader([first], delimiter=mark), []) for mark in DELIMITERS}
    except csv.Error as error:
        raise EventsError(
            f"The first line of the file {file.name!r} of the log, which names its columns, cannot "
            f"be read ({error}), so no value could be told. Export it again, with a header."
        ) from None
    delimiter = max(DELIMITERS, key=lambda mark: len(parts[mark]))
    names = parts[delimiter]
    if not any(names):
        return [], delimiter
    return [name or _unnamed(place, names) for place, name in enumerate(names)], delimiter


def _unnamed(place: int, names: list[str]) -> str:
    name = f"column{place}"
    while name in names:
        name += "_"
    return name


def _filled(table: ir.Table, wanted: Sequence[str]) -> ir.Table:
    """Select the wanted columns; one that only other files of the folder have is null here."""
    missing = {name: ibis.null("string") for name in wanted if name not in table.columns}
    return table.mutate(**missing).select(*wanted)


def is_zipped(file: Path) -> bool:
    """Tell whether a file is compressed by its first bytes, whatever its name."""
    with file.open("rb") as stream:
        return stream.read(2) == b"\x1f\x8b"


def json_row(line: str) -> dict[str, str]:
    """Read an object of JSON as texts; what is none has no members."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(row, dict):
        return {}
    row = _named(row)
    texts = {name: json.dumps(value) for name, value in row.items() if not isinstance(value, str)}
    return {**row, **texts, **{name: "" for name, value in row.items() if value is None}}


def _named(row: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out members whose name no query can hold: those with NUL or half a character in it."""
    return {name: value for name, value in row.items() if name.isprintable() or _fits(name)}


def _fits(name: str) -> bool:
    return "\0" not in name and name.encode("utf-8", "replace").decode() == name
