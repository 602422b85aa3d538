"""A check: passed, failed or not judged, for all and for each action."""

from dataclasses import dataclass

from microlift.result import Result


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
    """

    name: str
    verdict: bool | None

    @property
    def failed(self) -> tuple[str, ...]:
        """Actions whose lift this check does not let stand."""
        if "verdict" not in self.frame or "action" not in self.frame:
            return ()
        # Only False fails: None, or a missing value, could not be judged.
        wrong = [value is False or str(value) == "False" for value in self.frame["verdict"]]
        return tuple(self.frame.loc[wrong, "action"].astype(str))
