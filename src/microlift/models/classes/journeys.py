"""Whole journeys as a likelihood sees them: what came next at every moment of every user."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from microlift.models.crossfit import sum_by
from microlift.models.encode import StateEncoder
from microlift.models.states import States
from microlift.moments.passed import Passed
from microlift.moments.space import (
    ARRIVED,
    BACK,
    BUCKETS,
    FIRST_STEP,
    LEFT,
    MACRO,
    MACRO_LATER,
)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
UNKNOWN, RETURNED, GONE = range(3)  # what came of the end of a visit
RARE = 0.005  # of all steps: such a step is one of "other"


@dataclass(frozen=True, eq=False)
class Journeys:
    """Journeys of some users, compressed: each row is a user passing a kind of moment.

    A kind is a state with what came next there. Most moments share theirs with those of many
    other users, so a likelihood is worked out once a kind.

    Attributes
    ----------
    x
        What the law sees of each state: states times columns.
    choices
        Things that may come next: planned steps (rare ones together), the macro, and last the end
        of the visit or, with the clock, nothing.
    state, choice, after
        Of each kind; `after` says whether the user came back (UNKNOWN, RETURNED, GONE).
    user, kind, count
        Of each row; a quiet row of the clock stands for many moments.
    x_first, first
        What the shares of classes may hang on: columns of each kind of first moment, and the
        kind of each user.
    bucket
        Of each user.
    """

    x: Floats
    choices: int
    state: Ints
    choice: Ints
    after: Ints
    user: Ints
    kind: Ints
    count: Floats
    x_first: Floats
    first: Ints
    bucket: Ints

    @property
    def users(self) -> int:
        """Number of users."""
        return len(self.first)

    @cached_property
    def times(self) -> Floats:
        """How often each kind of moment was passed."""
        return sum_by(self.kind, self.count, len(self.state))

    @classmethod
    def of(cls, states: States, passed: Passed) -> "Journeys":
        """Journeys of users who passed cells; for one log the columns are always the same."""
        cell = passed.cell
        choice, choices = _choices(states)
        after = _after(states)[cell] * (passed.counts["n_mature"] > 0)
        code = (states.state[cell] * choices + choice[cell]) * 3 + after
        kinds, kind = np.unique(code, return_inverse=True)
        used, state = np.unique(kinds // (3 * choices), return_inverse=True)
        # The first moment of each user; in the order of rows where several count as one.
        first = np.zeros(passed.users, dtype=np.int64)
        first[passed.user[::-1]] = cell[::-1]
        opening = np.flatnonzero(states.arrive[cell] == ARRIVED)[::-1]
        first[passed.user[opening]] = cell[opening]
        x_first, first_kind = _first(states, first)
        encoder = StateEncoder().fit(states.x)
        return cls(
            x=encoder.transform(states.x[used]).astype(np.float64),
            choices=choices,
            state=state.ravel(),
            choice=kinds // 3 % choices,
            after=kinds % 3,
            user=passed.user,
            kind=kind.ravel(),
            count=passed.counts["n"].astype(np.float64),
            x_first=x_first,
            first=first_kind,
            bucket=states.bucket[first],
        )

    def only(self, wanted: npt.NDArray[np.bool_]) -> "Journeys":
        """Journeys of some of the users, with the same columns."""
        rows = np.flatnonzero(wanted[self.user])
        kinds, kind = np.unique(self.kind[rows], return_inverse=True)
        states, state = np.unique(self.state[kinds], return_inverse=True)
        return replace(
            self,
            x=self.x[states],
            state=state.ravel(),
            choice=self.choice[kinds],
            after=self.after[kinds],
            user=(np.cumsum(wanted) - 1)[self.user[rows]],
            kind=kind.ravel(),
            count=self.count[rows],
            first=self.first[wanted],
            bucket=self.bucket[wanted],
        )


def _choices(states: States) -> tuple[Ints, int]:
    """What came next in each cell, as a choice: rare steps together, the end last."""
    steps = int(states.next.max(initial=0)) - FIRST_STEP + 1
    often = np.bincount(
        np.maximum(states.next - FIRST_STEP, 0),
        weights=states.n_all * (states.next >= FIRST_STEP),
        minlength=max(steps, 1),
    )
    common = np.flatnonzero(often >= RARE * max(often.sum(), 1))
    place = np.full(len(often), len(common), dtype=np.int64)
    place[common] = np.arange(len(common))
    other = len(common) + int((often[place == len(common)] > 0).any())
    step = place[np.maximum(states.next - FIRST_STEP, 0)]
    is_step, is_macro = states.next >= FIRST_STEP, states.next == MACRO
    choice = np.where(is_step, step, np.where(is_macro, other, other + 1))
    return choice.astype(np.int64), other + 2


def _after(states: States) -> Ints:
    """Whether a user came back after the end of a visit; never known of a tick."""
    back = np.isin(states.next, (BACK, MACRO_LATER))
    out = np.where(back, RETURNED, np.where(states.next == LEFT, GONE, UNKNOWN))
    return out.astype(np.int64) * int("recency" not in states.names)


def _first(states: States, cell: Ints) -> tuple[Floats, Ints]:
    """Columns of the kinds of first moment, and the kind of each user from the first cell."""
    names = states.names
    traits = [j for j, name in enumerate(names) if name[0] == "a" and name[1:].isdigit()]
    told = states.x[:, [names.index("at"), *traits]]
    kinds, kind = np.unique(told, axis=0, return_inverse=True)
    opens = np.unique(states.state[states.arrive == ARRIVED])
    encoder = StateEncoder().fit(told[opens])
    columns = encoder.transform(kinds).astype(np.float64)
    return np.column_stack([np.ones(len(kinds)), columns]), kind.ravel()[states.state[cell]]


def halves(buckets: Ints) -> npt.NDArray[np.bool_]:
    """Which users are of the first half, by whole buckets."""
    order = np.random.default_rng(0).permutation(BUCKETS)
    return np.isin(buckets, order[: BUCKETS // 2])
