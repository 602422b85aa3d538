"""The ledger: a profit-and-loss account of conversion value whose entries add up to the macros."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from microlift.models import LiftModel
from microlift.models.states import States
from microlift.models.table import to_csv
from microlift.moments import Moments
from microlift.moments.space import (
    ACTED,
    ARRIVED,
    BACK,
    BUCKETS,
    FIRST_STEP,
    LEFT,
    MACRO,
    MACRO_LATER,
    OPEN,
    WAITED,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
TIME, STILL_OPEN = "time between sessions", "still open"
COLUMNS = ("entry", "kind", "occurrences", "credit_total", "credit_per_occurrence", "value_total")


@dataclass(frozen=True)
class Credit:
    """What one action earns in the ledger, at its first occurrence by a user.

    Attributes
    ----------
    total
        Its entry: the sum of changes of journey value, in macros.
    occurrences
        First occurrences by covered users, as an ad platform would count them.
    judged
        Those of them that a moment comes before.
    per_occurrence, low, high
        Credit in macros for each occurrence, with its 95 % interval.
    """

    total: float
    occurrences: int
    judged: int
    per_occurrence: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Ledger:
    r"""Credits that add up.

    For every covered user, with moments S_0 ... S_m and outcome 0 or 1,

    .. math:: V(S_0) + \sum_k \bigl(V(S_{k+1}) - V(S_k)\bigr) + (outcome - V(S_m)) = outcome

    Each bracket is booked to what happened at that step. The sum over users is the number of
    macros, for any V; that V is also calibrated is shown by ``LiftModel.calibration``.

    Attributes
    ----------
    frame
        The entries, with the columns of ``ledger.csv``.
    credits
        One for each action of the plan, in its order.
    macro_total
        What is booked at the macro step itself, in macros.
    macros
        First macros of the users covered.
    revenue
        Value of these macros, in units of the currency.
    model
        The model whose journey value was booked.
    """

    frame: pd.DataFrame
    credits: tuple[Credit, ...]
    macro_total: float
    macros: int
    revenue: float
    model: LiftModel

    @classmethod
    def from_model(cls, model: LiftModel) -> "Ledger":
        """Book the journey value of a fitted model, step by step."""
        return _Books(model).close()

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of the entries."""
        return self.frame.copy()

    def to_csv(self) -> str:
        """Text of ledger.csv; a text that a spreadsheet would run as a formula is quoted."""
        return to_csv(self.frame)

    def plot(self) -> "Axes":
        """Waterfall from arrivals to macros."""
        from microlift.reporting.figures import waterfall

        return waterfall(self.frame, self.model.moments_.log.facts.currency)

    def __repr__(self) -> str:
        return str(self.frame.to_string(index=False, float_format=lambda x: f"{x:,.3f}"))

    def _repr_html_(self) -> str:
        from microlift.reporting.tables import ledger_table

        return ledger_table(self.frame)


class _Books:
    """The two sides of every step, as weights on the journey value of cells."""

    def __init__(self, model: LiftModel) -> None:
        self.model = model
        self.moments: Moments = model.moments_
        self.states: States = model.states_
        self.value = model.journey_.of_cell
        self.plan = self.moments.log.plan
        masks = np.array([0, *self.moments.steps], dtype=np.int64)
        self.done = self.states.done[self.states.state]
        self.now = masks[self.states.at]
        if "recency" in self.moments.cells:
            self.now = np.where(self.moments.cells["recency"].to_numpy() == 0, self.now, 0)
        ahead = np.array([0] * FIRST_STEP + list(self.moments.steps), dtype=np.int64)
        self.ahead = ahead[self.states.next]
        self.entries: list[tuple[str, str, int, float]] = []

    def close(self) -> Ledger:
        """Make every entry, and the ledger from them."""
        totals = self.moments.totals
        self._arrivals()
        self._actions()
        self._time()
        macro_total = self._macro()
        self._left()
        self._book(STILL_OPEN, "open", self.states.next == OPEN)
        digits = self.moments.log.facts.minor_digits
        revenue = totals.revenue / 10**digits
        frame = pd.DataFrame(self.entries, columns=list(COLUMNS[:4]))
        counts = frame["occurrences"].to_numpy(dtype=np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            frame[COLUMNS[4]] = frame["credit_total"].to_numpy() / counts
        mean_value = revenue / totals.macros if totals.macros else 0.0
        frame[COLUMNS[5]] = frame["credit_total"] * mean_value
        credits = tuple(self._credit(number) for number in range(len(self.plan.actions)))
        return Ledger(frame, credits, macro_total, totals.macros, revenue, self.model)

    def _sum(self, weight: Floats | Bools) -> float:
        return float((self.states.n_all * weight * self.value).sum())

    def _count(self, weight: Floats | Bools) -> int:
        return int((self.states.n_all * weight).sum())

    def _book(self, entry: str, kind: str, departs: Bools) -> None:
        """Book an end: all value still there is taken off."""
        if departs.any():
            self.entries.append((entry, kind, self._count(departs), -self._sum(departs)))

    def _arrivals(self) -> None:
        first = self.states.arrive == ARRIVED
        for label, group in self._channels():
            here = first & group
            if here.any():
                self.entries.append((label, "arrival", self._count(here), self._sum(here)))

    def _channels(self) -> Iterator[tuple[str, Bools]]:
        names = self.plan.log.attributes
        if not names:
            yield "arrival", np.ones(len(self.value), dtype=bool)
            return
        code = self.moments.cells["a0"].to_numpy()
        for number, label in enumerate(self.moments.log.facts.attributes[names[0]]):
            yield f"arrival: {label}", code == number

    def _actions(self) -> None:
        for number, action in enumerate(self.plan.actions):
            for kind, entry in (("action", action.name), ("repeat", f"{action.name} (again)")):
                gains, losses = self._sides(number, first=kind == "action")
                occurrences = self._count(self._happens(number, first=kind == "action"))
                if occurrences or kind == "action":
                    total = self._sum(gains) - self._sum(losses)
                    self.entries.append((entry, kind, occurrences, total))

    def _happens(self, action: int, first: bool) -> Bools:
        """Cells whose moment is an occurrence of the action, the user's first or a repetition."""
        new = (self.states.fresh >> action & 1).astype(bool)
        return ((self.now >> action & 1) == 1) & (new if first else ~new)

    def _sides(self, action: int, first: bool) -> tuple[Floats, Floats]:
        """Share of each cell's value gained on arrival by, and given up on leaving for, the action.

        A step that stands for several actions is shared equally among them.
        """
        arrived = self._happens(action, first) & (self.states.arrive == ACTED)
        known = (self.done >> action & 1).astype(bool)
        leaves = ((self.ahead >> action & 1) == 1) & (~known if first else known)
        gains = arrived / np.maximum(1, np.bitwise_count(self.now))
        losses = leaves / np.maximum(1, np.bitwise_count(self.ahead))
        return gains.astype(np.float64), losses.astype(np.float64)

    def _time(self) -> None:
        back, waited = self.states.next == BACK, self.states.arrive == WAITED
        total = self._sum(waited) - self._sum(back)
        self.entries.append((TIME, "time", self._count(waited), total))

    def _macro(self) -> float:
        macros = self.moments.totals.macros
        leaves = (self.states.next == MACRO) | (self.states.next == MACRO_LATER)
        # A user whose first planned event is the macro has no moment: arrival at V = 0.
        total = macros - self._sum(leaves)
        self.entries.append((self._macro_name(), "macro", macros, total))
        return total

    def _macro_name(self) -> str:
        return " / ".join(self.plan.macro.event)

    def _left(self) -> None:
        left = self.states.next == LEFT
        names = [action.name for action in self.plan.actions]
        furthest = np.full(len(self.value), -1)
        for place in self.plan.funnel or names:
            number = names.index(place)
            furthest[(self.done >> number & 1) == 1] = number
        self._book("left before any action", "left", left & (furthest < 0))
        for number, name in enumerate(names):
            self._book(f"left after {name}", "left", left & (furthest == number))

    def _credit(self, action: int) -> Credit:
        gains, losses = self._sides(action, first=True)
        happens = self._happens(action, first=True)
        occurrences = self._count(happens)
        total = self._sum(gains) - self._sum(losses)
        judged = self._count(losses > 0)
        if occurrences == 0:
            return Credit(0.0, 0, 0, 0.0, float("nan"), float("nan"))
        states = self.states
        # V is estimated: its error enters through the residuals of the moments it was learned on.
        residual = states.y - states.n * self.value
        parts = states.n_all * (gains - losses) * self.value
        parts = parts + (gains - self._propensity(action)) * residual
        credit = total / occurrences
        by_bucket = np.bincount(
            states.bucket, weights=parts - credit * states.n_all * happens, minlength=BUCKETS
        )
        spread = BUCKETS / (BUCKETS - 1) * ((by_bucket - by_bucket.mean()) ** 2).sum()
        reach = float(stats.t.ppf(0.975, BUCKETS - 1) * np.sqrt(spread) / occurrences)
        return Credit(total, occurrences, judged, credit, credit - reach, credit + reach)

    def _propensity(self, action: int) -> Floats:
        """Chance by cell that the action comes next and is new."""
        known = self.model.contrasts_[action].propensity
        if known is not None:
            return known[self.states.state]
        # Without a contrast there is no model of it: the share of each place has to do.
        leaves = ((self.ahead >> action & 1) == 1) & ((self.done >> action & 1) == 0)
        places = self.states.at.max() + 1
        n = self.states.n
        share = np.bincount(self.states.at, weights=n * leaves, minlength=places)
        at_all = np.bincount(self.states.at, weights=n, minlength=places)
        mean = np.divide(share, at_all, out=np.zeros(places), where=at_all > 0)
        chance: Floats = mean[self.states.at] * ((self.done >> action & 1) == 0)
        return chance
