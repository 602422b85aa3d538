"""How strongly the measured traits of users go with doing an action, and with the macro."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from microlift.evidence.comparison import Comparison
from microlift.models import LiftModel

LEAST_SHARE = 0.01  # of doers and of others


@dataclass(frozen=True)
class Trait:
    """One level of an attribute, read as a trait that a user has or has not.

    Attributes
    ----------
    attribute, level
        Which.
    doing
        How many times as common it is among doers as among others; at least 1: where it is rarer
        among doers, its absence is the trait.
    macro
        Ratio of macro rates of those with and without it among the others; at least 1.
    held
        Share of the others' macros that users of this level have, where these are at most half
        of the moments; else 0.
    held_low
        Lower end of its 95 % interval (Clopper-Pearson).
    """

    attribute: str
    level: str
    doing: float
    macro: float
    held: float
    held_low: float

    @property
    def bound(self) -> float:
        r"""Largest ratio that such a trait, left out, can make of a lift of 1.

        .. math:: B = \frac{RR_{doing} RR_{macro}}{RR_{doing} + RR_{macro} - 1}
        """
        return self.doing * self.macro / (self.doing + self.macro - 1)


def traits(model: LiftModel, one: Comparison) -> list[Trait]:
    """Traits of users at the moments of an action, by attribute and level."""
    if one.reason:
        return []
    found = []
    log = model.moments_.log
    for k, name in enumerate(log.plan.log.attributes):
        column = model.judged_.x[one.used, model.judged_.names.index(f"a{k}")]
        for code in np.unique(column).tolist():
            label = log.facts.attributes[name][code]
            found += _trait(one, column == code, name, str(label))
    return found


def _trait(one: Comparison, has: np.ndarray, name: str, label: str) -> list[Trait]:
    done, other = one.sides.done, one.sides.other
    doers = float(done.n[has[done.state]].sum() / done.n.sum())
    others = float(other.n[has[other.state]].sum() / other.n.sum())
    if not (LEAST_SHARE < doers < 1 - LEAST_SHARE and LEAST_SHARE < others < 1 - LEAST_SHARE):
        return []
    doing = doers / others if doers >= others else (1 - doers) / (1 - others)
    # Half a macro more on either side: a trait that tells all is not a division by nothing.
    with_it, without = (
        (float(other.y[at].sum()) + 0.5) / (float(other.n[at].sum()) + 1.0)
        for at in (has[other.state], ~has[other.state])
    )
    ratio = with_it / without
    macros, own = float(other.y.sum()), float(other.y[has[other.state]].sum())
    held = own / macros if macros and others <= 0.5 else 0.0
    held_low = float(stats.beta.ppf(0.025, own, macros - own + 1)) if held else 0.0
    return [Trait(name, label, doing, max(ratio, 1 / ratio), held, held_low)]
