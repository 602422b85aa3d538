"""The page that lists the runs: the latest of each kind of report, its figures and their trend."""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from microlift.folder import write_atomic
from microlift.reporting import numerals, publish
from microlift.reporting.plainly import bounded, number, took, when
from microlift.reporting.sparklines import Series, series, sparkline

_LISTED = 12  # runs of a kind; more are in its folder
_CARDS = 8
_STYLES = Path(__file__).parent / "template" / "microlift"
Manifest = Mapping[str, Any]


def write(out: Path) -> None:
    """Write out/index.html."""
    write_atomic(out / "index.html", page(out))


def page(out: Path) -> str:
    """Write the page of the reports under a folder, from their manifests."""
    kinds: dict[str, list[Manifest]] = {}
    for one in publish.manifests(out):
        kinds.setdefault(one["kind"], []).append(one)
    named = sorted(kinds.items(), key=lambda item: (item[0] != "weekly", item[0]))
    sections = [_section(out, i, kind, runs) for i, (kind, runs) in enumerate(named, start=1)]
    links = "".join(
        f'<li><a href="#kind-{i}">{_text(kind, 40)}</a></li>'
        for i, (kind, _) in enumerate(named, start=1)
    )
    style = "\n".join((_STYLES / name).read_text("utf-8") for name in ("page.css", "index.css"))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; '
        "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>Reports</title>\n<style>\n{style}\n</style>\n"
        '</head>\n<body>\n<a class="skip" href="#content">Skip to the content</a>\n'
        f'<div class="page">\n<nav aria-label="Contents"><ol>{links}</ol></nav>\n'
        f'<main id="content">\n<h1>Reports</h1>\n<p class="lead">{_lead(named)}</p>\n'
        f"{''.join(sections)}</main>\n</div>\n</body>\n</html>\n"
    )


def _lead(named: Sequence[tuple[str, Sequence[Manifest]]]) -> str:
    if not named:
        return "No run has been kept yet."
    bad = [kind for kind, runs in named if not publish.is_good(runs[0])]
    newest = max((runs[0] for _, runs in named), key=lambda one: str(one.get("started") or ""))
    told = f"The last run began on {when(newest)}."
    if bad:
        names = _text(numerals.listing(bad), 200)
        these = "the last one of" if len(bad) == 1 else "the last ones of"
        return f"{told} But {these} {names} did not end well: what is shown there is older."
    return f"{told} The last one of every report is good."


def _section(out: Path, place: int, kind: str, runs: Sequence[Manifest]) -> str:
    good = [one for one in runs if publish.is_good(one)]
    title = good[0].get("title") if good else ""
    parts = [
        f'<section>\n<h2 id="kind-{place}"><span class="topic">{_text(kind, 60)}</span> '
        f"{_text(title, 160) or 'No good run yet'}</h2>\n"
    ]
    if not publish.is_good(runs[0]):
        parts.append(_banner(runs[0]))
    if good:
        parts.append(_latest(out, kind, good[0]))
        parts.append(_figures(kind, series(good)))
    parts.append(_runs(out, kind, runs))
    return "".join([*parts, "</section>\n"])


def _banner(last: Manifest) -> str:
    return (
        f'<div class="banner"><p><strong>The run of {when(last)} is not good</strong> '
        f"({_text(last.get('status'), 60)}). {_text(last.get('message'))}</p></div>\n"
    )


def _latest(out: Path, kind: str, last: Manifest) -> str:
    read = f"{_state(last)} {when(last)}"
    if (out / kind / publish.LATEST).exists():
        link = f"./{quote(kind)}/{publish.LATEST}"
        read = f'<a class="open" href="{link}">Open the report</a> {read}'
    return f'<p class="latest">{read}</p>\n'


def _state(run: Manifest) -> str:
    look = "good" if run.get("exit_code") == 0 else "held" if publish.is_good(run) else "bad"
    return f'<span class="state {look}">{_text(run.get("status"), 60)}</span>'


def _figures(kind: str, found: Sequence[Series]) -> str:
    """Show the figures as cards with their lines, and the table that these are drawn from."""
    if not found:
        return ""
    cards = "".join(
        f'<div class="card"><dt>{_text(one.label, 80)}</dt><dd class="figure">{number(one.last)}'
        f'</dd><dd class="remark">{_since(one)}</dd><dd class="line">{sparkline(one)}</dd></div>'
        for one in found[:_CARDS]
    )
    return f'<dl class="cards">{cards}</dl>\n{_table_of(kind, found)}'


def _since(one: Series) -> str:
    return f"{escape(one.moved)} since the run before" if one.moved else "first run with this"


def _table_of(kind: str, found: Sequence[Series]) -> str:
    days = max((one.days for one in found), key=len)
    rows = "".join(
        f'<tr><th scope="row">{escape(day)}</th>'
        + "".join(_cell(one, day) for one in found)
        + "</tr>\n"
        for day in reversed(days)
    )
    heads = "".join(f'<th scope="col" class="n">{_text(one.label, 80)}</th>' for one in found)
    caption = f"Figures of each good run of {bounded(kind, 60)}"
    table = _table(caption, f'<th scope="col">run</th>{heads}', rows)
    told = numerals.plural(len(days), "run")
    return f"<details><summary>Figures of {told}</summary>{table}</details>\n"


def _cell(one: Series, day: str) -> str:
    known = dict(zip(one.days, one.values, strict=True))
    told = number(known[day]) if day in known else "–"
    return f'<td class="n" data-label="{_text(one.label, 80)}">{told}</td>'


def _runs(out: Path, kind: str, runs: Sequence[Manifest]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{when(one)}</th><td data-label="state">{_state(one)}</td>'
        f'<td class="n" data-label="took">{took(one)}</td>'
        f'<td data-label="kept">{_kept(out, kind, one)}</td>'
        f"<td>{_text(one.get('message') if one.get('exit_code') != 0 else '')}</td></tr>\n"
        for one in runs[:_LISTED]
    )
    names = ("run", "state", "took", "kept", "why")
    heads = "".join(
        f'<th scope="col"{" class=n" if name == "took" else ""}>{name}</th>' for name in names
    )
    older = len(runs) - _LISTED
    more = f"<p>{older:,} older runs lie in {_text(kind, 60)}/runs.</p>" if older > 0 else ""
    table = _table(f"Runs of {bounded(kind, 60)}, newest first", heads, rows)
    return f"{table}{more}\n"


def _kept(out: Path, kind: str, run: Manifest) -> str:
    found = []
    for suffix, name in ((".html", "page"), (".ipynb", "notebook")):
        path = Path(kind, "runs", run["run"], f"{kind}{suffix}")
        if (out / path).exists():
            found.append(f'<a href="./{quote(str(path))}">{name}</a>')
    return f"<span>{' '.join(found)}</span>" if found else ""


def _table(caption: str, heads: str, rows: str) -> str:
    title = escape(caption)
    return (
        f'<div class="scroll" role="region" aria-label="{title}" tabindex="0"><table>'
        f"<caption>{title}</caption><thead><tr>{heads}</tr></thead>\n<tbody>{rows}</tbody>"
        "</table></div>\n"
    )


def _text(said: object, most: int = 300) -> str:
    return escape(bounded(said, most))
