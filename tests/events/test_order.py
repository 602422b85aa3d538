"""The total order of a user's events, duplicates, ties and sessions."""

import random

import ibis.expr.types as ir
import pandas as pd
import pytest

from microlift.events import read_events

MINUTE = 60_000_000


def frame(rows, columns=("user_id", "timestamp", "event")):
    return pd.DataFrame(rows, columns=list(columns))


def at(minutes):
    return pd.Timestamp("2024-07-01", tz="UTC") + pd.Timedelta(minutes=minutes)


def names(log, rows_of):
    """The event names of each row: codes count through the sorted names."""
    known = sorted(log.facts.event_counts)
    return [known[row["event"]] for row in rows_of(log, "event")]


def test_at_one_time_the_unplanned_come_first_then_the_plan_in_its_order_then_the_macro(
    read, rows_of
):
    rows = [("u", at(0), event) for event in ("buy", "cart", "view", "zoom", "alarm")]
    rows.append(("u", at(90), "view"))
    log = read(frame(rows))
    assert names(log, rows_of) == ["alarm", "zoom", "view", "cart", "buy", "view"]


def test_an_event_of_two_actions_is_one_row_with_both_bits_and_the_rank_of_the_first(read, rows_of):
    rows = [("u", at(0), "view"), ("u", at(0), "cart"), ("u", at(90), "buy")]
    actions = [
        {"name": "any", "event": ["cart", "zoom"]},
        {"name": "view", "event": "view"},
        {"name": "cart", "event": "cart"},
    ]
    log = read(frame(rows), actions=actions)
    assert [row["mask"] for row in rows_of(log, "mask")] == [0b101, 0b010, 0]
    assert log.facts.action_counts == {"any": 1, "view": 1, "cart": 1}


def test_a_sequence_column_decides_before_the_plan_does_and_leaves_no_tie(read, rows_of):
    rows = [("u", at(0), "buy", 1), ("u", at(0), "cart", 2), ("u", at(90), "view", None)]
    log = read(frame(rows, ("user_id", "timestamp", "event", "hit")), log={"sequence": ["hit"]})
    assert names(log, rows_of) == ["buy", "cart", "view"]
    assert [row["tie"] for row in rows_of(log, "tie")] == [0, 0, 0]


def test_a_sequence_may_be_a_time_of_arrival(read, rows_of):
    rows = [("u", at(0), "buy", at(2)), ("u", at(0), "cart", at(1)), ("u", at(90), "view", None)]
    log = read(frame(rows, ("user_id", "timestamp", "event", "came")), log={"sequence": ["came"]})
    assert names(log, rows_of) == ["cart", "buy", "view"]
    assert [row["tie"] for row in rows_of(log, "tie")] == [0, 0, 0]


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_a_sequence_of_text_goes_by_its_numbers(tmp_path, make_plan, rows_of, suffix):
    rows = [("u", at(0), "buy", 10), ("u", at(0), "cart", 9), ("u", at(90), "view", None)]
    given = frame(rows, ("user_id", "timestamp", "event", "hit")).astype({"hit": "Int64"})
    file = tmp_path / f"log.{suffix}"
    if suffix == "csv":
        given.to_csv(file, index=False)
    else:
        given.to_json(file, orient="records", lines=True)
    with read_events(file, make_plan(log={"sequence": ["hit"]})) as log:
        assert names(log, rows_of) == ["cart", "buy", "view"]
        assert [row["tie"] for row in rows_of(log, "tie")] == [0, 0, 0]


def test_a_missing_sequence_number_comes_first(read, rows_of):
    rows = [("u", at(0), "cart", 1.0), ("u", at(0), "buy", None), ("u", at(90), "view", 1.0)]
    log = read(frame(rows, ("user_id", "timestamp", "event", "hit")), log={"sequence": ["hit"]})
    assert names(log, rows_of) == ["buy", "cart", "view"]


def test_events_of_one_time_are_ties_and_others_are_not(read, rows_of):
    rows = [("u", at(0), "view"), ("u", at(5), "cart"), ("u", at(5), "buy"), ("w", at(90), "view")]
    log = read(frame(rows))
    assert sorted(row["tie"] for row in rows_of(log, "tie")) == [0, 0, 1, 1]


def test_exact_duplicates_count_once_and_are_no_tie(read, rows_of):
    rows = [("u", at(0), "view"), ("u", at(5), "buy"), ("u", at(5), "buy"), ("u", at(90), "view")]
    log = read(frame(rows))
    assert (log.facts.rows, log.facts.events, log.facts.duplicates) == (4, 3, 1)
    assert log.facts.macros == 1
    assert [row["tie"] for row in rows_of(log, "tie")] == [0, 0, 0]
    assert any("1 exact duplicates counted once" in note for note in log.facts.notes)


def test_rows_that_differ_in_a_column_that_is_read_are_no_duplicates(read):
    columns = ("user_id", "timestamp", "event", "price", "depth", "unread")
    rows = [
        ("u", at(0), "buy", 5.0, 1, "x"),
        ("u", at(0), "buy", 6.0, 1, "x"),
        ("u", at(0), "buy", 6.0, 2, "x"),
        ("u", at(0), "buy", 6.0, 2, "y"),
        ("u", at(90), "view", None, 1, "x"),
    ]
    actions = [{"name": "view", "event": "view", "where": "depth >= 1"}]
    log = read(frame(rows, columns), macro={"event": "buy", "value": "price"}, actions=actions)
    assert (log.facts.events, log.facts.duplicates) == (4, 1)


def test_a_gap_as_long_as_the_plan_allows_stays_in_the_session_and_a_longer_one_does_not(
    read, rows_of
):
    rows = [("u", at(minute), "view") for minute in (0, 30, 61)] + [("u", at(200), "buy")]
    log = read(frame(rows))
    assert [(row["session"], row["opens"]) for row in rows_of(log, "session", "opens")] == [
        (1, 1),
        (1, 0),
        (2, 1),
        (3, 1),
    ]
    assert log.facts.sessions == 3


@pytest.mark.parametrize("given", [True, False])
def test_the_hours_before_a_session_are_known_throughout_it(read, rows_of, given):
    columns = ("user_id", "timestamp", "event", "visit")
    rows = [
        ("u", at(0), "view", "a"),
        ("u", at(10), "view", "a"),
        ("u", at(10 + 59), "view", "b"),
        ("u", at(10 + 60), "view", "b"),
        ("u", at(70 + 61), "buy", "c"),
        ("u", at(70 + 61 + 60 * 1000), "view", "d"),
    ]
    log = read(frame(rows, columns), log={"columns": {"session_id": "visit"}} if given else {})
    assert [row["away"] for row in rows_of(log, "away")] == [0, 0, 1, 1, 2, 255]


def test_where_visits_interleave_the_hours_before_one_do_not_look_ahead(read, rows_of):
    columns = ("user_id", "timestamp", "event", "visit")
    rows = [("u", at(0), "view", "a"), ("u", at(150), "view", "b"), ("u", at(900), "buy", "a")]
    log = read(frame(rows, columns), log={"columns": {"session_id": "visit"}})
    # The second visit begins three begun hours after the last event; the first goes on later.
    assert [row["away"] for row in rows_of(log, "away")] == [0, 3, 0]


def test_given_sessions_are_numbered_by_their_first_event_even_where_they_interleave(read, rows_of):
    columns = ("user_id", "timestamp", "event", "visit")
    rows = [
        ("u", at(0), "view", "z"),
        ("u", at(1), "view", "a"),
        ("u", at(2), "cart", "z"),
        ("u", at(500), "buy", "z"),
    ]
    log = read(frame(rows, columns), log={"columns": {"session_id": "visit"}})
    assert [(row["session"], row["opens"]) for row in rows_of(log, "session", "opens")] == [
        (1, 1),
        (2, 1),
        (1, 0),
        (1, 0),
    ]


def test_an_event_without_a_session_id_joins_the_visit_before_it_unless_the_gap_is_long(
    read, rows_of
):
    columns = ("user_id", "timestamp", "event", "visit")
    rows = [
        ("u", at(0), "view", "a"),
        ("u", at(10), "buy", None),
        ("u", at(100), "buy", None),
        ("u", at(110), "view", "b"),
        ("w", at(0), "view", None),
    ]
    log = read(frame(rows, columns), log={"columns": {"session_id": "visit"}})
    sessions = sorted(row["session"] for row in rows_of(log, "session"))
    assert sessions == [1, 1, 1, 2, 3]
    assert log.facts.sessions == 4


def test_integer_session_ids_work_as_text_ones_do(read, rows_of):
    columns = ("user_id", "timestamp", "event", "visit")
    rows = [("u", at(0), "view", 12), ("u", at(1), "view", 9), ("u", at(500), "buy", 12)]
    log = read(frame(rows, columns), log={"columns": {"session_id": "visit"}})
    assert [row["session"] for row in rows_of(log, "session")] == [1, 2, 1]


def noisy_rows(seed):
    """Few users, few times: ties, duplicates and missing values everywhere."""
    draw = random.Random(seed)
    return frame(
        [
            (
                f"u{draw.randrange(12)}",
                at(draw.randrange(0, 400, 10)),
                draw.choice(["view", "cart", "buy", "zoom"]),
                draw.choice([None, "s1", "s2", "s3"]),
                draw.choice([1.0, 2.5, None]),
                draw.choice(["ads", "mail", None, ""]),
            )
            for _ in range(600)
        ],
        ("user_id", "timestamp", "event", "visit", "price", "channel"),
    )


@pytest.mark.parametrize("given_sessions", [True, False])
def test_neither_row_order_nor_files_nor_threads_nor_parts_change_anything(
    tmp_path, make_plan, rows_of, monkeypatch, given_sessions
):
    columns = {"session_id": "visit"} if given_sessions else {}
    plan = make_plan(
        macro={"event": "buy", "value": "price"},
        log={"columns": columns, "attributes": ["channel"]},
    )
    rows = noisy_rows(1)
    rows.to_parquet(tmp_path / "whole.parquet")
    shuffled = rows.sample(frac=1.0, random_state=2)
    (tmp_path / "split").mkdir()
    for part in range(3):
        shuffled.iloc[part::3].to_parquet(tmp_path / "split" / f"{part}.parquet", row_group_size=50)
    seen = []
    # Time and kind are sorted as one number where they fit, which nothing does below 0; a part is
    # no larger than the memory has room for.
    for name, threads, rows_a_part, one_key, bytes_a_row in [
        ("whole.parquet", 1, 10**6, 1 << 62, 1),
        ("split", 2, 100, 0, 1),
        ("split", 2, 10**6, 1 << 62, 10**8),
    ]:
        monkeypatch.setattr("microlift.events.stretches.ROWS_A_STRETCH", rows_a_part)
        monkeypatch.setattr("microlift.events.order.ONE_KEY", one_key)
        monkeypatch.setattr("microlift.events.stretches.BYTES_A_ROW", bytes_a_row)
        with read_events(tmp_path / name, plan, threads=threads) as log:
            seen.append((rows_of(log, *log.events.columns), log.facts))
    assert seen[0] == seen[1] == seen[2]
    assert seen[0][1].duplicates > 0


def test_more_kinds_than_four_bytes_hold_are_told_apart_within_minutes(read, rows_of):
    rows = [(f"u{i}", at(i / 2_000), f"e{i}", f"c{i}") for i in range(8_500)]
    rows += [("u0", at(5), "buy", "c0"), ("u1", at(5), "view", "c1")]
    data = frame(rows, ("user_id", "timestamp", "event", "channel"))
    log = read(data, horizon="1m", log={"attributes": ["channel"]})
    codes = {
        (row["event"], row["macro"], row["mask"]) for row in rows_of(log, "event", "macro", "mask")
    }
    assert len(codes) == 8_502
    assert (log.facts.event_codes["buy"], 1, 0) in codes
    assert (log.facts.event_codes["view"], 0, 1) in codes


def test_another_row_is_another_fingerprint(read):
    rows = [("u", at(0), "view"), ("w", at(5), "cart"), ("u", at(90), "buy")]
    prints = {read(frame(rows)).facts.fingerprint}
    for place, changed in [(0, ("v", at(0), "view")), (1, ("w", at(6), "cart"))]:
        prints.add(read(frame([*rows[:place], changed, *rows[place + 1 :]])).facts.fingerprint)
    assert len(prints) == 3


def test_users_whose_ids_share_a_hash_are_told_apart_by_the_ids_themselves(read, monkeypatch):
    rows = [(user, at(90 * day), "view") for user in "abc" for day in range(3)]
    data = frame([*rows, ("a", at(300), "cart"), ("b", at(300), "buy")])
    alone = read(data).facts.fingerprint
    hash_of = ir.StringColumn.hash
    # A hash that a and b share.
    monkeypatch.setattr(ir.StringColumn, "hash", lambda ids: hash_of(ids.replace("b", "a")))
    assert read(data).facts.fingerprint == alone
