"""Rules that look at several events: tables of a few rows, the expected occurrences beside them."""

import random
from collections import Counter

import pandas as pd
import pytest

from microlift.errors import EventsError
from microlift.events import read_events

END = "2024-12-01 00:00:00"
SECOND = 1_000_000
ACTION = {"name": "a", "event": "page"}
GIVEN = {"columns": {"session_id": "visit"}}


def log_of(read, table, rule, visits=None, extra=(), **changes):
    """Read one user's rows; somebody else's macros make it a log that can be estimated from."""
    rows = [("u", row[0], row[1]) for row in table]
    rows += [("z", END, "buy"), ("z", "2024-01-01 00:00:00", "buy"), *extra]
    rows += [("z", "2024-01-01 00:00:00", name) for name in ("page", "start", "submit", "other")]
    frame = pd.DataFrame(rows, columns=["user_id", "timestamp", "event"])
    log = changes.pop("log", {})
    if visits is not None:
        frame["visit"] = [*visits, *["z"] * (len(frame) - len(visits))]
        log = log | GIVEN
    action = {**ACTION, **rule}
    if "returns_within" in rule:
        del action["event"]
    return read(frame, actions=[action], log=log, **changes)


def rows_of_u(log):
    """The rows of the user whose events are not at the ends of the log: (t, event, marked)."""
    rows = log.con.to_pyarrow(log.events.order_by(["user", "seq"])).to_pylist()
    macros = {row["user"] for row in rows if row["macro"] and row["t"] == log.facts.last_us}
    return [row for row in rows if row["user"] not in macros]


def marks(log):
    """Whether each event of the user is an occurrence, in order."""
    return [row["mask"] == 1 for row in rows_of_u(log) if row["event"] >= 0]


def reached(log, timezone="UTC"):
    """The times of the states reached between the user's events, in the log's own zone."""
    times = [row["t"] for row in rows_of_u(log) if row["event"] < 0]
    local = pd.to_datetime(times, unit="us", utc=True).tz_convert(timezone)
    return [str(time.tz_localize(None)) for time in local]


def expected(table):
    return [row[2] for row in table]


FIVE_PAGES = [
    ("2024-03-05 10:00:00", "page", False),
    ("2024-03-05 10:10:00", "page", False),
    ("2024-03-05 10:10:00", "other", False),  # does not count
    ("2024-03-05 10:20:00", "page", True),  # the third, and the third only
    ("2024-03-05 10:30:00", "page", False),
    ("2024-03-05 11:00:01", "page", False),  # another session: begins anew
    ("2024-03-05 11:05:00", "page", False),
    ("2024-03-05 11:06:00", "page", True),
]


def test_the_event_that_makes_it_n_in_the_session_is_the_occurrence_and_only_that(read):
    log = log_of(read, FIVE_PAGES, {"at_least": 3, "within": "session"})
    # At one time the unplanned comes first.
    assert marks(log) == expected(FIVE_PAGES)
    assert log.facts.action_counts == {"a": 2}


@pytest.mark.parametrize(
    ("zone", "night"), [("UTC", "2024-03-05"), ("Europe/Berlin", "2024-03-30")]
)
def test_the_fifth_page_is_the_occurrence_over_midnight_and_a_change_of_the_clock(
    read, zone, night
):
    next_day = str(pd.Timestamp(night) + pd.Timedelta("1D"))[:10]
    late = "03" if zone == "Europe/Berlin" else "02"  # that night there is no hour from 2 to 3
    table = [
        (f"{night} 23:59:59", "page", False),
        (f"{next_day} 00:29:59", "page", False),  # exactly 30 minutes: the same session
        (f"{next_day} 00:59:59", "page", False),
        (f"{next_day} 01:29:59", "page", False),
        (f"{next_day} 01:59:59", "page", True),
        (f"{next_day} {late}:29:59", "page", False),  # the sixth
    ]
    log = log_of(read, table, {"at_least": 5, "within": "session"}, log={"timezone": zone})
    assert marks(log) == expected(table)
    assert log.facts.action_counts == {"a": 1}
    fewer = log_of(read, table[:4], {"at_least": 5, "within": "session"}, log={"timezone": zone})
    assert marks(fewer) == [False] * 4


AT_75_PERCENT = [
    ({"event": "page"}, [1, 1, 1, 1, 0, 0]),
    ({"event": ["page", "other"]}, [1, 1, 1, 1, 1, 0]),
    ({"event": "page", "where": "percent >= 75"}, [0, 1, 1, 0, 0, 0]),
    ({"event": "page", "where": "percent > 75"}, [0, 0, 1, 0, 0, 0]),
    ({"event": "page", "where": "percent >= 75 OR percent IS NULL"}, [0, 1, 1, 1, 0, 0]),
    ({"event": "page", "where": "percent >= 75", "first_only": True}, [0, 1, 0, 0, 0, 0]),
]


def test_an_event_and_a_threshold_of_a_property_decide_at_exactly_the_threshold(read):
    rows = [
        ("2024-03-05 10:00:00", "page", 74.999),
        ("2024-03-05 10:01:00", "page", 75.0),
        ("2024-03-05 10:02:00", "page", 100.0),
        ("2024-03-05 10:03:00", "page", None),
        ("2024-03-05 10:04:00", "other", 100.0),
        ("2024-03-05 10:05:00", "buy", 100.0),
    ]
    frame = pd.DataFrame(rows, columns=["timestamp", "event", "percent"]).assign(user_id="u")
    ends = {"user_id": ["z", "z"], "timestamp": ["2024-01-01", END], "event": ["other", "buy"]}
    actions = [{"name": f"a{bit}", **rule} for bit, (rule, _) in enumerate(AT_75_PERCENT)]
    masks = [
        row["mask"]
        for row in rows_of_u(read(pd.concat([frame, pd.DataFrame(ends)]), actions=actions))
    ]
    for bit, (rule, occurrences) in enumerate(AT_75_PERCENT):
        assert [mask >> bit & 1 for mask in masks] == occurrences, rule


@pytest.mark.parametrize("second", ["heartbeat", "scroll", "click"])
def test_a_visit_of_one_page_with_a_later_event_is_not_0_seconds(read, second):
    table = [
        ("2024-03-05 10:00:00", "page", False),
        ("2024-03-05 10:01:00", second, True),
        ("2024-03-05 12:00:00", "page", False),  # a visit without any later event: unknown
    ]
    log = log_of(read, table, {"dwell": "60s"})
    assert marks(log) == expected(table)
    assert any("'a' is unknown for 1 of 3 events" in note for note in log.facts.notes)


def test_sessions_of_the_log_itself_are_counted_apart_even_where_they_interleave(read):
    table = [
        ("2024-03-05 10:00:00", "page", False),
        ("2024-03-05 10:01:00", "page", False),
        ("2024-03-05 10:02:00", "page", True),  # the second of x
        ("2024-03-05 18:00:00", "page", True),  # the second of y, hours later
        ("2024-03-05 18:01:00", "page", False),
        ("2024-03-05 18:02:00", "page", False),
    ]
    log = log_of(read, table, {"at_least": 2, "within": "session"}, visits=list("xyxyxy"))
    assert marks(log) == expected(table)


SEVEN_DAYS = [
    ("2024-03-01 12:00:00", "page", False),
    ("2024-03-05 12:00:00", "page", False),
    ("2024-03-08 12:00:00", "page", True),  # three within exactly seven days
    ("2024-03-09 12:00:00", "page", False),  # still three: reached already
    ("2024-03-20 12:00:00", "page", False),
    ("2024-03-21 12:00:00", "page", False),
    ("2024-03-27 12:00:01", "page", False),  # a second too late
    ("2024-03-28 12:00:00", "page", True),  # three again
]


def test_a_number_within_days_is_reached_at_exactly_seven_days_and_again_after_it_was_lost(read):
    log = log_of(read, SEVEN_DAYS, {"at_least": 3, "within": "7d"})
    assert marks(log) == expected(SEVEN_DAYS)


def test_seven_days_over_a_change_of_the_clock_are_seven_times_24_hours(read):
    table = [
        ("2024-03-28 12:00:00", "page", False),
        ("2024-04-04 13:00:00", "page", True),  # summer time since the 31st: exactly 7 x 24 h
        ("2024-04-11 13:00:01", "page", False),
        ("2024-10-24 12:00:00", "page", False),
        ("2024-10-31 11:00:00", "page", True),  # winter time since the 27th
        ("2024-11-07 11:00:01", "page", False),
    ]
    rule = {"at_least": 2, "within": "7d"}
    log = log_of(read, table, rule, log={"timezone": "Europe/Berlin"})
    assert marks(log) == expected(table)


def test_two_events_of_one_microsecond_are_two(read):
    table = [
        ("2024-03-05 10:00:00", "other", False),
        ("2024-03-05 10:00:00", "page", False),
        ("2024-03-05 10:00:00", "start", True),
    ]
    rule = {"event": ["page", "start"], "at_least": 2, "within": "session"}
    assert marks(log_of(read, table, rule)) == expected(table)
    assert marks(log_of(read, table, {**rule, "within": "7d"})) == expected(table)


DWELL = [
    ("2024-03-05 23:59:10", "page", False),
    ("2024-03-06 00:00:10", "other", True),  # exactly 60 s later, over midnight: known here
    ("2024-03-06 00:05:10", "page", False),  # the other event is no page
    ("2024-03-06 00:06:09.999999", "page", False),  # a microsecond too early
    ("2024-03-06 00:07:10", "page", True),
    ("2024-03-06 09:00:00", "page", False),  # another session: the dwell before it is unknown
]


def test_a_dwell_is_an_occurrence_at_the_next_event_of_the_session_that_tells_it(read):
    log = log_of(read, DWELL, {"dwell": "60s"})
    assert marks(log) == expected(DWELL)
    # Of the six pages one is somebody else's, and the last of each session tells nothing.
    said = "dwell of 'a' is unknown for 2 of 6 events: no later event in the session."
    assert said in log.facts.notes


def test_a_dwell_looks_for_the_next_event_of_its_own_session(read):
    table = [
        ("2024-03-05 10:00:00", "page", False),
        ("2024-03-05 10:00:30", "other", False),  # of another session of the log
        ("2024-03-05 10:01:00", "other", True),
    ]
    assert marks(log_of(read, table, {"dwell": "60s"}, visits="xyx")) == expected(table)


def test_a_dwell_over_a_change_of_the_clock_is_measured_in_seconds(read):
    table = [
        ("2024-03-31 01:59:30", "page", False),
        ("2024-03-31 03:00:29", "page", False),  # 59 s later: the hour between does not exist
        ("2024-03-31 03:01:29", "page", True),
    ]
    log = log_of(read, table, {"dwell": "60s"}, log={"timezone": "Europe/Berlin"})
    assert marks(log) == expected(table)


def test_events_of_one_microsecond_do_not_dwell(read):
    table = [
        ("2024-03-05 10:00:00", "page", False),
        ("2024-03-05 10:00:00", "submit", False),
        ("2024-03-05 10:02:00", "other", False),  # the event before it is no page
    ]
    # "page" is looked at by the plan, so it stands after what is not.
    log = log_of(read, [table[1], table[0], table[2]], {"dwell": "60s"})
    assert marks(log) == [False, False, True]
    rule = {"event": "submit", "dwell": "60s"}
    assert marks(log_of(read, table, rule)) == [False, False, True]


def test_a_dwell_that_only_the_macro_tells_stands_on_the_macro(read):
    table = [("2024-03-05 10:00:00", "page"), ("2024-03-05 10:02:00", "buy")]
    rows = rows_of_u(log_of(read, table, {"dwell": "60s"}))
    assert [(row["mask"], row["macro"]) for row in rows] == [(0, 0), (1, 1)]


def test_a_later_action_that_tells_a_dwell_is_one_step_of_both(read):
    rows = [("u", "2024-03-05 10:00:00", "page"), ("u", "2024-03-05 10:02:00", "cart")]
    rows += [("z", "2024-01-01", "buy"), ("z", END, "buy")]
    actions = [{**ACTION, "dwell": "60s"}, {"name": "cart", "event": "cart"}]
    log = read(pd.DataFrame(rows, columns=["user_id", "timestamp", "event"]), actions=actions)
    assert [row["mask"] for row in rows_of_u(log)] == [0, 0b11]


BACK = [
    ("2024-03-01 12:00:00", "other", False),
    ("2024-03-01 12:10:00", "other", False),
    ("2024-03-08 12:10:00", "other", False),  # exactly seven days after the last event
    ("2024-03-15 12:10:01", "other", False),  # a second too late
    ("2024-03-15 12:40:01", "other", False),  # the same session
    ("2024-03-15 13:10:02", "other", False),  # another session, half an hour later
]


@pytest.mark.parametrize("visits", [None, "aabccd"])
def test_coming_back_is_a_state_just_before_the_first_event_of_a_session_that_starts_in_time(
    read, visits
):
    log = log_of(read, BACK, {"returns_within": "7d"}, visits=visits)
    assert reached(log) == ["2024-03-08 12:10:00", "2024-03-15 13:10:02"]
    rows = [(row["event"] < 0, row["session"], row["opens"]) for row in rows_of_u(log)]
    assert rows == [
        (False, 1, 1),
        (False, 1, 0),
        (True, 1, 0),  # it is what came next after the first session
        (False, 2, 1),
        (False, 3, 1),
        (False, 3, 0),
        (True, 3, 0),
        (False, 4, 1),
    ]
    assert log.facts.events == len(BACK) + 6
    assert log.facts.sessions == 4 + (1 if visits else 2)


def test_seven_days_until_the_return_are_24_hours_each_over_a_change_of_the_clock(read):
    table = [
        ("2024-03-28 12:00:00", "other"),
        ("2024-04-04 13:00:00", "other"),
        ("2024-10-24 12:00:00", "other"),
        ("2024-10-31 11:00:00", "other"),
        ("2024-11-07 11:00:01", "other"),
    ]
    log = log_of(read, table, {"returns_within": "7d"}, log={"timezone": "Europe/Berlin"})
    assert reached(log, "Europe/Berlin") == ["2024-04-04 13:00:00", "2024-10-31 11:00:00"]


def test_a_session_that_begins_with_the_macro_tells_return_and_macro_at_once(read):
    table = [("2024-03-05 10:00:00", "other"), ("2024-03-06 10:00:00", "buy")]
    log = log_of(read, table, {"returns_within": "7d"})
    assert [(row["event"] < 0, row["mask"]) for row in rows_of_u(log)] == [(False, 0), (False, 1)]


def test_of_the_first_only_a_users_first_event_counts_in_the_total_order(read):
    table = [
        ("2024-03-05 10:00:00", "other", False),
        ("2024-03-05 10:00:00", "page", True),
        ("2024-03-05 10:01:00", "page", False),
        ("2024-03-09 10:00:00", "page", False),
    ]
    log = log_of(read, table, {"first_only": True})
    assert marks(log) == expected(table)
    assert log.facts.action_counts == {"a": 2}  # one of each user


@pytest.mark.slow
@pytest.mark.parametrize(
    "rule",
    [
        {"at_least": 3, "within": "session"},
        {"at_least": 3, "within": "1h"},
        {"dwell": "60s"},
        {"returns_within": "7d"},
        {"event": "start", "without": "submit", "within": "session"},
        {"event": "start", "without": "submit", "within": "2m"},
    ],
)
@pytest.mark.slow
def test_the_first_of_any_rule_is_the_first_of_all_its_occurrences(read, rule):
    table = [(f"2024-03-0{day} 10:0{m}:00", "page") for day in (5, 6, 7) for m in (0, 1, 2)]
    table += [(f"2024-03-0{day} 10:05:00", "start") for day in (5, 6, 7)]
    every = rows_of_u(log_of(read, table, rule))
    first = rows_of_u(log_of(read, table, {**rule, "first_only": True}))
    times = [row["t"] for row in every if row["mask"]]
    assert len(times) > 1
    assert [row["t"] for row in first if row["mask"]] == times[:1]


FORM = {"event": "start", "without": "submit"}
LEFT = [
    ("2024-03-05 23:50:00", "start"),
    ("2024-03-05 23:55:00", "submit"),  # finished
    ("2024-03-06 00:10:00", "start"),
    ("2024-03-06 00:20:00", "page"),  # the last of its session
    ("2024-03-06 09:00:00", "submit"),  # too late: the session is over
    ("2024-03-06 09:10:00", "start"),
]


def test_a_form_is_abandoned_once_its_session_is_over_whether_or_not_the_user_comes_back(read):
    log = log_of(read, LEFT, {**FORM, "within": "session"})
    assert marks(log) == [False] * 6
    assert reached(log) == ["2024-03-06 00:50:00.000001", "2024-03-06 09:40:00.000001"]
    assert [row["session"] for row in rows_of_u(log) if row["event"] < 0] == [1, 2]


def test_an_event_that_comes_before_the_session_is_over_still_finishes(read):
    table = [
        ("2024-03-05 10:00:00", "start"),
        ("2024-03-05 10:30:00", "submit"),  # a gap of exactly 30 minutes is none
        ("2024-03-06 10:00:00", "start"),
        ("2024-03-06 10:30:00.000001", "submit"),
    ]
    log = log_of(read, table, {**FORM, "within": "session"})
    assert reached(log) == ["2024-03-06 10:30:00.000001"]
    # The state is known just before the event that would have finished it.
    assert [row["event"] < 0 for row in rows_of_u(log)] == [False, False, False, True, False]


def test_the_time_to_finish_includes_its_last_microsecond(read):
    table = [
        ("2024-03-05 10:00:00", "start"),
        ("2024-03-05 10:10:00", "submit"),  # exactly ten minutes: finished
        ("2024-03-05 10:20:00", "start"),
        ("2024-03-05 10:30:00.000001", "submit"),
        ("2024-03-05 10:31:00", "start"),
        ("2024-03-05 10:40:00", "page"),
        ("2024-03-05 10:45:00", "page"),
    ]
    log = log_of(read, table, {**FORM, "within": "10m"})
    assert reached(log) == ["2024-03-05 10:30:00.000001", "2024-03-05 10:41:00.000001"]
    places = [i for i, row in enumerate(rows_of_u(log)) if row["event"] < 0]
    assert places == [3, 7]  # before the late submit; between the two pages


def test_the_time_to_finish_passes_over_a_change_of_the_clock_in_minutes(read):
    table = [("2024-03-31 01:55:00", "start"), ("2024-03-31 03:05:00", "submit")]
    zone = {"timezone": "Europe/Berlin"}
    assert reached(log_of(read, table, {**FORM, "within": "10m"}, log=zone)) == []
    assert len(reached(log_of(read, table, {**FORM, "within": "9m"}, log=zone))) == 1


def test_a_form_that_can_still_be_finished_at_the_end_of_the_log_is_not_abandoned(read):
    table = [("2024-11-30 23:40:00", "start"), ("2024-11-30 23:50:00", "start")]
    extra = [("v", "2024-11-30 23:29:59", "start")]
    log = log_of(read, table, {**FORM, "within": "session"}, extra=extra)
    assert reached(log) == ["2024-11-30 23:59:59.000001"]
    assert f"{log.facts.last:%Y-%m-%d %H:%M:%S}" == END
    log = log_of(read, table, {**FORM, "within": "10m"})
    assert reached(log) == ["2024-11-30 23:50:00.000001"]


STILL_OPEN = [
    ("2024-11-30 23:00:00", "start"),  # finished
    ("2024-11-30 23:10:00", "submit"),
    ("2024-11-30 23:31:00", "start"),  # unknown
    ("2024-11-30 23:45:00", "start"),  # unknown
]
OF_OTHERS = [
    ("v", "2024-11-30 23:29:59.999999", "start"),  # over with the last event of the log
    ("w", "2024-11-30 23:30:00", "start"),  # unknown: over a microsecond later
]


@pytest.mark.parametrize(
    ("within", "visits"), [("session", None), ("session", "xxxx"), ("30m", None)]
)
def test_starts_that_may_still_be_finished_when_the_log_ends_are_counted_and_said(
    read, within, visits
):
    rule = {**FORM, "within": within}
    log = log_of(read, STILL_OPEN, rule, visits=visits, extra=OF_OTHERS)
    said = (
        "without of 'a' is unknown for 3 of 6 events: not finished, and its time is not over when "
        "the log ends."
    )
    assert said in log.facts.notes
    # The two that are known: that of v, and one of January.
    assert log.facts.action_counts == {"a": 2}
    over = [("2024-11-30 20:00:00", "start"), ("2024-11-30 23:59:00", "page")]
    notes = log_of(read, over, rule, visits="xy" if visits else None).facts.notes
    assert not [note for note in notes if "unknown" in note]


def test_a_session_of_the_log_that_goes_on_after_a_long_silence_was_abandoned_before(read):
    table = [
        ("2024-03-05 10:00:00", "start"),
        ("2024-03-05 10:01:00", "page"),  # of another session
        ("2024-03-05 12:00:00", "submit"),
        ("2024-03-05 12:10:00", "start"),
        ("2024-03-05 12:11:00", "submit"),
        ("2024-03-05 20:00:00", "page"),
    ]
    log = log_of(read, table, {**FORM, "within": "session"}, visits="xyxxxx")
    assert reached(log) == ["2024-03-05 10:30:00.000001"]


def test_states_of_one_instant_are_one_row_of_all_their_actions(read):
    rows = [("u", "2024-03-05 10:00:00", "start"), ("z", "2024-01-01", "buy"), ("z", END, "buy")]
    rows += [("z", END, "submit"), ("z", END, "call")]
    actions = [
        {"name": "a", **FORM, "within": "10m"},
        {"name": "b", "event": "start", "without": "call", "within": "10m"},
    ]
    log = read(pd.DataFrame(rows, columns=["user_id", "timestamp", "event"]), actions=actions)
    assert [row["mask"] for row in rows_of_u(log)] == [0, 0b11]


def test_events_that_finish_but_are_not_in_the_log_are_refused(read):
    with pytest.raises(EventsError, match=r"names the event 'sumbit'.*nearest: 'submit'.*without"):
        log_of(read, LEFT, {"event": "start", "without": "sumbit", "within": "session"})


def test_the_rule_is_shown_in_words_beside_its_count(read):
    log = log_of(read, FIVE_PAGES, {"at_least": 3, "within": "session"})
    assert "action a: 2 (at least 3 of 'page' within a session)" in repr(log)


RULES = [
    {"name": "many", "event": "page", "at_least": 2, "within": "session"},
    {"name": "often", "event": "page", "where": "price > 1", "at_least": 2, "within": "3h"},
    {"name": "read", "event": "page", "dwell": "10m"},
    {"name": "back", "returns_within": "4h"},
    {"name": "left", "event": "start", "without": "submit", "within": "session"},
    {"name": "late", "event": ["start", "page"], "without": ["submit", "cart"], "within": "20m"},
    {"name": "once", "event": "page", "first_only": True},
    {"name": "cart", "event": "cart"},
]


def noisy_rows(seed):
    """Few users, few times: ties, duplicates and missing values everywhere."""
    draw = random.Random(seed)
    start = pd.Timestamp("2024-07-01", tz="UTC")
    return pd.DataFrame(
        [
            (
                f"u{draw.randrange(12)}",
                start + pd.Timedelta(minutes=draw.randrange(0, 2_000, 10)),
                draw.choice(["page", "start", "submit", "cart", "buy", "other"]),
                draw.choice([None, "s1", "s2", "s3"]),
                draw.choice([1.0, 2.5, None]),
                draw.choice(["ads", "mail", None]),
            )
            for _ in range(600)
        ],
        columns=["user_id", "timestamp", "event", "visit", "price", "channel"],
    )


@pytest.mark.slow
@pytest.mark.parametrize("given", [True, False])
@pytest.mark.slow
def test_rules_hang_neither_on_row_order_nor_on_threads_nor_on_parts(
    tmp_path, make_plan, rows_of, monkeypatch, given
):
    log = {"attributes": ["channel"]} | (GIVEN if given else {})
    plan = make_plan(log=log, actions=RULES)
    rows = noisy_rows(1)
    rows.to_parquet(tmp_path / "whole.parquet")
    (tmp_path / "split").mkdir()
    shuffled = rows.sample(frac=1.0, random_state=2)
    for part in range(3):
        shuffled.iloc[part::3].to_parquet(tmp_path / "split" / f"{part}.parquet", row_group_size=50)
    seen = []
    for name, threads, rows_a_part in [("whole.parquet", 1, 10**6), ("split", 2, 100)]:
        monkeypatch.setattr("microlift.events.stretches.RULED_A_STRETCH", rows_a_part)
        with read_events(tmp_path / name, plan, threads=threads) as read_log:
            seen.append((rows_of(read_log, *read_log.events.columns), read_log.facts))
    assert seen[0] == seen[1]
    assert all(seen[0][1].action_counts.values())


@pytest.mark.parametrize("given", [True, False])
@pytest.mark.slow
def test_nothing_that_comes_later_changes_what_was_an_occurrence_before(
    tmp_path, make_plan, rows_of, given
):
    plan = make_plan(log=GIVEN if given else {}, actions=RULES)
    rows = noisy_rows(3)
    early = rows[rows["timestamp"] <= rows["timestamp"].max() - pd.Timedelta(hours=12)]
    until = early["timestamp"].max().value // 1_000
    # Users are numbered by their ids: the earlier log has to hold all of them.
    assert set(early["user_id"]) == set(rows["user_id"])
    seen = []
    for name, kept in (("all", rows), ("early", early)):
        kept.to_parquet(tmp_path / f"{name}.parquet")
        with read_events(tmp_path / f"{name}.parquet", plan) as log:
            found = rows_of(log, "user", "t", "event", "mask", "macro", "session", "opens")
            seen.append([row for row in found if row["t"] <= until])
    assert seen[0] == seen[1]


def by_hand(rows, gap):
    """The occurrences of some rules, found event by event in plain Python."""
    found = Counter()
    for _, own in rows.groupby("user_id"):
        session, pages, before = 0, 0, None
        for row in own.sort_values("timestamp", kind="stable").itertuples():
            if before is None or row.timestamp - before.timestamp > gap:
                if before is not None and row.event != "buy":
                    found["back"] += row.timestamp - before.timestamp <= pd.Timedelta("4h")
                session, pages = session + 1, 0
            elif before.event == "page":
                found["read"] += row.timestamp - before.timestamp >= pd.Timedelta("10m")
            pages += row.event == "page"
            found["many"] += row.event == "page" and pages == 2
            before = row
    return found


def test_the_engine_finds_what_a_loop_over_the_events_finds(tmp_path, make_plan):
    rows = noisy_rows(5).drop_duplicates(["user_id", "timestamp"]).assign(channel=None)
    rows.to_parquet(tmp_path / "log.parquet")
    with read_events(tmp_path / "log.parquet", make_plan(actions=RULES)) as log:
        counts = log.facts.action_counts
        macros = log.events.filter((log.events.macro == 1) & ((log.events.mask & 8) != 0))
        straight = int(log.con.to_pyarrow(macros.count()).as_py())
    hand = by_hand(rows, pd.Timedelta("30m"))
    assert (counts["many"], counts["read"]) == (hand["many"], hand["read"])
    assert counts["back"] == hand["back"] + straight
    assert min(hand.values()) > 5
