"""Ids of users: read once more from the files, and only where the files are still the same."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

import microlift as ml
from microlift.errors import EventsError
from microlift.events.identities import ids_of

SLOW = pytest.mark.slow
Parquet = Callable[[pd.DataFrame], Path]
PLAN: dict[str, Any] = {
    "macro": {"event": "buy"},
    "horizon": "1d",
    "actions": [{"name": "view", "event": "view"}],
}
ROWS = [
    *((f"user {n}", f"2026-01-0{n % 5 + 1}T10:00:00Z", "view") for n in range(40)),
    *((f"user {n}", f"2026-01-0{n % 3 + 6}T10:00:00Z", "buy") for n in range(0, 40, 2)),
    *((f"user {n}", "2026-01-09T10:00:00Z", "buy") for n in range(0, 40, 4)),
]
FRAME = pd.DataFrame(ROWS, columns=["user_id", "timestamp", "event"])


def _write(frame: pd.DataFrame, folder: Path, name: str) -> Path:
    path = folder / name
    if name.endswith("parquet"):
        frame.to_parquet(path)
    elif name.endswith("csv"):
        frame.to_csv(path, index=False)
    else:
        frame.to_json(path, orient="records", lines=True)
    return path


def _all_users(log: ml.EventLog) -> pa.Table:
    events = log.events
    users = events.group_by("user").agg(bucket=events.bucket.max(), n=events.count())
    return log.con.to_pyarrow(users.order_by("user"))


@pytest.mark.parametrize(
    "name",
    [
        "log.parquet",
        pytest.param("log.csv", marks=pytest.mark.slow),
        pytest.param("log.jsonl", marks=pytest.mark.slow),
    ],
)
def test_every_user_gets_the_id_that_the_events_came_from(tmp_path: Path, name: str) -> None:
    frame = FRAME.drop(index=3)  # so that users differ in their number of events
    with ml.read_events(_write(frame, tmp_path, name), ml.Plan.from_dict(PLAN)) as log:
        users = _all_users(log)
        for _ in range(2):  # asking twice leaves nothing behind
            named = ids_of(log, users.select(["user", "bucket"]))
    assert named["user"].to_pylist() == users["user"].to_pylist()
    counts = dict(zip(named["user_id"].to_pylist(), users["n"].to_pylist(), strict=True))
    assert counts == frame.groupby("user_id").size().to_dict()


@pytest.mark.slow
def test_only_those_asked_for_are_named(tmp_path: Path) -> None:
    with ml.read_events(_write(FRAME, tmp_path, "log.parquet"), ml.Plan.from_dict(PLAN)) as log:
        some = _all_users(log).slice(5, 3).select(["user", "bucket"])
        assert ids_of(log, some)["user"].to_pylist() == [5, 6, 7]


def test_users_who_are_numbered_anew_for_the_next_macro_keep_their_ids(tmp_path: Path) -> None:
    plan = ml.Plan.from_dict(PLAN | {"macro": {"event": "buy", "repeat": True}})
    with ml.read_events(_write(FRAME, tmp_path, "log.parquet"), plan) as log:
        users = _all_users(log)
        named = ids_of(log, users.select(["user", "bucket"]))
    counts = dict(zip(named["user_id"].to_pylist(), users["n"].to_pylist(), strict=True))
    assert counts == {f"user {n}": 2 if n % 4 == 0 else 1 for n in range(0, 40, 2)}


@pytest.mark.parametrize(
    "change",
    [
        "others",
        pytest.param("more", marks=pytest.mark.slow),
        pytest.param("gone", marks=pytest.mark.slow),
    ],
)
def test_files_that_have_changed_are_refused_and_nobody_is_named(
    tmp_path: Path, change: str
) -> None:
    path = _write(FRAME, tmp_path, "log.parquet")
    with ml.read_events(path, ml.Plan.from_dict(PLAN)) as log:
        users = _all_users(log).select(["user", "bucket"])
        if change == "gone":
            path.unlink()
        else:
            user = FRAME["user_id"].where(FRAME["user_id"] != "user 7", "somebody else")
            more = pd.DataFrame([("new", ROWS[0][1], "view")], columns=FRAME.columns)
            other = FRAME.assign(user_id=user) if change == "others" else FRAME
            pd.concat([other, more] if change == "more" else [other]).to_parquet(path)
        with pytest.raises(EventsError) as refused:
            ids_of(log, users)
    assert "user " not in str(refused.value)
    if change != "gone":
        assert "has changed since it was read" in str(refused.value)
