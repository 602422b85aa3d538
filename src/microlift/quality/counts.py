"""The counts of a log that checks look at: made in the engine, in a few passes of integers."""

import math
from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from microlift.events import EventLog, LogFacts
from microlift.events.times import DAY, HOUR, MINUTE
from microlift.plan import Plan
from microlift.quality.calendar import Calendar, calendar_of
from microlift.quality.doings import Doings, count_doings, recorded
from microlift.quality.door import Door, count_door

OTHER = -1  # all events that have no code of their own in the facts
MOST_DAYS = 4_000  # the latest; a longer series is looked at no further back
LEAD = 7  # empty days that part stray times from the log proper
FEW = 0.001  # at most this share of the events is stray
FAR, MANY = 365, 0.05  # or this one, where more than a year and the log itself lie between
FEW_COMBINATIONS = 1_000  # of labels: so many are counted in one pass, more one by one

Counted = NDArray[np.int64]


@dataclass(frozen=True)
class Rate:
    """Macros or actions against visits, day by day, of all users or of those with one label."""

    name: str
    happened: Counted
    visits: Counted


@dataclass(frozen=True)
class Counts:
    """Everything that checks look at; nothing in it is about a single user, but the examples.

    Attributes
    ----------
    plan, facts
        What was asked, and what was read.
    first_day
        The first day of the series below, counted from 1970 in the plan's zone.
    series
        Events a day by name: of the whole log under '', and of each name of its own.
    rates
        Macros a visit, day by day: of all users, and by label of each attribute.
    steps
        The planned actions a visit, day by day, but those that count once a user.
    clock
        Counts of times by how round they are: rows, whole minutes, midnights, ties.
    hours
        Events by hour of the plan's zone: one row a day of the series, 24 columns.
    stray
        Days and counts outside the series: before it, after it.
    doings
        What single users do, in numbers.
    door
        What only the files tell.
    """

    plan: Plan
    facts: LogFacts
    first_day: int
    series: dict[str, Counted]
    rates: list[Rate]
    steps: list[Rate]
    clock: dict[str, int]
    hours: Counted
    stray: dict[str, tuple[int, int, int]]
    doings: Doings
    door: Door

    @property
    def days(self) -> int:
        """Days of the series, the first and the last in part."""
        return len(self.series[""])


def count_log(log: EventLog) -> Counts:
    """Count a log for all checks.

    Parameters
    ----------
    log : EventLog

    Returns
    -------
    Counts

    Notes
    -----
    Cost: about six passes over integer columns in memory, one more for each attribute where these
    have many labels, and one over the user column of the files where rows were left out.
    """
    hours = _by_hour(log)
    calendar = _calendar(log, hours)
    daily = _daily(log, calendar)
    totals = daily.groupby("day")[["n"]].sum()
    first, last, stray = log_proper(totals.index.to_numpy(), totals["n"].to_numpy())
    kept = daily[daily["day"].between(first, last)]
    days = last - first + 1
    spread = {
        name: _series(kept[kept["event"] == code], "n", first, days)
        for name, code in sorted(log.facts.event_codes.items())
    }
    whole = kept.groupby("day", as_index=False).sum()
    visits = _series(whole, "opens", first, days)
    clock = ("n", "minutes", "midnights", "ties", "planned", "planned_ties")
    return Counts(
        plan=log.plan,
        facts=log.facts,
        first_day=first,
        series={"": _series(whole, "n", first, days)} | spread,
        rates=[
            Rate("", _series(whole, "macros", first, days), visits),
            *_by_label(log, calendar, first, days),
        ],
        steps=_steps(log, calendar, first, visits),
        clock={name: int(daily[name].sum()) for name in clock},
        hours=_hours(hours, log.plan.log.timezone, first, days),
        stray=stray,
        doings=count_doings(log, calendar),
        door=count_door(log, calendar),
    )


def _by_hour(log: EventLog) -> pd.DataFrame:
    events = recorded(log)
    counted = events.group_by((events.t // HOUR).name("hour")).agg(n=events.count())
    frame: pd.DataFrame = log.con.to_pyarrow(counted).to_pandas().astype("int64")
    return frame.sort_values("hour")


def _calendar(log: EventLog, hours: pd.DataFrame) -> Calendar:
    """The clocks of the plan's zone over the log proper: strays may lie centuries away."""
    days = hours.groupby(hours["hour"] // 24)["n"].sum()
    first, last, _ = log_proper(days.index.to_numpy(), days.to_numpy())
    return calendar_of(log.plan.log.timezone, first - 1, last + 2)


def log_proper(days: Counted, counts: Counted) -> tuple[int, int, dict[str, tuple[int, int, int]]]:
    """Tell the days of the log proper from a few events in times far before or after it.

    Parameters
    ----------
    days, counts
        Sorted days with their events.

    Returns
    -------
    first, last : int
    stray : dict
        Under 'before' and 'after' the events outside, and the first and the last of their days.

    Examples
    --------
    >>> first, last, stray = log_proper(np.array([0, 500, 501, 502]), np.array([1, 999, 900, 950]))
    >>> first, last, stray["before"], stray["after"]
    (500, 502, (1, 0, 0), (0, 0, 0))
    """
    running, whole = np.cumsum(counts), int(counts.sum())
    core = days[np.searchsorted(running, [MANY * whole, (1 - MANY) * whole])]
    far = max(FAR, int(core[1] - core[0]))
    gaps = [(int(g), days[g + 1] - days[g]) for g in np.flatnonzero(np.diff(days) > LEAD)]
    few = [(g, (MANY if gap > far else FEW) * whole) for g, gap in gaps]
    early = [g for g, most in few if running[g] <= most]
    late = [g for g, most in few if whole - running[g] <= most]
    begin = early[-1] + 1 if early else 0
    end = late[0] if late else len(days) - 1
    nothing = (0, 0, 0)
    stray = {
        "before": (int(running[begin - 1]), int(days[0]), int(days[begin - 1]))
        if early
        else nothing,
        "after": (int(whole - running[end]), int(days[end + 1]), int(days[-1]))
        if late
        else nothing,
    }
    last = int(days[end])
    return max(int(days[begin]), last - MOST_DAYS + 1), last, stray


def _daily(log: EventLog, calendar: Calendar) -> pd.DataFrame:
    """Count by day and event, with how round the times are: one pass."""
    events = recorded(log)
    known = sorted(log.facts.event_codes.values())
    named = events.mutate(
        clock=calendar.local(events.t),
        code=ibis.ifelse(events.event.isin(known), events.event, OTHER),
    )
    named = named.mutate(day=named.clock // DAY)
    planned = (named.mask != 0) | (named.macro == 1)
    counted = named.group_by(["day", "code"]).agg(
        n=named.count(),
        macros=named.macro.sum(),
        opens=named.opens.sum(),
        minutes=(named.t % MINUTE == 0).sum(),
        midnights=(named.clock % DAY == 0).sum(),
        ties=named.tie.sum(),
        planned=planned.sum(),
        planned_ties=named.tie.sum(where=planned),
    )
    frame: pd.DataFrame = log.con.to_pyarrow(counted).to_pandas().fillna(0).astype("int64")
    return frame.rename(columns={"code": "event"}).sort_values(["day", "event"])


def _series(rows: pd.DataFrame, column: str, first: int, days: int) -> Counted:
    """Spread counts over all days, also those that have none."""
    line = np.zeros(days, dtype=np.int64)
    line[rows["day"].to_numpy() - first] = rows[column].to_numpy()
    return line


def _by_label(log: EventLog, calendar: Calendar, first: int, days: int) -> list[Rate]:
    codes = {name: f"a{i}" for i, name in enumerate(log.facts.attributes)}
    few = math.prod(map(len, log.facts.attributes.values())) <= FEW_COMBINATIONS
    if few and codes:
        together = _split(log, calendar, list(codes.values()))
    rates = []
    for name, labels in log.facts.attributes.items():
        rows = together if few else _split(log, calendar, [codes[name]])
        rows = rows.groupby(["day", codes[name]], as_index=False)[["macros", "opens"]].sum()
        rows = rows[rows["day"].between(first, first + days - 1)]
        for code, label in enumerate(labels):
            of = rows[rows[codes[name]] == code]
            series = [_series(of, column, first, days) for column in ("macros", "opens")]
            rates.append(Rate(f"{name} {label}", *series))
    return rates


def _split(log: EventLog, calendar: Calendar, codes: list[str]) -> pd.DataFrame:
    split = log.events.mutate(day=calendar.day(log.events.t)).group_by(["day", *codes])
    counted = split.agg(macros=lambda t: t.macro.sum(), opens=lambda t: t.opens.sum())
    frame: pd.DataFrame = log.con.to_pyarrow(counted).to_pandas().astype("int64")
    return frame


def _steps(log: EventLog, calendar: Calendar, first: int, visits: Counted) -> list[Rate]:
    """Count by day and mask, then tell the actions apart: there are few masks.

    Of an action that counts once a user there are fewer the longer a log has been running, without
    any fault: it has no rate.
    """
    planned = log.events.filter(log.events.mask != 0)
    split = planned.group_by([calendar.day(planned.t).name("day"), "mask"])
    rows = log.con.to_pyarrow(split.agg(n=planned.count())).to_pandas().astype("int64")
    rows = rows[rows["day"].between(first, first + len(visits) - 1)]
    rates = []
    for i, action in enumerate(log.plan.actions):
        if action.first_only:
            continue
        own = rows[rows["mask"] // (1 << i) % 2 == 1].groupby("day", as_index=False)["n"].sum()
        rates.append(Rate(action.name, _series(own, "n", first, len(visits)), visits))
    return rates


def _hours(rows: pd.DataFrame, zone: str, first: int, days: int) -> Counted:
    """Spread the counts by hour over the clocks of the plan's zone, daylight saving included."""
    rows = rows[rows["hour"].between((first - 1) * 24, (first + days + 1) * 24)]
    local = pd.to_datetime(rows["hour"].to_numpy() * 3600, unit="s", utc=True)
    local = local.tz_convert(zone).tz_localize(None)
    at = local.to_numpy().astype("datetime64[h]").astype("int64") - first * 24
    table = np.zeros(days * 24, dtype=np.int64)
    within = (at >= 0) & (at < days * 24)
    np.add.at(table, at[within], rows["n"].to_numpy()[within])
    return table.reshape(days, 24)
