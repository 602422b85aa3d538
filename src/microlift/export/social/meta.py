"""Meta: events of the Conversions API with their values, and the rules on such requests.

Meta has no values of its own for events, so each one is sent with its value. The times are in
seconds; one event that is more than 7 days old fails the whole request.
"""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from microlift.export.faults import Fault, Validator
from microlift.export.judging import (
    Amount,
    OpenShape,
    Seconds,
    Shape,
    judge,
    objects,
    read_json,
    repeated,
)
from microlift.export.settings import Settings
from microlift.export.social.events import (
    EXAMPLE_HASH,
    MAPPING,
    TEMPLATE,
    Sent,
    hashed,
    mapping,
    notes,
    sent,
    stale,
    text_of,
)
from microlift.export.targets import Made, Target
from microlift.plan.quoting import short
from microlift.weights import WeightsFile

NAMES = {
    "add_payment_info": "AddPaymentInfo", "add_to_cart": "AddToCart",
    "add_to_wishlist": "AddToWishlist", "sign_up": "CompleteRegistration",
    "begin_checkout": "InitiateCheckout", "generate_lead": "Lead", "purchase": "Purchase",
    "search": "Search", "view_item": "ViewContent", "contact": "Contact",
    "schedule": "Schedule", "start_trial": "StartTrial",
    "submit_application": "SubmitApplication", "subscribe": "Subscribe",
    "find_location": "FindLocation", "donate": "Donate", "customize_product": "CustomizeProduct",
}  # fmt: skip
Source = Literal["email", "website", "app", "phone_call", "chat", "physical_store",
                 "system_generated", "business_messaging", "other"]  # fmt: skip
_PERSONAL = ("em", "ph", "fn", "ln", "ge", "db", "ct", "st", "zp", "country")
_CUSTOM = (
    "a custom event on Meta; to bid on its value, make a custom conversion of it in Events Manager."
)


class MetaSettings(Settings):
    """Where events happen, and what they are called."""

    action_source: Source = Field(default="website", description="where the events happen")
    names: dict[str, str] = Field(
        default_factory=dict, description="names on Meta, by the event of the log"
    )


def _letters(text: str) -> str:
    # Meta's own libraries write the code in small letters.
    if len(text) != 3 or not (text.isascii() and text.isalpha()):
        raise ValueError("not three letters of ISO 4217")
    return text


class _Custom(OpenShape):
    value: Amount | None = None
    currency: Annotated[str, AfterValidator(_letters)] | None = None


class _Event(OpenShape):
    event_name: Annotated[str, Field(min_length=1)]
    event_time: Seconds
    action_source: Source
    user_data: Annotated[dict[str, Any], Field(min_length=1)]
    event_id: str | None = None
    event_source_url: str | None = None
    custom_data: _Custom | None = None


class _Request(Shape):
    data: Annotated[list[_Event], Field(min_length=1)]
    access_token: str | None = None
    test_event_code: str | None = None
    partner_agent: str | None = None
    namespace_id: str | None = None
    upload_id: str | None = None
    upload_tag: str | None = None
    upload_source: str | None = None


_MENDS = {
    "event_time": "Write seconds since 1970 as a whole number, not milliseconds and not text.",
    "action_source": "Write website, app, phone_call, chat, email, physical_store or other.",
    "value": "Write a number from 0, with a point.",
    "currency": "Write a code such as EUR.",
    "user_data": "Say who it was: a click id, or hashed identifiers.",
    "data": "Write a list of events.",
    "event_name": "Name the event, such as AddToCart.",
    "event_id": "Write text.",
}


def check(content: bytes) -> list[Fault]:
    """Faults of a request to the Conversions API."""
    data, faults = read_json(content)
    if data is None:
        return faults
    faults += judge(_Request, data, _MENDS)
    events = objects(data, "data")
    for where, event in events:
        faults += _event(where, event)
    ids = [
        (w, (str(e.get("event_name")), str(e["event_id"]))) for w, e in events if "event_id" in e
    ]
    faults += repeated(ids, "event and id", "Give each event an id of its own, or it is dropped.")
    times = [(f"{where}.event_time", event.get("event_time")) for where, event in events]
    return faults + stale(times, 7, 1, "one of more than 7 days fails the whole request.")


def _event(where: str, event: dict[str, Any]) -> list[Fault]:
    faults = hashed(f"{where}.user_data", event.get("user_data"), _PERSONAL)
    if event.get("action_source") == "website":
        user = event.get("user_data")
        known = user if isinstance(user, dict) else {}
        mend = "Send it: events of a website need it."
        if not event.get("event_source_url"):
            faults.append(Fault(f"{where}.event_source_url", "It is missing.", mend))
        if not known.get("client_user_agent"):
            faults.append(Fault(f"{where}.user_data.client_user_agent", "It is missing.", mend))
    custom = event.get("custom_data")
    if isinstance(custom, dict) and "value" in custom and not custom.get("currency"):
        what = f"Got the value {short(custom['value'])} without its currency."
        faults.append(Fault(f"{where}.custom_data.currency", what, "Write a code such as EUR."))
    return faults


def _make(weights: WeightsFile, settings: MetaSettings) -> Made:
    events = sent(weights, NAMES, settings.names)
    request = {"data": [_example(one, weights, settings) for one in events]}
    told = (
        "Meta books the value that comes with an event (custom_data.value); there is no default to "
        "set. Browser and server have to send the same value and event_id, or one is lost.",
        "event_time is in seconds. One event of more than 7 days makes Meta refuse all of them.",
        *notes(weights, events, _CUSTOM),
    )
    return Made({MAPPING: mapping(weights, events), TEMPLATE: text_of(request)}, told)


def _example(one: Sent, weights: WeightsFile, settings: MetaSettings) -> dict[str, Any]:
    user: dict[str, Any] = {"external_id": [EXAMPLE_HASH]}
    event: dict[str, Any] = {
        "event_name": one.name,
        "event_time": int(weights.created_at.timestamp()),
        "event_id": f"example-{one.event}",
        "action_source": settings.action_source,
    }
    if settings.action_source == "website":
        event["event_source_url"] = "https://www.example.com/"
        user["client_user_agent"] = "Mozilla/5.0 (example)"
    custom = {"value": float(one.value), "currency": weights.currency}
    return event | {"user_data": user, "custom_data": custom}


META = Target(
    "meta",
    "Meta: events of the Conversions API with their values",
    _make,
    MetaSettings,
    validators={TEMPLATE: Validator("meta", "Meta: a request to the Conversions API", check)},
)
