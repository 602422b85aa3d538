"""From the raw table to the cells in a few named steps, each one query over those before it.

Nothing has to be known of the log beforehand: what hangs on it (its end, its labels, whether
starts of sessions are moments) is found by an earlier step. So the same text runs as a script, as
models of dbt, or on a connection.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

import ibis
import ibis.expr.types as ir

from microlift.events import EventLog
from microlift.moments import clock, visits
from microlift.plan import Clock, Plan
from microlift.warehouse.bits import portable
from microlift.warehouse.counts import cells_of, facts_of, result_of
from microlift.warehouse.ga4 import flattened
from microlift.warehouse.journeys import canonical
from microlift.warehouse.layout import scheme_of
from microlift.warehouse.rows import distinct_rows, typed_rows
from microlift.warehouse.rules import (
    judged_events,
    reached_events,
    recorded,
    rules_of,
    told_of,
    unknown_rules,
)
from microlift.warehouse.scope import check_columns, check_plan
from microlift.warehouse.touch import numbered_labels, placed_labels, touched_users, with_places

PREFIX, RESULT = "microlift_", "result"


@dataclass(frozen=True)
class Step:
    """One query.

    Attributes
    ----------
    name
        What it is, without the prefix of its table.
    told
        What it holds, in words.
    query
        Over the raw table and the tables of earlier steps, which need not exist yet.
    """

    name: str
    told: str
    query: ir.Table


def steps_of(
    raw: ir.Table | Sequence[ir.Table], plan: Plan, dialect: str, into: tuple[str, ...] = ()
) -> list[Step]:
    """Write the steps from a raw table to its cells.

    Parameters
    ----------
    raw : ibis.Table or sequence of ibis.Table
        A table of an engine, or one that is known by name and columns alone. Several are a GA4
        export that is written in several ways.
    plan : Plan
    dialect : str
        Of `microlift.warehouse.dialects`.
    into : tuple of str
        Where the tables of steps are: catalog and database, or the latter, or by default neither.

    Returns
    -------
    list of Step
        The last one is the result: see `microlift.warehouse.layout`.

    Raises
    ------
    InputError
        If the plan asks for what only the embedded engine can do.
    EventsError
        If a column is missing or of another type.

    Examples
    --------
    >>> plan = Plan.from_dict({"macro": {"event": "buy"}, "horizon": "14d",
    ...                        "actions": [{"name": "view", "event": "view"}]})
    >>> raw = ibis.table({"user_id": "string", "timestamp": "timestamp('UTC')",
    ...                   "event": "string"}, name="log")
    >>> [step.name for step in steps_of(raw, plan, "bigquery")]
    ['rows', 'events', 'facts', 'moments', 'cells', 'result']
    """
    check_plan(plan)
    made: list[Step] = []
    tables: dict[str, ir.Table] = {}

    def step(name: str, told: str, query: ir.Table) -> ir.Table:
        query = portable(query, len(plan.actions) + 1)  # the macro may stand above the actions
        made.append(Step(name, told, query))
        tables[name] = table_at(query.schema(), PREFIX + name, into)
        return tables[name]

    tables_of_log = [raw] if isinstance(raw, ir.Table) else raw
    given, told = plan, None
    if plan.log.format == "ga4":
        raw, plan, told = flattened(tables_of_log, plan, dialect, step)
    else:
        (raw,) = tables_of_log
    check_columns(raw, plan)
    typed = typed_rows(raw, plan, dialect)
    rows = step("rows", "valid rows, each once", distinct_rows(typed, plan, dialect))
    events, rules, unknown = canonical(rows, plan), rules_of(plan, rows), None
    if rules:
        judged = step("judged", "events, and which complete a rule", judged_events(events, rules))
        events, unknown = reached_events(judged, rules), unknown_rules(judged, rules)
    if rules and unknown is not None:
        unknown = step("unknown", "how often rules are not known", unknown)
    if plan.log.attributes:
        labels = step("labels", "labels of attributes, numbered", numbered_labels(typed, plan))
        users = step("users", "first touch of each user", touched_users(rows, labels, plan))
        places = step("places", "places of labels by users", placed_labels(users, labels, plan))
        events = with_places(events, users, places, plan)
    events = step("events", "events in order and in sessions", events)
    figures = facts_of(recorded(events, plan), rows, plan)
    facts = step("facts", "figures of the log, one row", figures)
    moments = step("moments", "events up to the first macro", _moments(events, facts, plan))
    cells = _kinds_of_moments(moments, facts, plan)
    step("cells", "moments by state", cells_of(cells, scheme_of(plan, starts=True)))
    of_rules = told_of(unknown, rules) if rules and unknown is not None else []
    counts = result_of(given, scheme_of(plan, starts=True), typed, tables, of_rules)
    counts = told(counts) if told else counts
    step(RESULT, "all counts, as `lift --cells` reads them", counts)
    return made


def table_at(types: Mapping[str, Any], name: str, place: Sequence[str]) -> ir.Table:
    """Name a table that need not be there yet: in a database, a catalog and a database, or neither.

    Examples
    --------
    >>> table = table_at({"user_id": "string"}, "events", ["shop", "web"])
    >>> print(ibis.to_sql(table.count(), dialect="bigquery").splitlines()[2])
    FROM `shop`.`web`.`events` AS `t0`
    """
    catalog, database = [None, None, *place][-2:]
    return ibis.table(dict(types), name=name, catalog=catalog, database=database)


def _log(facts: ir.Table, plan: Plan) -> EventLog:
    """What expressions of moments ask of a log: its plan and its end, here a query of its own."""
    last = facts.select("last_us").as_scalar()
    facts_of_log, engine = SimpleNamespace(last_us=last), SimpleNamespace(name="any")
    return cast("EventLog", SimpleNamespace(plan=plan, facts=facts_of_log, con=engine))


def _moments(events: ir.Table, facts: ir.Table, plan: Plan) -> ir.Table:
    log = _log(facts, plan)
    if isinstance(plan.moments, Clock):
        return clock.clock_rows(log, events, scheme_of(plan, starts=False))
    starts = facts.select("starts").as_scalar()
    # One of the two reads no event: which one is known when the query runs.
    both = [
        visits.visit_rows(log, events.filter(starts == int(asked)), scheme_of(plan, asked)).mutate(
            starting=ibis.literal(int(asked), "int64")
        )
        for asked in (True, False)
    ]
    return ibis.union(*both)


def _kinds_of_moments(rows: ir.Table, facts: ir.Table, plan: Plan) -> list[ir.Table]:
    covered = rows.filter(rows.covered)
    if isinstance(plan.moments, Clock):
        return clock.moments_of(_log(facts, plan), covered)
    begun, acted = visits.moments_of(covered, scheme_of(plan, starts=True))
    return [begun.filter(begun.starting == 1), acted]
