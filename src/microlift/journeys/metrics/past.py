"""Past experiments that the log knows of: how they moved each metric, and the macro."""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from microlift.errors import InputError
from microlift.events import EventLog
from microlift.events.attributes import NONE, OTHER
from microlift.journeys.counting import segment_column
from microlift.journeys.metrics.counts import Followed
from microlift.journeys.metrics.relation import CONFIDENT
from microlift.journeys.shares import Floats
from microlift.journeys.waiting import many
from microlift.plan.quoting import short

CONTROLS = ("control", "a", "original", "baseline", "off", "old", "0", "false")
MACRO = "macro"
COLUMNS = [
    "experiment", "variant", "control", "metric", "kind", "visitors", "visitors_control", "effect",
    "low", "high",
]  # fmt: skip


@dataclass(frozen=True)
class Comparison:
    """A variant of an experiment and its control: labels, and codes of an attribute's column."""

    experiment: str
    variant: str
    control: str
    column: str
    codes: tuple[int, int]


def find_comparisons(
    log: EventLog, experiment: str | Sequence[str] | None
) -> tuple[Comparison, ...]:
    """Find the past experiments of a log: variants, each with its control.

    Parameters
    ----------
    log
        The event log.
    experiment
        An attribute of the plan whose values are variants, or several of them. Values such as
        ``checkout:new``, all with a colon, name their experiment before it.

    Raises
    ------
    InputError
        If the plan has no such attribute, or it has no two variants.
    """
    if experiment is None:
        return ()
    names: object = [experiment] if isinstance(experiment, str) else experiment
    if not isinstance(names, Sequence):
        msg = (
            f"experiment={short(experiment)} is neither the name of an attribute nor several. Past "
            "effects are compared by the attribute that holds the variants: name it in quotes."
        )
        raise InputError(msg)
    columns = {name: segment_column(log, name, "experiment") for name in names}
    found = [comparisons_of(name, columns[name], log.facts.attributes[name]) for name in columns]
    return tuple(one for own in found for one in own)


def comparisons_of(name: str, column: str, labels: Sequence[str]) -> list[Comparison]:
    """Find the variants among the labels of an attribute, each with its control.

    Parameters
    ----------
    name, column
        The attribute, and its column in the canonical events.
    labels
        Of its codes, in their order.
    """
    known = {label: code for code, label in enumerate(labels) if label not in (NONE, OTHER)}
    arms: dict[str, dict[str, int]] = {}
    split = bool(known) and all(":" in label for label in known)
    for label, code in known.items():
        own, variant = label.split(":", 1) if split else (name, label)
        arms.setdefault(own, {})[variant] = code
    found = []
    for own, codes in sorted(arms.items()):
        control = _control(codes)
        for variant in sorted(codes.keys() - {control}):
            pair = (codes[variant], codes[control])
            found.append(Comparison(own, variant, control, column, pair))
    if not found:
        msg = (
            f"experiment={short(name)} has {len(known):,} values that tell visitors apart, and no "
            "experiment with two: without a control nothing can be compared. Name the attribute "
            "whose values are variants, such as 'control' and 'new', or 'checkout:control' and "
            "'checkout:new' for several experiments."
        )
        raise InputError(msg)
    return found


def _control(variants: Mapping[str, int]) -> str:
    """Return the variant with a name that controls have, else the first by name."""
    known = {variant.strip().casefold(): variant for variant in sorted(variants, reverse=True)}
    named = [known[name] for name in CONTROLS if name in known]
    return named[0] if named else min(variants)


def compare(
    followed: Followed, comparisons: Sequence[Comparison], metrics: Mapping[tuple[str, str], Floats]
) -> pd.DataFrame:
    """Relative effect of each variant on each metric, against its control.

    Parameters
    ----------
    followed
        The visitors, counted by the attributes of the comparisons.
    comparisons
        Variants and controls.
    metrics
        The metric of each cell, by name and kind.

    Returns
    -------
    One row a comparison and metric: experiment, variant, control, metric, kind, visitors,
    visitors_control, effect (0.1: 10 % more), and its 95 % interval low, high: that of the log of
    the ratio of means (Katz 1978, doi:10.2307/2530610); not a number where a mean is 0.
    """
    n = followed.cells["n"].to_numpy()
    rows = []
    for one in comparisons:
        code = followed.cells[one.column].to_numpy()
        arms = [np.where(code == own, n, 0) for own in one.codes]
        labels = tuple(many([text]) for text in (one.experiment, one.variant, one.control))
        sizes = tuple(int(arm.sum()) for arm in arms)
        for name, metric in metrics.items():
            rows.append((*labels, *name, *sizes, *_effect(metric, arms[0], arms[1])))
    return pd.DataFrame(rows, columns=COLUMNS)


def _effect(metric: Floats, changed: Floats, control: Floats) -> tuple[float, float, float]:
    logs, variance = [], 0.0
    for arm in (changed, control):
        size = float(arm.sum())
        mean = float(metric @ arm) / size if size else 0.0
        if mean <= 0:
            return math.nan, math.nan, math.nan
        logs.append(math.log(mean))
        variance += float((metric - mean) ** 2 @ arm) / size / (size * mean**2)
    ratio, half = logs[0] - logs[1], CONFIDENT * math.sqrt(variance)
    effect, low, high = (math.exp(end) - 1 for end in (ratio, ratio - half, ratio + half))
    return effect, low, high


@dataclass(frozen=True)
class Agreement:
    """How past effects on a metric agree with those on the macro.

    Attributes
    ----------
    compared, agree
        Comparisons in which both are known; those in which both have one sign.
    alone
        Those in which the metric surely moved, and the macro less than should have followed.
    r
        Correlation of the effects, of three comparisons or more.
    """

    compared: int
    agree: int
    alone: int
    r: float


def agree(past: pd.DataFrame, row: Mapping[Hashable, Any]) -> Agreement:
    """Hold the past effects on a metric against those on the macro.

    Parameters
    ----------
    past
        As of `compare`.
    row
        The metric and its kind; `carries` is how much the macro moves for one of the metric, both
        relative, if it moves through it.
    """
    if past.empty or row["kind"] == MACRO:
        return Agreement(0, 0, 0, math.nan)
    own = past[(past["metric"] == row["metric"]) & (past["kind"] == row["kind"])]
    macro = past[past["kind"] == MACRO]
    # Of each comparison there is one row of either, in the same order.
    both = own.reset_index(drop=True).join(macro.reset_index(drop=True), lsuffix="_x", rsuffix="_y")
    both = both[np.isfinite(both["effect_x"]) & np.isfinite(both["effect_y"])]
    same = np.sign(both["effect_x"]) == np.sign(both["effect_y"])
    up = (both["low_x"] > 0) & (both["high_y"] < row["carries"] * both["low_x"])
    down = (both["high_x"] < 0) & (both["low_y"] > row["carries"] * both["high_x"])
    r = math.nan
    if len(both) >= 3 and both["effect_x"].std() > 0 and both["effect_y"].std() > 0:
        r = float(np.corrcoef(both["effect_x"], both["effect_y"])[0, 1])
    return Agreement(len(both), int(same.sum()), int((up | down).sum()), r)
