"""A figure of rows: a name, marks along one axis, numbers beside it.

On a narrow screen there is no room beside the axis. There the name and the first number stand
above the marks, and the other numbers are left to the table.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from microlift.reporting import style
from microlift.reporting.canvas import canvas

WIDE, NARROW = 9.2, 3.9  # inches; a narrow figure fits a phone, its letters of 11 with 14 px
_PITCH, _NARROW_PITCH = 0.36, 0.54
_FOOT = 0.75
_ABOVE = 15  # points from a mark up to the line of text over it
_NAME = 38  # letters
_ROOM, _NARROW_ROOM = 240, 248  # points for a name; on a narrow figure, for it and its number


@dataclass(frozen=True)
class Column:
    """Numbers beside the rows: their head, and the points from the axis to their right edge."""

    head: str
    right: float


class Rows:
    """Axes of named rows, the first on top.

    Parameters
    ----------
    names
        One a row; drawn as text, shortened.
    columns
        The columns of numbers. With a head over any of them a line is left for it.
    room
        Inches above the rows, for a legend.
    narrow
        Whether to stack the texts over the marks.

    Attributes
    ----------
    axes
        To draw the marks on; row y is at y.
    thick
        Height of a bar, which leaves room for the texts.
    """

    def __init__(
        self,
        names: Sequence[str],
        columns: Sequence[Column] = (),
        room: float = 0.2,
        narrow: bool = False,
    ) -> None:
        self.columns = columns
        self.narrow = narrow
        # A single row has the height of two, and its bar must still leave the line over it free.
        self.thick = (0.36 if len(names) > 1 else 0.25) if narrow else 0.62
        headed = any(column.head for column in columns) and not narrow
        count = max(len(names), 2) + headed
        height = room + _FOOT + (_NARROW_PITCH if narrow else _PITCH) * count
        self.axes = canvas(NARROW if narrow else WIDE, height)
        top = -0.9 if narrow else -1.5 if headed else -0.6
        self.axes.set_ylim(max(len(names), 1) - 0.4, top)
        shown = ["" if narrow else style.fit(name, _NAME, _ROOM, 11) for name in names]
        self.axes.set_yticks(range(len(names)), shown)
        self._above = list(names) if narrow else []
        self._taken: dict[float, float] = {}  # points of the line over a row, by its number
        for number, column in enumerate(columns if headed else ()):
            self.beside(-1, number, column.head, style.MUTED)

    def beside(self, y: float, column: int, text: str, colour: str, **look: bool) -> None:
        """Write a number of row y; on a narrow figure the first column alone has room."""
        write = partial(
            self._text, text, (1, y), ha="right", color=colour,
            fontstyle="italic" if look.get("italic") else "normal",
            fontweight="bold" if look.get("bold") else "normal",
        )  # fmt: skip
        if not self.narrow:
            write(offset=(self.columns[column].right, 0))
        elif column == 0:
            self._taken[y] = style.reach(text, 11)
            write(offset=(0, _ABOVE))

    def head(self, y: float, name: str) -> None:
        """Write the name of row y as a head; a narrow figure has no room beside the axis."""
        if not self.narrow:
            self.axes.get_yticklabels()[int(y)].set_fontweight("bold")
            return
        self.axes.text(
            0, y + 0.1, style.shorten(name), transform=self.axes.get_yaxis_transform(),
            va="center", fontsize=11, fontweight="bold", color=style.INK,
        )  # fmt: skip

    def beyond(self, y: float, right: bool, text: str, colour: str, hollow: bool) -> None:
        """Draw an arrow at an edge of the axis, with the number that lies beyond it."""
        self.axes.plot(
            [1.0 if right else 0.0], [y], marker=">" if right else "<", markersize=7.5,
            color="none" if hollow else colour, markeredgecolor=colour, markeredgewidth=1.5,
            transform=self.axes.get_yaxis_transform(), clip_on=False,
        )  # fmt: skip
        if text:
            self._text(
                text, (1 if right else 0, y), (-8 if right else 8, 0),
                ha="right" if right else "left", color=style.MUTED,
            )  # fmt: skip

    def finish(self, label: str) -> Axes:
        """Label the axis and return the axes; ticks stay text outside of the house style too."""
        for y, name in enumerate(self._above):
            room = _NARROW_ROOM - self._taken.get(y, 0.0)
            text = style.fit(name, _NAME, room, 11)
            self._text(text, (0, y), (0, _ABOVE), ha="left", color=style.INK)
        self.axes.grid(axis="x")
        self.axes.set_xlabel(label)
        fix_text(self.axes)
        return self.axes

    def _text(
        self, text: str, point: tuple[float, float], offset: tuple[float, float], **look: Any
    ) -> None:
        # Over the grid, and not under it.
        ground = {"facecolor": style.SURFACE, "edgecolor": "none", "pad": 0.8}
        self.axes.annotate(
            text, point, offset, ("axes fraction", "data"), "offset points",
            va="center", fontsize=11, annotation_clip=False, **look,
            bbox=ground if self.narrow else None,
        )  # fmt: skip


def counted(axes: Axes, narrow: bool) -> None:
    """Write the ticks of the lower axis with separators, k or M; fewer on a narrow figure."""
    _round_ticks(axes, narrow)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: style.compact(x)))


def in_percent(axes: Axes, narrow: bool) -> None:
    """Write the ticks of the lower axis, which holds shares, in percent."""
    _round_ticks(axes, narrow)
    axes.xaxis.set_major_formatter(percent_ticks())


def in_ratios(
    axes: Axes, ends: tuple[float, float], ticks: Sequence[float], places: str = "g"
) -> None:
    """Make the lower axis one of ratios: logarithmic, with these ticks, and a line at 1."""
    axes.set_xscale("log")
    axes.set_xlim(*ends)
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:{places}}×"))
    axes.axvline(1.0, color=style.MUTED, linewidth=1.2)


def percent_ticks() -> FuncFormatter:
    """Write shares in percent, with as many places as a tick has: 2.5 is not 2.

    >>> percent_ticks()(0.025), percent_ticks()(0.3)
    ('2.5 %', '30 %')
    """
    return FuncFormatter(lambda share, _: f"{100 * share:.4g} %")


def _round_ticks(axes: Axes, narrow: bool) -> None:
    # Numbers beside the axis leave it half of the figure: with more, ticks run together.
    axes.xaxis.set_major_locator(MaxNLocator(4 if narrow else 5, steps=[1, 2, 2.5, 5, 10]))


def fix_text(axes: Axes) -> None:
    """Keep tick labels text when they are drawn later, outside of the house style."""
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        label.set_parse_math(False)
