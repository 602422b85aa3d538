"""A conversion as a row of a file for an ad platform: which click, which action, when, how much."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from math import isfinite
from typing import Literal, get_args

from microlift.errors import InputError
from microlift.plan.log import ClickKind
from microlift.plan.quoting import short

Consent = Literal["granted", "denied"]
Adjustment = Literal["restate", "retract"]

_HASH = re.compile(r"[0-9a-f]{64}")
_CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True)
class Conversion:
    """One conversion, or one adjustment of an earlier one, in no platform's format yet.

    Who converted is told by a click id or by hashed identifiers, never by a user id. Nothing
    here is ever part of a message: errors tell of fields and counts.

    Attributes
    ----------
    action
        The name that the platform knows the action by, letter by letter.
    time
        When it happened, with a time zone; of the original conversion where this is an adjustment.
    value, currency
        What to book, and in what (ISO 4217).
    click_id, click_kind
        The id of the click, and the parameter that brought it; no id where there was no click.
    clicked_at
        When the click happened, where that is known: ages are then counted from it.
    order_id
        An id of the conversion itself, by which the platform tells repetitions and adjustments.
    ad_user_data, ad_personalization
        What the person consented to; None where nobody asked.
    hashed_emails, hashed_phones
        SHA-256 of normalised addresses and numbers, in lower-case hex.
    adjustment
        None; ``restate`` to another value; or ``retract`` as if it had never been.
    adjusted_at, adjusted_value
        When it was adjusted, with a time zone; the whole new value of a restatement.

    Examples
    --------
    >>> from datetime import UTC
    >>> at = datetime(2026, 8, 1, 12, tzinfo=UTC)
    >>> Conversion("Cart", at, 3.2, "EUR", click_id="abc").click_kind
    'gclid'
    >>> Conversion("Cart", at.replace(tzinfo=None), 3.2, "EUR")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    microlift.errors.InputError: A conversion of 'Cart' has a time without a time zone...
    """

    action: str
    time: datetime
    value: float
    currency: str
    click_id: str = field(default="", repr=False)  # of a person
    click_kind: ClickKind = "gclid"
    clicked_at: datetime | None = None
    order_id: str = field(default="", repr=False)
    ad_user_data: Consent | None = None
    ad_personalization: Consent | None = None
    hashed_emails: tuple[str, ...] = field(default=(), repr=False)
    hashed_phones: tuple[str, ...] = field(default=(), repr=False)
    adjustment: Adjustment | None = None
    adjusted_at: datetime | None = None
    adjusted_value: float | None = None

    def __post_init__(self) -> None:
        """Refuse what no platform can take.

        Raises
        ------
        InputError
            If a time has no zone, an amount is negative or no number, a currency is no code, a
            hash is none, or an adjustment lacks its time or value.
        """
        wrong = self._wrong()
        if wrong:
            raise InputError(f"A conversion of {short(self.action)} has {wrong}")

    def _wrong(self) -> str | None:
        times = [at for at in (self.time, self.clicked_at, self.adjusted_at) if at is not None]
        amounts = [self.value] if self.adjusted_value is None else [self.value, self.adjusted_value]
        if any(at.utcoffset() is None for at in times):
            return "a time without a time zone, so that its moment is not known. Give it one."
        if any(not isfinite(amount) or amount < 0 for amount in amounts):
            return "a negative value or one that is no number, which no platform books. Mend it."
        if not _CURRENCY.fullmatch(self.currency):
            return f"the currency {short(self.currency)}. Write a code such as EUR."
        if self.click_kind not in get_args(ClickKind):
            return f"a click id of kind {short(self.click_kind)}. Use one of {get_args(ClickKind)}."
        if not all(map(_HASH.fullmatch, self.hashed_emails + self.hashed_phones)):
            return "an identifier that is no SHA-256 in lower-case hex. Normalise, then hash it."
        if self.adjustment is not None and self.adjusted_at is None:
            return "an adjustment without its time. Give adjusted_at."
        if (self.adjustment == "restate") != (self.adjusted_value is not None):
            return "an adjusted value without a restatement, or the other way. Give both."
        return None
