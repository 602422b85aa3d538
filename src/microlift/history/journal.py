"""The log of a history: what was current when, one line each, every line sealed by the next.

Lines are only ever added. Each names the digest of the line before it, so that one that was
changed, added or taken out later shows.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, get_args

NAME = "log.jsonl"

# "left": its run was killed before it became current. "found": it was current, and no line said so.
What = Literal["published", "rolled back", "found", "left"]


@dataclass(frozen=True)
class Entry:
    """One line of the log.

    Attributes
    ----------
    at
        When it happened.
    what
        ``published``, ``rolled back`` to, ``found`` as current without a line that said so, or
        ``left`` by a run that was killed before it became current.
    version
        Which version.
    sha256, size
        Digest and bytes of its file.
    """

    at: datetime
    what: What
    version: int
    sha256: str
    size: int

    @property
    def current(self) -> bool:
        """Whether the version became, or was, the current one."""
        return self.what != "left"


@dataclass(frozen=True)
class Journal:
    """The log as read: its bytes, the lines that can be read, and what is wrong with the others.

    Examples
    --------
    >>> entry = Entry(datetime(2026, 8, 3, tzinfo=UTC), "published", 1, digest(b"{}"), 2)
    >>> grown = read(b"").grown([entry])
    >>> read(grown).entries[0].version, read(grown).faults
    (1, ())
    >>> read(grown.replace(b"published", b"found") + grown).faults
    ('line 2 of log.jsonl does not follow from the line before it: a line was changed, added or \
taken out',)
    """

    data: bytes
    entries: tuple[Entry, ...]
    faults: tuple[str, ...]

    @property
    def current(self) -> int | None:
        """The version that was last made current."""
        return next((entry.version for entry in reversed(self.entries) if entry.current), None)

    def recorded(self) -> dict[int, Entry]:
        """Return the first entry of each version, which seals its bytes."""
        first: dict[int, Entry] = {}
        for entry in self.entries:
            first.setdefault(entry.version, entry)
        return first

    def grown(self, entries: Iterable[Entry]) -> bytes:
        """Return the bytes of the log with entries added; those there are stay as they are."""
        data = self.data
        if data and not data.endswith(b"\n"):
            data += b"\n"
        previous = digest(data.splitlines()[-1]) if data else ""
        for entry in entries:
            line = json.dumps(
                {
                    "at": entry.at.isoformat().replace("+00:00", "Z"),
                    "what": entry.what,
                    "version": entry.version,
                    "sha256": entry.sha256,
                    "bytes": entry.size,
                    "previous": previous,
                }
            ).encode()
            data += line + b"\n"
            previous = digest(line)
        return data


def digest(data: bytes) -> str:
    """Digest of bytes, SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def read(data: bytes) -> Journal:
    """Read the bytes of a log; a line that cannot be read is named, and the others are kept."""
    entries, faults, previous = [], [], ""
    for number, line in enumerate(data.splitlines(), start=1):
        try:
            entry, said = _parsed(line)
        except (ValueError, TypeError, KeyError, RecursionError):
            faults.append(f"line {number} of {NAME} cannot be read")
        else:
            entries.append(entry)
            if said != previous:
                faults.append(
                    f"line {number} of {NAME} does not follow from the line before it: a line was "
                    "changed, added or taken out"
                )
        previous = digest(line)
    return Journal(data, tuple(entries), tuple(faults))


def _parsed(line: bytes) -> tuple[Entry, str]:
    given = json.loads(line)
    at = datetime.fromisoformat(given["at"])
    what, version, size = given["what"], given["version"], given["bytes"]
    if what not in get_args(What) or type(version) is not int or type(size) is not int:
        raise ValueError(line)
    if version < 1 or at.tzinfo is None:
        raise ValueError(line)
    return Entry(at.astimezone(UTC), what, version, str(given["sha256"]), size), given["previous"]
