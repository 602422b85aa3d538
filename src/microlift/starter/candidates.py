"""What each event is worth planning for: gate, step, leak, metric or end, each with its reason."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Literal

from microlift.plan.actions import MAX_ACTIONS, Kind
from microlift.plan.fields import MAX_NAME
from microlift.starter.columns import shown
from microlift.starter.lexicon import TEMPLATES, Template, holds, place, shared, simple, template
from microlift.starter.macro import MacroChoice
from microlift.starter.outcome import Outcome, Relation
from microlift.starter.profile import Event, Profile
from microlift.starter.rules import FIRST_CODE, Found, Rule

Standing = Literal["gate", "step", "leak", "metric", "arrival", "end", "rare", "twin"]

GATE = 0.98  # share of converters (or of their visits) from which on a step counts as mandatory
BARRED = 0.1  # rate of macros without it, against the rate with it, up to which it is mandatory
LEAK = 0.1  # share at the macro's very time from which on the order is unknown
ONLY_AFTER = 0.9
FEWEST = 10  # macros after doing it below which nothing can be estimated
OFTEN = 0.02  # share of users from which on an end of the journey has to be told apart
ONCE = 1.05  # rows a user up to which something is done once in a life
ALL = 0.99
SAME = 0.9  # share of the rarer one's users in the same second from which on two are one step
DROP = 0.98  # a gate that more than this of the gate before it pass adds nothing of its own
HABIT = 0.95  # share of users above which something comes behind, or is no rule to begin with
ACTIVE = 8
BY_STANDING: dict[Standing, Kind] = {"gate": "milestone", "end": "friction"}
BESIDE: tuple[Kind, ...] = ("engagement", "exploration", "secondary", "friction")


@dataclass(frozen=True)
class Candidate:
    """An event that could be an action.

    Attributes
    ----------
    event : Event
    stands : Relation
        To the macro.
    kind : str
    standing : str
        ``gate``, ``step`` and ``end`` can be actions, the others cannot.
    reason : str
        Why it is that; empty for a plain step.
    known : int or None
        The place of its name in the template.
    active : bool
    rule : Rule or None
        Where it is more than an event.
    """

    event: Event
    stands: Relation
    kind: Kind
    standing: Standing
    reason: str
    known: int | None
    active: bool = False
    rule: Rule | None = None

    @property
    def usable(self) -> bool:
        """Whether it can stand in a plan as an action."""
        return self.standing in ("gate", "step", "end") and len(self.event.name) <= MAX_NAME


def judge(
    found: Profile, seen: Outcome, macro: MacroChoice, kind: Template | None
) -> list[Candidate]:
    """Say of every event but the macro what it is.

    Parameters
    ----------
    found : Profile
    seen : Outcome
    macro : MacroChoice
    kind : Template or None

    Returns
    -------
    list of Candidate
        By users, most first.
    """
    judged = []
    for event in found.events:
        if event.name in macro.events:
            continue
        stands = seen.relations.get(event.name, Relation())
        standing, reason = _standing(event, stands, found, seen, macro)
        meant, known = _meaning(event.name, kind)
        meant = BY_STANDING.get(standing, meant)
        judged.append(Candidate(event, stands, meant, standing, reason, known))
    judged.sort(key=lambda each: (-each.event.users, -each.stands.lead, each.event.name))
    return _without_twins(judged, seen)


def judge_rules(rules: Sequence[Found], found: Profile, seen: Outcome) -> list[Candidate]:
    """Keep the rules that may be actions: known before the macro, by enough converters.

    Parameters
    ----------
    rules : sequence of Found
    found : Profile
    seen : Outcome

    Returns
    -------
    list of Candidate
        In the order of the rules; `known` where one would begin with it.
    """
    kept = []
    for code, each in enumerate(rules, FIRST_CODE):
        stands = seen.rules.get(code, Relation())
        led = stands.before + stands.at
        late = stands.at >= LEAK * led or stands.after >= ONLY_AFTER * (led + stands.after)
        if led < FEWEST or late:
            continue
        rule = each.rule
        first = rule.first and each.users <= HABIT * found.users
        first &= not _gate(stands, found, seen)
        event = Event(rule.name, each.rows, each.users, *[0] * 5)
        known = 0 if first else None
        kept.append(Candidate(event, stands, rule.kind, "step", rule.said, known, rule=rule))
    return kept


def shortlist(
    judged: Sequence[Candidate], ruled: Sequence[Candidate] = (), most: int = ACTIVE
) -> list[Candidate]:
    """Choose the actions of the plan: gates and steps on the way first, then some of each kind.

    Parameters
    ----------
    judged : sequence of Candidate
        From `judge`.
    ruled : sequence of Candidate
        From `judge_rules`.
    most : int
        Active actions.

    Returns
    -------
    list of Candidate
        At most 30 that can be actions, the active ones first, those on the way to the macro in
        the order in which users thin out.
    """
    usable = [each for each in judged if each.usable]
    wanted = [each for each in ruled if each.known is not None]
    if all(each.standing == "end" for each in usable) and not wanted:
        return []
    gates, idle = _narrowing([each for each in usable if each.standing == "gate"])
    others = [each for each in ruled if each.known is None]
    # What a condition on an event says better needs no line of its own among the first.
    better = {each.rule.event for each in wanted if each.rule and "where" in each.rule.keys}
    steps = [each for each in usable if each.standing == "step"]
    coarse = [each for each in steps if each.event.name in better]
    rest = [*wanted, *(each for each in steps if each not in coarse)]
    steps = [each for each in rest if each.kind == "milestone" and each.known is not None]
    # Who has come to an end is out of the race, and must not be what others are compared with.
    ends = [each for each in usable if each.standing == "end"]
    queue = [*gates, *ends, *steps, *_in_turn([each for each in rest if each not in steps]), *idle]
    spare = [*others, *coarse, *queue[most:]]
    active = queue[:most]
    way = [each for each in usable if each in active and each.kind == "milestone"]
    order = [*way, *(each for each in active if each not in way)]
    chosen = [replace(each, active=True) for each in order]
    return [*chosen, *spare[: MAX_ACTIONS - len(chosen)]]


def _standing(
    event: Event, stands: Relation, found: Profile, seen: Outcome, macro: MacroChoice
) -> tuple[Standing, str]:
    led = stands.before + stands.at
    did = led + stands.after
    attention = holds(event.name, shared()["attention"])
    gate = "" if attention else _gate(stands, found, seen)
    if event.name in macro.same:
        return "leak", macro.same[event.name]
    if simple(event.name) in shared()["metrics"]:
        return "metric", f"also a gate: {gate}" if gate else ""
    if event.users >= ALL * found.users and event.rows <= ONCE * event.users:
        return "arrival", f"done once, by {event.users:,} of {found.users:,} users"
    if did == 0 and stands.alone >= max(FEWEST, OFTEN * found.users):
        return "end", f"0 of {stands.alone:,} users came to the macro, before or after it"
    if did >= FEWEST and stands.after >= ONLY_AFTER * did:
        return "leak", f"after the macro for {stands.after:,} of {did:,} converters who did it"
    if led < FEWEST:
        return "rare", f"{led:,} users came to the macro after it; at least {FEWEST} are needed"
    if stands.at >= LEAK * led:
        return "leak", f"at the macro's very instant for {stands.at:,} of {led:,} converters"
    return ("gate", gate) if gate else ("step", "")


def _gate(stands: Relation, found: Profile, seen: Outcome) -> str:
    """Say by what a step is mandatory: that all converters took it, and hardly any without it."""
    led = stands.before + stands.at
    doers = led + stands.alone
    # Shares compared without dividing: either side may have no users.
    barred = (seen.macros - led) * doers <= BARRED * led * (found.users - doers)
    if led >= GATE * seen.macros and barred:
        return f"{led:,} of {seen.macros:,} converters had done it before"
    if stands.held >= GATE * seen.macros:
        return f"{stands.held:,} of {seen.macros:,} visits with a macro hold it"
    return ""


def _meaning(name: str, kind: Template | None) -> tuple[Kind, int | None]:
    """Tell the kind that a name speaks for, and its place in the template."""
    for each in [kind] if kind else [template(other) for other in TEMPLATES]:
        listed = list(each.actions)
        found = place(name, listed)
        if found and (found[1] or not holds(name, shared()["friction"])):
            return each.actions[listed[found[0]]], found[0]
    return ("friction", None) if holds(name, shared()["friction"]) else ("engagement", None)


def _without_twins(judged: Sequence[Candidate], seen: Outcome) -> list[Candidate]:
    """Of two that happen in the same second, keep the one with a known name, or more users."""
    kept: list[Candidate] = []
    twins: dict[str, Candidate] = {}
    for each in sorted((one for one in judged if one.usable), key=lambda one: one.known is None):
        twin = next((one for one in kept if _together(each, one, seen)), None)
        if twin is None:
            kept.append(each)
        else:
            users = seen.twins.get(_pair(each, twin, seen), 0)
            said = f"in the same second as {shown(twin.event.name)} for {users:,} users"
            twins[each.event.name] = replace(each, standing="twin", reason=said)
    return [twins.get(each.event.name, each) for each in judged]


def _pair(one: Candidate, other: Candidate, seen: Outcome) -> tuple[str, str]:
    names = (one.event.name, other.event.name)
    return names if names in seen.twins else (names[1], names[0])


def _together(one: Candidate, other: Candidate, seen: Outcome) -> bool:
    users = min(one.event.users, other.event.users)
    return seen.twins.get(_pair(one, other, seen), 0) >= SAME * users


def _narrowing(gates: Sequence[Candidate]) -> tuple[list[Candidate], list[Candidate]]:
    """Part the gates into those at which users drop out, and those that go with the one before."""
    kept: list[Candidate] = []
    idle: list[Candidate] = []
    for gate in gates:
        if kept and gate.event.users > DROP * kept[-1].event.users:
            before = kept[-1].event
            said = (
                f"{gate.reason}, but hardly anybody is lost at it ({gate.event.users:,} users "
                f"after {before.users:,} at {shown(before.name)})"
            )
            idle.append(replace(gate, reason=said))
        else:
            kept.append(gate)
    return kept, idle


def _in_turn(rest: Collection[Candidate]) -> list[Candidate]:
    """Take one of each kind in turn: first those with a known name, then by users."""
    most = max((each.event.users for each in rest), default=0)

    def key(each: Candidate) -> tuple[bool, bool, int, int]:
        unknown = each.known is None
        habit = each.rule is None and each.event.users > HABIT * most
        return habit, unknown, each.known or 0, -each.event.users

    by_kind = [sorted((e for e in rest if e.kind == kind), key=key) for kind in BESIDE]
    by_kind.append([each for each in rest if each.kind == "milestone"])
    return [each for turn in zip_longest(*by_kind) for each in turn if each is not None]
