"""An earlier window to learn from, and a later one to be judged on."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from microlift.errors import InputError
from microlift.events import EventLog
from microlift.events.facts import empty_visits
from microlift.moments.space import DAY
from microlift.plan import format_duration, micros
from microlift.plan.quoting import short

WEEK = 7 * DAY
LEAST_MACROS = 30, 10  # to learn from, and to be judged on


@dataclass(frozen=True)
class Windows:
    """When the two windows lie, in microseconds.

    Attributes
    ----------
    first, last
        The first and the last event of the log.
    split
        What happened before is learned from; who comes from then on is judged.
    weeks
        Whole weeks of arrivals from the split on that are followed for the horizon.
    horizon
        For how long they are followed.
    """

    first: int
    last: int
    split: int
    weeks: int
    horizon: int

    @property
    def end(self) -> int:
        """When the last arrival that is judged may come."""
        return self.split + self.weeks * WEEK


def windows_of(log: EventLog, split: str | None = None, what: str = "backtest()") -> Windows:
    """Choose the split: as many days of followed arrivals before it as after it.

    Parameters
    ----------
    log
        The event log.
    split
        A day of your own choice, such as ``"2026-03-01"`` (midnight UTC).
    what
        Who asks, for the message.

    Raises
    ------
    InputError
        If there is no room for a week of arrivals and a horizon on both sides.
    """
    first, last, horizon = log.facts.first_us, log.facts.last_us, micros(log.plan.horizon)
    needed = 2 * (horizon + WEEK)
    if last - first < needed:
        msg = (
            f"{what} has a log of {(last - first) / DAY:,.1f} days and a horizon of "
            f"{format_duration(log.plan.horizon)}, but needs {needed / DAY:,.1f} days: a week of "
            "arrivals and a horizon to follow them, once to learn from and once, later, to be "
            "judged on. What is judged on the days that it was learned from looks better than it "
            "is. Widen the log by "
            f"{(needed - (last - first)) / DAY:,.1f} days, or shorten the horizon in the plan."
        )
        raise InputError(msg)
    if split is None:
        weeks = max(1, (last - first - 2 * horizon) // 2 // WEEK)
        return Windows(first, last, last - horizon - weeks * WEEK, weeks, horizon)
    at = _read_day(split)
    weeks = (last - horizon - at) // WEEK
    if weeks < 1 or at - first < horizon + WEEK:
        earliest, latest = first + horizon + WEEK, last - horizon - WEEK
        msg = (
            f"split={short(split)} leaves no week of arrivals with a whole horizon on either side. "
            "What is learned there, or judged there, would be cut short. Give a day from "
            f"{_day(earliest, up=True)} to {_day(latest)}, or none: then both sides get as much."
        )
        raise InputError(msg)
    return Windows(first, last, at, weeks, horizon)


def earlier(log: EventLog, windows: Windows) -> EventLog:
    """The log as it stood at the split: no event from then on, and nothing counted there.

    Visits under way at the split end there, as they would have on that day: their moments have no
    whole horizon inside, so no estimate rests on them. The codes of attributes are those of the
    whole log, which says nothing of what anybody did.
    """
    events = log.events.filter(log.events.t < windows.split)
    kinds = events.group_by(["mask", "macro"]).agg(
        n=events.count(),
        real=(events.event >= 0).cast("int64").sum(),
        opens=events.opens.sum(),
        value=events.value.sum().cast("int64"),
    )
    groups = log.con.to_pyarrow(kinds).to_pylist()
    users = int(log.con.to_pyarrow(events.user.nunique()).as_py())
    facts = replace(
        log.facts,
        users=users,
        events=sum(int(group["real"]) for group in groups),
        sessions=sum(int(group["opens"]) for group in groups),
        last_us=windows.split - 1,
        macros=sum(int(group["n"]) for group in groups if group["macro"]),
        value=sum(int(group["value"]) for group in groups),
        action_counts={
            action.name: sum(int(group["n"]) for group in groups if group["mask"] >> place & 1)
            for place, action in enumerate(log.plan.actions)
        },
        empty_visits=empty_visits(log.con, events, opened=log.plan.macro.repeat),
    )
    return EventLog(log.plan, log.con, events, facts, log.source)


def refuse_without_macros(learned: int, judged: int, what: str = "backtest()") -> None:
    """Refuse windows in which hardly anybody converts: neither is worth a figure."""
    for count, least, where in zip(
        (learned, judged), LEAST_MACROS, ("earlier", "later"), strict=True
    ):
        if count < least:
            msg = (
                f"{what} found {count:,} macros within the horizon of an arrival in the "
                f"{where} window, and needs {least}: below that, chance alone would decide what "
                "looks right. Widen the log, shorten the horizon, or measure a macro that is "
                "reached more often."
            )
            raise InputError(msg)


def _read_day(text: str) -> int:
    try:
        day = datetime.fromisoformat(str(text))
    except ValueError:
        msg = (
            f"split={short(text)} is no date, so it is not known where to part the log. Write one "
            "such as '2026-03-01'."
        )
        raise InputError(msg) from None
    day = day if day.tzinfo else day.replace(tzinfo=UTC)
    return (day - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _day(at: int, *, up: bool = False) -> str:
    whole = -(-at // DAY) if up else at // DAY
    return f"{datetime.fromtimestamp(whole * DAY / 1e6, UTC):%Y-%m-%d}"
