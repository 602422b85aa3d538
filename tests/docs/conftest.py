"""What the tests of the documentation share: its pages, and the commands that stand in a text."""

import argparse
import functools
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mistune
import pytest

from microlift.cli.command import _parser

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
_LINE = re.compile(r"^(?:\$ )?(?:[\w./-]*/)?microlift (.*)$")
_ENDS = {"|", "||", "&&", ";", ">", ">>", "<", "2>", "&"}


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@functools.cache
def blocks(page: Path) -> list[dict[str, Any]]:
    """All blocks of code of a page, those in lists and quotations as well."""
    tree, _ = mistune.create_markdown(renderer=None).parse(page.read_text(encoding="utf-8"))
    return list(_code(tree))  # type: ignore[arg-type]


def _code(nodes: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for node in nodes:
        if node["type"] == "block_code":
            yield {
                "language": node.get("attrs", {}).get("info", ""),
                "code": node["raw"].rstrip("\n") + "\n",
            }
        yield from _code(node.get("children", []))


def commands(text: str) -> list[list[str]]:
    """Arguments of each `microlift ...` that a shell would run, up to a pipe or a redirection."""
    found = []
    for line in text.replace("\\\n", " ").splitlines():
        for part in re.split(r"&& |\|\| ", line.strip()):
            if match := _LINE.match(part):
                lexer = shlex.shlex(match[1], posix=True, punctuation_chars="|&;<>")
                lexer.whitespace_split, lexer.commenters = True, "#"
                words = list(lexer)
                end = next((at for at, word in enumerate(words) if word in _ENDS), len(words))
                found.append(words[:end])
    return found


_known = functools.cache(_parser)


def understood(arguments: list[str]) -> argparse.Namespace | None:
    """What the command line makes of arguments; None where it only shows something."""
    try:
        return _known().parse_args(arguments)
    except SystemExit as ended:
        if ended.code:
            pytest.fail(f"microlift {shlex.join(arguments)} is no command (its message is above)")
        return None
