"""Times: equal ones, those of the future or of long ago, a log that changes its time zone."""

import math
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from microlift.events.times import DAY
from microlift.quality.counts import Counts
from microlift.quality.finding import Finding, date_of, graded, part, things, too_short

# At a resolution of seconds 1 row in 100 shares its time by chance.
FEW_TIES, MANY_TIES = 0.02, 0.5
ROUND = 0.5  # share of times on a whole minute, or at midnight, from which on this is said
CLOCKS_DIFFER = timedelta(days=1)  # a phone whose clock is a little ahead is no future
SIDE = 14  # days on either side of a change of zone
LEAST_SHIFT = 2  # hours; by one daylight saving moves people, and no log is to blame
BETTER = 0.25  # the shifted profile must fit four times as well as the one that stands still
APART = 10.0  # and be ten times as far apart as counting makes them: events come in bursts of five


def equal_times(counts: Counts) -> Finding:
    """Planned events whose neighbour has the same time, so that the order is the plan's."""
    clock = counts.clock
    share = part(clock["planned_ties"], clock["planned"])
    # A clock of days asks what happened in a day, not in which order.
    refuse = MANY_TIES if counts.plan.moments == "visits" else None
    example = ""
    for grain, name in (("midnights", "at midnight"), ("minutes", "on a whole minute")):
        if not example and part(clock[grain], clock["n"]) >= ROUND:
            example = f"{part(clock[grain], clock['n']):.0%} of all times are {name}"
    return Finding(
        "equal timestamps",
        graded(share, FEW_TIES, refuse),
        clock["planned_ties"],
        share,
        example,
        "Which came first is not in the log: unplanned events are put first, then actions in the "
        "order of the plan, then the macro, and effects lean on that order.",
        "Export times in full (milliseconds), or name columns that order them in log.sequence.",
    )


def future_times(counts: Counts, now: datetime) -> Finding:
    """Events after today, which make every open user look like one who left."""
    last = counts.facts.last
    late, day = 0, counts.facts.last_us // DAY
    if last > now + CLOCKS_DIFFER:
        late = _after(counts, int((now + CLOCKS_DIFFER - datetime(1970, 1, 1, tzinfo=UTC)).days))
    return Finding(
        "future times",
        "refuse" if late else "good",
        late,
        part(late, counts.facts.events),
        f"the last event is of {date_of(day)}" if late else "",
        "The log seems to end with its last event. Users whose horizon is still open are then "
        "judged as if they had left, and every rate is too low.",
        "Leave out rows after the day of the export.",
    )


def _after(counts: Counts, today: int) -> int:
    ahead = counts.series[""][max(0, today + 1 - counts.first_day) :]
    return max(1, int(ahead.sum()) + counts.stray["after"][0])


def stray_times(counts: Counts) -> Finding:
    """A few events far before or after all others: clocks that are wrong, dates that are none."""
    early, late = counts.stray["before"], counts.stray["after"]
    count = early[0] + late[0]
    shown = late if late[0] else early
    return Finding(
        "stray times",
        "look" if count else "good",
        count,
        part(count, counts.facts.events),
        f"{things(shown[0], 'event')} of {date_of(shown[1])} to {date_of(shown[2])}"
        if count
        else "",
        "The window seems longer than it is. Stray events after the end make open users look like "
        "users who left; those before the beginning start journeys that nobody saw.",
        "Leave such rows out, or mend the clock that wrote them.",
    )


def zone_jumps(counts: Counts) -> Finding:
    """A day from which on the hours of the day are all moved by the same number."""
    found = _zone_jump(counts.hours)
    example = too_short(counts.days, 2 * SIDE)
    if found:
        at, shift = found
        example = f"from {date_of(counts.first_day + at)} on all is {abs(shift)} h "
        example += "later" if shift > 0 else "earlier"
    return Finding(
        "time-zone jumps",
        "look" if found else "good",
        1 if found else 0,
        None,
        example,
        "Times before and after the jump are of different zones. Visits across it, and the order "
        "of events from two sources, are wrong.",
        "Export all times with their offset, or all in one zone, and name it in log.timezone.",
    )


def _zone_jump(hours: NDArray[np.int64]) -> tuple[int, int] | None:
    best: tuple[float, int, int] | None = None
    for at in range(SIDE, len(hours) - SIDE + 1):
        before, after = hours[at - SIDE : at].sum(axis=0), hours[at : at + SIDE].sum(axis=0)
        if not before.sum() or not after.sum():
            continue
        p, q = before / before.sum(), after / after.sum()
        noise = float((p * (1 - p)).sum()) / before.sum() + float((q * (1 - q)).sum()) / after.sum()
        apart = [float(((q - np.roll(p, shift)) ** 2).sum()) for shift in range(24)]
        shift = int(np.argmin(apart))
        moved = shift if shift <= 12 else shift - 24
        fits = apart[shift] <= BETTER * apart[0] and apart[0] >= APART * noise
        if fits and abs(moved) >= LEAST_SHIFT and not math.isclose(apart[0], 0):
            gain = apart[0] - apart[shift]
            if best is None or gain > best[0]:
                best = (gain, at, moved)
    return best[1:] if best else None
