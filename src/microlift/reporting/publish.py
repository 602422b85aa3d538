"""The runs of a report on the disk: their ids, their manifests, and what killed runs left."""

import json
import re
import secrets
import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from microlift.folder import sweep, unmark, write, write_atomic
from microlift.reporting import remains

MANIFEST = "manifest.json"
LATEST = "latest.html"
WEIGHTS = "weights.json"
FILES = ("lift.csv", "ledger.csv", WEIGHTS)  # what a report may publish beside its page
ABANDONED = "abandoned"
GOOD = (0, 3)  # exit codes of runs that were published
_RUN_ID = re.compile(r"([0-9]{8}T[0-9]{6}Z)-[0-9a-f]{4}")


def new_run_id() -> str:
    """Return a run's id: when it started, and four random figures for those of one second."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"


def started(run_id: str) -> str:
    """Say when a run started, by its id alone, in ISO 8601; empty where it is no id of a run.

    >>> started("20260102T030405Z-beef")
    '2026-01-02T03:04:05+00:00'
    """
    found = _RUN_ID.fullmatch(run_id)
    if not found:
        return ""
    with suppress(ValueError):
        return datetime.strptime(found[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).isoformat()
    return ""


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write manifest.json into a run's folder."""
    text = json.dumps(manifest, indent=2, ensure_ascii=False, default=str)
    # A name cut out of a broken log may hold half a letter, which no file can.
    write_atomic(folder / MANIFEST, text.encode("utf-8", "backslashreplace"))


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest of a run; empty where there is none that can be read.

    The folder's name is the run's id, and what the manifest says of it counts for nothing.
    """
    with suppress(OSError, ValueError, RecursionError):
        found = json.loads((folder / MANIFEST).read_text("utf-8"))
        if isinstance(found, dict):
            own = {"run": folder.name, "kind": folder.parent.parent.name}
            return {"started": started(folder.name)} | found | own
    return {}


def clear_orphans(out: Path, kind: str) -> None:
    """Make runs of the stages that killed runs left behind, and end what they left running.

    One whose page has become the latest is published to the end. The others are marked as
    abandoned and keep their notebook. To be called with the folder held: only then is a stage
    known to be nobody's.
    """
    runs = out / kind / "runs"
    sweep(runs)
    for stage in sorted(runs.glob(".*.part")):
        remains.clear(stage)
        unmark(stage)
        run_id = stage.name[1 : -len(".part")]
        told = read_manifest(stage)
        if is_good(told) and _begun(stage, out / kind / LATEST):
            place(stage, out, kind, told.get("published", []))
        else:
            strip(stage)
            told |= {"run": run_id, "kind": kind, "started": told.get("started") or started(run_id)}
            told |= {"status": ABANDONED, "exit_code": None}
            told |= {"message": "The run was killed before its end, and left what lies here."}
            write_manifest(stage, told)
        stage.rename(runs / run_id)


def _begun(stage: Path, latest: Path) -> bool:
    """Whether a run was killed while it was published: its page is the first to take its place."""
    with suppress(OSError):
        return (stage / f"{latest.parent.name}.html").read_bytes() == latest.read_bytes()
    return False


def place(run: Path, out: Path, kind: str, files: Iterable[str]) -> Path:
    """Put a run's page, and files of these names, where readers look for them.

    All are complete before the first takes its place, so that a full disk changes none of them.

    Returns
    -------
    The place of the page.
    """
    page = f"{kind}/{LATEST}"
    made = {page: (run / f"{kind}.html").read_bytes()}
    made |= {name: (run / name).read_bytes() for name in FILES if name in [*files]}
    if WEIGHTS not in made:
        write(made, out)
    else:
        # What it loads takes seconds, which a report without weights can do without.
        from microlift.history import write as write_versioned

        write_versioned(made, out)
    return out / page


def strip(run: Path) -> None:
    """Leave of a run that failed its notebook: half of a result would only be taken for one."""
    for path in run.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        elif path.suffix != ".ipynb":
            path.unlink(missing_ok=True)


def manifests(out: Path, kind: str = "*") -> list[dict[str, Any]]:
    """Read the manifests under `out`, newest first: of one kind of report, or of all."""
    folders = [path.parent for path in out.glob(f"*/runs/*/{MANIFEST}")]
    folders = [one for one in folders if kind in ("*", one.parent.parent.name)]
    found = [read_manifest(one) for one in folders if not one.name.startswith(".")]
    return sorted(filter(None, found), key=_age, reverse=True)


def _age(manifest: Mapping[str, Any]) -> tuple[str, str]:
    return str(manifest.get("started") or ""), str(manifest["run"])


def is_good(manifest: Mapping[str, Any]) -> bool:
    """Whether a run was published, with or without weights."""
    code = manifest.get("exit_code")
    return type(code) is int and code in GOOD


def last_good(out: Path, kind: str) -> dict[str, Any]:
    """Read the manifest of the last good run of a kind; empty where there is none."""
    return next(filter(is_good, manifests(out, kind)), {})


def discard(folder: Path) -> None:
    """Remove a stage, and the folders above it that it alone kept: nothing was written."""
    shutil.rmtree(folder, ignore_errors=True)
    for parent in (folder.parent, folder.parent.parent):
        with suppress(OSError):
            parent.rmdir()
