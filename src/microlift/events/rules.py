"""Rules that look at several events of a user: which events complete them.

They need the order and the sessions, so they come after both. Up to here the bit of such an action
marks the events that match its name and condition (its *candidates*); here it is set anew, to mark
its occurrences. A plan without such rules never comes here.

**An occurrence must be known when it is booked.** The state at a moment may hold nothing of what
comes later. So each rule is booked at the first place in the user's history at which it is known:

- *at_least*: at the event that completes the number.
- *dwell*: not at the event that was dwelt on (that would tell that another one follows), but at
  that other event, which tells it. Where this is another action too, it is one step of both.
  Where it is the macro, the bit stands on the macro, as for any action recorded together with it:
  the step is the macro's, and an action of which more than a tenth is found so is not identified.
  A row of its own before the macro would be no better. It would say "the user goes on", which
  leaving never says, and by that alone an inert dwell would seem to raise the macro.
- *returns_within* and *without*: see `microlift.events.reached`.

A dwell on an event without a later one in its session is unknown, neither reached nor missed; how
many there are is counted. So is a start whose time to finish is not over when the log ends.
"""

from collections import Counter
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from microlift.events.normalise import Coded
from microlift.events.reached import add_reached, count_open, span_of
from microlift.plan import Action, Plan, micros
from microlift.plan.actions import SESSION


@dataclass(frozen=True)
class Rules:
    """The actions whose occurrences hang on several events.

    Attributes
    ----------
    actions : dict of int to Action
        By the bit of their action.
    finishing : dict of int to tuple of int
        For each `without` the codes of its events.
    given : bool
        Whether the log numbers its sessions itself; they may interleave then.
    gap, last : int
        The session gap, and the time of the last event of the log, in microseconds.
    """

    actions: dict[int, Action]
    finishing: dict[int, tuple[int, ...]]
    given: bool
    gap: int
    last: int

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


def rules_of(con: Backend, coded: Coded, plan: Plan) -> Rules | None:
    """Read the rules of a plan, or None where events alone decide.

    Parameters
    ----------
    con : ibis.backends.duckdb.Backend
    coded : Coded
    plan : Plan

    Returns
    -------
    Rules or None
    """
    actions = {bit: action for bit, action in enumerate(plan.actions) if action.ruled}
    if not actions:
        return None
    finishing = {}
    for bit, action in actions.items():
        named = coded.kinds.filter(coded.kinds.event.isin(action.without or [""]))
        codes = con.to_pyarrow(named.select("event_code").distinct())["event_code"].to_pylist()
        finishing[bit] = tuple(sorted(map(int, codes)))
    last = int(con.to_pyarrow(coded.rows.t.max()).as_py() or 0)
    given = plan.log.columns.session_id is not None
    return Rules(actions, finishing, given, micros(plan.log.session_gap), last)


def apply_rules(events: ir.Table, rules: Rules) -> ir.Table:
    """Turn candidates into occurrences.

    Parameters
    ----------
    events : ibis.Table
        Canonical events without bucket and attributes, of whole users; a table, since it is read
        several times.
    rules : Rules

    Returns
    -------
    ibis.Table
        The same columns. Rows with the event -1 are states reached between events.
    """
    found = _complete(events, rules)
    found = add_reached(found, rules.actions, rules.finishing, rules.given, rules.gap, rules.last)
    return _firsts(found, rules).select(*events.columns)


def count_unknown(con: Backend, events: ir.Table, rules: Rules) -> Counter[tuple[int, str]]:
    """Count, for each dwell and each `without`, its candidates and those of which it is unknown.

    A dwell is unknown where no later event follows, a `without` where neither a finish nor the end
    of its time lies inside the log.

    Parameters
    ----------
    con : ibis.backends.duckdb.Backend
    events : ibis.Table
        As `apply_rules` takes them.
    rules : Rules

    Returns
    -------
    Counter
        By the bit of the action, and "all" or "unknown".
    """
    dwells = [bit for bit, action in rules.actions.items() if action.dwell is not None]
    unfinished = [bit for bit, action in rules.actions.items() if action.without]
    if not dwells + unfinished:
        return Counter()
    seen = events
    if dwells:
        follows = events.session.lead().over(**rules.in_visits) == events.session
        seen = events.mutate(final=~follows.fill_null(False))
    sums = {}
    for bit in dwells + unfinished:
        sums[f"all{bit}"] = seen.count(where=_candidate(seen, bit))
        if bit in dwells:
            sums[f"unknown{bit}"] = seen.count(where=_candidate(seen, bit) & seen.final)
    counts = con.to_pyarrow(seen.agg(**sums)).to_pylist()[0]
    for bit in unfinished:
        still = count_open(
            events, bit, rules.actions[bit], rules.finishing[bit],
            silence=(rules.given, rules.gap), last=rules.last,
        )  # fmt: skip
        counts[f"unknown{bit}"] = con.to_pyarrow(still).as_py()
    return Counter(
        {
            (bit, key): int(counts[f"{key}{bit}"] or 0)
            for bit in dwells + unfinished
            for key in ("all", "unknown")
        }
    )


def rule_notes(plan: Plan, counts: Counter[tuple[int, str]]) -> list[str]:
    """Say of how many events a dwell or a `without` is unknown.

    Parameters
    ----------
    plan : Plan
    counts : Counter
        From `count_unknown`.

    Returns
    -------
    list of str

    Examples
    --------
    >>> plan = Plan.from_dict({"macro": {"event": "buy"}, "horizon": "14d", "actions": [
    ...     {"name": "read", "event": "page", "dwell": "60s"}]})
    >>> rule_notes(plan, Counter({(0, "all"): 5_000, (0, "unknown"): 1_204}))
    ["dwell of 'read' is unknown for 1,204 of 5,000 events: no later event in the session."]
    """
    notes = []
    for (bit, key), n in sorted(counts.items()):
        action = plan.actions[bit]
        rule, why = "dwell", "no later event in the session"
        if action.without:
            rule, why = "without", "not finished, and its time is not over when the log ends"
        if key == "unknown" and n:
            whole = f"{n:,} of {counts[bit, 'all']:,}"
            notes.append(f"{rule} of {action.name!r} is unknown for {whole} events: {why}.")
    return notes


def _candidate(events: ir.Table, bit: int) -> ir.BooleanValue:
    return (events.mask & (1 << bit)) != 0


def _complete(events: ir.Table, rules: Rules) -> ir.Table:
    """Set the bits of the rules that an event itself completes, and clear the other candidates."""
    user = {"group_by": "user", "order_by": "seq"}
    events = events.mutate(earlier=events.t.lag().over(**user))
    told: dict[str, ir.BooleanValue] = {}
    for bit, action in rules.actions.items():
        if action.at_least is not None:
            events = events.mutate(**{f"reach{bit}": _enough(events, bit, action)})
            told[f"is{bit}"] = _reached(events, bit, action)
        elif action.dwell is not None:
            told[f"is{bit}"] = _dwelt(events, bit, action, rules)
        elif action.returns_within is not None:
            # Known by the macro and by nothing before: recorded together with it.
            back = (events.opens == 1) & (
                events.t - events.earlier <= micros(action.returns_within)
            )
            events = events.mutate(**{f"back{bit}": back.fill_null(False)})
            told[f"is{bit}"] = (events.macro == 1) & events[f"back{bit}"]
        elif not action.without:
            told[f"is{bit}"] = _candidate(events, bit)
    events = events.mutate(**told)
    mask = events.mask - (events.mask & rules.bits)
    for bit in (int(name.removeprefix("is")) for name in told):
        mask = mask + events[f"is{bit}"].ifelse(1 << bit, 0).cast("int64")
    return events.mutate(was=events.mask, mask=mask)


def _enough(events: ir.Table, bit: int, action: Action) -> ir.BooleanValue:
    """Whether an event and those before it that match are as many as asked for.

    In a duration: whether the one that is N - 1 back lies in it, which needs no count.
    """
    match, number = _candidate(events, bit), action.at_least or 1
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
    match = _candidate(events, bit)
    before = reach.lag().over(group_by=[events.user, match], order_by=events.seq)
    return reach & ~before.fill_null(False)


def _dwelt(events: ir.Table, bit: int, action: Action, rules: Rules) -> ir.BooleanValue:
    """Whether the event before in the session was a candidate, and long enough ago."""
    assert action.dwell is not None
    visit = rules.in_visits
    same = events.session.lag().over(**visit) == events.session
    long = events.t - events.t.lag().over(**visit) >= micros(action.dwell)
    return (same & long & _candidate(events, bit).lag().over(**visit)).fill_null(False)


def _firsts(events: ir.Table, rules: Rules) -> ir.Table:
    """Keep a user's first occurrence of the actions of which only that counts."""
    once = sum(1 << bit for bit, action in rules.actions.items() if action.first_only)
    if not once:
        return events
    before = ibis.window(group_by="user", order_by="seq", preceding=(None, 1))
    done = events.mask.bit_or().over(before).fill_null(0) & once
    kept = events.mutate(mask=events.mask - (events.mask & done))
    return kept.filter((kept.event >= 0) | (kept.mask != 0))
