"""The folder that a run writes: one holder at a time, and each file replaced as a whole.

A reader of the folder finds the last good version of a file until the next good one is there.
"""

import errno
import fcntl
import os
import re
import secrets
import shutil
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from microlift.errors import BusyError, InputError

STAGE = ".stage"
_LOCK = ".lock"
_FOR = ".for"
_PROBE = ".probe-"
_NEW = ".new-"
_CRUMB = re.compile(rf"{re.escape(_PROBE)}[a-z0-9_]{{8}}|{re.escape(_NEW)}[0-9a-f]{{16}}")


@contextmanager
def held(out: Path, files: Iterable[str] = ()) -> Iterator[None]:
    """Hold the folder for one run, made where needed and tried before any work is done.

    At the end the lock goes away, and so do the folders that were made and are still empty.

    Parameters
    ----------
    out
        The folder.
    files
        Names of the files that the run will write into it.

    Raises
    ------
    BusyError
        If another run holds it.
    InputError
        If it cannot be made or written, or a folder stands in the place of a file.
    """
    made = [path for path in (out, *out.parents) if not os.path.lexists(path)]
    lock = -1
    try:
        make(out)
        for name in files:
            _need_place(out / name)
        lock = _lock(out)
        sweep(out)
        yield
    finally:
        if lock >= 0:
            with suppress(OSError):
                (out / _LOCK).unlink()
            os.close(lock)
        for path in made:
            with suppress(OSError):
                path.rmdir()


def make(folder: Path) -> None:
    """Make a folder, and prove that it can be written by writing.

    Permission bits would not tell: root passes them, and a read-only disk does not show in them.

    Raises
    ------
    InputError
        If it cannot be made or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f"{_PROBE}{secrets.token_hex(4)}"
        try:
            probe.write_bytes(b"probe")
        finally:
            probe.unlink(missing_ok=True)  # who holds the folder may have swept it away
    except OSError as error:
        raise _refusal(folder, error) from None


def sweep(folder: Path) -> None:
    """Remove what a killed run left half-written in a folder; to be called with it held."""
    with suppress(OSError):
        for name in os.listdir(folder):
            if _CRUMB.fullmatch(name):
                (folder / name).unlink(missing_ok=True)


def _need_place(file: Path) -> None:
    if file.is_dir():
        msg = (
            f"{str(file)!r} is a folder, and a file of that name is to be written, so that no "
            "result could be kept: rename it, or name another output folder."
        )
        raise InputError(msg)


def _refusal(folder: Path, error: OSError) -> InputError:
    paths = (folder, *folder.parents)
    blocks = [path for path in paths if os.path.lexists(path) and not os.path.isdir(path)]
    reason = f"{str(blocks[0])!r} is not a folder" if blocks else error.strerror
    return InputError(
        f"The output folder {str(folder)!r} cannot be written ({reason}), so that no result could "
        "be kept: name another one, or mend what stands in its way."
    )


def _lock(out: Path) -> int:
    handle = None
    try:
        while handle is None:
            handle = _try(out / _LOCK)
    except BlockingIOError:
        msg = (
            f"The folder {str(out)!r} is held by another run, so this one was not started: "
            "two at once would mix their files. Try again when it has ended."
        )
        raise BusyError(msg) from None
    except OSError as error:
        raise _refusal(out, error) from None
    return handle


def _try(lock: Path) -> int | None:
    """Lock a file; None where another run removed it between our opening and locking it."""
    handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
    ours = False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        ours = os.path.samestat(os.fstat(handle), lock.stat())
    except FileNotFoundError:
        pass
    finally:
        if not ours:
            os.close(handle)
    return handle if ours else None


def write(files: Mapping[str, str | bytes], out: Path, new: Collection[str] = ()) -> None:
    """Write files into a held folder: all are complete before the first takes its place.

    They take their places in the order given. A file of another folder waits until those before
    it are on the disk: not even a power cut leaves a later one there and an earlier one not.

    Parameters
    ----------
    files
        Text or bytes by name; a name may lead into a folder below `out`, which is made.
    out
        The folder.
    new
        Names that must not be there yet, and that nobody is to write again.

    Raises
    ------
    FileExistsError
        If a file of `new` is there.
    """
    stage = out / STAGE
    shutil.rmtree(stage, ignore_errors=True)  # of a run that was killed
    stage.mkdir()
    try:
        for name, content in files.items():
            (stage / name).parent.mkdir(parents=True, exist_ok=True)
            data = content.encode("utf-8") if isinstance(content, str) else content
            _write_through(stage / name, data)
        last = None
        for name in files:
            target = out / name
            if last is not None and last != target.parent:
                _sync(last)
            last = _made(target.parent)
            if name in new:
                _place_new(stage / name, target)
            else:
                os.replace(stage / name, target)
        if last is not None:
            _sync(last)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _made(folder: Path) -> Path:
    if not folder.is_dir():
        folder.mkdir()
        _sync(folder.parent)
    return folder


def _place_new(staged: Path, target: Path) -> None:
    staged.chmod(stat.S_IMODE(staged.stat().st_mode) & 0o555)
    try:
        os.link(staged, target)  # unlike a renaming, it never takes the place of another file
    except FileExistsError:
        raise
    except OSError:  # a disk without links
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from None
        os.rename(staged, target)


def _sync(folder: Path) -> None:
    """Bring the names of a folder to the disk; where folders cannot be synced, nothing is lost."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)


def stand_for(stage: Path, out: Path) -> None:
    """Mark a folder as the stage of another: what is written into it is not published by that."""
    (stage / _FOR).write_text(os.path.relpath(out, stage), encoding="utf-8")


def unmark(stage: Path) -> None:
    """Take the mark of `stand_for` away."""
    (stage / _FOR).unlink(missing_ok=True)


def destination(folder: Path) -> Path:
    """Return the folder that a stage stands for; any other folder stands for itself."""
    try:
        return folder / (folder / _FOR).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return folder


def write_atomic(path: Path, content: str | bytes) -> None:
    """Replace a file whole: nobody ever reads half of it, not even after a power cut."""
    data = content.encode("utf-8") if isinstance(content, str) else content
    temporary = path.with_name(f"{_NEW}{secrets.token_hex(8)}")
    try:
        _write_through(temporary, data)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _write_through(path: Path, data: bytes) -> None:
    with path.open("wb") as handle:
        handle.write(data)
        handle.flush()
        os.fsync(handle.fileno())
