"""The four figures of a report: each takes a table and returns matplotlib axes.

A figure shows what its table holds and computes nothing that a reader could not find there.
Names are drawn as text, whatever they hold.
"""

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from microlift.reporting import style

MAX_FOREST_ROWS = 25
MAX_WATERFALL_ROWS = 16
_WIDTH = 9.2
_ROW = 0.36
_RATES = [m * 10.0**p for p in range(-6, 0) for m in (1, 2, 5)] + [1.0]
_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


def forest(frame: pd.DataFrame, labels: Mapping[str, str] | None = None) -> Axes:
    """Draw association against lift, one row an action, sorted by lift.

    Filled mark: the lift with its 95 % interval, coloured by verdict. Hollow grey mark: the
    association of the same action. The axis is logarithmic, since 0.5 and 2 are equally far
    from 1, the line of no effect. An action without contrast is a row that says so. Beyond
    25 rows the 15 largest and the 5 smallest are drawn and the gap is named.

    Parameters
    ----------
    frame
        `LiftTable.to_frame()`: columns action, association, lift, lift_low, lift_high, verdict.
    labels
        Names to show in place of the actions' own.

    Examples
    --------
    >>> table = pd.DataFrame({
    ...     "action": ["cart", "video"], "association": [6.0, 3.0], "lift": [1.8, float("nan")],
    ...     "lift_low": [1.5, float("nan")], "lift_high": [2.1, float("nan")],
    ...     "verdict": ["raises", "not identified"],
    ... })
    >>> axes = forest(table)
    >>> [label.get_text() for label in axes.get_yticklabels()]
    ['cart', 'video']
    >>> plt.close(axes.figure)
    """
    rows, gap = _forest_rows(frame)
    names = [style.shorten((labels or {}).get(a, a)) for a in rows["action"].astype(str)]
    with style.drawing():
        axes = _canvas(len(rows) + 1, head=0.35)
        _ratio_axis(axes, rows)
        for y, row in enumerate(rows.to_dict("records")):
            _forest_row(axes, y, row)
        _rows_axis(axes, names)
        if gap:
            axes.axhline(14.5, color=style.GRID, linewidth=1.0, linestyle=(0, (4, 3)))
            axes.set_xlabel(f"{axes.get_xlabel()}; {gap} rows in the middle left out")
        _forest_key(axes)
        _fix_text(axes)
    return axes


def _forest_rows(frame: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    rows = frame.sort_values("lift", ascending=False, kind="stable", na_position="last")
    if len(rows) <= MAX_FOREST_ROWS:
        return rows.reset_index(drop=True), 0
    kept = pd.concat([rows.head(15), rows.tail(5)], ignore_index=True)
    return kept, len(rows) - len(kept)


def _ratio_axis(axes: Axes, rows: pd.DataFrame) -> None:
    columns = [c for c in ("association", "lift", "lift_low", "lift_high") if c in rows]
    seen = rows[columns].to_numpy(dtype=float).ravel()
    seen = seen[(seen > 0) & ~pd.isna(seen) & (seen < math.inf)]
    low = min([0.5, *(seen * 0.85)])
    high = max([2.0, *(seen * 1.2)])
    # An interval that reaches zero would push every other mark into a corner.
    low = max(low, 0.02)
    axes.set_xscale("log")
    axes.set_xlim(low, min(high, 2000.0))
    ticks = [t for t in _TICKS if low <= t <= high]
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}×"))
    axes.grid(axis="x")
    axes.axvline(1.0, color=style.MUTED, linewidth=1.2)
    axes.set_xlabel("times as many macros as without the action")


def _forest_row(axes: Axes, y: int, row: Mapping[Hashable, Any]) -> None:
    colour = style.VERDICT_COLOURS.get(str(row["verdict"]), style.GREY)
    low, high = axes.get_xlim()
    if row["association"] > 0 and math.isfinite(row["association"]):
        axes.plot(
            [min(max(row["association"], low), high)], [y], marker="o", markersize=7.5,
            color="none", markeredgecolor=style.GREY, markeredgewidth=1.5, clip_on=False,
        )  # fmt: skip
        _beside(axes, y, 132, f"{row['association']:.2f}", style.MUTED)
    if not math.isfinite(row["lift"]):
        _beside(axes, y, 12, "not identified", style.MUTED, italic=True)
        return
    ends = [max(row["lift_low"], low), min(row["lift_high"], high)]
    axes.plot(ends, [y, y], color=colour, linewidth=2.4, solid_capstyle="butt")
    axes.plot([max(row["lift"], low)], [y], marker="o", markersize=8.5, color=colour, clip_on=False)
    interval = f"{row['lift']:.2f}  ({row['lift_low']:.2f}–{row['lift_high']:.2f})"
    _beside(axes, y, 12, interval, colour if row["verdict"] != "no evidence" else style.INK)


def _forest_key(axes: Axes) -> None:
    axes.set_ylim(top=-1.5)
    _beside(axes, -1.0, 12, "lift (95 % interval)", style.MUTED)
    _beside(axes, -1.0, 132, "association", style.MUTED)
    marks = [
        _mark(style.BLUE, "lift, raises"),
        _mark(style.ORANGE, "lift, lowers"),
        _mark(style.GREY, "lift, no evidence"),
        _mark("none", "association", edge=style.GREY),
    ]
    axes.legend(
        handles=marks, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=4, frameon=False,
        fontsize=10.5, handletextpad=0.2, columnspacing=1.4, borderaxespad=0.1,
    )  # fmt: skip


def _mark(face: str, label: str, edge: str | None = None) -> Line2D:
    return Line2D(
        [], [], linestyle="none", marker="o", markersize=7.5, color=face, label=label,
        markeredgecolor=edge or face, markeredgewidth=1.5,
    )  # fmt: skip


def waterfall(ledger_frame: pd.DataFrame, currency: str | None = None) -> Axes:
    """Draw the ledger as a waterfall from arrivals to macros.

    Each row starts where the one above ended; the last is the total, the macros. An action's
    repetitions continue its row, hatched. Beyond 16 rows the smallest entries of a kind
    are added up as 'other'. Lengths are in macros; the text beside a row gives macros and money.

    Parameters
    ----------
    ledger_frame
        `Ledger.to_frame()`: columns entry, kind, credit_total, value_total.
    currency
        Code to print beside the money; without one no money is printed.

    Examples
    --------
    >>> ledger = pd.DataFrame({
    ...     "entry": ["arrival: email", "cart", "cart (again)", "left after cart"],
    ...     "kind": ["arrival", "action", "repeat", "left"],
    ...     "credit_total": [10.0, 5.0, 1.0, -4.0], "value_total": [500.0, 250.0, 50.0, -200.0],
    ... })
    >>> axes = waterfall(ledger, "EUR")
    >>> [label.get_text() for label in axes.get_yticklabels()]
    ['arrival: email', 'cart', 'left after cart', 'macros']
    >>> plt.close(axes.figure)
    """
    rows = waterfall_rows(ledger_frame)
    total = float(ledger_frame["credit_total"].sum())
    money = float(ledger_frame["value_total"].sum())
    with style.drawing():
        axes = _canvas(len(rows) + 1, head=0.3)
        _walk(axes, rows)
        axes.barh([len(rows)], [total], height=0.62, color=style.INK)
        for y, row in enumerate(rows.to_dict("records")):
            _beside(axes, y, 10, style.compact(row["credit"] + row["again"], True), style.INK)
            if currency:
                _beside(axes, y, 66, f"{style.compact(row['value'], True)} {currency}", style.MUTED)
        _beside(axes, len(rows), 10, style.compact(total), style.INK, bold=True)
        if currency:
            text = f"{style.compact(money)} {currency}"
            _beside(axes, len(rows), 66, text, style.INK, bold=True)
        axes.axvline(0, color=style.MUTED, linewidth=1.0)
        axes.grid(axis="x")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: style.compact(x)))
        axes.set_xlabel("macros, running total; hatched: repetitions of an action")
        _rows_axis(axes, [*(style.shorten(r, 30) for r in rows["row"]), "macros"])
        _fix_text(axes)
    return axes


def waterfall_rows(ledger_frame: pd.DataFrame) -> pd.DataFrame:
    """Fold a ledger into the rows of its waterfall: row, kind, credit, again, value.

    >>> ledger = pd.DataFrame({
    ...     "entry": ["cart", "cart (again)"], "kind": ["action", "repeat"],
    ...     "credit_total": [5.0, 1.0], "value_total": [250.0, 50.0],
    ... })
    >>> waterfall_rows(ledger).to_dict("records")
    [{'row': 'cart', 'kind': 'action', 'credit': 5.0, 'again': 1.0, 'value': 300.0}]
    """
    frame = ledger_frame.assign(
        row=ledger_frame["entry"].astype(str), credit=ledger_frame["credit_total"].astype(float)
    )
    repeat = frame["kind"] == "repeat"
    frame["row"] = frame["row"].where(~repeat, frame["row"].str.removesuffix(" (again)"))
    frame["kind"] = frame["kind"].where(~repeat, "action")
    frame["again"] = frame["credit"].where(repeat, 0.0)
    frame["credit"] = frame["credit"].where(~repeat, 0.0)
    sums = {"credit": ("credit", "sum"), "again": ("again", "sum"), "value": ("value_total", "sum")}
    rows = frame.groupby(["kind", "row"], sort=False).agg(**sums).reset_index()
    rows = _fold_small(rows)
    order = {k: i for i, k in enumerate(("arrival", "action", "macro", "time", "left", "open"))}
    rows = rows.sort_values("kind", key=lambda k: k.map(order), kind="stable")
    return rows[["row", "kind", "credit", "again", "value"]].reset_index(drop=True)


def _fold_small(rows: pd.DataFrame) -> pd.DataFrame:
    if len(rows) <= MAX_WATERFALL_ROWS:
        return rows
    names = {"arrival": "other arrivals", "left": "left elsewhere", "action": "other actions"}
    # Actions are what the report is about: they get the room that the others leave.
    room = {"arrival": 4, "left": 4}
    counts = rows["kind"].value_counts().drop("action", errors="ignore")
    taken = sum(min(n, room.get(str(kind), n)) for kind, n in counts.items())
    for kind, most in {**room, "action": max(2, MAX_WATERFALL_ROWS - taken)}.items():
        size = (rows["credit"] + rows["again"]).abs()[rows["kind"] == kind].sort_values()
        if len(size) > most:
            rows.loc[size.index[: len(size) - most + 1], "row"] = names[kind]
    folded = rows.groupby(["kind", "row"], sort=False, as_index=False).sum()
    last = folded["row"].isin(names.values())
    return pd.concat([folded[~last], folded[last]], ignore_index=True)


def _walk(axes: Axes, rows: pd.DataFrame) -> None:
    level = 0.0
    colours = {"arrival": style.SKY, "open": style.GREY, "time": style.GREY}
    for y, row in enumerate(rows.to_dict("records")):
        start = level
        for part, hatch in ((float(row["credit"]), None), (float(row["again"]), "////")):
            colour = colours.get(str(row["kind"]), style.BLUE if part >= 0 else style.ORANGE)
            if part:
                axes.barh([y], [part], left=level, height=0.62, color=colour, hatch=hatch)
            level += part
        axes.plot([level, level], [y + 0.31, y + 0.69], color=style.MUTED, linewidth=0.9)
        if level == start:
            axes.plot([level, level], [y - 0.31, y + 0.31], color=style.MUTED, linewidth=0.9)


def weights_bars(weights: Mapping[str, Any]) -> Axes:
    """Draw the value to book for each primary action, with its 95 % interval.

    Parameters
    ----------
    weights
        `Weights.to_dict()`: `actions` with name, weight, low, high, primary; `macro_weight`;
        `currency`. Empty where the weights are withheld: the axes then say so.

    Examples
    --------
    >>> axes = weights_bars({"currency": "EUR", "macro_weight": 0.0, "actions": [
    ...     {"name": "cart", "weight": 4.0, "low": 3.1, "high": 4.9, "primary": True}]})
    >>> [label.get_text() for label in axes.get_yticklabels()]
    ['cart']
    >>> plt.close(axes.figure)
    """
    currency = str(weights.get("currency") or "")
    bars = [
        (str(a["name"]), float(a["weight"]), _number(a["low"]), _number(a["high"]))
        for a in weights.get("actions", ())
        if a["primary"]
    ]
    bars.sort(key=lambda bar: -bar[1])
    if weights.get("macro_weight"):
        bars.append(("the macro itself", float(weights["macro_weight"]), math.nan, math.nan))
    with style.drawing():
        axes = _canvas(max(len(bars), 1), head=0.2)
        for y, (_, weight, low, high) in enumerate(bars):
            axes.barh([y], [weight], height=0.56, color=style.SKY)
            text = f"{weight:,.2f} {currency}".strip()
            if math.isfinite(low) and math.isfinite(high):
                axes.plot([low, high], [y, y], color=style.INK, linewidth=1.8)
                text += f"  ({low:,.2f}–{high:,.2f})"
            _beside(axes, y, 10, text, style.INK)
        axes.axvline(0, color=style.MUTED, linewidth=1.0)
        axes.set_xlim(left=min([0.0, *(bar[2] for bar in bars if bar[2] < 0)]))
        axes.grid(axis="x")
        what = f"{currency} an occurrence, line: 95 % interval".strip()
        axes.set_xlabel(what if bars else "no weights to book")
        _rows_axis(axes, [style.shorten(bar[0]) for bar in bars])
        _fix_text(axes)
    return axes


def calibration(frame: pd.DataFrame) -> Axes:
    """Draw predicted against observed conversion rates, per tenth of the journey value.

    Points on the diagonal mean that V(S) is what happens. Vertical lines are 95 % intervals of
    the observed rate, from the clustered error behind `z` = (observed - predicted) / error.

    Parameters
    ----------
    frame
        `model.calibration()`: columns group, kind, n, predicted, observed, z. Rows of kind
        'decile' are drawn.

    Examples
    --------
    >>> axes = calibration(pd.DataFrame({
    ...     "group": ["1", "2"], "kind": ["decile", "decile"], "n": [100, 100],
    ...     "predicted": [0.01, 0.20], "observed": [0.02, 0.18], "z": [0.7, -0.5]}))
    >>> axes.get_xlabel()
    'predicted rate'
    >>> plt.close(axes.figure)
    """
    rows = frame[frame["kind"] == "decile"].sort_values("predicted", kind="stable")
    predicted, observed = rows["predicted"].astype(float), rows["observed"].astype(float)
    with style.drawing():
        _, axes = plt.subplots(figsize=(7.0, 4.6))
        half = 1.96 * _errors(rows)
        low, high = _rate_axes(axes, predicted, observed, half)
        axes.plot([low, high], [low, high], color=style.GREY, linewidth=1.2, linestyle=(0, (5, 3)))
        bottom = (observed - half).clip(lower=low)
        axes.vlines(predicted, bottom, observed + half, style.BLUE, lw=1.8)
        axes.plot(predicted, observed, "o", color=style.BLUE, markersize=6.5)
        axes.set(xlabel="predicted rate", ylabel="observed rate")
        axes.grid()
        axes.text(
            0.03, 0.95, "above the line: happened more often than predicted", color=style.MUTED,
            transform=axes.transAxes, va="top",
        )  # fmt: skip
        _fix_text(axes)
    return axes


def _rate_axes(
    axes: Axes, predicted: pd.Series, observed: pd.Series, half: pd.Series
) -> tuple[float, float]:
    """Cut both axes to the rates; logarithmic where they span more than one power of ten."""
    high = max([1e-6, *predicted, *(observed + half)])
    positive = [rate for rate in (*predicted, *observed) if rate > 0]
    if len(positive) == 2 * len(predicted) and high > 10 * min(positive):
        low, high = min(positive) / 1.6, high * 1.3
        axes.set(xscale="log", yscale="log")
        ticks = [t for t in _RATES if low <= t <= high]
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(FixedLocator(ticks))
            axis.set_minor_locator(NullLocator())
    else:
        low, high = 0.0, high * 1.06
    axes.set(xlim=(low, high), ylim=(low, high))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda x, _: f"{100 * x:.3g} %"))
    return low, high


def _errors(rows: pd.DataFrame) -> pd.Series:
    """Return the standard error behind z, or the binomial one where the difference is nil."""
    gap = (rows["observed"] - rows["predicted"]).astype(float).abs()
    rate = rows["observed"].astype(float).clip(0, 1)
    binomial = (rate * (1 - rate) / rows["n"].astype(float).clip(lower=1)) ** 0.5
    size = rows["z"].astype(float).abs()
    return (gap / size.where(size > 1e-9)).fillna(binomial)


def _canvas(rows: int, head: float) -> Axes:
    _, axes = plt.subplots(figsize=(_WIDTH, head + 0.75 + _ROW * max(rows, 2)))
    return axes


def _rows_axis(axes: Axes, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), list(names))
    axes.set_ylim(max(len(names), 1) - 0.4, -0.6)


def _beside(axes: Axes, y: float, right: int, text: str, colour: str, **look: bool) -> None:
    """Write text `right` points beside the axes' edge, level with row y."""
    axes.annotate(
        text, (1, y), (right, 0), ("axes fraction", "data"), "offset points",
        va="center", ha="left", color=colour, fontsize=10.5, annotation_clip=False,
        fontstyle="italic" if look.get("italic") else "normal",
        fontweight="bold" if look.get("bold") else "normal",
    )  # fmt: skip


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)


def _fix_text(axes: Axes) -> None:
    """Keep tick labels text when they are drawn later, outside of the house style."""
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        label.set_parse_math(False)
