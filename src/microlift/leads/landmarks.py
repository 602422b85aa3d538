"""Landmarks: times in the past at which every open user is looked at, as the leads are now.

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
import pyarrow as pa

from microlift.errors import InputError
from microlift.events import EventLog
from microlift.events.parts import in_parts, parts_for
from microlift.moments.space import BUCKETS, DAY, HOUR, Binning, Field, pack, unpack
from microlift.plan import Clock, format_duration, micros

MOST_LANDMARKS = 8
LEAST_HORIZONS = 3  # one of history, one to learn from, one later to be judged on
USERS_A_PART = 800_000  # of one query: a group each, at each of its landmarks
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
    landmarks
        The latest first: that one, a horizon before the end, is judged on. All of them are learned
        from for the leads of now.
    past
        How many of them, from the last on, are learned from to be judged: their horizons end before
        the latest begins.
    """

    now: int
    landmarks: tuple[int, ...]
    past: int


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
    if every[-1] > judged - horizon:
        every = (*every, earliest)
    return Times(now, every, sum(at <= judged - horizon for at in every))


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

    def take(self, which: npt.NDArray[np.bool_]) -> "Cells":
        """Some of the cells."""
        columns = {name: column[which] for name, column in self.columns.items()}
        return Cells(self.fields, columns, self.bucket[which], self.n[which], self.y[which])

    @staticmethod
    def together(parts: "Sequence[Cells]") -> "Cells":
        """Cells of several landmarks, one after the other."""
        columns = {
            field.name: np.concatenate([part.columns[field.name] for part in parts])
            for field in parts[0].fields
        }
        whole = (np.concatenate([getattr(p, name) for p in parts]) for name in ("bucket", "n", "y"))
        return Cells(parts[0].fields, columns, *whole)


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


def open_users(log: EventLog, events: ir.Table, times: Sequence[int]) -> ir.Table:
    """One row for each time and each user who is open then, with the fields of the state.

    Open: something happened by then, the last of it no longer ago than the quiet limit, and the
    macro has not come. `y`: it comes within the horizon. `mark` is the place of the time.
    """
    marks = ibis.memtable({"mark": list(range(len(times))), "at": [int(at) for at in times]})
    seen_then = events.join(marks, events.t <= marks["at"] + micros(log.plan.horizon))
    actions, attributes = range(len(log.plan.actions)), range(len(log.plan.log.attributes))
    seen = seen_then.t <= seen_then["at"]
    planned = seen & (seen_then.mask != 0)
    real = seen & (seen_then.event >= 0)  # a state reached in silence is no sign of life
    known = seen_then.group_by(["user", "mark", "at"]).agg(
        bucket=seen_then.bucket.max(),
        first_t=seen_then.t.min(where=real),
        last_t=seen_then.t.max(where=real),
        acted_t=seen_then.t.max(where=planned),
        macro_t=seen_then.t.min(where=seen_then.macro == 1),
        sessions_n=seen_then.session.max(where=seen),
        events_n=real.cast("int32").sum(),
        last_mask=seen_then.mask.argmax(seen_then.seq, where=planned),
        **{
            f"n{i}": seen_then.count(where=seen & (seen_then.mask & (1 << i) != 0)) for i in actions
        },
        **{f"a{i}": seen_then[f"a{i}"].max() for i in attributes},
    )
    known = known.filter(
        known.last_t >= known["at"] - quiet_limit(log),
        known.macro_t.isnull() | (known.macro_t > known["at"]),
    )
    last = [((known.last_mask & (1 << i)) != 0, ibis.literal(i + 1, "int64")) for i in actions]
    return known.select(
        "user",
        "last_t",
        "mark",
        bucket=known.bucket,
        y=known.macro_t.notnull().cast("int64"),
        recency=_bin(RECENCY, known["at"] - known.last_t),
        tenure=_bin(TENURE, known["at"] - known.first_t),
        sessions=_bin(SESSIONS, known.sessions_n),
        events=_bin(EVENTS, known.events_n),
        last=ibis.cases(*last, else_=ibis.literal(0, "int64")),
        acted=_bin(RECENCY, known["at"] - known.acted_t).coalesce(RECENCY.size),
        **{f"times_{i}": ibis.least(known[f"n{i}"], TIMES.size - 1) for i in actions},
        **{f"a{i}": known[f"a{i}"] for i in attributes},
    )


def _bin(binning: Binning, value: ir.IntegerValue) -> ir.IntegerValue:
    """Bin of a value that is not negative, as one expression: of a dozen, compiling takes long."""
    return cast("ir.IntegerValue", value.bucket((0, *binning.edges), include_over=True))


def count_cells(log: EventLog, times: Sequence[int], most: int) -> tuple[Cells, ...]:
    """Count the users open at each landmark into cells; of more than `most` users a sample."""
    marks = Field("mark", len(times))
    fields = (marks, *state_fields(log), Field("bucket", BUCKETS))
    users_then = min(log.facts.users, most) * len(times)
    tables = []
    for events in in_parts(sample(log, most), parts_for(users_then, USERS_A_PART)):
        users = open_users(log, events, times)
        keyed = users.select(**pack(_wide(users, fields), fields), y=users.y)
        keys = [name for name in keyed.columns if name != "y"]
        cells = keyed.group_by(keys).agg(n=keyed.count(), macros=keyed.y.sum().cast("int64"))
        tables.append(log.con.to_pyarrow(cells).sort_by([(key, "ascending") for key in keys]))
    found = pa.concat_tables(tables)
    columns = _columns(found, fields)
    mark, bucket = columns.pop("mark"), columns.pop("bucket")
    n, y = (found[name].to_numpy() for name in ("n", "macros"))
    every = Cells(fields[1:-1], columns, bucket, n, y)
    return tuple(every.take(mark == place) for place in range(len(times)))


def list_open(log: EventLog, at: int) -> tuple[Cells, pa.Table]:
    """List the users open at a time, one cell each, and beside it user and last_t."""
    fields = (*state_fields(log), Field("bucket", BUCKETS))
    tables = []
    for events in in_parts(log.events, parts_for(log.facts.users, USERS_A_PART)):
        users = open_users(log, events, [at])
        keyed = users.select("user", "last_t", **pack(_wide(users, fields), fields))
        tables.append(log.con.to_pyarrow(keyed))
    found = pa.concat_tables(tables).sort_by("user")
    columns = _columns(found, fields)
    bucket, ones = columns.pop("bucket"), np.ones(len(found), dtype=np.int64)
    cells = Cells(fields[:-1], columns, bucket, ones, np.zeros_like(ones))
    return cells, found.select(["user", "last_t"])


def _columns(found: pa.Table, fields: Sequence[Field]) -> dict[str, npt.NDArray[np.int64]]:
    keys = [name for name in found.column_names if name.startswith("key")]
    return unpack([found[key].to_numpy() for key in keys], fields)


def sample(log: EventLog, most: int) -> ir.Table:
    """Events of all users, or of about `most` of them, the same ones in every run."""
    if log.facts.users <= most:
        return log.events
    limit = most * _ROOM // log.facts.users
    drawn = (log.events.user.cast("int64") * _GOLDEN) % _ROOM < limit
    return cast("ir.Table", log.events.filter(drawn))


def _wide(users: ir.Table, fields: Sequence[Field]) -> dict[str, ir.IntegerValue]:
    return {field.name: users[field.name].cast("int64") for field in fields}
