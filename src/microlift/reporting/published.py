"""What a folder has published so far: its history, and what moved since the version before."""

from pathlib import Path

from microlift.errors import InputError
from microlift.folder import destination
from microlift.history import Diff, History, history
from microlift.reporting.sections import Refused


def versions(out_dir: str | Path) -> History | Refused:
    """Read the published weights of the folder that a run is for.

    Parameters
    ----------
    out_dir
        As the runner gives it to a notebook: the stage of a run, or the folder itself.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     versions(folder).why
    'No weights are published in this folder yet. The weekly report publishes them.'
    """
    try:
        found = history(destination(Path(out_dir)))
    except InputError:
        return _NONE
    return found if found.versions else _NONE


def moved(published: History | Refused) -> Diff | None:
    """Say what moved since the version before; None where there is no such version."""
    if isinstance(published, Refused):
        return None
    try:
        return published.diff()
    except InputError:
        return None


_NONE = Refused("No weights are published in this folder yet. The weekly report publishes them.")
