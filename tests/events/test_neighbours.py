"""What neighbours tell of rows, against plain loops; users cut across batches; stretches."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlift.errors import EventsError
from microlift.events import EventLog, arrays, read_events, stretches
from microlift.events.arrays import arrays_of, whole_users
from microlift.events.engine import close, connect
from microlift.events.neighbours import (
    AWAY_ROOM,
    from_first_macro,
    in_sessions,
    without_doubles,
)
from microlift.events.normalise import MACRO_FLAG
from microlift.events.times import HOUR
from microlift.moments import moments
from microlift.plan import Plan
from microlift.simulate import plan_for, simulate

GAP = 30 * 60_000_000
BATCH = 2_048  # the fewest rows that the engine gives at once

ROW = st.tuples(
    st.integers(0, 3),  # user
    st.integers(-20, 20),  # quarters of an hour since 1970
    st.sampled_from([0, 1, 2, MACRO_FLAG, MACRO_FLAG + 1]),
    st.sampled_from([float("-inf"), -0.0, 0.0, 1.5]),
    st.integers(-1, 2),  # the session id
)


def sorted_rows(rows: list[tuple[Any, ...]]) -> dict[str, np.ndarray]:
    columns = [list(column) for column in zip(*sorted(rows), strict=True)] or [[]] * 5
    names = ("user", "t", "flags", "v", "sid")
    types = (np.int32, np.int64, np.int32, np.float64, np.int64)
    found = {
        name: np.array(column, dtype=kind)
        for name, column, kind in zip(names, columns, types, strict=True)
    }
    return found | {"t": found["t"] * (15 * 60_000_000)}


def listed(rows: dict[str, np.ndarray]) -> list[dict[str, Any]]:
    names = list(rows)
    columns = [rows[name].tolist() for name in names]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def plain_doubles(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    kept: list[dict[str, Any]] = []
    seq: dict[int, int] = {}
    before: tuple[Any, ...] | None = None
    for row in rows:
        key = tuple(row.values())
        number = seq[row["user"]] = seq.get(row["user"], -1) + 1
        if key != before:
            kept.append(row | {"seq": number})
        before = key
    return kept


def plain_first_macro(rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], dict[str, int]]:
    kept, counts, begin = [], {"events": 0, "macros": 0, "tied": 0}, dict[int, dict[str, Any]]()
    for row in rows:
        macro = row["flags"] >= MACRO_FLAG
        counts["events"] += 1
        counts["macros"] += macro
        opening = macro and row["user"] not in begin
        if opening:
            begin[row["user"]] = row
        if row["user"] not in begin:
            continue
        first = begin[row["user"]]
        if macro and not opening and row["t"] == first["t"]:
            counts["tied"] += 1
            continue
        flags = 0 if opening else row["flags"]
        kept.append(row | {"flags": flags, "seq": row["seq"] - first["seq"]})
    return kept, counts


def plain_sessions(rows: list[dict[str, Any]], place: str) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    visits: dict[tuple[int, Any], tuple[int, int]] = {}
    before: dict[str, Any] | None = None
    visit: Any = None
    for row in rows:
        first = before is None or before["user"] != row["user"]
        pause = 0 if first or before is None else row["t"] - before["t"]
        if row.get("sid", -1) >= 0:
            visit = row["sid"]
        elif first or pause > GAP:
            visit = ("own", row["seq"])
        key = (row["user"], visit)
        opens = key not in visits
        if opens:
            number = 1 + sum(user == row["user"] for user, _ in visits)
            quiet = 0 if first else min(max(-(-pause // HOUR), 1), AWAY_ROOM - 1)
            visits[key] = number, quiet
        others = [one for one in rows if one is not row and one["user"] == row["user"]]
        same = [one for one in others if one[place] == row[place]]
        if place == "t":
            tie = bool(same)
        else:
            macro = row["flags"] >= MACRO_FLAG
            tie = not macro and any(one["flags"] >= MACRO_FLAG for one in same)
        session, away = visits[key]
        told.append(row | {"session": session, "opens": int(opens), "away": away, "tie": int(tie)})
        before = row
    return told


@given(st.lists(ROW, max_size=25), st.booleans(), st.booleans(), st.booleans())
@settings(max_examples=80, deadline=None)
def test_arrays_tell_what_plain_loops_over_the_rows_tell(
    rows: list[tuple[Any, ...]], numbered: bool, cut: bool, placed: bool
) -> None:
    some = sorted_rows(rows)
    if not numbered:
        del some["sid"]
    place = "place" if placed else "t"
    if placed:  # rows of one time that the log orders
        some["place"] = some["t"] * 4 + some["flags"] % 2
        order = np.lexsort((some["flags"], some["place"], some["user"]))
        some = {name: column[order] for name, column in some.items()}
    kept = without_doubles(some, [name for name in some if name != "user"])
    expected = plain_doubles(listed(some))
    assert listed(kept) == expected
    if cut and not placed:
        kept, counts = from_first_macro(kept, place)
        expected, plain = plain_first_macro(expected)
        assert counts == plain
        assert listed(kept) == expected
    found = listed(in_sessions(kept, GAP, place))
    assert found == plain_sessions(expected, place)


@pytest.mark.parametrize("rows", [[(1, 9_000)], [(0, 1), (1, 7_000), (2, 1), (3, 2_047), (4, 5)]])
def test_users_larger_than_several_batches_come_whole_and_all_rows_come_once(
    monkeypatch: pytest.MonkeyPatch, rows: list[tuple[int, int]]
) -> None:
    monkeypatch.setattr(arrays, "ROWS_AT_ONCE", BATCH)
    users = [user for user, count in rows for _ in range(count)]
    times = list(range(len(users)))
    random.Random(1).shuffle(times)
    con = connect([])
    try:
        table = con.create_table("rows", ibis.memtable({"user": users, "t": times}), temp=True)
        told = list(whole_users(con, table.order_by("user", "t"), len(users)))
    finally:
        close(con)
    seen = [set(some["user"].tolist()) for some in told]
    assert sum(map(len, seen)) == len(rows)  # nobody is in two
    found = [pair for some in told for pair in zip(some["user"], some["t"], strict=True)]
    assert found == sorted(zip(users, times, strict=True))


def test_an_engine_that_is_asked_meanwhile_does_not_end_the_rows_in_silence() -> None:
    con = connect([])
    try:
        columns = {"user": list(range(900_000)), "t": [0] * 900_000}
        table = con.create_table("rows", ibis.memtable(columns), temp=True)
        some = whole_users(con, table.order_by("user"), 900_000)
        next(some)
        con.to_pyarrow(table.count())
        with pytest.raises(RuntimeError, match=r"of 900,000 rows: was it asked"):
            list(some)
    finally:
        close(con)


def test_nulls_are_no_array() -> None:
    with pytest.raises(ValueError, match="nulls"):
        arrays_of(pa.table({"user": [1, None]}))


def test_a_log_without_a_usable_row_is_refused_as_such_in_several_stretches(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(stretches, "ROWS_A_STRETCH", 500)
    start = pd.Timestamp("2024-01-01")
    times = start + pd.to_timedelta(np.arange(3_000) * 600, unit="s")
    log = pd.DataFrame({"user_id": None, "timestamp": times, "event": "view"})
    log.loc[::7, "event"] = "buy"
    log.to_parquet(tmp_path / "log.parquet")
    actions = [{"name": "view", "event": "view"}]
    plan = Plan.from_dict({"macro": {"event": "buy"}, "horizon": "1d", "actions": actions})
    with pytest.raises(EventsError, match=r"3,000 of 3,000 rows"):
        read_events(tmp_path / "log.parquet", plan)


def test_arrays_that_the_engine_was_lent_are_taken_back(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(stretches, "ROWS_A_STRETCH", 1_000)
    simulate("plain", 300, 1).to_parquet(tmp_path / "log.parquet")
    with read_events(tmp_path / "log.parquet", plan_for("plain")) as log:
        moments(log)
        found = log.con.con.sql("SELECT view_name FROM duckdb_views() WHERE NOT internal")
        names = {name for (name,) in found.fetchall()}
    assert "events" in names  # files; what else there may be are small tables of codes
    assert not {name for name in names if name.endswith("_rows") or "pyarrow" in name}


def test_no_rows_are_one_empty_batch_that_all_kernels_take() -> None:
    con = connect([])
    try:
        columns = dict.fromkeys(("user", "t", "flags", "sid"), "int64")
        nobody = con.create_table("rows", schema=ibis.schema(columns), temp=True)
        (none,) = whole_users(con, nobody.order_by("user", "t"), 0)
    finally:
        close(con)
    kept, counts = from_first_macro(without_doubles(none, ["t", "sid"]), "t")
    assert [len(column) for column in in_sessions(kept, GAP, "t").values()] == [0] * 9
    assert counts == {"events": 0, "macros": 0, "tied": 0}


def shop(users: int, each: int) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    rows = users * each
    seconds = rng.integers(0, 20 * 24, rows) * 3_600
    return pd.DataFrame(
        {
            "user_id": rng.integers(0, users, rows).astype(str),
            "timestamp": pd.Timestamp("2024-07-01", tz="UTC") + pd.to_timedelta(seconds, unit="s"),
            "event": rng.choice(["view", "cart", "form", "sent", "buy"], rows),
        }
    )


RULES = [
    {"name": "much", "event": "view", "at_least": 2, "within": "1d"},
    {"name": "left", "event": "form", "without": "sent", "within": "session"},
]


@pytest.mark.parametrize("kind", [pytest.param("rules", marks=pytest.mark.slow), "repeat"])
def test_a_log_in_several_stretches_is_the_same_log(
    read: Callable[..., EventLog],
    make_plan: Callable[..., Plan],
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    view = {"name": "view", "event": "view"}
    plan = make_plan(horizon="3d", actions=[view, *RULES])
    if kind == "repeat":
        plan = make_plan(horizon="3d", macro={"event": "buy", "repeat": True}, actions=[view])
    rows, found = shop(40, 8), []
    for most in (10**9, 200):
        monkeypatch.setattr(stretches, "ROWS_A_STRETCH", most)
        monkeypatch.setattr(stretches, "RULED_A_STRETCH", most)
        log = read(rows, plan=plan)
        events = log.con.to_pyarrow(log.events.order_by("user", "seq")).to_pandas()
        found.append((events, moments(log), log.facts))
    (events, whole, facts), (parted, cut, cut_facts) = found
    assert facts == cut_facts
    pd.testing.assert_frame_equal(events, parted[events.columns], check_dtype=False)
    for name in ("cells", "doers", "firsts", "macro_visits"):
        pd.testing.assert_frame_equal(getattr(whole, name), getattr(cut, name))
