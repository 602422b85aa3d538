"""What readiness counts of a log, in its engine: macros by day, visits by what was done, delays.

Macros are visits with one, which is how a platform counts one per click. Days are 24 hours each
and end where the log ends, so that the last 30 of them are the last 30 days to the microsecond.
"""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd

from microlift.bidding.thresholds import WINDOW
from microlift.events import EventLog
from microlift.events.parts import in_parts, parts_for
from microlift.events.times import DAY
from microlift.journeys.counting import segment_of
from microlift.journeys.trends.days import ROWS_A_PART, proper_days
from microlift.journeys.waiting import bin_end, first_macros, first_times

Ints = npt.NDArray[np.int64]
_VISITS = "bidding_visits"


@dataclass(frozen=True, eq=False)
class Counts:
    """Counts of a log, by segment where `by` was given.

    Attributes
    ----------
    end
        The last event of the log proper, in microseconds since 1970 UTC.
    days
        Whole days of 24 hours from the log's begin to its end.
    macros
        Columns segment, age (days before the end: 0 is the last one), n: visits with a macro.
    lately
        Columns segment, did (a bit mask of actions), n: visits with an event in the last 30 days.
    waits
        Columns segment, wait (microseconds), reached, n: users from their first event on.
    clicks
        Columns segment, wait, n: visits with a macro, from their begin to the macro.
    worth
        Columns segment, n, value: macros of the whole log, and their value in minor units.
    """

    end: int
    days: int
    macros: pd.DataFrame
    lately: pd.DataFrame
    waits: pd.DataFrame
    clicks: pd.DataFrame
    worth: pd.DataFrame


def count_log(log: EventLog, by: str | None) -> Counts:
    """Count what a readiness verdict needs.

    Parameters
    ----------
    log
        The event log, open.
    by
        An attribute of the plan, by which all counts are told apart.
    """
    begin, end = _edges(log)
    found: list[list[pd.DataFrame]] = []
    try:
        for events in in_parts(log.events, parts_for(log.facts.events, ROWS_A_PART)):
            found.append(_count_part(log, events, by, end))
    finally:
        log.con.drop_table(_VISITS, force=True)
    macros, lately, clicks = (
        pd.concat(list(each)).groupby(keys, as_index=False, sort=True)[["n"]].sum()
        for each, keys in zip(
            zip(*found, strict=True),
            (["segment", "age"], ["segment", "did"], ["segment", "wait"]),
            strict=True,
        )
    )
    return Counts(
        end=end,
        days=max(1, (end - begin) // DAY),
        macros=macros,
        lately=lately,
        waits=first_macros(log, by),
        clicks=clicks,
        worth=_worth(log, by),
    )


def daily(macros: pd.DataFrame, days: int) -> npt.NDArray[np.float64]:
    """Macros of each whole day, the oldest first.

    >>> daily(pd.DataFrame({"age": [0, 2, 9], "n": [5, 1, 7]}), 3).tolist()
    [1.0, 0.0, 5.0]
    """
    kept = macros[macros["age"] < days]
    ages = kept["age"].to_numpy(np.int64)
    return np.bincount(ages, kept["n"], days)[::-1].astype(np.float64)


def action_delays(log: EventLog) -> pd.DataFrame:
    """Days from the first touch to each action, and from each action to the macro that follows.

    Returns
    -------
    One row an action, in the order of the plan: to_median, to_most (90 %), on_median, on_most.
    Those of the users seen: slow macros behind the log's end are missing.
    """
    first = first_times(log, log.events)
    bits = range(len(log.plan.actions))
    asked = {}
    for bit in bits:
        to = first[f"f{bit}"]
        on = (first.reached == 1).ifelse(first.end - to, None)
        for name, share in (("median", 0.5), ("most", 0.9)):
            asked[f"to_{name}_{bit}"] = to.quantile(share).cast("float64")
            asked[f"on_{name}_{bit}"] = on.quantile(share).cast("float64")
    row = log.con.to_pyarrow(first.agg(**asked)).to_pylist()[0]
    names = ("to_median", "to_most", "on_median", "on_most")
    return pd.DataFrame(
        [{name: _days(row[f"{name}_{bit}"]) for name in names} for bit in bits], columns=list(names)
    )


def _days(micros: float | None) -> float:
    return float("nan") if micros is None else micros / DAY


def _edges(log: EventLog) -> tuple[int, int]:
    """The first and the last event of the log proper: a stray clock moves neither."""
    first, last = proper_days(log)
    t = log.events.t
    begin, end = log.facts.first_us, log.facts.last_us
    if begin < first * DAY or end >= (last + 1) * DAY:
        inside = log.events.filter((t >= first * DAY) & (t < (last + 1) * DAY))
        ends = inside.agg(begin=inside.t.min(), end=inside.t.max())
        row = log.con.to_pyarrow(ends).to_pylist()[0]
        begin, end = max(begin, int(row["begin"])), min(end, int(row["end"]))
    return begin, end


def _count_part(log: EventLog, events: ir.Table, by: str | None, end: int) -> list[pd.DataFrame]:
    events = events.mutate(segment=segment_of(log, events, by)).filter(events.t <= end)
    recent = events.t > end - WINDOW * DAY
    visits = events.group_by(["user", "session"]).agg(
        segment=events.segment.max(),
        begin=events.t.min(),
        macro=events.t.min(where=events.macro == 1),
        did=events.mask.bit_or(where=recent).coalesce(0),
        late=events.t.max() > end - WINDOW * DAY,
    )
    kept = visits.select("segment", "begin", "macro", "did", "late")
    table = log.con.create_table(_VISITS, kept, temp=True, overwrite=True)
    macro = table.filter(table.macro.notnull())
    return [
        _summed(log, macro, age=((end - macro.macro) // DAY).cast("int64")),
        _summed(log, table.filter(table.late), did=table.did.cast("int64")),
        _summed(log, macro, wait=bin_end(macro.macro - macro.begin)),
    ]


def _summed(log: EventLog, table: ir.Table, **key: ir.IntegerValue) -> pd.DataFrame:
    (name,) = key
    keyed = table.mutate(**key)
    counted = keyed.group_by(["segment", name]).agg(n=keyed.count())
    frame: pd.DataFrame = log.con.to_pyarrow(counted).to_pandas().astype("int64")
    return frame


def _worth(log: EventLog, by: str | None) -> pd.DataFrame:
    macros = log.events.filter(log.events.macro == 1)
    macros = macros.mutate(segment=segment_of(log, macros, by), one=ibis.literal(1))
    summed = macros.group_by("segment").agg(
        n=macros.count(), value=macros.value.sum().cast("int64")
    )
    frame: pd.DataFrame = log.con.to_pyarrow(summed).to_pandas().astype("int64")
    return frame.sort_values("segment", ignore_index=True)
