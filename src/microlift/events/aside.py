"""Wide rows on their way to integers, laid aside in files of the engine's private folder.

As tables in memory the texts of a log take some hundred bytes an event, as compressed columns on
disk some ten, and a pass reads only the columns that it needs.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from microlift.errors import EventsError, MicroliftError
from microlift.events.engine import of_the_files, private_folder


def lay_aside(con: Backend, name: str, rows: ir.Table) -> ir.Table:
    """Write rows to a file that only this engine knows, from which they are read lazily.

    The file goes when it is taken away, at the latest with the engine's folder.

    Parameters
    ----------
    con : ibis.backends.duckdb.Backend
        From `microlift.events.engine.connect`.
    name : str
        Of ours, and not in use.
    rows : ibis.Table

    Returns
    -------
    ibis.Table
        The same rows, in no order.

    Raises
    ------
    MicroliftError
        If they cannot be written.
    EventsError
        If the lines of a CSV file end in several ways.

    Examples
    --------
    >>> import ibis
    >>> from microlift.events.engine import close, connect
    >>> engine = connect([])
    >>> rows = lay_aside(engine, "texts", ibis.memtable({"event": ["view", "buy"]}))
    >>> engine.to_pyarrow(rows.count()).as_py()
    2
    >>> take_away(engine, "texts")
    >>> close(engine)
    """
    file = private_folder(con) / f"{name}.parquet"
    try:
        with room_aside(con):
            con.to_parquet(rows, file, compression="zstd")
    except duckdb.InvalidInputException as error:
        if "state machine" not in str(error):
            raise
        raise _mixed_endings(error) from error
    # Said outright, since the name of a folder above may look like a column of a log.
    return con.read_parquet(str(file), table_name=name, hive_partitioning=False)


def take_away(con: Backend, name: str) -> None:
    """Remove rows that were laid aside; where there are none of that name, do nothing."""
    con.drop_view(name, force=True)
    (private_folder(con) / f"{name}.parquet").unlink(missing_ok=True)


@contextmanager
def room_aside(con: Backend) -> Iterator[None]:
    """Where the private folder of an engine cannot hold what waits there, say so.

    The log itself may be what cannot be read: then its reader says so.

    Parameters
    ----------
    con : ibis.backends.duckdb.Backend
        From `microlift.events.engine.connect`.

    Raises
    ------
    MicroliftError

    Examples
    --------
    >>> from microlift.events.engine import close, connect
    >>> engine = connect([])
    >>> with room_aside(engine):  # doctest: +ELLIPSIS
    ...     raise duckdb.IOException(f"No space for {private_folder(engine)}/rows")
    Traceback (most recent call last):
    microlift.errors.MicroliftError: The temporary folder ... cannot hold the rows of the log...
    >>> close(engine)
    """
    folder = private_folder(con)
    try:
        yield
    except duckdb.Error as error:
        if not of_the_files(error) or str(folder) not in str(error):
            raise
        raise _no_room(folder, error) from error


def _no_room(folder: Path, error: duckdb.Error) -> MicroliftError:
    """Say that the private folder of an engine cannot hold what waits there."""
    return MicroliftError(
        f"The temporary folder {str(folder.parent)!r} cannot hold the rows of the log "
        f"({str(error).splitlines()[0][-200:]}), which are laid aside there while they are read. "
        "Free some space, or name a folder with more of it in TMPDIR, --temp-dir or "
        "engine.temp_dir of the plan."
    )


def _mixed_endings(error: duckdb.Error) -> EventsError:
    """Say of which file the engine could not tell the lines: that of its message."""
    found = re.search(r"^\s*file = (.+)$", str(error), re.MULTILINE)
    name = Path(found[1]).name if found else "of the log"
    return EventsError(
        f"The lines of the file {name!r} end in several ways (\\n, \\r\\n or \\r), as where parts "
        "written by different systems were put together, so where a row ends cannot be told. "
        "Nothing was estimated. Give all lines one ending, for example with dos2unix."
    )
