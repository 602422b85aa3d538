"""Thresholds of bidding: how many macros in 30 days are enough for what, and what is slow or small.

The counts are those of the platforms' published guidance (Google Ads help 7381968, 7065882 and
6268633, with what practitioners write about them); there is no official rule for micro actions.
"""

import math
from dataclasses import dataclass, fields

from microlift.errors import InputError

FEW = 15  # macros in 30 days from which automated bidding is said to start at all
ENOUGH = 30  # with which it can be judged
GOOD = 50  # with which a target return on ad spend can be judged
ALONE = 60  # from which macros alone do
ORDER_VALUE = 500.0  # below it macros alone often do; read in the currency of the log
SLOW = 7.0  # days from first touch to macro, above which bidding learns late
WINDOW = 30  # days

# The amount is said of US dollars: in these currencies 500 means about as much.
LIKE_DOLLARS = frozenset({"AUD", "CAD", "CHF", "EUR", "GBP", "NZD", "SGD", "USD"})


@dataclass(frozen=True)
class Thresholds:
    """When macros are enough for which mode.

    Attributes
    ----------
    few, enough, good, alone
        Macros in 30 days: below `few` they are too few to bid on; from `enough` the macro stays
        primary, from `good` it does alone where order values are low, from `alone` anyway.
    order_value
        Mean order value, in units of the log's currency, below which macros alone do from `good`
        on. None: about 500 where the currency is worth about a dollar, else no rule.
    slow
        Days from the first touch to the macro (median) above which macros come too late to learn
        from while they are few.

    Examples
    --------
    >>> Thresholds(alone=80).alone
    80
    >>> Thresholds(few=40)
    Traceback (most recent call last):
    ...
    microlift.errors.InputError: Thresholds: got few 40, enough 30, good 50, alone 60. ...
    """

    few: int = FEW
    enough: int = ENOUGH
    good: int = GOOD
    alone: int = ALONE
    order_value: float | None = None
    slow: float = SLOW

    def __post_init__(self) -> None:
        counts = {each.name: getattr(self, each.name) for each in fields(self)[:4]}
        known = all(isinstance(n, int) and not isinstance(n, bool) for n in counts.values())
        if not known or not 0 < self.few <= self.enough <= self.good <= self.alone:
            told = ", ".join(f"{name} {str(n)[:40]}" for name, n in counts.items())
            raise InputError(
                f"Thresholds: got {told}. Each mode needs at least as many macros as the one "
                "before it, or an account would go back by growing. Give whole numbers above 0, "
                "each at least the one before it."
            )
        for name, value in (("order_value", self.order_value), ("slow", self.slow)):
            if value is not None and not (math.isfinite(value) and value >= 0):
                raise InputError(
                    f"Thresholds: got {name}={value}, which nothing can be compared with. Give a "
                    "number that is not negative."
                )

    def low_value(self, currency: str | None) -> float | None:
        """Order value below which it counts as low; None where none is known for the currency.

        >>> Thresholds().low_value("EUR"), Thresholds().low_value("JPY")
        (500.0, None)
        """
        if currency is None or self.order_value is not None:
            return self.order_value if currency else None
        return ORDER_VALUE if currency in LIKE_DOLLARS else None
