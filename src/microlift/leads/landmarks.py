"""Landmarks: times in the past at which every user who is still open is looked at, as the leads are now.

What is known at a landmark is counted in the engine as small integers, so that millions of users
become some ten thousand cells: a state, the bucket of its users, how many they are, and how many
of them reach the macro within the horizon.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from microlift.errors import InputError
from microlift.events import EventLog
from microlift.moments.space import BUCKETS, DAY, HOUR, Binning, Field, pack, unpack
from microlift.plan import Clock, format_duration, micros

MOST_LANDMARKS = 8
LEAST_HORIZONS = 3  # one of history, one to learn from, one later to be judged on
USERS_A_PART = 400_000
TIMES = Binning("times", (1, 2, 3))  # how often an action was done
RECENCY = Binning(
    "recency",
    (HOUR, 6 * HOUR, DAY, *(d * DAY for d in (2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 90))),
)
TENURE = Binning("tenure", (HOUR, DAY, *(d * DAY for d in (3, 7, 14, 30, 60, 120))))
SESSIONS = Binning("sessions", (2, 3, 4, 6, 10))
EVENTS = Binning("events", (2, 3, 5, 9, 17, 33))
# Users are drawn by multiplying their number with the golden ratio of 2^32, see journeys.waiting.
_GOLDEN, _ROOM = 2_654_435_761, 1 << 32


@dataclass(frozen=True)
class Times:
    """When users are looked at, in microseconds.

    Attributes
    ----------
    now
        The end of the data.
    judged
        The last landmark: a horizon before the end.
    past
        The landmarks to learn from before that one: their horizons end before it begins.
    all
        Every landmark, the latest first; those to learn from for the leads of now.
    """

    now: int
    judged: int
    past: tuple[int, ...]
    all: tuple[int, ...]


def landmarks_of(log: EventLog) -> Times:
    """Choose the landmarks: evenly spaced, by whole days where they are days apart.

    Raises
    ------
    InputError
        If the log spans less than three horizons.
    """
    first, now, horizon = log.facts.first_us, log.facts.last_us, micros(log.plan.horizon)
    if now - first < LEAST_HORIZONS * horizon:
        told = format_duration(log.plan.horizon)
        msg = (
            f"score_leads() has a log of {(now - first) / DAY:,.1f} days and a horizon of {told}, "
            f"but needs {LEAST_HORIZONS} horizons ({LEAST_HORIZONS * horizon / DAY:,.1f} days): "
            "one of history, one to learn from, and a later one in which the scores are judged. "
            "Without that nobody could tell whether they are right. Widen the log, or shorten the "
            "horizon in the plan."
        )
        raise InputError(msg)
    earliest, judged = first + horizon, now - horizon
    step = max(horizon // 3, (judged - earliest) // (MOST_LANDMARKS - 1))
    step = step // DAY * DAY or step  # the same time of the day as now
    every = tuple(range(judged, earliest - 1, -step))
    past = tuple(t for t in every if t <= judged - horizon) or (earliest,)
    return Times(now, judged, past, every)


@dataclass(frozen=True, eq=False)
class Cells:
    """Open users at landmarks, by state and bucket.

    Attributes
    ----------
    fields
        The columns of a state.
    columns
        Values of each field, one array each.
    bucket
        Of each cell.
    n, y
        Users, and those of them who reach the macro within the horizon.
    """

    fields: tuple[Field, ...]
    columns: dict[str, npt.NDArray[np.int64]]
    bucket: npt.NDArray[np.int64]
    n: npt.NDArray[np.int64]
    y: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.n)


def quiet_limit(log: EventLog) -> int:
    """For how long a user may be quiet and still be open, in microseconds.

    With a clock the plan says it; with visits it is the horizon.
    """
    rule = log.plan.moments
    return micros(rule.quiet if isinstance(rule, Clock) else log.plan.horizon)


def state_fields(log: EventLog) -> tuple[Field, ...]:
    """Fields of what is known of an open user at a landmark."""
    attributes = [
        Field(f"a{i}", len(log.facts.attributes[name]))
        for i, name in enumerate(log.plan.log.attributes)
    ]
    actions = len(log.plan.actions)
    history = [Field(each.name, each.size) for each in (RECENCY, TENURE, SESSIONS, EVENTS)]
    done = [Field(f"times_{i}", TIMES.size) for i in range(actions)]
    acted = Field("acted", RECENCY.size + 1)
    return (*history, Field("last", actions + 1), acted, *attributes, *done)


def open_users(log: EventLog, events: ir.Table, at: int) -> ir.Table:
    """One row for each user who is open at a time, with the fields of the state then.

    Open: something happened by then, the last of it no longer ago than the quiet limit, and the
    macro has not come. `y`: it comes within the horizon.
    """
    horizon, seen = micros(log.plan.horizon), events.t <= at
    actions = range(len(log.plan.actions))
    planned = seen & (events.mask != 0)
    real = seen & (events.event >= 0)  # a state reached in silence is no sign of life
    users = events.filter(events.t <= at + horizon).group_by("user")
    known = users.agg(
        bucket=events.bucket.max().cast("int64"),
        first_t=events.t.min(where=real),
        last_t=events.t.max(where=real),
        acted_t=events.t.max(where=planned),
        macro_t=events.t.min(where=events.macro == 1),
        sessions_n=events.session.max(where=seen),
        events_n=real.cast("int64").sum(),
        last_mask=events.mask.argmax(events.seq, where=planned),
        **{f"n{i}": (seen & ((events.mask & (1 << i)) != 0)).cast("int64").sum() for i in actions},
        **{f"a{i}": events[f"a{i}"].max() for i in range(len(log.plan.log.attributes))},
    )
    known = known.filter(
        known.last_t.notnull(),
        known.last_t >= at - quiet_limit(log),
        known.macro_t.isnull() | (known.macro_t > at),
    )
    last = [((known.last_mask & (1 << i)) != 0, ibis.literal(i + 1, "int64")) for i in actions]
    return known.select(
        "user",
        "bucket",
        "last_t",
        y=known.macro_t.notnull().cast("int64"),
        recency=RECENCY.of(at - known.last_t),
        tenure=TENURE.of(at - known.first_t),
        sessions=SESSIONS.of(known.sessions_n),
        events=EVENTS.of(known.events_n),
        last=ibis.cases(*last, else_=ibis.literal(0, "int64")),
        acted=known.acted_t.isnull().ifelse(RECENCY.size, RECENCY.of(at - known.acted_t)),
        **{f"times_{i}": TIMES.of(known[f"n{i}"]) for i in actions},
        **{f"a{i}": known[f"a{i}"] for i in range(len(log.plan.log.attributes))},
    )


def count_cells(log: EventLog, times: Sequence[int], most: int) -> Cells:
    """Count the users open at each landmark into cells; of more than `most` users a sample."""
    events = sample(log, most)
    fields = (*state_fields(log), Field("bucket", BUCKETS))
    frames = []
    for at in times:
        users = open_users(log, events, at)
        keyed = users.select(**pack(_wide(users, fields), fields), y=users.y)
        keys = [name for name in keyed.columns if name != "y"]
        cells = keyed.group_by(keys).agg(n=keyed.count(), macros=keyed.y.sum().cast("int64"))
        frames.append(log.con.to_pyarrow(cells).to_pandas())
    keys = [name for name in frames[0].columns if name.startswith("key")]
    # Landmarks may share a cell: sums of integers, sorted by key.
    counted = pd.concat(frames).groupby(keys, as_index=False, sort=True)[["n", "macros"]].sum()
    columns = unpack([counted[key].to_numpy(dtype=np.int64) for key in keys], fields)
    bucket = columns.pop("bucket")
    n, y = (counted[name].to_numpy(dtype=np.int64) for name in ("n", "macros"))
    return Cells(fields[:-1], columns, bucket, n, y)


def list_open(log: EventLog, at: int) -> tuple[Cells, pa.Table]:
    """List the users open at a time, one cell each, and beside it user and last_t."""
    fields = (*state_fields(log), Field("bucket", BUCKETS))
    parts = min(BUCKETS, -(-log.facts.users // USERS_A_PART))
    tables = []
    for part in range(parts):
        events = log.events.filter(log.events.bucket % parts == part) if parts > 1 else log.events
        users = open_users(log, events, at)
        keyed = users.select("user", "last_t", **pack(_wide(users, fields), fields))
        tables.append(log.con.to_pyarrow(keyed))
    found = pa.concat_tables(tables).sort_by("user")
    keys = [name for name in found.column_names if name.startswith("key")]
    columns = unpack([found[key].to_numpy() for key in keys], fields)
    bucket, ones = columns.pop("bucket"), np.ones(len(found), dtype=np.int64)
    return Cells(fields[:-1], columns, bucket, ones, np.zeros_like(ones)), found.select(
        ["user", "last_t"]
    )


def sample(log: EventLog, most: int) -> ir.Table:
    """Events of all users, or of about `most` of them, the same ones in every run."""
    if log.facts.users <= most:
        return log.events
    limit = most * _ROOM // log.facts.users
    drawn = (log.events.user.cast("int64") * _GOLDEN) % _ROOM < limit
    return cast("ir.Table", log.events.filter(drawn))


def _wide(users: ir.Table, fields: Sequence[Field]) -> dict[str, ir.IntegerValue]:
    return {field.name: users[field.name].cast("int64") for field in fields}
