"""A page that is no notebook: blocks one under the other, in the style of the reports."""

from collections.abc import Sequence
from html import escape
from itertools import count
from pathlib import Path

from microlift.reporting import gate, html
from microlift.reporting.blocks import Block, Figure
from microlift.reporting.tables import breakable

_STYLE = Path(__file__).parent / "template" / "microlift" / "page.css"


def page(title: str, lead: str, shown: Sequence[Block | Figure]) -> str:
    """Write a page, self-contained, and judge it as the page of a report is judged.

    Parameters
    ----------
    title
        Its only heading of the first level.
    lead
        The finding, in a sentence or two.
    shown
        What stands below it.

    Raises
    ------
    ValueError
        If it must not be published; a fault of the block, not of who asked.

    Examples
    --------
    >>> "<h1>a &lt; b</h1>" in page("a < b", "It is so.", [Block("<p>Look.</p>", "Look.")])
    True
    """
    numbers = count(1)
    body = "\n".join(_written(one, numbers) for one in shown)
    whole = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; '
        "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{escape(title)}</title>\n<style>\n{_STYLE.read_text('utf-8')}\n</style>\n"
        '</head>\n<body>\n<a class="skip" href="#content">Skip to the content</a>\n'
        '<div class="page">\n<nav aria-label="Contents"><!--contents--></nav>\n'
        f'<main id="content">\n<h1>{breakable(title)}</h1>\n'
        f'<p class="lead">{breakable(lead)}</p>\n{body}\n</main>\n</div>\n</body>\n</html>\n'
    )
    whole = html.with_contents(whole).translate(html.TURNING)
    faults = gate.check(whole)
    if faults:
        raise ValueError("; ".join(faults[:5]))
    return whole


def _written(one: Block | Figure, numbers: "count[int]") -> str:
    if isinstance(one, Block):
        return one.html
    data, metadata = one._repr_mimebundle_()
    return html.figure({"data": data, "metadata": metadata}, next(numbers))
