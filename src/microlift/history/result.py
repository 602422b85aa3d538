"""The history of published weights, as it is shown: one row a version."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from microlift.errors import InputError
from microlift.history import publishing, shelf, verdict
from microlift.history.book import Book, parse
from microlift.history.diff import Diff, compare
from microlift.history.publishing import Published
from microlift.history.shelf import Shelf, file_bytes, version_of
from microlift.history.verdict import Verdict
from microlift.plan.quoting import printable
from microlift.result import Result, onto

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CURRENT, PREVIOUS = "current", "previous"


@dataclass(frozen=True, eq=False, repr=False)
class History(Result):
    """The published weights of an output folder: every version, and what was current when.

    Attributes
    ----------
    frame
        One row a version: `version`, `published` (when), `created_at` (of the file), `first` and
        `last` event, `primary` actions, `booked_total`, `currency`, `guards`, `current`, and
        `state`: ``whole``, or what is wrong with its file.
    finding
        Which version is current, in one sentence.
    notes
        What `verify` finds wrong.
    out
        The output folder.
    currents
        What became current when: `at`, `version`, `what`, oldest first.
    """

    notes: tuple[str, ...]
    out: Path
    currents: pd.DataFrame
    _shelf: Shelf

    @property
    def versions(self) -> list[int]:
        """Numbers of all versions, damaged ones too."""
        return sorted(self._shelf.versions)

    @property
    def current(self) -> int | None:
        """The version that weights.json is; None where it is none."""
        return self._shelf.current

    @property
    def latest(self) -> int | None:
        """The version that was published last; None where there is none."""
        return max(self._shelf.versions, default=None)

    def content(self, version: int) -> dict[str, Any]:
        """Return what a version says.

        Raises
        ------
        InputError
            If there is no such version, or it is damaged.
        """
        found = version_of(self._shelf, version).content
        assert found is not None  # else it had been refused
        return found

    def diff(self, old: int | str | Path = PREVIOUS, new: int | str | Path = CURRENT) -> Diff:
        """Say what moved between two versions, and why.

        Parameters
        ----------
        old, new
            The number of a version, the path of a weights.json, ``current``, or ``previous``: what
            was current before.

        Raises
        ------
        InputError
            If either cannot be read.
        """
        (before, first), (after, second) = self._named(old), self._named(new)
        return compare(before, after, (first, second))

    def verify(self) -> Verdict:
        """Look at every byte again, as it is now."""
        return verify(self.out)

    def rollback(self, version: int) -> Published:
        """Make an earlier version current again; see `microlift.history.rollback`."""
        return publishing.rollback(version, self.out)

    def plot(self, *, narrow: bool = False, ax: "Axes | None" = None) -> "Axes":
        """Draw the weights of the actions that were bid on over time, guards marked."""
        from microlift.reporting.versions import lines

        with onto(ax):
            return lines(self.weights(), self.currents, narrow=narrow)

    def weights(self) -> pd.DataFrame:
        """Return weights as they were in force: one row a time and action that was bid on."""
        rows = []
        for one in self.currents.to_dict("records"):
            content = self._shelf.versions[one["version"]].content
            book = Book.of(content) if content else None
            for line in book.lines.values() if book else ():
                row = {name: one[name] for name in ("at", "version", "what")}
                row |= {"action": printable(line.name), "primary": line.primary}
                row |= {"weight": line.weight, "low": line.low, "high": line.high}
                row |= {"currency": book.currency if book else None}
                rows.append(row | {"guards": ", ".join(map(printable, line.guards))})
        columns = [
            "at", "version", "what", "action", "primary", "weight", "low", "high", "currency",
            "guards",
        ]  # fmt: skip
        frame = pd.DataFrame(rows, columns=columns)
        ever = frame.loc[frame["primary"].astype(bool), "action"].unique()
        return frame[frame["action"].isin(ever)].reset_index(drop=True)

    def _named(self, which: int | str | Path) -> tuple[dict[str, Any], str]:
        if which == CURRENT:
            if self.current is None:
                return read_file(self.out / shelf.WEIGHTS), shelf.WEIGHTS
            which = self.current
        elif which == PREVIOUS:
            which = self._before()
        if not isinstance(which, str | Path):
            return self.content(int(which)), f"version {which}"
        return read_file(Path(which)), printable(Path(which).name)

    def _before(self) -> int:
        for version in reversed(self.currents["version"].tolist()):
            if version != self.current:
                return int(version)
        raise InputError(
            f"No version was current before this one in {str(self.out)!r}, so that there is "
            "nothing to compare it with. Name two weights files, or wait for the next publication."
        )

    def _shown(self) -> pd.DataFrame:
        from microlift.reporting.versions import shown

        return shown(self.frame)

    def __str__(self) -> str:
        from microlift.reporting.versions import text

        return text(self.frame, self.finding, self.notes)

    def _table(self) -> str:
        from microlift.reporting.versions import table

        return table(self.frame)


def history(out: str | Path) -> History:
    """Read the history of published weights of an output folder; nothing is written.

    Parameters
    ----------
    out
        The folder that holds weights.json.

    Raises
    ------
    InputError
        If there is no such folder, or something else stands in the place of its history.

    Examples
    --------
    >>> import tempfile
    >>> from microlift.history import publish
    >>> out = tempfile.TemporaryDirectory()
    >>> for weight in (2.0, 3.0):
    ...     cart = {"name": "cart", "weight": weight, "primary": True}
    ...     _ = publish({"currency": "EUR", "actions": [cart]}, out.name)
    >>> history(out.name).diff().finding
    '1 of 1 weights moved from version 1 to version 2: cart 2.00 to 3.00 EUR (+50.0 %).'
    >>> out.cleanup()
    """
    found = shelf.read(Path(out))
    judged = verdict.verify(found)
    currents = pd.DataFrame(
        [
            {"at": entry.at, "version": entry.version, "what": entry.what}
            for entry in found.journal.entries
            if entry.current
        ],
        columns=["at", "version", "what"],
    )
    notes = tuple(f"{one[:1].upper()}{one[1:]}." for one in (*judged.faults, *judged.traces))
    return History(_frame(found), judged.headline, notes, Path(out), currents, found)


def compare_named(old: int | str | Path, new: int | str | Path, out: str | Path) -> Diff:
    """Compare versions or files by name, as `History.diff` does; files alone need no history.

    Raises
    ------
    InputError
        If either cannot be read.
    """
    if isinstance(old, Path) and isinstance(new, Path):
        contents = read_file(old), read_file(new)
        return compare(*contents, _names(old, new))
    return history(out).diff(old, new)


def verify(out: str | Path) -> Verdict:
    """Look at every byte of a history, and say whether it is whole; nothing is written.

    Raises
    ------
    InputError
        If there is no such folder, or something else stands in the place of its history.
    """
    return verdict.verify(shelf.read(Path(out)))


def _names(old: Path, new: Path) -> tuple[str, str]:
    short = printable(old.name), printable(new.name)
    return short if short[0] != short[1] else (printable(str(old)), printable(str(new)))


def read_file(path: Path) -> dict[str, Any]:
    """Read a weights file from anywhere, for comparison.

    Raises
    ------
    InputError
        If it cannot be read, or holds no weights.
    """
    data, fault = file_bytes(path)
    if data is None:
        raise InputError(
            f"The weights file {str(path)!r} {fault}, so that there is nothing to compare. Give "
            "the number of a version, or the path of a weights.json."
        )
    content = parse(data)
    if content is None:
        raise InputError(
            f"{str(path)!r} is no weights file: it holds no JSON object with a list of actions "
            f"({len(data):,} bytes), so that there is nothing to compare. Give the number of a "
            "version, or the path of a weights.json."
        )
    return content


def _frame(found: Shelf) -> pd.DataFrame:
    rows = []
    first = found.journal.recorded()
    once = {entry.version for entry in found.journal.entries if entry.current}
    for version in found.versions.values():
        entry, content = first.get(version.number), version.content
        book = Book.of(content) if content else None
        state = version.fault or ("whole" if book else "holds no weights file")
        if state == "whole" and entry is not None and version.number not in once:
            state = "whole, never current"
        start, end = book.window() if book else ("", "")
        rows.append(
            {
                "version": version.number,
                "published": entry.at if entry else pd.NaT,
                "created_at": book.text("created_at") if book else "",
                "first": start,
                "last": end,
                "primary": ", ".join(map(printable, book.primary)) if book else "",
                "booked_total": book.number("booked_total") if book else math.nan,
                "currency": book.currency if book else None,
                "guards": ", ".join(map(printable, book.guards)) if book else "",
                "current": version.number == found.current,
                "state": state,
            }
        )
    columns = [
        "version", "published", "created_at", "first", "last", "primary", "booked_total",
        "currency", "guards", "current", "state",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)
