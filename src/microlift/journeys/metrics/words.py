"""How test metrics were counted, and what to believe of them, in words."""

from typing import Any

import numpy as np
import pandas as pd

from microlift.events import EventLog
from microlift.journeys.metrics.asked import Ask
from microlift.journeys.metrics.choice import SCORE
from microlift.journeys.metrics.counts import Followed
from microlift.journeys.metrics.sizes import told_by
from microlift.journeys.waiting import macro_name, many, told
from microlift.moments.space import DAY
from microlift.plan import micros

LONG = 90.0  # days of a test that somebody would still run
SHORT = 14.0  # days of arrivals, below which weekdays do not average out


def notes_of(
    log: EventLog, followed: Followed, ask: Ask, rows: pd.DataFrame, past: pd.DataFrame
) -> tuple[str, ...]:
    """Say how it was counted, what the days are made of, and the assumption behind them."""
    horizon, macro = told(micros(log.plan.horizon)), macro_name(log)
    begin = "first macro" if log.plan.macro.repeat else "first visit"
    late = log.facts.users - followed.users
    notes = [
        f"Each of {followed.users:,} visitors is followed for {horizon} (the plan's horizon) from "
        f"the {begin}; {late:,} who came later than that before the end of the log are left out. "
        f"An action counts once, and only before {macro}: what comes after it cannot have led to "
        "it.",
        f"Days are those until enough visitors have come, at the {followed.a_day:,.1f} a day of "
        f"the log, plus {horizon} until the last of them has been followed; a test also meets "
        "visitors who have been there before, and may end sooner. Two arms, "
        f"{100 * ask.share:g} % of the visitors with the change, two-sided at 5 %, power "
        f"{100 * ask.power:g} %.",
        f"Days through it: a change raises {macro} by {100 * ask.effect:g} % and works on it only "
        "through the action, and those won for the action go on as those who do it now. People "
        "who do it meant to go on anyway: more of it is likely to bring less than it carries. What "
        "the action itself changes, LiftModel estimates.",
    ]
    if followed.days < SHORT:
        notes.append(
            f"Visitors came over only {told(followed.days * DAY)}, in which weekdays do not "
            "average out: traffic, and so the days, are rough."
        )
    if (first := rows.iloc[0])["days"] > LONG and first["kind"] != SCORE:
        notes.append(_too_long(followed, ask, first))
    return (*notes, *(_of_past(past) if len(past) else []))


def _too_long(followed: Followed, ask: Ask, row: "pd.Series[Any]") -> str:
    visitors = followed.a_day * max(0.0, LONG - followed.window)
    rise = told_by(visitors, row["rate"], ask.power, ask.share)
    least = f"tells rises from {100 * rise:.2g} % on" if rise == rise else "tells no rise at all"
    return (
        f"Hardly anybody runs a test for {row['days']:,.0f} days. At this traffic one of "
        f"{LONG:,.0f} days by {many([row['metric']])} {least}: test a bolder change, or with more "
        "visitors."
    )


def _of_past(past: pd.DataFrame) -> list[str]:
    controls = past.drop_duplicates("experiment")
    pairs = zip(controls["experiment"], controls["control"], strict=True)
    named = [f"{many([name])}: {many([control])}" for name, control in list(pairs)[:3]]
    more = f" and {len(controls) - 3} more" if len(controls) > 3 else ""
    unknown = int((~np.isfinite(past["effect"])).sum())
    notes = [
        f"Past effects are relative to the control ({', '.join(named)}{more}), among visitors of "
        "that variant at their first visit; intervals are not corrected for their number. Noise "
        "that metric and macro share makes effects agree by itself: trust those whose intervals "
        "leave 0 out.",
    ]
    if unknown:
        notes.append(f"{unknown:,} past effects are not known, since one arm has none.")
    return notes
