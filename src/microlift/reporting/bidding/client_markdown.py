"""A client's note as Markdown, in which every name is text."""

import re
from typing import TYPE_CHECKING

from microlift.plan.quoting import clipped, printable
from microlift.reporting import labels
from microlift.reporting.bidding import client_rows

if TYPE_CHECKING:
    from microlift.bidding import ClientNote

# What could begin markup, and what would end a cell; a name of a log may hold any of it.
_LIVE = re.compile(r"([\\`*_{}\[\]()<>#+!|~&:@$-])")
_TOLD = re.compile(r"([\\`*_\[\]<>|~&@$])")


def markdown(note: "ClientNote") -> str:
    """Write the note as Markdown: the same words and figures as the page."""
    with labels.calling(note.labels):
        return _markdown(note)


def _markdown(note: "ClientNote") -> str:
    sheet = note.sheet
    lines = [
        f"# {sheet.title}",
        f"**{told(note.finding)}**",
        f"Data from {sheet.first.day} {sheet.first:%B %Y} to {sheet.last.day} {sheet.last:%B %Y}.",
        *(told(line) for line in sheet.paragraphs(note.frame)),
        "## Before and after",
        _figures(note),
        *_booked(note),
        "## How to read the reports",
        "\n".join(f"- {told(line)}" for line in sheet.promises),
        "## How it was counted",
        "\n".join(f"- {told(line)}" for line in note.notes),
    ]
    return "\n\n".join(lines) + "\n"


def told(text: str) -> str:
    r"""Escape a sentence that may hold a name.

    >>> told("<b> of *all*")
    '\\<b\\> of \\*all\\*'
    """
    return _TOLD.sub(r"\\\1", printable(labels.said(text)))


def name(text: str) -> str:
    r"""Escape a name, bounded.

    >>> name("a|b")
    'a\\|b'
    """
    return _LIVE.sub(r"\\\1", clipped(labels.said(text), 100))


def _figures(note: "ClientNote") -> str:
    rows = client_rows.measures(note)
    return _grid(["", *client_rows.heads(note)], [[told(a), *b] for a, b in rows.items()])


def _booked(note: "ClientNote") -> list[str]:
    rows = [[name(step), value, times] for step, value, times in client_rows.booked(note)]
    if not rows:
        return []
    return [
        "## What each step is booked at",
        _grid(["Step", f"Booked for each, {note.currency or 'macros'}", "Times"], rows),
    ]


def _grid(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
