"""The backtest: weights from an earlier window, judged on who arrives in a later one."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import pandas as pd

from microlift.asked import as_asked
from microlift.errors import InputError
from microlift.events import EventLog
from microlift.evidence.backtest import saying
from microlift.evidence.backtest.arrivals import Arrivals, count_arrivals
from microlift.evidence.backtest.gain import Segments, Slopes, gains_of, unbiased_gain
from microlift.evidence.backtest.result import COLUMNS, Backtest
from microlift.evidence.backtest.signals import ALL, OURS, Signal, others, ours
from microlift.evidence.backtest.windows import (
    WEEK,
    earlier,
    refuse_without_macros,
    windows_of,
)
from microlift.evidence.threads import one_thread
from microlift.ledger import Ledger
from microlift.models import LiftModel
from microlift.models.baselines import baselines
from microlift.moments import moments
from microlift.progress import shows_progress

Floats = npt.NDArray[np.float64]
ROTATIONS = 1  # one split of users into folds is enough where only sums of credits are wanted


@as_asked
@one_thread
def backtest(
    log: EventLog,
    *,
    split: str | None = None,
    macros: float = 8.0,
    methods: Sequence[str] | None = None,
    quiet: bool | None = None,
) -> Backtest:
    r"""Judge the weights out of time: made before a day, applied to who comes after it.

    The log is parted. From the part before the split alone come moments, lift, ledger and weights,
    as a run on that day would have made them. In the part after it every user who arrives is
    followed for the horizon: what the weights book for what the user does (each action once, before
    the macro), and what the user's macro is really worth. Both are added up by segment (the values
    of each attribute of the plan) and by week of arrival, and so is what other methods would have
    booked. Each of these is scaled by one factor so that it adds up to the earlier revenue.

    The *signal gain* says how well a method tells segments apart where each brings few macros: as
    many times the macros, counted alone, would be as precise. Both are taken as estimates of a
    segment's true macros per user; what a method says of a segment and is not true of it is charged
    as bias.

    Parameters
    ----------
    log
        The event log.
    split
        The day on which the later window begins, such as ``"2026-03-01"``. None: as many days of
        followed arrivals on either side.
    macros
        Macros that a segment brings while it is judged; the gain falls as they grow.
    methods
        Which other methods stand beside the weights, by the names of ``baselines``; None: all.
        They take about half of the time.
    quiet
        Whether to show no progress; by default it is shown where somebody watches.

    Returns
    -------
    Backtest
        Intervals are 95 %, from 128 groups of users, for the segments at hand. Believe it where
        later weeks go on as those of the log.

    Raises
    ------
    InputError
        If the log is too short, a window has too few macros, `split` is no day that leaves room on
        either side, `macros` is not above 0, or a method is unknown.

    References
    ----------
    Athey, Chetty, Imbens and Kang (2019), doi:10.3386/w26463 (surrogates); Efron and Morris (1975),
    doi:10.2307/2285814 (reliability of the means of groups).

    Examples
    --------
    With ``found = backtest(log)``, ``found.to_frame()`` holds one row a method,
    ``found.segments()`` booked and real value by segment and week, and ``found.plot()`` draws the
    gains. A log has to hold two horizons and two weeks:

    >>> import tempfile, pathlib
    >>> import pandas as pd
    >>> from microlift import Plan, read_events
    >>> plan = Plan.from_dict({"macro": {"event": "buy"}, "horizon": "5d",
    ...                        "actions": [{"name": "demo", "event": "demo"}]})
    >>> rows = [("ann", "2026-01-01", "demo"), ("ann", "2026-01-02", "buy"),
    ...         ("bob", "2026-01-11", "demo")]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "log.csv"
    ...     columns = ["user_id", "timestamp", "event"]
    ...     pd.DataFrame(rows, columns=columns).to_csv(path, index=False)
    ...     with read_events(path, plan) as log:
    ...         backtest(log)
    Traceback (most recent call last):
    microlift.errors.InputError: backtest() has a log of 10.0 days and a horizon of 5d, but needs
    24.0 days: ...
    """
    if not macros > 0:
        msg = (
            f"macros={macros!r} is not above 0. The signal gain is told for segments that bring so "
            "many macros. Give a number such as 8."
        )
        raise InputError(msg)
    windows = windows_of(log, split)
    attributes = log.plan.log.attributes
    asked = tuple(range(len(attributes))) or (-1,)
    (learned,) = count_arrivals(log, windows.first, windows.split - windows.horizon, (-1,))
    judged = count_arrivals(log, windows.split, windows.end, asked)
    refuse_without_macros(learned.macros, judged[0].macros)
    past = moments(earlier(log, windows))
    model = LiftModel(rotations=ROTATIONS, quiet=not shows_progress(quiet)).fit(past)
    signals = (
        ours(Ledger.from_model(model), log.plan, learned),
        *others(baselines(past, methods), log.plan, learned),
    )
    tables, cells = [], []
    for arrivals, place in zip(judged, asked, strict=True):
        name = attributes[place] if place >= 0 else ALL
        labels = log.facts.attributes[name] if place >= 0 else (ALL,)
        tables.append(_judge(arrivals, signals, macros).assign(attribute=name))
        cells.append(_by_segment(arrivals, signals, labels, windows.split).assign(attribute=name))
    frame = pd.concat(tables, ignore_index=True)[list(COLUMNS)]
    chosen = _telling(frame)
    by_segment = pd.concat(cells, ignore_index=True)
    return Backtest(
        frame=frame,
        finding=saying.finding(frame[frame["attribute"] == chosen], chosen, macros),
        macros=macros,
        attribute=chosen,
        split=_day(windows.split),
        notes=saying.notes(log, windows, learned, judged[0], signals),
        by_segment=by_segment[["attribute", *by_segment.columns.drop("attribute")]],
    )


def _judge(arrivals: Arrivals, signals: tuple[Signal, ...], macros: float) -> pd.DataFrame:
    """One row a signal."""
    segments = Segments.of(arrivals, signals, macros)
    gains, slopes = gains_of(segments, macros), Slopes.of(segments)
    low, high = gains.interval
    booked = np.array([(arrivals.n * signal.of(arrivals)).sum() for signal in signals])
    real = float(arrivals.value.sum())
    return pd.DataFrame(
        {
            "method": [signal.name for signal in signals],
            "booked": booked,
            "real": real,
            "total_ratio": booked / real if real > 0 else np.nan,
            "raw_ratio": [signal.raw for signal in signals],
            "correlation": [_correlation(arrivals, signal) for signal in signals],
            "slope": slopes.slope,
            "slope_low": slopes.low,
            "slope_high": slopes.high,
            "gain": gains.middle,
            "gain_low": low,
            "gain_high": high,
            "against_weights": [gains.against(place) for place in range(len(signals))],
            "as_good_from": gains.until,
            "unbiased_gain": unbiased_gain(segments),
            "note": [signal.note for signal in signals],
        }
    )


def _telling(frame: pd.DataFrame) -> str:
    """The attribute whose interval of the gain of the weights is narrowest; else the first."""
    mine = frame[(frame["method"] == OURS) & frame["gain"].notna()]
    if mine.empty:
        return str(frame["attribute"].iloc[0])
    wide = np.log(mine["gain_high"] + 0.1) - np.log(mine["gain_low"] + 0.1)
    return str(mine["attribute"].iloc[int(np.argmin(wide.to_numpy()))])


def _correlation(arrivals: Arrivals, signal: Signal) -> float:
    """Of booked and real value per user over segments and weeks, weighted by users."""
    place = arrivals.segment * (int(arrivals.week.max(initial=0)) + 1) + arrivals.week
    users = np.bincount(place, weights=arrivals.n)
    kept = users > 0
    users = users[kept]
    values = (arrivals.n * signal.of(arrivals), arrivals.value)
    x, y = (np.bincount(place, weights=v)[kept] / users for v in values)
    x, y = (v - np.average(v, weights=users) for v in (x, y))
    size = float(np.sqrt((users * x * x).sum() * (users * y * y).sum()))
    return float((users * x * y).sum()) / size if size > 1e-12 else float("nan")


def _by_segment(
    arrivals: Arrivals, signals: tuple[Signal, ...], labels: tuple[str, ...], split: int
) -> pd.DataFrame:
    columns = {
        "users": arrivals.n,
        "macros": arrivals.n * arrivals.macro,
        "real": arrivals.value,
        **{signal.name: arrivals.n * signal.of(arrivals) for signal in signals},
    }
    frame = pd.DataFrame({"segment": arrivals.segment, "week": arrivals.week, **columns})
    summed = frame.groupby(["segment", "week"], as_index=False).sum()
    return summed.assign(
        segment=[labels[code] for code in summed["segment"]],
        week=[_day(split + week * WEEK) for week in summed["week"]],
    )


def _day(at: int) -> str:
    return f"{datetime.fromtimestamp(at / 1e6, UTC):%Y-%m-%d}"
