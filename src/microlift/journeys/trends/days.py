"""Sessions or visitors by day: counted in the engine, as sums of integers."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from microlift.events import EventLog
from microlift.events.parts import in_parts, parts_for
from microlift.events.times import DAY, HOUR
from microlift.journeys.attempts import MACRO_STEP
from microlift.journeys.counting import segment_column
from microlift.journeys.shares import Floats
from microlift.plan import micros
from microlift.quality.calendar import Calendar, calendar_of
from microlift.quality.counts import log_proper

SESSION: Final = "session"
VISITOR: Final = "visitor"
MONDAY = 3  # 1 January 1970 was a Thursday
EDGE = 2 * HOUR  # a day is whole if the log begins so soon after midnight, or ends so soon before
ROWS_A_PART = 5_000_000
_UNITS = "units_by_day"
_FIRST_DAY = date(1970, 1, 1)


@dataclass(frozen=True, eq=False)
class Days:
    """Sessions or visitors by the day of their first event.

    Attributes
    ----------
    log
        The event log.
    rows
        In the engine: day, bucket, one code for each attribute asked for, n (how many), did (how
        many of them did it).
    first, last
        The first and the last day of the log proper, counted from 1970 in the plan's zone.
    whole_from, whole_to
        The first and the last day of which the log holds more than a part.
    ripe_to
        The last day on which everybody had the horizon to do it; for sessions the last whole day.
    """

    log: EventLog
    rows: ir.Table
    first: int
    last: int
    whole_from: int
    whole_to: int
    ripe_to: int

    def count(self, by: Sequence[str], begin: int, length: int = 1) -> pd.DataFrame:
        """Sum by period and attribute: `period` is 0 for the days from `begin` on."""
        period = ((self.rows.day - begin) // length).cast("int64")
        rows = self.rows.mutate(period=period)
        summed = rows.group_by(["period", *by]).agg(n=rows.n.sum(), did=rows.did.sum())
        return self._fetch(summed, ["period", *by])

    def clusters(self, by: Sequence[str], begin: int, length: int) -> pd.DataFrame:
        """Sums over buckets of users of squares and products, by period and attribute."""
        period = ((self.rows.day - begin) // length).cast("int64")
        keys = ["period", *by]
        cells = self.rows.mutate(period=period).group_by([*keys, "bucket"])
        cell = cells.agg(n=lambda t: t.n.sum(), did=lambda t: t.did.sum())
        summed = cell.group_by(keys).agg(
            n=cell.n.sum(),
            did=cell.did.sum(),
            nn=(cell.n * cell.n).sum(),
            kn=(cell.did * cell.n).sum(),
            kk=(cell.did * cell.did).sum(),
            filled=cell.count(),
        )
        return self._fetch(summed, keys)

    def by_bucket(self, by: Sequence[str], sides: Sequence[tuple[int, int, int]]) -> pd.DataFrame:
        """Sum by side, attribute and bucket; a side is its number, its first and its last day."""
        keys = ["side", *by, "bucket"]
        cases = [(self.rows.day.between(a, b), ibis.literal(side)) for side, a, b in sides]
        rows = self.rows.mutate(side=ibis.cases(*cases, else_=-1).cast("int64"))
        summed = rows.filter(rows.side >= 0).group_by(keys)
        return self._fetch(summed.agg(n=lambda t: t.n.sum(), did=lambda t: t.did.sum()), keys)

    def _fetch(self, counted: ir.Table, keys: Sequence[str]) -> pd.DataFrame:
        frame: pd.DataFrame = self.log.con.to_pyarrow(counted).to_pandas().astype("int64")
        return frame.sort_values(list(keys), ignore_index=True)


@contextmanager
def counted_days(log: EventLog, step: int, per: str, attributes: Sequence[str]) -> Iterator[Days]:
    """Count who came on each day, and who of them did it.

    Parameters
    ----------
    log
        The event log.
    step
        The bit of an action; -1 is the macro.
    per
        ``"session"``: sessions of a day in which it is done. ``"visitor"``: users whose first event
        is on that day, and who do it within the plan's horizon from there.
    attributes
        Names of the attributes to keep apart.
    """
    first, last = proper_days(log)
    calendar = calendar_of(log.plan.log.timezone, first - 1, last + 1)
    codes = [segment_column(log, name) for name in attributes]
    _lay_out(log, step, per, codes, calendar)
    rows = log.con.table(_UNITS)
    try:
        edges = log.events.agg(
            begin=calendar.local(log.events.t.min(where=log.events.t >= (first - 1) * DAY)),
            end=calendar.local(log.events.t.max(where=log.events.t < (last + 2) * DAY)),
        )
        begin, end = log.con.to_pyarrow(edges).to_pylist()[0].values()
        ends = log.con.to_pyarrow(rows.agg(a=rows.day.min(), b=rows.day.max())).to_pylist()[0]
        start, stop = max(begin // DAY, ends["a"]), max(end // DAY, ends["b"])
        rows = rows.filter(rows.day.between(start, stop))
        whole_from = start + (begin % DAY > EDGE)
        whole_to = stop - (end % DAY < DAY - EDGE)
        ripe = whole_to if per == SESSION else (end - micros(log.plan.horizon)) // DAY - 1
        yield Days(log, rows, start, stop, whole_from, whole_to, min(ripe, whole_to))
    finally:
        log.con.drop_table(_UNITS, force=True)


def proper_days(log: EventLog) -> tuple[int, int]:
    """The first and the last day without stray times, in UTC: the zone is looked up for them."""
    days = log.events.group_by(day=(log.events.t // DAY).cast("int64")).agg(n=log.events.count())
    frame = log.con.to_pyarrow(days).to_pandas().sort_values("day")
    first, last, _ = log_proper(frame["day"].to_numpy(np.int64), frame["n"].to_numpy(np.int64))
    return first, last


def _lay_out(log: EventLog, step: int, per: str, codes: list[str], calendar: Calendar) -> None:
    """Write the counts by day, bucket and attribute; large logs a part of the users at a time."""
    parts = in_parts(log.events, parts_for(log.facts.events, ROWS_A_PART))
    for part, events in enumerate(parts):
        hit = (events.macro == 1) if step == MACRO_STEP else (events.mask & (1 << step)) != 0
        unit = ["user", "session"] if per == SESSION else ["user"]
        seen = events.group_by(unit).agg(
            begin=events.t.min(),
            hit=events.t.min(where=hit),
            bucket=events.bucket.max(),
            **{code: events[code].max() for code in codes},
        )
        in_time = seen.hit.notnull()
        if per != SESSION:
            in_time = in_time & (seen.hit - seen.begin <= micros(log.plan.horizon))
        dated = seen.mutate(day=calendar.day(seen.begin), did=in_time.cast("int64"))
        keys = ["day", "bucket", *codes]
        counted = dated.group_by(keys).agg(n=dated.count(), did=dated.did.sum())
        whole = counted.select(**{name: counted[name].cast("int64") for name in counted.columns})
        if part == 0:
            log.con.create_table(_UNITS, whole, temp=True, overwrite=True)
        else:
            log.con.insert(_UNITS, whole)


def pooled_effect(clusters: pd.DataFrame) -> float:
    """Design effect of the rate of a period, from the buckets of users of all periods together.

    One period alone has too few of them to tell; see `shares.design_effect`.

    Examples
    --------
    Two weeks, ten users a week with ten sessions each, who always or never do it:

    >>> week = {"n": 100, "did": 50, "nn": 1000, "kn": 500, "kk": 500, "filled": 10}
    >>> round(pooled_effect(pd.DataFrame([week, week])), 1)
    11.1
    """
    told = clusters[(clusters["filled"] > 1) & (clusters["did"].between(1, clusters["n"] - 1))]
    if told.empty:
        return 1.0
    n, did, nn, kn, kk, filled = (
        told[name].to_numpy(float) for name in ("n", "did", "nn", "kn", "kk", "filled")
    )
    rate = did / n
    clustered = (kk - 2 * rate * kn + rate**2 * nn) * filled / (filled - 1)
    return max(1.0, float(clustered.sum() / (rate * (1 - rate) * n).sum()))


def effect_of_change(count: Floats, of: Floats) -> float:
    """Design effect of a difference of two rates, where the same users may be on both sides.

    Parameters
    ----------
    count, of
        Two rows, before and after, by bucket of users.

    Examples
    --------
    >>> of = np.full((2, 10), 10.0)
    >>> always = np.array([10.0, 0.0] * 5)
    >>> effect_of_change(np.stack([always, always]), of)  # the same users: nothing has changed
    1.0
    >>> round(effect_of_change(np.stack([always, 10 - always]), of), 1)
    22.2
    """
    total, did = of.sum(axis=1), count.sum(axis=1)
    filled = int(np.count_nonzero(of.sum(axis=0)))
    if filled < 2 or (total == 0).any():
        return 1.0
    rate = did / total
    drawn = (rate * (1 - rate) / total).sum()
    if drawn == 0:
        return 1.0
    apart = ((count - rate[:, None] * of) / total[:, None] * np.array([[-1.0], [1.0]])).sum(axis=0)
    return max(1.0, float((apart**2).sum() * filled / (filled - 1) / drawn))


def date_of(day: int) -> date:
    """Date of a day that is counted from 1970.

    >>> date_of(19_822)
    datetime.date(2024, 4, 9)
    """
    return _FIRST_DAY + timedelta(days=day)


def day_of(named: date) -> int:
    """Count the days from 1970.

    >>> day_of(date(2024, 4, 9))
    19822
    """
    return (named - _FIRST_DAY).days
