"""Where a text file is broken: lines that became no row, and the first that cannot be read."""

import csv
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

import duckdb
from ibis.backends.duckdb import Backend

from microlift.events.encoding import MEND
from microlift.events.files import Source
from microlift.events.text import (
    header_of,
    is_zipped,
    json_row,
    lines_of,
    open_csv,
    open_text,
)


def text_rows(source: Source) -> Iterator[tuple[Path, int, dict[str, str]]]:
    r"""Read the rows of CSV or JSON files one by one: slow, for the message of a refusal only.

    Parameters
    ----------
    source : Source
        Of format csv or json.

    Yields
    ------
    tuple of Path, int, dict
        The file, the line on which the row ends (from 1), and its values as text.

    Examples
    --------
    >>> import tempfile
    >>> from microlift.events.files import find_files
    >>> file = Path(tempfile.mkdtemp(), "log.csv")
    >>> _ = file.write_text("user_id,event\nu1,view\n")
    >>> [(line, row) for _, line, row in text_rows(find_files(file))]
    [(2, {'user_id': 'u1', 'event': 'view'})]
    """
    for file in source.files:
        with open_text(file) as stream:
            if source.format == "csv":
                header, delimiter = header_of(file)
                reader = csv.reader(lines_of(stream, file), delimiter=delimiter)
                next(reader, None)
                # A text too long for Python is no reason to say nothing of the lines before it.
                with suppress(csv.Error):
                    for values in reader:
                        yield file, reader.line_num, dict(zip(header, values, strict=False))
            else:
                for number, line in enumerate(lines_of(stream, file), 1):
                    yield file, number, json_row(line)


def first_bad_json(source: Source, con: Backend) -> str:
    r"""Find the first line that is no JSON object, by reading once more without forgiveness.

    Parameters
    ----------
    source : Source
        Of format json.
    con : ibis.backends.duckdb.Backend

    Returns
    -------
    str
        The file and the line, from 1; empty where every line can be read.

    Examples
    --------
    >>> import tempfile
    >>> from microlift.events.files import find_files
    >>> from microlift.events.engine import connect
    >>> file = Path(tempfile.mkdtemp(), "log.jsonl")
    >>> _ = file.write_text('{"event": "view"}\n{"event": "vi\n')
    >>> source = find_files(file)
    >>> first_bad_json(source, connect([source.root]))
    'log.jsonl line 2'
    """
    for file in source.files:
        with open_text(file) as stream:
            if stream.read(1) == "[":
                continue  # one array, which is read as a whole or not at all
        zipped = "gzip" if is_zipped(file) else "uncompressed"
        try:
            whole = con.read_json(
                str(file), columns={"_": "VARCHAR"}, format="newline_delimited", compression=zipped
            )
            con.to_pyarrow(whole.agg(whole._.count()))
        except duckdb.InvalidInputException as error:
            found = re.search(r"in line (\d+)", str(error))
            near = int(found[1]) if found else 1
            return f"{file.name} line {_bad_line(file, near):,}"
    return ""


def _bad_line(file: Path, near: int) -> int:
    """Look at the neighbours: where a text is not closed the engine names the line after it."""
    start = max(0, near - 2)
    with open_text(file) as stream:
        for number, line in enumerate(islice(stream, start, start + 3), start + 1):
            if line.strip() and not _is_record(line):
                return number
    return near


def _is_record(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def count_lost_lines(source: Source, con: Backend, rows: int) -> int:
    r"""Count the lines of CSV files that became no row: too few or many parts, a stray quote.

    A quote that is opened and not closed swallows the good lines behind it without a word, so
    lines are counted in the files and not in what the engine reports.

    Parameters
    ----------
    source : Source
        Of format csv.
    con : ibis.backends.duckdb.Backend
    rows : int
        Rows that were read.

    Returns
    -------
    int

    Examples
    --------
    >>> import tempfile
    >>> from microlift.events.files import find_files
    >>> from microlift.events.engine import connect
    >>> file = Path(tempfile.mkdtemp(), "log.csv")
    >>> _ = file.write_text('user_id,event\nu1,view\nu2,"view\nu3,view\n')
    >>> source = find_files(file)
    >>> count_lost_lines(source, connect([source.root]), 1)
    2
    """
    lines = 0
    for file in source.files:
        with open_text(file) as stream:
            lines += max(0, sum(1 for line in lines_of(stream, file) if line.strip()) - 1)
    if lines == rows:
        return 0
    # A line break inside a well-quoted text is no loss; it is looked for in every column.
    whole = open_csv(source, con)
    breaks = [
        (whole[name].length() - whole[name].replace("\n", "").length()).sum()
        for name in whole.columns
    ]
    inside = con.to_pyarrow(whole.agg(**{f"n{i}": found for i, found in enumerate(breaks)}))
    return max(0, lines - rows - sum(n or 0 for n in inside.to_pylist()[0].values()))


def first_bad_line(con: Backend) -> str:
    """Ask the engine which line of a CSV file it could not read first, and say how to mend it.

    Parameters
    ----------
    con : ibis.backends.duckdb.Backend
        That has read the file.

    Returns
    -------
    str
        Begins with a semicolon, to follow a count; empty where each line became a row.
    """
    if "reject_errors" not in con.list_tables(database=("temp", "main")):
        return ""
    errors = con.table("reject_errors", database=("temp", "main"))
    scans = con.table("reject_scans", database=("temp", "main"))
    named = errors.join(scans, ["scan_id", "file_id"]).order_by("file_path", "line").limit(1)
    for row in con.to_pyarrow(named.select("file_path", "line", "error_type")).to_pylist():
        kind = row["error_type"].lower()
        mend = f". It is not UTF-8. {MEND}" if kind == "invalid encoding" else ""
        name = Path(row["file_path"]).name
        return f"; the first unreadable line is {name} line {row['line']:,} ({kind}){mend}"
    return ""
