"""An output folder as it is: weights.json, the kept versions, the log, and what is beside them."""

import os
import re
import stat
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from microlift.errors import InputError
from microlift.folder import STAGE
from microlift.history import journal
from microlift.history.book import parse
from microlift.history.journal import Entry, Journal
from microlift.plan.quoting import short

WEIGHTS = "weights.json"
FOLDER = "history"
MAX_LEFT = 2  # versions that a killed run can leave unrecorded: its own, and one it found
_MAX_BYTES = 64 * 2**20
_VERSION = re.compile(r"(\d{6,})\.json")
_PROBE = ".probe-"  # of the trial whether the folder can be written
_READINGS = 20  # while a run is publishing


@dataclass(frozen=True)
class Version:
    """A kept version, or what is left of it.

    Attributes
    ----------
    number
        Its number.
    data
        Its bytes; None where they cannot be read, or were not needed to see the damage.
    entry
        The line of the log that seals it; None where there is none.
    fault
        What is wrong with its file; empty where it is whole.
    """

    number: int
    data: bytes | None
    entry: Entry | None
    fault: str

    @property
    def name(self) -> str:
        """Name of its file in the history."""
        return file_name(self.number)

    @cached_property
    def content(self) -> dict[str, Any] | None:
        """What it says; None where it is damaged, or no weights file."""
        return None if self.data is None or self.fault else parse(self.data)


@dataclass(frozen=True)
class Shelf:
    """Everything that there is, as read at one moment.

    Attributes
    ----------
    out
        The output folder.
    weights
        Bytes of weights.json; None where there is none.
    journal
        The log.
    versions
        All versions that there is a file or a line of, by number.
    strangers
        Names in the history that do not belong there.
    crumbs
        Half-written files of a run that was killed, or is under way.
    kept
        Whether there is a history.
    """

    out: Path
    weights: bytes | None
    journal: Journal
    versions: dict[int, Version]
    strangers: tuple[str, ...]
    crumbs: tuple[str, ...]
    kept: bool

    @property
    def next(self) -> int:
        """Number of the next version: above every number that was ever used."""
        return max(self.versions, default=0) + 1

    @cached_property
    def current(self) -> int | None:
        """The version that weights.json is, byte for byte; None where it is none of them."""
        if self.weights is None:
            return None
        seal = journal.digest(self.weights)
        same = [
            version.number
            for version in self.versions.values()
            if (version.entry.sha256 == seal if version.entry else version.data == self.weights)
        ]
        # Bytes may have been published twice: then it is the one that the log speaks of.
        return self.journal.current if self.journal.current in same else max(same, default=None)

    @cached_property
    def left(self) -> tuple[Version, ...]:
        """Whole versions without a line in the log, which a killed run left: the last ones."""
        recorded = max(self.journal.recorded(), default=0)
        loose = [v for v in self.versions.values() if v.entry is None]
        expected = list(range(recorded + 1, recorded + 1 + len(loose)))
        whole = all(not v.fault and v.content is not None for v in loose)
        numbers = [v.number for v in loose]
        return tuple(loose) if whole and numbers == expected and len(loose) <= MAX_LEFT else ()


def file_name(number: int) -> str:
    """Name of a version's file.

    >>> file_name(7)
    '000007.json'
    """
    return f"{number:06d}.json"


def read(out: Path) -> Shelf:
    """Read an output folder; again, where a run was publishing meanwhile.

    Raises
    ------
    InputError
        If there is no such folder, or something else stands in the place of its history.
    """
    if not out.is_dir():
        raise InputError(
            f"There is no folder {str(out)!r}, so that there is no history to look at: name the "
            "folder that holds weights.json (--dir)."
        )
    check_place(out)
    shelf, until = _read(out)
    for _ in range(_READINGS):
        if until == _moving(out):
            break
        shelf, until = _read(out)
    return shelf


def check_place(out: Path) -> None:
    """Refuse a history that is no folder of its own.

    Raises
    ------
    InputError
        If a file stands in its place, or a link, which might lead anywhere.
    """
    folder = out / FOLDER
    if not os.path.lexists(folder) or (folder.is_dir() and not folder.is_symlink()):
        return
    what = "a link" if folder.is_symlink() else "not a folder"
    raise InputError(
        f"{str(folder)!r} is {what}, and the history of published weights is kept in a folder of "
        "that name, so that no version could be kept safely: rename it, or name another output "
        "folder."
    )


def _moving(out: Path) -> tuple[bytes | None, bytes | None]:
    """Read what a publication replaces: it comes after the version, which is there by then."""
    return file_bytes(out / WEIGHTS)[0], file_bytes(out / FOLDER / journal.NAME)[0]


def _read(out: Path) -> tuple[Shelf, tuple[bytes | None, bytes | None]]:
    moving = weights, data = _moving(out)
    folder = out / FOLDER
    names = sorted(os.listdir(folder)) if folder.is_dir() else []
    log = journal.read(data or b"")
    if data is None and journal.NAME in names:
        log = Journal(b"", (), (f"{journal.NAME} {file_bytes(folder / journal.NAME)[1]}",))
    recorded = log.recorded()
    files = {int(found[1]) for name in names if (found := _number(name))}
    known = sorted({*files, *recorded})
    versions = {number: _version(folder, number, recorded.get(number)) for number in known}
    others = [name for name in names if not _number(name) and name != journal.NAME]
    crumbs = [f"{FOLDER}/{name}" for name in others if name.startswith(_PROBE)]
    if (out / STAGE).is_dir():
        crumbs.append(STAGE)
    strangers = tuple(name for name in others if not name.startswith(_PROBE))
    shelf = Shelf(out, weights, log, versions, strangers, tuple(crumbs), folder.is_dir())
    return shelf, moving


def _number(name: str) -> "re.Match[str] | None":
    found = _VERSION.fullmatch(name)
    return found if found and file_name(int(found[1])) == name and int(found[1]) else None


def _version(folder: Path, number: int, entry: Entry | None) -> Version:
    path = folder / file_name(number)
    if not os.path.lexists(path):
        return Version(number, None, entry, "is missing")
    if path.is_symlink() or not path.is_file():
        return Version(number, None, entry, "is a link or a folder, not a file of its own")
    data, fault = file_bytes(path)
    if data is not None and entry is not None and journal.digest(data) != entry.sha256:
        fault = f"holds other bytes than were published ({len(data):,} of {entry.size:,})"
        if len(data) < entry.size:
            fault = f"is cut off: {len(data):,} of {entry.size:,} bytes are there"
    return Version(number, data, entry, fault)


def file_bytes(path: Path) -> tuple[bytes | None, str]:
    """Return the bytes of a regular file, or why there are none."""
    try:
        with open(path, "rb", opener=_opener) as handle:
            if os.fstat(handle.fileno()).st_size > _MAX_BYTES:
                return None, f"is larger than {_MAX_BYTES:,} bytes"
            return handle.read(_MAX_BYTES + 1), ""
    except OSError as error:
        return None, f"cannot be read ({error.strerror})"


def _opener(path: str, flags: int) -> int:
    handle = os.open(path, flags | os.O_NONBLOCK)  # a pipe would wait for ever
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(0, "it is not a file")
    return handle


def version_of(shelf: Shelf, number: int) -> Version:
    """Return a version by its number.

    Raises
    ------
    InputError
        If there is none, or it is damaged.
    """
    if number not in shelf.versions:
        first, last = min(shelf.versions, default=0), max(shelf.versions, default=0)
        known = f"it holds {first} to {last}" if last else "it is empty"
        raise InputError(
            f"There is no version {short(number)} in the history of {str(shelf.out)!r}: {known}. "
            "See microlift history list."
        )
    version = shelf.versions[number]
    fault = version.fault or ("" if version.content is not None else "holds no weights file")
    if fault:
        raise InputError(
            f"Version {number} cannot be used: {version.name} {fault}. Name another version, or "
            "bring its file back from a backup; microlift history verify names all that is wrong."
        )
    return version
