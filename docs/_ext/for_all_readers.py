"""Mend what the theme leaves out for readers with a keyboard or a screen reader."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

# A block of code may be wider than a phone, and is then scrolled; a part of the page has a name.
_MENDED = (
    (re.compile(r'<p class="caption" role="heading">'), '<p class="caption">'),
    (re.compile(r"<pre(?![^>]*tabindex)"), '<pre tabindex="0"'),
    (re.compile(r'<div class="table-wrapper'), '<div tabindex="0" class="table-wrapper'),
    (re.compile(r'<aside class="sidebar-drawer"'), r'\g<0> aria-label="Pages"'),
    (re.compile(r'<aside class="toc-drawer[^"]*"'), r'\g<0> aria-label="On this page"'),
)


def setup(app: "Sphinx") -> dict[str, bool]:
    """Mend the pages once they are built."""
    app.connect("build-finished", _mend)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _mend(app: "Sphinx", failure: Exception | None) -> None:
    if failure is None and app.builder.format == "html":
        for page in sorted(Path(app.outdir).rglob("*.html")):
            text = page.read_text(encoding="utf-8")
            page.write_text(mended(text), encoding="utf-8")


def mended(text: str) -> str:
    """Return a page of the site as it is fit for all readers.

    >>> mended('<p class="caption" role="heading">Use</p><pre>x</pre>')
    '<p class="caption">Use</p><pre tabindex="0">x</pre>'
    """
    for pattern, put in _MENDED:
        text = pattern.sub(put, text)
    return text
