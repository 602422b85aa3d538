"""Transitions between steps as a heat map and as a table."""

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from microlift.reporting import numerals, style
from microlift.reporting.canvas import canvas
from microlift.reporting.rows import NARROW, WIDE, fix_text
from microlift.reporting.tables import html_table

MOST = 14  # actions; beyond, the rarest are drawn as one
OTHER = "(other)"
_LEAST_SHOWN = 0.005  # of a row, below which a cell stays without a number
_DARK = 0.75  # of the strongest cell, from which on light numbers are read better than dark ones
_BEGINS, _ENDS = 1, 3  # rows and columns that are no actions: the start; the macro, left, open


def heat_map(
    frame: pd.DataFrame, order: tuple[tuple[str, ...], tuple[str, ...]], narrow: bool = False
) -> Axes:
    """Draw the shares of what comes next, one row a step; the rows add up to 100 %.

    Parameters
    ----------
    frame
        `Transitions.to_frame()`.
    order
        Names of the rows and of the columns. Beyond 14 actions the rarest are drawn as one,
        and the label says so.
    narrow
        For a screen as wide as a phone's.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> frame = pd.DataFrame({"from": ["(start)"], "to": ["view"], "count": [10]})
    >>> axes = heat_map(frame, (("(start)",), ("view", "buy", "(left)", "(still open)")))
    >>> [text.get_text() for text in axes.texts]
    ['100']
    >>> plt.close(axes.figure)
    """
    rows, columns, counts, bundled = _bundled(frame, order)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    tall, wide = shares.shape
    letters = 16 if narrow else 24
    width = NARROW if narrow else WIDE
    with style.drawing():
        beside = 0.105 * max(len(style.shorten(n, letters)) for n in rows)
        cell = min(0.62, (width - beside - 0.2) / wide)
        over = 0.105 * max(len(style.shorten(n, letters)) for n in columns)
        height = tall * max(cell * 0.72, 0.25 if narrow else 0.34) + over + 0.6
        axes = canvas(width, height)
        strongest = max(float(shares.max()), 1e-9)
        for y, x in zip(*np.nonzero(shares), strict=True):
            # One colour at several strengths follows light and dark pages.
            look = {"facecolor": style.BLUE, "alpha": shares[y, x] / strongest}
            axes.add_patch(Rectangle((x + 0.03, y + 0.04), 0.94, 0.92, linewidth=0, **look))
        for y, x in zip(*np.nonzero(shares >= _LEAST_SHOWN), strict=True):
            dark = shares[y, x] > _DARK * strongest
            axes.text(
                x + 0.5,
                y + 0.5,
                f"{100 * shares[y, x]:.0f}",
                ha="center",
                va="center",
                fontsize=11,
                color=style.SURFACE if dark else style.INK,
            )
        _name(axes, rows, columns, letters)
        label = "next step, in % of each row"
        more = f"; the {bundled} rarest actions are {OTHER}" if bundled else ""
        axes.set_xlabel(label + more)
        fix_text(axes)
    return axes


def _name(axes: Axes, rows: list[str], columns: list[str], letters: int) -> None:
    axes.set_xlim(0, len(columns))
    axes.set_ylim(len(rows), 0)
    axes.xaxis.tick_top()
    axes.set_xticks(
        np.arange(len(columns)) + 0.5,
        [style.shorten(name, letters) for name in columns],
        rotation=90,
        fontsize=11,
        color=style.INK,
    )
    axes.set_yticks(
        np.arange(len(rows)) + 0.5, [style.shorten(name, letters) for name in rows], fontsize=11
    )
    for spine in axes.spines.values():
        spine.set_visible(False)
    # A line before the columns in which a journey ends, and under the row in which it begins.
    axes.axvline(len(columns) - _ENDS, color=style.MUTED, linewidth=1.0)
    axes.axhline(_BEGINS, color=style.MUTED, linewidth=1.0)


def _bundled(
    frame: pd.DataFrame, order: tuple[tuple[str, ...], tuple[str, ...]]
) -> tuple[list[str], list[str], np.ndarray, int]:
    """Rows, columns and counts of the picture; the rarest actions are one where there are many."""
    rows, columns = list(order[0]), list(order[1])
    ends = columns[-_ENDS:]
    acts = columns[:-_ENDS]
    came = frame[~frame["to"].isin(ends)].groupby("to")["count"].sum()
    ranked = sorted(acts, key=lambda name: -float(came.get(name, 0)))
    rare = set(ranked[MOST:]) if len(acts) > MOST + 1 else set()
    kept = [name for name in acts if name not in rare]
    shown = kept + ([OTHER] if rare else [])
    down = [name for name in rows if name not in rare] + ([OTHER] if rare else [])
    across = shown + ends
    place_down = {name: down.index(OTHER if name in rare else name) for name in rows}
    place_across = {name: across.index(OTHER if name in rare else name) for name in columns}
    counts = np.zeros((len(down), len(across)))
    for start, to, count in zip(frame["from"], frame["to"], frame["count"], strict=True):
        counts[place_down[start], place_across[to]] += count
    return down, across, counts, len(rare)


def matrix_table(frame: pd.DataFrame, order: tuple[tuple[str, ...], tuple[str, ...]]) -> str:
    """Write the matrix as a table: shares of each row.

    Examples
    --------
    >>> frame = pd.DataFrame({"from": ["(start)"], "to": ["view"], "count": [10], "of": [10],
    ...     "share": [1.0]})
    >>> order = (("(start)",), ("view", "buy", "(left)", "(still open)"))
    >>> "100.0" in matrix_table(frame, order)
    True
    """
    rows, columns = order
    cells = {
        (start, to): share
        for start, to, share in zip(frame["from"], frame["to"], frame["share"], strict=True)
    }
    of = dict(zip(frame["from"], frame["of"], strict=True))
    body = [
        [name, numerals.count(of.get(name, math.nan))]
        + [numerals.percent(cells[name, to]) if (name, to) in cells else "–" for to in columns]
        for name in rows
    ]
    heads = ["from", "times", *columns]
    shown = pd.DataFrame(body, columns=heads)
    return html_table(shown, "What comes after each step, in shares of each row", heads[1:])
