"""Refuse a site that loads anything from elsewhere: it is read where there is no network."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

OUTSIDE = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
_LOADED = re.compile(r"(?:url\(|@import)\s*[\"']?([^\"')\s;]+)", re.IGNORECASE)
_LOADING = {"src", "srcset", "poster", "data", "action", "formaction", "background"}


def setup(app: "Sphinx") -> dict[str, bool]:
    """Look at what was built, once it is."""
    app.connect("build-finished", _judge)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _judge(app: "Sphinx", failure: Exception | None) -> None:
    from sphinx.util import logging

    if failure is None and app.builder.format == "html":
        for path, asked in outside(Path(app.outdir)):
            logging.getLogger(__name__).warning("%s loads %s from elsewhere", path, asked)


def outside(site: Path) -> Iterator[tuple[Path, str]]:
    """Yield each page or style sheet of a site with each address elsewhere that it loads.

    A link that a reader may follow is none: only what a browser fetches by itself.
    """
    for path in sorted(site.rglob("*")):
        if path.suffix == ".html":
            page = _Page()
            page.feed(path.read_text(encoding="utf-8"))
            asked = page.asked
        elif path.suffix in {".css", ".svg"}:
            asked = _LOADED.findall(path.read_text(encoding="utf-8"))
        else:
            continue
        yield from (
            (path.relative_to(site), address) for address in asked if OUTSIDE.match(address)
        )


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self._styled = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._styled = tag == "style"
        for name, value in attrs:
            if name in _LOADING or (name in {"href", "xlink:href"} and tag not in {"a", "base"}):
                self.asked.append(value or "")
            elif name == "style":
                self.asked += _LOADED.findall(value or "")

    def handle_endtag(self, _tag: str) -> None:
        self._styled = False

    def handle_data(self, data: str) -> None:
        if self._styled:
            self.asked += _LOADED.findall(data)
