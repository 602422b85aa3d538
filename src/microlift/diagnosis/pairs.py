"""Pairs of things done, of which the one should lead to the other, or should not be followed by it.

A funnel's steps are such pairs; so are those that people know to look at: much scrolling and few
clicks, forms begun and not sent. What is *much* is not asked here: a pair is judged by its own
history alone.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from microlift.errors import InputError, nearest
from microlift.events import EventLog
from microlift.plan import Action, Plan
from microlift.plan.quoting import short

MACRO, ACTION, EVENT = "macro", "action", "event"
MOST_PAIRS = 24
_TROUBLE = {"error", "errors", "bug", "fail", "failed", "failure", "rage", "exception", "crash"}


@dataclass(frozen=True)
class Mark:
    """Something done: the macro, an action (`code` is its bit), or an event outside the plan."""

    name: str
    kind: str
    code: int = 0


@dataclass(frozen=True)
class Pair:
    """What is done, what comes after it in the same visit, and which of the two ways is bad.

    Attributes
    ----------
    first, then
        What opens the pair, and what is looked for after it.
    wanted
        Whether `then` is to follow: a fault lowers its share, or raises that of friction.
    cause
        What to look at first where it goes wrong.
    """

    first: Mark
    then: Mark
    wanted: bool
    cause: str


@dataclass(frozen=True)
class _Story:
    """Words of names by which a known pair is found, and what is usually behind it."""

    first: frozenset[str]
    then: frozenset[str]
    cause: str


def _story(first: str, then: str, cause: str) -> _Story:
    return _Story(frozenset(first.split()), frozenset(then.split()), cause)


_STORIES = (
    _story(
        "cart basket bag", "checkout shipping order purchase",
        "costs that show only now: shipping, taxes, fees; a forced account",
    ),
    _story(
        "payment billing", "purchase order paid subscribe",
        "the payment itself: a method that fails, an error, a device on which it breaks",
    ),
    _story(
        "checkout shipping delivery", "payment billing purchase order",
        "delivery: its price, its dates, the countries served, a form that breaks",
    ),
    _story(
        "start started begin began open opened focus", "submit submitted sent send complete",
        "a field that puts people off or will not validate: a required telephone number, a captcha",
    ),
    _story(
        "pricing price prices plans", "signup sign register registration trial subscribe demo",
        "price, terms or proof: what the pricing page leaves open",
    ),
    _story(
        "scroll", "cta click clicked",
        "the call to action: its place, its words, whether it can be seen and pressed",
    ),
    _story(
        "video play watch", "scroll cta click",
        "what comes after the video: whether anything leads on from it",
    ),
    _story(
        "search", "product item view result",
        "the search: empty results, or results that do not fit",
    ),
)  # fmt: skip
_UNKNOWN_CAUSE = "what changed there at that time: a release, a price, a form, a campaign"
_FRICTION_CAUSE = "what users see there: an error, a page that does not answer, a form that refuses"


def find_pairs(log: EventLog, pairs: Sequence[tuple[str, str]] = ()) -> tuple[Pair, ...]:
    """Find the pairs of a log: those of its funnel, those known by name, friction, and any given.

    Parameters
    ----------
    log
        The event log.
    pairs
        More pairs of names: actions of the plan, or the macro.

    Raises
    ------
    InputError
        If a name is no action of the plan.
    """
    plan = log.plan
    usable = [action for action in plan.actions if plan.takes_part(action)]
    marks = {
        action.name: Mark(action.name, ACTION, plan.actions.index(action)) for action in usable
    }
    macro = Mark(plan.macro.name, MACRO)
    found = [*_steps(plan, usable, marks, macro), *_given(pairs, marks, macro)]
    wanted = [action for action in usable if action.kind != "friction"]
    found += _known([marks[action.name] for action in wanted] + [macro])
    found += _friction(log, usable, marks)
    kept = {(pair.first, pair.then): pair for pair in reversed(found)}
    return tuple(pair for pair in found if kept.pop((pair.first, pair.then), None))[:MOST_PAIRS]


def _given(pairs: Sequence[tuple[str, str]], marks: dict[str, Mark], macro: Mark) -> Iterator[Pair]:
    known = marks | {macro.name: macro}
    for pair in pairs:
        if isinstance(pair, str) or len(pair) != 2 or pair[0] == pair[1] or pair[0] == macro.name:
            msg = (
                f"pairs has {short(pair)}: each is two names, what is done and what should follow "
                "it, and nothing follows the macro. Write for example pairs=[('video', 'pricing')]."
            )
            raise InputError(msg)
        for name in pair:
            if name not in known:
                msg = (
                    f"pairs names {short(name)}, which is no action of the plan that leads to the "
                    f"macro (nearest: {nearest(name, known)}). Only what the log was read for can "
                    "be followed. Mend the name, or add the action to the plan."
                )
                raise InputError(msg)
        first, then = pair
        yield Pair(known[first], known[then], True, _cause(known[first], known[then]))


def _steps(
    plan: Plan, usable: Sequence[Action], marks: dict[str, Mark], macro: Mark
) -> Iterator[Pair]:
    """Each step of the funnel and the next; without a funnel each milestone and the macro."""
    if plan.funnel:
        steps = [marks[name] for name in plan.funnel if name in marks] + [macro]
        ways = list(pairwise(steps))
    else:
        milestones = [marks[action.name] for action in usable if action.kind == "milestone"]
        ways = [(mark, macro) for mark in milestones]
    for first, then in ways:
        yield Pair(first, then, True, _cause(first, then))


def _known(marks: Sequence[Mark]) -> Iterator[Pair]:
    for story in _STORIES:
        for first in marks:
            for then in marks:
                fits = _words(first) & story.first and _words(then) & story.then
                if first != then and first.kind != MACRO and fits:
                    yield Pair(first, then, True, story.cause)


def _friction(log: EventLog, usable: Sequence[Action], marks: dict[str, Mark]) -> Iterator[Pair]:
    """Trouble after each step of the funnel: actions of kind friction, and events named for it."""
    plan = log.plan
    planned = {name for action in plan.actions for name in action.event}
    trouble = [marks[action.name] for action in usable if action.kind == "friction"]
    for name, code in sorted(log.facts.event_codes.items()):
        mark = Mark(name, EVENT, code)
        if name not in planned and name not in plan.macro.event and _words(mark) & _TROUBLE:
            trouble.append(mark)
    steps = [marks[name] for name in plan.funnel if name in marks]
    if not plan.funnel:
        steps = [marks[action.name] for action in usable if action.kind == "milestone"]
    for first in reversed(steps):  # the last step that trouble follows is where to look
        for then in trouble:
            yield Pair(first, then, False, _FRICTION_CAUSE)


def _cause(first: Mark, then: Mark) -> str:
    for story in _STORIES:
        if _words(first) & story.first and (_words(then) & story.then or then.kind == MACRO):
            return story.cause
    return _UNKNOWN_CAUSE


def _words(mark: Mark) -> set[str]:
    """Words of a name.

    >>> sorted(_words(Mark("beginCheckout_step2", ACTION)))
    ['begin', 'checkout', 'step']
    """
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", mark.name[:200])
    return set(re.findall(r"[a-z]+", spaced.lower()))
