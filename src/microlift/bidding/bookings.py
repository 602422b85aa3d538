"""Ways to book value on a platform, and what each books of the revenue.

A way gives each action a value, booked once for each user who does it before the first macro, and
gives the macro one. What it books is

    sum over actions of value_a x users_a + value_macro x macros

against the revenue of the same macros, which is what a macro alone at its order value books. A
bidder that aims at a return on ad spend T pays for a click

    bid = (value that it expects to be booked) / T

Where booked values are k times the real ones, every bid, and with it the spend, stays as it was if
T becomes k x T. So k, booked over real, is the multiplier of the target; it has no unit. It is
exact where the click's share of the booked value is its share of the real one, and right for the
total of the bids in any case.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from microlift.errors import InputError, nearest
from microlift.ledger import Ledger

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Doers:
    """Users by what they did before the first macro, and by whether they reached it.

    Attributes
    ----------
    ever
        Bit masks of actions.
    converted
        1 where the macro was reached.
    users
        How many users.
    """

    ever: Ints
    converted: Ints
    users: Ints

    @classmethod
    def of(cls, ledger: Ledger) -> "Doers":
        """Users of the log that a ledger was made from."""
        frame = ledger.model.moments_.doers
        ever, converted, users = (
            frame[name].to_numpy(np.int64) for name in ("ever", "converted", "users")
        )
        return cls(ever, converted, users)

    @property
    def macros(self) -> int:
        """Users with the macro."""
        return int(self.users[self.converted == 1].sum())

    def did(self, bit: int) -> npt.NDArray[np.bool_]:
        """Rows whose users did an action; -1 is the macro."""
        rows: npt.NDArray[np.bool_] = self.converted == 1
        return rows if bit < 0 else (self.ever >> bit & 1) == 1

    def count(self, rows: npt.NDArray[np.bool_]) -> int:
        """Users of some rows."""
        return int(self.users[rows].sum())


@dataclass(frozen=True)
class Booking:
    """What one way to book makes of the revenue.

    Attributes
    ----------
    way
        In words.
    conversions
        What the platform counts, per real macro.
    booked
        Value booked over real value: the multiplier of a target return on ad spend.
    macro_value
        What is sent for a macro, in the currency; 0 where it is not primary.
    """

    way: str
    conversions: float
    booked: float
    macro_value: float


def recipe(doers: Doers, primary: tuple[int, ...], *, macro: bool, order_value: float) -> Booking:
    """The usual recipe: order value x P(macro | action) at each primary action.

    >>> doers = Doers(np.array([3, 3, 1]), np.array([1, 0, 0]), np.array([10, 10, 20]))
    >>> recipe(doers, (0, 1), macro=True, order_value=50.0)
    Booking(way='usual recipe, with the macro', conversions=7.0, booked=3.0, macro_value=50.0)
    """
    macros = doers.macros
    first = sum(doers.count(doers.did(bit)) for bit in primary)
    twice = sum(doers.count(doers.did(bit) & doers.did(-1)) for bit in primary)
    way = "usual recipe, with the macro" if macro else "usual recipe"
    if not macros:
        return Booking(way, float("nan"), float("nan"), order_value * macro)
    return Booking(
        way, first / macros + macro, twice / macros + macro, order_value if macro else 0.0
    )


def stated(
    doers: Doers, values: Mapping[str, float], names: list[str], macro: str, order_value: float
) -> Booking:
    """Values that somebody states: an amount an action (and the macro, else its order value).

    Raises
    ------
    InputError
        If a name is neither an action nor the macro, or a value is negative or no number.
    """
    for name, value in values.items():
        if name != macro and name not in names:
            raise InputError(
                f"values: got {name[:100]!r}, which is neither an action of the plan nor its "
                f"macro: nothing is counted under that name. Known: "
                f"{nearest(name, [*names, macro])}."
            )
        if not (np.isfinite(value) and value >= 0):
            raise InputError(
                f"values: got {value} for {name[:100]!r}; a platform books amounts of 0 or more. "
                "Give a number that is not negative."
            )
    worth = float(values.get(macro, order_value))
    counted = {bit: doers.count(doers.did(bit)) for bit, name in enumerate(names) if name in values}
    booked = sum(values[names[bit]] * count for bit, count in counted.items())
    macros, real = doers.macros, order_value * doers.macros
    if not real:
        return Booking("values as stated", float("nan"), float("nan"), worth)
    conversions = (sum(counted.values()) + (macros if worth else 0)) / macros
    return Booking("values as stated", conversions, (booked + worth * macros) / real, worth)
