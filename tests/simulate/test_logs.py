from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from microlift.errors import InputError
from microlift.simulate import SHOPS, plan_for, simulate

USERS = 10_000


@pytest.fixture(scope="module")
def logs() -> dict[str, pd.DataFrame]:
    return {shop: simulate(shop, USERS, seed=3) for shop in SHOPS}


def before_first_macro(log: pd.DataFrame, shop: str) -> pd.DataFrame:
    macros = log[log["event"] == SHOPS[shop].macro_event]
    first = log["user_id"].map(macros.groupby("user_id")["timestamp"].min())
    return log[first.isna() | (log["timestamp"] < first)]


def association(log: pd.DataFrame, shop: str, action: str) -> float:
    macro = log["event"] == SHOPS[shop].macro_event
    converted = pd.Index(log["user_id"][macro].unique())
    before = before_first_macro(log, shop)
    doers = pd.Index(before["user_id"][before["event"] == action].unique())
    others = pd.Index(log["user_id"].unique()).difference(doers)
    return float(np.mean(doers.isin(converted)) / np.mean(others.isin(converted)))


@pytest.mark.parametrize("shop", SHOPS)
def test_the_same_seed_gives_the_same_frame_and_another_seed_another(shop: str) -> None:
    log = simulate(shop, 500, seed=8)
    pd.testing.assert_frame_equal(log, simulate(shop, 500, seed=8))
    assert not log.equals(simulate(shop, 500, seed=9))


@pytest.mark.parametrize("shop", SHOPS)
def test_every_shop_yields_the_columns_that_its_plan_reads(
    shop: str, logs: dict[str, pd.DataFrame]
) -> None:
    log, plan = logs[shop], plan_for(shop)
    assert list(log) == [
        "user_id", "timestamp", "event", "value", "currency", "channel", "device",
    ]  # fmt: skip
    assert str(log["timestamp"].dtype) == "datetime64[us, UTC]"
    assert plan.log.attributes == ("channel", "device")
    planned = {event for action in plan.actions for event in action.event}
    assert set(log["event"]) == planned | {*plan.macro.event, SHOPS[shop].opening_event}
    assert len(plan.actions) >= 5
    assert log["user_id"].nunique() == USERS


@pytest.mark.parametrize("shop", SHOPS)
def test_attributes_belong_to_the_user_and_no_two_events_of_a_user_share_a_time(
    shop: str, logs: dict[str, pd.DataFrame]
) -> None:
    log = logs[shop]
    assert not log.duplicated(["user_id", "timestamp"]).any()
    assert len(log.drop_duplicates(["user_id", "channel", "device"])) == USERS


@pytest.mark.parametrize("shop", SHOPS)
def test_only_macros_carry_a_value_and_a_currency(shop: str, logs: dict[str, pd.DataFrame]) -> None:
    log = logs[shop]
    macro = log["event"] == SHOPS[shop].macro_event
    assert (log["value"][macro] > 0).all()
    assert (log["currency"][macro] == "USD").all()
    assert log["value"][macro].mean() == pytest.approx(60, rel=0.1)
    assert log.loc[~macro, ["value", "currency"]].isna().all(axis=None)


@pytest.mark.parametrize("shop", [shop for shop in SHOPS if shop != "letters"])
def test_some_sequences_are_empty_some_long_and_some_go_on_after_the_macro(
    shop: str, logs: dict[str, pd.DataFrame]
) -> None:
    log = logs[shop]
    planned = log["event"].isin([action.name for action in SHOPS[shop].actions])
    moments = planned.groupby(log["user_id"]).sum()
    assert 0.1 < (moments == 0).mean() < 0.6
    assert moments.max() > 20
    assert len(before_first_macro(log, shop)) < len(log) - (log["event"] == "purchase").sum()
    assert 0.02 < log["user_id"][log["event"] == "purchase"].nunique() / USERS < 0.08


@pytest.mark.parametrize("shop", [shop for shop in SHOPS if shop != "letters"])
def test_pauses_are_far_below_or_far_above_the_session_gap(
    shop: str, logs: dict[str, pd.DataFrame]
) -> None:
    log = logs[shop].sort_values(["user_id", "timestamp"])
    same = log["user_id"].eq(log["user_id"].shift())
    pause = log["timestamp"].diff()[same]
    opens = log["event"][same] == "visit"
    assert (pause[opens] > pd.Timedelta(hours=2)).all()
    assert (pause[~opens] <= pd.Timedelta(minutes=2)).all()


def test_the_null_action_and_the_lowering_one_look_good_where_channels_differ(
    logs: dict[str, pd.DataFrame],
) -> None:
    assert association(logs["channels"], "channels", "video") > 2
    assert association(logs["channels"], "channels", "chat") > 1.5
    assert association(logs["lowers"], "lowers", "chat") > 1.2


def test_without_confounding_the_association_of_the_null_action_is_small(
    logs: dict[str, pd.DataFrame],
) -> None:
    assert association(logs["plain"], "plain", "video") < 1.8


def test_the_reminder_reaches_those_who_have_not_paid_so_its_association_is_below_1(
    logs: dict[str, pd.DataFrame],
) -> None:
    assert association(logs["letters"], "letters", "reminder") < 0.6


def test_nobody_buys_in_the_funnel_without_its_stages_in_order(
    logs: dict[str, pd.DataFrame],
) -> None:
    first = logs["funnel"].pivot_table(
        index="user_id", columns="event", values="timestamp", aggfunc="min"
    )
    stages = [*plan_for("funnel").funnel, "purchase"]
    for earlier, later in pairwise(stages):
        reached = first[later].notna()
        assert reached.any()
        assert (first[earlier][reached] < first[later][reached]).all()


def test_a_second_purchase_passes_through_payment_details_again(
    logs: dict[str, pd.DataFrame],
) -> None:
    log = logs["funnel"].sort_values(["user_id", "timestamp"])
    log = log[log["event"].isin(["payment_details", "purchase"])]
    same = log["user_id"].eq(log["user_id"].shift())
    assert not ((log["event"] == "purchase") & ~same).any()
    again = (log["event"] == "purchase") & (log["event"].shift() == "purchase") & same
    assert not again.any()


def test_letter_and_call_share_a_day_often_and_reminders_come_late(
    logs: dict[str, pd.DataFrame],
) -> None:
    log = logs["letters"]
    log = log.assign(day=log["timestamp"].dt.floor("D"))
    days = {name: set(zip(part["user_id"], part["day"], strict=True))
            for name, part in log.groupby("event")}  # fmt: skip
    shared = len(days["letter"] & days["call"]) / len(days["letter"])
    by_chance = len(days["letter"] & days["brochure"]) / len(days["letter"])
    assert shared > 0.18 > 5 * by_chance
    opened = log[log["event"] == "opened"].set_index("user_id")["timestamp"]
    reminders = log[log["event"] == "reminder"]
    since = reminders["timestamp"] - reminders["user_id"].map(opened)
    assert (since > pd.Timedelta(days=20)).all()


def test_an_unknown_shop_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(InputError, match=r"got 'chanels'.*Use 'channels'"):
        simulate("chanels", 10, seed=1)
    with pytest.raises(InputError, match="none of the 8 simulated shops"):
        plan_for("bakery")


@pytest.mark.parametrize("users", [0, -5])
def test_less_than_one_user_is_refused(users: int) -> None:
    with pytest.raises(InputError, match=f"Argument users: got {users}"):
        simulate("plain", users, seed=1)
