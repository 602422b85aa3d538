"""Guards that look at one action: enough of it, proven, narrow, and not all of the booked value."""

from collections.abc import Callable

from microlift.weights.content import ActionWeight
from microlift.weights.round import Round
from microlift.weights.steps import limited

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
    """Cut an action that would be nearly all of the booked value."""
    most = own.plan.guards.largest_share
    values = {place: own.weights[place] * a.occurrences for place, a in own.booked()}
    total = sum(values.values()) + own.content.macro_weight * own.content.macros
    alone = len(values) == 1 and not own.content.macro.primary
    place = max(values, key=lambda each: values[each], default=-1)
    if place < 0 or alone or most == 1 or values[place] <= most * total:
        got = f"{values[place] / total:.0%}" if place >= 0 else ""
        why = "it is the only one that is booked" if alone else "no action outweighs the others"
        own.say("largest_share", "passed", f"{most:.0%}", got, why)
        return
    rest = total - values[place]
    action = own.content.actions[place]
    own.weights[place] *= most / (1 - most) * rest / values[place]
    reason = (
        f"it would be {values[place] / total:.0%} of all booked value, so it is cut to "
        f"{most:.0%}: junk that fakes this one act must not steer every bid"
    )
    got = f"{values[place] / total:.0%}"
    own.say("largest_share", "changed", f"{most:.0%}", got, reason, action.name)


def step(own: Round) -> float:
    """Limit each change against the last published version; return the weight of the macro."""
    previous, limit = own.seen.previous, own.plan.weights.max_step
    macro_weight = own.content.macro_weight
    if previous is None or previous.currency != own.content.currency:
        return macro_weight
    before = {action.name: action.weight for action in previous.actions}
    names = [action.name for action in own.content.actions]
    wanted = [*own.weights, macro_weight]
    was = [*(before.get(name, 0.0) for name in names), previous.macro_weight]
    counts = [*(action.occurrences for action in own.content.actions), own.content.macros]
    new = limited(wanted, was, counts, limit)
    changed = False
    for name, want, old, got in zip(
        [*names, own.content.macro.name], wanted, was, new, strict=True
    ):
        if got != want:
            changed = True
            direction = "up" if want > old else "down"
            reason = (
                f"wanted {own.money(want)}, {abs(want / old - 1):.0%} {direction} from "
                f"{own.money(old)}; {own.money(got)} is published, within {limit:.0%} a version "
                "and so that the total stays as near as it can"
            )
            own.say("max_step", "changed", f"{limit:.0%}", f"{want / old - 1:+.0%}", reason, name)
    if not changed:
        own.say("max_step", "passed", f"{limit:.0%}", "", "no weight moves by more")
    own.weights = new[:-1]
    return new[-1]
