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
    now = [
        Remembered(action=name, mode=kind, weight=weight, last=last)
        for name, weight in booked.items()
        if weight > least and kind != MACRO
    ]
    named = {(each.action, each.mode) for each in now}
    before = _valid(content, previous) if previous else []
    return (*now, *(each for each in before if (each.action, each.mode) not in named))


def _valid(content: WeightsFile, previous: WeightsFile) -> list[Remembered]:
    """In the same currency, and of data of which some are still in the window."""
    if content.currency != previous.currency:
        return []
    return [each for each in previous.memory if each.last > content.data_window.first]
