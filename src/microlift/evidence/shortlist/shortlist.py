"""A shortlist: from the candidates of a plan the few that are worth being made key events."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from microlift.asked import as_asked
from microlift.errors import InputError
from microlift.evidence.backtest.arrivals import count_arrivals
from microlift.evidence.backtest.windows import refuse_without_macros, windows_of
from microlift.evidence.shortlist import reasons
from microlift.evidence.shortlist.candidates import (
    EARLY,
    LATE,
    MIDDLE,
    Candidates,
    count_candidates,
    overlaps,
    stages,
)
from microlift.evidence.shortlist.foretelling import Foretelling
from microlift.evidence.shortlist.result import Shortlist
from microlift.evidence.threads import one_thread
from microlift.models import LiftModel

Floats = npt.NDArray[np.float64]
SAME = 0.9  # of the users of two actions in common: they are one
Z = 1.645  # what is added has to be above 0 by so many standard errors
ME = "shortlist()"


@as_asked
@one_thread
def shortlist(
    model: LiftModel, *, least: int = 5, most: int = 8, monthly: float = 30.0
) -> Shortlist:
    r"""Choose the actions to make key events, and give a reason for and against each.

    Ruled out is what hinders (friction), comes after the macro or together with it, is done by too
    few for bidding, is shown not to raise the macro (no evidence, lowers, not identified), or comes
    last and hardly more often than the macro. A mandatory gate has no lift, since nobody converts
    without it; it is judged by what it foretells alone. Of the rest the next chosen is always the
    one with the most of

    .. math:: added \cdot early

    *added* is the share of the log loss of the later macros that it takes away beyond those
    already chosen: who arrived in the earlier half of the log teaches, who arrived later judges.
    *early* is the share of the way from arrival to the macro that still lies ahead when it is done.
    Left out is what has nearly the users of one already chosen, and what adds no more than chance
    does. A stage of the funnel without any action gets its best candidate.

    Parameters
    ----------
    model
        Fitted on the moments of a log that is still open.
    least, most
        Between 5 and 8 are worth it; fewer where fewer qualify, and the finding says so.
    monthly
        Users in 30 days that bidding needs to learn from an action.

    Returns
    -------
    Shortlist

    Raises
    ------
    InputError
        If the log is too short for an earlier and a later part, has too few macros in either, or
        the numbers are not 1 <= least <= most and monthly >= 0.

    Examples
    --------
    With ``found = shortlist(LiftModel().fit(moments(log)))``, ``found.actions`` are the chosen ones
    and ``found.to_frame()`` holds all candidates, each with its reason.

    >>> shortlist(LiftModel(), least=9, most=8)
    Traceback (most recent call last):
    microlift.errors.InputError: shortlist() got least=9, most=8, monthly=30.0, ...
    """
    if not (1 <= least <= most and monthly >= 0):
        msg = (
            f"{ME} got least={least!r}, most={most!r}, monthly={monthly!r}, which leave nothing to "
            "choose. Give 1 <= least <= most, and a number of users not below 0."
        )
        raise InputError(msg)
    log = model.moments_.log
    windows = windows_of(log, what=ME)
    (learned,) = count_arrivals(log, windows.first, windows.split - windows.horizon, (-1,))
    (judged,) = count_arrivals(log, windows.split, windows.end, (-1,))
    refuse_without_macros(learned.macros, judged.macros, ME)
    count = len(log.plan.actions)
    figures = count_candidates(log)
    shared = overlaps((learned, judged), count)
    barred = reasons.barred(model, figures, monthly)
    search = _Search(
        Foretelling(learned, judged, count), figures, shared, stages(log.plan, figures.early)
    )
    search.run(barred, most)
    frame = _frame(model, search, barred)
    chosen = int(frame["chosen"].sum())
    return Shortlist(
        frame=frame,
        finding=reasons.finding(frame, least),
        notes=reasons.notes(windows, learned, judged, chosen, monthly),
    )


@dataclass
class _Search:
    """Greedy choice, and what came out for each action on the way.

    `chosen` are positions of the plan's actions in the order of their choice; `added` and `error`
    what each adds to those before it (of others, to all chosen); `covers` the stage that an action
    was taken in for; `same_as` the chosen action whose users one nearly has.
    """

    told: Foretelling
    figures: Candidates
    shared: Floats
    stages: tuple[str, ...]
    chosen: list[int] = field(default_factory=list)
    added: dict[int, float] = field(default_factory=dict)
    error: dict[int, float] = field(default_factory=dict)
    covers: dict[int, str] = field(default_factory=dict)
    same_as: dict[int, int] = field(default_factory=dict)

    def run(self, barred: dict[int, str], most: int) -> None:
        """Choose until nothing adds, or there are enough; then look at the stages."""
        every = range(self.told.actions)
        open_ = [action for action in every if action not in barred]
        while open_ and len(self.chosen) < most:
            self._weigh(open_)
            adding = [a for a in open_ if self.added[a] > Z * self.error[a]]
            if not adding:
                break
            self._take(max(adding, key=lambda a: self.added[a] * self._early(a)), open_)
        for stage in (EARLY, MIDDLE, LATE):
            here = [a for a in open_ if self.stages[a] == stage and self.added[a] > 0]
            if (
                here
                and len(self.chosen) < most
                and stage not in map(self.stages.__getitem__, self.chosen)
            ):
                best = max(here, key=lambda a: self.added[a])
                self.covers[best] = stage
                self._take(best, open_)
        self._weigh([action for action in every if action not in self.chosen])
        for action in every:  # twins of a chosen action, whatever else speaks against them
            if action not in self.chosen and (twin := self._twin(action)) is not None:
                self.same_as[action] = twin

    def _take(self, action: int, open_: list[int]) -> None:
        self.chosen.append(action)
        open_.remove(action)
        for other in list(open_):
            if self.shared[action, other] >= SAME:
                open_.remove(other)
        if open_:
            self._weigh(open_)

    def _weigh(self, actions: list[int]) -> None:
        before = self.told.loss(self.chosen)
        for action in actions:
            after = self.told.loss([*self.chosen, action])
            self.added[action], self.error[action] = self.told.added(before, after)

    def _early(self, action: int) -> float:
        early = float(self.figures.early[action])
        return early if early == early else 0.0

    def _twin(self, action: int) -> int | None:
        if not self.chosen:
            return None
        nearest = max(self.chosen, key=lambda other: self.shared[action, other])
        return nearest if self.shared[action, nearest] >= SAME else None


def _frame(model: LiftModel, search: _Search, barred: dict[int, str]) -> pd.DataFrame:
    plan, figures = model.moments_.log.plan, search.figures
    names = [action.name for action in plan.actions]
    rest = [action for action in range(len(names)) if action not in search.chosen]
    rest.sort(key=lambda action: (action in barred, -search.added[action]))
    rows = []
    for action in (*search.chosen, *rest):
        others = [other for other in search.chosen if other != action]
        nearest = max(others, key=lambda other: search.shared[action, other], default=None)
        overlap = float("nan") if nearest is None else float(search.shared[action, nearest])
        rows.append(
            {
                "action": names[action],
                "kind": plan.actions[action].kind,
                "stage": search.stages[action],
                "chosen": action in search.chosen,
                "monthly": figures.monthly[action],
                "added": search.added[action],
                "early": figures.early[action],
                "lead": figures.lead[action],
                "overlap": overlap,
                "overlap_with": "" if nearest is None else names[nearest],
                "reason": "",
            }
        )
    frame = pd.DataFrame(rows)
    order = [*search.chosen, *rest]
    said = []
    for place, action in enumerate(order):
        row = frame.iloc[place].to_dict()
        if action in search.chosen:
            gate = reasons.is_gate(model, action)
            said.append(reasons.included(row, search.covers.get(action), place, gate))
        elif action in search.same_as:
            said.append(reasons.twin(row, names[search.same_as[action]]))
        else:
            said.append(barred.get(action) or reasons.adds_nothing(row, len(search.chosen)))
    return frame.assign(reason=said)
