"""The embedded engine: DuckDB behind Ibis, closed in before it sees a single row.

The order of the settings matters. The folders must be named before external access is shut, Ibis
must attach before the configuration is locked, and every connection needs a temporary folder of
its own: DuckDB 1.x names its spill files without a process id, and two processes that share a
folder crash each other.
"""

import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

# What the engine says of a file that is not what its name says. Everything else (memory, the
# engine itself) is not the caller's to mend, and passes through.
_READ_ERRORS = (
    duckdb.InvalidInputException,
    duckdb.ConversionException,
    duckdb.BinderException,
    duckdb.IOException,
)
NO_NUL = "\ufffd"  # what stands for a character that cannot be
MEMORY_SHARE = 0.5  # the rest is for the models, which run in the same process
MAX_SPILL = "100GB"


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
    keep_files : bool, default False
        Whether what is read of files stays in memory while there is room: a tenth faster where
        they are read several times, and waste where they are read once.

    Returns
    -------
    ibis.backends.duckdb.Backend

    Examples
    --------
    >>> engine = connect([])
    >>> engine.to_pyarrow(ibis.literal(1) + 1).as_py()
    2
    >>> close(engine)
    """
    spill = Path(tempfile.mkdtemp(prefix="microlift-")).resolve()
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
        f"memory_limit={_quoted(memory or _default_memory())}",
        f"max_temp_directory_size={_quoted(MAX_SPILL)}",
        f"threads={max(1, threads or os.cpu_count() or 1)}",
        "TimeZone='UTC'",
        "preserve_insertion_order=false",
        "python_enable_replacements=false",
        f"enable_external_file_cache={keep_files}",
        f"allowed_directories=[{', '.join(map(_quoted, folders))}]",
        "enable_external_access=false",
    ]
    for setting in settings:
        connection.execute(f"SET {setting}")
    # In a notebook without widgets DuckDB refuses the setting, having no bar to show anyway.
    with suppress(duckdb.InvalidInputException):
        connection.execute("SET enable_progress_bar=false")
    engine = ibis.duckdb.from_connection(connection)
    connection.execute("SET lock_configuration=true")
    engine._microlift_folder = spill
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
    """Where the engine has no memory left, say so as Python does.

    Examples
    --------
    >>> with memory_of_python():
    ...     raise duckdb.OutOfMemoryException("none left")
    Traceback (most recent call last):
    MemoryError: none left
    """
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise MemoryError(str(error)) from error


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _default_memory() -> str:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    # A container may hold less than the machine that it runs on.
    for limit in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        text = Path(limit).read_text().strip() if Path(limit).is_file() else ""
        if text.isdigit():
            total = min(total, int(text))
    return f"{max(256, int(total * MEMORY_SHARE) // 2**20)}MiB"
