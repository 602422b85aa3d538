"""What a page must hold before it is published.

The page shows names that strangers typed into an event log; this is the last look at it.
"""

import re
from collections import Counter
from collections.abc import Iterable
from html.parser import HTMLParser

MAX_BYTES = 2_000_000
_BANNED = {
    "script", "iframe", "object", "embed", "applet", "form", "link", "base", "frame", "portal",
    "foreignobject", "animate", "set", "audio", "video", "source", "track", "template",
}  # fmt: skip
_LOADING = {"src", "srcset", "data", "poster", "background", "action", "formaction", "ping"}
# Attributes that are read as CSS; elsewhere url( is a name that somebody gave an event.
_STYLED = {
    "style", "fill", "stroke", "filter", "mask", "clip-path", "cursor", "marker", "marker-start",
    "marker-mid", "marker-end",
}  # fmt: skip
_IMAGES = {"img", "svg"}
_CSS_URL = re.compile(r"url\(\s*['\"]?\s*([^'\")\s]*)", re.IGNORECASE)
_CSS_LOADS = re.compile(r"@import|image-set\(|expression\(|-moz-binding", re.IGNORECASE)
_SCHEME = re.compile(r"^\s*([a-z][a-z0-9+.\-\s]*):", re.IGNORECASE)


def check(page: str, private: Iterable[str] = ()) -> list[str]:
    """List what forbids publishing a page; an empty list lets it pass.

    Refused: script of any kind, `on*` attributes, links of other schemes than http, https and
    mailto, anything loaded from elsewhere than the page, other than one h1, a skipped heading
    level, images without alternative text, ids twice, dead anchors, a page without its
    content security policy, above 2 MB or cut off.

    Parameters
    ----------
    page
        The whole HTML document.
    private
        Texts that must not occur in it, such as paths of the machine.

    Examples
    --------
    >>> check("<h1>Hello</h1>")
    ['no content security policy', 'cut off: no closing </html>']
    """
    reader = _Reader()
    reader.feed(page)
    reader.close()
    faults = list(reader.faults)
    if reader.levels.count(1) != 1:
        faults.append(f"{reader.levels.count(1)} h1 headings, one is needed")
    for before, after in zip(reader.levels, reader.levels[1:], strict=False):
        if after > before + 1:
            faults.append(f"heading level skipped: h{before} to h{after}")
    faults += [f"id twice: {name!r}" for name, times in Counter(reader.ids).items() if times > 1]
    dead = sorted({target for target in reader.anchors if target not in reader.ids})
    faults += [f"dead anchor: {target!r}" for target in dead]
    if not reader.policy:
        faults.append("no content security policy")
    size = len(page.encode("utf-8"))
    if size > MAX_BYTES:
        faults.append(f"{size:,} bytes, at most {MAX_BYTES:,} are allowed")
    if not page.rstrip().lower().endswith("</html>"):
        faults.append("cut off: no closing </html>")
    faults += ["holds a private text" for text in private if text and text in page]
    return faults


class _Reader(HTMLParser):
    """Collect headings, ids, anchors and faults while reading."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.levels: list[int] = []
        self.ids: list[str] = []
        self.anchors: list[str] = []
        self.policy = False
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._in_style = tag == "style"
        if tag in _BANNED:
            self.faults.append(f"element <{tag}>")
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if tag in _IMAGES and not (given.get("alt") or given.get("aria-label", "")).strip():
            self.faults.append(f"<{tag}> without alternative text")
        if tag == "meta":
            self._meta(given)
        for name, value in given.items():
            self._attribute(tag, name, value)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self._in_style = False

    def handle_endtag(self, tag: str) -> None:
        if tag == "style":
            self._in_style = False

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self._css(data)

    def _meta(self, given: dict[str, str]) -> None:
        kind = given.get("http-equiv", "").lower()
        if kind == "content-security-policy":
            self.policy = "default-src 'none'" in given.get("content", "")
        elif kind:
            self.faults.append(f"meta http-equiv {kind!r}")

    def _attribute(self, tag: str, name: str, value: str) -> None:
        if name == "id":
            self.ids.append(value)
        elif name.startswith("on"):
            self.faults.append(f"attribute {name} on <{tag}>")
        elif name == "srcdoc":
            self.faults.append(f"attribute srcdoc on <{tag}>")
        elif name in _LOADING and not value.strip().startswith(("data:image/", "#")):
            self.faults.append(f"<{tag}> loads {value[:60]!r}")
        elif name.split(":")[-1] == "href":
            self._link(tag, value)
        elif name in _STYLED:
            self._css(value)

    def _link(self, tag: str, value: str) -> None:
        if value.startswith("#"):
            self.anchors.append(value[1:])
        elif tag != "a" and not (tag == "image" and value.startswith("data:image/")):
            self.faults.append(f"<{tag}> loads {value[:60]!r}")
        elif tag == "a":
            scheme = _SCHEME.match(value)
            known = scheme and scheme.group(1).lower() in ("http", "https", "mailto")
            if not known:
                self.faults.append(f"link to {value[:60]!r}")

    def _css(self, text: str) -> None:
        for target in _CSS_URL.findall(text):
            if not target.startswith(("#", "data:image/", "data:font/")):
                self.faults.append(f"CSS loads {target[:60]!r}")
        if _CSS_LOADS.search(text):
            self.faults.append("CSS that loads or runs something")
