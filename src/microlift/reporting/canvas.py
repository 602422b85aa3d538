"""What a figure is drawn on: a figure of its own, or axes that somebody gave.

`microlift.result.onto` says which; a drawing asks here and need not know.
"""

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from microlift.errors import InputError
from microlift.reporting import style
from microlift.result import given_axes


def canvas(width: float, height: float) -> Axes:
    """Return axes to draw on: the given ones, or those of a new figure of so many inches.

    >>> axes = canvas(4, 3)
    >>> [float(inches) for inches in axes.figure.get_size_inches()]
    [4.0, 3.0]
    >>> plt.close(axes.figure)
    """
    axes = given_axes()
    return plt.subplots(figsize=(width, height))[1] if axes is None else _dressed(axes)


def panels(down: int, across: int, size: tuple[float, float], **shared: bool) -> list[Axes]:
    """Return the axes of several panels, row by row; where axes are given, in their place.

    Raises
    ------
    InputError
        If there are several panels, and the given axes stand in no grid that could be parted.
    """
    axes = given_axes()
    if axes is None:
        look: dict[str, Any] = {"figsize": size, "squeeze": False, **shared}
        _, grid = plt.subplots(down, across, **look)
        return list(grid.ravel())
    if down * across == 1:
        return [_dressed(axes)]
    place = axes.get_subplotspec()
    figure: Any = axes.get_figure(root=False)
    if place is None or figure is None:
        raise InputError(
            f"plot() draws {down * across} panels here, and the axes given as ax stand in no grid, "
            "so their place cannot be parted. Give axes made by plt.subplots(), or leave ax out."
        )
    _lay_out(axes)
    axes.set_axis_off()
    grid = figure.add_subfigure(place).subplots(down, across, squeeze=False, **shared)
    return [_dressed(each) for each in np.asarray(grid).ravel()]


def label_all(every: Sequence[Axes], x: str = "", y: str = "") -> None:
    """Label panels together, below and on the left."""
    look: dict[str, Any] = {"fontsize": 11, "color": style.MUTED}
    alone = len(every) == 1 and given_axes() is not None
    whole: Any = every[0].figure
    if x:
        every[0].set_xlabel(x, **look) if alone else whole.supxlabel(x, **look)
    if y:
        every[0].set_ylabel(y, **look) if alone else whole.supylabel(y, **look)


def key_above(every: Sequence[Axes], parts: Sequence[Any], narrow: bool, **look: Any) -> None:
    """Write a key over panels, outside of them; over given axes, whose figure is not ours."""
    look = {"frameon": False, "fontsize": 11, **look}
    if len(every) == 1 and given_axes() is not None:
        every[0].legend(handles=parts, loc="lower left", bbox_to_anchor=(0.0, 1.08), **look)
        return
    whole: Any = every[0].figure
    side = "left" if narrow else "right"
    whole.legend(handles=parts, loc=f"outside upper {side}", **look)


def _dressed(axes: Axes) -> Axes:
    """Bring axes that were made outside of the house style into it, as far as a drawing relies."""
    _lay_out(axes)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(style.GRID)
    axes.set_axisbelow(True)
    axes.tick_params(which="both", length=0, grid_color=style.GRID, grid_linewidth=0.8)
    axes.tick_params(axis="x", colors=style.MUTED, labelsize=11)
    axes.tick_params(axis="y", colors=style.INK, labelsize=11, pad=9)
    axes.xaxis.label.set(color=style.MUTED, fontsize=11)
    axes.yaxis.label.set(color=style.MUTED, fontsize=11)
    return axes


def _lay_out(axes: Axes) -> None:
    """Have room left for names and numbers beside the axes, unless the figure sees to that."""
    figure = axes.get_figure(root=True)
    if figure is not None and figure.get_layout_engine() is None:
        figure.set_layout_engine("constrained")
