"""A check: passed, failed or not judged, for all and for each action."""

from dataclasses import dataclass
from typing import ClassVar

from microlift.result import Result

WARNING = "warning"


@dataclass(frozen=True, eq=False, repr=False)
class Check(Result):
    """What one check found.

    Attributes
    ----------
    frame
        The figures. Where the check judges actions: one row an action, in the plan's order, with
        the columns ``action`` and ``verdict`` (True, False, or None where it cannot be judged).
    finding
        What they say, in one sentence.
    name
        What is checked, in the field's words: ``"overlap"``, ``"placebo action"``.
    verdict
        True where it passed, False where it failed, None where it could not be judged.
    advises : bool
        Whether it only warns: what it says may be true of a sound lift too, so False takes away no
        verdict.
    """

    advises: ClassVar[bool] = False

    name: str
    verdict: bool | None

    @property
    def failed(self) -> tuple[str, ...]:
        """Actions whose lift this check does not let stand; none where it only advises."""
        return () if self.advises else self._wrong()

    @property
    def warned(self) -> tuple[str, ...]:
        """Actions that it warns of, where it only advises."""
        return self._wrong() if self.advises else ()

    def _wrong(self) -> tuple[str, ...]:
        if "verdict" not in self.frame or "action" not in self.frame:
            return ()
        # Only False fails: None, or a missing value, could not be judged.
        wrong = [value is False or str(value) == "False" for value in self.frame["verdict"]]
        return tuple(self.frame.loc[wrong, "action"].astype(str))


def warned(verdict: object) -> str | bool | None:
    """What a check that only advises shows of a verdict: a warning where it failed.

    >>> warned(False), warned(True), warned(None)
    ('warning', True, None)
    """
    return WARNING if str(verdict) == "False" else True if str(verdict) == "True" else None
