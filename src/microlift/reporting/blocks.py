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
from microlift.reporting import figures, findings, limits, numerals, style, tables, words
from microlift.result import Result

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
    """A drawn figure with its alternative text, a caption and the table it was drawn from.

    `narrow` is the same drawn for a phone; the page shows the one that fits.
    """

    def __init__(self, svg: str, alt: str, caption: str, data: str, narrow: str = "") -> None:
        self.svg = svg
        self.alt = alt
        self.caption = caption
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
    return Figure(_svg(axes), alt, caption, data, _svg(narrow) if narrow is not None else "")


def _svg(axes: Axes) -> str:
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
        f'<div class="card"><dt>{tables.breakable(label)}</dt>'
        f'<dd class="figure">{escape(number)}</dd>'
        f'<dd class="remark">{tables.breakable(remark)}</dd></div>'
        for label, number, remark in known
    )
    text = "\n".join(f"{label}: {number} ({remark})" for label, number, remark in known)
    return Block(f'<dl class="cards">{html}</dl>', text)


def opening(result: Any) -> Block:
    """Show the first screen: what to do, what the data is, macros, revenue, verdicts, inflation.

    Parameters
    ----------
    result
        What `microlift.run` returned.
    """
    facts, lifts, totals = result.log.facts, result.lift.to_frame(), result.moments.totals
    book, macro = result.weights.to_dict(), numerals.listing(result.plan.macro.event)
    lead = words.headline(book, lifts, macro)
    lines = [
        words.data(facts, macro, result.moments.kind),
        words.booked(facts.macros, totals, result.plan.horizon, repeat=facts.whole is not None),
    ]
    fourth = ("Weights", "withheld", "the reasons are below")
    if book:
        times = f"{numerals.decimal(book['inflation_factor'])}×"
        what = "the macros there were: it counts each once for every action before it"
        fourth = ("The usual recipe books", times, what)
    revenue = numerals.brief(result.ledger.revenue, facts.currency)
    raising = f"{words.verdicts(lifts)['raises']} of {len(lifts)}"
    booked = numerals.plural(totals.macros, "macro")
    shown = cards(
        [
            (
                "Macros after a first" if facts.whole else "Macros in the log",
                numerals.count(facts.macros),
                f"{booked} booked",
            ),
            ("Revenue booked", revenue, f"of these {booked}"),
            ("Actions that raise", raising, words.verdict_line(lifts)),
            fourth,
        ]
    )
    told = (
        f'<p class="lead">{tables.breakable(lead)}</p>\n<p>{tables.breakable(" ".join(lines))}</p>'
    )
    html = f"{told}\n{shown.html}"
    return Block(html, "\n".join([lead, *lines, shown.text]))


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
    parts = [
        section("publish", "Weights to publish", heading),
        _weight_cards(book, numerals.listing(result.plan.macro.event)),
    ]
    changed = [guard for guard in result.weights.guards if guard.state == "changed"]
    if changed:
        parts.append(bullets(f"Guard, {guard.action}: {guard.reason}." for guard in changed))
    return Block("\n".join(part.html for part in parts), "\n".join(part.text for part in parts))


def _weight_cards(book: Mapping[str, Any], macro: str) -> Block:
    chosen = sorted((a for a in book["actions"] if a["primary"]), key=lambda a: -a["weight"])
    places, currency = numerals.cents([a["weight"] for a in chosen]), book.get("currency") or ""
    entries = []
    for a in chosen:
        weight, low, high = numerals.column([a["weight"], a["low"], a["high"]], places)
        times = a["occurrences"]
        often = {
            "click": f"the first time in each of {numerals.count(times)} clicks or visits",
            "every": f"each of {numerals.plural(times, 'occurrence')}",
        }.get(a.get("count", "user"), f"the first time of {numerals.plural(times, 'user')}")
        remark = f"95 % interval {low} to {high}; booked at {often}"
        entries.append((a["name"], f"{weight} {currency}".strip(), remark))
    if book["macro_weight"]:
        worth = numerals.money(book["macro_weight"], currency)
        entries.append((macro, worth, "the macro itself: send this in place of the order value"))
    body = cards(entries)
    return Block(body.html.replace('class="cards"', 'class="cards weights"', 1), body.text)


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
    html = tables.pairs(rows, "Window, fingerprints, versions")
    return Block(html, "\n".join(f"{k}: {v}" for k, v in rows.items()), record)
