"""Target data-manager: requests of Google's Data Manager API, as a template and from rows.

The way in for accounts that never imported conversions before 2026-06-15, and the only file here
that takes gbraid, wbraid and hashed identifiers. A request fails as a whole.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from microlift.errors import InputError
from microlift.export.cells import money
from microlift.export.conversions import Conversion
from microlift.export.google.account import Account
from microlift.export.google.checks.requests import MOST
from microlift.export.google.settings import DataManagerSettings, unknown_names
from microlift.export.google.sifting import by_click, by_order, by_person, times
from microlift.export.sifting import has_id, said, second, sift
from microlift.export.targets import Made
from microlift.weights import WeightsFile

_CLICKS = ("gclid", "gbraid", "wbraid")
_MOST_IDENTIFIERS = 10


def data_manager(weights: WeightsFile, settings: DataManagerSettings) -> Made:
    """Make events.template.json: one event an action, with its value and places to fill.

    Raises
    ------
    InputError
        If the settings name an unknown action, or an action that is booked has no id.
    """
    booked = [(action.name, action.weight) for action in weights.primary if action.weight > 0]
    if weights.macro.primary and weights.macro_weight > 0:
        booked.append((weights.macro.name, weights.macro_weight))
    known = [*(action.name for action in weights.actions), weights.macro.name]
    wrong = unknown_names(settings.actions, known, "actions")
    if wrong:
        raise InputError(wrong)
    missing = [name for name, _ in booked if name not in settings.actions]
    if missing or not booked:
        raise InputError(
            f"{len(missing)} of {len(booked)} actions to book have no id in the setting "
            f"'actions' ({', '.join(map(repr, missing[:3]))}), and Data Manager knows conversion "
            "actions by their ids alone. Create them first (google-ads), then give the ids."
        )
    events = [_place_for(name, weight, weights.currency) for name, weight in booked]
    ids = {name: settings.actions[name] for name, _ in booked}
    return Made(
        {"events.template.json": _request(events, _destinations(ids, settings), True)},
        (
            "A template: repeat an event for each occurrence, fill every ${...}, and leave out "
            "what a row does not have. Exactly one of gclid, gbraid, wbraid.",
            f"A request holds at most {MOST:,} events and fails as a whole; validateOnly is true, "
            "so that the first one changes nothing.",
            "gbraid and wbraid are refused for actions that count one conversion a click.",
        ),
    )


def data_manager_json(
    rows: Iterable[Conversion],
    account: Account,
    settings: DataManagerSettings,
    ids: Mapping[str, str],
) -> Made:
    """Make events-0001.json and so on, each with up to 2,000 events.

    Parameters
    ----------
    rows
        Conversions; adjustments are left out.
    account
        With `now`; clicks of gbraid and wbraid are left out for its `one_per_click`.
    settings
        The customer, and the manager account if one makes the call.
    ids
        Id of the conversion action by the name that rows give it.

    Raises
    ------
    InputError
        If `account.now` is not given, or values are in several currencies.
    """
    now = account.now
    if now is None or now.utcoffset() is None:
        raise InputError("Got no 'now' with a time zone, and ages are counted from it. Give it.")
    reasons = [
        ("an adjustment", lambda row: row.adjustment is not None),
        ("an action without an id", lambda row: row.action not in ids),
        ("neither a click id of Google nor hashed user data", lambda row: not _known(row)),
        (
            "gbraid or wbraid, and the action counts one a click",
            lambda row: (
                row.click_kind in ("gbraid", "wbraid")
                and bool(row.click_id)
                and row.action in account.one_per_click
            ),
        ),
        *times(now),
    ]
    kept, left = sift(rows, reasons, (by_click, by_order, by_person))
    files = {}
    for start in range(0, len(kept), MOST):
        part = kept[start : start + MOST]
        used = {row.action: ids[row.action] for row in part}
        text = _request([_event(row) for row in part], _destinations(used, settings), False)
        files[f"events-{start // MOST + 1:04d}.json"] = text
    return Made(files, said(len(kept), left))


def _known(row: Conversion) -> bool:
    if row.click_id:
        return has_id(row, _CLICKS)
    return bool(row.hashed_emails or row.hashed_phones)


def _destinations(ids: Mapping[str, str], settings: DataManagerSettings) -> list[dict[str, Any]]:
    def of(customer: str) -> dict[str, str]:
        return {"accountType": "GOOGLE_ADS", "accountId": customer}

    login = {"loginAccount": of(settings.login_customer)} if settings.login_customer else {}
    return [
        {
            "reference": name,
            **login,
            "operatingAccount": of(settings.customer),
            "productDestinationId": number,
        }
        for name, number in ids.items()
    ]


def _place_for(name: str, weight: float, currency: str | None) -> dict[str, Any]:
    return {
        "destinationReferences": [name],
        "eventTimestamp": "${time as 2026-08-01T12:00:00Z}",
        "transactionId": "${id of the occurrence, naming nobody}",
        "eventSource": "WEB",
        "conversionValue": float(money(weight, currency)),
        "currency": currency,
        "adIdentifiers": {kind: f"${{{kind}}}" for kind in _CLICKS},
        "userData": {"userIdentifiers": [{"emailAddress": "${SHA-256 of the address, in hex}"}]},
        "consent": {
            "adUserData": "${CONSENT_GRANTED or CONSENT_DENIED}",
            "adPersonalization": "${CONSENT_GRANTED or CONSENT_DENIED}",
        },
    }


def _event(row: Conversion) -> dict[str, Any]:
    event: dict[str, Any] = {
        "destinationReferences": [row.action],
        "eventTimestamp": _stamp(row.time),
        "eventSource": "WEB",
        "conversionValue": float(money(row.value, row.currency)),
        "currency": row.currency,
    }
    if row.order_id:
        event["transactionId"] = row.order_id
    if row.click_id:
        event["adIdentifiers"] = {row.click_kind: row.click_id}
    people = [{"emailAddress": one} for one in row.hashed_emails]
    people += [{"phoneNumber": one} for one in row.hashed_phones]
    if people:
        event["userData"] = {"userIdentifiers": people[:_MOST_IDENTIFIERS]}
    consent = {"adUserData": row.ad_user_data, "adPersonalization": row.ad_personalization}
    answers = {name: f"CONSENT_{word.upper()}" for name, word in consent.items() if word}
    if answers:
        event["consent"] = answers
    return event


def _stamp(at: datetime) -> str:
    return second(at).strftime("%Y-%m-%dT%H:%M:%SZ")


def _request(
    events: Sequence[dict[str, Any]], destinations: list[dict[str, Any]], validate_only: bool
) -> str:
    request = {
        "destinations": destinations,
        "encoding": "HEX",
        "validateOnly": validate_only,
        "events": list(events),
    }
    return json.dumps(request, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
