"""Letters and calls over months, simulated: competing exponential hazards in continuous time.

Hazards depend on the attributes, on which actions were done, on the time since the first event in
steps (phases), and for one action on whether another happened within the last hours (a burst).
Nothing depends on the time since the last event as such, so an inert action changes nothing.

A follower in a burst often falls in the same tick as its trigger. An estimator that knows a
journey only up to the start of a tick then credits part of the trigger's effect to the follower;
the shorter the tick, the smaller that bias. The fork is made at the action's own instant, after
the trigger, so the truth has none of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np

from microlift.simulate.law import (
    Codes,
    Doubles,
    Flags,
    Ints,
    Log,
    Picks,
    cumulate,
    done_bits,
    done_effects,
    draw,
    draw_groups,
    group_shifts,
)
from microlift.simulate.shops import DAY, ClockShop

WINDOW = 240 * DAY
ARRIVALS = 150 * DAY
HORIZON = 30 * DAY
HOUR = 3_600


@dataclass
class Cases:
    """Journeys in time: who, kind of user, what was done, now, first event, last event, burst end.

    Times are seconds from the start of the window.
    """

    user: Ints
    kind: Ints
    done: Ints
    t: Ints
    start: Ints
    last: Ints
    burst: Ints

    def __len__(self) -> int:
        return len(self.user)

    def take(self, which: Picks) -> "Cases":
        """Return copies of the journeys picked by index or flag."""
        return Cases(*(getattr(self, field.name)[which] for field in fields(self)))


class ClockLaw:
    """The law of a shop without visits, compiled into tables of hazards.

    A row of the tables is (attributes, phase, burst, done bits), the last fastest. Choices: the
    actions, then the macro.
    """

    def __init__(self, shop: ClockShop) -> None:
        self.shop = shop
        self.names = tuple(action.name for action in shop.actions)
        self.macro = len(self.names)
        self.nothing = self.macro + 1
        self.patterns = 2 << self.macro
        self.phases = len(shop.macro_phases)
        self._trigger = self.names.index(shop.burst.trigger)
        hazards = self._hazards()
        self._per_second = hazards.sum(axis=1) / DAY
        self._cumulative = cumulate(hazards)

    def _hazards(self) -> Doubles:
        """Hazards per day, shape (rows, actions + 1)."""
        shop, choices = self.shop, self.macro + 1
        phase = np.ones((self.phases, choices))
        phase[:, self.macro] = shop.macro_phases
        phase[0, [self.names.index(name) for name in shop.late]] = 0
        burst = np.ones((2, choices))
        burst[1, self.names.index(shop.burst.follower)] = shop.burst.factor
        bits = done_bits(shop)
        done = np.exp(bits @ done_effects(shop)[:, :choices])
        done[bits[:, self.macro] == 1] *= shop.after_macro
        who = np.exp(group_shifts(shop)[:, :, :choices]).reshape(-1, 1, 1, 1, choices)
        base = np.array([*(action.base for action in shop.actions), shop.macro])
        table = base * who * phase[:, None, None] * burst[:, None] * done
        return np.asarray(table.reshape(-1, choices))

    def log(self, count: int, rng: np.random.Generator) -> Log:
        """Simulate a log of so many users."""
        channel, device, cases = self._arrive(count, rng)
        steps = [(cases.user, cases.t.copy(), np.full(count, self.nothing, dtype=np.int8))]
        for live, nexts in self._walk(cases, rng):
            acted = nexts != self.nothing
            steps.append((live.user[acted], live.t[acted], nexts[acted]))
        user, t, code = (np.concatenate(column) for column in zip(*steps, strict=True))
        return Log(channel, device, user, t, code)

    def moments(self, count: int, rng: np.random.Generator) -> list[Cases]:
        """Simulate users; return, per action, the journeys at the instant of its first occurrence.

        Only instants before the first macro, with an event no more than `quiet` back, and whose
        whole horizon lies inside the window.
        """
        found: list[list[Cases]] = [[] for _ in self.names]
        quiet = int(self.shop.quiet_days * DAY)
        _, _, cases = self._arrive(count, rng)
        for live, nexts in self._walk(cases, rng):
            counts = (live.t + HORIZON <= WINDOW) & (live.t - live.last <= quiet)
            counts &= ~self.done(live, self.macro)
            for action, kept in enumerate(found):
                kept.append(live.take(counts & (nexts == action) & ~self.done(live, action)))
        return [_join(kept) for kept in found]

    def branch(self, moments: Cases, action: int, forced: bool) -> Cases:
        """Return the forked journeys: the action done at this instant, or not at this instant."""
        forked = moments.take(np.arange(len(moments)))
        if forced:
            self._apply(forked, np.full(len(forked), action, dtype=np.int8))
        return forked

    def converts(
        self, moments: Cases, action: int, forced: bool, rng: np.random.Generator
    ) -> Flags:
        """Fork journeys at their moments; return which reach the macro within the horizon."""
        hits = np.zeros(len(moments), dtype=bool)
        live, which = self.branch(moments, action, forced), np.arange(len(moments))
        deadline = live.t + HORIZON
        while len(live):
            nexts = self._wait(live, rng)
            alive = live.t <= deadline
            converted = alive & (nexts == self.macro)
            hits[which[converted]] = True
            self._apply(live, nexts)
            alive &= ~converted
            live, which, deadline = live.take(alive), which[alive], deadline[alive]
        return hits

    def done(self, cases: Cases, action: int) -> Flags:
        """Return which journeys have done an action (the macro's number: have converted)."""
        return np.asarray(cases.done >> action & 1 == 1)

    def _arrive(self, count: int, rng: np.random.Generator) -> tuple[Codes, Codes, Cases]:
        segment, region, kind = draw_groups(self.shop, count, rng)
        start = rng.integers(ARRIVALS, size=count, dtype=np.int32)
        none = np.zeros(count, dtype=np.int32)
        users = np.arange(count, dtype=np.int32)
        cases = Cases(users, kind, none, start, start, start, none)
        return segment, region, cases

    def _walk(self, cases: Cases, rng: np.random.Generator) -> Iterator[tuple[Cases, Codes]]:
        """Yield journeys with what happens at their time, before it is booked into their state."""
        live = cases.take(np.arange(len(cases)))
        while len(live):
            nexts = self._wait(live, rng)
            alive = live.t <= WINDOW
            live, nexts = live.take(alive), nexts[alive]
            yield live, nexts
            self._apply(live, nexts)

    def _wait(self, cases: Cases, rng: np.random.Generator) -> Codes:
        """Move journeys to what happens next, in place: an event, or a change of their hazards.

        Hazards are constant up to the next change, and waiting has no memory: where the drawn
        event would come after the change, nothing happens and the wait is drawn anew from there.
        """
        change = np.full(len(cases), 2 * WINDOW, dtype=np.int32)
        phase = np.zeros(len(cases), dtype=np.int32)
        for days in reversed(self.shop.tenure_days):
            at = cases.start + np.int32(days * DAY)
            phase += cases.t >= at
            change = np.where(cases.t < at, at, change)
        burst = cases.t < cases.burst
        change = np.where(burst, np.minimum(cases.burst, change), change)
        row = ((cases.kind * self.phases + phase) * 2 + burst) * self.patterns + cases.done
        wait = rng.standard_exponential(len(cases)) / self._per_second[row]
        event = cases.t + np.minimum(np.ceil(wait), 2 * WINDOW).astype(np.int32)
        happens = event <= change
        cases.t = np.where(happens, event, change)
        return np.where(happens, draw(self._cumulative, row, rng), np.int8(self.nothing))

    def _apply(self, cases: Cases, nexts: Codes) -> None:
        """Book what happened at their time into the journeys' state, in place."""
        acted = np.flatnonzero(nexts != self.nothing)
        cases.done[acted] |= np.left_shift(np.int32(1), nexts[acted].astype(np.int32))
        cases.last[acted] = cases.t[acted]
        triggered = np.flatnonzero(nexts == self._trigger)
        cases.burst[triggered] = cases.t[triggered] + np.int32(self.shop.burst.hours * HOUR)


def _join(parts: list[Cases]) -> Cases:
    names = [field.name for field in fields(Cases)]
    return Cases(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
