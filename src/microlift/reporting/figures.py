"""The four figures of a report: each takes a table and returns matplotlib axes.

A figure shows what its table holds and computes nothing that a reader could not find there.
Names are drawn as text, whatever they hold.
"""

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from microlift.reporting import numerals, style
from microlift.reporting.canvas import canvas
from microlift.reporting.rows import NARROW, WIDE, Column, Rows, counted, fix_text, in_ratios

MAX_FOREST_ROWS = 25
MAX_WATERFALL_ROWS = 16
_USUAL, _FARTHEST = 10.0, 50.0  # how far the axis of ratios reaches, and at most
_RATES = [m * 10.0**p for p in range(-6, 0) for m in (1, 2, 5)] + [1.0]
_TICKS = (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50)


def forest(
    frame: pd.DataFrame, labels: Mapping[str, str] | None = None, narrow: bool = False
) -> Axes:
    """Draw association against lift, one row an action, sorted by lift.

    Filled mark: the lift with its 95 % interval, coloured by verdict. Hollow grey mark: the
    association of the same action. The axis is logarithmic, since 0.5 and 2 are equally far
    from 1, the line of no effect. It holds every lift up to 50 times and ends at 10 times where
    only an association or an interval lies farther out: an arrow at the edge stands for that, with
    the number of the association. An action without contrast is a row that says so. Beyond 25 rows
    the 15 largest and the 5 smallest are drawn and the gap is named.

    Parameters
    ----------
    frame
        `LiftTable.to_frame()`: columns action, association, lift, lift_low, lift_high, verdict.
    labels
        Names to show in place of the actions' own.
    narrow
        For a screen as wide as a phone's.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
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
    shown, gap = _forest_rows(frame)
    names = [(labels or {}).get(a, a) for a in shown["action"].astype(str)]
    columns = [Column("lift (95 % interval)", 118), Column("association", 190)]
    with style.drawing():
        rows = Rows(names, columns, room=0.5 if narrow else 0.35, narrow=narrow)
        _ratio_axis(rows.axes, shown)
        for y, row in enumerate(shown.to_dict("records")):
            _forest_row(rows, y, row)
        label = "times as many macros as without it" + ("" if narrow else "; at 1× no effect")
        if gap:
            rows.axes.axhline(14.5, color=style.GRID, linewidth=1.0, linestyle=(0, (4, 3)))
            label += f"{chr(10) if narrow else '; '}{gap} rows in the middle left out"
        _forest_key(rows.axes, narrow)
        return rows.finish(label)


def _forest_rows(frame: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    rows = frame.sort_values("lift", ascending=False, kind="stable", na_position="last")
    if len(rows) <= MAX_FOREST_ROWS:
        return rows.reset_index(drop=True), 0
    kept = pd.concat([rows.head(15), rows.tail(5)], ignore_index=True)
    return kept, len(rows) - len(kept)


def _ratio_axis(axes: Axes, rows: pd.DataFrame) -> None:
    """Make room for the lifts; what lies far beyond them would squeeze them to a point."""
    lifts = _positive(rows, ["lift"])
    seen = _positive(rows, ["association", "lift", "lift_low", "lift_high"])
    lowest = max(min([1 / _USUAL, *(0.8 * lift for lift in lifts)]), 1 / _FARTHEST)
    highest = min(max([_USUAL, *(1.25 * lift for lift in lifts)]), _FARTHEST)
    low = max(min([0.5, *(0.85 * ratio for ratio in seen)]), lowest)
    high = min(max([2.0, *(1.2 * ratio for ratio in seen)]), highest)
    in_ratios(axes, (low, high), [t for t in _TICKS if low <= t <= high])


def _positive(rows: pd.DataFrame, columns: Sequence[str]) -> list[float]:
    known = rows[[c for c in columns if c in rows]].to_numpy(dtype=float).ravel()
    return [float(ratio) for ratio in known if 0 < ratio < math.inf]


def _forest_row(rows: Rows, y: int, row: Mapping[Hashable, Any]) -> None:
    colour = style.VERDICT_COLOURS.get(str(row["verdict"]), style.GREY)
    low, high = rows.axes.get_xlim()
    association = float(row["association"])
    rows.beside(y, 1, numerals.decimal(association), style.MUTED)
    if low <= association <= high:
        rows.axes.plot(
            [association], [y], marker="o", markersize=7.5,
            color="none", markeredgecolor=style.GREY, markeredgewidth=1.5, clip_on=False,
        )  # fmt: skip
    elif math.isfinite(association):
        text = f"{numerals.decimal(association)}×"
        rows.beyond(y, association > high, text, style.GREY, hollow=True)
    if not math.isfinite(row["lift"]):
        rows.beside(y, 0, "not identified", style.MUTED, italic=True)
        return
    _interval(rows, y, row, colour)
    ends = f"({numerals.decimal(row['lift_low'])}–{numerals.decimal(row['lift_high'])})"
    text_colour = colour if row["verdict"] != "no evidence" else style.INK
    rows.beside(y, 0, f"{numerals.decimal(row['lift'])}  {ends}", text_colour)


def _interval(rows: Rows, y: int, row: Mapping[Hashable, Any], colour: str) -> None:
    """Draw a lift and its interval; an arrow stands for what lies beyond the axis."""
    low, high = rows.axes.get_xlim()
    lift, bottom, top = (float(row[name]) for name in ("lift", "lift_low", "lift_high"))
    ends = [min(max(bottom, low), high), max(min(top, high), low)]
    rows.axes.plot(ends, [y, y], color=colour, linewidth=2.4, solid_capstyle="butt")
    if bottom < low:
        rows.beyond(y, False, "", colour, hollow=False)
    if top > high:
        rows.beyond(y, True, "", colour, hollow=False)
    if low <= lift <= high:
        rows.axes.plot([lift], [y], marker="o", markersize=8.5, color=colour, clip_on=False)


def _forest_key(axes: Axes, narrow: bool) -> None:
    marks = [
        _mark(style.BLUE, "lift, raises"),
        _mark(style.ORANGE, "lift, lowers"),
        _mark(style.GREY, "lift, no evidence"),
        _mark("none", "association", edge=style.GREY),
    ]
    axes.legend(
        handles=marks, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2 if narrow else 4,
        frameon=False, fontsize=11, handletextpad=0.2, columnspacing=1.4, borderaxespad=0.1,
    )  # fmt: skip


def _mark(face: str, label: str, edge: str | None = None) -> Line2D:
    return Line2D(
        [], [], linestyle="none", marker="o", markersize=7.5, color=face, label=label,
        markeredgecolor=edge or face, markeredgewidth=1.5,
    )  # fmt: skip


def waterfall(
    ledger_frame: pd.DataFrame, currency: str | None = None, narrow: bool = False
) -> Axes:
    """Draw the ledger as a waterfall from arrivals to macros.

    Each row starts where the one above ended; the last is the total, the macros. An action's
    repetitions continue its row, hatched; where they undo what the first times did, the two are
    drawn one over the other. Beyond 16 rows the smallest entries of a kind are added up as 'other'.
    Lengths are in macros; the columns beside give macros and money, each in one unit.

    Parameters
    ----------
    ledger_frame
        `Ledger.to_frame()`: columns entry, kind, credit_total, value_total.
    currency
        Code to print over the money; without one no money is printed.
    narrow
        For a screen as wide as a phone's.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
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
    shown = waterfall_rows(ledger_frame)
    credit = [*(shown["credit"] + shown["again"]), float(ledger_frame["credit_total"].sum())]
    value = [*shown["value"], float(ledger_frame["value_total"].sum())]
    unit, divisor = _unit(value)
    columns = [Column("macros", 60), Column(f"{unit}{currency or ''}", 150)]
    macros = numerals.column(credit, 0 if max(map(abs, credit)) >= 1000 else 1, signs=True)
    money = numerals.column([v / divisor for v in value], 1 if unit else 0, signs=True)
    last = len(shown)
    with style.drawing():
        rows = Rows([*shown["row"], "macros"], columns, narrow=narrow)
        _walk(rows.axes, shown, rows.thick)
        rows.axes.barh([last], [credit[-1]], height=rows.thick, color=style.INK)
        for y, (count, amount) in enumerate(zip(macros, money, strict=True)):
            total = y == last
            rows.beside(y, 0, count.lstrip("+") if total else count, style.INK, bold=total)
            if currency:
                text = amount.lstrip("+") if total else amount
                rows.beside(y, 1, text, style.INK if total else style.MUTED, bold=total)
        rows.axes.axvline(0, color=style.MUTED, linewidth=1.0)
        counted(rows.axes, narrow)
        return rows.finish("macros, running total")


def _unit(amounts: Sequence[float]) -> tuple[str, float]:
    """Name and size of the unit in which a column of money has four or five figures."""
    largest = max((abs(a) for a in amounts), default=0.0)
    for size, name in ((1e6, "million "), (1e3, "thousand ")):
        if largest >= 10 * size:
            return name, size
    return "", 1.0


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


def _walk(axes: Axes, rows: pd.DataFrame, thick: float) -> None:
    level = 0.0
    colours = {"arrival": style.SKY, "open": style.GREY, "time": style.GREY}
    for y, row in enumerate(rows.to_dict("records")):
        start = level
        first, again = float(row["credit"]), float(row["again"])
        # Where the one undoes the other they would hide each other: each gets half of the height.
        high = thick / 2 if first * again < 0 else thick
        for part, hatch, shift in ((first, None, high - thick), (again, "////", thick - high)):
            colour = colours.get(str(row["kind"]), style.BLUE if part >= 0 else style.ORANGE)
            if part:
                axes.barh(
                    [y + shift / 2], [part], left=level, height=high, color=colour, hatch=hatch
                )
            level += part
        axes.plot(
            [level, level], [y + thick / 2, y + 1 - thick / 2], color=style.MUTED, linewidth=0.9
        )
        if level == start:
            axes.plot(
                [level, level], [y - thick / 2, y + thick / 2], color=style.MUTED, linewidth=0.9
            )


def weights_bars(weights: Mapping[str, Any], narrow: bool = False) -> Axes:
    """Draw the value to book for each primary action, with its 95 % interval.

    Parameters
    ----------
    weights
        `Weights.to_dict()`: `actions` with name, weight, low, high, primary; `macro_weight`;
        `currency`. Empty where the weights are withheld: the axes then say so.
    narrow
        For a screen as wide as a phone's.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
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
    places = numerals.cents([bar[1] for bar in bars])
    with style.drawing():
        rows = Rows([bar[0] for bar in bars], [Column("", 180)], narrow=narrow)
        for y, (_, weight, low, high) in enumerate(bars):
            rows.axes.barh([y], [weight], height=rows.thick, color=style.SKY)
            centre, *ends = numerals.column([weight, low, high], places)
            text = f"{centre} {currency}".strip()
            if math.isfinite(low) and math.isfinite(high):
                rows.axes.plot([low, high], [y, y], color=style.INK, linewidth=1.8)
                text += f"  ({'–'.join(ends)})"
            rows.beside(y, 0, text, style.INK)
        rows.axes.axvline(0, color=style.MUTED, linewidth=1.0)
        rows.axes.set_xlim(left=0)
        counted(rows.axes, narrow)
        what = f"{currency} to book at a user's first time".strip()
        return rows.finish(what if bars else "no weights to book")


def calibration(frame: pd.DataFrame, narrow: bool = False) -> Axes:
    """Draw predicted against observed conversion rates, per tenth of the journey value.

    Points on the diagonal mean that V(S) is what happens. Vertical lines are 95 % intervals of
    the observed rate, from the clustered error behind `z` = (observed - predicted) / error.

    Parameters
    ----------
    frame
        `model.calibration()`: columns group, kind, n, predicted, observed, z. Rows of kind
        'decile' are drawn.
    narrow
        For a screen as wide as a phone's.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> axes = calibration(pd.DataFrame({
    ...     "group": ["1", "2"], "kind": ["decile", "decile"], "n": [100, 100],
    ...     "predicted": [0.01, 0.20], "observed": [0.02, 0.18], "z": [0.7, -0.5]}))
    >>> axes.get_xlabel()
    'predicted: share that would convert'
    >>> plt.close(axes.figure)
    """
    rows = frame[frame["kind"] == "decile"].sort_values("predicted", kind="stable")
    predicted, observed = rows["predicted"].astype(float), rows["observed"].astype(float)
    with style.drawing():
        axes = canvas(*((NARROW, 3.7) if narrow else (WIDE, 4.6)))
        half = 1.96 * _errors(rows)
        low, high = _rate_axes(axes, predicted, observed, half, narrow)
        axes.plot([low, high], [low, high], color=style.GREY, linewidth=1.2, linestyle=(0, (5, 3)))
        bottom = (observed - half).clip(lower=low)
        axes.vlines(predicted, bottom, observed + half, style.BLUE, lw=1.8)
        axes.plot(predicted, observed, "o", color=style.BLUE, markersize=6.5, clip_on=False)
        axes.set(xlabel="predicted: share that would convert", ylabel="what happened")
        axes.grid()
        corners = ((0.03, 0.96, "left", "top", "more"), (0.98, 0.05, "right", "bottom", "less"))
        for x, y, ha, va, word in corners:
            axes.text(
                x, y, f"happened {word} often{chr(10) if narrow else ' '}than predicted",
                color=style.MUTED, transform=axes.transAxes, ha=ha, va=va, fontsize=11,
            )  # fmt: skip
        fix_text(axes)
    return axes


def _rate_axes(
    axes: Axes, predicted: pd.Series, observed: pd.Series, half: pd.Series, narrow: bool
) -> tuple[float, float]:
    """Cut both axes to the rates; logarithmic where they span more than one power of ten."""
    high = max([1e-6, *predicted, *(observed + half)])
    positive = [rate for rate in (*predicted, *observed) if rate > 0]
    if len(positive) == 2 * len(predicted) and high > 10 * min(positive):
        low, high = min(positive) / 1.6, high * 1.3
        axes.set(xscale="log", yscale="log")
        # A power of ten has three ticks on a wide figure, and one on a narrow one.
        ticks = [t for t in _RATES[:: 3 if narrow else 1] if low <= t <= high]
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(FixedLocator(ticks))
            axis.set_minor_locator(NullLocator())
    else:
        low, high = 0.0, high * 1.06
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MaxNLocator(4 if narrow else 8, steps=[1, 2, 2.5, 5, 10]))
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


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)
