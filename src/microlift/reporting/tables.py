"""Frames to semantic HTML tables in which every name is text.

pandas' Styler leaves index names and captions raw, so a hostile event name would be live
markup: these tables escape every cell.
"""

import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from html import escape

import pandas as pd

from microlift.reporting import numerals

_LONG = re.compile(r"\S{18,}")
_POINTS = "incremental probability, points"


def html_table(frame: pd.DataFrame, caption: str, numeric: Collection[str] = ()) -> str:
    """Write a frame of ready text as a table; the first column holds the row headers.

    Parameters
    ----------
    frame
        Cells as they are to be read; anything is turned into text and escaped.
    caption
        What the table holds; also names its scroll region.
    numeric
        Columns set to the right, in tabular figures.

    Examples
    --------
    >>> page = html_table(pd.DataFrame({"action": ["<b>"], "users": ["7"]}), "Users", ["users"])
    >>> '<th scope="row">&lt;b&gt;</th>' in page, '<td class="n">7</td>' in page
    (True, True)
    """
    columns = [str(column) for column in frame.columns]
    classes = [' class="n"' if column in numeric else "" for column in columns]
    head = "".join(
        f'<th scope="col"{cls}>{escape(name)}</th>'
        for name, cls in zip(columns, classes, strict=True)
    )
    body = "".join(
        f'<tr><th scope="row">{breakable(str(row[0]))}</th>'
        + "".join(
            f"<td{cls}>{escape(str(cell))}</td>"
            for cell, cls in zip(row[1:], classes[1:], strict=True)
        )
        + "</tr>\n"
        for row in frame.itertuples(index=False, name=None)
    )
    title = escape(caption)
    return (
        f'<div class="scroll" role="region" aria-label="{title}" tabindex="0"><table>'
        f"<caption>{title}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody>"
        "</table></div>"
    )


def breakable(text: str) -> str:
    r"""Escape a text; a long name may break after an underscore, no line before a percent sign.

    >>> breakable("add_to <b> 5 %"), breakable("a_name_of_many_letters")
    ('add_to &lt;b&gt; 5\xa0%', 'a_<wbr>name_<wbr>of_<wbr>many_<wbr>letters')
    """
    broken = _LONG.sub(lambda name: name.group().replace("_", "_<wbr>"), escape(text))
    return broken.replace(" %", "\N{NO-BREAK SPACE}%")


def lift_table(frame: pd.DataFrame) -> str:
    """Write `LiftTable.to_frame()` as a table, sorted as the forest plot is.

    Examples
    --------
    >>> row = {"action": "cart", "kind": "milestone", "users": 90, "occurrences": 120}
    >>> row |= {c: 1.5 for c in ("association", "association_low", "association_high", "lift",
    ...     "lift_low", "lift_high", "incremental_probability", "incremental_low",
    ...     "incremental_high", "q_value")}
    >>> "1.50 (1.50 to 1.50)" in lift_table(pd.DataFrame([row | {"verdict": "raises", "note": ""}]))
    True
    """
    rows = frame.sort_values("lift", ascending=False, kind="stable", na_position="last")
    shown = pd.DataFrame(
        {
            "action": rows["action"],
            "verdict": rows["verdict"],
            "lift": _interval(rows, "lift", numerals.decimal),
            "association": _interval(rows, "association", numerals.decimal),
            _POINTS: _interval(rows, "incremental", numerals.points, "incremental_probability"),
            "q": rows["q_value"].map(numerals.q_value),
            "users": rows["users"].map(numerals.count),
            "occurrences": rows["occurrences"].map(numerals.count),
            "kind": rows["kind"],
            "note": rows["note"].map(lambda note: "" if pd.isna(note) else note),
        }
    )
    numeric = ["lift", "association", _POINTS, "q", "users", "occurrences"]
    return html_table(shown, "Association and lift of each action, with 95 % intervals", numeric)


def ledger_table(frame: pd.DataFrame, currency: str | None = None) -> str:
    """Write `Ledger.to_frame()` as a table, with its total.

    Examples
    --------
    >>> book = pd.DataFrame({"entry": ["cart"], "kind": ["action"], "occurrences": [4],
    ...     "credit_total": [2.0], "credit_per_occurrence": [0.5], "value_total": [100.0]})
    >>> '<th scope="row">total</th>' in ledger_table(book, "EUR")
    True
    """
    value = f"value, {currency}" if currency else "value"
    shown = pd.DataFrame(
        {
            "entry": frame["entry"],
            "kind": frame["kind"],
            "occurrences": frame["occurrences"].map(numerals.count),
            "macros": frame["credit_total"].map(numerals.signed),
            "per occurrence": frame["credit_per_occurrence"].map(numerals.small),
            value: frame["value_total"].map(numerals.signed),
        }
    )
    total = [
        "total", "", "", numerals.signed(frame["credit_total"].sum()), "",
        numerals.signed(frame["value_total"].sum()),
    ]  # fmt: skip
    shown.loc[len(shown)] = total
    numeric = ["occurrences", "macros", "per occurrence", value]
    return html_table(shown, "The ledger: what was booked where", numeric)


def weights_table(
    frame: pd.DataFrame, reasons: Sequence[str] = (), currency: str | None = None
) -> str:
    """Write `Weights.to_frame()` as a table, primary actions first, with the reason of each.

    Parameters
    ----------
    frame
        Columns name, weight, low, high, credit, occurrences, primary, reason.
    reasons
        Why the weights are withheld; they then stand in place of the weights.
    currency
        Named in the head of the weights.

    Examples
    --------
    >>> page = weights_table(pd.DataFrame([{"name": "cart", "weight": 4.0, "low": 3.0,
    ...     "high": 5.0, "credit": 0.1, "occurrences": 10, "primary": True, "reason": "raises"}]))
    >>> "4.00 (3.00 to 5.00)" in page
    True
    """
    rows = frame.sort_values(["primary", "weight"], ascending=False, kind="stable")
    weight = f"weight, {currency}" if currency else "weight"
    chosen = rows["primary"] & (not reasons)
    shown = pd.DataFrame(
        {
            "action": rows["name"],
            weight: [
                text if primary else "–"
                for text, primary in zip(
                    _interval(
                        rows.assign(weight_low=rows["low"], weight_high=rows["high"]),
                        "weight",
                        numerals.decimal,
                    ),
                    chosen,
                    strict=True,
                )
            ],
            "occurrences": rows["occurrences"].map(numerals.count),
            "credit, macros": rows["credit"].map(numerals.small),
            "reason": rows["reason"],
        }
    )
    caption = "What to book for each action"
    if reasons:
        caption = f"Weights withheld: {'; '.join(reasons)}"
    return html_table(shown, caption, [weight, "occurrences", "credit, macros"])


def calibration_table(frame: pd.DataFrame) -> str:
    """Write `model.calibration()` as a table of rates.

    Examples
    --------
    >>> rows = pd.DataFrame({"group": ["all"], "kind": ["overall"], "n": [1000],
    ...     "predicted": [0.05], "observed": [0.051], "z": [0.2]})
    >>> "5.10 %" in calibration_table(rows)
    True
    """
    shown = pd.DataFrame(
        {
            "group": frame["group"].astype(str),
            "split by": frame["kind"],
            "moments": frame["n"].map(numerals.count),
            "predicted": frame["predicted"].map(numerals.percent),
            "observed": frame["observed"].map(numerals.percent),
            "difference in errors": frame["z"].map(numerals.decimal),
        }
    )
    numeric = ["moments", "predicted", "observed", "difference in errors"]
    return html_table(shown, "Predicted and observed conversion, out of fold", numeric)


def pairs(rows: Mapping[str, str], caption: str) -> str:
    """Write names and values as a table of two columns.

    >>> "1.0" in pairs({"microlift": "1.0"}, "Versions")
    True
    """
    frame = pd.DataFrame({"what": list(rows), "value": list(rows.values())})
    return html_table(frame, caption)


def _interval(
    rows: pd.DataFrame, name: str, write: Callable[[float], str], centre: str | None = None
) -> list[str]:
    columns = (centre or name, f"{name}_low", f"{name}_high")
    return [
        f"{write(mid)} ({write(low)} to {write(high)})" if math.isfinite(mid) else "–"
        for mid, low, high in zip(*(rows[c].astype(float) for c in columns), strict=True)
    ]
