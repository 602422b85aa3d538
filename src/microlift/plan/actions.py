"""The micro actions: their names, and the rules that say which events are occurrences of them."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from microlift.plan.fields import Name, SomeNames, Where
from microlift.plan.quoting import short
from microlift.plan.spec import Spec

MAX_ACTIONS = 30  # an action is one bit of an integer mask, and a forest plot has to stay legible

Kind = Literal["milestone", "secondary", "engagement", "exploration", "friction"]


class Action(Spec):
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
