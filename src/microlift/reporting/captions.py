"""Captions: what the marks of each look's picture mean, in a line; and which looks have one."""

from microlift.bidding import ClientNote
from microlift.diagnosis import Backlog, Diagnosis
from microlift.evidence import Backtest, Evidence, Settling, UnseenIntent
from microlift.evidence.check import Check
from microlift.evidence.unjudged import Unjudged
from microlift.history import Diff
from microlift.journeys import Flow, TimeToMacro, Trend
from microlift.reporting.days import EventsByDay, MacrosByDay
from microlift.result import Result

# Axes and keys say most of it; here is what they do not say.
_CAPTIONS: dict[type[Result], str] = {
    Backlog: "Blue is weighed by the evidence; how easy each is, you know best.",
    Backtest: "At 1 a method tells as much of a segment as its few macros, counted alone.",
    ClientNote: "All of the same visitors.",
    Diagnosis: "Points are weeks with their 95 % intervals; dashed: what is usual.",
    Diff: "Blue rose, orange fell.",
    EventsByDay: "Each line has a scale of its own, from nothing to its largest day.",
    Evidence: "Each row is an action, each column a check of its lift.",
    Flow: "A ribbon is as wide as its share of the visitors.",
    MacrosByDay: "Thin is each day, thick the middle of the seven days around it.",
    TimeToMacro: "The band is the 95 % interval.",
    Trend: "The band is what its own history foretells.",
}
_OF_CHECKS = {
    "balance": "Of the action whose groups differ most.",
    "calibration": "On the dashed line, what was predicted is what happened.",
    "placebo outcome": "At 1 the past tells nothing of what is done next.",
}


def of(found: Result) -> str:
    """Caption of a look's picture; empty where there is nothing to be said.

    >>> from microlift.evidence.unjudged import Unjudged
    >>> import pandas as pd
    >>> of(Unjudged(pd.DataFrame(), "No.", "balance", None))
    'Of the action whose groups differ most.'
    """
    if isinstance(found, Check):
        return _OF_CHECKS.get(found.name, "")
    return "" if found.frame.empty else _CAPTIONS.get(type(found), "")


def pictured(found: Result) -> bool:
    """Whether there is anything in a look's picture: one that is empty says less than its sentence.

    >>> from microlift.evidence.unjudged import Unjudged
    >>> import pandas as pd
    >>> pictured(Unjudged(pd.DataFrame(), "No.", "overlap", None))
    False
    """
    if isinstance(found, Unjudged) or found.finding.startswith("Not judged"):
        return False
    if isinstance(found, Settling):
        return bool((found.frame["days"] > 0).any())
    if isinstance(found, Backtest):
        return bool(found.frame["gain"].notna().any())
    if isinstance(found, UnseenIntent):
        return bool((found.frame["shift"].abs() > 0).any())
    return not found.frame.empty or isinstance(found, Diagnosis)
