"""What cannot be judged gets a reason and no number."""

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from microlift.events import read_events
from microlift.models import LiftModel
from microlift.moments import moments
from microlift.plan import Plan

Writer = Callable[[pd.DataFrame], Path]
NUMBERS = ["lift", "lift_low", "lift_high", "incremental_probability", "q_value"]
USERS = 3_000


def lift_of(path: Path, names: list[str], **changes: Any) -> pd.DataFrame:
    actions = [{"name": name, "event": name} for name in names]
    plan = {"macro": {"event": "buy"}, "horizon": "1d", "actions": actions} | changes
    with read_events(path, Plan.from_dict(plan), threads=1) as log:
        model = LiftModel(folds=2, rotations=1).fit(moments(log))
    return model.lift_.to_frame().set_index("action")


def rows_of(journeys: list[list[tuple[float, str]]]) -> pd.DataFrame:
    """Frame of journeys: minutes since the user's start, and events; the data end much later."""
    rows = [(f"u{user}", m, name) for user, path in enumerate(journeys) for m, name in path]
    rows.append(("late", 10_000.0, "page"))
    frame = pd.DataFrame(rows, columns=["user_id", "timestamp", "event"])
    start = pd.Timestamp("2024-07-01", tz="UTC")
    frame["timestamp"] = start + pd.to_timedelta(frame["timestamp"], unit="min")
    return frame


@pytest.fixture(scope="module")
def lift(parquet_of: Writer) -> pd.DataFrame:
    """One log in which each action has a fate of its own, told by its name."""
    journeys = []
    for user in range(USERS):
        path = [(0.0, "page"), (1.0, "always")]
        if user % 2:
            path.append((2.0, "steered"))
        if user % 5 < 2:
            path.append((3.0, "fair"))
        if user % 150 == 0:
            path.append((4.0, "rare"))
        if user % 100 in (1, 23, 45, 67, 89):
            path.append((5.0, "unlucky"))
        elif user // 20 % 10 < 3:  # as often among those who did what is fair as among others
            path += [(6.0, "together"), (6.0, "buy"), (7.0, "after")]
        journeys.append([*path, (200.0, "page")])
    frame = rows_of(journeys)
    odd = frame["user_id"].str.removeprefix("u").str.fullmatch(r"\d*[13579]")
    frame["channel"] = np.where(odd, "odd", "even")
    names = ["always", "steered", "fair", "rare", "unlucky", "together", "after"]
    return lift_of(parquet_of(frame), names, log={"attributes": ["channel"]})


@pytest.mark.parametrize(
    ("action", "note"),
    [
        ("always", r"^no contrast: at all 3,000 moments where it could be done, it was done"),
        ("steered", r"^no overlap: \d+% of those who did it were all but certain to do it then$"),
        ("rare", r"^done at 20 mature moments; at least 30 are needed$"),
        ("unlucky", r"^0 macros after doing it; at least 10 are needed"),
        ("together", r"^recorded together with the macro: (\d+) of \1 converting first"),
        ("after", r"^nobody did it in this window"),
    ],
)
def test_an_action_that_cannot_be_judged_gets_its_reason_and_no_number(
    lift: pd.DataFrame, action: str, note: str
) -> None:
    row = lift.loc[action]
    assert row["verdict"] == "not identified"
    assert re.search(note, row["note"])
    assert all(math.isnan(row[name]) for name in NUMBERS)


def test_an_action_beside_those_that_cannot_be_judged_is_judged(lift: pd.DataFrame) -> None:
    fair = lift.loc["fair"]
    assert fair["note"] == ""
    assert fair["lift_low"] < 1 < fair["lift_high"]
    assert fair["q_value"] == pytest.approx(fair["q_value"].clip(0, 1))


def test_an_action_that_every_buyer_has_done_is_called_a_mandatory_gate(lift: pd.DataFrame) -> None:
    gates = lift.index[lift["note"].str.contains("mandatory gate: ")]
    assert set(gates) == {"always", "together"}
    assert lift.loc["together", ["association"]].isna().all()


def test_what_could_only_be_judged_from_a_start_that_is_no_moment_is_not_identified(
    parquet_of: Writer,
) -> None:
    rng = np.random.default_rng(4)
    journeys = []
    for _ in range(USERS):
        path = [(0.0, "first")]
        if rng.random() < 0.4:
            path.append((1.0, "fair"))
        if rng.random() < 0.2:
            path.append((2.0, "buy"))
        journeys.append(path)
    lift = lift_of(parquet_of(rows_of(journeys)), ["first", "fair"])
    assert lift.loc["first", "verdict"] == "not identified"
    assert lift.loc["first", "note"].startswith(
        "no mature moment comes before it: nothing to judge it from"
    )
    assert lift.loc["fair", "verdict"] == "no evidence"


def test_a_few_users_are_too_few_for_the_errors_however_much_they_do(parquet_of: Writer) -> None:
    journeys = [[(0.0, "page"), (1.0, "fair"), (2.0, "buy")] for _ in range(12)]
    journeys += [[(0.0, "page"), (2.0, "buy")] for _ in range(500)]
    journeys += [[(0.0, "page"), (2000.0, "page")] for _ in range(500)]
    lift = lift_of(parquet_of(rows_of(journeys)), ["fair"])
    assert lift.loc["fair", "note"] == "done at 12 mature moments; at least 30 are needed"


@pytest.mark.slow
def test_macros_in_the_tick_of_the_action_are_said_to_make_the_tick_too_long(
    parquet_of: Writer,
) -> None:
    rng = np.random.default_rng(4)
    journeys = []
    for _ in range(USERS):
        path, day = [(0.0, "page")], 1_440.0
        if rng.random() < 0.5:
            path.append((day * 1.2, "fair"))
            if rng.random() < 0.3:
                path.append((day * 1.4, "buy"))
        if path[-1][1] != "buy" and rng.random() < 0.3:
            path.append((day * rng.uniform(2, 3), "buy"))
        journeys.append(path)
    clock = {"clock": "1d", "quiet": "3d"}
    lift = lift_of(parquet_of(rows_of(journeys)), ["fair"], moments=clock)
    assert (
        pd.Series(lift.loc["fair", ["note"]])
        .str.contains(r"tick too long: \d+ macros fell into the tick in which it was done")
        .all()
    )
