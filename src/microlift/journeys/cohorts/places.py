"""Where things stand in a user's order: events, and the ends of waits in vain between them.

The place of an event is its number in the log's total order. A wait that is over, as that of
``cart WITHOUT checkout WITHIN 1d``, has a place as well: behind all events before its time, and
ahead of those of its very time. A place is one number: that of the last event by then, then the
rank among the waits that end before the next event, then the kind: 0 is an event, others are waits.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_

import ibis
import ibis.expr.types as ir

from microlift.events import EventLog
from microlift.events.normalise import REACHED
from microlift.journeys.cohorts.language import SESSION, Did, Node, Wait, Without, nodes_of
from microlift.plan import Plan, micros

KINDS = 64  # more than there are names in the actions of a plan and in expressions together
LATE = 1 << 62  # the place and time of what never happens
_RANKS = 1 << 20
_ROOM = KINDS * _RANKS
_FIRST_FREE = 31  # a mask has at most 30 actions


@dataclass(frozen=True)
class Places:
    """What expressions look at, and how it is written into the rows.

    Attributes
    ----------
    plan
        Of the log.
    actions
        Bits of all actions that are named.
    bits
        For each absence its bit beside those of the actions.
    waits
        All times that something is waited for; the first has kind 1.
    """

    plan: Plan
    actions: int
    bits: Mapping[Without, int]
    waits: tuple[Wait, ...]

    @classmethod
    def of(cls, plan: Plan, asked: Iterable[Node]) -> "Places":
        """Collect what expressions look at."""
        parts = [part for node in asked for part in nodes_of(node)]
        actions = reduce(or_, (part.actions for part in parts if isinstance(part, Did)), 0)
        absences = dict.fromkeys(part for part in parts if isinstance(part, Without))
        bits = {node: 1 << (_FIRST_FREE + i) for i, node in enumerate(absences)}
        planned = (_wait(plan, i) for i in range(len(plan.actions)) if actions >> i & 1)
        waits = (*(node.within for node in absences), *planned)
        return cls(plan, actions, bits, tuple(dict.fromkeys(w for w in waits if w is not None)))

    def kind(self, wait: Wait) -> int:
        """The number of a wait."""
        return 1 + self.waits.index(wait)

    def rows(self, log: EventLog, events: ir.Table) -> ir.Table:
        """What is looked at, in its order: user, key (the place), t, did (a bit for each)."""
        every = self._events(events)
        rows = every.filter(every.did != 0).select("user", "key", "t", "did")
        if not self.bits:
            return rows
        states = [self._state(log, events, every, node) for node in self.bits]
        together = ibis.union(*states) if len(states) > 1 else states[0]
        # What is known at one instant is one row: nothing lies in between.
        merged = together.group_by(["user", "t"]).agg(
            key=together.key.max(), did=together.did.bit_or()
        )
        gap = ibis.window(group_by=["user", merged.key // _ROOM], order_by="t")
        ranked = merged.mutate(key=merged.key + ibis.row_number().over(gap) * KINDS)
        return rows.union(ranked.select(*rows.columns))

    def _events(self, events: ir.Table) -> ir.Table:
        """All events, with the bits that are looked at where they are known."""
        kinds = [
            ((events.mask & (1 << i)) != 0, self.kind(wait))
            for i in range(len(self.plan.actions))
            if self.actions >> i & 1 and (wait := _wait(self.plan, i)) is not None
        ]
        reached = events.event == REACHED
        kind = (
            ibis.cases(*((reached & held, kind) for held, kind in kinds), else_=0) if kinds else 0
        )
        did = events["mask"] & self.actions
        returns = self.actions & sum(
            1 << i for i, each in enumerate(self.plan.actions) if each.returns_within is not None
        )
        if returns:
            # The log books a return at the end of the visit before; known it is when it comes.
            did = reached.ifelse(did & ~returns, did)
        rows = events.select(
            "user", "t", "session", "seq", "opens", "macro",
            real=~reached, key=event_key(events.seq) + kind, did=did,
        )  # fmt: skip
        if not returns:
            return rows
        left = events.filter(reached, (events["mask"] & returns) != 0)
        came = left.group_by(["user", "session"]).agg(back=left["mask"].bit_or() & returns)
        came = came.select("user", session=came.session + 1, opens=ibis.literal(1), back="back")
        joined = rows.left_join(came, ["user", "session", "opens"])
        return joined.select(
            *(name for name in rows.columns if name != "did"),
            did=joined.did | joined.back.fill_null(0),
        )

    def _state(self, log: EventLog, events: ir.Table, every: ir.Table, node: Without) -> ir.Table:
        """The ends of waits in vain: each once."""
        of = (every.did & node.of.actions) != 0
        other = (every.did & node.missing.actions) != 0
        kind = self.kind(node.within)
        if node.within == SESSION:
            visits = every.group_by(["user", "session"]).agg(
                begun=every.key.max(where=of),
                other=every.key.max(where=other),
                t=every.t.max(where=every.real) + (micros(self.plan.log.session_gap) + 1),
            )
            # An event that is both leaves what it begins undone, as one that nothing follows.
            vain = visits.filter(visits.begun >= visits.other.fill_null(-1))
        else:
            assert isinstance(node.within, int)
            rows = every.filter(of | other).select("user", "key", "t", of=of, other=other)
            ahead = ibis.window(group_by="user", order_by="key", following=(1, None))
            came = rows.other.ifelse(rows.t, None).min().over(ahead)
            begun = rows.mutate(came=came).filter("of")
            vain = begun.filter((begun.came - begun.t > node.within).fill_null(True))
            vain = vain.mutate(t=vain.t + (node.within + 1))
        vain = vain.filter(vain.t <= log.facts.last_us).select("user", "t")
        states = placed(vain, events, kind)
        return states.select("user", "key", "t", did=ibis.literal(self.bits[node], "int64"))


def event_key(seq: ir.IntegerValue) -> ir.IntegerValue:
    """The place of an event of this number in the total order."""
    key: ir.IntegerValue = seq * _ROOM
    return key


def kind_at(key: ir.IntegerValue) -> ir.IntegerValue:
    """The kind of a place."""
    kind: ir.IntegerValue = key % KINDS
    return kind


def events_by(key: ir.IntegerValue) -> ir.IntegerValue:
    """How many rows of the log a user has by a place, states that the log tells of left out."""
    told = (key % _ROOM < KINDS) & (kind_at(key) > 0)
    events: ir.IntegerValue = key // _ROOM + 1 - told.cast("int64")
    return events


def placed(states: ir.Table, events: ir.Table, kind: int) -> ir.Table:
    """Give a place to what lies between events: user, t and any others."""
    # An asof join takes any one of equal times, so there must be one.
    times = events.group_by(["user", "t"]).agg(seq=events.seq.max())
    times = times.semi_join(states, "user").select("user", seq="seq", before="t")
    joined = states.asof_join(times, on=states.t > times.before, predicates="user")
    return joined.select(*states.columns, key=event_key(joined.seq) + (KINDS + kind))


def _wait(plan: Plan, bit: int) -> Wait | None:
    """What an action of the plan waits for before it is known, where it tells of an absence."""
    action = plan.actions[bit]
    if not action.without or action.within is None:
        return None
    return SESSION if isinstance(action.within, str) else micros(action.within)
