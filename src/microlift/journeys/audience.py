"""Who the visitors are: customers, potential customers, and those of no value."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from microlift.asked import as_asked
from microlift.events import EventLog
from microlift.journeys.counting import VISITOR, count_doers, segment_labels
from microlift.journeys.shares import Share
from microlift.result import Result, onto

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CUSTOMERS, POTENTIAL, NOTHING = "customers", "potential customers", "no value so far"
FRICTION = "friction"


@dataclass(frozen=True, eq=False, repr=False)
class Audience(Result):
    """The three-way split of the visitors.

    Attributes
    ----------
    frame
        One row a group (and segment): segment, group, count, of, rate, low, high.
    finding
        What it says, in one sentence.
    rest
        The macro rate with the potential customers taken out of the denominator, one share a
        segment.
    by
        The attribute of the segments.
    """

    then: ClassVar[str] = ".plot(), ml.rates(log)"

    rest: tuple[Share, ...]
    by: str | None

    def plot(self, *, narrow: bool = False, ax: "Axes | None" = None) -> "Axes":
        """Draw the three groups; of segments, group by group."""
        from microlift.reporting.shares import dots

        with onto(ax):
            if not self.by:
                return dots(self.frame["group"], self.frame, "share of visitors", narrow)
            rank = dict.fromkeys(self.frame["group"])
            rows = pd.concat([self.frame[self.frame["group"] == group] for group in rank])
            return dots(rows["segment"], rows, "share of visitors", narrow, rows["group"])

    def _table(self) -> str:
        from microlift.reporting.shares import audience_table

        return audience_table(self.frame, self.by)


@as_asked
def audience(log: EventLog, by: str | None = None) -> Audience:
    """Split the visitors three ways, and rate the macro over those who did not stop half way.

    Customers reached the macro. Potential customers did not, and did an action of the plan that
    leads towards it (of any kind but friction). The others are of no value so far.

    Parameters
    ----------
    log
        The event log.
    by
        An attribute of the plan.

    Returns
    -------
    Audience
        With 95 % intervals by Wilson.

    Raises
    ------
    InputError
        If the plan has no such attribute.
    """
    labels = segment_labels(log, by)
    counted = count_doers(log, VISITOR, by)
    leading = sum(
        1 << bit for bit, action in enumerate(log.plan.actions) if action.kind != FRICTION
    )
    macro = counted["macro"].to_numpy() == 1
    did = (counted["did"].to_numpy() & leading) != 0
    group = np.where(macro, 0, np.where(did, 1, 2))
    place = counted["segment"].to_numpy() * 3 + group
    sums = np.bincount(place, weights=counted["n"], minlength=3 * len(labels)).reshape(-1, 3)
    rows, rest = [], []
    for label, counts in zip(labels, sums.astype(int), strict=True):
        of = int(counts.sum())
        for name, count in zip((CUSTOMERS, POTENTIAL, NOTHING), counts, strict=True):
            share = Share.of_counts(int(count), of)
            rows.append((label, name, share.count, share.of, share.rate, share.low, share.high))
        rest.append(Share.of_counts(int(counts[0]), of - int(counts[1])))
    columns = ["segment", "group", "count", "of", "rate", "low", "high"]
    frame = pd.DataFrame(rows, columns=columns)
    found = _finding(*(int(count) for count in sums.sum(axis=0)))
    if by is None:
        frame = frame.drop(columns="segment")
    return Audience(frame, found, tuple(rest), by)


def _finding(customers: int, potential: int, nothing: int) -> str:
    everybody = Share.of_counts(customers, customers + potential + nothing)
    split = (
        f"{everybody.rate:.2%} of {everybody.of:,} visitors are customers and {potential:,} are "
        "potential customers"
    )
    if not nothing:
        return f"{split}; nobody came without doing something planned, so there is no rest to rate."
    others = Share.of_counts(customers, customers + nothing)
    return (
        f"{split}; without these, {others.rate:.2%} of the rest are customers (95 % interval "
        f"{others.low:.2%} to {others.high:.2%})."
    )
