"""A drafted plan says what a good analyst would choose, and why."""

import re

import pandas as pd
import pytest
import yaml

from microlift.errors import EventsError, InputError
from microlift.plan import Clock, Plan
from microlift.run import estimate
from microlift.simulate import plan_for, simulate
from microlift.simulate.shops import SHOPS
from microlift.starter import draft_plan

from .conftest import log_of

HOSTILE = [
    "${jndi:dns://x.example/a}",
    "<script>alert(1)</script>",
    '=cmd()|"x"',
    "line\nbreak: {a: b} # no",
    "next\x85line\u2028and\u2029more",
    "tab\tand\x00null",
    "カート 🎉",
    "yes",
    "1e3",
    "- dash",
    "'quoted'",
    '"double" \\ back',
    "*star",
    "&anchor",
    "null",
    "~",
    "\u202eright to left",
    "x" * 90,
]


def actions(plan: Plan) -> set[str]:
    return {name for action in plan.actions for name in action.event}


def comments(text: str) -> str:
    """The comments as running text."""
    return re.sub(r"\s*\n\s*#\s*", " ", "\n".join(re.findall(r"#.*", text)))


@pytest.mark.slow
@pytest.mark.parametrize("shop", SHOPS)
def test_the_macro_the_actions_and_the_moments_of_a_simulated_shop_are_found(shop, write):
    plan, known = draft_plan(write(simulate(shop, 1_500, 5))).plan, plan_for(shop)
    assert plan.macro.event == known.macro.event
    assert plan.macro.value == "value"
    assert actions(plan) == actions(known)
    assert isinstance(plan.moments, Clock) == isinstance(known.moments, Clock)
    assert plan.log.attributes == ("channel", "device")


def test_mandatory_steps_of_a_shop_are_gates_and_others_are_not(write):
    text = draft_plan(write(simulate("funnel", 1_500, 5))).text
    gates = re.findall(r"^#   (\w+) .*  gate$", text, re.MULTILINE)
    assert gates == ["view_item", "add_to_cart", "begin_checkout", "payment_details"]
    assert Plan.from_dict(yaml.safe_load(text)).funnel == tuple(gates)


def test_a_drafted_plan_gives_estimates(write):
    path = write(simulate("channels", 1_500, 5))
    (path.parent / "plan.yaml").write_text(draft_plan(path).text, encoding="utf-8")
    with estimate(path.parent / "plan.yaml", path, checks=False).log as log:
        assert log.facts.macros > 0


#   users  what each does                     what it is for the macro `purchase`
LOG = log_of(
    (30, "page_view search purchase & receipt rate_us"),
    (30, "page_view search chat add_to_cart purchase & receipt"),
    (60, "page_view search chat"),
    (60, "page_view add_to_cart"),
    (60, "page_view blocked"),
    (4, "page_view odd purchase & receipt"),
)


@pytest.fixture(scope="module")
def draft(tmp_path_factory):
    path = tmp_path_factory.mktemp("draft") / "log.parquet"
    LOG.to_parquet(path, index=False)
    return draft_plan(path)


@pytest.mark.parametrize(
    ("event", "planned", "reason"),
    [
        ("search", True, None),
        ("chat", True, None),
        ("blocked", True, "blocked: 0 of 60 users came to the macro"),
        ("page_view", False, "Metrics. They say that somebody was there"),
        ("rate_us", False, "rate_us: after the macro for 30 of 30 converters who did it"),
        ("odd", False, "odd: 4 users came to the macro after it; at least 10 are needed"),
    ],
)
def test_each_event_is_what_it_is_to_the_macro(event, planned, reason, draft):
    assert (event in actions(draft.plan)) == planned
    assert reason is None or reason in comments(draft.text)


def test_events_at_the_same_instant_as_the_macro_are_one_macro_with_it(draft):
    assert set(draft.plan.macro.event) == {"purchase", "receipt"}
    assert not actions(draft.plan) & {"purchase", "receipt"}
    assert "within a minute of purchase for 64 of 64 converters" in comments(draft.text)


def test_where_one_row_of_a_macro_carries_the_amount_only_that_one_is_named(write):
    frame = LOG.assign(value=LOG["event"].map({"purchase": 20.0}))
    draft = draft_plan(write(frame))
    assert draft.plan.macro.event == ("purchase",)
    assert draft.plan.macro.value == "value"
    assert "receipt" not in actions(draft.plan)
    assert "or the amounts would be lost" in comments(draft.text)


def test_an_event_at_the_instant_of_the_macro_and_elsewhere_is_a_leak(write):
    frame = log_of((40, "search pay & purchase"), (40, "search pay"), (40, "search"), (9, "x"))
    draft = draft_plan(write(frame))
    assert actions(draft.plan) == {"search"}
    assert "pay: at the macro's very instant for 40 of 40 converters" in comments(draft.text)


def test_a_known_macro_that_went_wrong_is_none(write):
    frame = log_of(
        (40, "search purchase_failed"), (40, "search purchase"), (90, "search look"), (9, "look")
    )
    assert draft_plan(write(frame)).plan.macro.event == ("purchase",)


def test_without_a_known_name_the_rare_and_late_one_is_taken_and_that_is_said(write):
    frame = log_of((40, "alpha beta gamma"), (50, "alpha beta"), (90, "alpha alpha"))
    draft = draft_plan(write(frame))
    assert draft.plan.macro.event == ("gamma",)
    assert any("no event has a name that is known for a macro" in each for each in draft.unsure)
    assert draft_plan(write(frame), macro=["beta"]).plan.macro.event == ("beta",)


@pytest.mark.parametrize(("journey", "clock"), [("a b | a b", False), ("a b | c d", True)])
def test_later_visits_that_begin_as_the_first_are_visits_and_others_the_clock(
    journey, clock, write
):
    frame = log_of((90, journey), (40, f"{journey} | {journey[-3]} purchase"))
    assert isinstance(draft_plan(write(frame)).plan.moments, Clock) == clock


def test_visits_without_anything_planned_are_counted_up_to_the_macro(write):
    frame = log_of((40, "visit | visit buy_now purchase | visit | visit"), (60, "visit other"))
    text = comments(draft_plan(write(frame), macro=["purchase"]).text)
    # 40 users come twice before they buy, first for nothing; 60 come once and do something.
    assert "In 40 of 140 visits up to the macro nothing planned happens (29%)" in text


def test_every_format_gives_the_same_plan(write):
    frame = LOG.assign(channel=["ads", "mail"] * (len(LOG) // 2), value=20.0)
    names = ("log.parquet", "log.csv", "log.jsonl")
    typed, *texts = (draft_plan(write(frame, name)).plan for name in names)
    assert texts == [typed, typed]
    assert typed.log.columns.value == "value"


def test_no_more_than_eight_actions_are_active_and_thirty_written(write):
    names = [f"step{i}" for i in range(40)]
    frame = log_of(*((12, f"{name} other{i} purchase") for i, name in enumerate(names)), (500, "x"))
    draft = draft_plan(write(frame))
    assert len(draft.plan.actions) == 8
    assert len(re.findall(r"^  (?:# )?- \{name", draft.text, re.MULTILINE)) == 30
    assert "GA4 allows a property" in comments(draft.text)
    assert len(draft_plan(write(frame), most=30).plan.actions) == 30
    with pytest.raises(InputError, match="Got 31 actions; a plan holds 1 to 30"):
        draft_plan(write(frame), most=31)


def test_hostile_names_load_back_to_the_same_names(write):
    frame = log_of(*((15, f"name{i} end{i} purchase") for i in range(len(HOSTILE))), (90, "x"))
    names = {f"name{i}": name for i, name in enumerate(HOSTILE)}
    names |= {"end0": "y" * 10_000}
    path = write(frame.assign(event=frame["event"].replace(names)))
    draft = draft_plan(path, most=30)
    expected = {name.replace("\0", "\ufffd") for name in HOSTILE}  # as a log is read
    assert expected <= actions(draft.plan) | set(draft.plan.macro.event)
    assert Plan.from_dict(yaml.safe_load(draft.text)) == draft.plan
    assert max(map(len, draft.text.splitlines())) < 400
    assert all(char.isprintable() for char in draft.text.replace("\n", ""))
    (path.parent / "plan.yaml").write_text(draft.text, encoding="utf-8")
    assert Plan.load(path.parent / "plan.yaml") == draft.plan


def test_no_user_id_gets_into_a_plan(write):
    frame = LOG.assign(user_id="secret-" + LOG["user_id"])
    draft = draft_plan(write(frame))
    assert "secret" not in draft.text
    assert not any("secret" in each for each in draft.unsure)


def test_the_order_of_the_rows_makes_no_difference(write, draft):
    shuffled = LOG.sample(frac=1, random_state=3)
    assert draft_plan(write(shuffled)).text == draft.text


def test_refunds_and_further_currencies_are_kept_out_of_the_macro(write):
    is_macro = LOG["event"] == "purchase"
    value = pd.Series(20.0, LOG.index).where(is_macro)
    value[is_macro.idxmax()] = -20.0
    currency = pd.Series("EUR", LOG.index).where(is_macro)
    currency[is_macro[::-1].idxmax()] = "USD"
    path = write(LOG.assign(value=value, currency=currency))
    draft = draft_plan(path)
    assert draft.plan.macro.where == "value >= 0 AND currency IN ('EUR')"
    (path.parent / "plan.yaml").write_text(draft.text, encoding="utf-8")
    with estimate(path.parent / "plan.yaml", path, checks=False).log as log:
        assert (log.facts.macros, log.facts.currency) == (62, "EUR")


def test_rows_without_a_user_are_told_and_the_plan_runs_all_the_same(write):
    path = write(LOG.assign(user_id=LOG["user_id"].where(LOG.index % 4 > 0)))
    draft = draft_plan(path)
    assert draft.plan.log.max_rejected == pytest.approx(0.26, abs=0.01)
    assert "have no user, no event or no time that can be read" in comments(draft.text)


def test_a_log_of_one_event_is_refused(write):
    with pytest.raises(EventsError, match="The log has 1 event name"):
        draft_plan(write(log_of((50, "purchase"))))


def test_a_log_in_which_nothing_leads_to_the_macro_is_refused(write):
    with pytest.raises(EventsError, match="none of the 2 event names of the log can be an action"):
        draft_plan(write(log_of((50, "page_view purchase"), (50, "page_view"))))


def test_a_macro_that_is_not_in_the_log_is_refused_with_the_nearest(write):
    with pytest.raises(EventsError, match="'purchase'"):
        draft_plan(write(LOG), macro=["purchases"])
