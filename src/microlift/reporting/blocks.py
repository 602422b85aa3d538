"""What a report notebook shows: headings, cards, figures and tables, with every name escaped.

Each function returns something that JupyterLab displays and that the page (`html`) prints. The
notebook says what is shown in which order; the sentences are in `words`.
"""

import platform
from collections.abc import Iterable, Mapping
from html import escape
from importlib.metadata import version
from io import StringIO
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from microlift.quality import Quality
from microlift.reporting import (
    figures,
    findings,
    labels,
    limits,
    numerals,
    style,
    tables,
    weekly_facts,
    words,
)
from microlift.reporting.facts import FACTS_MIME, in_order
from microlift.result import Result

_PACKAGES = ("microlift", "pandas", "numpy", "scikit-learn", "duckdb", "ibis-framework")


class Block:
    """Something to show: HTML for the page, text for where HTML is not drawn.

    Parameters
    ----------
    html
        Markup whose every foreign text is escaped already.
    text
        The same in plain words.
    facts
        JSON-able facts for the run's manifest; never shown.

    Examples
    --------
    >>> Block("<p>Hello</p>", "Hello")
    Hello
    """

    def __init__(self, html: str, text: str, facts: Mapping[str, Any] | None = None) -> None:
        self.html = html
        self.text = labels.said(text)
        self.facts = facts

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        bundle: dict[str, Any] = {"text/html": self.html, "text/plain": self.text}
        return bundle | ({FACTS_MIME: in_order(self.facts)} if self.facts is not None else {})


class Figure:
    """A drawn figure with its alternative text, a caption and the table it was drawn from.

    `narrow` is the same drawn for a phone; the page shows the one that fits.
    """

    def __init__(self, svg: str, alt: str, caption: str, data: str, narrow: str = "") -> None:
        self.svg = svg
        self.alt = labels.said(alt)
        self.caption = labels.said(caption)
        self.data = data
        self.narrow = narrow

    def __repr__(self) -> str:
        return self.alt

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, str], dict[str, Any]]:
        told = {"alt": self.alt, "caption": self.caption, "data_html": self.data}
        told |= {"narrow_svg": self.narrow}
        metadata = {"image/svg+xml": told, "needs_background": "light"}
        return {"image/svg+xml": self.svg, "text/plain": self.alt}, metadata


def figure(
    axes: Axes, alt: str, caption: str = "", data: str = "", narrow: Axes | None = None
) -> Figure:
    """Turn axes into a figure of the report, and close them.

    Parameters
    ----------
    axes
        As returned by `figures`.
    alt
        What the figure shows, in words, for those who cannot see it. Not optional.
    caption
        One line under the figure.
    data
        A table of `tables`, folded under the figure.
    narrow
        The same figure, drawn with ``narrow=True``. Without it a phone scrolls the wide one.

    Raises
    ------
    ValueError
        If `alt` is empty.

    Examples
    --------
    >>> _, axes = plt.subplots()
    >>> figure(axes, alt="An empty plot.")
    An empty plot.
    """
    if not alt.strip():
        msg = "A figure needs alternative text, got none: say in `alt` what it shows."
        raise ValueError(msg)
    return Figure(svg_of(axes), alt, caption, data, svg_of(narrow) if narrow is not None else "")


def svg_of(axes: Axes) -> str:
    """The SVG of a drawing, which is closed."""
    drawn = axes.get_figure(root=True)
    assert drawn is not None  # axes of `figures` always stand in one
    target = StringIO()
    with style.drawing():
        drawn.savefig(target, format="svg", metadata={"Date": None})
    plt.close(drawn)
    return target.getvalue()


def section(anchor: str, topic: str, heading: str, paragraphs: str | Iterable[str] = ()) -> Block:
    """Open a section: its topic (short, for the contents), its finding, how to read it.

    Examples
    --------
    >>> print(section("lift", "Lift", "<b> raises", "Read on.").html)
    <h2 id="lift"><span class="topic">Lift</span> &lt;b&gt; raises</h2>
    <p>Read on.</p>
    """
    lines = [paragraphs] if isinstance(paragraphs, str) else list(paragraphs)
    head = f'<h2 id="{escape(anchor)}"><span class="topic">{escape(topic)}</span> '
    html = "\n".join(
        [
            f"{head}{tables.breakable(heading)}</h2>",
            *(f"<p>{tables.breakable(p)}</p>" for p in lines),
        ]
    )
    return Block(html, "\n".join([f"{topic}: {heading}", *lines]))


def bullets(lines: Iterable[str]) -> Block:
    """Show sentences as a list.

    >>> bullets(["a < b"]).html
    '<ul><li>a &lt; b</li></ul>'
    """
    items = list(lines)
    html = "".join(f"<li>{tables.breakable(line)}</li>" for line in items)
    return Block(f"<ul>{html}</ul>", "\n".join(f"- {line}" for line in items))


def cards(entries: Iterable[tuple[str, str, str]]) -> Block:
    """Show key figures side by side: label, figure, remark.

    >>> cards([("Macros", "3,020", "purchase")])
    Macros: 3,020 (purchase)
    """
    known = list(entries)
    html = "".join(
        f'<div class="card" style="--letters: {len(number)}"><dt>{tables.breakable(label)}</dt>'
        f'<dd class="figure">{escape(number)}</dd>'
        f'<dd class="remark">{tables.breakable(remark)}</dd></div>'
        for label, number, remark in known
    )
    text = "\n".join(f"{label}: {number} ({remark})" for label, number, remark in known)
    return Block(f'<dl class="cards">{html}</dl>', text)


def weights(result: Any) -> Figure | Block:
    """Show the bars of the weights over their table; the table alone where they are withheld."""
    chosen, currency = result.weights, result.log.facts.currency
    table = tables.weights_table(chosen.to_frame(), chosen.reasons, currency)
    if chosen.guards:
        table += tables.guards_table(chosen.guards)
    if chosen.withheld:
        return Block(f'<div class="sheet">{table}</div>', repr(chosen))
    book = chosen.to_dict()
    return figure(
        figures.weights_bars(book),
        alt=words.weights_alt(book),
        caption="The bar is the value to book, the line its 95 % interval.",
        data=table,
        narrow=figures.weights_bars(book, narrow=True),
    )


def look(found: Result, caption: str = "") -> Figure:
    """Show a look at the journeys: its picture over its table.

    Where there is nothing to show, the picture says so, and there is no caption.
    """
    known = not found.frame.empty
    return figure(
        found.plot(),
        alt=found.finding,
        caption=caption if known else "",
        data=found.to_html() if known else "",
        narrow=found.plot(narrow=True),
    )


def quality(found: Quality) -> Block:
    """Show what the checks of the log found, as far as somebody has to look; else their names."""
    raised = findings.raised(found.findings)
    if not raised:
        names = numerals.listing([one.name for one in found.findings], most=len(found.findings))
        return bullets([f"Looked at, and nothing found that would mislead: {names}."])
    return Block(
        f'<div class="sheet">{findings.table(raised)}</div>', findings.text(found.findings)
    )


def caveats(result: Any) -> Block:
    """Show what limits the report: the data, single actions, the method itself."""
    moments, lifts, facts = result.moments, result.lift.to_frame(), result.log.facts
    horizon = result.plan.horizon
    parts = {
        "The data": [
            *([facts.whole.told] if facts.whole else []),
            limits.maturity(moments.mature, moments.immature, horizon),
            limits.sequence(moments.kind, moments.starts, moments.reason),
            *facts.notes,
        ],
        "Single actions": [
            *limits.rules([a for a in result.plan.actions if result.plan.takes_part(a)]),
            *limits.not_identified(lifts),
            *limits.remarks(lifts),
        ],
        "The method": limits.standing(result.plan.log.attributes, horizon),
    }
    shown = {name: bullets(lines) for name, lines in parts.items() if lines}
    return Block(
        "\n".join(f"<h3>{name}</h3>{block.html}" for name, block in shown.items()),
        "\n".join(f"{name}\n{block.text}" for name, block in shown.items()),
    )


def provenance(result: Any, broken: Any = None) -> Block:
    """Show what the report was made from; leaves the same facts for the run's manifest.

    Parameters
    ----------
    result
        What `microlift.run` returned.
    broken
        What `microlift.diagnose` found, where it was asked: it is among what needs a look.
    """
    return provenance_of(
        result.log,
        withheld=bool(result.weights.withheld),
        reasons=[str(reason) for reason in result.weights.reasons],
        **weekly_facts.record(result, broken),
    )


def provenance_of(log: Any, **more: Any) -> Block:
    """Show what was made from a log alone: its window, fingerprints, versions.

    Parameters
    ----------
    log
        What was read; it may be closed.
    more
        Facts for the run's manifest, beside those that are shown.
    """
    facts, plan = log.facts, log.plan
    versions = {"Python": platform.python_version()} | {name: version(name) for name in _PACKAGES}
    rows = {
        "first event": f"{facts.first:%Y-%m-%d %H:%M:%S} UTC",
        "last event": f"{facts.last:%Y-%m-%d %H:%M:%S} UTC",
        "data fingerprint": facts.fingerprint,
        "plan hash": plan.hash,
        "horizon": numerals.duration(plan.horizon),
        **versions,
    }
    record = {
        "fingerprint": facts.fingerprint,
        "plan_hash": plan.hash,
        "first": facts.first.isoformat(),
        "last": facts.last.isoformat(),
        "macros": int(facts.macros),
        "labels": plan.labels,
        **more,
        "versions": versions,
    }
    html = tables.pairs(rows, "Window, fingerprints, versions")
    return Block(html, "\n".join(f"{k}: {v}" for k, v in rows.items()), record)
