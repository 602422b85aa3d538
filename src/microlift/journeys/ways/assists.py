"""Assists: which actions come before the macros, and in which place."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from microlift.asked import as_asked
from microlift.events import EventLog
from microlift.journeys.counting import segment_labels
from microlift.journeys.shares import (
    Floats,
    Share,
    corrected,
    design_effect,
    difference,
    how_sure,
)
from microlift.journeys.steps import counted_action
from microlift.journeys.waiting import many, told
from microlift.journeys.ways.asking import read_window
from microlift.journeys.ways.touches import Touches, count_touches
from microlift.moments.space import BUCKETS
from microlift.plan.quoting import printable
from microlift.result import Result, onto

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROLES = ("any", "assisted", "first", "last")
SURE = 0.05


@dataclass(frozen=True, eq=False, repr=False)
class Assists(Result):
    """Which actions come before the macros.

    Attributes
    ----------
    frame
        One row an action (and segment): segment; action; kind; users (who did it before a macro
        of theirs); macros (all, of the segment); any, assisted, first, last: the macros before
        which it came at all, before which it came and was not the last touch, of which it was the
        first or the last touch. Each with its share of the macros (any_share), any_low, any_high,
        and where the plan names a value with the sum of their values (any_value, in `currency`).
        By segment also q_value: whether the segments have one share of assisted macros, corrected
        for the number of actions (Benjamini-Hochberg).
    finding
        Which action assists most, in one sentence.
    by, currency
        The attribute of the segments; of the values, None where the plan names none.
    notes
        How it was counted.
    """

    by: str | None
    currency: str | None
    notes: tuple[str, ...]

    def plot(
        self, action: str | None = None, *, narrow: bool = False, ax: "Axes | None" = None
    ) -> "Axes":
        """Draw the share of macros that each action assists or ends; by segment those of one."""
        from microlift.reporting.assists import assist_bars

        with onto(ax):
            counted_action(action, list(self.frame["action"]))
            return assist_bars(self.frame, self.by, action, narrow)

    def _shown(self) -> pd.DataFrame:
        shown = ["action", "users", "macros", "any", "assisted", "first", "last"]
        shown += ["assisted_share", "assisted_low", "assisted_high"]
        shown += ["assisted_value"] if "assisted_value" in self.frame else []
        return self.frame[(["segment"] if self.by else []) + shown]

    def _table(self) -> str:
        from microlift.reporting.assists import assists_table

        return assists_table(self.frame, self.by, self.currency)


@as_asked
def assists(log: EventLog, by: str | None = None, *, within: str | None = None) -> Assists:
    """Count the macros that each action assisted, and of which it was the first or the last touch.

    The touches of a macro are the occurrences of planned actions before it: not longer ago than
    the window, and after the user's macro before it, so that no touch counts for two. Events of
    one time stand in the order of the log's sequence columns, then of the plan's actions; an event
    that is several actions is a touch of each, in the order of the plan. An action assisted a
    macro if it is among its touches and is not the last.

    Parameters
    ----------
    log
        The event log. All macros count, also repeated ones; those of a user at one time are one.
    by
        An attribute of the plan. Its label is that of the user's first touch, and holds for all of
        the user's macros. To see a channel as a first, last or assisting touch, plan a visit from
        it as an action, such as ``{name: email_visit, event: page_view, where: "channel =
        'email'"}``.
    within
        The window, back from the macro, such as ``"7d"``; the limit itself is in time. Default:
        the horizon.

    Returns
    -------
    Assists
        With 95 % intervals by Wilson, as wide as buckets of users say, since a user may have
        several macros. A touch that comes before a macro need not have helped it: for what an
        action changes, see `LiftModel`.

    Raises
    ------
    InputError
        If the plan has no such attribute, or `within` is no time.

    Notes
    -----
    Cost: one to two times the counting of the users in the file; a part of the users at a time.

    Examples
    --------
    A download on Monday, a visit by e-mail on Wednesday, a purchase on Friday:

    >>> import tempfile, pathlib
    >>> import pandas as pd
    >>> from microlift import Plan, read_events
    >>> actions = [{"name": "guide", "event": "download"}, {"name": "mail", "event": "mail_visit"}]
    >>> plan = Plan.from_dict({"macro": {"event": "buy"}, "horizon": "7d", "actions": actions})
    >>> rows = [("u", "2026-01-05", "download"), ("u", "2026-01-07", "mail_visit"),
    ...         ("u", "2026-01-09", "buy"), ("v", "2026-01-20", "page")]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "log.csv"
    ...     columns = ["user_id", "timestamp", "event"]
    ...     pd.DataFrame(rows, columns=columns).to_csv(path, index=False)
    ...     with read_events(path, plan) as log:
    ...         found = assists(log)
    >>> print(found.to_frame()[["action", "any", "assisted", "first", "last"]].to_string())
      action  any  assisted  first  last
    0  guide    1         1      1     0
    1   mail    1         0      0     1
    """
    window = read_window(log, within)
    labels = segment_labels(log, by)
    counted = count_touches(log, window, by)
    frame = _frame(log, counted, labels)
    pooled = _frame(log, counted.pooled, ("all",))
    if by is None:
        frame = frame.drop(columns=["segment", "q_value"])
    found = f"{_finding(pooled)}{_contrast(frame, by) if by else ''}."
    return Assists(frame, found, by, log.facts.currency, _notes(log, counted, by, window))


def _frame(log: EventLog, counted: Touches, labels: tuple[str, ...]) -> pd.DataFrame:
    totals = _by_bucket(counted.macros, "n", len(labels))
    rows, p_values = [], []
    for number, action in enumerate(log.plan.actions):
        if not log.plan.takes_part(action):
            continue
        own = counted.touches[counted.touches["action"] == number]
        counts = {role: _by_bucket(own, role, len(labels)) for role in ROLES}
        users = _by_bucket(own, "users", len(labels)).sum(axis=1)
        money = {role: _by_bucket(own, f"{role}_value", len(labels)).sum(axis=1) for role in ROLES}
        for place, label in enumerate(labels):
            row: dict[str, object] = {"segment": label, "action": action.name, "kind": action.kind}
            row |= {"users": int(users[place]), "macros": int(totals[place].sum())}
            for role in ROLES:
                row |= _share(role, counts[role][place], totals[place])
            if log.facts.currency is not None:
                units = 10**log.facts.minor_digits
                row |= {f"{role}_value": float(money[role][place]) / units for role in ROLES}
            rows.append(row)
        assisted = counts["assisted"]
        effect = design_effect(assisted.sum(axis=0), totals.sum(axis=0))
        p_values.append(difference(assisted.sum(axis=1), totals.sum(axis=1), effect))
    frame = pd.DataFrame(rows)
    return frame.assign(q_value=np.repeat(corrected(np.array(p_values)), len(labels)))


def _share(role: str, counts: Floats, totals: Floats) -> dict[str, float]:
    effect = design_effect(counts, totals)
    share = Share.of_counts(int(counts.sum()), int(totals.sum()), effect)
    return {
        role: share.count,
        f"{role}_share": share.rate,
        f"{role}_low": share.low,
        f"{role}_high": share.high,
    }


def _by_bucket(counted: pd.DataFrame, column: str, segments: int) -> Floats:
    place = counted["segment"].to_numpy(dtype=np.int64) * BUCKETS + counted["bucket"].to_numpy()
    weights = counted[column].to_numpy(dtype=np.float64)
    sums = np.bincount(place, weights, segments * BUCKETS).astype(np.float64)
    return sums.reshape(segments, BUCKETS)


def _notes(log: EventLog, counted: Touches, by: str | None, window: int) -> tuple[str, ...]:
    macros, cut, several = (int(counted.macros[c].sum()) for c in ("n", "cut", "several"))
    touched = int(counted.touches["first"].sum())
    notes = [
        f"Touches are planned actions in the {told(window)} before a macro and after the user's "
        f"macro before it. Of {macros:,} macros {macros - touched:,} have none. A touch that came "
        "before need not have helped: see the lift.",
    ]
    if cut:
        notes.append(
            f"{cut:,} macros come within {told(window)} of the start of the log, so that earlier "
            "touches of theirs are not in it."
        )
    if several:
        notes.append(f"{several:,} macros at the time of another of the same user are part of it.")
    late = [action.name for action in log.plan.actions if not log.plan.takes_part(action)]
    if late:
        notes.append(f"Not counted, since they come after the macro: {many(late)}.")
    if by is not None:
        notes.append(
            f"{printable(by)} is that of a user's first touch, for all macros of the user: what "
            "later visits came by is not kept. Plan such visits as actions to see them as touches."
        )
    return tuple(notes)


def _finding(pooled: pd.DataFrame) -> str:
    """The action that assists most, and the one that is most often the last touch."""
    total = int(pooled["macros"].max()) if len(pooled) else 0
    if not total or not pooled["any"].any():
        return f"No planned action comes before any of {total:,} macros, so nothing assisted"
    most = pooled.iloc[int(pooled["assisted"].to_numpy().argmax())]
    last = pooled.iloc[int(pooled["last"].to_numpy().argmax())]
    ends = f"the last touch is most often {many([last['action']])} ({last['last_share']:.2%})"
    if not most["assisted"]:
        return f"Nothing assisted: of {total:,} macros none has two actions before it; {ends}"
    return (
        f"{many([most['action']])} assists most: it comes before {most['assisted_share']:.2%} of "
        f"{total:,} macros without being the last touch (95 % interval "
        f"{most['assisted_low']:.2%} to {most['assisted_high']:.2%}); {ends}"
    )


def _contrast(frame: pd.DataFrame, by: str) -> str:
    """The action whose assists differ most between segments, by its q-value."""
    sure = frame[(frame["q_value"] < SURE) & (frame["macros"] > 0)]
    if sure.empty:
        return f"; no action's share of assists differs by {printable(by)} by more than chance"
    shown = sure[sure["q_value"] == sure["q_value"].min()]
    shown = shown[shown["action"] == shown["action"].iloc[0]]
    shown = shown.sort_values("assisted_share", kind="stable")
    low, high = shown.iloc[0], shown.iloc[-1]
    return (
        f"; {many([low['action']])} differs most by {printable(by)}: it assists "
        f"{high['assisted_share']:.2%} of the macros of {many([high['segment']])} against "
        f"{low['assisted_share']:.2%} of {many([low['segment']])} ({how_sure(low['q_value'])})"
    )
