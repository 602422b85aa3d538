"""Days as the clocks of the plan's zone count them, in arithmetic of integers."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import ibis.expr.types as ir

from microlift.events.times import DAY

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Calendar:
    """By how much the clocks of a zone are ahead of UTC, and when that changes.

    A calendar of the engine costs more than all counting; a zone changes twice a year, and each
    change is one comparison.

    Attributes
    ----------
    ahead : int
        Microseconds ahead of UTC before the first change.
    changes : tuple of (int, int)
        Instants, in microseconds since 1970 UTC, and by how many microseconds more the clocks are
        ahead from there on.
    """

    ahead: int
    changes: tuple[tuple[int, int], ...] = ()

    def local(self, t: ir.IntegerValue) -> ir.IntegerValue:
        """Read instants off the clocks of the zone, still as microseconds."""
        clock = t + self.ahead
        for instant, more in self.changes:
            clock = clock + (t >= instant).cast("int64") * more
        return clock

    def day(self, t: ir.IntegerValue) -> ir.IntegerValue:
        """Count the local days from 1 January 1970."""
        return self.local(t) // DAY


def calendar_of(zone: str, first_day: int, last_day: int) -> Calendar:
    """Look up the clocks of a zone, right from one day (counted from 1970) to another.

    Examples
    --------
    >>> calendar_of("UTC", 19_000, 20_000)
    Calendar(ahead=0, changes=())
    >>> calendar = calendar_of("Europe/Berlin", 19_700, 19_850)
    >>> calendar.ahead // 3_600_000_000, len(calendar.changes)
    (1, 1)
    >>> EPOCH + timedelta(microseconds=calendar.changes[0][0])
    datetime.datetime(2024, 3, 31, 1, 0, tzinfo=datetime.timezone.utc)
    """
    clocks = ZoneInfo(zone)
    begin = EPOCH + timedelta(days=first_day)
    now = ahead = _ahead(clocks, begin)
    changes = []
    for number in range(1, last_day - first_day + 1):
        day = begin + timedelta(days=number)
        then = _ahead(clocks, day)
        if then != now:
            changes.append((_micros(_change(clocks, day) - EPOCH), _micros(then - now)))
            now = then
    return Calendar(_micros(ahead), tuple(changes))


def _change(clocks: ZoneInfo, day: datetime) -> datetime:
    """Find the second of the 24 hours before `day` from which on its clocks hold."""
    low, high, then = day - timedelta(days=1), day, _ahead(clocks, day)
    while high - low > SECOND:
        middle = low + (high - low) // 2
        middle = middle.replace(microsecond=0)
        if _ahead(clocks, middle) == then:
            high = middle
        else:
            low = middle
    return high


def _ahead(clocks: ZoneInfo, instant: datetime) -> timedelta:
    return instant.astimezone(clocks).utcoffset() or timedelta()


def _micros(span: timedelta) -> int:
    return span // timedelta.resolution
