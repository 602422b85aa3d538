"""A lookup table of Google Tag Manager: from the event to its value, for any tag to send.

The shape is that of exported containers; that a container with ids of zero can be imported is told
by those who generate such files, and was not tried here.
"""

import json
from typing import Any

from pydantic import Field

from microlift.errors import InputError
from microlift.export.bookings import booked, notes_on, values_by_event
from microlift.export.cells import money
from microlift.export.settings import Settings
from microlift.export.tags.container import CHECK
from microlift.export.targets import Made, Target
from microlift.plan import Count
from microlift.plan.quoting import listed, short
from microlift.weights import WeightsFile

FILE = "container.json"
_MORE = "fire the tag once for it, or more is booked than is real."
_COUNTS: dict[Count, str] = {
    "user": f"an occurrence is each user's first; {_MORE}",
    "click": f"an occurrence is the first after each click; {_MORE}",
}


class GtmSettings(Settings):
    """Which container it is for, and what its variables are called."""

    account_id: str = Field(
        default="0", pattern=r"^[0-9]{1,20}$", description="the account's id; 0 will do"
    )
    container_id: str = Field(
        default="0", pattern=r"^[0-9]{1,20}$", description="the container's id; 0 will do"
    )
    public_id: str = Field(
        default="GTM-XXXX", pattern=r"^GTM-[A-Z0-9]{1,12}$", description="such as GTM-ABC123"
    )
    prefix: str = Field(
        default="microlift", pattern=r"^[A-Za-z0-9 _-]{1,40}$", description="begins all names"
    )


def _make(weights: WeightsFile, settings: GtmSettings) -> Made:
    found = booked(weights)
    values = values_by_event(found)
    braced = [event for event in values if "{{" in event or "}}" in event]
    if braced:
        raise InputError(
            f"{len(braced):,} event names ({listed(braced[:3])}) hold braces, which Tag Manager "
            "takes for a variable and fills in. Send these events under other names."
        )
    table = [(event, money(value, weights.currency)) for event, value in values.items()]
    ids = {"accountId": settings.account_id, "containerId": settings.container_id}
    path = f"accounts/{settings.account_id}/containers/{settings.container_id}"
    url = "https://tagmanager.google.com/#/"
    stamp = str(int(weights.created_at.timestamp() * 1000))
    container = {
        "path": path,
        **ids,
        "name": settings.prefix,
        "publicId": settings.public_id,
        "usageContext": ["WEB"],
        "fingerprint": stamp,
        "tagManagerUrl": f"{url}container/{path}",
    }
    zero = f"{money(0, weights.currency)}"
    variables = [
        ("value", "smm", _lookup(table, zero)),
        ("currency", "c", [_text("value", str(weights.currency))]),
    ]
    version = {
        "path": f"{path}/versions/0",
        **ids,
        "containerVersionId": "0",
        "container": container,
        "tag": [],
        "trigger": [],
        "variable": [
            {
                **ids,
                "variableId": str(number),
                "name": f"{settings.prefix} - {name}",
                "type": kind,
                "parameter": parameters,
                "fingerprint": stamp,
                "formatValue": {},
            }
            for number, (name, kind, parameters) in enumerate(variables, start=1)
        ],
        "builtInVariable": [{**ids, "type": "EVENT", "name": "Event"}],
        "fingerprint": stamp,
        "tagManagerUrl": f"{url}versions/{path}/versions/0",
    }
    data = {
        "exportFormatVersion": 2,
        "exportTime": f"{weights.created_at:%Y-%m-%d %H:%M:%S}",
        "containerVersion": version,
    }
    text = json.dumps(data, indent=2, ensure_ascii=False) + "\n"
    return Made({FILE: text}, _notes(weights, settings))


def _lookup(table: list[tuple[str, str]], otherwise: str) -> list[dict[str, Any]]:
    rows = [
        {"type": "MAP", "map": [_text("key", event), _text("value", value)]}
        for event, value in table
    ]
    return [
        {"type": "BOOLEAN", "key": "setDefaultValue", "value": "true"},
        _text("input", "{{Event}}"),
        {"type": "LIST", "key": "map", "list": rows},
        _text("defaultValue", otherwise),
    ]


def _text(key: str, value: str) -> dict[str, str]:
    return {"type": "TEMPLATE", "key": key, "value": value}


def _notes(weights: WeightsFile, settings: GtmSettings) -> tuple[str, ...]:
    name = f"{{{{{settings.prefix} - value}}}}"
    notes = [
        "Admin > Import Container: choose an existing workspace and Merge, never Overwrite, which "
        "would delete all tags that are there. Look at the preview before you publish.",
        f"Let the conversion tags send {name} as value and {{{{{settings.prefix} - currency}}}} as "
        "currency. A lookup table gives text: in tags of your own, turn it into a number.",
        "The table goes by the name of the data layer's event ({{Event}}): where that differs from "
        "the name in the log, mend the key.",
    ]
    if not weights.macro.primary:
        notes.append(
            f"The macro {short(weights.macro.label)} is not in the table, and so worth 0: keep the "
            "order value in its own tag, and make its conversion secondary."
        )
    return (*notes, *notes_on(booked(weights), _COUNTS, weights))


GTM = Target(
    "gtm",
    "a lookup table of Google Tag Manager, from event to value",
    _make,
    GtmSettings,
    validators={FILE: CHECK},
)
