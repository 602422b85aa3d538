"""Guards: what each rule of the plan makes of weights before an ad platform is told."""

from microlift.plan import Plan
from microlift.weights import single, whole
from microlift.weights.content import WeightsFile
from microlift.weights.round import Round, Seen


def guarded(content: WeightsFile, plan: Plan, seen: Seen) -> WeightsFile:
    """Send weights through the guards of a plan, in this order: first those that withhold all.

    Returns
    -------
    WeightsFile
        With `guards` filled in, weights changed where rules changed them, and the gap that this
        leaves to the revenue. Where a guard is ``withheld``, it must not be published.

    Notes
    -----
    What a rule takes from one action is given to no other: less is booked then than the revenue,
    and the gap says how much. Only the step limit moves the others, within their own limits, so
    that the total stays what it was.
    """
    round_ = Round(content, plan, seen, [action.weight for action in content.actions])
    for about_all in (whole.fresh, whole.newer, whole.window, whole.same_plan, whole.quality):
        about_all(round_)
    for about_one in (single.floor, single.volume, single.proven, single.narrow):
        about_one(round_)
    single.share(round_)
    macro_weight = single.step(round_)
    if not any(round_.weights) and content.mode != "macro":
        reason = "no action is left to be booked after the guards"
        round_.say("nothing_left", "withheld", "above 0", "0", reason)
    whole.held(round_)
    return _rewritten(round_, macro_weight)


def withheld(content: WeightsFile) -> tuple[str, ...]:
    """Why guards withhold weights; nothing where they do not."""
    return tuple(guard.reason for guard in content.guards if guard.state == "withheld")


def _rewritten(own: Round, macro_weight: float) -> WeightsFile:
    """The content with its new weights, and with what they add up to."""
    last = {guard.action: guard for guard in own.guards if guard.state == "changed"}
    actions = []
    for action, weight in zip(own.content.actions, own.weights, strict=True):
        if weight == 0 < action.weight:
            changes = {"primary": False, "weight": 0.0, "low": 0.0, "high": 0.0}
            said = {"reason": f"secondary: {last[action.name].reason}"}
            actions.append(action.model_copy(update=changes | said))
        else:
            actions.append(action.model_copy(update={"weight": weight}))
    total = sum(a.weight * a.occurrences for a in actions) + macro_weight * own.content.macros
    gap = own.content.booked_target - total
    exact = abs(gap) <= 1e-9 * own.content.booked_target
    return own.content.model_copy(
        update={
            "actions": tuple(actions),
            "macro_weight": macro_weight,
            "booked_total": total,
            "calibration_gap": 0.0 if exact else gap,
            "guards": tuple(own.guards),
        }
    )
