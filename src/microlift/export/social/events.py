"""Events of a log in the words of a network, with their values; and what their files share."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from microlift.errors import InputError
from microlift.export.bookings import Booking, booked, notes_on, values_by_event
from microlift.export.cells import money
from microlift.export.faults import Fault
from microlift.plan import Count
from microlift.plan.quoting import short
from microlift.weights import WeightsFile

MAPPING, TEMPLATE = "events.json", "template.json"
EXAMPLE_HASH = "50d858e0985ecc7f60418aaf0cc5ab587f42c2570a884095a9e8ccacd0f6545c"  # of "example"
_HEX = frozenset("0123456789abcdef")
_ONCE = "send it once for it, or more is booked than is real."
_COUNTS: dict[Count, str] = {
    "user": f"an occurrence is each user's first; {_ONCE}",
    "click": f"an occurrence is the first after each click; {_ONCE}",
}


@dataclass(frozen=True)
class Sent:
    """An event of the log, what it is called on the network, and its value as decimal text."""

    event: str
    name: str
    standard: bool
    value: str
    of: Booking


def sent(
    weights: WeightsFile, standard: Mapping[str, str], named: Mapping[str, str]
) -> tuple[Sent, ...]:
    """Each event that is booked, under the network's name for it, or its own where it has none.

    Parameters
    ----------
    weights
        What is booked.
    standard
        The network's names, by those of GA4.
    named
        Names that somebody chose, by the event; they go before the network's.

    Raises
    ------
    InputError
        If there is nothing to send, or `named` holds an event that is not among them.
    """
    found = booked(weights)
    values = values_by_event(found)
    strange = sorted(set(named) - set(values))
    if strange:
        raise InputError(
            f"Setting 'names' names {short(strange[0])}, which is no event that is booked, so that "
            f"nothing would come of it. Known: {', '.join(map(short, sorted(values)))}."
        )
    first = {event: one for one in reversed(found) for event in one.events}
    known = set(standard.values())
    return tuple(
        Sent(
            event,
            name := named.get(event, standard.get(event.lower(), event)),
            name in known,
            money(value, weights.currency),
            first[event],
        )
        for event, value in values.items()
    )


def mapping(weights: WeightsFile, events: Iterable[Sent]) -> str:
    """The text of events.json."""
    rows = [
        {
            "event": one.event,
            "send": one.name,
            "standard": one.standard,
            "value": one.value,
            "currency": weights.currency,
            "count": one.of.count,
            "action": one.of.name,
        }
        for one in events
    ]
    data = {"valid_until": weights.valid_until.isoformat(), "events": rows}
    return text_of(data)


def text_of(data: object) -> str:
    """Data as the text of a JSON file."""
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def notes(weights: WeightsFile, events: tuple[Sent, ...], custom: str) -> tuple[str, ...]:
    """What whoever sends these events has to know.

    Parameters
    ----------
    weights, events
        What is sent.
    custom
        What a name that is not a standard event means on the network.
    """
    told = [
        f"{TEMPLATE} shows a request with made-up people, ids and times: let your server fill them "
        f"in, and do not send it as it is. {MAPPING} says which event and value to send for what.",
    ]
    own = [short(one.name) for one in events if not one.standard]
    if own:
        told.append(f"{', '.join(own)}: {custom}")
    if not weights.macro.primary:
        told.append(
            f"The macro {short(weights.macro.label)} is not among them: go on sending it, and let "
            "no campaign optimise for the value of both, or it is counted twice."
        )
    return (*told, *notes_on(booked(weights), _COUNTS, weights))


def hashed(where: str, holder: object, keys: Iterable[str]) -> list[Fault]:
    """Faults where something about a person is not hashed; what stands there is never shown."""
    faults = []
    known: dict[str, Any] = holder if isinstance(holder, dict) else {}
    for key in keys:
        held = known.get(key)
        for one in held if isinstance(held, list) else [held]:
            if one is not None and not (
                isinstance(one, str) and len(one) == 64 and _HEX.issuperset(one)
            ):
                what = "Got something about a person that is no SHA-256 in lower-case hex."
                mend = "Normalise it, hash it with SHA-256, and write lower-case hex."
                faults.append(Fault(f"{where}.{key}", what, mend))
    return faults


def stale(times: Iterable[tuple[str, object]], days: int, unit: int, what: str) -> list[Fault]:
    """Faults of times so far behind the newest that no request takes both.

    Parameters
    ----------
    times
        Places, and times since 1970.
    days
        How old an event may be.
    unit
        How many of the unit of time a second has.
    what
        What comes of it.
    """
    whole = [(where, at) for where, at in times if isinstance(at, int) and at > 0]
    newest = max((at for _, at in whole), default=0)
    return [
        Fault(
            where,
            f"Got a time {(newest - at) // (86_400 * unit):,} days before the newest; {what}",
            f"Leave out what is more than {days} days old.",
        )
        for where, at in whole
        if newest - at > days * 86_400 * unit and newest < 10_000_000_000 * unit
    ]
