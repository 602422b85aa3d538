"""A starting plan as text: YAML that can be run, and comments that say why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from textwrap import wrap

import yaml

from microlift.plan.actions import MAX_ACTIONS
from microlift.plan.fields import MAX_NAME
from microlift.plan.log import LogSpec
from microlift.starter.attributes import AttributeChoice
from microlift.starter.candidates import Candidate, Standing
from microlift.starter.columns import shown
from microlift.starter.lexicon import Template
from microlift.starter.macro import MacroChoice
from microlift.starter.money import Money
from microlift.starter.profile import Outcome, Profile
from microlift.starter.reading import Opened
from microlift.starter.rhythm import Rhythm

WIDTH = 98
LISTED = 8  # events of one sort that are named each

# What is left out, in the order in which it is told.
_LEFT_OUT: dict[Standing, str] = {
    "leak": "Leaks. They happen with the macro or after it, so they cannot lead to it:",
    "metric": (
        "Metrics. They say that somebody was there, not that anything was done. Left unplanned, "
        "they show the visits in which nothing planned happens:"
    ),
    "arrival": "Arrivals. Everybody has done them, so there is nobody to compare with:",
    "end": "Ends of the journey. Nobody comes to the macro from there:",
    "twin": "Written down together with another one, of which one is enough:",
    "rare": "Too few macros came after them:",
}


@dataclass(frozen=True)
class Choices:
    """All that a plan is written from; `visits` counts those up to the macro, and empty ones."""

    log: str
    opened: Opened
    found: Profile
    kind: Template | None
    said: bool
    macro: MacroChoice
    money: Money
    seen: Outcome
    judged: tuple[Candidate, ...]
    actions: tuple[Candidate, ...]
    rhythm: Rhythm
    attributes: AttributeChoice
    visits: tuple[int, int]


def plan_text(choices: Choices) -> str:
    """Write the plan.

    Parameters
    ----------
    choices : Choices

    Returns
    -------
    str
        YAML; whatever the log calls its events, it loads back to the same names.
    """
    parts = [
        _head(choices),
        ["version: 1"],
        _log(choices),
        _macro(choices),
        _time(choices),
        _actions(choices),
        _funnel(choices),
        _left_out(choices),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def doubts(choices: Choices) -> list[str]:
    """Say what a reader should decide, the most important first."""
    macro = choices.macro
    said = [f"macro.event: is {_names(macro.events)} what you are after?", *macro.unsure]
    said += [*choices.money.unsure, *choices.rhythm.unsure, *choices.attributes.unsure]
    if choices.seen.macros < 100:
        said.append(f"only {choices.seen.macros:,} users have a macro: intervals will be wide.")
    if choices.opened.where:
        said.append(f"the condition {choices.opened.where} on every rule: see `where` below.")
    return said


def scalar(text: str) -> str:
    """Write a text so that YAML reads the same text again, on one line.

    Parameters
    ----------
    text : str

    Returns
    -------
    str

    Examples
    --------
    >>> print(scalar("add_to_cart"), scalar("no"), scalar("a: b # c"))
    add_to_cart "no" "a: b # c"
    """
    plain = text.replace("_", "").replace(" ", "").replace("-", "")
    simple = plain.isascii() and plain.isalnum() and text == text.strip() and text[0].isalpha()
    if simple and yaml.safe_load(text) == text:
        return text
    written: str = yaml.safe_dump(text, default_style='"', allow_unicode=True, width=10**9)
    return written.strip()


def _head(choices: Choices) -> list[str]:
    found, kind = choices.found, choices.kind
    lines = _comment(f"A starting plan, drafted by microlift init from {shown(choices.log)}.")
    lines += ["#"]
    lines += _comment(
        f"The log: {found.rows:,} rows, {found.users:,} users, {found.names:,} event names, "
        f"{found.first:%Y-%m-%d} to {found.last:%Y-%m-%d}."
    )
    if kind and choices.said:
        lines += _comment(f"The business: {kind.title}, as you said (template {kind.name}).")
    elif kind:
        lines += _comment(f"The business: by its event names {kind.title} (template {kind.name}).")
    else:
        lines += _comment("The business: no template knows these event names.")
    lines += ["#", "# Please decide:"]
    for number, doubt in enumerate(doubts(choices), 1):
        lines += _comment(doubt, first=f"{number}. ", indent=2)
    return lines


def _log(choices: Choices) -> list[str]:
    opened, roles = choices.opened, choices.opened.roles
    lines = ["log:", "  columns:  # left: ours, right: the log's"]
    kept = {
        ours: theirs
        for ours, theirs in roles.mapped.items()
        if ours not in ("value", "currency") or theirs in (_value(choices), _currency(choices))
    }
    said = [f"    {ours}: {scalar(theirs)}" for ours, theirs in kept.items()]
    pad = min(40, max(map(len, said)))
    lines += [
        f"{line:<{pad}}  # {roles.reasons[ours]}" for line, ours in zip(said, kept, strict=True)
    ]
    used = {*roles.mapped.values(), *choices.attributes.chosen, roles.finished}
    unused = [column.name for column in opened.columns if column.name not in used]
    if unused:
        lines += _comment(f"Not used: {_names(unused, 20)}.", indent=2)
    lines.append(f"  attributes: [{', '.join(map(scalar, choices.attributes.chosen))}]")
    for reason in choices.attributes.reasons:
        lines += _comment(reason, indent=4)
    lines.append("  timezone: UTC  # of times without a zone: write yours, such as Europe/Berlin")
    lines += _session(choices)
    if roles.sequence:
        said_of = "these may say what came first at one time: if so, take the comment sign away"
        lines.append(f"  # sequence: [{', '.join(map(scalar, roles.sequence))}]  # {said_of}")
    share = 1 - choices.found.usable / choices.found.rows
    if share > LogSpec().max_rejected:
        lines += _comment(
            f"{choices.found.rows - choices.found.usable:,} rows ({share:.1%}) have no user, no "
            "event or no time that can be read, and are left out. Find out why.",
            indent=2,
        )
        lines.append(f"  max_rejected: {min(1.0, share + 0.01):.2f}")
    return lines


def _session(choices: Choices) -> list[str]:
    given = choices.opened.roles.mapped.get("session_id")
    if given:
        return ["  session_gap: 30m  # not used for visits: the log has session ids"]
    return ["  session_gap: 30m  # a visit ends where nothing happens for longer"]


def _macro(choices: Choices) -> list[str]:
    macro, money = choices.macro, choices.money
    lines: list[str] = []
    for reason in (*macro.reasons, *money.reasons[:1]):
        lines += _comment(_sentence(reason))
    for reason in money.reasons[1:] if money.column else ():
        lines += _comment(_sentence(reason))
    lines.append("macro:")
    if choices.opened.where:
        lines += _comment(
            f"Of {choices.found.usable:,} rows {choices.found.kept:,} are finished entries "
            f"({choices.opened.where}); the rest says that something was planned or begun.",
            indent=2,
        )
    events = [scalar(name) for name in macro.events]
    lines.append(f"  event: {events[0] if len(events) == 1 else '[' + ', '.join(events) + ']'}")
    rules = [rule for rule in (choices.opened.where, *money.where) if rule]
    if rules:
        lines.append(f"  where: {scalar(' AND '.join(rules))}")
    if money.column:
        lines.append("  value: value")
        if money.currency_column is None:
            lines.append("  currency: USD  # assumed: write yours")
    else:
        lines += _comment(money.reasons[-1], indent=2)
        lines += ["  # value: 50", "  # currency: USD"]
    return lines


def _time(choices: Choices) -> list[str]:
    rhythm = choices.rhythm
    lines: list[str] = []
    for reason in rhythm.horizon_reasons:
        lines += _comment(reason)
    lines += [f"horizon: {rhythm.horizon}", ""]
    for reason in rhythm.moments_reasons:
        lines += _comment(reason)
    if rhythm.clock:
        return [*lines, f"moments: {{clock: {rhythm.clock}, quiet: {rhythm.quiet}}}"]
    total, empty = choices.visits
    if empty:
        said = (
            f"In {empty:,} of {total:,} visits up to the macro nothing planned happens "
            f"({empty / total:.0%}), so that the start of a visit is a moment to judge from."
        )
    else:
        said = (
            f"Each of the {total:,} visits up to the macro is in the log because something planned "
            "was done in it, so that the start of a visit is no moment, and what comes first in "
            "one can hardly be judged."
        )
    return [*lines, *_comment(said), "moments: visits"]


def _actions(choices: Choices) -> list[str]:
    active = [each for each in choices.actions if each.active]
    spare = [each for each in choices.actions if not each.active]
    lines = [
        *_comment(
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
        lines += _comment(
            f"In reserve. {len(active)} are enough to begin with: take a comment sign away when "
            "the first have proved useful.",
            indent=2,
        )
        lines += [f"  # - {_action(each, choices)}" for each in spare]
    return lines


def _table(rows: Sequence[Candidate], choices: Choices) -> list[str]:
    names = [_cut(each.event.name) for each in rows]
    width = max(map(len, names))
    lines = [f"#   {'':<{width}}  {'users':>9}  {'before':>9}  {'its':>5}  {'others':>6}"]
    for name, each in zip(names, rows, strict=True):
        its, others = _rates(each, choices)
        gate = "  gate" if each.standing == "gate" else ""
        spare = "" if each.active else "  (in reserve)"
        lines.append(
            f"#   {name:<{width}}  {each.event.users:>9,}  "
            f"{each.stands.before + each.stands.at:>9,}  {its:>5}  {others:>6}{gate}{spare}"
        )
    gates = [each for each in rows if each.reason]
    if gates:
        lines += ["#", "# Gates: practically every converter has passed them, so what is lost is"]
        lines.append("# lost before them, and their lift is often not identified.")
    for each in gates[:LISTED]:
        lines += _comment(f"{shown(each.event.name)}: {each.reason}.", first="  ", indent=0)
    return lines


def _rates(each: Candidate, choices: Choices) -> tuple[str, str]:
    stands, users, macros = each.stands, choices.found.users, choices.seen.macros
    led = stands.before + stands.at
    doers = led + stands.alone
    rest = users - doers
    return f"{led / doers:.0%}", f"{(macros - led) / rest:.0%}" if rest > 0 else "–"


def _action(each: Candidate, choices: Choices) -> str:
    taken = [one.event.name for one in choices.actions]
    name = _action_name(each.event.name, taken)
    where = f", where: {scalar(choices.opened.where)}" if choices.opened.where else ""
    return f"{{name: {scalar(name)}, event: {scalar(each.event.name)}{where}, kind: {each.kind}}}"


def _action_name(event: str, taken: Sequence[str]) -> str:
    """A name that a plan takes: no control characters, no space at the ends."""
    kept = "".join(char if char.isprintable() else " " for char in event).strip()
    kept = kept or f"event {list(taken).index(event) + 1}"
    same = [_printable(other) for other in taken[: list(taken).index(event)]]
    return f"{kept[: MAX_NAME - 4]} {len(same) + 1}" if kept in same else kept


def _printable(event: str) -> str:
    return "".join(char if char.isprintable() else " " for char in event).strip()


def _funnel(choices: Choices) -> list[str]:
    active = [each for each in choices.actions if each.active]
    taken = [one.event.name for one in choices.actions]
    way = [_action_name(e.event.name, taken) for e in active if e.kind == "milestone"]
    if not way:
        return []
    return [
        "# The way to the macro, in the order in which users thin out.",
        f"funnel: [{', '.join(map(scalar, way))}]",
    ]


def _left_out(choices: Choices) -> list[str]:
    planned = {each.event.name for each in choices.actions}
    rest = [each for each in choices.judged if each.event.name not in planned]
    lines = ["# Left out, and why"] if rest else []
    for standing, title in _LEFT_OUT.items():
        mine = [each for each in rest if each.standing == standing]
        if not mine:
            continue
        lines += ["#", *_comment(title)]
        for each in mine[:LISTED]:
            reason = f": {each.reason}" if each.reason else f": {each.event.users:,} users"
            lines += _comment(f"{shown(each.event.name)}{reason}", first="- ", indent=2)
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
        lines += ["#", *_comment(said)]
    return lines


def _comment(text: str, first: str = "", indent: int = 0) -> list[str]:
    """Wrap a sentence into lines of comment; `indent` spaces stand before or behind the sign."""
    # Within the document's sections the sign is indented with the keys it explains.
    lead = "#" + " " * (indent + 1) if first else " " * indent + "# "
    hang = " " * len(first)
    lines = wrap(text, WIDTH - len(lead) - len(first), break_on_hyphens=False) or [""]
    return [f"{lead}{first if i == 0 else hang}{line}" for i, line in enumerate(lines)]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."


def _names(names: Iterable[str], most: int = LISTED) -> str:
    listed = [shown(name) for name in names]
    more = f" and {len(listed) - most:,} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more


def _cut(name: str) -> str:
    said = shown(name)
    return said if len(said) <= 32 else said[:31] + "…"


def _value(choices: Choices) -> str | None:
    return choices.money.column


def _currency(choices: Choices) -> str | None:
    return choices.money.currency_column
