"""All checks of a fitted model in one go, and what is left of its verdicts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import pandas as pd
from tqdm.auto import tqdm

from microlift.asked import as_asked
from microlift.evidence.check import Check, warned
from microlift.evidence.checks import (
    balance,
    calibration,
    confounder,
    leave_one_out,
    overlap,
    placebo_action,
)
from microlift.evidence.checks.heavy import heavy_users
from microlift.evidence.checks.outcome import placebo_outcome
from microlift.evidence.checks.stability import stability
from microlift.evidence.threads import one_thread
from microlift.evidence.unjudged import closed
from microlift.evidence.verdicts import named
from microlift.models import LiftModel, LiftTable
from microlift.models.table import NOT_IDENTIFIED
from microlift.progress import shows_progress
from microlift.result import Result, onto

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CHECKS: tuple[Callable[[LiftModel], Check], ...] = (
    overlap,
    balance,
    placebo_action,
    placebo_outcome,
    confounder,
    leave_one_out,
    heavy_users,
    stability,
    calibration,
)
# These count events again.
_OF_EVENTS: dict[object, str] = {
    placebo_outcome: "placebo outcome",
    heavy_users: "heavy users",
    stability: "stability",
}


@dataclass(frozen=True, eq=False, repr=False)
class Evidence(Result):
    """What the checks found, and the verdicts that stand.

    Attributes
    ----------
    frame
        One row a check: ``check``, ``verdict`` (True, False, or None where it could not be
        judged), a column for each action, ``finding``. Of a check that only advises, False is a
        warning.
    finding
        What they say together, in one sentence.
    checks
        The checks themselves, with their figures and pictures.
    revised
        The table of lifts with the verdicts that stand: an action that fails a check is
        ``not identified``, and its note says which and why. Warnings take no verdict away.
    """

    then: ClassVar[str] = ".plot(), .checks[0].plot(), .revised"

    checks: tuple[Check, ...]
    revised: LiftTable

    def plot(self, *, narrow: bool = False, ax: "Axes | None" = None) -> "Axes":
        """Draw actions by checks: passed, failed or not judged, by shape and colour."""
        from microlift.reporting.verdicts import grid

        with onto(ax):
            return grid(self._verdicts(), narrow)

    def _table(self) -> str:
        from microlift.reporting.verdicts import grid_table

        return grid_table(self._verdicts(), [check.finding for check in self.checks])

    def _shown(self) -> pd.DataFrame:
        return self.frame.drop(columns="finding")

    def _verdicts(self) -> pd.DataFrame:
        """Verdicts by action (rows, the model as a whole first) and check."""
        actions = list(self.revised.frame["action"])
        rows = [
            [warned(said) if check.advises else said for said in _of(check, actions)]
            for check in self.checks
        ]
        columns = [check.name for check in self.checks]
        return pd.DataFrame(zip(*rows, strict=True), ["all", *actions], columns, dtype=object)


@as_asked
@one_thread
def run_checks(
    model: LiftModel,
    checks: Sequence[Callable[[LiftModel], Check]] = CHECKS,
    quiet: bool | None = None,
) -> Evidence:
    """Run all checks of a fitted model.

    Three of them count events again; where the log is closed they are not judged, and calibration
    is judged on the whole log alone.

    Parameters
    ----------
    model
        A fitted model.
    checks
        Functions that take it and return a `Check`.
    quiet
        No progress bar; by default there is one where somebody watches.

    Returns
    -------
    Evidence
        Where a check fails an action, its verdict in `Evidence.revised` is ``not identified``.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> import pandas as pd
    >>> from microlift import LiftModel, Plan, moments, read_events
    >>> plan = Plan.from_dict({"macro": {"event": "buy"}, "horizon": "1d",
    ...                        "actions": [{"name": "view", "event": "view"}]})
    >>> rows = [(f"u{i}", "2026-01-01 10:00", "visit") for i in range(600)]
    >>> rows += [(f"u{i}", "2026-01-01 10:01", "view") for i in range(300)]
    >>> rows += [(f"u{i}", "2026-01-01 10:05", "buy") for i in range(0, 600, 5)]
    >>> rows += [("u0", "2026-01-05 10:00", "visit")]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "log.csv"
    ...     columns = ["user_id", "timestamp", "event"]
    ...     pd.DataFrame(rows, columns=columns).to_csv(path, index=False)
    ...     with read_events(path, plan) as log:
    ...         evidence = run_checks(LiftModel(rotations=1).fit(moments(log)), [overlap, balance])
    >>> print(evidence.to_frame()[["check", "verdict", "view"]].to_string())
         check verdict  view
    0  overlap    True  True
    1  balance    None  None
    """
    found = []
    with tqdm(
        total=len(checks), desc="checks", disable=not shows_progress(quiet), leave=False
    ) as bar:
        for check in checks:
            name = _OF_EVENTS.get(check) if model.moments_.log.closed else None
            found.append(check(model) if name is None else closed(model, name))
            bar.update()
    actions = list(model.lift_.frame["action"])
    taken = {"check", "verdict", "finding"}
    names = [f"{name} (action)" if name in taken else name for name in actions]
    rows = [[check.name, *_of(check, actions), check.finding] for check in found]
    frame = pd.DataFrame(rows, columns=["check", "verdict", *names, "finding"], dtype=object)
    revised = _revised(model.lift_, found)
    finding = _finding(found, model.lift_, revised)
    return Evidence(frame, finding, tuple(found), revised)


def _of(check: Check, actions: list[str]) -> list[bool | None]:
    """Verdict of a check, and on each action; None where it judges no actions."""
    if "action" not in check.frame or "verdict" not in check.frame:
        return [check.verdict, *[None] * len(actions)]
    pairs = zip(check.frame["action"], check.frame["verdict"], strict=True)
    known = {action: {"True": True, "False": False}.get(str(verdict)) for action, verdict in pairs}
    return [check.verdict, *(known.get(action) for action in actions)]


def _revised(table: LiftTable, checks: Sequence[Check]) -> LiftTable:
    frame = table.to_frame()
    for check in checks:
        notes = check.frame.get("note")
        for action in check.failed:
            at = frame["action"] == action
            why = "" if notes is None else str(notes[check.frame["action"] == action].iloc[0])
            told = f"check failed: {check.name}" + (f": {why}" if why else "")
            frame.loc[at, "verdict"] = NOT_IDENTIFIED
            before = str(frame.loc[at, "note"].iloc[0])
            frame.loc[at, "note"] = f"{before}; {told}" if before else told
    return LiftTable(frame)


def _finding(checks: Sequence[Check], table: LiftTable, revised: LiftTable) -> str:
    failed = [check.name for check in checks if check.verdict is False and not check.advises]
    judged = sum(check.verdict is not None for check in checks if not check.advises)
    lost = table.frame.loc[table.frame["verdict"] != revised.frame["verdict"], "action"]
    warning = "".join(
        f" A warning: {named(check.warned)} ({check.name})." for check in checks if check.warned
    )
    if not judged:
        return f"None of {len(checks)} checks could be judged.{warning}"
    if not failed:
        return f"All {judged} checks that could be judged are passed: the verdicts stand.{warning}"
    told = f"{len(failed)} of {judged} checks fail: {', '.join(failed)}"
    if lost.empty:
        return f"{told}; no verdict changes.{warning}"
    what = "its verdict" if len(lost) == 1 else "their verdicts"
    return f"{told}; {named(lost)} {'loses' if len(lost) == 1 else 'lose'} {what}.{warning}"
