"""Finding the files that a path means."""

import glob
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from os import PathLike, fspath
from pathlib import Path
from typing import Literal

from microlift.errors import EventsError, nearest
from microlift.events.still import Stamp, stamps_of
from microlift.plan.quoting import short
from microlift.urls import is_url, not_a_path

Format = Literal["parquet", "csv", "json"]

SUFFIXES: dict[str, Format] = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".csv": "csv",
    ".tsv": "csv",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
}


@dataclass(frozen=True)
class Source:
    """The files of a log.

    Attributes
    ----------
    given : str
        The path as the caller wrote it, for messages.
    files : tuple of Path
        Resolved and sorted, so that the order of a folder's listing never matters.
    format : {'parquet', 'csv', 'json'}
        One for all files.
    root : Path
        The folder that holds them all, the only one that the engine may read.
    stamps : tuple of (int, int)
        Size and time of writing of each file when it was found.
    closed : tuple of Path
        Files that are passed over: those of days before the window of a plan.
    """

    given: str
    files: tuple[Path, ...]
    format: Format
    root: Path
    stamps: tuple[Stamp, ...] = field(default=(), compare=False, repr=False)
    closed: tuple[Path, ...] = ()


def find_files(path: str | PathLike[str]) -> Source:
    """Find the files that a path means: a file, a folder with all below it, or a glob.

    Parameters
    ----------
    path : str or path
        In folders and globs only files of a known suffix count (.parquet, .pq, .csv, .tsv,
        .json, .jsonl, .ndjson, the text ones also with .gz); hidden files are passed over.

    Returns
    -------
    Source

    Raises
    ------
    EventsError
        If nothing is there, the suffix is unknown, or the files are of several formats.

    Examples
    --------
    >>> find_files("no/such.parquet")
    Traceback (most recent call last):
    microlift.errors.EventsError: The log 'no/such.parquet' is missing...
    """
    given = fspath(path)
    if is_url(given):
        raise EventsError(not_a_path(given))
    whole = _possible(given)
    if whole.is_file():
        file = whole.resolve()
        _need_names([file])
        return Source(given, (file,), format_of(whole, given), file.parent, stamps_of([file]))
    if whole.is_dir():
        found = [file for file in whole.rglob("*") if _is_data(file, whole)]
        root = whole.resolve()
        _need_inside(given, found, root)
    else:
        found = [Path(name) for name in glob.glob(str(whole), recursive=True)]
        found = [file for file in found if _is_data(file, file.parent)]
        _need_inside(given, found, _fixed_part(whole).resolve())
        root = _common_folder([file.resolve() for file in found])
    if not found:
        raise _nothing_found(given, whole)
    formats = sorted({format_of(file, given) for file in found})
    if len(formats) > 1:
        raise EventsError(
            f"The log {given!r} holds files of {len(formats)} formats ({', '.join(formats)}), "
            "which would count events twice if one is an export of the other. Give a glob that "
            f"matches one format, such as '*.{formats[0]}'."
        )
    _need_names(found)
    files = tuple(sorted({file.resolve() for file in found}))  # links may name one file twice
    return Source(given, files, format_of(found[0], given), root, stamps_of(files))


def empty_log(source: Source) -> EventsError:
    """Make the refusal of a log without rows.

    Parameters
    ----------
    source : Source

    Returns
    -------
    EventsError

    Examples
    --------
    >>> str(empty_log(Source("log.csv", (), "csv", Path())))[:39]
    "The log 'log.csv' is empty: 0 rows in 0"
    """
    return EventsError(
        f"The log {source.given!r} is empty: 0 rows in {len(source.files):,} files, so there is "
        "nothing to estimate from. Check the export that wrote it."
    )


def need_columns(source: Source, wanted: Sequence[str], present: Sequence[str]) -> None:
    """Refuse a log that lacks a column which the plan reads.

    Parameters
    ----------
    source : Source
    wanted, present : sequence of str
        Column names.

    Raises
    ------
    EventsError

    Examples
    --------
    >>> need_columns(Source("log.csv", (), "csv", Path()), ["uid"], ["uuid", "event"])
    Traceback (most recent call last):
    microlift.errors.EventsError: The log 'log.csv' has 2 columns, but 1 that the plan reads...
    """
    missing = [name for name in wanted if name not in present]
    if missing:
        said = "; ".join(
            f"{short(name)} (nearest: {nearest(name, present)})" for name in missing[:5]
        )
        raise EventsError(
            f"The log {source.given!r} has {len(present):,} columns, but {len(missing):,} that the "
            f"plan reads are not among them: {said}. Without them the plan's words mean nothing in "
            "this log. Mend log.columns, log.attributes or the rules in the plan."
        )


def format_of(file: Path, given: str) -> Format:
    """Tell the format of a file by its suffix.

    Parameters
    ----------
    file : Path
    given : str
        The path as the caller wrote it, for the message.

    Returns
    -------
    {'parquet', 'csv', 'json'}

    Raises
    ------
    EventsError

    Examples
    --------
    >>> format_of(Path("day.jsonl.gz"), "day.jsonl.gz")
    'json'
    """
    name = file.name.lower().removesuffix(".gz")
    suffix = Path(name).suffix
    zipped_parquet = name != file.name.lower() and SUFFIXES.get(suffix) == "parquet"
    if suffix not in SUFFIXES or zipped_parquet:
        raise EventsError(
            f"The log {given!r} has the suffix {file.suffix!r}, by which its format cannot be "
            f"told. Known are {', '.join(SUFFIXES)}, the text ones also with .gz. A "
            "spreadsheet has to be saved as CSV UTF-8 first."
        )
    return SUFFIXES[suffix]


def _is_data(file: Path, below: Path) -> bool:
    hidden = any(part.startswith((".", "_")) for part in file.relative_to(below).parts)
    suffix = Path(file.name.lower().removesuffix(".gz")).suffix
    return file.is_file() and not hidden and suffix in SUFFIXES


def _possible(given: str) -> Path:
    """The path, if the system can look at it at all."""
    try:
        if not given.strip():
            raise OSError("it is empty")
        path = Path(given).expanduser()
        path.is_file()
    except (OSError, RuntimeError, ValueError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise EventsError(
            f"The log {short(given)} is no path that can be looked at ({said[:100]}). Give a file, "
            "a folder or a glob."
        ) from error
    return path


def _need_names(found: list[Path]) -> None:
    for file in found:
        try:
            str(file.resolve()).encode()
        except UnicodeEncodeError:
            raise EventsError(
                f"The name of the file {os.fsencode(file.name)!r} of the log, or of a folder above "
                "it, is not UTF-8, so the engine cannot open it. Rename it."
            ) from None


def _fixed_part(pattern: Path) -> Path:
    """The folder of a glob above its first sign."""
    parts = pattern.parts
    signs = [i for i, part in enumerate(parts) if glob.has_magic(part)]
    return Path(*parts[: signs[0]]) if signs else pattern.parent


def _need_inside(given: str, found: list[Path], folder: Path) -> None:
    """Refuse links out of the folder: who may put a file into it chooses none elsewhere."""
    outside = sorted(file for file in found if not file.resolve().is_relative_to(folder))
    if outside:
        raise EventsError(
            f"In the log {short(given)} {len(outside):,} files are links that lead out of its "
            f"folder (the first: {outside[0].name!r}). Nothing outside of it is read, so they are "
            "no part of the log. Copy the files into it, or give the path of each by itself."
        )


def _common_folder(files: list[Path]) -> Path:
    return Path(os.path.commonpath([file.parent for file in files])) if files else Path()


def _nothing_found(given: str, whole: Path) -> EventsError:
    if whole.is_dir() or glob.has_magic(given):
        kind = "folder" if whole.is_dir() else "glob"
        return EventsError(
            f"The {kind} {given!r} holds 0 event files, so there is nothing to estimate from. "
            f"Known suffixes: {', '.join(SUFFIXES)}, the text ones also with .gz."
        )
    if os.path.lexists(whole):
        raise EventsError(
            f"The log {given!r} is no file: a link that leads nowhere or in a circle, a pipe, or a "
            "device. Only files are read, since a log is read more than once. Write it to a file."
        )
    siblings = [file.name for file in whole.parent.glob("*")] if whole.parent.is_dir() else []
    near = f" (nearest in that folder: {nearest(whole.name, siblings)})" if siblings else ""
    return EventsError(
        f"The log {given!r} is missing: no file, folder or glob of that name{near}. Check the path."
    )
