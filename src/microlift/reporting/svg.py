"""A figure's SVG, made fit to stand inside a page.

As drawn, a matplotlib SVG is a document of its own: fixed colours and fonts, ids that every
figure repeats, a style sheet that would reach the whole page.
"""

import re
from xml.etree import ElementTree

from microlift.reporting.style import CSS_VARIABLES

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_POINTS_A_REM = 11.4
_DROPPED = {f"{{{_SVG}}}metadata", f"{{{_SVG}}}style", f"{{{_SVG}}}script"}
_FONT = re.compile(r"font: ([^;']*?[\d.]+px) [^;]*")
_NUMBER = re.compile(r"-?\d+\.\d{3,}")
_FAMILY = re.compile(r"font-family: [^;]*")


def inline(drawing: str, alt: str, prefix: str) -> str:
    """Return the SVG element to put into a page.

    Ids get a prefix, colours become the page's variables, fonts the page's font; the size
    follows the column. Script, styles and metadata are dropped.

    Parameters
    ----------
    drawing
        An SVG document as matplotlib writes it.
    alt
        Alternative text.
    prefix
        Unique within the page, letters and digits.

    Examples
    --------
    >>> inline('<svg xmlns="http://www.w3.org/2000/svg" width="72pt" height="36pt"'
    ...        ' viewBox="0 0 72 36"><g id="a"/></svg>', 'A <b>', 'f1')[-67:]
    'stroke-linejoin="round" stroke-linecap="butt"><g id="f1-a" /></svg>'
    """
    ElementTree.register_namespace("", _SVG)
    ElementTree.register_namespace("xlink", _XLINK)
    root = ElementTree.fromstring(drawing)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in _DROPPED:
                parent.remove(child)
    for element in root.iter():
        for name, value in list(element.attrib.items()):
            element.set(name, _adapt(name, value, prefix))
    width = float(root.attrib.pop("width", "0").removesuffix("pt"))
    root.attrib.pop("height", None)
    root.attrib.pop("version", None)
    if width:
        root.set("style", f"--width: {width / _POINTS_A_REM:.1f}rem")  # one size of type for all
    for name, value in (
        ("role", "img"), ("aria-label", alt),
        ("stroke-linejoin", "round"), ("stroke-linecap", "butt"),
    ):  # fmt: skip
        root.set(name, value)
    return ElementTree.tostring(root, encoding="unicode")


def _adapt(name: str, value: str, prefix: str) -> str:
    if name == "id":
        return f"{prefix}-{value}"
    if name.endswith("href") and value.startswith("#"):
        return f"#{prefix}-{value[1:]}"
    if name == "d":  # a hundredth of a point is enough, and half as long
        return _NUMBER.sub(lambda number: f"{float(number.group()):.2f}", " ".join(value.split()))
    value = value.replace("url(#", f"url(#{prefix}-")
    if name in ("style", "fill", "stroke"):
        for colour, variable in CSS_VARIABLES.items():
            value = value.replace(colour, f"var({variable})")
        value = _FONT.sub(r"font: \1 var(--font)", value)
        value = _FAMILY.sub("font-family: var(--font)", value)
    return value
