"""The embedded engine: DuckDB behind Ibis, closed in before it sees a single row.

The order of the settings matters. The folders must be named before external access is shut, Ibis
must attach before the configuration is locked, and every connection needs a temporary folder of
its own: DuckDB 1.x names its spill files without a process id, and two processes that share a
folder crash each other.
"""

import os
import shutil
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypedDict

import duckdb
import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from microlift.events.limits import Limits, settle, spill_folder

# What the engine says of a file that is not what its name says. Everything else (memory, the
# engine itself) is not the caller's to mend, and passes through.
_READ_ERRORS = (
    duckdb.InvalidInputException,
    duckdb.ConversionException,
    duckdb.BinderException,
    duckdb.IOException,
    duckdb.OutOfRangeException,
)
NO_NUL = "\ufffd"  # what stands for a character that cannot be


class Asked(TypedDict):
    """What is asked for an engine; see `microlift.events.read_events`."""

    memory: str
    threads: int
    temp_dir: str | None


@ibis.udf.scalar.builtin(  # type: ignore[untyped-decorator]
    name="epoch_us", signature=(("timestamp('UTC')",), "int64")
)
def epoch_us(instant: ir.TimestampValue) -> ir.IntegerValue:
    """Count the microseconds since 1970 (Ibis itself stops at seconds); null for infinity."""


@ibis.udf.scalar.builtin(  # type: ignore[untyped-decorator]
    name="epoch_us", signature=(("timestamp",), "int64")
)
def epoch_us_naive(local: ir.TimestampValue) -> ir.IntegerValue:
    """Count as if the time were UTC: a cast to a zone would consult the calendar for each row."""


@ibis.udf.scalar.builtin(  # type: ignore[untyped-decorator]
    name="timezone", signature=(("string", "timestamp"), "timestamp('UTC')")
)
def instant_in_zone(zone: str, local: ir.TimestampValue) -> ir.TimestampValue:
    """Read a local time in a zone with the engine's own calendar (Ibis has only casts)."""


@ibis.udf.scalar.builtin(  # type: ignore[untyped-decorator]
    name="chr", signature=(("int32",), "string")
)
def _character(code: int) -> ir.StringValue:
    """The character of a code point."""


def without_nul(text: ir.StringValue) -> ir.StringValue:
    r"""Replace characters of code 0, at which the text of a query would end.

    Names of a log come back in queries as literals, to which such a character cannot belong.

    Parameters
    ----------
    text : ibis.expr.types.StringValue

    Returns
    -------
    ibis.expr.types.StringValue

    Examples
    --------
    >>> without_nul(ibis.memtable({"event": ["vi\x00ew"]}).event).to_pyarrow().to_pylist()
    ['vi�ew']
    """
    nul = _character(0)
    # To look is much cheaper than to replace.
    return text.contains(nul).ifelse(text.replace(nul, NO_NUL), text)


def of_the_files(error: duckdb.Error) -> bool:
    """Tell whether an error of the engine is about the files that it read, and not about itself.

    Of damaged Parquet the engine speaks in its bare class, which stands for nothing else.

    Parameters
    ----------
    error : duckdb.Error

    Returns
    -------
    bool

    Examples
    --------
    >>> of_the_files(duckdb.Error("don't know what type")), of_the_files(duckdb.FatalException())
    (True, False)
    """
    return isinstance(error, _READ_ERRORS) or type(error) is duckdb.Error


def connect(
    allowed: Sequence[Path],
    threads: int | None = None,
    memory: str | None = None,
    *,
    limits: Limits | None = None,
    keep_files: bool = False,
) -> Backend:
    """Open an engine that can reach the given folders and nothing else.

    Inside, DuckDB refuses other paths (also through links and ``..``), the network, extensions,
    and any change of these settings. Spill files go to a private temporary folder, removed when
    the connection is closed, collected, or at exit.

    Parameters
    ----------
    allowed : sequence of Path
        Folders that may be read, with all below them; a link is followed once, here.
    threads : int, optional
        At least 1; default one a core.
    memory : str, optional
        The limit of the engine, such as ``4GB``; default half of the machine's memory.
    limits : Limits, optional
        What the engine may take, where that is settled already; then the two above are not asked.
    keep_files : bool, default False
        Whether what is read of files stays in memory while there is room: a tenth faster where
        they are read several times, and waste where they are read once.

    Returns
    -------
    ibis.backends.duckdb.Backend

    Raises
    ------
    InputError
        Where the folder for spill files is missing, cannot be written or has no room.

    Examples
    --------
    >>> engine = connect([])
    >>> engine.to_pyarrow(ibis.literal(1) + 1).as_py()
    2
    >>> close(engine)
    """
    limits = limits or settle(threads=threads, memory=memory)
    spill, room = spill_folder(limits.temp_dir)
    connection = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
        },
    )
    folders = [str(path.resolve()) + os.sep for path in (*allowed, spill)]
    # Values of settings cannot be bound as parameters, hence the quoting by hand.
    settings = [
        f"temp_directory={_quoted(str(spill))}",
        f"memory_limit={_quoted(f'{limits.memory}B')}",
        f"max_temp_directory_size={_quoted(f'{room}B')}",
        f"threads={limits.threads}",
        "TimeZone='UTC'",
        "preserve_insertion_order=false",
        "python_enable_replacements=false",
        f"enable_external_file_cache={keep_files}",
        f"allowed_directories=[{', '.join(map(_quoted, folders))}]",
        "enable_external_access=false",
    ]
    for setting in settings:
        connection.execute(f"SET {setting}")
    # How far a query is can be asked then; DuckDB itself shows nothing. In a notebook without
    # widgets it refuses the setting.
    for setting in (
        "enable_progress_bar_print=false",
        "enable_progress_bar=true",
        "progress_bar_time=0",
    ):
        with suppress(duckdb.InvalidInputException):
            connection.execute(f"SET {setting}")
    engine = ibis.duckdb.from_connection(connection)
    connection.execute("SET lock_configuration=true")
    engine._microlift_folder = spill
    engine._microlift_limits = limits
    engine._microlift_spill = weakref.finalize(engine, shutil.rmtree, spill, ignore_errors=True)
    return engine


def private_folder(engine: Backend) -> Path:
    """The engine's temporary folder, which only this user may enter and which goes with it.

    Parameters
    ----------
    engine : ibis.backends.duckdb.Backend
        From `connect`.

    Returns
    -------
    Path

    Examples
    --------
    >>> engine = connect([])
    >>> oct(private_folder(engine).stat().st_mode & 0o777)
    '0o700'
    >>> close(engine)
    """
    folder: Path = engine._microlift_folder
    return folder


def limits_of(engine: Backend) -> Limits:
    """What an engine may take, as it was settled when it was opened.

    Parameters
    ----------
    engine : ibis.backends.duckdb.Backend
        From `connect`.

    Returns
    -------
    Limits

    Examples
    --------
    >>> engine = connect([], threads=2)
    >>> limits_of(engine).threads
    2
    >>> close(engine)
    """
    limits: Limits = engine._microlift_limits
    return limits


def taken_by(engine: Backend) -> Asked:
    """What an engine may take, as arguments for reading another log, or the same one again.

    Parameters
    ----------
    engine : ibis.backends.duckdb.Backend
        From `connect`.

    Returns
    -------
    dict

    Examples
    --------
    >>> engine = connect([], threads=2, memory="1GiB")
    >>> taken_by(engine)
    {'memory': '1024MiB', 'threads': 2, 'temp_dir': None}
    >>> close(engine)
    """
    limits = limits_of(engine)
    memory = f"{max(1, limits.memory // 2**20)}MiB"
    return {"memory": memory, "threads": limits.threads, "temp_dir": limits.temp_dir}


def close(engine: Backend) -> None:
    """Close the connection and remove its temporary folder; a second call does nothing.

    Parameters
    ----------
    engine : ibis.backends.duckdb.Backend
        From `connect`.

    Examples
    --------
    >>> engine = connect([])
    >>> close(engine)
    """
    if engine._microlift_spill.alive:
        engine.disconnect()
        engine._microlift_spill()


@contextmanager
def memory_of_python() -> Iterator[None]:
    """Where the engine has no memory left, say so as Python does, and what can be done.

    Examples
    --------
    >>> with memory_of_python():  # doctest: +ELLIPSIS
    ...     raise duckdb.OutOfMemoryException("none left")
    Traceback (most recent call last):
    MemoryError: none left. Give the engine more...
    """
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise out_of_memory(error) from error


def out_of_memory(error: duckdb.OutOfMemoryException) -> MemoryError:
    """The same in words: what the engine lacked, and where it can be given more."""
    lines = str(error).strip().splitlines() or ["no memory left"]
    said = lines[0].removeprefix("Out of Memory Error: ")[:200].rstrip(".")
    room = any("max_temp_directory_size" in line for line in lines)
    more = (
        "room for what does not fit: engine.temp_dir in the plan, --temp-dir, or a folder with "
        "more of it in TMPDIR"
        if room
        else "memory: engine.memory in the plan, or --memory"
    )
    return MemoryError(f"{said}. Give the engine more {more}")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
