"""Publishing weights, and taking a publication back: each is done as a whole, or not at all.

The order is what makes a kill harmless. The new version's file takes its place in the history
first, weights.json after it, the line of the log last. So weights.json is always a whole version
that the history holds; what a killed run could not record, the next one does.
"""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import index
from pathlib import Path
from typing import Any

from microlift import folder
from microlift.errors import InputError
from microlift.history import journal
from microlift.history.book import parse, same
from microlift.history.journal import Entry, What
from microlift.history.shelf import (
    FOLDER,
    WEIGHTS,
    Shelf,
    check_place,
    file_bytes,
    file_name,
    read,
    version_of,
)

_LOG = f"{FOLDER}/{journal.NAME}"


@dataclass(frozen=True)
class Published:
    """What a publication came to.

    Attributes
    ----------
    version
        Number of the version that is current now.
    new
        False where it was current already: the weights said the same as it does.
    """

    version: int
    new: bool


@dataclass(frozen=True)
class Standing:
    """What is in force in a folder when a run begins.

    Attributes
    ----------
    version
        The current version; None where weights.json is none, or is not there.
    next
        The number that the next publication gets, if the weights are others.
    content
        What weights.json says; None where it is not there, or no weights file.
    """

    version: int | None
    next: int
    content: dict[str, Any] | None


@dataclass
class _Plan:
    """What is to be written: the files in their order, and the lines that the log gains."""

    files: dict[str, str | bytes] = field(default_factory=dict)
    new: list[str] = field(default_factory=list)
    lines: list[Entry] = field(default_factory=list)
    next: int = 1

    def keep(self, data: bytes, what: What, at: datetime) -> int:
        number, name = self.next, f"{FOLDER}/{file_name(self.next)}"
        self.files[name] = data
        self.new.append(name)
        self.record(number, data, what, at)
        self.next += 1
        return number

    def record(self, number: int, data: bytes, what: What, at: datetime) -> None:
        self.lines.append(Entry(at, what, number, journal.digest(data), len(data)))


@contextmanager
def held(out: Path, files: tuple[str, ...] = (WEIGHTS,)) -> Iterator[None]:
    """Hold an output folder, as `folder.held` does; its history is tried at the door too.

    Raises
    ------
    BusyError
        If another run holds it.
    InputError
        If it cannot be written, or something stands in the place of its history.
    """
    with folder.held(out, files):
        check_place(out)
        if (out / FOLDER).is_dir():
            folder.make(out / FOLDER)
            _need_log(out / _LOG)
        yield


def _need_log(log: Path) -> None:
    if os.path.lexists(log) and (log.is_symlink() or file_bytes(log)[0] is None):
        fault = "is a link" if log.is_symlink() else file_bytes(log)[1]
        raise InputError(
            f"{str(log)!r} {fault}, and what became current when is written there, so that a "
            "publication could not be recorded: bring it back from a backup, or move it away."
        )


def standing(out: str | Path) -> Standing:
    """Look at what is in force; in the stage of a report, in the folder that it stands for.

    Parameters
    ----------
    out
        The folder that a run writes; it need not be there.

    Raises
    ------
    InputError
        If something else stands in the place of its history.

    Examples
    --------
    >>> standing("a folder that nobody has made")
    Standing(version=None, next=1, content=None)
    """
    home = folder.destination(Path(out))
    if not home.is_dir():
        return Standing(None, 1, None)
    shelf = read(home)
    # Weights that are no version are kept as one before the next.
    found = shelf.weights is not None and shelf.current is None
    content = parse(shelf.weights) if shelf.weights is not None else None
    return Standing(shelf.current, shelf.next + (found and content is not None), content)


def publish(weights: str | bytes | Mapping[str, Any], out: str | Path) -> Published:
    """Make weights the current ones of a folder, and keep them as its next version.

    Weights that say the same as the current version, apart from when they were made, are not
    published again: weights.json and the history stay as they are.

    Parameters
    ----------
    weights
        Text or bytes of a weights.json, kept byte for byte, or its content.
    out
        The output folder; made where needed.

    Raises
    ------
    InputError
        If these are no weights, or the folder cannot be written; nothing is written then.
    BusyError
        If a run holds the folder.

    Examples
    --------
    >>> import tempfile
    >>> out = tempfile.TemporaryDirectory()
    >>> publish({"created_at": "Monday", "actions": []}, out.name)
    Published(version=1, new=True)
    >>> publish({"created_at": "Tuesday", "actions": []}, out.name)
    Published(version=1, new=False)
    >>> out.cleanup()
    """
    data = _bytes(weights)
    if parse(data) is None:
        raise InputError(
            f"These are no weights: {len(data):,} bytes that hold no JSON object with a list of "
            "actions, so that no platform could be told anything by them. Give the content of a "
            "weights.json."
        )
    with held(Path(out)):
        made = write({WEIGHTS: data}, Path(out))
    assert made is not None  # there were weights
    return made


def write(files: Mapping[str, str | bytes], out: Path) -> Published | None:
    """Write the files of a run into a held folder; weights among them become its next version.

    In the stage of a report nothing is published yet: there the files are written, and no more.

    Parameters
    ----------
    files
        By name. All are complete before the first replaces an old one; weights.json is the last.
    out
        The folder, held by `held`.

    Returns
    -------
    What was published; None where there were no weights, or where this is a stage.
    """
    if WEIGHTS not in files or folder.destination(out) != out:
        folder.write(files, out)
        return None
    shelf, now = read(out), datetime.now(UTC).replace(microsecond=0)
    data = _bytes(files[WEIGHTS])
    plan = _mended(shelf, now)
    current, content = _current(shelf), parse(data)
    known = parse(current) if current is not None else None
    again = data == current or (content and known and same(content, known))
    others = {name: made for name, made in files.items() if name != WEIGHTS}
    if again and shelf.current is not None:
        plan.files |= others
        number = shelf.current
    else:
        number = plan.keep(data, "published", now)
        plan.files |= {**others, WEIGHTS: data}
    _write(plan, shelf)
    return Published(number, not again)


def rollback(number: int, out: str | Path) -> Published:
    """Make an earlier version current again: weights.json holds its bytes.

    No version is changed or goes away; the next publication gets the next number.

    Parameters
    ----------
    number
        Of the version.
    out
        The output folder.

    Raises
    ------
    InputError
        If there is no such version, or it is damaged; nothing is written then.
    BusyError
        If a run holds the folder.
    """
    home, number = Path(out), index(number)  # numbers of a frame are numpy's
    version_of(read(home), number)  # before the folder is touched
    with held(home):
        shelf, now = read(home), datetime.now(UTC).replace(microsecond=0)
        data = version_of(shelf, number).data
        assert data is not None  # a whole version has bytes
        plan = _mended(shelf, now)
        again = shelf.current == number
        if not again:
            plan.files[WEIGHTS] = data
            plan.record(number, data, "rolled back", now)
        _write(plan, shelf)
    return Published(number, not again)


def _write(plan: _Plan, shelf: Shelf) -> None:
    if plan.lines:
        plan.files[_LOG] = shelf.journal.grown(plan.lines)
    if plan.files:
        folder.write(plan.files, shelf.out, plan.new)
    for name in shelf.crumbs:  # nobody else writes in a held folder: they are of a killed run
        crumb = shelf.out / name
        if crumb.is_dir():
            shutil.rmtree(crumb, ignore_errors=True)
        else:
            crumb.unlink(missing_ok=True)


def _mended(shelf: Shelf, now: datetime) -> _Plan:
    """Begin with what a killed run, or a hand, left to be recorded."""
    plan = _Plan(next=shelf.next)
    for version in shelf.left:
        # Of two, the first is what the run found as weights.json, and kept before its own.
        what: What = "found" if version is not shelf.left[-1] else "left"
        what = "published" if version.number == shelf.current else what
        assert version.data is not None  # a whole version has bytes
        plan.record(version.number, version.data, what, _since(shelf, version.name, now))
    recorded = [entry.version for entry in plan.lines if entry.current]
    told = recorded[-1] if recorded else shelf.journal.current
    if shelf.weights is None:
        return plan
    if shelf.current is None and parse(shelf.weights) is not None:
        plan.keep(shelf.weights, "found", now)
    elif shelf.current is not None and shelf.current != told:
        plan.record(shelf.current, shelf.weights, "found", now)
    return plan


def _since(shelf: Shelf, name: str, now: datetime) -> datetime:
    with suppress(OSError, OverflowError, ValueError):
        made = (shelf.out / FOLDER / name).stat().st_mtime
        return min(now, datetime.fromtimestamp(int(made), UTC))
    return now


def _current(shelf: Shelf) -> bytes | None:
    return shelf.weights if shelf.current is not None else None


def _bytes(weights: str | bytes | Mapping[str, Any]) -> bytes:
    if isinstance(weights, bytes):
        return weights
    if not isinstance(weights, str):
        weights = json.dumps(dict(weights), indent=2, ensure_ascii=False) + "\n"
    return weights.encode("utf-8")
