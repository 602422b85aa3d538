"""Colours, type and name shortening, shared by figures and page.

The hex values below are what a figure is drawn with in a notebook. On the page each is
swapped for the CSS variable of the same name (`CSS_VARIABLES`), so that one drawing follows
light and dark: the swap happens on the page only, since JupyterLab draws an SVG as an image,
where variables are not defined.
"""

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager

from microlift.reporting import labels

INK = "#17212b"
MUTED = "#57636f"
GRID = "#dde3e8"
SURFACE = "#fefefe"
# Okabe-Ito, darkened until each reaches 3:1 against white; blue and orange, in which text is set,
# 4.5:1.
BLUE = "#0067a5"
SKY = "#3d8fc2"
ORANGE = "#b34d00"
GREY = "#7c8791"
PURPLE = "#a85a8c"

CSS_VARIABLES = {
    INK: "--ink",
    MUTED: "--muted",
    GRID: "--grid",
    SURFACE: "--surface",
    BLUE: "--blue",
    SKY: "--sky",
    ORANGE: "--orange",
    GREY: "--grey",
    PURPLE: "--purple",
}

# Never red against green: one reader in twelve cannot tell them apart.
VERDICT_COLOURS = {"raises": BLUE, "lowers": ORANGE, "no evidence": GREY, "not identified": GREY}

_RC: dict[Any, Any] = {
    "text.parse_math": False,  # a name such as price_$5_$10 is text, not a formula
    "svg.fonttype": "none",
    "svg.hashsalt": "microlift",
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "figure.constrained_layout.use": True,
    "font.size": 11.0,
    "text.color": INK,
    "axes.labelcolor": MUTED,
    "axes.edgecolor": GRID,
    "axes.labelsize": 11.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.axisbelow": True,
    "axes.grid": False,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.color": MUTED,
    "ytick.color": INK,
    "xtick.labelsize": 11.0,
    "ytick.labelsize": 11.0,
    "xtick.major.size": 0.0,
    "xtick.minor.size": 0.0,
    "ytick.major.size": 0.0,
    "ytick.major.pad": 9.0,
    "hatch.linewidth": 0.9,
    "hatch.color": SURFACE,
}


@contextmanager
def drawing() -> Iterator[None]:
    """Apply the house style to what is drawn inside, and to nothing else.

    Warnings about glyphs that the measuring font lacks are silenced: the page holds live
    text, which the reader's own fonts draw.
    """
    with mpl.rc_context(_RC), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        warnings.filterwarnings("ignore", message="Matplotlib currently does not support")
        try:
            yield
        finally:
            interactive = mpl.is_interactive()
    # The first figure of a kernel makes it interactive: taken back, no later one would be shown.
    mpl.interactive(interactive)


def shorten(name: str, width: int = 26) -> str:
    """Cut a name to `width` characters, with an ellipsis in place of what was cut.

    Control characters, which no font draws, become spaces. Labels that are spoken of
    (`labels.speak`) stand in place of names.

    >>> shorten("add_to_cart")
    'add_to_cart'
    >>> shorten("a_very_long_event_name_indeed", 12)
    'a_very_long…'
    """
    clean = "".join(c if c.isprintable() else " " for c in labels.said(str(name)))
    return clean if len(clean) <= width else clean[: width - 1].rstrip() + "…"


def fit(name: str, width: int, room: float, size: float) -> str:
    """Cut a name to `width` characters, and further to `room` points where its letters are wide.

    >>> fit("add_to_cart", 34, 220, 11)
    'add_to_cart'
    >>> len(fit("i" * 80, 34, 220, 11)), len(fit("W" * 80, 34, 220, 11)) < 25
    (34, True)
    """
    text = shorten(name, width)
    while width > 1 and (long := reach(text, size)) > room:
        width = max(1, min(len(text) - 1, int(len(text) * room / long)))
        text = shorten(name, width)
    return text


def reach(text: str, size: float) -> float:
    """Width of a text in points, in the font of the figures.

    >>> reach("wide", 11) > reach("i", 11) > 0
    True
    """
    font = font_manager.get_font(font_manager.findfont(font_manager.FontProperties()))
    font.set_size(size, 72)
    font.set_text(text)
    return float(font.get_width_height()[0]) / 64


def compact(number: float, signed: bool = False) -> str:
    """Write a number with three or four figures and k or M, as a chart has room for.

    >>> compact(1234.4), compact(0.0312), compact(-2_500_000, signed=True), compact(17, signed=True)
    ('1,234', '0.031', '−2.5M', '+17')
    """
    if not math.isfinite(number):
        return "–"
    size = abs(number)
    for limit, unit in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if size >= limit * (9.9995 if unit == "k" else 0.9995):
            text = f"{size / limit:.3g}{unit}"
            break
    else:
        if size >= 100:
            text = f"{size:,.0f}"
        else:
            text = f"{size:.3g}" if size >= 1 else f"{size:.2g}"
            text = f"{size:.4f}" if "e" in text else text
    if float(text.rstrip("kMB").replace(",", "")) == 0:
        return "0"
    return ("−" if number < 0 else "+" if signed else "") + text
