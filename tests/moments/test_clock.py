"""Moments of the clock against a reference that writes every single tick out."""

import hashlib
import random
from bisect import bisect_right
from dataclasses import dataclass, field

import pytest

from microlift.moments import moments
from microlift.moments.clock import DEPTH, TENURE, recency_edges
from microlift.moments.space import (
    ACTED,
    ARRIVED,
    BACK,
    FIRST_STEP,
    HOUR,
    LEFT,
    MACRO,
    MACRO_LATER,
    OPEN,
    WAITED,
)
from microlift.plan import Clock, micros

CLOCK = {"moments": {"clock": "1d", "quiet": "3d"}, "horizon": "5d"}
RANK = {"page": 0, "view": 1, "both": 1, "cart": 2, "buy": 31}
MASK = {"page": 0, "view": 1, "cart": 2, "both": 3, "buy": 0}


@dataclass
class Event:
    t: int
    name: str

    @property
    def mask(self):
        return MASK[self.name]

    @property
    def planned(self):
        return self.name != "page"


@dataclass
class Moment:
    """A moment of one user: its tick, its time, the events up to it, how it was reached."""

    k: int
    t: int
    past: list[Event]
    arrive: int
    acted: Event | None = None
    follows: list[Event] = field(default_factory=list)


@dataclass
class Reference:
    """The cells of a log, one tick after the other."""

    log: object
    steps: tuple[int, ...]

    def __post_init__(self):
        plan = self.log.plan
        self.tick, self.quiet = micros(plan.moments.clock), micros(plan.moments.quiet)
        self.horizon, self.last = micros(plan.horizon), self.log.facts.last_us
        self.recency = recency_edges(plan.moments)

    def code(self, event):
        return MACRO if event.name == "buy" else FIRST_STEP + self.steps.index(event.mask)

    def moments(self, events):
        """Walk through the ticks of one user; the last events are cut off at the first macro."""
        first, k, found = events[0].t, 0, []
        past: list[Event] = []
        while first + k * self.tick <= self.last:
            start = first + k * self.tick
            risk = bool(past) and start - past[-1].t <= self.quiet
            if k and risk:
                found.append(Moment(k, start, list(past), WAITED))
            running = k == 0 or risk
            for event in [e for e in events[len(past) :] if e.t <= start + self.tick]:
                for moment in found:
                    if moment.k == k:
                        moment.follows.append(event)
                past.append(event)
                if event.name == "buy":
                    return found
                if event.planned or len(past) == 1 or not running:
                    arrive = ARRIVED if len(past) == 1 else ACTED if running else WAITED
                    acted = event if event.planned else None
                    found.append(Moment(k, event.t, list(past), arrive, acted))
                running = True
            k += 1
        return found

    def cell(self, moment, events, final):
        first, macro_t = events[0].t, events[-1].t if events[-1].name == "buy" else None
        mature = moment.t + self.horizon <= self.last
        ahead = [event for event in moment.follows if event.planned]
        if ahead:
            after = self.code(ahead[0])
        elif not final:
            after = BACK
        elif macro_t is not None:
            after = MACRO_LATER
        else:
            after = LEFT if mature else OPEN
        planned = [event for event in moment.past if event.planned]
        before = planned[:-1] if moment.acted else planned
        fresh = moment.acted.mask & ~union(before) if moment.acted else 0
        wait = moment.t - moment.past[-1].t
        key = {
            "at": self.code(planned[-1]) - FIRST_STEP + 1 if planned else 0,
            "arrive": moment.arrive,
            "recency": 0 if moment.acted else bisect_right(self.recency, wait),
            "depth": bisect_right(DEPTH.edges, len(planned)),
            "tenure": bisect_right(TENURE.edges, moment.t - first),
            "fresh": fresh,
            "done": union(planned),
            "next": after,
        }
        end = first + (moment.k + 1) * self.tick
        ripe = end + self.horizon <= self.last
        cut = macro_t is not None and macro_t <= end
        reached = macro_t is not None and macro_t <= moment.t + self.horizon
        later = macro_t is not None and macro_t <= end + self.horizon
        counts = (1, mature, mature and reached, ripe and not cut)
        return key, (*counts, ripe and not cut and later, ripe and cut)

    def cells(self, rows):
        found: dict[tuple[int, ...], list[int]] = {}
        for user, events in histories(rows).items():
            if events[0].t + self.horizon > self.last:
                continue
            path = self.moments(events)
            for moment in path:
                key, counts = self.cell(moment, events, moment is path[-1])
                cell = found.setdefault((*key.values(), bucket_of(user)), [0] * 6)
                cell[:] = [total + int(count) for total, count in zip(cell, counts, strict=True)]
        return {key: tuple(counts) for key, counts in found.items()}


def union(events):
    mask = 0
    for event in events:
        mask |= event.mask
    return mask


def bucket_of(user):
    return int(hashlib.md5(user.encode()).hexdigest()[:2], 16) % 128


def histories(rows):
    """The events of each user in their total order, up to the first macro."""
    start = 1_719_792_000_000_000  # 2024-07-01 UTC
    users: dict[str, list[Event]] = {}
    for user, hours, name in sorted(set(rows), key=lambda r: (r[0], r[1], RANK[r[2]], r[2])):
        events = users.setdefault(user, [])
        if not events or events[-1].name != "buy":
            events.append(Event(start + round(hours * HOUR), name))
    return users


def random_rows(seed, users, days, step):
    """Users with bursts and silences, on a grid of `step` hours so that edges are hit."""
    rng = random.Random(seed)
    rows = []
    for number in range(users):
        hours = rng.randrange(int(days * 24 * 0.7 / step)) * step
        for _ in range(rng.choice((1, 2, 3, 5, 8, 13))):
            name = rng.choices(("page", "view", "cart", "both", "buy"), (6, 5, 4, 2, 1))[0]
            if hours < days * 24:
                rows.append((f"user {number}", hours, name))
            hours += step * rng.choice((0, 0, 1, 1, 2, 3, 4, 8, 12, 13, 16, 30, 60))
    return rows


@pytest.mark.parametrize(
    ("seed", "step", "changes"),
    [
        (1, 6.0, CLOCK),
        pytest.param(2, 6.0, CLOCK | {"horizon": "1d"}, marks=pytest.mark.slow),
        (3, 1.0, {"moments": {"clock": "7h", "quiet": "50h"}, "horizon": "4d"}),
        pytest.param(
            4,
            6.0,
            {"moments": {"clock": "7d", "quiet": "8d"}, "horizon": "3d"},
            marks=pytest.mark.slow,
        ),
        (5, 0.25, {"moments": {"clock": "1h", "quiet": "2h"}, "horizon": "6h"}),
    ],
)
def test_runs_of_ticks_count_what_every_tick_written_out_counts(
    log_of, counts_of, seed, step, changes
):
    days = 40 * min(1.0, step)
    rows = random_rows(seed, users=250, days=days, step=step)
    log = log_of(rows, until=days * 24, **changes)
    found = moments(log)
    assert [field.name for field in found.fields] == [
        "at", "arrive", "recency", "depth", "tenure", "fresh", "done",
    ]  # fmt: skip
    expected = Reference(log, found.steps).cells(rows)
    counted = counts_of(found)
    wrong = {
        key: (counted.get(key), expected.get(key))
        for key in counted.keys() | expected.keys()
        if counted.get(key) != expected.get(key)
    }
    assert not wrong, f"{len(wrong)} of {len(expected)} cells (found, expected): {wrong}"[:2000]


def test_a_cell_is_one_row(log_of):
    found = moments(log_of(random_rows(6, users=100, days=40, step=6.0), until=960, **CLOCK))
    keys = [*(field.name for field in found.fields), "next", "bucket"]
    assert not found.cells.duplicated(keys).any()


@pytest.mark.parametrize("seed", [7, pytest.param(8, marks=pytest.mark.slow)])
def test_every_departure_by_the_clock_has_its_arrival(log_of, seed):
    rows = random_rows(seed, users=200, days=40, step=6.0)
    found = moments(log_of(rows, until=960, **CLOCK))
    cells = found.cells
    assert count(cells, next=BACK) == count(cells, arrive=WAITED)
    for code in range(len(found.steps)):
        assert count(cells, next=FIRST_STEP + code) == count(cells, arrive=ACTED, at=code + 1)
    ends = sum(count(cells, next=code) for code in (LEFT, OPEN, MACRO, MACRO_LATER))
    assert ends == count(cells, arrive=ARRIVED)


# One user each, of one log; the name is the user's, whose bucket is of no other.
HISTORIES = {
    "ticks": [(0, "page"), (24, "view"), (24.5, "cart")],
    "quiet": [(0, "view")],
    "late macro": [(0, "view"), (60, "page"), (121, "buy")],
    "cut": [(0, "page"), (30, "view"), (40, "buy")],
    "silence": [(0, "view"), (200, "page"), (201, "cart")],
    "silent macro": [(0, "view"), (200, "buy")],
}


@pytest.fixture(scope="module")
def cells_of(log_of):
    rows = [(user, *event) for user, events in HISTORIES.items() for event in events]
    cells = moments(log_of(rows, **CLOCK)).cells
    found = {user: cells[cells["bucket"] == bucket_of(user)] for user in HISTORIES}
    assert sum(map(len, found.values())) == len(cells)
    assert len(set(map(bucket_of, HISTORIES))) == len(HISTORIES)
    return found


def test_ticks_count_from_the_first_event_and_hold_their_end_but_not_their_start(cells_of):
    # Ticks: (0, 24], (24, 48], ...: the view at 24 h belongs to the first.
    cells = cells_of["ticks"]
    assert count(cells, arrive=ARRIVED, next=FIRST_STEP) == 1
    assert count(cells, arrive=ACTED, at=1, next=BACK) == 1
    assert count(cells, arrive=WAITED, at=1, next=FIRST_STEP + 1) == 1
    assert count(cells, at=2, arrive=ACTED) == 1


def test_a_user_is_at_risk_until_the_last_event_lies_longer_back_than_quiet(cells_of):
    # Ticks start 24, 48 and 72 h after the event; at 96 h more than three days have passed.
    cells = cells_of["quiet"]
    assert count(cells, arrive=WAITED, at=1) == 3
    assert count(cells, next=LEFT) == 1
    last = cells[cells["next"] == LEFT]
    assert last["recency"].tolist() == [
        bisect_right(recency_edges(Clock(**CLOCK["moments"])), 72 * HOUR)
    ]


def test_quiet_ticks_of_one_bin_are_one_cell_with_their_number(log_of):
    plan = {"moments": {"clock": "1h", "quiet": "30d"}, "horizon": "5d"}
    found = moments(log_of([("u", 0, "view")], **plan))
    quiet = found.cells[(found.cells["arrive"] == WAITED) & (found.cells["at"] == 1)]
    assert quiet["n"].sum() == 720
    assert len(quiet) < 30


def test_lift_counts_from_the_end_of_the_tick_and_journey_value_from_the_moment(cells_of):
    # The macro comes 5 d 1 h after the view: too late for the moment, in time for its tick's end.
    cells = cells_of["late macro"]
    first = cells[(cells["arrive"] == ARRIVED) & (cells["at"] == 1)]
    assert first[["n", "n_mature", "y", "n_lift", "y_lift", "n_cut"]].to_numpy().tolist() == [
        [1, 1, 0, 1, 1, 0]
    ]


def test_a_macro_inside_the_tick_is_cut_out_of_the_lift_and_counted(cells_of):
    cells = cells_of["cut"]
    treated = cells[cells["next"] == FIRST_STEP]
    assert treated[["n", "n_mature", "y", "n_lift", "y_lift", "n_cut"]].to_numpy().tolist() == [
        [1, 1, 1, 0, 0, 1]
    ]


def test_after_a_long_silence_the_return_is_a_moment_of_its_own(cells_of):
    cells = cells_of["silence"]
    came_back = cells[(cells["arrive"] == WAITED) & (cells["next"] == FIRST_STEP + 1)]
    assert came_back[["at", "recency", "n"]].to_numpy().tolist() == [[1, 1, 1]]


def test_a_macro_after_a_long_silence_is_booked_from_the_last_tick_at_risk_alone(cells_of):
    cells = cells_of["silent macro"]
    later = cells[cells["next"] == MACRO_LATER]
    assert later[["arrive", "n"]].to_numpy().tolist() == [[WAITED, 1]]


def count(cells, **key):
    keep = cells["n"] > 0
    for name, value in key.items():
        keep &= cells[name] == value
    if "at" in key and key.get("arrive") == ACTED:
        keep &= cells["recency"] == 0
    return int(cells.loc[keep, "n"].sum())
