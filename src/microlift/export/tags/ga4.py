"""Key events of GA4 with their default values, as the Admin API has them (v1beta).

A default value fills only events whose own ``value`` is not set. A property may hold 30 key
events, or 50 where it is a 360 one; the name of an event has at most 40 letters.
"""

import json
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from microlift.errors import InputError
from microlift.export.bookings import (
    MOST_LETTERS,
    Booking,
    booked,
    notes_on,
    values_by_event,
)
from microlift.export.cells import money
from microlift.export.faults import Fault, Validator
from microlift.export.judging import (
    Amount,
    Currency,
    OpenShape,
    Shape,
    judge,
    objects,
    read_json,
    repeated,
)
from microlift.export.settings import Settings
from microlift.export.targets import Made, Target
from microlift.plan import Count
from microlift.plan.quoting import short
from microlift.weights import WeightsFile

STANDARD, MOST = 30, 50
FILE = "key_events.json"

# Events that Google recommends to send with a value of their own.
VALUED = frozenset({
    "add_payment_info", "add_shipping_info", "add_to_cart", "add_to_wishlist", "begin_checkout",
    "close_convert_lead", "generate_lead", "purchase", "qualify_lead", "refund",
    "remove_from_cart", "view_cart", "view_item",
})  # fmt: skip
_PER_SESSION = (
    "GA4 counts once a session at the least (ONCE_PER_SESSION), so that a user who comes back can "
    "be booked again; it will book somewhat more than the weights foretell."
)
_COUNTS: dict[Count, str] = {"user": _PER_SESSION, "click": _PER_SESSION}


class Ga4Settings(Settings):
    """What the property allows."""

    limit: int = Field(
        default=STANDARD,
        ge=1,
        le=MOST,
        description="key events that a property may have: 30, or 50",
    )


def _name(text: str) -> str:
    if len(text) > MOST_LETTERS:
        raise ValueError(f"{len(text):,} characters, and an event has at most {MOST_LETTERS}")
    if not text or not text[0].isalpha() or not text.replace("_", "a").isalnum():
        raise ValueError("not a letter, and then letters, digits and underscores")
    return text


class _Default(Shape):
    numericValue: Amount  # noqa: N815
    currencyCode: Currency  # noqa: N815


class _KeyEvent(OpenShape):
    eventName: Annotated[str, AfterValidator(_name)]  # noqa: N815
    countingMethod: Literal["ONCE_PER_EVENT", "ONCE_PER_SESSION"]  # noqa: N815
    defaultValue: _Default | None = None  # noqa: N815


class _File(Shape):
    keyEvents: list[_KeyEvent]  # noqa: N815
    nextPageToken: str = ""  # noqa: N815


_MENDS = {
    "keyEvents": "Write a list of key events, as properties.keyEvents.list gives it.",
    "eventName": "Send the event under a name that GA4 takes; a longer one is never a key event.",
    "countingMethod": "Write ONCE_PER_EVENT or ONCE_PER_SESSION.",
    "defaultValue": "Write numericValue and currencyCode, or leave the default value out.",
    "numericValue": "Write a number from 0, with a point.",
    "currencyCode": "Write a code such as EUR, in capital letters.",
}


def faults_of(content: bytes, limit: int) -> list[Fault]:
    """Faults of a list of key events, for a property that may have so many."""
    data, faults = read_json(content)
    if data is None:
        return faults
    faults += judge(_File, data, _MENDS)
    events = objects(data, "keyEvents")
    names = [(f"{where}.eventName", str(event.get("eventName"))) for where, event in events]
    faults += repeated(names, "event", "Make each event a key event once.")
    codes = {
        code: where
        for where, event in events
        if isinstance(default := event.get("defaultValue"), dict)
        and isinstance(code := default.get("currencyCode"), str)
        and code.isupper()
    }
    if len(codes) > 1:
        what = f"Got values in several currencies ({', '.join(map(short, sorted(codes)))})."
        faults.append(Fault(f"{[*codes.values()][1]}.defaultValue", what, "Use one currency."))
    if len(events) > limit:
        what = f"Got {len(events):,} key events, and the property may have {limit}."
        faults.append(Fault(f"keyEvents[{limit}]", what, "Make fewer actions primary."))
    return faults


STANDARD_CHECK = Validator(
    "ga4", "GA4: key events of a property", lambda content: faults_of(content, STANDARD)
)
CHECK = Validator(
    "ga4-360", "GA4: key events of a 360 property", lambda content: faults_of(content, MOST)
)


def _make(weights: WeightsFile, settings: Ga4Settings) -> Made:
    found = booked(weights)
    counting = {
        event: "ONCE_PER_EVENT" if booking.count == "every" else "ONCE_PER_SESSION"
        for booking in found
        for event in booking.events
    }
    if len(counting) > settings.limit:
        raise InputError(
            f"There are {len(counting):,} events to make key events of, and the property may have "
            f"{settings.limit}, so GA4 would take only some. Make fewer actions primary "
            "(weights.max_primary in the plan), or say -s limit=50 for a 360 property."
        )
    events = [
        {
            "eventName": event,
            "countingMethod": counting[event],
            "defaultValue": {
                "numericValue": float(money(value, weights.currency)),
                "currencyCode": weights.currency,
            },
        }
        for event, value in values_by_event(found).items()
    ]
    text = json.dumps({"keyEvents": events}, indent=2, ensure_ascii=False) + "\n"
    return Made({FILE: text}, _notes(weights, found, settings))


def _notes(
    weights: WeightsFile, found: tuple[Booking, ...], settings: Ga4Settings
) -> tuple[str, ...]:
    notes = [
        "Send each member of keyEvents as the body of POST v1beta/properties/ID/keyEvents, or of "
        "PATCH v1beta/properties/ID/keyEvents/ID?updateMask=countingMethod,defaultValue where it "
        "is a key event already.",
        f"The limit of {settings.limit} counts the key events that the property has already.",
    ]
    ignored = [event for booking in found for event in booking.events if event in VALUED]
    if ignored:
        notes.append(
            f"{', '.join(map(short, ignored))}: usually sent with a value of their own (of the "
            "cart or order), and then GA4 ignores the default value. Send the weight as value, or "
            "the event under another name; or set the value in Google Ads (target google-ads)."
        )
    if not weights.macro.primary:
        notes.append(
            f"The macro {short(weights.macro.label)} is not among them: leave it a key event, and "
            "make its conversion secondary in Google Ads, or it is bid on twice."
        )
    return (*notes, *notes_on(found, _COUNTS, weights))


GA4 = Target(
    "ga4", "key events of Google Analytics 4", _make, Ga4Settings, validators={FILE: CHECK}
)
