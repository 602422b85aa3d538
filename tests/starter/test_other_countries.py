"""Drafts from logs whose names are not English."""

from microlift.starter import draft_plan

from .conftest import log_of

BUYS = "startseite suche kauf_abgeschlossen"
LOG = log_of((90, BUYS), (90, "startseite suche"), (90, "startseite"), (30, "checkout_bug"))
NAMES = {"user_id": "Kunden-Nr.", "timestamp": "Datum/Uhrzeit", "event": "Ereignis"}
BOUGHT = LOG["event"] == "kauf_abgeschlossen"


def test_german_columns_and_goals_are_known(write):
    device = LOG["user_id"].str[-1].isin(list("02468")).map({True: "Handy", False: "Rechner"})
    frame = LOG.assign(**{"Umsatz (€)": BOUGHT * 49.0, "Gerät": device}).rename(columns=NAMES)
    plan = draft_plan(write(frame)).plan
    assert (plan.macro.event, plan.macro.value) == (("kauf_abgeschlossen",), "value")
    assert plan.macro.currency == "EUR"
    assert plan.log.columns.user_id == "Kunden-Nr."
    assert plan.log.attributes == ("Gerät",)


def test_a_fault_is_no_goal_however_rare_and_late(write):
    frame = LOG.assign(event=LOG["event"].replace("kauf_abgeschlossen", "xyz"))
    assert draft_plan(write(frame)).plan.macro.event == ("xyz",)


def test_amounts_that_cannot_be_read_are_for_the_reader_to_decide(write):
    draft = draft_plan(write(LOG.assign(value=BOUGHT.map({True: "1.234,50", False: ""}))))
    assert draft.plan.macro.value is None
    assert any(each.startswith("macro.value: value holds no amount") for each in draft.unsure)


def test_a_draft_is_shown_as_the_text_that_it_is(write):
    draft = draft_plan(write(LOG))
    assert repr(draft) == draft.text
