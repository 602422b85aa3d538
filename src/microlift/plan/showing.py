"""A plan as people see it: what counts, what leads to it, how long to wait."""

from typing import TYPE_CHECKING

from microlift.plan.durations import format_duration
from microlift.plan.moments import Clock

if TYPE_CHECKING:
    from microlift.plan.plan import Plan

NEXT = 'ml.read_events("events.parquet", plan)'


def summary(plan: "Plan") -> list[tuple[str, str]]:
    """Name and figure of all that a reader has to know of a plan."""
    clock = plan.moments
    moments = "visits"
    if isinstance(clock, Clock):
        every, quiet = format_duration(clock.clock), format_duration(clock.quiet)
        moments = f"every {every}, until {quiet} of quiet"
    attributes = ", ".join(plan.log.attributes)
    count = len(plan.actions)
    return [
        ("macro", _macro(plan)),
        ("horizon", format_duration(plan.horizon)),
        ("moments", moments),
        *([("attributes", attributes)] if attributes else []),
        *([("funnel", " → ".join(plan.funnel))] if plan.funnel else []),
        ("actions", f"{count:,}"),
        *(
            (f"action {action.name}", f"{action.kind}: {action.rule}" + _waits(plan, number))
            for number, action in enumerate(plan.actions)
        ),
        ("hash", plan.hash),
    ]


def _macro(plan: "Plan") -> str:
    macro = plan.macro
    said = macro.name + (f" where {macro.where}" if macro.where else "")
    if macro.value is not None:
        worth = f"column {macro.value}" if isinstance(macro.value, str) else f"{macro.value:,.2f}"
        said += f", worth {worth}"
    said += f" in {macro.currency}" if macro.currency else ""
    return f"{said}, the next one after a first" if macro.repeat else said


def _waits(plan: "Plan", number: int) -> str:
    return "" if plan.takes_part(plan.actions[number]) else " (after the macro: takes no part)"
