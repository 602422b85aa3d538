"""Cohorts in words: the finding, the note of a row, and how it was counted."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from microlift.events import EventLog
from microlift.journeys.cohorts.asking import Cohort
from microlift.journeys.cohorts.comparing import LEAST_MACROS, Comparison
from microlift.journeys.cohorts.following import MOMENTS, RETURNS
from microlift.journeys.cohorts.language import Without, nodes_of
from microlift.journeys.waiting import macro_name, many
from microlift.plan import format_duration

SURE = 0.05
TOGETHER = 0.1  # share of macros at the very moment, above which order cannot be told
_NOT_CAUSE = "rates that go together, not an effect"
_CALENDAR = {1: "week", 4: "four weeks"}


def row_note(
    log: EventLog, size: Mapping[str, int], members: pd.DataFrame, found: Comparison | None
) -> str:
    """Why a row says less than others; nothing where it says all."""
    if not size["users"]:
        return "nobody is a member before the macro"
    if not members["n"].sum():
        return f"no member is followed for {format_duration(log.plan.horizon)}"
    if found is None:
        return "nobody else is at such a point of the journey"
    if size["at_once"] > TOGETHER * size["macros"] and not log.plan.log.sequence:
        return "recorded together with the macro"
    if not found.told:
        return f"fewer than {LEAST_MACROS} macros on a side: too few to tell"
    return ""


def say_finding(log: EventLog, frame: pd.DataFrame) -> str:
    """The cohort whose ratio is farthest from 1, where any is."""
    sure = frame[frame["q_value"] < SURE]
    horizon = format_duration(log.plan.horizon)
    if len(sure):
        row = sure.loc[np.log(sure["ratio"]).abs().idxmax()]
        return (
            f"Of those with {many([row['cohort']])}, {row['rate']:.2%} reach {macro_name(log)} "
            f"within {horizon}, {row['ratio']:.2f} times the {row['rest_rate']:.2%} of the rest "
            "at the same point of their journeys (95 % interval "
            f"{row['ratio_low']:.2f} to {row['ratio_high']:.2f}; {_NOT_CAUSE})."
        )
    if not frame["size"].any():
        return "Nobody is a member of any cohort before the macro."
    if frame["q_value"].notna().any():
        return (
            f"No cohort reaches {macro_name(log)} more or less often than the rest at the same "
            "point of their journeys, by more than chance."
        )
    return "No cohort can be compared with the rest: the notes of the rows say why."


def notes_on(
    log: EventLog, asked: Sequence[Cohort], frame: pd.DataFrame, calendars: Sequence[int]
) -> tuple[str, ...]:
    """How it was counted, and what it does not say."""
    horizon = format_duration(log.plan.horizon)
    when = [_CALENDAR[weeks] for weeks in sorted(set(calendars)) if weeks in _CALENDAR]
    same = f" and in the same {' or '.join(when)}" if when else ""
    notes = [
        f"Members are followed for {horizon} from the moment at which they become members; the "
        f"rest, users without a {macro_name(log)} who are no members (yet), for {horizon} from "
        "each of their moments at the same time since the first event, with as many events so "
        f"far{same}, averaged with the weights of the members.",
        f"A ratio says {_NOT_CAUSE}: members may have come by other channels or with firmer "
        "plans. What an action changes, LiftModel estimates. The naive ratio compares those who "
        "ever did with all others, whenever the macro came: it is not 1 even where nothing has an "
        "effect.",
    ]
    late = int((frame["size"] - frame["judged"]).sum())
    if late:
        notes.append(
            f"{late:,} members of {int(frame['size'].sum()):,} (over all cohorts) are counted in "
            f"the size alone: the log ends within {horizon} of their moment, or nobody else is at "
            "such a point."
        )
    if any(isinstance(part, Without) for cohort in asked for part in nodes_of(cohort.node)):
        notes.append(
            "What is left undone is known when its time is over: members by it are followed from "
            "then on, and the rest from the end of waits as long."
        )
    if log.facts.events > MOMENTS:
        notes.append(f"About {MOMENTS:,} moments stand for the rest, the same ones in every run.")
    if log.facts.users > RETURNS:
        notes.append(f"Visits in the weeks after are those of about {RETURNS:,} users.")
    return tuple(notes)
