"""Formulas as MathML, made while building: no script and no font is loaded from elsewhere."""

import re

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

# docutils knows sizes of left and right delimiters only; one in the middle keeps its own.
_MIDDLE = re.compile(r"\\([Bb]igg?)m?(?![A-Za-z])")


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the renderer that conf.py names."""
    app.add_html_math_renderer("local_math", (_inline, None), (_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _inline(translator: HTML5Translator, node: nodes.math) -> None:
    translator.body.append(_mathml(node, as_block=False))
    raise nodes.SkipNode


def _block(translator: HTML5Translator, node: nodes.math_block) -> None:
    translator.body.append(f'<div class="math">{_mathml(node, as_block=True)}</div>')
    raise nodes.SkipNode


def _mathml(node: nodes.Element, as_block: bool) -> str:
    formula = _MIDDLE.sub("", node.astext())
    return str(tex2mathml(formula, as_block=as_block))
