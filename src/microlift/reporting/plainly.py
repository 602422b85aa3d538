"""Texts and figures of a manifest as people read them, on a page or in a terminal.

A manifest lies on a disk and may hold anything: what cannot be read is a dash.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from microlift.reporting import numerals

_NOTHING = "–"


def bounded(text: object, most: int = 300) -> str:
    r"""Write a text without characters that move a cursor or turn a line around, and not at length.

    >>> bounded("red\x1b[31m"), bounded("a long name", 7), bounded(None)
    ('red\\x1b[31m', 'a long…', '')
    """
    said = "" if text is None else str(text)
    said = said if len(said) <= most else said[: most - 1] + "…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in said)


def number(value: float, signed: bool = False) -> str:
    """Write a headline figure, with as many decimals as it needs.

    >>> number(3020), number(7.204), number(190863.2), number(0.00123), number(-3.0, signed=True)
    ('3,020', '7.20', '190,863', '0.00123', '−3')
    """
    size = abs(value)
    if size >= 1e15:
        text = f"{size:.3g}"
    elif size >= 1000 or size == int(size):
        text = f"{size:,.0f}"
    else:
        text = f"{size:.2f}" if size >= 0.1 else f"{size:.3g}"
    return ("−" if value < 0 else "+" if signed and value else "") + text


def change(before: float, now: float) -> str:
    """Write how a figure moved: by how much, and by what share of what it was.

    >>> change(100, 104), change(2.5, 2.5), change(0, 3), change(8, 6)
    ('+4 (+4.00 %)', 'no change', '+3', '−2 (−25.0 %)')
    """
    moved = round(now - before, 12)
    if not moved:
        return "no change"
    share = moved / abs(before) if before else 0.0
    told = numerals.percent(share) if 0 < abs(share) < 10 else ""
    plus = "+" if share > 0 else ""
    return number(moved, signed=True) + (f" ({plus}{told})" if told else "")


def moment(manifest: Mapping[str, Any], name: str = "started") -> datetime | None:
    """Return a time of a manifest; None where it says none."""
    try:
        found = datetime.fromisoformat(str(manifest.get(name) or ""))
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def when(manifest: Mapping[str, Any], name: str = "started") -> str:
    """Write a time of a manifest, to the minute.

    >>> when({"started": "2026-08-01T13:05:09.120+00:00"}), when({"started": "yesterday"})
    ('1 August 2026, 13:05 UTC', '–')
    """
    found = moment(manifest, name)
    return f"{numerals.day(found)}, {found:%H:%M} UTC" if found else _NOTHING


def took(manifest: Mapping[str, Any]) -> str:
    """Write how long a run took.

    >>> took({"seconds": 83.4}), took({"seconds": 7260}), took({})
    ('1 min 23 s', '2 h 1 min', '–')
    """
    found = manifest.get("seconds")
    if not isinstance(found, int | float) or not 0 <= found < 1e9:
        return _NOTHING
    whole = round(found)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def sentence(text: str) -> str:
    """Write a sentence: a capital, and a full stop.

    >>> sentence("cut by a guard"), sentence("Why?")
    ('Cut by a guard.', 'Why?')
    """
    clean = capital(text.strip())
    return clean + ("" if clean.endswith((".", "!", "?")) else ".")


def capital(text: str) -> str:
    """Begin a text with a capital.

    >>> capital("5 things"), capital("cart")
    ('5 things', 'Cart')
    """
    return text[:1].upper() + text[1:]
