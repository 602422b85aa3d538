"""What weights were in each mode when they were last booked, so that a return is no new start."""

from microlift.plan import Plan
from microlift.plan.weights import BOTH, MACRO, ONE_STAGE
from microlift.weights.content import Mode, Remembered, WeightsFile

LEAST = 1e-4  # of the value of a macro: less is as good as not booked


def kind_of(content: WeightsFile, plan: Plan) -> Mode:
    """The mode as it was asked for: one action that happens to be left alone is no `one stage`."""
    if content.mode == MACRO:
        return MACRO
    if content.macro.primary:
        return BOTH
    return ONE_STAGE if plan.weights.mode == ONE_STAGE else "micro"


def published_kind(previous: WeightsFile) -> Mode:
    """The mode that published weights were asked for in."""
    if previous.mode == MACRO:
        return MACRO
    if previous.macro.primary:
        return BOTH
    now = {each.mode for each in previous.memory if each.last == previous.data_window.last}
    return ONE_STAGE if now == {ONE_STAGE} else "micro"


def names_before(content: WeightsFile, previous: WeightsFile) -> dict[str, str]:
    """What actions were called in the version before, by what they are called now.

    One that was renamed is known by what counts as an occurrence of it. One that is counted in
    another way (a user's first, or every one) is another thing under the same name: what was
    booked for the one is no measure of the other.
    """
    was = {action.name: action.count for action in previous.actions}
    now = {action.name for action in content.actions}
    gone = [action for action in previous.actions if action.name not in now]
    rules = {action.rule: action.name for action in gone if action.rule}
    # Files of before there were rules know events alone.
    events = {a.events: a.name for a in gone if a.events and not a.rule}
    found = {}
    for action in content.actions:
        name: str | None = action.name
        if action.name not in was:
            name = rules.get(action.rule) or events.get(action.events)
        if name is not None and was[name] == action.count:
            found[action.name] = name
    return found


def recalled(content: WeightsFile, previous: WeightsFile, kind: Mode) -> dict[str | None, float]:
    """Weights of a mode by action (None: the macro), where the data of then still count."""
    return {each.action: each.weight for each in _valid(content, previous) if each.mode == kind}


def grown(content: WeightsFile, previous: WeightsFile | None, kind: Mode) -> tuple[Remembered, ...]:
    """What is to be remembered: what is booked now, and what was before and still counts."""
    least = LEAST * content.macro.value
    booked: dict[str | None, float] = {a.name: a.weight for a in content.actions}
    if kind == BOTH:
        booked[None] = content.macro_weight
    last = content.data_window.last
    rules: dict[str | None, str] = {action.name: action.rule for action in content.actions}
    now = [
        Remembered(action=name, mode=kind, weight=weight, last=last, rule=rules.get(name, ""))
        for name, weight in booked.items()
        if weight > least and kind != MACRO
    ]
    named = {(each.action, each.mode) for each in now}
    before = _valid(content, previous) if previous else []
    return (*now, *(each for each in before if (each.action, each.mode) not in named))


def _valid(content: WeightsFile, previous: WeightsFile) -> list[Remembered]:
    """In the same currency, of data of which some are still in the window, by the names of now."""
    if content.currency != previous.currency:
        return []
    kept = [each for each in previous.memory if each.last > content.data_window.first]
    now = {old: new for new, old in names_before(content, previous).items()}
    listed = {action.name for action in previous.actions}
    away = {action.rule: action.name for action in content.actions if action.rule}
    found: dict[tuple[str | None, Mode], Remembered] = {}
    for each in kept:
        name = each.action
        if name in listed and name in {action.name for action in content.actions}:
            if name not in now:
                continue  # counted in another way
        elif name is not None:
            name = now.get(name) or away.get(each.rule, name)
        found.setdefault((name, each.mode), each.model_copy(update={"action": name}))
    return list(found.values())
