"""What a run about the next macro sees of a log: each user's events from the first macro on."""

import pandas as pd
import pytest

from microlift.errors import EventsError
from microlift.events import read_events
from microlift.moments import moments

REPEAT = {"macro": {"event": "buy", "value": "worth", "currency": "USD", "repeat": True}}
LOG = {"columns": {"value": "worth"}}
ACTIONS = [
    {"name": "view", "event": "view"},
    {"name": "review", "event": "review", "after": "macro"},
]
VIEW, REVIEW = 1, 2
OTHERS = [("z", "2024-07-01 00:00:00", name, 0.0) for name in ("view", "review")]
END = ("z", "2024-07-31 00:00:00", "page", 0.0)


def frame(*rows):
    return pd.DataFrame([*rows, END], columns=["user_id", "timestamp", "event", "worth"])


def of(user, *rows):
    return [(user, f"2024-07-{row[0]}:00", row[1], row[2] if len(row) > 2 else 0.0) for row in rows]


# Time and event; session, opens, hours away, mask, macro, value in cents.
SIX_ROWS = [
    (("01 10:00", "view"), None),  # before the first macro
    (("01 10:05", "buy", 10.0), (1, 1, 0, 0, 0, 0)),  # opens the journey, and counts no more
    (("01 10:06", "view"), (1, 0, 0, VIEW, 0, 0)),
    (("03 10:00", "page"), (2, 1, 48, 0, 0, 0)),  # the second visit from the first macro on
    (("03 10:01", "review"), (2, 0, 48, REVIEW, 0, 0)),
    (("03 10:02", "buy", 30.0), (2, 0, 48, 0, 1, 3000)),  # the macro that is asked about
]
SEEN = ("session", "opens", "away", "mask", "macro", "value")


def test_the_first_macro_opens_the_journey_and_the_second_is_the_macro(read, rows_of):
    log = read(
        frame(*of("u", *(row for row, _ in SIX_ROWS)), *OTHERS),
        **REPEAT, log=LOG, actions=ACTIONS, horizon="2d",
    )  # fmt: skip
    assert [tuple(row.values()) for row in rows_of(log, *SEEN)] == [e for _, e in SIX_ROWS if e]
    facts = log.facts
    assert (facts.users, facts.events, facts.macros, facts.value) == (1, 5, 1, 3000)
    assert facts.action_counts == {"view": 1, "review": 1}
    assert (facts.last - facts.first).days == 30  # of the log: it tells whose horizon is over
    assert facts.duplicates == 0


def test_the_moments_of_the_journey_begin_at_its_opening(read):
    rows = of("u", *(row for row, _ in SIX_ROWS)) + of(
        "w", ("01 10:00", "buy"), ("05 10:00", "page")
    )
    log = read(frame(*rows, *OTHERS), **REPEAT, log=LOG, actions=ACTIONS, horizon="2d")
    found = moments(log)
    keys = ["at", "arrive", "session", "depth", "away", "tenure", "fresh", "done", "next"]
    # What comes next: 0 nothing, 1 another visit, 3 the macro, 5 view, 6 review.
    assert sorted(map(tuple, found.to_pandas()[keys].to_numpy().tolist())) == [
        (0, 0, 0, 0, 0, 0, 0, 0, 1),  # w: opened, and nothing else in this visit
        (0, 0, 0, 0, 0, 0, 0, 0, 5),  # u: opened, and goes on to view
        (0, 1, 1, 0, 2, 2, 0, VIEW, 6),  # u, second visit, 48 hours later: goes on to review
        (0, 1, 1, 0, 3, 2, 0, 0, 0),  # w, second visit, 96 hours later: leaves
        (1, 2, 0, 1, 0, 0, VIEW, VIEW, 1),  # u: viewed, comes back
        (2, 2, 1, 1, 2, 2, REVIEW, VIEW | REVIEW, 3),  # u: reviewed, and the macro is next
    ]
    assert found.starts
    assert (found.totals.users, found.totals.macros, found.totals.revenue) == (2, 1, 3000)


def test_in_a_log_of_planned_events_alone_the_visit_of_the_first_macro_is_not_an_empty_one(read):
    rows = [*of("u", ("01 10:00", "buy"), ("05 10:00", "review"), ("05 10:01", "buy")), *OTHERS]
    log = read(frame(*rows), **REPEAT, log=LOG, actions=ACTIONS, horizon="2d")
    assert (log.facts.sessions, log.facts.empty_visits) == (2, 0)
    found = moments(log)
    assert not found.starts
    assert int(found.doers["users"].sum()) == 1


def test_users_are_numbered_without_gaps_and_keep_their_bucket(read, rows_of):
    rows = []
    for user in "abcdef":
        rows += of(user, ("01 10:00", "page"), ("02 10:00", "view"))
        if user in "bdf":
            rows += of(user, ("03 10:00", "buy"), ("04 10:00", "buy"))
    changes = {"log": LOG, "actions": ACTIONS[:1]}
    log = read(frame(*rows), **REPEAT, **changes)
    plain = read(frame(*rows), macro={"event": "buy"}, **changes)
    seen = {(row["user"], row["bucket"]) for row in rows_of(log, "user", "bucket")}
    buyers = {
        r["user"]: r["bucket"] for r in rows_of(plain, "user", "bucket", "macro") if r["macro"]
    }
    assert seen == set(enumerate(buyers[user] for user in sorted(buyers)))


def test_a_macro_at_the_very_time_of_the_first_is_part_of_it(read, rows_of):
    rows = of("u", ("01 10:00", "buy", 10.0), ("01 10:00", "buy", 20.0), ("02 10:00", "buy", 5.0))
    rows += of("v", ("01 10:00", "buy", 10.0), ("01 10:00", "buy", 20.0))
    log = read(frame(*rows, *OTHERS), **REPEAT, log=LOG, actions=ACTIONS)
    assert sorted(row["value"] for row in rows_of(log, "value")) == [0, 0, 500]
    whole = log.facts.whole
    assert (whole.macros, whole.tied, whole.firsts, whole.seconds) == (5, 2, 2, 1)
    assert "(2 at the very time of the first count as part of it)" in whole.told


def test_macros_of_one_time_are_two_where_the_sequence_tells_them_apart(read):
    rows = frame(*of("u", ("01 00:00", "buy"), ("01 00:00", "buy")), *OTHERS)
    rows["place"] = [1, 2, *range(len(rows) - 2)]
    log = read(rows, **REPEAT, log=LOG | {"sequence": ["place"]}, actions=ACTIONS)
    assert (log.facts.whole.tied, log.facts.whole.seconds) == (0, 1)


def test_at_the_time_of_the_macro_only_what_comes_after_it_by_plan_comes_after_it(read, rows_of):
    rows = of("u", ("01 10:00", "review"), ("01 10:00", "view"), ("01 10:00", "buy"))
    rows += of("u", ("02 10:00", "view"), ("02 10:00", "buy"))
    log = read(frame(*rows, *OTHERS), **REPEAT, log=LOG, actions=ACTIONS)
    seen = [(row["mask"], row["macro"]) for row in rows_of(log, "mask", "macro")]
    assert seen == [(0, 0), (REVIEW, 0), (VIEW, 0), (0, 1)]


RULES = [
    ({"event": "page", "at_least": 2, "within": "session"}, "01 10:07"),
    ({"event": "page", "at_least": 2, "within": "7d"}, "01 10:07"),
    ({"event": "page", "first_only": True}, "01 10:06"),
    ({"event": "page", "dwell": "60s"}, "01 10:07"),
    ({"returns_within": "7d"}, "03 10:00"),
    ({"event": "form", "without": "sent", "within": "session"}, "03 10:31"),
]


def test_a_rule_counts_from_the_first_macro_on(read, rows_of):
    rows = of(
        "u", ("01 10:03", "page"), ("01 10:04", "form"), ("01 10:05", "buy"), ("01 10:06", "page"),
        ("01 10:07", "page"), ("03 10:00", "form"), ("03 10:01", "form"), ("20 10:00", "buy"),
    )  # fmt: skip
    rows += [("z", "2024-07-01 00:00:00", "sent", 0.0), *OTHERS]
    actions = [{"name": f"a{bit}", "after": "macro", **rule} for bit, (rule, _) in enumerate(RULES)]
    log = read(frame(*rows), **REPEAT, log=LOG, actions=[*actions, ACTIONS[0]])
    events = rows_of(log, "t", "mask")
    for bit, (rule, when) in enumerate(RULES):
        marked = [row["t"] for row in events if row["mask"] >> bit & 1]
        assert [f"{pd.Timestamp(t, unit='us'):%d %H:%M}" for t in marked] == [when], rule


def test_a_log_in_which_nobody_comes_back_for_more_is_refused(read):
    rows = [row for user in "abc" for row in of(user, ("01 10:00", "buy"), ("02 10:00", "view"))]
    with pytest.raises(EventsError, match=r"of 3 users with a macro \('buy'\) 0 have another one"):
        read(frame(*rows), **REPEAT, log=LOG, actions=ACTIONS[:1])


def test_a_horizon_that_is_over_for_no_first_macro_is_refused(read):
    rows = of("u", ("21 00:00", "buy"), ("22 00:00", "buy"))
    changes = REPEAT | {"log": LOG, "actions": ACTIONS}
    assert read(frame(*rows, *OTHERS), **changes, horizon="10d").facts.users == 1
    match = "horizon 11d is longer than the 10.0 days from the earliest of 1 first macros"
    with pytest.raises(EventsError, match=match):
        read(frame(*rows, *OTHERS), **changes, horizon="11d")


def test_what_is_said_of_the_log_says_whom_it_is_about(read):
    rows = []
    for number in range(12):
        rows += of(f"u{number}", ("01 10:00", "page"), ("01 10:05", "buy"))
        rows += of(f"u{number}", ("01 10:06", "buy")) if number < 4 else []
    log = read(frame(*rows, *OTHERS), **REPEAT, log=LOG, actions=ACTIONS)
    said = "of 13 users 12 have a first macro, and 4 of these a second one later"
    assert said in repr(log)
    assert said in log._repr_html_()
    assert any("4 of 4 second macros stand in the visit of the first" in n for n in log.facts.notes)


def test_visits_that_the_log_numbers_are_numbered_anew_from_the_macro_on(read, rows_of):
    rows = of(
        "u", ("01 10:00", "page"), ("01 10:01", "page"), ("01 10:02", "buy"), ("01 10:03", "page"),
        ("01 10:04", "view"), ("01 10:05", "buy"),
    )  # fmt: skip
    visits = frame(*rows, *OTHERS)
    # Visit x began before the macro, which stands in y; what follows of x comes second.
    visits["visit"] = [*"xyyxyx", *"z" * (len(visits) - len(rows))]
    log = read(
        visits, **REPEAT, actions=ACTIONS,
        log={"columns": {"value": "worth", "session_id": "visit"}},
    )  # fmt: skip
    seen = [(row["session"], row["opens"]) for row in rows_of(log, "session", "opens")]
    assert seen == [(1, 1), (2, 1), (1, 0), (2, 0)]


def test_an_attribute_is_that_of_the_first_touch_also_of_those_who_begin_with_the_macro(read):
    rows = [row for n in range(10) for row in of(f"u{n}", ("01 10:00", "buy"), ("02 10:00", "buy"))]
    data = frame(*rows, *OTHERS)
    data["channel"] = [*["ads", "mail"] * 10, *[None] * (len(data) - 20)]
    log = read(data, **REPEAT, log=LOG | {"attributes": ["channel"]}, actions=ACTIONS)
    assert log.facts.attributes == {"channel": ("ads",)}


def test_an_action_that_comes_after_the_macro_leaves_no_trace_in_a_run_about_the_first(
    read, rows_of, tmp_path
):
    rows = [*of("u", ("01 10:00", "review"), ("01 10:00", "view"), ("01 10:05", "buy")), *OTHERS]
    data, plain = frame(*rows), {"macro": {"event": "buy"}}
    with_it = read(data, **plain, actions=[ACTIONS[1], ACTIONS[0]])
    masks = [row["mask"] for row in rows_of(with_it, "mask")]
    without = read(data, **plain, actions=[ACTIONS[0]])
    assert masks == [row["mask"] * 2 for row in rows_of(without, "mask")]
    said = "Action 'review' comes after the macro: judged with macro: {repeat: true}."
    assert with_it.facts.notes[0] == said
    # Nor is a column read that only its condition names.
    rule = ACTIONS[1] | {"where": "stars >= 4"}
    assert read(data, **plain, actions=[rule, ACTIONS[0]]).facts.events == without.facts.events
    with pytest.raises(EventsError, match="stars"):
        read(data, **REPEAT, log=LOG, actions=[rule, ACTIONS[0]])


def test_an_event_name_that_is_not_in_the_log_is_refused_also_of_an_action_after_the_macro(read):
    action = {"name": "review", "event": "reveiw", "after": "macro"}
    rows = frame(*of("u", ("01 10:00", "view"), ("01 10:05", "buy")), *OTHERS)
    with pytest.raises(EventsError, match="'review' names the event 'reveiw'"):
        read(rows, actions=[action, ACTIONS[0]])


def test_duplicates_are_counted_over_the_whole_log(read):
    rows = of("u", *[("01 10:00", "page")] * 3, ("01 10:05", "buy"), ("02 10:00", "buy"))
    log = read(frame(*rows, *OTHERS), **REPEAT, log=LOG, actions=ACTIONS)
    assert log.facts.duplicates == 2
    assert log.facts.whole.events == 3 + len(OTHERS) + 1


@pytest.mark.slow
def test_a_large_log_is_cut_in_parts_as_it_is_in_one(read, rows_of, monkeypatch):
    rows = []
    for number in range(40):
        rows += of(f"u{number}", ("01 10:00", "page"), ("02 10:00", "buy"), ("03 10:00", "view"))
        rows += of(f"u{number}", ("04 10:00", "buy")) if number % 2 else []
    changes = REPEAT | {"log": LOG, "actions": ACTIONS[:1]}
    whole = read(frame(*rows), **changes)
    monkeypatch.setattr("microlift.events.stretches.ROWS_A_STRETCH", 10)
    parts = read(frame(*rows), **changes)
    assert parts.facts == whole.facts
    assert rows_of(parts, *parts.events.columns) == rows_of(whole, *whole.events.columns)


def test_several_sources_and_the_next_macro(tmp_path, make_plan):
    web = [(f"u{n}", "2024-07-01 09:00:00", "page") for n in range(3)]
    web += [(f"u{n}", "2024-07-05 09:00:00", "view") for n in range(3)]
    deals = [
        (f"u{n}", f"2024-07-{day:02d} 10:00:00", "buy") for n in range(2) for day in (2, 9 - n)
    ]
    for name, rows in (("web", web), ("deals", deals)):
        table = pd.DataFrame(rows, columns=["user_id", "timestamp", "event"])
        table.to_csv(tmp_path / f"{name}.csv", index=False)
    plan = make_plan(
        macro={"event": "buy", "repeat": True},
        actions=[{"name": "view", "event": "view", "after": "macro"}],
        log={"sources": [{"path": "web.csv"}, {"path": "deals.csv"}]},
    )
    with read_events(tmp_path, plan) as log:
        assert (log.facts.users, log.facts.macros) == (2, 2)
        assert log.facts.action_counts == {"view": 2}
