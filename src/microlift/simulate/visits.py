"""Visits, simulated: at every step of a visit a user draws what comes next.

The law is memoryless within a visit: utilities depend on the attributes, the unobserved trait and
on which *effective* actions were done, never on depth or on the last step. An action without
effect is then a loop back to the same state, and its true lift is exactly 1.
"""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

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
from microlift.simulate.shops import DAY, VisitShop

WINDOW = 60 * DAY
ARRIVALS = 50 * DAY
HORIZON = 14 * DAY
SHORTEST_STEP, LONGEST_STEP = 10, 120
SHORTEST_GAP = 7_200  # seconds; well above a session gap of 30 minutes
TRAIT_LEVELS = 16
"""The trait u takes the mid-quantiles of N(0, 1) in this many equally likely levels."""


@dataclass
class Visitors:
    """Journeys in visits: who, which row of the law's tables, and the time of the last event."""

    user: Ints
    row: Ints
    t: Ints

    def __len__(self) -> int:
        return len(self.user)

    def take(self, which: Picks) -> "Visitors":
        """Return copies of the journeys picked by index or flag."""
        return Visitors(self.user[which], self.row[which], self.t[which])


Watcher = Callable[[Visitors, Codes], None]


class VisitLaw:
    """The law of a visit shop, compiled into tables.

    A row of the tables is (channel, device, trait level, done bits), the last fastest. Bit i:
    action i was done; the bit after the actions: a macro has happened. Choices: the actions, the
    macro, the end of the visit.
    """

    def __init__(self, shop: VisitShop) -> None:
        self.shop = shop
        self.names = tuple(action.name for action in shop.actions)
        self.macro = len(self.names)
        self.end = self.macro + 1
        self.patterns = 2 << self.macro
        self.levels = TRAIT_LEVELS if any(shop.trait) else 1
        utility = self._utilities()
        self.weights = np.exp(utility[:, :-1]) * self._available(len(utility))
        self._cumulative = cumulate(self.weights)
        self._comeback = (1 / (1 + np.exp(-utility[:, -1]))).astype(np.float32)
        # A purchase closes the mandatory steps: the next one starts them afresh.
        self._kept_by_macro = np.int32(~sum(1 << self.names.index(name) for name in shop.funnel))

    def _utilities(self) -> Doubles:
        shop = self.shop
        macro, activity, leaving, comeback = shop.trait
        loads = [*(activity for _ in self.names), macro, leaving, comeback]
        traits = [NormalDist().inv_cdf((i + 0.5) / self.levels) for i in range(self.levels)]
        who = group_shifts(shop)[:, :, None] + np.multiply.outer(traits, loads)
        who += [*(action.base for action in shop.actions), shop.macro, shop.end, shop.comeback]
        done = done_effects(shop)
        done[self.macro, [self.macro, self.end]] = shop.after_macro
        return np.asarray((who[..., None, :] + done_bits(shop) @ done).reshape(-1, self.end + 2))

    def _available(self, rows: int) -> Flags:
        bits = done_bits(self.shop)
        available = np.ones((self.patterns, self.end + 1), dtype=bool)
        needs = [*(action.needs for action in self.shop.actions), self.shop.macro_needs]
        for i, name in enumerate(needs):
            if name is not None:
                available[:, i] = bits[:, self.names.index(name)] == 1
        return np.tile(available, (rows // self.patterns, 1))

    def log(self, count: int, rng: np.random.Generator) -> Log:
        """Simulate a log of so many users."""
        channel, device, users = self._arrive(count, rng)
        # Every visit opens with an event, so that a visit without any action leaves a trace.
        steps = [(users.user, users.t.copy(), np.full(count, self.end, dtype=np.int8))]
        self._walk(users, rng, lambda live, nexts: steps.append((live.user, live.t.copy(), nexts)))
        user, t, code = (np.concatenate(column) for column in zip(*steps, strict=True))
        return Log(channel, device, user, t, code)

    def moments(self, count: int, rng: np.random.Generator) -> list[Visitors]:
        """Simulate users; return, per action, the journeys just before its first occurrence.

        Only moments before the first macro whose whole horizon lies inside the window.
        """
        found: list[list[Visitors]] = [[] for _ in self.names]

        def keep_first(live: Visitors, nexts: Codes) -> None:
            counts = (live.t + HORIZON <= WINDOW) & ~self.done(live, self.macro)
            for action, kept in enumerate(found):
                kept.append(live.take(counts & (nexts == action) & ~self.done(live, action)))

        _, _, users = self._arrive(count, rng)
        self._walk(users, rng, before=keep_first)
        return [_join(kept) for kept in found]

    def branch(
        self, moments: Visitors, action: int, forced: bool, rng: np.random.Generator
    ) -> Codes:
        """Draw the first step of a fork: the action itself, or anything else but the action."""
        if forced:
            return np.full(len(moments), action, dtype=np.int8)
        barred = self.weights.copy()
        barred[:, action] = 0
        return draw(cumulate(barred), moments.row, rng)

    def converts(
        self, moments: Visitors, action: int, forced: bool, rng: np.random.Generator
    ) -> Flags:
        """Fork journeys at their moments; return which reach the macro within the horizon."""
        hits = np.zeros(len(moments), dtype=bool)
        live, which = moments.take(np.arange(len(moments))), np.arange(len(moments))
        deadline = live.t + HORIZON
        nexts = self.branch(live, action, forced, rng)
        while len(live):
            alive = self._apply(live, nexts, rng) & (live.t <= deadline)
            converted = alive & (nexts == self.macro)
            hits[which[converted]] = True
            alive &= ~converted
            live, which, deadline = live.take(alive), which[alive], deadline[alive]
            nexts = draw(self._cumulative, live.row, rng)
        return hits

    def done(self, users: Visitors, action: int) -> Flags:
        """Return which journeys have done an action (the macro's number: have converted)."""
        return np.asarray(users.row >> action & 1 == 1)

    def _arrive(self, count: int, rng: np.random.Generator) -> tuple[Codes, Codes, Visitors]:
        channel, device, kind = draw_groups(self.shop, count, rng)
        kind = kind * self.levels + rng.integers(self.levels, size=count, dtype=np.int32)
        start = rng.integers(ARRIVALS, size=count, dtype=np.int32)
        return (
            channel,
            device,
            Visitors(np.arange(count, dtype=np.int32), kind * self.patterns, start),
        )

    def _walk(
        self,
        users: Visitors,
        rng: np.random.Generator,
        after: Watcher | None = None,
        before: Watcher | None = None,
    ) -> None:
        """Follow journeys to the end of the window; watchers see each step before, after it."""
        live = users.take(np.arange(len(users)))
        while len(live):
            nexts = draw(self._cumulative, live.row, rng)
            if before is not None:
                before(live, nexts)
            alive = self._apply(live, nexts, rng) & (live.t <= WINDOW)
            live, nexts = live.take(alive), nexts[alive]
            if after is not None:
                after(live, nexts)

    def _apply(self, users: Visitors, nexts: Codes, rng: np.random.Generator) -> Flags:
        """Move journeys past their next thing, in place; return which go on.

        After the end of a visit a user comes back after a gap, and then stands at the opening of
        a new visit, or never does.
        """
        users.t += rng.integers(SHORTEST_STEP, LONGEST_STEP + 1, size=len(nexts), dtype=np.int32)
        goes_on = nexts != self.end
        acted = np.flatnonzero(goes_on)
        done = nexts[acted].astype(np.int32)
        row = users.row[acted]
        kept = np.where(done == self.macro, self._closed(row), row)
        users.row[acted] = kept | np.left_shift(np.int32(1), done)
        left = np.flatnonzero(~goes_on)
        back = left[rng.random(len(left), dtype=np.float32) < self._comeback[users.row[left]]]
        gap = SHORTEST_GAP + self.shop.gap_days * DAY * rng.standard_exponential(len(back))
        users.t[back] += np.minimum(gap, 2 * WINDOW).astype(np.int32)
        goes_on[back] = True
        return np.asarray(goes_on)

    def _closed(self, rows: Ints) -> Ints:
        pattern = rows & np.int32(self.patterns - 1)
        return np.asarray(rows - pattern + (pattern & self._kept_by_macro), dtype=np.int32)


def _join(parts: list[Visitors]) -> Visitors:
    fields: list[npt.NDArray[np.int32]] = [
        np.concatenate([getattr(part, name) for part in parts]) for name in ("user", "row", "t")
    ]
    return Visitors(*fields)
