"""What a run starts from, told before anything is read, so that one for nothing can be spared.

The files of a log are told by their full names, sizes, and the times at which their content and
their entry last changed. That costs a look at each file, whatever its size. It errs on one side
alone: files that were copied anew with the same content count as new. A log behind an address
(``://``) cannot be told so, and always counts as new.
"""

import glob
import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_SAME = ("files", "notebook_sha256", "package_version")


@dataclass(frozen=True)
class Inputs:
    """The state of what a run starts from.

    Attributes
    ----------
    files
        A digest over the log's files; None where there are none, or where that cannot be told.
    plan_sha256
        Digest of the plan's file; None where it cannot be read.
    notebook_sha256
        Digest of the notebook.
    package_version
        Of microlift.
    """

    files: str | None
    plan_sha256: str | None
    notebook_sha256: str | None
    package_version: str

    def to_dict(self) -> dict[str, Any]:
        """Return it under the names of the manifest."""
        return asdict(self)


def look(plan: str, events: str, notebook: Path) -> Inputs:
    """Look at what a run would start from.

    Examples
    --------
    >>> look("no plan.yaml", "no log.csv", Path("no.ipynb")).files is None
    True
    """
    from importlib.metadata import version

    return Inputs(_listing(events), _sha256(Path(plan)), _sha256(notebook), version("microlift"))


def unchanged(before: Mapping[str, Any], now: Inputs, asked: Mapping[str, Any], plan: str) -> bool:
    """Say whether a run would start from what an earlier one started from.

    Parameters
    ----------
    before
        The manifest of the earlier run.
    now
        What `look` has found.
    asked
        The parameters of the run, without the paths.
    plan
        Path of the plan. One that was only written anew, as with another comment, is the same.
    """
    new = now.to_dict()
    if now.files is None or any(before.get(name) != new[name] for name in _SAME):
        return False
    earlier = before.get("parameters")
    if not isinstance(earlier, Mapping) or any(earlier.get(k) != v for k, v in asked.items()):
        return False
    same = now.plan_sha256 is not None and before.get("plan_sha256") == now.plan_sha256
    return same or _plan_hash(plan) == before.get("plan_hash", "")


def _plan_hash(plan: str) -> str | None:
    from microlift.errors import InputError
    from microlift.plan import Plan  # takes a second to load, and is rarely needed

    with suppress(InputError):
        return Plan.load(plan).hash
    return None


def _listing(events: str) -> str | None:
    if "://" in events:
        return None
    try:
        told = [_told(file) for file in _files(os.path.expanduser(events))]
    except OSError:  # a file went while we looked: something is changing
        return None
    if not told:
        return None
    return hashlib.sha256(json.dumps(sorted(told)).encode("utf-8", "replace")).hexdigest()


def _files(events: str) -> list[str]:
    if os.path.isfile(events):
        return [events]
    if os.path.isdir(events):
        below = os.walk(events)  # as a log is read: what a link leads to is no part of it
        return [os.path.join(folder, name) for folder, _, names in below for name in names]
    return [name for name in glob.glob(events, recursive=True) if os.path.isfile(name)]


def _told(file: str) -> tuple[str, int, int, int]:
    # What was put there by a tool that keeps the time of the content shows in that of the entry.
    seen = os.stat(file)
    return os.path.realpath(file), seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns


def _sha256(path: Path) -> str | None:
    with suppress(OSError):
        return hashlib.sha256(path.read_bytes()).hexdigest()
    return None
