"""Time at risk by what was done so far: where users enter and leave a set of actions.

A user who did something at two times has been at risk in three stretches. Of each only the two
ends leave the engine, summed by set of actions, attributes, bucket and interval of time: the time
that all users of a kind spent in each interval follows from them by running sums. So the work is
two rows a stretch, not one for each interval that it crosses.
"""

from dataclasses import dataclass
from functools import reduce

import ibis
import ibis.expr.types as ir
import numpy as np
from scipy import sparse

from microlift.models.baselines.counts import Counts, Floats, Ints
from microlift.models.states import distinct

INTERVALS = 200
MOST_TICKS = 500  # of a coarse clock; beyond, macros of several ticks share an interval
_BLOCK = 4_000_000  # cells of time at risk that are spread out at once


@dataclass(frozen=True, eq=False)
class PersonTime:
    """Ends of stretches, and macros, by kind of user, interval and bucket.

    Attributes
    ----------
    cuts
        Ends of the intervals in milliseconds since the first event: interval k reaches from cut
        k - 1 (0 for the first) up to and with cut k. What is later than the last cut, the last
        macro, is no matter.
    did, traits
        Of each kind: the actions done (bit mask), and of each attribute its code.
    kind, interval, bucket
        Of each row.
    leaves, offset
        Of each row: ends of stretches less their beginnings, and the sum of their times since the
        interval began, signed alike.
    macros
        Of each row: macros there.
    """

    cuts: Ints
    did: Ints
    traits: list[Ints]
    kind: Ints
    interval: Ints
    bucket: Ints
    leaves: Floats
    offset: Floats
    macros: Floats

    @property
    def length(self) -> Floats:
        """Length of each interval."""
        return np.diff(self.cuts, prepend=0).astype(np.float64)

    def at_risk(self) -> sparse.csr_array:
        """Time at risk: kinds times intervals.

        A stretch that ends in interval k fills the ones before it and its offset of k; one that
        begins there takes the same away again.
        """
        kinds, width = len(self.did), len(self.cuts)
        order = np.argsort(self.kind, kind="stable")
        blocks = []
        step = max(1, _BLOCK // width)
        for low in range(0, kinds, step):
            size = min(step, kinds - low)
            one, two = np.searchsorted(self.kind[order], [low, low + size])
            rows = order[one:two]
            place = (self.kind[rows] - low) * width + self.interval[rows]
            leaves, own = (
                np.bincount(place, values[rows], size * width).reshape(size, width)
                for values in (self.leaves, self.offset)
            )
            later = leaves[:, ::-1].cumsum(axis=1)[:, ::-1] - leaves
            blocks.append(sparse.csr_array(own + later * self.length))
        return sparse.csr_array(sparse.vstack(blocks))

    def macros_in(self) -> sparse.csr_array:
        """Macros: kinds times intervals."""
        cells = (self.macros, (self.kind, self.interval))
        return sparse.csr_array(sparse.coo_array(cells, shape=(len(self.did), len(self.cuts))))


def person_time(counts: Counts, intervals: int = INTERVALS) -> PersonTime | None:
    """Count the stretches of all users but those whose first event is the macro.

    Intervals hold equally many macros: they are fine where macros come fast, which is early, and
    coarser later. None where no macro has anything before it.
    """
    people = counts.people.filter(~counts.people.opening)
    ends = people.filter(people.reached == 1)
    waits = counts.frame(ends.group_by("end").agg(n=ends.count())).sort_values("end")
    if waits.empty:
        return None
    ends_at, n = (waits[name].to_numpy(dtype=np.int64) for name in ("end", "n"))
    cuts = cut_points(ends_at, n, intervals)
    traits = [name for name in people.columns if name[0] == "a" and name[1:].isdigit()]
    keys = ["did", *traits, "interval", "bucket"]
    points = _points(people, counts.actions, traits)
    points = points.mutate(t=ibis.least(points.t, int(cuts[-1])))
    points = points.mutate(interval=_interval(points.t, cuts.tolist(), 0, len(cuts) - 1))
    grouped = points.group_by(keys).agg(
        leaves=points.leaves.sum().cast("int64"),
        time=(points.leaves * points.t).sum().cast("int64"),
        macros=points.macros.sum().cast("int64"),
    )
    frame = counts.frame(grouped).sort_values(keys, ignore_index=True)
    columns = {name: frame[name].to_numpy(dtype=np.int64) for name in frame}
    sample, kind = distinct([columns[name] for name in ("did", *traits)])
    begins = np.concatenate([[0], cuts[:-1]])
    offset = columns["time"] - columns["leaves"] * begins[columns["interval"]]
    return PersonTime(
        cuts=cuts,
        did=columns["did"][sample],
        traits=[columns[name][sample] for name in traits],
        kind=kind,
        interval=columns["interval"],
        bucket=columns["bucket"],
        leaves=columns["leaves"].astype(np.float64),
        offset=offset.astype(np.float64),
        macros=columns["macros"].astype(np.float64),
    )


def cut_points(times: Ints, macros: Ints, intervals: int) -> Ints:
    """Times that split the macros into equal parts; `times` are sorted, and macros 1 after them.

    Cuts lie midway between two macros and not at one: else an interval would tell who is at risk
    a little before its macros happen, when fewer have done anything. Where macros share their
    times, the log's clock is coarse (days), and whoever is at risk changes with its ticks: there
    each tick with macros has an interval of its own, a millisecond long, and those at risk in it
    are the ones that Cox compares.

    Examples
    --------
    >>> cut_points(np.array([1, 2, 6, 9]), np.array([1, 1, 1, 1]), intervals=2)
    array([ 4, 10])
    >>> cut_points(np.array([2, 9]), np.array([5, 5]), intervals=2)
    array([ 2,  3,  9, 10])
    """
    total = np.cumsum(macros)
    if total[-1] >= 2 * len(times) and len(times) <= MOST_TICKS:
        return np.unique(np.concatenate([times, times + 1]))
    wanted = -(-np.arange(1, intervals + 1) * total[-1] // intervals)
    place = np.unique(np.searchsorted(total, wanted))
    cuts: Ints = (times[place] + np.append(times, times[-1])[place + 1]) // 2
    cuts[-1] = times[-1] + 1
    return np.unique(cuts)


def _points(people: ir.Table, actions: int, traits: list[str]) -> ir.Table:
    """Where each user enters a stretch (`leaves` -1) and leaves it (1), with the actions done."""

    def point(rows: ir.Table, ends: int, **columns: ir.Value) -> ir.Table:
        return rows.select(*traits, "bucket", leaves=ibis.literal(ends, "int64"), **columns)

    zero = ibis.literal(0, "int64")
    first = [people[f"f{i}"] for i in range(actions)]
    tables = [
        point(people, -1, t=zero, did=zero, macros=zero),
        # A moment later, so that what stands before the macro at its very time comes before it.
        point(people, 1, t=people.end + 1, did=people.ever, macros=people.reached),
    ]
    for i, t in enumerate(first):
        # Of actions first done at the same time, the one that stands first in the plan speaks.
        told = ibis.literal(False)
        for t_j in first[:i]:
            told = told | (t_j == t).coalesce(False)
        before, after = zero, zero
        for j, t_j in enumerate(first):
            before = before + (t_j < t).coalesce(False).ifelse(1 << j, 0)
            after = after + (t_j <= t).coalesce(False).ifelse(1 << j, 0)
        rows = people.mutate(before=before, after=after, moment=t).filter(t.notnull() & ~told)
        tables.append(point(rows, 1, t=rows.moment, did=rows.before, macros=zero))
        tables.append(point(rows, -1, t=rows.moment, did=rows.after, macros=zero))
    return reduce(lambda one, two: one.union(two), tables)


def _interval(t: ir.IntegerValue, cuts: list[int], low: int, high: int) -> ir.IntegerValue:
    """Number of cuts below `t`, found by halving: a handful of comparisons a row."""
    if low == high:
        return ibis.literal(low, "int64")
    middle = (low + high) // 2
    lower, upper = _interval(t, cuts, low, middle), _interval(t, cuts, middle + 1, high)
    found: ir.IntegerValue = (t <= cuts[middle]).ifelse(lower, upper)
    return found
