"""Rules that an event itself completes: which events those are.

Which rule is booked where, and why, is told in `microlift.events.rules`.
"""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from microlift.events.reached import Names, span_of
from microlift.plan import Action, micros
from microlift.plan.actions import SESSION


@dataclass(frozen=True)
class Rules:
    """The actions whose occurrences hang on several events.

    Attributes
    ----------
    actions : dict of int to Action
        By the bit of their action.
    finishing : dict of int to tuple of int or of str
        For each `without` the codes of its events, or their names where the events have those.
    given : bool
        Whether the log numbers its sessions itself; they may interleave then.
    gap : int
        The session gap, in microseconds.
    last : int or ibis.IntegerScalar
        The time of the last event of the log, in microseconds.
    """

    actions: dict[int, Action]
    finishing: dict[int, Names]
    given: bool
    gap: int
    last: int | ir.IntegerScalar

    @property
    def bits(self) -> int:
        """The bits of all these actions."""
        return sum(1 << bit for bit in self.actions)

    @property
    def in_visits(self) -> dict[str, str | list[str]]:
        """The order in which the neighbours of an event in its session stand beside it.

        Sessions made of gaps are runs in the order of the user, which is sorted for the rest too.
        """
        return {"group_by": ["user", "session"] if self.given else "user", "order_by": "seq"}


def completed(events: ir.Table, rules: Rules) -> ir.Table:
    """Set the bits of the rules that an event itself completes, and clear the other candidates.

    Parameters
    ----------
    events : ibis.Table
        As `apply_rules` takes them.
    rules : Rules

    Returns
    -------
    ibis.Table
        Besides their columns `was` (the mask with its candidates) and, for bits of returns,
        `back0`.. (whether a session starts in time).
    """
    earlier = events.t.lag().over(group_by="user", order_by="seq")
    looked: dict[str, ir.BooleanValue] = {}
    for bit, action in rules.actions.items():
        if action.at_least is not None:
            looked[f"reach{bit}"] = _enough(events, bit, action)
        elif action.returns_within is not None:
            back = (events.opens == 1) & (events.t - earlier <= micros(action.returns_within))
            looked[f"back{bit}"] = back.fill_null(False)
    events = events.mutate(**looked)
    told: dict[str, ir.BooleanValue] = {}
    for bit, action in rules.actions.items():
        if action.at_least is not None:
            told[f"is{bit}"] = _reached(events, bit, action)
        elif action.dwell is not None:
            told[f"is{bit}"] = _dwelt(events, bit, action, rules)
        elif action.returns_within is not None:
            # Known by the macro and by nothing before: recorded together with it.
            told[f"is{bit}"] = (events.macro == 1) & events[f"back{bit}"]
        elif not action.without:
            told[f"is{bit}"] = candidate(events, bit)
    events = events.mutate(**told)
    mask = events.mask - (events.mask & rules.bits)
    for bit in (int(name.removeprefix("is")) for name in told):
        mask = mask + events[f"is{bit}"].ifelse(1 << bit, 0).cast("int64")
    return events.mutate(was=events.mask, mask=mask)


def candidate(events: ir.Table, bit: int) -> ir.BooleanValue:
    """Whether an event meets the name and condition of an action."""
    return (events.mask & (1 << bit)) != 0


def _enough(events: ir.Table, bit: int, action: Action) -> ir.BooleanValue:
    """Whether an event and those before it that match are as many as asked for.

    In a duration: whether the one that is N - 1 back lies in it, which needs no count.
    """
    match, number = candidate(events, bit), action.at_least or 1
    if action.within == SESSION:
        so_far = ibis.cumulative_window(group_by=["user", "session"], order_by="seq")
        return match & (events.count(where=match).over(so_far) == number)
    window = {"group_by": [events.user, match], "order_by": events.seq}
    since = events.t - events.t.lag(number - 1).over(**window)
    return (match & (since <= span_of(action))).fill_null(False)


def _reached(events: ir.Table, bit: int, action: Action) -> ir.BooleanValue:
    """Keep the events at which the number is reached anew."""
    reach = events[f"reach{bit}"]
    if action.within == SESSION:
        return reach
    match = candidate(events, bit)
    before = reach.lag().over(group_by=[events.user, match], order_by=events.seq)
    return reach & ~before.fill_null(False)


def _dwelt(events: ir.Table, bit: int, action: Action, rules: Rules) -> ir.BooleanValue:
    """Whether the event before in the session was a candidate, and long enough ago."""
    assert action.dwell is not None
    visit = rules.in_visits
    same = events.session.lag().over(**visit) == events.session
    long = events.t - events.t.lag().over(**visit) >= micros(action.dwell)
    return (same & long & candidate(events, bit).lag().over(**visit)).fill_null(False)
