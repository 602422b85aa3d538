"""Frequency cells of moments: everything the models need, and nothing about a single user."""

from dataclasses import dataclass

import pandas as pd

from microlift.card import next_html, next_line
from microlift.errors import InputError
from microlift.events import EventLog
from microlift.moments import clock, visits
from microlift.moments.counting import Totals, count, everyone, one_in
from microlift.moments.passed import Passed
from microlift.moments.space import Field, Scheme
from microlift.plan import Clock

# Below this share of visits without anything planned, the log is taken to hold planned events only.
_EMPTY_VISITS = 0.01
_NEXT = "ml.LiftModel().fit(moments)"


@dataclass(frozen=True, eq=False)
class Moments:
    """Moments of decision, compressed into cells.

    Attributes
    ----------
    log
        The event log they come from.
    kind
        ``"visits"`` or ``"clock"``.
    starts
        Whether the start of a session is a moment.
    reason
        Why, in a sentence.
    steps
        The sets of planned actions that one event can stand for, as bit masks.
    fields
        The integer columns that make up a state, in order.
    cells
        One row for each (state, next, bucket), sorted: columns of `fields`, ``next``, ``bucket``,
        and the counts ``n`` (moments), ``n_mature``, ``y`` (macro within the horizon),
        ``n_lift``, ``y_lift`` (the same, as lift judges them: with the clock from the tick's end
        and without a macro in the tick) and ``n_cut`` (macro inside the tick).
    doers
        Users by the set of actions done before the first macro (``ever``) and by macro
        (``converted``).
    occurrences
        Occurrences of each action before the first macro.
    firsts
        First occurrences that a macro follows, by ``mask`` of new actions and ``tied`` (recorded
        at the macro's own timestamp with nothing to tell the order).
    macro_visits
        Visits with a user's first macro, by the set of actions anywhere in them (``held``).
    totals
        Counts of users and macros.
    scheme
        What the key of a cell is made of.
    sample
        Which cells some of the users passed (one in ``every``): their whole journeys.
    every
        1 where the sample holds all users.
    """

    log: EventLog
    kind: str
    starts: bool
    reason: str
    steps: tuple[int, ...]
    fields: tuple[Field, ...]
    cells: pd.DataFrame
    doers: pd.DataFrame
    occurrences: tuple[int, ...]
    firsts: pd.DataFrame
    macro_visits: pd.DataFrame
    totals: Totals
    scheme: Scheme
    sample: Passed
    every: int

    def everyone(self) -> Passed:
        """Return the whole journeys of all users, from the log where the sample holds only some.

        Raises
        ------
        InputError
            Where the log is needed, and was closed.
        """
        if self.every == 1:
            return self.sample
        if self.log.closed:
            raise InputError(
                "The log was closed before the model was fitted. Users of this log differ in an "
                "intent that it does not hold; telling them apart needs the whole journeys of all "
                f"{self.totals.users:,} users, of which the moments keep one in {self.every:,}. "
                "Fit inside the `with` block, or give up what it mends: LiftModel(classes=1)."
            )
        return everyone(self.log, self.scheme, self.cells)

    @property
    def mature(self) -> int:
        """Moments whose whole horizon lies inside the data."""
        return int(self.cells["n_mature"].sum())

    @property
    def immature(self) -> int:
        """Moments of covered users that are left out of estimates for want of a full horizon."""
        return int(self.cells["n"].sum()) - self.mature

    def to_pandas(self) -> pd.DataFrame:
        """Return the cells as a frame."""
        return self.cells.copy()

    def __repr__(self) -> str:
        return f"{self}\n{next_line(_NEXT)}"

    def __str__(self) -> str:
        return (
            f"Moments({self.kind}: {self.mature:,} mature moments of {self.totals.covered:,} users "
            f"in {len(self.cells):,} cells)"
        )

    def _repr_html_(self) -> str:
        rows = {
            "Moments": self.kind,
            "Mature": f"{self.mature:,}",
            "Left out (horizon not over)": f"{self.immature:,}",
            "Users covered": f"{self.totals.covered:,} of {self.totals.users:,}",
            "Macros": f"{self.totals.macros:,}",
            "Cells": f"{len(self.cells):,}",
            "Session starts": self.reason,
        }
        body = "".join(f"<tr><th>{name}</th><td>{value}</td></tr>" for name, value in rows.items())
        return f"<div><table>{body}</table>{next_html(_NEXT)}</div>"


def moments(log: EventLog) -> Moments:
    """Moments of decision of a log, compressed into cells inside the engine.

    Parameters
    ----------
    log
        An event log with its plan.

    Returns
    -------
    Moments
        The cells. Only they leave the engine; their number hangs on the number of distinct
        histories, not on the number of events.
    """
    if isinstance(log.plan.moments, Clock):
        kind, starts = "clock", False
        reason = "the plan asks for a clock: ticks while a user is at risk"
        own = clock.fields(log.plan.moments)
    else:
        kind = "visits"
        starts, reason = _session_starts(log)
        own = visits.fields()
    attributes = tuple(
        Field(f"a{i}", len(log.facts.attributes[name]))
        for i, name in enumerate(log.plan.log.attributes)
    )
    scheme = Scheme(_step_masks(log), (*own, *attributes), len(log.plan.actions), starts)
    counted = log.counted(scheme) if log.counted else count(log, scheme)
    return Moments(
        log=log,
        kind=kind,
        starts=starts,
        reason=reason,
        steps=scheme.steps,
        fields=scheme.state,
        cells=counted.cells,
        doers=counted.doers,
        occurrences=counted.occurrences,
        firsts=counted.firsts,
        macro_visits=counted.macro_visits,
        totals=counted.totals,
        scheme=scheme,
        sample=counted.sample,
        every=one_in(log),
    )


def _step_masks(log: EventLog) -> tuple[int, ...]:
    masks = log.events.filter(log.events.mask != 0).select("mask").distinct()
    return tuple(sorted(int(mask) for mask in log.con.to_pyarrow(masks)["mask"].to_pylist()))


def _session_starts(log: EventLog) -> tuple[bool, str]:
    empty, sessions = log.facts.empty_visits, log.facts.sessions
    share = f"{empty:,} of {sessions:,} sessions hold nothing planned"
    if empty > _EMPTY_VISITS * sessions:
        return True, f"{share}, so the start of a session is a moment"
    return False, (
        f"{share}: a session is in the log because something was done, "
        "so its start is no moment and nothing is judged from it"
    )
