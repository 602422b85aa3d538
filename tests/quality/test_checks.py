"""Each check on a log in which it must fire, and on ones in which it must not."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from microlift.quality import check_log
from microlift.quality.enough import macros_needed
from microlift.quality.money import refused

START = pd.Timestamp("2024-03-04T00:00:00Z")  # a Monday, and the first day of the shop
NOW = datetime(2024, 12, 1, tzinfo=UTC)

NAMES = [
    "duplicates", "missing ids", "consent loss", "equal timestamps", "future times", "stray times",
    "time-zone jumps", "bots", "outages", "tracking changes", "macro rate jumps",
    "action rate jumps", "users with one event", "left truncation",
    "macros with no earlier moment", "visits without planned events", "value outliers",
    "value jumps", "macros worth nothing", "repeated transaction ids",
    "attributes with thousands of values", "enough macros",
]  # fmt: skip


def day_of(frame):
    return (frame["timestamp"] - START).dt.days


def with_rows(frame, *rows):
    return pd.concat([frame, pd.DataFrame(rows)], ignore_index=True)


def test_in_a_steady_shop_no_check_has_anything_to_remark(shop, open_log):
    found = check_log(open_log(shop.assign(transaction_id=shop.index.astype(str))), now=NOW)
    assert [one.name for one in found.findings] == NAMES
    assert [one for one in found.findings if one.verdict != "good"] == []
    assert all(one.effect and one.remedy for one in found.findings)
    assert (found.verdict, found.exit_code) == ("good", 0)


def test_duplicates_are_looked_at_from_one_in_twenty_and_their_day_is_named(shop, find):
    doubled = shop[(day_of(shop) == 7) & (shop["event"] == "view")]
    few = find("duplicates", pd.concat([shop, doubled]))
    assert (few.verdict, few.count) == ("good", len(doubled))
    assert few.example == f"{len(doubled)} rows of 'view' on 2024-03-11"
    many = find("duplicates", pd.concat([shop, doubled] * 2))
    assert (many.verdict, many.count) == ("look", len(shop) + 2 * len(doubled))


@pytest.mark.parametrize(("every", "verdict"), [(200, "good"), (20, "look"), (4, "refuse")])
def test_missing_ids_weigh_by_their_share(shop, find, every, verdict):
    shop.loc[shop.index % every == 0, "user_id"] = None
    one = find("missing ids", shop)
    assert (one.verdict, one.count) == (verdict, int(shop["user_id"].isna().sum()))
    assert "of '" in one.example


def test_consent_is_lost_where_macros_lack_the_id_more_often(shop, find):
    buys = shop.index[shop["event"] == "buy"]
    shop.loc[buys[::5], "user_id"] = None
    one = find("consent loss", shop)
    assert (one.verdict, one.count) == ("look", len(buys[::5]))
    assert one.example.startswith("no id: 20.0% of macros, 0.0% of other events")


def test_consent_is_lost_where_ids_are_missing_from_a_day_on(shop, find):
    later = day_of(shop) >= 20
    by_chance = np.random.default_rng(1).random(len(shop))
    shop.loc[later & (by_chance < 0.15), "user_id"] = ""
    one = find("consent loss", shop)
    assert one.verdict == "look"
    assert "from 2024-03-24 on" in one.example
    shop["user_id"] = shop["user_id"].replace("", "somebody")
    shop.loc[by_chance < 0.1, "user_id"] = ""
    assert find("consent loss", shop).verdict == "good"


def test_equal_times_mislead_visits_and_not_the_clock(shop, find):
    shop["timestamp"] = shop["timestamp"].dt.floor("D")
    one = find("equal timestamps", shop)
    assert one.verdict == "refuse"
    assert one.example == "100% of all times are at midnight"
    clock = {"clock": "1d", "quiet": "7d"}
    assert find("equal timestamps", shop, moments=clock).verdict == "look"


def test_one_event_of_next_year_is_refused_and_one_of_tonight_is_not(shop, find):
    late = dict(shop.iloc[0]) | {"timestamp": pd.Timestamp("2025-12-24T00:00:00Z")}
    one = find("future times", with_rows(shop, late))
    assert (one.verdict, one.count, one.example) == ("refuse", 1, "the last event is of 2025-12-24")
    late["timestamp"] = pd.Timestamp("2024-12-01T20:00:00Z")
    assert find("future times", with_rows(shop, late)).verdict == "good"


def test_an_event_of_1970_is_stray_and_makes_no_outage_of_fifty_years(shop, find):
    epoch = dict(shop.iloc[0]) | {"timestamp": pd.Timestamp("1970-01-01T00:00:00Z")}
    one = find("stray times", with_rows(shop, epoch))
    assert (one.verdict, one.count) == ("look", 1)
    assert one.example == "1 event of 1970-01-01 to 1970-01-01"
    assert find("outages", with_rows(shop, epoch)).verdict == "good"


@pytest.mark.parametrize(("hours", "verdict"), [(6, "look"), (-3, "look"), (1, "good")])
def test_a_change_of_zone_moves_all_hours_and_daylight_saving_is_none(shop, find, hours, verdict):
    shop.loc[day_of(shop) >= 20, "timestamp"] += pd.Timedelta(hours=hours)
    one = find("time-zone jumps", shop)
    assert one.verdict == verdict
    if verdict == "look":
        way = "later" if hours > 0 else "earlier"
        assert one.example == f"from 2024-03-24 on all is {abs(hours)} h {way}"


def test_another_day_shape_is_no_change_of_zone(shop, find):
    evenings = (day_of(shop) >= 20) & (shop["timestamp"].dt.hour < 12)
    shop.loc[evenings, "timestamp"] += pd.Timedelta(hours=5)
    assert find("time-zone jumps", shop).verdict == "good"


def machine(shop, events, step, user="monitor"):
    times = START + pd.Timedelta(hours=9) + pd.to_timedelta(np.arange(events) * step, unit="s")
    return pd.DataFrame(
        {"user_id": user, "timestamp": times, "event": "visit", "value": None, "channel": "mail"}
    ).astype({"value": "float64"})


@pytest.mark.parametrize(
    ("events", "step", "bots"),
    [
        (400, 0.5, 0),  # fast, but for three minutes only
        (700, 0.5, 1),  # 120 a minute, six minutes long
        (190, 0.1, 0),  # a page that fires all at once
        (2_000, 40.0, 0),  # 40 seconds apart, through one night
        (2_500, 20.0, 1),  # more than 2,000 in a day
        (600, 295.0, 1),  # awake around the clock
    ],
)
def test_bots_are_told_by_pace_volume_and_sleep(shop, find, events, step, bots):
    one = find("bots", pd.concat([shop, machine(shop, events, step)]))
    assert one.count == bots
    assert (one.verdict == "good") == (bots == 0)
    assert "monitor" not in one.example


def test_a_log_of_bots_is_refused(shop, find):
    assert find("bots", pd.concat([shop, machine(shop, 3_000, 0.5)])).verdict == "refuse"


def test_times_to_the_minute_say_nothing_of_pace(shop, find):
    rows = machine(shop, 700, 0.5)
    rows["timestamp"] = rows["timestamp"].dt.floor("min")
    rows["value"] = np.arange(700.0)  # so that they are no duplicates
    assert find("bots", pd.concat([shop, rows])).count == 0


def test_a_day_at_zero_is_an_outage_and_a_closed_weekend_is_none(shop, find):
    one = find("outages", shop[day_of(shop) != 17])
    assert (one.verdict, one.count) == ("look", 1)
    assert one.example == "no event for 1 day from 2024-03-21 on"
    assert find("outages", shop[shop["timestamp"].dt.dayofweek < 5]).verdict == "good"


@pytest.mark.parametrize(
    ("keep", "example"),
    [
        (lambda day: day >= 15, "'view' starts on 2024-03-19"),
        (lambda day: day < 25, "'view' stops on 2024-03-29"),
        (lambda day: ~day.between(15, 19), "'view' is silent for 5 days from 2024-03-19 on"),
    ],
)
def test_an_event_that_is_recorded_for_a_time_only_is_a_change_of_tracking(
    shop, find, keep, example
):
    kept = shop[(shop["event"] != "view") | keep(day_of(shop))]
    one = find("tracking changes", kept)
    assert (one.verdict, one.count, one.example) == ("look", 1, example)


def test_an_outage_of_everything_is_no_change_of_tracking(shop, find):
    assert find("tracking changes", shop[day_of(shop) != 17]).verdict == "good"


def test_a_macro_rate_that_halves_is_seen_with_its_day(shop, find):
    broken = (day_of(shop) >= 20) & (shop["event"] == "buy") & (shop["channel"] == "search")
    one = find("macro rate jumps", shop[~broken])
    assert one.verdict == "look"
    assert "'channel search'" in one.example
    assert "to 0 macros a visit from 2024-03-24 on" in one.example
    fewer = broken & (np.arange(len(shop)) % 5 == 0)
    assert find("macro rate jumps", shop[~fewer]).verdict == "good"


def test_an_action_that_fires_twice_from_a_day_on_is_seen(shop, find):
    again = shop[(day_of(shop) >= 20) & (shop["event"] == "view")].copy()
    again["timestamp"] += pd.Timedelta(milliseconds=40)
    one = find("action rate jumps", pd.concat([shop, again]))
    assert (one.verdict, one.count) == ("look", 1)
    assert one.example == "'view': 0.85 to 1.7 a visit from 2024-03-24 on"


def test_ids_that_do_not_last_are_refused(shop, find):
    shop["user_id"] += shop.index.astype(str)
    assert find("users with one event", shop).verdict == "refuse"


def test_users_who_were_here_before_the_log_are_counted(shop, find):
    early = shop[day_of(shop) == 0]
    crowd = [early.assign(user_id=early["user_id"] + f"x{i}") for i in range(12)]
    one = find("left truncation", pd.concat([shop, *crowd]))
    assert one.verdict == "look"
    assert one.count == pytest.approx(12 * 20, abs=5)
    cohort = shop.assign(timestamp=shop["timestamp"].where(day_of(shop) < 2, START))
    returns = cohort.groupby("user_id").head(1)
    returns = returns.assign(timestamp=START + pd.Timedelta(days=39))
    assert find("left truncation", pd.concat([cohort, returns])).verdict == "good"


def test_macros_before_which_nothing_is_known_are_counted(shop, find):
    bare = shop[(shop["event"] != "visit") & (shop["event"] != "view")]
    cart = [{"name": "cart", "event": "cart"}]
    assert find("macros with no earlier moment", bare, actions=cart).verdict == "good"
    one = find("macros with no earlier moment", shop[shop["event"] == "buy"], actions=[
        {"name": "buy again", "event": "buy"}])  # fmt: skip
    assert (one.verdict, one.share) == ("refuse", 1.0)


def test_a_log_without_empty_visits_is_selected_by_construction(shop, find):
    planned = shop[shop["event"] != "visit"]
    assert find("visits without planned events", planned).verdict == "look"
    clock = {"clock": "1d", "quiet": "7d"}
    assert find("visits without planned events", planned, moments=clock).verdict == "good"


@pytest.mark.parametrize(("value", "verdict"), [(1_500.0, "look"), (48_000.0, "refuse")])
def test_one_order_of_a_thousand_times_the_value_is_an_outlier(shop, find, value, verdict):
    first = shop.index[shop["event"] == "buy"][0]
    shop.loc[first, "value"] = value
    one = find("value outliers", shop)
    assert (one.verdict, one.count) == (verdict, 1)
    assert one.example.startswith(f"highest {value:,.2f} EUR, usual up to ")
    shop.loc[first, "value"] = 150.0
    assert find("value outliers", shop).count == 0


@pytest.mark.parametrize(
    ("first", "last", "times", "day"),
    [
        (30, 39, 100, "2024-04-03"),  # from a day on
        (12, 18, 0.01, "2024-03-16"),  # for a week
        (0, 20, 7.5, "2024-03-25"),  # another currency
        (20, 39, 3, None),  # dearer
        (0, 39, 100, None),  # all of them: only earlier weights can tell
    ],
)
def test_a_unit_that_changes_in_mid_log_is_refused(shop, find, first, last, times, day):
    shop.loc[day_of(shop).between(first, last), "value"] *= times
    one = find("value jumps", shop)
    assert (one.verdict, one.count) == (("refuse", 1) if day else ("good", 0))
    assert (f"from {day} on" in one.example) == (day is not None)


def test_values_alone_can_be_looked_at(shop, open_log):
    assert refused(open_log(shop)) == ()
    shop.loc[day_of(shop) >= 30, "value"] *= 100
    assert refused(open_log(shop)) == ("value jumps",)
    assert refused(open_log(shop, macro={"event": "buy", "value": 50})) == ()


def test_macros_worth_nothing_are_counted(shop, find):
    buys = shop.index[shop["event"] == "buy"]
    shop.loc[buys[:5], "value"] = [0.0, 0.0, 0.0, np.nan, 0.0]
    one = find("macros worth nothing", shop)
    assert (one.verdict, one.count) == ("look", 5)
    shop.loc[buys, "value"] = 0.0
    assert find("macros worth nothing", shop).verdict == "refuse"
    assert find("macros worth nothing", shop, macro={"event": "buy"}).count == 0


def test_a_transaction_that_comes_twice_is_seen_and_a_double_row_of_it_is_not(shop, find):
    shop["order_id"] = "o" + shop.index.astype(str)
    buys = shop[shop["event"] == "buy"]
    once_more = buys.head(3).assign(timestamp=buys["timestamp"] + pd.Timedelta(hours=2))
    one = find("repeated transaction ids", pd.concat([shop, once_more]))
    assert (one.verdict, one.count) == ("look", 3)
    assert one.example == "in the column 'order_id'"
    assert find("repeated transaction ids", pd.concat([shop, buys.head(3)])).count == 0
    shop["order_id"] = "(not set)"
    assert find("repeated transaction ids", shop).count == 0


def test_an_attribute_with_a_value_for_everybody_is_looked_at(shop, find):
    shop["channel"] = shop["user_id"].str.len().astype(str) + shop.index.astype(str)
    one = find("attributes with thousands of values", shop)
    assert (one.verdict, one.count) == ("look", 1)
    assert one.example == f"'channel': {len(shop):,} values"


def test_too_few_macros_say_how_many_more_it_takes(shop, find):
    buys = shop.index[shop["event"] == "buy"]
    few = find("enough macros", shop.drop(buys[36:]))
    assert (few.verdict, few.count) == ("refuse", 36)
    assert few.example.startswith("30 more macro users needed, at this pace ")
    some = find("enough macros", shop.drop(buys[100:]))
    assert (some.verdict, some.count) == ("look", 100)
    assert some.example.startswith(f"{macros_needed(1.5) - 100} more")
