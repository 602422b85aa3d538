"""What every law of a simulated shop offers, and the tables that they share.

A law can write a log, find the moments at which users first do an action, and fork a journey at
such a moment. `microlift.simulate.truth` needs no more than that.
"""

from dataclasses import dataclass
from typing import Protocol, Self, TypeVar

import numpy as np
import numpy.typing as npt

from microlift.simulate.shops import Group, Shop

Ints = npt.NDArray[np.int32]
Codes = npt.NDArray[np.int8]
Flags = npt.NDArray[np.bool_]
Doubles = npt.NDArray[np.float64]
Picks = npt.NDArray[np.intp] | Flags


@dataclass(frozen=True)
class Log:
    """A simulated log in arrays: attribute codes of each user; who, when and what of each event.

    ``t`` is in seconds from the start of the window. Codes: the actions in order, then the
    macro, then the event that opens a visit or a sequence.
    """

    channel: Codes
    device: Codes
    user: Ints
    t: Ints
    code: Codes


class Journeys(Protocol):
    """Where each journey stands: one array a fact, one element a journey."""

    def __len__(self) -> int: ...

    def take(self, which: Picks) -> Self:
        """Return copies of the journeys picked by index or flag."""
        ...


J = TypeVar("J", bound=Journeys)


class Law(Protocol[J]):
    """A shop's law, ready to run."""

    names: tuple[str, ...]

    def log(self, count: int, rng: np.random.Generator) -> Log:
        """Simulate a log of so many users."""
        ...

    def moments(self, count: int, rng: np.random.Generator) -> list[J]:
        """Simulate users; return, per action, the journeys just before its first occurrence."""
        ...

    def converts(self, moments: J, action: int, forced: bool, rng: np.random.Generator) -> Flags:
        """Fork journeys at their moments; return which reach the macro within the horizon."""
        ...


def draw_groups(shop: Shop, count: int, rng: np.random.Generator) -> tuple[Codes, Codes, Ints]:
    """Draw both attributes of each user; the third array numbers their combinations."""
    channel = rng.choice(len(shop.channels), count, p=_shares(shop.channels)).astype(np.int8)
    device = rng.choice(len(shop.devices), count, p=_shares(shop.devices)).astype(np.int8)
    return channel, device, channel.astype(np.int32) * len(shop.devices) + device


def _shares(groups: tuple[Group, ...]) -> Doubles:
    shares = np.array([group.share for group in groups])
    return np.asarray(shares / shares.sum())


def columns(shop: Shop) -> dict[str, int]:
    """Return the number of each target of effects: actions in order, macro, end, return."""
    names = [action.name for action in shop.actions]
    return {name: i for i, name in enumerate([*names, "macro", "end", "return"])}


def group_shifts(shop: Shop) -> Doubles:
    """Shifts on the log scale, shape (channels, devices, targets)."""
    targets = columns(shop)
    shifts = np.zeros((len(shop.channels), len(shop.devices), len(targets)))
    for groups, axes in ((shop.channels, shifts), (shop.devices, shifts.swapaxes(0, 1))):
        for code, group in enumerate(groups):
            axes[code, :, :-3] += group.activity
            axes[code, :, -3:] += (group.intent, group.leaving, group.comeback)
            for name, change in group.tilt.items():
                axes[code, :, targets[name]] += change
    return shifts


def done_bits(shop: Shop) -> npt.NDArray[np.int64]:
    """All patterns of what was done, shape (patterns, actions + 1); the last flag is the macro."""
    flags = len(shop.actions) + 1
    return np.arange(1 << flags)[:, None] >> np.arange(flags) & 1


def done_effects(shop: Shop) -> Doubles:
    """Effects of having done each action on the log scale, shape (actions + 1, targets)."""
    targets = columns(shop)
    effects = np.zeros((len(shop.actions) + 1, len(targets)))
    for i, action in enumerate(shop.actions):
        for name, change in action.effects.items():
            effects[i, targets[name]] += change
    return effects


def cumulate(weights: Doubles) -> npt.NDArray[np.float32]:
    """Turn rows of weights into cumulative probabilities, without the last column.

    The last column is left out so that a draw above all others is the last choice, whatever the
    rounding.
    """
    sums = np.cumsum(weights, axis=1)
    return np.ascontiguousarray((sums / sums[:, -1:])[:, :-1], dtype=np.float32)


def draw(cumulative: npt.NDArray[np.float32], rows: Ints, rng: np.random.Generator) -> Codes:
    """Draw one choice per row number from the table of cumulative probabilities."""
    above = rng.random(len(rows), dtype=np.float32)[:, None] >= cumulative[rows]
    return np.asarray(above.sum(axis=1, dtype=np.int8))
