"""Frames to semantic HTML tables in which every name is text.

pandas' Styler leaves index names and captions raw, so a hostile event name would be live
markup: these tables escape every cell.
"""

import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from html import escape

import pandas as pd

from microlift.plan.quoting import printable
from microlift.reporting import labels, numerals
from microlift.weights import Guard

# The page sets texts to the left; a notebook's own style would set them to the right.
_LEFT = ' style="text-align:left"'
_LONG = re.compile(r"\S{18,}")
_POINTS = "incremental probability, points"
_APART = "apart, in standard errors"
_EACH = "macros per 1,000"
# Where the words of weights.json are short for a reader who sees them for the first time.
_PLAIN = {
    "raises, with the largest booked value": "raises, among those that earn most",
    "no evidence": "no effect could be shown",
    "lowers": "lowers conversion",
    "not identified": "its effect cannot be told",
    "not in the plan": "the plan names other actions",
    "named in the plan": "the plan names it",
}


_STATES = ("withheld", "changed", "passed")


def html_table(
    frame: pd.DataFrame,
    caption: str,
    numeric: Collection[str] = (),
    notes: Sequence[str] = (),
    headed: bool = True,
) -> str:
    """Write a frame of ready text as a table; the first column holds the row headers.

    Parameters
    ----------
    frame
        Cells as they are to be read; anything is turned into text and escaped.
    caption
        What the table holds; also names its scroll region.
    numeric
        Columns set to the right, in tabular figures.
    notes
        One a row, empty where there is none: a line of its own under the row.
    headed
        Whether the names of the columns are shown.

    Examples
    --------
    >>> page = html_table(pd.DataFrame({"action": ["<b>"], "users": ["7"]}), "Users", ["users"])
    >>> '&lt;b&gt;</th>' in page
    True
    >>> '<td class="n" data-label="users">7</td>' in page  # the page of a phone shows the label
    True
    """
    columns = [str(column) for column in frame.columns]
    classes = [' class="n"' if column in numeric else _LEFT for column in columns]
    heads = [escape(printable(labels.said(name))) for name in columns]
    head = "".join(
        f'<th scope="col"{cls}>{name}</th>' for name, cls in zip(heads, classes, strict=True)
    )
    beside = [f' data-label="{name}"' if headed else "" for name in heads]
    told = notes or [""] * len(frame)
    body = "".join(
        _row(
            [str(cell) for cell in row], [c + n for c, n in zip(classes, beside, strict=True)], note
        )
        for row, note in zip(frame.itertuples(index=False, name=None), told, strict=True)
    )
    title = escape(printable(labels.said(caption)))
    table = f"<table>\n<caption{_LEFT}>{title}</caption>\n<thead><tr>{head}</tr></thead>\n"
    if not headed:
        table = f'<table class="pairs">\n<caption{_LEFT}>{title}</caption>\n'
    return (
        f'<div class="scroll" role="region" aria-label="{title}" tabindex="0">{table}'
        f"<tbody>{body}</tbody></table></div>"
    )


def _row(cells: Sequence[str], looks: Sequence[str], note: str) -> str:
    line = "".join(
        f"<td{look}>{breakable(cell)}</td>" for cell, look in zip(cells[1:], looks[1:], strict=True)
    )
    behind = labels.name_of(cells[0])
    behind = f' <code class="name">{_broken(behind)}</code>' if behind else ""
    most = labels.LONGEST
    name = cells[0] if len(cells[0]) <= most else cells[0][: most - 1] + "…"
    head = f'<th scope="row"{_LEFT}>{breakable(name)}{behind}</th>'
    if not note:
        return f"<tr>{head}{line}</tr>\n"
    below = f'<tr class="note"><td colspan="{len(cells)}"{_LEFT}>{breakable(note)}</td></tr>\n'
    return f'<tr class="noted">{head}{line}</tr>\n{below}'


def breakable(text: str) -> str:
    r"""Escape a text; a long name may break after an underscore, no line inside of a number.

    Labels that are spoken of (`labels.speak`) stand in place of names.

    >>> breakable("add_to <b> 5 %"), breakable("a_name_of_many_letters"), breakable("< 0.001")
    ('add_to &lt;b&gt; 5\xa0%', 'a_<wbr>name_<wbr>of_<wbr>many_<wbr>letters', '&lt;\xa00.001')
    """
    return _broken(labels.said(text))


def _broken(text: str) -> str:
    broken = _LONG.sub(lambda name: name.group().replace("_", "_<wbr>"), escape(printable(text)))
    return broken.replace(" %", "\N{NO-BREAK SPACE}%").replace("&lt; 0", "&lt;\N{NO-BREAK SPACE}0")


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
            "times done": rows["occurrences"].map(numerals.count),
        }
    )
    notes = ["" if pd.isna(note) else str(note) for note in rows["note"]]
    numeric = ["lift", "association", _POINTS, "q", "users", "times done"]
    caption = "Association and lift of each action, with 95 % intervals"
    return html_table(shown, caption, numeric, notes if any(notes) else ())


def ledger_table(frame: pd.DataFrame, currency: str | None = None) -> str:
    """Write `Ledger.to_frame()` as a table, with its total.

    Examples
    --------
    >>> book = pd.DataFrame({"entry": ["cart"], "kind": ["action"], "occurrences": [4],
    ...     "credit_total": [2.0], "credit_per_occurrence": [0.5], "value_total": [100.0]})
    >>> ">total</th>" in ledger_table(book, "EUR")
    True
    """
    value = f"value, {currency}" if currency else "value"
    credit, money = list(frame["credit_total"]), list(frame["value_total"])
    each = [1000 * float(one) for one in frame["credit_per_occurrence"]]
    shown = pd.DataFrame(
        {
            "entry": [*frame["entry"], "total"],
            "kind": [*frame["kind"], ""],
            "times": [*frame["occurrences"].map(numerals.count), ""],
            "macros": numerals.column([*credit, sum(credit)], 1, signs=True),
            _EACH: [*numerals.column(each, 1, signs=True), ""],
            value: numerals.column([*money, sum(money)], numerals.cents(money), signs=True),
        }
    )
    caption = (
        "What was booked where: an action's own line counts the first time of each user, "
        "(again) every later time"
    )
    return html_table(shown, caption, ["times", "macros", _EACH, value])


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
    rows = frame.sort_values(["primary", "weight", "credit"], ascending=False, kind="stable")
    weight = f"weight, {currency}" if currency else "weight"
    bid = "would be bid on" if reasons else "bid on it"
    chosen = rows["primary"] & (not reasons)
    places = numerals.cents(rows["weight"])
    spans = zip(rows["weight"], rows["low"], rows["high"], chosen, strict=True)
    by_user = "count" not in frame or bool((frame["count"] == "user").all())
    counted = "users counted" if by_user else "times counted"
    shown = pd.DataFrame(
        {
            "action": rows["name"],
            bid: ["yes" if primary else "no" for primary in rows["primary"]],
            "why": rows["reason"].map(plain_reason),
            weight: [
                "{} ({} to {})".format(*numerals.column(span, places)) if primary else "–"
                for *span, primary in spans
            ],
            counted: rows["occurrences"].map(numerals.count),
            _EACH: numerals.column(1000 * rows["credit"], 1, signs=True),
        }
    )
    once = " a user counts once for each" if by_user else " counted as the plan says"
    caption = f"Which actions to bid on, and why;{once}"
    if reasons:
        caption = f"Weights withheld: {'; '.join(reasons)}"
    return html_table(shown, caption, [weight, counted, _EACH])


def guards_table(guards: Sequence[Guard]) -> str:
    """Write what the guards said as a table: those that changed or withheld something first.

    Examples
    --------
    >>> said = Guard(rule="max_step", state="changed", action="cart", threshold="20%",
    ...              got="+50%", reason="wanted 6")
    >>> "wanted 6" in guards_table([said])
    True
    """
    ranked = sorted(guards, key=lambda guard: _STATES.index(guard.state))
    shown = pd.DataFrame(
        {
            "guard": [guard.rule.replace("_", " ") for guard in ranked],
            "state": [guard.state for guard in ranked],
            "of": [guard.action or "all" for guard in ranked],
            "allowed": [guard.threshold for guard in ranked],
            "found": [guard.got or "–" for guard in ranked],
            "why": [guard.reason for guard in ranked],
        }
    )
    return html_table(
        shown, "What the guards of the plan made of the weights", ["allowed", "found"]
    )


def plain_reason(reason: str) -> str:
    """Say why an action is bid on or not, in words that need no glossary.

    >>> plain_reason("secondary: lowers"), plain_reason("secondary: beyond the 3 with most value")
    ('lowers conversion', 'raises, but is beyond the 3 with most value')
    """
    why = reason.partition(": ")[2] or reason
    return _PLAIN.get(why, f"raises, but is {why}" if why.startswith("beyond ") else why)


def calibration_table(frame: pd.DataFrame) -> str:
    """Write `model.calibration()` as a table of rates.

    Examples
    --------
    >>> rows = pd.DataFrame({"group": ["all"], "kind": ["overall"], "n": [1000],
    ...     "predicted": [0.05], "observed": [0.051], "z": [0.2]})
    >>> "5.10" in calibration_table(rows)
    True
    """
    tenth = frame["kind"] == "decile"
    group = frame["group"].astype(str)
    shown = pd.DataFrame(
        {
            "group": group.where(~tenth, "tenth " + group),
            "split by": frame["kind"].mask(tenth, "predicted chance"),
            "moments": frame["n"].map(numerals.count),
            "predicted, %": numerals.column(100 * frame["predicted"], 2),
            "happened, %": numerals.column(100 * frame["observed"], 2),
            _APART: numerals.column(frame["z"], 1, signs=True),
        }
    )
    caption = "Predicted conversion of users that the model has not seen, and what happened"
    return html_table(shown, caption, ["moments", "predicted, %", "happened, %", _APART])


def pairs(rows: Mapping[str, str], caption: str) -> str:
    """Write names and values as a table of two columns.

    >>> "1.0" in pairs({"microlift": "1.0"}, "Versions")
    True
    """
    frame = pd.DataFrame({"what": list(rows), "value": list(rows.values())})
    return html_table(frame, caption, headed=False)


def _interval(
    rows: pd.DataFrame, name: str, write: Callable[[float], str], centre: str | None = None
) -> list[str]:
    columns = (centre or name, f"{name}_low", f"{name}_high")
    return [
        f"{write(mid)} ({write(low)} to {write(high)})"
        if math.isfinite(low) and math.isfinite(high)
        else write(mid)
        for mid, low, high in zip(*(rows[c].astype(float) for c in columns), strict=True)
    ]
