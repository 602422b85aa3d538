"""What a known format becomes before it is read: flat rows, and the plan in their words."""

from collections.abc import Collection
from dataclasses import dataclass, field

import ibis.expr.types as ir

from microlift.errors import EventsError
from microlift.plan import Columns, Plan


@dataclass(frozen=True)
class Flat:
    """The rows of a log under the names that the plan uses.

    Attributes
    ----------
    rows : ibis.Table
        One row an event, with every column of the layout of `plan`.
    plan : Plan
        The plan as given, with the columns that the format stands for filled in.
    total : int
        Rows that were read.
    left_out : dict of str to int
        Of them by reason, where leaving out is no fault of the export.
    notes : list of str
        What was mapped to what, and what was left out.
    scratch : tuple of str
        What was laid aside behind `rows`, to be taken away once these are read.
    missing : tuple of str
        Names of the plan that this log does not have, where another source may.
    """

    rows: ir.Table
    plan: Plan
    total: int
    left_out: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    scratch: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def fill_in(plan: Plan, roles: Collection[str], sequence: tuple[str, ...]) -> Plan:
    """Name the columns that a format stands for by our own words; the plan's columns win.

    Parameters
    ----------
    plan : Plan
    roles : collection of str
        The keys of ``log.columns`` that the format knows.
    sequence : tuple of str
        Columns that order events of one time, unless the plan names others.

    Returns
    -------
    Plan

    Examples
    --------
    >>> plan = Plan.from_dict({"log": {"format": "ga4", "columns": {"user_id": "crm"}},
    ...     "macro": {"event": "buy"}, "horizon": "14d",
    ...     "actions": [{"name": "view", "event": "view"}]})
    >>> columns = fill_in(plan, ["user_id", "timestamp", "event", "session_id"], ()).log.columns
    >>> columns.user_id, columns.session_id
    ('crm', 'session_id')
    """
    given = explicit(plan)
    money = isinstance(plan.macro.value, str)
    known = {role: role for role in roles}
    if not money:
        known.pop("currency", None)
    if plan.macro.value != "value":
        known.pop("value", None)
    columns = Columns(**(known | given))
    log = plan.log.model_copy(
        update={"columns": columns, "sequence": plan.log.sequence or tuple(sequence)}
    )
    return plan.model_copy(update={"log": log})


def explicit(plan: Plan) -> dict[str, str]:
    """The columns that the plan itself names, by role."""
    columns = plan.log.columns
    default = Columns()
    # `to_dict` spells defaults out: what is as by default was not chosen.
    return {
        role: getattr(columns, role)
        for role in sorted(columns.model_fields_set)
        if getattr(columns, role) != getattr(default, role)
    }


def refuse_identities(plan: Plan, identities: Collection[str]) -> None:
    """Refuse an attribute that is an id in this format.

    Raises
    ------
    EventsError
    """
    for name in plan.log.attributes:
        if name in identities:
            raise EventsError(
                f"The attribute {name!r} of log.attributes holds ids in the format "
                f"{plan.log.format!r}: an attribute is printed in reports, and ids never are. "
                "Remove it."
            )


def free_name(name: str, taken: Collection[str]) -> str:
    """Make a name for a column of our own that no column of the log has, whatever its case.

    Examples
    --------
    >>> free_name("_source", ["user_id"]), free_name("_source", ["_Source"])
    ('_source', '_source_')
    """
    folded = {each.casefold() for each in taken}
    while name in folded:
        name += "_"
    return name
