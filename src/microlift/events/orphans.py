"""Temporary folders of runs that were killed: known by a lock that nobody holds, and removed.

A run that is killed cannot remove what it laid aside, which may be as large as its log. But the
operating system takes its locks away, whatever its end. The number of its process would tell less:
another one may have it by then.
"""

import fcntl
import os
import shutil
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

PREFIX = "microlift-engine-"
_locks: dict[Path, int] = {}


def make_held(above: Path) -> Path:
    """Make a private folder, locked for as long as it is there and this process lives.

    Raises
    ------
    OSError

    Examples
    --------
    >>> above = Path(tempfile.mkdtemp())
    >>> folder = make_held(above)
    >>> sweep(above)
    >>> folder.exists()
    True
    """
    for gone in [path for path in _locks if not path.exists()]:
        os.close(_locks.pop(gone))
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=above)).resolve()
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        with suppress(OSError):  # a disk without locks: nothing there is ever swept
            fcntl.flock(handle, fcntl.LOCK_EX)
        if folder.is_dir():
            _locks[folder] = handle
            return folder
        os.close(handle)  # another run swept it away before it was locked


def sweep(above: Path) -> None:
    """Remove the folders of this user's runs that have ended without removing them."""
    with suppress(OSError):
        for entry in os.scandir(above):
            if entry.name.startswith(PREFIX) and entry.is_dir(follow_symlinks=False):
                with suppress(OSError):
                    _remove(Path(entry.path))


def _remove(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        found = os.fstat(handle)
        if found.st_uid == os.geteuid() and not stat.S_IMODE(found.st_mode) & 0o077:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(handle)
