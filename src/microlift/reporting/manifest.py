"""The manifest of a run: what it was asked, what it ran on, what it found, how it ended."""

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from microlift.reporting.judgement import Judgement

STATUS = {0: "done", 3: "done, weights withheld", 4: "cut off"}
STATUS |= dict.fromkeys((129, 130, 143), "ended")  # by a signal
RUNNING = "running"
_PACKAGES = (
    "microlift", "pandas", "numpy", "scipy", "scikit-learn", "lifelines", "duckdb",
    "ibis-framework", "matplotlib", "papermill", "nbconvert", "ipykernel",
)  # fmt: skip
_PATH = re.compile(r"(?<![\w./])/(?:[\w.+-]+/)+[\w.+-]*")
_PATIENCE = 5  # seconds for git to answer


def now() -> datetime:
    """The time, UTC."""
    return datetime.now(UTC)


def written(moment: datetime) -> str:
    """Write a time for a manifest."""
    return moment.isoformat(timespec="milliseconds")


def surroundings(plan: Path) -> dict[str, Any]:
    """What a run ran on: versions, and the commit of the plan's working tree where it has one."""
    known = {"Python": sys.version.split()[0]}
    for name in _PACKAGES:
        with suppress(PackageNotFoundError):
            known[name] = version(name)
    commit = _commit(plan.parent)
    return {"versions": known} | ({"commit": commit} if commit else {})


def _commit(folder: Path) -> str | None:
    """Ask git for the commit that is checked out; nothing where there is no git or no tree."""
    asked = ["git", "-C", str(folder), "rev-parse", "--verify", "--quiet", "HEAD"]
    # In a hook of git these would name the tree of the hook.
    plain = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    with suppress(OSError, subprocess.SubprocessError):
        ended = subprocess.run(
            asked, capture_output=True, text=True, timeout=_PATIENCE, check=False, env=plain
        )
        if re.fullmatch("[0-9a-f]{40,64}", ended.stdout.strip()):
            return ended.stdout.strip()
    return None


def ending(judgement: Judgement, began: datetime, private: Iterable[str]) -> dict[str, Any]:
    """How a run ended, and what its notebook recorded; runner's words go before the notebook's.

    Parameters
    ----------
    judgement
        What the executed notebook proved.
    began
        When the run began.
    private
        Places of this machine, which are cut out of the message.
    """
    ended = now()
    message = judgement.message
    for place in private:
        message = message.replace(place, "…")
    return {
        **judgement.facts,
        "status": STATUS.get(judgement.exit_code, "failed"),
        "exit_code": judgement.exit_code,
        "message": _PATH.sub("…", message),
        "ended": written(ended),
        "seconds": round((ended - began).total_seconds(), 2),
        **judgement.measured,
    }
