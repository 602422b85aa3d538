"""Which days are compared with which: a date or a range, read at the door and laid on the log."""

from dataclasses import dataclass
from datetime import date, datetime

from microlift.errors import InputError
from microlift.journeys.trends.days import Days, date_of, day_of
from microlift.plan.quoting import short

When = str | date | tuple[str | date, str | date]
LEAST_BEFORE = 14  # days: two of each weekday
MOST_BEFORE, TIMES = 84, 3  # days of the benchmark: twelve weeks, or three times what is judged
Span = tuple[int, int]


@dataclass(frozen=True)
class Asked:
    """What is asked about, in days counted from 1970: from `begin` to `end`, both included.

    `over` says that it was over then, so that the days after `end` are part of the benchmark.
    """

    begin: int
    end: int | None
    over: bool


@dataclass(frozen=True)
class Periods:
    """First and last days: of what is judged, and of the benchmark before it and after it.

    `skipped` days before the change are left out because those who came then were still within
    their horizon at the change.
    """

    after: Span
    before: Span
    later: Span | None
    skipped: int

    @property
    def benchmark(self) -> tuple[Span, ...]:
        """The spans of the benchmark."""
        return (self.before, self.later) if self.later else (self.before,)

    @property
    def days(self) -> tuple[int, int]:
        """How many days the benchmark has, and how many are judged."""
        return sum(map(_length, self.benchmark)), _length(self.after)


def read_when(when: When, until: str | date | None) -> Asked:
    """Read a date, or a range with both ends included.

    Examples
    --------
    >>> read_when(("2024-04-09", "2024-05-09"), None)
    Asked(begin=19822, end=19852, over=True)
    >>> read_when("2024-04-09", "2024-05-09")
    Asked(begin=19822, end=19852, over=False)
    """
    ends = list(when) if isinstance(when, tuple | list) else [when]
    if len(ends) > 2 or not ends:
        msg = (
            f"when has {len(ends):,} dates: a change has one day, and a range two. Give a date "
            "such as '2024-04-09', or a pair of them."
        )
        raise InputError(msg)
    if len(ends) == 2 and until is not None:
        msg = (
            f"when has an end already, and until={short(until)} is another. A pair says that it "
            "was over then, and what comes later is compared with too; until only stops looking. "
            "Give one of them."
        )
        raise InputError(msg)
    begin = _read("when", ends[0])
    last = _read("when", ends[1]) if len(ends) == 2 else None
    last = _read("until", until) if until is not None else last
    if last is not None and last < begin:
        msg = (
            f"The period ends on {date_of(last)}, before it begins on {date_of(begin)}, so no day "
            "lies in it. Give the earlier date first."
        )
        raise InputError(msg)
    return Asked(begin, last, len(ends) == 2)


def lay_periods(asked: Asked, days: Days, horizon: int) -> Periods:
    """Lay what is asked about on the days of the log; `horizon` days of visitors are kept clear."""
    _refuse_outside(asked, days)
    stop = days.ripe_to if asked.end is None else min(asked.end, days.ripe_to)
    begin = max(asked.begin, days.whole_from)
    if stop < begin:
        why = (
            "nobody who came in it has had the whole horizon"
            if days.ripe_to < days.whole_to
            else "the log holds only a part of it"
        )
        msg = (
            f"From {date_of(asked.begin)} on there is no day to judge: the log ends on "
            f"{date_of(days.last)}, and {why}. Wait for more data, or give an earlier date."
        )
        raise InputError(msg)
    span = max(MOST_BEFORE, TIMES * (stop - begin + 1))
    until = begin - 1 - horizon
    before = (max(days.whole_from, until - span + 1), until)
    if _length(before) < LEAST_BEFORE:
        cleared = f" that end {horizon:,} days (the horizon) before it" if horizon else ""
        msg = (
            f"Before {date_of(begin)} the log has {max(0, _length(before)):,} whole days{cleared} "
            f"(it begins on {date_of(days.first)}), fewer than {LEAST_BEFORE}: the weekdays and "
            "the trend cannot be known, and any difference would be theirs as well. Widen the "
            "log, or give a later date."
        )
        raise InputError(msg)
    later = None
    if asked.over and asked.end is not None and asked.end < days.ripe_to:
        later = (asked.end + 1, min(days.ripe_to, asked.end + span))
    return Periods((begin, stop), before, later, horizon)


def _refuse_outside(asked: Asked, days: Days) -> None:
    for day in (asked.begin, asked.end):
        if day is not None and not days.first <= day <= days.last:
            msg = (
                f"{date_of(day)} lies outside the log, which runs from {date_of(days.first)} to "
                f"{date_of(days.last)} ({days.last - days.first + 1:,} days), so there is nothing "
                "to compare. Give a date inside it."
            )
            raise InputError(msg)


def _read(argument: str, given: object) -> int:
    if isinstance(given, date) and not isinstance(given, datetime):
        return day_of(given)
    try:
        read = date.fromisoformat(given) if isinstance(given, str) else None
    except ValueError:
        read = None
    if read is None or str(read) != given:
        msg = (
            f"{argument}={short(given)} is no date: read in another way it would be another day. "
            "Write year, month and day, such as '2024-04-09'."
        )
        raise InputError(msg)
    return day_of(read)


def _length(span: Span) -> int:
    return span[1] - span[0] + 1
