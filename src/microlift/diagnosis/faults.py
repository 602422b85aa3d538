"""From series by day to faults: which windows are one fault, and where it sits."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from microlift.diagnosis.pairs import MACRO, Mark, Pair
from microlift.diagnosis.passes import Ints, Passes, Span
from microlift.diagnosis.scan import LEAST_DROP, LEAST_SEEN, MARGIN, Days, Scan, Window
from microlift.journeys.shares import Share
from microlift.plan import Plan
from microlift.quality.chance import limit_of

MOST_FAULTS = 8
AS_CLEAR = 0.8  # of the largest z: a step next to the other says it as well
A_TENTH, AS_OTHERS = 10, 50
_Seen = tuple[Passes, Window]


@dataclass(frozen=True)
class Fault:
    """Days on which fewer went on than usual, or more met trouble.

    `series` and `window` say where and when; `trouble` is what happened at the same time; `never`
    says that nobody, or hardly anybody, has ever gone on.
    """

    series: Passes
    window: Window
    trouble: tuple[tuple[Pair, Window], ...] = ()
    never: bool = False


def find_faults(plan: Plan, span: Span, series: Sequence[Passes]) -> list[Fault]:
    """Find faults: steps that fewer pass, and the trouble that goes with them.

    One fault shows at several pairs and in several segments. It is told at two steps that are next
    to each other, and of all users, where these show it nearly as clearly; its days are set aside
    for all pairs that it may explain, and the rest is looked at again.
    """
    wanted = [each for each in series if each.pair.wanted]
    search = _Search(plan, Scan(span, series))
    faults = [Fault(each, window, never=True) for each, window in _never(wanted, span)]
    stopped = [fault.series.pair for fault in faults]
    for each, window in search.run(wanted):
        if not any(search.same(each.pair, pair) for pair in stopped):
            faults.append(Fault(each, window))
    for each, window in search.run([each for each in series if not each.pair.wanted]):
        place = _goes_with(faults, each, window)
        if place is None:
            faults.append(search.with_loss(wanted, each, window))
        else:
            trouble = (*faults[place].trouble, (each.pair, window))
            faults[place] = replace(faults[place], trouble=trouble)
    return faults


class _Search:
    """Takes the window that stands out most, sets its days aside, and looks again."""

    def __init__(self, plan: Plan, scan: Scan) -> None:
        self.scan = scan
        self.places = {name: k for k, name in enumerate((*plan.funnel, plan.macro.name))}
        self.skip: dict[Pair, Days] = {}

    def run(self, series: Sequence[Passes]) -> list[_Seen]:
        for each in series:
            self.skip.setdefault(each.pair, np.zeros(self.scan.span.days, dtype=bool))
        windows = {id(each): self.scan.find(each, self.skip[each.pair]) for each in series}
        kept: list[_Seen] = []
        while len(kept) < MOST_FAULTS:
            seen = [(each, window) for each in series if (window := windows[id(each)])]
            if not seen:
                break
            told, window = self._told(max(seen, key=lambda one: abs(one[1].z)), seen, series)
            kept.append((_without(told, self.skip[told.pair]), window))
            for other in series:
                if self.same(other.pair, told.pair):
                    self.skip[other.pair][max(0, window.start - MARGIN) : window.stop + MARGIN] = 1
            for other in series:
                if self.same(other.pair, told.pair):
                    windows[id(other)] = self.scan.find(other, self.skip[other.pair])
        return kept

    def same(self, one: Pair, other: Pair) -> bool:
        """Whether one fault may be behind both: steps in common, or the same trouble."""
        if not one.wanted or not other.wanted:
            return one.then == other.then
        if {one.first, one.then} & {other.first, other.then} and not (
            self._is_step(one) and self._is_step(other)
        ):
            return True
        (a, b), (c, d) = self._ends(one), self._ends(other)
        return max(a, c) < min(b, d)

    def _is_step(self, pair: Pair) -> bool:
        return pair.first.name in self.places and pair.then.name in self.places

    def _ends(self, pair: Pair) -> tuple[int, int]:
        """Places in the funnel. Who comes from beside it to a step has passed all before that."""
        first, then = self.places.get(pair.first.name), self.places.get(pair.then.name)
        if then is None:
            return 0, 0
        return -1 if first is None else first, then

    def _told(self, best: _Seen, seen: Sequence[_Seen], series: Sequence[Passes]) -> _Seen:
        """Say where a fault is: at the nearest two steps that show it as clearly, and for whom."""
        each, window = best
        if not each.pair.wanted:
            return self._where(series, self._at_step(series, each, window), window)
        clear = [
            one
            for one in seen
            if self.same(one[0].pair, each.pair)
            and one[1].overlaps(window)
            and abs(one[1].z) >= AS_CLEAR * abs(window.z)
        ]
        each, window = min(clear, key=lambda one: (self._length(one[0].pair), -abs(one[1].z)))
        return self._where(series, each, window)

    def _length(self, pair: Pair) -> int:
        """How many steps of the funnel lie between; those who are no steps lie farther apart."""
        first, last = self._ends(pair)
        return last - first if self._is_step(pair) else len(self.places) + 1

    def _at_step(self, series: Sequence[Passes], best: Passes, window: Window) -> Passes:
        """Of trouble, the step at which the largest share of visits meets it in these days."""
        alike = [s for s in series if s.pair.then == best.pair.then and s.segment == best.segment]
        days = window.days
        return max(alike, key=lambda s: float(s.went[days].sum() / max(1, s.seen[days].sum())))

    def _where(self, series: Sequence[Passes], each: Passes, window: Window) -> _Seen:
        """Say for whom: a segment outside of which there is little of it, and else all users."""
        skip = self.skip[each.pair]
        whole = next(s for s in series if s.pair == each.pair and not s.segment[0])
        parts = [s for s in series if s.pair == each.pair and s.segment[0]]
        alone = []
        for segment in [each] if each.segment[0] else parts:
            rest = _rest(whole, segment)
            if rest.seen[window.days].sum() < LEAST_SEEN:
                continue  # nothing is known of the others
            inside = self.scan.describe(segment, skip, window.start, window.stop)
            outside = self.scan.describe(rest, skip, window.start, window.stop)
            if _size(outside) < _size(inside) / 2:
                alone.append((abs(inside.z), segment, inside))
        told = self.scan.describe(whole, skip, window.start, window.stop)
        if each.segment[0] and not alone and self.scan.breaks(whole, skip, told):
            return whole, told
        own = self.scan.describe(each, skip, window.start, window.stop)
        clear = [one for one in alone if one[0] >= AS_CLEAR * abs(own.z)]
        _, segment, inside = max(clear, key=lambda one: one[0], default=(0.0, each, own))
        return segment, inside

    def with_loss(self, wanted: Sequence[Passes], each: Passes, window: Window) -> Fault:
        """Trouble, or the step that fewer passed on its days and where it was.

        The days are known here, so that a step has to stand out of the steps alone and not of all
        windows.
        """
        here = [
            (s, self.scan.describe(s, self.skip[s.pair], window.start, window.stop))
            for s in wanted
            if s.segment == each.segment
        ]
        limit = limit_of(len(here))
        here = [(s, w) for s, w in here if w.z <= -limit and w.share <= (1 - LEAST_DROP) * w.usual]
        if not here:
            return Fault(each, window)
        series, loss = min(here, key=lambda one: one[1].z)
        return Fault(series, loss, ((each.pair, window),))


def _without(series: Passes, skip: Days) -> Passes:
    """Leave out the days of what was found before, so that no visit is lost twice."""
    if not skip.any():
        return series
    counts: dict[str, Any] = {
        each.name: np.where(skip, 0, getattr(series, each.name))
        for each in fields(series)
        if each.name not in ("pair", "segment")
    }
    return replace(series, **counts)


def _rest(whole: Passes, part: Passes) -> Passes:
    return replace(
        whole,
        seen=whole.seen - part.seen,
        went=whole.went - part.went,
        foretold=np.maximum(whole.foretold - part.foretold, 0.0),
    )


def _size(window: Window) -> float:
    """How far a share is from the usual one, as a part of it, or of its visits if it is above."""
    away = abs(window.share - window.usual)
    return away / window.usual if 0 < window.share < window.usual else away


def _goes_with(faults: Sequence[Fault], each: Passes, window: Window) -> int | None:
    for place, fault in enumerate(faults):
        alike = {fault.series.segment[0], each.segment[0]}
        here = fault.series.segment == each.segment or "" in alike
        if here and window.overlaps(fault.window) and not fault.never:
            return place
    return None


def _never(series: Sequence[Passes], span: Span) -> list[_Seen]:
    """Steps that hardly anybody ever passes, where many stand before them.

    Of all users that is judged by the step before: surely less than a tenth of its share go on. Of
    a segment, by the others: surely less than a fiftieth of theirs. And hardly anybody reaches the
    macro in a later visit.
    """
    whole = {each.pair: each for each in series if not each.segment[0]}
    into: dict[Mark, Share] = {}
    for pair, each in whole.items():
        if pair.then.kind != MACRO:
            into.setdefault(pair.then, _share(each.went, each.seen))
    kept: dict[tuple[str, str], _Seen] = {}
    for each in series:
        others = whole[each.pair]
        if ("", "") in kept:
            break  # where a step is never passed, neither is it in any segment
        usual, part = into.get(each.pair.first), A_TENTH
        if others is not each:
            usual, part = _share(others.went - each.went, others.seen - each.seen), AS_OTHERS
        most = max(_share(each.went, each.seen).high, _share(each.judged_macro, each.judged).high)
        if usual is not None and most < usual.low / part:
            share = _share(each.went, each.seen).rate
            kept.setdefault(each.segment, (each, Window(0, span.days, 0.0, share, usual.rate)))
    return list(kept.values())


def _share(count: Ints, of: Ints) -> Share:
    return Share.of_counts(int(count.sum()), int(of.sum()))
