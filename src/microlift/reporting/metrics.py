"""Metrics for a test as bars of days, the one to use first, and as tables."""

import math
from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from microlift.reporting import numerals, style
from microlift.reporting.rows import Column, Rows, counted
from microlift.reporting.tables import html_table
from microlift.reporting.waits import with_interval

MAX_ROWS = 30
USE, MACRO = "use", "macro"
_COLOURS = {USE: style.BLUE, "would do": style.SKY, "no sooner": style.GREY}
_FAR = 1.5  # times the days of the macro, beyond which a bar is cut


def days_bars(frame: pd.DataFrame, effect: float, narrow: bool = False) -> Axes:
    """Draw the days of a test by each metric; beside them its correlation with the macro.

    Parameters
    ----------
    frame
        `PrimaryMetric.to_frame()`. Beyond 30 rows the last are left out, and the axis says so.
    effect
        The relative effect to tell.
    narrow
        For a screen as wide as a phone's.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> row = {"metric": "cart", "kind": "milestone", "days": 30.0, "days_through": 20.0,
    ...     "phi": 0.5, "phi_low": 0.4, "phi_high": 0.6, "verdict": "use"}
    >>> axes = days_bars(pd.DataFrame([row]), 0.05)
    >>> [text.get_text() for text in axes.get_yticklabels()]
    ['cart']
    >>> plt.close(axes.figure)
    """
    shown = frame.head(MAX_ROWS)
    limit = _limit(shown)
    with style.drawing():
        columns = [Column("days", 60), Column("correlation", 215), Column("", 295)]
        rows = Rows([str(name) for name in shown["metric"]], columns, narrow=narrow)
        rows.axes.set_xlim(0, limit)
        for y, row in enumerate(shown.to_dict("records")):
            _bar(rows, y, row, limit)
        counted(rows.axes, narrow=True)  # beside three columns there is as little room
        more = f"; {len(frame) - MAX_ROWS} more in the table" if len(frame) > MAX_ROWS else ""
        change = f"{100 * effect:g} %"
        label = f"days of a test for {change} more of it; ◇ if {change} more macros come through it"
        if narrow:
            label = f"days of a test for {change} more of it\n◇ {change} more macros through it"
        return rows.finish(label + more)


def _limit(shown: pd.DataFrame) -> float:
    """Where the axis ends: what takes far longer than the macro must not press the others flat."""
    known = shown[shown["days"].map(math.isfinite)]
    own = known.loc[known["kind"] == MACRO, "days"]
    cut = _FAR * own.iloc[0] if len(own) else math.inf
    return 1.02 * min(float(known["days"].max()), cut) if len(known) else 1.0


def _bar(rows: Rows, y: int, row: Mapping[Hashable, Any], limit: float) -> None:
    days, through, verdict = row["days"], row["days_through"], str(row["verdict"])
    macro = row["kind"] == MACRO
    colour = style.ORANGE if macro else _COLOURS.get(verdict, style.GRID)
    dark = style.INK if macro or verdict == USE else style.MUTED
    if math.isfinite(days):
        rows.axes.barh([y], [min(days, limit)], height=rows.thick, color=colour)
        if days > limit:
            rows.beyond(y, True, "", style.MUTED, hollow=False)
    if not macro and through < limit:
        rows.axes.plot(
            [through], [y], "D", markersize=6.5, color=style.SURFACE, markeredgecolor=style.INK,
            markeredgewidth=1.3,
        )  # fmt: skip
    phi = ""
    if math.isfinite(row["phi"]) and not macro:
        low, mid, high = (numerals.decimal(row[key]) for key in ("phi_low", "phi", "phi_high"))
        phi = f"{mid}  ({low} to {high})"
    # On a narrow figure this alone is beside the bar, and has to say why a short one is not used.
    said = f"{verdict}  {numerals.count(days)}" if rows.narrow else numerals.count(days)
    rows.beside(y, 0, said, dark, bold=verdict == USE)
    rows.beside(y, 1, phi, style.MUTED)
    rows.beside(y, 2, verdict, dark, bold=verdict == USE)


def metrics_table(frame: pd.DataFrame, effect: float) -> str:
    """Write `PrimaryMetric.to_frame()` as a table; the risk of each stands below it.

    Examples
    --------
    >>> names = ["rate", "phi", "phi_low", "phi_high", "carries", "days", "days_through",
    ...     "visitors", "macro_if_did", "macro_if_not", "q_value", "metric_effect"]
    >>> row = dict.fromkeys(names, 0.5) | {"metric": "cart", "kind": "milestone", "verdict": "use",
    ...     "risk": "it can move alone", "compared": 0}
    >>> "it can move alone" in metrics_table(pd.DataFrame([row]), 0.05)
    True
    """
    correlation = frame[["phi", "phi_low", "phi_high"]].where(frame["kind"] != MACRO)
    shown = pd.DataFrame(
        {
            "metric": frame["metric"],
            "verdict": frame["verdict"],
            f"days for {100 * effect:g} % more of it": frame["days"].map(numerals.count),
            "visitors": frame["visitors"].map(numerals.count),
            "correlation with the macro": with_interval(correlation, "phi", numerals.decimal),
            "share who do it": [
                numerals.decimal(rate) if kind == "score" else numerals.percent(rate)
                for rate, kind in zip(frame["rate"], frame["kind"], strict=True)
            ],
            "macro if done": frame["macro_if_did"].map(numerals.percent),
            "if not": frame["macro_if_not"].map(numerals.percent),
            "q": frame["q_value"].map(numerals.q_value),
            "macros that go with it": [
                numerals.percent(part) if part > 0 else "–" for part in frame["carries"]
            ],
            f"days for {100 * effect:g} % more macros through it": frame["days_through"].map(
                numerals.count
            ),
        }
    )
    if (frame["compared"] > 0).any():
        shown["past effects of one sign"] = [
            f"{agree:,} of {compared:,}" if compared else "–"
            for agree, compared in zip(frame["agree"], frame["compared"], strict=True)
        ]
        shown["their correlation"] = frame["effects_r"].map(numerals.decimal)
    caption = "Metrics for a test, in the order in which to take them; 95 % intervals"
    return html_table(shown, caption, list(shown.columns)[2:], list(frame["risk"]))


def past_table(past: pd.DataFrame) -> str:
    """Write `PrimaryMetric.past` as a table.

    Examples
    --------
    >>> row = {"experiment": "checkout", "variant": "new", "control": "old", "metric": "cart",
    ...     "visitors": 90, "visitors_control": 80, "effect": 0.1, "low": 0.02, "high": 0.2}
    >>> "+10.0" in past_table(pd.DataFrame([row]))
    True
    """
    shown = pd.DataFrame(
        {
            "experiment": past["experiment"],
            "variant": past["variant"],
            "control": past["control"],
            "metric": past["metric"],
            "effect": with_interval(past, "effect", _change),
            "visitors": past["visitors"].map(numerals.count),
            "in the control": past["visitors_control"].map(numerals.count),
        }
    )
    caption = "Past experiments: relative effects against the control, 95 % intervals"
    return html_table(shown, caption, ["effect", "visitors", "in the control"])


def _change(effect: float) -> str:
    """Write a relative effect.

    >>> _change(0.1), _change(-0.034), _change(math.nan)
    ('+10.0 %', '−3.4 %', '–')
    """
    if not math.isfinite(effect):
        return "–"
    return f"{'−' if effect < 0 else '+'}{abs(100 * effect):.1f} %"
