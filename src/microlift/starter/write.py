"""A starting plan as text: YAML that can be run, and comments that say why."""

from microlift.plan.log import LogSpec
from microlift.quality.enough import DOUBLED, WORTHWHILE, macros_needed
from microlift.starter.choices import Choices
from microlift.starter.columns import shown
from microlift.starter.exports import Export
from microlift.starter.listing import actions, funnel, left_out
from microlift.starter.text import comment, names, scalar, sentence
from microlift.where import columns_of


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
        actions(choices),
        funnel(choices),
        left_out(choices),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def doubts(choices: Choices) -> list[str]:
    """Say what a reader should decide, the most important first."""
    macro = choices.macro
    said = [f"macro.event: is {names(macro.events)} what you are after?", *macro.unsure]
    said += [*choices.money.unsure, *choices.rhythm.unsure, *choices.attributes.unsure]
    said += _scarce(choices.seen.macros)
    if choices.opened.dated:
        said.append(
            "the times are dates without a time of day: what was done on one day has no order, "
            "and counts as a leak where it was the day of the macro. Export the times in full."
        )
    if choices.opened.where:
        said.append(
            f"where: all rules read only rows with {shown(choices.opened.where)}, the finished "
            "entries."
        )
    return said


def _scarce(macros: int) -> list[str]:
    """Say, by the same measure as `check`, whether there are too few macros."""
    least, enough = macros_needed(DOUBLED), macros_needed(WORTHWHILE)
    if macros >= enough:
        return []
    said = f"only {macros:,} users have a macro: "
    if macros >= least:
        return [f"{said}a lift of 1.5 takes {enough} to be seen, so intervals will be wide."]
    return [
        f"{said}below {least} not even an action that doubles the chance can be told from chance, "
        "and check refuses the log. Give a longer one, or a macro that is reached more often."
    ]


def _head(choices: Choices) -> list[str]:
    found, kind = choices.found, choices.kind
    lines = comment(f"A starting plan, drafted by microlift init from {shown(choices.log)}.")
    lines += ["#"]
    lines += comment(
        f"The log: {found.rows:,} rows, {found.users:,} users, {found.names:,} event names, "
        f"{found.first:%Y-%m-%d} to {found.last:%Y-%m-%d}."
    )
    if kind and choices.said:
        lines += comment(f"The business: {kind.title}, as you said (template {kind.name}).")
    elif kind:
        lines += comment(f"The business: by its event names {kind.title} (template {kind.name}).")
    else:
        lines += comment("The business: no template knows these event names.")
    lines += ["#", "# Please decide:"]
    for number, doubt in enumerate(doubts(choices), 1):
        lines += comment(doubt, first=f"  {number}. ")
    return lines


def _log(choices: Choices) -> list[str]:
    opened = choices.opened
    lines = ["log:", *(_format(opened.export) if opened.export else _columns(choices))]
    if choices.attributes.reasons:
        lines += comment("Attributes: what is known of users before they act.", indent=2)
    for reason in choices.attributes.reasons:
        lines += comment(reason, first="- ", indent=2)
    lines.append(f"  attributes: [{', '.join(map(scalar, choices.attributes.chosen))}]")
    lines.append("  timezone: UTC  # of times without a zone: write yours, such as Europe/Berlin")
    lines += _session(choices)
    if opened.roles.sequence and not opened.export:
        lines += comment(
            "If this says what came first of two events at one time, use it:", indent=2
        )
        lines.append(f"  # sequence: [{', '.join(map(scalar, opened.roles.sequence))}]")
    share = 1 - choices.found.usable / choices.found.rows
    if share > LogSpec().max_rejected:
        lines += comment(
            f"{choices.found.rows - choices.found.usable:,} rows ({share:.1%}) have no user, no "
            "event or no time that can be read, and are left out. Find out why.",
            indent=2,
        )
        lines.append(f"  max_rejected: {min(1.0, share + 0.01):.2f}")
    return lines


def _format(export: Export) -> list[str]:
    lines = [f"  format: {export.format}"]
    for note in export.notes:
        lines += comment(note, indent=2)
    return lines


def _columns(choices: Choices) -> list[str]:
    opened, roles = choices.opened, choices.opened.roles
    kept = {
        ours: theirs
        for ours, theirs in roles.mapped.items()
        if ours not in ("value", "currency") or theirs in (_value(choices), _currency(choices))
    }
    said = [f"    {ours}: {scalar(theirs)}" for ours, theirs in kept.items()]
    pad = min(40, max(map(len, said)))
    lines = ["  columns:  # left: ours, right: the log's"]
    lines += [
        f"{line:<{pad}}  # {roles.reasons[ours]}" for line, ours in zip(said, kept, strict=True)
    ]
    used = {*roles.mapped.values(), *choices.attributes.chosen, roles.finished}
    used |= {
        name
        for each in choices.actions
        if each.active and each.rule
        for name in columns_of(each.rule.keys.get("where", "TRUE"))
    }
    unused = [column.name for column in opened.columns if column.name not in used]
    if unused:
        lines += comment(f"Not used: {names(unused, 20)}.", indent=2)
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
        lines += comment(sentence(reason))
    for reason in money.reasons[1:] if money.column else ():
        lines += comment(sentence(reason))
    lines.append("macro:")
    if choices.opened.where:
        lines += comment(
            f"Of {choices.found.usable:,} rows {choices.found.kept:,} are finished entries "
            f"({shown(choices.opened.where)}); the rest says that something was planned or begun.",
            indent=2,
        )
    events = [scalar(name) for name in macro.events]
    lines.append(f"  event: {events[0] if len(events) == 1 else '[' + ', '.join(events) + ']'}")
    rules = [rule for rule in (choices.opened.where, *money.where) if rule]
    if rules:
        lines.append(f"  where: {scalar(' AND '.join(rules))}")
    if money.column:
        lines.append("  value: value")
        if money.code:
            lines.append(f"  currency: {money.code}  # by the name of the column")
        elif money.currency_column is None:
            lines.append("  currency: USD  # assumed: write yours")
    else:
        lines += comment(money.reasons[-1], indent=2)
        lines += ["  # value: 50", "  # currency: USD"]
    return lines


def _time(choices: Choices) -> list[str]:
    rhythm = choices.rhythm
    lines: list[str] = []
    for reason in rhythm.horizon_reasons:
        lines += comment(reason)
    lines += [f"horizon: {rhythm.horizon}", ""]
    for reason in rhythm.moments_reasons:
        lines += comment(reason)
    total, empty = choices.visits
    if rhythm.clock:
        said = f"In {empty:,} of {total:,} of those times nothing of this plan happens."
        moments = f"moments: {{clock: {rhythm.clock}, quiet: {rhythm.quiet}}}"
        return [*lines, *comment(said), moments]
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
    return [*lines, *comment(said), "moments: visits"]


def _value(choices: Choices) -> str | None:
    return choices.money.column


def _currency(choices: Choices) -> str | None:
    return choices.money.currency_column
