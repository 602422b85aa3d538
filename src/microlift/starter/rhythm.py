"""Visits or the clock, the session gap and the horizon: how the time of a log runs."""

from dataclasses import dataclass
from datetime import timedelta

from microlift.plan import parse_duration
from microlift.starter.lexicon import Template
from microlift.starter.outcome import Outcome
from microlift.starter.profile import Profile

# Lengths that people use, shortest first.
LENGTHS = {
    text: parse_duration(text)
    for text in (
        *("1s", "10s", "1m", "10m", "1h", "6h", "12h", "1d", "2d", "3d", "7d", "14d", "30d"),
        *("60d", "90d", "120d", "180d", "365d"),
    )
}

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
    alike, once, visits = overlap(found), _once_only(found), is_visits(found)
    horizon, why, unsure = _horizon(found, seen, kind, visits)
    if not once and abs(alike - ALIKE) < NEAR:
        unsure.append("moments: the log speaks clearly neither for visits nor for the clock.")
    if visits:
        people = _once(found) if once else _again(found, alike)
        return Rhythm(None, None, horizon, (people,), why, tuple(unsure))
    tick = "1d" if seen.waits[0] >= 2 else "1h"
    quiet = _at_least(max(timedelta(days=found.quiet[2]), 2 * LENGTHS[tick]))
    said = (
        f"Users were active {found.firsts + found.laters:,} times, {found.laters:,} of them not "
        f"for the first time. Later times begin otherwise than first ones (overlap {alike:.0%}): "
        "each goes on where the last one stopped, as a file on a desk does, so these are no "
        "visits.",
        f"Quiet between them: {days(found.quiet[0])} in the middle, {days(found.quiet[2])} or less "
        f"for 99%. So the clock asks every {tick} about all whose last event is at most {quiet} "
        "back.",
    )
    return Rhythm(tick, quiet, horizon, said, why, tuple(unsure))


def is_visits(found: Profile) -> bool:
    """Tell whether the sequences of a log are made of visits.

    Parameters
    ----------
    found : Profile

    Returns
    -------
    bool
    """
    return _once_only(found) or overlap(found) >= ALIKE


def _once_only(found: Profile) -> bool:
    return found.laters < AGAIN * found.firsts


def _once(found: Profile) -> str:
    return (
        f"{found.firsts:,} users came {found.firsts + found.laters:,} times: nearly every sequence "
        "lies within one visit."
    )


def _again(found: Profile, alike: float) -> str:
    quiet = f" They come back after {days(found.quiet[0])} in the middle." if found.quiet else ""
    return (
        f"Users came {found.firsts + found.laters:,} times, {found.laters:,} of them not for the "
        f"first time. Later times begin as first ones do (overlap {alike:.0%}), as the visits of "
        f"people do.{quiet}"
    )


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
    _, most, nearly_all = (timedelta(days=wait) for wait in seen.waits)
    if not visits:
        chosen = _at_least(min(most * 0.9, span))  # a little less is nearer than the next length
    elif nearly_all < usual and _once_only(found):
        chosen = _at_least(max(nearly_all, LENGTHS["1d"]))
    else:
        chosen = _at_least(usual)
    waits = [days(wait) for wait in seen.waits]
    because = (
        f"From a user's first event to the macro: {waits[0]} in the middle, {waits[1]} for 90%, "
        f"{waits[2]} for 99%."
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
                f"the horizon: the log spans {days(span / timedelta(days=1))}, too little for "
                f"{chosen}. With a longer log write {chosen}."
            )
            chosen = shorter[-1]
    return chosen, tuple(reasons), unsure


def _at_least(length: timedelta) -> str:
    return next((text for text, each in LENGTHS.items() if each >= length), "365d")


def days(count: float) -> str:
    """Say a number of days as people do.

    Examples
    --------
    >>> days(36.2), days(0.25), days(0.001)
    ('36 days', '6 hours', '1.4 minutes')
    """
    for unit, size in (("days", 1.0), ("hours", 1 / 24), ("minutes", 1 / 1440)):
        if count >= 2 * size or (unit == "minutes" and count >= size):
            return (
                f"{count / size:,.0f} {unit}"
                if count >= 10 * size
                else f"{count / size:.2g} {unit}"
            )
    return f"{count * 86_400:,.0f} seconds"
