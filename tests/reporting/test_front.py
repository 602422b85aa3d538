"""The first screen: what to do, what to publish, what moved and why, what needs a look."""

import re
from types import SimpleNamespace

import pandas as pd
import pytest

from microlift.errors import InputError
from microlift.events.facts import Whole
from microlift.evidence.check import Check
from microlift.history import write
from microlift.quality import Finding, Quality
from microlift.reporting import blocks, front, weekly_facts
from microlift.run import run
from microlift.simulate import plan_for, simulate
from microlift.weights import Guard

HEALTHY = SimpleNamespace(frame=pd.DataFrame(), finding="Nothing stands out.")


@pytest.fixture
def weekly(result, weights_file):
    """Put weights of this run and of the last one into a result."""

    def make(now, before=None, **weights):
        parts = {"to_dict": now.to_dict, "withheld": False, "reasons": (), "guards": ()}
        result.weights = SimpleNamespace(**(parts | weights))
        result.previous = before
        return result

    return make


def test_the_first_screen_opens_with_what_to_do_and_the_figures_say_what_is_booked(result):
    html = front.opening(result).html
    assert html == '<p class="lead">Bid on a and b, at the values below.</p>'
    html = front.figures(result).html
    assert "Of these 10, 6 are booked" in html
    assert html.index("are booked") < html.index("Macros in the log")


def test_a_report_about_the_next_macro_says_so_on_its_first_screen_and_among_the_caveats(result):
    whole = Whole(40, 200, 31, 0, 20, 9, 0, 0, 1)
    result.log.facts.whole = whole
    html = front.figures(result).html
    assert whole.told in html
    assert "Of these 10 after a first one, 6 are booked: the second of each user" in html
    assert "Macros after a first" in html
    assert f"<li>{whole.told}</li>" in blocks.caveats(result).html


def test_large_money_is_short_on_a_card(result):
    assert '<dd class="figure">30.9M EUR</dd>' in front.figures(result).html


def test_weights_on_cards_share_their_decimals_and_say_what_is_counted(result):
    html = front.publish(result).html
    assert '<dd class="figure">4,104 EUR</dd>' in html
    assert '<dd class="figure">9 EUR</dd>' in html
    assert "interval 3,945 to 4,263; booked at the first time of 7 users" in html
    assert "since the last run" not in html


def test_a_first_run_says_that_there_is_nothing_to_compare_with(weekly, weights_file):
    shown = front.changes(weekly(weights_file()))
    assert "Since the last run: There is nothing to compare with yet" in shown.text
    assert "first run" in shown.text


def test_weights_that_could_not_be_read_are_no_first_run(weekly, weights_file):
    result = weekly(weights_file())
    result.unread = "weights.json is damaged, and no version of the history can be read"
    shown = front.changes(result).text
    assert "Weights.json is damaged" in shown
    assert "first run" not in shown


def test_each_weight_that_moved_is_told_with_its_main_cause(weekly, weights_file):
    before = weights_file()
    now = weights_file(
        {"name": "view_item", "occurrences": 9_000},
        {"name": "add_to_cart", "weight": 4.8},
        {"name": "begin_checkout", "weight": 4.5, "occurrences": 400},
    )
    shown = front.changes(weekly(now, before)).text
    assert "1 of 2 weights moved since 1 August 2026" in shown
    assert "add_to_cart 3.20 to 4.80 EUR (+50.0 %), by what its doers bring" in shown
    assert "begin_checkout" not in shown
    cards = front.publish(weekly(now, before)).text
    assert "+50.0 % since the last run; 95 % interval" in cards
    assert "Unchanged since the last run; 95 % interval" in cards


def test_the_same_weights_are_told_to_be_the_same(weekly, weights_file):
    shown = front.changes(weekly(weights_file(), weights_file())).text
    assert "No weight moved since 1 August 2026" in shown


def test_weights_in_another_currency_are_not_compared(weekly, weights_file):
    result = weekly(weights_file(), weights_file(currency="USD"))
    assert "moved since 1" not in front.changes(result).text.replace("No weight moved", "")
    assert "since the last run" not in front.publish(result).text


def test_withheld_weights_leave_those_of_the_last_run_in_force(weekly, weights_file):
    gone = {"to_dict": dict, "withheld": True, "reasons": ("too little",)}
    result = weekly(weights_file(), weights_file(), **gone)
    shown = front.changes(result).text
    assert "What was published on 1 August 2026 stays in force" in shown
    assert "begin_checkout 4.50 EUR" in shown
    told = front.attention(result, HEALTHY).text
    assert "Weights withheld: Too little. Leave what is published" in told
    assert weekly_facts.record(result, HEALTHY)["attention"] == [told.split("- ")[1]]


def test_where_nothing_needs_attention_the_page_says_so(weekly, weights_file):
    shown = front.attention(weekly(weights_file()), HEALTHY)
    assert "Nothing this time" in shown.text
    assert "<a " not in shown.html


def test_whatever_needs_attention_is_one_sentence_that_links_to_its_section(weekly, weights_file):
    guard = Guard(
        rule="max_step", state="changed", action="<b>", threshold="20%", got="+50%", reason="cut"
    )
    passed = guard.model_copy(update={"state": "passed", "reason": "fine"})
    result = weekly(weights_file(), guards=(guard, passed))
    result.quality = Quality((Finding("bots", "look", 3, 0.2, "<i>", "They never buy.", "Go."),))
    frame = pd.DataFrame({"action": ["view", "cart"], "verdict": [False, True]})
    result.evidence = SimpleNamespace(checks=(Overlap(frame, "", "overlap", False),))
    far = pd.DataFrame({"z": [4.0], "kind": ["overall"]})
    result.model = SimpleNamespace(calibration=lambda: far)
    broken = SimpleNamespace(frame=pd.DataFrame({"step": ["cart"]}), finding="Since May fewer.")
    shown = front.attention(result, broken)
    assert "5 things to look at" in shown.text
    links = re.findall(r'<li><a href="#(\w+)">', shown.html)
    assert links == ["weights", "broken", "evidence", "calibration", "quality"]
    assert "A guard: The weight of '<b>': cut." in shown.text
    assert "fine" not in shown.text
    assert "Evidence: The check overlap failed for 'view'." in shown.text
    assert "<b>" not in shown.html
    assert "<i>" not in shown.html
    listed = shown.text.splitlines()[1:]
    assert [f"- {one}" for one in weekly_facts.record(result, broken)["attention"]] == listed


class Overlap(Check):
    """A check as the evidence holds it."""

    def plot(self, *, narrow=False):
        raise NotImplementedError

    def _table(self):
        raise NotImplementedError


def test_a_long_list_of_concerns_is_cut_and_says_how_many_more(weekly, weights_file):
    many = tuple(
        Guard(rule="x", state="changed", action=f"a{i}", threshold="", got="", reason="cut")
        for i in range(30)
    )
    shown = front.attention(weekly(weights_file(), guards=many), HEALTHY)
    assert shown.html.count("<li>") == front.MOST + 1
    assert "21 more are in the sections below." in shown.text


@pytest.mark.slow
def test_a_run_holds_the_weights_that_were_published_before_it(tmp_path, weights_file):
    events = tmp_path / "events.parquet"
    simulate("plain", 3_000, 1).to_parquet(events)
    out = tmp_path / "out"
    out.mkdir()
    assert run(plan_for("plain"), events, out=out, checks=False).previous is None
    write({"weights.json": weights_file().to_json()}, out)
    found = run(plan_for("plain"), events, out=out, checks=False)
    assert found.previous == weights_file().model_validate(found.previous.model_dump())
    assert found.previous.revenue == 5_000.0
    with pytest.raises(InputError):
        run(plan_for("plain"), tmp_path / "none.parquet", out=out)
