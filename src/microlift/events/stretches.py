"""Rows of a log that is larger than the memory, a stretch of users at a time.

Coded rows and events each lie in files of the engine's private folder then, one or more a stretch.
As tables in memory they would come back from disk, whole, for each of the passes over them. Where
one stretch holds the log, both are tables.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from microlift.events.engine import limits_of, private_folder
from microlift.plan import Plan

ROWS_A_STRETCH = 25_000_000  # at most
RULED_A_STRETCH = 1_000_000  # rules look at each event from several sides at once
MOST_STRETCHES = 512  # each holds a file open while all are written
BYTES_A_ROW = 300  # what a row takes while its user's rows are sorted, with room to spare
_STRETCH = "stretch"
# Integers in an order: encoded, they lie as small as compressed ones, and are written in less time.
_WRITTEN = {"compression": "uncompressed", "parquet_version": "v2"}


def stretches_for(con: Backend, rows: int, plan: Plan) -> int:
    """In how many stretches the rows of a log are ordered.

    Examples
    --------
    >>> from microlift.events.engine import close, connect
    >>> plan = Plan.from_dict({"macro": {"event": "buy"}, "horizon": "14d",
    ...                        "actions": [{"name": "view", "event": "view"}]})
    >>> engine = connect([], memory="1GB")
    >>> stretches_for(engine, 0, plan), stretches_for(engine, 10_000_000, plan)
    (1, 4)
    >>> close(engine)
    """
    most = RULED_A_STRETCH if any(action.ruled for action in plan.actions) else ROWS_A_STRETCH
    at_once = max(1, min(most, limits_of(con).memory // BYTES_A_ROW))
    return min(MOST_STRETCHES, max(1, -(-rows // at_once)))


def put_in_stretches(con: Backend, name: str, rows: ir.Table, users: int, count: int) -> ir.Table:
    """Keep rows in stretches of users, to be read again by `each_stretch`.

    Parameters
    ----------
    con : ibis.backends.duckdb.Backend
        From `microlift.events.engine.connect`.
    name : str
        Of ours, and not in use.
    rows : ibis.Table
        With ``user``, a number below `users`.
    users, count : int
        How many users there are, and how many stretches at most; one is a temporary table.

    Returns
    -------
    ibis.Table
        The same rows, in no order.

    Examples
    --------
    >>> import ibis
    >>> from microlift.events.engine import close, connect
    >>> engine = connect([])
    >>> rows = put_in_stretches(engine, "rows", ibis.memtable({"user": [0, 3, 1, 3]}), 4, 2)
    >>> [engine.to_pyarrow(each.count()).as_py() for each in each_stretch(engine, rows, 2)]
    [2, 2]
    >>> close(engine)
    """
    if count == 1:
        return con.create_table(name, rows, temp=True)
    numbered = rows.mutate(**{_STRETCH: (rows.user // max(1, -(-users // count))).cast("int32")})
    folder = private_folder(con) / name
    con.to_parquet(numbered, folder, partition_by=_STRETCH, **_WRITTEN)
    if not any(folder.iterdir()):  # of no rows there is no file, and no columns
        con.to_parquet(rows.limit(0), folder / "none.parquet")
    return _opened(con, name, folder)


def each_stretch(con: Backend, rows: ir.Table, count: int) -> Iterator[ir.Table]:
    """Rows of one stretch after the other.

    Parameters
    ----------
    con : ibis.backends.duckdb.Backend
    rows : ibis.Table
        From `put_in_stretches`.
    count : int
        As it was given there.

    Yields
    ------
    ibis.Table
        To be used before the next one.
    """
    if count == 1:
        yield rows
        return
    for number in range(count):
        files = private_folder(con) / rows.get_name() / f"{_STRETCH}={number}"
        if files.is_dir():  # without rows there is none
            yield _opened(con, _STRETCH, files)
            con.drop_view(_STRETCH)


def drop_stretches(con: Backend, name: str, count: int) -> None:
    """Remove what `put_in_stretches` kept.

    Parameters
    ----------
    con : ibis.backends.duckdb.Backend
    name : str
    count : int
    """
    if count == 1:
        con.drop_table(name, force=True)
        return
    con.drop_view(name, force=True)
    shutil.rmtree(private_folder(con) / name)


def add_stretch(con: Backend, name: str, rows: ir.Table, count: int) -> None:
    """Add the rows of a stretch to those of the same name: a table, or of several stretches files.

    Parameters
    ----------
    con : ibis.backends.duckdb.Backend
    name : str
    rows : ibis.Table
        Always of the same columns.
    count : int
        How many stretches there are in all.
    """
    if count == 1:
        if name in con.list_tables():
            con.insert(name, rows)
        else:
            con.create_table(name, rows, temp=True)
        return
    folder = private_folder(con) / name
    folder.mkdir(exist_ok=True)
    file = folder / f"{len(list(folder.iterdir()))}.parquet"
    con.to_parquet(rows, file, **_WRITTEN)
    _opened(con, name, folder)


def _opened(con: Backend, name: str, folder: Path) -> ir.Table:
    """Read the files of a folder as one table, by names: a folder above may hold a ``*``."""
    files = sorted(str(file) for file in folder.rglob("*.parquet"))
    return con.read_parquet(files, table_name=name, hive_partitioning=False)
