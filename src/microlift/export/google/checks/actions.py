"""Validator google-ads-actions: bodies of ``conversionActions:mutate``."""

from typing import Any

from microlift.export.checks.finder import Finder, record, records
from microlift.export.checks.reading import camel, read_json
from microlift.export.faults import Fault, Validator
from microlift.export.google.words import CATEGORIES, COUNTING
from microlift.plan.quoting import short

_REQUEST = ("customerId", "operations", "partialFailure", "validateOnly", "responseContentType")
_READ_ONLY = (
    "id",
    "origin",
    "ownerCustomer",
    "tagSnippets",
    "mobileAppVendor",
    "firebaseSettings",
    "thirdPartyAppAnalyticsSettings",
    "googleAnalytics4Settings",
)
_WRITABLE = (
    "resourceName",
    "name",
    "status",
    "type",
    "category",
    "primaryForGoal",
    "includeInConversionsMetric",
    "clickThroughLookbackWindowDays",
    "viewThroughLookbackWindowDays",
    "valueSettings",
    "countingType",
    "attributionModelSettings",
    "phoneCallDurationSeconds",
    "appId",
)
_NESTED = {
    "valueSettings": ("defaultValue", "defaultCurrencyCode", "alwaysUseDefaultValue"),
    "attributionModelSettings": ("attributionModel", "dataDrivenModelStatus"),
}
_STATUS = {"ENABLED": 2, "REMOVED": 3, "HIDDEN": 4}
_MODELS = {
    "EXTERNAL": 100,
    "GOOGLE_ADS_LAST_CLICK": 101,
    "GOOGLE_SEARCH_ATTRIBUTION_DATA_DRIVEN": 106,
}
_FIELDS = (*_WRITABLE, *_READ_ONLY)


def check_actions(content: bytes) -> list[Fault]:
    """Faults of a request that creates or changes conversion actions."""
    data, faults = read_json(content)
    finder = Finder()
    if data is not None:
        finder.fields("", data, _REQUEST)
        for name in ("partialFailure", "validateOnly"):
            if name in data:
                finder.flag(name, data[name])
        for where, operation in records(finder, data, "operations"):
            _operation(finder, where, operation)
    return faults + finder.faults


def _operation(finder: Finder, where: str, operation: dict[str, Any]) -> None:
    finder.fields(where, operation, ("create", "update", "remove", "updateMask"))
    kinds = [kind for kind in ("create", "update", "remove") if kind in operation]
    if len(kinds) != 1:
        what = f"Got {' and '.join(kinds) or 'nothing'} in one operation."
        finder.add(where, what, "Write one of create, update, remove in each.")
        return
    if kinds == ["remove"]:
        finder.resource(f"{where}.remove", operation["remove"], "conversionActions")
        return
    place = f"{where}.{kinds[0]}"
    action = record(finder, operation, kinds[0], where)
    _action(finder, place, action)
    if kinds == ["create"]:
        _create(finder, place, action)
    else:
        _update(finder, place, action)
        _mask(finder, where, operation.get("updateMask"), action)


def _action(finder: Finder, where: str, action: dict[str, Any]) -> None:
    finder.fields(where, action, _FIELDS)
    for name in _READ_ONLY:
        if name in action:
            finder.add(f"{where}.{name}", "Got a field that only the platform sets.", "Leave it.")
    words = (
        ("category", CATEGORIES, "category"),
        ("countingType", COUNTING, "counting type"),
        ("status", _STATUS, "status"),
    )
    for name, known, what in words:
        if name in action:
            finder.word(f"{where}.{name}", action[name], known, what)
    if "primaryForGoal" in action:
        finder.flag(f"{where}.primaryForGoal", action["primaryForGoal"])
    for name, known_fields in _NESTED.items():
        finder.fields(f"{where}.{name}", record(finder, action, name, where), known_fields)
    model = record(Finder(), action, "attributionModelSettings", where).get("attributionModel")
    if model is not None:
        place = f"{where}.attributionModelSettings.attributionModel"
        finder.word(place, model, _MODELS, "attribution model (rule-based ones are gone)")
    _values(finder, f"{where}.valueSettings", record(Finder(), action, "valueSettings", where))


def _values(finder: Finder, where: str, values: dict[str, Any]) -> None:
    if "defaultValue" in values:
        finder.amount(f"{where}.defaultValue", values["defaultValue"])
    if "defaultCurrencyCode" in values:
        finder.currency(f"{where}.defaultCurrencyCode", values["defaultCurrencyCode"])
    if "alwaysUseDefaultValue" in values:
        finder.flag(f"{where}.alwaysUseDefaultValue", values["alwaysUseDefaultValue"])
        if values["alwaysUseDefaultValue"] is True and "defaultValue" not in values:
            what = "Got true without a default value: every conversion would be booked at zero."
            finder.add(f"{where}.alwaysUseDefaultValue", what, "Give defaultValue.")


def _create(finder: Finder, where: str, action: dict[str, Any]) -> None:
    name = action.get("name")
    if not isinstance(name, str) or not name.strip():
        finder.add(f"{where}.name", f"Got the name {short(name)}.", "Give each action a name.")
    else:
        mend = "Names are unique in an account: choose another."
        finder.once(f"{where}.name", (name,), "a name", mend)
    if "type" not in action:
        finder.add(f"{where}.type", "Got no type.", "Write WEBPAGE, or UPLOAD_CLICKS.")


def _update(finder: Finder, where: str, action: dict[str, Any]) -> None:
    found = finder.resource(f"{where}.resourceName", action.get("resourceName"), _KIND)
    if found is not None:
        mend = "Join the two updates into one."
        finder.once(f"{where}.resourceName", (found,), "a conversion action", mend)
    if "type" in action:
        finder.add(f"{where}.type", "Got a type in an update, where none changes.", "Leave it out.")


_KIND = "conversionActions"


def _mask(finder: Finder, where: str, mask: object, action: dict[str, Any]) -> None:
    place = f"{where}.updateMask"
    if not isinstance(mask, str) or not mask.strip():
        what = f"Got {short(mask)} as the mask of an update, so that nothing would change."
        finder.add(place, what, "Name its fields: primaryForGoal,valueSettings.defaultValue.")
        return
    paths = [camel(path.strip()) for path in mask.split(",")]
    held = set(_paths(action))
    for path in paths:
        top, _, inner = path.partition(".")
        if top not in _FIELDS or (inner and inner not in _NESTED.get(top, (inner,))):
            finder.add(place, f"Got the path {short(path)}, which no action has.", "Mend it.")
        elif not any(one == path or one.startswith(path + ".") for one in held):
            what = f"Got the path {short(path)}, which is not in the update, so it is cleared."
            finder.add(place, what, "Leave it out, or give its value.")
    for one in sorted(held - {"resourceName"}):
        if not any(one == path or one.startswith(path + ".") for path in paths):
            what = f"Got no path for {short(one)}, so that its value is ignored."
            finder.add(place, what, "Add the path, or leave the value out.")


def _paths(action: dict[str, Any]) -> list[str]:
    found = []
    for name, value in action.items():
        found += [f"{name}.{inner}" for inner in value] if isinstance(value, dict) else [name]
    return found


ACTIONS = Validator(
    "google-ads-actions", "Google Ads: request that changes conversion actions", check_actions
)
