"""The ledger: a profit-and-loss account of conversion value whose entries add up to the macros."""

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from microlift.asked import as_asked
from microlift.card import clipped, next_html, next_line
from microlift.models import LiftModel
from microlift.models.crossfit import Counts, blocks
from microlift.models.influence import Influence
from microlift.models.model import TOGETHER
from microlift.models.states import States, distinct
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
from microlift.occurrences import counted
from microlift.result import onto

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
TIME, STILL_OPEN = "time between sessions", "still open"
COLUMNS = ("entry", "kind", "occurrences", "credit_total", "credit_per_occurrence", "value_total")


_NEXT = "ml.Weights.from_ledger(ledger, plan)"


@dataclass(frozen=True)
class Credit:
    """What one action earns in the ledger, and what that is at each occurrence.

    Attributes
    ----------
    total
        Its entry: the sum of changes of journey value, in macros.
    occurrences
        Occurrences by covered users up to their first macro, counted as the ad platform will: the
        plan's `count` says whether that is a user's first, one for each click, or every one.
    users
        Covered users with an occurrence.
    judged
        Those of their first occurrences that a moment comes before.
    per_occurrence, low, high
        Credit in macros for each occurrence, with its 95 % interval.
    """

    total: float
    occurrences: int
    users: int
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
        The entries, with the columns of ``ledger.csv``. Occurrences of an action are those of its
        `Credit`; an entry "(again)" counts what a user repeated, whatever the platform counts.
    credits
        One for each action of the plan, in its order.
    macro_total
        What is booked at the macro step itself, in macros.
    macros
        First macros of the users covered.
    revenue
        Value of these macros, in units of the currency; their number where the plan names no value.
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
    @as_asked
    def from_model(cls, model: LiftModel) -> "Ledger":
        """Book the journey value of a fitted model, step by step.

        Raises
        ------
        InputError
            Where the plan counts an action by click or every time, and the log was closed.
        """
        return _Books(model).close()

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of the entries."""
        return self.frame.copy()

    def to_csv(self) -> str:
        """Text of ledger.csv; a text that a spreadsheet would run as a formula is quoted."""
        return to_csv(self.frame)

    def plot(self, *, narrow: bool = False, ax: "Axes | None" = None) -> "Axes":
        """Waterfall from arrivals to macros."""
        from microlift.reporting.figures import waterfall

        with onto(ax):
            currency = self.model.moments_.log.facts.currency
            return waterfall(self.frame, currency, narrow)

    def __str__(self) -> str:
        named = self.frame.assign(entry=[clipped(str(entry)) for entry in self.frame["entry"]])
        table = named.to_string(index=False, float_format=lambda x: f"{x:,.3f}")
        return f"{self._heading()}\n\n{table}"

    def __repr__(self) -> str:
        return f"{self}\n\n{next_line(_NEXT)}"

    def _repr_html_(self) -> str:
        from microlift.reporting.tables import ledger_table

        heading = f"<p><strong>{escape(self._heading())}</strong></p>"
        table = ledger_table(self.frame, self.model.moments_.log.facts.currency)
        return f"<div>{heading}{table}{next_html(_NEXT)}</div>"

    def _heading(self) -> str:
        """Say what is booked, and where most of it is earned and lost."""
        currency = self.model.moments_.log.facts.currency
        worth = f", worth {self.revenue:,.2f} {currency}" if currency else ""
        said = f"Ledger: {self.macros:,} macros booked{worth}"
        actions = self.frame[self.frame["kind"] == "action"].sort_values("credit_total")
        earned, lost = actions.tail(1), actions.head(1)
        if len(earned) and earned["credit_total"].iloc[0] > 0:
            said += f"; most is earned by {clipped(str(earned['entry'].iloc[0]))}"
        if len(lost) and lost["credit_total"].iloc[0] < 0:
            said += f", most is lost by {clipped(str(lost['entry'].iloc[0]))}"
        return f"{said}."


class _Books:
    """The two sides of every step: moments reached, and moments left, each with their value.

    Cells are added up by what matters to the ledger (how a moment was reached, what came next)
    and by bucket, so that the entries are sums over a few hundred kinds of step.
    """

    def __init__(self, model: LiftModel) -> None:
        self.model = model
        self.moments: Moments = model.moments_
        self.states: States = model.states_
        self.plan = self.moments.log.plan
        states, cells = self.states, self.moments.cells
        small = states.fresh.dtype  # holds any set of actions
        masks = np.array([0, *self.moments.steps]).astype(small)
        now = masks[states.at]
        if "recency" in cells:
            now = np.where(cells["recency"].to_numpy() == 0, now, small.type(0))
        ahead = np.array([0] * FIRST_STEP + list(self.moments.steps)).astype(small)
        channel = cells["a0"].to_numpy() if "a0" in cells else np.zeros_like(now)
        done = states.done[states.state]
        self.reached = _Side.of(states, model, [states.arrive, now, states.fresh, channel])
        self.left = _Side.of(states, model, [states.next, ahead[states.next], done])
        self.entries: list[tuple[str, str, float, float]] = []
        self.together = 0.0
        self.counted = counted(self.moments)

    def close(self) -> Ledger:
        """Make every entry, and the ledger from them."""
        totals = self.moments.totals
        self._arrivals()
        for action in range(len(self.plan.actions)):
            self._action(action)
        self._time()
        macro_total = self._macro()
        self._ends()
        revenue = totals.revenue / 10**self.moments.log.facts.minor_digits
        frame = pd.DataFrame(self.entries, columns=list(COLUMNS[:4]))
        frame["occurrences"] = frame["occurrences"].astype("int64")
        credit, count = frame["credit_total"].to_numpy(), frame["occurrences"].to_numpy()
        mean = np.divide(credit, count, out=np.full(len(frame), np.nan), where=count > 0)
        frame["credit_per_occurrence"] = mean
        frame["value_total"] = credit * (revenue / totals.macros if totals.macros else 0.0)
        credits = self._credits()
        return Ledger(frame, credits, macro_total, totals.macros, revenue, self.model)

    def _arrivals(self) -> None:
        arrive, _, _, channel = self.reached.kinds
        names = self.plan.log.attributes
        labels = self.moments.log.facts.attributes[names[0]] if names else ()
        virtual = self.moments.totals.macros - self.left.count(self._macro_next())
        for number, label in enumerate(labels or ("",)):
            here = (arrive == ARRIVED) & (channel == number)
            if here.any():
                entry = f"arrival: {label}" if labels else "arrival"
                row = self.reached.count(here), self.reached.value(here)
                self.entries.append((entry, "arrival", *row))
        if virtual:
            self.entries.append(("arrival straight to the macro", "arrival", virtual, 0.0))

    def _share(self, action: int, *, again: bool) -> "_Share":
        """What of each kind of step belongs to the first occurrences of an action, or the others.

        A step that stands for several actions is shared equally among them.
        """
        arrive, now, fresh, _ = self.reached.kinds
        _, ahead, done = self.left.kinds
        is_new, known = (fresh >> action & 1) == 1, (done >> action & 1) == 1
        here = ((now >> action & 1) == 1) & (is_new != again)
        leaves = ((ahead >> action & 1) == 1) & (known == again)
        return _Share(
            here,
            gains=here * (arrive == ACTED) / np.maximum(1, np.bitwise_count(now)),
            losses=leaves / np.maximum(1, np.bitwise_count(ahead)),
        )

    def _total(self, share: "_Share") -> float:
        return self.reached.value(share.gains) - self.left.value(share.losses)

    def _action(self, action: int) -> None:
        """Entries of an action: its first occurrences and its repetitions."""
        name = self.plan.actions[action].name
        for again in (False, True):
            share = self._share(action, again=again)
            total, count = self._total(share), self.reached.count(share.here)
            if self._is_together(action):
                # Its order against the macro is unknown: what it moved belongs to the macro step.
                self.together += total
                total = 0.0
            if not again and action in self.counted:
                count = float(self.counted[action].sum())
            if count or not again:
                entry, kind = (f"{name} (again)", "repeat") if again else (name, "action")
                self.entries.append((entry, kind, count, total))

    def _credits(self) -> tuple[Credit, ...]:
        shares = [self._share(k, again=False) for k in range(len(self.plan.actions))]
        gained = self.reached.kind, np.stack([share.gains for share in shares], axis=1)
        lost = self.left.kind, np.stack([-share.losses for share in shares], axis=1)
        moved = Influence.of(self.states, self.model.journey_).by_bucket([gained, lost])
        return tuple(
            self._credit(action, share, by_bucket)
            for action, (share, by_bucket) in enumerate(zip(shares, moved, strict=True))
        )

    def _credit(self, action: int, share: "_Share", moved: Floats) -> Credit:
        """Credit of an occurrence; its error from V at first ones and from V's own (`moved`)."""
        firsts = self.reached.counts.T @ share.here
        counts = self.counted.get(action, firsts)
        occurrences, users = round(counts.sum()), round(firsts.sum())
        judged = round(self.left.count(share.losses > 0))
        if occurrences == 0 or self._is_together(action):
            return Credit(0.0, occurrences, users, judged, 0.0, float("nan"), float("nan"))
        total = self._total(share)
        credit = total / occurrences
        gained = self.reached.values.T @ share.gains - self.left.values.T @ share.losses
        by_bucket = gained - credit * counts + moved
        spread = BUCKETS / (BUCKETS - 1) * ((by_bucket - by_bucket.mean()) ** 2).sum()
        reach = float(stats.t.ppf(0.975, BUCKETS - 1) * np.sqrt(spread) / occurrences)
        return Credit(total, occurrences, users, judged, credit, credit - reach, credit + reach)

    def _is_together(self, action: int) -> bool:
        return self.model.contrasts_[action].note.startswith(TOGETHER)

    def _time(self) -> None:
        waited, back = self.reached.kinds[0] == WAITED, self.left.kinds[0] == BACK
        total = self.reached.value(waited) - self.left.value(back)
        self.entries.append((TIME, "time", self.reached.count(waited), total))

    def _macro_next(self) -> Bools:
        ends: Bools = np.isin(self.left.kinds[0], (MACRO, MACRO_LATER))
        return ends

    def _macro(self) -> float:
        # A user whose first planned event is the macro has no moment: arrival at V = 0.
        macros = self.moments.totals.macros
        total = macros - self.left.value(self._macro_next()) + self.together
        self.entries.append((self.plan.macro.name, "macro", macros, total))
        return total

    def _ends(self) -> None:
        """Book the value still there at the last moment: lost, or still open."""
        after, _, done = self.left.kinds
        names = [action.name for action in self.plan.actions]
        furthest = np.full(len(after), -1)
        beside = [name for name in names if name not in self.plan.funnel]
        for place in (*beside, *self.plan.funnel):
            number = names.index(place)
            furthest[(done >> number & 1) == 1] = number
        ends = [("left before any action", "left", (after == LEFT) & (furthest < 0))]
        for number, name in enumerate(names):
            ends.append((f"left after {name}", "left", (after == LEFT) & (furthest == number)))
        ends.append((STILL_OPEN, "open", after == OPEN))
        for entry, kind, here in ends:
            if here.any():
                self.entries.append((entry, kind, self.left.count(here), -self.left.value(here)))


@dataclass(frozen=True, eq=False)
class _Share:
    """What belongs to an action, by kind of step: moments reached by it, value gained and lost."""

    here: Bools
    gains: Floats
    losses: Floats


@dataclass(frozen=True, eq=False)
class _Side:
    """Moments by kind of step and bucket: how many, and their journey value.

    `kind` is the kind of each cell; `kinds` are the columns that tell kinds apart.
    """

    kind: Counts
    kinds: tuple[Counts, ...]
    counts: Floats
    values: Floats

    @classmethod
    def of(cls, states: States, model: LiftModel, columns: list[Counts]) -> "_Side":
        sample, kind = distinct(columns)
        shape = (len(sample), BUCKETS)
        counts, values = np.zeros(shape[0] * shape[1]), np.zeros(shape[0] * shape[1])
        for block in blocks(len(kind)):
            cell = kind[block].astype(np.int64) * BUCKETS + states.bucket[block]
            n = states.n_all[block]
            counts += np.bincount(cell, weights=n, minlength=len(counts))
            worth = n * model.journey_.of_cell[block]
            values += np.bincount(cell, weights=worth, minlength=len(values))
        kinds = tuple(column[sample] for column in columns)
        return cls(kind, kinds, counts.reshape(shape), values.reshape(shape))

    def count(self, weight: Floats | Bools) -> float:
        """Weighted number of moments."""
        return float(self.counts.sum(axis=1) @ weight)

    def value(self, weight: Floats | Bools) -> float:
        """Weighted sum of journey value."""
        return float(self.values.sum(axis=1) @ weight)
