"""Guards that look at one action: enough of it, proven, narrow, and not all of the booked value."""

from collections.abc import Callable

from microlift.weights.content import ActionWeight
from microlift.weights.round import Round

RAISES = "raises"
Judge = Callable[[int, ActionWeight], tuple[float, str, str]]


def _each(
    own: Round,
    rule: str,
    threshold: str,
    judge: Callable[[int, ActionWeight], tuple[float, str, str]],
) -> None:
    """Put each booked action to a rule that gives its weight, what was found, and the reason."""
    changed = False
    for place, action in list(own.booked()):
        weight, got, reason = judge(place, action)
        if weight != own.weights[place]:
            own.weights[place] = weight
            own.cut.add(place)
            changed = True
            own.say(rule, "changed", threshold, got, reason, action.name)
    if not changed:
        own.say(rule, "passed", threshold, "", "all booked actions pass")


def floor(own: Round) -> None:
    """Give nothing to an action that was done too rarely to price it."""
    least = own.plan.guards.least_occurrences

    def judge(place: int, action: ActionWeight) -> tuple[float, str, str]:
        n = action.occurrences
        reason = f"done {n:,} times, too few to price it: at least {least:,} are asked for"
        return (0.0 if n < least else own.weights[place]), f"{n:,}", reason

    _each(own, "least_occurrences", f"{least:,}", judge)


def volume(own: Round) -> None:
    """Give nothing to an action that is done far more often than the macro."""
    most = own.plan.guards.most_per_macro

    def judge(place: int, action: ActionWeight) -> tuple[float, str, str]:
        ratio = action.occurrences / max(1, own.content.macros)
        reason = f"done {ratio:,.0f} times for each macro: bids would follow the act, not the sale"
        return (0.0 if ratio > most else own.weights[place]), f"{ratio:,.0f}", reason

    _each(own, "most_per_macro", f"{most:g}", judge)


def proven(own: Round) -> None:
    """Give nothing to an action that is not shown to raise the macro."""
    accept = own.plan.guards.unproven == "accept"

    def judge(place: int, action: ActionWeight) -> tuple[float, str, str]:
        unproven = action.verdict != RAISES and not accept
        reason = f"not shown to raise the macro ({action.verdict}), so nothing is booked for it"
        return (0.0 if unproven else own.weights[place]), action.verdict, reason

    _each(own, "unproven", "accept" if accept else RAISES, judge)


def narrow(own: Round) -> None:
    """Publish the low end, or nothing, where the weight is known too badly."""
    widest, choice = own.plan.guards.widest_interval, own.plan.guards.when_wide

    def judge(place: int, action: ActionWeight) -> tuple[float, str, str]:
        half = (action.high - action.low) / 2 / action.weight
        if half <= widest:
            return own.weights[place], f"{half:.0%}", ""
        instead = min(action.low, own.weights[place]) if choice == "low" else 0.0
        reason = (
            f"its weight is known to {half:.0%} only, so {own.money(instead)} is published: "
            f"{'the low end of its interval' if choice == 'low' else 'the plan asks for zero'}"
        )
        return instead, f"{half:.0%}", reason

    _each(own, "widest_interval", f"{widest:.0%}", judge)


def share(own: Round) -> None:
    """Cut actions that would be nearly all of the booked value."""
    most = own.plan.guards.largest_share
    actions = own.content.actions
    macro = own.content.macro_weight * own.content.macros
    booked = len(list(own.booked())) + (macro > 0)
    changed = False
    # Cutting one raises the share of the others, so the next one may be too large then.
    for _ in actions:
        values = {place: own.weights[place] * a.occurrences for place, a in own.booked()}
        total = sum(values.values()) + macro
        place = max(values, key=lambda each: values[each], default=-1)
        if place < 0 or booked * most <= 1 or values[place] <= most * total * (1 + 1e-9):
            break
        action = actions[place]
        own.weights[place] *= most / (1 - most) * (total - values[place]) / values[place]
        own.cut.add(place)
        changed = True
        got = f"{values[place] / total:.0%}"
        reason = (
            f"it would be {got} of all booked value, so it is cut to {most:.0%}: junk that fakes "
            "this one act must not steer every bid"
        )
        own.say("largest_share", "changed", f"{most:.0%}", got, reason, action.name)
    if not changed:
        few = "too few are booked for any to have a smaller share"
        why = few if booked * most <= 1 else "no action outweighs the others"
        own.say("largest_share", "passed", f"{most:.0%}", "", why)


def gap(own: Round) -> None:
    """Withhold all where the rules before leave too much of the revenue unbooked."""
    content, most = own.content, own.plan.guards.largest_gap
    booked = sum(own.weights[place] * action.occurrences for place, action in own.booked())
    booked += content.macro_weight * content.macros
    missing = 1 - booked / content.booked_target if content.booked_target else 0.0
    if not any(own.weights) and content.mode != "macro":
        reason = "no action is left to be booked after the guards"
        own.say("largest_gap", "withheld", f"{most:.0%}", f"{missing:.0%}", reason)
    elif missing > most:
        reason = f"the guards leave {missing:.0%} of the revenue unbooked, so bids would collapse"
        own.say("largest_gap", "withheld", f"{most:.0%}", f"{missing:.0%}", reason)
    else:
        own.say("largest_gap", "passed", f"{most:.0%}", f"{missing:.0%}", "enough is booked")


RULES = (floor, volume, proven, narrow, share, gap)  # the step limit follows them
