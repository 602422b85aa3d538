"""The frame of an upload file: parameter lines, the header, and rows as wide as it."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import tzinfo

from microlift.errors import nearest
from microlift.export.checks.finder import Finder
from microlift.export.checks.zones import zone_of
from microlift.plan.quoting import short

_PARAMETER = re.compile(r"Parameters:\s*(?P<name>[A-Za-z ]+?)\s*=\s*(?P<value>.*)")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
Rows = list[tuple[int, list[str]]]


@dataclass(frozen=True)
class Sheet:
    """What precedes the rows of a file."""

    zone: tzinfo | None
    parameters: dict[str, str]
    header: list[str]
    rows: Rows

    def cells(self, finder: Finder) -> Iterator[tuple[int, dict[str, str]]]:
        """Rows by the names of their columns; those of another width are blamed."""
        for line, row in self.rows:
            if len(row) != len(self.header):
                what = f"Got {len(row)} cells under {len(self.header)} columns."
                finder.add(f"line {line:,}", what, "Mend commas and quotes.")
                continue
            cells = {name: cell.strip() for name, cell in zip(self.header, row, strict=True)}
            for name, cell in zip(self.header, row, strict=True):
                if cell.startswith(_FORMULA) and not _NUMBER.fullmatch(cell):
                    what = f"Got a cell that begins with {cell[0]!r}: spreadsheets run it."
                    finder.add(place(line, name), what, "Put an apostrophe before it, or drop it.")
            yield line, cells


def place(line: int, column: str) -> str:
    """A cell in words.

    Examples
    --------
    >>> place(3, "Conversion Time")
    "line 3, column 'Conversion Time'"
    """
    return f"line {line:,}, column {short(column)}"


def open_sheet(
    finder: Finder, rows: Rows, known: Collection[str], needed: Collection[str]
) -> Sheet | None:
    """The frame of a file; None where it has no header."""
    parameters, body, zone = _parameters(finder, rows)
    if not body:
        finder.add("file", "Got no header line.", f"Begin with {','.join(needed)}.")
        return None
    line, header = body[0]
    header = [cell.strip() for cell in header]
    if not any(_fold(cell) in map(_fold, known) for cell in header):
        what = "Got a row without any known column where the header line belongs."
        finder.add(f"line {line:,}", what, f"Put it there: {','.join(needed)}.")
        return None
    _header(finder, line, header, known, needed)
    if len(body) == 1:
        finder.add("file", "Got a header and no rows.", "Upload nothing where there is nothing.")
    return Sheet(zone, parameters, header, body[1:])


def _parameters(finder: Finder, rows: Rows) -> tuple[dict[str, str], Rows, tzinfo | None]:
    found: dict[str, str] = {}
    zone = None
    for at, (line, row) in enumerate(rows):
        match = _PARAMETER.fullmatch(row[0].strip())
        if match is None:
            return found, rows[at:], zone
        found[match["name"]] = match["value"].strip()
        if match["name"] == "TimeZone":
            zone = zone_of(found["TimeZone"])
            if zone is None:
                what = f"Got the zone {short(found['TimeZone'])}."
                mend = "Write a name such as Europe/Madrid, or an offset as +0100 without colon."
                finder.add(f"line {line:,}", what, mend)
    return found, [], zone


def _header(
    finder: Finder, line: int, header: list[str], known: Collection[str], needed: Collection[str]
) -> None:
    right = {_fold(name): name for name in known}
    for name in header:
        if name in known:
            continue
        proper = right.get(_fold(name))
        what = f"Got the column {short(name)}."
        extra = f"Remove it: no column is allowed beside these (nearest: {nearest(name, known)})."
        finder.add(f"line {line:,}", what, f"Write {proper!r}." if proper else extra)
    for name in sorted({name for name in header if header.count(name) > 1}):
        finder.add(f"line {line:,}", f"Got the column {short(name)} twice.", "Keep one.")
    for name in needed:
        if _fold(name) not in map(_fold, header):
            finder.add(f"line {line:,}", f"Got no column {name!r}.", "Add it, even if empty.")


def _fold(name: str) -> str:
    return "".join(char for char in name.casefold() if char.isalnum())
