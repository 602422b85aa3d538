"""A folder with one good run, in which the next one fails."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest

from microlift.history import verify

PARAMETERS = """
plan_path = ""
events_path = ""
out_dir = ""
VERSION: str = "first"  # what the results say
many: int = 1
"""
GOOD = """
import json
from pathlib import Path
for name in ("lift.csv", "ledger.csv"):
    Path(out_dir, name).write_text(VERSION)
Path(out_dir, "weights.json").write_text(json.dumps({"actions": [{"name": VERSION}]}))
VERSION
"""


@dataclass
class Site:
    """A folder with plan, log, notebook and reports, and what runs there."""

    folder: Path
    make: Any
    warm: subprocess.Popen[str]
    good = GOOD

    @property
    def out(self) -> Path:
        return self.folder / "out"

    def start(self, *cells: str, more: tuple[str, ...] = (), largest: int = 0, **given: Any) -> int:
        """Start a report of these cells; return the number of its process."""
        parameters = self.make.code(PARAMETERS, ran=None, tags=["parameters"])
        code = [parameters, *(self.make.code(cell, ran=None) for cell in cells)]
        book = self.make.notebook(self.make.markdown("# Tiny"), *code)
        book["metadata"]["kernelspec"] = {"name": "python3", "display_name": "Python"}
        nbformat.write(book, self.folder / "weekly.ipynb")
        (self.folder / "tmp").mkdir(exist_ok=True)
        given = {"plan": self.folder / "plan.yaml", "events": self.folder / "e.csv"} | given
        given = {"kind": self.folder / "weekly.ipynb", "out": self.out} | given
        arguments = [word for name, value in given.items() for word in (f"--{name}", str(value))]
        environment = {"TMPDIR": self.folder / "tmp", "JUPYTER_RUNTIME_DIR": self.folder / "tmp"}
        asked = {
            "arguments": ["report", "--quiet", *arguments, *more],
            "environment": {name: str(value) for name, value in environment.items()},
            "log": str(self.folder / "said.txt"),
            "largest": largest,
            "leads": True,
        }
        print(json.dumps(asked), file=self.warm.stdin, flush=True)
        return int(self.warm.stdout.readline())

    def end(self) -> tuple[int, str]:
        """Wait for the process that was started; return its exit code and what it said."""
        code = int(self.warm.stdout.readline())
        return code, (self.folder / "said.txt").read_text()

    def run(self, *cells: str, **given: Any) -> tuple[int, str]:
        self.start(*cells, **given)
        return self.end()

    def published(self) -> dict[str, bytes]:
        """What readers find."""
        files = [self.out / "weekly" / "latest.html", *self.out.glob("*.csv")]
        files += [self.out / "weights.json", *(self.out / "history").glob("*")]
        return {str(path.relative_to(self.out)): path.read_bytes() for path in files}

    def manifests(self) -> list[dict[str, Any]]:
        """The runs there are, the newest last; each as the index lists it."""
        runs = sorted((self.out / "weekly" / "runs").iterdir())
        told = [json.loads((run / "manifest.json").read_text()) for run in runs]
        index = (self.out / "index.html").read_text()
        listed = runs[-12:]  # older ones are counted
        assert index.count('data-label="state"') == len(listed)
        assert all(run.name in index for run in listed if (run / "weekly.ipynb").exists())
        for link in re.findall(r'href="\./([^"#]+)"', index):
            assert (self.out / link).is_file(), link
        for run, manifest in zip(runs, told, strict=True):
            assert manifest["run"] == run.name
            good = manifest["exit_code"] in (0, 3)
            assert (run / "weekly.html").exists() == (run / "lift.csv").exists() == good
        return told

    def remains(self) -> list[str]:
        """Everything that should be gone: files on their way, temporary ones, processes."""
        found = [str(path) for path in (self.folder / "tmp").rglob("*")]
        found += [str(path) for path in self.out.rglob(".*")]
        for process in psutil.process_iter():
            try:
                told = [*process.cmdline(), *process.environ().values()]
            except psutil.Error:
                continue
            if any(str(self.folder) in each for each in told):
                found.append(f"{process.pid} {process.cmdline()}")
        return found

    def wait(self, there: Callable[[], object] | None = None) -> None:
        """Wait until something is so; by itself, until the notebook says that it has begun."""
        there = there or (self.folder / "started").exists
        until = time.monotonic() + 60
        while not there():
            assert time.monotonic() < until, "it never came"
            time.sleep(0.02)

    def check(self, before: dict[str, bytes], code: int, says: str, kept: bool = True) -> None:
        """Readers find the last good run, the failed one tells why, and the next one is good."""
        assert self.published() == before
        assert self.remains() == []
        *_, last = self.manifests()
        if kept:
            assert len(self.manifests()) == 2
            assert last["exit_code"] == code
            assert re.search(says, last["message"])
            assert last["status"] not in ("done", "running")
        else:
            assert len(self.manifests()) == 1
        self.succeed()

    def succeed(self, new: int = 1) -> None:
        """Run without a fault; with what killed runs left, that many runs are new."""
        runs = len(list((self.out / "weekly" / "runs").glob("[!.]*")))
        assert self.run('VERSION = "next"', GOOD)[0] == 0
        after = self.published()
        assert b"next" in after["weekly/latest.html"]
        assert (after["lift.csv"], after["ledger.csv"]) == (b"next", b"next")
        assert json.loads(after["weights.json"]) == {"actions": [{"name": "next"}]}
        assert verify(self.out).whole
        assert verify(self.out).traces == ()
        assert len(self.manifests()) == runs + new
        assert self.manifests()[-1]["status"] == "done"
        assert self.remains() == []


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[bool]:
    """A small disk in the place of a folder, with its content; False where nobody may mount one."""
    folder.mkdir(exist_ok=True)
    kept = folder.rename(folder.with_name(f"{folder.name}.kept"))
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(command, capture_output=True, check=False).returncode:
        shutil.copytree(kept, folder, dirs_exist_ok=True)
        yield False
        return
    try:
        shutil.copytree(kept, folder, dirs_exist_ok=True)
        yield True
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture(scope="package")
def warm() -> Iterator[subprocess.Popen[str]]:
    """Forks reports: most of a run's time would be its imports."""
    command = [sys.executable, str(Path(__file__).with_name("warm.py"))]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, text=True, **pipes) as server:
        yield server
        server.stdin.close()


@pytest.fixture(scope="package")
def good(warm, make, tmp_path_factory) -> Path:
    """A folder with one good run."""
    site = Site(tmp_path_factory.mktemp("good"), make, warm)
    assert site.run('VERSION = "first"', GOOD)[0] == 0
    assert site.remains() == []
    return site.folder


@pytest.fixture
def site(good, warm, make, tmp_path) -> Site:
    shutil.copytree(good / "out", tmp_path / "out", copy_function=shutil.copy2)
    return Site(tmp_path, make, warm)


@pytest.fixture
def disk() -> Callable[[Path, str], AbstractContextManager[bool]]:
    return small_disk
