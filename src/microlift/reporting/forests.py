"""Ratios with intervals, a row each, coloured by what a check says of them; and as tables."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from microlift.reporting import numerals, style
from microlift.reporting.rows import Column, Rows, in_ratios
from microlift.reporting.tables import html_table

MAX_ROWS = 40
_STEPS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
_RATIOS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10, 20, 50)
_FEW = (0.02, 0.1, 0.5, 1, 2, 10, 50)
_PAD = 0.06  # of the axis left free at either side


@dataclass(frozen=True)
class Forest:
    """What is said around a forest of ratios.

    Attributes
    ----------
    label
        Of the axis; the second line is left out on a narrow figure.
    hollow
        What the hollow mark of a row stands for: column ``before``; none where empty.
    """

    label: str
    hollow: str = ""


def forest(frame: pd.DataFrame, look: Forest, narrow: bool = False) -> Axes:
    """Draw ratios with intervals on a log axis; a failed one in orange, a passed one in blue.

    Parameters
    ----------
    frame
        action, ratio, low, high, verdict, note; ``before`` is drawn hollow where there is one.
        A row without figures is a head.
    look
        Words around it.
    narrow
        For a screen as wide as a phone's.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> row = {"action": "demo", "ratio": 1.2, "low": 1.1, "high": 1.3, "verdict": False}
    >>> axes = forest(pd.DataFrame([row]), Forest("ratio"))
    >>> [text.get_text() for text in axes.get_yticklabels()]
    ['demo']
    >>> plt.close(axes.figure)
    """
    shown = frame.head(MAX_ROWS)
    known = [name for name in ("ratio", "low", "high", "before") if name in shown]
    seen = shown[known].to_numpy(dtype=float).ravel()
    seen = np.log(seen[np.isfinite(seen) & (seen > 0)].clip(0.02, 50))
    low, high = min([-0.01, *seen]), max([0.01, *seen])
    room = _PAD * (high - low)
    with style.drawing():
        columns = [Column("ratio (95 % interval)", 165)]
        # On a narrow figure a head stands where it is drawn, not over its row.
        heads = [narrow and _is_head(row) for _, row in shown.iterrows()]
        names = ["" if head else str(a) for head, a in zip(heads, shown["action"], strict=True)]
        drawn = Rows(names, columns, narrow=narrow)
        ends = (math.exp(low - room), math.exp(high + room))
        in_ratios(drawn.axes, ends, _ticks(low, high, 4 if narrow else 7), ".4g")
        for y, (_, row) in enumerate(shown.iterrows()):
            _mark(drawn, y, row)
        more = f"; {len(frame) - MAX_ROWS} more are in the table" if len(frame) > MAX_ROWS else ""
        hollow = f"; hollow: {look.hollow}" if look.hollow else ""
        label = look.label + hollow + more
        return drawn.finish(_folded(label) if narrow else label)


def _ticks(low: float, high: float, most: int) -> list[float]:
    """Round ratios from low to high (logs), at most about so many."""
    if high - low > math.log(2):
        inside = [t for t in _RATIOS if low <= math.log(t) <= high]
        return inside if len(inside) <= most else [t for t in inside if t in _FEW]
    width = math.exp(high) - math.exp(low)
    step = next(s for s in _STEPS if width / s <= most)
    first = math.ceil(math.exp(low) / step)
    return [step * k for k in range(first, math.floor(math.exp(high) / step) + 1)]


def _is_head(row: "pd.Series[float]") -> bool:
    return not math.isfinite(float(row["ratio"])) and not str(row.get("note", "") or "")


def _folded(label: str, width: int = 46) -> str:
    lines = [""]
    for word in label.split():
        if len(lines[-1]) + len(word) >= width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines)


def _mark(rows: Rows, y: int, row: "pd.Series[float]") -> None:
    ratio, low, high = (float(row[key]) for key in ("ratio", "low", "high"))
    before = float(row.get("before", math.nan))
    left, right = rows.axes.get_xlim()
    if left <= before <= right:
        rows.axes.plot(
            [before], [y], "o", markersize=8.0, color="none", markeredgecolor=style.GREY,
            markeredgewidth=1.5,
        )  # fmt: skip
    if not math.isfinite(ratio):
        if not _is_head(row):
            note = str(row["note"])
            rows.beside(y, 0, style.shorten(note.partition(":")[0], 30), style.MUTED)
        else:
            rows.head(y, str(row["action"]))
        return
    verdict = str(row.get("verdict"))
    colour = {"True": style.BLUE, "False": style.ORANGE}.get(verdict, style.GREY)
    rows.axes.plot(
        np.clip([low, high], left, right), [y, y], color=colour, linewidth=2.4,
        solid_capstyle="butt",
    )  # fmt: skip
    if left <= ratio <= right:
        rows.axes.plot([ratio], [y], "o", markersize=7.5, color=colour)
    else:
        rows.beyond(y, ratio > right, "", colour, hollow=False)
    places = 3 if max(abs(ratio - 1), high - low) < 0.1 else 2
    text = f"{ratio:.{places}f}  ({low:.{places}f}–{high:.{places}f})"
    rows.beside(y, 0, text, colour if verdict == "False" else style.INK)


def said(verdict: object) -> str:
    """Verdict of a check in a word.

    >>> said(True), said(False), said(None)
    ('passed', 'failed', 'not judged')
    """
    return {"True": "passed", "False": "failed"}.get(str(verdict), "not judged")


def between(frame: pd.DataFrame, name: str = "ratio", places: int = 2) -> list[str]:
    """Write figures with their intervals; a dash where there is none.

    >>> between(pd.DataFrame({"ratio": [1.5, np.nan], "low": [1.2, 0], "high": [1.9, 0]}))
    ['1.50 (1.20 to 1.90)', '–']
    """
    return [
        f"{a:.{places}f} ({b:.{places}f} to {c:.{places}f})" if math.isfinite(a) else "–"
        for a, b, c in frame[[name, "low", "high"]].to_numpy(dtype=float)
    ]


def placebo_table(frame: pd.DataFrame) -> str:
    """Write the rows of a `PlaceboOutcome` as a table.

    Examples
    --------
    >>> row = {"action": "demo", "ratio": 1.01, "low": 1.0, "high": 1.02, "q_value": 0.2,
    ...     "moments": 90.0, "verdict": True, "note": ""}
    >>> "1.010 (1.000 to 1.020)" in placebo_table(pd.DataFrame([row]))
    True
    """
    shown = pd.DataFrame(
        {
            "action": frame["action"],
            "a busy past": between(frame, places=3),
            "q": [numerals.q_value(q) for q in frame["q_value"]],
            "moments": [numerals.count(n) for n in frame["moments"]],
            "verdict": [said(verdict) for verdict in frame["verdict"]],
        }
    )
    caption = "How much more often a busy past is found where it was done, 95 % intervals"
    notes = [str(note) for note in frame["note"].fillna("")]
    return html_table(shown, caption, list(shown.columns)[1:4], notes if any(notes) else ())


def grouped(estimates: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of a forest: each action as a head, and its settings under it.

    Examples
    --------
    >>> estimates = pd.DataFrame([
    ...     {"action": "demo", "setting": "May", "ratio": 1.2, "low": 1.1, "high": 1.3},
    ...     {"action": "demo", "setting": "June", "ratio": 1.3, "low": 1.1, "high": 1.5}])
    >>> frame = pd.DataFrame([{"action": "demo", "verdict": True, "note": ""}])
    >>> grouped(estimates, frame)["action"].tolist()
    ['demo', 'May', 'June']
    """
    rows: list[dict[str, object]] = []
    for action, verdict in zip(frame["action"], frame["verdict"], strict=True):
        head = {"action": action, "ratio": math.nan, "low": math.nan, "high": math.nan, "note": ""}
        rows.append(head)
        own = estimates[estimates["action"] == action]
        for record in own.to_dict("records"):
            note = "" if math.isfinite(record["ratio"]) else "too few to tell"
            rows.append({**record, "action": record["setting"], "verdict": verdict, "note": note})
    return pd.DataFrame(rows)


def stability_table(frame: pd.DataFrame, estimates: pd.DataFrame) -> str:
    """Write a `Stability` as a table: one row an action, its lift in each setting.

    Examples
    --------
    >>> estimates = pd.DataFrame([{"action": "demo", "kind": "window", "setting": "May",
    ...     "ratio": 1.2, "low": 1.1, "high": 1.3}])
    >>> row = {"action": "demo", "q_value": 0.2, "drift": 1.1, "drift_low": 0.9,
    ...     "drift_high": 1.3, "verdict": True, "note": ""}
    >>> "1.20 (1.10 to 1.30)" in stability_table(pd.DataFrame([row]), estimates)
    True
    """
    drift = frame[["drift", "drift_low", "drift_high"]].set_axis(["ratio", "low", "high"], axis=1)
    shown = pd.DataFrame({"action": frame["action"]})
    for (kind, setting), rows in estimates.groupby(["kind", "setting"], sort=False):
        shown[f"{kind} {setting}"] = between(rows)
    shown["one lift in all windows: q"] = [numerals.q_value(q) for q in frame["q_value"]]
    shown["factor in 30 days"] = between(drift)
    shown["verdict"] = [said(verdict) for verdict in frame["verdict"]]
    notes = [str(note) for note in frame["note"].fillna("")]
    caption = "Lift by window, horizon and session gap, 95 % intervals"
    return html_table(shown, caption, list(shown.columns)[1:-1], notes if any(notes) else ())


def heavy_table(frame: pd.DataFrame) -> str:
    """Write a `HeavyUsers` as a table.

    Examples
    --------
    >>> row = {"action": "demo", "lift": 1.3, "ratio": 1.2, "low": 1.1, "high": 1.3,
    ...     "q_value": 0.2, "moved": 0.21, "verdict": True, "note": ""}
    >>> "1.20 (1.10 to 1.30)" in heavy_table(pd.DataFrame([row]))
    True
    """
    shown = pd.DataFrame(
        {
            "action": frame["action"],
            "lift": [numerals.decimal(x) for x in frame["lift"]],
            "without the heaviest": between(frame),
            "the same: q": [numerals.q_value(q) for q in frame["q_value"]],
            "moved by one group, standard errors": [numerals.decimal(x) for x in frame["moved"]],
            "verdict": [said(verdict) for verdict in frame["verdict"]],
        }
    )
    notes = [str(note) for note in frame["note"].fillna("")]
    caption = "Lift with all users and without those with most events, 95 % intervals"
    return html_table(shown, caption, list(shown.columns)[1:-1], notes if any(notes) else ())


def pooled_table(frame: pd.DataFrame) -> str:
    """Write `Pooled.to_frame()` as a table.

    Examples
    --------
    >>> row = {"action": "demo", "lift": 1.5, "lift_low": 1.1, "lift_high": 2.0, "pooled": 1.3,
    ...     "pooled_low": 1.1, "pooled_high": 1.6, "borrowed": 0.4}
    >>> "1.30 (1.10 to 1.60)" in pooled_table(pd.DataFrame([row]))
    True
    """
    raw = frame[["lift", "lift_low", "lift_high"]].set_axis(["ratio", "low", "high"], axis=1)
    pool = frame[["pooled", "pooled_low", "pooled_high"]].set_axis(raw.columns, axis=1)
    shown = pd.DataFrame(
        {
            "action": frame["action"],
            "lift": between(raw),
            "pooled": between(pool),
            "taken from the others": [numerals.percent(x) for x in frame["borrowed"]],
        }
    )
    return html_table(shown, "Lifts, raw and pooled, 95 % intervals", list(shown.columns)[1:])
