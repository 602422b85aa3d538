"""Weights on their way through the guards, and what each rule says of them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from microlift.plan import Plan
from microlift.weights.content import ActionWeight, Guard, State, WeightsFile

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Seen:
    """What guards look at beside the weights.

    Attributes
    ----------
    previous
        The last published version, where there is one.
    unread
        Why there is a published version that cannot be read; empty where there is none.
    cycle
        Median time from a user's first event to the macro.
    bad_data
        What the check of data quality refuses, in words; empty where nothing is, None where it
        was not asked.
    rolled_back
        When the published version was brought back; None where it was published last.
    """

    previous: WeightsFile | None = None
    cycle: timedelta = timedelta(0)
    bad_data: tuple[str, ...] | None = None
    unread: str = ""
    rolled_back: datetime | None = None


@dataclass
class Round:
    """The weights on their way through the rules, and what the rules said.

    `cut` are the places of actions that a rule has given less than they would have.
    """

    content: WeightsFile
    plan: Plan
    seen: Seen
    weights: list[float] = field(default_factory=list)
    cut: set[int] = field(default_factory=set)
    guards: list[Guard] = field(default_factory=list)

    def say(
        self, rule: str, state: State, threshold: str, got: str, reason: str, action: str = ""
    ) -> None:
        """Note what a rule found, of one action or of all."""
        of = action or None
        self.guards.append(
            Guard(rule=rule, state=state, action=of, threshold=threshold, got=got, reason=reason)
        )

    def booked(self) -> Iterator[tuple[int, ActionWeight]]:
        """Actions that still have a weight, with their places."""
        for place, action in enumerate(self.content.actions):
            if self.weights[place] > 0:
                yield place, action

    def money(self, amount: float) -> str:
        """An amount in words."""
        unit = self.content.currency
        return f"{amount:,.2f} {unit}" if unit else f"{amount:.4f} macros"


def days_of(span: timedelta) -> str:
    """A span of time in days, in words."""
    days = span / DAY
    return f"{days:.1f} days" if days < 10 else f"{days:,.0f} days"
