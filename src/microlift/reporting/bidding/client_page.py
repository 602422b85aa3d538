"""A client's note as a page: one HTML file in the house style, without script or request."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from microlift.reporting import blocks, labels, numerals
from microlift.reporting.bidding import client_rows
from microlift.reporting.html import TURNING
from microlift.reporting.svg import inline
from microlift.reporting.tables import breakable, html_table

if TYPE_CHECKING:
    from microlift.bidding import ClientNote

_STYLE = Path(__file__).parents[1] / "template" / "microlift" / "page.css"
# A page of one column, short enough to need no list of contents.
_OWN = """
@media (min-width: 75rem) { .page { display: block; max-width: 62rem; } }
.sheet .scroll { margin: 0; }
.sheet table { width: 100%; }
h2 { margin-top: 3rem; }
.fine { color: var(--muted); font-size: .92rem; }
"""


def page(note: "ClientNote") -> str:
    """Write the note as a whole HTML document.

    Parameters
    ----------
    note
        Names in it are escaped here.

    Returns
    -------
    str
        To be judged by `gate.check` where it is published.
    """
    with labels.calling(note.labels):
        return _page(note)


def _page(note: "ClientNote") -> str:
    sheet, lines = note.sheet, note.sheet.paragraphs(note.frame)
    body = [
        f"<h1>{breakable(sheet.title)}</h1>",
        f'<p class="lead">{breakable(note.finding)}</p>',
        f'<p class="fine">Data from {sheet.first.day} {sheet.first:%B %Y} to '
        f"{sheet.last.day} {sheet.last:%B %Y}.</p>",
        _cards(note),
        *(f"<p>{breakable(line)}</p>" for line in lines),
        '<h2 id="figures"><span class="topic">The figures</span> Before and after</h2>',
        _figure(note),
        f'<div class="sheet">{figures_table(note)}</div>',
        *_booked(note),
        '<h2 id="reading"><span class="topic">From now on</span> How to read the reports</h2>',
        blocks.bullets(sheet.promises).html,
        '<h2 id="counted"><span class="topic">How it was counted</span> What stands behind it</h2>',
        f'<div class="fine">{blocks.bullets(note.notes).html}</div>',
    ]
    text = "\n".join(body)
    css = _STYLE.read_text("utf-8") + _OWN
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{breakable(sheet.title)}</title>\n<style>\n{css}</style>\n</head>\n"
        f'<body>\n<div class="page"><main id="content">\n{text}\n</main></div>\n</body>\n</html>\n'
    ).translate(TURNING)


def figures_table(note: "ClientNote") -> str:
    """Write the views side by side as a table, a measure a row."""
    rows = client_rows.measures(note)
    table = {"measure": list(rows)}
    for number, view in enumerate(client_rows.heads(note)):
        table[view] = [cells[number] for cells in rows.values()]
    shown = pd.DataFrame(table)
    caption = "What is real, and what the platform shows before and after"
    return html_table(shown, caption, list(shown.columns)[1:])


def _cards(note: "ClientNote") -> str:
    views = {row["view"]: row for row in note.frame.to_dict("records")}
    real, after = views["real"], views["after"]
    entries = [
        (
            f"Real: {note.sheet.macro}",
            numerals.percent(real["rate"]),
            f"{numerals.count(real['conversions'])} of {numerals.count(real['of'])} "
            f"{note.sheet.denominator}",
        ),
        (
            "Shown from now on",
            numerals.percent(after["rate"]),
            f"{numerals.count(after['conversions'])} conversions, "
            + ("small steps among them" if note.sheet.booked else "as before"),
        ),
    ]
    if note.currency:
        same = abs(after["value"] - real["value"]) < 0.005 * max(real["value"], 1.0)
        remark = "the same before and after" if same else "from now on"
        entries.append(
            ("Conversion value", numerals.brief(float(after["value"]), note.currency), remark)
        )
    if note.frame["spend"].notna().all():
        entries.append(
            (
                "Return on ad spend",
                f"{100 * after['return_on_spend']:,.0f} %",
                f"at {numerals.brief(float(after['spend']), note.currency)} spent",
            )
        )
    return blocks.cards(entries).html


def _figure(note: "ClientNote") -> str:
    wide, narrow = (
        inline(blocks.svg_of(note.plot(narrow=small)), note.finding, name)
        for small, name in ((False, "f1"), (True, "f1n"))
    )
    return (
        '<figure class="both"><div class="scroll-figure" role="region" tabindex="0" '
        f'aria-label="Conversion rates">{wide}</div><div class="narrow-figure">{narrow}</div>'
        "<figcaption>The same visitors, counted in three ways.</figcaption></figure>"
    )


def _booked(note: "ClientNote") -> list[str]:
    sheet = note.sheet
    if not sheet.booked:
        return []
    heads = ["step", f"booked for each, {note.currency or 'macros'}", "times"]
    shown = pd.DataFrame(client_rows.booked(note), columns=heads)
    table = html_table(shown, "What the platform is told to book", heads[1:])
    worth = numerals.money(sheet.order_value, note.currency)
    kept = (
        f" The goal itself is booked below its order value of {worth}, since the steps before it "
        "have booked their part."
        if sheet.macro_weight
        else ""
    )
    return [
        '<h2 id="booked"><span class="topic">Values</span> What each step is booked at</h2>',
        f"<p>Measured, not guessed: what each step adds to the chance of {breakable(sheet.macro)}."
        f"{breakable(kept)}</p>",
        f'<div class="sheet">{table}</div>',
    ]
