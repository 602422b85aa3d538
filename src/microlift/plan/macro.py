"""The macro conversion: which events count as it, and what one is worth."""

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from microlift.plan.fields import Name, SomeNames, Where
from microlift.plan.quoting import short
from microlift.plan.spec import Spec

MAX_FIXED_VALUE = 1e12  # sums of values are kept in integer minor units of the currency


def _read_value(value: object) -> object:
    if value is None or (isinstance(value, str) and value.strip()):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"Got {short(value)}. Write a number, or the name of a column.")
    if not 0 < value <= MAX_FIXED_VALUE:
        raise ValueError(
            f"Got {value}; a macro that is worth nothing, less than nothing or more than "
            f"{MAX_FIXED_VALUE:g} cannot be shared out over actions. Write a number above 0, or "
            "name a column."
        )
    return float(value)


def _read_currency(code: str) -> str:
    if not re.fullmatch("[A-Z]{3}", code):
        raise ValueError(f"Got {short(code)}, not a currency of ISO 4217. Write such as USD.")
    return code


class Macro(Spec):
    """The macro conversion: the event that the business is after, and what one is worth.

    `value` is a column of the log or a fixed amount above 0 in `currency` (three capital letters
    of ISO 4217); without one each macro counts as 1. With `repeat` everything is about the next
    macro of those who have had one: a user's journey begins at the first macro and ends at the
    second, and values are those of the second. `label` is what people call it.

    Examples
    --------
    >>> Macro(event="purchase", value=40).value
    40.0
    """

    place = "macro"
    later = frozenset({"count"})

    event: SomeNames = Field(examples=["purchase"])
    where: Where | None = None
    value: Annotated[str | float | None, BeforeValidator(_read_value)] = None
    currency: Annotated[str, AfterValidator(_read_currency)] | None = None
    repeat: bool = Field(default=False, strict=True)
    label: Name | None = None

    @property
    def name(self) -> str:
        """What results call it: its event, or its events.

        Examples
        --------
        >>> Macro(event=["order", "renewal"]).name
        'order / renewal'
        """
        return " / ".join(self.event)
