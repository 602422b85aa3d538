"""Rates of each action and of the macro, per visitor, session or lead."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from microlift.asked import as_asked
from microlift.events import EventLog
from microlift.journeys.counting import SESSION, VISITOR, Per, count_doers, noun, segment_labels
from microlift.journeys.shares import (
    Floats,
    Share,
    corrected,
    design_effect,
    difference,
    how_sure,
)
from microlift.journeys.steps import counted_action
from microlift.moments.space import BUCKETS
from microlift.result import Result, onto

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Ints = npt.NDArray[np.int64]
MACRO = "macro"
SURE = 0.05


@dataclass(frozen=True, eq=False, repr=False)
class Rates(Result):
    """Rates of each action and of the macro.

    Attributes
    ----------
    frame
        One row an action (and segment), the macro last: segment, action, kind, count, of, rate,
        low, high; by segment also q_value: whether the segments of this action have one rate,
        corrected for the number of actions (Benjamini-Hochberg).
    finding
        What they say, in one sentence.
    per, by
        What is counted; the attribute of the segments.
    """

    then: ClassVar[str] = ".plot(), ml.funnel(log)"

    per: Per
    by: str | None

    def plot(
        self, action: str | None = None, *, narrow: bool = False, ax: "Axes | None" = None
    ) -> "Axes":
        """Draw the rates: of all actions, or by segment those of one action (the macro)."""
        from microlift.reporting.shares import dots

        with onto(ax):
            rows = self.frame
            if self.by is None and action is None:
                return dots(rows["action"], rows, f"share of {noun(self.per)}", narrow)
            counted_action(action, list(rows["action"]))
            named = rows[rows["action"] == action] if action else rows[rows["kind"] == MACRO]
            what = str(named["action"].iloc[0])
            names = named["segment"] if self.by else named["action"]
            return dots(names, named, f"share of {noun(self.per)} with {what}", narrow)

    def _table(self) -> str:
        from microlift.reporting.shares import rates_table

        return rates_table(self.frame, noun(self.per), self.by)


@as_asked
def rates(log: EventLog, per: Per = VISITOR, by: str | None = None) -> Rates:
    """Rates of each action and of the macro: how many did it, out of how many.

    Parameters
    ----------
    log
        The event log.
    per
        The denominator: ``"visitor"``, ``"session"``, or the name of an action. With an action,
        those who did it are the leads, and what they did from then on counts.
    by
        An attribute of the plan: rates by channel, device, campaign.

    Returns
    -------
    Rates
        With 95 % intervals by Wilson. Sessions of one user resemble each other: their intervals
        are as wide as buckets of users say. All users count, also those who have only just come,
        as on a dashboard; for what an action changes, see `LiftModel`.

    Raises
    ------
    InputError
        If the plan has no such attribute or action.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> import pandas as pd
    >>> from microlift import Plan, read_events
    >>> plan = Plan.from_dict({"macro": {"event": "buy"}, "horizon": "1d",
    ...                        "actions": [{"name": "view", "event": "view"}]})
    >>> rows = [(f"u{i}", "2026-01-01 10:00", "view") for i in range(50)]
    >>> rows += [(f"u{i}", "2026-01-01 10:05", "buy") for i in range(10)]
    >>> rows += [("u0", "2026-01-05 10:00", "view")]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "log.csv"
    ...     columns = ["user_id", "timestamp", "event"]
    ...     pd.DataFrame(rows, columns=columns).to_csv(path, index=False)
    ...     with read_events(path, plan) as log:
    ...         print(rates(log).to_frame()[["action", "count", "of", "rate"]].to_string())
      action  count  of  rate
    0   view     50  50   1.0
    1    buy     10  50   0.2
    """
    labels = segment_labels(log, by)
    counted = count_doers(log, per, by)
    names = [(action.name, action.kind) for action in log.plan.actions]
    size, ever, macro = (counted[name].to_numpy() for name in ("n", "did", "macro"))
    totals = _by_segment_and_bucket(counted, size, len(labels))
    rows, p_values = [], []
    for number, (name, kind) in enumerate([*names, (log.plan.macro.name, MACRO)]):
        did = macro if kind == MACRO else (ever >> number) & 1
        counts = _by_segment_and_bucket(counted, size * did, len(labels))
        own = [_effect(per, k, n) for k, n in zip(counts, totals, strict=True)]
        for label, k, n, effect in zip(labels, counts, totals, own, strict=True):
            share = Share.of_counts(int(k.sum()), int(n.sum()), effect)
            rows.append(
                (label, name, kind, share.count, share.of, share.rate, share.low, share.high)
            )
        pooled = _effect(per, counts.sum(axis=0), totals.sum(axis=0))
        p_values.append(difference(counts.sum(axis=1), totals.sum(axis=1), pooled))
    columns = ["segment", "action", "kind", "count", "of", "rate", "low", "high"]
    frame = pd.DataFrame(rows, columns=columns)
    if by is None:
        frame = frame.drop(columns="segment")
        return Rates(frame, _finding(frame, per), per, by)
    frame["q_value"] = np.repeat(corrected(np.array(p_values)), len(labels))
    return Rates(frame, _contrast(frame, by), per, by)


def _effect(per: Per, counts: Floats, totals: Floats) -> float:
    return design_effect(counts, totals) if per == SESSION else 1.0


def _by_segment_and_bucket(counted: pd.DataFrame, values: Ints, segments: int) -> Floats:
    place = counted["segment"].to_numpy() * BUCKETS + counted["bucket"].to_numpy()
    sums = np.bincount(place, weights=values, minlength=segments * BUCKETS)
    return sums.astype(np.float64).reshape(segments, BUCKETS)


def _finding(frame: pd.DataFrame, per: Per) -> str:
    """The macro rate, and the action that most do."""
    macro = frame[frame["kind"] == MACRO].iloc[0]
    if macro["of"] == 0:
        return f"No {noun(per)} to count."
    most = frame[frame["kind"] != MACRO].sort_values("rate", ascending=False, kind="stable").iloc[0]
    return (
        f"{macro['rate']:.2%} of {macro['of']:,} {noun(per)} reach {macro['action']} "
        f"(95 % interval {macro['low']:.2%} to {macro['high']:.2%}); what most of them do is "
        f"{most['action']}, {most['rate']:.2%}."
    )


def _contrast(frame: pd.DataFrame, by: str) -> str:
    """The macro's best and worst segment where they differ, else the action that differs most."""
    sure = frame[frame["q_value"] < SURE]
    if sure.empty:
        return f"No action's rate differs by {by} by more than chance."
    macro = sure[sure["kind"] == MACRO]
    shown = macro if len(macro) else sure[sure["q_value"] == sure["q_value"].min()]
    shown = shown[shown["action"] == shown["action"].iloc[0]]
    shown = shown[shown["of"] > 0].sort_values("rate", kind="stable")
    low, high = shown.iloc[0], shown.iloc[-1]
    return (
        f"{low['action']} differs by {by}: {high['rate']:.2%} of {high['segment']} against "
        f"{low['rate']:.2%} of {low['segment']} ({how_sure(low['q_value'])}; rates that go "
        "together, not an effect)."
    )
