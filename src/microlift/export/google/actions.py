"""Target google-ads: conversion actions created or changed through the API, and the list to read.

Bodies of ``conversionActions:mutate`` (API v26), each twice: once to be judged by the platform
without effect (``validateOnly``), once to be sent. A bulk sheet of conversion actions was found
nowhere, so those without the API read the change list.
"""

import json
from typing import Any

from microlift.export.google.changes import change_list
from microlift.export.google.lines import Line, lines
from microlift.export.google.settings import GoogleAdsSettings
from microlift.export.targets import Made
from microlift.weights import WeightsFile


def google_ads(weights: WeightsFile, settings: GoogleAdsSettings) -> Made:
    """Make create and update bodies, and changes.md.

    Raises
    ------
    InputError
        As `lines`.
    """
    found = lines(weights, settings)
    new = [line for line in found if line.value is not None and not line.is_macro and not line.id]
    kept = [line for line in found if line.id]
    files: dict[str, str] = {}
    for name, operations in (
        ("update", [_update(line, weights.currency, settings) for line in kept]),
        ("create", [_create(line, weights.currency, settings) for line in new]),
    ):
        if operations:
            files[f"{name}.validate.json"] = body(operations, validate_only=True)
            files[f"{name}.json"] = body(operations, validate_only=False)
    notes = _notes(weights, settings, found)
    files["changes.md"] = change_list(weights, settings, found, notes)
    return Made(files, notes)


def body(operations: list[dict[str, Any]], validate_only: bool) -> str:
    """The text of a mutate request."""
    request = {"operations": operations, "partialFailure": True, "validateOnly": validate_only}
    return json.dumps(request, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _create(line: Line, currency: str | None, settings: GoogleAdsSettings) -> dict[str, Any]:
    return {
        "create": {
            "name": line.title,
            "type": "UPLOAD_CLICKS" if settings.source == "import" else "WEBPAGE",
            "status": "ENABLED",
            "category": line.category,
            "primaryForGoal": True,
            "countingType": line.counting,
            "valueSettings": _value_settings(line, currency),
        }
    }


def _update(line: Line, currency: str | None, settings: GoogleAdsSettings) -> dict[str, Any]:
    # The REST reference writes masks in lower camel case, and Google's own JSON parser refuses
    # snake case there ("must not contain '_'"), although it takes it as names of fields.
    change: dict[str, Any] = {
        "resourceName": f"customers/{settings.customer}/conversionActions/{line.id}",
        "primaryForGoal": line.value is not None,
    }
    mask = ["primaryForGoal"]
    if line.value is not None:
        if line.counting is not None:
            change["countingType"] = line.counting
            mask.append("countingType")
        change["valueSettings"] = _value_settings(line, currency)
        mask += [f"valueSettings.{name}" for name in change["valueSettings"]]
    return {"update": change, "updateMask": ",".join(mask)}


def _value_settings(line: Line, currency: str | None) -> dict[str, Any]:
    return {
        "defaultValue": float(line.value or 0),
        "defaultCurrencyCode": currency,
        "alwaysUseDefaultValue": line.fixed,
    }


def _notes(weights: WeightsFile, settings: GoogleAdsSettings, found: list[Line]) -> tuple[str, ...]:
    notes = [_on_values(settings)]
    primary = [action for action in weights.actions if action.primary]
    by_user = sum(action.count == "user" for action in primary)
    if by_user:
        notes.append(
            f"{by_user} actions are counted once a user in the plan. Google Ads counts once a "
            "click at the least: a user who comes by two ads is booked twice, so it will book "
            "somewhat more than the weights file foretells."
        )
    unsent = sum(not action.events for action in primary)
    if unsent:
        notes.append(
            f"{unsent} actions are more than a single event (a condition, a rule): a tag has to "
            "judge that, and report the conversion under the action's name."
        )
    notes += _on_macro(found, alone=weights.mode == "macro")
    if any(line.value is not None and not line.id and not line.is_macro for line in found):
        notes.append(_NEW_IMPORT if settings.source == "import" else _NEW_WEBSITE)
    if settings.rule_multiplier != 1:
        notes.append(
            f"Values are divided by {settings.rule_multiplier:g}, the factor of a value rule: "
            "without that rule in force they are all wrong by it."
        )
    notes.append(
        "An action bids only where its goal (category and origin) is among the goals of the "
        "campaign; the category of an existing action is left as it is. With partialFailure an "
        "answer of 200 may still hold errors: read partialFailureError."
    )
    return tuple(notes)


def _on_values(settings: GoogleAdsSettings) -> str:
    if settings.values == "default":
        return (
            "values: default. Every conversion is booked at the weight, whatever value its tag "
            "sends. The price: such conversions can never be restated (Google Ads refuses it), "
            "only retracted. Set values: sent to restate them."
        )
    return (
        "values: sent. A conversion is booked at the value that is sent with it, and at the "
        "weight only where none is sent: a tag that sends the value of the cart books the cart. "
        "Send no value or the weight. Such conversions can be restated later."
    )


_NEW_WEBSITE = (
    "create.json makes actions of type WEBPAGE: each still needs its tag on the site, with the "
    "id and label that Google Ads shows after creation. A second run would be refused for its "
    "names: put the new ids into the setting 'actions', and update.json is made from then on."
)
_NEW_IMPORT = (
    "create.json makes actions of type UPLOAD_CLICKS: upload nothing in their first 6 hours. "
    "Accounts that never imported before are refused by the Google Ads API since 2026-06-15: use "
    "data-manager there. Clicks of gbraid and wbraid cannot be booked on actions that count one "
    "per click."
)


def _on_macro(found: list[Line], alone: bool) -> list[str]:
    line = next(line for line in found if line.is_macro)
    booked = f"at {line.value}" if line.value else "as secondary"
    if line.id is None and alone:
        return [
            "The macro alone is bid for. Its conversion action has no id in the setting 'actions', "
            "so it is in no file: make it primary by hand, and leave it at the order value that "
            "its tag sends."
        ]
    if line.id is None:
        return [
            f"The conversion action of the macro has no id in the setting 'actions', so it is in "
            f"no file, and none is created. Set it {booked} by hand, or give its id: left as it "
            "is, its value is booked on top of the actions'."
        ]
    if line.value is None:
        return ["The macro becomes secondary: reported, and no longer bid for."]
    if alone:
        return ["The macro alone is bid for, at the order value that its tag sends."]
    if not line.fixed:
        return [
            f"The macro is booked at what its tag sends, and {booked} where that is nothing. Its "
            "tag or a value rule has to send the share that google-ads-rules prints, not the whole "
            "order value: the actions carry the rest."
        ]
    return [
        f"The macro is booked {booked}, flat: orders of different value look alike to bidding. To "
        "keep the differences, let the tag send the order value times the share that "
        "google-ads-rules prints, with values: sent, or use that value rule."
    ]
