"""The weights published last: what a step is measured from."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from microlift.errors import NewerWeightsError, WeightsError
from microlift.folder import destination
from microlift.history.shelf import Shelf, Version, read
from microlift.weights import WeightsFile, parse_weights


@dataclass(frozen=True)
class LastPublished:
    """The weights in force in a folder.

    Attributes
    ----------
    content
        What they are; None where there are none, or none that can be read.
    unread
        What is wrong where they are not those of weights.json.
    rolled_back
        When they were brought back; None where they were published last.
    """

    content: WeightsFile | None = None
    unread: str = ""
    rolled_back: datetime | None = None


def last_published(out: str | Path) -> LastPublished:
    """Return the weights in force.

    A weights.json that is missing, damaged or changed by hand is no measure of a step: the last
    version of the history that can be read is, first the one that its log says is current.

    Parameters
    ----------
    out
        The folder that a run writes; in the stage of a report, the folder that it stands for.

    Raises
    ------
    NewerWeightsError
        If weights.json was written by a newer release, which this one must not undo.

    Examples
    --------
    >>> last_published("a folder that nobody has made")
    LastPublished(content=None, unread='', rolled_back=None)
    """
    home = destination(Path(out))
    if not home.is_dir():
        return LastPublished()
    shelf = read(home)
    if shelf.weights is None and not shelf.versions:
        return LastPublished()
    wrong = "weights.json is missing"
    if shelf.weights is not None:
        try:
            found = parse_weights(shelf.weights.decode("utf-8", "replace"), "weights.json")
            return LastPublished(found, rolled_back=_rolled_back(shelf, shelf.current))
        except NewerWeightsError:
            raise
        except WeightsError as error:
            wrong = str(error).partition(". ")[0]
    for version in _in_order(shelf):
        try:
            found = parse_weights((version.data or b"").decode("utf-8", "replace"), version.name)
        except WeightsError:
            continue
        said = f"{wrong}, so steps are measured from version {version.number} of the history"
        return LastPublished(found, said, _rolled_back(shelf, version.number))
    return LastPublished(
        None,
        f"{wrong}, and no version of the history can be read, so that no step could be limited; "
        "bring one back from a backup, or move weights.json and history away to start anew",
    )


def _in_order(shelf: Shelf) -> list[Version]:
    """Whole versions: the one that the log says is current, then the latest first."""
    current = shelf.journal.current
    whole = [version for version in shelf.versions.values() if not version.fault]
    return sorted(whole, key=lambda version: (version.number != current, -version.number))


def _rolled_back(shelf: Shelf, number: int | None) -> datetime | None:
    made = [entry for entry in shelf.journal.entries if entry.current]
    if not made or made[-1].version != number or made[-1].what != "rolled back":
        return None
    return made[-1].at
