"""What a test is asked to tell, and by which weights: checked at the door."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from microlift.errors import InputError
from microlift.events import EventLog
from microlift.plan.quoting import short

if TYPE_CHECKING:
    from microlift.weights import Weights


@dataclass(frozen=True)
class Ask:
    """What a test is to tell.

    Attributes
    ----------
    effect
        The relative effect: 0.05 for 5 % more.
    power
        The chance to tell it if it is there.
    share
        The part of the visitors who get the change.
    """

    effect: float
    power: float
    share: float


def read_ask(effect: object, power: object, share: object) -> Ask:
    """Check that effect, power and share lie between 0 and 1."""
    return Ask(
        _read_part("effect", effect, "the relative effect to tell, such as 0.05 for 5 % more"),
        _read_part("power", power, "the chance to tell the effect, such as 0.8"),
        _read_part("share", share, "the part of the visitors who get the change, such as 0.5"),
    )


def _read_part(argument: str, value: object, what: str) -> float:
    number = math.nan
    if isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool):
        number = float(value)
    if 0 < number < 1:
        return number
    percent = f" Percent are written as a share: {number / 100:g}." if 1 <= number < 100 else ""
    msg = (
        f"{argument}={short(value)} is not between 0 and 1: it is {what}, and the size of a test "
        f"hangs on it.{percent} Give a number above 0 and below 1."
    )
    raise InputError(msg)


def read_booked(log: EventLog, weights: "Weights | None") -> dict[str, float]:
    """Read what is booked for each action, in money; nothing where there are no weights."""
    if weights is None:
        return {}
    if weights.withheld:
        msg = (
            f"weights are withheld ({short('; '.join(weights.reasons))}), so there is nothing that "
            "is booked to measure by. Leave weights out."
        )
        raise InputError(msg)
    known = {action.name for action in log.plan.actions}
    booked = {
        str(row["name"]): float(row["weight"])
        for row in weights.to_dict()["actions"]
        if row["weight"] > 0
    }
    if unknown := sorted(booked.keys() - known):
        msg = (
            f"weights book {len(unknown):,} actions that the log's plan does not have "
            f"({short(unknown[0])}): their sum cannot be counted. Give weights of this plan."
        )
        raise InputError(msg)
    return booked
