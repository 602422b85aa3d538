from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pandas as pd
import pytest

from microlift.events.facts import Whole
from microlift.plan import Action
from microlift.quality import Finding, Quality
from microlift.reporting import blocks


@pytest.fixture
def result(make):
    """What a run returns, as far as the first screen and the caveats look at it."""
    day = datetime(2026, 8, 1, tzinfo=UTC)
    facts = SimpleNamespace(
        first=day, last=day, users=20, events=90, sessions=30, macros=10, currency="EUR",
        duplicates=30, rejected={}, notes=["30 exact duplicates counted once."], whole=None,
    )  # fmt: skip
    action = {"low": 3944.61, "high": 4263.18, "primary": True, "occurrences": 7}
    book = {
        "currency": "EUR", "macro_weight": 0.0, "inflation_factor": 2.5, "calibration_gap": 0.0,
        "booked_total": 30_883_197.0,
        "actions": [{"name": "a", "weight": 4103.89} | action, {"name": "b", "weight": 9} | action],
    }  # fmt: skip
    totals = SimpleNamespace(macros=6, all_macro_users=7)
    frame = pd.DataFrame([make.lift_row("a"), make.lift_row("b")])
    return SimpleNamespace(
        log=SimpleNamespace(facts=facts),
        plan=SimpleNamespace(
            macro=SimpleNamespace(event=("sale",)),
            horizon=timedelta(days=14),
            actions=(Action(name="<b>", event="page", at_least=5, within="session"),),
            log=SimpleNamespace(attributes=[]),
            takes_part=lambda action: action.after is None,
        ),
        moments=SimpleNamespace(
            totals=totals, kind="visits", mature=9, immature=1, starts=True, reason="because"
        ),
        lift=SimpleNamespace(to_frame=lambda: frame),
        ledger=SimpleNamespace(revenue=30_883_197.0),
        weights=SimpleNamespace(to_dict=lambda: book, withheld=False, reasons=(), guards=()),
    )


def test_the_first_screen_opens_with_what_to_do_and_explains_what_is_booked(result):
    html = blocks.opening(result).html
    assert html.startswith('<p class="lead">Bid on a and b, at the values below.</p>')
    assert "Of these 10, 6 are booked" in html
    assert html.index("are booked") < html.index("Macros in the log")


def test_a_report_about_the_next_macro_says_so_on_its_first_screen_and_among_the_caveats(result):
    whole = Whole(40, 200, 31, 0, 20, 9, 0, 0, 1)
    result.log.facts.whole = whole
    html = blocks.opening(result).html
    assert whole.told in html
    assert "Of these 10 after a first one, 6 are booked: the second of each user" in html
    assert "Macros after a first" in html
    assert f"<li>{whole.told}</li>" in blocks.caveats(result).html


def test_a_rule_that_takes_no_part_is_not_told_among_the_caveats(result):
    counted = "at least 5 of &#x27;page&#x27; within a session"
    assert counted in blocks.caveats(result).html
    rule = {"at_least": 5, "within": "session", "after": "macro"}
    result.plan.actions = (Action(name="<b>", event="page", **rule),)
    assert counted not in blocks.caveats(result).html


def test_large_money_is_short_on_a_card(result):
    assert '<dd class="figure">30.9M EUR</dd>' in blocks.opening(result).html


def test_weights_on_cards_share_their_decimals_and_say_what_is_counted(result):
    html = blocks.publish(result).html
    assert '<dd class="figure">4,104 EUR</dd>' in html
    assert '<dd class="figure">9 EUR</dd>' in html
    assert "interval 3,945 to 4,263; booked at the first time of 7 users" in html


def test_an_action_that_is_more_than_an_event_is_told_in_words(result):
    shown = blocks.caveats(result)
    assert "- <b> counts: at least 5 of 'page' within a session." in shown.text
    assert "<b>" not in shown.html


def test_duplicates_are_told_once(result):
    assert blocks.caveats(result).text.count("duplicate") == 1


def test_checks_that_are_all_good_are_one_line_and_the_others_a_table():
    good = Finding("bots", "good", 0, 0.0, "", "They never buy.", "Leave them out.")
    look = Finding("<b>", "look", 3, 0.2, "'<i>' stops", "It misleads.", "Mend it.")
    refuse = Finding("times", "refuse", 1, None, "", "It is late.", "Cut it.")
    alone = blocks.quality(Quality((good,)))
    assert alone.html.endswith("nothing found that would mislead: bots.</li></ul>")
    shown = blocks.quality(Quality((good, look, refuse)))
    assert "bots" not in shown.html
    assert "<b>" not in shown.html
    assert "<i>" not in shown.html
    assert shown.html.index("times") < shown.html.index("&lt;b&gt;")
    assert "3 checks: 1 that would mislead, 1 to look at." in shown.text
