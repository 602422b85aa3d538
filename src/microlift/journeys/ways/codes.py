"""What a journey passes through, as small integers in the engine and as names at its end."""

from collections.abc import Iterable
from dataclasses import dataclass

from microlift.events import EventLog
from microlift.journeys.waiting import macro_name
from microlift.plan.quoting import printable

LONGEST = 10  # steps of a path: beyond, hardly two users go the same way
LEFT, OPEN, START, NEXT_VISIT = "(left)", "(still open)", "(start)", "(next visit)"
NOTHING = "(nothing planned)"
ARROW, MORE = " → ", "… → "


@dataclass(frozen=True)
class Codes:
    """Codes of steps: the actions in the plan's order, then how a journey ends and begins.

    Attributes
    ----------
    actions
        How many actions the plan has; an action's code is its place in the plan.
    names
        By code, as text that is safe to print.
    """

    actions: int
    names: tuple[str, ...]

    @classmethod
    def of(cls, log: EventLog) -> "Codes":
        """Codes for the plan of a log."""
        names = [printable(action.name) for action in log.plan.actions]
        ends = (macro_name(log), LEFT, OPEN, START, NEXT_VISIT)
        return cls(len(names), (*names, *ends))

    @property
    def macro(self) -> int:
        """The first macro, with which a journey ends."""
        return self.actions

    @property
    def left(self) -> int:
        """The end of a journey without a macro, known by a long silence."""
        return self.actions + 1

    @property
    def open(self) -> int:
        """The end of the log in the middle of a journey."""
        return self.actions + 2

    @property
    def start(self) -> int:
        """Before the first step."""
        return self.actions + 3

    @property
    def next_visit(self) -> int:
        """Between the steps of two visits."""
        return self.actions + 4

    def read(self, steps: Iterable[int]) -> tuple[str, ...]:
        """Names of the steps of a path.

        Examples
        --------
        >>> Codes(2, ("view", "cart", "buy", LEFT, OPEN, START, NEXT_VISIT)).read([0, 1])
        ('view', 'cart')
        """
        return tuple(self.names[step] for step in steps)
