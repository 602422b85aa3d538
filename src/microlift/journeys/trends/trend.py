"""A rate over time, with its own history as the benchmark."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd

from microlift.asked import as_asked
from microlift.events import EventLog
from microlift.journeys.counting import noun, segment_column, segment_labels
from microlift.journeys.shares import Share, corrected
from microlift.journeys.steps import find_bit, one_of
from microlift.journeys.trends.days import (
    MONDAY,
    SESSION,
    VISITOR,
    Days,
    counted_days,
    date_of,
    pooled_effect,
)
from microlift.journeys.trends.history import LEAST, WINDOW, foresee
from microlift.plan import format_duration
from microlift.plan.quoting import clipped, printable
from microlift.result import Result, onto

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WEEKLY: Final = "1w"
DAILY: Final = "1d"
SURE = 0.05
ABOVE, BELOW, USUAL = "above", "below", "as usual"
CUT, OPEN, UNKNOWN, NOBODY = "incomplete", "still open", "too little history", "nobody came"


@dataclass(frozen=True, eq=False, repr=False)
class Trend(Result):
    """A rate by week or by day.

    Attributes
    ----------
    frame
        One row a period (and segment): segment, start (a date), count, of, rate, low, high;
        expected, expected_low, expected_high (what the periods before it foretell, and where 95 of
        100 periods lie); q_value (of a rate so far from it, corrected for the number of periods and
        segments, Benjamini-Hochberg); state: as usual, above, below (q below 0.05), too little
        history, incomplete (the log holds a part of it), still open (not everybody has had the
        horizon), nobody came.
    finding
        What it says, in one sentence.
    notes
        How it was counted.
    action, per, every, by
        What was asked for.
    """

    notes: tuple[str, ...]
    action: str
    per: str
    every: str
    by: str | None

    def plot(self, *, narrow: bool = False, ax: "Axes | None" = None) -> "Axes":
        """Draw the rate before the band of what was to be expected; by segment one panel each."""
        from microlift.reporting.trends import lines

        with onto(ax):
            label = f"share of {noun(self.per)} with {printable(self.action)}"
            return lines(self.frame, label, self.every == DAILY, narrow)

    def _table(self) -> str:
        from microlift.reporting.trends import trend_table

        return trend_table(self.frame, noun(self.per), self.by)


@as_asked
def trend(
    log: EventLog,
    action: str | None = None,
    per: Literal["session", "visitor"] = SESSION,
    every: Literal["1w", "1d"] = WEEKLY,
    by: str | None = None,
) -> Trend:
    """Rate of an action by week or day, judged by its own history.

    Each period is set against the periods before it: the last eight weeks, or the last eight days
    of the same name. Their level leaves out the lowest and the highest quarter, and their spread is
    a robust one, so that one odd period does not become the benchmark.

    Parameters
    ----------
    log
        The event log. Days and weeks (from Monday) are those of the plan's time zone.
    action
        An action of the plan; default the macro.
    per
        ``"session"``: of the sessions that begin in a period, those in which it is done.
        ``"visitor"``: of the users whose first event of the log lies in a period, those who do it
        within the plan's horizon from there; a period is still open until all have had it.
    every
        ``"1w"`` or ``"1d"``.
    by
        An attribute of the plan: one series a segment.

    Returns
    -------
    Trend
        With 95 % intervals by Wilson; those of sessions as wide as buckets of users say.

    Raises
    ------
    InputError
        If the plan has no such action or attribute, or there is no such period or denominator.

    Examples
    --------
    Ten weeks of fourteen visits a day, every seventh of them with a purchase; no purchases in the
    last week:

    >>> import tempfile, pathlib
    >>> import pandas as pd
    >>> from microlift import Plan, read_events
    >>> plan = Plan.from_dict({"macro": {"event": "buy"}, "horizon": "1d",
    ...                        "actions": [{"name": "view", "event": "view"}]})
    >>> days = pd.date_range("2026-01-05", periods=70, tz="UTC")
    >>> rows = [(f"u{d}-{i}", day + pd.Timedelta(minutes=i * 110), "view")
    ...         for d, day in enumerate(days) for i in range(14)]
    >>> rows += [(user, at + pd.Timedelta("1min"), "buy") for n, (user, at, _) in enumerate(rows)
    ...          if n % 7 == 0 and n < 63 * 14]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "log.csv"
    ...     columns = ["user_id", "timestamp", "event"]
    ...     pd.DataFrame(rows, columns=columns).to_csv(path, index=False)
    ...     with read_events(path, plan) as log:
    ...         found = trend(log)
    >>> found.frame[["start", "count", "of", "state"]].tail(2).to_string(index=False).split()[4:]
    ['2026-03-02', '14', '98', 'as', 'usual', '2026-03-09', '0', '98', 'below']
    """
    one_of("per", per, (SESSION, VISITOR), "what a rate is a share of. Give one of these.")
    one_of("every", every, (WEEKLY, DAILY), "weeks and days are counted. Give one of these.")
    name = log.plan.macro.name if action is None else str(action)
    step = find_bit(log.plan, name, asked="action")
    labels = segment_labels(log, by)
    length, offset = (1, 0) if every == DAILY else (7, -MONDAY)
    with counted_days(log, step, per, [by] if by else []) as days:
        codes = [segment_column(log, by)] if by else []
        clusters = days.clusters(codes, offset, length)
        series = []
        for code, label in enumerate(labels):
            own = clusters[clusters[codes[0]] == code] if by else clusters
            effect = pooled_effect(own) if per == SESSION else 1.0
            series.append(_series(days, own, (offset, length), effect).assign(segment=label))
    frame = pd.concat(series, ignore_index=True)
    frame["q_value"] = corrected(frame.pop("p_value").to_numpy())
    frame["state"] = _states(frame)
    frame = frame[["segment", *(column for column in frame.columns if column != "segment")]]
    frame = frame if by else frame.drop(columns="segment")
    notes = _notes(log, per, every, frame)
    return Trend(frame, _finding(frame, name, per, every, by), notes, name, per, every, by)


def _series(
    days: Days, counted: pd.DataFrame, grid: tuple[int, int], effect: float
) -> pd.DataFrame:
    """One row a period of the log, in the order of time."""
    offset, length = grid
    periods = np.arange((days.first - offset) // length, (days.last - offset) // length + 1)
    sums = counted.set_index("period")[["did", "n"]].reindex(periods, fill_value=0)
    did, of = sums["did"].to_numpy(np.float64), sums["n"].to_numpy(np.float64)
    begin = periods * length + offset
    whole = (begin >= days.whole_from) & (begin + length - 1 <= days.whole_to)
    ripe = begin + length - 1 <= days.ripe_to
    band = foresee(did, of, whole & ripe, season=7 // length, effect=effect)
    shares = [Share.of_counts(int(k), int(n), effect) for k, n in zip(did, of, strict=True)]
    return pd.DataFrame(
        {
            "start": pd.to_datetime([date_of(int(day)) for day in begin]).date,
            "count": did.astype(np.int64),
            "of": of.astype(np.int64),
            "rate": [share.rate for share in shares],
            "low": [share.low for share in shares],
            "high": [share.high for share in shares],
            "expected": band.expected,
            "expected_low": band.low,
            "expected_high": band.high,
            "p_value": band.p_value,
            "state": np.where(~whole, CUT, np.where(~ripe, OPEN, np.where(of == 0, NOBODY, ""))),
        }
    )


def _states(frame: pd.DataFrame) -> list[str]:
    rate, expected, q = (frame[name].to_numpy(float) for name in ("rate", "expected", "q_value"))
    given = frame["state"].to_numpy(str)
    out = np.where(rate > expected, ABOVE, BELOW)
    cases = [given != "", ~np.isfinite(q), q < SURE]
    return [str(state) for state in np.select(cases, [given, UNKNOWN, out], USUAL)]


def _notes(log: EventLog, per: str, every: str, frame: pd.DataFrame) -> tuple[str, ...]:
    what = "weeks" if every == WEEKLY else "days of the same name"
    notes = [
        f"Expected: the level of the last {WINDOW} {what} without the lowest and the highest "
        f"quarter, and where 95 of 100 periods lie; no judgement before {LEAST} of them. Outside "
        "means a q value below 0.05, corrected for the number of periods (Benjamini-Hochberg)."
    ]
    if per == VISITOR:
        notes.append(
            "Visitors count where their first event of the log lies, and have done it if they do "
            f"so within the horizon of {format_duration(log.plan.horizon)} from there. In the "
            "first weeks of a log many of them are old visitors seen for the first time."
        )
    for state, why in ((CUT, "the log holds only a part of"), (OPEN, "not all had the horizon in")):
        count = int((frame["state"] == state).sum())
        if count:
            notes.append(f"Not judged: {why} {count:,} of {len(frame):,} periods.")
    return tuple(notes)


def _finding(frame: pd.DataFrame, name: str, per: str, every: str, by: str | None) -> str:
    """The period farthest out, and how many others there are; else the last one that was judged."""
    judged = frame[frame["q_value"].notna()]
    what = "week" if every == WEEKLY else "day"
    named = f"{clipped(name)} per {per}"
    if judged.empty:
        return (
            f"{named} cannot be judged yet: no {what} has {LEAST} whole "
            f"{'weeks' if every == WEEKLY else 'days of the same name'} before it."
        )
    out = judged[judged["state"].isin([ABOVE, BELOW])]
    row = judged.iloc[-1] if out.empty else out.iloc[int(out["q_value"].argmin())]
    at = "on" if every == DAILY else "in the week of"
    where = f" for {by} {clipped(str(row['segment']))}" if by else ""
    told = (
        f"{row['rate']:.2%} {at} {row['start'].day} {row['start']:%B %Y}{where}, where "
        f"{row['expected']:.2%} was to be expected ({row['expected_low']:.2%} to "
        f"{row['expected_high']:.2%})"
    )
    if out.empty:
        rate = judged["rate"]
        beyond = (rate < judged["expected_low"]) | (rate > judged["expected_high"])
        few = f", {beyond.sum():,} of them out by no more than chance" if beyond.any() else ""
        return f"{named} is as usual in all {len(judged):,} {what}s judged{few}; the last: {told}."
    return (
        f"{named} was outside of what its own history foretells in {len(out):,} of "
        f"{len(judged):,} {what}s judged ({(out['state'] == BELOW).sum():,} below, "
        f"{(out['state'] == ABOVE).sum():,} above); farthest out: {told}."
    )
