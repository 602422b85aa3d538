"""When each user becomes a member of each cohort, found in the engine.

Every part of an expression is given, at each event, the *latest* start from which it has been
fulfilled by then. That is all one needs to know: of all ways to fulfil a part, the one that starts
last keeps every time limit that any of them keeps, and lets the most come before it. For an action
it is its latest occurrence, for OR the later start of its parts, for AND the earlier one. For
``a THEN b`` what is carried along from the start of b is not its own time but that of a before it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import and_

import ibis
import ibis.expr.types as ir

from microlift.events import EventLog
from microlift.journeys.cohorts.language import Both, Did, Either, Node, Then, Times, Without
from microlift.journeys.cohorts.places import LATE, Places, event_key

NEVER = -(1 << 60)  # a start before all times: what has not been fulfilled
_ORDER = ["t", "key"]
_TIME = "t"  # what is carried along: of the whole expression its own start
Made = Callable[[ir.Table], ir.Value]


@dataclass
class Columns:
    """Columns to be added to the rows, each behind those that it reads.

    Window functions over one order are sorted once where they stand in one query, so columns are
    gathered by how many of such queries come before them.
    """

    bits: Mapping[Without, int]
    levels: list[dict[str, Made]] = field(default_factory=list)
    known: dict[tuple[object, ...], tuple[str, int]] = field(default_factory=dict)

    def add(self, what: tuple[object, ...], level: int, made: Made) -> tuple[str, int]:
        """Name a column for what it holds; the level that it can be read from."""
        if what not in self.known:
            while len(self.levels) <= level:
                self.levels.append({})
            name = f"x{len(self.known)}"
            self.levels[level][name] = made
            self.known[what] = (name, level + 1)
        return self.known[what]

    def onto(self, rows: ir.Table) -> ir.Table:
        """Add all columns to the rows."""
        for level in self.levels:
            rows = rows.mutate(**{name: made(rows) for name, made in level.items()})
        return rows

    def completed(self, node: Node, carried: str = _TIME, level: int = 0) -> tuple[str, int]:
        """What is carried from the start of a part that an event completes; else NEVER."""
        if isinstance(node, Times | Then | Both) and node.within is not None:
            return self._limited(node, node.within, carried, level)
        if isinstance(node, Did | Without):
            return self.add(
                ("at", node, carried),
                level,
                lambda rows: self.is_at(rows, node).ifelse(rows[carried], NEVER),
            )
        if isinstance(node, Times):
            return self._counted(node, carried, level)
        if isinstance(node, Both):
            return self._all(node, carried, level)
        if isinstance(node, Then):
            *before, last = node.parts
            for part in before:
                carried, level = self._running(part, carried, level, before=1)
            return self.completed(last, carried, level)
        parts = [self.completed(part, carried, level) for part in node.parts]
        return self.add(
            ("either", node, carried),
            max(above for _, above in parts),
            lambda rows: ibis.greatest(*(rows[name] for name, _ in parts)),
        )

    def is_at(self, rows: ir.Table, node: Did | Without) -> ir.BooleanValue:
        """Whether a row is one of the actions, or the end of a wait in vain."""
        bits = node.actions if isinstance(node, Did) else self.bits[node]
        found: ir.BooleanValue = (rows.did & bits) != 0
        return found

    def _running(self, node: Node, carried: str, level: int, before: int) -> tuple[str, int]:
        """What is carried from the latest start of all, by this event or by the one before it."""
        name, above = self.completed(node, carried, level)
        window = ibis.window(group_by="user", order_by=_ORDER, preceding=(None, before))
        if not before:
            window = ibis.cumulative_window(group_by="user", order_by=_ORDER)
        return self.add(
            ("running", node, carried, before),
            above,
            lambda rows: rows[name].max().over(window).fill_null(NEVER),
        )

    def _limited(
        self, node: Times | Then | Both, limit: int, carried: str, level: int
    ) -> tuple[str, int]:
        """The same, where no more than so much time lies between the start and this event."""
        free = replace(node, within=None)
        value, above = self.completed(free, carried, level)
        start, other = self.completed(free, _TIME)
        return self.add(
            ("limited", node, carried),
            max(above, other),
            lambda rows: (rows.t - rows[start] <= limit).ifelse(rows[value], NEVER),
        )

    def _counted(self, node: Times, carried: str, level: int) -> tuple[str, int]:
        """The number-th last occurrence, where the event is one."""
        which, above = self.add(("is", node.of), 0, lambda rows: self.is_at(rows, node.of))
        own = ibis.window(group_by=["user", which], order_by=_ORDER)

        def nth(rows: ir.Table) -> ir.Value:
            begun = rows[carried].lag(node.number - 1).over(own).fill_null(NEVER)
            return rows[which].ifelse(begun, NEVER)

        return self.add(("nth", node, carried), max(level, above), nth)

    def _all(self, node: Both, carried: str, level: int) -> tuple[str, int]:
        """The earliest of the latest starts, while nothing is there that must not be."""
        parts = [self._running(part, carried, level, before=0) for part in node.parts]
        nots = [self._running(part, _TIME, 0, before=0) for part in node.nots]

        def together(rows: ir.Table) -> ir.Value:
            starts = [rows[name] for name, _ in parts]
            start = ibis.least(*starts) if len(starts) > 1 else starts[0]
            none = reduce(and_, (rows[name] == NEVER for name, _ in nots), ibis.literal(True))
            return none.ifelse(start, NEVER)

        return self.add(
            ("all", node, carried), max(above for _, above in (*parts, *nots)), together
        )


def find_members(log: EventLog, events: ir.Table, asked: Sequence[Node]) -> ir.Table:
    """When each user becomes a member, for the first time and before the first macro.

    Parameters
    ----------
    log
        The event log.
    events
        Its events, or those of a part of the users.
    asked
        One expression a cohort.

    Returns
    -------
    One row a user: user, bucket, begin (time of the first event), macro_key, macro_t (place and
    time of the first macro), value (its worth), and k0, t0.. (place and time at which the
    user becomes a member of each cohort). What never happens is LATE.
    """
    macro = events.macro == 1
    users = events.group_by("user").agg(
        bucket=events.bucket.max(),
        begin=events.t.min(),
        macro_key=event_key(events.seq.min(where=macro)).fill_null(LATE),
        macro_t=events.t.min(where=macro).fill_null(LATE),
        value=events["value"].argmin(events.seq, where=macro).fill_null(0),
    )
    places = Places.of(log.plan, asked)
    columns = Columns(places.bits)
    atoms = list(dict.fromkeys(atom for node in asked for atom in _atoms(node)))
    complete = [_condition(columns, atom) for atom in atoms]
    rows = columns.onto(places.rows(log, events))
    held = {f"_{i}": made(rows) for i, made in enumerate(complete)}
    firsts = {f"k_{i}": rows.key.min(where=each) for i, each in enumerate(held.values())}
    times = {f"t_{i}": rows.t.min(where=each) for i, each in enumerate(held.values())}
    found = rows.group_by("user").agg(**firsts, **times)
    both = users.left_join(found, "user")
    both = both.mutate(**{name: both[name].fill_null(LATE) for name in (*firsts, *times)})
    moments = {}
    for number, node in enumerate(asked):
        key, t = _moment(node, both, atoms)
        before = key < both.macro_key
        moments[f"k{number}"] = before.ifelse(key, LATE)
        moments[f"t{number}"] = before.ifelse(t, LATE)
    return both.select(*users.columns, **moments)


def _condition(columns: Columns, atom: Node) -> Made:
    if isinstance(atom, Did | Without):
        return lambda rows: columns.is_at(rows, atom)
    name, _ = columns.completed(atom)
    return lambda rows: rows[name] > NEVER


def _is_atom(node: Node) -> bool:
    """Whether rows have to be looked at in their order; else first moments of the parts do."""
    return not isinstance(node, Either) and not (isinstance(node, Both) and node.within is None)


def _atoms(node: Node) -> list[Node]:
    if _is_atom(node):
        return [node]
    assert isinstance(node, Either | Both)
    parts = (*node.parts, *node.nots) if isinstance(node, Both) else node.parts
    return [atom for part in parts for atom in _atoms(part)]


def _moment(
    node: Node, users: ir.Table, atoms: Sequence[Node]
) -> tuple[ir.IntegerValue, ir.IntegerValue]:
    """Place and time at which a whole expression is first fulfilled."""
    if _is_atom(node):
        number = atoms.index(node)
        return users[f"k_{number}"], users[f"t_{number}"]
    assert isinstance(node, Either | Both)
    if isinstance(node, Either):
        return _ends(ibis.least, [_moment(part, users, atoms) for part in node.parts])
    key, t = _ends(ibis.greatest, [_moment(part, users, atoms) for part in node.parts])
    if not node.nots:
        return key, t
    other, _ = _ends(ibis.least, [_moment(part, users, atoms) for part in node.nots])
    return (key < other).ifelse(key, LATE), (key < other).ifelse(t, LATE)


def _ends(
    pick: Callable[..., ir.Value], moments: Sequence[tuple[ir.IntegerValue, ir.IntegerValue]]
) -> tuple[ir.IntegerValue, ir.IntegerValue]:
    if len(moments) == 1:
        return moments[0]
    keys, times = zip(*moments, strict=True)
    return pick(*keys), pick(*times)
