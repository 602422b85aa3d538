"""What a plan or a log holds, in a message: as Python writes it, and never at length."""

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


def printable(text: str) -> str:
    r"""Write what would move a cursor or turn a line around as an escape.

    Parameters
    ----------
    text : str

    Returns
    -------
    str

    Examples
    --------
    >>> printable("red\x1b[31m")
    'red\\x1b[31m'
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def clipped(text: str, most: int = 60) -> str:
    """Write a name into a sentence or a table: printable, and cut where it is longer.

    >>> clipped("add_to_cart"), clipped("add_to_cart", 7)
    ('add_to_cart', 'add_to…')
    """
    clean = printable(text)
    return clean if len(clean) <= most else clean[: most - 1] + "…"
