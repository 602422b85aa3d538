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

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from microlift.events.completed import Rules, candidate, completed
from microlift.events.normalise import Coded
from microlift.events.reached import Names, add_reached, count_open, event_of_states
from microlift.plan import Plan, micros


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
    finishing: dict[int, Names] = {}
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
    return with_states(completed(events, rules), rules).select(*events.columns)


def with_states(events: ir.Table, rules: Rules) -> ir.Table:
    """Put the states reached between events among them, and keep firsts where only those count.

    Parameters
    ----------
    events : ibis.Table
        From `completed`; read once for each rule that is reached between events.
    rules : Rules

    Returns
    -------
    ibis.Table
    """
    found = add_reached(events, rules.actions, rules.finishing, rules.given, rules.gap, rules.last)
    return _firsts(found, rules)


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
    counts: dict[str, int] = {}
    for table in unknown_of(events, rules):
        counts |= con.to_pyarrow(table).to_pylist()[0]
    return Counter({(bit, key): int(counts[f"{key}{bit}"] or 0) for bit, key in asked_of(rules)})


def asked_of(rules: Rules) -> list[tuple[int, str]]:
    """Name what is counted of rules: by bit, "all" and "unknown"."""
    unsure = (
        bit for bit, action in rules.actions.items() if action.dwell is not None or action.without
    )
    return [(bit, key) for bit in unsure for key in ("all", "unknown")]


def unknown_of(events: ir.Table, rules: Rules) -> list[ir.Table]:
    """Count as `count_unknown` does, in queries of one row each.

    Parameters
    ----------
    events : ibis.Table
        As `apply_rules` takes them.
    rules : Rules

    Returns
    -------
    list of ibis.Table
        Together with a column for each of `asked_of`: all0, unknown0, ..
    """
    dwells = [bit for bit, action in rules.actions.items() if action.dwell is not None]
    unfinished = [bit for bit, action in rules.actions.items() if action.without]
    if not dwells + unfinished:
        return []
    seen = events
    if dwells:
        follows = events.session.lead().over(**rules.in_visits) == events.session
        seen = events.mutate(final=~follows.fill_null(False))
    sums = {}
    for bit in dwells + unfinished:
        sums[f"all{bit}"] = seen.count(where=candidate(seen, bit))
        if bit in dwells:
            sums[f"unknown{bit}"] = seen.count(where=candidate(seen, bit) & seen.final)
    tables = [seen.agg(**sums)]
    for bit in unfinished:
        still = count_open(
            events, bit, rules.actions[bit], rules.finishing[bit],
            silence=(rules.given, rules.gap), last=rules.last,
        )  # fmt: skip
        tables.append(still.name(f"unknown{bit}").as_table())
    return tables


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


def _firsts(events: ir.Table, rules: Rules) -> ir.Table:
    """Keep a user's first occurrence of the actions of which only that counts."""
    once = sum(1 << bit for bit, action in rules.actions.items() if action.first_only)
    if not once:
        return events
    before = ibis.window(group_by="user", order_by="seq", preceding=(None, 1))
    done = events.mask.bit_or().over(before).fill_null(0) & once
    kept = events.mutate(mask=events.mask - (events.mask & done))
    recorded = kept.event != event_of_states(kept.event)
    return kept.filter(recorded | (kept.mask != 0))
