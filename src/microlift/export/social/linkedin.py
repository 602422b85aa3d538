"""LinkedIn: conversion events with their values, and the rules on such requests.

Times are in milliseconds, the amount is text, and each action needs a conversion rule in Campaign
Manager, whose id is told by the setting ``conversions``. At most 5,000 events a request, none more
than 90 days old.
"""

from typing import Annotated, Any

from pydantic import Field

from microlift.errors import InputError
from microlift.export.faults import Fault, Validator
from microlift.export.judging import (
    AmountText,
    Currency,
    Milliseconds,
    OpenShape,
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
from microlift.plan.quoting import listed, short
from microlift.weights import WeightsFile

URN = "urn:lla:llaPartnerConversion:"
MOST = 5_000


class LinkedInSettings(Settings):
    """Which conversion rule is whose."""

    conversions: dict[str, str] = Field(
        default_factory=dict,
        description="ids of conversion rules in Campaign Manager, by the name of the action",
    )


class _Value(Shape):
    currencyCode: Currency  # noqa: N815
    amount: AmountText


class _User(OpenShape):
    userIds: list[dict[str, Any]]  # noqa: N815


class _Event(OpenShape):
    conversion: Annotated[str, Field(pattern=rf"^{URN}[0-9]+$")]
    conversionHappenedAt: Milliseconds  # noqa: N815
    conversionValue: _Value | None = None  # noqa: N815
    user: _User
    eventId: str | None = None  # noqa: N815


class _Request(Shape):
    elements: Annotated[list[_Event], Field(min_length=1, max_length=MOST)]


_MENDS = {
    "conversion": f"Write {URN} and the id of the conversion rule.",
    "conversionHappenedAt": "Write milliseconds since 1970 (13 digits), not seconds and not text.",
    "amount": 'Write it as text, digits with a point: "3.20".',
    "currencyCode": "Write a code such as EUR, in capital letters.",
    "userIds": "Write the list, also where it is empty: []",
    "user": "Say who it was: userIds, and userInfo where there is some.",
    "elements": f"Write a list of 1 to {MOST:,} events.",
    "eventId": "Write text.",
}


def check(content: bytes) -> list[Fault]:
    """Faults of a request with one conversion event, or with several as elements."""
    data, faults = read_json(content)
    if data is None:
        return faults
    if isinstance(data, dict) and "conversion" in data:
        data = {"elements": [data]}
    faults += judge(_Request, data, _MENDS)
    events = objects(data, "elements")
    for where, event in events:
        user = event.get("user")
        for place, one in objects(user, "userIds") if isinstance(user, dict) else ():
            if one.get("idType") == "SHA256_EMAIL":
                faults += hashed(f"{where}.user.{place}", one, ["idValue"])
    ids = [(w, (str(e.get("conversion")), str(e["eventId"]))) for w, e in events if "eventId" in e]
    faults += repeated(ids, "rule and id", "Give each event an id of its own, or it is dropped.")
    times = [
        (f"{where}.conversionHappenedAt", event.get("conversionHappenedAt"))
        for where, event in events
    ]
    return faults + stale(times, 90, 1000, "LinkedIn refuses what is more than 90 days old.")


def _make(weights: WeightsFile, settings: LinkedInSettings) -> Made:
    rules = settings.conversions
    bad = sorted(key for key, rule in rules.items() if not rule.isdecimal())
    if bad:
        raise InputError(
            f"Setting 'conversions' of target linkedin gives {short(rules[bad[0]])} for "
            f"{short(bad[0])}, and ids are digits: LinkedIn would refuse the request. Copy the id "
            "from Campaign Manager, without the urn."
        )
    events = sent(weights, {}, {})
    lacking = sorted({one.of.name for one in events if one.of.name not in rules})
    if lacking:
        raise InputError(
            f"{len(lacking)} actions have no conversion rule of LinkedIn "
            f"({listed(lacking[:3])}), and without its id nothing can be booked. Make a rule for "
            "each (method: Conversions API), and give its id: "
            f"-s 'conversions={{{_quoted(lacking[0])}: \"123\"}}', or in the plan."
        )
    named = tuple(
        Sent(one.event, URN + rules[one.of.name], True, one.value, one.of) for one in events
    )
    request = {"elements": [_example(one, weights) for one in named]}
    told = (
        "The value of the conversion rule has to be dynamic, so that the value of the event counts "
        "(valueType DYNAMIC).",
        "conversionHappenedAt is in milliseconds, and amount is text.",
        *notes(weights, named, ""),
    )
    return Made({MAPPING: mapping(weights, named), TEMPLATE: text_of(request)}, told)


def _quoted(name: str) -> str:
    return f'"{name}"' if name.isprintable() and '"' not in name else '"..."'


def _example(one: Sent, weights: WeightsFile) -> dict[str, Any]:
    return {
        "conversion": one.name,
        "conversionHappenedAt": int(weights.created_at.timestamp()) * 1000,
        "conversionValue": {"currencyCode": weights.currency, "amount": one.value},
        "user": {"userIds": [{"idType": "SHA256_EMAIL", "idValue": EXAMPLE_HASH}]},
        "eventId": f"example-{one.event}",
    }


LINKEDIN = Target(
    "linkedin",
    "LinkedIn: conversion events with their values",
    _make,
    LinkedInSettings,
    validators={TEMPLATE: Validator("linkedin", "LinkedIn: conversion events", check)},
)
