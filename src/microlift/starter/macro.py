"""The likeliest macro of a log, with the reasons."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from microlift.errors import EventsError, nearest
from microlift.plan.fields import MAX_NAME
from microlift.starter.columns import shown
from microlift.starter.lexicon import TEMPLATES, Template, holds, place, shared, simple, template
from microlift.starter.outcome import Outcome
from microlift.starter.profile import Event, Profile

FEWEST = 10  # users with the macro below which nothing can be estimated
MANY = 0.9  # share of users above which an event is no goal but a habit
ALIKE = 0.9  # share of converters within a minute of the macro from which on it is the same thing
ONLY_WITH = 0.01  # and at most so many of its users without a macro
TIED = 0.25  # share of converters at the very instant for which both are written as one macro
CLOSE = 15  # points between the first and the second below which this is said
NAMED = 40  # points that only a known name gives


@dataclass(frozen=True)
class MacroChoice:
    """The macro of a plan.

    Attributes
    ----------
    events : tuple of str
        One, or several that are the same thing.
    reasons : tuple of str
    unsure : tuple of str
        What a reader should decide.
    same : dict of str to str
        Events that happen with the macro, each with the figures: it is written down in several
        rows, and none of them leads to it.
    valued : bool
        Whether the amount of the log belongs to it.
    """

    events: tuple[str, ...]
    reasons: tuple[str, ...]
    unsure: tuple[str, ...]
    same: dict[str, str]
    valued: bool


def rank_macros(found: Profile, kind: Template | None) -> list[tuple[float, Event]]:
    """Give every event points for being the macro, most first.

    Parameters
    ----------
    found : Profile
    kind : Template or None

    Returns
    -------
    list of tuple of float and Event
    """
    points = [(_points(event, found, kind), event) for event in found.events]
    return sorted(points, key=lambda scored: (-scored[0], scored[1].name))


def choose_macro(found: Profile, kind: Template | None, given: Sequence[str] = ()) -> MacroChoice:
    """Choose the macro.

    Parameters
    ----------
    found : Profile
    kind : Template or None
        The kind of business.
    given : sequence of str
        What the caller says.

    Returns
    -------
    MacroChoice
        Before `with_same`.

    Raises
    ------
    EventsError
        If the log has one event name, or nothing that few enough users do.
    """
    if found.names < 2:
        raise EventsError(
            f"The log has {found.names:,} event name, so that nothing can lead to anything. Give a "
            "log that holds both the macro and what comes before it."
        )
    if given:
        return _as_said(found, given)
    ranked = rank_macros(found, kind)
    score, best = ranked[0]
    if score <= 0:
        raise EventsError(
            f"None of the {found.names:,} event names of the log looks like a macro: each is done "
            f"by fewer than {FEWEST} of {found.users:,} users, or by nearly all of them. Name it "
            "with --macro EVENT, or widen the log."
        )
    unsure = []
    if score < NAMED:
        unsure.append(
            f"no event has a name that is known for a macro; {shown(best.name)} was taken because "
            "it is rare and late. Is it the goal?"
        )
    rivals = [event for points, event in ranked[1:4] if points >= max(NAMED, score - CLOSE)]
    rest = [event for points, event in ranked[1:4] if points >= NAMED and event not in rivals]
    if rivals:
        unsure.append(f"the macro could as well be {_listed(rivals)}.")
    reasons = [_why(best, found, score)]
    if rest:
        reasons.append(f"Less likely: {_listed(rest)}")
    return MacroChoice((best.name,), tuple(reasons), tuple(unsure), {}, _valued(best, found))


def with_same(choice: MacroChoice, seen: Outcome) -> MacroChoice:
    """Add the events that happen with the macro and never without it.

    Those at the very instant are listed as one macro with it. Where only some rows carry the
    amount, only these are, since the first row of a user's macro is the one that counts.

    Parameters
    ----------
    choice : MacroChoice
    seen : Outcome

    Returns
    -------
    MacroChoice
    """
    same: dict[str, str] = {}
    tied = []
    for name, stands in seen.relations.items():
        doers = stands.before + stands.at + stands.after + stands.alone
        together = stands.near >= ALIKE * seen.macros and stands.alone <= ONLY_WITH * doers
        # A step that is over within a minute is still a step where it always comes first.
        if name in choice.events or not together or stands.before >= ALIKE * seen.macros:
            continue
        same[name] = (
            f"within a minute of {shown(choice.events[0])} for {stands.near:,} of {seen.macros:,} "
            f"converters (at its very instant: {stands.at:,}), without it for {stands.alone:,} "
            "users"
        )
        if stands.at >= TIED * seen.macros:
            tied.append(name)
    if not same:
        return choice
    if choice.valued:
        named = ", ".join(map(shown, same))
        said = [
            f"The same thing is also written down as {named}; only the event that carries the "
            "amount is named, or the amounts would be lost"
        ]
        tied = []
    else:
        said = [f"{shown(name)} is the same thing: {same[name]}" for name in tied]
    events = (*choice.events, *tied)
    return replace(choice, events=events, reasons=(*choice.reasons, *said), same=same)


def _points(event: Event, found: Profile, kind: Template | None) -> float:
    share = event.users / found.users
    if event.users < FEWEST or share > MANY or len(event.name) > MAX_NAME:
        return -1.0
    points = max(_named(event.name, kind), _named_elsewhere(event.name, kind))
    if not points and holds(event.name, shared()["friction"]):
        return 0.0  # rare and late, as goals are, but nobody's
    points += 25.0 if _valued(event, found) else 0.0
    points += 10.0 * (1 - share) + 10.0 * event.last / event.users
    return points


def _named(name: str, kind: Template | None) -> float:
    """Points for a name: 100 and less for the same, 60 and less for one that holds a known one."""
    known = kind.macro if kind else ()
    found = place(name, known)
    if found is None or holds(name, shared()["friction"]):
        return 0.0
    where, same = found
    if same:
        return max(NAMED + 20.0, 100.0 - 2 * where)
    later = set(simple(name).split("_")) - set(known[where].split("_"))
    return 0.0 if not later.isdisjoint(shared()["no_macro"]) else max(NAMED + 1.0, 60.0 - 2 * where)


def _named_elsewhere(name: str, kind: Template | None) -> float:
    others = (template(each) for each in TEMPLATES)
    return max(0.75 * _named(name, each) for each in others if each is not kind)


def _valued(event: Event, found: Profile) -> bool:
    """Whether the amount belongs to this event: most of its rows have one, most others none."""
    mine = event.worth + event.below
    others = sum(each.worth + each.below for each in found.events) - mine
    rows = sum(each.rows for each in found.events) - event.rows
    return event.worth > 0 and 2 * mine >= event.rows and 2 * others <= rows


def _why(event: Event, found: Profile, score: float) -> str:
    how = "by its name" if score >= NAMED else "by what the log shows"
    said = (
        f"{how}: {event.users:,} of {found.users:,} users have it ({event.users / found.users:.1%})"
    )
    last = f", and it is the last that is seen of {event.last:,}" if event.last else ""
    return f"{shown(event.name)}, {said}{last}"


def _as_said(found: Profile, given: Sequence[str]) -> MacroChoice:
    known = {event.name: event for event in found.events}
    absent = [name for name in given if name not in known]
    if absent:
        raise EventsError(
            f"--macro names {shown(absent[0])}, which is not among the {found.names:,} event names "
            f"of the log (nearest: {nearest(absent[0], known)}). Mend the name."
        )
    events = [known[name] for name in dict.fromkeys(given)]
    users = f"{_listed(events)} of {found.users:,}"
    valued = all(_valued(event, found) for event in events)
    return MacroChoice(tuple(e.name for e in events), (f"as you said: {users}",), (), {}, valued)


def _listed(events: Sequence[Event]) -> str:
    return ", ".join(f"{shown(event.name)} ({event.users:,} users)" for event in events)
