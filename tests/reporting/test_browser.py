"""Pages as a browser has them: no request, no complaint, fit for all readers, printable.

They are those of one shop in which every name is a hostile one, after a first version of weights:
each kind of report, with its parameters at other values than the defaults, and what is beside them.
"""

import json
import os
import re
import unicodedata
from pathlib import Path

import pytest

from microlift.bidding import client_note
from microlift.history import held, write
from microlift.history.diff import compare
from microlift.ledger import Ledger
from microlift.reporting import gate, runner, summary
from microlift.run import run

from .. import hostile
from . import axe, chromium

pytestmark = [pytest.mark.slow, pytest.mark.browser]

KINDS = ("weekly", "journeys", "evidence", "bidding", "quality")
PAGES = (*KINDS, "index", "note", "diff")
GIVEN = {"by": "channel", "spend": 5_000.0, "within": "7d", "top": 3, "days": 20}
SITE = Path(__file__).parents[2] / "build" / "docs"
OF_THE_SITE = ("index", "tutorial", "howto/index", "explanation/ledger", "reference/index")
LIVE = re.compile(r"<\s*(?:script|img|iframe|b>sale)\b", re.IGNORECASE)
FAULTY = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>a</title>
</head><body><main><h1>a</h1><button></button><img src="http://127.0.0.1:9/none.png"></main>
<script>console.error("it failed")</script></body></html>"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    if chromium.executable() is None:
        pytest.skip(chromium.MISSING)
    log = tmp_path_factory.mktemp("net") / "log.json"
    with chromium.Chromium(log) as opened:
        yield opened


@pytest.fixture(scope="module")
def script():
    try:
        return axe.source()
    except axe.AxeError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """Run every kind of report once on the hostile shop, and compare its weights with others."""
    folder = tmp_path_factory.mktemp("pages")
    own = {"guards": {"hold": "off"}, "weights": {"max_step": 0.01}}
    plan, events, out = folder / "plan.yaml", folder / "events.parquet", folder / "out"
    plan.write_text(hostile.plan_text(own), "utf-8")
    hostile.rows().to_parquet(events)
    first = run(plan, events, checks=False)
    name = first.plan.actions[-1].name
    known = folder / "experiments.csv"
    known.write_text(f'action,effect,low,high\n"{name}",1.2,0.9,1.6\n', "utf-8")
    before = first.weights.content.model_copy(
        update={"actions": tuple(_halved(action) for action in first.weights.content.actions)}
    )
    with held(out):
        write({"weights.json": before.to_json()}, out)
    given = GIVEN | {"split": "2025-02-05", "experiments": str(known)}
    outcomes = runner.run_each(KINDS, plan, events, out, quiet=True, parameters=given)
    assert [one.exit_code for one in outcomes] == [0] * len(KINDS), outcomes
    found = compare(before.to_dict(), json.loads((out / "weights.json").read_text("utf-8")))
    (folder / "diff.html").write_text(found.to_page(), "utf-8")
    note = client_note(first.weights, Ledger.from_model(first.model), spend=5_000.0)
    (folder / "note.html").write_text(note.to_page(), "utf-8")
    return folder, outcomes


@pytest.fixture(scope="module")
def pages(shop):
    folder, outcomes = shop
    known = {one.kind: one.html for one in outcomes} | {"index": folder / "out" / "index.html"}
    return known | {name: folder / f"{name}.html" for name in ("note", "diff")}


def _halved(action):
    return action.model_copy(
        update={name: getattr(action, name) / 2 for name in ("weight", "low", "high")}
    )


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_grave_fault_of_accessibility_by_day_and_by_night(
    browser, pages, script, name
):
    assert axe.grave(axe.violations(browser, pages[name], script)) == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_says_nothing_on_the_console_has_one_title_and_is_printed(browser, pages, name):
    browser.look(1280)
    browser.open(pages[name])
    assert browser.said == []
    assert browser.evaluate("document.querySelectorAll('h1').length") == 1
    printed = browser.pdf()
    assert printed.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) > 0


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_a_phone_without_scrolling_sideways(browser, pages, name):
    browser.look(390)
    browser.open(pages[name])
    wide = "document.documentElement.scrollWidth"
    assert browser.evaluate(wide) <= 390


@pytest.mark.parametrize("name", KINDS)
def test_text_in_the_charts_of_a_phone_has_14_pixels(browser, pages, name):
    browser.look(390)
    browser.open(pages[name])
    sizes = browser.evaluate(
        """[...document.querySelectorAll('figure svg')].filter(svg => svg.checkVisibility())
        .flatMap(svg => [...svg.querySelectorAll('text')].map(text =>
            parseFloat(getComputedStyle(text).fontSize) *
            Math.hypot(text.getScreenCTM().a, text.getScreenCTM().b)))"""
    )
    assert len(sizes) > 10
    assert min(sizes) > 13.9


@pytest.mark.parametrize("name", PAGES)
def test_hostile_names_are_text_on_every_page(browser, pages, name):
    page = pages[name].read_text("utf-8")
    assert LIVE.search(page) is None
    assert hostile.LONG[:500] not in page
    odd = {c for c in set(page) - set("\n\t") if unicodedata.category(c) in ("Cc", "Cs")}
    assert odd | (set(page) & {"\u202e", "\u2066"}) == set()
    assert "49 {0}" not in page
    assert len(page.encode()) < gate.MAX_BYTES
    # The list of runs leads to them; any other page stands alone.
    beside = "link to './" if name == "index" else "no fault"
    assert [fault for fault in gate.check(page) if not fault.startswith(beside)] == []
    browser.look(1280)
    browser.open(pages[name])
    assert browser.evaluate("document.querySelectorAll('script, img, main b').length") == 0
    text = browser.evaluate("document.body.textContent")
    said = {
        "quality": [hostile.SCRIPT, "<b>sale</b>"], "index": ["$price_5$"],
        "note": ["$price_5$", "<b>sale</b>"],
        "bidding": ["<img src=x", "$price_5$", "<b>sale</b>"],
    }.get(name, ["<img src=x", "$price_5$", "_x", "\\u202eשלום"])  # fmt: skip
    assert [label for label in said if label not in text] == []


@pytest.mark.parametrize(
    ("kind", "figure", "anchors"),
    [
        ("journeys", "visitors who convert, %", ["rates", "funnel", "broken", "backlog"]),
        ("evidence", "checks failed", ["checks", "check-balance", "backtest", "experiments"]),
        ("bidding", "macros in 30 days", ["readiness", "doubles", "note", "history", "moved"]),
        ("quality", "macros", ["verdicts", "rows", "macros", "events"]),
        ("weekly", "Macros", ["publish", "changes", "attention", "evidence", "broken"]),
    ],
)
def test_a_kind_of_report_has_its_sections_and_leaves_its_figures(shop, kind, figure, anchors):
    folder, outcomes = shop
    (outcome,) = (one for one in outcomes if one.kind == kind)
    page = outcome.html.read_text("utf-8")
    assert gate.check(page, [str(folder)]) == []
    assert [name for name in anchors if f'id="{name}"' not in page] == []
    assert re.findall(r"\bu\d{5,}\b", page) == []  # ids of users
    assert len(page) < 2_000_000
    assert outcome.manifest["headline"][figure] >= 0
    assert len(outcome.manifest["fingerprint"]) == 16
    assert set(outcome.manifest["overridden"]) == {
        "journeys": {"by", "within", "top"}, "evidence": {"split", "experiments"},
        "bidding": {"by", "spend"}, "quality": {"days"}, "weekly": set(),
    }[kind]  # fmt: skip
    told = summary.full(outcome)
    assert all(line.isprintable() and len(line) < 1_000 for line in told[:-1])
    if kind == "journeys":
        assert "The plan has no funnel" in page


@pytest.mark.parametrize("name", OF_THE_SITE)
def test_a_page_of_the_site_is_fit_for_all_readers(browser, script, name):
    if not (SITE / "index.html").exists():
        pytest.skip("the site is not built: make docs")
    page = SITE / f"{name}.html"
    browser.look(1280)
    browser.open(page)
    assert browser.said == []  # before the audit, which asks for style sheets in vain
    assert browser.evaluate("document.querySelectorAll('h1').length") == 1
    assert axe.grave(axe.violations(browser, page, script)) == []


def test_the_first_screen_says_what_moved_and_what_needs_attention(browser, pages):
    browser.look(1280)
    browser.open(pages["weekly"])
    heads = browser.evaluate("[...document.querySelectorAll('h2')].map(h => h.textContent)")
    assert "moved since" in heads[1]
    assert "to look at" in heads[2]
    links = "[...document.querySelectorAll('#attention ~ ul a')].map(a => a.getAttribute('href'))"
    assert set(browser.evaluate(links)) <= {f"#{anchor}" for anchor in _anchors(pages["weekly"])}
    assert "#weights" in browser.evaluate(links)  # the step limit cut


def _anchors(page):
    return re.findall(r'<h2 id="([^"]+)"', page.read_text("utf-8"))


def test_no_page_asks_for_anything(pages, tmp_path):
    if chromium.executable() is None:
        pytest.skip(chromium.MISSING)
    log = tmp_path / "net.json"
    with chromium.Chromium(log) as browser:
        for page in pages.values():
            browser.open(page)
    assert chromium.asked_for(log) == []


def test_a_request_a_complaint_and_a_grave_fault_are_seen(script, tmp_path):
    if chromium.executable() is None:
        pytest.skip(chromium.MISSING)
    page, log = tmp_path / "faulty.html", tmp_path / "net.json"
    page.write_text(FAULTY, "utf-8")
    with chromium.Chromium(log) as browser:
        browser.open(page)
        assert any("it failed" in said for said in browser.said)
        found = axe.grave(axe.violations(browser, page, script))
    assert any("button-name" in one for one in found)
    assert any("image-alt" in one for one in found)
    assert chromium.asked_for(log) == ["http://127.0.0.1:9/none.png"]


def test_an_axe_core_of_another_content_is_not_run(tmp_path, monkeypatch):
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\necho another > axe-core-x.tgz\n", "utf-8")
    npm.chmod(0o755)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(axe.AxeError, match="not what was reviewed"):
        axe.source()
    assert not list(tmp_path.rglob("*.tgz"))


def test_where_axe_core_cannot_be_had_the_reason_is_said(tmp_path, monkeypatch):
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\necho no such registry >&2\nexit 1\n", "utf-8")
    npm.chmod(0o755)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(axe.AxeError, match="no such registry"):
        axe.source()
