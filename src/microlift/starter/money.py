"""What a macro is worth, where the log says it: its column, its currency, and what to leave out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from microlift.starter.columns import quoted, shown
from microlift.starter.macro import MacroChoice
from microlift.starter.profile import Profile

_CODE = re.compile(r"[A-Za-z]{3}")
_SIGNS = {"€": "EUR", "£": "GBP"}  # of one currency each: $ and ¥ are those of several
_NAMED = re.compile(
    r"(?<![a-z])(aud|cad|chf|czk|dkk|eur|gbp|jpy|nok|pln|sek|usd)(?![a-z])", re.IGNORECASE
)
_UNREAD = (
    "holds no amount that can be read. If it is money, write it with a decimal point and nothing "
    "else, as 1234.50."
)


@dataclass(frozen=True)
class Money:
    """The value of a macro.

    Attributes
    ----------
    column, currency_column : str or None
        None where the log does not tell.
    code : str or None
        The currency by the name of the column of amounts.
    where : tuple of str
        Conditions that the macro must meet for its amounts to add up.
    reasons, unsure : tuple of str
    """

    column: str | None
    currency_column: str | None
    code: str | None
    where: tuple[str, ...]
    reasons: tuple[str, ...]
    unsure: tuple[str, ...]


def choose_money(
    found: Profile, macro: MacroChoice, mapped: Mapping[str, str], codes: Mapping[str, int]
) -> Money:
    """Tell what a macro is worth.

    Parameters
    ----------
    found : Profile
    macro : MacroChoice
    mapped : mapping of str to str
        Roles of columns.
    codes : mapping of str to int
        Macros by currency as the log writes it, most first.

    Returns
    -------
    Money
    """
    events = [event for event in found.events if event.name in macro.events]
    rows, worth, below = (
        sum(counts) for counts in zip(*((e.rows, e.worth, e.below) for e in events), strict=True)
    )
    column = mapped.get("value")
    if column is None or 2 * worth < rows:
        lacks = (
            f"Column {shown(column)} has an amount in {worth:,} of {rows:,} macros"
            if column
            else "The log has no amounts"
        )
        why = f"{lacks}: each macro counts 1, and weights are in macros."
        doubts = (f"macro.value: {shown(column)} {_UNREAD}",) if column and not worth else ()
        return Money(None, None, None, (), (why, "With a mean order value write it here:"), doubts)
    said = [f"{worth:,} of {rows:,} macros carry an amount in {shown(column)}."]
    where, unsure = [], []
    if below:
        name = quoted(column)
        where.append(f"({name} >= 0 OR {name} IS NULL)" if below + worth < rows else f"{name} >= 0")
        said.append(f"{below:,} negative ones, refunds perhaps, are kept out by the condition.")
    currency = mapped.get("currency")
    known = {code.strip().upper() for code in codes}
    strange = sum(n for code, n in codes.items() if not _CODE.fullmatch(code.strip()))
    if currency and strange:
        said.append(
            f"{shown(currency)} is not read as the currency: in {strange:,} of "
            f"{sum(codes.values()):,} macros it holds no code of three letters."
        )
    if currency is None or not known or strange:
        code = named_in(column)
        if code:
            said.append(f"{code} by the name of that column.")
        else:
            unsure.append(
                "macro.currency: the log names none that can be read, and USD is assumed."
            )
        return Money(column, None, code, tuple(where), tuple(said), tuple(unsure))
    if len(known) > 1:
        main = next(iter(codes)).strip().upper()
        same = [code for code in codes if code.strip().upper() == main]
        listed = ", ".join(f"'{code}'" for code in same)
        where.append(f"{quoted(currency)} IN ({listed})")
        shares = ", ".join(f"{shown(code)} {n:,}" for code, n in codes.items())
        kept, all_of = sum(codes[code] for code in same), sum(codes.values())
        said.append(
            f"Macros by currency: {shares}; sums need one, so the others are kept out. The figures "
            "below count all of them."
        )
        unsure.append(
            f"macro.where: {all_of - kept:,} of {all_of:,} macros are in other currencies than "
            f"{main} and left out. Convert them to keep them."
        )
    return Money(column, currency, None, tuple(where), tuple(said), tuple(unsure))


def named_in(column: str) -> str | None:
    """Read a currency off the name of a column of amounts.

    Examples
    --------
    >>> named_in("Umsatz (€)"), named_in("revenue_usd"), named_in("Gewinn in CHF")
    ('EUR', 'USD', 'CHF')
    >>> named_in("neurons"), named_in("price ($)"), named_in("eur_or_usd")
    (None, None, None)
    """
    codes = {code for sign, code in _SIGNS.items() if sign in column}
    codes |= {found.upper() for found in _NAMED.findall(column)}
    return codes.pop() if len(codes) == 1 else None
