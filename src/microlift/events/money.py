"""Money as whole minor units of its currency, so that sums are exact."""

import ibis
import ibis.expr.types as ir

from microlift.events.normalise import MACRO_FLAG, NO_VALUE
from microlift.plan import Plan

# ISO 4217: currencies whose minor unit is not a hundredth.
_DIGITS = {
    **dict.fromkeys(
        (
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "UYI",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ),
        0,
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}


def minor_digits(currency: str | None) -> int:
    """Tell how many decimal places the minor unit of a currency stands for.

    Parameters
    ----------
    currency : str or None
        The code of ISO 4217; None where macros are counted and not paid.

    Returns
    -------
    int

    Examples
    --------
    >>> minor_digits("EUR"), minor_digits("JPY"), minor_digits("KWD"), minor_digits(None)
    (2, 0, 3, 2)
    """
    return _DIGITS.get(currency or "", 2)


def macro_value(rows: ir.Table, plan: Plan, currency: str | None) -> ir.IntegerValue:
    """Give each macro its value in minor units, and every other row 0.

    Halves are rounded away from zero, in decimals: 1.005 is 1.01, although the nearest binary
    number lies below it. A macro without a readable value counts as 0.

    Parameters
    ----------
    rows : ibis.Table
        Coded rows: flags, v.
    plan : Plan
        Its ``macro.value`` is a column, a number, or None for 1.
    currency : str or None

    Returns
    -------
    ibis.expr.types.IntegerValue

    Examples
    --------
    >>> plan = Plan.from_dict({"macro": {"event": "buy", "value": "price"}, "horizon": "14d",
    ...                        "actions": [{"name": "view", "event": "view"}]})
    >>> rows = ibis.memtable({"flags": [MACRO_FLAG, MACRO_FLAG, 1], "v": [1.005, NO_VALUE, 9.0]})
    >>> macro_value(rows, plan, "USD").to_pyarrow().to_pylist()
    [101, 0, 0]
    """
    unit = 10 ** minor_digits(currency)
    worth = plan.macro.value
    if isinstance(worth, str):
        amount = ibis.ifelse(rows.v == NO_VALUE, 0.0, rows.v)
    else:
        amount = ibis.literal(1.0 if worth is None else worth)
    minor = (amount.cast("decimal(38, 6)") * unit).round().cast("int64")
    return ibis.ifelse(rows.flags >= MACRO_FLAG, minor, 0)
