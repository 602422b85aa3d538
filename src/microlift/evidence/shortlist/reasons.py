"""Why an action is on the shortlist, or is not: one sentence each."""

from collections.abc import Hashable, Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd

from microlift.evidence.backtest.arrivals import Arrivals
from microlift.evidence.backtest.windows import Windows
from microlift.evidence.shortlist.candidates import Candidates
from microlift.models import LiftModel
from microlift.models.model import TOGETHER
from microlift.models.table import LOWERS, NO_EVIDENCE, RAISES
from microlift.plan.quoting import printable, short

Row = Mapping[Hashable, Any]
GATE = "mandatory gate"
NEARLY_ALL = 0.95
LAST = 0.15  # of the way to the macro still ahead: practically there
HARDLY_MORE = 1.5  # times the macros


def is_gate(model: LiftModel, action: int) -> bool:
    """Whether nobody converts without it, so that it has no lift."""
    row = model.lift_.frame.iloc[action]
    return row["verdict"] != RAISES and GATE in str(row["note"])


def barred(model: LiftModel, figures: Candidates, monthly: float) -> dict[int, str]:
    """Actions that are no candidates, each with the reason."""
    found: dict[int, str] = {}
    for number in range(len(model.lift_.frame)):
        reason = _why_not(model, figures, monthly, number)
        if reason:
            found[number] = reason
    return found


def _why_not(model: LiftModel, figures: Candidates, monthly: float, number: int) -> str:
    plan = model.moments_.log.plan
    action, row = plan.actions[number], model.lift_.frame.iloc[number]
    note, often = str(row["note"]), float(figures.monthly[number])
    gate = is_gate(model, number)
    last = float(figures.early[number]) < LAST
    hardly = often < HARDLY_MORE * figures.macros
    tests = (
        (action.kind == "friction", "it stands in the way of the macro (friction)"),
        (not plan.takes_part(action), "it comes after the macro"),
        (note.startswith(TOGETHER), "it is recorded together with the macro, so it says no more"),
        (
            often < monthly,
            f"it is too rare: {often:.0f} users in 30 days, and bidding needs about {monthly:g}",
        ),
        (
            last and hardly,
            f"it comes last before the macro and hardly more often ({often:,.0f} against "
            f"{figures.macros:,.0f} in 30 days)",
        ),
        (row["verdict"] == LOWERS, f"it lowers the macro (lift {row['lift']:.2f})"),
        (
            row["verdict"] == NO_EVIDENCE and not gate,
            f"it is not shown to raise the macro (lift {row['lift']:.2f}, 95 % interval "
            f"{row['lift_low']:.2f} to {row['lift_high']:.2f})",
        ),
        (
            not np.isfinite(float(row["lift"])) and not gate,
            f"what it changes cannot be told ({printable(note) or 'not identified'})",
        ),
    )
    return next((f"Left out: {reason}." for fails, reason in tests if fails), "")


def included(row: Row, covers: str | None, place: int, gate: bool) -> str:
    """Why an action is chosen."""
    beyond = "" if place == 0 else " beyond those before it"
    value = f"it tells {row['added']:.1%} of the later macros{beyond}"
    if covers:
        value = f"it is the best of the {covers} stage, which had none"
    gated = "; a gate: everybody who converts does it, so it has no lift of its own" if gate else ""
    return (
        f"Chosen: {value}, {row['early']:.0%} of the way still ahead, {row['monthly']:,.0f} users "
        f"in 30 days{gated}."
    )


def twin(row: Row, other: str) -> str:
    """Why an action with the users of a chosen one is left out."""
    return f"Left out: it has {row['overlap']:.0%} of its users in common with {short(other)}."


def adds_nothing(row: Row, chosen: int) -> str:
    """Why a candidate that qualifies is left out."""
    if not chosen:
        return "Left out: it tells nothing of the later macros beyond chance."
    return (
        f"Left out: beyond the {chosen} chosen it tells {max(row['added'], 0.0):.1%} of the later "
        "macros, no more than chance or than the others left."
    )


def finding(frame: pd.DataFrame, least: int) -> str:
    """Which are chosen."""
    chosen = [short(name) for name in frame.loc[frame["chosen"], "action"]]
    if not chosen:
        return f"None of the {len(frame):,} actions is worth making a key event: see the reasons."
    named = ", ".join(chosen)
    what = "a key event" if len(chosen) == 1 else "key events"
    fewer = f" ({least} were wanted, and no more qualify)" if len(chosen) < least else ""
    return f"Worth making {what}: {named}, {len(chosen)} of {len(frame):,} actions{fewer}."


def notes(
    windows: Windows, learned: Arrivals, judged: Arrivals, chosen: int, monthly: float
) -> tuple[str, ...]:
    """How it was chosen."""
    day = f"{datetime.fromtimestamp(windows.split / 1e6, UTC):%Y-%m-%d}"
    said = [
        f"Learned from {int(learned.n.sum()):,} users who arrived a horizon before {day} or "
        f"earlier ({learned.macros:,} macros), judged on {int(judged.n.sum()):,} who arrived from "
        f"then on ({judged.macros:,} macros). What an action tells is no effect: whether it raises "
        "the macro is the lift's verdict, over the whole log.",
    ]
    if chosen:
        said.append(
            f"Bidding learns from about {monthly:g} conversions in 30 days; more key events than "
            "the few that matter only dilute what it is told."
        )
    return tuple(said)
