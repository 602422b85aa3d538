"""A backtest: the signal gain of each method as dots, booked against real as a scatter, a table."""

import math
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from microlift.reporting import numerals, style
from microlift.reporting.canvas import canvas
from microlift.reporting.rows import NARROW, WIDE, Column, Rows, fix_text, in_ratios
from microlift.reporting.tables import html_table

OURS = "weights"
MOST_NAMED = 6  # segments named in a scatter
_TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200)


def gains(frame: pd.DataFrame, macros: float, narrow: bool = False) -> Axes:
    """Draw the signal gain of each method with its interval, the weights first.

    Parameters
    ----------
    frame
        Rows of one attribute of `Backtest.to_frame()`.
    macros
        Macros of a segment, for which the gain is told.
    narrow
        For a screen as wide as a phone's.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> row = {"method": "weights", "gain": 2.0, "gain_low": 1.2, "gain_high": 3.5,
    ...     "against_weights": "", "note": "", "total_ratio": 1.1}
    >>> axes = gains(pd.DataFrame([row]), 8)
    >>> [text.get_text() for text in axes.get_yticklabels()]
    ['weights']
    >>> plt.close(axes.figure)
    """
    mine = frame["method"] == OURS
    rest = frame[~mine].sort_values("gain", ascending=False, kind="stable", na_position="last")
    shown = pd.concat([frame[mine], rest])
    seen = shown[["gain", "gain_low", "gain_high"]].to_numpy(float).ravel()
    seen = seen[np.isfinite(seen)].clip(_TICKS[0], _TICKS[-1])
    with style.drawing():
        columns = [Column("signal gain (95 % interval)", 170), Column("booked : real", 270)]
        drawn = Rows([str(name) for name in shown["method"]], columns, narrow=narrow)
        low, high = min([0.4, *(0.85 * seen)]), max([2.5, *(1.18 * seen)])
        ticks = [tick for tick in _TICKS if low <= tick <= high]
        if len(ticks) > 6:
            ticks = ticks[ticks.index(1) % 2 :: 2]  # 1 is where macros alone stand
        in_ratios(drawn.axes, (low, high), ticks)
        for y, row in enumerate(shown.to_dict("records")):
            _gain(drawn, y, row)
        label = f"as good as so many times the {macros:g} macros of a segment, counted alone"
        if narrow:
            label = f"as good as so many times the {macros:g}\nmacros of a segment, counted alone"
        return drawn.finish(label)


def _gain(rows: Rows, y: int, row: Mapping[Hashable, Any]) -> None:
    left, right = rows.axes.get_xlim()
    gain, low, high = (float(row[key]) for key in ("gain", "gain_low", "gain_high"))
    rows.beside(y, 1, numerals.decimal(row["total_ratio"]), style.MUTED)
    if not math.isfinite(gain):
        rows.beside(y, 0, "cannot be told", style.MUTED, italic=True)
        return
    ours = row["method"] == OURS
    colour = style.BLUE if ours else style.GREY
    if row["against_weights"] == "better":
        colour = style.ORANGE
    inside = np.clip([low, high], left, right)
    rows.axes.plot(inside, [y, y], color=colour, linewidth=2.4, solid_capstyle="butt")
    if left <= gain <= right:
        rows.axes.plot([gain], [y], "o", markersize=8.5, color=colour)
    else:
        rows.beyond(y, gain > right, "", colour, hollow=False)
    text = f"{_figure(gain)}  ({_figure(low)}–{_figure(high)})" if low != high else _figure(gain)
    rows.beside(y, 0, text, colour if ours else style.INK, bold=ours)


def _figure(gain: float) -> str:
    return f"{gain:.1f}" if math.isfinite(gain) else "∞"


def scatter(frame: pd.DataFrame, attribute: str, narrow: bool = False) -> Axes:
    """Draw booked against real value per user by segment and week; the area shows users.

    Parameters
    ----------
    frame
        Rows of one attribute of `Backtest.segments()`.
    attribute
        Its name.
    narrow
        For a screen as wide as a phone's.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> rows = {"segment": ["a", "b"], "week": ["2026-01-05"] * 2, "users": [100, 50],
    ...     "real": [200.0, 50.0], "weights": [150.0, 60.0]}
    >>> axes = scatter(pd.DataFrame(rows), "channel")
    >>> axes.get_xlabel()
    'booked for a user'
    >>> plt.close(axes.figure)
    """
    weekly = _per_user(frame, ["segment", "week"])
    whole = _per_user(frame, ["segment"]).sort_values("users", ascending=False, kind="stable")
    most = 1.1 * float(max(whole[["booked", "real_mean"]].max().max(), 1e-9))
    spread = weekly[["booked", "real_mean"]].to_numpy(float)
    most = max(most, min(float(np.quantile(spread, 0.98)) * 1.05, 2.5 * most))
    with style.drawing():
        size = (NARROW, NARROW * 1.05) if narrow else (WIDE * 0.72, WIDE * 0.6)
        axes = canvas(*size)
        axes.plot([0, most], [0, most], color=style.MUTED, linewidth=1.2)
        shown = 500 / float(whole["users"].max())
        axes.scatter(
            weekly["booked"], weekly["real_mean"], s=np.maximum(weekly["users"] * shown, 8),
            color=style.GREY, alpha=0.3, linewidth=0,
        )  # fmt: skip
        axes.scatter(
            whole["booked"], whole["real_mean"], s=np.maximum(whole["users"] * shown, 30),
            color=style.BLUE, alpha=0.75, linewidth=0,
        )  # fmt: skip
        for name, x, y, side in _named(whole, most, narrow):
            axes.annotate(
                name, (x, y), (13 * side, -3), ha="left" if side > 0 else "right",
                textcoords="offset points", fontsize=11, color=style.INK, annotation_clip=True,
            )  # fmt: skip
        axes.set_xlim(0, most)
        axes.set_ylim(0, most)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MaxNLocator(4 if narrow else 6))
            axis.set_major_formatter(FuncFormatter(lambda x, _: style.compact(x)))
        axes.grid(visible=True)
        name = style.shorten(attribute, 20)
        axes.set_title(
            f"blue: each {name}; grey: its weeks", fontsize=11, color=style.MUTED, loc="left"
        )
        axes.set_xlabel("booked for a user")
        axes.set_ylabel("real value of a user")
        fix_text(axes)
        return axes


def _named(whole: pd.DataFrame, most: float, narrow: bool) -> list[tuple[str, float, float, int]]:
    """Segments whose names have room at one side (1: right): the largest first, none over another.

    >>> frame = pd.DataFrame({"segment": ["a", "b"], "booked": [1.0, 1.1], "real_mean": [1.0, 1.0]})
    >>> [(name, side) for name, _, _, side in _named(frame, 4.0, narrow=False)]
    [('a', -1)]
    """
    kept: list[tuple[str, float, float, int]] = []
    wide, high = (0.5, 0.07) if narrow else (0.3, 0.045)
    points = whole[["booked", "real_mean"]].to_numpy(dtype=float) / most
    for name, (x, y) in zip(whole["segment"], points, strict=True):
        text = style.shorten(str(name), 18)
        reach = (18 + 6.3 * len(text)) / (230 if narrow else 430)
        near = points[np.abs(points[:, 1] - y) < 0.7 * high, 0] - x  # dots that a name would cross
        sides = (-1, 1) if x > 0.6 else (1, -1)
        free = [
            k
            for k in sides
            if 0 < x + k * reach < 1 and not ((near * k > 0) & (near * k < reach)).any()
        ]
        apart = all(abs(x - a) > wide or abs(y - b) > high for _, a, b, _ in kept)
        if free and apart and len(kept) < MOST_NAMED:
            kept.append((text, x, y, free[0]))
    return [(text, x * most, y * most, side) for text, x, y, side in kept]


def _per_user(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    summed = frame.groupby(keys, as_index=False, sort=True)[["users", "real", OURS]].sum()
    return summed.assign(
        booked=summed[OURS] / summed["users"], real_mean=summed["real"] / summed["users"]
    )


def backtest_table(frame: pd.DataFrame, macros: float) -> str:
    """Write `Backtest.to_frame()` as a table.

    Examples
    --------
    >>> row = {"attribute": "channel", "method": "weights", "total_ratio": 1.1, "raw_ratio": 1.0,
    ...     "correlation": 0.5, "slope": 0.9, "slope_low": 0.7, "slope_high": 1.1, "gain": 2.0,
    ...     "gain_low": 1.2, "gain_high": 3.5, "against_weights": "", "as_good_from": 40.0,
    ...     "unbiased_gain": 3.0, "note": ""}
    >>> "2.00 (1.20 to 3.50)" in backtest_table(pd.DataFrame([row]), 8)
    True
    """
    shown = pd.DataFrame(
        {
            "method": frame["method"],
            "segments by": frame["attribute"],
            "signal gain": _between(frame, "gain"),
            "against the weights": frame["against_weights"],
            "calibration slope": _between(frame, "slope"),
            "booked : real": frame["total_ratio"].map(numerals.decimal),
            "unscaled": frame["raw_ratio"].map(numerals.decimal),
            "correlation": frame["correlation"].map(numerals.decimal),
            "macros are as good from": frame["as_good_from"].map(_macros),
            "gain at best": frame["unbiased_gain"].map(numerals.decimal),
        }
    )
    caption = (
        "Weights from the earlier window on who arrived in the later one, with 95 % intervals; "
        f"signal gain: as good as so many times the {macros:g} macros of a segment"
    )
    numeric = [name for name in shown.columns[2:] if name != "against the weights"]
    notes = list(frame["note"])
    return html_table(shown, caption, numeric, notes if any(notes) else ())


def _between(frame: pd.DataFrame, name: str) -> list[str]:
    said = []
    for value, low, high in frame[[name, f"{name}_low", f"{name}_high"]].to_numpy(float):
        ends = f"{numerals.decimal(low)} to {numerals.decimal(high) if high < math.inf else '∞'}"
        known = numerals.decimal(value)
        said.append(known if not math.isfinite(value) or low == high else f"{known} ({ends})")
    return said


def _macros(value: float) -> str:
    return "never" if value == math.inf else numerals.count(value)
