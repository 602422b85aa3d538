"""Unmeasured confounding: how strong an unseen trait would have to be to explain a lift away."""

from dataclasses import dataclass, replace
from math import exp, isfinite, log, sqrt
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd
from scipy import stats

from microlift.asked import as_asked
from microlift.evidence.check import Check, warned
from microlift.evidence.comparison import Comparison, comparisons
from microlift.evidence.omission import features, omissions
from microlift.evidence.recount import nuisance_of
from microlift.evidence.sums import covariance
from microlift.evidence.traits import traits
from microlift.evidence.verdicts import named, overall
from microlift.models import Contrast, LiftModel
from microlift.models.lift import sums
from microlift.models.table import LOWERS, RAISES
from microlift.moments.space import BUCKETS
from microlift.plan.quoting import short

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False)
class Confounder(Check):
    """E-values of each lift, beside what the measured attributes do.

    Attributes
    ----------
    frame
        One row an action: ``lift``, ``e_value`` (of the lift), ``e_limit`` (of the end of its
        interval that is nearest 1), ``attribute`` (the strongest), ``without`` (the lift if it had
        not been measured), ``factor`` (by which that moves the lift), ``factor_high`` (upper end of
        its 95 % interval), ``needed`` (the factor that would take the interval to 1), ``bound``
        (the most that the strongest level of an attribute could do to a lift), ``sentence``,
        ``note``.
    """

    advises: ClassVar[bool] = True

    def plot(self, *, narrow: bool = False) -> "Axes":
        """Draw what it would take to explain each lift away, and what the strongest trait does."""
        from microlift.reporting.sensitivity import strengths

        return strengths(self._advice(), narrow)

    def _table(self) -> str:
        from microlift.reporting.verdicts import check_table

        return check_table(self._advice(), "How strong an unseen trait would have to be")

    def _advice(self) -> pd.DataFrame:
        return self.frame.assign(verdict=self.frame["verdict"].map(warned).astype(object))

    def _shown(self) -> pd.DataFrame:
        return self.frame.drop(columns=["sentence"])


@as_asked
def confounder(model: LiftModel) -> Confounder:
    r"""How strong a trait that nobody measured would have to be to explain each lift away.

    For a lift RR of at least 1 (else 1 / RR) the E-value is

    .. math:: E = RR + \sqrt{RR (RR - 1)}

    the least ratio by which an unseen trait would have to raise both doing the action and the
    macro, given all that is measured, if the action changed nothing.

    It is compared with what the measured attributes do. The strongest one is left out, everything
    else is kept, and the lift moves by a factor: that much a trait just like it does. Of an action
    that raises or lowers it warns where this factor, by its own 95 % interval, may take that of
    the lift to 1: then one more trait like one that is known to exist explains the finding. (The
    bound that two ratios of a trait allow is shown too; it is a worst case, and no trait need reach
    it.) Where no effect is claimed there is nothing to explain away, and without attributes nothing
    to compare with: not judged.

    Measured: where one of two traits of equal strength is not in the log and makes a lift of 1.5 of
    none, it warns in 18 of 20 logs of 8,000 users; where unseen intent makes lifts of 1.1 to 1.2
    and the truth is 1 (no classes told apart), of 4 of 4 claims. Where the channel is as strong but
    measured, it warns also of true lifts that are smaller than what the channel would do (1.12 and
    1.19, in each of 3 logs): nothing in a log tells these two cases apart, so it takes no verdict
    away. Where channels do not matter (plain, 10,000 users) it warned of none of 17 claims in 6
    logs. An unseen trait that is stronger than all measured ones it does not see.

    Parameters
    ----------
    model
        A fitted model.

    References
    ----------
    VanderWeele and Ding (2017), doi:10.7326/M16-2607; Ding and VanderWeele (2016),
    doi:10.1097/EDE.0000000000000457; on benchmarks Cinelli and Hazlett (2020),
    doi:10.1111/rssb.12348.
    """
    verdicts = model.lift_.frame["verdict"].tolist()
    rows = [
        _row(model, number, one, verdicts[number] in (RAISES, LOWERS))
        for number, one in enumerate(comparisons(model))
    ]
    columns = ["action", "verdict", "lift", "e_value", "e_limit", "attribute", "without", "factor"]
    more = ["factor_high", "needed", "bound", "sentence", "note"]
    frame = pd.DataFrame(rows, columns=[*columns, *more])
    frame["verdict"] = frame["verdict"].astype(object)
    finding = _finding(frame)
    return Confounder(frame, finding, "unmeasured confounder", overall(frame["verdict"]))


def e_value(ratio: float) -> float:
    """E-value of a risk ratio; one below 1 is inverted.

    Parameters
    ----------
    ratio
        A risk ratio above 0.

    Returns
    -------
    float
        At least 1.

    Examples
    --------
    >>> round(e_value(3.9), 2), round(e_value(1 / 3.9), 2), e_value(1.0)
    (7.26, 7.26, 1.0)
    """
    strong = max(ratio, 1 / ratio)
    return strong + sqrt(strong * (strong - 1))


def _row(model: LiftModel, number: int, one: Comparison, claimed: bool) -> tuple[object, ...]:
    own, nan = model.contrasts_[number], float("nan")
    if one.reason or not isfinite(own.ratio):
        why = one.reason or own.note
        return one.action, None, *[nan] * 3, "", *[nan] * 5, "", why
    limit = own.ratio_low if own.ratio > 1 else own.ratio_high
    nearest = limit if own.ratio_low > 1 or own.ratio_high < 1 else 1.0
    name, without, factor = _strongest(model, number, own)
    bound = max((trait.bound for trait in traits(model, one)), default=nan)
    needed = max(nearest, 1 / nearest)
    values = own.ratio, e_value(own.ratio), e_value(nearest)
    verdict, note, high = None, "", nan
    if not claimed:
        note = "no effect is claimed: nothing to explain away"
    elif not name:
        note = "the plan names no attribute to compare with"
    else:
        high = factor * _margin(model, number, name)
        verdict = high < needed
        if not verdict:
            would = "would" if factor >= needed else "may"
            note = (
                f"a trait as strong as {short(name)}, which moves the lift {factor:.2f}-fold (up "
                f"to {high:.2f}), {would} explain it away ({needed:.2f}-fold is enough)"
            )
    told = _sentence(model, one.action, own, nearest) if claimed else ""
    moved = without, factor, high, needed, bound
    return one.action, verdict, *values, name, *moved, told, note


def _strongest(model: LiftModel, number: int, own: Contrast) -> tuple[str, float, float]:
    """The attribute without which the lift moves most: its name, the lift then, the factor."""
    best = "", float("nan"), float("nan")
    known = omissions(model)
    for name in model.moments_.log.plan.log.attributes:
        ratio = known[name][number].ratio
        if not isfinite(ratio):
            continue
        factor = exp(abs(log(ratio / own.ratio)))
        if not best[0] or factor > best[2]:
            best = name, ratio, factor
    return best


def _margin(model: LiftModel, number: int, attribute: str) -> float:
    """How many times larger its factor may be, at the upper end of a 95 % interval.

    Both lifts are of the same users, so the error of the factor is that of what each bucket of
    users does to the one beyond what it does to the other.
    """
    states, steps = model.judged_, model.moments_.steps
    kept = [j for j in range(states.x.shape[1]) if j not in features(model)[attribute]]
    blind = replace(states, x=np.ascontiguousarray(states.x[:, kept]))
    pair = [sums(states, steps, number, nuisance_of(model, each)) for each in (states, blind)]
    if not all(one.known for one in pair):
        return 1.0
    own, without = covariance(pair)
    error = sqrt(max(0.0, own[0] - own[1] - without[0] + without[1]))
    return exp(float(stats.t.ppf(0.975, BUCKETS - 1)) * error)


def _sentence(model: LiftModel, action: str, own: Contrast, nearest: float) -> str:
    macro, strong = short(model.moments_.log.plan.macro.name), e_value(own.ratio)
    if own.ratio > 1:
        what = f"raise both {short(action)} and {macro} {strong:.1f}-fold"
    else:
        what = f"make {short(action)} {strong:.1f} times as likely and {macro} as many times less"
    return (
        f"An unseen trait would have to {what} to explain the lift away, and "
        f"{e_value(nearest):.1f}-fold to leave it in doubt."
    )


def _finding(frame: pd.DataFrame) -> str:
    claimed = frame[frame["sentence"] != ""]
    if claimed.empty:
        return "No effect is claimed that an unseen trait could explain away."
    failed = claimed[[value is False for value in claimed["verdict"]]]
    if len(failed):
        first = failed.iloc[0]
        return (
            f"What is shown for {named(failed['action'])} could be an unseen trait: for "
            f"{short(first['action'])}, {first['note']}."
        )
    weakest = claimed.iloc[int(claimed["e_limit"].to_numpy(dtype=float).argmin())]
    return f"The finding that is shaken most easily: {weakest['sentence']}"
