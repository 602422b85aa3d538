"""The moment of membership against a plain search, on logs full of equal times."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import microlift as ml
from microlift.journeys.cohorts.membership import find_members
from microlift.journeys.cohorts.parser import parse_cohort
from microlift.journeys.cohorts.places import LATE, events_by

Parquet = Callable[[pd.DataFrame], Path]
Event = tuple[int, str]  # minute, event
Tree = tuple[Any, ...]  # ("do", "a"), ("then", [..], limit), ...
Point = tuple[int, set[object], int]  # half minutes, what it is, number of the last event by then

GAP = 2
PLAN = ml.Plan.from_dict(
    {
        "macro": {"event": "m"},
        "horizon": "1h",
        "log": {"session_gap": f"{GAP}m"},
        "actions": [
            {"name": "a", "event": "a"},
            {"name": "b", "event": ["b", "bc"]},
            {"name": "c", "event": ["c", "bc"]},
        ],
    }
)
# Each event with the actions that it is, in the order of equal times: the plan's, the macro last.
IS: dict[str, set[str]] = {
    "page": set(), "a": {"a"}, "b": {"b"}, "bc": {"b", "c"}, "c": {"c"}, "m": {"m"},
}  # fmt: skip
NAMES = list(IS)


def points_of(events: list[Event], trees: list[Tree]) -> list[Point]:
    """Events, and the ends of waits in vain, in their order."""
    points: dict[tuple[int, int], Point] = {
        (2 * minute, number): (2 * minute, set(IS[name]), number)
        for number, (minute, name) in enumerate(events)
    }
    for tree in trees:
        for end in _ends_of_waits(events, tree):
            before = sum(minute <= end for minute, _ in events) - 1
            point = points.setdefault((2 * end + 1, -1), (2 * end + 1, set(), before))
            point[1].add(str(tree))
    return [points[key] for key in sorted(points)]


def _ends_of_waits(events: list[Event], tree: Tree) -> set[int]:
    """The minutes up to which something was waited for in vain."""
    _, of, other, limit = tree
    found = set()
    for at, (minute, name) in enumerate(events):
        if not IS[name] & of:
            continue
        later = events[at + 1 :]
        if limit is not None:
            came = any(IS[n] & other and t - minute <= limit for t, n in later)
            end = minute + limit
        else:
            visit, last = [], minute
            for t, n in later:
                if t - last > GAP:
                    break
                visit.append(n)
                last = t
            came = any(IS[n] & other for n in visit)
            end = last + GAP
        if not came:
            found.add(end)
    return found


def fits(tree: Tree, points: list[Point], low: int, high: int) -> bool:
    """Whether some choice of points from `low` to `high` fulfils an expression."""
    kind, *rest = tree
    span = range(low, high + 1)
    if kind == "do":
        return any(points[at][1] & rest[0] for at in span)
    if kind == "without":
        return any(str(tree) in points[at][1] for at in span)
    *inner, limit = rest
    if limit is not None:
        return any(
            fits((kind, *inner, None), points, i, j)
            for i in span
            for j in range(i, high + 1)
            if points[j][0] - points[i][0] <= 2 * limit
        )
    if kind == "times":
        return bool(sum(bool(points[at][1] & inner[0]) for at in span) >= inner[1])
    if kind == "or":
        return any(fits(part, points, low, high) for part in inner[0])
    if kind == "and":
        parts, nots = inner
        return any(
            all(fits(part, points, low, by) for part in parts)
            and not any(fits(part, points, 0, by) for part in nots)
            for by in span
        )
    first, *others = inner[0]
    if not others:
        return fits(first, points, low, high)
    return any(
        fits(first, points, low, by) and fits(("then", others, None), points, by + 1, high)
        for by in span
    )


def absences(tree: Tree) -> list[Tree]:
    """Every WITHOUT in an expression."""
    if tree[0] == "without":
        return [tree]
    lists = [part for part in tree[1:] if isinstance(part, list)]
    return [found for parts in lists for part in parts for found in absences(part)]


def expected(tree: Tree, events: list[Event]) -> tuple[int, int] | None:
    """Half minutes, and the number of the last event by then; None where never in time."""
    points = points_of(events, absences(tree))
    for at, (time, what, number) in enumerate(points):
        if "m" in what:
            return None
        if fits(tree, points, 0, at):
            return time, number
    return None


def write(tree: Tree) -> str:
    """An expression as people write it, with brackets wherever there may be some."""
    kind, *rest = tree
    limit = f" WITHIN {rest[-1]}m" if kind != "do" and rest[-1] is not None else ""
    if kind == "do":
        return "(" + " OR ".join(sorted(rest[0])) + ")"
    if kind == "without":
        return f"({write(('do', rest[0]))} WITHOUT {write(('do', rest[1]))}{limit})"
    if kind == "times":
        return f"({write(('do', rest[0]))} {rest[1]} times{limit})"
    parts = [write(part) for part in rest[0]]
    if kind == "and":
        parts += [f"NOT {write(part)}" for part in rest[1]]
    joined = "(" + f" {kind.upper()} ".join(parts) + ")"
    return f"({joined}{limit})" if limit else joined


class Many(list[list[Event]]):
    """The events of users in their log, shown in short."""

    log: ml.EventLog

    def __repr__(self) -> str:
        return f"{len(self)} users"


@pytest.fixture(scope="module")
def many(parquet_of: Parquet) -> Iterator[Many]:
    """200 users with up to nine events within ten minutes, each in a time of their own."""
    rng = np.random.default_rng(5)
    chances = [0.1, 0.25, 0.2, 0.15, 0.22, 0.08]
    users = []
    for number in range(200):
        events = {
            (100 * number + int(rng.integers(10)), str(rng.choice(NAMES, p=chances)))
            for _ in range(rng.integers(1, 10))
        }
        users.append(sorted(events, key=lambda event: (event[0], NAMES.index(event[1]))))
    rows = [(f"u{n:04}", minute, name) for n, user in enumerate(users) for minute, name in user]
    rows.append(("last", 30_000, "page"))
    frame = pd.DataFrame(rows, columns=["user_id", "minute", "event"])
    start = pd.Timestamp("2026-01-01", tz="UTC")
    times = start + pd.to_timedelta(frame.pop("minute"), unit="min")
    path = parquet_of(frame.assign(timestamp=times).iloc[::-1])
    with ml.read_events(path, PLAN) as log:
        every = Many([*users, [(30_000, "page")]])
        every.log = log
        yield every


def check(users: Many, trees: list[Tree]) -> None:
    log = users.log
    nodes = [parse_cohort(write(tree), log.plan) for tree in trees]
    members = find_members(log, log.events, nodes)
    last = {f"n{number}": events_by(members[f"k{number}"]) - 1 for number in range(len(trees))}
    found = log.con.to_pyarrow(members.mutate(**last)).to_pandas()
    start = pd.Timestamp("2026-01-01", tz="UTC").value // 1_000
    own = found.set_index((found["begin"] - start) // 60_000_000).sort_index()
    assert len(own) == len(users)
    for number, tree in enumerate(trees):
        for events in users:
            row = own.loc[events[0][0]]
            moment = expected(tree, events)
            if row[f"k{number}"] == LATE:
                assert moment is None, (write(tree), events)
                continue
            micros = int(row[f"t{number}"]) - start
            half = 2 * (micros // 60_000_000) + (micros % 60_000_000 == 1)
            assert (half, row[f"n{number}"]) == moment, (write(tree), events)


A, B, C, BC = (("do", set(names)) for names in ("a", "b", "c", "bc"))
CASES: list[Tree] = [
    A,
    BC,
    ("and", [A, B], [], None),
    ("and", [B, C], [], None),
    ("and", [A, B, C], [], 3),
    ("and", [A], [B], None),
    ("and", [B], [C], None),
    ("and", [A, B], [("then", [C, A], None)], None),
    ("or", [A, ("then", [B, C], 1)], None),
    ("then", [A, B], None),
    ("then", [B, C], None),
    ("then", [B, B], 2),
    ("then", [A, B, C], 4),
    ("then", [A, ("and", [B, C], [], None)], 5),
    ("then", [("and", [A, B], [], 2), C], None),
    ("then", [("then", [A, B], 2), ("then", [C, A], 3)], 7),
    ("then", [A, ("times", {"b"}, 2, 3)], 5),
    ("then", [("and", [A], [B], None), C], None),
    ("then", [("or", [A, ("times", {"b"}, 2, None)], None), C], 3),
    ("times", {"a"}, 2, None),
    ("times", {"a"}, 3, 4),
    ("times", {"b", "c"}, 3, 2),
    ("without", {"a"}, {"b"}, 2),
    ("without", {"a"}, {"b"}, None),
    ("without", {"b"}, {"c"}, 1),
    ("without", {"b", "a"}, {"b"}, 1),
    ("then", [("without", {"a"}, {"b"}, 1), C], 2),
    ("then", [C, ("without", {"a"}, {"b"}, 1)], 4),
    ("and", [("without", {"a"}, {"b"}, None), C], [], None),
    ("and", [C], [("without", {"a"}, {"b"}, 2)], None),
    ("then", [("without", {"a"}, {"b"}, 1), ("without", {"c"}, {"b"}, 2)], None),
]


def test_the_moment_of_membership_is_that_of_a_plain_search(many: Many) -> None:
    check(many, CASES[3::5])


@pytest.mark.slow
def test_the_moment_of_every_operator_is_that_of_a_plain_search(many: Many) -> None:
    check(many, CASES)


def test_the_search_itself_knows_limits_order_and_absence() -> None:
    events = [(0, "a"), (0, "bc"), (3, "b"), (4, "m")]
    assert expected(A, events) == (0, 0)
    assert expected(("then", [A, B], None), events) == (0, 1)
    assert expected(("then", [B, C], None), events) is None  # one event is no second one
    assert expected(("then", [B, B], 2), events) is None
    assert expected(("then", [B, B], 3), events) == (6, 2)
    assert expected(("without", {"c"}, {"b"}, 2), events) == (5, 1)  # just after minute 2
    assert expected(("without", {"c"}, {"b"}, 3), events) is None
    assert expected(("without", {"a"}, {"b"}, None), events) is None
    assert expected(("and", [B], [A], None), events) is None


def trees() -> st.SearchStrategy[Tree]:
    limit = st.none() | st.integers(1, 5)
    some = st.sets(st.sampled_from("abc"), min_size=1, max_size=2)
    leaf = st.one_of(
        st.tuples(st.just("do"), some),
        st.tuples(st.just("times"), some, st.integers(2, 3), limit),
        st.tuples(st.just("without"), some, some, limit),
    )

    def wider(inner: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
        parts = st.lists(inner, min_size=2, max_size=3)
        return st.one_of(
            st.tuples(st.just("then"), parts, limit),
            st.tuples(st.just("or"), parts, st.none()),
            st.tuples(st.just("and"), parts, st.just([]), limit),
            st.tuples(st.just("and"), parts, st.lists(inner, min_size=1, max_size=1), st.none()),
        )

    return st.recursive(leaf, wider, max_leaves=5)


# Shrinking an expression over 200 users takes longer than reading it.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)


@pytest.mark.slow
@settings(max_examples=25, phases=PHASES)
@given(asked=st.lists(trees(), min_size=3, max_size=3))
def test_the_moment_of_any_expression_is_that_of_a_plain_search(
    many: Many, asked: list[Tree]
) -> None:
    check(many, asked)
