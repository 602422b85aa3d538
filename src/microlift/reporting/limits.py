"""What limits a report, as sentences: the moments judged, single actions, the method itself."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pandas as pd

from microlift.plan import Action
from microlift.reporting.numerals import duration, listing, percent, plural

_DWELL = " It is known at that next event, so what this one is worth is part of its lift."
_RETURN = " It is judged from the visit before it."


def sequence(kind: str, starts: bool, reason: str) -> str:
    """Say what a moment is in this report, with the reason the estimator gives.

    >>> sequence("visits", True, "The log records 512 visits without a planned event.")
    'Moments are steps in a visit, and its start too. The log records 512 visits without a \
planned event.'
    """
    if kind == "clock":
        what = "Moments are ticks of the clock"
    elif starts:
        what = "Moments are steps in a visit, and its start too"
    else:
        what = "Moments are steps in a visit; its start is none"
    text = _capital(reason.strip())
    return f"{what}. {text}{'' if not text or text.endswith('.') else '.'}".strip()


def maturity(mature: int, immature: int, horizon: timedelta) -> str:
    """Say how many moments were judged and how many are too young.

    >>> maturity(900, 100, timedelta(days=14))
    'Judged are 900 moments whose whole horizon of 14 days lies inside the data; 100 moments \
(10.0 %) are too young and left out.'
    """
    share = immature / max(mature + immature, 1)
    return (
        f"Judged are {plural(mature, 'moment')} whose whole horizon of {duration(horizon)} lies "
        f"inside the data; {plural(immature, 'moment')} ({percent(share)}) are too young and "
        "left out."
    )


def rules(actions: Sequence[Action]) -> list[str]:
    """Say of each action that is more than an event by which rule it is counted.

    >>> rules([Action(name="read", event="page", dwell="60s"), Action(name="view", event="view")])
    ["read counts: 'page', and the next event of the session at least 1m later. It is known at \
that next event, so what this one is worth is part of its lift."]
    """
    return [
        f"{action.name} counts: {action.rule}."
        + (_DWELL if action.dwell is not None else "")
        + (_RETURN if action.returns_within is not None else "")
        for action in actions
        if action.ruled
    ]


def not_identified(frame: pd.DataFrame) -> list[str]:
    """Name each action whose lift is not identified, with the reason.

    >>> not_identified(pd.DataFrame({"action": ["pay"], "verdict": ["not identified"],
    ...     "note": ["everybody did it"]}))
    ['pay: lift not identified. Everybody did it.']
    """
    rows = frame[frame["verdict"] == "not identified"]
    lines = []
    for action, note in zip(rows["action"], rows["note"], strict=True):
        reasons = " ".join(f"{_capital(clause)}." for clause in _clauses(note))
        lines.append(f"{action}: lift not identified. {reasons}".strip())
    return lines


def remarks(frame: pd.DataFrame) -> list[str]:
    """Say what is remarked about judged actions; what holds for several is said once.

    >>> remarks(pd.DataFrame({"action": ["a", "b"], "verdict": ["raises", "lowers"],
    ...     "note": ["tick too long", "tick too long; few users"]}))
    ['a and b: tick too long.', 'b: few users.']
    """
    actions: dict[str, list[str]] = {}
    judged = frame[frame["verdict"] != "not identified"]
    for action, note in zip(judged["action"], judged["note"], strict=True):
        for clause in _clauses(note):
            actions.setdefault(clause, []).append(str(action))
    return [f"{listing(names, len(names))}: {clause}." for clause, names in actions.items()]


def _clauses(note: Any) -> list[str]:
    text = "" if pd.isna(note) else str(note).strip().rstrip(".")
    return [clause for clause in text.split("; ") if clause]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def standing(attributes: Sequence[str], horizon: timedelta) -> list[str]:
    """Say what holds for every result of this method, whatever the data.

    >>> standing(["channel"], timedelta(days=14))[0]
    'Intent that leaves no trace in the log biases every method, this one too: the lift compares \
users with the same recorded history and the same channel, and no more than that.'
    """
    held = "the same recorded history"
    held += f" and the same {listing(attributes)}" if attributes else ""
    return [
        "Intent that leaves no trace in the log biases every method, this one too: the lift "
        f"compares users with {held}, and no more than that.",
        "Credit is not incremental probability. The chance before a step already holds the "
        "chance of taking it, so the ledger books the surprise: a step that nearly everybody "
        "takes earns little even where its lift is large.",
        f"The chance of converting looks {duration(horizon)} ahead of each moment, and that "
        "window slides along: entries of the ledger contain its renewal.",
        "An interval covers what chance does, not what a change of the shop, the tracking or "
        "the season does.",
    ]
