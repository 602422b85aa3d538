"""The step limit against the published version: how far each weight may move, and what is said."""

from microlift.plan.weights import MACRO, ONE_STAGE
from microlift.weights.content import WeightsFile
from microlift.weights.memory import LEAST, kind_of, names_before, published_kind, recalled
from microlift.weights.round import Round
from microlift.weights.steps import limited

_NO_LIMIT = float("inf")


def step(own: Round) -> float:
    """Limit each change against the last published version; return the weight of the macro.

    What a rule has cut may fall at once and rises no faster than others; it is not made up for.
    The others keep their own total as nearly as they can. What was not booked enters as wanted,
    but no higher than a step above what it was when it was last booked in this mode.
    """
    previous, limit = own.seen.previous, own.plan.weights.max_step
    content, macro_weight = own.content, own.content.macro_weight
    why = _unlimited(own)
    if previous is None or why:
        own.say("max_step", "passed", f"{limit:.0%}", "", why)
        return macro_weight
    was, highest = _bounds(own, previous)
    wanted = [*own.weights, macro_weight]
    counts = [*(action.occurrences for action in content.actions), content.macros]
    new = list(wanted)
    free = [place for place in range(len(wanted)) if place not in own.cut]
    kept = limited(
        [wanted[place] for place in free],
        [was[place] for place in free],
        [counts[place] for place in free],
        limit,
        [highest[place] for place in free],
    )
    for place, weight in zip(free, kept, strict=True):
        new[place] = weight
    for place in own.cut:
        most = was[place] * (1 + limit) if was[place] > 0 else highest[place]
        new[place] = min(wanted[place], most)
    since = [old or top / (1 + limit) for old, top in zip(was, highest, strict=True)]
    _say_steps(own, wanted, since, new)
    own.weights = new[:-1]
    _say_collapse(own, previous, new[-1])
    return new[-1]


def _unlimited(own: Round) -> str:
    """Why no step is limited; empty where steps are."""
    previous, content = own.seen.previous, own.content
    if previous is None or previous.currency != content.currency:
        return "there is no published version in this currency to compare with"
    if content.mode == MACRO and previous.mode == MACRO:
        return "the macro is booked at its order value, which is a fact and no estimate"
    if content.mode == MACRO:
        return f"the mode changes from {previous.mode} to {content.mode}: orders have own values"
    return ""


def _bounds(own: Round, previous: WeightsFile) -> tuple[list[float], list[float]]:
    """What each weight was, the macro's last, and what it may be at most where it was nothing.

    In another mode others carry the value, so none is measured from what it was there.
    """
    content, kind = own.content, kind_of(own.content, own.plan)
    names: list[str | None] = [*(action.name for action in content.actions), None]
    was = [*published_before(content, previous), previous.macro_weight]
    before = published_kind(previous)
    if previous.macro.primary != content.macro.primary or (kind != before and kind == ONE_STAGE):
        was = [0.0] * len(was)
    least = LEAST * previous.macro.value
    was = [weight if weight > least else 0.0 for weight in was]
    known = recalled(content, previous, kind)
    limit = own.plan.weights.max_step
    return was, [known[name] * (1 + limit) if name in known else _NO_LIMIT for name in names]


def published_before(content: WeightsFile, previous: WeightsFile) -> list[float]:
    """Weights of the actions in the version before, whatever they were called in it."""
    weights = {action.name: action.weight for action in previous.actions}
    names = names_before(content, previous)
    return [weights.get(names.get(action.name, ""), 0.0) for action in content.actions]


def _say_steps(own: Round, wanted: list[float], was: list[float], new: list[float]) -> None:
    limit = own.plan.weights.max_step
    names = [*(action.name for action in own.content.actions), own.content.macro.name]
    changed = False
    for name, want, old, got in zip(names, wanted, was, new, strict=True):
        if got == want:
            continue
        changed = True
        known = 0 < old < _NO_LIMIT
        move = f"{want / old - 1:+.0%}" if known else "new"
        after = f" after {own.money(old)}" if known else ""
        reason = (
            f"wanted {own.money(want)} ({move}){after}; {own.money(got)} is "
            f"published, within {limit:.0%} a version and so that the total stays as near as it can"
        )
        own.say("max_step", "changed", f"{limit:.0%}", move, reason, name)
    if not changed:
        own.say("max_step", "passed", f"{limit:.0%}", "", "no weight moves by more")


def _say_collapse(own: Round, previous: WeightsFile, macro_weight: float) -> None:
    """Withhold steps that leave much less booked than the published weights would book now."""
    content, most = own.content, own.plan.guards.largest_gap
    rows = list(zip(own.weights, published_before(content, previous), content.actions, strict=True))
    macros = content.macros
    booked = sum(weight * a.occurrences for weight, _, a in rows) + macro_weight * macros
    missing = 1 - booked / content.booked_target if content.booked_target else 0.0
    if missing <= most:
        return
    before = sum(weight * a.occurrences for _, weight, a in rows) + previous.macro_weight * macros
    before += _of_gone(content, previous)
    if booked < before * (1 - own.plan.weights.max_step):
        reason = (
            f"within the step limit, what is left cannot make up for what goes: {missing:.0%} "
            "of the revenue would be unbooked, and bids would collapse. If that is what you want, "
            "raise weights.max_step for one run"
        )
        own.say("largest_gap", "withheld", f"{most:.0%}", f"{missing:.0%}", reason)


def _of_gone(content: WeightsFile, previous: WeightsFile) -> float:
    """What actions that the plan no longer has would book, at their pace of then."""
    names = set(names_before(content, previous).values())
    gone = [action for action in previous.actions if action.name not in names]
    span = previous.data_window.span
    pace = content.data_window.span / span if span else 1.0
    return pace * sum(action.weight * action.occurrences for action in gone)
