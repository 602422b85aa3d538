"""What a hostile or poor log does to a plan: nothing leaks, and one message says what is wrong."""

import pandas as pd
import pytest

from microlift.errors import EventsError
from microlift.events import read_events
from microlift.quality.enough import macros_needed
from microlift.starter import draft_plan
from microlift.starter.attributes import choose_attributes
from microlift.starter.traits import Trait

from .conftest import log_of

LOG = log_of((90, "search look purchase"), (90, "search look"), (90, "look"), (30, "search"))
BUYS = LOG["event"] == "purchase"


@pytest.mark.parametrize(
    ("trait", "reason"),
    [
        # One label for each five users is an id by another name; four labels never are.
        (Trait("source", 61, 1.0, 1.0, 1.0, users=300), "it tells who somebody is"),
        (Trait("source", 60, 1.0, 1.0, 1.0, users=300), None),
        (Trait("source", 4, 1.0, 1.0, 1.0, users=8), None),
        (Trait("source", 4, 1.0, 1.0, 1.0, users=300, mails=0.01), "it tells who somebody is"),
        (Trait("source", 4, 1.0, 1.0, 1.0, users=300, records=1.0), "it holds records"),
    ],
)
def test_what_names_people_or_is_no_label_is_no_attribute(trait, reason):
    choice = choose_attributes([trait], ["source"])
    assert choice.chosen == (() if reason else ("source",))
    assert reason is None or reason in choice.reasons[0]


def test_ids_and_mail_addresses_under_the_name_of_an_attribute_are_left_out(write):
    mail = LOG["user_id"].str[1:].astype(int) % 5
    frame = LOG.assign(source="id-" + LOG["user_id"], channel="m" + mail.astype(str) + "@a.example")
    draft = draft_plan(write(frame))
    assert draft.plan.log.attributes == ()
    assert not {"id-u", "@a.example"} & {
        part for part in ("id-u", "@a.example") if part in draft.text
    }


def test_where_somebody_comes_from_and_on_what_come_before_the_campaign(write):
    names = ("utm_source", "utm_medium", "utm_campaign", "medium", "device", "country")
    frame = LOG.assign(**dict.fromkeys(names, ["a", "b", "c"] * (len(LOG) // 3)))
    assert draft_plan(write(frame)).plan.log.attributes[:3] == ("utm_source", "device", "country")


@pytest.mark.parametrize("name", ['lifecycle"', "lifecycle\n", "lifecycle: #", "lifecycle"])
def test_a_hostile_column_of_finished_entries_gives_a_plan_that_runs(name, write):
    frame = pd.concat([LOG.assign(**{name: "COMPLETE"}), LOG.assign(**{name: "START"}).head(50)])
    log = write(frame)
    draft = draft_plan(log)
    assert all(char.isprintable() for each in draft.unsure for char in each)
    with read_events(log, draft.plan) as read:
        assert read.facts.macros == 90


def test_a_column_of_currencies_that_holds_none_is_not_read_as_one(write):
    codes = pd.Series("=cmd()", LOG.index).where(BUYS & (LOG.index % 2 == 0), "x" * 10_000)
    log = write(LOG.assign(value=BUYS * 20.0, currency=codes))
    draft = draft_plan(log)
    assert (draft.plan.macro.where, draft.plan.macro.currency) == (None, "USD")
    assert "holds no code of three letters" in draft.text.replace("\n# ", " ")
    assert max(map(len, draft.text.splitlines())) < 400


def test_how_many_macros_are_in_other_currencies_is_told(write):
    codes = pd.Series("EUR", LOG.index)
    codes[LOG.index[BUYS][:20]] = "usd"
    draft = draft_plan(write(LOG.assign(value=BUYS * 20.0, currency=codes)))
    said = "macro.where: 20 of 90 macros are in other currencies than EUR and left out."
    assert any(each.startswith(said) for each in draft.unsure)


@pytest.mark.parametrize(
    ("macros", "said"),
    [(65, "below 66 not even an action that doubles"), (66, "a lift of 1.5 takes 191"), (191, "")],
)
def test_too_few_macros_are_told_by_the_measure_of_check(macros, said, write):
    assert (macros_needed(2.0), macros_needed(1.5)) == (66, 191)
    frame = log_of((macros, "search purchase"), (200, "search"), (200, "look search"), (9, "look"))
    unsure = " ".join(draft_plan(write(frame)).unsure)
    assert said in unsure
    assert ("have a macro" in unsure) == bool(said)


def test_dates_without_a_time_of_day_are_named_as_the_fault(write):
    dates = LOG.assign(timestamp=LOG["timestamp"].dt.strftime("%Y-%m-%d"))
    with pytest.raises(EventsError, match="times are dates without a time of day"):
        draft_plan(write(dates, "log.csv"))


def test_a_user_column_that_differs_in_each_row_is_named_as_the_fault(write):
    with pytest.raises(EventsError, match="the 570 users have 570 rows, so that nearly each has"):
        draft_plan(write(LOG.assign(user_id=range(len(LOG)))))


def test_the_columns_of_a_wide_log_are_found_wherever_they_stand(write):
    filler = pd.DataFrame({f"x{i}": 0 for i in range(150)}, index=LOG.index)
    wide = pd.concat([filler, LOG.rename(columns={"event": "deed"})], axis=1)
    plan = draft_plan(write(wide), columns={"event": "deed"}).plan
    assert (plan.log.columns.user_id, plan.log.columns.event) == ("user_id", "deed")


def test_events_that_are_numbers_are_planned_for(write):
    codes = {"search": 1, "look": 2, "purchase": 3}
    log = write(LOG.assign(event=LOG["event"].map(codes)))
    draft = draft_plan(log, macro=["3"])
    assert {action.event for action in draft.plan.actions} == {("1",), ("2",)}
    with read_events(log, draft.plan) as read:
        assert read.facts.macros == 90


def test_a_macro_of_10_000_characters_is_no_macro(write):
    long = "purchase " + " " * 9_991
    frame = pd.concat([LOG, LOG[BUYS].assign(event=long, user_id="v" + LOG["user_id"])])
    draft = draft_plan(write(frame))
    assert draft.plan.macro.event == ("purchase",)
    assert max(map(len, draft.text.splitlines())) < 400


def test_attention_that_all_buyers_give_is_no_gate(write):
    frame = log_of((90, "scroll cart purchase"), (90, "scroll look"), (90, "look"), (90, "cart"))
    draft = draft_plan(write(frame))
    gates = [line.split()[1] for line in draft.text.splitlines() if line.endswith("  gate")]
    assert gates == ["cart"]
    assert "scroll" not in draft.plan.funnel


def test_a_small_share_is_not_rounded_to_nothing(write):
    frame = log_of((12, "cart purchase"), (900, "cart look"), (900, "look"), (12, "look purchase"))
    text = draft_plan(write(frame)).text
    assert "1.3%" in text  # 12 of 912
