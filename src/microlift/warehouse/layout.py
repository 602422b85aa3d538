"""The file of cells: one table, one row a count, that any engine can write and this one reads.

Columns: `part` (what is counted), `name` (text), `mask` (a set of actions: bit i is action i of the
plan), `flag`, `code`, the fields of a cell's key, and the counts. By part:

- ``about``: `name` the hash of what in a plan makes cells, `flag` the version of this layout,
  `code` how many cells there are, `n` the sum of their `n`
- ``fact``: `name` of a figure of the log, `n` the figure
- ``row``: rows of the input by `name`, the reason why they are left out (empty: they are used)
- ``currency``: macros by `name`, the code of their currency
- ``event``: events by `name`, the 50 most frequent and those of the plan; with
  ``macro: {repeat: true}`` also names that no event from a first macro on has, with `n` 0
- ``mask``: events by `mask`
- ``label``: users by attribute (`code`: its place in the plan) and by `flag`, the place of their
  label: 0 .. 11, then `name` is the label; 12 the rest; 13 none; `mask` is 1 where one is known too
  late, 2 where none ever is
- ``doers``: users by `mask` (done before the first macro) and `flag` (1 with a macro)
- ``occurrences``: events before the first macro by `mask`
- ``firsts``: first occurrences that a macro follows, by `mask` of new actions and `flag` (1 where
  both are recorded together)
- ``macro_visits``: visits with a user's first macro by `mask`, the actions anywhere in them
- ``rule``: matches of a dwell or a `without` by `code` (the bit of its action) and `name`: "all",
  and those of which it is "unknown"
- ``total``: `name` of a total, `n` the total
- ``cell``: the fields of its key, `next`, `bucket`, and its counts

No row is about a single user, and no id is in it; small cells may still describe single people.
"""

import hashlib
import json

import ibis.expr.datatypes as dt

from microlift.moments import clock, visits
from microlift.moments.counting import COUNTS
from microlift.moments.space import Field, Scheme
from microlift.plan import Clock, Plan
from microlift.warehouse.scope import possible_masks
from microlift.warehouse.touch import MISSING

__all__ = [
    "COUNTS", "SCHEMA", "VALUES", "WHOLE", "cells_hash", "columns_of", "scheme_of", "values_of",
]  # fmt: skip

SCHEMA = 1
VALUES = (
    "users", "events", "sessions", "empty", "first_us", "last_us", "macros", "value", "missing",
    "negative", "starts",
)  # fmt: skip
WHOLE = ("whole_users", "whole_events", "whole_macros", "seconds", "at_once", "begin")


def values_of(plan: Plan) -> tuple[str, ...]:
    """Name the figures of a log.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    tuple of str
        Where the next macro is asked about, with those of the whole log: its users, events and
        macros, the users with a second macro and those who have it in the visit of the first, and
        the time of the earliest first one.
    """
    return (*VALUES, *WHOLE) if plan.macro.repeat else VALUES


def scheme_of(plan: Plan, starts: bool) -> Scheme:
    """What a cell's key is made of under a plan, whatever the log.

    Parameters
    ----------
    plan : Plan
    starts : bool
        Whether the start of a session is a moment.

    Returns
    -------
    Scheme
        With every set of actions that an event can stand for, in the log or not.
    """
    own = clock.fields(plan.moments) if isinstance(plan.moments, Clock) else visits.fields()
    traits = (Field(f"a{i}", MISSING + 1) for i in range(len(plan.log.attributes)))
    return Scheme(possible_masks(plan), (*own, *traits), len(plan.actions), starts)


def columns_of(scheme: Scheme) -> dict[str, dt.DataType]:
    """Names and types of the columns.

    Parameters
    ----------
    scheme : Scheme

    Returns
    -------
    dict of str to ibis.expr.datatypes.DataType
    """
    words = dict.fromkeys(("part", "name"), dt.string)
    numbers = ["mask", "flag", "code", *(field.name for field in scheme.key), *COUNTS]
    return words | dict.fromkeys(numbers, dt.int64)


def cells_hash(plan: Plan) -> str:
    """Identify what in a plan makes cells: how a log is read, its macro, actions and horizon.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    str
        16 hexadecimal digits. Labels, kinds, the funnel, weights, guards and exports make no
        difference, since cells are the same without them.

    Examples
    --------
    >>> plan = Plan.from_dict({"macro": {"event": "buy"}, "horizon": "14d",
    ...                        "actions": [{"name": "view", "event": "view"}]})
    >>> cells_hash(plan) == cells_hash(plan.in_mode("macro and micro"))
    True
    """
    # Defaults are left out, so that a key more in a later release changes nothing.
    said = plan.model_dump(mode="json", exclude_defaults=True)
    kept = {key: said.get(key) for key in ("log", "horizon", "moments")}
    macro = {key: value for key, value in said["macro"].items() if key != "label"}
    apart = ("label", "kind", "count")
    actions = [
        {key: value for key, value in action.items() if key not in apart}
        for action in said["actions"]
    ]
    text = json.dumps({**kept, "macro": macro, "actions": actions}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
