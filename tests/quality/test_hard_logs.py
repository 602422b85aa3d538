"""Logs in which nothing is wrong although they look it, and small ones in which little can be."""

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from microlift.quality import check_log
from microlift.quality.calendar import calendar_of
from microlift.quality.counts import log_proper
from microlift.quality.rows import step_of
from microlift.quality.users import excess_at_first

START = pd.Timestamp("2024-03-04T00:00:00Z")
NOW = datetime(2024, 12, 1, tzinfo=UTC)


def day_of(frame):
    return (frame["timestamp"] - START).dt.days


def findings_of(log):
    found = check_log(log, now=NOW)
    assert json.loads(found.to_json())["verdict"] == found.verdict
    shares = found.to_frame()["share"].dropna()
    assert shares.between(0, 1).all()
    return {one.name: one for one in found.findings}


@pytest.mark.parametrize(
    "zone",
    [
        "Europe/Berlin",
        pytest.param("Pacific/Auckland", marks=pytest.mark.slow),
        pytest.param("America/New_York", marks=pytest.mark.slow),
    ],
)
@pytest.mark.slow
def test_dates_without_times_have_no_outage_where_the_clocks_change(shop, find, zone):
    # 40 days from 4 March and from 14 October: the clocks change in spring or in autumn.
    for begin in ("2024-03-04", "2024-10-14"):
        first = pd.Timestamp(begin)
        days = [f"{first + pd.Timedelta(days=day):%Y-%m-%d}" for day in day_of(shop)]
        dated = shop.assign(timestamp=days)
        log = {"columns": {"value": "value"}, "timezone": zone}
        one = find("equal timestamps", dated, log=log)
        assert one.example == "100% of all times are at midnight"
        assert find("outages", dated, log=log).count == 0


def test_the_clocks_of_a_zone_are_those_of_its_calendar():
    from zoneinfo import ZoneInfo

    import ibis

    from microlift.events.engine import close, connect

    begin = datetime(2023, 1, 1, tzinfo=UTC)
    hours = [begin + timedelta(hours=7 * n, minutes=13) for n in range(1_500)]
    zero = datetime(1970, 1, 1, tzinfo=UTC)
    micros = [(hour - zero) // timedelta(microseconds=1) for hour in hours]
    con = connect([])
    table = ibis.memtable({"t": micros})
    for zone in ("Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "America/New_York"):
        calendar = calendar_of(zone, 19_358, 19_800)
        found = con.to_pyarrow(table.mutate(day=calendar.day(table.t)))["day"].to_pylist()
        local = [hour.astimezone(ZoneInfo(zone)).date() for hour in hours]
        assert found == [(day - zero.date()).days for day in local]
    close(con)


FORM = [
    {"name": "view", "event": "view"},
    {"name": "left", "event": "view", "without": "cart", "within": "1d"},
]


def test_states_that_are_reached_between_events_hide_no_outage_and_no_single_event(shop, find):
    gap = shop[day_of(shop) != 17]
    one = find("outages", gap, actions=FORM)
    assert (one.verdict, one.count) == ("look", 1)
    plain = find("users with one event", shop.groupby("user_id").tail(1))
    ruled = find("users with one event", shop.groupby("user_id").tail(1), actions=FORM)
    assert plain.share == ruled.share == 1.0


@pytest.mark.parametrize("strays", [1, 8])
def test_a_small_log_knows_its_strays_too(shop, find, strays):
    small = shop[day_of(shop) < 12]
    epoch = small.head(strays).assign(timestamp=pd.Timestamp("1970-01-01T00:00:00Z"))
    bent = pd.concat([small, epoch])
    assert find("stray times", bent).count == strays
    assert find("outages", bent).count == 0


def test_two_parts_of_a_log_years_apart_are_no_strays():
    days, counts = np.array([0, 1, 2, 800, 801, 802]), np.array([30, 30, 30, 40, 40, 40])
    first, last, stray = log_proper(days, counts)
    assert (first, last) == (0, 802)
    assert stray == {"before": (0, 0, 0), "after": (0, 0, 0)}


def test_ids_that_are_missing_by_chance_are_no_loss_of_consent(shop, find):
    # 3 % of the rows have no id; of 12 macros one, which is 8 %.
    shop = shop.drop(shop.index[shop["event"] == "buy"][12:])
    others = shop.index[shop["event"] != "buy"]
    lost = [*others[::33], shop.index[shop["event"] == "buy"][3]]
    shop.loc[lost, "user_id"] = None
    one = find("consent loss", shop)
    assert (one.verdict, one.count) == ("good", 1)


def test_days_that_differ_by_chance_are_no_change_of_consent():
    rng = np.random.default_rng(5)
    steps = 0
    for _ in range(60):
        share = rng.beta(4, 36, 60)  # 10 % on average, and another share each day
        n = rng.poisson(25, 60)
        rows = pd.DataFrame({"day": range(60), "n": n, "nobody": rng.binomial(n, share)})
        steps += step_of(rows) is not None
    assert steps <= 2
    changed = rows.assign(nobody=rows["nobody"] + np.where(np.arange(60) < 30, 0, 4))
    day, before, after = step_of(changed)
    assert abs(day - 30) <= 3
    assert before < after


def test_a_small_log_begins_with_users_who_came_by_chance():
    rng = np.random.default_rng(9)
    found = [excess_at_first(rng.poisson(1.5, 24), head=2)[1] > 0 for _ in range(300)]
    assert np.mean(found) < 0.03
    assert excess_at_first(np.array([40, 40, *rng.poisson(1.5, 22)]), head=2)[1] > 70


def test_an_action_that_counts_once_a_user_does_not_fall_where_nobody_new_comes(shop, find):
    again = shop["user_id"].str.replace(r"person-(\d+)", _earlier, regex=True)
    once = [{"name": "view", "event": "view", "first_only": True}]
    one = find("action rate jumps", shop.assign(user_id=again), actions=once)
    assert (one.verdict, one.count) == ("good", 0)


def _earlier(found):
    return f"person-{int(found[1]) % 20:02}"


def test_an_outage_in_the_first_and_in_the_last_fortnight_is_seen(shop, find):
    for day in (6, 33):
        one = find("outages", shop[day_of(shop) != day])
        date = f"{START + pd.Timedelta(days=day):%Y-%m-%d}"
        assert (one.count, one.example) == (1, f"no event for 1 day from {date} on")


def test_a_log_that_is_too_short_for_a_check_says_so(shop, open_log):
    found = findings_of(open_log(shop[day_of(shop) < 9]))
    for name, needed in {
        "outages": 17,
        "tracking changes": 17,
        "macro rate jumps": 16,
        "action rate jumps": 16,
        "time-zone jumps": 28,
        "left truncation": 20,
    }.items():
        assert found[name].verdict == "good"
        assert found[name].example == f"not judged: 9 days, it takes {needed}"


@pytest.mark.parametrize(
    "table",
    [
        [("a", 0, "view"), ("a", 1, "buy")],  # two rows, one user, one session, one day
        [("a", 0, "buy"), ("a", 1, "cart"), ("b", 2, "view")],
        [("a", 0, "view"), ("b", 500, "buy"), ("c", 1_000, "cart")],
        [("a", 0, "buy"), ("a", 0, "view"), ("a", 5, "buy")],
    ],
)
def test_logs_of_a_few_rows_are_judged_without_failing(open_log, table):
    frame = pd.DataFrame(
        {
            "user_id": [who for who, _, _ in table],
            "timestamp": [START + pd.Timedelta(hours=hour) for _, hour, _ in table],
            "event": [name for _, _, name in table],
            "value": [5.0 if name == "buy" else None for _, _, name in table],
            "channel": "mail",
        }
    )
    names = sorted(set(frame["event"]) - {"buy"})
    actions = [{"name": name, "event": name} for name in names]
    found = findings_of(open_log(frame, actions=actions, horizon="1h"))
    assert found["enough macros"].verdict == "refuse"
    assert {name for name, one in found.items() if one.verdict == "refuse"} <= {
        "enough macros", "macros with no earlier moment", "users with one event",
        "equal timestamps",
    }  # fmt: skip


def test_the_pace_at_which_macros_come_is_that_of_the_days_whose_horizon_is_over(shop, find):
    # 39.5 days, of which 20 have their horizon inside the log: 20 users with a macro in 20 days.
    buyers = shop.loc[shop["event"] == "buy", ["user_id"]].assign(day=day_of(shop))
    one_a_day = buyers.groupby("day").head(1)["user_id"]
    kept = shop[(shop["event"] != "buy") | shop["user_id"].isin(one_a_day)]
    one = find("enough macros", kept, horizon="20d")
    assert one.count == 20
    assert one.example == "46 more macro users needed, at this pace 45 more days"


@pytest.mark.slow
def test_a_machine_that_buys_is_looked_at_however_little_it_does(shop, open_log):
    times = START + pd.Timedelta(hours=9) + pd.to_timedelta(np.arange(700) * 0.5, unit="s")
    machine = shop.iloc[:1].loc[[0] * 700].assign(user_id="tester", timestamp=times)
    many = pd.concat(
        [shop.assign(user_id=shop["user_id"] + f"-{n}") for n in range(80)], ignore_index=True
    )
    idle = findings_of(open_log(pd.concat([many, machine.assign(event="visit")])))["bots"]
    assert (idle.verdict, idle.count) == ("good", 1)
    buys = machine.assign(event=["buy", *["visit"] * 699], value=[9.0, *[None] * 699])
    busy = findings_of(open_log(pd.concat([many, buys])))["bots"]
    assert (busy.verdict, busy.count) == ("look", 1)


def test_ids_of_transactions_that_are_no_ids_and_rows_without_a_user_repeat_nothing(shop, find):
    buys = shop["event"] == "buy"
    shop["order_id"] = np.where(buys, np.arange(len(shop), dtype="float64"), np.nan)
    again = shop[buys].head(5).assign(user_id=None, timestamp=shop["timestamp"].iloc[-1])
    one = find("repeated transaction ids", pd.concat([shop, again]))
    assert (one.verdict, one.count) == ("good", 0)
    shop["order_id"] = np.where(buys, "NaN", "")
    assert find("repeated transaction ids", shop).count == 0


@pytest.mark.parametrize(("values", "verdict"), [(999, "good"), (1_000, "look")])
def test_an_attribute_has_thousands_of_values_from_one_thousand_on(shop, find, values, verdict):
    shop["channel"] = [f"c{i % values}" for i in range(len(shop))]
    assert find("attributes with thousands of values", shop).verdict == verdict


def test_a_few_equal_times_and_many_single_visits_are_how_logs_are(shop, find):
    planned = shop.index[shop["event"].isin(["view", "cart", "buy"])]
    later = shop.loc[planned[::200]].assign(event="visit")
    assert find("equal timestamps", pd.concat([shop, later])).verdict == "good"
    once = shop[shop["event"] == "visit"].assign(user_id=[f"once-{i}" for i in range(800)])
    one = find("users with one event", pd.concat([shop, once]))
    assert one.verdict == "good"
    assert 0.5 < one.share < 0.8
