"""Weights of a mode: what would be booked if the verdict were followed."""

from microlift.bidding.modes import BOTH, MACRO, MICRO, ONE_STAGE
from microlift.ledger import Ledger
from microlift.plan import Plan
from microlift.plan.weights import AUTO
from microlift.weights import Weights

ENOUGH = "there are enough real goals to bid on, so micro actions are observed and not booked"


def weights_in(mode: str, stage: str, ledger: Ledger, weights: Weights) -> Weights:
    """Weights as a mode has them; those of the plan where it has that mode already.

    Parameters
    ----------
    mode, stage
        The mode of a verdict, and the action that `one stage` is about.
    ledger
        What weights are made from.
    weights
        Those of the plan.
    """
    plan = ledger.model.moments_.log.plan
    if mode == MACRO:
        secondary = (action.model_copy(update={"primary": False}) for action in weights.actions)
        return Weights(None, tuple(secondary), (ENOUGH,))
    if mode == mode_of_plan(plan) and (mode != ONE_STAGE or plan.weights.primary == (stage,)):
        return weights
    return Weights.from_ledger(ledger, plan.in_mode(mode, stage))


def micro_weights(ledger: Ledger) -> Weights:
    """Weights that say which actions are micro, also where the plan bids on the macro alone."""
    plan = ledger.model.moments_.log.plan
    whole = plan.weights.mode in (MACRO, AUTO)
    return Weights.from_ledger(ledger, plan.in_mode(MICRO) if whole else plan)


def mode_of_plan(plan: Plan) -> str:
    """The mode that a plan's weights are in; ``auto`` follows the account by itself.

    >>> actions = [{"name": "cart", "event": "cart"}]
    >>> plan = {"macro": {"event": "buy"}, "horizon": "1d", "actions": actions}
    >>> mode_of_plan(Plan.from_dict(plan | {"weights": {"keep_macro_primary": True}}))
    'macro and micro'
    """
    if plan.weights.mode is not None:
        return plan.weights.mode
    if plan.weights.keep_macro_primary:
        return BOTH
    named = plan.weights.primary
    return ONE_STAGE if named != "auto" and len(named) == 1 else MICRO
