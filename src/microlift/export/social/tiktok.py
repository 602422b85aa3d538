"""TikTok: events of the Events API (2.0) with their values, and the rules on such requests.

Since May 2025 SubmitForm is called Lead, and CompletePayment Purchase; the former names are still
taken. Times are in seconds.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from microlift.export.faults import Fault, Validator
from microlift.export.judging import (
    Amount,
    Currency,
    OpenShape,
    Seconds,
    Shape,
    judge,
    objects,
    read_json,
    repeated,
)
from microlift.export.settings import Settings
from microlift.export.social import meta
from microlift.export.social.events import (
    EXAMPLE_HASH,
    MAPPING,
    TEMPLATE,
    Sent,
    hashed,
    mapping,
    notes,
    sent,
    text_of,
)
from microlift.export.targets import Made, Target
from microlift.weights import WeightsFile

# As on Meta, but for what TikTok has no name for.
NAMES = {event: name for event, name in meta.NAMES.items() if name != "Donate"} | {
    "file_download": "Download",
}
FORMER = {"generate_lead": "SubmitForm", "purchase": "CompletePayment"}
_CUSTOM = (
    "a custom event on TikTok, for which campaigns cannot be optimised; choose a standard one."
)


class TikTokSettings(Settings):
    """Which pixel, and what events are called."""

    pixel: str = Field(
        default="PIXEL_CODE", pattern=r"^[A-Za-z0-9_]{1,64}$", description="the pixel's code"
    )
    former_names: bool = Field(
        default=False, description="whether to write SubmitForm and CompletePayment, as before 2025"
    )
    names: dict[str, str] = Field(
        default_factory=dict, description="names on TikTok, by the event of the log"
    )


class _Properties(OpenShape):
    value: Amount | None = None
    currency: Currency | None = None


class _Event(OpenShape):
    event: Annotated[str, Field(min_length=1)]
    event_time: Seconds
    event_id: str | None = None
    user: Annotated[dict[str, Any], Field(min_length=1)]
    properties: _Properties | None = None


class _Request(Shape):
    event_source: Literal["web", "app", "offline", "crm"]
    event_source_id: Annotated[str, Field(min_length=1)]
    data: Annotated[list[_Event], Field(min_length=1)]
    test_event_code: str | None = None
    partner_name: str | None = None


_MENDS = {
    "event_time": "Write seconds since 1970 as a whole number, not milliseconds and not text.",
    "event_source": "Write web, app, offline or crm.",
    "event_source_id": "Write the code of the pixel.",
    "value": "Write a number from 0, with a point.",
    "currency": "Write a code such as EUR, in capital letters.",
    "user": "Say who it was: ttclid, or hashed identifiers.",
    "data": "Write a list of events.",
    "event": "Name the event, such as AddToCart.",
    "event_id": "Write text.",
}


def check(content: bytes) -> list[Fault]:
    """Faults of a request to the Events API."""
    data, faults = read_json(content)
    if data is None:
        return faults
    faults += judge(_Request, data, _MENDS)
    events = objects(data, "data")
    for where, event in events:
        faults += hashed(f"{where}.user", event.get("user"), ("email", "phone", "external_id"))
        values = event.get("properties")
        if isinstance(values, dict) and "value" in values and "currency" not in values:
            what = "Got a value without its currency."
            place = f"{where}.properties.currency"
            faults.append(Fault(place, what, "Write a code such as EUR, in capital letters."))
    ids = [(w, (str(e.get("event")), str(e["event_id"]))) for w, e in events if "event_id" in e]
    return faults + repeated(
        ids, "event and id", "Give each event an id of its own, or it is dropped."
    )


def _make(weights: WeightsFile, settings: TikTokSettings) -> Made:
    names = NAMES | FORMER if settings.former_names else NAMES
    events = sent(weights, names, settings.names)
    request = {
        "event_source": "web",
        "event_source_id": settings.pixel,
        "data": [_example(one, weights) for one in events],
    }
    told = (
        "TikTok books the value that comes with an event (properties.value). event_time is in "
        "seconds.",
        *notes(weights, events, _CUSTOM),
    )
    return Made({MAPPING: mapping(weights, events), TEMPLATE: text_of(request)}, told)


def _example(one: Sent, weights: WeightsFile) -> dict[str, Any]:
    return {
        "event": one.name,
        "event_time": int(weights.created_at.timestamp()),
        "event_id": f"example-{one.event}",
        "user": {"external_id": EXAMPLE_HASH},
        "page": {"url": "https://www.example.com/"},
        "properties": {"value": float(one.value), "currency": weights.currency},
    }


TIKTOK = Target(
    "tiktok",
    "TikTok: events of the Events API with their values",
    _make,
    TikTokSettings,
    validators={TEMPLATE: Validator("tiktok", "TikTok: a request to the Events API", check)},
)
