"""What moved between two weights files: in words, as arrows and as tables."""

import math
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from microlift.history.diff import Diff, Fact
from microlift.history.parts import NAMES
from microlift.reporting import labels, numerals, style, terminal
from microlift.reporting.rows import Column, Rows, counted
from microlift.reporting.tables import html_table

MAX_ROWS = 24
SHORT = {
    "lift": "lift",
    "credit": "credit at the same lift",
    "counts": "counts",
    "calibration": "calibration",
    "mean_value": "value of a macro",
    "guards": "guards",
    "primary": "bid on or not",
    "other": "not explained",
}
_DIGEST = re.compile(r"(sha256:)?[0-9a-f]{24,}")
_HEADS = SHORT | {"credit": "credit", "mean_value": "macro value", "primary": "bid on"}
_IN_WORDS = {
    "credit": "what its doers bring at the same lift",
    "counts": "how often macros and actions came",
    "calibration": "what the other actions earn",
    "mean_value": "the value of a macro",
    "other": "what the files do not explain",
}
_SMALL = 0.05  # of the largest part: below, a cause is not put into words


def arrows(frame: pd.DataFrame, currency: str | None, *, narrow: bool = False) -> Axes:
    """Draw the weight of each action that is bid on, from where it was to where it is.

    Parameters
    ----------
    frame
        `Diff.to_frame()`. Beyond 24 rows the smallest changes are left out, and the axis says so.
    currency
        Of the weights.
    narrow
        For a screen as wide as a phone's.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> row = {"action": "cart", "before": 2.0, "after": 3.0, "change": 1.0}
    >>> axes = arrows(pd.DataFrame([row]), "EUR")
    >>> [text.get_text() for text in axes.get_yticklabels()]
    ['cart']
    >>> plt.close(axes.figure)
    """
    every = booked(frame)
    drawn = every.head(MAX_ROWS)
    with style.drawing():
        columns = [Column("change", 90), Column("before", 160), Column("now", 230)]
        rows = Rows([str(name) for name in drawn["action"]], columns, narrow=narrow)
        most = 0.0
        for y, row in enumerate(drawn.to_dict("records")):
            start, end = _zero(row["before"]), _zero(row["after"])
            most = max(most, start, end)
            colour = style.BLUE if end > start else style.ORANGE if end < start else style.GREY
            rows.axes.plot([start, end], [y, y], color=colour, linewidth=2.5, zorder=2)
            rows.axes.plot(
                [start], [y], "o", markersize=7, color=style.SURFACE, markeredgecolor=colour,
                markeredgewidth=1.6, zorder=3, clip_on=False,
            )  # fmt: skip
            rows.axes.plot([end], [y], "o", markersize=8, color=colour, zorder=4, clip_on=False)
            rows.beside(y, 0, share(start, end), colour, bold=True)
            rows.beside(y, 1, amount(start, currency), style.MUTED)
            rows.beside(y, 2, amount(end, currency), style.INK)
        rows.axes.set_xlim(0, 1.06 * most or 1.0)
        counted(rows.axes, narrow)
        left_out = len(every) - len(drawn)
        more = f"; {left_out} more are in the table" if left_out else ""
        unit = currency or "macros"
        label = f"weight, {unit}; hollow: before, full: now"
        return rows.finish(label + ("\n" if narrow and more else "") + more)


def booked(frame: pd.DataFrame) -> pd.DataFrame:
    """Keep the actions that are booked in either file."""
    return frame[(frame["before"] > 0) | (frame["after"] > 0)]


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame as dictionaries."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def amount(value: float, currency: str | None, signs: bool = False) -> str:
    """Write a weight; one in macros is a small share of 1.

    >>> amount(2.5, "EUR"), amount(0.0123, None), amount(-0.5, "EUR", signs=True)
    ('2.50', '0.0123', '−0.50')
    """
    places = numerals.cents([value]) if currency else 4
    return numerals.column([value], places, signs)[0]


def moved(row: Mapping[str, Any], currency: str | None) -> str:
    """Say how far the weight of one action moved.

    >>> moved({"action": "cart", "before": 2.0, "after": 0.0}, "EUR")
    'cart 2.00 to 0.00 EUR (no longer booked)'
    """
    start, end = _zero(row["before"]), _zero(row["after"])
    unit = f" {currency}" if currency else " macros"
    return (
        f"{style.shorten(str(row['action']), 60)} {amount(start, currency)} to "
        f"{amount(end, currency)}{unit} ({share(start, end)})"
    )


def why(row: Mapping[str, Any], currency: str | None) -> str:
    """Say what moved the weight of one action, the largest cause first.

    >>> row = {"change": 0.4, "lift": 0.6, "calibration": -0.2, "lift_before": 1.4,
    ...     "lift_after": 1.52} | dict.fromkeys(set(NAMES) - {"lift", "calibration"}, 0.0)
    >>> why(row, "EUR")
    'lift (1.40 to 1.52) +0.60, calibration −0.20'
    """
    moves = [(part, row[part]) for part in NAMES if abs(row[part]) > 0]  # where it is known
    known = sorted(moves, key=lambda move: -abs(move[1]))
    least = _SMALL * max((abs(size) for _, size in known), default=0.0)
    return ", ".join(
        f"{_cause(part, row)} {amount(size, currency, signs=True)}"
        for part, size in known
        if abs(size) >= least
    )


def mainly(row: Mapping[str, Any]) -> str:
    """Say which cause moved the weight of one action most, to stand behind `moved`.

    >>> row = {"lift": 0.6, "calibration": -0.2, "lift_before": 1.4, "lift_after": 1.52}
    >>> mainly(row | dict.fromkeys(set(NAMES) - set(row), 0.0))
    ', mainly by its lift (1.40 to 1.52)'
    """
    moves = {part: abs(row[part]) for part in NAMES if abs(row[part]) > 0}
    if not moves or "primary" in moves:  # that it is newly booked has been said
        return ""
    most = max(moves, key=lambda part: moves[part])
    said = {"lift": "its {}", "guards": "{}"}.get(most, _IN_WORDS.get(most, ""))
    cause = said.format(_cause(most, row).replace("_", " "))
    return f", {'' if len(moves) == 1 else 'mainly '}by {cause}"


def _cause(part: str, row: Mapping[str, Any]) -> str:
    if part == "lift":
        before, after = (numerals.decimal(row[f"lift_{end}"]) for end in ("before", "after"))
        return f"lift ({before} to {after})"
    if part == "guards":
        now = row["guards_after"]
        return f"guards ({style.shorten(now, 60)})" if now else "guards no longer bind"
    if part == "primary":
        return "now bid on" if row["primary_after"] else "no longer bid on"
    return SHORT[part]


def fact(name: str, before: float, after: float, places: int) -> Fact:
    """Write a total of the two files.

    >>> fact("macros", 1200.0, 1300.0, 0)
    Fact(name='macros', before='1,200', after='1,300')
    """
    return Fact(name, *numerals.column([before, after], places))


def text(diff: Diff) -> str:
    """Write a diff for a terminal."""
    with labels.calling(diff.labels):
        return _text(diff)


def _text(diff: Diff) -> str:
    parts = [terminal.printable(diff.finding)]
    if diff.empty:
        return parts[0]
    rows = records(booked(diff.frame))
    if rows:
        lines = [
            (
                str(row["action"]),
                amount(_zero(row["before"]), diff.currency),
                amount(_zero(row["after"]), diff.currency),
                share(_zero(row["before"]), _zero(row["after"])),
            )
            for row in rows
        ]
        unit = diff.currency or "macros"
        heads = ("action", f"before, {unit}", f"now, {unit}", "change")
        parts.append(terminal.grid(heads, lines, right=(1, 2, 3)))
        causes = [(row["action"], why(row, diff.currency)) for row in rows]
        said = [
            terminal.printable(f"{style.shorten(name, 60)}: {cause}")
            for name, cause in causes
            if cause
        ]
        parts += ["\n".join(["Why:", *said])] if said else []
    facts = [(one.name, brief(one.before), brief(one.after)) for one in diff.facts if one.moved]
    if facts:
        parts.append(terminal.grid(("what changed", "before", "now"), facts))
    notes = "\n".join(map(terminal.printable, diff.notes))
    return "\n\n".join([*parts, *([notes] if notes else [])])


def table(frame: pd.DataFrame, currency: str | None) -> str:
    """Write the changes of weights by cause as a table, the causes in words under each.

    Examples
    --------
    >>> row = dict.fromkeys(NAMES, 0.0) | {"action": "<b>", "before": 2.0, "after": 3.0,
    ...     "change": 1.0, "credit": 1.0}
    >>> "&lt;b&gt;" in table(pd.DataFrame([row]), "EUR")
    True
    """
    rows = booked(frame)
    unit = currency or "macros"
    shown = pd.DataFrame({"action": rows["action"]})
    for head, name in (("before", "before"), ("now", "after")):
        shown[head] = [amount(_zero(value), currency) for value in rows[name]]
    shown["change"] = [amount(value, currency, signs=True) for value in rows["change"]]
    used = [part for part in NAMES if (rows[part].fillna(0.0) != 0).any()]
    for part in used:
        shown[_HEADS[part]] = [_blank(value, currency) for value in rows[part]]
    numeric = [str(head) for head in shown if head != "action"]
    return html_table(shown, f"Weights in {unit}, and what moved them", numeric)


def brief(said: str) -> str:
    """Cut digests short, and write times as people do."""
    if _DIGEST.fullmatch(said):
        return f"{said[:19]}…"
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        return said or "–"
    return f"{moment:%Y-%m-%d %H:%M}" if "T" in said else said


def share(before: float, after: float) -> str:
    """Say how far a weight moved, as a part of what it was.

    >>> share(2.0, 3.0), share(0.0, 3.0)
    ('+50.0 %', 'newly booked')
    """
    if before == after:
        return "unchanged"
    if not before:
        return "newly booked"
    if not after:
        return "no longer booked"
    share = after / before - 1
    return ("+" if share > 0 else "") + numerals.percent(share)


def _blank(value: float, currency: str | None) -> str:
    return "" if value == 0 else amount(value, currency, signs=True)


def _zero(value: float) -> float:
    return value if value > 0 and math.isfinite(value) else 0.0
