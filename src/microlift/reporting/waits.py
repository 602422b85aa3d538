"""Times to the macro: curves with those at risk under them, and as a table."""

import math
from collections.abc import Callable, Sequence
from functools import partial

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import (
    MaxNLocator,
)

from microlift.reporting import numerals, style
from microlift.reporting.canvas import canvas
from microlift.reporting.rows import NARROW, WIDE, fix_text, percent_ticks
from microlift.reporting.tables import html_table

MAX_CURVES = 6
_LOOKS = (
    (style.BLUE, "-"), (style.ORANGE, "--"), (style.PURPLE, "-."),
    (style.INK, ":"), (style.SKY, (0, (6, 1, 1, 1, 1, 1))), (style.GREY, (0, (8, 2))),
)  # fmt: skip
_POINTS = 600  # of a curve; a screen tells no more apart
_BELOW, _LINE = 54, 15  # points from the axis down to those at risk, and from line to line


def curves(
    frame: pd.DataFrame,
    curve: pd.DataFrame,
    medians: pd.DataFrame,
    words: tuple[str, str, str],
    narrow: bool = False,
) -> Axes:
    """Draw the share converted over time with its band; users at risk stand under the axis.

    Beyond six segments those with most users are drawn, and the axis says so.

    Parameters
    ----------
    frame, curve, medians
        Of a `TimeToMacro`.
    words
        Its unit, its start, and its macro.
    narrow
        For a screen as wide as a phone's: names stand over their lines, and not beside the curves.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> frame = pd.DataFrame({"time": [0.0, 2.0], "at_risk": [9, 7]})
    >>> curve = pd.DataFrame({"segment": ["all"] * 2, "time": [0.0, 2.0], "converted": [0, 0.2],
    ...     "low": [0, 0.1], "high": [0, 0.4]})
    >>> medians = pd.DataFrame({"segment": ["all"], "users": [9]})
    >>> axes = curves(frame, curve, medians, ("days", "the first event", "buy"))
    >>> axes.get_xlabel()
    'days since the first event'
    >>> plt.close(axes.figure)
    """
    unit, begin, macro = words
    there = medians[medians["users"] > 0].sort_values("users", ascending=False, kind="stable")
    names = list(there["segment"])[:MAX_CURVES]
    single = "segment" not in frame
    with style.drawing():
        lines = len(names) * (2 if narrow and not single else 1)
        size = (NARROW, 3.6) if narrow else (WIDE, 4.4)
        axes = canvas(size[0], size[1] + _LINE / 72 * lines)
        ends = []
        for name, (colour, line) in zip(names, _LOOKS, strict=False):
            own = thinned(curve[curve["segment"] == name])
            x, y, low, high = own[["time", "converted", "low", "high"]].to_numpy(float).T
            axes.fill_between(x, low, high, step="post", color=colour, alpha=0.16, linewidth=0)
            axes.step(x, y, where="post", color=colour, linestyle=line, linewidth=2.0)
            ends.append((x[-1], y[-1], colour, name))
        _share_axis(axes, ends)
        shown = frame if single else frame[frame["segment"].isin(names)]
        ticks = _ticks(shown, 0.22 if narrow else 0.1)
        axes.set_xticks(ticks, [f"{tick:,.3g}" for tick in ticks])
        for place, (*_, colour, name) in enumerate(ends):
            own = frame if single else frame[frame["segment"] == name]
            _at_risk(axes, place, ("" if single else name, colour), own, ticks, narrow)
        if not single:
            if narrow:
                _key(axes, names)
            else:
                _name_ends(axes, ends)
        more = f"; {len(there) - len(names)} more in the table" if len(there) > len(names) else ""
        axes.set_xlabel(f"{unit} since {begin}{more}")
        axes.set_ylabel(f"share of users with {style.shorten(macro, 14 if narrow else 26)}")
        fix_text(axes)
    return axes


def thinned(curve: pd.DataFrame, most: int = _POINTS) -> pd.DataFrame:
    """Keep of a curve the last point of each of so many stretches of time, and its two ends.

    A month in minutes has more steps than a screen has dots, and each would be written down.

    >>> steps = pd.DataFrame({"time": range(1_000), "converted": range(1_000)})
    >>> kept = thinned(steps, 100)
    >>> len(kept), kept["time"].iloc[[0, 1, -1]].tolist()
    (102, [0, 9, 999])
    """
    if len(curve) <= most:
        return curve
    time = curve["time"].astype(float)
    stretch = (most * (time - time.iloc[0]) / (time.iloc[-1] - time.iloc[0])).astype(int)
    kept = (stretch != stretch.shift(-1)).to_numpy(copy=True)
    kept[0] = kept[-1] = True
    return curve[kept]


def _share_axis(axes: Axes, ends: Sequence[tuple[float, float, str, str]]) -> None:
    axes.set_xlim(0, max(max((x for x, *_ in ends), default=1), 1e-9))
    axes.set_ylim(0, min(1.02, max(axes.get_ylim()[1], 1e-4)))
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(percent_ticks())
    axes.grid(axis="y")


def _ticks(frame: pd.DataFrame, room: float) -> list[float]:
    """Times of the table that stand far enough apart to be read: by a share of the axis."""
    times = sorted(set(frame["time"]))
    apart = room * times[-1]
    kept = [times[0]]
    for time in times[1:-1]:
        if time - kept[-1] >= apart and times[-1] - time >= apart:
            kept.append(time)
    return [*kept, times[-1]] if len(times) > 1 else kept


def _at_risk(
    axes: Axes, place: int, look: tuple[str, str], frame: pd.DataFrame, ticks: Sequence[float],
    narrow: bool,
) -> None:  # fmt: skip
    """Write a line of users at risk under the axis, the first with a head.

    The name of the curve (of `look`, with its colour) stands before it, on a narrow figure over it.
    """
    name, colour = look
    above = narrow and bool(name)
    write = partial(
        axes.annotate, xycoords=("data", "axes fraction"), textcoords="offset points",
        annotation_clip=False, fontsize=11, va="center",
    )  # fmt: skip
    under = -_BELOW - _LINE * ((2 * place + 2) if above else place + 1)
    if place == 0:
        head = "still watched and not converted"
        write(head, (0, 0), xytext=(-52, -_BELOW), ha="left", color=style.MUTED)
    if above:
        write(style.shorten(name, 30), (0, 0), xytext=(-52, under + _LINE), ha="left", color=colour)
    elif name:
        write(style.shorten(name, 14), (0, 0), xytext=(-24, under), ha="right", color=colour)
    counts = dict(zip(frame["time"], frame["at_risk"], strict=True))
    for tick in ticks:
        if tick in counts:
            text = numerals.count(counts[tick])
            write(text, (tick, 0), xytext=(0, under), ha="center", color=colour)


def _key(axes: Axes, names: Sequence[str]) -> None:
    """Name the curves over a narrow figure, which has no room beside them."""
    key = axes.legend(
        axes.get_lines(), [style.fit(name, 26, 160, 11) for name in names], loc="lower left",
        bbox_to_anchor=(0.0, 1.0), ncols=1, frameon=False, fontsize=11, handlelength=2.0,
        columnspacing=1.2, borderaxespad=0.1,
    )  # fmt: skip
    for text in key.get_texts():
        text.set_parse_math(False)


def _name_ends(axes: Axes, ends: Sequence[tuple[float, float, str, str]]) -> None:
    """Name each curve at its right, moved apart where two would stand on each other."""
    ordered = sorted(ends, key=lambda end: end[1])
    heights: list[float] = []
    for _, y, *_ in ordered:
        heights.append(max([y / axes.get_ylim()[1], *(last + 0.06 for last in heights[-1:])]))
    over = max(0.0, heights[-1] - 1)
    for height, (*_, colour, name) in zip(heights, ordered, strict=True):
        axes.annotate(
            style.shorten(name, 18), (1, height - over), (6, 0), "axes fraction", "offset points",
            va="center", color=colour, fontsize=11, annotation_clip=False,
        )  # fmt: skip


def curves_table(frame: pd.DataFrame, medians: pd.DataFrame, unit: str, by: str | None) -> str:
    """Write `TimeToMacro.to_frame()` as a table; the median stands with the last row of a curve.

    Examples
    --------
    >>> row = {"time": 1.0, "at_risk": 9, "macros": 1, "converted": 0.1, "low": 0.0, "high": 0.4}
    >>> medians = pd.DataFrame({"segment": ["all"], "median": [math.inf], "low": [2.0],
    ...     "high": [math.inf]})
    >>> "not reached" in curves_table(pd.DataFrame([row]), medians, "days", None)
    True
    """
    shown = pd.DataFrame({by: frame["segment"]}) if by else pd.DataFrame(index=frame.index)
    shown[unit] = [f"{time:,.4g}" for time in frame["time"]]
    shown["converted (95 % interval)"] = with_interval(frame, "converted", numerals.percent)
    shown["macros so far"] = frame["macros"].map(numerals.count)
    shown["at risk"] = frame["at_risk"].map(numerals.count)
    halves = []
    for row in medians.to_dict("records"):
        half, low, high = (
            f"{row[key]:,.3g}" if math.isfinite(row[key]) else "not reached"
            for key in ("median", "low", "high")
        )
        name = f"{style.shorten(str(row['segment']))}: " if by else ""
        halves.append(f"{name}{half} ({low} to {high})")
    caption = f"Share converted by time; half have converted after, in {unit}: {'; '.join(halves)}"
    numeric = [unit, "converted (95 % interval)", "macros so far", "at risk"]
    return html_table(shown, caption, numeric)


def with_interval(frame: pd.DataFrame, name: str, write: Callable[[float], str]) -> list[str]:
    """Write a column with its interval, from low and high or from those with its name before them.

    >>> frame = pd.DataFrame({"rate": [0.5], "low": [0.25], "high": [1.0]})
    >>> with_interval(frame, "rate", numerals.decimal)
    ['0.50 (0.25 to 1.00)']
    """
    ends = ("low", "high") if "low" in frame else (f"{name}_low", f"{name}_high")
    return [
        f"{write(mid)} ({write(low)} to {write(high)})" if math.isfinite(low) else write(mid)
        for mid, low, high in zip(frame[name], frame[ends[0]], frame[ends[1]], strict=True)
    ]
