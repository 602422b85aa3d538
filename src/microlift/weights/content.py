"""The content of weights.json: its fields, its schema, and the checksum that seals it."""

import hashlib
import json
from datetime import date, datetime, timedelta
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from microlift.plan import Count

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

SCHEMA_VERSION = 2
Mode = Literal["micro", "macro and micro", "one stage", "macro"]
Verdict = Literal["raises", "lowers", "no evidence", "not identified"]
State = Literal["passed", "changed", "withheld"]
_SCHEMA = "weights.schema.json"


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Window(_Record):
    """First and last event of the log."""

    first: datetime
    last: datetime

    @property
    def span(self) -> timedelta:
        """How long it is."""
        return self.last - self.first


class ActionWeight(_Record):
    """What one action is worth.

    Attributes
    ----------
    label
        What people call it.
    events
        The events that are occurrences of it, where each of them is; empty where a condition or
        a rule decides, so that a tag has to send it under a name of its own.
    count
        What one occurrence is: a ``user``'s first, the first of a ``click``, or ``every`` one.
    weight, low, high
        Value to book at each occurrence, in the currency (in macros where that is null), with its
        95 % interval at a fixed calibration constant. Zero unless primary.
    credit
        Macros booked for each occurrence in the ledger, before calibration.
    lift, verdict
        Lift, or null where it is not identified; what stands of it.
    occurrences, occurrences_judged
        Occurrences by users covered, counted as `count` says; users with a moment before their
        first.
    settled
        Its weight when weights last changed by more than a platform would notice.
    rule
        Digest of what counts as an occurrence, by which an action is known under another name.
    """

    name: str
    label: str
    kind: str
    events: tuple[str, ...]
    count: Count
    weight: float = Field(ge=0)
    low: float = Field(ge=0)
    high: float = Field(ge=0)
    credit: float
    lift: float | None
    verdict: Verdict
    occurrences: int = Field(ge=0)
    occurrences_judged: int = Field(ge=0)
    primary: bool
    reason: str
    settled: float = Field(default=0.0, ge=0)
    rule: str = ""


class MacroRecord(_Record):
    """The macro conversion that the weights lead to.

    Attributes
    ----------
    name, label
        Its event, or its events; what people call it.
    events
        As for an action.
    value
        Mean value of one, in the currency; 1 where that is null.
    primary
        Whether it is booked beside the actions, at `macro_weight` instead of the order value.
    """

    name: str
    label: str
    events: tuple[str, ...]
    value: float = Field(gt=0)
    primary: bool


class Guard(_Record):
    """What one rule made of the weights.

    Attributes
    ----------
    rule
        Its key among the guards of the plan.
    state
        ``passed``; ``changed`` a weight; or ``withheld`` all of them.
    action
        The action whose weight it looked at; null where it looked at all.
    threshold, got
        What was allowed and what was found, as text.
    reason
        In words.
    """

    rule: str
    state: State
    action: str | None
    threshold: str
    got: str
    reason: str


class Remembered(_Record):
    """The last weight of an action that is booked no more, or was in another mode.

    Attributes
    ----------
    action
        Its name; null for the macro.
    mode
        The mode it was booked in.
    weight
        What was booked.
    last
        End of the data it was made from.
    rule
        As for an action.
    """

    action: str | None
    mode: Mode
    weight: float = Field(gt=0)
    last: datetime
    rule: str = ""


class WeightsFile(_Record):
    """The content of weights.json.

    Attributes
    ----------
    created_at, valid_until
        When it was made; the last day on which an ad platform should be told these weights.
    data_window, data_fingerprint, plan_hash, package_version
        What it was made from and by.
    changed_at
        End of the data when weights last changed by more than a platform would notice.
    currency, timezone, horizon
        Of the plan.
    mode
        ``micro`` (actions replace the macro as primary), ``macro and micro`` (the macro stays
        primary beside them), ``one stage`` (one action alone).
    revenue, macros
        Of the users covered: what the weights add up to.
    calibration_constant, inflation_factor
        What ties weights to the revenue; how often the usual recipe would have booked it.
    macro, macro_weight
        The macro itself, and what to book for one (0 unless it stays primary).
    booked_target, booked_total, calibration_gap
        What should be booked, what will be, and the difference that guards leave.
    macro_settled
        As `settled` of an action, for the macro.
    actions, guards
        One entry an action; one a rule and action that a guard looked at.
    memory
        Weights now and earlier by mode, from which steps are measured on a return.
    checksum
        Seals all of it; empty until written.
    """

    schema_version: Literal[2] = 2
    created_at: datetime
    valid_until: date
    data_window: Window
    changed_at: datetime | None = None
    data_fingerprint: str
    plan_hash: str
    package_version: str
    currency: str | None
    timezone: str
    horizon: str
    mode: Mode
    micro_until: date | None = None
    revenue: float
    calibration_constant: float = Field(gt=0)
    inflation_factor: float = Field(ge=0)
    macros: int
    macro: MacroRecord
    macro_weight: float = Field(ge=0)
    macro_settled: float = Field(default=0.0, ge=0)
    booked_target: float
    booked_total: float
    calibration_gap: float
    actions: tuple[ActionWeight, ...]
    guards: tuple[Guard, ...] = ()
    memory: tuple[Remembered, ...] = ()
    checksum: str = Field(default="", pattern="^sha256:[0-9a-f]{64}$")

    @property
    def primary(self) -> tuple[ActionWeight, ...]:
        """The actions that are booked."""
        return tuple(action for action in self.actions if action.primary)

    def to_dict(self) -> dict[str, Any]:
        """Plain data with its checksum, checked against the JSON Schema."""
        from jsonschema.exceptions import best_match  # here: it takes longer to load than a look

        data: dict[str, Any] = self.model_dump(mode="json")
        data["checksum"] = checksum(data)
        if wrong := best_match(_judge().iter_errors(data)):
            raise wrong
        return data

    def to_json(self) -> str:
        """Text of weights.json."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False) + "\n"


@cache
def _judge() -> "Validator":
    """The schema made ready once: to judge it anew costs a hundred times what a file does."""
    from jsonschema.validators import validator_for

    return validator_for(schema())(schema())


def schema() -> dict[str, Any]:
    """JSON Schema of weights.json, as shipped with the package."""
    text = resources.files("microlift.weights").joinpath(_SCHEMA).read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def checksum(data: dict[str, Any]) -> str:
    """Seal of the content: SHA-256 of all but itself, whatever the layout and order of keys.

    Examples
    --------
    >>> checksum({"a": 1, "b": 2}) == checksum({"b": 2, "a": 1, "checksum": "..."})
    True
    """
    rest = {key: value for key, value in data.items() if key != "checksum"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
