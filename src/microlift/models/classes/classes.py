"""Classes of users that differ in what the log does not hold, and what they do to an estimate."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve

from microlift.errors import InputError
from microlift.models.classes.fit import Choice, Fit, choose, climb, forced
from microlift.models.classes.journeys import Journeys
from microlift.models.classes.law import Fitted, Law
from microlift.models.crossfit import sum_by
from microlift.models.states import States
from microlift.moments import Moments
from microlift.moments.passed import COUNTS, Passed

Floats = npt.NDArray[np.float64]
MOST_CLASSES = 3
MOST_ASKED = 5
LEAST_USERS = 1_000
UNFINISHED = "not converged"


@dataclass(frozen=True, eq=False)
class Classes:
    """Users in classes that differ in intent, known by their whole journeys.

    Classes hold whatever makes users differ that the law of journeys does not: an intent that the
    log does not show, and also a law that is wrong. Where rates hang on *how often* something was
    done, or a channel follows a law of its own, users seem to differ, and lifts within classes
    were up to 0.4 off on the log scale where those without were not off. So classes are for
    those who ask, and to be held against the lifts without.

    Attributes
    ----------
    choice
        How the number of classes was chosen.
    count
        Number of classes; with one there is nothing to tell apart.
    told
        What tells them apart, where there are several.
    converged
        Whether maximum likelihood came to its end, in the choice and with all users. If not, the
        climb was broken off after as many steps as it may take; lifts are those of where it was.
    """

    choice: Choice
    told: "Told | None"
    converged: bool = True

    @property
    def count(self) -> int:
        """Number of classes."""
        return 1 if self.told is None else self.told.law.classes

    def __repr__(self) -> str:
        return (
            f"Classes({self.count})" if self.converged else f"Classes({self.count}, {UNFINISHED})"
        )

    @classmethod
    def of(cls, moments: Moments, states: States, classes: int | Literal["auto"]) -> "Classes":
        """Tell users apart by their whole journeys.

        Parameters
        ----------
        moments
            Cells of a log that is still open.
        states
            The same as arrays.
        classes
            How many classes; ``"auto"`` for as many as users held out support. With a clock that is
            one: within a bin of quiet time what comes next hangs on the exact time, and users for
            whom it has passed would make a class of their own.
        """
        known = isinstance(classes, int) and not isinstance(classes, bool)
        if classes != "auto" and not (known and 1 <= classes <= MOST_ASKED):
            raise InputError(
                f"LiftModel got classes={classes!r}: it is how many classes of users are told "
                f'apart, a whole number from 1 (none are) to {MOST_ASKED}, or "auto".'
            )
        sample = moments.sample
        if classes == "auto" and (moments.kind == "clock" or sample.users < LEAST_USERS):
            classes = 1
        if classes == 1:
            return cls(Choice(1, (), np.zeros(0)), None)
        journeys = Journeys.of(states, sample)
        choice = choose(journeys, MOST_CLASSES) if classes == "auto" else forced(journeys, classes)
        if choice.classes == 1:
            return cls(choice, None, choice.converged)
        fit = climb(Law(journeys, choice.classes), choice.theta)
        told = Told.of(states, sample, fit, moments.everyone())
        return cls(choice, told, choice.converged and fit.converged)


@dataclass(frozen=True, eq=False)
class Told:
    """What tells several classes of users apart.

    Attributes
    ----------
    law, theta, fitted
        The law of journeys of the users that it was fitted to, and its parameters.
    sample
        Whole journeys of those users.
    passed
        Whole journeys of all users.
    posterior
        Chance of each class, by user.
    scores
        Derivative of the log-likelihood of the users of each bucket: buckets times parameters.
    information
        Factor of the information of the parameters.
    """

    law: Law
    theta: Floats
    fitted: Fitted
    sample: Passed
    passed: Passed
    posterior: Floats
    scores: Floats
    information: tuple[Floats, bool]

    def __repr__(self) -> str:
        return f"Told({self.law.classes} classes)"

    @classmethod
    def of(cls, states: States, sample: Passed, fit: Fit, whole: Passed) -> "Told":
        """Ask the law about all users, and how uncertain its parameters are."""
        law, fitted = fit.law, fit.fitted()
        everyone = Law(Journeys.of(states, whole), law.classes).at(fit.theta)
        information, by_bucket = law.scored(fitted)
        information[np.diag_indices(len(information))] += law.ridge
        return cls(
            law=law,
            theta=fit.theta,
            fitted=fitted,
            sample=sample,
            passed=whole,
            posterior=everyone.posterior,
            scores=by_bucket,
            information=cho_factor(information),
        )

    def split(self, states: States, passed: Passed | None = None) -> States:
        """Return the cells with a class as one more feature: fractions of users count in each.

        A user whose journey speaks for the first class by three to one counts there with 0.75.

        Parameters
        ----------
        states
            The cells that the users were told apart by, or others of the same log.
        passed
            Where they are others: whole journeys through them. Users without a class are left out.
        """
        kinds, cells, classes = len(states.x), len(states.n), range(self.law.classes)
        p, share = self.passed, self.posterior
        if passed is not None:
            order = np.argsort(p.code)
            at = np.minimum(np.searchsorted(p.code, passed.code, sorter=order), p.users - 1)
            known = p.code[order[at]] == passed.code
            p, share = passed, share[order[at]] * known[:, None]
        counted = {
            name: [sum_by(p.cell, p.counts[name] * q[p.user], cells) for q in share.T]
            for name in COUNTS
        }
        n, n_mature, y, n_lift, y_lift = (np.concatenate(counted[name]) for name in COUNTS)
        tiled = {
            name: np.tile(getattr(states, name), len(classes))
            for name in ("next", "bucket", "arrive", "at", "fresh")
        }
        x = [np.column_stack([states.x, np.full(kinds, z, dtype=np.int16)]) for z in classes]
        return replace(
            states,
            x=np.concatenate(x),
            names=(*states.names, "class"),
            state=np.concatenate([states.state + z * kinds for z in classes]),
            n=n_mature,
            y=y,
            n_lift=n_lift,
            y_lift=y_lift,
            n_cut=np.tile(states.n_cut / len(classes), len(classes)),
            n_all=n,
            done=np.tile(states.done, len(classes)),
            **tiled,
        )

    def moved(self, per_moment: Floats, per_macro: Floats) -> Floats:
        r"""How the users of each bucket move a sum over split cells, through the law.

        A sum of moments and macros of split cells, with weights w, hangs on the parameters of the
        law by the posteriors of users:

        .. math:: \frac{d}{d\theta} \sum_i \sum_z q_{iz} D_{iz} = \sum_i \sum_z
                  q_{iz} (D_{iz} - \bar D_i) \frac{d \ell_{iz}}{d\theta}

        with D what a user's cells weigh in class z, and parameters move with the scores of users
        (the delta method). What helping models were fitted on moves too, but a doubly robust sum
        does not feel that to first order.

        Parameters
        ----------
        per_moment, per_macro
            Weight of a moment and of a macro in each split cell.
        """
        p, q, classes = self.sample, self.fitted.posterior, self.law.classes
        moment, macro = per_moment.reshape(classes, -1), per_macro.reshape(classes, -1)
        n, y = p.counts["n_lift"], p.counts["y_lift"]
        held = np.stack(
            [
                sum_by(p.user, moment[z][p.cell] * n + macro[z][p.cell] * y, p.users)
                for z in range(classes)
            ],
            axis=1,
        )
        surplus = q * (held - (q * held).sum(axis=1, keepdims=True))
        slope = self.law.slope(self.fitted, surplus) * (self.passed.users / p.users)
        moved: Floats = self.scores @ cho_solve(self.information, slope)
        # Scores of a penalised likelihood do not quite add up to nothing, and errors have no sum.
        moved -= moved.mean()
        return moved
