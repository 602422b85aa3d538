"""What a state can be kept of, and when what it holds of a plan is still what the plan asks."""

import hashlib
import json

from microlift.plan import Clock, Plan, micros

# Of what is done with cells, or how they are counted, and not of cells.
_NO_MATTER = {"weights", "guards", "export", "funnel", "engine"}


def unkept(plan: Plan) -> str:
    """Why no state is kept of logs under a plan; empty where one is."""
    if plan.log.format is not None or plan.log.sources:
        return "exports of a known format, and several sources, are judged across their files"
    if plan.log.columns.click_id:
        return "the plan maps click ids, which are numbered over the whole log"
    if plan.log.window is not None:
        return "the plan reads the last part of a log alone (log.window), which moves on every day"
    if plan.macro.repeat:
        return "the plan asks about the next macro (macro.repeat)"
    for action in plan.actions:
        if action.dwell is not None or action.without:
            rule = "dwell" if action.dwell is not None else "without"
            return f"the action {action.name!r} has the rule {rule!r}, which hangs on the log's end"
    return ""


def reading_key(plan: Plan) -> str:
    """Identify all that a plan says of how a log is read and counted.

    Examples
    --------
    >>> plan = {"macro": {"event": "buy"}, "horizon": "14d",
    ...         "actions": [{"name": "view", "event": "view"}]}
    >>> longer = Plan.from_dict(plan | {"horizon": "30d"})
    >>> capped = Plan.from_dict(plan | {"weights": {"max_step": 0.2}, "engine": {"threads": 1}})
    >>> first = Plan.from_dict(plan)
    >>> reading_key(first) == reading_key(capped), reading_key(first) == reading_key(longer)
    (True, False)
    """
    said = plan.model_dump(mode="json", exclude_defaults=True, exclude=_NO_MATTER)
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def margin(plan: Plan) -> int:
    """How long after a user's last event nothing of the user's moments can change any more.

    With visits a moment is at an event, and is mature one horizon later. With the clock the last
    tick at risk begins `quiet` after the last event at the latest, and is judged from its end.
    """
    horizon = micros(plan.horizon)
    if isinstance(plan.moments, Clock):
        return micros(plan.moments.quiet) + 2 * micros(plan.moments.clock) + horizon
    return horizon
