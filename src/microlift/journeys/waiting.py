"""How long until: first macros and first actions of each user, counted in the engine.

Waiting times leave the engine as counts by time bin. A bin is a second long in the first hour, a
minute in the first week, an hour beyond: never longer than a sixtieth of the time itself.
"""

from collections.abc import Iterable

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from microlift.errors import InputError
from microlift.events import EventLog
from microlift.events.parts import in_parts, parts_for
from microlift.events.times import DAY, HOUR, MINUTE, SECOND
from microlift.journeys.counting import segment_of
from microlift.plan.quoting import clipped

WEEK = 7 * DAY
CELLS_A_PART = 20_000_000  # of users and first times, as one table of the engine
# Users are drawn by multiplying their number with the golden ratio of 2^32: the same ones in every
# run, spread evenly, and with no period that something else about them could share.
_GOLDEN, _ROOM = 2_654_435_761, 1 << 32


def first_macros(log: EventLog, by: str | None) -> pd.DataFrame:
    """Users by the time from their first event to their first macro, or to the end of the log.

    Returns
    -------
    One row for each segment, bin (`wait`, its end in microseconds) and whether the macro was
    `reached` (0, 1): how many users (`n`).
    """
    events = log.events.mutate(segment=segment_of(log, log.events, by))
    users = events.group_by(["user", "segment"]).agg(
        begin=events.t.min(), macro=events.t.min(where=events.macro == 1)
    )
    waited = users.mutate(
        wait=bin_end(users.macro.coalesce(log.facts.last_us) - users.begin),
        reached=users.macro.notnull().cast("int64"),
    )
    counted = waited.group_by(["segment", "wait", "reached"]).agg(n=waited.count())
    frame: pd.DataFrame = log.con.to_pyarrow(counted).to_pandas()
    return frame.sort_values(["segment", "wait", "reached"], ignore_index=True)


def lags_after(log: EventLog) -> pd.DataFrame:
    """Users by the time from their first occurrence of an action to their first macro.

    Occurrences after the macro do not count; users without a macro wait until the end of the log.

    Returns
    -------
    One row for each `action` (its place in the plan), bin (`lag`, its end in microseconds) and
    whether the macro was `reached` (0, 1): how many users (`n`).
    """
    actions = len(log.plan.actions)
    counted = []
    for events in in_parts(log.events, parts_for(log.facts.users * actions, CELLS_A_PART)):
        first = log.con.create_table(
            "first_times", first_times(log, events), temp=True, overwrite=True
        )
        lags = [
            first.filter(first[f"f{i}"].notnull()).select(
                action=ibis.literal(i, "int64"),
                lag=bin_end(first.end - first[f"f{i}"]),
                reached=first.reached,
            )
            for i in range(actions)
        ]
        every = ibis.union(*lags) if actions > 1 else lags[0]
        grouped = every.group_by(["action", "lag", "reached"]).agg(n=every.count())
        counted.append(log.con.to_pyarrow(grouped).to_pandas())
    log.con.drop_table("first_times", force=True)
    keys = ["action", "lag", "reached"]
    summed: pd.DataFrame = pd.concat(counted).groupby(keys, as_index=False, sort=True)[["n"]].sum()
    return summed


def sample_of_users(log: EventLog, most: int) -> pd.DataFrame:
    """First times of a bounded sample of users, the same ones in every run, without their ids.

    Returns
    -------
    One row a user: the columns of `first_times` and the codes of all attributes (a0..), sorted.
    """
    events = log.events
    if log.facts.users > most:
        limit = most * _ROOM // log.facts.users
        events = events.filter((events.user.cast("int64") * _GOLDEN) % _ROOM < limit)
    frame: pd.DataFrame = log.con.to_pyarrow(first_times(log, events)).to_pandas()
    return frame.sort_values(list(frame.columns), ignore_index=True)


def first_times(log: EventLog, events: ir.Table) -> ir.Table:
    """One row a user, without the user.

    `end` is the time from the first event to the macro (`reached` 1) or to the end of the log,
    `f0`.. that to the first occurrence of each action, null where the macro came before it in the
    total order. `opening`: the macro is the very first event.
    """
    bits = range(len(log.plan.actions))
    did = {i: (events.mask & (1 << i)) != 0 for i in bits}
    users = events.group_by("user").agg(
        begin=events.t.min(),
        begin_seq=events.seq.min(),
        macro=events.t.min(where=events.macro == 1),
        macro_seq=events.seq.min(where=events.macro == 1),
        **{f"t{i}": events.t.min(where=did[i]) for i in bits},
        **{f"s{i}": events.seq.min(where=did[i]) for i in bits},
        **{f"a{i}": events[f"a{i}"].max() for i in range(len(log.plan.log.attributes))},
    )
    before = {i: users.macro_seq.isnull() | (users[f"s{i}"] < users.macro_seq) for i in bits}
    return users.select(
        end=users.macro.coalesce(log.facts.last_us) - users.begin,
        reached=users.macro.notnull().cast("int64"),
        opening=(users.macro_seq == users.begin_seq).coalesce(False),
        **{f"f{i}": before[i].ifelse(users[f"t{i}"] - users.begin, None) for i in bits},
        **{f"a{i}": users[f"a{i}"] for i in range(len(log.plan.log.attributes))},
    )


def macro_name(log: EventLog) -> str:
    """What the plan calls a macro, bounded."""
    return clipped(log.plan.macro.name, 100)


def refuse_without_macros(what: str, log: EventLog, got: int, least: int) -> None:
    """Refuse a look at what comes before macros where too few have anything before them."""
    if got >= least:
        return
    msg = (
        f"{what} has {got:,} macros to go by, of {log.facts.macros:,} in the log of "
        f"{log.facts.users:,} users: only a user's first macro counts, and only with something "
        f"before it. Below {least:,} times cannot be told from chance. Widen the log, or name an "
        "earlier goal as macro in the plan."
    )
    raise InputError(msg)


def told(time: float) -> str:
    """Write a time in microseconds as people say it.

    >>> told(0), told(90 * SECOND), told(90 * MINUTE), told(60 * HOUR), told(float("nan"))
    ('at once', '1.5 minutes', '1.5 hours', '2.5 days', 'not reached')
    """
    if not np.isfinite(time):
        return "not reached"
    for unit, name in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"), (SECOND, "second")):
        number = round(time / unit, 1)
        if number >= 1:
            return f"{number:,g} {name}{'' if number == 1 else 's'}"
    return "at once"


def many(names: Iterable[str], most: int = 3) -> str:
    """Join names for a sentence, bounded in number and length.

    >>> many("abcde")
    'a, b, c and 2 more'
    """
    known = [clipped(name) for name in names]
    more = f" and {len(known) - most} more" if len(known) > most else ""
    return ", ".join(known[:most]) + more


def bin_end(time: ir.IntegerValue) -> ir.IntegerValue:
    """The end of the bin that a waiting time falls into, in microseconds."""
    unit = ibis.cases((time <= HOUR, SECOND), (time <= WEEK, MINUTE), else_=HOUR).cast("int64")
    return (time + (unit - time % unit) % unit).cast("int64")
