"""Validator data-manager: bodies of ``events:ingest`` of the Data Manager API (v1)."""

import re
from datetime import datetime
from typing import Any

from microlift.export.checks.finder import Finder, record, records
from microlift.export.checks.reading import read_json
from microlift.export.faults import Fault, Validator
from microlift.export.google.account import Account
from microlift.export.google.checks.ages import CLICK_DAYS, USER_DATA_DAYS, Ages
from microlift.export.google.checks.requests import MOST, check_ids
from microlift.export.google.checks.times import rfc_time
from microlift.plan.quoting import short

_REQUEST = ("destinations", "events", "consent", "validateOnly", "encoding", "encryptionInfo")
_DESTINATION = (
    *("reference", "loginAccount", "linkedAccount", "operatingAccount", "productDestinationId"),
)
_EVENT = (
    *("destinationReferences", "transactionId", "eventTimestamp", "lastUpdatedTimestamp"),
    *("userData", "consent", "adIdentifiers", "currency", "conversionValue", "conversionCount"),
    *("eventSource", "eventDeviceInfo", "cartData", "customVariables", "experimentalFields"),
    *("userProperties", "eventName", "clientId", "userId", "additionalEventParameters"),
    *("thirdPartyUserData", "eventLocation", "appInstanceId"),
)
_IDS = (
    *("sessionAttributes", "gclid", "gbraid", "wbraid", "landingPageDeviceInfo", "mobileDeviceId"),
    *("dclid", "impressionId", "matchId", "encryptedUserIds", "ppid", "visitorPpid"),
)
_SOURCES = {"WEB": 1, "APP": 2, "IN_STORE": 3, "PHONE": 4, "OTHER": 5, "MESSAGE": 6}
_CONSENT = {"CONSENT_STATUS_UNSPECIFIED": 0, "CONSENT_GRANTED": 1, "CONSENT_DENIED": 2}
_ENCODINGS = {"HEX": 1, "BASE64": 2}
_ACCOUNTS = {
    name: number
    for number, name in enumerate(
        (
            *("GOOGLE_ADS", "DISPLAY_VIDEO_PARTNER", "DISPLAY_VIDEO_ADVERTISER", "DATA_PARTNER"),
            *("GOOGLE_ANALYTICS_PROPERTY", "GOOGLE_AD_MANAGER_AUDIENCE_LINK", "FLOODLIGHT_CONFIG"),
            "GOOGLE_AD_MANAGER",
        ),
        start=1,
    )
}
_PLACEHOLDER = re.compile(r"\$\{[^}]*\}|\{\{.*\}\}")
_MOST_IDENTIFIERS = 10


def check_events(content: bytes, account: Account | None = None) -> list[Fault]:
    """Faults of a request that ingests events.

    Parameters
    ----------
    content
        Bytes of the file.
    account
        What is known beside it; most of all the time of the upload.
    """
    data, faults = read_json(content)
    if data is None:
        return faults
    finder, ages = Finder(), Ages(account or Account())
    finder.fields("", data, _REQUEST)
    if "validateOnly" in data:
        finder.flag("validateOnly", data["validateOnly"])
    references = _destinations(finder, data)
    events = records(finder, data, "events")
    if len(events) > MOST:
        what = f"Got {len(events):,} events, and a request holds {MOST:,}."
        finder.add("events", what, "Send several requests.")
    for where, event in events:
        _event(finder, ages, where, event, references)
        _user_data(finder, where, event, data.get("encoding"))
    if any("userData" in event for _, event in events):
        finder.word("encoding", data.get("encoding"), _ENCODINGS, "encoding of hashes")
    ages.judge(finder)
    return faults + finder.faults


def _destinations(finder: Finder, data: dict[str, Any]) -> set[str]:
    references = set()
    for where, destination in records(finder, data, "destinations"):
        finder.fields(where, destination, _DESTINATION)
        if "operatingAccount" not in destination:
            finder.add(f"{where}.operatingAccount", "Got no account.", "Name the account.")
        for name in ("operatingAccount", "loginAccount", "linkedAccount"):
            if name in destination:
                _account(finder, f"{where}.{name}", record(finder, destination, name, where))
        target = destination.get("productDestinationId")
        if not re.fullmatch(r"[0-9]{1,19}", str(target)):
            what = f"Got the destination {short(target)}."
            mend = "Write the id of the conversion action, digits only."
            finder.add(f"{where}.productDestinationId", what, mend)
        if isinstance(destination.get("reference"), str):
            reference = destination["reference"]
            finder.once(f"{where}.reference", (reference,), "a reference", "Choose another.")
            references.add(reference)
    return references


def _account(finder: Finder, where: str, account: dict[str, Any]) -> None:
    number = str(account.get("accountId"))
    if not re.fullmatch(r"[0-9]{1,19}", number):
        bare = number.replace("-", "")
        mend = f"Write {bare}." if bare.isdecimal() else "Write the id, digits only."
        finder.add(f"{where}.accountId", f"Got the account id {short(number)}.", mend)
    if "accountType" in account or "product" not in account:
        finder.word(f"{where}.accountType", account.get("accountType"), _ACCOUNTS, "account type")


def _event(
    finder: Finder, ages: Ages, where: str, event: dict[str, Any], references: set[str]
) -> None:
    finder.fields(where, event, _EVENT)
    _placeholders(finder, where, event)
    identifiers = record(finder, event, "adIdentifiers", where)
    finder.fields(f"{where}.adIdentifiers", identifiers, _IDS)
    others = ("userData", "thirdPartyUserData", "clientId")
    more = bool(identifiers) or any(name in event for name in others)
    check_ids(finder, f"{where}.adIdentifiers", identifiers, has_user=more)
    place = f"{where}.eventTimestamp"
    at = rfc_time(event.get("eventTimestamp"))
    if isinstance(at, datetime):
        clicked = any(name in identifiers for name in ("gclid", "gbraid", "wbraid"))
        ages.add(place, at, CLICK_DAYS if clicked else USER_DATA_DAYS)
    else:
        finder.add(place, *at)
    if "conversionValue" in event:
        finder.amount(f"{where}.conversionValue", event["conversionValue"])
        if "currency" not in event:
            finder.add(f"{where}.currency", "Got a value without its currency.", "Write EUR.")
    if "currency" in event:
        finder.currency(f"{where}.currency", event["currency"])
    if "eventSource" in event:
        finder.word(f"{where}.eventSource", event["eventSource"], _SOURCES, "source")
    _references(finder, where, event, references)
    for name, value in record(finder, event, "consent", where).items():
        finder.word(f"{where}.consent.{name[:40]}", value, _CONSENT, "consent")


def _references(finder: Finder, where: str, event: dict[str, Any], references: set[str]) -> None:
    named = event.get("destinationReferences", [])
    for name in named if isinstance(named, list) else [named]:
        if not isinstance(name, str) or name not in references:
            what = f"Got the reference {short(name)}, which no destination has."
            finder.add(f"{where}.destinationReferences", what, "Name one of the destinations.")
    if "transactionId" in event:
        place = f"{where}.transactionId"
        finder.order_id(place, event["transactionId"])
        key = (str(event["transactionId"]), str(named))
        finder.once(place, key, "a transaction id", "Keep one event an id.")


def _user_data(finder: Finder, where: str, event: dict[str, Any], encoding: object) -> None:
    if "userData" not in event:
        return
    data = record(finder, event, "userData", where)
    found = records(finder, data, "userIdentifiers", f"{where}.userData")
    if len(found) > _MOST_IDENTIFIERS:
        what = f"Got {len(found)} identifiers, and {_MOST_IDENTIFIERS} are allowed."
        finder.add(f"{where}.userData", what, "Keep ten.")
    for place, identifier in found:
        for name, kind in (("emailAddress", "an address"), ("phoneNumber", "a number")):
            value = identifier.get(name)
            if value is not None and (encoding != "BASE64" or "@" in str(value)):
                finder.hashed(f"{place}.{name}", value, kind)


def _placeholders(finder: Finder, where: str, event: dict[str, Any]) -> None:
    for name, value in event.items():
        if _PLACEHOLDER.search(str(value)):
            what = "Got a placeholder of the template."
            finder.add(f"{where}.{name[:40]}", what, "Fill it from the row.")


EVENTS = Validator("data-manager", "Google: events of the Data Manager API", check_events)
