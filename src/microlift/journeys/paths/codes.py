"""What a journey passes through, as small integers in the engine and as names at its end."""

from dataclasses import dataclass

from microlift.journeys.waiting import macro_name
from microlift.events import EventLog
from microlift.plan.quoting import printable

WIDTH = 6  # bits of a step: 30 actions and what else there is
LONGEST = 10  # steps of a path, so that it fits an integer of the engine
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

    def unpack(self, path: int) -> tuple[str, ...]:
        """Names of the steps of a path, first to last.

        Parameters
        ----------
        path
            Six bits a step, the last step in the lowest; each one more than the step's code.

        Examples
        --------
        >>> Codes(2, ("view", "cart", "buy", LEFT, OPEN, START, NEXT_VISIT)).unpack((1 << 6) + 2)
        ('view', 'cart')
        """
        steps = []
        while path:
            path, step = divmod(path, 1 << WIDTH)
            steps.append(self.names[step - 1])
        return tuple(reversed(steps))
