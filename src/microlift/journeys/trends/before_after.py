"""Before and after: a rate from a date on, against what the days before it foretell."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from microlift.asked import as_asked
from microlift.errors import InputError
from microlift.events import EventLog
from microlift.events.times import DAY
from microlift.journeys.counting import noun, segment_column, segment_labels
from microlift.journeys.shares import corrected
from microlift.journeys.steps import find_bit, one_of
from microlift.journeys.trends.contrast import Contrast, contrast, line_of
from microlift.journeys.trends.days import (
    SESSION,
    VISITOR,
    Days,
    counted_days,
    date_of,
    effect_of_change,
)
from microlift.journeys.trends.periods import Periods, When, lay_periods, read_when
from microlift.journeys.trends.verdicts import finding, judge
from microlift.moments.space import BUCKETS
from microlift.plan import format_duration, micros
from microlift.plan.quoting import clipped, printable, short
from microlift.result import Result, onto

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ALL = "all"
_EDGES = ("begin", "end")
Only = tuple[str, int] | None  # an attribute and the code of one of its segments
COLUMNS = [
    "segment", "of_before", "count_before", "rate_before", "rate_before_low", "rate_before_high",
    "of_after", "count_after", "rate_after", "rate_after_low", "rate_after_high",
    "raw", "mix", "weekday", "trend", "expected", "difference", "low", "high",
    "ratio", "ratio_low", "ratio_high", "p_value", "q_value", "verdict", "reason",
]  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class BeforeAfter(Result):
    """A rate from a date on, against the time before.

    Attributes
    ----------
    frame
        One row, and below it one a segment: of_before, count_before, rate_before with its
        interval, the same after; raw (difference of the two rates); mix, weekday, trend (how much
        of it who came, the weekdays and the trend of the benchmark explain); expected (the rate to
        be expected after); difference with low and high (rate after less expected, the
        standardised difference; raw = mix + weekday + trend + difference); ratio with ratio_low
        and ratio_high; p_value (of no change); q_value (corrected for the number of segments,
        Benjamini-Hochberg); verdict: rose, fell, cannot tell; reason, or what a change rests on.
    finding
        What it says, in one sentence.
    notes
        How it was counted.
    line
        For the picture: side (before, after, later), begin, end (dates), count, of, expected, low,
        high (where 95 of 100 such days or weeks lie).
    action, per, by
        What was asked for.
    """

    notes: tuple[str, ...]
    line: pd.DataFrame
    action: str
    per: str
    by: str | None

    def plot(self, *, narrow: bool = False, ax: "Axes | None" = None) -> "Axes":
        """Draw the rate before and after against what was to be expected; by segment, dots."""
        from microlift.reporting.changes import change_dots, change_line

        with onto(ax):
            label = f"share of {noun(self.per)} with {printable(self.action)}"
            if self.by:
                return change_dots(self.frame, label, narrow)
            return change_line(self.line, label, narrow)

    def _table(self) -> str:
        from microlift.reporting.changes import change_table

        return change_table(self.frame, noun(self.per), self.by)


@as_asked
def before_after(  # noqa: PLR0913 - each is a question that people ask of a change
    log: EventLog,
    when: When,
    *,
    until: str | date | None = None,
    action: str | None = None,
    per: Literal["session", "visitor"] = SESSION,
    by: str | None = None,
    adjust: Sequence[str] | None = None,
) -> BeforeAfter:
    r"""Compare a rate from a date on with what the days before it foretell.

    The benchmark is the twelve weeks before (three times the days judged, where that is more); of a
    range also as many days after it. From its days alone comes a regression of the rate,

    .. math:: \operatorname{logit} p = \alpha + w_{weekday} + \beta t + \sum_j \gamma_{j, label},

    which foretells the rate of the days judged, with their weekdays, their place on the linear
    trend and the visitors who came. What came less that is the standardised difference. Its
    interval holds the error of the coefficients, that of carrying the trend on, shocks of days
    beyond counting (that may last over days), and the likeness of sessions of one user.

    Believe it where nothing else changed on that date, the trend would have gone on in a straight
    line, and the attributes tell the visitors apart that matter. It says that something changed,
    not why.

    Parameters
    ----------
    log
        The event log. Days are those of the plan's time zone.
    when
        The first day of the change, such as ``"2024-04-09"``; or a pair of days, both included:
        it was over then, and what comes later belongs to the benchmark too.
    until
        The last day to look at, where `when` is one day.
    action
        An action of the plan; default the macro.
    per
        ``"session"``: sessions by the day of their first event. ``"visitor"``: users by the day of
        their first event of the log, with the plan's horizon to do it; those who had not had all of
        it by the end of the log, or by the change, are left out.
    by
        An attribute of the plan: also each segment for itself.
    adjust
        Attributes whose mix is held equal; default all of the plan.

    Returns
    -------
    BeforeAfter

    Raises
    ------
    InputError
        If a date is none, lies outside the log or leaves no day to judge; if there are less than
        14 whole days before; if the plan has no such action or attribute.

    References
    ----------
    Bernal, Cummins and Gasparrini (2017), doi:10.1093/ije/dyw098 (interrupted time series);
    Williams (1982), doi:10.2307/2347977 (overdispersion).

    Examples
    --------
    Eight weeks of 40 visits a day; a fifth buys, and from the seventh week on two fifths:

    >>> import tempfile, pathlib
    >>> import pandas as pd
    >>> from microlift import Plan, read_events
    >>> plan = Plan.from_dict({"macro": {"event": "buy"}, "horizon": "1d",
    ...                        "actions": [{"name": "view", "event": "view"}]})
    >>> days = pd.date_range("2026-01-05", periods=56, tz="UTC")
    >>> rows = [(f"u{d}-{i}", day + pd.Timedelta(minutes=i * 36), "view")
    ...         for d, day in enumerate(days) for i in range(40)]
    >>> rows += [(user, at + pd.Timedelta("1min"), "buy") for n, (user, at, _) in enumerate(rows)
    ...          if n % 5 == 0 or (n % 5 == 1 and at >= days[42])]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "log.csv"
    ...     columns = ["user_id", "timestamp", "event"]
    ...     pd.DataFrame(rows, columns=columns).to_csv(path, index=False)
    ...     with read_events(path, plan) as log:
    ...         row = before_after(log, "2026-02-16").frame.iloc[0]
    >>> row["verdict"], f"{row['difference']:.2f}", bool(row["low"] > 0.1)
    ('rose', '0.20', True)
    """
    asked = read_when(when, until)
    one_of("per", per, (SESSION, VISITOR), "what a rate is a share of. Give one of these.")
    name = log.plan.macro.name if action is None else str(action)
    step = find_bit(log.plan, name, asked="action")
    labels = segment_labels(log, by)
    held = _attributes(log, adjust)
    kept = list(dict.fromkeys([*held, *([by] if by else [])]))
    horizon = 0 if per == SESSION else -(-micros(log.plan.horizon) // DAY)
    with counted_days(log, step, per, kept) as days:
        periods = lay_periods(asked, days, horizon)
        rows = _counted(log, days, held, None)
        whole = contrast(rows, periods, _codes(log, held), _effect(days, periods, None))
        found = [whole]
        if by:
            rest, column = [each for each in held if each != by], segment_column(log, by)
            for only in ((column, code) for code in range(len(labels))):
                own = _counted(log, days, rest, only)
                effect = _effect(days, periods, only)
                found.append(contrast(own, periods, _codes(log, rest), effect))
    frame = _frame([ALL, *(labels if by else ())], found, periods, by)
    line = line_of(rows, periods, whole)
    line = line.assign(**{side: [date_of(int(day)) for day in line[side]] for side in _EDGES})
    notes = _notes(log, per, periods, held, whole.new)
    told = finding(frame, printable(name), per, periods, by)
    return BeforeAfter(frame, told, notes, line, name, per, by)


def _attributes(log: EventLog, adjust: Sequence[str] | None) -> list[str]:
    if adjust is None:
        return list(log.plan.log.attributes)
    names = [adjust] if isinstance(adjust, str) else [str(name) for name in adjust]
    unknown = [name for name in names if name not in log.plan.log.attributes]
    if unknown:
        known = ", ".join(map(short, log.plan.log.attributes)) or "none"
        msg = (
            f"adjust names {short(unknown[0])}, which is no attribute of the plan (it has "
            f"{known}). Only a mix that is known of all users can be held equal. Name it under "
            "log.attributes in the plan, or leave it out."
        )
        raise InputError(msg)
    return names


def _codes(log: EventLog, names: Sequence[str]) -> list[str]:
    return [segment_column(log, name) for name in names]


def _counted(log: EventLog, days: Days, held: Sequence[str], only: Only) -> pd.DataFrame:
    """Counts by day and visitors, of all or of one segment."""
    keys = [*_codes(log, held), *([only[0]] if only else [])]
    counted = days.count(keys, 0).rename(columns={"period": "day"})
    return counted[counted[only[0]] == only[1]] if only else counted


def _effect(days: Days, periods: Periods, only: Only) -> float:
    """Design effect of the difference, of all or of one segment."""
    sides = [(0, *span) for span in periods.benchmark] + [(1, *periods.after)]
    buckets = days.by_bucket([only[0]] if only else [], sides)
    if only:
        buckets = buckets[buckets[only[0]] == only[1]]
    place = buckets["side"].to_numpy() * BUCKETS + buckets["bucket"].to_numpy()
    did, of = (
        np.bincount(place, weights=buckets[name], minlength=2 * BUCKETS).astype(np.float64)
        for name in ("did", "n")
    )
    return effect_of_change(did.reshape(2, BUCKETS), of.reshape(2, BUCKETS))


def _frame(
    names: Sequence[str], found: Sequence[Contrast], periods: Periods, by: str | None
) -> pd.DataFrame:
    rows = pd.DataFrame([each.row for each in found]).assign(segment=names)
    rows["q_value"] = rows["p_value"]
    if by:
        rows.loc[1:, "q_value"] = corrected(rows["p_value"].to_numpy(np.float64)[1:])
    judged = [
        judge({str(name): value for name, value in row.items()}, each.naive, periods)
        for row, each in zip(rows.to_dict("records"), found, strict=True)
    ]
    rows["verdict"], rows["reason"] = zip(*judged, strict=True)
    whole = ["of_before", "count_before", "of_after", "count_after"]
    rows = rows.astype(dict.fromkeys(whole, "int64"))[COLUMNS]
    return rows if by else rows.drop(columns="segment")


def _notes(
    log: EventLog, per: str, periods: Periods, held: Sequence[str], new: float
) -> tuple[str, ...]:
    spans = " and ".join(f"{date_of(a)} to {date_of(b)}" for a, b in periods.benchmark)
    equal = ", ".join(clipped(name) for name in held) or "no attribute"
    notes = [
        f"Judged: {date_of(periods.after[0])} to {date_of(periods.after[1])}; benchmark: {spans}. "
        f"Held equal: weekdays, the linear trend of the benchmark, and the mix by {equal}. It says "
        "that something changed, not why."
    ]
    if per == VISITOR:
        horizon = format_duration(log.plan.horizon)
        notes.append(
            f"Visitors have done it if they do so within {horizon} of their first event. Those who "
            f"came in the {periods.skipped:,} days before the change are left out: part of that "
            "time lay after it."
        )
    if new > 0.05:
        notes.append(
            f"{new:.0%} of those judged have a label of an attribute that nobody in the benchmark "
            "has: whether they changed or are others cannot be told."
        )
    return tuple(notes)
