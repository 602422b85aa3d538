"""Paths as bars under their steps, and as a table."""

import math
import textwrap
from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from microlift.journeys.waiting import told
from microlift.moments.space import HOUR
from microlift.reporting import numerals, style
from microlift.reporting.canvas import canvas
from microlift.reporting.rows import NARROW, WIDE, fix_text, in_percent
from microlift.reporting.tables import html_table

MOST = 20
_ARROW, _HARD = " → ", "\N{NO-BREAK SPACE}"
_LINE, _BAR = 0.2, 0.34  # inches of a line of steps, and of a bar with the room under it
_NAME, _NARROW_NAME = 26, 18  # letters of a step
_LETTERS, _NARROW_LETTERS = 112, 44  # of a line


def route_bars(frame: pd.DataFrame, to: str, narrow: bool = False) -> Axes:
    """Draw the share of each path as a bar with its interval, the steps written above it.

    Parameters
    ----------
    frame
        `Paths.to_frame()`. Beyond 20 paths the last are left out, and the axis says so.
    to
        ``"macro"`` or ``"leaving"``.
    narrow
        For a screen as wide as a phone's.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> frame = pd.DataFrame({"path": ["view → buy"], "users": [8], "share": [0.8], "low": [0.5],
    ...     "high": [0.9], "median_hours": [1.0]})
    >>> axes = route_bars(frame, "macro")
    >>> [text.get_text() for text in axes.texts]
    ['view → buy', '80.0 %  (50.0 to 90.0 %)', '8 users, 1 hour']
    >>> plt.close(axes.figure)
    """
    shown = frame.head(MOST)
    letters = _NARROW_LETTERS if narrow else _LETTERS
    ways = [_wrapped(path, narrow, letters) for path in shown["path"]]
    heights = [_BAR + _LINE * len(way) for way in ways]
    with style.drawing():
        size = (NARROW if narrow else WIDE, sum(heights) + 0.8 if ways else 1.6)
        axes = canvas(*size)
        top = 0.0
        for way, height, row in zip(ways, heights, shown.to_dict("records"), strict=True):
            _draw(axes, top, way, row, narrow)
            top += height
        axes.set_ylim(top or 1, 0)
        axes.set_yticks([])
        most = float(shown["high"].max()) if len(shown) else 1.0
        # Room for the figures beside the longest bar.
        axes.set_xlim(0, most * (2.1 if narrow else 1.8))
        in_percent(axes, narrow)
        axes.grid(axis="x")
        who = "users with the macro" if to == "macro" else "users who left"
        more = f"; {len(frame) - MOST} more are in the table" if len(frame) > MOST else ""
        axes.set_xlabel(f"share of {who}{more}" if ways else f"no {who}")
        fix_text(axes)
    return axes


def _draw(
    axes: Axes, top: float, way: list[str], row: Mapping[Hashable, Any], narrow: bool
) -> None:
    across = axes.get_yaxis_transform()
    ground = {"facecolor": style.SURFACE, "edgecolor": "none", "pad": 0.8}
    for number, line in enumerate(way):
        axes.text(
            0, top + _LINE * (number + 0.55), line, transform=across, va="center",
            fontsize=11, color=style.INK, bbox=ground,
        )  # fmt: skip
    middle = top + _LINE * len(way) + 0.1
    axes.barh([middle], [row["share"]], height=0.14, color=style.BLUE)
    axes.plot([row["low"], row["high"]], [middle, middle], color=style.INK, linewidth=1.2)
    share = f"{numerals.percent(row['share'])}"
    if not narrow:
        share += f"  ({numerals.percents(row['low'], row['high'])})"
    users = numerals.plural(int(row["users"]), "user")
    timed = math.isfinite(row["median_hours"]) and not narrow
    time = f", {told(row['median_hours'] * HOUR)}" if timed else ""
    axes.annotate(
        share, (row["high"], middle), (6, 0), textcoords="offset points", va="center",
        fontsize=11, color=style.BLUE, bbox=ground,
    )  # fmt: skip
    axes.text(
        1, middle, f"{users}{time}", transform=across, va="center", ha="right", fontsize=11,
        color=style.MUTED, bbox=ground,
    )  # fmt: skip


def _wrapped(path: str, narrow: bool, letters: int) -> list[str]:
    """Lines of a path, broken between its steps; a long name is cut."""
    most = _NARROW_NAME if narrow else _NAME
    # A line may break after an arrow, and not at a space within a name.
    names = [style.shorten(name, most).replace(" ", _HARD) for name in path.split(_ARROW)]
    joined = f"{_HARD}→ ".join(names)
    lines = textwrap.wrap(joined, letters, break_long_words=False, break_on_hyphens=False)
    return [line.replace(_HARD, " ") for line in lines]


def routes_table(frame: pd.DataFrame, to: str) -> str:
    """Write `Paths.to_frame()` as a table.

    Examples
    --------
    >>> row = {"path": "view → buy", "users": 8, "share": 0.8, "low": 0.5, "high": 0.9,
    ...     "median_hours": 1.0, "began": 50.0, "macro_rate": 0.2, "macro_low": 0.1,
    ...     "macro_high": 0.3}
    >>> "20.0" in routes_table(pd.DataFrame([row]), "macro")
    True
    """
    who = "with the macro" if to == "macro" else "who left"
    rate = frame[["macro_rate", "macro_low", "macro_high"]]
    shown = pd.DataFrame(
        {
            "path": frame["path"],
            "users": frame["users"].map(numerals.count),
            f"share of users {who}": _shares(frame[["share", "low", "high"]]),
            "median time": [
                told(hours * HOUR) if math.isfinite(hours) else "–"
                for hours in frame["median_hours"]
            ],
            "begin that way": frame["began"].map(numerals.count),
            "of these, macro within the horizon": _shares(rate),
        }
    )
    caption = f"Commonest paths of users {who}, with 95 % intervals"
    return html_table(shown, caption, list(shown.columns)[1:])


def _shares(columns: pd.DataFrame) -> list[str]:
    return [
        f"{numerals.percent(rate)} ({numerals.percents(low, high)})" if math.isfinite(rate) else "–"
        for rate, low, high in columns.itertuples(index=False, name=None)
    ]
