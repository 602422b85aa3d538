"""What the common methods count of a log, in its engine: who did what, in which order, and when."""

from dataclasses import dataclass
from functools import cached_property

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd

from microlift.events.parts import in_parts
from microlift.moments import Moments
from microlift.moments.counting import parts_of
from microlift.plan import AFTER_MACRO

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
START, MACRO, NULL = 0, -1, -2  # where a path begins and ends; what lies between are bit masks
MILLI = 1_000  # microseconds: times are summed in milliseconds, which an int64 holds for any log
LEFT_OUT = (
    "The log holds planned events alone: users who did nothing are in it only with their macro, "
    "and are left out."
)
_USERS, _MOVES = "baseline_users", "baseline_moves"


@dataclass(frozen=True, eq=False)
class Counts:
    """Users, macros and doers of a log, and the tables that methods ask for.

    A user counts as a doer of an action if it comes before the user's first macro in the total
    order. All users of the log count, also those whose horizon is not over, as on a dashboard.

    Attributes
    ----------
    moments
        Where the plan, the engine and the sets of actions come from.
    """

    moments: Moments

    @property
    def actions(self) -> int:
        """Number of actions in the plan."""
        return len(self.moments.log.plan.actions)

    @cached_property
    def users(self) -> int:
        """Users of the log."""
        return int(self.moments.doers["users"].sum())

    @cached_property
    def macros(self) -> int:
        """Users with a macro."""
        doers = self.moments.doers
        return int(doers["users"].to_numpy() @ doers["converted"].to_numpy())

    @property
    def planned_alone(self) -> bool:
        """Whether users are in the log because of something planned: who did nothing is not."""
        return self.moments.kind == "visits" and not self.moments.starts

    @cached_property
    def did(self) -> Ints:
        """Users who did each action before their first macro."""
        return self._by_action(self.moments.doers["users"].to_numpy(np.int64))

    @cached_property
    def won(self) -> Ints:
        """Those of them who had a macro."""
        doers = self.moments.doers
        return self._by_action((doers["users"] * doers["converted"]).to_numpy(np.int64))

    def _by_action(self, values: Ints) -> Ints:
        ever = self.moments.doers["ever"].to_numpy()
        sums = [int(values[(ever >> a & 1) == 1].sum()) for a in range(self.actions)]
        return np.array(sums, dtype=np.int64)

    @cached_property
    def share(self) -> Floats:
        """Share of the doers of each action who had a macro; nan where there are none."""
        share = np.full(self.actions, np.nan)
        np.divide(self.won, self.did, out=share, where=self.did > 0)
        return share

    @cached_property
    def unjudged(self) -> dict[int, str]:
        """Actions that no method can judge, with the reason."""
        plan = self.moments.log.plan
        reasons = {}
        for number, action in enumerate(plan.actions):
            if not plan.takes_part(action):
                reasons[number] = AFTER_MACRO
            elif not self.did[number]:
                reasons[number] = "nobody did it before the macro"
            elif not self.macros:
                reasons[number] = "the log has no macro"
        return reasons

    @cached_property
    def moves(self) -> pd.DataFrame:
        """How often one planned event follows another, over whole journeys.

        Returns
        -------
        One row for each `before` and `after` (bit masks of actions, `START`, `MACRO`, `NULL`):
        how often (`n`).
        """
        log = self.moments.log
        frames = []
        for events in self._parts():
            rows = log.con.create_table(_MOVES, _steps(events), temp=True, overwrite=True)
            steps = rows.group_by(["before", "after"]).agg(n=rows.count())
            last = rows.filter(rows.final & (rows.after != MACRO))
            ends = last.group_by(before=last.after).agg(n=last.count())
            frames.append(log.con.to_pyarrow(steps).to_pandas())
            frames.append(log.con.to_pyarrow(ends).to_pandas().assign(after=NULL))
        log.con.drop_table(_MOVES, force=True)
        moves = pd.concat(frames, ignore_index=True)
        silent = self.users - int(moves.loc[moves["before"] == START, "n"].sum())
        if silent:  # users without a planned event
            moves.loc[len(moves)] = {"before": START, "after": NULL, "n": silent}
        summed: pd.DataFrame = moves.groupby(["before", "after"], as_index=False)["n"].sum()
        return summed

    @cached_property
    def people(self) -> ir.Table:
        """One row a user, without the user, as a table of the engine.

        Columns: bucket; begin (the first event, microseconds); end (milliseconds from it to the
        macro, or to the end of the log); reached (0, 1); opening (whether the macro is the first
        event); ever (bit mask); f0.. (milliseconds to the first time of each action, null where
        it was not done before the macro); a0.. (codes of the attributes).
        """
        log = self.moments.log
        for part, events in enumerate(self._parts()):
            users = _people(self.moments, events)
            if part == 0:
                log.con.create_table(_USERS, users, temp=True, overwrite=True)
            else:
                log.con.insert(_USERS, users)
        return log.con.table(_USERS)

    def close(self) -> None:
        """Drop the table of people."""
        if "people" in self.__dict__:
            self.moments.log.con.drop_table(_USERS, force=True)

    def frame(self, table: ir.Table) -> pd.DataFrame:
        """Fetch a small table from the engine."""
        found: pd.DataFrame = self.moments.log.con.to_pyarrow(table).to_pandas()
        return found

    def _parts(self) -> list[ir.Table]:
        """Events of whole buckets of users, a bounded number at a time."""
        log = self.moments.log
        return list(in_parts(log.events, parts_of(log)))


def _steps(events: ir.Table) -> ir.Table:
    """One row for each planned event up to the first macro: what came before it, and itself."""
    planned = events.filter((events.mask != 0) | (events.macro == 1))
    user = ibis.window(group_by="user")
    rows = planned.mutate(
        macro_seq=planned.seq.min(where=planned.macro == 1).over(user),
        after=(planned.macro == 1).ifelse(MACRO, planned.mask).cast("int64"),
    )
    rows = rows.filter(rows.macro_seq.isnull() | (rows.seq <= rows.macro_seq))
    order = ibis.window(group_by="user", order_by="seq")
    return rows.select(
        before=rows.after.lag().over(order).coalesce(START).cast("int64"),
        after=rows.after,
        final=rows.after.lead().over(order).isnull(),
    )


def _people(moments: Moments, events: ir.Table) -> ir.Table:
    log = moments.log
    bits = range(len(log.plan.actions))
    traits = [f"a{i}" for i in range(len(log.plan.log.attributes))]
    did = {i: (events.mask & (1 << i)) != 0 for i in bits}
    users = events.group_by("user").agg(
        bucket=events.bucket.max(),
        begin=events.t.min(),
        begin_seq=events.seq.min(),
        macro=events.t.min(where=events.macro == 1),
        macro_seq=events.seq.min(where=events.macro == 1),
        **{f"t{i}": events.t.min(where=did[i]) for i in bits},
        **{f"s{i}": events.seq.min(where=did[i]) for i in bits},
        **{name: events[name].max() for name in traits},
    )
    before = {
        i: users[f"s{i}"].notnull()
        & (users.macro_seq.isnull() | (users[f"s{i}"] < users.macro_seq))
        for i in bits
    }
    ever = ibis.literal(0, "int64")
    for i in bits:
        ever = ever + before[i].ifelse(1 << i, 0)
    return users.select(
        bucket=users.bucket.cast("int64"),
        begin=users.begin,
        end=_milli(users.macro.coalesce(log.facts.last_us) - users.begin),
        reached=users.macro.notnull().cast("int64"),
        opening=(users.macro_seq == users.begin_seq).coalesce(False),
        ever=ever,
        **{
            f"f{i}": before[i].ifelse(_milli(users[f"t{i}"] - users.begin), None).cast("int64")
            for i in bits
        },
        **{name: users[name].cast("int64") for name in traits},
    )


def _milli(time: ir.IntegerValue) -> ir.IntegerValue:
    whole: ir.IntegerValue = ((time - time % MILLI) / MILLI).round().cast("int64")
    return whole
