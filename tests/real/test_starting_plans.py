"""Starting plans for logs that nobody made for us: the choices of a good analyst, and they run."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from microlift.errors import EventsError
from microlift.plan import Clock, Plan
from microlift.run import estimate
from microlift.starter import Draft, draft_plan

pytestmark = pytest.mark.real

NAMES = ("bpi2012_loan", "ecommerce_pages_funnel", "google_merch_events", "retentioneering_ecom")
APPROVALS = {"A_REGISTERED", "A_ACTIVATED", "O_ACCEPTED"}


@dataclass(frozen=True)
class Made:
    draft: Draft
    lifts: pd.DataFrame
    starts: bool

    @property
    def plan(self) -> Plan:
        return self.draft.plan

    @property
    def actions(self) -> list[str]:
        return [name for action in self.plan.actions for name in action.event]

    @property
    def gates(self) -> list[str]:
        """What the figures of the active actions mark as mandatory."""
        lines = [line for line in self.draft.text.splitlines() if line.endswith("  gate")]
        return [line.split()[1] for line in lines]


@pytest.fixture(scope="module")
def made(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Made]:
    """Draft a plan and run it, once for all tests that look at it."""
    done: dict[str, Made] = {}

    def go(name: str) -> Made:
        if name not in done:
            events = shared_data / f"{name}.parquet"
            draft = draft_plan(events)
            path = tmp_path_factory.mktemp(name) / "plan.yaml"
            path.write_text(draft.text, encoding="utf-8")
            result = estimate(path, events, checks=False)
            with result.log:
                lifts = result.lift.to_frame().set_index("action")
                done[name] = Made(draft, lifts, result.moments.starts)
        return done[name]

    return go


@pytest.mark.parametrize("name", NAMES)
def test_a_drafted_plan_runs_and_judges_each_of_its_few_actions(made, name):
    found = made(name)
    assert list(found.lifts.index) == [action.name for action in found.plan.actions]
    assert 1 <= len(found.actions) <= 8


@pytest.mark.parametrize(
    ("name", "macro"),
    [
        ("bpi2012_loan", "A_APPROVED"),
        ("ecommerce_pages_funnel", "payment_confirmation"),
        ("google_merch_events", "purchase"),
        ("retentioneering_ecom", "purchase"),
    ],
)
def test_the_macro_is_the_one_that_the_business_is_after(made, name, macro):
    assert made(name).plan.macro.event == (macro,)


def test_the_approvals_of_a_loan_are_one_macro_and_no_actions(made):
    found = made("bpi2012_loan")
    assert not APPROVALS & set(found.actions)
    for name in APPROVALS:
        assert f"- {name}: within a minute of A_APPROVED for 2,24" in found.draft.text
    # Only A_APPROVED carries the amount.
    assert found.plan.macro.value == "value"


def test_only_finished_entries_of_the_loans_are_read_and_by_the_clock(made):
    plan = made("bpi2012_loan").plan
    rules = {plan.macro.where, *(action.where for action in plan.actions)}
    assert rules == {"lifecycle = 'COMPLETE'"}
    assert isinstance(plan.moments, Clock)
    assert (plan.moments.clock.days, plan.moments.quiet.days, plan.horizon.days) == (1, 30, 30)


def test_the_ends_of_a_loan_are_told_apart_and_what_everybody_does_is_left_out(made):
    found = made("bpi2012_loan")
    assert {"A_DECLINED", "A_CANCELLED"} <= set(found.actions)
    assert not {"A_SUBMITTED", "A_PARTLYSUBMITTED"} & set(found.actions)
    # Nobody is compared with those who are out: validating a file changes nothing.
    assert found.lifts.loc["W_Validate application", "verdict"] == "no evidence"


def test_the_steps_of_the_checkout_are_gates_of_the_shop_and_looking_is_none(made):
    found = made("retentioneering_ecom")
    assert found.gates == ["add_to_cart", "cart", "shipping_details", "payment_details"]
    assert found.plan.funnel == ("product_view", *found.gates)
    assert "home" not in found.actions


def test_a_label_that_changes_with_what_users_do_is_no_attribute(made):
    found = made("retentioneering_ecom")
    assert found.plan.log.attributes == ("acquisition_channel", "platform")
    assert "user_lifecycle (left out)" in found.draft.text


def test_the_start_of_a_visit_is_no_moment_where_the_log_holds_carts_alone(made):
    found = made("google_merch_events")
    assert found.plan.moments == "visits"
    assert not found.starts
    assert "the start of a visit is no moment" in found.draft.text.replace("\n# ", " ")
    assert found.plan.funnel == ("add_to_cart", "begin_checkout")


def test_every_page_of_the_funnel_is_a_gate(made):
    found = made("ecommerce_pages_funnel")
    assert found.gates == found.actions == ["search_page", "payment_page"]
    assert "home_page: also a gate: 452 of 452 converters" in found.draft.text
    assert set(found.lifts["verdict"]) == {"not identified"}


def test_a_table_of_users_is_refused_with_its_columns(shared_data):
    message = "no column that can be told to be event .* user_id, ltv, first_touch"
    with pytest.raises(EventsError, match=message):
        draft_plan(shared_data / "google_merch_users.parquet")
