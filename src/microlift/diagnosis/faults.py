"""From series by day to faults: which windows are one fault, and where it sits."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from microlift.diagnosis.pairs import MACRO, Mark, Pair
from microlift.diagnosis.passes import Passes, Span
from microlift.diagnosis.scan import Window, count_windows, find_window, unusual, wobbles_of
from microlift.plan import Plan
from microlift.quality.chance import limit_of
from microlift.quality.finding import part

MOST_FAULTS = 8
MARGIN = 2  # days at both ends of a window, which is not sure to the day
LEAST_DROP = 0.15  # of the usual share: smaller ones may be real, and are not worth a page
LEAST_TROUBLE = 0.01  # of visits
AS_CLEAR = 0.8  # of the largest z: a step next to the other, or all users, say it as well
A_TENTH, AS_OTHERS = 10, 50
SURELY = 4.6  # visits to be expected where none came: 1 chance in 100
_Seen = tuple[Passes, Window]


@dataclass(frozen=True)
class Fault:
    """Days on which fewer went on than usual, or more met trouble.

    `series` and `window` say where and when; `trouble` is what happened at the same time; `never`
    says that nobody has ever gone on.
    """

    series: Passes
    window: Window
    trouble: tuple[tuple[Pair, Window], ...] = ()
    never: bool = False


def find_faults(plan: Plan, span: Span, series: Sequence[Passes]) -> list[Fault]:
    """Find faults: steps that fewer pass, and the trouble that goes with them.

    One fault shows at several pairs and in several segments. What overlaps with it, in its days and
    in the steps between its two ends, is the same one; it is told at two steps that are next to
    each other, and of all users, where these show it nearly as clearly.
    """
    wanted = [each for each in series if each.pair.wanted]
    limit = limit_of(count_windows(span.days) * max(1, len(series)))
    search = _Search(plan, span, limit, wobbles_of(series))
    faults = [Fault(each, window, never=True) for each, window in _never(wanted, span)]
    stopped = [fault.series.pair for fault in faults]
    for each, window in search.run(wanted):
        if not any(search.same(each.pair, pair) for pair in stopped):
            faults.append(Fault(each, window))
    for each, window in search.run([each for each in series if not each.pair.wanted]):
        place = _goes_with(faults, each, window)
        if place is None:
            faults.append(_with_loss(wanted, each, window))
        else:
            trouble = (*faults[place].trouble, (each.pair, window))
            faults[place] = replace(faults[place], trouble=trouble)
    return faults


class _Search:
    """Takes the window that stands out most, sets its days aside, and looks again."""

    def __init__(self, plan: Plan, span: Span, limit: float, wobbles: dict[Pair, float]) -> None:
        self.days, self.limit, self.wobbles = span.days, limit, wobbles
        self.places = {name: k for k, name in enumerate((*plan.funnel, plan.macro.name))}

    def run(self, series: Sequence[Passes]) -> list[_Seen]:
        skip = {id(each): np.zeros(self.days, dtype=bool) for each in series}

        def look(each: Passes) -> Window | None:
            found = find_window(each, self.limit, skip[id(each)], self.wobbles[each.pair])
            return found if found and _is_worth(each, found) else None

        windows = {id(each): look(each) for each in series}
        kept: list[_Seen] = []
        while len(kept) < MOST_FAULTS:
            seen = [(each, window) for each in series if (window := windows[id(each)])]
            if not seen:
                break
            each, window = max(seen, key=lambda one: abs(one[1].z))
            alike = [one for one in seen if self.same(one[0].pair, each.pair)]
            kept.append(self._told(alike, (each, window), series))
            for other in series:
                if self.same(other.pair, each.pair):
                    skip[id(other)][max(0, window.start - MARGIN) : window.stop + MARGIN] = True
                    windows[id(other)] = look(other)
        return kept

    def same(self, one: Pair, other: Pair) -> bool:
        """Whether two pairs have steps in common, or are about the same trouble."""
        if not one.wanted:
            return one.then == other.then
        (a, b), (c, d) = self._ends(one), self._ends(other)
        return max(a, c) < min(b, d) or bool({one.first, one.then} == {other.first, other.then})

    def _ends(self, pair: Pair) -> tuple[int, int]:
        """Places in the funnel; what is no step lies before the first one, or beyond the macro."""
        first = self.places.get(pair.first.name, -1)
        return first, self.places.get(pair.then.name, len(self.places))

    def _told(self, alike: Sequence[_Seen], best: _Seen, series: Sequence[Passes]) -> _Seen:
        """Say where a fault is: at the nearest two steps that show it as clearly, and for whom."""
        each, window = best
        if not each.pair.wanted:
            each = _at_step(series, each, window)
            return _where(series, each, unusual(each, window))
        clear = [
            one
            for one in alike
            if one[1].overlaps(window) and abs(one[1].z) >= AS_CLEAR * abs(window.z)
        ]
        each, window = min(clear, key=lambda one: (self._length(one[0].pair), -abs(one[1].z)))
        return _where(series, each, window)

    def _length(self, pair: Pair) -> int:
        """How many steps of the funnel lie between; those who are no steps lie farther apart."""
        inside = pair.first.name in self.places and pair.then.name in self.places
        first, last = self._ends(pair)
        return last - first if inside else len(self.places)


def _is_worth(series: Passes, window: Window) -> bool:
    if series.pair.wanted:
        return window.share <= (1 - LEAST_DROP) * window.usual
    return window.share >= max(LEAST_TROUBLE, 2 * window.usual)


def _at_step(series: Sequence[Passes], best: Passes, window: Window) -> Passes:
    """Of trouble, the step at which the largest share of visits meets it in these days."""
    days = slice(window.start, window.stop)
    alike = [s for s in series if s.pair.then == best.pair.then and s.segment == best.segment]
    return max(alike, key=lambda s: float(s.went[days].sum() / max(1, s.seen[days].sum())))


def _where(series: Sequence[Passes], each: Passes, window: Window) -> _Seen:
    """Say for whom: a segment outside of which there is little of it, and else all users."""
    whole = next(s for s in series if s.pair == each.pair and not s.segment[0])
    own = (
        [each] if each.segment[0] else [s for s in series if s.pair == each.pair and s is not whole]
    )
    alone = []
    for segment in own:
        inside, outside = unusual(segment, window), unusual(_rest(whole, segment), window)
        if _size(outside) < _size(inside) / 2:
            alone.append((abs(inside.z), segment, inside))
    if each.segment[0]:
        return (each, window) if alone else (whole, unusual(whole, window))
    clear = [one for one in alone if one[0] >= AS_CLEAR * abs(window.z)]
    _, segment, inside = max(clear, key=lambda one: one[0], default=(0.0, each, window))
    return segment, inside


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
    return away / window.usual if window.share < window.usual else away


def _with_loss(wanted: Sequence[Passes], each: Passes, window: Window) -> Fault:
    """Trouble, or the step that fewer passed on its days and where it was.

    The days are known here, so that a step has to stand out of the steps alone and not of all
    windows.
    """
    here = [(s, unusual(s, window)) for s in wanted if s.segment == each.segment]
    here = [(s, w) for s, w in here if w.z <= -limit_of(len(here)) and _is_worth(s, w)]
    if not here:
        return Fault(each, window)
    series, loss = min(here, key=lambda one: one[1].z)
    return Fault(series, loss, ((each.pair, window),))


def _goes_with(faults: Sequence[Fault], each: Passes, window: Window) -> int | None:
    for place, fault in enumerate(faults):
        alike = {fault.series.segment[0], each.segment[0]}
        here = fault.series.segment == each.segment or "" in alike
        if here and window.overlaps(fault.window) and not fault.never:
            return place
    return None


def _never(series: Sequence[Passes], span: Span) -> list[_Seen]:
    """Steps that nobody ever passes, where many stand before them.

    Of all users that is judged by the step before: a tenth of its share would have brought some. Of
    a segment, by the others: a fiftieth of theirs.
    """
    whole = {each.pair: each for each in series if not each.segment[0]}
    into: dict[Mark, float] = {}
    for pair, each in whole.items():
        if pair.then.kind != MACRO:
            into.setdefault(pair.then, part(each.went.sum(), each.seen.sum()))

    def is_blocked(each: Passes) -> float:
        """Return the share to be expected, 0 where nothing is wrong."""
        # Where the macro follows in a later visit, not to go on in the same one is no fault.
        if each.went.any() or each.judged_macro.any():
            return 0.0
        others = whole[each.pair]
        if others is each:
            usual = into.get(each.pair.first, 0.0) / A_TENTH
        else:
            usual = part(others.went.sum() - each.went.sum(), others.seen.sum() - each.seen.sum())
            usual /= AS_OTHERS
        return usual if each.seen.sum() * usual >= SURELY else 0.0

    return _first_of_each(series, span, is_blocked)


def _first_of_each(
    series: Iterable[Passes], span: Span, is_blocked: Callable[[Passes], float]
) -> list[_Seen]:
    """Where a step is never passed, neither are those beyond it, nor is it in any segment."""
    kept: dict[tuple[str, str], _Seen] = {}
    for each in series:
        usual = 0.0 if ("", "") in kept else is_blocked(each)
        if usual:
            scale = AS_OTHERS if each.segment[0] else A_TENTH
            window = Window(0, span.days, 0.0, 0.0, usual * scale)
            kept.setdefault(each.segment, (each, window))
    return list(kept.values())
