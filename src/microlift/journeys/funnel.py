"""Funnels: who goes on from step to step, how many are lost where, and where they went instead."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, Literal

import numpy as np
import pandas as pd

from microlift.asked import as_asked
from microlift.errors import InputError
from microlift.events import EventLog
from microlift.journeys.attempts import Route
from microlift.journeys.counting import segment_labels
from microlift.journeys.shares import Floats, Share, corrected, difference, how_sure
from microlift.journeys.steps import find_steps, one_of, read_limit
from microlift.journeys.traffic import Traffic, count_traffic
from microlift.ledger import Ledger
from microlift.plan.quoting import printable
from microlift.result import Result, onto

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CLOSED: Final = "closed"
OPEN: Final = "open"
STRICT: Final = "strict"
ANY: Final = "any"
COMMONEST = 3
SURE = 0.05


@dataclass(frozen=True, eq=False, repr=False)
class Funnel(Result):
    """A funnel, step by step.

    Attributes
    ----------
    frame
        One row a step (and segment): segment, step; users (counted at the step); came (those of
        them who came from the step before); of_first with of_first_low and of_first_high (share
        of those who entered); of_before with of_before_low and of_before_high (share of those at
        the step before who came on); q_value by segment (whether the segments have one rate at
        this step, corrected for the number of steps by Benjamini-Hochberg); lost (those who did
        not go on from here); median_hours (from the step before); money_lost (what the ledger
        books as left after this step); left_to (what those who were lost here did next).
    finding
        What it says, in one sentence.
    onward
        What those who were lost did next, in full: segment, step, next, users.
    kind, by, currency
        Closed or open; the attribute of the segments; of money_lost.
    """

    then: ClassVar[str] = ".plot(), ml.diagnose(log)"

    onward: pd.DataFrame
    kind: str
    by: str | None
    currency: str | None

    def plot(self, *, narrow: bool = False, ax: "Axes | None" = None) -> "Axes":
        """Draw the steps as bars, or by segment the shares of those who entered."""
        from microlift.reporting.funnels import funnel_bars

        with onto(ax):
            return funnel_bars(self.frame, self.kind == OPEN, self.by, narrow)

    def _table(self) -> str:
        from microlift.reporting.funnels import funnel_table

        return funnel_table(self.frame, self.by, self.currency)


@as_asked
def funnel(  # noqa: PLR0913 - each is a question that people ask of a funnel
    log: EventLog,
    steps: Sequence[str] | None = None,
    *,
    kind: Literal["closed", "open"] = CLOSED,
    order: Literal["strict", "any"] = STRICT,
    within: str | None = None,
    step_within: str | None = None,
    by: str | None = None,
    ledger: Ledger | None = None,
) -> Funnel:
    """Follow the visitors from step to step.

    An attempt is a choice of one event for each of the first so many steps. In strict order no
    event may come before that of the step before it; others may lie between. Events of one time
    stand in the order of the log's sequence columns, then of the plan's actions, then the macro;
    an event that is several steps is each of them, at once. In any order an attempt needs the
    first so many steps and nothing of their order. A user counts at a step if *any* attempt gets
    there in time, not only the first.

    Parameters
    ----------
    log
        The event log. All visitors count, also those who have only just come and may still go on.
    steps
        At least two actions of the plan, the last of which may be the macro (by the name of its
        event). Default: ``funnel`` of the plan, then the macro.
    kind
        ``"closed"``: visitors enter at the first step. ``"open"``: they may enter at any, and each
        is counted at every step that they did; `came` and `of_before` ask of each step and the
        next alone whether the one led to the other, in order and in time.
    order
        ``"strict"`` or ``"any"``.
    within
        Time for the whole, from the first event of an attempt, such as ``"7d"``; the limit itself
        is in time. Open: between a step and the next, which is all that it asks about.
    step_within
        Time for each step from the one before; in strict order only.
    by
        An attribute of the plan: the funnel of each segment, and whether they differ.
    ledger
        For the money lost: what `Ledger` books as left after the step. It books users whose
        horizon is over, at the furthest action of the plan's own funnel; not by segment.

    Returns
    -------
    Funnel
        With 95 % intervals by Wilson. `median_hours` looks at one attempt a user: the one that
        gets farthest; of these the one that gets there first; of these the one whose events are
        the latest. In any order it is the time from when the steps before were all done to when
        this one was too. `left_to` is the next planned event after the last time that an attempt
        stood at the step.

    Raises
    ------
    InputError
        If a step or attribute is not in the plan, there are fewer than two steps or one comes
        twice, a limit is zero or has no unit, or the ledger is that of another log.

    Notes
    -----
    Cost: about six times a scan of the mapped columns of the file, for four steps of ten million
    events; a part of the users at a time.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> import pandas as pd
    >>> from microlift import Plan, read_events
    >>> plan = Plan.from_dict({"macro": {"event": "buy"}, "horizon": "1d", "funnel": ["view"],
    ...                        "actions": [{"name": "view", "event": "view"}]})
    >>> rows = [(f"u{i}", "2026-01-01 10:00", "view") for i in range(50)]
    >>> rows += [(f"u{i}", f"2026-01-0{1 + i // 5} 12:00", "buy") for i in range(10)]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "log.csv"
    ...     columns = ["user_id", "timestamp", "event"]
    ...     pd.DataFrame(rows, columns=columns).to_csv(path, index=False)
    ...     with read_events(path, plan) as log:
    ...         found = funnel(log, within="1d")
    >>> print(found.to_frame()[["step", "users", "of_before", "lost", "median_hours"]].to_string())
       step  users  of_before  lost  median_hours
    0  view     50        NaN    45           NaN
    1   buy      5        0.1     0           2.0
    """
    one_of("kind", kind, (CLOSED, OPEN), "a funnel lets people in at its first step, or at any.")
    one_of("order", order, (STRICT, ANY), "steps count in their order, or in any.")
    if order == ANY and step_within is not None:
        msg = (
            f"step_within={step_within!r} with order='any': without an order no step is the one "
            "before another. Use within, a limit for the whole, or order='strict'."
        )
        raise InputError(msg)
    found = find_steps(log, steps)
    limits = read_limit("within", within), read_limit("step_within", step_within)
    labels = segment_labels(log, by)
    names = [name for name, _ in found]
    money = _money_lost(log, names, by, ledger)
    route = Route(tuple(bit for _, bit in found), order == STRICT, *limits)
    traffic = count_traffic(log, route, kind == OPEN, by)
    frame = _frame(traffic, names, labels, money)
    onward = _readable(traffic.onward, names, labels)
    if by is None:
        frame = frame.drop(columns=["segment", "q_value"])
        onward = onward.drop(columns="segment")
    currency = log.facts.currency
    finding = _finding(traffic, names, money, currency)
    if by is not None:
        finding = f"{finding[:-1]}; {_contrast(frame, by)}"
    return Funnel(frame, finding, onward, kind, by, currency)


def _money_lost(
    log: EventLog, names: list[str], by: str | None, ledger: Ledger | None
) -> Floats | None:
    """What the ledger books as left after each step; not a number at the last."""
    if ledger is None:
        return None
    if ledger.model.moments_.log.facts.fingerprint != log.facts.fingerprint:
        msg = (
            "ledger= is that of another log: its money belongs to other users than those counted "
            "here. Give the ledger of this log, or none."
        )
        raise InputError(msg)
    if by is not None:
        msg = (
            f"ledger= with by={by!r}: the ledger books all users together, so it has no money of "
            "single segments. Leave one of the two out."
        )
        raise InputError(msg)
    entries = ledger.frame
    booked = dict(
        zip(entries["entry"].map(printable), entries["value_total"].astype(float), strict=True)
    )
    lost = [0.0 - booked.get(f"left after {name}", 0.0) for name in names[:-1]]
    return np.array([*lost, np.nan])


def _frame(
    traffic: Traffic, names: list[str], labels: tuple[str, ...], money: Floats | None
) -> pd.DataFrame:
    rows = []
    for segment, label in enumerate(labels):
        for place, name in enumerate(names):
            users, came = int(traffic.users[segment, place]), int(traffic.came[segment, place])
            first = Share.of_counts(users, int(traffic.entered[segment]))
            at_before = int(traffic.users[segment, place - 1]) if place else 0
            before = Share.of_counts(came, at_before)
            shares = (each for s in (first, before) for each in (s.rate, s.low, s.high))
            rows.append((label, name, users, came, *shares))
    columns = ["segment", "step", "users", "came", "of_first", "of_first_low", "of_first_high"]
    columns += ["of_before", "of_before_low", "of_before_high"]
    frame = pd.DataFrame(rows, columns=columns)
    p_values = [np.nan]
    for place in range(1, len(names)):
        counts, totals = traffic.came[:, place], traffic.users[:, place - 1]
        p_values.append(difference(counts.astype(float), totals.astype(float)))
    frame["q_value"] = np.tile(corrected(np.array(p_values)), len(labels))
    frame["lost"] = traffic.lost.ravel()
    frame["median_hours"] = traffic.hours.ravel()
    frame["money_lost"] = None if money is None else np.tile(money, len(labels))
    frame["left_to"] = _left_to(traffic)
    return frame


def _left_to(traffic: Traffic) -> list[str]:
    """What those who were lost did next: the three commonest, with their shares."""
    told = {}
    for key, rows in traffic.onward.groupby(["segment", "step"]):
        of = rows["users"].sum()
        shown = rows.head(COMMONEST)
        told[key] = ", ".join(
            f"{name} {users / of:.0%}"
            for name, users in zip(shown["next"], shown["users"], strict=True)
        )
    segments, steps = traffic.users.shape
    return [told.get((s, k), "") for s in range(segments) for k in range(steps)]


def _readable(onward: pd.DataFrame, names: list[str], labels: tuple[str, ...]) -> pd.DataFrame:
    return onward.assign(
        segment=[labels[segment] for segment in onward["segment"]],
        step=[names[step] for step in onward["step"]],
    )


def _finding(traffic: Traffic, names: list[str], money: Floats | None, currency: str | None) -> str:
    """Where most users are lost, or most money."""
    users, lost = traffic.users.sum(axis=0), traffic.lost.sum(axis=0)
    entered = int(traffic.entered.sum())
    if not entered or not lost.any():
        return f"Nobody is lost: {entered:,} visitors are in the funnel from {names[0]} on."
    priced = money is not None and bool(np.nanmax(money) > 0)
    at = int(np.nanargmax(money)) if money is not None and priced else int(lost.argmax())
    share = Share.of_counts(int(lost[at]), int(users[at]))
    reach = Share.of_counts(int(users[-1]), entered)
    what = "Most visitors are"
    if money is not None and priced:
        what = f"Most money, {money[at]:,.0f} {currency or 'macros'}, is"
    return (
        f"{what} lost after {names[at]}: {share.count:,} of {share.of:,} visitors "
        f"({share.rate:.2%}, 95 % interval {share.low:.2%} to {share.high:.2%}) do not go on to "
        f"{names[at + 1]}; "
        f"{reach.rate:.2%} of the {entered:,} who enter reach {names[-1]}."
    )


def _contrast(frame: pd.DataFrame, by: str) -> str:
    """The step whose rate differs most between segments, by its q-value."""
    sure = frame[(frame["q_value"] < SURE) & frame["of_before"].notna()]
    if sure.empty:
        return f"no step's rate differs by {by} by more than chance."
    shown = sure[sure["q_value"] == sure["q_value"].min()]
    shown = shown[shown["step"] == shown["step"].iloc[0]]
    shown = shown.sort_values("of_before", kind="stable")
    low, high = shown.iloc[0], shown.iloc[-1]
    return (
        f"{low['step']} differs most by {by}: {high['of_before']:.2%} of "
        f"{printable(high['segment'])} come on to it against {low['of_before']:.2%} of "
        f"{printable(low['segment'])} ({how_sure(low['q_value'])}; rates that go together, not an "
        "effect)."
    )
