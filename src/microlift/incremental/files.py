"""Fingerprints of a log's files: which are new, and whether an old one is still what it was."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from microlift.events.files import Source

_ENDS = 4096  # of a Parquet file the end tells what stands where
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Print:
    """What is known of a file.

    Attributes
    ----------
    name
        The path below the folder of the log.
    size, mtime
        Bytes, and when it was written, in nanoseconds.
    ends, whole
        Digests of its first and last bytes, and of all of them.
    """

    name: str
    size: int
    mtime: int
    ends: str
    whole: str

    def to_list(self) -> list[Any]:
        """As a line of the state."""
        return [self.name, self.size, self.mtime, self.ends, self.whole]


def take(file: Path, root: Path) -> Print:
    """Take the fingerprint of a file; it has to be read for that."""
    stat = file.stat()
    return Print(
        file.relative_to(root).as_posix(), stat.st_size, stat.st_mtime_ns, _ends(file), _whole(file)
    )


def same(known: Print, file: Path) -> bool:
    """Tell whether a file is still what it was; it is read again only where its time differs."""
    stat = file.stat()
    if stat.st_size != known.size or _ends(file) != known.ends:
        return False
    return stat.st_mtime_ns == known.mtime or _whole(file) == known.whole


def news(source: Source, known: list[Print]) -> tuple[list[Path], str]:
    """Files of a log that are not known yet, or why what is known is worth nothing.

    Returns
    -------
    files
        The new ones.
    reason
        Empty where every known file is still there, and what it was.
    """
    by_name = {file.relative_to(source.root).as_posix(): file for file in source.files}
    gone = [one.name for one in known if one.name not in by_name]
    if gone:
        return [], _said(gone, "gone")
    changed = [one.name for one in known if not same(one, by_name[one.name])]
    if changed:
        return [], _said(changed, "another than before")
    old = {one.name for one in known}
    return [file for name, file in by_name.items() if name not in old], ""


def _said(names: list[str], how: str) -> str:
    more = f" and {len(names) - 1:,} more" if len(names) > 1 else ""
    return f"a file that was read before is {how} ({names[0][:200]!r}{more})"


def _ends(file: Path) -> str:
    with file.open("rb") as handle:
        first = handle.read(_ENDS)
        handle.seek(max(0, file.stat().st_size - _ENDS))
        return hashlib.sha256(first + handle.read(_ENDS)).hexdigest()[:16]


def _whole(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as handle:
        while chunk := handle.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
