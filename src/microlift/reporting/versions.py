"""A history of weights: lines over time with the guards marked, and tables of the versions."""

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from microlift.reporting import numerals, style, terminal
from microlift.reporting.canvas import key_above, label_all, panels
from microlift.reporting.rows import NARROW, WIDE, fix_text
from microlift.reporting.tables import html_table
from microlift.reporting.trends import date_axis

MAX_PANELS, MAX_ROWS = 6, 60
_TALL, _PANEL = 2.6, 1.55  # inches
_AROUND = pd.Timedelta(days=3)  # shown before and after a version that is alone
_WIDE = 100


def lines(weights: pd.DataFrame, currents: pd.DataFrame, *, narrow: bool = False) -> Axes:
    """Draw the weight of each action that was ever bid on, as it was in force.

    Parameters
    ----------
    weights
        `History.weights()`. Of more than six actions those with the largest weight are drawn, and
        the axis says so.
    currents
        `History.currents`.
    narrow
        For a screen as wide as a phone's.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> at = pd.to_datetime(["2026-08-03", "2026-08-10"], utc=True)
    >>> frame = pd.DataFrame({"at": at, "version": [1, 2], "action": "cart", "weight": [2.0, 3.0],
    ...     "low": [1.5, 2.5], "high": [2.5, 3.5], "currency": "EUR",
    ...     "guards": ["", "step"], "what": "published"})
    >>> axes = lines(frame, frame[["at", "version", "what"]])
    >>> axes.get_title(loc="left")
    'cart'
    >>> plt.close(axes.figure)
    """
    sizes = weights.groupby("action", sort=False)["weight"].max().sort_values(ascending=False)
    names = list(sizes.index[:MAX_PANELS])
    width, height = (NARROW if narrow else WIDE), 1.0 + _PANEL * max(len(names), 1)
    with style.drawing():
        every = panels(max(len(names), 1), 1, (width, max(height, _TALL)), sharex=True)
        for axes, name in zip(every, names, strict=False):
            rows = weights[weights["action"] == name]
            _draw(axes, rows, currents)
            axes.set_title(style.shorten(str(name)), loc="left", fontsize=11, color=style.INK)
        if not names:
            every[0].text(0.5, 0.5, "nothing was published", ha="center", color=style.MUTED)
            every[0].set_axis_off()
            return every[0]
        _key(every, weights, currents, narrow)
        times = _times(weights)
        if times.nunique() == 1:  # alone, a day would stand on an axis of years
            ends: Any = (times.iloc[0] - _AROUND, times.iloc[0] + _AROUND)
            every[-1].set_xlim(ends)
        date_axis(every[-1], narrow)
        more = len(sizes) - len(names)
        label = f"published; {more} more actions in weights()" if more else "published"
        every[-1].set_xlabel(label, loc="left")
        units = [str(unit) for unit in weights["currency"].dropna().unique()]
        label = f"weight, {', '.join(units) or 'macros'}"
        label_all(every, y=style.shorten(label))
        for axes in every:
            fix_text(axes)
    return every[0]


def _draw(axes: Axes, rows: pd.DataFrame, currents: pd.DataFrame) -> None:
    at = _times(currents)
    known = rows.assign(at=_times(rows)).drop_duplicates("at", keep="last")
    aligned = known.set_index("at").reindex(at.drop_duplicates())  # a gap where it was not there
    when = aligned.index.to_numpy()
    weight, low, high = (aligned[name].to_numpy(float) for name in ("weight", "low", "high"))
    axes.fill_between(when, low, high, step="post", color=style.SKY, alpha=0.18, linewidth=0)
    # The band ends where the last version begins, whose interval is seen as a line of its own.
    axes.vlines(when[-1:], low[-1:], high[-1:], color=style.SKY, alpha=0.4, linewidth=4)
    axes.step(when, weight, where="post", color=style.INK, linewidth=1.6)
    axes.plot(when, weight, "o", color=style.INK, markersize=4)
    guarded = aligned["guards"].fillna("").ne("").to_numpy()
    axes.plot(
        when[guarded], weight[guarded], "D", markersize=8, color=style.SURFACE,
        markeredgecolor=style.ORANGE, markeredgewidth=1.6, zorder=5,
    )  # fmt: skip
    for back in at[(currents["what"] == "rolled back").to_numpy()]:
        when_back: Any = back  # a time, which matplotlib turns into a number
        axes.axvline(when_back, color=style.PURPLE, linewidth=1.2, linestyle=(0, (3, 2)))
    top = float(np.nanmax(np.concatenate([weight, high, [0.0]])))
    axes.set_ylim(0, 1.15 * top or 1.0)
    axes.yaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: style.compact(value)))
    axes.grid(axis="y")


def _times(frame: pd.DataFrame) -> pd.Series:
    """When each row was, in UTC, as matplotlib takes it."""
    return pd.Series(pd.to_datetime(frame["at"], utc=True).dt.tz_convert(None))


def _key(
    every: Sequence[Axes], weights: pd.DataFrame, currents: pd.DataFrame, narrow: bool
) -> None:
    parts = [
        Line2D([], [], color=style.SKY, alpha=0.4, linewidth=7, label="95 % interval"),
    ]
    if weights["guards"].ne("").any():
        parts.append(
            Line2D(
                [], [], marker="D", linestyle="", color=style.SURFACE, markersize=7,
                markeredgecolor=style.ORANGE, markeredgewidth=1.6, label="moved by a guard",
            )
        )  # fmt: skip
    if (currents["what"] == "rolled back").any():
        parts.append(Line2D([], [], color=style.PURPLE, linestyle=(0, (3, 2)), label="rolled back"))
    key_above(every, parts, narrow, ncols=2 if narrow else 3, handlelength=1.4, columnspacing=1.2)


def shown(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a history as it is read: ready text, the latest version first.

    Examples
    --------
    >>> row = {"version": 1, "published": pd.NaT, "last": "2026-08-01T10:00:00Z",
    ...     "primary": "cart", "booked_total": 12.0, "currency": "EUR", "guards": "",
    ...     "current": True, "state": "whole"}
    >>> shown(pd.DataFrame([row])).iloc[0].to_dict()
    {'version': '1', 'published': '–', 'data until': '2026-08-01', 'bid on': 'cart', \
'booked in all': '12.00 EUR', 'guards': '', 'state': 'current, whole'}
    """
    rows = frame.iloc[::-1]
    published = ["–" if pd.isna(at) else f"{at:%Y-%m-%d %H:%M}" for at in rows["published"]]
    totals = zip(rows["booked_total"], rows["currency"], strict=True)
    states = zip(rows["current"], rows["state"], strict=True)
    return pd.DataFrame(
        {
            "version": [str(number) for number in rows["version"]],
            "published": published,
            "data until": [style.shorten(str(last)[:10], 10) or "–" for last in rows["last"]],
            "bid on": [style.shorten(str(names), 60) for names in rows["primary"]],
            "booked in all": [numerals.money(total, unit) for total, unit in totals],
            "guards": [style.shorten(str(names), 40) for names in rows["guards"]],
            "state": [f"current, {state}" if now else str(state) for now, state in states],
        }
    )


def text(frame: pd.DataFrame, finding: str, notes: Sequence[str]) -> str:
    """Write a history for a terminal."""
    parts = [finding]
    if len(frame):
        ready = _without_empty(shown(frame))
        rows = list(ready.itertuples(index=False, name=None))
        heads = [str(name) for name in ready]
        right = [heads.index(name) for name in ("version", "booked in all")]
        parts.append(terminal.grid(heads, rows[:MAX_ROWS], right=right))
        if len(rows) > MAX_ROWS:
            parts.append(f"{len(rows) - MAX_ROWS:,} earlier versions are not shown.")
    said = [textwrap.fill(note, _WIDE) for note in notes]
    return "\n\n".join([*parts, *(["\n".join(said)] if said else [])])


def table(frame: pd.DataFrame) -> str:
    """Write a history as a table, the latest version first."""
    ready = _without_empty(shown(frame)).head(MAX_ROWS)
    left_out = len(frame) - len(ready)
    caption = "Published versions, the latest first"
    caption += f"; {left_out:,} earlier ones in to_frame()" if left_out else ""
    return html_table(ready, caption, ["booked in all"])


def _without_empty(ready: pd.DataFrame) -> pd.DataFrame:
    return ready.drop(columns=["guards"]) if not ready["guards"].ne("").any() else ready
