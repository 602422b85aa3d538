"""The flow of visitors as columns of bars with ribbons between them, and as a table."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.textpath import TextPath

from microlift.reporting import numerals, style
from microlift.reporting.canvas import canvas
from microlift.reporting.rows import NARROW, WIDE, fix_text
from microlift.reporting.tables import html_table

OTHER = "other"
MOST, NARROW_MOST = 7, 5  # actions with bars of their own
NARROW_STEPS = 2
_BAR = 0.07  # width of a bar, in columns
_MOST_LETTERS, _LEAST_LETTERS = 24, 6
_LINE = 0.038  # least height of a bar and its label, as a share of the figure
_NARROW_LINE = 0.04
_GAP = 0.012  # between two bars
_FAINT = 0.28  # how strong a ribbon is

Node = tuple[int, str]


@dataclass
class _Bar:
    """A bar: how many users, and from where to where it reaches, downwards."""

    users: float
    top: float = 0.0
    height: float = 0.0
    came: float = 0.0  # how much of it ribbons have used on the left
    went: float = 0.0  # and on the right


def flow_ribbons(frame: pd.DataFrame, ends: tuple[str, str, str], narrow: bool = False) -> Axes:
    """Draw steps as columns, what is done there as bars, and ribbons of users between them.

    The colour tells how it ends: blue for the macro, grey for those who left, pale for all who go
    on. Beyond seven actions the rarest are drawn as one, and the label says so.

    Parameters
    ----------
    frame
        `Flow.to_frame()`.
    ends
        Names of the macro, of leaving, of still being open.
    narrow
        For a screen as wide as a phone's: two steps, five actions.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> frame = pd.DataFrame({"step": [1, 2], "from": ["(start)", "view"], "to": ["view", "buy"],
    ...     "users": [50, 10]})
    >>> axes = flow_ribbons(frame, ("buy", "(left)", "(still open)"))
    >>> [text.get_text() for text in axes.texts]
    ['100 % view', '20 % buy']
    >>> plt.close(axes.figure)
    """
    last = int(frame["step"].max()) if len(frame) else 1
    shown = min(last, NARROW_STEPS) if narrow else last
    links, order, bundled = _bundled(frame[frame["step"] <= shown], ends, narrow)
    bars = _place(links, order, _NARROW_LINE if narrow else _LINE)
    with style.drawing():
        size = (NARROW, 5.6) if narrow else (WIDE, 5.6)
        axes = canvas(*size)
        # Room for the names of the last column.
        axes.set_xlim(1 - _BAR, shown + (0.95 if narrow else 0.8))
        _ribbons(axes, links, bars, order, ends)
        _bars(axes, bars, ends, narrow)
        axes.set_ylim(1.01, -0.01)
        axes.set_yticks([])
        ticks = range(1, shown + 1)
        axes.set_xticks(ticks, [f"step {step}" for step in ticks], ha="left")
        for spine in axes.spines.values():
            spine.set_visible(False)
        said = ["% of all users who begin"]
        said += [f"{OTHER}: the {bundled} rarest actions"] if bundled else []
        said += [f"steps up to {last} are in the table"] if shown < last else []
        axes.set_xlabel((";\n" if narrow else "; ").join(said))
        fix_text(axes)
    return axes


def _bundled(
    frame: pd.DataFrame, ends: Sequence[str], narrow: bool
) -> tuple[pd.DataFrame, list[str], int]:
    """Links, names from top to bottom, and how many actions are one."""
    acts = frame[~frame["to"].isin(ends)].groupby("to")["users"].sum()
    ranked = sorted(acts.index, key=lambda name: (-acts[name], name))
    most = NARROW_MOST if narrow else MOST
    rare = ranked[most:] if len(ranked) > most + 1 else []
    renamed = dict.fromkeys(rare, OTHER)
    links = frame.assign(
        **{"from": frame["from"].replace(renamed), "to": frame["to"].replace(renamed)}
    )
    links = links.groupby(["step", "from", "to"], as_index=False, sort=False)[["users"]].sum()
    macro, left, still = ends
    kept = [name for name in ranked if name not in rare]
    return links, [macro, *kept, *([OTHER] if rare else []), left, still], len(rare)


def _place(links: pd.DataFrame, order: list[str], line: float) -> dict[Node, _Bar]:
    """Stack the bars of each column, with room for a line of text beside each."""
    sizes = links.groupby(["step", "to"], as_index=False)[["users"]].sum()
    columns_of = (sizes[name].tolist() for name in ("step", "to", "users"))
    bars = {(step, name): _Bar(users) for step, name, users in zip(*columns_of, strict=True)}
    columns = [
        [bars[step, name] for name in order if (step, name) in bars]
        for step in sorted({step for step, _ in bars})
    ]
    scale = _scale(columns, line)
    for column in columns:
        top = 0.0
        for bar in column:
            bar.height = bar.users * scale
            room = max(bar.height + _GAP, line)
            # In the middle of its room, so that the labels of thin bars are a line apart.
            bar.top = top + (room - _GAP - bar.height) / 2
            top += room
    return bars


def _scale(columns: list[list[_Bar]], line: float) -> float:
    """Height of one user, the same everywhere, with which the fullest column fills the figure."""
    low, high = 0.0, 1.0
    for _ in range(60):
        scale = (low + high) / 2
        filled = [sum(max(bar.users * scale + _GAP, line) for bar in column) for column in columns]
        low, high = (low, scale) if max(filled, default=0.0) > 1 else (scale, high)
    return low


def _ribbons(
    axes: Axes, links: pd.DataFrame, bars: dict[Node, _Bar], order: list[str],
    ends: tuple[str, str, str],
) -> None:  # fmt: skip
    place = {name: number for number, name in enumerate(order)}
    macro, left, still = ends
    colours = {macro: style.BLUE, left: style.GREY, still: style.GRID}
    ranked = links.assign(a=links["from"].map(place), b=links["to"].map(place))
    for row in ranked.sort_values(["step", "a", "b"]).to_dict("records"):
        source, target = bars.get((row["step"] - 1, row["from"])), bars[row["step"], row["to"]]
        if source is None:
            continue
        thick = row["users"] / target.users * target.height
        start, end = source.top + source.went, target.top + target.came
        source.went += thick
        target.came += thick
        colour = colours.get(row["to"], style.SKY)
        strong = 0.55 if row["to"] == macro else 0.45 if row["to"] in ends else _FAINT
        band = _ribbon(row["step"] - 1, start, end, thick)
        axes.add_patch(PathPatch(band, facecolor=colour, alpha=strong, linewidth=0))


def _ribbon(column: int, start: float, end: float, thick: float) -> Path:
    """A band from one column to the next, level at both ends."""
    left, right = column + _BAR, column + 1
    middle = (left + right) / 2
    points = [
        (left, start), (middle, start), (middle, end), (right, end),
        (right, end + thick), (middle, end + thick), (middle, start + thick),
        (left, start + thick), (left, start),
    ]  # fmt: skip
    curve = [Path.CURVE4] * 3
    return Path(points, [Path.MOVETO, *curve, Path.LINETO, *curve, Path.CLOSEPOLY])


def _bars(axes: Axes, bars: dict[Node, _Bar], ends: tuple[str, str, str], narrow: bool) -> None:
    macro, left, still = ends
    colours = {macro: style.BLUE, left: style.GREY, still: style.GRID}
    total = sum(bar.users for (step, _), bar in bars.items() if step == 1)
    size = 11
    room = 72 * (NARROW if narrow else WIDE) / np.ptp(axes.get_xlim()) * (1 - _BAR - 0.05)
    for (step, name), bar in sorted(bars.items(), key=lambda item: (item[0][0], item[1].top)):
        height = max(bar.height, 0.002)
        colour = colours.get(name, style.SKY)
        axes.add_patch(Rectangle((step, bar.top), _BAR, height, color=colour, linewidth=0))
        axes.text(
            step + _BAR + 0.02, bar.top + height / 2,
            _label(_share(bar.users / total), name, size, room), va="center", fontsize=size,
            color=style.INK,
            fontweight="bold" if name == macro else "normal",
            # Over the ribbons, which still shine through.
            bbox={"facecolor": style.SURFACE, "edgecolor": "none", "alpha": 0.7, "pad": 0.8},
        )  # fmt: skip


def _label(share: str, name: str, size: int, room: float) -> str:
    """Write a share and as much of the name as fits before the next column, in points."""
    for letters in range(_MOST_LETTERS, _LEAST_LETTERS, -1):
        text = f"{share} {style.shorten(name, letters)}"
        if TextPath((0, 0), text, size=size).get_extents().width <= room:
            return text
    return f"{share} {style.shorten(name, _LEAST_LETTERS)}"


def _share(share: float) -> str:
    """Write a share without decimals, and none as nothing.

    >>> _share(0.386), _share(0.001)
    ('39 %', '<1 %')
    """
    text = f"{100 * share:.0f} %"
    return "<1 %" if text == "0 %" else text


def flow_table(frame: pd.DataFrame) -> str:
    """Write the commonest rows of `Flow.to_frame()` as a table.

    Examples
    --------
    >>> row = {"step": 1, "from": "(start)", "to": "view", "users": 50, "share": 1.0, "low": 0.9,
    ...     "high": 1.0}
    >>> "(start)" in flow_table(pd.DataFrame([row]))
    True
    """
    ranked = frame.sort_values(["step", "users"], ascending=[True, False], kind="stable")
    rows = ranked.groupby("step").head(8)
    columns = (rows["share"], rows["low"], rows["high"])
    shown = pd.DataFrame(
        {
            "step": rows["step"].map(numerals.count),
            "from": rows["from"],
            "to": rows["to"],
            "users": rows["users"].map(numerals.count),
            "share of those there before": [
                f"{numerals.percent(rate)} ({numerals.percents(low, high)})"
                for rate, low, high in zip(*columns, strict=True)
            ],
        }
    )
    caption = "The first steps of the visitors: the eight commonest of each, 95 % intervals"
    return html_table(shown, caption, ["users", "share of those there before"])
