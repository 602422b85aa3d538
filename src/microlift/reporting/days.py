"""What came on each day: macros and events as lines over time, and as tables."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from microlift.events import EventLog
from microlift.plan.quoting import clipped
from microlift.quality.counts import Counts, count_log
from microlift.quality.finding import date_of
from microlift.reporting import numerals, style
from microlift.reporting.canvas import canvas
from microlift.reporting.rows import NARROW, WIDE, Column, Rows, fix_text
from microlift.reporting.tables import html_table
from microlift.reporting.trends import date_axis
from microlift.result import Result, onto

MOST_EVENTS, MOST_ROWS = 20, 60
_MOST_POINTS = 120  # of a line; beyond it a point is a week
_SMOOTHED = 7


@dataclass(frozen=True, eq=False, repr=False)
class MacrosByDay(Result):
    """Macros by day.

    Attributes
    ----------
    frame
        One row a day, in the plan's zone: day, events, visits, macros. The first and the last day
        are there in part.
    """

    macro: str

    def plot(self, *, narrow: bool = False, ax: Axes | None = None) -> Axes:
        """Draw the macros of each day, and the middle of the seven days around it."""
        days, macros = pd.to_datetime(self.frame["day"]), self.frame["macros"].astype(float)
        usual = macros.rolling(_SMOOTHED, center=True, min_periods=1).median()
        with onto(ax), style.drawing():
            axes = canvas(NARROW if narrow else WIDE, 3.2)
            axes.plot(days.to_numpy(), macros.to_numpy(), color=style.SKY, linewidth=0.9)
            axes.plot(days.to_numpy(), usual.to_numpy(), color=style.INK, linewidth=1.8)
            axes.set_ylim(0, max(1.0, 1.12 * float(macros.max())))
            axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
            axes.yaxis.set_major_formatter(FuncFormatter(lambda x, _: style.compact(x)))
            axes.grid(axis="y")
            title = f"{style.shorten(self.macro)} a day"
            axes.set_title(title, loc="left", fontsize=11, color=style.MUTED, pad=8)
            date_axis(axes, narrow)
            fix_text(axes)
        return axes

    def _table(self) -> str:
        shown = self.frame.tail(MOST_ROWS).iloc[::-1]
        counted = ["events", "visits", "macros"]
        table = pd.DataFrame({"day": shown["day"].map(str)})
        for name in counted:
            table[name] = shown[name].map(numerals.count)
        more = len(self.frame) - len(shown)
        caption = "Events, visits and macros by day, the latest first"
        return html_table(
            table, caption + (f"; {more:,} earlier days left out" * (more > 0)), counted
        )


@dataclass(frozen=True, eq=False, repr=False)
class EventsByDay(Result):
    """Events over time.

    Attributes
    ----------
    frame
        One row an event, the most frequent first: event, total, median (a day), first and last
        (day on which it was seen), missing (days without it, from its first to its last).
    lines
        Days by events: how often each came.
    """

    lines: pd.DataFrame

    def plot(self, *, narrow: bool = False, ax: Axes | None = None) -> Axes:
        """Draw a line an event, each on a scale of its own."""
        names = [str(name) for name in self.frame["event"].head(MOST_EVENTS)]
        series = self.lines.iloc[:, : len(names)]
        points, unit = _thinned(series)
        with onto(ax), style.drawing():
            rows = Rows(names, [Column("in all", 80)], narrow=narrow)
            at = pd.to_datetime(points.index).to_numpy()
            high = 0.4 if narrow else 0.72
            for y, column in enumerate(points.to_numpy(float).T):
                top = float(column.max()) or 1.0
                foot = y + (0.2 if narrow else 0.36)
                line = foot - high * column / top
                rows.axes.fill_between(at, foot, line, color=style.SKY, alpha=0.3, linewidth=0)
                rows.axes.plot(at, line, color=style.BLUE, linewidth=1.0)
                rows.beside(y, 0, numerals.count(self.frame["total"].iloc[y]), style.MUTED)
            rows.axes.set_xlim(at[0], at[-1] if len(at) > 1 else at[0] + np.timedelta64(1, "D"))
            date_axis(rows.axes, narrow)
            more = len(self.frame) - len(names)
            return rows.finish(unit + (f"; {more} more events in the table" if more else ""))

    def _table(self) -> str:
        shown = self.frame.head(MOST_ROWS)
        table = pd.DataFrame(
            {
                "event": shown["event"],
                "in all": shown["total"].map(numerals.count),
                "a day": shown["median"].map(numerals.amount),
                "first seen": shown["first"].map(str),
                "last seen": shown["last"].map(str),
                "days without": shown["missing"].map(numerals.count),
            }
        )
        caption = "Events by name, the most frequent first; a day: at the median"
        return html_table(table, caption, ["in all", "a day", "days without"])


def by_day(log: EventLog, last: int = 0) -> tuple[MacrosByDay, EventsByDay]:
    """Count macros and events by day, in the engine.

    Parameters
    ----------
    log
        The event log, open.
    last
        Only so many of the latest days; 0 for all.
    """
    counts = count_log(log)
    start = max(0, counts.days - last) if last > 0 else 0
    days = [date.fromisoformat(date_of(counts.first_day + k)) for k in range(start, counts.days)]
    return _macros(counts, days, start), _events(counts, days, start)


def _macros(counts: Counts, days: list[date], start: int) -> MacrosByDay:
    rate = counts.rates[0]
    frame = pd.DataFrame(
        {
            "day": days,
            "events": counts.series[""][start:],
            "visits": rate.visits[start:],
            "macros": rate.happened[start:],
        }
    )
    name = counts.plan.macro.name
    whole = frame["macros"].iloc[1:-1] if len(frame) > 2 else frame["macros"]
    empty = int((whole == 0).sum())
    low, middle, high = whole.min(), whole.median(), whole.max()
    found = (
        f"{middle:,.0f} macros ({clipped(name)}) on a usual day, between "
        f"{numerals.count(low)} and {numerals.count(high)}; "
        + (
            f"{numerals.plural(empty, 'whole day')} without any"
            if empty
            else "no whole day without"
        )
    )
    return MacrosByDay(frame, f"{found}.", clipped(name))


def _events(counts: Counts, days: list[date], start: int) -> EventsByDay:
    series = {name: line[start:] for name, line in counts.series.items() if name}
    ranked = sorted((n for n in series if series[n].any()), key=lambda n: (-series[n].sum(), n))
    lines = pd.DataFrame({name: series[name] for name in ranked}, index=pd.Index(days))
    rows = []
    for name in ranked:
        seen = np.flatnonzero(series[name])
        span = series[name][seen[0] : seen[-1] + 1]
        rows.append(
            (name, int(span.sum()), float(np.median(span)), days[seen[0]], days[seen[-1]],
             int((span == 0).sum()))
        )  # fmt: skip
    columns = ["event", "total", "median", "first", "last", "missing"]
    frame = pd.DataFrame(rows, columns=columns)
    return EventsByDay(frame, _standing(frame, days), lines)


def _standing(frame: pd.DataFrame, days: list[date]) -> str:
    """Say how many events came from the first days to the last, and which did not."""
    if frame.empty:
        return "No event is counted by name."
    near = max(1, round(0.05 * len(days)))  # days that an event may be missing at either end
    early, late = days[min(near, len(days) - 1)], days[max(0, len(days) - 1 - near)]
    partly = frame[(frame["first"] > early) | (frame["last"] < late)]
    text = (
        f"{len(frame) - len(partly):,} of {len(frame):,} events run from the first days to the last"
    )
    if partly.empty:
        return f"{text}."
    one = partly.iloc[0]
    return (
        f"{text}. Of the others {clipped(str(one['event']))} is the most frequent: first seen on "
        f"{one['first']}, last on {one['last']}."
    )


def _thinned(lines: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Add days up to weeks where there are more than a line has points for."""
    if len(lines) <= _MOST_POINTS:
        return lines, "day"
    weeks = -(-len(lines) // _MOST_POINTS // 7) or 1
    number = np.arange(len(lines)) // (7 * weeks)
    summed = lines.groupby(number).sum()
    summed.index = pd.Index([lines.index[k * 7 * weeks] for k in range(len(summed))])
    # A last stretch that is cut short would look like a fall.
    whole = len(lines) % (7 * weeks) == 0
    return (summed if whole else summed.iloc[:-1]), f"each {7 * weeks} days"
