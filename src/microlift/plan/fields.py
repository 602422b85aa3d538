"""The kinds of value that several parts of the plan share: names, lists of them, conditions."""

import unicodedata
from collections import Counter
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from microlift.errors import PlanError
from microlift.plan.quoting import QUOTE_IT, listed, short
from microlift.where import parse_where

MAX_NAME = 100


def _read_name(value: str) -> str:
    name = value.strip()
    if not name or len(name) > MAX_NAME:
        raise ValueError(
            f"Got {short(value)} of {len(name):,} characters; a name heads rows and charts, so "
            f"it has 1 to {MAX_NAME}. Choose a short one."
        )
    # Cc: control characters, Cs: halves of characters; neither survives a CSV file or a terminal.
    unfit = [char for char in name if unicodedata.category(char) in ("Cc", "Cs")]
    if unfit:
        raise ValueError(
            f"Got {short(value)} with {len(unfit):,} control characters, which break files and "
            "terminals. Remove them."
        )
    return name


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError(
            f"Got {short(text)}, which holds the character NUL: no query can. In event names and "
            "attributes of a log it is read as '\ufffd'; write that instead."
        )
    return text


def read_list(value: object) -> tuple[str, ...]:
    """Accept one text for a list of one; refuse empty and repeated members."""
    members = (value,) if isinstance(value, str) else value
    if not isinstance(members, list | tuple) or not all(isinstance(m, str) for m in members):
        raise ValueError(f"Got {short(value)}, not text or a list of texts. {QUOTE_IT}")
    if "" in members:
        raise ValueError("Got an empty text in the list, which names nothing. Remove it.")
    for member in members:
        _without_nul(member)
    repeated = sorted(member for member, count in Counter(members).items() if count > 1)
    if repeated:
        raise ValueError(f"Got {listed(repeated)} more than once. Name each one once.")
    return tuple(members)


def need_one(members: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse a list without members."""
    if not members:
        raise ValueError("Got an empty list, which selects nothing. Name at least one.")
    return members


def _read_where(text: str) -> str:
    _without_nul(text)
    try:
        parse_where(text)
    except PlanError as error:
        raise ValueError(str(error)) from None
    return text.strip()


Name = Annotated[str, AfterValidator(_read_name)]
ColumnName = Annotated[str, Field(min_length=1), AfterValidator(_without_nul)]
Names = Annotated[tuple[str, ...], BeforeValidator(read_list)]
SomeNames = Annotated[tuple[str, ...], AfterValidator(need_one), BeforeValidator(read_list)]
Where = Annotated[str, AfterValidator(_read_where)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
