"""Values as a table, or as plain data: CSV, JSON, YAML."""

import json
from typing import Any

import yaml

from microlift.export.bookings import Booking, amount, bookings, notes_on
from microlift.export.cells import csv_text, safe_cell
from microlift.export.settings import Settings
from microlift.export.targets import Made, Target
from microlift.plan import Count
from microlift.plan.quoting import short
from microlift.weights import WeightsFile

COLUMNS = (
    "role", "name", "label", "event", "derived", "count", "primary", "value", "low", "high",
    "currency",
)  # fmt: skip
IN_MACROS = (
    "The values are in macros and not in money, since plan and log name no value: multiply them by "
    "what a macro is worth before an ad platform sees them."
)

_MORE = "count it so, or more is booked than is real."
_COUNTS: dict[Count, str] = {
    "user": f"an occurrence is each user's first; {_MORE}",
    "click": f"an occurrence is the first after each click; {_MORE}",
}


def table(weights: WeightsFile) -> list[list[str]]:
    """One row an event of an action, the macro's last, under a header."""
    rows = [list(COLUMNS)]
    for booking in bookings(weights):
        for event in booking.events:
            rows.append(
                [
                    booking.role,
                    booking.name,
                    booking.label,
                    event,
                    _yes(booking.derived),
                    booking.count,
                    _yes(booking.primary),
                    amount(booking.value, weights.currency),
                    *_bounds(booking, weights.currency),
                    weights.currency or "",
                ]
            )
    return rows


def guarded(weights: WeightsFile) -> list[str]:
    """Names that a CSV file cannot hold as they are, since a spreadsheet would compute them."""
    cells = {event for booking in bookings(weights) for event in booking.events}
    return sorted(cell for cell in cells if safe_cell(cell) != cell)


def notes(weights: WeightsFile) -> tuple[str, ...]:
    """What a reader of plain values has to know."""
    found = [booking for booking in bookings(weights) if booking.primary]
    told = () if weights.currency else (IN_MACROS,)
    return (*told, *notes_on(found, _COUNTS, weights))


def _bounds(booking: Booking, currency: str | None) -> tuple[str, str]:
    if booking.low is None or booking.high is None:
        return "", ""
    return amount(booking.low, currency), amount(booking.high, currency)


def _yes(flag: bool) -> str:
    return "true" if flag else "false"


def _data(weights: WeightsFile) -> dict[str, Any]:
    """The same as plain data, with where it comes from."""
    values = []
    for booking in bookings(weights):
        low, high = _bounds(booking, weights.currency)
        values.append(
            {
                "role": booking.role,
                "name": booking.name,
                "label": booking.label,
                "events": list(booking.events),
                "derived": booking.derived,
                "count": booking.count,
                "primary": booking.primary,
                "value": amount(booking.value, weights.currency),
                "low": low or None,
                "high": high or None,
            }
        )
    return {
        "created_at": weights.created_at.isoformat(),
        "valid_until": weights.valid_until.isoformat(),
        "plan_hash": weights.plan_hash,
        "mode": weights.mode,
        "currency": weights.currency,
        "values": values,
    }


def _csv(weights: WeightsFile, settings: Settings) -> Made:  # noqa: ARG001
    told = [
        f"Event {short(name)} has an apostrophe before it in the CSV file, so that no spreadsheet "
        "computes it: take it away before you compare, or use json, yaml or sql."
        for name in guarded(weights)
    ]
    return Made({"values.csv": csv_text(table(weights))}, (*notes(weights), *told))


def _json(weights: WeightsFile, settings: Settings) -> Made:  # noqa: ARG001
    text = json.dumps(_data(weights), indent=2, ensure_ascii=False) + "\n"
    return Made({"values.json": text}, notes(weights))


def _yaml(weights: WeightsFile, settings: Settings) -> Made:  # noqa: ARG001
    text: str = yaml.safe_dump(_data(weights), sort_keys=False, allow_unicode=True, width=100)
    return Made({"values.yaml": text}, notes(weights))


CSV = Target("csv", "values as a CSV table, one row an event", _csv)
JSON = Target("json", "values as JSON", _json)
YAML = Target("yaml", "values as YAML", _yaml)
