"""Requests for Google, each with one fault planted: where it is found, and what is said."""

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest

from microlift.export import validate
from microlift.export.google import Account, check_adjustments, check_clicks, check_events

Plant = Callable[[dict[str, Any]], Any]
Case = tuple[str, Plant, str, str]
NOW = datetime(2026, 8, 3, 9, tzinfo=UTC)
RESOURCE = "customers/1234567890/conversionActions/123"
VALUES = {"defaultValue": 3.2, "defaultCurrencyCode": "EUR", "alwaysUseDefaultValue": True}
CREATE = {"name": "Cart", "type": "WEBPAGE", "category": "ADD_TO_CART", "valueSettings": VALUES}
MASK = "valueSettings.defaultValue,valueSettings.defaultCurrencyCode"
GOOD: dict[str, dict[str, Any]] = {
    "google-ads-actions": {
        "operations": [
            {"create": CREATE},
            {
                "update": {"resourceName": RESOURCE, "valueSettings": dict(VALUES)},
                "updateMask": MASK + ",value_settings.always_use_default_value",
            },
        ],
        "partialFailure": True,
        "validateOnly": True,
    },
    "google-ads-rules": {
        "mutateOperations": [
            {
                "conversionValueRuleOperation": {
                    "create": {
                        "resourceName": "customers/1/conversionValueRules/-1",
                        "action": {"operation": "MULTIPLY", "value": 0.4},
                        "deviceCondition": {"deviceTypes": ["MOBILE"]},
                    }
                }
            },
            {
                "conversionValueRuleSetOperation": {
                    "create": {
                        "conversionValueRules": ["customers/1/conversionValueRules/-1"],
                        "dimensions": ["DEVICE"],
                        "attachmentType": "CUSTOMER",
                    }
                }
            },
        ]
    },
    "google-ads-conversions": {
        "conversions": [
            {
                "gclid": "EAIaIQ",
                "conversionAction": RESOURCE,
                "conversionDateTime": "2026-08-01 12:00:00+05:30",
                "conversionValue": 3.2,
                "currencyCode": "EUR",
                "orderId": "A-1",
                "consent": {"adUserData": "GRANTED"},
            }
        ],
        "partialFailure": True,
    },
    "google-ads-adjustments": {
        "conversionAdjustments": [
            {
                "orderId": "A-1",
                "conversionAction": RESOURCE,
                "adjustmentDateTime": "2026-08-03 08:00:00+00:00",
                "adjustmentType": "RESTATEMENT",
                "restatementValue": {"adjustedValue": 1.5, "currencyCode": "EUR"},
            }
        ],
        "partialFailure": True,
    },
    "data-manager": {
        "destinations": [
            {
                "reference": "cart",
                "operatingAccount": {"accountType": "GOOGLE_ADS", "accountId": "1234567890"},
                "productDestinationId": "123",
            }
        ],
        "encoding": "HEX",
        "events": [
            {
                "destinationReferences": ["cart"],
                "transactionId": "A-1",
                "eventTimestamp": "2026-08-01T12:00:00.25Z",
                "conversionValue": 3.2,
                "currency": "EUR",
                "eventSource": "WEB",
                "adIdentifiers": {"gclid": "EAIaIQ"},
                "userData": {"userIdentifiers": [{"emailAddress": "a" * 64}]},
            }
        ],
    },
}


def put(path: str, value: Any) -> Plant:
    """A fault: a value at a path, or the loss of it."""

    def plant(data: dict[str, Any]) -> None:
        *steps, last = (int(step) if step.isdecimal() else step for step in path.split("."))
        inner: Any = data
        for step in steps:
            inner = inner[step]
        if value is GONE:
            del inner[last]
        else:
            inner[last] = value

    return plant


def again(path: str) -> Plant:
    """A fault: the first member of a list twice."""

    def plant(data: dict[str, Any]) -> None:
        inner: Any = data
        for step in path.split("."):
            inner = inner[int(step) if step.isdecimal() else step]
        inner.append(deepcopy(inner[0]))

    return plant


def _twin(data: dict[str, Any]) -> None:
    """A second rule with the conditions of the first, in the same set."""
    again("mutateOperations")(data)
    name = "customers/1/conversionValueRules/-2"
    data["mutateOperations"][2]["conversionValueRuleOperation"]["create"]["resourceName"] = name
    put(f"{S}.conversionValueRules", [_CREATED["resourceName"], name])(data)


GONE = object()
_CREATED = GOOD["google-ads-rules"]["mutateOperations"][0]["conversionValueRuleOperation"]["create"]
C, U, V = "operations.0.create", "operations.1.update", "operations.0.create.valueSettings"
R = "mutateOperations.0.conversionValueRuleOperation.create"
S = "mutateOperations.1.conversionValueRuleSetOperation.create"
CASES: list[Case] = [
    ("google-ads-actions", put(f"{C}.category", "CART"), "create.category", "'CART'"),
    ("google-ads-actions", put(f"{C}.countingType", "ONCE"), "countingType", "'ONCE'"),
    ("google-ads-actions", put(f"{C}.name", " "), "create.name", "the name ' '"),
    ("google-ads-actions", again("operations"), "[2].create.name", "already"),
    ("google-ads-actions", put(f"{C}.type", GONE), "create.type", "no type"),
    ("google-ads-actions", put(f"{C}.id", "5"), "create.id", "only the platform"),
    ("google-ads-actions", put(f"{C}.colour", 1), "create.colour", "not known"),
    ("google-ads-actions", put(f"{C}.primaryForGoal", "yes"), "primaryForGoal", "'yes'"),
    ("google-ads-actions", put(f"{V}.defaultValue", "3,20"), "defaultValue", "with a comma"),
    ("google-ads-actions", put(f"{V}.defaultValue", -1), "defaultValue", "negative"),
    ("google-ads-actions", put(f"{V}.defaultValue", float("nan")), "defaultValue", "NaN"),
    ("google-ads-actions", put(f"{V}.defaultValue", "1e999"), "defaultValue", "'1e999'"),
    ("google-ads-actions", put(f"{V}.defaultValue", GONE), "alwaysUse", "at zero"),
    ("google-ads-actions", put(f"{V}.defaultCurrencyCode", "eur"), "CurrencyCode", "'eur'"),
    ("google-ads-actions", put(f"{V}.defaultCurrencyCode", "USD"), "[1].update", "and USD in"),
    ("google-ads-actions", put("operations.1.updateMask", GONE), "updateMask", "None"),
    ("google-ads-actions", put("operations.1.updateMask", MASK), "updateMask", "ignored"),
    (
        "google-ads-actions",
        put("operations.1.updateMask", "valueSettings,primaryForGoal"),
        "updateMask",
        "not in the update",
    ),
    (
        "google-ads-actions",
        put("operations.1.updateMask", "valueSettings,value"),
        "updateMask",
        "no action has",
    ),
    (
        "google-ads-actions",
        put(f"{U}.resourceName", "customers/123-456-7890/conversionActions/1"),
        "resourceName",
        "dashes",
    ),
    ("google-ads-actions", put(f"{U}.resourceName", "Cart"), "resourceName", "'Cart'"),
    ("google-ads-actions", put(f"{U}.type", "WEBPAGE"), "update.type", "in an update"),
    ("google-ads-actions", put("operations.1.create", {}), "operations[1]", "create and update"),
    ("google-ads-actions", put("operations", []), "operations", "a list with members"),
    (
        "google-ads-actions",
        put(f"{C}.attributionModelSettings", {"attributionModel": "LINEAR"}),
        "attributionModel",
        "rule-based",
    ),
    ("google-ads-rules", put(f"{S}.dimensions", ["NO_CONDITION"]), "dimensions", "only sets for"),
    (
        "google-ads-rules",
        put(f"{S}.conversionActionCategories", ["ADD_TO_CART"]),
        "conversionActionCategories",
        "STORE_VISIT alone",
    ),
    ("google-ads-rules", put(f"{R}.action.operation", "DIVIDE"), "operation", "'DIVIDE'"),
    ("google-ads-rules", put(f"{R}.action.value", 0), "action.value", "factor 0"),
    ("google-ads-rules", put(f"{R}.action.value", GONE), "action.value", "None"),
    ("google-ads-rules", put(f"{R}.deviceCondition.deviceTypes", ["TV"]), "device", "'TV'"),
    ("google-ads-rules", put(f"{S}.dimensions", ["AUDIENCE"]), "Rule", "deviceCondition, and"),
    ("google-ads-rules", put(f"{S}.dimensions", ["DEVICE"] * 2), "dimensions", "twice"),
    ("google-ads-rules", put(f"{S}.attachmentType", "CAMPAIGN"), "campaign", "None"),
    ("google-ads-rules", put(f"{R}.resourceName", "customers/1/x"), "Rules", "no rule here"),
    ("google-ads-rules", put("mutateOperations.1", {}), "mutateOperations[1]", "no create"),
    (
        "google-ads-conversions",
        put("conversions.0.conversionDateTime", "2026-08-01 12:00:00+0530"),
        "conversions[0].conversionDateTime",
        "+0530",
    ),
    (
        "google-ads-conversions",
        put("conversions.0.conversionDateTime", "2026-02-30 12:00:00+05:30"),
        "conversionDateTime",
        "no calendar",
    ),
    ("google-ads-conversions", put("conversions.0.gbraid", "0A"), "[0]", "gclid and gbraid"),
    ("google-ads-conversions", put("conversions.0.gclid", GONE), "[0]", "no click id"),
    ("google-ads-conversions", put("conversions.0.gclid", "a b"), "gclid", "characters"),
    ("google-ads-conversions", put("conversions.0.orderId", "x@y.z"), "orderId", "personal data"),
    ("google-ads-conversions", put("partialFailure", False), "partialFailure", "refused without"),
    ("google-ads-conversions", again("conversions"), "[1].conversionDateTime", "already"),
    (
        "google-ads-conversions",
        put("conversions.0.userIdentifiers", [{"hashedEmail": "x@y.z"}]),
        "hashedEmail",
        "as it stands",
    ),
    (
        "google-ads-conversions",
        lambda data: data["conversions"].extend(data["conversions"] * 2_000),
        "conversions",
        "2,001 events",
    ),
    (
        "google-ads-adjustments",
        put("conversionAdjustments.0.adjustmentType", "RESTATE"),
        "adjustmentType",
        "the word of files",
    ),
    (
        "google-ads-adjustments",
        put("conversionAdjustments.0.restatementValue", {}),
        "adjustedValue",
        "without its new value",
    ),
    ("google-ads-adjustments", put("conversionAdjustments.0.orderId", GONE), "[0]", "neither"),
    (
        "data-manager",
        put("events.0.eventTimestamp", "2026-08-01 12:00:00"),
        "events[0].eventTimestamp",
        "'2026-08-01 12:00:00'",
    ),
    (
        "data-manager",
        put("events.0.adIdentifiers", {"gbraid": "a", "wbraid": "b"}),
        "adIdentifiers",
        "both gbraid and wbraid",
    ),
    ("data-manager", put("events.0.currency", GONE), "currency", "without its currency"),
    ("data-manager", put("events.0.conversionValue", "1.234,50"), "conversionValue", "as a value"),
    ("data-manager", put("events.0.eventSource", "SHOP"), "eventSource", "'SHOP'"),
    ("data-manager", put("events.0.transactionId", "${id}"), "transactionId", "placeholder"),
    ("data-manager", put("events.0.transactionId", "a@b"), "transactionId", "personal data"),
    ("data-manager", put("events.0.destinationReferences", ["x"]), "References", "'x'"),
    ("data-manager", put("events.0.consent", {"adUserData": "GRANTED"}), "adUserData", "GRANTED"),
    ("data-manager", put("encoding", GONE), "encoding", "None"),
    (
        "data-manager",
        put("events.0.userData.userIdentifiers.0.emailAddress", "Ann@example.com"),
        "emailAddress",
        "as it stands",
    ),
    (
        "data-manager",
        put("destinations.0.operatingAccount.accountId", "123-456-7890"),
        "accountId",
        "'123-456-7890'",
    ),
    ("data-manager", put("destinations.0.productDestinationId", "Cart"), "Destination", "'Cart'"),
    ("data-manager", put("events", GONE), "events", "a list with members"),
    (
        "data-manager",
        lambda data: data["events"].extend(data["events"] * 2_000),
        "events",
        "2,001 events",
    ),
    (
        "data-manager",
        put("events.0.userData.userIdentifiers", [{"emailAddress": "b" * 64}] * 11),
        "events[0].userData",
        "11 identifiers",
    ),
    (
        "google-ads-conversions",
        put("conversions.0.userIdentifiers", [{"hashedEmail": "b" * 64}] * 6),
        "userIdentifiers",
        "6 identifiers",
    ),
    (
        "google-ads-actions",
        put(f"{U}.resourceName", "customers/1/campaigns/2"),
        "resourceName",
        "customers/1/campaigns/2",
    ),
    (
        "google-ads-rules",
        lambda data: data["mutateOperations"].extend(data["mutateOperations"][:1] * 500),
        "file",
        "501 rules",
    ),
    (
        "google-ads-rules",
        lambda data: put(R, _CREATED | {"geoLocationCondition": {}, "audienceCondition": {}})(data),
        "mutateOperations[0]",
        "3 conditions",
    ),
    ("google-ads-rules", lambda data: _twin(data), "mutateOperations[2]", "again"),
    (
        "google-ads-rules",
        put(f"{S}.dimensions", ["NO_CONDITION", "DEVICE"]),
        "dimensions",
        "beside other dimensions",
    ),
]


@pytest.mark.parametrize("kind", GOOD)
def test_a_request_without_a_fault_passes(kind: str) -> None:
    assert validate(kind, json.dumps(GOOD[kind]).encode()) == []


@pytest.mark.parametrize(("kind", "plant", "where", "what"), CASES)
def test_a_planted_fault_is_found_with_its_place_and_remedy(
    kind: str, plant: Plant, where: str, what: str
) -> None:
    data = deepcopy(GOOD[kind])
    plant(data)
    faults = validate(kind, json.dumps(data).encode())
    found = [fault for fault in faults if where in fault.where and what in fault.what]
    assert found, faults
    assert all(fault.mend for fault in faults)
    assert not any(secret in str(fault) for fault in faults for secret in ("x@y", "Ann@", "a@b"))


@pytest.mark.parametrize("kind", GOOD)
@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\xef\xbb\xbf{}", "byte order mark"),
        (b'{"operations": [', "Not JSON"),
        (b"", "empty file"),
        (b'{"a": "\xff"}', "not UTF-8"),
        (b'{"update_mask": "a", "updateMask": "b"}', "'updateMask' twice"),
        (b'{"a": ' + b"[" * 100_000, "nested too deep"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "thousands of digits"),
    ],
)
def test_what_is_no_request_is_a_fault_and_no_error(kind: str, content: bytes, what: str) -> None:
    assert any(what in fault.what for fault in validate(kind, content))


ODD: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    10**400,
    float("inf"),
    "",
    "x" * 5_000,
    [],
    {},
    [[]],
    [None],
    [{}],
)


@pytest.mark.parametrize("kind", GOOD)
@pytest.mark.parametrize("step", [23, pytest.param(1, marks=pytest.mark.slow)])
def test_odd_values_anywhere_raise_nothing_and_are_never_quoted_at_length(
    kind: str, step: int
) -> None:
    paths = list(_paths(GOOD[kind], ""))
    assert len(paths) > 8
    for at, path in enumerate(paths):
        for odd in ODD[at % step :: step]:
            data = deepcopy(GOOD[kind])
            put(path, odd)(data)
            for fault in validate(kind, json.dumps(data).encode()):
                assert len(str(fault)) < 600


@pytest.mark.parametrize("kind", ["google-ads-actions", "google-ads-rules", "data-manager"])
def test_a_list_is_no_request(kind: str) -> None:
    assert [fault.what for fault in validate(kind, b"[]")] == [
        "Got list where a request is an object."
    ]


def test_what_is_null_is_absent_and_faults_without_end_are_cut() -> None:
    request = deepcopy(GOOD["google-ads-conversions"])
    request["conversions"][0] |= {"gbraid": None, "cartData": None}
    assert validate("google-ads-conversions", json.dumps(request).encode()) == []
    request |= {f"field{at}": at for at in range(100_000)}
    assert len(validate("google-ads-conversions", json.dumps(request).encode())) == 1_000


def _paths(data: Any, where: str) -> list[str]:
    members: list[tuple[Any, Any]] = []
    if isinstance(data, dict):
        members = list(data.items())
    elif isinstance(data, list):
        members = list(enumerate(data))
    found = []
    for key, value in members:
        path = f"{where}.{key}" if where else str(key)
        found += [path, *_paths(value, path)]
    return found


def test_ages_are_counted_from_the_upload_where_it_is_known() -> None:
    def after(text: str) -> Account:
        return Account(now=datetime.fromisoformat(text))

    click = json.dumps(GOOD["google-ads-conversions"]).encode()
    event = json.dumps(GOOD["data-manager"]).encode()
    assert check_clicks(click, after("2026-10-30T06:30+00:00")) == []  # 90 days to the second
    assert "90 is most" in check_clicks(click, after("2026-11-01T00:00+00:00"))[0].what
    assert "after the upload" in check_clicks(click, after("2026-07-31T00:00+00:00"))[0].what
    assert "90 is most" in check_events(event, after("2026-11-01T00:00+00:00"))[0].what
    adjusted = deepcopy(GOOD["google-ads-adjustments"])
    change = adjusted["conversionAdjustments"][0]
    del change["orderId"]
    change["gclidDateTimePair"] = {
        "gclid": "EAIaIQ",
        "conversionDateTime": "2026-08-02 12:00:00+00:00",
    }
    content = json.dumps(adjusted).encode()
    assert check_adjustments(content) == []
    assert "24 hours" in check_adjustments(content, Account(now=NOW))[0].what
    assert "54 is most" in check_adjustments(content, after("2026-10-01T00:00+00:00"))[0].what
