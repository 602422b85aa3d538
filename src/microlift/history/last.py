"""The weights published last: what a step is measured from."""

from pathlib import Path

from microlift.errors import NewerWeightsError, WeightsError
from microlift.folder import destination
from microlift.history.shelf import read
from microlift.weights import WeightsFile, parse_weights


def last_published(out: str | Path) -> tuple[WeightsFile | None, str]:
    """Return the weights in force, and what is wrong where they are not those of weights.json.

    A weights.json that is missing, damaged or changed by hand is no measure of a step: the last
    version of the history that can be read is.

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
    (None, '')
    """
    home = destination(Path(out))
    if not home.is_dir():
        return None, ""
    shelf = read(home)
    if shelf.weights is None and not shelf.versions:
        return None, ""
    wrong = "weights.json is missing"
    if shelf.weights is not None:
        try:
            return parse_weights(shelf.weights.decode("utf-8", "replace"), "weights.json"), ""
        except NewerWeightsError:
            raise
        except WeightsError as error:
            wrong = str(error).partition(". ")[0]
    for number in sorted(shelf.versions, reverse=True):
        data = shelf.versions[number].data
        try:
            found = parse_weights((data or b"").decode("utf-8", "replace"), f"Version {number}")
        except WeightsError:
            continue
        return found, f"{wrong}, so steps are measured from version {number} of the history"
    return None, f"{wrong}, and no version of the history can be read: no step was limited"
