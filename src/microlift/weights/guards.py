"""Guards: what each rule of the plan makes of weights before an ad platform is told."""

from datetime import date, timedelta

from microlift.plan import Plan
from microlift.weights import single, whole
from microlift.weights.content import WeightsFile
from microlift.weights.memory import grown, kind_of
from microlift.weights.round import Round, Seen
from microlift.weights.stepping import step

WEEK, LONGEST = timedelta(weeks=1), timedelta(days=365)


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
    and the gap says how much. The step limit comes last: what no rule has cut moves within it, and
    the others make up for what one of them may not move, within their own limits. What a rule has
    cut may fall further, since it is there to protect.
    """
    own = Round(content, plan, seen, [action.weight for action in content.actions])
    for rule in (*whole.RULES, *single.RULES):
        rule(own)
    macro_weight = step(own)
    whole.held(own, macro_weight)
    made = _settled(_rewritten(own, macro_weight), seen.previous)
    memory = grown(made, seen.previous, kind_of(made, plan))
    return made.model_copy(update={"memory": memory, "valid_until": _valid_until(own)})


def _valid_until(own: Round) -> date:
    """No version ends before its own change has been learned and the run after that has come."""
    learned = min(whole.learning(own), LONGEST) + WEEK
    return max(own.content.valid_until, (own.content.created_at + learned).date())


def _settled(content: WeightsFile, previous: WeightsFile | None) -> WeightsFile:
    """Note when weights last changed, and what they were then, so that small steps add up."""
    weights = [action.weight for action in content.actions]
    macro = content.macro_weight
    if previous is None or whole.moved(weights, macro, content, previous):
        actions = [a.model_copy(update={"settled": a.weight}) for a in content.actions]
        at = content.data_window.last
    else:
        was = {action.name: action.settled or action.weight for action in previous.actions}
        actions = [
            a.model_copy(update={"settled": was.get(a.name, a.weight)}) for a in content.actions
        ]
        at = previous.changed_at or previous.data_window.last
        macro = previous.macro_settled or previous.macro_weight
    settled = {"actions": tuple(actions), "changed_at": at, "macro_settled": macro}
    return content.model_copy(update=settled)


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
