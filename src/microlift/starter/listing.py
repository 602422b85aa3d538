"""The actions of a starting plan as text: their figures, the list itself, and what is left out."""

from collections.abc import Sequence

from microlift.plan.actions import MAX_ACTIONS
from microlift.plan.fields import MAX_NAME
from microlift.starter.candidates import Candidate, Standing
from microlift.starter.choices import Choices
from microlift.starter.columns import shown
from microlift.starter.text import comment, cut, scalar

LISTED = 8  # events of one sort that are named each

# What is left out, in the order in which it is told.
_LEFT_OUT: dict[Standing, str] = {
    "leak": "Leaks. They happen with the macro or after it, so they cannot lead to it:",
    "metric": (
        "Metrics. They say that somebody was there, not that anything was done. Left unplanned, "
        "they show the visits in which nothing planned happens:"
    ),
    "arrival": "Arrivals. Everybody has done them, so there is nobody to compare with:",
    "twin": "Written down together with another one, of which one is enough:",
    "rare": "Too few macros came after them:",
}

# What is said of some of those that stay, in the order in which it is told.
_SAID_OF: dict[Standing, str] = {
    "gate": (
        "Gates are mandatory: practically every converter passed them. They show where users are "
        "lost; their lift is often not identified, and little is credited to them."
    ),
    "end": (
        "Ends: nobody comes to the macro from there, so their lift is not identified. They stay in "
        "the plan so that nobody is compared with users who are out of the race."
    ),
}

_RULES = (
    "Rules look at more than an event's name. Thresholds are the usual ones: change them to what "
    "your pages are like."
)


def actions(choices: Choices) -> list[str]:
    """Write the figures of all candidates, the active actions, and those in reserve."""
    active = [each for each in choices.actions if each.active]
    spare = [each for each in choices.actions if not each.active]
    lines = [
        *comment(
            f"The figures of each: users who did it; of the {choices.seen.macros:,} converters "
            "those who had done it before; converted among its users, and among all others. They "
            "say who does it, not what it changes."
        ),
        "#",
        *_table([*active, *spare], choices),
        "actions:",
        *(f"  - {_action(each, choices)}" for each in active),
    ]
    if spare:
        lines += comment(
            f"In reserve. {len(active)} are enough to begin with: take a comment sign away when "
            "the first have proved useful, or where one tells apart whom the others mix.",
            indent=2,
        )
        lines += [f"  # - {_action(each, choices)}" for each in spare]
    return lines


def _table(rows: Sequence[Candidate], choices: Choices) -> list[str]:
    names = [cut(each.event.name) for each in rows]
    width = max(map(len, names))
    lines = [f"#   {'':<{width}}  {'users':>9}  {'before':>9}  {'its':>5}  {'others':>6}"]
    for name, each in zip(names, rows, strict=True):
        its, others = _rates(each, choices)
        gate = f"  {each.standing}" if each.standing in ("gate", "end") else ""
        spare = "" if each.active else "  (in reserve)"
        lines.append(
            f"#   {name:<{width}}  {each.event.users:>9,}  "
            f"{each.stands.before + each.stands.at:>9,}  {its:>5}  {others:>6}{gate}{spare}"
        )
    for standing, said in _SAID_OF.items():
        those = [each for each in rows if each.standing == standing]
        if those:
            lines += ["#", *comment(said)]
        for each in those:
            lines += comment(f"{shown(each.event.name)}: {each.reason}", first="  - ")
    ruled = [each for each in rows if each.rule]
    if ruled:
        lines += ["#", *comment(_RULES)]
    for each in ruled:
        lines += comment(f"{shown(each.event.name)}: {each.reason}", first="  - ")
    return lines


def _rates(each: Candidate, choices: Choices) -> tuple[str, str]:
    stands, users, macros = each.stands, choices.found.users, choices.seen.macros
    led = stands.before + stands.at
    doers = led + stands.alone
    rest = users - doers
    return _share(led, doers), _share(macros - led, rest)


def _share(part: int, whole: int) -> str:
    """A share in percent, with a decimal where it is small: 0.5 % is not 1 %, and not 0 %."""
    if whole <= 0:
        return "–"
    return f"{part / whole:.0%}" if part >= whole / 10 or not part else f"{part / whole:.1%}"


def _action(each: Candidate, choices: Choices) -> str:
    taken = [one.event.name for one in choices.actions]
    said = {"name": scalar(_action_name(each.event.name, taken))}
    rule = each.rule
    event = rule.event if rule else each.event.name
    if event:
        said["event"] = scalar(event)
    conditions = [choices.opened.where] if event and choices.opened.where else []
    for key, value in (rule.keys if rule else {}).items():
        if key == "where":
            conditions.append(value)
        else:
            said[key] = scalar(value) if key == "without" else value
    if conditions:
        said["where"] = scalar(" AND ".join(conditions))
    said["kind"] = each.kind
    return "{" + ", ".join(f"{key}: {value}" for key, value in said.items()) + "}"


def _action_name(event: str, taken: Sequence[str]) -> str:
    """A name that a plan takes: no control characters, no space at the ends."""
    kept = "".join(char if char.isprintable() else " " for char in event).strip()
    kept = kept or f"event {list(taken).index(event) + 1}"
    same = [_printable(other) for other in taken[: list(taken).index(event)]]
    return f"{kept[: MAX_NAME - 4]} {len(same) + 1}" if kept in same else kept


def _printable(event: str) -> str:
    return "".join(char if char.isprintable() else " " for char in event).strip()


def funnel(choices: Choices) -> list[str]:
    """Write the way to the macro; nothing where no active action lies on it."""
    active = [each for each in choices.actions if each.active]
    taken = [one.event.name for one in choices.actions]
    gates = [each for each in active if each.standing == "gate"]
    # Past the first gate only gates are on everybody's way.
    start = max((each.event.users for each in gates), default=0)
    way = [
        _action_name(each.event.name, taken)
        for each in active
        if each.kind == "milestone" and (each in gates or each.event.users > start)
    ]
    if not way:
        return []
    return [
        "# The way to the macro, in the order in which users thin out.",
        f"funnel: [{', '.join(map(scalar, way))}]",
    ]


def left_out(choices: Choices) -> list[str]:
    """Write which events are no actions, and why."""
    planned = {each.event.name for each in choices.actions}
    rest = [each for each in choices.judged if each.event.name not in planned]
    lines = ["# Left out, and why"] if rest else []
    for standing, title in _LEFT_OUT.items():
        mine = [each for each in rest if each.standing == standing]
        if not mine:
            continue
        lines += ["#", *comment(title)]
        for each in mine[:LISTED]:
            reason = f": {each.reason}" if each.reason else f": {each.event.users:,} users"
            lines += comment(f"{shown(each.event.name)}{reason}", first="  - ")
        if len(mine) > LISTED:
            lines.append(f"#   - and {len(mine) - LISTED:,} more")
    further = [each for each in rest if each.standing in ("gate", "step")]
    names = len(further) + choices.found.names - len(choices.found.events)
    if names:
        said = (
            f"{names:,} further event names are not listed: a plan holds {MAX_ACTIONS}, which is "
            "also the number of key events that GA4 allows a property; names of more than "
            f"{MAX_NAME} characters cannot be told apart in a table."
        )
        lines += ["#", *comment(said)]
    return lines
