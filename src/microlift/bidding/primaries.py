"""Which micro actions count as primary, and which one stage could stand for all of them."""

import pandas as pd

from microlift.bidding.thresholds import Thresholds
from microlift.journeys.waiting import many
from microlift.plan import Plan
from microlift.weights import Weights

FRICTION = "friction"
MILESTONE = "milestone"
COMMON = 0.5  # share of the visits, above which a step is no sign of anything


def primaries_of(plan: Plan, weights: Weights | None) -> tuple[tuple[int, ...], str]:
    """Positions of the primary actions in the plan, and a sentence on why these.

    Examples
    --------
    >>> plan = Plan.from_dict({"macro": {"event": "buy"}, "horizon": "1d", "funnel": ["cart"],
    ...                        "actions": [{"name": "view", "event": "view"},
    ...                                    {"name": "cart", "event": "cart"}]})
    >>> primaries_of(plan, None)[0]
    (1,)
    """
    names = [action.name for action in plan.actions]
    if weights is not None and any(action.primary for action in weights.actions):
        chosen = tuple(names.index(a.name) for a in weights.actions if a.primary)
        why = "as the weights have them"
    elif plan.weights.primary != "auto":
        chosen = tuple(names.index(name) for name in plan.weights.primary)
        why = "as the plan names them"
    else:
        chosen = steps_of(plan)[: plan.weights.max_primary]
        why = "the last steps before the macro, since no weights say which"
    if not chosen:
        return chosen, "Micro actions: none, since the plan has nothing but friction."
    return chosen, f"Micro actions: {many(names[bit] for bit in chosen)}, {why}."


def steps_of(plan: Plan) -> tuple[int, ...]:
    """Steps to the macro, the nearest to it first: of the funnel, else the milestones, else all."""
    names = [action.name for action in plan.actions]
    if plan.funnel:
        return tuple(names.index(name) for name in reversed(plan.funnel) if name in names)
    able = [bit for bit, a in enumerate(plan.actions) if a.kind != FRICTION and plan.takes_part(a)]
    milestones = [bit for bit in able if plan.actions[bit].kind == MILESTONE]
    return tuple(reversed(milestones or able))


def stage_for(
    plan: Plan, steps: pd.DataFrame, thresholds: Thresholds, *, slow: bool
) -> tuple[int | None, bool]:
    """Position of the one stage to bid on, and whether it comes in time where the macro does not.

    It is the step nearest to the macro that enough visits hold. Where the macro comes late
    (`slow`), it has to come sooner, and in no more than half of all visits: what everybody does
    tells nobody apart.

    Parameters
    ----------
    plan
        Its funnel, or its milestones.
    steps
        One row an action of the plan: primary, visits (in 30 days), share (of all visits),
        to_median (days from the first touch).
    thresholds
        What is enough, and what is late.
    slow
        Whether the macro comes late.
    """
    able = [bit for bit in steps_of(plan) if steps["visits"].iloc[bit] >= thresholds.good]
    # Of two as near, one that is known to raise.
    able = sorted(able, key=lambda bit: not steps["primary"].iloc[bit])
    row = steps.iloc
    early = [
        bit
        for bit in able
        if row[bit]["to_median"] <= thresholds.slow and row[bit]["share"] <= COMMON
    ]
    if slow and early:
        return early[0], True
    most = sorted(steps_of(plan), key=lambda bit: -int(steps["visits"].iloc[bit]))
    return next(iter([*able, *most]), None), False
