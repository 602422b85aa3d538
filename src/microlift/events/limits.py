"""What the engine takes of the machine: settled before it starts, and refused where it cannot be.

What a caller says counts first, then what the command line says, then the plan, then the machine.
The command line speaks through the environment, which the kernel of a report inherits.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from microlift.environment import MEMORY_SHARE, VARIABLES, memory_there
from microlift.errors import InputError, PlanError
from microlift.events import orphans
from microlift.events.files import Source
from microlift.plan import EngineSpec, Plan, parse_size
from microlift.plan.quoting import short

MOST_SPILL = 100 * 10**9
SPILL_SHARE = 0.9  # of the disk that is free: others need some of it, too
LEAST_SPILL = 64 * 2**20
LEAST_MEMORY = 256 * 2**20
EVENT_BYTES = 50  # an event is larger in the engine, so that nothing is refused that fits
LINE_BYTES = 400  # a line of text is mostly shorter
UNZIPPED = 4  # times as large, at the least


@dataclass(frozen=True)
class Limits:
    """What an engine may take: bytes of memory, threads, and the folder that it spills to."""

    memory: int
    threads: int
    temp_dir: str | None = None


def settle(
    plan: Plan | None = None,
    *,
    memory: str | None = None,
    threads: int | None = None,
    temp_dir: str | PathLike[str] | None = None,
) -> Limits:
    """Settle what the engine may take.

    Parameters
    ----------
    plan : Plan, optional
    memory, threads, temp_dir : optional
        What a caller says; as under ``engine`` in a plan.

    Returns
    -------
    Limits

    Raises
    ------
    InputError
        Where what is said is no size, no number of threads or no folder.

    Examples
    --------
    >>> settle(memory="1GB", threads=2)
    Limits(memory=1000000000, threads=2, temp_dir=None)
    """
    if memory is not None:
        memory = _size_of(memory)
    folder = None if temp_dir is None else fspath(temp_dir)
    told = {"memory": memory, "threads": threads, "temp_dir": folder}
    told = {name: value for name, value in told.items() if value is not None}
    planned = plan.engine.model_dump(exclude_none=True) if plan is not None else {}
    said = {**planned, **_of_environment(), **told}
    return Limits(
        memory=_memory_of(said.get("memory")),
        threads=max(1, said.get("threads") or os.cpu_count() or 1),
        temp_dir=said.get("temp_dir"),
    )


def _size_of(memory: str) -> str:
    try:
        parse_size(str(memory))
    except PlanError as error:
        msg = (
            f"memory={short(memory)} is no size that the engine could keep to ({error}). Write a "
            "number and a unit, such as '500MB' or '4GB'."
        )
        raise InputError(msg) from None
    return memory


def _of_environment() -> dict[str, str | int]:
    found: dict[str, str | int] = {}
    for key, variable in VARIABLES.items():
        text = os.environ.get(variable, "").strip()
        if not text:
            continue
        value = int(text) if key == "threads" and text.isdecimal() else text
        given: dict[str, Any] = {key: value}
        try:
            EngineSpec(**given)
        except PlanError as error:
            said = str(error).partition(": ")[2]
            raise InputError(f"The environment variable {variable}: {said}") from None
        found[key] = value
    return found


@contextmanager
def said_outside(said: Mapping[str, object]) -> Iterator[None]:
    """Say what counts before every plan, to this process and to those that it starts.

    Parameters
    ----------
    said : mapping of str to object
        Some of ``memory``, ``threads``, ``temp_dir``; None is nothing said.

    Examples
    --------
    >>> with said_outside({"memory": "1GB", "threads": None}):
    ...     settle().memory
    1000000000
    """
    before = {variable: os.environ.get(variable) for variable in VARIABLES.values()}
    told = {VARIABLES[name]: str(value) for name, value in said.items() if value is not None}
    os.environ.update(told)
    try:
        yield
    finally:
        for variable, value in before.items():
            if value is None:
                os.environ.pop(variable, None)
            else:
                os.environ[variable] = value


def spill_folder(temp_dir: str | None) -> tuple[Path, int]:
    """Make a private folder to spill to; return it, and how many bytes may wait there.

    Those of runs that were killed go away here.

    Raises
    ------
    InputError
        Where there is no such folder, it cannot be written, or its disk is full.
    """
    above = Path(temp_dir).expanduser() if temp_dir else Path(tempfile.gettempdir())
    orphans.sweep(above)
    try:
        folder = orphans.make_held(above)
    except OSError as error:
        reason = f"{error.strerror or error}"
        raise _no_room(above, f"cannot be written ({reason})") from error
    free = shutil.disk_usage(folder).free
    if free < LEAST_SPILL:
        folder.rmdir()
        raise _no_room(above, f"has {free / 1e6:,.0f} MB free")
    return folder, min(MOST_SPILL, int(free * SPILL_SHARE))


def _no_room(folder: Path, why: str) -> InputError:
    return InputError(
        f"The temporary folder {str(folder)!r} {why}, and what does not fit into memory waits "
        "there, each run in a private folder of its own. Name another one: engine.temp_dir in the "
        "plan, --temp-dir, or TMPDIR."
    )


def check_room(source: Source, limits: Limits) -> None:
    """Refuse a log that is larger than memory and disk together, before any of it is read.

    The size is a lower bound, from what Parquet files say of their rows and what text files weigh:
    what is refused would not have come to an end.

    Raises
    ------
    InputError
    """
    rows = _rows_at_least(source)
    needed = rows * EVENT_BYTES
    if needed <= limits.memory:
        return
    above = Path(limits.temp_dir).expanduser() if limits.temp_dir else Path(tempfile.gettempdir())
    try:
        spill = min(MOST_SPILL, int(shutil.disk_usage(above).free * SPILL_SHARE))
    except OSError:
        return  # whoever makes the folder says what is wrong with it
    if needed <= limits.memory + spill:
        return
    raise InputError(
        f"The log {source.given!r} has {rows:,} rows or more, which take {_size(needed)} and more "
        f"in the engine; it may hold {_size(limits.memory)}, and {_size(spill)} more in "
        f"{str(above)!r}, so the run would fail after a long time. Give it more: engine.memory and "
        "engine.temp_dir in the plan, or --memory and --temp-dir; or read a part of the log."
    )


def _size(count: int) -> str:
    return f"{count / 1e9:,.1f} GB" if count >= 10**8 else f"{count / 1e6:,.1f} MB"


def _rows_at_least(source: Source) -> int:
    if source.format == "parquet":
        with suppress(OSError, ValueError, pa.ArrowException):  # its reader says what is wrong
            return sum(pq.read_metadata(file).num_rows for file in source.files)
        return 0
    with suppress(OSError):
        weights = (
            file.stat().st_size * (UNZIPPED if file.suffix == ".gz" else 1) for file in source.files
        )
        return sum(weights) // LINE_BYTES
    return 0


def _memory_of(said: str | None) -> int:
    """What may be held: of what is said no more than there is, or nothing would go to disk."""
    there = memory_there()
    asked = parse_size(said) if said else there
    # One plan serves machines of any size: on a small one it counts as if nothing were said.
    return asked if asked < there else max(LEAST_MEMORY, int(there * MEMORY_SHARE))
