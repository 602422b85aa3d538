"""Doers and others side by side: their propensities, and how alike they are after weighting."""

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter

from microlift.reporting import numerals, style
from microlift.reporting.canvas import label_all, panels
from microlift.reporting.rows import NARROW, WIDE, Column, Rows, fix_text
from microlift.reporting.verdicts import word

MOST_PANELS = 12
MOST_LEVELS = 20
LIMIT = 0.1
_TICKS = (0.01, 0.1, 0.5, 0.9, 0.99)


def propensities(frame: pd.DataFrame, spread: pd.DataFrame, narrow: bool = False) -> Axes:
    """Draw one panel an action: doers above the line by propensity, the others below it.

    Parameters
    ----------
    frame, spread
        Of `Overlap`. Beyond 12 actions the last are left out, and the label says so.
    narrow
        For a screen as wide as a phone's.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> frame = pd.DataFrame({"action": ["cart"], "verdict": [True], "note": [""]})
    >>> spread = pd.DataFrame({"action": ["cart"], "low": [-1.0], "high": [0.0],
    ...     "doers": [1.0], "others": [1.0]})
    >>> axes = propensities(frame, spread)
    >>> axes.get_title(loc="left")
    'cart'
    >>> plt.close(axes.figure)
    """
    shown = frame.head(MOST_PANELS)
    across = 1 if narrow else min(3, max(1, len(shown)))
    down = max(1, math.ceil(len(shown) / across))
    with style.drawing():
        size = (NARROW if narrow else WIDE, 0.7 + 1.55 * down)
        every = panels(down, across, size, sharex=True)
        for axes, above in zip(every[len(shown) :], every[len(shown) - across :], strict=False):
            axes.set_visible(False)
            above.tick_params(labelbottom=True)
        for axes, row in zip(every, shown.to_dict("records"), strict=False):
            _panel(axes, row["action"], row["verdict"], spread)
        left_out = len(frame) - len(shown)
        more = f"; {left_out} more actions are in the table" if left_out else ""
        label = "chance of doing it now, given the state: doers above, others below"
        label_all(every, x=(label.replace(": ", ":\n") if narrow else label) + more)
        return every[0]


def _panel(axes: Axes, action: object, verdict: object, spread: pd.DataFrame) -> None:
    own = spread[spread["action"] == action]
    failed = word(verdict) == "failed"
    middle = (own["low"] + own["high"]) / 2
    width = own["high"] - own["low"]
    colour = style.ORANGE if failed else style.BLUE
    title = style.shorten(str(action)) + (" – failed" if failed else "")
    axes.set_title(title, loc="left", fontsize=11, color=colour if failed else style.INK)
    axes.set_yticks([])
    if own["doers"].notna().all() and len(own):
        axes.bar(middle, own["doers"], width, color=colour)
        axes.bar(middle, -own["others"], width, color=style.GREY)
        top = 1.08 * max(own["doers"].max(), own["others"].max())
        axes.set_ylim(-top, top)
    else:
        axes.text(
            0.02, 0.62, "not judged", transform=axes.transAxes, color=style.MUTED,
            fontstyle="italic", fontsize=11,
        )  # fmt: skip
    axes.axhline(0, color=style.MUTED, linewidth=0.8)
    axes.set_xlim(-7.2, 7.2)
    axes.xaxis.set_major_locator(FixedLocator([math.log(p / (1 - p)) for p in _TICKS]))
    axes.xaxis.set_major_formatter(FuncFormatter(_as_percent))
    axes.grid(axis="x")
    fix_text(axes)


def _as_percent(odds: float, _: object = None) -> str:
    share = 100 / (1 + math.exp(-odds))
    return f"{share:.3g}" + (" %" if abs(share - 50) < 1 else "")


def love(levels: pd.DataFrame, action: str, narrow: bool = False) -> Axes:
    """Draw the differences of doers and others by level: hollow before weighting, filled after.

    Parameters
    ----------
    levels
        `Balance.levels` of one action; the 20 furthest apart are drawn.
    action
        Its name.
    narrow
        For a screen as wide as a phone's.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> levels = pd.DataFrame({"level": ["channel: email"], "before": [0.4], "after": [0.01]})
    >>> axes = love(levels, "cart")
    >>> [text.get_text() for text in axes.get_yticklabels()]
    ['channel: email']
    >>> plt.close(axes.figure)
    """
    size = levels[["before", "after"]].abs().max(axis=1)
    # What is still apart comes first, whatever it was before.
    order = np.lexsort([-size, levels["after"].abs() <= LIMIT])
    shown = levels.iloc[order].head(MOST_LEVELS)
    with style.drawing():
        columns = [Column("after (before)", 110)]
        rows = Rows([str(level) for level in shown["level"]], columns, narrow=narrow)
        reach = float(np.clip(1.15 * size.max() if len(size) else 0.3, 0.3, 1.0))
        rows.axes.set_xlim(-reach, reach)
        rows.axes.axvspan(-LIMIT, LIMIT, color=style.GRID, alpha=0.5, linewidth=0)
        rows.axes.axvline(0, color=style.MUTED, linewidth=1.2)
        for y, (before, after) in enumerate(shown[["before", "after"]].to_numpy(dtype=float)):
            colour = style.BLUE if abs(after) <= LIMIT else style.ORANGE
            for value, hollow in ((before, True), (after, False)):
                if abs(value) > reach:
                    rows.beyond(y, value > 0, "", style.GREY if hollow else colour, hollow)
                    continue
                rows.axes.plot(
                    [value], [y], "o" if abs(after) <= LIMIT or hollow else "D", markersize=7.5,
                    color="none" if hollow else colour,
                    markeredgecolor=style.GREY if hollow else colour, markeredgewidth=1.5,
                )  # fmt: skip
            now, then = numerals.column([after, before], 2, signs=True)
            rows.beside(y, 0, f"{now}  ({then})", style.INK)
        left_out = len(levels) - len(shown)
        more = f"; {left_out} more levels are closer" if left_out else ""
        name = style.shorten(action)
        label = f"doers of {name} less others, in standard deviations; hollow: before weighting"
        if narrow:
            label = (
                f"doers of {name} less others, in\nstandard deviations; hollow: before weighting"
            )
            more = more.replace("; ", ";\n")
        return rows.finish(label + more)
