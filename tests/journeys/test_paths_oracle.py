"""Assists, paths, transitions and flow against a plain walk along every user's events."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import microlift as ml
from microlift.journeys.ways import walks

Parquet = Callable[[pd.DataFrame], Path]
Event = tuple[int, str]  # minute, event

HORIZON, GAP, END = 12, 5, 60
PLAN = ml.Plan.from_dict(
    {
        "log": {"session_gap": f"{GAP}m"},
        "macro": {"event": ["m", "am"], "value": 20, "currency": "EUR"},
        "horizon": f"{HORIZON}m",
        "actions": [
            {"name": "a", "event": ["a", "am"]},
            {"name": "b", "event": ["b", "bc"]},
            {"name": "c", "event": ["c", "bc"]},
            {"name": "x", "event": "x"},
        ],
    }
)
# Each event with the actions that it is, in the order of equal times: the plan's, the macro last.
IS: dict[str, tuple[str, ...]] = {
    "page": (), "a": ("a",), "b": ("b",), "bc": ("b", "c"), "c": ("c",), "x": ("x",),
    "am": ("a",), "m": (),
}  # fmt: skip
NAMES, MACROS, ACTIONS = list(IS), {"m", "am"}, ("a", "b", "c", "x")
MACRO = "m / am"
# Does everything once, and is there at the end, so that each log can be read.
KEEPER: list[Event] = [*enumerate(NAMES), (END, "page")]


class Step(NamedTuple):
    name: str
    minute: int
    visit: int
    until: int  # the last of the same in a row


@dataclass
class Walk:
    steps: list[Step]
    outcome: str
    end: int
    end_visit: int

    @property
    def names(self) -> list[str]:
        return [step.name for step in self.steps]


def visits_of(events: list[Event]) -> list[int]:
    numbers = [1]
    for (before, _), (minute, _) in pairwise(events):
        numbers.append(numbers[-1] + (minute - before > GAP))
    return numbers


def walk(events: list[Event], *, repeats: bool = False, by_visit: bool = False) -> Walk | None:
    steps: list[Step] = []
    last = None
    for (minute, event), visit in zip(events, visits_of(events), strict=True):
        if event in MACROS:
            return Walk(steps, MACRO, minute, visit)
        for name in IS[event]:
            last = minute
            before = steps[-1] if steps else None
            same = before is not None and before.name == name
            if same and not repeats and not (by_visit and before.visit != visit):
                steps[-1] = before._replace(until=minute)
            else:
                steps.append(Step(name, minute, visit, minute))
    if last is None:
        return None
    return Walk(steps, "(left)" if END - last >= HORIZON else "(still open)", last, 0)


def walks_along(users: list[list[Event]], **how: bool) -> list[Walk]:
    return [found for events in users if (found := walk(events, **how)) is not None]


def read(users: list[list[Event]], parquet_of: Parquet) -> ml.EventLog:
    rows = [(f"u{n:04}", minute, name) for n, user in enumerate(users) for minute, name in user]
    frame = pd.DataFrame(rows, columns=["user_id", "minute", "event"])
    start = pd.Timestamp("2026-01-01", tz="UTC")
    times = start + pd.to_timedelta(frame.pop("minute"), unit="min")
    # The order of the rows in the file must not matter.
    return ml.read_events(parquet_of(frame.assign(timestamp=times).iloc[::-1]), PLAN)


def in_order(events: set[Event]) -> list[Event]:
    return sorted(events, key=lambda event: (event[0], NAMES.index(event[1])))


def check_transitions(log: ml.EventLog, users: list[list[Event]], repeats: bool) -> None:
    for visits in (False, True):
        expected: Counter[tuple[str, str]] = Counter()
        for one in walks_along(users, repeats=repeats, by_visit=visits):
            names = ["(start)", *one.names, one.outcome]
            at = [None, *(step.visit for step in one.steps), one.end_visit or None]
            for (a, b), (here, there) in zip(pairwise(names), pairwise(at), strict=True):
                if visits and here and there and here != there:
                    expected.update([(a, "(next visit)"), ("(next visit)", b)])
                else:
                    expected[a, b] += 1
        frame = ml.transitions(log, repeats=repeats, visits=visits).to_frame()
        found = dict(zip(zip(frame["from"], frame["to"], strict=True), frame["count"], strict=True))
        assert found == expected
        totals = Counter[str]()
        for (start, _), count in expected.items():
            totals[start] += count
        assert frame["of"].tolist() == [totals[start] for start in frame["from"]]


def check_flow(log: ml.EventLog, users: list[list[Event]], repeats: bool) -> None:
    expected: Counter[tuple[int, str, str]] = Counter()
    for one in walks_along(users, repeats=repeats):
        names = ["(start)", *one.names, one.outcome]
        expected.update((at, a, b) for at, (a, b) in enumerate(pairwise(names), start=1) if at <= 3)
    frame = ml.flow(log, 3, repeats=repeats).to_frame()
    keys = zip(frame["step"], frame["from"], frame["to"], strict=True)
    assert dict(zip(keys, frame["users"], strict=True)) == expected


def check_paths(
    log: ml.EventLog, users: list[list[Event]], to: str, length: int, within: int, repeats: bool
) -> None:
    along = walks_along(users, repeats=repeats)
    ended = [one for one in along if one.outcome == (MACRO if to == "macro" else "(left)")]
    waits: dict[tuple[tuple[str, ...], bool], list[int | None]] = defaultdict(list)
    for one in ended:
        late = [step for step in one.steps if step.until >= one.end - within]
        shown = late[-length:]
        path = tuple(step.name for step in shown), len(late) > length
        waits[path].append(one.end - shown[0].until if shown else None)
    result = ml.paths(log, to, length=length, top=100, within=f"{within}m", repeats=repeats)
    frame = result.to_frame()
    assert result.of == len(ended)
    cut = frame["path"].str.startswith("… → ")
    assert dict(zip(zip(result.steps, cut, strict=True), frame["users"], strict=True)) == {
        path: len(times) for path, times in waits.items()
    }
    for names, more, row in zip(result.steps, cut, frame.to_dict("records"), strict=True):
        path = names, more
        times = [time for time in waits[path] if time is not None]
        hours = median(times) / 60 if times else np.nan
        assert row["median_hours"] == pytest.approx(hours, nan_ok=True)
        if path[1] or not path[0]:
            assert np.isnan(row["began"])
            continue
        size = len(path[0])
        began = [one for one in along if tuple(one.names[:size]) == path[0]]
        began = [one for one in began if one.steps[size - 1].minute + HORIZON <= END]
        reached = [
            one
            for one in began
            if one.outcome == MACRO and one.end <= one.steps[size - 1].minute + HORIZON
        ]
        rate = len(reached) / len(began) if began else np.nan
        assert row["began"] == len(began)
        assert row["macro_rate"] == pytest.approx(rate, nan_ok=True)


def check_assists(log: ml.EventLog, users: list[list[Event]], within: int) -> None:
    counts = {role: Counter[str]() for role in ("any", "assisted", "first", "last", "users")}
    macros, worth = 0, Counter[str]()
    for events in users:
        # Macros of one time are one, at the place of the first of them, worth them all.
        rows = [at for at, (_, event) in enumerate(events) if event in MACROS]
        firsts = {events[at][0]: at for at in reversed(rows)}
        size = Counter(events[at][0] for at in rows)
        begin, did = 0, set()
        for minute, place in sorted(firsts.items()):
            macros += 1
            touches = [
                name
                for time, event in events[begin:place]
                if time >= minute - within
                for name in IS[event]
            ]
            begin = place
            if touches:
                counts["any"].update(set(touches))
                counts["assisted"].update(set(touches) - {touches[-1]})
                counts["first"][touches[0]] += 1
                counts["last"][touches[-1]] += 1
                worth[touches[-1]] += 20 * size[minute]
                did |= set(touches)
        counts["users"].update(did)
    frame = ml.assists(log, within=f"{within}m").to_frame()
    assert frame["action"].tolist() == list(ACTIONS)
    assert set(frame["macros"]) == {macros}
    for role, counted in counts.items():
        assert frame[role].tolist() == [counted[name] for name in ACTIONS]
    assert frame["last_value"].tolist() == [worth[name] for name in ACTIONS]


def random_users() -> list[list[Event]]:
    """300 users with up to ten events: many have equal times, repeats, and macros."""
    rng = np.random.default_rng(5)
    chances = [0.1, 0.25, 0.15, 0.1, 0.15, 0.1, 0.05, 0.1]
    users = [KEEPER]
    for _ in range(300):
        start, wide = int(rng.integers(46)), int(rng.choice([3, 15]))
        events = {
            (start + int(rng.integers(wide)), str(rng.choice(NAMES, p=chances)))
            for _ in range(rng.integers(1, 11))
        }
        users.append(in_order(events))
    return users


def check(log: ml.EventLog, users: list[list[Event]], repeats: bool) -> None:
    check_transitions(log, users, repeats)
    check_flow(log, users, repeats)
    check_paths(log, users, "macro", 2, HORIZON, repeats)
    check_paths(log, users, "leaving", 3, 4, repeats)
    check_assists(log, users, 2 if repeats else HORIZON)


@pytest.fixture(scope="module")
def many(parquet_of: Parquet) -> Iterator[tuple[ml.EventLog, list[list[Event]]]]:
    users = random_users()
    with read(users, parquet_of) as log:
        yield log, users


@pytest.mark.parametrize("repeats", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.slow
def test_every_count_is_that_of_a_walk_along_the_events(
    many: tuple[ml.EventLog, list[list[Event]]], repeats: bool
) -> None:
    log, users = many
    ends = Counter(one.outcome for one in walks_along(users))
    assert min(ends.values()) > 10  # of each end there are enough to tell
    check(log, users, repeats)


@pytest.mark.slow
def test_a_log_that_is_counted_in_parts_gives_the_same_figures(
    many: tuple[ml.EventLog, list[list[Event]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    log, users = many
    monkeypatch.setattr(walks, "ROWS_A_PART", 500)
    assert len(list(walks.parts_of(log))) > 2
    check(log, users, repeats=False)


def test_the_walk_tells_a_repeat_from_a_step_and_a_macro_from_what_follows_it() -> None:
    """The oracle itself."""
    one = walk([(0, "a"), (1, "bc"), (2, "c"), (3, "am"), (4, "x")])
    assert one is not None
    assert one.names == ["a", "b", "c"]
    assert (one.steps[-1].minute, one.steps[-1].until, one.end) == (1, 2, 3)
    assert walk([(0, "page")]) is None


USER = st.sets(st.tuples(st.integers(0, 59), st.sampled_from(NAMES)), min_size=1, max_size=8)


@pytest.mark.slow
@settings(max_examples=6)
@given(users=st.lists(USER.map(in_order), min_size=1, max_size=6), repeats=st.booleans())
def test_counts_of_any_log_are_those_of_the_walk(
    parquet_of: Parquet, users: list[list[Event]], repeats: bool
) -> None:
    users = [KEEPER, *users]
    with read(users, parquet_of) as log:
        check(log, users, repeats)
