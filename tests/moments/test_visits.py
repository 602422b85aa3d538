"""Moments of visits: small logs checked by hand, and random ones against plain Python."""

import hashlib
import random
from bisect import bisect_right
from itertools import count

import pandas as pd
import pytest

from microlift.moments import counting, moments
from microlift.moments.space import (
    ACTED,
    ARRIVED,
    BACK,
    DAY,
    FIRST_STEP,
    HOUR,
    LEFT,
    MACRO,
    MACRO_LATER,
    OPEN,
    WAITED,
)
from microlift.moments.visits import AWAY, DEPTH, SESSION, TENURE
from microlift.plan import micros

VIEW, CART = FIRST_STEP, FIRST_STEP + 1
RANK = {"page": 0, "view": 1, "both": 1, "cart": 2, "buy": 31}
MASK = {"page": 0, "view": 1, "cart": 2, "both": 3, "buy": 0}


def path(log, *columns):
    """The moments of a log of one covered user, one tuple each, in the order of the journey."""
    cells = moments(log).cells
    assert (cells["n"] == 1).all()
    ordered = cells.sort_values(["session", "depth"])
    return list(ordered[list(columns)].itertuples(index=False, name=None))


def bucket_of(user):
    return int(hashlib.md5(user.encode()).hexdigest()[:2], 16) % 128


def cells_by_user(log_of, rows):
    """The cells of each covered user, who is told by a bucket of their own."""
    users = sorted({user for user, _, _ in rows})
    ids = {user: next(i for i in map(str, count()) if bucket_of(i) == users.index(user))
           for user in users}  # fmt: skip
    assert bucket_of("empty") >= len(users)
    log = log_of([*((ids[user], *rest) for user, *rest in rows), ("empty", 0, "page")])
    cells = moments(log).cells
    return {user: cells[cells["bucket"] == users.index(user)] for user in users}


def test_each_session_start_and_planned_action_is_a_moment_and_the_macro_ends_them(log_of):
    rows = [("u", 0, "page"), ("u", 0.1, "view"), ("u", 0.2, "page"), ("u", 0.3, "cart")]
    rows += [("u", 10, "page"), ("u", 20, "view"), ("u", 20.1, "buy"), ("u", 20.2, "view")]
    assert path(log_of(rows), "at", "arrive", "next") == [
        (0, ARRIVED, VIEW),
        (1, ACTED, CART),
        (2, ACTED, BACK),
        (0, WAITED, BACK),
        (0, WAITED, VIEW),
        (1, ACTED, MACRO),
    ]


def test_an_action_that_opens_a_session_stands_for_its_start_and_for_itself(log_of):
    rows = [("u", 0, "view"), ("w", 0, "page")]
    found = moments(log_of(rows))
    assert found.starts
    assert sorted(found.cells[["at", "arrive", "next", "n"]].to_numpy().tolist()) == [
        [0, ARRIVED, LEFT, 1],
        [0, ARRIVED, VIEW, 1],
        [1, ACTED, LEFT, 1],
    ]


def test_a_log_with_visits_without_anything_planned_has_starts_and_says_so(log_of):
    found = moments(log_of([("u", 0, "page"), ("u", 10, "view"), ("u", 10.1, "buy")]))
    assert (found.kind, found.starts) == ("visits", True)
    assert found.reason == (
        "1 of 3 sessions hold nothing planned, so the start of a session is a moment"
    )


def test_a_log_of_planned_events_alone_has_no_starts_and_says_why(log_of):
    rows = [("u", 0, "view"), ("u", 0.1, "cart"), ("u", 10, "view"), ("u", 20, "buy")]
    log = log_of(rows)
    found = moments(log)
    assert not found.starts
    assert found.reason.startswith("0 of 4 sessions hold nothing planned: a session is in the log")
    assert path(log, "at", "arrive", "next") == [
        (1, ARRIVED, CART),
        (2, ACTED, BACK),
        (1, WAITED, MACRO_LATER),
    ]


def test_a_user_whose_first_planned_event_is_the_macro_has_no_moment_but_is_covered(log_of):
    found = moments(log_of([("u", 0, "buy"), ("w", 5, "view"), ("w", 5.1, "buy")]))
    assert found.cells[["at", "arrive", "next", "n"]].to_numpy().tolist() == [
        [1, ARRIVED, MACRO, 1]
    ]
    assert (found.totals.covered, found.totals.macros) == (2, 2)


def test_an_unplanned_event_between_planned_ones_is_no_moment_without_starts(log_of):
    rows = [("u", 0, "page"), ("u", 0.2, "view"), ("u", 0.3, "page"), ("u", 0.4, "cart")]
    found = moments(log_of(rows))
    assert not found.starts
    assert found.cells["n"].sum() == 2
    assert found.cells["tenure"].tolist() == [0, 0]


def test_only_what_was_never_done_before_is_fresh(log_of):
    rows = [("u", 0, "view"), ("u", 0.1, "view"), ("u", 0.2, "both"), ("u", 9, "cart")]
    assert path(log_of(rows), "at", "fresh", "done") == [
        (1, 1, 1),
        (1, 0, 1),
        (3, 2, 3),
        (2, 0, 3),
    ]


def test_one_event_of_two_actions_is_one_step_with_no_moment_between(log_of):
    rows = [("u", 0, "page"), ("u", 0.1, "both"), ("w", 0, "page"), ("v", 0, "view")]
    found = moments(log_of(rows))
    assert found.steps == (1, 2, 3)
    cells = found.cells
    both = cells[cells["next"] == FIRST_STEP + 2]
    assert both[["at", "n"]].to_numpy().tolist() == [[0, 1]]
    after = cells[cells["at"] == 3]
    assert after[["fresh", "done", "next", "n"]].to_numpy().tolist() == [[3, 3, LEFT, 1]]


def test_occurrences_count_before_the_first_macro_and_doers_are_counted_by_what_they_did(log_of):
    rows = [("u", 0, "view"), ("u", 0.1, "both"), ("u", 0.2, "buy"), ("u", 0.3, "view")]
    rows += [("w", 0, "cart"), ("v", 0, "page")]
    found = moments(log_of(rows))
    assert found.occurrences == (2, 2)
    late = [0, 1, 1]  # the user that every log ends with
    assert found.doers[["ever", "converted", "users"]].to_numpy().tolist() == [
        [0, 0, 1],
        late,
        [2, 0, 1],
        [3, 1, 1],
    ]


def test_depth_counts_the_planned_steps_of_this_session(log_of):
    depths = {0: 0, 1: 1, 2: 2, 3: 3, 4: 3, 5: 4, 9: 4}
    rows = []
    for planned in depths:
        rows += [(planned, 0, "view"), (planned, 5, "page")]
        rows += [(planned, 5 + (n + 1) / 100, "page") for n in range(10)]
        rows += [(planned, 5.2 + n / 100, ("view", "cart")[n % 2]) for n in range(planned)]
    cells = cells_by_user(log_of, rows)
    for planned, depth in depths.items():
        here = cells[planned][cells[planned]["session"] == 1]
        assert (here["depth"].max(), here["n"].sum()) == (depth, planned + 1)


def test_sessions_are_numbered_into_bins(log_of):
    bins = {1: 0, 2: 1, 3: 2, 4: 2, 5: 3, 6: 3}
    rows = [(number, 2 * n, "page") for number in bins for n in range(number - 1)]
    cells = cells_by_user(log_of, rows + [(number, 2 * number - 2, "view") for number in bins])
    for number, code in bins.items():
        assert cells[number].loc[cells[number]["at"] == 1, "session"].tolist() == [code]


def test_time_away_is_the_quiet_before_the_session_in_begun_hours(log_of):
    bins = {0.6: 1, 24: 1, 24.1: 2, 72: 2, 72.1: 3, 168: 3, 168.1: 4, 1500: 4}
    cells = cells_by_user(log_of, [(h, t, "page") for h in bins for t in (0, h)])
    for hours, code in bins.items():
        assert cells[hours].sort_values("session")["away"].tolist() == [0, code]


def test_tenure_is_the_time_since_the_first_event(log_of):
    bins = {0.9: 0, 1: 1, 23.9: 1, 24: 2, 167: 2, 168: 3, 720: 4}
    rows = [row for h in bins for row in ((h, 0, "page"), (h, h, "view"))]
    cells = cells_by_user(log_of, rows)
    for hours, code in bins.items():
        assert cells[hours].loc[cells[hours]["at"] == 1, "tenure"].tolist() == [code]


def test_the_macro_counts_up_to_and_including_the_horizon(log_of):
    rows = [row for h in (48, 48.001) for row in ((h, 0, "page"), (h, h, "buy"))]
    cells = cells_by_user(log_of, rows)
    for hours, reached in ((48, 1), (48.001, 0)):
        counts = cells[hours].sort_values("session")[["y", "n_mature"]]
        assert counts.to_numpy().tolist() == [[reached, 1], [1, 1]]


def test_a_moment_whose_horizon_is_not_over_is_counted_but_enters_no_estimate(log_of):
    rows = [("u", 0, "page"), ("u", 30, "view"), ("w", 27, "page")]
    found = moments(log_of(rows, until=76))
    assert (found.mature, found.immature) == (2, 2)
    cells = found.cells
    assert cells.loc[cells["next"] == OPEN, ["at", "n", "n_mature"]].to_numpy().tolist() == [
        [1, 1, 0]
    ]
    assert (found.totals.users, found.totals.covered) == (3, 2)


def test_a_user_whose_first_moment_is_not_mature_is_in_no_cell(log_of):
    found = moments(log_of([("u", 0, "page"), ("w", 30, "view"), ("w", 31, "buy")], until=70))
    assert found.cells["n"].sum() == 1
    assert (found.totals.covered, found.totals.macros, found.totals.all_macro_users) == (1, 0, 2)


def test_the_macros_of_the_covered_users_carry_their_value(log_of):
    rows = [("u", 0, "view", 1.0), ("u", 1, "buy", 12.5), ("u", 2, "buy", 99.0)]
    rows.append(("w", 1, "buy", 0.25))
    macro = {"event": "buy", "value": "price", "currency": "EUR"}
    totals = moments(log_of(rows, "price", macro=macro)).totals
    assert (totals.macros, totals.revenue) == (2, 1275)


def test_an_action_in_the_second_of_the_macro_counts_as_before_it_and_as_tied(log_of):
    rows = [("u", 0, "page"), ("u", 0.5, "buy"), ("u", 0.5, "cart"), ("w", 0, "page")]
    rows += [("w", 0.4, "cart"), ("w", 0.5, "buy")]
    found = moments(log_of(rows))
    assert found.cells.loc[found.cells["at"] == 2, "next"].unique().tolist() == [MACRO]
    assert found.cells.loc[found.cells["at"] == 2, "n"].sum() == 2
    assert found.firsts[["fresh", "tied", "n"]].to_numpy().tolist() == [
        [2, False, 1],
        [2, True, 1],
    ]


def test_a_sequence_column_that_puts_the_macro_first_makes_the_action_later(log_of):
    rows = [("u", 0, "page", 0), ("u", 0.2, "buy", 1), ("u", 0.2, "cart", 2), ("w", 0, "page", 0)]
    found = moments(log_of(rows, "hit", log={"sequence": ["hit"]}))
    assert (found.cells["at"] == 0).all()
    assert found.firsts.empty


def test_an_action_tied_with_another_action_but_ordered_before_the_macro_is_not_tied(log_of):
    rows = [("u", 0, "page", 0), ("u", 0.2, "view", 1), ("u", 0.2, "cart", 1)]
    log = log_of([*rows, ("u", 0.2, "buy", 2)], "hit", log={"sequence": ["hit"]})
    firsts = moments(log).firsts[["fresh", "tied", "n"]]
    assert firsts.to_numpy().tolist() == [[1, False, 1], [2, False, 1]]


def test_an_action_far_from_the_macro_is_no_first_that_it_follows(log_of):
    found = moments(log_of([("u", 0, "view"), ("u", 100, "cart"), ("u", 101, "buy")]))
    assert found.firsts[["fresh", "tied", "n"]].to_numpy().tolist() == [[2, False, 1]]


def test_an_event_that_is_action_and_macro_at_once_is_tied(log_of):
    rows = [("u", 0, "view"), ("u", 0.1, "buy")]
    actions = [{"name": "view", "event": "view"}, {"name": "any", "event": ["buy", "cart"]}]
    found = moments(log_of(rows, actions=actions))
    assert found.firsts[["fresh", "tied", "n"]].to_numpy().tolist() == [[1, False, 1], [2, True, 1]]
    assert found.cells["next"].tolist() == [MACRO]


@pytest.mark.parametrize("page", ["page", "view"])
def test_every_departure_has_its_arrival_where_given_sessions_interleave(log_of, page):
    rows = [("u", 0, page, "a"), ("u", 0.1, "view", "b"), ("u", 0.2, "cart", "a")]
    rows += [("u", 0.3, "view", "b"), ("w", 0, page, "c")]
    found = moments(log_of(rows, "visit", log={"columns": {"session_id": "visit"}}))
    assert found.starts == (page == "page")
    assert_balanced(found)


@pytest.mark.parametrize(
    "seed", [1, 2, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (3, 4))]
)
def test_cells_hold_what_plain_python_counts(log_of, counts_of, seed):
    rows = random_rows(seed, users=300, starts=seed % 2 == 1)
    log = log_of(rows, "channel", until=40 * 24, horizon="5d", log={"attributes": ["channel"]})
    found = moments(log)
    assert found.starts == (seed % 2 == 1)
    assert [field.name for field in found.fields] == [
        "at", "arrive", "session", "depth", "away", "tenure", "a0", "fresh", "done",
    ]  # fmt: skip
    expected = reference(log, found, rows)
    counted = counts_of(found)
    wrong = {
        key: (counted.get(key), expected.get(key))
        for key in counted.keys() | expected.keys()
        if counted.get(key) != expected.get(key)
    }
    assert not wrong, f"{len(wrong)} of {len(expected)} cells (found, expected): {wrong}"[:2000]
    assert_balanced(found)


@pytest.mark.parametrize("starts", [False, True])
def test_keys_without_room_for_flags_give_the_same_cells(log_of, monkeypatch, starts):
    rows = random_rows(5, users=60, starts=starts)
    log = log_of(rows, "channel", until=40 * 24, horizon="5d", log={"attributes": ["channel"]})
    found = moments(log)
    monkeypatch.setattr(counting, "_FLAGGED", 0)
    summed = moments(log)
    assert found.cells["y"].sum() > 0
    pd.testing.assert_frame_equal(found.cells, summed.cells)


def assert_balanced(found):
    cells = found.cells

    def total(keep):
        return int(cells.loc[keep, "n"].sum())

    assert total(cells["next"] == BACK) == total(cells["arrive"] == WAITED)
    for code in range(len(found.steps)):
        arrived = (cells["arrive"] == ACTED) & (cells["at"] == code + 1)
        assert total(cells["next"] == FIRST_STEP + code) == total(arrived)
    ends = cells["next"].isin([LEFT, OPEN, MACRO, MACRO_LATER])
    assert total(ends) == total(cells["arrive"] == ARRIVED)


def random_rows(seed, users, starts):
    """Users with sessions of a few events and silences between them; a channel for each."""
    rng = random.Random(seed)
    rows = []
    for number in range(users):
        channel = rng.choice(("ads", "mail", "mail", None))
        hours = rng.randrange(24 * 4 * 20) / 4
        for _ in range(rng.choice((1, 2, 3, 5, 8, 13))):
            names = ("page", "view", "cart", "both", "buy")
            name = rng.choices(names, (6 if starts else 0, 5, 4, 2, 1))[0]
            if hours < 40 * 24:
                rows.append((f"user {number}", hours, name, channel))
            hours += rng.choice((0, 0.25, 0.25, 0.5, 0.75, 1, 7, 24, 48, 100, 200))
    return rows


def reference(log, found, rows):
    """Counts by cell, one user and one moment after the other."""
    users: dict[tuple[str, str | None], list[tuple[int, str]]] = {}
    for user, hours, name, channel in sorted(
        set(rows), key=lambda r: (r[0], r[1], RANK[r[2]], r[2])
    ):
        users.setdefault((user, channel), []).append((round(hours * HOUR), name))
    cells: dict[tuple[int, ...], list[int]] = {}
    last, horizon = 40 * DAY, micros(log.plan.horizon)
    for (user, channel), events in users.items():
        items = journey(events, found.starts)
        if not items or items[0]["t0"] + horizon > last:
            continue
        macro_t = items[-1]["t"] if items[-1]["name"] == "buy" else None
        bucket = bucket_of(user)
        trait = log.facts.attributes["channel"].index(channel or "(none)")
        for number, item in enumerate(items):
            if item["name"] == "buy":
                continue
            before = items[number - 1] if number else None
            mature = item["t"] + horizon <= last
            reached = mature and macro_t is not None and macro_t <= item["t"] + horizon
            ahead = items[number + 1] if number + 1 < len(items) else None
            step = found.steps.index(item["mask"]) + 1 if item["mask"] else 0
            key = (
                step,
                arrival(item, before),
                bisect_right(SESSION.edges, item["session"]),
                bisect_right(DEPTH.edges, item["depth"]),
                bisect_right(AWAY.edges, item["away"]),
                bisect_right(TENURE.edges, item["t"] - item["t0"]),
                trait,
                item["mask"] & ~item["known"],
                item["mask"] | item["known"],
                departure(item, ahead, found, LEFT if mature else OPEN),
                bucket,
            )
            counts = (1, mature, reached, mature, reached, 0)
            cell = cells.setdefault(key, [0] * 6)
            cell[:] = [total + int(count) for total, count in zip(cell, counts, strict=True)]
    return {key: tuple(counts) for key, counts in cells.items()}


def journey(events, starts):
    """Session starts, planned actions and the macro of one user, in order."""
    items, session, depth, away, known, previous, t0 = [], 0, 0, 0, 0, None, None
    for t, name in events:
        opens = previous is None or t - previous > HOUR // 2
        if opens:
            session, depth = session + 1, 0
            away = -(-(t - previous) // HOUR) if previous is not None else 0
        previous = t
        item = {"t": t, "session": session, "away": away, "known": known, "depth": depth}
        if opens and starts:
            t0 = t if t0 is None else t0
            items.append(item | {"name": "start", "mask": 0, "t0": t0})
        if name == "page":
            continue
        t0 = t if t0 is None else t0
        depth += 1
        items.append(item | {"name": name, "mask": MASK[name], "t0": t0, "depth": depth})
        known |= MASK[name]
        if name == "buy":
            break
    return items


def arrival(item, before):
    if before is None:
        return ARRIVED
    return ACTED if item["name"] != "start" and item["session"] == before["session"] else WAITED


def departure(item, ahead, found, end):
    if ahead is None:
        return end
    if ahead["name"] == "start":
        return BACK
    if ahead["session"] != item["session"]:
        return MACRO_LATER if ahead["name"] == "buy" else BACK
    return MACRO if ahead["name"] == "buy" else FIRST_STEP + found.steps.index(ahead["mask"])
