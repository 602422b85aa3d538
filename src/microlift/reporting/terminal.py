"""Results as plain text for a terminal: aligned tables, and what has to be known beside them.

No colour, so that a log file holds the same text. Names come from outside: what would steer the
terminal is shown as an escape.
"""

import math
import unicodedata
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from microlift.plan import quoting
from microlift.reporting import labels, limits
from microlift.reporting.numerals import count, decimal, money

if TYPE_CHECKING:  # the estimators take seconds to load, and `check` has no need of them
    from microlift.models import LiftTable
    from microlift.weights import ActionWeight, Weights, WeightsFile

_GAP = "  "


def printable(text: str) -> str:
    """Write a text as people say it, with the labels of the plan, and without what steers."""
    return quoting.printable(labels.said(text))


def lift(table: "LiftTable", about: str = "") -> str:
    """One row an action, and its notes beneath; above it what all is about, if that is said."""
    frame = table.frame
    rows = [
        (
            row["action"],
            count(row["users"]),
            decimal(row["association"]),
            _between(row["lift"], row["lift_low"], row["lift_high"]),
            row["verdict"],
        )
        for row in frame.to_dict("records")
    ]
    heads = ("action", "users", "association", "lift [95 % interval]", "verdict")
    notes = [*limits.not_identified(frame), *limits.remarks(frame)]
    grown = grid(heads, rows, right=(1, 2, 3))
    return "\n".join([*_above(about), grown, *_beneath(map(printable, notes))])


def weights(made: "Weights", about: str = "") -> str:
    """What to book for each action and why, then what ties it to the revenue."""
    if made.content is None:
        return "\n".join([*_above(about), _withheld(made)])
    book = made.content
    currency = book.currency
    rows = [_weight(action, currency) for action in _primary_first(made.actions)]
    notes = [
        f"Calibration constant {decimal(book.calibration_constant)}: credits are scaled by it, so "
        f"that all bookings equal the revenue of {money(book.booked_target, currency)}."
        + _gap(book),
        f"Inflation factor {decimal(book.inflation_factor)}: the usual recipe, order value x "
        f"P(macro | action), would book {decimal(book.inflation_factor)} times the revenue.",
    ]
    if book.macro_weight:
        notes.append(
            f"The macro stays primary: send {money(book.macro_weight, currency)} for it, "
            "not the order value."
        )
    notes += [
        f"Guard {guard.rule}, {printable(guard.action or 'all')}: {printable(guard.reason)}."
        for guard in book.guards
        if guard.state == "changed"
    ]
    heads = ("action", "weight", "95 % interval", "why")
    return "\n".join([*_above(about), grid(heads, rows, right=(1, 2)), *_beneath(notes)])


def _gap(book: "WeightsFile") -> str:
    if not book.calibration_gap:
        return ""
    booked, gap = (
        money(book.booked_total, book.currency),
        money(abs(book.calibration_gap), book.currency),
    )
    side = "less" if book.calibration_gap > 0 else "more"
    return f" Guards leave {booked}, {gap} {side}."


def _withheld(made: "Weights") -> str:
    rows = [
        # Chosen or not, nothing is booked: the row says what was found.
        (action.name, decimal(_number(action.lift)), action.reason)
        for action in made.actions
    ]
    notes = [*(f"Weights withheld: {printable(reason)}." for reason in made.reasons)]
    notes.append("weights.json keeps its last version, where there is one.")
    return "\n".join([grid(("action", "lift", "found"), rows, right=(1,)), *_beneath(notes)])


def _weight(action: "ActionWeight", currency: str | None) -> tuple[str, str, str, str]:
    if not action.primary:
        return action.name, "–", "–", action.reason
    interval = f"{decimal(action.low)} to {money(action.high, currency)}"
    return action.name, money(action.weight, currency), interval, action.reason


def _primary_first(actions: "Iterable[ActionWeight]") -> "list[ActionWeight]":
    return sorted(actions, key=lambda action: (not action.primary, -action.weight))


def _between(middle: float, low: float, high: float) -> str:
    if not math.isfinite(middle):
        return "–"
    return f"{decimal(middle)} [{decimal(low)}, {decimal(high)}]"


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def _above(about: str) -> list[str]:
    return [about, ""] if about else []


def _beneath(notes: Iterable[str]) -> list[str]:
    said = list(notes)
    return ["", *said] if said else []


def grid(heads: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[int] = ()) -> str:
    """Align columns by the width that a terminal gives to each text.

    Parameters
    ----------
    heads, rows
        Texts; each row as long as `heads`.
    right
        Positions of the columns that hold numbers.

    Examples
    --------
    >>> print(grid(["action", "users"], [["cart", "1,204"], ["カート", "7"]], right=[1]))
    action  users
    ------  -----
    cart    1,204
    カート      7
    """
    lines = [list(heads), [], *([printable(text) for text in row] for row in rows)]
    wide = [max(map(_width, column)) for column in zip(lines[0], *lines[2:], strict=True)]
    lines[1] = ["-" * width for width in wide]
    return "\n".join(_GAP.join(_padded(line, wide, right)).rstrip() for line in lines)


def _padded(line: Sequence[str], wide: Sequence[int], right: Sequence[int]) -> Iterable[str]:
    for number, (text, width) in enumerate(zip(line, wide, strict=True)):
        space = " " * (width - _width(text))
        yield space + text if number in right else text + space


def _width(text: str) -> int:
    marks = sum(unicodedata.combining(letter) > 0 for letter in text)
    return len(text) - marks + sum(unicodedata.east_asian_width(x) in "WF" for x in text)
