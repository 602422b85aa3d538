"""The arms of an experiment in the log: asked for at the door, and counted in the engine."""

import ibis
import numpy as np
import numpy.typing as npt

from microlift.errors import InputError, nearest
from microlift.events import EventLog
from microlift.journeys.steps import find_bit
from microlift.plan import micros
from microlift.plan.quoting import short

Ints = npt.NDArray[np.int64]
FEWEST_USERS = 100  # of an arm
FEWEST_MACROS = 10  # of an arm
_NO_ARM = ("(none)", "(other)")


def bit_of(log: EventLog, action: str) -> int:
    """Which bit of the events stands for the action."""
    if action == log.plan.macro.name and action not in [each.name for each in log.plan.actions]:
        raise InputError(
            f"action={short(action)} is the macro, whose change by an action is asked for. Name "
            "the action that the assignment moves."
        )
    return find_bit(log.plan, action, is_last=False, asked="action")


def arms_asked(
    labels: tuple[str, ...], assigned: str, treated: str, control: str | None
) -> tuple[int, int]:
    """Codes of control and treated."""
    real = [label for label in labels if label not in _NO_ARM]
    others = [label for label in real if label != treated]
    if control is None and len(others) == 1:
        control = others[0]
    for argument, label in (("treated", treated), ("control", control)):
        if label is None:
            raise InputError(
                f"control is not given, and attribute {short(assigned)} has {len(others):,} labels "
                f"beside {short(treated)} ({nearest('', others)}): a mix of arms is no control. "
                "Name one."
            )
        if label not in real or (argument == "control" and label == treated):
            raise InputError(
                f"{argument}={short(label)} is no arm of its own: attribute {short(assigned)} has "
                f"{nearest(str(label), real)} (labels of fewer than 10 users are put together). "
                "Mend the label."
            )
    return labels.index(str(control)), labels.index(treated)


def count_arms(log: EventLog, column: str, bit: int, codes: tuple[int, int]) -> tuple[Ints, int]:
    """Mature users by arm, action and macro; and those of no arm."""
    events, horizon = log.events, micros(log.plan.horizon)
    acts = ((events.mask & (1 << bit)) != 0) & (events.macro == 0)
    users = events.group_by("user").agg(
        code=events[column].min(),
        first=events.t.min(),
        macro_t=events.t.min(where=events.macro == 1),
        macro_seq=events.seq.min(where=events.macro == 1),
        act_t=events.t.min(where=acts),
        act_seq=events.seq.min(where=acts),
    )
    until = users.first + horizon
    users = users.filter(until <= log.facts.last_us)
    before = users.macro_seq.isnull() | (users.act_seq < users.macro_seq)
    kinds = users.select(
        code=users.code.cast("int64"),
        did=((users.act_t <= until) & before).fill_null(False).cast("int64"),
        macro=(users.macro_t <= until).fill_null(False).cast("int64"),
    )
    sums = kinds.group_by(["code", "did", "macro"]).agg(n=ibis._.count())
    counts, elsewhere = np.zeros((2, 2, 2), dtype=np.int64), 0
    for code, did, macro, n in log.con.to_pyarrow(sums).to_pandas().itertuples(index=False):
        if code in codes:
            counts[codes.index(code), did, macro] += n
        else:
            elsewhere += int(n)
    return counts, elsewhere


def refuse_few(counts: Ints, names: tuple[str, ...]) -> None:
    """Refuse arms of which nothing could be told."""
    for arm, name in zip(counts, names, strict=True):
        users, macros = int(arm.sum()), int(arm[:, 1].sum())
        if users < FEWEST_USERS or macros < FEWEST_MACROS:
            raise InputError(
                f"Arm {short(name)} has {users:,} users whose horizon is over, {macros:,} of them "
                f"with the macro: too few to tell an effect from chance. It takes {FEWEST_USERS} "
                f"users and {FEWEST_MACROS} macros an arm; wait, or shorten the horizon."
            )
