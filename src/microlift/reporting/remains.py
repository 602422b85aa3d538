"""What the kernel of a run leaves on this machine, and how all of it goes when the run ends.

A kernel that is killed takes neither its children nor its temporary files with it. So each gets
a temporary folder of its own, and the name of that folder stands in the environment, which
children inherit whatever they do else: signals they ignore, sessions they begin. The stage of a
run notes the name as well, for the next run if this one is killed.
"""

import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from psutil import Process

MARK = "MICROLIFT_RUN"
_PREFIX = "microlift-run-"
_NOTE = ".scratch"
_PATIENCE = 10.0  # seconds in which a killed process should be gone, unless a disk hangs
_LOOK = 0.01


def scratch(stage: Path) -> Path:
    """Make a temporary folder for the kernel of a run, and note it in the run's stage.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as stage:
    ...     made = scratch(Path(stage))
    ...     clear(Path(stage))
    ...     made.exists(), os.listdir(stage)
    (False, [])
    """
    made = Path(tempfile.mkdtemp(prefix=_PREFIX)).resolve()
    (stage / _NOTE).write_bytes(os.fsencode(made))
    return made


def environment(folder: Path) -> dict[str, str]:
    """Environment of a kernel whose temporary files go to a folder, and which is known by it."""
    # A report may run another one in its kernel; what that one starts belongs to both.
    marks = [*os.environ.get(MARK, "").split(os.pathsep), str(folder)]
    return {**os.environ, "TMPDIR": str(folder), MARK: os.pathsep.join(filter(None, marks))}


def clear(stage: Path, kernel: "Process | None" = None) -> None:
    """End all that the kernel of a stage started, and remove its temporary folder and the note."""
    note = stage / _NOTE
    with suppress(OSError):
        folder = Path(os.fsdecode(note.read_bytes()))
        if folder.name.startswith(_PREFIX):
            end(folder, kernel)
            if _ours(folder):
                shutil.rmtree(folder, ignore_errors=True)
    note.unlink(missing_ok=True)


def _ours(folder: Path) -> bool:
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()


def end(folder: Path, kernel: "Process | None" = None) -> None:
    """Kill the processes that are known by a folder, and what is left of a kernel's session.

    Not found is only what was started with an environment of its own: in a session of its own, or
    by the kernel of a run that was itself killed.
    """
    import psutil

    until = time.monotonic() + _PATIENCE
    # One that is killed may have forked meanwhile.
    while (found := list(_alive(str(folder), kernel))) and time.monotonic() < until:
        for process in found:
            with suppress(psutil.Error):
                process.kill()
        time.sleep(_LOOK)


def _alive(folder: str, kernel: "Process | None") -> Iterator["Process"]:
    import psutil

    session = None
    # Another process may have got the number of a kernel that has ended, and lead a session.
    if kernel and (kernel.is_running() or not psutil.pid_exists(kernel.pid)):
        session = kernel.pid
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):  # it has ended, or is somebody else's
            known = folder in process.environ().get(MARK, "").split(os.pathsep)
            if not known and os.getsid(process.pid) != session:
                continue
            if process.status() != psutil.STATUS_ZOMBIE:
                yield process
