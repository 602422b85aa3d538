"""Signals: what each method tells an ad platform to book for what a user does."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from microlift.evidence.backtest.arrivals import Arrivals
from microlift.ledger import Ledger
from microlift.models.baselines import Baseline
from microlift.plan import Plan
from microlift.weights import Weights

Floats = npt.NDArray[np.float64]
OURS, MACROS = "weights", "macros only"
ALL = "all visitors"  # in place of an attribute where the plan has none


@dataclass(frozen=True, eq=False)
class Signal:
    """What one method books.

    Attributes
    ----------
    name
        The method.
    booked
        For each action of the plan, in currency, at a user's first occurrence; never below 0,
        which no platform takes.
    macro
        For a macro.
    raw
        How many times the revenue of the earlier window it would have booked there, had it not
        been scaled to add up to it.
    note
        What to bear in mind; may be empty.
    """

    name: str
    booked: Floats
    macro: float
    raw: float
    note: str = ""

    def of(self, arrivals: Arrivals) -> Floats:
        """Value booked for a user of each cell."""
        done = arrivals.done(len(self.booked))
        value: Floats = done @ self.booked + self.macro * arrivals.macro
        return value


def ours(ledger: Ledger, plan: Plan, learned: Arrivals) -> Signal:
    """The weights as they would have been published at the split, not scaled any more.

    Where they were withheld, the ledger's credits of all actions stand in, scaled to the revenue.
    """
    weights = Weights.from_ledger(ledger, plan)
    if weights.content is None:
        credits = np.array([credit.total / max(1, credit.users) for credit in ledger.credits])
        note = f"withheld ({'; '.join(weights.reasons)}); shown are the ledger's credits, unguarded"
        return scaled(OURS, plan, credits, learned, note=note)
    # Arrivals are counted once a user, where a platform may count one by click or every time.
    counts = ((each.occurrences, max(1, each.users)) for each in ledger.credits)
    often = np.array([occurrences / users for occurrences, users in counts])
    booked = often * np.array([action.weight for action in weights.actions])
    signal = Signal(OURS, booked, weights.content.macro_weight, 1.0)
    return Signal(OURS, booked, weights.content.macro_weight, _ratio(signal, learned))


def others(methods: Sequence[Baseline], plan: Plan, learned: Arrivals) -> tuple[Signal, ...]:
    """What other methods book, each scaled to the revenue of the earlier window."""
    return tuple(
        scaled(
            method.name,
            plan,
            method.frame["credit"].to_numpy(dtype=np.float64),
            learned,
            macro=float(method.name == MACROS),
        )
        for method in methods
    )


def scaled(
    name: str, plan: Plan, credit: Floats, learned: Arrivals, *, macro: float = 0.0, note: str = ""
) -> Signal:
    """Credits as a signal that adds up to the revenue of the earlier window.

    Parameters
    ----------
    name
        The method.
    plan
        Actions of kind friction are never booked.
    credit
        Macros for each occurrence, by action; what is below 0 or unknown counts nothing.
    learned
        Arrivals of the earlier window, in which one factor is chosen for all actions.
    macro
        Macros for a macro.
    note
        What to bear in mind.
    """
    friction = np.array([action.kind == "friction" for action in plan.actions])
    known = np.where(friction | ~np.isfinite(credit), 0.0, np.maximum(credit, 0.0))
    macros = learned.macros
    worth = learned.value.sum() / macros if macros else 0.0
    signal = Signal(name, known * worth, macro * worth, 1.0)
    raw = _ratio(signal, learned)
    scale = 1 / raw if raw > 0 else 0.0
    if not scale:
        note = note or "books nothing: it gives no action a value above 0"
    return Signal(name, signal.booked * scale, signal.macro * scale, raw, note)


def _ratio(signal: Signal, arrivals: Arrivals) -> float:
    real = arrivals.value.sum()
    return float((arrivals.n * signal.of(arrivals)).sum() / real) if real > 0 else 0.0
