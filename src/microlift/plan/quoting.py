"""What a plan holds, quoted in a message: as Python writes it, and never at length."""

import reprlib

QUOTE_IT = (
    "YAML reads on, off, yes and no as true or false and bare digits as numbers: put text in "
    "quotes."
)

_SHORT = reprlib.Repr()
_SHORT.maxstring = 100  # about as long as a name may be


def short(value: object) -> str:
    """Quote one value."""
    return _SHORT.repr(value)


def listed(names: list[str]) -> str:
    """Quote several names, with commas between them."""
    return _SHORT.repr(names)[1:-1]
