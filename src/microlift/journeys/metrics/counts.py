"""What each visitor did within one fixed time from the first visit, counted in the engine."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd

from microlift.errors import InputError
from microlift.events import EventLog
from microlift.events.parts import in_parts, parts_for
from microlift.journeys.attempts import ROWS_A_PART
from microlift.journeys.waiting import macro_name, told
from microlift.moments.space import DAY
from microlift.plan import micros

Ints = npt.NDArray[np.int64]
LEAST_MACROS = 20
LEAST_SPAN = DAY


@dataclass(frozen=True, eq=False)
class Followed:
    """Visitors who were followed for the whole window, by what they did in it.

    Attributes
    ----------
    cells
        did (mask of the actions done before the macro), apart (those of them that are not only
        recorded together with it), macro (0, 1), the codes of the attributes asked for, n.
    users, macros
        How many they are, and how many of them reached the macro within the window.
    window, days
        Days that each is followed for; days over which they came.
    """

    cells: pd.DataFrame
    users: int
    macros: int
    window: float
    days: float

    @property
    def a_day(self) -> float:
        """Visitors a day."""
        return self.users / self.days

    def did(self, action: int) -> Ints:
        """Whether the visitors of each cell did an action (0, 1)."""
        return cast("Ints", (self.cells["did"].to_numpy() >> action) & 1)


def follow_visitors(log: EventLog, columns: Sequence[str]) -> Followed:
    """Follow each visitor from the first event over the plan's horizon, all for the same time.

    Parameters
    ----------
    log
        The event log.
    columns
        Attributes by which the visitors are counted apart (a0..).

    Raises
    ------
    InputError
        If the log is too short to follow anybody who came on its second day or later, or has fewer
        than 20 visitors with, or without, the macro.
    """
    window = micros(log.plan.horizon)
    came = log.facts.last_us - window - log.facts.first_us
    if came < LEAST_SPAN:
        msg = (
            f"primary_metric() needs visitors who are followed for the whole horizon of "
            f"{told(window)}: the log is {told(log.facts.last_us - log.facts.first_us)} long, "
            f"which leaves the arrivals of {told(max(came, 0))}, and no day's traffic to go by. "
            "Widen the log, or shorten the horizon in the plan."
        )
        raise InputError(msg)
    counted = []
    for events in in_parts(log.events, parts_for(log.facts.events, ROWS_A_PART)):
        counted.append(log.con.to_pyarrow(_cells(log, events, window, columns)).to_pandas())
    keys = ["did", "apart", "macro", *columns]
    cells = pd.concat(counted).groupby(keys, as_index=False, sort=True)[["n"]].sum()
    users = int(cells["n"].sum())
    macros = int(cells.loc[cells["macro"] == 1, "n"].sum())
    _refuse_too_few(log, users, macros)
    return Followed(cells, users, macros, window / DAY, came / DAY)


def _cells(log: EventLog, events: ir.Table, window: int, columns: Sequence[str]) -> ir.Table:
    users = events.group_by("user").agg(
        begin=events.t.min(),
        stop=events.seq.min(where=events.macro == 1),
        end=events.t.min(where=events.macro == 1),
    )
    mature = users.filter(users.begin <= log.facts.last_us - window)
    followed = events.join(mature, "user")
    inside = followed.t - followed.begin <= window
    before = followed.stop.isnull() | (followed.seq < followed.stop)
    # The log does not tell whether what stands at the very time of the macro came before it.
    told_apart = (followed.tie == 0) | followed.end.isnull() | (followed.t != followed.end)
    done = followed.group_by("user").agg(
        did=followed["mask"].bit_or(where=inside & before).coalesce(0),
        apart=followed["mask"].bit_or(where=inside & before & told_apart).coalesce(0),
        macro=(inside & (followed.macro == 1)).max().cast("int64"),
        **{name: followed[name].max().cast("int64") for name in columns},
    )
    cells = done.group_by(["did", "apart", "macro", *columns]).agg(n=done.count())
    return cast("ir.Table", cells.mutate(n=cells.n.cast(ibis.dtype("int64"))))


def _refuse_too_few(log: EventLog, users: int, macros: int) -> None:
    named = f"{macros:,} of {users:,} visitors who are followed for the whole horizon of"
    reached = f"{named} {told(micros(log.plan.horizon))} reach {macro_name(log)}"
    if macros < LEAST_MACROS:
        msg = (
            f"primary_metric() has too few macros: {reached} in it. Below {LEAST_MACROS:,} it "
            "cannot be told which action goes with the macro. Widen the log, or name an earlier "
            "goal as macro in the plan."
        )
        raise InputError(msg)
    if users - macros < LEAST_MACROS:
        msg = (
            f"primary_metric() has hardly anybody without the macro: {reached}. Where everybody "
            "converts, no metric goes with it. Read the log with all visitors, also those who do "
            "not convert."
        )
        raise InputError(msg)
