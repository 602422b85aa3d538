"""What a plan or a log holds, in a message: as Python writes it, and never at length."""

from microlift.card import clipped as clipped
from microlift.card import printable as printable
from microlift.errors import BOUNDED

QUOTE_IT = (
    "YAML reads on, off, yes and no as true or false and bare digits as numbers: put text in "
    "quotes."
)


def short(value: object) -> str:
    """Quote one value."""
    return BOUNDED.repr(value)


def listed(names: list[str]) -> str:
    """Quote several names, with commas between them."""
    return BOUNDED.repr(names)[1:-1]
