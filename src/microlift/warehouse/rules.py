"""Rules over several events, in operations that every engine has.

The expressions are those of the embedded engine, on names of events where that has codes: a state
that is reached between events has no name, which no event is without.
"""

import ibis
import ibis.expr.types as ir

from microlift.events.completed import Rules, completed
from microlift.events.reached import event_of_states
from microlift.events.rules import asked_of, unknown_of, with_states
from microlift.plan import Plan, micros


def rules_of(plan: Plan, rows: ir.Table) -> Rules | None:
    """Read the rules of a plan, or None where events alone decide.

    Parameters
    ----------
    plan : Plan
    rows : ibis.Table
        From `microlift.warehouse.rows.distinct_rows`, the table: the end of the log is looked up.

    Returns
    -------
    Rules or None
    """
    actions = {bit: action for bit, action in enumerate(plan.heard.actions) if action.ruled}
    if not actions:
        return None
    last = rows.agg(last_us=rows.t.max()).as_scalar()
    given = plan.log.columns.session_id is not None
    finishing = {bit: action.without for bit, action in actions.items()}
    return Rules(actions, dict(finishing), given, micros(plan.log.session_gap), last)


def judged_events(events: ir.Table, rules: Rules) -> ir.Table:
    """Tell which events complete a rule, and keep what states between events are found by.

    Parameters
    ----------
    events : ibis.Table
        Canonical events.
    rules : Rules

    Returns
    -------
    ibis.Table
        The same columns; `was`, the mask of all that match name and condition; and `back0`.. for
        returns.
    """
    found = completed(events, rules)
    backs = [f"back{bit}" for bit, each in rules.actions.items() if each.returns_within is not None]
    return found.select(*events.columns, "was", *backs)


def unknown_rules(judged: ir.Table, rules: Rules) -> ir.Table | None:
    """Count what `microlift.events.rules.count_unknown` does: one row, or None where nothing is.

    Parameters
    ----------
    judged : ibis.Table
        From `judged_events`, the table.
    rules : Rules

    Returns
    -------
    ibis.Table or None
    """
    tables = unknown_of(judged.mutate(mask=judged.was), rules)
    if not tables:
        return None
    whole = tables[0]
    for table in tables[1:]:
        whole = whole.cross_join(table)
    return whole


def told_of(unknown: ir.Table, rules: Rules) -> list[ir.Table]:
    """The counts of `unknown_rules` as rows: name ("all" or "unknown"), code (the bit), n."""
    return [
        unknown.select(
            name=ibis.literal(key, "string"),
            code=ibis.literal(bit, "int64"),
            n=unknown[f"{key}{bit}"],
        )
        for bit, key in asked_of(rules)
    ]


def reached_events(judged: ir.Table, rules: Rules) -> ir.Table:
    """Put the states that are reached between events among them.

    Parameters
    ----------
    judged : ibis.Table
        From `judged_events`, the table: it is read once for each rule of such states.
    rules : Rules

    Returns
    -------
    ibis.Table
        Canonical events; states have no name.
    """
    backs = [name for name in judged.columns if name.startswith("back")]
    found = with_states(judged, rules)
    # A state knows its user and nothing else of them.
    found = found.mutate(bucket=found.bucket.max().over(group_by="user"))
    return found.select(*(name for name in judged.columns if name not in ("was", *backs)))


def recorded(events: ir.Table, plan: Plan) -> ir.Table:
    """Leave out the states reached between events, which are none themselves."""
    if not any(action.ruled for action in plan.heard.actions):
        return events
    return events.filter(events.event != event_of_states(events.event))
