"""The kernel that runs a report's notebook: this interpreter's, bounded in time and memory.

Memory is watched from outside, and a kernel that outgrows it is killed. A limit that the system
keeps inside the kernel (RLIMIT_DATA) was tried: where the refused allocation was the kernel's own,
no error reached the notebook, and at one size the run did not end.
"""

import logging
import math
import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, Self

from microlift.environment import for_report
from microlift.reporting import remains
from microlift.reporting.numerals import duration
from microlift.signals import undisturbed

if TYPE_CHECKING:
    from psutil import Process

START = 60  # seconds that a kernel may take to answer at all
LOOK = 0.1  # seconds between two looks at the memory

# How a kernel ended is said once, by the outcome of the run, and not also by its logger.
logging.getLogger("papermill").addHandler(logging.NullHandler())


@dataclass(frozen=True)
class Limits:
    """What a run may take; its time runs from the moment at which these are made.

    Attributes
    ----------
    timeout
        Seconds until the notebook is cut off; None for no limit. Turning a notebook that
        ended in time into a page takes a few seconds more.
    memory
        Bytes that the kernel, where all estimating is done, and what it starts may hold in the
        machine's memory; None for no limit. A tenth of a second's growth may go beyond. Its engine
        holds half of them, and what does not fit waits on disk.
    """

    timeout: float | None = None
    memory: int | None = None
    started: float = field(default_factory=time.monotonic)

    def left(self) -> float:
        """Seconds that are left; infinity without a timeout."""
        return math.inf if self.timeout is None else self.started + self.timeout - time.monotonic()


class Kernel:
    """A kernel to be, what it held at most, and why it was cut off if it was.

    As a context it has a temporary folder; at the end that goes, and so does every process that
    the kernel started and that outlived it.
    """

    def __init__(self, limits: Limits, stage: Path) -> None:
        self.limits = limits
        self.stage = stage
        self.outgrown = False
        self.peak = 0
        self.process: Process | None = None

    def __enter__(self) -> Self:
        self.scratch = remains.scratch(self.stage)
        return self

    def __exit__(self, *_: object) -> None:
        with undisturbed():
            remains.clear(self.stage, self.process)

    def options(self) -> dict[str, Any]:
        """Options for papermill and nbclient."""
        from traitlets.config import Config

        config = Config()
        config.KernelManager.transport_encryption = "auto"  # else ipykernel warns on each run
        # It holds a key; in its usual place, the home folder, it would outlive a killed run.
        config.KernelManager.connection_file = str(self.scratch / "kernel.json")
        options: dict[str, Any] = {
            "config": config,
            "kernel_manager_class": _manager(self._watch, self._environment()),
            "kernel_name": "python3",
            "language": "python",
            "shutdown_kernel": "immediate",
            "autosave_cell_every": 0,
            "iopub_timeout": START,  # 4 s, the default, are few on a busy machine
        }
        if self.limits.timeout is not None:
            options["start_timeout"] = max(1, math.ceil(min(START, self.limits.left())))
            # 0 would be no limit.
            options["timeout_func"] = lambda _cell: max(0.001, self.limits.left())
        return options

    def _environment(self) -> dict[str, str]:
        # An engine that knew of no limit would pass it, and the kernel be killed where it could
        # have waited on disk.
        return {**remains.environment(self.scratch), **for_report(self.limits.memory)}

    def reason(self, error: Exception) -> str:
        """Say why the kernel did not answer to the end."""
        from nbclient.exceptions import DeadKernelError

        if self.outgrown and self.limits.memory:
            size = f"{self.limits.memory / 1e9:,.3g} GB"
            return (
                f"The report needed more memory than {size} and was cut off. Give it more with "
                "--memory; a small log takes some 0.6 GB."
            )
        if self.limits.timeout is not None and self.limits.left() < 1:
            span = duration(timedelta(seconds=self.limits.timeout))
            return f"The report took longer than {span} and was cut off."
        if isinstance(error, DeadKernelError):
            return (
                "The kernel of the report died: most often the machine ran out of memory. Say with "
                "--memory how much there is: of that the engine holds half, the rest waits on disk."
            )
        if isinstance(error, TimeoutError):
            return "The kernel of the report stopped answering and was cut off."
        return f"The kernel of the report did not start: {error}."

    def _watch(self, pid: int) -> None:
        import psutil

        with suppress(psutil.NoSuchProcess):  # it has ended already
            self.process = psutil.Process(pid)
            Thread(target=self._measure, args=(self.process,), daemon=True).start()
            if self.limits.memory is not None:
                given = (self.process, self.limits.memory)
                Thread(target=self._hold, args=given, daemon=True).start()

    def _measure(self, kernel: "Process") -> None:
        import psutil

        with suppress(psutil.Error, OSError):  # the kernel has ended
            while kernel.is_running():
                self.peak = max(self.peak, _most_resident(kernel))
                time.sleep(LOOK)

    def _hold(self, kernel: "Process", memory: int) -> None:
        import psutil

        with suppress(psutil.NoSuchProcess):  # the kernel has ended
            while _resident(kernel) <= memory:
                time.sleep(LOOK)
            self.outgrown = True
            for process in (*kernel.children(recursive=True), kernel):
                with suppress(psutil.NoSuchProcess):
                    process.kill()


def _most_resident(kernel: "Process") -> int:
    """Bytes that a process has held at most, as the system counts them where it does."""
    with suppress(OSError):
        told = Path(f"/proc/{kernel.pid}/status").read_text("utf-8")
        found = re.search(r"^VmHWM:\s*([0-9]+) kB", told, re.MULTILINE)
        if found:
            return int(found[1]) * 1024
    return int(kernel.memory_info().rss)


def _resident(kernel: "Process") -> int:
    import psutil

    held = int(kernel.memory_info().rss)
    for child in kernel.children(recursive=True):
        with suppress(psutil.Error):
            held += int(child.memory_info().rss)
    return held


def _manager(started: Callable[[int], None], environment: dict[str, str]) -> type:
    """Make the class of a kernel of the running interpreter, whatever kernelspecs are installed."""
    from ipykernel.kernelspec import get_kernel_dict
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager

    class ThisPython(AsyncKernelManager):
        @property
        def kernel_spec(self) -> KernelSpec:
            return KernelSpec(**get_kernel_dict())  # its command starts with sys.executable

        async def start_kernel(self, **given: Any) -> None:  # type: ignore[override]
            await super().start_kernel(**{**given, "env": environment})
            started(self.provisioner.pid)  # type: ignore[union-attr]

    return ThisPython
