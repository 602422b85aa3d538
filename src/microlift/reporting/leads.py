"""Lead scores: what each tenth of them held on later data, the warmest leads, and both as text."""

import math
from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from microlift.reporting import numerals, style
from microlift.reporting.rows import Column, Rows, in_percent
from microlift.reporting.tables import html_table

if TYPE_CHECKING:
    from microlift.leads import LeadScores

SHOWN = 10  # leads; the file holds them all
DIGITS = 12  # of a digest, enough to find it
_TENTHS = ("top", "2nd", "3rd", "4th", "5th", "6th", "7th", "8th", "9th", "last")


def gain_chart(gains: pd.DataFrame, narrow: bool = False) -> Axes:
    """Draw for each tenth of the scores what was predicted and what came on later data.

    Parameters
    ----------
    gains
        `LeadScores.gains()`.
    narrow
        For a screen as wide as a phone's.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> row = {"decile": 1, "users": 50, "macros": 10, "predicted": 0.18, "rate": 0.2, "low": 0.11,
    ...     "high": 0.33, "lift": 4.0, "share_of_macros": 0.4, "share_so_far": 0.4}
    >>> axes = gain_chart(pd.DataFrame([row]))
    >>> [text.get_text() for text in axes.get_yticklabels()]
    ['top tenth']
    >>> plt.close(axes.figure)
    """
    with style.drawing():
        columns = [
            Column("converted (95 % interval)", 165),
            Column("lift", 215),
            Column("of all macros so far", 345),
        ]
        names = [_tenth(row) for row in gains["decile"]]
        rows = Rows(names, columns, room=0.55 if narrow else 0.4, narrow=narrow)
        for y, row in enumerate(gains.to_dict("records")):
            _gain_row(rows, y, row)
        rows.axes.set_xlim(0, min(1.02, max(rows.axes.get_xlim()[1], 1e-4)))
        in_percent(rows.axes, narrow)
        _key(rows.axes, narrow)
        return rows.finish("share with the macro within the horizon")


def _gain_row(rows: Rows, y: int, row: Mapping[Hashable, Any]) -> None:
    if not row["users"]:
        rows.beside(y, 0, "nobody: equal scores", style.MUTED, italic=True)
        return
    rows.axes.plot([row["low"], row["high"]], [y, y], color=style.BLUE, linewidth=2.4)
    rows.axes.plot([row["rate"]], [y], "o", color=style.BLUE, markersize=7.5, clip_on=False)
    rows.axes.plot(
        [row["predicted"]], [y], "D", color="none", markeredgecolor=style.INK, markersize=7.5,
        markeredgewidth=1.4, clip_on=False,
    )  # fmt: skip
    ends = numerals.percents(row["low"], row["high"])
    rows.beside(y, 0, f"{numerals.percent(row['rate'])}  ({ends})", style.INK)
    if math.isfinite(row["lift"]):
        rows.beside(y, 1, f"{row['lift']:.1f}×", style.INK)
        rows.beside(y, 2, f"{row['share_so_far']:.0%}", style.MUTED)


def _key(axes: Axes, narrow: bool) -> None:
    marks = [
        Line2D([], [], color=style.BLUE, marker="o", linewidth=2.4, label="came on later data"),
        Line2D(
            [], [], color="none", marker="D", markeredgecolor=style.INK, markerfacecolor="none",
            markeredgewidth=1.4, label="predicted",
        ),
    ]  # fmt: skip
    axes.legend(
        handles=marks, loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False,
        fontsize=11, borderaxespad=0.2, handletextpad=0.5, columnspacing=1.2 if narrow else 2.0,
    )  # fmt: skip


def _tenth(decile: int) -> str:
    return f"{_TENTHS[decile - 1]} tenth"


def leads_tables(scores: "LeadScores") -> str:
    """Write the warmest leads, and the gains on later data, as tables."""
    leads = _leads(scores)
    numeric = ["", "chance", "came to such scores", "expected value"]
    caption = f"The {len(leads)} warmest of {numerals.count(len(scores.frame))} open leads"
    gains = _gains(scores.judgement.gains)
    told = "Later data, by tenths of the score"
    return html_table(leads, caption, numeric) + html_table(gains, told, list(gains.columns)[1:])


def leads_text(scores: "LeadScores") -> str:
    """Write the same as text; a lead that is named by its plain id is shown by its rank alone."""
    from microlift.reporting.terminal import grid

    parts = []
    for frame, right in (
        (_leads(scores), (0, 2, 3, 4)),
        (_gains(scores.judgement.gains), range(1, 8)),
    ):
        rows = [tuple(row) for row in frame.itertuples(index=False, name=None)]
        parts.append(grid(tuple(frame.columns), rows, right=tuple(right)))
    return "\n\n".join(parts)


def _leads(scores: "LeadScores") -> pd.DataFrame:
    """The warmest leads as text: digests cut short, plain ids never."""
    rows = scores.frame.head(SHOWN)
    named = [lead[:DIGITS] if scores.ids == "hashed" else "not shown" for lead in rows["lead"]]
    reasons = rows[["reason_1", "reason_2", "reason_3"]].to_numpy()
    return pd.DataFrame(
        {
            "": [str(rank) for rank in range(1, len(rows) + 1)],
            "lead": named,
            "chance": rows["chance"].map(numerals.percent).to_list(),
            # Not an interval of the chance, which may lie outside of it where the log has changed.
            "came to such scores": [
                numerals.percents(low, high)
                for low, high in zip(rows["low"], rows["high"], strict=True)
            ],
            "expected value": [
                numerals.money(value, currency)
                for value, currency in zip(rows["expected_value"], rows["currency"], strict=True)
            ],
            "last seen": rows["last_seen"].to_list(),
            "reasons": ["; ".join(each for each in row if each) for row in reasons],
        }
    )


def _gains(gains: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "scores": [_tenth(decile) for decile in gains["decile"]],
            "users": gains["users"].map(numerals.count),
            "macros": gains["macros"].map(numerals.count),
            "predicted": gains["predicted"].map(numerals.percent),
            "converted": gains["rate"].map(numerals.percent),
            "95 % interval": [
                numerals.percents(low, high) if math.isfinite(low) else "–"
                for low, high in zip(gains["low"], gains["high"], strict=True)
            ],
            "lift": [f"{lift:.1f}×" if math.isfinite(lift) else "–" for lift in gains["lift"]],
            "of all macros so far": gains["share_so_far"].map(numerals.percent),
        }
    )
