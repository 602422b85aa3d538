"""Pieces of commented YAML: texts that load back as they were, and comments of one width."""

from collections.abc import Iterable
from textwrap import wrap

import yaml

from microlift.starter.columns import shown

WIDTH = 98
NAMED = 8  # names that a sentence lists
CUT = 32


def scalar(text: str) -> str:
    """Write a text so that YAML reads the same text again, on one line.

    Parameters
    ----------
    text : str

    Returns
    -------
    str

    Examples
    --------
    >>> print(scalar("add_to_cart"), scalar("no"), scalar("a: b # c"))
    add_to_cart "no" "a: b # c"
    """
    plain = text.replace("_", "").replace(" ", "").replace("-", "")
    simple = plain.isascii() and plain.isalnum() and text == text.strip() and text[0].isalpha()
    if simple and yaml.safe_load(text) == text:
        return text
    written: str = yaml.safe_dump(text, default_style='"', allow_unicode=True, width=10**9)
    # What turns the direction of writing, or cannot be seen, is written as a number.
    return "".join(
        char if char.isprintable() else f"\\U{ord(char):08X}" for char in written.strip()
    )


def comment(text: str, first: str = "", indent: int = 0) -> list[str]:
    """Wrap a sentence into lines of comment; `first` is what a list puts before its items."""
    lead = " " * indent + "# "
    hang = " " * len(first)
    lines = wrap(text, WIDTH - len(lead) - len(first), break_on_hyphens=False) or [""]
    return [f"{lead}{first if i == 0 else hang}{line}" for i, line in enumerate(lines)]


def sentence(text: str) -> str:
    """End a text with a full stop; its beginning may be a name, and stays as it is."""
    return text.rstrip(".") + "."


def names(names: Iterable[str], most: int = NAMED) -> str:
    """List names with commas between them, at most so many."""
    listed = [shown(name) for name in names]
    more = f" and {len(listed) - most:,} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more


def cut(name: str) -> str:
    """Shorten a name for a table."""
    said = shown(name)
    return said if len(said) <= CUT else said[: CUT - 1] + "…"
