"""Target google-ads-rules: one factor on all conversion values, where the macro stays primary.

Value rules cannot price actions one by one. The API takes a rule set for all conversions, for
store visits or for store sales, and a rule without a condition only for the latter two
(UNSUPPORTED_CONVERSION_ACTION_CATEGORIES and DIMENSION_NO_CONDITION_NOT_ALLOWED in
``conversion_value_rule_set_error.proto``, v26). What they can do: let tags go on sending order
values, and book the share that the ledger leaves to the macro. All devices are one condition.
"""

import json
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from microlift.errors import InputError
from microlift.export.google.settings import RuleSettings
from microlift.export.targets import Made
from microlift.weights import WeightsFile


def google_ads_rules(weights: WeightsFile, settings: RuleSettings) -> Made:
    """Make a request that creates a rule and its rule set, for ``googleAds:mutate``.

    Raises
    ------
    InputError
        If the macro is not primary: then no factor is common to all values.
    """
    factor = share(weights)
    operations = _operations(settings.customer, factor)
    return Made(
        {
            "rules.validate.json": _body(operations, validate_only=True),
            "rules.json": _body(operations, validate_only=False),
        },
        (
            f"POST to https://googleads.googleapis.com/{settings.api_version}/customers/"
            f"{settings.customer}/googleAds:mutate, rules.validate.json first.",
            f"The rule multiplies the value of every conversion on phones, computers and tablets "
            f"by {factor}, also that of the micro actions: make google-ads with "
            f"rule_multiplier={factor}, so that theirs come out right. Other devices (television "
            "screens) are not reached.",
            "Only one rule applies to a conversion: where a more specific one of the account fits, "
            "or a campaign has rules of its own, this one does not, and values there are wrong. "
            "An account holds at most 500 rules; the smallest factor it takes is not known here, "
            "so that rules.validate.json decides.",
            "Remove the rule when the macro alone is bid for again: it would go on shrinking "
            "every order.",
        ),
    )


def share(weights: WeightsFile) -> str:
    """What is booked for a macro, as a share of its mean value: four digits, as text.

    Raises
    ------
    InputError
        If the macro is not primary, or nothing of its value is left.
    """
    if weights.mode == "macro":
        raise InputError(
            "The macro alone is bid for, at the value of each order, so that there is nothing for "
            "a rule to change. Use google-ads, which makes the actions secondary."
        )
    exact = Decimal(repr(weights.macro_weight)) / Decimal(repr(weights.macro.value))
    factor = exact.quantize(Decimal("0.0001"), rounding=ROUND_HALF_EVEN)
    if not weights.macro.primary or not factor:
        raise InputError(
            f"The macro is booked at {weights.macro_weight:g} (primary: "
            f"{str(weights.macro.primary).lower()}), so that no factor fits all conversions. Value "
            "rules apply to all of them, or to store visits and sales: Google Ads knows none for "
            "single actions. Use google-ads, which sets each action's own value."
        )
    return f"{factor.normalize():f}"


def _operations(customer: str, factor: str) -> list[dict[str, Any]]:
    rule = f"customers/{customer}/conversionValueRules/-1"  # an id that holds within the request
    return [
        {
            "conversionValueRuleOperation": {
                "create": {
                    "resourceName": rule,
                    "action": {"operation": "MULTIPLY", "value": float(factor)},
                    "deviceCondition": {"deviceTypes": ["MOBILE", "DESKTOP", "TABLET"]},
                    "status": "ENABLED",
                }
            }
        },
        {
            "conversionValueRuleSetOperation": {
                "create": {
                    "conversionValueRules": [rule],
                    "dimensions": ["DEVICE"],
                    "attachmentType": "CUSTOMER",
                }
            }
        },
    ]


def _body(operations: list[dict[str, Any]], validate_only: bool) -> str:
    # No partial failure: a rule without its set would do nothing, and not be seen in the pages.
    request = {"mutateOperations": operations, "validateOnly": validate_only}
    return json.dumps(request, indent=2, ensure_ascii=False) + "\n"
