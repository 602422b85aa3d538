"""The last steps before an end, counted in the engine, and how those fare who begin that way."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add

import ibis
import ibis.expr.types as ir
import pandas as pd

from microlift.events import EventLog
from microlift.journeys.paths.codes import WIDTH, Codes
from microlift.journeys.paths.walks import (
    count_parts,
    ends_of,
    journeys_of,
    parts_of,
    without_repeats,
)
from microlift.plan import micros

_ENDINGS = "path_endings"


@dataclass(frozen=True)
class Ask:
    """Which paths are asked for.

    Attributes
    ----------
    outcome
        The code of the end.
    length
        Steps of a path, at most.
    within
        Microseconds back from the end in which steps count.
    repeats
        Whether the same step in a row counts every time.
    """

    outcome: int
    length: int
    within: int
    repeats: bool


@dataclass(frozen=True, eq=False)
class Endings:
    """The commonest paths.

    Attributes
    ----------
    top
        path (packed, see `Codes.unpack`), cut (whether there were steps before it), users, wait
        (median microseconds from the first step shown to the end), the commonest first.
    different
        How many different paths there are.
    outcomes
        Users by the code of how their journey ends.
    """

    top: pd.DataFrame
    different: int
    outcomes: dict[int, int]


def count_endings(log: EventLog, ask: Ask, top: int) -> Endings:
    """Count the users who reach an end by each path."""
    names, ends = [], []
    for number, events in enumerate(parts_of(log)):
        names.append(f"{_ENDINGS}_{number}")
        here = log.con.create_table("journey_ends", ends_of(log, events), temp=True, overwrite=True)
        counted = here.group_by("outcome").agg(n=here.count())
        ends.append(log.con.to_pyarrow(counted).to_pandas())
        found = _endings(log, events, here, ask)
        log.con.create_table(names[-1], found, temp=True, overwrite=True)
    log.con.drop_table("journey_ends", force=True)
    users = reduce(ir.Table.union, [log.con.table(name) for name in names])
    paths = users.group_by(["path", "cut"]).agg(users=users.count(), wait=users.wait.median())
    order = [ibis.desc("users"), ibis.asc("cut"), ibis.asc("path")]
    shown = log.con.to_pyarrow(paths.order_by(order).limit(top)).to_pandas()
    different = int(log.con.to_pyarrow(paths.count()).as_py())
    for name in names:
        log.con.drop_table(name, force=True)
    outcomes = pd.concat(ends).groupby("outcome")["n"].sum()
    return Endings(shown, different, {int(code): int(n) for code, n in outcomes.items()})


def _endings(log: EventLog, events: ir.Table, ends: ir.Table, ask: Ask) -> ir.Table:
    """One row a user who comes to the end that is asked for: path, cut, wait."""
    steps = journeys_of(log, events)
    steps = steps.filter(steps.outcome == ask.outcome, steps.t >= steps.end - ask.within)
    if not ask.repeats:
        steps = without_repeats(steps)
    back = {"group_by": "user", "order_by": ibis.desc("place")}
    steps = steps.mutate(k=ibis.row_number().over(**back))
    shown = steps.k < ask.length
    # Those before the path are not summed, but would be shifted out of the integer all the same.
    digit = (steps.step + 1).cast("int64") << (ibis.least(steps.k, ask.length) * WIDTH)
    users = steps.group_by("user").agg(
        path=digit.sum(where=shown).cast("int64"),
        cut=steps.k.max() >= ask.length,
        since=steps.t.min(where=shown),
    )
    all_of_them = ends.filter(ends.outcome == ask.outcome).select("user", "end")
    known = all_of_them.left_join(users, "user")
    return known.select(
        path=known.path.fill_null(0), cut=known.cut.fill_null(False), wait=known.end - known.since
    )


def count_beginnings(log: EventLog, ask: Ask, paths: Sequence[int]) -> pd.DataFrame:
    """Users whose journey begins with a path: how many, and how many reach the macro in time.

    All are watched for one horizon from the last step of the path on: users who came to it later
    than that before the end of the log are not counted.

    Returns
    -------
    path, users, macros
    """
    if not paths:
        return pd.DataFrame({"path": [], "users": [], "macros": []}, dtype="int64")
    horizon, macro = micros(log.plan.horizon), Codes.of(log).macro

    def count(events: ir.Table) -> ir.Table:
        steps = journeys_of(log, events)
        if not ask.repeats:
            steps = without_repeats(steps)
        within = {"group_by": "user", "order_by": "place"}
        steps = steps.mutate(at=ibis.row_number().over(**within))
        first = steps.filter(steps.at < ask.length)
        digits = [
            (first.step.lag(k).over(**within) + 1).fill_null(0).cast("int64") * (1 << WIDTH * k)
            for k in range(1, ask.length)
        ]
        so_far = first.mutate(path=reduce(add, digits, (first.step + 1).cast("int64")))
        known = so_far.filter(
            so_far.path.isin(list(paths)), so_far.t + horizon <= log.facts.last_us
        )
        reached = (known.outcome == macro) & (known.end <= known.t + horizon)
        return known.group_by("path").agg(users=known.count(), macros=reached.sum())

    return count_parts(log, count).groupby("path", as_index=False)[["users", "macros"]].sum()
