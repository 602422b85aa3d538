"""Who goes on from one thing to the other in a visit, by day: counted in the engine.

Visits differ: a first one is not a fifth, and who has the checkout behind them stands elsewhere
than who is new. When their mix changes, shares change and nothing is broken. So visits are counted
by kind, and each kind is compared with itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from microlift.diagnosis.pairs import ACTION, MACRO, Mark, Pair
from microlift.events import EventLog
from microlift.events.times import DAY
from microlift.moments.space import BUCKETS
from microlift.plan import Clock, micros
from microlift.quality.calendar import calendar_of

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
MOST_DAYS = 730  # the latest: what lay longer ago is no benchmark for today
MOST_LABELS = 12  # of an attribute, the commonest: smaller ones show nothing by day
ROWS_A_PART = 5_000_000
LATER_VISIT = 3
AS_POOLED = 5  # visits as all others, lent to each kind: a rare kind is not sure of itself
_VISITS = "diagnosis_visits"
_SUMS = ("n", "x", "judged", "judged_macro", "passed", "passed_macro")


@dataclass(frozen=True, eq=False)
class Passes:
    """Visits with the first of a pair, day by day, of all users or of those with one label.

    Attributes
    ----------
    pair
        Which pair.
    segment
        The attribute and its label; both empty for all users.
    seen
        Visits a day with the first of the pair.
    went
        Those of them that went on to the second.
    foretold
        How many would have, had each kind of visit its share over the whole time.
    judged, judged_macro, passed, passed_macro
        Visits whose horizon is over: those that did not go on and those that did; and how many of
        each were followed by the user's first macro within the horizon.
    """

    pair: Pair
    segment: tuple[str, str]
    seen: Ints
    went: Ints
    foretold: Floats
    judged: Ints
    judged_macro: Ints
    passed: Ints
    passed_macro: Ints


@dataclass(frozen=True)
class Span:
    """The days that are looked at: how many, and the first as counted from 1970 in the zone."""

    first: int
    days: int


def count_passes(log: EventLog, pairs: Sequence[Pair]) -> tuple[Span, list[Passes]]:
    """Count the visits of a log for all pairs: of all users, and by label of each attribute."""
    names = log.plan.log.attributes
    calendar = calendar_of(
        log.plan.log.timezone, log.facts.first_us // DAY - 1, log.facts.last_us // DAY + 1
    )
    parts = min(BUCKETS, max(1, -(-log.facts.events // ROWS_A_PART)))
    counted: dict[str, list[pa.Table]] = {name: [] for name in ("", *names)}
    for part in range(parts):
        events = log.events.mutate(day=calendar.day(log.events.t))
        if parts > 1:
            events = events.filter(events.bucket % parts == part)
        rows = _visits(log, events, pairs)
        visits = log.con.create_table(_VISITS, rows, temp=True, overwrite=True)
        for place, name in enumerate(("", *names)):
            label = visits[f"a{place - 1}"] if place else ibis.literal(0)
            kinds = visits.group_by(["day", "kind", label.cast("int64").name("label")])
            sums = {
                f"{what}{k}": _sum(visits, what, k) for k in range(len(pairs)) for what in _SUMS
            }
            counted[name].append(log.con.to_pyarrow(kinds.agg(**sums)))
    log.con.drop_table(_VISITS, force=True)
    frames = {name: pa.concat_tables(tables).to_pandas() for name, tables in counted.items()}
    return _by_day(log, pairs, frames)


def _visits(log: EventLog, events: ir.Table, pairs: Sequence[Pair]) -> ir.Table:
    """One row a visit: day, labels, kind; and bits of the pairs that it opens and completes.

    Both in one visit are a pass, whatever their order: trackers of the page and of the server do
    not agree to the second, and a visit that has bought is not lost. With the clock a user's first
    horizon is the visit, where it is over.
    """
    by_clock = isinstance(log.plan.moments, Clock)
    if by_clock:
        horizon = micros(log.plan.horizon)
        begun = events.mutate(since=events.t - events.t.min().over(group_by="user"))
        events = begun.filter(
            begun.since <= horizon, begun.t - begun.since + horizon <= log.facts.last_us
        )
    marks = {mark for pair in pairs for mark in (pair.first, pair.then)}
    names = {mark: f"m{number}" for number, mark in enumerate(sorted(marks, key=repr))}
    labels = {f"a{k}": events[f"a{k}"].min() for k in range(len(log.plan.log.attributes))}
    visits = events.group_by(["user"] if by_clock else ["user", "session"]).agg(
        day=events.day.min(),
        t=events.t.min(),
        order=events.seq.min(),
        macro_t=events.t.min(where=events.macro == 1),
        did=events.mask.bit_or(),
        **labels,
        **{name: _holds(events, mark).any() for mark, name in names.items()},
    )
    opened = [visits[names[pair.first]] for pair in pairs]
    completed = [one & visits[names[pair.then]] for one, pair in zip(opened, pairs, strict=True)]
    earlier = ibis.window(group_by="user", order_by="order", preceding=(None, 1), following=None)
    return visits.select(
        "day",
        *labels,
        kind=_kind(log, visits, earlier),
        opened=_bits(opened),
        completed=_bits(completed),
        **_outcome(log, visits, earlier),
    )


def _bits(flags: Sequence[ir.BooleanValue]) -> ir.IntegerValue:
    return reduce(or_, (flag.cast("int64") * (1 << k) for k, flag in enumerate(flags)))


def _holds(events: ir.Table, mark: Mark) -> ir.BooleanValue:
    if mark.kind == MACRO:
        return events.macro == 1
    if mark.kind == ACTION:
        return (events.mask & (1 << mark.code)) != 0
    return events.event == mark.code


def _kind(log: EventLog, visits: ir.Table, earlier: object) -> ir.IntegerValue:
    """Which visit of the user it is, how far the funnel was gone before it, and whether bought."""
    names = [action.name for action in log.plan.actions]
    before = visits.did.bit_or().over(earlier).fill_null(0)
    customer = visits.macro_t.min().over(earlier).notnull().cast("int64")
    number = ibis.least(visits.count().over(earlier), LATER_VISIT - 1).cast("int64")
    steps = [(before & (1 << names.index(name))) != 0 for name in log.plan.funnel]
    far = ibis.literal(0, "int64")
    for place, done in enumerate(steps):
        far = ibis.ifelse(done, place + 1, far)
    return number + LATER_VISIT * (customer + 2 * far)


def _outcome(log: EventLog, visits: ir.Table, earlier: object) -> dict[str, ir.IntegerValue]:
    """Whether the horizon of a visit is over, and whether the first macro lies within it."""
    horizon = micros(log.plan.horizon)
    from_here = ibis.window(group_by="user", order_by="order", preceding=0, following=None)
    known = visits.macro_t.min().over(earlier).isnull()
    mature = known & (visits.t + horizon <= log.facts.last_us)
    macro = visits.macro_t.min().over(from_here) <= visits.t + horizon
    return {
        "mature": mature.cast("int64"),
        "macro": macro.fill_null(False).cast("int64"),
    }


def _sum(visits: ir.Table, what: str, place: int) -> ir.IntegerValue:
    opened, completed = (visits.opened >> place) & 1, (visits.completed >> place) & 1
    weights = {
        "n": opened,
        "x": completed,
        "judged": (opened - completed) * visits.mature,
        "judged_macro": (opened - completed) * visits.mature * visits.macro,
        "passed": completed * visits.mature,
        "passed_macro": completed * visits.mature * visits.macro,
    }
    return weights[what].sum().cast("int64")


def _by_day(
    log: EventLog, pairs: Sequence[Pair], frames: dict[str, pd.DataFrame]
) -> tuple[Span, list[Passes]]:
    days = frames[""]["day"].to_numpy()
    last = int(days.max())
    span = Span(max(int(days.min()), last - MOST_DAYS + 1), 0)
    span = Span(span.first, last - span.first + 1)
    found = []
    for name, frame in frames.items():
        kept = frame[frame["day"] >= span.first]
        codes = [0] if not name else _commonest(kept)
        for code in codes:
            rows = kept[kept["label"] == code]
            label = log.facts.attributes[name][code] if name else ""
            sums = _Sums(rows, span)
            found += [sums.passes(pair, place, (name, label)) for place, pair in enumerate(pairs)]
    return span, found


def _commonest(frame: pd.DataFrame) -> list[int]:
    sizes = frame.groupby("label")["n0"].sum().sort_values(ascending=False, kind="stable")
    return [int(code) for code in sizes.index[:MOST_LABELS]]


class _Sums:
    """Counts of one label, ready to be laid out by day."""

    def __init__(self, rows: pd.DataFrame, span: Span) -> None:
        self.rows, self.span = rows, span
        self.day = rows["day"].to_numpy() - span.first
        _, self.kind = np.unique(rows["kind"].to_numpy(), return_inverse=True)

    def passes(self, pair: Pair, place: int, segment: tuple[str, str]) -> Passes:
        n, x = (self.rows[f"{what}{place}"].to_numpy() for what in ("n", "x"))
        of_kind = np.bincount(self.kind, n), np.bincount(self.kind, x)
        pooled = x.sum() / max(1, n.sum())
        share = (of_kind[1] + AS_POOLED * pooled) / (of_kind[0] + AS_POOLED)
        return Passes(
            pair,
            segment,
            foretold=np.bincount(self.day, n * share[self.kind], self.span.days).astype(np.float64),
            **{
                name: self._daily(self.rows[f"{what}{place}"].to_numpy())
                for name, what in zip(
                    ("seen", "went", "judged", "judged_macro", "passed", "passed_macro"),
                    _SUMS,
                    strict=True,
                )
            },
        )

    def _daily(self, values: Ints) -> Ints:
        return np.bincount(self.day, values, self.span.days).astype(np.int64)
