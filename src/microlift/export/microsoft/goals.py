"""Conversion goals of Microsoft Advertising: what each has to be, to do by hand or by the API.

The JSON has the names of ConversionGoal in the API (v13). Goals can never be deleted, only paused,
so nothing here is sent by itself.
"""

import json
from typing import Any, Literal

from pydantic import Field

from microlift.errors import InputError
from microlift.export.bookings import Booking, amount, booked, bookings, notes_on
from microlift.export.cells import money
from microlift.export.markdown import text as shown
from microlift.export.microsoft.rows import LONGEST
from microlift.export.settings import Settings
from microlift.export.targets import Made, Target
from microlift.plan import Count
from microlift.plan.quoting import short
from microlift.weights import WeightsFile

CATEGORIES = {
    "add_payment_info": "BeginCheckout", "add_shipping_info": "BeginCheckout",
    "add_to_cart": "AddToCart", "begin_checkout": "BeginCheckout",
    "book_appointment": "BookAppointment", "click": "OutboundClick", "contact": "Contact",
    "file_download": "Download", "find_location": "GetDirections",
    "generate_lead": "SubmitLeadForm", "page_view": "PageView", "purchase": "Purchase",
    "request_quote": "RequestQuote", "schedule": "BookAppointment", "sign_up": "Signup",
    "subscribe": "Subscribe", "view_item": "PageView", "view_item_list": "PageView",
}  # fmt: skip
_UNIQUE = (
    "Microsoft counts Unique: once after each click of an ad, so that a user with two clicks is "
    "booked twice; it will book somewhat more than the weights foretell."
)
_COUNTS: dict[Count, str] = {"user": _UNIQUE}


class MicrosoftSettings(Settings):
    """How conversions reach Microsoft, and what their goals are called."""

    source: Literal["website", "import"] = Field(
        default="website", description="website: the UET tag sends them; import: files of clicks"
    )
    names: dict[str, str] = Field(
        default_factory=dict, description="names of goals that exist, by the name of the action"
    )


def _make(weights: WeightsFile, settings: MicrosoftSettings) -> Made:
    found = booked(weights)
    _need_known(weights, settings)
    goals = [_goal(booking, weights, settings) for booking in found]
    names = [goal["Name"] for goal in goals]
    if len(set(names)) < len(names) or any(len(name) > LONGEST for name in names):
        raise InputError(
            f"The names of {len(names)} goals are not all different, or over {LONGEST} characters, "
            "so that conversions would land in the wrong one. Mend the labels of the plan, or give "
            "the setting names."
        )
    text = json.dumps({"ConversionGoals": goals}, indent=2, ensure_ascii=False) + "\n"
    notes = _notes(weights, settings, found)
    return Made({"goals.json": text, "goals.md": _list(weights, found, goals, notes)}, notes)


def _need_known(weights: WeightsFile, settings: MicrosoftSettings) -> None:
    known = {booking.name for booking in bookings(weights)}
    strange = sorted(set(settings.names) - known)
    if strange:
        raise InputError(
            f"Setting 'names' of target microsoft names {short(strange[0])}, which is no action of "
            f"these weights, so that nothing would come of it. Known: {', '.join(sorted(known))}."
        )


def _goal(booking: Booking, weights: WeightsFile, settings: MicrosoftSettings) -> dict[str, Any]:
    known = [CATEGORIES[name] for name in (booking.name, *booking.events) if name in CATEGORIES]
    goal = {
        "Name": settings.names.get(booking.name, booking.label),
        "Type": "Event" if settings.source == "website" else "OfflineConversion",
        "GoalCategory": (*known, "Purchase" if booking.role == "macro" else "Other")[0],
        "CountType": "All" if booking.count == "every" else "Unique",
        "ExcludeFromBidding": False,
        "Revenue": {
            "Type": "VariableValue",
            "Value": float(money(booking.value, weights.currency)),
            "CurrencyCode": weights.currency,
        },
    }
    if settings.source == "website":
        goal |= {"ActionOperator": "Equals", "ActionExpression": booking.events[0]}
    return goal


def _list(
    weights: WeightsFile,
    found: tuple[Booking, ...],
    goals: list[dict[str, Any]],
    notes: tuple[str, ...],
) -> str:
    head = [
        "# Microsoft Advertising: what the goals have to be",
        "",
        f"From weights made {weights.created_at:%Y-%m-%d}, to be used until {weights.valid_until}.",
        "",
        f"| action | goal | events | category | count | revenue, if none is sent "
        f"({weights.currency}) |",
        "|---|---|---|---|---|---:|",
    ]
    rows = [
        f"| {shown(booking.label)} | {shown(goal['Name'])} "
        f"| {shown(', '.join(booking.events))} | {goal['GoalCategory']} | {goal['CountType']} "
        f"| {amount(booking.value, weights.currency)} |"
        for booking, goal in zip(found, goals, strict=True)
    ]
    return "\n".join([*head, *rows, "", "## Notes", "", *(f"- {shown(n)}" for n in notes)]) + "\n"


def _notes(
    weights: WeightsFile, settings: MicrosoftSettings, found: tuple[Booking, ...]
) -> tuple[str, ...]:
    notes = [
        "Goals cannot be deleted, only paused: look for one that can be changed first. A new goal "
        "counts nothing that is uploaded in its first 2 hours.",
        "Revenue is variable, so that a value that is sent counts, and the value here only where "
        "none is: a tag that sends the value of the cart books the cart.",
    ]
    if settings.source == "import":
        notes.append(
            "An upload with a wrong goal name gives no error and counts nothing: copy names letter "
            "by letter. Clicks count for 90 days."
        )
    more = [booking for booking in found if len(booking.events) > 1]
    if more and settings.source == "website":
        names = ", ".join(short(booking.label) for booking in more)
        notes.append(
            f"{names}: several events, and an event goal looks for one; the JSON has the first. "
            "Use a regular expression (ActionOperator RegularExpression), or a goal for each."
        )
    if not weights.macro.primary:
        notes.append(
            f"The goal of the macro {short(weights.macro.label)} stays, with ExcludeFromBidding "
            "true: reported, and no longer bid for. Left as it is, it is bid on twice."
        )
    return (*notes, *notes_on(found, _COUNTS, weights))


MICROSOFT = Target(
    "microsoft", "conversion goals of Microsoft Advertising", _make, MicrosoftSettings
)
