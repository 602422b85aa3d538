"""What the targets of Google have to be told: account, ids of conversion actions, API version."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from microlift.errors import nearest
from microlift.export.google.words import CATEGORIES
from microlift.export.settings import Settings
from microlift.plan.quoting import short

API_VERSION = "v26"


def _undashed(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value.replace("-", "") if isinstance(value, str) else value


def _known(value: str) -> str:
    if value not in CATEGORIES:
        raise ValueError(f"nearest known category: {nearest(value, CATEGORIES)}")
    return value


CustomerId = Annotated[str, BeforeValidator(_undashed), Field(pattern=r"^[0-9]{10}$")]
ActionId = Annotated[str, BeforeValidator(_undashed), Field(pattern=r"^[0-9]{1,19}$")]
Category = Annotated[str, AfterValidator(_known)]
Version = Annotated[str, Field(pattern=r"^v[0-9]{1,3}$")]

_CUSTOMER = "the customer id of the account, ten digits, with or without dashes"
_IDS = "the ids of conversion actions that exist, by the name of the action or macro in the plan"


class GoogleAdsSettings(Settings):
    """Settings of the target google-ads.

    Examples
    --------
    >>> GoogleAdsSettings.read({"customer": "123-456-7890"}, "google-ads").customer
    '1234567890'
    """

    customer: CustomerId | None = Field(None, description=_CUSTOMER)
    actions: dict[str, ActionId] = Field({}, description=_IDS)
    categories: dict[str, Category] = Field(
        {}, description="categories that differ from those that names suggest, by action"
    )
    values: Literal["default", "sent"] = Field(
        "default",
        description="'default': each conversion is booked at the weight, whatever its tag sends; "
        "'sent': at the value that is sent, at the weight where none is, and it can be restated",
    )
    source: Literal["website", "import"] = Field(
        "website", description="'website': a tag reports; 'import': conversions are uploaded"
    )
    prefix: str = Field("", max_length=40, description="what new names begin with")
    api_version: Version = Field(API_VERSION, description="the version in the path, as v26")
    rule_multiplier: float = Field(
        1.0,
        gt=0,
        allow_inf_nan=False,
        description="the factor of a value rule that applies to all conversions; values are "
        "divided by it",
    )


class RuleSettings(Settings):
    """Settings of the target google-ads-rules."""

    customer: CustomerId = Field(description=_CUSTOMER)
    api_version: Version = Field(API_VERSION, description="the version in the path, as v26")


class DataManagerSettings(Settings):
    """Settings of the target data-manager."""

    customer: CustomerId = Field(description=_CUSTOMER)
    actions: dict[str, ActionId] = Field(description=_IDS)
    login_customer: CustomerId | None = Field(
        None, description="the manager account that makes the call, if it is another"
    )


def unknown_names(given: dict[str, str], known: list[str], setting: str) -> str | None:
    """A sentence on the first name of a setting that no action has."""
    for name in given:
        if name not in known:
            return (
                f"Setting '{setting}' names {short(name)}, which is no action of the weights file "
                f"(nearest: {nearest(name, known)}), so that it would change nothing. Mend the "
                "name, or leave it out."
            )
    return None
