"""Why a lead is warm or cold: the ledger steps of one user.

Along a user's moments the journey value V goes up and down; each change is booked to what happened
there, as in the ledger of the whole log. For an open user the account ends with the chance now:

    chance = V at an average arrival + (V(S_0) - that) + sum of steps + (chance - V(S_last))

The last bracket is what the time since the last moment has changed, and is booked to time. One
thing differs from the ledger: where starts of sessions are no moments, a step into a new session
is booked there to time between sessions, and here to the action that opened it. In a log of planned
events alone nearly every step may be one, and "coming back" would be the reason of every lead.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from threadpoolctl import threadpool_limits

from microlift.events import EventLog
from microlift.events.arrays import take_back
from microlift.events.parts import in_parts, parts_for
from microlift.models import LiftModel
from microlift.models.states import States
from microlift.moments import Moments, clock, moments, visits
from microlift.moments.space import (
    ACTED,
    ARRIVED,
    WAITED,
    Field,
    Scheme,
    pack,
)
from microlift.plan import Clock, micros

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

UNIT = 1_000_000_000  # V as whole numbers, so that sums do not hang on their order
ROWS_A_PART = 2_500_000
_VALUES, _COARSE, _LEADS, _ROWS = "lead_values", "lead_coarse", "lead_users", "lead_rows"
_MOVES = ("user", "t", "place", "did", "booked", "depth")
_LEDGER_ONLY = ("arrive", "fresh")


@dataclass(frozen=True, eq=False)
class Steps:
    """The ledger of each lead, in chances: users times entries.

    Attributes
    ----------
    actions
        What each action of the plan has changed.
    times
        How often each was done, in steps of its own (and not as the first moment).
    time
        What quiet time between moments has changed, up to the last moment.
    began
        Set of the actions at the first moment, as a bit mask.
    first, last
        V at the first and at the last moment; not a number where a user has no moment.
    base
        V at an average arrival.
    """

    actions: Floats
    times: Ints
    time: Floats
    began: Ints
    first: Floats
    last: Floats
    base: float


def steps_of(log: EventLog, leads: pa.Table, model: LiftModel | None) -> Steps:
    """Ledger steps of each lead, counted in the engine; one row a lead leaves it.

    Parameters
    ----------
    log
        The event log.
    leads
        Column user, sorted.
    model
        A model fitted on the moments of the log; none to fit the journey value here.
    """
    found, value = _journey(log, model)
    scheme = _scheme(log, found)
    con = log.con
    base, overall = _keep_values(log, found, scheme, value)
    con.create_table(_LEADS, leads.select(["user"]), temp=True, overwrite=True)
    parts = in_parts(log.events, parts_for(log.facts.events, ROWS_A_PART))
    tables = [_part(log, events, scheme, overall) for events in parts]
    for name in (_VALUES, _COARSE, _LEADS, _ROWS):
        con.drop_table(name, force=True)
    actions = range(len(log.plan.actions))
    frame = pa.concat_tables(tables).to_pandas().set_index("user")
    frame = frame.reindex(leads["user"].to_numpy())
    return Steps(
        actions=frame[[f"s{i}" for i in actions]].fillna(0).to_numpy() / UNIT,
        times=frame[[f"n{i}" for i in actions]].fillna(0).to_numpy(dtype=np.int64),
        time=frame["time"].fillna(0).to_numpy() / UNIT,
        began=frame["began"].fillna(0).to_numpy(dtype=np.int64),
        first=frame["first"].to_numpy() / UNIT,
        last=frame["last"].to_numpy() / UNIT,
        base=base,
    )


def _journey(log: EventLog, model: LiftModel | None) -> tuple[Moments, Floats]:
    """Moments of the log, and V of each of their cells."""
    if model is not None:
        return model.moments_, model.journey_.of_cell
    found = moments(log)
    with threadpool_limits(1):
        # V as LiftModel fits it, without its lifts, which take longer than all the rest here.
        value = LiftModel().journey(found, States.from_moments(found))
    return found, value.of_cell


def _scheme(log: EventLog, found: Moments) -> Scheme:
    own = ("at", "arrive", "fresh", "done")
    features = tuple(field for field in found.fields if field.name not in own)
    return Scheme(found.steps, features, len(log.plan.actions), found.starts)


def _key_fields(scheme: Scheme) -> tuple[Field, ...]:
    """What V looks at: the state without what only the ledger needs; whether the step is new."""
    kept = (field for field in scheme.state if field.name not in _LEDGER_ONLY)
    return (*kept, Field("again", 2))


def _keep_values(
    log: EventLog, found: Moments, scheme: Scheme, value: Floats
) -> tuple[float, float]:
    """Keep V by state as tables of the engine; return V at an average arrival, and over all."""
    cells = found.cells
    masks = np.array([0, *scheme.steps], dtype=np.int64)
    at = cells["at"].to_numpy()
    now = cells["recency"].to_numpy() == 0 if found.kind == "clock" else at > 0
    columns = {
        field.name: cells[field.name].to_numpy().astype(np.int64)
        for field in scheme.state
        if field.name not in _LEDGER_ONLY
    }
    columns["again"] = ((masks[at] != cells["fresh"].to_numpy()) & now).astype(np.int64)
    n = cells["n"].to_numpy(dtype=np.float64)
    fine = pd.DataFrame(pack(columns, _key_fields(scheme)))
    coarse = pd.DataFrame({"at": columns["at"], "done": columns["done"]})
    for name, keys in ((_VALUES, fine), (_COARSE, coarse)):
        table = pa.Table.from_pandas(_mean_by(keys, value, n), preserve_index=False)
        log.con.create_table(name, table, temp=True, overwrite=True)
    arrived = cells["arrive"].to_numpy() == ARRIVED
    overall = float(np.average(value, weights=n)) if n.sum() else 0.0
    weight = n * arrived
    base = float(np.average(value, weights=weight)) if weight.sum() else overall
    return base, overall


def _mean_by(keys: pd.DataFrame, value: Floats, n: Floats) -> pd.DataFrame:
    names = list(keys.columns)
    sums = keys.assign(v=value * n, n=n).groupby(names, as_index=False)[["v", "n"]].sum()
    mean = np.round(UNIT * sums["v"] / sums["n"]).astype(np.int64)
    return sums[names].assign(v=mean)


def _part(log: EventLog, events: ir.Table, scheme: Scheme, overall: float) -> pa.Table:
    con, actions = log.con, range(len(log.plan.actions))
    events = events.semi_join(con.table(_LEADS), "user")
    is_clock = isinstance(log.plan.moments, Clock)
    build = clock.clock_rows if is_clock else visits.visit_rows
    rows = con.create_table(_ROWS, build(log, events, scheme), temp=True, overwrite=True)
    take_back(con, visits.LENT)
    # Of the clock's, runs of quiet ticks lie between two of the others, and all of it is time.
    tables = clock.moments_of(log, rows)[:2] if is_clock else visits.moments_of(rows, scheme)
    valued = [_valued(log, table, scheme, place, overall) for place, table in enumerate(tables)]
    every = ibis.union(*valued) if len(valued) > 1 else valued[0]
    return con.to_pyarrow(_summed(every, actions))


def _valued(log: EventLog, table: ir.Table, scheme: Scheme, place: int, overall: float) -> ir.Table:
    """Moments with their value, and what they are booked to."""
    is_clock = isinstance(log.plan.moments, Clock)
    now = (table.recency == 0) if is_clock else (table.at > 0)
    masks = [
        (table.at == i + 1, ibis.literal(mask, "int64")) for i, mask in enumerate(scheme.steps)
    ]
    step = ibis.cases(*masks, else_=ibis.literal(0, "int64")) if masks else ibis.literal(0, "int64")
    acted = table.arrive == ACTED
    if not (is_clock or scheme.starts):
        acted |= table.arrive == WAITED
    fields = _key_fields(scheme)
    columns = {
        field.name: table[field.name].cast("int64") for field in fields if field.name != "again"
    }
    columns["again"] = (now & (step != table.fresh)).cast("int64")
    # A tick begins after what happened before it, a visit before what happens in it.
    t = table.first_t + table.k_last * _tick(log) if is_clock and place == 1 else table.t
    keyed = table.select(
        "user",
        t=t.cast("int64"),
        place=ibis.literal(place, "int64"),
        did=now.ifelse(step, 0),
        booked=(now & acted).ifelse(step, 0),
        coarse_at=columns["at"],
        coarse_done=columns["done"],
        depth=columns["depth"],
        **pack(columns, fields),
    )
    con = log.con
    fine, coarse = con.table(_VALUES), con.table(_COARSE)
    keys = [name for name in fine.columns if name.startswith("key")]
    joined = keyed.left_join(fine, keys)
    known = joined.select(*_MOVES, "coarse_at", "coarse_done", fine_v=joined.v)
    joined = known.left_join(
        coarse, [known.coarse_at == coarse["at"], known.coarse_done == coarse["done"]]
    )
    # A state that nobody was in whose time is over has the value of all who had done the same.
    value = ibis.coalesce(joined.fine_v, joined.v, ibis.literal(round(UNIT * overall), "int64"))
    return joined.select(*_MOVES, "coarse_at", done=joined.coarse_done, v=value)


def _tick(log: EventLog) -> int:
    assert isinstance(log.plan.moments, Clock)
    return micros(log.plan.moments.clock)


def _summed(every: ir.Table, actions: Sequence[int]) -> ir.Table:
    """Changes of V from moment to moment, summed by what they are booked to, one row a user."""
    # What was done only ever grows, so it orders what happened at one time.
    order = ["t", "done", "place", "depth", "coarse_at"]
    within = ibis.window(group_by="user", order_by=order)
    moved = every.mutate(change=every.v - every.v.lag().over(within))
    several = sum(((moved.booked >> i) & 1 for i in actions), start=ibis.literal(0, "int64"))
    moved = moved.mutate(each=moved.change // ibis.greatest(several, 1))
    numbered = moved.mutate(number=ibis.row_number().over(within))
    done = {i: numbered.change.notnull() & (((numbered.booked >> i) & 1) == 1) for i in actions}
    return numbered.group_by("user").agg(
        began=numbered.did.argmin(numbered.number),
        first=numbered.v.argmin(numbered.number),
        last=numbered.v.argmax(numbered.number),
        time=numbered.change.sum(where=numbered.booked == 0).coalesce(0).cast("int64"),
        **{f"s{i}": numbered.each.sum(where=done[i]).coalesce(0).cast("int64") for i in actions},
        **{f"n{i}": numbered.count(where=done[i]) for i in actions},
    )
