"""What single users do, counted in the engine: who comes, who has only one event, who is no human.

Of a single user nothing leaves the engine but the example of the busiest one, under a number.
"""

from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from microlift.events import EventLog
from microlift.events.normalise import REACHED
from microlift.events.times import DAY, MINUTE
from microlift.plan import micros
from microlift.quality.calendar import Calendar
from microlift.quality.units import STEPS, UnitJump, unit_jump

# Users with fewer events are not looked at twice: they could not be told from people.
HEAVY = 200
# One event a second for a whole minute, in five different minutes, is no reader; a page that fires
# several events at a time makes such a minute now and then.
BUSY_MINUTE, BUSY_MINUTES = 60, 5
# 2,000 events are one every 30 seconds for 16 hours.
BUSY_DAY = 2_000
# Awake in 23 hours of one day, with events in each.
WAKING_HOURS = 23


@dataclass(frozen=True)
class Bots:
    """Users beyond human pace or volume, their events and macros, and the busiest of them.

    The busiest has a number, its events, the most in one day and in one minute.
    """

    users: int = 0
    events: int = 0
    macros: int = 0
    busiest: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Values:
    """What macros are worth, in minor units: worth nothing, far above the usual, all of them.

    `limit` is the value above which one is an outlier, `highest` the highest; `jump` is a day from
    which on the usual value is another.
    """

    zeros: int = 0
    outliers: int = 0
    outlier_sum: int = 0
    sum: int = 0
    limit: int = 0
    highest: int = 0
    jump: UnitJump | None = None


@dataclass(frozen=True)
class Doings:
    """Counts over users.

    Attributes
    ----------
    arrivals
        By day: users (first seen), single (with one event only), and of macro users all, those
        covered (the horizon lies inside the log), alone (the macro is the first event) and
        unplanned (no planned event before the macro).
    bots, values
    """

    arrivals: pd.DataFrame
    bots: Bots
    values: Values

    def total(self, name: str) -> int:
        """Sum a column of the arrivals."""
        return int(self.arrivals[name].sum())


def recorded(log: EventLog) -> ir.Table:
    """The events, without the states that rules say are reached between them."""
    if not any(action.ruled for action in log.plan.actions):
        return log.events
    return log.events.filter(log.events.event != REACHED)


def count_doings(log: EventLog, calendar: Calendar) -> Doings:
    """Count users by what they do.

    Parameters
    ----------
    log : EventLog
    calendar : Calendar
        The days of the plan's zone.
    """
    events, con = log.events, log.con
    users = events.group_by("user").agg(
        n=events.count(where=events.event != REACHED),
        begin=events.t.min(),
        macro_seq=events.seq.min(where=events.macro == 1),
        planned_seq=events.seq.min(where=(events.mask != 0) & (events.macro == 0)),
        macros=events.macro.sum(),
    )
    users = con.create_table("quality_users", users, temp=True, overwrite=True)
    try:
        # A day of its own column, since a group must be made of one relation.
        users = users.mutate(day=calendar.day(users.begin))
        macro = users.macro_seq.notnull()
        early = users.planned_seq < users.macro_seq
        covered = users.begin + micros(log.plan.horizon) <= log.facts.last_us
        by_day = users.group_by("day").agg(
            users=users.count(),
            single=(users.n == 1).sum(),
            macro_users=macro.sum(),
            covered=(macro & covered).sum(),
            alone=(users.macro_seq == 0).sum(),
            unplanned=(macro & ~early.fill_null(False)).sum(),
        )
        days = con.to_pyarrow(by_day).to_pandas().fillna(0).astype("int64").sort_values("day")
        return Doings(days.reset_index(drop=True), _bots(log, users), count_values(log))
    finally:
        con.drop_table("quality_users", force=True)


def _bots(log: EventLog, users: ir.Table) -> Bots:
    heavy = users.filter(users.n >= HEAVY).select("user", "n", "macros")
    events = recorded(log).select("user", "t").join(heavy, "user")
    minutes = events.group_by(["user", "n", "macros", (events.t // MINUTE).name("minute")]).agg(
        c=events.count(), whole=(events.t % MINUTE == 0).sum()
    )
    # Times to the minute or the day pile up by themselves: such rows say nothing of pace.
    pace = ibis.ifelse(minutes.whole == minutes.c, 0, minutes.c)
    minutes = minutes.mutate(
        pace=pace, day=minutes.minute // 1440, hour=(minutes.minute // 60) % 24
    )
    days = minutes.group_by(["user", "n", "macros", "day"]).agg(
        on_day=minutes.c.sum(),
        minute=minutes.pace.max(),
        busy=(minutes.pace >= BUSY_MINUTE).sum(),
        hours=minutes.hour.nunique(),
    )
    whole = days.group_by(["user", "n", "macros"]).agg(
        on_day=days.on_day.max(),
        minute=days.minute.max(),
        busy=days.busy.sum(),
        hours=days.hours.max(where=days.on_day >= HEAVY),
    )
    bots = whole.filter(
        (whole.busy >= BUSY_MINUTES)
        | (whole.on_day >= BUSY_DAY)
        | (whole.hours >= WAKING_HOURS).fill_null(False)
    )
    top = log.con.to_pyarrow(
        bots.mutate(
            bots=bots.count().over(),
            bot_events=bots.n.sum().over(),
            bot_macros=bots.macros.sum().over(),
        )
        .order_by([ibis.desc("n"), "user"])
        .limit(1)
    ).to_pylist()
    if not top:
        return Bots()
    row = {name: int(value or 0) for name, value in top[0].items()}
    busiest = {name: row[name] for name in ("user", "n", "on_day", "minute")}
    return Bots(row["bots"], row["bot_events"], row["bot_macros"], busiest)


# Values are usually skewed: on a log scale the distance from the median to the 95th percentile is
# 1.6 standard deviations, and three times that is 4.9, which chance reaches once in 2 million.
TIMES_THE_TAIL = 3
LEAST_TAIL = 1.5


def count_values(log: EventLog) -> Values:
    """Count what macros are worth; nothing where the plan says it in a number.

    Parameters
    ----------
    log : EventLog
    """
    if not isinstance(log.plan.macro.value, str):
        return Values()
    macros = log.events.filter(log.events.macro == 1)
    paid = macros.value > 0
    said = log.con.to_pyarrow(
        macros.agg(
            zeros=(macros.value == 0).sum(),
            value=macros.value.sum().cast("int64"),
            highest=macros.value.max(),
            middle=macros.value.quantile(0.5, where=paid),
            tail=macros.value.quantile(0.95, where=paid),
        )
    ).to_pylist()[0]
    limit = outlier_limit(float(said["middle"] or 0), float(said["tail"] or 0))
    above = macros.value > limit
    high = log.con.to_pyarrow(
        macros.agg(n=above.sum(), value=macros.value.sum(where=above).cast("int64"))
    ).to_pylist()[0]
    return Values(
        zeros=int(said["zeros"] or 0),
        outliers=int(high["n"] or 0),
        outlier_sum=int(high["value"] or 0),
        sum=int(said["value"] or 0),
        limit=limit,
        highest=int(said["highest"] or 0),
        jump=unit_jump(_by_day(log, macros.filter(paid))),
    )


def _by_day(log: EventLog, paid: ir.Table) -> pd.DataFrame:
    """Count values by day (of UTC) and class."""
    step = (paid.value.cast("float64").log10() * STEPS).round().cast("int64")
    keyed = paid.mutate(day=paid.t // DAY, step=step)
    counted = keyed.group_by(["day", "step"]).agg(n=keyed.count())
    frame: pd.DataFrame = log.con.to_pyarrow(counted).to_pandas().astype("int64")
    return frame


def outlier_limit(middle: float, tail: float) -> int:
    """Tell above which value a macro is unlike the others, from the median and 95th percentile.

    Examples
    --------
    >>> outlier_limit(5_000, 15_000)
    135000
    """
    if not middle:
        return np.iinfo(np.int64).max
    limit = middle * max(LEAST_TAIL, tail / middle) ** TIMES_THE_TAIL
    return int(min(limit, 9e18))
