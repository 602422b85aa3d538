"""How far a lift can be shaken: by made-up actions, by features left out, by unseen traits."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from microlift.reporting import numerals, style
from microlift.reporting.rows import Column, Rows, in_ratios
from microlift.reporting.verdicts import word

MAX_ROWS = 30
_RATIOS = (0.1, 0.2, 0.5, 0.67, 0.8, 1, 1.25, 1.5, 2, 5, 10)


def placebos(frame: pd.DataFrame, lifts: pd.DataFrame, narrow: bool = False) -> Axes:
    """Draw the lift of every made-up action with its interval; diamonds: shown, and not there.

    Parameters
    ----------
    frame, lifts
        Of `Placebo`.
    narrow
        For a screen as wide as a phone's.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> frame = pd.DataFrame({"action": ["cart"], "verdict": [True], "draws": [1], "wrong": [0]})
    >>> lifts = pd.DataFrame({"action": ["cart"], "lift": [1.01], "low": [0.9], "high": [1.1]})
    >>> axes = placebos(frame, lifts)
    >>> [text.get_text() for text in axes.get_yticklabels()]
    ['cart']
    >>> plt.close(axes.figure)
    """
    shown = frame.head(MAX_ROWS)
    with style.drawing():
        columns = [Column("wrong", 80), Column("verdict", 190)]
        rows = Rows([str(name) for name in shown["action"]], columns, narrow=narrow)
        _ratio_axis(rows.axes, lifts[["low", "high"]].to_numpy(dtype=float).ravel(), 1.3)
        for y, row in enumerate(shown.to_dict("records")):
            own = lifts[lifts["action"] == row["action"]]
            failed = word(row["verdict"]) == "failed"
            colour = style.ORANGE if failed else style.MUTED
            rows.beside(y, 1, word(row["verdict"]), colour, bold=failed)
            if own.empty:
                rows.beside(y, 0, "–", style.MUTED)
                continue
            rows.beside(y, 0, f"{row['wrong']} of {row['draws']}", style.INK)
            places = y + np.linspace(-0.25, 0.25, len(own)) if len(own) > 1 else [float(y)]
            values = own[["lift", "low", "high"]].to_numpy(dtype=float)
            for place, (lift, low, high) in zip(places, values, strict=True):
                off = low > 1 or high < 1
                tint = style.ORANGE if off else style.BLUE
                rows.axes.plot([low, high], [place, place], color=tint, linewidth=1.2)
                rows.axes.plot([lift], [place], "D" if off else "o", color=tint, markersize=4)
        label = "lift of made-up actions, which is truly 1; diamonds: an interval without it"
        return rows.finish(label.replace("; ", ";\n") if narrow else label)


def _ratio_axis(axes: Axes, seen: np.ndarray, least: float) -> None:
    """Set a logarithmic axis around 1, as far as what is seen and at least as far as `least`."""
    known = seen[np.isfinite(seen) & (seen > 0)].clip(_RATIOS[0], _RATIOS[-1])
    low, high = min([1 / least, *(0.95 * known)]), max([least, *(1.05 * known)])
    in_ratios(axes, (low, high), [t for t in _RATIOS if low <= t <= high], ".2f")


def moves(frame: pd.DataFrame, moved: pd.DataFrame, narrow: bool = False) -> Axes:
    """Draw each lift with its interval; hollow: what it would be without each feature.

    Parameters
    ----------
    frame, moved
        `Features.to_frame()` and its `moves`.
    narrow
        For a screen as wide as a phone's.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> frame = pd.DataFrame({"action": ["cart"], "verdict": [True], "lift": [1.5], "low": [1.3],
    ...     "high": [1.7], "feature": ["channel"], "without": [2.0], "moved": [3.0]})
    >>> moved = pd.DataFrame({"action": ["cart"], "feature": ["channel"], "lift": [2.0]})
    >>> axes = moves(frame, moved)
    >>> [text.get_text() for text in axes.get_yticklabels()]
    ['cart']
    >>> plt.close(axes.figure)
    """
    shown = frame.head(MAX_ROWS)
    with style.drawing():
        columns = [Column("furthest without", 150), Column("standard errors", 260)]
        rows = Rows([str(name) for name in shown["action"]], columns, narrow=narrow)
        seen = [*shown[["low", "high"]].to_numpy(dtype=float).ravel(), *moved["lift"]]
        _ratio_axis(rows.axes, np.array(seen, dtype=float), 1.3)
        for y, row in enumerate(shown.to_dict("records")):
            if not np.isfinite(row["lift"]):
                rows.beside(y, 0, "not judged", style.MUTED, italic=True)
                continue
            failed = word(row["verdict"]) == "failed"
            colour = style.ORANGE if failed else style.BLUE
            others = moved.loc[moved["action"] == row["action"], "lift"]
            rows.axes.plot([row["low"], row["high"]], [y, y], color=colour, linewidth=2.4)
            rows.axes.plot(
                others, np.full(len(others), y), "o", markersize=7.5, color="none",
                markeredgecolor=style.GREY, markeredgewidth=1.5,
            )  # fmt: skip
            rows.axes.plot([row["lift"]], [y], "D" if failed else "o", color=colour, markersize=8)
            rows.beside(y, 0, style.shorten(str(row["feature"]), 22), style.INK)
            rows.beside(y, 1, numerals.column([row["moved"]], 1, signs=True)[0], style.INK)
        label = "lift; hollow: what it would be without each feature"
        return rows.finish(label)


def strengths(frame: pd.DataFrame, narrow: bool = False) -> Axes:
    """Draw the factor that would explain each finding away, and what the strongest trait does.

    Parameters
    ----------
    frame
        `Confounder.to_frame()`.
    narrow
        For a screen as wide as a phone's.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> frame = pd.DataFrame({"action": ["cart"], "verdict": [True], "needed": [1.6],
    ...     "factor": [1.2], "e_value": [2.4], "e_limit": [2.1], "sentence": ["so"]})
    >>> axes = strengths(frame)
    >>> [text.get_text() for text in axes.get_yticklabels()]
    ['cart']
    >>> plt.close(axes.figure)
    """
    shown = frame.head(MAX_ROWS)
    with style.drawing():
        columns = [Column("E-value (of the limit)", 150), Column("verdict", 250)]
        rows = Rows([str(name) for name in shown["action"]], columns, narrow=narrow)
        seen = shown[["needed", "factor"]].to_numpy(dtype=float).ravel()
        _ratio_axis(rows.axes, seen, 1.3)
        rows.axes.set_xlim(0.97, rows.axes.get_xlim()[1])
        for y, row in enumerate(shown.to_dict("records")):
            if row["sentence"] == "":
                rows.beside(y, 0, "no effect claimed", style.MUTED, italic=True)
                continue
            failed = word(row["verdict"]) in ("failed", "warning")
            colour = style.ORANGE if failed else style.BLUE
            rows.axes.plot([1, row["needed"]], [y, y], color=colour, linewidth=2.4)
            rows.axes.plot([row["needed"]], [y], "D" if failed else "o", color=colour, markersize=8)
            if np.isfinite(row["factor"]):
                rows.axes.plot(
                    [row["factor"]], [y], "|", color=style.INK, markersize=15, markeredgewidth=2
                )
            values = numerals.decimal(row["e_value"]), numerals.decimal(row["e_limit"])
            rows.beside(y, 0, f"{values[0]}  ({values[1]})", style.INK)
            tint = style.ORANGE if failed else style.MUTED
            rows.beside(y, 1, word(row["verdict"]), tint, bold=failed)
        label = "factor that would explain the finding away; stroke: what the strongest trait does"
        return rows.finish(label.replace("; ", ";\n") if narrow else label)
