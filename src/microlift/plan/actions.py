"""The micro actions: their names, and the rules that say which events are occurrences of them."""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, PlainSerializer, ValidationInfo, model_validator

from microlift.plan.durations import Duration, format_duration, read_duration
from microlift.plan.fields import Name, Names, Where
from microlift.plan.quoting import listed, short
from microlift.plan.spec import Spec

MAX_ACTIONS = 30  # an action is one bit of an integer mask, and a forest plot has to stay legible
MAX_COUNT = 10_000  # beyond, nobody means a state that a visitor reaches

Kind = Literal["milestone", "secondary", "engagement", "exploration", "friction"]
Count = Literal["user", "click", "every"]
SESSION = "session"
AFTER_MACRO = "comes after the macro: judged with macro: {repeat: true}"


def _read_within(value: object, info: ValidationInfo) -> object:
    if value == SESSION:
        return value
    try:
        return read_duration(value, info)
    except ValueError as error:
        raise ValueError(f"{error} Or write session.") from None


def _write_within(value: str | timedelta) -> str:
    return value if isinstance(value, str) else format_duration(value)


Within = Annotated[
    Literal["session"] | timedelta,
    BeforeValidator(_read_within),
    PlainSerializer(_write_within, return_type=str),
]


def _read_after(value: object) -> object:
    if value not in (None, "macro"):
        raise ValueError(
            f"Got {short(value)}; an action may come after the macro and after nothing else. Write "
            "'after: macro', or leave it out."
        )
    return value


class Action(Spec):
    """A micro action: its name, and the rule that says which events are occurrences of it.

    `name` is free text for people, at most 100 characters; `event` one or several event names;
    `where` a condition that the event must also meet. That alone makes every such event an
    occurrence; of the following an action may have one:

    - `at_least` N and `within` a session or a duration: the event that makes it N. In a session
      once; in a duration, which counts back from the event and includes its own ends, whenever N
      is reached that the matching event before had not reached.
    - `dwell`: the event is followed by another of its session no sooner than this. It is an
      occurrence when it is known, at that other event.
    - `returns_within`: a session starts no later than this after the user's event before it.
      It needs no `event`.
    - `without` other events, `within` the session or a duration after the event. It is an
      occurrence when it is known: once the session has been silent for longer than the session
      gap, or the duration is over.

    `first_only` keeps a user's first occurrence of whatever the rule is.

    `label` is what people call it, in reports and on ad platforms. `count` is what an ad platform
    counts, and so what a weight is for: a ``user``'s first, the first of each ``click`` (of each
    session where there is no click id), or ``every`` one.

    ``after: macro`` is for what a customer does: it counts after the user's first macro only, so
    it takes no part where that one is judged, and is judged with ``macro: {repeat: true}``. At the
    time of a macro it stands behind it, where other actions stand before.

    Examples
    --------
    >>> Action(name="deep_scroll", event="scroll", where="percent >= 75").kind
    'milestone'
    >>> Action(name="heavy_browsing", event="page_view", at_least=5, within="session").rule
    "at least 5 of 'page_view' within a session"
    """

    place = "actions[]"

    name: Name = Field(examples=["add_to_cart"])
    event: Names = Field(default=(), examples=["add_to_cart"])
    where: Where | None = None
    kind: Kind = "milestone"
    at_least: int | None = Field(default=None, strict=True, ge=1, le=MAX_COUNT)
    within: Within | None = None
    dwell: Duration | None = None
    returns_within: Duration | None = None
    without: Names = ()
    first_only: bool = Field(default=False, strict=True)
    after: Annotated[Literal["macro"] | None, BeforeValidator(_read_after)] = None
    label: Name | None = None
    count: Count = "user"

    @model_validator(mode="after")
    def _one_whole_rule(self) -> Self:
        problem = _wrong_events(self) or _wrong_rule(self)
        if problem:
            raise ValueError(problem)
        return self

    @property
    def unheard(self) -> "Action":
        """The action with its name and kind, and without anything that could be an occurrence.

        Examples
        --------
        >>> Action(name="review", event="review_written", after="macro").unheard.event
        ()
        """
        return Action.model_construct(name=self.name, kind=self.kind, after=self.after)

    @property
    def ruled(self) -> bool:
        """Whether occurrences hang on other events of the user, not on the event alone."""
        return bool(_rules(self)) or self.first_only

    @property
    def rule(self) -> str:
        """The rule in words.

        Examples
        --------
        >>> Action(name="came_back", returns_within="7d").rule
        "a session that starts at most 1w after the user's event before it"
        >>> Action(name="left_form", event="start", without="submit", within="10m").rule
        "'start' and none of 'submit' within 10m after it"
        """
        event = listed(list(self.event)) + (f" where {short(self.where)}" if self.where else "")
        said = event
        if self.at_least is not None:
            within = "a session" if self.within == SESSION else _said(self.within)
            said = f"at least {self.at_least:,} of {event} within {within}"
        elif self.dwell is not None:
            said = f"{event}, and the next event of the session at least {_said(self.dwell)} later"
        elif self.returns_within is not None:
            gap = _said(self.returns_within)
            said = f"a session that starts at most {gap} after the user's event before it"
        elif self.without:
            limit = "in its session" if self.within == SESSION else f"within {_said(self.within)}"
            said = f"{event} and none of {listed(list(self.without))} {limit} after it"
        return f"{said}, only a user's first" if self.first_only else said


def _said(within: str | timedelta | None) -> str:
    return format_duration(within) if isinstance(within, timedelta) else str(within)


def _rules(action: Action) -> list[str]:
    found = {
        "at_least": action.at_least is not None,
        "dwell": action.dwell is not None,
        "returns_within": action.returns_within is not None,
        "without": bool(action.without),
    }
    return [key for key, given in found.items() if given]


def _wrong_events(action: Action) -> str:
    """Say what is wrong with the events that an action names, or nothing."""
    if action.returns_within is not None:
        if action.event or action.where:
            return (
                "Got returns_within beside event or where: it looks at sessions, whatever they "
                "begin with, so the other key would go unread. Keep one of them."
            )
        return ""
    if not action.event:
        return (
            "Got no event, so nothing could be an occurrence of it. Write for example "
            "'event: add_to_cart'."
        )
    both = sorted(set(action.event) & set(action.without))
    if both:
        return (
            f"Got {listed(both)} in event and in without; an event cannot finish what it starts. "
            "Keep it in one of them."
        )
    return ""


def _wrong_rule(action: Action) -> str:
    """Say what is missing of a rule, or what goes not with another, or nothing."""
    rules = _rules(action)
    if len(rules) > 1:
        return (
            f"Got {' and '.join(rules)}; an action has one rule, since it has one meaning. Write "
            "an action for each."
        )
    needs = bool(rules) and rules[0] in ("at_least", "without")
    if needs and action.within is None:
        return (
            f"Got {rules[0]} and no within, so how far to look would be a guess. Write "
            "'within: session', or a duration such as 'within: 7d'."
        )
    if action.within is not None and not needs:
        return (
            f"Got within {_said(action.within)} and neither at_least nor without, which alone "
            "read it. Add one of them, or remove it."
        )
    if action.at_least == 1 and action.within != SESSION:
        return (
            "Got at_least 1 within a duration, which every event reaches. Write 2 or more, leave "
            "both out for every event, or write first_only: true."
        )
    return ""


def _read_actions(value: object) -> object:
    if not isinstance(value, list | tuple):
        raise ValueError(f"Got {short(value)}, not a list. Write one action a line, after a dash.")
    if not 1 <= len(value) <= MAX_ACTIONS:
        raise ValueError(
            f"Got {len(value):,} actions; a plan holds 1 to {MAX_ACTIONS}, which is what a log can "
            "tell apart and a reader can take in. Keep the ones you would act on."
        )
    return value


Actions = Annotated[tuple[Action, ...], BeforeValidator(_read_actions)]
