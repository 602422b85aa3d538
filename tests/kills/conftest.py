"""A folder with a plan, a log and results, in which runs are killed with all their processes."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

KILLS = int(os.environ.get("MICROLIFT_KILLS", "0"))  # of each kind of run; 0 is a few


def few(number: int) -> int:
    """How many kills a test has: so few, unless another number is asked of all."""
    return KILLS or number


WARM = Path(__file__).parents[1] / "reporting" / "failures" / "warm.py"
LOADED = ("microlift.run", "microlift.reporting.terminal", "microlift.incremental")


@dataclass
class Site:
    """A folder, and the process that forks the runs in it."""

    folder: Path
    warm: "subprocess.Popen[str]"
    takes: float = 0.0  # seconds, of the last run that was left alone

    @property
    def out(self) -> Path:
        return self.folder / "out"

    @property
    def temporary(self) -> Path:
        return self.folder / "tmp"

    def start(self, *arguments: object) -> int:
        """Start a command; return the number of its process, which leads a group."""
        self.temporary.mkdir(exist_ok=True)
        environment = {"TMPDIR": self.temporary, "JUPYTER_RUNTIME_DIR": self.temporary}
        asked = {
            "arguments": [str(one) for one in arguments],
            "environment": {name: str(value) for name, value in environment.items()},
            "log": str(self.folder / "said.txt"),
            "largest": 0,
            "leads": True,
        }
        assert self.warm.stdin is not None
        print(json.dumps(asked), file=self.warm.stdin, flush=True)
        return int(self._line())

    def end(self) -> int:
        """Wait for the command that was started; return its exit code."""
        return int(self._line())

    def _line(self) -> str:
        assert self.warm.stdout is not None
        return self.warm.stdout.readline()

    def run(self, *arguments: object) -> int:
        began = time.monotonic()
        self.start(*arguments)
        code = self.end()
        self.takes = time.monotonic() - began
        return code

    def said(self) -> str:
        return (self.folder / "said.txt").read_text()

    def kill(self, after: float, *arguments: object) -> bool:
        """Start a command and kill its group after a part of the time that the last one took.

        Tells whether it was killed: it may have been faster.
        """
        number = self.start(*arguments)
        started = psutil.Process(number)
        time.sleep(after * self.takes)
        with suppress(psutil.NoSuchProcess, ProcessLookupError):
            children = started.children(recursive=True)
            os.killpg(number, signal.SIGKILL)
            # A kernel leads a group of its own, and ends by itself when its parent is gone.
            psutil.wait_procs(children, timeout=20)
        return self.end() == -signal.SIGKILL

    def crumbs(self) -> list[str]:
        """What nobody should find any more: locks, stages, files on their way, temporary ones."""
        found = [*self.temporary.rglob("*")]
        for folder in (self.out, self.folder / "state"):
            found += folder.rglob(".*") if folder.exists() else ()
        return sorted(str(path.relative_to(self.folder)) for path in found)


@pytest.fixture(scope="package")
def warm() -> Iterator["subprocess.Popen[str]"]:
    """Forks runs: most of the time of a short one would be its imports."""
    command = [sys.executable, str(WARM), *LOADED]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, text=True, **pipes) as server:  # type: ignore[call-overload]
        yield server
        server.stdin.close()


@pytest.fixture
def site(warm: "subprocess.Popen[str]", tmp_path: Path) -> Site:
    return Site(tmp_path, warm)


def moments(kills: int, seed: int) -> Iterator[float]:
    """Parts of a run's time, spread over all of it and a little more, in no order."""
    chance = random.Random(seed)
    for each in chance.sample(range(kills), kills):
        yield 1.1 * (each + chance.random()) / kills
