"""Members and the rest, followed for the same time from comparable moments; counted in the engine.

A member is followed from the moment of becoming one. The rest is whoever is without a macro and no
member (yet) at such a moment: each of their events is one, and where members become known by a wait
in vain, each of their waits of that length. What follows a moment is counted by the same query for
both.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from microlift.events import EventLog
from microlift.events.normalise import REACHED
from microlift.events.parts import in_parts, parts_for
from microlift.events.times import DAY, HOUR, MINUTE
from microlift.journeys.attempts import ROWS_A_PART
from microlift.journeys.cohorts.language import SESSION, Node, Wait
from microlift.journeys.cohorts.membership import find_members
from microlift.journeys.cohorts.places import (
    LATE,
    Places,
    event_key,
    events_by,
    kind_at,
    placed,
)
from microlift.plan import micros

MOMENTS = 400_000  # of the rest: more makes no interval narrower that anybody could see
RETURNS = 50_000  # users whose later visits are looked at
WEEK = 7 * DAY
WEEKS = (1, 2, 4)
STRATUM = ["kind", "tenure", "depth", "week"]
_CELL = [*STRATUM, "bucket"]
_SIZES = ("users", "macros", "at_once", "others", "other_macros")
# Upper ends of bins: of the time since the first event, and of the number of events so far.
_TENURES = (
    0, MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, DAY, 2 * DAY, 4 * DAY, WEEK, 2 * WEEK, 4 * WEEK,
    8 * WEEK, 16 * WEEK, 52 * WEEK,
)  # fmt: skip
_DEPTHS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64)
_GOLDEN, _SILVER, _ROOM = 2_654_435_761, 1_640_531_527, 1 << 32  # as in `waiting`
_USERS, _REST, _STARTS = "cohort_users", "cohort_rest", "cohort_visits"


@dataclass(frozen=True, eq=False)
class Followed:
    """What follows, as counts.

    Attributes
    ----------
    sizes
        One row a cohort, in their order: users, macros (of these at any time later), at_once (of
        these at the very time of becoming a member), others, other_macros (of users who never
        are members).
    members, rest
        One row for each cohort, stratum (kind, tenure, depth, week) and bucket: n (moments whose
        horizon lies in the log), y (macros within it), value (theirs), and for each week after n1,
        y1, n2.. (moments for which the log holds that week; those with a visit begun in it).
    """

    sizes: pd.DataFrame
    members: pd.DataFrame
    rest: pd.DataFrame


def follow_cohorts(log: EventLog, asked: Sequence[Node]) -> Followed:
    """Follow members and the rest; large logs a part of the users at a time."""
    sizes, members, rest = [], [], []
    for events in in_parts(log.events, parts_for(log.facts.events, ROWS_A_PART)):
        users = log.con.create_table(
            _USERS, find_members(log, events, asked), temp=True, overwrite=True
        )
        sizes.append(_sizes(log, users, len(asked)))
        starts = log.con.create_table(_STARTS, _visits(log, events), temp=True, overwrite=True)
        others = log.con.create_table(
            _REST, _moments(log, _others(log, events, users, asked), starts),
            temp=True, overwrite=True,
        )  # fmt: skip
        own = _moments(log, _becoming(users, len(asked)), starts)
        members.append(log.con.to_pyarrow(_cells(own)))
        rest += [
            log.con.to_pyarrow(_cells(_not_yet(others, users, number)))
            for number in range(len(asked))
        ]
    for name in (_USERS, _REST, _STARTS):
        log.con.drop_table(name, force=True)
    return Followed(
        sum(sizes[1:], start=sizes[0]),
        _summed(members, ["cohort", *_CELL]),
        _summed(rest, ["cohort", *_CELL]),
    )


def _sizes(log: EventLog, users: ir.Table, cohorts: int) -> pd.DataFrame:
    """One row a cohort, in their order."""
    has_macro = users.macro_key < LATE
    counts = {}
    for number in range(cohorts):
        is_member = users[f"k{number}"] < LATE
        at_once = is_member & (users.macro_t == users[f"t{number}"])
        kinds = (is_member, is_member & has_macro, at_once, ~is_member, ~is_member & has_macro)
        for name, held in zip(_SIZES, kinds, strict=True):
            counts[f"{name}_{number}"] = held.sum()
    found = log.con.to_pyarrow(users.agg(**counts)).to_pylist()[0]
    return pd.DataFrame(
        {name: [int(found[f"{name}_{n}"] or 0) for n in range(cohorts)] for name in _SIZES}
    )


def _visits(log: EventLog, events: ir.Table) -> ir.Table:
    """Starts of the visits of those users whose later visits are looked at."""
    return events.filter(events.opens == 1, _drawn(events.user, log.facts.users)).select(
        "user", start="t"
    )


def _drawn(user: ir.IntegerValue, users: int) -> ir.BooleanValue:
    """The same users in every run, at most about so many."""
    limit = _ROOM if users <= RETURNS else RETURNS * _ROOM // users
    drawn: ir.BooleanValue = (user.cast("int64") * _GOLDEN) % _ROOM < limit
    return drawn


_ABOUT = ["user", "bucket", "begin", "macro_t", "macro_key", "value"]


def _becoming(users: ir.Table, cohorts: int) -> ir.Table:
    """The moments at which users become members."""
    own = [
        users.filter(users[f"k{number}"] < LATE).select(
            *_ABOUT, key=f"k{number}", t=f"t{number}", cohort=ibis.literal(number, "int64")
        )
        for number in range(cohorts)
    ]
    return ibis.union(*own) if cohorts > 1 else own[0]


def _others(log: EventLog, events: ir.Table, users: ir.Table, asked: Sequence[Node]) -> ir.Table:
    """Moments of users without a macro, members or not: events, and waits after them."""
    real = events.filter(events.event != REACHED, events.macro == 0)
    real = real.filter(_some(log, real.user, real.seq)).select("user", "seq", "t")
    at_events = real.select("user", "t", key=event_key(real.seq))
    places = Places.of(log.plan, asked)
    kinds = [_waits(log, events, real, wait, places.kind(wait)) for wait in places.waits]
    every = at_events
    for each in kinds:
        every = every.union(each.select("user", "t", "key"))
    joined = every.join(users.select(*_ABOUT), "user")
    return joined.filter(joined.key < joined.macro_key).mutate(cohort=ibis.literal(0, "int64"))


def _some(log: EventLog, user: ir.IntegerValue, number: ir.IntegerValue) -> ir.BooleanValue:
    """The same moments in every run, spread evenly, at most about so many."""
    events = log.facts.events
    limit = _ROOM if events <= MOMENTS else MOMENTS * _ROOM // events
    some: ir.BooleanValue = (
        user.cast("int64") * _GOLDEN % _ROOM + number.cast("int64") * _SILVER
    ) % _ROOM < limit
    return some


def _waits(log: EventLog, events: ir.Table, real: ir.Table, wait: Wait, kind: int) -> ir.Table:
    """The ends of waits: so long after events, or after the visit's last."""
    if wait == SESSION:
        visits = events.filter(events.event != REACHED, _some(log, events.user, events.session))
        over = visits.group_by(["user", "session"]).agg(
            t=visits.t.max() + (micros(log.plan.log.session_gap) + 1)
        )
    else:
        assert isinstance(wait, int)
        over = real.mutate(t=real.t + (wait + 1))
    over = over.filter(over.t <= log.facts.last_us).select("user", "t").distinct()
    return placed(over, events, kind)


def _not_yet(others: ir.Table, users: ir.Table, number: int) -> ir.Table:
    """Moments before users become members, or of those who never do."""
    until = users.select("user", until=f"k{number}", time=f"t{number}")
    joined = others.join(until, "user")
    # Waits that end at one instant have no order among them.
    at_event = kind_at(joined.key) == 0
    return joined.filter(
        (joined.key < joined.until) & (at_event | (joined.t < joined["time"]))
    ).mutate(cohort=ibis.literal(number, "int64"))


def _moments(log: EventLog, moments: ir.Table, starts: ir.Table) -> ir.Table:
    """Where moments stand, and what follows them: the same for members and the rest."""
    last = log.facts.last_us
    ends = moments.t + micros(log.plan.horizon)
    looked = _drawn(moments.user, log.facts.users)
    # A macro follows any moment that is looked at, if there is one at all.
    known = (ends <= last).cast("int64")
    macro = known * (moments.macro_t <= ends).cast("int64")
    placed_moments = moments.select(
        "cohort", "user", "t", "key", "bucket",
        kind=kind_at(moments.key).cast("int64"),
        tenure=_bin(moments.t - moments.begin, _TENURES),
        depth=_bin(events_by(moments.key), _DEPTHS),
        week=((moments.t - log.facts.first_us) // WEEK).cast("int64"),
        n=known,
        y=macro,
        value=macro * moments["value"],
        **{f"n{w}": (looked & (moments.t + w * WEEK <= last)).cast("int64") for w in WEEKS},
    )  # fmt: skip
    return _with_returns(placed_moments, starts)


def _with_returns(moments: ir.Table, starts: ir.Table) -> ir.Table:
    """Whether a visit begins in each of the weeks after."""
    after = moments.filter(moments.n1 == 1).select("user", "t", "key").distinct()
    pairs = after.join(
        starts, ["user", starts.start > after.t, starts.start <= after.t + WEEKS[-1] * WEEK]
    )
    week = (pairs.start - pairs.t - 1) // WEEK + 1
    came = pairs.group_by(["user", "key", "t"]).agg(
        **{f"y{w}": (week == w).max().cast("int64") for w in WEEKS}
    )
    joined = moments.left_join(came, ["user", "key", "t"])
    return joined.mutate(
        **{f"y{w}": joined[f"n{w}"] * joined[f"y{w}"].fill_null(0) for w in WEEKS}
    ).select(*moments.columns, *(f"y{w}" for w in WEEKS))


def _cells(moments: ir.Table) -> ir.Table:
    sums = ["n", "y", "value", *(f"{x}{w}" for w in WEEKS for x in "ny")]
    watched = moments.filter((moments.n == 1) | (moments.n1 == 1))
    sums_of = {name: watched[name].sum().cast("int64") for name in sums}
    return watched.group_by(["cohort", *_CELL]).agg(**sums_of)


def _bin(value: ir.IntegerValue, ends: Sequence[int]) -> ir.IntegerValue:
    cases = [(value <= end, place) for place, end in enumerate(ends)]
    found: ir.IntegerValue = ibis.cases(*cases, else_=len(ends)).cast("int64")
    return found


def _summed(tables: Sequence[pa.Table], keys: list[str]) -> pd.DataFrame:
    together = pa.concat_tables(tables).to_pandas()
    summed: pd.DataFrame = together.groupby(keys, as_index=False, sort=True).sum()
    return summed
