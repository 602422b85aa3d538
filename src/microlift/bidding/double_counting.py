"""Double counting: how far primary actions overlap, and how often each macro is then booked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from microlift.asked import as_asked
from microlift.bidding.bookings import Booking, Doers, recipe, stated
from microlift.bidding.modes import MACRO
from microlift.bidding.primaries import primaries_of
from microlift.errors import InputError
from microlift.journeys.waiting import macro_name, many
from microlift.ledger import Ledger
from microlift.plan.quoting import clipped
from microlift.result import Result, onto
from microlift.weights import Weights

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
ALONE = "macro alone"
CALIBRATED = "these weights"
WITH_MACRO = "these weights, with the macro"


@dataclass(frozen=True, eq=False, repr=False)
class DoubleCounting(Result):
    """How far primary actions overlap.

    Attributes
    ----------
    frame
        One row a pair of an action and another (or the macro, which is the last): action, other,
        users (who did the action before the macro), both (of them, who did the other), share;
        converters (of the users, those with the macro), both_converters, share_converters;
        same_visit (of the visits with a macro that hold the action, the share that holds the other
        as well).
    finding
        What it comes to, in a sentence.
    ways
        One row a way to book: way, conversions (that the platform counts, per real macro), booked
        (value booked over real value), target (by how much a target return on ad spend has to be
        multiplied to keep the spend as it is with the macro alone), macro_value (what is sent for a
        macro).
    notes
        The formula and when to believe it.
    currency
        Of `macro_value`.
    """

    ways: pd.DataFrame
    notes: tuple[str, ...]
    currency: str | None

    def plot(self, *, narrow: bool = False, ax: "Axes | None" = None) -> "Axes":
        """Draw what each way books, against the real value."""
        from microlift.reporting.bidding.double_counting import bars

        with onto(ax):
            return bars(self.ways, narrow)

    def _table(self) -> str:
        from microlift.reporting.bidding.double_counting import overlap_table, ways_table

        return overlap_table(self.frame) + ways_table(self.ways, self.currency)

    def __str__(self) -> str:
        ways = self.ways.to_string(index=False, float_format=lambda x: f"{x:.4g}")
        return "\n\n".join([self.finding, self._matrix().to_string(), ways, *self.notes])

    def _matrix(self) -> pd.DataFrame:
        order = list(dict.fromkeys(self.frame["action"]))
        shares = self.frame.pivot(index="action", columns="other", values="share")
        told = shares.reindex(index=order, columns=order).map(
            lambda share: f"{share:.1%}" if share == share else "-"
        )
        return told.rename(index=clipped, columns=clipped).rename_axis(
            index="of those with", columns="did"
        )


@as_asked
def double_counting(
    ledger: Ledger,
    weights: Weights | None = None,
    values: Mapping[str, float] | None = None,
) -> DoubleCounting:
    r"""Tell how far the primary actions overlap, and how often over each way books the revenue.

    With cart, checkout and purchase all primary, a buyer counts three times. The usual recipe
    (order value x P(macro | action)) then books about three times the revenue:

    .. math:: booked = \frac{\sum_a users_a \, P(macro \mid a) + macros}{macros}

    Calibrated weights book it once. A bidder that pays (expected booked value) / (target return on
    ad spend) for a click spends as before if the target is multiplied by the same factor.

    Parameters
    ----------
    ledger
        Its log tells who did what; its macros, what one is worth.
    weights
        Whose primary actions are looked at; default those that follow from the ledger and the plan.
    values
        What somebody insists to book: an amount, in the currency, for each action that is primary,
        and for the macro by its name (else it is booked at its order value; 0 for not at all).

    Returns
    -------
    DoubleCounting

    Raises
    ------
    InputError
        If `values` names what the plan has not, or holds what is no amount; if the plan has nothing
        but friction.

    Notes
    -----
    Believe the multiplier as far as a click's share of the booked value is its share of the real
    one. It holds for the sum of all bids in any case; clicks that bring carts and no purchase gain
    in it, which only calibrated values mend.
    """
    plan = ledger.model.moments_.log.plan
    weights = weights or Weights.from_ledger(ledger, plan)
    primary, chosen = primaries_of(plan, weights)
    if not primary:
        raise InputError(
            f"double_counting() got a plan of {len(plan.actions):,} actions of which none could be "
            "primary: friction is never booked, so nothing is counted twice. Add a step towards "
            "the macro to the plan."
        )
    doers = Doers.of(ledger)
    names = [action.name for action in plan.actions]
    order_value = ledger.revenue / ledger.macros if ledger.macros else 0.0
    ways = [
        Booking(ALONE, 1.0, 1.0, order_value),
        recipe(doers, primary, macro=False, order_value=order_value),
        recipe(doers, primary, macro=True, order_value=order_value),
    ]
    if values is not None:
        ways.append(stated(doers, values, names, plan.macro.name, order_value))
    ways += _calibrated(ledger, weights)
    table = pd.DataFrame(
        [(w.way, w.conversions, w.booked, w.booked, w.macro_value) for w in ways],
        columns=["way", "conversions", "booked", "target", "macro_value"],
    )
    frame = _pairs(ledger, doers, primary, names)
    macro = macro_name(ledger.model.moments_.log)
    currency = ledger.model.moments_.log.facts.currency
    found = _finding(frame, ways, [names[bit] for bit in primary], macro, currency or "macros")
    return DoubleCounting(frame, found, table, (*_NOTES, chosen), currency)


_NOTES = (
    "Booked: value booked over real value, of the same users; each action counts once a user, "
    "before the first macro.",
    "Target: bid = expected booked value / target return on ad spend. Where the booked value "
    "becomes k times the real one, target x k leaves bids and spend as they were: 400 % becomes "
    "k x 400 %. It has no unit. Exact where each click's share of the booked value is its share "
    "of the real one; for the sum of the bids in any case.",
)


def _calibrated(ledger: Ledger, weights: Weights) -> list[Booking]:
    """What weights book, as they are, and with the macro primary beside the actions."""
    found = []
    for macro in (False, True):
        book = _with_macro(ledger, weights, macro=macro).content
        if book is None:
            continue
        counted = sum(a.occurrences for a in book.actions if a.primary)
        conversions = counted / ledger.macros + macro
        way = WITH_MACRO if macro else CALIBRATED
        found.append(Booking(way, conversions, book.booked_total / book.revenue, book.macro_weight))
    return found


def _with_macro(ledger: Ledger, weights: Weights, *, macro: bool) -> Weights:
    """The same weights with the macro primary, or not: its value is then less than the order's."""
    book = weights.content
    if book is not None and book.mode != MACRO and (book.macro_weight > 0) == macro:
        return weights
    plan = ledger.model.moments_.log.plan
    named = tuple(a.name for a in weights.actions if a.primary)
    asked = {"keep_macro_primary": macro, "primary": named or "auto", "mode": None}
    spec = plan.weights.model_copy(update=asked)
    return Weights.from_ledger(ledger, plan.model_copy(update={"weights": spec}))


def _pairs(
    ledger: Ledger, doers: Doers, primary: tuple[int, ...], names: list[str]
) -> pd.DataFrame:
    held = ledger.model.moments_.macro_visits
    masks, visits = held["held"].to_numpy(), held["n"].to_numpy()
    bits = (*primary, -1)
    macro = ledger.model.moments_.log.plan.macro.name
    named = {bit: names[bit] if bit >= 0 else macro for bit in bits}
    rows = []
    for bit in bits:
        did, own = doers.did(bit), _within(masks, bit)
        for other in bits:
            if other == bit:
                continue
            users, both = doers.count(did), doers.count(did & doers.did(other))
            buyers = doers.count(did & doers.did(-1))
            two = doers.count(did & doers.did(other) & doers.did(-1))
            at_once = int(visits[own].sum()), int(visits[own & _within(masks, other)].sum())
            shares = (_share(both, users), _share(two, buyers), _share(at_once[1], at_once[0]))
            rows.append(
                (named[bit], named[other], users, both, shares[0], buyers, two, *shares[1:])
            )
    columns = ["action", "other", "users", "both", "share", "converters", "both_converters"]
    return pd.DataFrame(rows, columns=[*columns, "share_converters", "same_visit"])


def _within(masks: Ints, bit: int) -> Bools:
    """Visits with a macro that hold an action; all hold the macro."""
    return np.ones(len(masks), dtype=bool) if bit < 0 else (masks >> bit & 1) == 1


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")


def _finding(
    frame: pd.DataFrame, ways: list[Booking], primary: list[str], macro: str, unit: str
) -> str:
    """How often over the usual recipe books, and which two actions are nearly one."""
    by_way = {way.way: way for way in ways}
    usual = by_way["usual recipe, with the macro"]
    said = (
        f"With {many([*primary, macro], 4)} all primary, the usual recipe books each {macro} "
        f"{usual.booked:.2f} times; these weights book it once"
    )
    if CALIBRATED not in by_way:
        said = said.partition(";")[0]
    pairs = frame[(frame["other"] != frame["action"].iloc[-1]) & frame["share"].notna()]
    pairs = pairs[pairs["action"] != frame["action"].iloc[-1]]
    if len(pairs):
        row = pairs.loc[pairs["share"].idxmax()]
        said += (
            f". {row['share']:.0%} of those with {clipped(str(row['action']))} did "
            f"{clipped(str(row['other']))} too"
        )
    if WITH_MACRO in by_way and by_way[ALONE].macro_value:
        reduced = by_way[WITH_MACRO].macro_value
        said += (
            f". Where the macro stays primary, send {reduced:,.2f} {unit} for it, not the "
            f"order value of {by_way[ALONE].macro_value:,.2f}"
        )
    return said + "."
