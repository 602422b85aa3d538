"""The log's lifts and experiments together, in words."""

import math

import pandas as pd

from microlift.evidence.experiments.bias import ENOUGH_PAIRS, BiasModel
from microlift.models.table import LOWERS, RAISES
from microlift.plan.quoting import clipped


def row_notes(frame: pd.DataFrame, pooled: dict[str, str], applied: bool) -> list[str]:
    """What to know of each action: who speaks, and whether the two agree."""
    notes = []
    for row in frame.to_dict("records"):
        said = [pooled[row["action"]]] if row["action"] in pooled else []
        if math.isfinite(row["bias"]) and not row["bias_low"] <= 1 <= row["bias_high"]:
            said.append("log and experiment differ by more than chance")
        elif math.isfinite(row["experiment"]) and not math.isfinite(row["lift"]):
            said.append("by the experiment alone: the log does not identify it")
        elif math.isfinite(row["lift"]) and not math.isfinite(row["experiment"]):
            said.append("by the log alone, " + ("corrected" if applied else "as it is"))
        elif not math.isfinite(row["lift"]):
            said.append("neither log nor experiment tells of it")
        notes.append("; ".join(said))
    return notes


def notes_of(biases: BiasModel, applied: bool, frame: pd.DataFrame) -> tuple[str, ...]:
    """How far the log's lifts lie from the experiments, and what that rests on."""
    if not biases.pairs:
        return ("No action has both a lift and an experiment, so nothing is known of the bias.",)
    typical = biases.typical().ratios()[0]
    told = f"{typical[0]:.2f} times (95 % interval {typical[1]:.2f} to {typical[2]:.2f})"
    if biases.pairs < ENOUGH_PAIRS:
        told += (
            f". With {biases.pairs} of at least {ENOUGH_PAIRS} pairs this is still largely what is "
            "assumed beforehand: a bias of a factor of 2 at most, either way"
        )
    notes = [f"The log's lifts are typically the experiments' {told}."]
    if frame["corrected"].notna().any():
        others = "are corrected by it and widened" if applied else "are left as they are"
        notes.append(
            f"Lifts without an experiment {others}. That actions without one are biased as those "
            "with one is an assumption."
        )
    return tuple(notes)


def finding(frame: pd.DataFrame, table: pd.DataFrame) -> str:
    """How many verdicts stand, and which the experiments have turned."""
    tried = int(frame["experiment"].notna().sum())
    counts = [int((frame["verdict"] == word).sum()) for word in (RAISES, LOWERS)]
    changed = frame.loc[frame["verdict"].to_numpy() != table["verdict"].to_numpy(), "action"]
    names = ", ".join(clipped(str(action)) for action in changed[:3]) + " and others" * (
        len(changed) > 3
    )
    turned = f"{len(changed)} changed ({names})" if len(changed) else "none changed"
    return (
        f"With experiments on {tried} of {len(frame)} actions, {counts[0]} raise and {counts[1]} "
        f"lower the macro; of the verdicts by the log alone {turned}."
    )
