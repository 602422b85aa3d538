"""What a funnel is asked for: its steps by name, and its limits of time, checked at the door."""

from collections.abc import Sequence

from microlift.errors import InputError, PlanError, nearest
from microlift.events import EventLog
from microlift.journeys.attempts import MACRO_STEP
from microlift.plan import Plan, micros, parse_duration
from microlift.plan.quoting import listed, printable, short


def find_steps(log: EventLog, steps: Sequence[str] | None) -> tuple[tuple[str, int], ...]:
    """Find the steps of a funnel: names, and bits of their actions.

    Parameters
    ----------
    log
        The event log, whose plan names the actions.
    steps
        Names of actions, the macro's only as the last; none for those of ``plan.funnel``, then the
        macro.

    Raises
    ------
    InputError
        If a step is unknown or takes no part, comes twice, or there are fewer than two.
    """
    names = _named(log.plan, steps)
    if len(names) < 2:
        msg = (
            f"steps has {len(names):,} steps ({listed(names)}): a funnel asks who goes on from one "
            "to the next. Name at least two; the macro may be the last."
        )
        raise InputError(msg)
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        msg = (
            f"steps names {listed(repeated)} more than once; figures are told apart by step. Name "
            "each once, or plan an action for the second time with at_least."
        )
        raise InputError(msg)
    bits = [find_bit(log.plan, name, name == names[-1]) for name in names]
    return tuple(zip(map(printable, names), bits, strict=True))


def _named(plan: Plan, steps: Sequence[str] | None) -> list[str]:
    if steps is not None:
        return [steps] if isinstance(steps, str) else [str(step) for step in steps]
    if plan.funnel:
        return [*plan.funnel, plan.macro.name]
    known = nearest("", (action.name for action in plan.actions))
    msg = (
        "The plan has no funnel, so there are no steps to follow. Name them, as in "
        f"steps=[...] with actions of the plan ({known}), or write 'funnel' in the plan."
    )
    raise InputError(msg)


def find_bit(plan: Plan, name: str, is_last: bool = True, asked: str = "steps") -> int:
    """Find the bit of an action by its name, -1 for the macro; it may be the last step alone."""
    names = [action.name for action in plan.actions]
    if name == plan.macro.name and is_last:
        return MACRO_STEP
    if name in names:
        if plan.takes_part(plan.actions[names.index(name)]):
            return names.index(name)
        msg = (
            f"{asked} names {short(name)}, which comes after the macro and leads to no first one, "
            "so nobody would reach it. Leave it out, or write 'macro: {repeat: true}' in the plan."
        )
        raise InputError(msg)
    if name == plan.macro.name:
        msg = (
            f"steps names the macro {short(name)} before the last step. A funnel leads to the "
            "macro. Put it last."
        )
        raise InputError(msg)
    msg = (
        f"{asked} names {short(name)}, which is no action of the plan (nearest: "
        f"{nearest(name, [*names, plan.macro.name])}). It has to be one that the log was read "
        "for. Mend the name, or add the action to the plan."
    )
    raise InputError(msg)


def read_limit(argument: str, limit: object) -> int | None:
    """Read a limit of time, in microseconds; none where there is no limit.

    >>> read_limit("within", "90s")
    90000000
    """
    if limit is None:
        return None
    if not isinstance(limit, str):
        msg = (
            f"{argument}={short(limit)} is no duration: without a unit it would be a guess. Write "
            "a whole number and a unit in quotes, such as '30m' or '7d'."
        )
        raise InputError(msg)
    try:
        span = micros(parse_duration(limit))
    except PlanError as error:
        msg = f"{argument}: {error}"
        raise InputError(msg) from None
    if span == 0:
        msg = (
            f"{argument}={limit!r} leaves no time at all: hardly anybody could go on. Write a "
            "longer one, or leave it out for no limit."
        )
        raise InputError(msg)
    return span


def counted_action(action: str | None, known: Sequence[str]) -> None:
    """Refuse an action to draw that was not counted.

    Raises
    ------
    InputError
        If it is not among those known.
    """
    if action is None or action in known:
        return
    msg = (
        f"action={short(action)} is not among those counted (nearest: {nearest(action, known)}). A "
        "picture needs one that came into question. Mend it."
    )
    raise InputError(msg)


def one_of(argument: str, value: str, known: tuple[str, ...], why: str) -> None:
    """Refuse a word that is not among those known."""
    if value not in known:
        msg = f"{argument}={short(value)} is neither {' nor '.join(map(repr, known))}: {why}"
        raise InputError(msg)
