"""Bytes of a file as text, JSON or CSV rows; what cannot be read is a fault with a place."""

import csv
import io
import json
import math
from collections.abc import Iterator
from typing import Any

from microlift.export.faults import Fault
from microlift.plan.quoting import short

_BOM = b"\xef\xbb\xbf"


def read_text(content: bytes) -> tuple[str | None, list[Fault]]:
    """Text of a file, and what its bytes are blamed for."""
    faults = []
    if content.startswith(_BOM):
        faults.append(
            Fault(
                "byte 1",
                "Got a byte order mark before the first character, which becomes part of it.",
                "Save as UTF-8 without BOM.",
            )
        )
        content = content[len(_BOM) :]
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        what = f"Got byte 0x{content[error.start]:02x} (number {error.start + 1:,}), not UTF-8."
        return None, [*faults, Fault(f"line {line:,}", what, "Save the file as UTF-8.")]
    if not text.strip():
        return None, [*faults, Fault("file", "Got an empty file.", "Make it again.")]
    return text, faults


def read_json(content: bytes) -> tuple[dict[str, Any] | None, list[Fault]]:
    """An object of a JSON file, its keys in lower camel case as the REST reference has them."""
    text, faults = read_text(content)
    if text is None:
        return None, faults
    twice: list[str] = []
    try:
        data = json.loads(text, object_pairs_hook=lambda pairs: _object(pairs, twice))
    except json.JSONDecodeError as error:
        where = f"line {error.lineno:,}, column {error.colno:,}"
        return None, [*faults, Fault(where, f"Not JSON: {error.msg}.", "Make the file again.")]
    except (ValueError, RecursionError):
        what = "Not JSON that anyone reads: nested too deep, or a number of thousands of digits."
        return None, [*faults, Fault("file", what, "Make the file again.")]
    if not isinstance(data, dict):
        what = f"Got {type(data).__name__} where a request is an object."
        return None, [*faults, Fault("file", what, "Send {...}.")]
    faults += [
        Fault("file", f"Got the field {short(name)} twice in one object.", "Keep one.")
        for name in sorted(set(twice))[:10]
    ]
    faults += [
        Fault(where, "Got NaN or an infinite number, which is not JSON.", "Write a number.")
        for where in _not_finite(data, "")
    ]
    return data, faults


def _object(pairs: list[tuple[str, Any]], twice: list[str]) -> dict[str, Any]:
    """The parsers of the platform take field names in either case, and null for absent."""
    made: dict[str, Any] = {}
    for name, value in pairs:
        key = camel(name)
        if key in made:
            twice.append(key)
        if value is not None:
            made[key] = value
    return made


def camel(name: str) -> str:
    """A field's name in lower camel case.

    Examples
    --------
    >>> camel("update_mask"), camel("updateMask")
    ('updateMask', 'updateMask')
    """
    first, *rest = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


def _not_finite(data: Any, where: str) -> Iterator[str]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _not_finite(value, f"{where}.{key[:40]}" if where else key[:40])
    elif isinstance(data, list):
        for at, value in enumerate(data):
            yield from _not_finite(value, f"{where}[{at}]")
    elif isinstance(data, float) and not math.isfinite(data):
        yield where


def read_rows(content: bytes) -> tuple[list[tuple[int, list[str]]], list[Fault]]:
    """Rows of a CSV file with the lines they end on; blank ones are left out."""
    text, faults = read_text(content)
    if text is None:
        return [], faults
    rows: list[tuple[int, list[str]]] = []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        rows.extend((reader.line_num, row) for row in reader if any(cell.strip() for cell in row))
    except csv.Error as error:
        what = f"Not CSV: {error}."
        faults.append(Fault(f"line {reader.line_num:,}", what, "Mend its quotes, or its length."))
    return rows, faults
