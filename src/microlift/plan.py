"""The measurement plan: what counts as the macro, which actions lead to it, and how long to wait.

A plan only stores. It is read once, refused at the door if anything in it is unclear, and frozen.
"""

import hashlib
import json
import re
import reprlib
import unicodedata
from collections.abc import Mapping
from datetime import timedelta
from os import PathLike
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import ErrorDetails

from microlift.errors import PlanError, nearest
from microlift.where import parse_where

MAX_ACTIONS = 30  # an action is one bit of an integer mask, and a forest plot has to stay legible
MAX_PROBLEMS = 5
MAX_NAME = 100
MAX_FIXED_VALUE = 1e12  # sums of values are kept in integer minor units of the currency
LONGEST = timedelta(days=36_500)  # time plus a duration has to stay within 64-bit microseconds

Kind = Literal["milestone", "secondary", "engagement", "exploration", "friction"]

_SHORT = reprlib.Repr()
_SHORT.maxstring = MAX_NAME
_QUOTE_IT = (
    "YAML reads on, off, yes and no as true or false and bare digits as numbers: put text in "
    "quotes."
)
_UNITS = {
    "w": timedelta(weeks=1),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
}


def parse_duration(text: str) -> timedelta:
    """Read a duration: a whole number and one unit of ``w``, ``d``, ``h``, ``m``, ``s``.

    Parameters
    ----------
    text : str
        For example ``30m`` (minutes), ``14d`` (days of 24 hours), at most ``36500d``.

    Returns
    -------
    timedelta

    Raises
    ------
    PlanError
        If the text has no unit, another unit, a sign or a fraction, or is too long a time.

    Examples
    --------
    >>> parse_duration("90s")
    datetime.timedelta(seconds=90)
    """
    found = re.fullmatch(r"([0-9]{1,10})([wdhms])", text.strip())
    if not found:
        raise PlanError(
            f"Got {_short(text)}, which is not a duration: without a unit of w, d, h, m or s "
            "it would be a guess. Write a whole number and a unit, such as 30m or 14d."
        )
    number, unit = int(found[1]), _UNITS[found[2]]
    if number > LONGEST // unit:
        raise PlanError(f"Got {text.strip()}, longer than any log. Write at most 36500d.")
    return number * unit


def format_duration(duration: timedelta) -> str:
    """Write a duration in the largest unit that holds it exactly; the inverse of reading one.

    Parameters
    ----------
    duration : timedelta
        Whole seconds, not negative.

    Returns
    -------
    str

    Raises
    ------
    PlanError
        If the duration is negative or has a fraction of a second.

    Examples
    --------
    >>> format_duration(timedelta(minutes=30)), format_duration(timedelta(days=14))
    ('30m', '2w')
    """
    if duration < timedelta(0) or duration % _UNITS["s"]:
        raise PlanError(f"Got the duration {duration}; a plan holds whole seconds, not negative.")
    for unit, length in _UNITS.items():
        if duration and not duration % length:
            return f"{duration // length}{unit}"
    return "0s"


def micros(duration: timedelta) -> int:
    """Express a duration in whole microseconds, the integer time unit of the events.

    Parameters
    ----------
    duration : timedelta

    Returns
    -------
    int

    Examples
    --------
    >>> micros(parse_duration("30m"))
    1800000000
    """
    return duration // timedelta(microseconds=1)


def _short(value: object) -> str:
    return _SHORT.repr(value)


def _read_duration(value: object, info: ValidationInfo) -> timedelta:
    if isinstance(value, int) and not isinstance(value, bool):
        unit = "m" if info.field_name == "session_gap" else "d"
        raise ValueError(
            f"Got {value}, a bare number, whose unit would be a guess. Write {value}{unit}."
        )
    if not isinstance(value, str | timedelta):
        raise ValueError(f"Got {_short(value)}, not a duration. Write one such as 30m or 14d.")
    # A timedelta takes the same way as text, so that both meet the same limits.
    try:
        text = format_duration(value) if isinstance(value, timedelta) else value
        duration = parse_duration(text)
    except PlanError as error:
        raise ValueError(str(error)) from None
    if duration <= timedelta(0):
        raise ValueError(f"Got {text}, which leaves no time at all. Write a longer one.")
    return duration


def _read_name(value: str) -> str:
    name = value.strip()
    if not name or len(name) > MAX_NAME:
        raise ValueError(
            f"Got {_short(value)} of {len(name):,} characters; a name heads rows and charts, so "
            f"it has 1 to {MAX_NAME}. Choose a short one."
        )
    # Cc: control characters, Cs: halves of characters; neither survives a CSV file or a terminal.
    unfit = [char for char in name if unicodedata.category(char) in ("Cc", "Cs")]
    if unfit:
        raise ValueError(
            f"Got {_short(value)} with {len(unfit):,} control characters, which break files and "
            "terminals. Remove them."
        )
    return name


def _read_list(value: object) -> tuple[str, ...]:
    """Accept one text for a list of one; refuse empty and repeated members."""
    members = (value,) if isinstance(value, str) else value
    if not isinstance(members, list | tuple) or not all(isinstance(m, str) for m in members):
        raise ValueError(f"Got {_short(value)}, not text or a list of texts. {_QUOTE_IT}")
    if "" in members:
        raise ValueError("Got an empty text in the list, which names nothing. Remove it.")
    repeated = sorted({member for member in members if members.count(member) > 1})
    if repeated:
        raise ValueError(f"Got {_listed(repeated)} more than once. Name each one once.")
    return tuple(members)


def _need_one(members: tuple[str, ...]) -> tuple[str, ...]:
    if not members:
        raise ValueError("Got an empty list, which selects nothing. Name at least one.")
    return members


def _read_primary(value: object) -> object:
    return value if value == "auto" else _need_one(_read_list(value))


def _listed(names: list[str]) -> str:
    return _SHORT.repr(names)[1:-1]


def _read_where(text: str) -> str:
    try:
        parse_where(text)
    except PlanError as error:
        raise ValueError(str(error)) from None
    return text.strip()


def _read_value(value: object) -> object:
    if value is None or (isinstance(value, str) and value.strip()):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"Got {_short(value)}. Write a number, or the name of a column.")
    if not 0 < value <= MAX_FIXED_VALUE:
        raise ValueError(
            f"Got {value}; a macro that is worth nothing, less than nothing or more than "
            f"{MAX_FIXED_VALUE:g} cannot be shared out over actions. Write a number above 0, or "
            "name a column."
        )
    return float(value)


def _read_currency(code: str) -> str:
    if not re.fullmatch("[A-Z]{3}", code):
        raise ValueError(f"Got {_short(code)}, not a currency of ISO 4217. Write such as USD.")
    return code


def _read_timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # KeyError: ZoneInfoNotFoundError
        raise ValueError(
            f"Got {name!r}, not a known time zone (nearest: {nearest(name, available_timezones())})"
            ". Times without a zone would have no meaning. Write a name such as Europe/Berlin."
        ) from None
    return name


def _read_actions(value: object) -> object:
    if not isinstance(value, list | tuple):
        raise ValueError(f"Got {_short(value)}, not a list. Write one action a line, after a dash.")
    if not 1 <= len(value) <= MAX_ACTIONS:
        raise ValueError(
            f"Got {len(value):,} actions; a plan holds 1 to {MAX_ACTIONS}, which is what a log can "
            "tell apart and a reader can take in. Keep the ones you would act on."
        )
    return value


def _read_moments(value: object) -> object:
    if isinstance(value, Mapping):
        return Clock.model_validate(value)
    if value != "visits" and not isinstance(value, Clock):
        raise ValueError(f"Got {_short(value)}. Write visits, or {{clock: 1d, quiet: 30d}}.")
    return value


def _read_version(value: object) -> object:
    if value != 1 or isinstance(value, bool | float):
        raise ValueError(
            f"Got {_short(value)}; this release reads version 1 only. Write version: 1, or install "
            "the release that wrote the plan."
        )
    return value


Duration = Annotated[
    timedelta, BeforeValidator(_read_duration), PlainSerializer(format_duration, return_type=str)
]
Name = Annotated[str, AfterValidator(_read_name)]
ColumnName = Annotated[str, Field(min_length=1)]
Names = Annotated[tuple[str, ...], BeforeValidator(_read_list)]
SomeNames = Annotated[tuple[str, ...], AfterValidator(_need_one), BeforeValidator(_read_list)]
Where = Annotated[str, AfterValidator(_read_where)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class _Spec(BaseModel):
    """A part of the plan: it stores, and speaks of what is wrong in the words of the plan."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    place: ClassVar[str]
    later: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, **given: Any) -> None:
        try:
            super().__init__(**given)
        except ValidationError as error:
            raise _plan_error(error, given, type(self)) from None

    # As pydantic's own RootModel does: inside a larger plan this class is validated as ever, so
    # that the message is made once, at the top, where the whole path of a key is known.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]


class Columns(_Spec):
    """How the log names its columns: ours on the left, the log's on the right.

    Examples
    --------
    >>> Columns(user_id="uid").timestamp
    'timestamp'
    """

    place = "log.columns"
    later = frozenset({"click_id", "campaign"})

    user_id: ColumnName = "user_id"
    timestamp: ColumnName = "timestamp"
    event: ColumnName = "event"
    session_id: ColumnName | None = None
    value: ColumnName | None = None
    currency: ColumnName | None = None

    @model_validator(mode="after")
    def _tell_apart(self) -> Self:
        named = [self.user_id, self.timestamp, self.event]
        if len(set(named)) < len(named):
            raise ValueError(
                f"Got {_short(named)} for user_id, timestamp and event; one column cannot be two "
                "of them. Name three columns."
            )
        return self


class LogSpec(_Spec):
    """How the log is to be read.

    `attributes` are columns whose first known value per user serves as confounder and segment;
    `sequence` are columns that order events of one user at one time; `max_rejected` is the share
    of unusable rows (0 to 1) above which the log is refused. Times without a zone are read in
    `timezone`; a user's events at most `session_gap` apart form a session.

    Examples
    --------
    >>> LogSpec(attributes="channel").attributes
    ('channel',)
    """

    place = "log"
    later = frozenset({"format", "sources", "refunds"})

    columns: Columns = Columns()
    attributes: Names = ()
    timezone: Annotated[str, AfterValidator(_read_timezone)] = "UTC"
    session_gap: Duration = timedelta(minutes=30)
    sequence: Names = ()
    max_rejected: Number = Field(default=0.05, ge=0, le=1)

    @model_validator(mode="after")
    def _no_identity_as_attribute(self) -> Self:
        for name in self.attributes:
            if name in (self.columns.user_id, self.columns.session_id):
                raise ValueError(
                    f"Got the attribute {_short(name)}, which is the column of user or session "
                    "ids: an attribute is printed in reports, and ids never are. Remove it."
                )
        return self


class Macro(_Spec):
    """The macro conversion: the event that the business is after, and what one is worth.

    `value` is a column of the log or a fixed amount above 0 in `currency` (three capital letters
    of ISO 4217); without one each macro counts as 1.

    Examples
    --------
    >>> Macro(event="purchase", value=40).value
    40.0
    """

    place = "macro"
    later = frozenset({"label", "repeat", "count"})

    event: SomeNames = Field(examples=["purchase"])
    where: Where | None = None
    value: Annotated[str | float | None, BeforeValidator(_read_value)] = None
    currency: Annotated[str, AfterValidator(_read_currency)] | None = None


class Clock(_Spec):
    """Moments by the clock: one every `clock`, while the last event is no more than `quiet` back.

    Examples
    --------
    >>> Clock(clock="1d", quiet="30d").quiet.days
    30
    """

    place = "moments"

    clock: Duration = Field(examples=["1d"])
    quiet: Duration = Field(examples=["30d"])

    @model_validator(mode="after")
    def _tick_within_quiet(self) -> Self:
        if self.clock >= self.quiet:
            clock, quiet = format_duration(self.clock), format_duration(self.quiet)
            raise ValueError(
                f"Got clock {clock} and quiet {quiet}; a user would leave the risk set before the "
                "first tick ends. Write a quiet longer than the clock."
            )
        return self


class Action(_Spec):
    """A micro action: its name, and the rule that says which events are occurrences of it.

    `name` is free text for people, at most 100 characters; `event` one or several event names;
    `where` a condition that the event must also meet.

    Examples
    --------
    >>> Action(name="deep_scroll", event="scroll", where="percent >= 75").kind
    'milestone'
    """

    place = "actions[]"
    later = frozenset(
        {"label", "count", "after", "without", "first_only"}
        | {"at_least", "within", "dwell", "returns_within"}
    )

    name: Name = Field(examples=["add_to_cart"])
    event: SomeNames = Field(examples=["add_to_cart"])
    where: Where | None = None
    kind: Kind = "milestone"


class WeightsSpec(_Spec):
    """How weights are chosen and bounded.

    `primary` is ``auto`` or the actions to be booked; `max_primary` how many ``auto`` may take;
    `max_step` the largest relative change against the last published weights;
    `calibration_range` the bounds of the calibration constant outside which weights are withheld.

    Examples
    --------
    >>> WeightsSpec(primary=["add_to_cart"]).primary
    ('add_to_cart',)
    """

    place = "weights"

    primary: Annotated[Literal["auto"] | tuple[str, ...], BeforeValidator(_read_primary)] = "auto"
    max_primary: int = Field(default=3, strict=True, ge=1, le=MAX_ACTIONS)
    keep_macro_primary: bool = Field(default=False, strict=True)
    max_step: Number = Field(default=0.2, gt=0)
    calibration_range: tuple[Number, Number] = (0.2, 5.0)

    @model_validator(mode="after")
    def _range_in_order(self) -> Self:
        low, high = self.calibration_range
        if not 0 < low < high:
            raise ValueError(
                f"Got calibration_range [{low}, {high}], which nothing lies in. Write two numbers "
                "above 0, the smaller first."
            )
        return self


class Plan(_Spec):
    """The whole measurement plan: macro, actions in their order, horizon, and how to read the log.

    The order of `actions` is part of the plan: it orders what happens at one time. `horizon` is
    how long after a moment a macro still counts. `funnel` names actions that end in the macro.

    Examples
    --------
    >>> plan = Plan.from_dict({
    ...     "macro": {"event": "purchase"},
    ...     "horizon": "14d",
    ...     "actions": [{"name": "add_to_cart", "event": "add_to_cart"}],
    ... })
    >>> plan.horizon.days, plan.actions[0].kind, plan.moments
    (14, 'milestone', 'visits')
    """

    place = ""
    later = frozenset({"guards", "engine"})

    version: Annotated[Literal[1], BeforeValidator(_read_version)] = 1
    log: LogSpec = LogSpec()
    macro: Macro = Field(examples=["{event: purchase}"])
    horizon: Duration = Field(examples=["14d"])
    moments: Annotated[Literal["visits"] | Clock, BeforeValidator(_read_moments)] = "visits"
    actions: Annotated[tuple[Action, ...], BeforeValidator(_read_actions)] = Field(
        examples=["[{name: add_to_cart, event: add_to_cart}]"]
    )
    funnel: Names = ()
    weights: WeightsSpec = WeightsSpec()

    @model_validator(mode="after")
    def _names_agree(self) -> Self:
        names = [action.name for action in self.actions]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise ValueError(
                f"Got {_listed(repeated)} as the name of more than one action; results are told "
                "apart by name. Rename all but one."
            )
        primary = () if self.weights.primary == "auto" else self.weights.primary
        for key, members in (("funnel", self.funnel), ("weights.primary", primary)):
            for member in members:
                if member not in names:
                    raise ValueError(
                        f"Key '{key}' names {_short(member)}, which is none of the {len(names):,} "
                        f"actions (nearest: {nearest(member, names)}). Mend the name, or add it."
                    )
        return self

    @classmethod
    def load(cls, path: str | PathLike[str]) -> "Plan":
        """Read a plan from a YAML file.

        Parameters
        ----------
        path : str or path-like
            A UTF-8 file that holds one mapping.

        Returns
        -------
        Plan

        Raises
        ------
        PlanError
            If the file is missing, is not YAML, gives a key twice, or is not a valid plan.

        Examples
        --------
        >>> Plan.load("nowhere.yaml")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        microlift.errors.PlanError: Plan file 'nowhere.yaml' does not exist...
        """
        return cls.from_dict(_read_yaml(Path(path)))

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> "Plan":
        """Build a plan from a mapping as it stands in the YAML file.

        Parameters
        ----------
        given : mapping
            As returned by `to_dict`, or part of it: what has a default may be left out.

        Returns
        -------
        Plan

        Raises
        ------
        PlanError
            Naming the key, what it got, and what to write.

        Examples
        --------
        >>> Plan.from_dict({"horizn": "14d"})  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        microlift.errors.PlanError: Plan key 'horizn': It is not known (nearest: 'horizon')...
        """
        if not isinstance(given, Mapping):
            raise PlanError(
                f"The plan is {_short(given)}, not a mapping of keys, so nothing can be read from "
                "it. Write it as 'macro: {event: purchase}', 'horizon: 14d' and so on."
            )
        keyed: dict[str, Any] = {str(key): value for key, value in given.items()}
        return cls(**keyed)

    def to_dict(self) -> dict[str, Any]:
        """Write the plan as plain data for JSON or YAML, defaults included, durations as text.

        Returns
        -------
        dict

        Examples
        --------
        >>> action = Action(name="add_to_cart", event="add_to_cart")
        >>> plan = Plan(macro=Macro(event="buy"), horizon="14d", actions=[action])
        >>> plan.to_dict()["horizon"], Plan.from_dict(plan.to_dict()) == plan
        ('2w', True)
        """
        return self.model_dump(mode="json")

    @property
    def hash(self) -> str:
        """Identify the plan by 12 hexadecimal digits of a SHA-256.

        The order of keys, comments, the path of the file and defaults spelled out make no
        difference; the order of actions does. Defaults are left out of the digest, so a release
        that adds a key does not change the identity of plans written before it.

        Examples
        --------
        >>> action = Action(name="add_to_cart", event="add_to_cart")
        >>> plan = Plan(macro=Macro(event="buy"), horizon="14d", actions=[action])
        >>> plan.hash
        'd8b021672ee6'
        """
        said = self.model_dump(mode="json", exclude_defaults=True)
        canonical = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(canonical.encode()).hexdigest()[:12]


_SPECS = (Plan, LogSpec, Columns, Macro, Clock, Action, WeightsSpec)


def _plan_error(error: ValidationError, given: Mapping[str, Any], root: type[_Spec]) -> PlanError:
    """Turn what pydantic found into the words of the plan: misspelled keys first, few in all."""
    found = error.errors(include_url=False)
    unknown = {e["loc"][:-1] for e in found if e["type"] == "extra_forbidden"}
    # A misspelled key also leaves its right spelling missing; one mistake gets one sentence.
    told = [e for e in found if e["type"] != "missing" or e["loc"][:-1] not in unknown]
    told.sort(key=lambda e: e["type"] != "extra_forbidden")
    lines = [_sentence(e, given, root) for e in told[:MAX_PROBLEMS]]
    if len(told) > MAX_PROBLEMS:
        lines.append(f"And {len(told) - MAX_PROBLEMS:,} more problems.")
    return PlanError("\n".join(lines))


def _sentence(error: ErrorDetails, given: Mapping[str, Any], root: type[_Spec]) -> str:
    loc, kind, got = error["loc"], error["type"], _short(error["input"])
    subject = _subject(loc, given, root)
    if kind == "value_error":
        said = str(error["ctx"]["error"])
    elif kind == "extra_forbidden":
        said = _unknown_key(loc, root)
    elif kind == "missing" and isinstance(loc[-1], str):
        example = _spec_at(loc[:-1], root).model_fields[loc[-1]].examples or ["..."]
        said = f"It is missing and has no default. Write for example '{loc[-1]}: {example[0]}'."
    elif kind == "model_type":
        keys = ", ".join(_spec_at(loc, root).model_fields)
        said = f"Got {got}, not a mapping. Write some of its keys ({keys}), or leave it out."
    elif kind == "string_type":
        said = f"Got {got}, not text. {_QUOTE_IT}"
    else:
        said = f"Got {got}, which cannot be used. {error['msg']}."
    return f"{subject}: {said}"


def _subject(loc: tuple[int | str, ...], given: Mapping[str, Any], root: type[_Spec]) -> str:
    path = root.place + "".join(f"[{at}]" if isinstance(at, int) else f".{at}" for at in loc)
    if not path:
        return "The plan"
    action: object = given if root is Action else None
    if loc[:1] == ("actions",) and len(loc) > 1:
        action = given["actions"][loc[1]]
    name = action.get("name") if isinstance(action, Mapping) else getattr(action, "name", None)
    owner = f" (action {_short(name)})" if isinstance(name, str) else ""
    return f"Plan key '{path.lstrip('.')}'{owner}"


def _unknown_key(loc: tuple[int | str, ...], root: type[_Spec]) -> str:
    spec, key = _spec_at(loc[:-1], root), str(loc[-1])
    if key in spec.later:
        return (
            "It is not yet supported by this release, and leaving it unread would change what the "
            "plan means. Remove it."
        )
    # A right key in the wrong section is near nothing there: say where it belongs.
    home = sorted(f"{s.place}.{key}".lstrip(".") for s in _SPECS if key in s.model_fields)
    near = ", ".join(map(repr, home)) or nearest(key, spec.model_fields)
    return f"It is not known (nearest: {near}), and a key is never ignored. Mend or remove it."


def _spec_at(loc: tuple[int | str, ...], root: type[_Spec]) -> type[_Spec]:
    place = root.place + "".join("[]" if isinstance(at, int) else f".{at}" for at in loc)
    return next(spec for spec in _SPECS if spec.place == place.lstrip("."))


class _UniqueKeys(yaml.SafeLoader):
    """YAML lets the last of two equal keys win; a plan refuses them."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        written = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        repeated = sorted({key for key in written if written.count(key) > 1})
        if repeated:
            raise PlanError(
                f"got the key {_listed(repeated)} more than once in the mapping that starts on "
                f"line {node.start_mark.line + 1:,}, of which only one could count. Keep one"
            )
        return super().construct_mapping(node, deep)


def _read_yaml(path: Path) -> Any:
    name = repr(str(path))
    if not path.exists():
        raise PlanError(
            f"Plan file {name} does not exist, so there is nothing to measure by. Mend the path, "
            "or write a plan."
        )
    try:
        return yaml.load(path.read_text(encoding="utf-8-sig"), _UniqueKeys)
    except PlanError as error:
        raise PlanError(f"Plan file {name}: {error}.") from None
    except (yaml.YAMLError, ValueError, RecursionError, OSError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1:,}" if mark else ""
        problem = getattr(error, "problem", None) or str(error)
        raise PlanError(
            f"Plan file {name} cannot be read as YAML{where}: {problem}. Mend the file; text "
            "with a colon, a hash or a leading sign stands in quotes."
        ) from None
