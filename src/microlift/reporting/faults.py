"""Findings of a diagnosis: a share over time with the days that stand out, and a table."""

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from importlib import import_module
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from microlift.journeys.shares import Share
from microlift.plan.quoting import printable
from microlift.quality.finding import EPOCH
from microlift.reporting import numerals, style
from microlift.reporting.canvas import canvas
from microlift.reporting.rows import NARROW, WIDE, fix_text, percent_ticks
from microlift.reporting.shares import dots
from microlift.reporting.tables import html_table
from microlift.reporting.trends import date_axis

if TYPE_CHECKING:
    from microlift.diagnosis.passes import Passes

Floats = npt.NDArray[np.float64]
_dates: Any = import_module("matplotlib.dates")  # it has no types
_LENGTHS = (7, 14)  # days of a point: whole weeks, so that weekdays do not show
ENOUGH = 10


def over_time(row: "pd.Series[Any]", series: "Passes", first: int, narrow: bool = False) -> Axes:
    """Draw the share of a finding week by week, what was to be expected, and the days between.

    Weeks begin at the finding's first day and after its last, so that none is partly good; where
    few visits come they are longer.

    Parameters
    ----------
    row
        Of `Diagnosis.to_frame()`.
    series
        Its counts by day.
    first
        Their first day, counted from 1970.
    narrow
        For a screen as wide as a phone's.
    """
    start, stop = (
        (date.fromisoformat(str(row[end])) - EPOCH).days - first for end in ("since", "until")
    )
    length = _length(series)
    runs = [*_runs(0, start, length), *_runs(start, stop + 1, length)]
    runs += _runs(stop + 1, len(series.seen), length)
    held = np.array([start <= a <= stop for a, _ in runs])
    x = np.array(
        [_dates.date2num(EPOCH + timedelta(days=first)) + (a + b - 1) / 2 for a, b in runs]
    )
    usual = _usual(series, slice(start, stop + 1), float(row["usual"]))
    seen, low, high = np.array([_share(series, run) for run in runs]).T
    expected = np.array([_part(usual, series.seen, run) for run in runs])
    with style.drawing():
        axes = canvas(NARROW if narrow else WIDE, 3.7)
        axes.plot(x, expected, color=style.GREY, linewidth=1.8, linestyle=(0, (4, 2)))
        axes.plot(x, seen, color=style.BLUE, linewidth=1.4, alpha=0.35)
        for colour, mask in ((style.BLUE, ~held), (style.ORANGE, held)):
            axes.vlines(x[mask], low[mask], high[mask], color=colour, linewidth=1.6, alpha=0.55)
            axes.plot(x[mask], seen[mask], "o", color=colour, markersize=6, clip_on=False)
        day = _dates.date2num(EPOCH + timedelta(days=first))
        axes.axvspan(
            day + start - 0.5, day + stop + 0.5, color=style.ORANGE, alpha=0.1, linewidth=0
        )
        _axes(axes, seen, expected, narrow)
        # Beyond the ends of the intervals, which would strike the name through.
        ends = (low if series.pair.wanted else high)[held]
        _name_lines(axes, x[held], ends, expected[held], series.pair.wanted)
        _title(axes, row, series.pair.wanted, narrow)
        axes.set_xlabel(f"share of each {length} days")
        fix_text(axes)
    return axes


def _length(series: "Passes") -> int:
    """Days of a point: a week, or two where few visits come."""
    a_day = float(series.seen.mean())
    return next((days for days in _LENGTHS if days * a_day >= ENOUGH), _LENGTHS[-1])


def _runs(start: int, stop: int, length: int) -> list[tuple[int, int]]:
    """Cut days into runs of about a length; what is left over joins the last."""
    count = max(1, (stop - start) // length)
    edges = [start + k * length for k in range(count)] + [stop]
    return [(a, b) for a, b in pairwise(edges) if b > a]


def _share(series: "Passes", run: tuple[int, int]) -> tuple[float, float, float]:
    days = slice(*run)
    share = Share.of_counts(int(series.went[days].sum()), int(series.seen[days].sum()))
    return share.rate, share.low, share.high


def _part(expected: Floats, of: npt.NDArray[Any], run: tuple[int, int]) -> float:
    days = slice(*run)
    return float(expected[days].sum() / of[days].sum()) if of[days].any() else float("nan")


def healthy(series: "Sequence[Passes]", narrow: bool = False) -> Axes:
    """Draw how many go on at each pair of steps, where nothing stands out."""
    shares = [Share.of_counts(int(each.went.sum()), int(each.seen.sum())) for each in series]
    frame = pd.DataFrame([vars(share) for share in shares], columns=[*Share.__annotations__])
    names = [f"{printable(s.pair.first.name)} → {printable(s.pair.then.name)}" for s in series]
    return dots(names, frame, "share of visits that go on; nothing stands out", narrow)


def findings_table(frame: pd.DataFrame) -> str:
    """Write `Diagnosis.to_frame()` as a table; the cause stands under each finding.

    Examples
    --------
    >>> findings_table(pd.DataFrame({"step": []}))
    '<p>No finding.</p>'
    """
    if frame.empty:
        return "<p>No finding.</p>"
    shown = pd.DataFrame(
        {
            "where": [f"{a} → {b}" for a, b in zip(frame["step"], frame["then"], strict=True)],
            "who": frame["segment"],
            "when": [_when(row) for row in frame.to_dict("records")],
            "share (95 % interval)": [
                f"{numerals.percent(share)} ({numerals.percents(low, high)})"
                for share, low, high in frame[["share", "low", "high"]].to_numpy(float)
            ],
            "usual": frame["usual"].map(numerals.percent),
            "visits lost": [numerals.count(round(lost)) if lost else "–" for lost in frame["lost"]],
            "money lost": [
                _money(row["money"], row["currency"]) for row in frame.to_dict("records")
            ],
        }
    )
    notes = [
        f"{row['rule']}: {row['evidence']}. Look at: {row['cause']}."
        for row in frame.to_dict("records")
    ]
    numeric = ["share (95 % interval)", "usual", "visits lost", "money lost"]
    return html_table(shown, "What stands out", numeric, notes)


def _money(value: float, currency: str | None) -> str:
    return numerals.money(value, currency) if math.isfinite(value) else "–"


def _when(row: Mapping[Any, Any]) -> str:
    return f"since {row['since']}" if row["ongoing"] else f"{row['since']} to {row['until']}"


def _usual(series: "Passes", inside: slice, usual: float) -> Floats:
    """What was to be expected day by day, at the usual level of the finding."""
    foretold = float(series.foretold[inside].sum())
    if not foretold:  # nobody ever: the usual share is that of others
        return np.asarray(series.seen * usual, dtype=np.float64)
    level = usual * float(series.seen[inside].sum()) / foretold
    return np.asarray(series.foretold * level, dtype=np.float64)


def _axes(axes: Axes, seen: Floats, expected: Floats, narrow: bool) -> None:
    top = float(np.nanmax(np.concatenate([seen, expected])))
    axes.set_ylim(0, min(1.02, 1.25 * max(top, 1e-4)))
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(percent_ticks())
    axes.grid(axis="y")
    date_axis(axes, narrow)
    axes.margins(x=0.02)


def _title(axes: Axes, row: "pd.Series[Any]", wanted: bool, narrow: bool) -> None:
    """Say what the share is of; in two lines where there is little room."""
    most = 20 if narrow else 34
    step, then = (style.shorten(str(row[name]), most) for name in ("step", "then"))
    of = f"visits with {step}"
    which = f"that {'go on to' if wanted else 'meet'} {then}"
    parts = [of, which]
    if row["segment"] != "all":
        parts[-1] += ","
        parts.append(style.shorten(str(row["segment"]), most))
    axes.set_title(
        ("\n" if narrow else " ").join(parts),
        loc="left", fontsize=11, color=style.INK, pad=10,
    )  # fmt: skip


def _name_lines(axes: Axes, x: Floats, seen: Floats, expected: Floats, wanted: bool) -> None:
    """Name both lines where they are farthest apart, each on its own side."""
    apart = np.nan_to_num(np.abs(seen - expected))
    at = int(apart.argmax())
    for name, line, colour, up in (
        ("usual", expected, style.MUTED, wanted), ("seen", seen, style.ORANGE, not wanted),
    ):  # fmt: skip
        axes.annotate(
            name, (x[at], line[at]), (0, 8 if up else -8), textcoords="offset points",
            color=colour, va="bottom" if up else "top", fontsize=11, ha="center",
        )  # fmt: skip
