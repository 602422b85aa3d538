"""Funnels against a plain search through every attempt, on logs full of equal times."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise, product
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import microlift as ml

Parquet = Callable[[pd.DataFrame], Path]
Event = tuple[int, str]  # minute, event
Attempt = tuple[int, ...]  # the place of the event of each step

PLAN = ml.Plan.from_dict(
    {
        "macro": {"event": "m"},
        "horizon": "1h",
        "actions": [
            {"name": "a", "event": "a"},
            {"name": "b", "event": ["b", "bc"]},
            {"name": "c", "event": ["c", "bc"]},
            {"name": "x", "event": "x"},
        ],
    }
)
# Each event with the actions that it is, in the order of equal times: the plan's, the macro last.
IS: dict[str, tuple[str, ...]] = {
    "page": (), "a": ("a",), "b": ("b",), "bc": ("b", "c"), "c": ("c",), "x": ("x",), "m": ("m",),
}  # fmt: skip
NAMES = list(IS)
# Does everything once, and comes back much later, so that each log can be read.
KEEPER: list[Event] = [*enumerate(NAMES), (5_000, "page")]


@dataclass(frozen=True)
class Asked:
    steps: tuple[str, ...] = ("a", "b", "c", "m")
    kind: str = "closed"
    order: str = "strict"
    within: int | None = None
    step_within: int | None = None

    def of(self, log: ml.EventLog) -> ml.Funnel:
        limits = {"within": self.within, "step_within": self.step_within}
        spans = {name: f"{limit}m" for name, limit in limits.items() if limit is not None}
        return ml.funnel(log, self.steps, kind=self.kind, order=self.order, **spans)


CASES = [
    Asked(),
    Asked(within=3),
    Asked(step_within=1),
    Asked(within=4, step_within=2),
    Asked(order="any"),
    Asked(order="any", within=2),
    Asked(kind="open"),
    Asked(kind="open", within=3, step_within=2),
    Asked(kind="open", order="any", within=2),
    Asked(steps=("c", "b", "a")),  # against the order of the plan
    Asked(steps=("c", "a"), order="any"),
    Asked(steps=("c", "a"), within=1),
]


def attempts(events: list[Event], asked: Asked) -> Iterator[Attempt]:
    """Every choice of events for the first so many steps that keeps order and time."""
    for length in range(1, len(asked.steps) + 1):
        places = [
            [at for at, (_, name) in enumerate(events) if step in IS[name]]
            for step in asked.steps[:length]
        ]
        for chosen in product(*places):
            times = [events[at][0] for at in chosen]
            if asked.order == "strict" and any(late < early for early, late in pairwise(chosen)):
                continue
            if asked.within is not None and max(times) - min(times) > asked.within:
                continue
            limit = asked.step_within
            if limit is not None and any(late - early > limit for early, late in pairwise(times)):
                continue
            yield chosen


@dataclass
class Counts:
    users: list[int]
    came: list[int]
    waits: list[list[int]]
    onward: list[Counter[str]]

    @classmethod
    def empty(cls, steps: int) -> "Counts":
        return cls(
            [0] * steps, [0] * steps, [[] for _ in range(steps)], [Counter() for _ in range(steps)]
        )


def closed(users: list[list[Event]], asked: Asked) -> Counts:
    found = Counts.empty(len(asked.steps))
    for events in users:
        every = list(attempts(events, asked))
        if not every:
            continue
        far = max(map(len, every))
        farthest = [one for one in every if len(one) == far]
        first = min(map(max, farthest))
        # The quickest: of those that end there the one whose events are the latest.
        best = max((one for one in farthest if max(one) == first), key=lambda one: one[::-1])
        done = [max(events[at][0] for at in best[: k + 1]) for k in range(far)]
        for k in range(far):
            found.users[k] += 1
            if k:
                found.came[k] += 1
                found.waits[k].append(done[k] - done[k - 1])
        if far < len(asked.steps):
            stood = max(map(max, farthest))
            after = (IS[name][0] for _, name in events[stood + 1 :] if IS[name])
            found.onward[far - 1][next(after, "nothing more")] += 1
    return found


def opened(users: list[list[Event]], asked: Asked) -> Counts:
    limits = [limit for limit in (asked.within, asked.step_within) if limit is not None]
    found = Counts.empty(len(asked.steps))
    for k, pair in enumerate(pairwise(asked.steps)):
        one = closed(users, Asked(pair, "closed", asked.order, min(limits, default=None)))
        found.came[k + 1], found.waits[k + 1] = one.came[1], one.waits[1]
        found.onward[k] = one.onward[0]
    for k, step in enumerate(asked.steps):
        found.users[k] = sum(any(step in IS[name] for _, name in events) for events in users)
    return found


def read(users: list[list[Event]], parquet_of: Parquet) -> ml.EventLog:
    rows = [(f"u{n:04}", minute, name) for n, user in enumerate(users) for minute, name in user]
    frame = pd.DataFrame(rows, columns=["user_id", "minute", "event"])
    start = pd.Timestamp("2026-01-01", tz="UTC")
    times = start + pd.to_timedelta(frame.pop("minute"), unit="min")
    # The order of the rows in the file must not matter.
    return ml.read_events(parquet_of(frame.assign(timestamp=times).iloc[::-1]), PLAN)


def in_order(events: set[Event]) -> list[Event]:
    return sorted(events, key=lambda event: (event[0], NAMES.index(event[1])))


def check(log: ml.EventLog, users: list[list[Event]], asked: Asked) -> None:
    expected = (opened if asked.kind == "open" else closed)(users, asked)
    result = asked.of(log)
    frame = result.to_frame()
    assert frame["step"].tolist() == list(asked.steps)
    assert frame["users"].tolist() == expected.users
    assert frame["came"].tolist() == expected.came
    hours = [median(waits) / 60 if waits else np.nan for waits in expected.waits]
    assert frame["median_hours"].to_numpy() == pytest.approx(hours, nan_ok=True)
    onward: list[Counter[str]] = [Counter() for _ in asked.steps]
    for row in result.onward.to_dict("records"):
        onward[asked.steps.index(row["step"])][row["next"]] += row["users"]
    assert onward == expected.onward
    assert frame["lost"].tolist() == [sum(left.values()) for left in expected.onward]


def random_users() -> list[list[Event]]:
    """300 users with up to eight events within nine minutes: most have equal times."""
    rng = np.random.default_rng(11)
    chances = [0.1, 0.25, 0.15, 0.1, 0.2, 0.1, 0.1]
    return [
        KEEPER,
        *(
            in_order({
                (int(rng.integers(9)), str(rng.choice(NAMES, p=chances)))
                for _ in range(rng.integers(1, 9))
            })
            for _ in range(300)
        ),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def many(parquet_of: Parquet) -> Iterator[tuple[ml.EventLog, list[list[Event]]]]:
    users = random_users()
    with read(users, parquet_of) as log:
        yield log, users


@pytest.mark.parametrize("asked", CASES, ids=str)
def test_every_figure_is_that_of_a_search_through_all_attempts(
    many: tuple[ml.EventLog, list[list[Event]]], asked: Asked
) -> None:
    check(*many, asked)


@pytest.mark.slow
@pytest.mark.parametrize("asked", CASES, ids=str)
@pytest.mark.slow
def test_a_log_that_is_followed_in_parts_gives_the_same_figures(
    many: tuple[ml.EventLog, list[list[Event]]], asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("microlift.journeys.attempts.ROWS_A_PART", 500)
    check(*many, asked)


def test_the_search_tells_a_limit_from_none_and_a_second_attempt_from_the_first() -> None:
    """The oracle itself: a greedy match from the first entry would lose this user."""
    events = in_order({(0, "a"), (10, "a"), (11, "b")})
    assert closed([events], Asked(("a", "b"), within=3)).users == [1, 1]
    assert closed([events[:1] + events[2:]], Asked(("a", "b"), within=3)).users == [1, 0]
    assert closed([events], Asked(("a", "b"), within=3)).waits[1] == [1]


USER = st.sets(st.tuples(st.integers(0, 6), st.sampled_from(NAMES)), min_size=1, max_size=7)
SPAN = st.none() | st.integers(1, 4)


@settings(max_examples=12)
@given(
    users=st.lists(USER.map(in_order), min_size=1, max_size=6),
    steps=st.permutations(["a", "b", "c"]).flatmap(
        lambda names: st.sampled_from([(*names, "m"), tuple(names), (names[0], "m")])
    ),
    kind=st.sampled_from(["closed", "open"]),
    order=st.sampled_from(["strict", "any"]),
    spans=st.tuples(SPAN, SPAN),
)
@pytest.mark.slow
def test_figures_of_any_log_are_those_of_the_search(
    parquet_of: Parquet, users: list[list[Event]], steps: tuple[str, ...], kind: str, order: str,
    spans: tuple[int | None, int | None],
) -> None:  # fmt: skip
    within, step_within = spans
    asked = Asked(steps, kind, order, within, None if order == "any" else step_within)
    users = [KEEPER, *users]
    with read(users, parquet_of) as log:
        check(log, users, asked)
