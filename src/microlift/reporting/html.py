"""An executed notebook to one self-contained page: no script, no request, no path.

nbconvert supplies the filters (Markdown, code colouring) and the template machinery; the
template is our own, since the stock ones fetch scripts and drop alternative text.
"""

import re
from copy import copy
from html import escape, unescape
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from microlift.grammars import leave_out_iris
from microlift.reporting.notebooks import title

if TYPE_CHECKING:
    from nbformat import NotebookNode

_TEMPLATES = Path(__file__).parent / "template"
# Their source holds the paths of the machine.
_UNSHOWN_TAGS = {"parameters", "injected-parameters"}
_HEADING = re.compile(r'<h2 id="([^"]+)">(.*?)</h2>', re.DOTALL)
_TOPIC = re.compile(r'<span class="topic">(.*?)</span>')
_TAG = re.compile(r"<[^>]+>")

# Characters that turn the text after them around, in the midst of a sentence; shown as escapes.
TURNING = {code: f"\\u{code:04x}" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}


def render(notebook: "NotebookNode") -> str:
    """Write an executed notebook as a page.

    Its first heading is the title. The parameters, which hold paths, and what was written
    to stderr are left out. Figures need the metadata that `blocks.figure` gives them.

    Parameters
    ----------
    notebook
        As read by `nbformat`, with its outputs.

    Returns
    -------
    str
        HTML, to be judged by `gate.check` before anybody sees it.

    Raises
    ------
    ValueError
        If an SVG output has no alternative text.
    """
    leave_out_iris()
    from nbconvert import HTMLExporter
    from traitlets.config import Config

    exporter: Any = HTMLExporter(  # type: ignore[no-untyped-call]
        config=Config(),
        template_name="microlift",
        extra_template_basedirs=[str(_TEMPLATES)],
        exclude_anchor_links=True,
    )
    numbers = count(1)
    exporter.register_filter("figure", lambda output: figure(output, next(numbers)))
    shown = copy(notebook)
    shown["cells"] = [cell for cell in notebook["cells"] if not _hidden(cell)]
    # Reports have no magics, and the lexer that knows them loads all of IPython.
    told = notebook["metadata"].get("language_info", {})
    language = {"name": "python", **told, "pygments_lexer": "python3"}
    shown["metadata"] = {**notebook["metadata"], "language_info": language}
    resources = {
        "page_title": title(shown),
        "page_style": (_TEMPLATES / "microlift" / "page.css").read_text("utf-8"),
    }
    page, _ = exporter.from_notebook_node(shown, resources=resources)
    return with_contents(str(page).translate(TURNING))


def _hidden(cell: Any) -> bool:
    return bool(_UNSHOWN_TAGS & set(cell["metadata"].get("tags", [])))


def figure(output: Any, number: int) -> str:
    """Write the output of a figure, as `blocks.figure` makes it, with its number on the page.

    Raises
    ------
    ValueError
        If it has no alternative text.
    """
    from microlift.reporting.svg import inline

    told = output["metadata"].get("image/svg+xml", {})
    alt, caption, data = (str(told.get(key, "")) for key in ("alt", "caption", "data_html"))
    if not alt.strip():
        msg = f"Figure {number} has no alternative text; show it through blocks.figure."
        raise ValueError(msg)
    drawing = inline(output["data"]["image/svg+xml"], alt, f"f{number}")
    narrow = str(told.get("narrow_svg", ""))
    seen = ' class="both"' if narrow else ""
    parts = [
        f'<figure{seen}><div class="scroll-figure" role="region" tabindex="0" '
        f'aria-label="Figure {number}">{drawing}</div>'
    ]
    if narrow:
        parts.append(f'<div class="narrow-figure">{inline(narrow, alt, f"f{number}n")}</div>')
    if caption:
        parts.append(f"<figcaption>{escape(caption)}</figcaption>")
    if data:
        parts.append(f"<details><summary>Data behind the figure</summary>{data}</details>")
    return "".join([*parts, "</figure>"])


def with_contents(page: str) -> str:
    """Put the list of sections, under their short topics, in the place of <!--contents-->."""
    entries = []
    for anchor, heading in _HEADING.findall(page):
        topic = _TOPIC.search(heading)
        label = unescape(_TAG.sub("", topic.group(1) if topic else heading)).strip()
        entries.append(f'<li><a href="#{anchor}">{escape(label)}</a></li>')
    contents = f"<ol>{''.join(entries)}</ol>" if entries else ""
    return page.replace("<!--contents-->", contents, 1)
