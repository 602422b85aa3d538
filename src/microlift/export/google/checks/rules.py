"""Validator google-ads-rules: value rules and their sets, alone or in one ``googleAds:mutate``.

The rules are those of ``conversion_value_rule_error.proto`` and
``conversion_value_rule_set_error.proto`` (API v26), and of the help pages on value rules.
"""

from collections.abc import Iterator
from typing import Any

from microlift.export.checks.finder import Finder, record, records
from microlift.export.checks.reading import read_json
from microlift.export.faults import Fault, Validator
from microlift.export.google.words import CATEGORIES
from microlift.plan.quoting import short

_REQUEST = (
    "customerId",
    "operations",
    "mutateOperations",
    "partialFailure",
    "validateOnly",
    "responseContentType",
)
_OPERATIONS = {"ADD": 2, "MULTIPLY": 3, "SET": 4}
_DIMENSIONS = {"GEO_LOCATION": 2, "DEVICE": 3, "AUDIENCE": 4, "NO_CONDITION": 5, "ITINERARY": 6}
_DEVICES = {"MOBILE": 2, "DESKTOP": 3, "TABLET": 4}
_ATTACHMENTS = {"CUSTOMER": 2, "CAMPAIGN": 3}
_CONDITIONS = {
    "geoLocationCondition": "GEO_LOCATION",
    "deviceCondition": "DEVICE",
    "audienceCondition": "AUDIENCE",
    "itineraryCondition": "ITINERARY",
}
_RULE = ("resourceName", "action", "status", *_CONDITIONS)
_SET = (
    "resourceName",
    "conversionValueRules",
    "dimensions",
    "attachmentType",
    "campaign",
    "conversionActionCategories",
)
_STORES = ("STORE_VISIT", "STORE_SALE")
MOST_RULES = 500


def check_rules(content: bytes) -> list[Fault]:
    """Faults of a request that creates value rules or rule sets."""
    data, faults = read_json(content)
    finder = Finder()
    if data is not None:
        finder.fields("", data, _REQUEST)
        created = list(_created(finder, data))
        rules = [(where, made) for where, made in created if "conversionValueRules" not in made]
        for where, rule in rules:
            _rule(finder, where, rule)
        for where, made in created:
            if "conversionValueRules" in made:
                _rule_set(finder, where, made, rules)
        if len(rules) > MOST_RULES:
            what = f"Got {len(rules):,} rules, and an account holds {MOST_RULES}."
            finder.add("file", what, "Join rules, or leave some out.")
    return faults + finder.faults


def _created(finder: Finder, data: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    name = "mutateOperations" if "mutateOperations" in data else "operations"
    for where, member in records(finder, data, name):
        operation, place = member, where
        for kind in ("conversionValueRuleOperation", "conversionValueRuleSetOperation"):
            if kind in member:
                operation, place = record(finder, member, kind, where), f"{where}.{kind}"
        if isinstance(operation.get("create"), dict):
            yield f"{place}.create", operation["create"]
        elif not {"update", "remove"} & set(operation):
            finder.add(place, "Got no create, update or remove.", "Write one of them.")


def _rule(finder: Finder, where: str, rule: dict[str, Any]) -> None:
    finder.fields(where, rule, _RULE)
    action = record(finder, rule, "action", where)
    finder.word(f"{where}.action.operation", action.get("operation"), _OPERATIONS, "operation")
    finder.amount(f"{where}.action.value", action.get("value"))
    if action.get("operation") == "MULTIPLY" and action.get("value") == 0:
        what = "Got the factor 0, which makes every conversion worth nothing."
        finder.add(f"{where}.action.value", what, "Make the action secondary instead.")
    held = [name for name in _CONDITIONS if name in rule]
    if len(held) > 2:
        finder.add(where, f"Got {len(held)} conditions, and two are allowed.", "Split the rule.")
    devices = record(finder, rule, "deviceCondition", where).get("deviceTypes", [])
    for device in devices if isinstance(devices, list) else [devices]:
        place = f"{where}.deviceCondition.deviceTypes"
        finder.word(place, device, _DEVICES, "device")


def _rule_set(
    finder: Finder, where: str, made: dict[str, Any], rules: list[tuple[str, dict[str, Any]]]
) -> None:
    finder.fields(where, made, _SET)
    dimensions = _texts(finder, made, "dimensions", where)
    for dimension in dimensions:
        finder.word(f"{where}.dimensions", dimension, _DIMENSIONS, "dimension")
    if len(set(dimensions)) < len(dimensions):
        finder.add(f"{where}.dimensions", "Got a dimension twice.", "Name each one once.")
    categories = made.get("conversionActionCategories", [])
    _categories(finder, where, categories if isinstance(categories, list) else [categories])
    if "NO_CONDITION" in dimensions:
        _no_condition(finder, f"{where}.dimensions", dimensions, categories)
    attachment = made.get("attachmentType")
    finder.word(f"{where}.attachmentType", attachment, _ATTACHMENTS, "attachment")
    if (attachment == "CAMPAIGN") != ("campaign" in made):
        what = f"Got the attachment {short(attachment)} and campaign {short(made.get('campaign'))}."
        finder.add(f"{where}.campaign", what, "Name the campaign of CAMPAIGN, and of no other.")
    _members(finder, where, made, rules)


def _categories(finder: Finder, where: str, categories: list[Any]) -> None:
    place = f"{where}.conversionActionCategories"
    for category in categories:
        finder.word(place, category, CATEGORIES, "category")
    if categories and (len(categories) > 1 or categories[0] not in _STORES):
        what = f"Got the categories {short(categories)}: rule sets are for all conversions, for"
        finder.add(
            place,
            f"{what} STORE_VISIT alone or STORE_SALE alone.",
            "Leave the list out; give single actions their values by google-ads.",
        )


def _no_condition(finder: Finder, where: str, dimensions: list[str], categories: Any) -> None:
    if len(dimensions) > 1:
        finder.add(where, "Got NO_CONDITION beside other dimensions.", "Let it stand alone.")
    if categories not in (["STORE_VISIT"], ["STORE_SALE"]):
        what = "Got NO_CONDITION, which only sets for store visits or store sales may have."
        finder.add(where, what, "Name a condition that always holds: DEVICE, with all devices.")


def _members(
    finder: Finder, where: str, made: dict[str, Any], rules: list[tuple[str, dict[str, Any]]]
) -> None:
    here = {short(rule.get("resourceName")): (place, rule) for place, rule in rules}
    allowed = made.get("dimensions")
    seen: dict[str, str] = {}
    for name in _texts(finder, made, "conversionValueRules", where):
        place = f"{where}.conversionValueRules"
        found = finder.resource(place, name, "conversionValueRules")
        if found is None or not found.startswith("-"):
            continue
        if short(name) not in here:
            finder.add(place, f"Got {short(name)}, which no rule here has.", "Create it first.")
            continue
        rule_place, rule = here[short(name)]
        conditions = {key: rule[key] for key in _CONDITIONS if key in rule}
        for key in conditions:
            if isinstance(allowed, list) and _CONDITIONS[key] not in allowed:
                what = f"Got {key}, and its set has the dimensions {short(allowed)}."
                finder.add(rule_place, what, f"Add {_CONDITIONS[key]} to the set.")
        first = seen.setdefault(repr(sorted(conditions.items())), rule_place)
        if first != rule_place:
            finder.add(rule_place, f"Got the conditions of {first} again.", "Join the two rules.")


def _texts(finder: Finder, made: dict[str, Any], name: str, where: str) -> list[str]:
    members = made.get(name)
    if not isinstance(members, list) or not members:
        finder.add(f"{where}.{name}", f"Got {short(members)}, not a list of names.", "Fill it.")
        return []
    return [member for member in members if isinstance(member, str)]


RULES = Validator("google-ads-rules", "Google Ads: request that creates value rules", check_rules)
