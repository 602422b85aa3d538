"""Overlap: whether those who did an action have their like among those who did not."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from microlift.asked import as_asked
from microlift.evidence.check import Check
from microlift.evidence.comparison import Comparison, comparisons
from microlift.evidence.verdicts import named, overall
from microlift.models import LiftModel
from microlift.models.crossfit import sum_by
from microlift.models.lift import (
    FLOOR_MACROS,
    FLOOR_MOMENTS,
    HIGHEST_PROPENSITY,
    MOST_WITHOUT_OVERLAP,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = npt.NDArray[np.float64]
LEAST_MOMENTS = 50  # of a state, for the share in it to say something
EDGES = np.linspace(-7.0, 7.0, 29)  # of log-odds: from one in a thousand to all but one


@dataclass(frozen=True, eq=False, repr=False)
class Overlap(Check):
    """Propensity of each action among those who did it and the others.

    Attributes
    ----------
    frame
        One row an action: ``doers`` and ``others`` (moments), ``propensity`` (median among
        doers), ``beyond`` (share of doers with a propensity beyond 0.98), ``alone`` (share of
        doers in states where, as counted, over 98 % did it), ``effective`` (moments, equally
        weighted, that the weighted others are worth), ``effective_macros`` (the same of the
        macros among them), ``note``.
    spread
        Shares of doers and of others by class of propensity, as log-odds ``low`` to ``high``.
    """

    spread: pd.DataFrame

    def plot(self, *, narrow: bool = False) -> "Axes":
        """Draw propensity by group: doers above the line, the others below it."""
        from microlift.reporting.overlaps import propensities

        return propensities(self.frame, self.spread, narrow)

    def _table(self) -> str:
        from microlift.reporting.verdicts import check_table

        return check_table(self.frame, "Propensity of each action, and what the others are worth")


@as_asked
def overlap(model: LiftModel) -> Overlap:
    r"""Whether each action's doers have their like among the others.

    The lift compares doers with others of the same propensity e(S), weighted by e / (1 - e). Where
    doers were all but certain to do it there is nobody to compare with; where few others carry all
    the weight, the comparison rests on them. The effective size of the weighted others is

    .. math:: n_{eff} = \bigl(\sum_i w_i\bigr)^2 \Big/ \sum_i w_i^2

    An action fails where over a tenth of its doers have a propensity beyond 0.98, or where the
    others are worth fewer than 30 moments: the limits of `LiftModel`, which then shows no lift.
    Two more are stricter. The macros among the weighted others must be worth 10: `LiftModel` asks
    for 10 on either side, and macros without weight say nothing. And at most a tenth of the doers
    may be in states in which, of at least 50 moments, over 98 % did it: a propensity of the wrong
    shape does not see that there is nobody to compare with.

    Measured: where everybody in two corners of two traits does it, which no single trait shows, it
    fails in 20 of 20 logs of 6,000 users. On 27 logs of good shops of 10,000 users (plain,
    channels, funnel, lowers, null) it failed none of 140 actions.

    Parameters
    ----------
    model
        A fitted model.

    Returns
    -------
    Overlap
        Actions are not judged where `LiftModel` has another reason for showing no lift.

    References
    ----------
    Kish (1965), Survey Sampling, on effective size; Crump et al. (2009),
    doi:10.1093/biomet/asn055, on overlap.
    """
    compared = comparisons(model)
    rows = [_row(one) for one in compared]
    columns = ["action", "verdict", "doers", "others", "propensity", "beyond", "alone"]
    frame = pd.DataFrame(rows, columns=[*columns, "effective", "effective_macros", "note"])
    frame["verdict"] = frame["verdict"].astype(object)
    spread = pd.concat([_spread(one) for one in compared], ignore_index=True)
    return Overlap(frame, _finding(frame), "overlap", overall(frame["verdict"]), spread)


def _row(one: Comparison) -> tuple[object, ...]:
    done, other = one.sides.done, one.sides.other
    counts = one.action, one.judged, int(other.n.sum())
    if one.reason:
        return counts[0], None, *counts[1:], *[float("nan")] * 5, one.reason
    e = one.at(done)
    beyond = float(done.n[e > HIGHEST_PROPENSITY].sum() / done.n.sum())
    alone = _alone(one)
    weight = one.weights()
    effective, macros = _worth(weight, other.n), _worth(weight, other.y)
    reason = ""
    if alone > MOST_WITHOUT_OVERLAP:
        reason = f"{alone:.0%} of those who did it did so where practically everybody does it"
    elif beyond > MOST_WITHOUT_OVERLAP:
        reason = f"{beyond:.0%} of those who did it were all but certain to do it then"
    elif effective < FLOOR_MOMENTS:
        reason = f"the others are worth {effective:,.1f} moments; {FLOOR_MOMENTS} are needed"
    elif macros < FLOOR_MACROS:
        reason = f"the others' macros are worth {macros:,.1f}; {FLOOR_MACROS} are needed"
    median = _median(e, done.n)
    return counts[0], not reason, *counts[1:], median, beyond, alone, effective, macros, reason


def _alone(one: Comparison) -> float:
    """Share of doers in states in which, as counted, practically everybody did it."""
    done, other = one.sides.done, one.sides.other
    did = sum_by(done.state, done.n, len(one.used))
    total = did + sum_by(other.state, other.n, len(one.used))
    certain = (total >= LEAST_MOMENTS) & (did > HIGHEST_PROPENSITY * total)
    return float(did[certain].sum() / did.sum())


def _worth(weight: Floats, counts: Floats) -> float:
    """Effective size of weighted counts.

    >>> _worth(np.array([1.0, 1.0]), np.array([3.0, 4.0])), _worth(np.zeros(1), np.zeros(1))
    (7.0, 0.0)
    """
    squares = float((weight**2 * counts).sum())
    return float((weight * counts).sum()) ** 2 / squares if squares > 0 else 0.0


def _median(values: Floats, counts: Floats) -> float:
    order = np.argsort(values, kind="stable")
    passed = np.cumsum(counts[order])
    return float(values[order][np.searchsorted(passed, passed[-1] / 2)])


def _spread(one: Comparison) -> pd.DataFrame:
    frame = pd.DataFrame({"action": one.action, "low": EDGES[:-1], "high": EDGES[1:]})
    for name, side in (("doers", one.sides.done), ("others", one.sides.other)):
        inside = np.clip(one.at(side), 1e-6, 1 - 1e-6)
        odds = np.clip(np.log(inside / (1 - inside)), EDGES[0], EDGES[-1])
        total = side.n.sum() if not one.reason else 0.0
        frame[name] = np.histogram(odds, EDGES, weights=side.n)[0] / total if total else np.nan
    return frame


def _finding(frame: pd.DataFrame) -> str:
    judged = frame[frame["verdict"].notna()]
    if judged.empty:
        return "Overlap: no action has moments enough to judge it."
    failed = judged[[value is False for value in judged["verdict"]]]
    if len(failed):
        first = failed.iloc[0]
        return (
            f"Overlap fails for {named(failed['action'])}: {first['note']}, so there is nobody "
            "to compare with."
        )
    least = judged.iloc[int(judged["effective_macros"].to_numpy(dtype=float).argmin())]
    return (
        f"Those who did an action have their like among the others, for "
        f"{'the one action' if len(judged) == 1 else f'all {len(judged)} actions'} judged; the "
        f"least support is that of {named([least['action']])}: others worth "
        f"{least['effective']:,.0f} moments with {least['effective_macros']:,.0f} macros."
    )
