"""Visits or the clock, the session gap and the horizon: how the time of a log runs."""

from dataclasses import dataclass
from datetime import timedelta

from microlift.starter.lexicon import Template
from microlift.starter.profile import Outcome, Profile

# Lengths that people use, shortest first.
LENGTHS = {
    text: timedelta(seconds=seconds)
    for text, seconds in {
        "1s": 1, "10s": 10, "1m": 60, "10m": 600, "1h": 3_600, "6h": 21_600, "12h": 43_200,
    }.items()
} | {f"{days}d": timedelta(days=days) for days in (1, 2, 3, 7, 14, 30, 60, 90, 120, 180, 365)}  # fmt: skip

USUAL = timedelta(days=14)
AGAIN = 0.05  # later visits per user below which the whole sequence lies within one visit
ALIKE = 0.3  # overlap of what first and later visits begin with, from which on they are visits
NEAR = 0.1  # distance to it within which the choice is said to be unsure
MATURE = 3  # the log should hold the horizon so many times


@dataclass(frozen=True)
class Rhythm:
    """How moments are made, and how long is waited.

    Attributes
    ----------
    clock, quiet : str or None
        Durations; None for moments of visits.
    horizon : str
    moments_reasons, horizon_reasons, unsure : tuple of str
    """

    clock: str | None
    quiet: str | None
    horizon: str
    moments_reasons: tuple[str, ...]
    horizon_reasons: tuple[str, ...]
    unsure: tuple[str, ...]


def choose_rhythm(found: Profile, seen: Outcome, kind: Template | None) -> Rhythm:
    """Choose visits or the clock, and the horizon.

    Somebody who comes back to a site starts again; a file that is taken up again goes on where it
    was. So the two are told apart by what first and later visits begin with.

    Parameters
    ----------
    found : Profile
    seen : Outcome
    kind : Template or None

    Returns
    -------
    Rhythm
    """
    alike = overlap(found)
    once = found.laters < AGAIN * found.firsts
    visits = once or alike >= ALIKE
    unsure = []
    if once:
        said = (
            f"{found.firsts:,} users came {found.firsts + found.laters:,} times: nearly every "
            "sequence lies within one visit."
        )
    else:
        like = "as the first ones do, as visits of people are" if visits else (
            "otherwise than the first ones: a sequence is taken up where it was left, as files are"
        )
        said = (
            f"{found.laters:,} of {found.firsts + found.laters:,} stretches of activity are not a "
            f"user's first. They begin {like} (overlap {alike:.0%})."
        )
        if abs(alike - ALIKE) < NEAR:
            unsure.append("visits or the clock: the log speaks for neither clearly.")
    reasons = [said]
    if found.quiet:
        reasons.append(
            f"Between two of them lie {_days(found.quiet[0])} in the middle, {_days(found.quiet[2])}"
            " or less for 99 %."
        )
    horizon, why, doubts = _horizon(found, seen, kind, visits)
    unsure += doubts
    if visits:
        return Rhythm(None, None, horizon, tuple(reasons), why, tuple(unsure))
    tick = "1d" if seen.waits and seen.waits[0] >= 2 else "1h"
    quiet = _at_least(max(timedelta(days=found.quiet[2]), 2 * LENGTHS[tick]))
    reasons.append(
        f"So the clock asks every {tick}, of all whose last event is at most {quiet} back."
    )
    return Rhythm(tick, quiet, horizon, tuple(reasons), why, tuple(unsure))


def overlap(found: Profile) -> float:
    """How much first and later visits begin alike: the share that both have in common.

    Parameters
    ----------
    found : Profile

    Returns
    -------
    float
        From 0 (nothing) to 1 (in the same way); 1 where there are no later ones.
    """
    if not found.laters:
        return 1.0
    return sum(min(e.opens / found.firsts, e.later / found.laters) for e in found.events)


def _horizon(
    found: Profile, seen: Outcome, kind: Template | None, visits: bool
) -> tuple[str, tuple[str, ...], list[str]]:
    span = found.last - found.first
    usual = kind.horizon if kind else USUAL
    middle, most, nearly_all = (timedelta(days=wait) for wait in seen.waits)
    if not visits:
        chosen = _at_least(min(most * 0.9, span))  # a little less is nearer than the next length
    elif nearly_all < usual and found.laters < AGAIN * found.firsts:
        chosen = _at_least(max(nearly_all, LENGTHS["1d"]))
    else:
        chosen = _at_least(usual)
    because = (
        f"From a user's first event to the macro: {_days(middle / timedelta(days=1))} in the "
        f"middle, {_days(most / timedelta(days=1))} for 90 %, "
        f"{_days(nearly_all / timedelta(days=1))} for 99 %."
    )
    reasons, unsure = [because], []
    if visits and LENGTHS[chosen] == usual:
        reasons.append(f"{chosen} is usual for {kind.title}." if kind else f"{chosen} is usual.")
    if most > LENGTHS[chosen] * 1.5:
        unsure.append(
            f"the horizon: many macros come later than {chosen} after a user's first event. A "
            "longer one counts them for earlier actions, and leaves fewer moments old enough."
        )
    if LENGTHS[chosen] * MATURE > span:
        shorter = [text for text, length in LENGTHS.items() if length * MATURE <= span]
        if shorter:
            unsure.append(
                f"the horizon: the log spans {_days(span / timedelta(days=1))}, too little for "
                f"{chosen}. With a longer log write {chosen}."
            )
            chosen = shorter[-1]
    return chosen, tuple(reasons), unsure


def _at_least(length: timedelta) -> str:
    return next((text for text, each in LENGTHS.items() if each >= length), "365d")


def _days(days: float) -> str:
    """A number of days as people say it."""
    for unit, size in (("days", 1.0), ("hours", 1 / 24), ("minutes", 1 / 1440)):
        if days >= 2 * size:
            return f"{days / size:,.0f} {unit}" if days / size >= 10 else f"{days / size:.1f} {unit}"
    return f"{days * 86_400:,.0f} seconds"
