"""Requests that upload conversions or adjustments to the Google Ads API, judged offline.

The rules are those of ``conversion_upload_error.proto`` and
``conversion_adjustment_upload_error.proto`` (API v26).
"""

from datetime import datetime
from typing import Any

from microlift.export.checks.finder import Finder, record, records
from microlift.export.checks.reading import read_json
from microlift.export.faults import Fault
from microlift.export.google.account import Account
from microlift.export.google.checks.ages import ADJUSTMENT_DAYS, CLICK_DAYS, Ages
from microlift.export.google.checks.times import api_time
from microlift.plan.quoting import short

MOST = 2_000
_REQUEST = ("customerId", "partialFailure", "validateOnly", "jobId")
_CLICK = (
    *("gclid", "gbraid", "wbraid", "conversionAction", "conversionDateTime", "conversionValue"),
    *("currencyCode", "orderId", "externalAttributionData", "customVariables", "cartData"),
    *("userIdentifiers", "conversionEnvironment", "consent", "customerType", "userIpAddress"),
    *("sessionAttributesEncoded", "sessionAttributesKeyValuePairs"),
)
_ADJUSTMENT = (
    *("gclidDateTimePair", "orderId", "conversionAction", "adjustmentDateTime", "adjustmentType"),
    *("restatementValue", "userIdentifiers", "userAgent"),
)
_TYPES = {"RETRACTION": 2, "RESTATEMENT": 3, "ENHANCEMENT": 4}
_FILE_WORDS = {"RESTATE": "RESTATEMENT", "RETRACT": "RETRACTION"}
_CONSENT = {"UNSPECIFIED": 0, "UNKNOWN": 1, "GRANTED": 2, "DENIED": 3}


def check_click_request(content: bytes, account: Account) -> list[Fault]:
    """Faults of a body of ``customers/...:uploadClickConversions``."""
    data, faults = read_json(content)
    finder, ages = Finder(), Ages(account)
    if data is not None:
        for where, click in _members(finder, data, "conversions"):
            _click(finder, ages, where, click)
        ages.judge(finder)
    return faults + finder.faults


def check_adjustment_request(content: bytes, account: Account) -> list[Fault]:
    """Faults of a body of ``customers/...:uploadConversionAdjustments``."""
    data, faults = read_json(content)
    finder, ages = Finder(), Ages(account)
    if data is not None:
        for where, adjustment in _members(finder, data, "conversionAdjustments"):
            _adjustment(finder, ages, where, adjustment)
        ages.judge(finder, settled=True)
    return faults + finder.faults


def _members(finder: Finder, data: dict[str, Any], name: str) -> list[Any]:
    finder.fields("", data, (*_REQUEST, name))
    if data.get("partialFailure") is not True:
        what = f"Got {short(data.get('partialFailure'))}; uploads are refused without it."
        finder.add("partialFailure", what, "Write true.")
    members = records(finder, data, name)
    if len(members) > MOST:
        what = f"Got {len(members):,} events, and a request holds {MOST:,}."
        finder.add(name, what, "Send several requests.")
    return members


def _click(finder: Finder, ages: Ages, where: str, click: dict[str, Any]) -> None:
    finder.fields(where, click, _CLICK)
    ids = [name for name in ("gclid", "gbraid", "wbraid") if click.get(name)]
    check_ids(finder, where, click, has_user="userIdentifiers" in click)
    action = click.get("conversionAction")
    finder.resource(f"{where}.conversionAction", action, "conversionActions")
    place = f"{where}.conversionDateTime"
    at = timed(finder, place, click.get("conversionDateTime"))
    if at is not None:
        ages.add(place, at, CLICK_DAYS)
        if ids:
            clicked = (str(click[ids[0]]), str(action), at.isoformat())
            finder.once(place, clicked, "a click, action and time", "Keep one.")
    if "conversionValue" in click:
        finder.amount(f"{where}.conversionValue", click["conversionValue"])
    if "currencyCode" in click:
        finder.currency(f"{where}.currencyCode", click["currencyCode"])
    if "orderId" in click:
        finder.order_id(f"{where}.orderId", click["orderId"])
        key = (str(click["orderId"]), str(action))
        finder.once(f"{where}.orderId", key, "an order id", "Keep one.")
    _identifiers(finder, where, click)
    for name, value in record(finder, click, "consent", where).items():
        finder.word(f"{where}.consent.{name[:40]}", value, _CONSENT, "consent")


def _identifiers(finder: Finder, where: str, click: dict[str, Any]) -> None:
    if "userIdentifiers" not in click:
        return
    found = records(finder, click, "userIdentifiers", where)
    if len(found) > 5:
        what = f"Got {len(found)} identifiers, and 5 are allowed."
        finder.add(f"{where}.userIdentifiers", what, "Keep five.")
    for place, identifier in found:
        for name, kind in (("hashedEmail", "an address"), ("hashedPhoneNumber", "a number")):
            if name in identifier:
                finder.hashed(f"{place}.{name}", identifier[name], kind)


def _adjustment(finder: Finder, ages: Ages, where: str, adjustment: dict[str, Any]) -> None:
    finder.fields(where, adjustment, _ADJUSTMENT)
    action = adjustment.get("conversionAction")
    finder.resource(f"{where}.conversionAction", action, "conversionActions")
    pair = record(finder, adjustment, "gclidDateTimePair", where)
    if bool(pair) == bool(adjustment.get("orderId")):
        what = "Got both gclidDateTimePair and orderId, or neither."
        finder.add(where, what, "Say by one of them which conversion is adjusted.")
    if "orderId" in adjustment:
        finder.order_id(f"{where}.orderId", adjustment["orderId"])
    if pair:
        finder.click_id(f"{where}.gclidDateTimePair.gclid", pair.get("gclid"))
        place = f"{where}.gclidDateTimePair.conversionDateTime"
        done = timed(finder, place, pair.get("conversionDateTime"))
        if done is not None:
            ages.add(place, done, ADJUSTMENT_DAYS)
    place = f"{where}.adjustmentDateTime"
    at = timed(finder, place, adjustment.get("adjustmentDateTime"))
    if at is not None:
        ages.saw(at)
        key = (str(pair), str(adjustment.get("orderId")), str(action), at.isoformat())
        finder.once(place, key, "a conversion and adjustment time", "Keep one.")
    _kind(finder, where, adjustment)


def _kind(finder: Finder, where: str, adjustment: dict[str, Any]) -> None:
    kind = adjustment.get("adjustmentType")
    place = f"{where}.adjustmentType"
    if isinstance(kind, str) and kind in _FILE_WORDS:
        what = f"Got {kind}, the word of files."
        finder.add(place, what, f"Write {_FILE_WORDS[kind]}.")
    else:
        finder.word(place, kind, _TYPES, "adjustment")
    value = record(finder, adjustment, "restatementValue", where)
    if kind in ("RESTATEMENT", 3) and "adjustedValue" not in value:
        what = "Got a restatement without its new value."
        finder.add(f"{where}.restatementValue.adjustedValue", what, "Write the whole new value.")
    if "adjustedValue" in value:
        finder.amount(f"{where}.restatementValue.adjustedValue", value["adjustedValue"])
    if "currencyCode" in value:
        finder.currency(f"{where}.restatementValue.currencyCode", value["currencyCode"])


def check_ids(finder: Finder, where: str, data: dict[str, Any], has_user: bool) -> None:
    """Click ids of a conversion: one, unless hashed identifiers tell who it was."""
    ids = [name for name in ("gclid", "gbraid", "wbraid") if name in data]
    for name in ids:
        finder.click_id(f"{where}.{name}", data[name])
    if "gbraid" in ids and "wbraid" in ids:
        finder.add(where, "Got both gbraid and wbraid.", "Keep the one that the address had.")
    elif "gclid" in ids and len(ids) > 1:
        finder.add(where, f"Got {' and '.join(ids)}.", "Keep one click id.")
    if not ids and not has_user:
        finder.add(where, "Got no click id and no identifier.", "Leave out what no click led to.")


def timed(finder: Finder, where: str, value: object) -> datetime | None:
    """A time of the Google Ads API, or None with a fault."""
    at = api_time(value)
    if isinstance(at, datetime):
        return at
    finder.add(where, *at)
    return None
