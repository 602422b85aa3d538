"""Features of a state and their levels, in words."""

from microlift.moments import Moments

_HISTORY = {
    "at": "step just taken",
    "session": "visit number",
    "depth": "actions so far",
    "away": "time away before the visit",
    "tenure": "time since the first event",
    "recency": "time since the last event",
    "again": "step just repeated",
    "class": "class of users",
}


def column_label(moments: Moments, name: str) -> str:
    """Name of a column of states."""
    plan = moments.log.plan
    if name.startswith("did_"):
        return f"did {plan.actions[int(name[4:])].name} before"
    if name[1:].isdigit():
        return plan.log.attributes[int(name[1:])]
    return _HISTORY.get(name, name)


def level_label(moments: Moments, name: str, level: int) -> str:
    """Name of one level of a column of states."""
    plan = moments.log.plan
    feature = column_label(moments, name)
    if name.startswith("did_") or name == "again":
        return feature
    if name[1:].isdigit():
        return f"{feature}: {moments.log.facts.attributes[feature][level]}"
    if name == "at":
        if level == 0:
            return f"{feature}: none yet"
        mask = moments.steps[level - 1]
        did = [action.name for k, action in enumerate(plan.actions) if mask >> k & 1]
        return f"{feature}: {' + '.join(did)}"
    return f"{feature}: {level + 1}" if name == "class" else f"{feature}: level {level + 1}"
