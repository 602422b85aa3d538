"""Time to conversion: how long from a user's first event to the macro, and for how many at all."""

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from microlift.asked import as_asked
from microlift.events import EventLog
from microlift.journeys.counting import segment_labels
from microlift.journeys.shares import how_sure
from microlift.journeys.waiting import first_macros, macro_name, many, told
from microlift.moments.space import DAY, HOUR
from microlift.plan import micros
from microlift.result import Result, onto

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SURE = 0.05
WATCHED = 10  # users still at risk, or a tenth of few users: below, a curve's end is luck
_GRID = (0, HOUR, 6 * HOUR, *(d * DAY for d in (1, 3, 7, 14, 30, 60, 90, 180, 365, 730)))


@dataclass(frozen=True, eq=False, repr=False)
class TimeToMacro(Result):
    """Share of users who have converted, by the time since their first event.

    Attributes
    ----------
    frame
        One row a time (and segment): segment, time, at_risk (users watched for at least this long
        and without a macro before), macros (so far), converted (Kaplan-Meier's share), low, high.
    finding
        What it says, in one sentence.
    curve
        The same at every time with a macro, for drawing.
    medians
        One row a segment: users, macros, median (the time by which half have converted), low,
        high; infinite where it is not reached.
    pairs
        By segment: log-rank tests of all segments, then of each pair: a, b, statistic, p_value,
        q_value (pairs are corrected for their number, Benjamini-Hochberg).
    unit
        Of all times: "days" or "hours".
    start, macro, by
        What times run from; what the plan calls a macro; the attribute of the segments.
    notes
        How it was counted.
    """

    curve: pd.DataFrame
    medians: pd.DataFrame
    pairs: pd.DataFrame
    unit: str
    start: str
    macro: str
    by: str | None
    notes: tuple[str, ...]

    def plot(self, *, narrow: bool = False, ax: "Axes | None" = None) -> "Axes":
        """Draw the share converted over time, with bands; those at risk stand under the axis.

        `narrow` for a screen as wide as a phone's.
        """
        from microlift.reporting.waits import curves

        with onto(ax):
            words = (self.unit, self.start, self.macro)
            return curves(self.frame, self.curve, self.medians, words, narrow)

    def _table(self) -> str:
        from microlift.reporting.waits import curves_table

        return curves_table(self.frame, self.medians, self.unit, self.by)


@as_asked
def time_to_macro(log: EventLog, by: str | None = None) -> TimeToMacro:
    """Time from a user's first event to the first macro, by Kaplan and Meier.

    Everybody is watched from their first event to the macro or the end of the log, so that users
    who have only just come are counted for as long as they have been there. A macro that is the
    first event comes at time 0.

    Parameters
    ----------
    log
        The event log.
    by
        An attribute of the plan: curves by channel, device, campaign, and log-rank tests.

    Returns
    -------
    TimeToMacro
        With 95 % intervals (Greenwood's, of the log of minus the log). Times are rounded up: to a
        second in the first hour, a minute in the first week, an hour beyond. Believe it where
        those who come late in the log convert as those who came early did.

    Raises
    ------
    InputError
        If the plan has no such attribute.

    References
    ----------
    Kaplan and Meier (1958), doi:10.1080/01621459.1958.10501452.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> import pandas as pd
    >>> from microlift import Plan, read_events
    >>> plan = Plan.from_dict({"macro": {"event": "buy"}, "horizon": "1d",
    ...                        "actions": [{"name": "view", "event": "view"}]})
    >>> rows = [(f"u{i}", "2026-01-01", "view") for i in range(50)]
    >>> rows += [(f"u{i}", "2026-01-03", "buy") for i in range(10)]
    >>> rows += [("u49", "2026-01-05", "view")]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "log.csv"
    ...     columns = ["user_id", "timestamp", "event"]
    ...     pd.DataFrame(rows, columns=columns).to_csv(path, index=False)
    ...     with read_events(path, plan) as log:
    ...         found = time_to_macro(log)
    >>> print(found.to_frame()[["time", "at_risk", "macros", "converted"]].tail(3).to_string())
       time  at_risk  macros  converted
    3   1.0       50       0        0.0
    4   3.0       40      10        0.2
    5   4.0       40      10        0.2
    >>> found.unit
    'days'
    """
    labels = segment_labels(log, by)
    counted = first_macros(log, by)
    unit, size = ("days", DAY) if counted["wait"].max() >= 2 * DAY else ("hours", HOUR)
    waits = {code: counted[counted["segment"] == code] for code in range(len(labels))}
    rows, medians, curves = [], [], []
    for code, label in enumerate(labels):
        own = waits[code]
        curve, median = _kaplan_meier(own)
        medians.append((label, int(own["n"].sum()), _macros(own), *(m / size for m in median)))
        rows.append(_at(_times(own), own, curve).assign(segment=label))
        curves.append(curve.assign(segment=label))
    frame, curve = (pd.concat(parts, ignore_index=True) for parts in (rows, curves))
    frame["time"], curve["time"] = frame["time"] / size, curve["time"] / size
    columns = ["segment", "time", "at_risk", "macros", "converted", "low", "high"]
    of = pd.DataFrame(medians, columns=["segment", "users", "macros", "median", "low", "high"])
    frame = frame[columns if by else columns[1:]]
    pairs = _log_rank(counted, labels)
    pooled = counted.groupby(["wait", "reached"], as_index=False)[["n"]].sum()
    found = _finding(log, pooled)
    if by:
        found = _contrast(log, by, waits, labels, pairs)
    words = unit, _start(log), macro_name(log)
    return TimeToMacro(frame, found, curve, of, pairs, *words, by, (_how(unit, _start(log)),))


def _kaplan_meier(counted: pd.DataFrame) -> tuple[pd.DataFrame, tuple[float, float, float]]:
    """Curve at every bin with a macro and at its ends; the median with its interval."""
    # Loaded here: it takes a second, and rates and the audience need none of it.
    from lifelines import KaplanMeierFitter
    from lifelines.utils import median_survival_times

    columns = ["time", "converted", "low", "high", "at_risk"]
    if counted.empty:
        return pd.DataFrame(columns=columns, dtype=float), (np.nan, np.nan, np.nan)
    waits, reached, n = (counted[name].to_numpy() for name in ("wait", "reached", "n"))
    with np.errstate(all="ignore"):  # it turns numpy's warnings off, and would leave them off
        fitted = KaplanMeierFitter().fit(waits, reached, weights=n)
    staying = fitted.confidence_interval_survival_function_
    curve = pd.DataFrame(
        {
            "time": fitted.survival_function_.index.to_numpy(dtype=float),
            "converted": 1 - fitted.survival_function_.iloc[:, 0].to_numpy(),
            "low": 1 - staying.iloc[:, 1].to_numpy(),
            "high": 1 - staying.iloc[:, 0].to_numpy(),
        }
    )
    curve["at_risk"] = _at_risk(counted, curve["time"].to_numpy())
    enough = curve["at_risk"] >= _least(int(n.sum()))
    kept = np.isin(curve["time"], waits[reached == 1]) | (curve["time"] == 0)
    curve = curve[(kept & enough) | (curve["time"] == curve["time"][enough].max())]
    low, high = (float(median_survival_times(staying.iloc[:, [side]])) for side in (0, 1))
    return curve.reset_index(drop=True), (float(fitted.median_survival_time_), low, high)


def _times(counted: pd.DataFrame) -> list[float]:
    """Times to read the curve at: round ones, and the last at which enough are watched."""
    if counted.empty:
        return [0.0]
    waits = np.unique(counted["wait"])
    last = float(waits[_at_risk(counted, waits) >= _least(int(counted["n"].sum()))].max())
    return sorted({*(float(time) for time in _GRID if time < last), last})


def _least(users: int) -> int:
    return max(1, min(WATCHED, users // 10))


def _at_risk(counted: pd.DataFrame, times: Floats) -> Ints:
    """Users watched for at least this long and without a macro before."""
    ordered = counted.sort_values("wait")
    left = np.append(np.cumsum(ordered["n"].to_numpy()[::-1])[::-1], 0)
    return left[np.searchsorted(ordered["wait"].to_numpy(), times, "left")]


def _macros(counted: pd.DataFrame, until: float = np.inf) -> int:
    within = (counted["reached"] == 1) & (counted["wait"] <= until)
    return int(counted.loc[within, "n"].sum())


def _at(times: list[float], counted: pd.DataFrame, curve: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for time in times:
        so_far = curve[curve["time"] <= time]
        shares = so_far.iloc[-1][["converted", "low", "high"]] if len(so_far) else [np.nan] * 3
        at_risk = int(_at_risk(counted, np.array([time]))[0])
        rows.append((time, at_risk, _macros(counted, time), *map(float, shares)))
    columns = ["time", "at_risk", "macros", "converted", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def _log_rank(counted: pd.DataFrame, labels: tuple[str, ...]) -> pd.DataFrame:
    """Test all segments together, then each pair, corrected for the number of pairs."""
    from lifelines.statistics import multivariate_logrank_test

    there = sorted(counted["segment"].unique())
    sets = [tuple(there), *(combinations(there, 2) if len(there) > 2 else [])]
    rows: list[tuple[str, str, float, float]] = []
    for codes in sets if len(there) > 1 else []:
        own = counted[counted["segment"].isin(codes)]
        columns = (own[name].to_numpy() for name in ("wait", "segment", "reached", "n"))
        with np.errstate(all="ignore"):
            test = multivariate_logrank_test(*columns)
        a, b = (labels[codes[0]], labels[codes[1]]) if rows else ("all", "")
        rows.append((a, b, float(test.test_statistic), float(test.p_value)))
    pairs = pd.DataFrame(rows, columns=["a", "b", "statistic", "p_value"])
    q_values = pairs["p_value"].to_numpy(copy=True)
    if len(q_values) > 1 and np.isfinite(q_values[1:]).all():
        q_values[1:] = stats.false_discovery_control(q_values[1:])
    return pairs.assign(q_value=q_values)


def _finding(log: EventLog, counted: pd.DataFrame) -> str:
    curve, (median, low, high) = _kaplan_meier(counted)
    horizon = micros(log.plan.horizon)
    row = _at([float(min(horizon, curve["time"].max()))], counted, curve).iloc[0]
    half = f"half of them have not by {told(curve['time'].max())}, where the curve ends"
    if np.isfinite(median):
        ends = f"{told(low)} to {told(high)}"
        half = f"half of them have after {told(median)} (95 % interval {ends})"
    return (
        f"{row['converted']:.2%} of {counted['n'].sum():,} users reach {macro_name(log)} within "
        f"{told(row['time'])} of {_start(log)} (95 % interval {row['low']:.2%} to "
        f"{row['high']:.2%}); {half}."
    )


def _contrast(
    log: EventLog,
    by: str,
    waits: dict[int, pd.DataFrame],
    labels: tuple[str, ...],
    pairs: pd.DataFrame,
) -> str:
    if pairs.empty:
        return f"Only one {by} has users: there is nothing to compare."
    p_value = pairs["p_value"].iloc[0]
    if not p_value < SURE:
        return f"The time to {macro_name(log)} does not differ by {by} by more than chance."
    curves = {code: _kaplan_meier(own)[0] for code, own in waits.items() if len(own)}
    last = min(float(curve["time"].max()) for curve in curves.values())
    time = min(float(micros(log.plan.horizon)), last)
    share = {
        code: float(_at([time], waits[code], curve)["converted"].iloc[0])
        for code, curve in curves.items()
    }
    most, least = max(share, key=share.__getitem__), min(share, key=share.__getitem__)
    return (
        f"The time to {macro_name(log)} differs by {by}: within {told(time)}, {share[most]:.2%} of "
        f"{many([labels[most]])} have converted against {share[least]:.2%} of "
        f"{many([labels[least]])} (log-rank "
        f"{how_sure(p_value, 'p')}; times that go together, not an effect)."
    )


def _start(log: EventLog) -> str:
    return "the first macro" if log.plan.macro.repeat else "the first event"


def _how(unit: str, start: str) -> str:
    return (
        f"Times are in {unit} from a user's {start.removeprefix('the ')}, rounded up to a second "
        "in the first hour, a minute in the first week, an hour beyond; users without a macro are "
        "watched until the end of the log."
    )
