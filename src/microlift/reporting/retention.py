"""Which old runs go: never one that readers or the next run still go by."""

import shutil
from contextlib import suppress
from pathlib import Path

from microlift.reporting import publish

KEEP = 52  # a year of weekly runs
_GONE = ".gone"


def prune(out: Path, kind: str, keep: int, spared: str = "") -> list[str]:
    """Remove old runs of a kind, to be called with the folder held, after a good publication.

    The newest `keep` good runs stay, and as many of the newest others: failures are evidence, but
    must not push out what was published. Nothing else than the folder of a run is ever touched: a
    stage, a link, or a folder without a manifest is not.

    Parameters
    ----------
    out
        The folder of reports.
    kind
        The kind of report.
    keep
        How many, at least 1.
    spared
        The run that has just been published: it stays, even if a clock that was set back makes
        it look old.

    Returns
    -------
    The ids of the runs that were removed.
    """
    runs = out / kind / "runs"
    for rest in runs.glob(f".*{_GONE}"):  # of a run that was killed while it removed this one
        shutil.rmtree(rest, ignore_errors=True)
    found = publish.manifests(out, kind)
    good = [one["run"] for one in found if publish.is_good(one)]
    others = [one["run"] for one in found if not publish.is_good(one)]
    old = [run for run in good[max(1, keep) :] + others[max(1, keep) :] if run != spared]
    return [run for run in old if _remove(runs / run)]


def _remove(folder: Path) -> bool:
    if not publish.started(folder.name) or folder.is_symlink():
        return False
    going = folder.with_name(f".{folder.name}{_GONE}")
    with suppress(OSError):
        folder.rename(going)  # at once: no index lists half of a run
        shutil.rmtree(going, ignore_errors=True)
        return True
    return False
