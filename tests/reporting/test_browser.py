"""Pages as a browser has them: no request, no complaint, fit for all readers, printable.

The weekly page is that of a shop whose plan has hostile labels, after a first version of weights.
"""

import json
import os
import re

import pytest
import yaml

from microlift.bidding import client_note
from microlift.history import held, write
from microlift.history.diff import compare
from microlift.ledger import Ledger
from microlift.reporting import gate, runner
from microlift.run import run
from microlift.simulate import plan_for, simulate

from . import axe, chromium

pytestmark = [pytest.mark.slow, pytest.mark.browser]

LABELS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "$price_5$",
    "_x",
    "שלום \u202eabc",
]
LABELS += ["cart 🎉", "W" * 100]
PAGES = ("weekly", "index", "note", "diff")
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
def pages(tmp_path_factory):
    """Make each kind of page once, from one small shop."""
    folder = tmp_path_factory.mktemp("pages")
    plan = plan_for("plain").to_dict()
    for action, label in zip(plan["actions"], LABELS, strict=False):
        action["label"] = label
    plan["macro"]["label"] = "<b>sale</b>"
    plan["guards"]["hold"] = "off"
    plan["weights"]["max_step"] = 0.01
    (folder / "plan.yaml").write_text(yaml.safe_dump(plan, allow_unicode=True), "utf-8")
    frame = simulate("plain", 6_000, 3)
    frame.to_parquet(folder / "events.parquet")
    out = folder / "out"
    first = run(folder / "plan.yaml", folder / "events.parquet", checks=False)
    before = first.weights.content.model_copy(
        update={"actions": tuple(_halved(action) for action in first.weights.content.actions)}
    )
    with held(out):
        write({"weights.json": before.to_json()}, out)
    outcome = runner.run_report(folder / "plan.yaml", folder / "events.parquet", out, quiet=True)
    assert outcome.exit_code == 0, outcome.message
    found = compare(before.to_dict(), json.loads((out / "weights.json").read_text("utf-8")))
    (folder / "diff.html").write_text(found.to_page(), "utf-8")
    note = client_note(first.weights, Ledger.from_model(first.model), spend=5_000.0)
    (folder / "note.html").write_text(note.to_page(), "utf-8")
    known = {"weekly": outcome.html, "index": out / "index.html"}
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


def test_text_in_the_charts_of_a_phone_has_14_pixels(browser, pages):
    browser.look(390)
    browser.open(pages["weekly"])
    sizes = browser.evaluate(
        """[...document.querySelectorAll('figure svg')].filter(svg => svg.checkVisibility())
        .flatMap(svg => [...svg.querySelectorAll('text')].map(text =>
            parseFloat(getComputedStyle(text).fontSize) *
            Math.hypot(text.getScreenCTM().a, text.getScreenCTM().b)))"""
    )
    assert len(sizes) > 50
    assert min(sizes) > 13.9


def test_hostile_labels_come_out_as_text_on_the_weekly_page(browser, pages):
    page = pages["weekly"].read_text("utf-8")
    assert gate.check(page) == []
    assert len(page.encode()) < gate.MAX_BYTES
    browser.look(1280)
    browser.open(pages["weekly"])
    text = browser.evaluate("document.body.textContent")
    for label in ("<script>alert(1)</script>", "<img src=x", "$price_5$"):
        assert label in text, label
    assert "\u202e" not in page
    assert browser.evaluate("document.querySelectorAll('script, img, main b').length") == 0


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
