"""The client's note: its figures by other arithmetic, its page judged, its names text."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

import microlift as ml
from microlift.bidding.in_mode import micro_weights, weights_in
from microlift.bidding.modes import BOTH, MICRO
from microlift.errors import InputError
from microlift.plan.quoting import clipped
from microlift.reporting.bidding.client_markdown import name
from microlift.reporting.gate import check

Fitted = Callable[..., ml.LiftModel]


@pytest.fixture(scope="module")
def ledger(fitted: Fitted) -> ml.Ledger:
    return ml.Ledger.from_model(fitted("funnel", 6_000, 1, folds=2, rotations=1))


@pytest.fixture(scope="module")
def weights(ledger: ml.Ledger) -> ml.Weights:
    return ml.Weights.from_ledger(ledger, ledger.model.moments_.log.plan)


def test_both_rates_are_shown_and_the_value_stays(ledger: ml.Ledger, weights: ml.Weights) -> None:
    views = ml.client_note(weights, ledger, spend=5_000.0).frame.set_index("view")
    book = weights.to_dict()
    counted = sum(a["occurrences"] for a in book["actions"] if a["primary"])
    covered = ledger.model.moments_.totals.covered
    assert views.loc["after", "conversions"] == counted > ledger.macros
    assert views.loc["after", "rate"] == pytest.approx(counted / covered)
    assert views.loc["real", "rate"] == pytest.approx(ledger.macros / covered)
    assert views.loc["before"].equals(views.loc["real"])
    assert views.loc["after", "value"] == pytest.approx(ledger.revenue, rel=1e-6)
    assert views.loc["after", "return_on_spend"] == pytest.approx(ledger.revenue / 5_000, rel=1e-6)
    usual = views.loc["after, usual recipe", "value"] / ledger.revenue
    assert usual == pytest.approx(book["inflation_factor"])


def test_clicks_are_the_denominator_where_they_are_stated(
    ledger: ml.Ledger, weights: ml.Weights
) -> None:
    note = ml.client_note(weights, ledger, clicks=50_000)
    assert note.frame["rate"].iloc[0] == pytest.approx(ledger.macros / 50_000)
    assert "of clicks reach purchase" in note.finding


def test_the_macro_counts_too_where_it_stays_primary(
    ledger: ml.Ledger, weights: ml.Weights
) -> None:
    both = weights_in("macro and micro", "", ledger, weights)
    views = ml.client_note(both, ledger).frame.set_index("view")
    alone = ml.client_note(weights, ledger).frame.set_index("view")
    more = views.loc["after", "conversions"] - alone.loc["after", "conversions"]
    assert more == ledger.macros
    assert "below its order value" in ml.client_note(both, ledger).to_page()


def test_with_the_macro_alone_nothing_changes_and_the_note_says_so(
    ledger: ml.Ledger, weights: ml.Weights
) -> None:
    note = ml.client_note(weights_in("macro", "", ledger, weights), ledger)
    assert list(note.frame["view"]) == ["real", "before", "after"]
    assert note.frame["conversions"].nunique() == 1
    assert "shows now" in note.finding
    assert check(note.to_page()) == []
    assert "small steps among" not in note.to_page()


@pytest.mark.parametrize("mode", ["macro", "auto", "micro", "macro and micro"])
def test_a_plan_that_names_a_mode_is_told_of_the_others_too(
    ledger: ml.Ledger, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    log = ledger.model.moments_.log
    monkeypatch.setattr(log, "plan", log.plan.in_mode(mode))
    weights = micro_weights(ledger)
    assert any(action.primary for action in weights.actions)
    books = {each: weights_in(each, "", ledger, weights).content for each in (BOTH, MICRO)}
    assert books[BOTH] is not None
    assert books[MICRO] is not None
    order_value = ledger.revenue / ledger.macros
    assert 0 == books[MICRO].macro_weight < books[BOTH].macro_weight < order_value
    told = ml.double_counting(ledger, weights)
    assert set(told.ways["way"]) >= {"these weights", "these weights, with the macro"}
    alone = ml.client_note(ml.Weights.from_ledger(ledger, log.plan.in_mode("macro")), ledger)
    assert list(alone.frame["view"]) == ["real", "before", "after"]


def test_one_stage_books_that_stage_alone(ledger: ml.Ledger, weights: ml.Weights) -> None:
    one = weights_in("one stage", "begin_checkout", ledger, weights)
    assert [a.name for a in one.actions if a.primary] == ["begin_checkout"]


def test_the_page_may_be_published_and_holds_what_markdown_holds(
    ledger: ml.Ledger, weights: ml.Weights
) -> None:
    note = ml.client_note(weights, ledger, spend=5_000.0)
    page, text = note.to_page(), note.to_markdown()
    assert check(page) == []
    assert page == ml.client_note(weights, ledger, spend=5_000.0).to_page()  # the same bytes
    assert text == ml.client_note(weights, ledger, spend=5_000.0).to_markdown()
    for told in ("Return on ad spend", "Platform from now on", "Before and after"):
        assert told in page
        assert told in text
    assert text.startswith("# What your ad platform will show")


def test_hostile_names_are_text_on_the_page_and_in_markdown(
    ledger: ml.Ledger, weights: ml.Weights
) -> None:
    bad = "<script>x</script>[a](javascript:1)|*b*\x1b`c`\u202e" + "y" * 500
    actions = tuple(
        action.model_copy(update={"name": bad}) if action.primary else action
        for action in weights.actions
    )
    note = ml.client_note(weights, ledger)
    booked = tuple(action for action in actions if action.primary)
    sheet = replace(note.sheet, macro=clipped(bad, 100), booked=booked)
    hostile = replace(note, sheet=sheet, finding=sheet.finding(note.frame))
    page, text = hostile.to_page(), hostile.to_markdown()
    assert check(page) == []
    for live in ("<script>", "\x1b", "\u202e"):
        assert live not in page
        assert live not in text
    assert "[a](" not in text


def test_a_name_cannot_end_a_cell_or_begin_markup() -> None:
    assert name("a|b\n# c") == r"a\|b\\n\# c"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"spend": 0.0}, "got spend=0.0"),
        ({"spend": float("inf")}, "got spend=inf"),
        ({"clicks": -3}, "got clicks=-3"),
        ({"clicks": "many"}, "got clicks=many"),
    ],
)
def test_what_nothing_can_be_divided_by_is_refused(
    ledger: ml.Ledger, weights: ml.Weights, given: dict[str, float], message: str
) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        ml.client_note(weights, ledger, **given)
