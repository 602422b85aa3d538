"""Files that must stay what they are while a run reads them, some of them several times."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from microlift.errors import EventsError

if TYPE_CHECKING:
    from microlift.events.files import Source

Stamp = tuple[int, int]
_GONE: Stamp = (-1, -1)


def stamps_of(files: Sequence[Path]) -> tuple[Stamp, ...]:
    """Size and time of writing of each file, in nanoseconds.

    Examples
    --------
    >>> stamps_of([Path("nowhere.csv")])
    ((-1, -1),)
    """
    return tuple(map(_stamp, files))


def need_still(source: "Source") -> None:
    """Refuse a log of which a file is another than when it was found.

    Raises
    ------
    EventsError
    """
    now = stamps_of(source.files)
    pairs = zip(source.files, source.stamps, now, strict=bool(source.stamps))
    changed = [file for file, then, after in pairs if then != after]
    if not changed:
        return
    name = str(changed[0].relative_to(source.root))[-200:]
    more = f" and {len(changed) - 1:,} more" if len(changed) > 1 else ""
    gone = " or went away" if _GONE in now else ""
    raise EventsError(
        f"The file {name!r}{more} of the log {source.given!r} changed{gone} while it was read, so "
        "that what was read of it may be half old and half new. Nothing was kept. Run again when "
        "it is whole; write files under another name first, and rename them when they are done."
    )


def _stamp(file: Path) -> Stamp:
    try:
        stat = file.stat()
    except OSError:
        return _GONE
    return stat.st_size, stat.st_mtime_ns
