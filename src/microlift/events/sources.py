"""Opening the files of a log as one table of raw columns: Parquet typed, CSV and JSON as text."""

from collections.abc import Sequence

import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from microlift.events.files import Source, need_columns
from microlift.events.text import json_keys_of, open_csv, open_json


def open_source(source: Source, con: Backend, wanted: Sequence[str] | None = None) -> ir.Table:
    r"""Open the files as one lazy table that holds at least the wanted columns.

    Parameters
    ----------
    source : Source
        From `find_files`.
    con : ibis.backends.duckdb.Backend
        An engine that may read ``source.root``.
    wanted : sequence of str, optional
        The columns that will be read, under the log's names; default all. Of JSON lines, all that
        the first lines of its files have.

    Returns
    -------
    ibis.Table
        Parquet columns with their types, CSV and JSON columns as text.

    Raises
    ------
    EventsError
        If a wanted column is in none of the files, or a file cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from microlift.events.files import find_files
    >>> from microlift.events.engine import connect
    >>> file = Path(tempfile.mkdtemp(), "log.csv")
    >>> _ = file.write_text("user_id,event\nu1,view\n")
    >>> source = find_files(file)
    >>> open_source(source, connect([source.root]), ["event"]).columns
    ('event',)
    """
    if source.format == "csv":
        return open_csv(source, con, wanted)
    if source.format == "json":
        return open_json(source, con, wanted)
    table = _open_parquet(source, con)
    if wanted is None:
        return table
    need_columns(source, wanted, table.columns)
    return table.select(*wanted)


def present_columns(source: Source, con: Backend) -> tuple[str, ...]:
    r"""Tell which columns the files have: of JSON, those of the first lines of each.

    Parameters
    ----------
    source : Source
    con : ibis.backends.duckdb.Backend

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from microlift.events.files import find_files
    >>> from microlift.events.engine import connect
    >>> file = Path(tempfile.mkdtemp(), "log.jsonl")
    >>> _ = file.write_text('{"uid": 1}\n{"uid": 1, "event": "view"}\n')
    >>> source = find_files(file)
    >>> present_columns(source, connect([source.root]))
    ('event', 'uid')
    """
    if source.format == "csv":
        return tuple(open_csv(source, con).columns)
    if source.format == "json":
        return tuple(sorted(set().union(*(json_keys_of(file) for file in source.files))))
    return tuple(_open_parquet(source, con).columns)


def _open_parquet(source: Source, con: Backend) -> ir.Table:
    return con.read_parquet(
        [str(file) for file in source.files],
        hive_partitioning=True,
        hive_types_autocast=False,
        union_by_name=len(source.files) > 1,
    )
