"""Readiness in words: why a mode, what triggers the next and when, and what to know of a row."""

import json
from datetime import date

from microlift.bidding.modes import BOTH, MACRO, MICRO, ONE_STAGE
from microlift.bidding.pace import LEAST_DAYS, LEAST_MACROS, chance_of_counts
from microlift.bidding.thresholds import WINDOW, Thresholds
from microlift.bidding.verdict import Figures, Verdict, situation_of
from microlift.journeys.waiting import many
from microlift.plan.quoting import clipped

NOT_WITHIN_A_YEAR = "not within a year"


def why(figures: Figures, verdict: Verdict, thresholds: Thresholds) -> str:
    """Give the reason for a mode, in a sentence."""
    n = f"{figures.macros:,} in {WINDOW} days"
    stage = (
        f"book one stage only, {many([figures.stage])} ({figures.stage_visits:,} visits in "
        f"{WINDOW} days)"
        if figures.stage
        else "book one stage only; the plan names none, so add a step of the funnel to it"
    )
    if verdict.mode == MICRO:
        return (
            f"{n} are fewer than {thresholds.few}, too few to bid on: micro actions "
            f"stand in as primary, with {figures.micro:,} visits in the same days."
        )
    if verdict.mode == ONE_STAGE:
        if figures.macros >= thresholds.enough:
            return (
                f"{n} would do, but half of them come more than {thresholds.slow:g} days after "
                f"the first touch ({figures.delay.median:.1f}), late for bidding to learn from: "
                f"{stage}."
            )
        near = ", near the money and with enough of them" if figures.stage else ""
        return (
            f"{n} are at least {thresholds.few}, but fewer than the {thresholds.enough} by which "
            f"bidding can be judged: {stage}{near}."
        )
    if verdict.mode == BOTH:
        return (
            f"{n} are enough to bid on ({thresholds.enough}), but fewer than the "
            f"{thresholds.alone} that do alone: the macro stays primary at a reduced value, with "
            "few micro actions beside it."
        )
    low = situation_of(figures).low_value and figures.macros < thresholds.alone
    least = thresholds.good if low else thresholds.alone
    small = f" at order values below {figures.low_value:g}" if low else ""
    return (
        f"{n} are at least {least}, enough for the macro alone{small}: micro actions become "
        "secondary."
    )


def trigger(verdict: Verdict) -> str:
    """Say what brings the next mode.

    >>> trigger(Verdict("micro", "one stage", 15, False, None, None, None, None, True))
    'one stage, from 15 in 30 days'
    """
    if verdict.next_mode is None:
        return "none: the last step"
    word = "below" if verdict.falls else "from"
    return f"{verdict.next_mode}, {word} {verdict.trigger:,} in {WINDOW} days"


def when(verdict: Verdict) -> str:
    """Say when the next mode is expected.

    >>> day = date(2026, 3, 4)
    >>> when(Verdict("micro", "one stage", 15, False, day, day, None, None, True))
    'about 4 March 2026 (4 March 2026 to later than a year)'
    """
    if verdict.next_mode is None:
        return "–"
    if not verdict.known:
        return "cannot be told"
    if verdict.expected is None:
        early = f" (at the earliest {day(verdict.earliest)})" if verdict.earliest else ""
        return NOT_WITHIN_A_YEAR + early
    latest = day(verdict.latest) if verdict.latest else "later than a year"
    return f"about {day(verdict.expected)} ({day(verdict.earliest)} to {latest})"


def until(verdict: Verdict) -> str:
    """Say when micro actions are planned to go."""
    if verdict.mode == MACRO:
        return "now"
    if not verdict.known:
        return "cannot be told"
    return day(verdict.micro_until) if verdict.micro_until else NOT_WITHIN_A_YEAR


def day(at: date | None) -> str:
    """Write a date; a dash where there is none."""
    return f"{at.day} {at:%B %Y}" if at else "–"


def in_plan(verdict: Verdict, figures: Figures) -> str:
    """Say what the plan has to hold for this mode.

    >>> found = Verdict("macro and micro", None, None, False, None, None, None, None, True)
    >>> in_plan(found, None)
    'weights: {keep_macro_primary: true}'
    """
    if verdict.mode == MICRO:
        return "weights: {primary: auto}"
    if verdict.mode == MACRO:
        return "weights: {mode: macro}"
    if verdict.mode == BOTH:
        return "weights: {keep_macro_primary: true}"
    if verdict.mode == ONE_STAGE and figures.stage:
        return f"weights: {{primary: {json.dumps([figures.stage], ensure_ascii=False)}}}"
    return ""


def note(figures: Figures, verdict: Verdict, thresholds: Thresholds, days: int) -> str:
    """What a reader of one row should know; empty where there is nothing."""
    said = []
    low, high = chance_of_counts(figures.macros)
    bounds = (thresholds.few, thresholds.enough, thresholds.good, thresholds.alone)
    if any(figures.macros < bound <= high or low < bound <= figures.macros for bound in bounds):
        said.append(
            f"a month like this brings {low:,} to {high:,} by chance alone, so the mode may change "
            "back"
        )
    if days < WINDOW:
        pace = figures.macros * WINDOW / days
        said.append(f"the log holds {days:,} days only; at its pace {WINDOW} bring {pace:,.0f}")
    if figures.pace is None:
        said.append(
            f"no dates: they need {LEAST_DAYS} days with {LEAST_MACROS} macros in the last half "
            "year"
        )
    if figures.delay.cut:
        said.append("90 % take at least as long as shown: the log is too short for the slow ones")
    if figures.late and verdict.mode in (BOTH, MACRO):
        said.append(
            f"half of the macros come later than {thresholds.slow:g} days after the first touch "
            f"(90 % within {figures.delay.most:.0f}): judge no change before that time has passed"
        )
    if verdict.mode in (MICRO, ONE_STAGE):
        signals = figures.micro if verdict.mode == MICRO else figures.stage_visits
        if signals < thresholds.enough:
            who = "micro actions bring" if verdict.mode == MICRO else "this stage brings"
            said.append(
                f"even {who} only {signals:,} in {WINDOW} days: pool it with others in one bid "
                "strategy, or take an earlier action"
            )
    text = "; ".join(said)
    return text[:1].upper() + text[1:] + "." if text else ""


def finding(macro: str, figures: Figures, verdict: Verdict, others: dict[str, int], by: str) -> str:
    """The account in a sentence or two, and how many segments are in which mode."""
    low, high = chance_of_counts(figures.macros)
    said = (
        f"{figures.macros:,} macros ({macro}) in the last {WINDOW} days, {low:,} to {high:,} by "
        f"chance: ready for the mode {verdict.mode}"
    )
    if verdict.mode == ONE_STAGE and figures.stage:
        said += f" ({many([figures.stage])})"
    if verdict.next_mode:
        said += f"; next {trigger(verdict)}: {when(verdict)}"
    if others:
        told = ", ".join(f"{mode} {count:,}" for mode, count in others.items() if count)
        said += f". By {clipped(by)}: {told}"
    return said + "."
