"""What each action and the macro become in Google Ads: one line each, before it is written."""

from dataclasses import dataclass
from decimal import Decimal

from microlift.errors import InputError
from microlift.export.cells import money
from microlift.export.google.settings import GoogleAdsSettings, unknown_names
from microlift.export.google.words import Counting, category_of, counting_of
from microlift.weights import ActionWeight, WeightsFile

_MOST = 1e12  # beyond that a JSON number is written with an exponent, and nobody means it


@dataclass(frozen=True)
class Line:
    """One conversion action as it is to be.

    Attributes
    ----------
    name, title
        In the plan; on the platform, where it is to be created.
    id
        Of the conversion action, where it exists.
    value
        What one is worth, as text; None where the action is to be secondary.
    counting, category
        In the platform's words; None for the macro, which is left as it counts.
    is_macro
        Whether it is the macro.
    fixed
        Whether it always uses its default value, so that none can be restated.
    why
        Why it is booked, or is not.
    """

    name: str
    title: str
    id: str | None
    value: str | None
    counting: Counting | None
    category: str | None
    is_macro: bool
    fixed: bool
    why: str


def lines(weights: WeightsFile, settings: GoogleAdsSettings) -> list[Line]:
    """One line for each action, in their order, and one for the macro.

    Raises
    ------
    InputError
        If the settings name an unknown action, two names would be the same, ids come without a
        customer, or nothing is worth sending.
    """
    _refuse_settings(weights, settings)
    found = [_action(action, weights.currency, settings) for action in weights.actions]
    found.append(_macro(weights, settings))
    if all(line.value is None for line in found):
        raise InputError(
            "No action of the weights file is primary with a weight above zero, and neither is "
            "the macro, so there is no value to tell Google Ads. Its guards and reasons say why."
        )
    titles = [line.title for line in found if line.value is not None and line.id is None]
    twice = sorted({title for title in titles if titles.count(title) > 1})
    if twice:
        raise InputError(
            f"{len(twice)} names would be given to two conversion actions, and Google Ads refuses "
            f"the second (DUPLICATE_NAME): {twice[0]!r}. Give the actions of the plan different "
            "labels."
        )
    return found


def _refuse_settings(weights: WeightsFile, settings: GoogleAdsSettings) -> None:
    names = [action.name for action in weights.actions]
    wrong = unknown_names(settings.categories, names, "categories") or unknown_names(
        settings.actions, [*names, weights.macro.name], "actions"
    )
    if wrong:
        raise InputError(wrong)
    ids = list(settings.actions.values())
    if len(set(ids)) < len(ids):
        raise InputError(
            "Setting 'actions' gives one id to two actions, so that the second update would undo "
            "the first. Give each its own conversion action."
        )
    if ids and settings.customer is None:
        raise InputError(
            f"Setting 'actions' gives {len(ids)} ids and there is no 'customer', so that no "
            "resource name can be written. Give the customer id of the account."
        )


def _action(action: ActionWeight, currency: str | None, settings: GoogleAdsSettings) -> Line:
    value = _value(action.weight, currency, settings) if action.primary else None
    return Line(
        name=action.name,
        title=settings.prefix + action.label,
        id=settings.actions.get(action.name),
        value=value,
        counting=counting_of(action.count),
        category=settings.categories.get(action.name) or category_of(action),
        is_macro=False,
        fixed=settings.values == "default",
        why="its weight rounds to nothing" if action.primary and value is None else action.reason,
    )


def _macro(weights: WeightsFile, settings: GoogleAdsSettings) -> Line:
    macro = weights.macro
    value = _value(weights.macro_weight, weights.currency, settings) if macro.primary else None
    alone = weights.mode == "macro"
    booked = "stays primary, at less than the order value: actions carry the rest"
    if alone:
        booked = "is bid for alone, at the order value"
    return Line(
        name=macro.name,
        title=macro.label,
        id=settings.actions.get(macro.name),
        value=value,
        counting=None,
        category=None,
        is_macro=True,
        # Alone, or scaled by a value rule, orders are booked at their own values.
        fixed=settings.values == "default" and not alone and settings.rule_multiplier == 1,
        why=booked if value else "the actions carry its value; primary, it would be counted twice",
    )


def _value(weight: float, currency: str | None, settings: GoogleAdsSettings) -> str | None:
    """The value as text; None where nothing is left of it after rounding."""
    text = money(weight / settings.rule_multiplier, currency)
    if Decimal(text) > _MOST:
        raise InputError(
            f"Got a value of {text}, which no conversion is worth. Look at macro.value in the "
            "plan and at the setting 'rule_multiplier'."
        )
    return text if Decimal(text) else None
