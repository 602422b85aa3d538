"""Time at risk by what was done so far: where users enter and leave a set of actions.

A user who did something at two times has been at risk in three stretches. Of each only the two
ends leave the engine, summed by set of actions, attributes, bucket and interval of time: the time
that all users of a kind spent in each interval follows from them by running sums. So the work is
two rows a stretch, not one for each interval that it crosses.
"""

from dataclasses import dataclass
from functools import reduce
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
from scipy import sparse

from microlift.events.parts import in_parts, parts_for
from microlift.models.baselines.counts import Counts, Floats, Ints
from microlift.moments.space import Field, pack, unpack

INTERVALS = 200
POINTS_A_PART = 3_000_000  # stretches counted at a time
_TYPES = {
    "kind": np.int64,
    "interval": np.int16,
    "bucket": np.int16,
    "leaves": np.int32,
    "offset": np.float64,
    "macros": np.int32,
}
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
    kind: npt.NDArray[np.int32]
    interval: npt.NDArray[np.int16]
    bucket: npt.NDArray[np.int16]
    leaves: npt.NDArray[np.int32]
    offset: Floats
    macros: npt.NDArray[np.int32]

    @property
    def length(self) -> Floats:
        """Length of each interval."""
        return np.diff(self.cuts, prepend=0).astype(np.float64)

    def at_risk(self) -> sparse.csr_array:
        """Time at risk: kinds times intervals.

        A stretch that ends in interval k fills the ones before it and its offset of k; one that
        begins there takes the same away again.
        """
        leaves, offset = self._by_kind(self.leaves), self._by_kind(self.offset)
        step = max(1, _BLOCK // len(self.cuts))
        blocks = []
        for low in range(0, len(self.did), step):
            ends, own = leaves[low : low + step].toarray(), offset[low : low + step].toarray()
            later = ends[:, ::-1].cumsum(axis=1)[:, ::-1] - ends
            blocks.append(sparse.csr_array(own + later * self.length))
        return sparse.csr_array(sparse.vstack(blocks))

    def macros_in(self) -> sparse.csr_array:
        """Macros: kinds times intervals."""
        found = self._by_kind(self.macros)
        found.eliminate_zeros()
        return found

    def _by_kind(self, values: npt.NDArray[Any]) -> sparse.csr_array:
        shape = len(self.did), len(self.cuts)
        cells = (values.astype(np.float64), (self.kind, self.interval))
        return sparse.csr_array(sparse.coo_array(cells, shape=shape))


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
    fields = _fields(counts)
    size = counts.users * (1 + counts.actions)
    parts = in_parts(people, parts_for(size, POINTS_A_PART))
    rows = [_rows(counts, some, fields, cuts) for some in parts]
    kinds = np.unique(np.concatenate([np.unique(part["kind"]) for part in rows]))
    did, *traits = unpack([kinds], fields).values()
    columns = {name: np.concatenate([part.pop(name) for part in rows]) for name in list(_TYPES)[1:]}
    kind = [np.searchsorted(kinds, part.pop("kind")).astype(np.int32) for part in rows]
    return PersonTime(cuts=cuts, did=did, traits=traits, kind=np.concatenate(kind), **columns)


def _fields(counts: Counts) -> list[Field]:
    log = counts.moments.log
    labels = [len(log.facts.attributes[name]) for name in log.plan.log.attributes]
    traits = [Field(f"a{i}", size) for i, size in enumerate(labels)]
    return [Field("did", 1 << counts.actions), *traits]


def _rows(
    counts: Counts, people: ir.Table, fields: list[Field], cuts: Ints
) -> dict[str, npt.NDArray[Any]]:
    """Ends of stretches of some users, in the smallest types that hold them."""
    points = _points(people, counts.actions, [field.name for field in fields[1:]])
    points = points.mutate(t=ibis.least(points.t, int(cuts[-1])))
    (kind,) = pack({field.name: points[field.name] for field in fields}, fields).values()
    points = points.mutate(kind=kind, interval=_interval(points.t, cuts.tolist(), 0, len(cuts) - 1))
    grouped = points.group_by(["kind", "interval", "bucket"]).agg(
        leaves=points.leaves.sum().cast("int64"),
        time=(points.leaves * points.t).sum().cast("int64"),
        macros=points.macros.sum().cast("int64"),
    )
    ordered = grouped.order_by(["kind", "interval", "bucket"])
    table = counts.moments.log.con.to_pyarrow(ordered)
    column = {name: table[name].to_numpy() for name in table.column_names}
    begins = np.concatenate([[0], cuts[:-1]])
    offset = column.pop("time") - column["leaves"] * begins[column["interval"]]
    column["offset"] = offset.astype(np.float64)
    return {name: column[name].astype(kind) for name, kind in _TYPES.items()}


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
