"""How an object shows itself: what it is, its key figures, and one quiet line on what to call next.

Colours are inherited, so that a card is as readable on a dark page as on a light one.
"""

from collections.abc import Iterable
from html import escape

_LEFT = "text-align:left;vertical-align:top"
_LONGEST = 2_000  # characters of a figure or a note: a log may hold names of any length


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
    clean = printable(text[: most + 1])
    return clean if len(clean) <= most else clean[: most - 1] + "…"


def card_text(title: str, rows: Iterable[tuple[str, str]]) -> str:
    """Write a card as plain text.

    Parameters
    ----------
    title
        What the object is.
    rows
        Names and figures; bounded, and what would steer a terminal is escaped.

    Examples
    --------
    >>> print(card_text("Event log", [("users", "7"), ("window", "two days")]))
    Event log
      users: 7
      window: two days
    """
    known = [(clipped(name, 100), clipped(value, _LONGEST)) for name, value in rows]
    return "\n".join([title, *(f"  {name}: {value}" for name, value in known)])


def card_html(title: str, rows: Iterable[tuple[str, str]], then: str = "") -> str:
    """Write a card as HTML; parameters as of `card_text`, and in `then` what to call next.

    Examples
    --------
    >>> page = card_html("Event log", [("users", "<b>")], "ml.moments(log)")
    >>> "&lt;b&gt;" in page, "color" in page
    (True, False)
    """
    body = "".join(
        f'<tr><th scope="row" style="{_LEFT}">{escape(clipped(name, 100))}</th>'
        f'<td style="{_LEFT}">{escape(clipped(value, _LONGEST))}</td></tr>'
        for name, value in rows
    )
    table = f"<table><tbody>{body}</tbody></table>" if body else ""
    return f"<div><strong>{escape(title)}</strong>{table}{next_html(then)}</div>"


def next_line(then: str) -> str:
    """Say in text what to call next.

    >>> next_line("ml.moments(log)")
    'next: ml.moments(log)'
    """
    return f"next: {then}"


def next_html(then: str) -> str:
    """Say in HTML what to call next: quieter than the rest, in whatever colour the page has.

    >>> next_html("f(<x>)")
    '<p style="opacity:0.75">next: <code>f(&lt;x&gt;)</code></p>'
    >>> next_html("")
    ''
    """
    said = escape(then)
    return f'<p style="opacity:0.75">next: <code>{said}</code></p>' if then else ""
