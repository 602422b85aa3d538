"""What can be said in every engine: the plans and columns that the portable path takes, or refuses.

The embedded engine reads text as times, numbers and records of many kinds. Engines agree on none of
that, so here a log is a table of typed columns, and whatever would be read in as many ways as there
are engines is refused before anything runs.
"""

from itertools import product

import ibis.expr.operations as ops
import ibis.expr.types as ir

from microlift.errors import EventsError, InputError, nearest
from microlift.events.layout import layout_of
from microlift.plan import Plan
from microlift.where import to_ibis

MOST_STEPS = 500  # sets of actions that one event may stand for


def check_plan(plan: Plan) -> None:
    """Refuse a plan that asks for what only the embedded engine can do.

    Parameters
    ----------
    plan : Plan

    Raises
    ------
    InputError

    Examples
    --------
    >>> plan = Plan.from_dict({"log": {"format": "matomo"}, "macro": {"event": "purchase"},
    ...     "horizon": "14d", "actions": [{"name": "cart", "event": "add_to_cart"}]})
    >>> check_plan(plan)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    microlift.errors.InputError: The plan asks for log.format 'matomo', which ...
    """
    columns = plan.log.columns
    found = {
        f"log.format {plan.log.format!r}": plan.log.format not in (None, "ga4"),
        "log.sources": bool(plan.log.sources),
        "log.window": plan.log.window is not None,
        "log.columns.currency without macro.currency": bool(
            columns.currency and not plan.macro.currency
        ),
        # There the parameter is read, whatever log.columns says.
        "macro.value of a GA4 export without macro.currency": plan.log.format == "ga4"
        and isinstance(plan.macro.value, str)
        and not plan.macro.currency,
    }
    asked = [name for name, is_asked in found.items() if is_asked]
    if asked:
        raise InputError(
            f"The plan asks for {'; '.join(asked)}, which the embedded engine alone can do so far: "
            "in other engines it would be counted in another way, or not at all. Leave it out (a "
            "view may prepare the columns), or read the log with --events."
        )
    possible_masks(plan)


def check_columns(raw: ir.Table, plan: Plan) -> None:
    """Refuse a table whose columns are missing, or of types that engines read in different ways.

    Parameters
    ----------
    raw : ibis.Table
    plan : Plan

    Raises
    ------
    EventsError
    """
    layout = layout_of(plan)
    for name in layout.names:
        if name not in raw.columns:
            raise EventsError(
                f"The table has {len(raw.columns):,} columns, but {name[:100]!r}, which the plan "
                f"reads, is not among them (nearest: {nearest(name, raw.columns)}). Mend the names "
                "in the plan: engines tell upper and lower case apart."
            )
    plain = ("string", "int")
    roles: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
        "user id": ((layout.user,), plain),
        "event": ((layout.event,), ("string",)),
        "time": ((layout.time,), ("timestamp", "int")),
        "attribute": (layout.attributes, (*plain, "bool")),
        "sequence": (layout.sequence, ("int", "timestamp", "date")),
        "session id": ((layout.session,) if layout.session else (), plain),
        "click id": ((layout.click,) if layout.click else (), plain),
        "value": ((layout.value,) if layout.value else (), ("int", "float", "decimal")),
        "currency": ((layout.currency,) if layout.currency else (), ("string",)),
    }
    for role, (names, kinds) in roles.items():
        for name in names:
            if _kind(raw[name]) not in kinds:
                raise EventsError(
                    f"The column {name[:100]!r} ({role}) is of type {raw[name].type()}, which "
                    f"engines read in different ways. Make it {' or '.join(kinds)} in a view, or "
                    "read the log with --events."
                )
    time = raw[layout.time].type()
    if time.is_timestamp() and time.timezone is None and plan.log.timezone != "UTC":
        raise EventsError(
            f"The column {layout.time[:100]!r} holds times without a zone, and log.timezone is "
            f"{plan.log.timezone}: engines know that calendar in different editions. Convert it to "
            "UTC in a view, or read the log with --events."
        )
    _check_conditions(raw, plan)


def _kind(column: ir.Value) -> str:
    dtype = column.type()
    kinds = {
        "string": dtype.is_string(), "int": dtype.is_integer(), "bool": dtype.is_boolean(),
        "float": dtype.is_floating(), "decimal": dtype.is_decimal(),
        "timestamp": dtype.is_timestamp(), "date": dtype.is_date(),
    }  # fmt: skip
    return next((kind for kind, holds in kinds.items() if holds), str(dtype))


def _check_conditions(raw: ir.Table, plan: Plan) -> None:
    for rule in (plan.macro.where, *(action.where for action in plan.actions)):
        if not rule:
            continue
        found = to_ibis(rule, raw).op()
        if found.find(ops.TryCast):
            raise EventsError(
                f"The condition {rule[:100]!r} reads text as numbers or truth values, which "
                "engines do in different ways. Make the column a number in a view, or read the log "
                "with --events."
            )
        if "\\" in rule and found.find(ops.StringSQLLike):
            raise EventsError(
                f"The condition {rule[:100]!r} has a backslash in a LIKE, which some engines take "
                "for an escape. Write another pattern, or read the log with --events."
            )


def possible_masks(plan: Plan) -> tuple[int, ...]:
    """Name the sets of actions that one event can stand for under a plan, whatever the log.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    tuple of int
        Bit masks above 0, sorted.

    Raises
    ------
    InputError
        If there are too many.

    Examples
    --------
    >>> plan = Plan.from_dict({"macro": {"event": "buy"}, "horizon": "14d", "actions": [
    ...     {"name": "view", "event": ["view", "look"]},
    ...     {"name": "deep", "event": "view", "where": "depth > 3"}]})
    >>> possible_masks(plan)
    (1, 3)
    """
    actions = plan.heard.actions
    # What an event, a dwell before it, or a state between events makes true, each by itself.
    masks, dwells, states = {0}, {0}, {0}
    for name in {name for action in actions for name in action.event}:
        own = [(1 << bit, action) for bit, action in enumerate(actions) if name in action.event]
        at_once = [each for each in own if each[1].dwell is None and not each[1].without]
        sure = sum(bit for bit, action in at_once if not (action.where or action.ruled))
        masks |= _sums([bit for bit, action in at_once if action.where or action.ruled], sure)
        dwells |= _sums([bit for bit, action in own if action.dwell is not None])
    numbered = [(1 << bit, action) for bit, action in enumerate(actions)]
    states |= _sums([bit for bit, action in numbered if action.returns_within is not None])
    states |= _sums([bit for bit, action in numbered if action.without])
    if len(masks) * len(dwells) - 1 + len(states) - 1 > MOST_STEPS:  # no bit is in two of them
        raise InputError(
            f"The plan has so many conditions and rules on the same events that one event could "
            f"stand for more than {MOST_STEPS:,} sets of actions, each of which would be spelled "
            "out in the query. Write fewer actions, or read the log with --events."
        )
    found = states | {mask + dwell for mask in masks for dwell in dwells}
    return tuple(sorted(found - {0}))


def _sums(bits: list[int], sure: int = 0) -> set[int]:
    """All sets that some bits may be in, with those that are sure; more than enough if many."""
    if len(bits) > 8:
        return set(range(MOST_STEPS + 2))
    return {sure + sum(some) for some in product(*((0, bit) for bit in bits))}
