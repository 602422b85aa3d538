"""What is booked when: weights by the events that a platform sees, the macro among them."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Literal

from microlift.errors import InputError
from microlift.export.cells import money
from microlift.plan import Count
from microlift.plan.quoting import short
from microlift.weights import WeightsFile

MOST_LETTERS = 40  # what GA4 allows, and the least of all platforms
Role = Literal["action", "macro"]


@dataclass(frozen=True)
class Booking:
    """What a platform is told of one action, or of the macro.

    Attributes
    ----------
    name, label, role
        Of the action or the macro.
    events
        The events at which `value` is booked. Where no event of the log is always an occurrence
        (a condition or a rule decides), one event of a name of its own, which a tag has to send.
    derived
        Whether that is so.
    count
        What one occurrence is.
    primary
        Whether it is bid on. What is not has the value 0.
    value, low, high
        What to book at an occurrence, and its interval; the macro has none.
    """

    name: str
    label: str
    role: Role
    events: tuple[str, ...]
    derived: bool
    count: Count
    primary: bool
    value: float
    low: float | None
    high: float | None


def bookings(weights: WeightsFile) -> tuple[Booking, ...]:
    """All actions in the order of the plan, and the macro last."""
    macro = weights.macro
    taken = {*macro.events, *(event for action in weights.actions for event in action.events)}
    found = []
    for action in weights.actions:
        events = action.events or (own_event(action.name, taken),)
        taken |= set(events)
        low, high = (action.low, action.high) if action.primary else (0.0, 0.0)
        found.append(
            Booking(
                name=action.name,
                label=action.label,
                role="action",
                events=events,
                derived=not action.events,
                count=action.count,
                primary=action.primary and action.weight > 0,
                value=action.weight if action.primary else 0.0,
                low=low,
                high=high,
            )
        )
    booked = macro.primary and weights.macro_weight > 0
    found.append(
        Booking(
            name=macro.name,
            label=macro.label,
            role="macro",
            events=macro.events or (own_event(macro.name, taken),),
            derived=not macro.events,
            count="every",
            primary=booked,
            value=weights.macro_weight if booked else 0.0,
            low=None,
            high=None,
        )
    )
    return tuple(found)


def booked(weights: WeightsFile) -> tuple[Booking, ...]:
    """Only what is bid on.

    Raises
    ------
    InputError
        If there is nothing.
    """
    found = tuple(booking for booking in bookings(weights) if booking.primary)
    if not found:
        raise InputError(
            f"None of the {len(weights.actions):,} actions has a weight above 0, so a platform "
            "would be told to bid on nothing. See the reasons in weights.json, and keep the macro."
        )
    return found


def values_by_event(found: Iterable[Booking]) -> dict[str, float]:
    """What is booked at each event; an event that is an occurrence of several books all of them.

    Examples
    --------
    >>> cart = Booking("cart", "Cart", "action", ("cart", "quick"), False, "every", True, 2, 1, 3)
    >>> quick = Booking("quick", "Q", "action", ("quick",), False, "every", True, 3, 1, 3)
    >>> values_by_event([cart, quick])
    {'cart': 2.0, 'quick': 5.0}
    """
    values: dict[str, float] = {}
    for booking in found:
        for event in booking.events:
            values[event] = values.get(event, 0.0) + booking.value
    return values


def own_event(name: str, taken: Iterable[str] = ()) -> str:
    """A name for an event that a tag sends: 40 letters, digits and underscores, and not taken.

    Examples
    --------
    >>> own_event("Video, to the end"), own_event("Video", {"video"}), own_event("カート")
    ('video_to_the_end', 'video_d534be', 'action_d84211')
    """
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    if not plain or not plain[0].isalpha():
        plain = f"action_{plain}".strip("_")
    lossy = not re.search(r"[a-z]", name.lower())
    if lossy or len(plain) > MOST_LETTERS or plain in set(taken):
        mark = hashlib.sha256(name.encode()).hexdigest()[:6]
        plain = f"{plain[: MOST_LETTERS - 7].rstrip('_')}_{mark}"
    return plain


def amount(value: float, currency: str | None) -> str:
    """A value as decimal text: money as its currency counts, macros to six places.

    Examples
    --------
    >>> amount(3.2, "EUR"), amount(0.0425, None)
    ('3.20', '0.042500')
    """
    if currency is not None:
        return money(value, currency)
    return f"{Decimal(repr(value)).quantize(Decimal('0.000001'), rounding=ROUND_HALF_EVEN):f}"


def notes_on(
    found: Iterable[Booking], counts: Mapping[Count, str], weights: WeightsFile
) -> tuple[str, ...]:
    """What a reader has to know: events to send, shared or worth nothing, other ways of counting.

    Parameters
    ----------
    found
        What is booked.
    counts
        What the platform does instead, for each way of counting that it does not know.
    weights
        Where they come from.
    """
    notes, seen = [], list(found)
    if weights.mode == "macro":
        notes.append(
            "The macro alone is bid for, at the order value that comes with it: the value here is "
            "the mean, for where none comes. Take the micro actions out of what is bid on."
        )
    if weights.micro_until is not None:
        notes.append(f"Micro actions are to go out of what is bid on by {weights.micro_until}.")
    for booking in seen:
        if booking.derived:
            notes.append(
                f"A condition or rule decides what {short(booking.label)} is, so no event of the "
                f"log stands for it: let a tag send the event {booking.events[0]!r} where it "
                "happens, or nothing is booked."
            )
        if not float(amount(booking.value, weights.currency)):
            notes.append(
                f"{short(booking.label)} is worth less than the smallest amount there is, and is "
                "sent as 0. Leave it out of what is bid on."
            )
    events = [event for booking in seen for event in booking.events]
    for event in sorted({event for event in events if events.count(event) > 1}):
        notes.append(f"Event {short(event)} counts for several actions; its value is their sum.")
    for count, differs in counts.items():
        names = [short(b.label) for b in seen if b.count == count and b.role == "action"]
        if names:
            notes.append(f"{', '.join(names)}: {differs}")
    return tuple(notes)
