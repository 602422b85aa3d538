"""Columns are told by name, then by what they hold, and never in silence."""

import pytest

from microlift.errors import EventsError, InputError
from microlift.starter import draft_plan
from microlift.starter.attributes import choose_attributes
from microlift.starter.columns import Column, find_roles
from microlift.starter.traits import Trait

from .conftest import log_of

LOG = log_of((40, "search purchase"), (60, "search look"), (60, "look"))


@pytest.mark.parametrize(
    ("names", "mapped"),
    [
        (("user_id", "timestamp", "event"), ("user_id", "timestamp", "event")),
        (("user_pseudo_id", "event_timestamp", "event_name"), None),
        (("distinct_id", "time", "event"), None),
        (("case:concept:name", "time:timestamp", "concept:name"), None),
        (("customerId", "createdAt", "eventType"), None),
        (("User ID", "Date", "Activity"), None),
    ],
)
def test_the_names_of_common_exports_are_known(names, mapped):
    kinds = ("text", "time", "text")
    columns = [Column(name, kind, 1.0, 50) for name, kind in zip(names, kinds, strict=True)]
    roles = find_roles(columns, {}, "log.csv")
    assert tuple(roles.mapped.values()) == (mapped or names)


def test_an_id_that_most_rows_lack_comes_behind_one_that_is_full():
    columns = [
        Column("user_id", "text", 0.2, 90),
        Column("user_pseudo_id", "text", 1.0, 900),
        Column("event_timestamp", "number", 1.0, 900),
        Column("event_name", "text", 1.0, 9),
    ]
    roles = find_roles(columns, {}, "log.csv")
    assert roles.mapped["user_id"] == "user_pseudo_id"
    assert roles.reasons["user_id"] == "by its name; also possible: user_id"


def test_columns_without_telling_names_are_told_by_what_they_hold(write):
    frame = log_of(*((30, f"a{i} purchase") for i in range(20)), (250, "a1 a2"))
    frame = frame.set_axis(["who", "when", "what"], axis=1)
    plan = draft_plan(write(frame)).plan
    assert (plan.log.columns.timestamp, plan.log.columns.event) == ("when", "what")
    assert plan.log.columns.user_id == "who"


def test_where_two_columns_could_be_the_event_neither_is_taken():
    columns = [
        Column("uid", "text", 1.0, 900),
        Column("ts", "time", 1.0, 900),
        Column("this", "text", 1.0, 9),
        Column("that", "text", 1.0, 9),
    ]
    with pytest.raises(EventsError, match=r"told to be event .*uid, ts, this, that.*event=COLUMN"):
        find_roles(columns, {}, "log.csv")
    assert find_roles(columns, {"event": "that"}, "log.csv").mapped["event"] == "that"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"evnt": "event"}, "names 'evnt', which is no role of a column .nearest: 'event'"),
        ({"event": "evnt"}, "no such column among its 3 .nearest: 'event'"),
    ],
)
def test_a_role_or_column_that_is_not_there_is_refused_with_the_nearest(given, message, write):
    with pytest.raises(InputError, match=message):
        draft_plan(write(LOG), columns=given)


@pytest.mark.parametrize(
    ("trait", "chosen", "reason"),
    [
        (Trait("channel", 5, 1.0, 1.0, 1.0), True, "(by its name): 5 labels"),
        (Trait("channel", 5, 1.0, 0.1, 0.9), False, "known at the start for 10% of users"),
        (Trait("channel", 5, 1.0, 0.6, 0.6), True, "(by its name)"),
        (Trait("cohort", 4, 1.0, 1.0, 1.0), False, "(possible): 4 labels"),
        (Trait("lifecycle", 3, 0.1, 1.0, 1.0), False, "it changes with what users do"),
        (Trait("device", 3, 0.1, 1.0, 1.0), True, "(by its name)"),
    ],
)
def test_an_attribute_is_known_at_the_start_and_by_its_name(trait, chosen, reason):
    choice = choose_attributes([trait], ["channel", "device"])
    assert (choice.chosen == (trait.name,)) == chosen
    assert reason in choice.reasons[0]


def test_what_is_known_only_at_the_macro_is_no_attribute(write):
    paid = (LOG["event"] == "purchase").map({True: "card", False: None})
    ways = ["ads", "mail"] * (len(LOG) // 2)
    draft = draft_plan(write(LOG.assign(source=paid, channel=ways)))
    assert draft.plan.log.attributes == ("channel",)


def test_entries_that_were_only_begun_are_kept_out_by_a_condition(write):
    begun = LOG.assign(lifecycle="START")
    frame = log_of((40, "search purchase"), (60, "search look"), (60, "look"), lifecycle="COMPLETE")
    frame = frame.merge(begun, how="outer")
    draft = draft_plan(write(frame))
    assert draft.plan.macro.where == "lifecycle = 'COMPLETE'"
    assert {action.where for action in draft.plan.actions} == {"lifecycle = 'COMPLETE'"}
