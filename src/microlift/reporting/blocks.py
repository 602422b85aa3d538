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

from microlift.reporting import figures, numerals, style, tables, words

FACTS_MIME = "application/vnd.microlift.facts+json"
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
        self.text = text
        self.facts = facts

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        bundle: dict[str, Any] = {"text/html": self.html, "text/plain": self.text}
        return bundle | ({FACTS_MIME: dict(self.facts)} if self.facts is not None else {})


class Figure:
    """A drawn figure with its alternative text, a caption and the table it was drawn from."""

    def __init__(self, svg: str, alt: str, caption: str, data: str) -> None:
        self.svg = svg
        self.alt = alt
        self.caption = caption
        self.data = data

    def __repr__(self) -> str:
        return self.alt

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, str], dict[str, Any]]:
        told = {"alt": self.alt, "caption": self.caption, "data_html": self.data}
        metadata = {"image/svg+xml": told, "needs_background": "light"}
        return {"image/svg+xml": self.svg, "text/plain": self.alt}, metadata


def figure(axes: Axes, alt: str, caption: str = "", data: str = "") -> Figure:
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
    drawn = axes.get_figure(root=True)
    assert drawn is not None  # axes of `figures` always stand in one
    target = StringIO()
    with style.drawing():
        drawn.savefig(target, format="svg", metadata={"Date": None})
    plt.close(drawn)
    return Figure(target.getvalue(), alt, caption, data)


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
        f'<div class="card"><dt>{tables.breakable(label)}</dt>'
        f'<dd class="figure">{escape(number)}</dd>'
        f'<dd class="remark">{tables.breakable(remark)}</dd></div>'
        for label, number, remark in known
    )
    text = "\n".join(f"{label}: {number} ({remark})" for label, number, remark in known)
    return Block(f'<dl class="cards">{html}</dl>', text)


def opening(result: Any) -> Block:
    """Show the first screen's facts: what the data is, macros, revenue, verdicts, inflation.

    Parameters
    ----------
    result
        What `microlift.run` returned.
    """
    facts, lifts, booked = result.log.facts, result.lift.to_frame(), result.ledger
    lead = words.data(facts, numerals.listing(result.plan.macro.event))
    book = result.weights.to_dict()
    fourth = ("Weights", "withheld", "the reasons are below")
    if book:
        times = f"{numerals.decimal(book['inflation_factor'])}×"
        fourth = ("The usual recipe books", times, "as many macros as there were")
    raising = f"{words.verdicts(lifts)['raises']} of {len(lifts)}"
    revenue = numerals.money(booked.revenue, facts.currency)
    shown = cards(
        [
            ("Macros", numerals.count(facts.macros), f"{numerals.count(booked.macros)} booked"),
            ("Revenue", revenue, "of the macros booked"),
            ("Actions that raise", raising, words.verdict_line(lifts)),
            fourth,
        ]
    )
    html = f'<p class="lead">{escape(lead)}</p>\n{shown.html}'
    return Block(html, f"{lead}\n{shown.text}")


def publish(result: Any) -> Block:
    """Show the weights to publish, large; or the banner that they are withheld, and why."""
    book, withheld = result.weights.to_dict(), result.weights.withheld
    heading = words.weights_heading(book, withheld)
    if withheld:
        reasons = "".join(
            f"<li>{tables.breakable(reason)}</li>" for reason in result.weights.reasons
        )
        html = (
            f'<div class="banner"><h2 id="publish"><span class="topic">Weights withheld</span> '
            f"{escape(heading)}</h2><ul>{reasons}</ul></div>"
        )
        return Block(html, "\n".join([heading, *result.weights.reasons]))
    chosen = sorted((a for a in book["actions"] if a["primary"]), key=lambda a: -a["weight"])
    entries = [
        (
            a["name"],
            numerals.money(a["weight"], book.get("currency")),
            f"95 %: {numerals.decimal(a['low'])} to {numerals.decimal(a['high'])}; "
            f"{numerals.plural(a['occurrences'], 'occurrence')}",
        )
        for a in chosen
    ]
    if book["macro_weight"]:
        macro = numerals.listing(result.plan.macro.event)
        worth = numerals.money(book["macro_weight"], book.get("currency"))
        entries.append((macro, worth, "the macro itself: send this in place of the order value"))
    body = cards(entries)
    html = body.html.replace('class="cards"', 'class="cards weights"', 1)
    head = section("publish", "Weights to publish", heading)
    return Block(f"{head.html}\n{html}", f"{head.text}\n{body.text}")


def weights(result: Any) -> Figure | Block:
    """Show the bars of the weights over their table; the table alone where they are withheld."""
    chosen, currency = result.weights, result.log.facts.currency
    table = tables.weights_table(chosen.to_frame(), chosen.reasons, currency)
    if chosen.withheld:
        return Block(table, repr(chosen))
    book = chosen.to_dict()
    return figure(figures.weights_bars(book), alt=words.weights_alt(book), data=table)


def caveats(result: Any) -> Block:
    """Show what limits the report: maturity, kind of moments, notes, the method's own limits."""
    moments, lifts, facts = result.moments, result.lift.to_frame(), result.log.facts
    horizon = result.plan.horizon
    lines = [
        words.maturity(moments.mature, moments.immature, horizon),
        words.sequence(moments.kind, moments.starts, moments.reason),
        *words.not_identified(lifts),
        *words.remarks(lifts),
        *words.quality(facts),
        *facts.notes,
        *words.standing(result.plan.log.attributes, horizon),
    ]
    return bullets(lines)


def provenance(result: Any) -> Block:
    """Show what the report was made from; leaves the same facts for the run's manifest."""
    facts = result.log.facts
    versions = {"Python": platform.python_version()} | {name: version(name) for name in _PACKAGES}
    rows = {
        "first event": f"{facts.first:%Y-%m-%d %H:%M:%S} UTC",
        "last event": f"{facts.last:%Y-%m-%d %H:%M:%S} UTC",
        "data fingerprint": facts.fingerprint,
        "plan hash": result.plan.hash,
        "horizon": numerals.duration(result.plan.horizon),
        **versions,
    }
    record = {
        "fingerprint": facts.fingerprint,
        "plan_hash": result.plan.hash,
        "first": facts.first.isoformat(),
        "last": facts.last.isoformat(),
        "macros": int(facts.macros),
        "withheld": bool(result.weights.withheld),
        "reasons": [str(reason) for reason in result.weights.reasons],
        "versions": versions,
    }
    html = tables.pairs(rows, "What this report was made from")
    return Block(html, "\n".join(f"{k}: {v}" for k, v in rows.items()), record)
