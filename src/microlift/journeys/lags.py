"""Lags: how long after an action the macro follows, and how long a horizon must be for it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from microlift.asked import as_asked
from microlift.events import EventLog
from microlift.journeys.kaplan_meier import (
    Floats,
    last_watched,
    quantile,
    seen_and_lost,
    share_converted,
)
from microlift.journeys.waiting import (
    lags_after,
    many,
    refuse_without_macros,
    told,
)
from microlift.moments.space import DAY
from microlift.plan import AFTER_MACRO, Action, micros
from microlift.result import Result, onto

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CATCH = 0.9
LEAST_MACROS = 10
DRAWS = 200
_SHARES = (0.25, 0.5, 0.75, CATCH)
_DAYS = (1, 7, 30)


@dataclass(frozen=True, eq=False, repr=False)
class Lags(Result):
    """How long after each action the macro follows.

    Attributes
    ----------
    frame
        One row an action; times are in days. action, kind, doers (users who did it before the
        macro), macros (of these, seen), watched (how long a tenth of the doers or more are
        watched), converted (share of doers with the macro in that time); of the macros in that
        time: q25, median, q75, the shares within_1d, within_7d and within_30d; horizon_90, _low
        and _high (the horizon that catches 90 % of them); caught, _low and _high (the share that
        the plan's horizon catches); note.
    finding
        Whether the plan's horizon is long enough, in one sentence.
    horizon
        The plan's, in days.
    notes
        How it was counted.
    """

    horizon: float
    notes: tuple[str, ...]

    def plot(self, *, narrow: bool = False, ax: "Axes | None" = None) -> "Axes":
        """Draw when macros follow each action, and the plan's horizon; `narrow` for a phone."""
        from microlift.reporting.spans import spans

        with onto(ax):
            return spans(self.frame, self.horizon, narrow)

    def _table(self) -> str:
        from microlift.reporting.spans import spans_table

        return spans_table(self.frame, self.horizon)


@as_asked
def lags(log: EventLog) -> Lags:
    """Lag from each action's first occurrence to the macro, next to the plan's horizon.

    The macros seen in a log are too quick: the slow ones fall behind its end. So lags are those of
    a Kaplan-Meier curve F over all who did the action, watched to the macro or the end of the
    log. It is known up to the longest time L for which a tenth of the doers are watched. The
    macros that follow are those within L, and a horizon h catches the share F(h) / F(L) of them.
    Where 90 % takes more than half of L, the curve still rises as the log ends, and the true
    horizon is longer: the row says so.

    Parameters
    ----------
    log
        The event log.

    Returns
    -------
    Lags
        With 95 % intervals from 200 draws of users with replacement (the same in every run).
        Actions with fewer than 10 macros after them are not judged.

    Raises
    ------
    InputError
        If fewer than 10 macros follow an action.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> import pandas as pd
    >>> from microlift import Plan, read_events
    >>> plan = Plan.from_dict({"macro": {"event": "buy"}, "horizon": "2d",
    ...                        "actions": [{"name": "view", "event": "view"}]})
    >>> start = pd.Timestamp("2026-01-01", tz="UTC")
    >>> rows = [(f"u{i}", start, "view") for i in range(40)]
    >>> rows += [(f"u{i}", start + pd.Timedelta(days=1 + i // 5), "buy") for i in range(20)]
    >>> rows += [("u39", start + pd.Timedelta(days=10), "page")]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "log.parquet"
    ...     columns = ["user_id", "timestamp", "event"]
    ...     pd.DataFrame(rows, columns=columns).to_parquet(path)
    ...     with read_events(path, plan) as log:
    ...         row = lags(log).to_frame().iloc[0]
    >>> row[["watched", "converted", "median", "horizon_90", "caught"]].astype(float).tolist()
    [10.0, 0.5, 2.0, 4.0, 0.5]
    """
    counted = lags_after(log)
    macros = counted.loc[counted["reached"] == 1].groupby("action")["n"].sum()
    most = int(macros.max()) if len(macros) else 0
    refuse_without_macros("lags()", log, most, LEAST_MACROS)
    horizon = micros(log.plan.horizon)
    own = dict(tuple(counted.groupby("action")))
    rows = [
        _row(log, action, own.get(number, counted.iloc[:0]), horizon)
        for number, action in enumerate(log.plan.actions)
    ]
    frame = pd.DataFrame(rows)
    return Lags(frame, _finding(frame, horizon), horizon / DAY, _NOTES)


_NOTES = (
    "Lags run from a user's first occurrence to the first macro after it. Users without a macro "
    "are watched until the end of the log (Kaplan-Meier); the macros that follow are those within "
    "the longest time for which a tenth of the doers are watched.",
)


def _row(log: EventLog, action: Action, counted: pd.DataFrame, horizon: int) -> dict[str, object]:
    times, seen, lost = seen_and_lost(counted)
    doers, macros = int(seen.sum() + lost.sum()), int(seen.sum())
    row: dict[str, object] = {"action": action.name, "kind": action.kind}
    row |= {"doers": doers, "macros": macros}
    names = ["watched", "converted", "q25", "median", "q75"]
    names += [f"within_{days}d" for days in _DAYS]
    names += [f"{name}{end}" for name in ("horizon_90", "caught") for end in ("", "_low", "_high")]
    row |= dict.fromkeys(names, float("nan"))
    if macros < LEAST_MACROS:
        return row | {"note": _why_not(log, action, doers)}
    converted = share_converted(seen, lost)
    last = last_watched(seen, lost, converted)
    times, (seen, lost) = times[: last + 1], _until(seen, lost, last)
    converted, end = converted[: last + 1], times[last]
    shares = [(quantile(times, converted[None], share)[0] / DAY) for share in _SHARES]
    row |= {"watched": end / DAY, "converted": float(converted[-1])}
    row |= dict(zip(("q25", "median", "q75", "horizon_90"), shares, strict=True))
    for name, time in [(f"within_{days}d", days * DAY) for days in _DAYS] + [("caught", horizon)]:
        if time <= end:
            row[name] = float(_caught(times, converted[None], time)[0])
    times, drawn = _draws(times, seen, lost)
    intervals = {"horizon_90": quantile(times, drawn, CATCH) / DAY}
    if horizon <= end:
        intervals["caught"] = _caught(times, drawn, horizon)
    for name, values in intervals.items():
        row[f"{name}_low"], row[f"{name}_high"] = np.quantile(values, [0.025, 0.975]).tolist()
    note = "at least: the log is too short to tell" if shares[-1] * DAY > end / 2 else ""
    return row | {"note": "watched for less than the horizon" if horizon > end else note}


def _why_not(log: EventLog, action: Action, doers: int) -> str:
    if not log.plan.takes_part(action):
        return AFTER_MACRO
    if not doers:
        return "nobody did it before the macro"
    return f"fewer than {LEAST_MACROS} macros follow it"


def _until(seen: Floats, lost: Floats, last: int) -> tuple[Floats, Floats]:
    """Watch nobody beyond a place: whoever is there for longer is lost from sight at it."""
    longer = (seen + lost)[last + 1 :].sum()
    lost = lost[: last + 1].copy()
    lost[last] += longer
    return seen[: last + 1], lost


def _draws(times: Floats, seen: Floats, lost: Floats) -> tuple[Floats, Floats]:
    """Curves of users drawn with replacement, at the times with a macro.

    Who is lost between two of these was there at the first and is not at the second.
    """
    at = np.flatnonzero(seen)
    since = np.add.reduceat(lost, at)
    counts = np.stack([seen[at], since])
    drawn = np.random.default_rng(0).poisson(counts, (DRAWS, *counts.shape)).astype(np.float64)
    return times[at], share_converted(drawn[:, 0], drawn[:, 1])


def _caught(times: Floats, curves: Floats, horizon: float) -> Floats:
    """Share of a curve's last value that is reached by the horizon."""
    place = np.searchsorted(times, horizon, "right") - 1
    caught = curves[:, place] if place >= 0 else np.zeros(len(curves))
    share: Floats = caught / np.maximum(curves[:, -1], 1e-12)
    return share


def _finding(frame: pd.DataFrame, horizon: int) -> str:
    judged = frame[np.isfinite(frame["caught"])]
    named = f"The plan's horizon of {told(horizon)}"
    if judged.empty:
        return (
            f"{named} cannot be judged: no action with macros after it is watched for that long. "
            "Widen the log."
        )
    row = judged.loc[judged["caught"].idxmin()]
    caught = (
        f"{row['caught']:.1%} of the macros that follow {many([row['action']])} (95 % "
        f"interval {row['caught_low']:.1%} to {row['caught_high']:.1%})"
    )
    short = judged["note"] != ""
    unsure = ""
    if short.any():
        unsure = f"; of {many(judged.loc[short, 'action'])} the log is too short to be sure"
    if row["caught"] >= CATCH:
        return f"{named} is long enough: it catches {caught}, and more after the others{unsure}."
    least = "at least " if row["note"] else ""
    need = least + told(row["horizon_90"] * DAY)
    return f"{named} is too short: it catches {caught}; to catch 90 % takes {need}{unsure}."
