"""The words of an expression with their places, and messages that point at one of them."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from microlift.errors import InputError
from microlift.plan.quoting import printable, short

KEYWORDS: Final = ("AND", "OR", "NOT", "THEN", "WITHIN", "WITHOUT", "TWICE", "TIMES")
MAX_TEXT: Final = 2_000
_SHOWN = 72  # characters of an expression in a message
_TOKEN = re.compile(r"""\s+|(?P<quoted>"[^"]*"|'[^']*')|(?P<sign>[()])|(?P<word>[^\s()"']+)|.""")
END: Final = "the end"


@dataclass(frozen=True)
class Token:
    """A word of an expression: a keyword or sign in capitals, or `text` where it is a name."""

    kind: str
    text: str
    start: int
    stop: int


class Expression:
    """The text of an expression, and its words.

    >>> [token.kind for token in Expression("cart and 'case study'").tokens]
    ['name', 'AND', 'name', 'the end']
    """

    def __init__(self, text: str) -> None:
        self.text = text
        if not text.strip():
            msg = (
                "cohorts has an empty expression, which tells nobody apart. Write one such as "
                "'pricing AND case_study'."
            )
            raise InputError(msg)
        if len(text) > MAX_TEXT:
            msg = (
                f"cohorts has an expression of {len(text):,} characters; at most {MAX_TEXT:,} are "
                f"read: {short(text)}. Write several cohorts, or plan an action for a part of it."
            )
            raise InputError(msg)
        self.tokens = self._read()

    def refuse(self, token: Token, what: str, todo: str) -> InputError:
        """Make the error that points at a word: what is wrong there, and what to do."""
        start = max(0, min(token.start - _SHOWN // 2, len(self.text) - _SHOWN))
        stop = start + _SHOWN
        before = "…" if start else ""
        line = before + _plain(self.text[start:stop]) + ("…" if stop < len(self.text) else "")
        indent = _width(before + _plain(self.text[start : token.start]))
        under = _width(_plain(self.text[token.start : min(token.stop, stop)]))
        return InputError(
            f"cohorts: {what}\n    {line}\n    {' ' * indent}{'^' * max(1, under)}\n{todo}"
        )

    def _read(self) -> tuple[Token, ...]:
        tokens = []
        for found in _TOKEN.finditer(self.text):
            kind, text = found.lastgroup, found[0]
            place = found.start(), found.end()
            if kind == "quoted":
                tokens.append(Token("name", text[1:-1], *place))
            elif kind == "sign":
                tokens.append(Token(text, text, *place))
            elif kind == "word":
                keyword = text.upper() if text.upper() in KEYWORDS else "name"
                tokens.append(Token(keyword, text, *place))
            elif not text.isspace():
                raise self.refuse(
                    Token("", text, *place),
                    "a quotation mark is opened here and never closed.",
                    "Close it at the end of the name.",
                )
        end = len(self.text.rstrip())
        return (*tokens, Token(END, END, end, end + 1))


def _plain(text: str) -> str:
    return printable(text)


def _width(text: str) -> int:
    """Columns that a text takes in a terminal."""
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return len(text) + wide - sum(unicodedata.combining(char) > 0 for char in text)
