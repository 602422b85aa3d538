"""Cells of CSV files that no spreadsheet takes for a formula, and money as decimal text."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_EVEN, Decimal

from microlift.errors import InputError
from microlift.events.money import minor_digits

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


def safe_cell(text: str) -> str:
    """A cell that a spreadsheet shows as it stands; numbers, also negative ones, are left alone.

    Examples
    --------
    >>> [safe_cell(cell) for cell in ("=1+1", "-3.5", "-x", "cart")]
    ["'=1+1", '-3.5', "'-x", 'cart']
    """
    if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text):
        return "'" + text
    return text


def csv_text(rows: Iterable[Sequence[str]], newline: str = "\n") -> str:
    r"""Rows as CSV, every cell made safe.

    Examples
    --------
    >>> csv_text([["name", "value"], ["@cart", "3.20"]])
    "name,value\n'@cart,3.20\n"
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=newline)
    for row in rows:
        writer.writerow([safe_cell(cell) for cell in row])
    return out.getvalue()


def money(value: float, currency: str | None) -> str:
    """An amount as an ad platform reads it: digits, a point, no exponent, as the currency counts.

    Raises
    ------
    InputError
        If there is no currency, or the amount is negative or no number.

    Examples
    --------
    >>> money(3.2, "EUR"), money(1234.5, "JPY"), money(1e-7, "KWD")
    ('3.20', '1234', '0.000')
    """
    if currency is None:
        raise InputError(
            "The weights are in macros, not money, and ad platforms book money: a value of 0.1 "
            "would be taken for ten cents. Give the plan a macro.value and a macro.currency."
        )
    amount = Decimal(repr(float(value)))
    if not amount.is_finite() or amount < 0:
        raise InputError(
            f"Got the amount {value}, which no ad platform books. Weights are never negative: "
            "make the weights file again."
        )
    unit = Decimal(1).scaleb(-minor_digits(currency))
    return f"{amount.quantize(unit, rounding=ROUND_HALF_EVEN):f}"
