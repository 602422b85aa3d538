"""What one common method says of each action."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from microlift.models.baselines.counts import Counts, Floats
from microlift.plan.quoting import clipped

COLUMNS = ("action", "effect", "low", "high", "credit")
MOST_NAMES = 3  # of actions, in a note


@dataclass(frozen=True, eq=False)
class Baseline:
    """Result of one method.

    Attributes
    ----------
    name
        The method, as in ``NAMES``.
    frame
        One row an action, in the plan's order: action; effect (a ratio comparable with lift:
        above 1 where the method says that the action raises, nan where it has none); low, high
        (its 95 % interval, nan where the method has none); credit (macros that the method books
        for each user who does the action before the first macro: a weight is credit times mean
        macro value; may be negative). nan where the method cannot judge the action.
    note
        What the figures are, and why any of them is missing.
    """

    name: str
    frame: pd.DataFrame
    note: str

    def __repr__(self) -> str:
        table = self.frame.to_string(index=False, float_format=lambda x: f"{x:.4g}", na_rep="-")
        return f"{self.name}\n\n{table}\n\n{self.note}"


@dataclass(frozen=True, eq=False)
class Findings:
    """What a method found, by action; `why` says of which actions it has no ratio, and why."""

    credit: Floats
    note: str
    effect: Floats | None = None
    low: Floats | None = None
    high: Floats | None = None
    why: Mapping[int, str] | None = None


def result(name: str, counts: Counts, found: Findings) -> Baseline:
    """Put findings into a frame; what cannot be judged is nan, and the note says why."""
    actions = [action.name for action in counts.moments.log.plan.actions]
    none = np.full(len(actions), np.nan)
    columns = {
        "effect": none if found.effect is None else found.effect,
        "low": none if found.low is None else found.low,
        "high": none if found.high is None else found.high,
        "credit": found.credit,
    }
    why = {**(found.why or {}), **counts.unjudged}
    frame = pd.DataFrame({"action": actions, **columns})
    frame.loc[list(counts.unjudged), list(columns)] = np.nan
    booked = frame["credit"].notna().tolist()
    reasons: dict[tuple[str, str], list[str]] = {}
    for number in sorted(why):
        kind = "No ratio" if booked[number] else "Not judged"
        reasons.setdefault((kind, why[number]), []).append(clipped(actions[number]))
    said = [_sentence(kind, reason, names) for (kind, reason), names in reasons.items()]
    return Baseline(name, frame, " ".join([found.note, *said]))


def _sentence(kind: str, reason: str, names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return f"{kind}: {', '.join(names[:MOST_NAMES])}{more} ({reason})."
