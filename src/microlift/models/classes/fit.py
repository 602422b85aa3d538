"""Fitting the law of journeys: maximum likelihood, and how many classes the log supports."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import cholesky, solve_triangular
from scipy.optimize import minimize

from microlift.models.classes.journeys import UNKNOWN, Journeys, halves
from microlift.models.classes.law import Fitted, Law, Parts
from microlift.models.crossfit import sum_by, thin

Floats = npt.NDArray[np.float64]
STARTS = 2
SCALED = 20_000  # states that the coordinates of a climb are made of
FIRST_STEPS = 20  # from each start, before the best one goes on
CERTAIN = 2.0  # standard errors of the gain in log-likelihood of users held out
MOST_STEPS = 150  # of the optimiser
ENOUGH = 0.05  # a gain in log-likelihood that is not worth another step
SPREAD = 1.2  # of the starting levels of classes, in standard deviations of an intent


@dataclass(frozen=True, eq=False)
class Fit:
    """A law with its parameters, and whether the climb to them came to its end."""

    law: Law
    theta: Floats
    converged: bool = True

    def fitted(self) -> Fitted:
        """Chances and posteriors."""
        return self.law.at(self.theta)


@dataclass(frozen=True, eq=False)
class _Scale:
    """New coordinates in which the likelihood bends alike in all directions.

    Blocks of the curvature of the law with one class: choice by choice, at its overall chance.
    """

    steps: Floats
    level: Floats
    back: Floats
    back_level: Floats
    share: Floats
    law: Law

    @classmethod
    def of(cls, law: Law, start: Floats) -> "_Scale":
        j, here = law.journeys, law.at(start)
        moments = sum_by(j.state, j.times, len(j.x))
        ends = j.after != UNKNOWN
        ended = sum_by(j.state[ends], j.times[ends], len(j.x))
        # Some states stand for all: coordinates need not be exact, and there are many states.
        some, stands_for = thin(moments, SCALED)
        x = j.x[some]
        chance = (here.pull[some] * ((1 / here.total[some]) @ here.level.T) / law.classes)[:, :-1]
        spread = stands_for[:, None] * chance * (1 - chance)
        returning = here.returning[some].mean(axis=1)
        ended = (ended / moments)[some] * stands_for * returning * (1 - returning)
        users = np.bincount(j.first, minlength=len(j.x_first)).astype(np.float64)
        return cls(
            steps=np.stack([_factor(x, column) for column in spread.T]),
            level=np.sqrt(law.classes / np.maximum(spread.sum(axis=0), 1))[:, None],
            back=_factor(x, ended),
            back_level=np.full(law.classes, np.sqrt(law.classes / max(ended.sum(), 1))),
            share=_factor(j.x_first, users / 4),
            law=law,
        )

    def parameters(self, u: Floats) -> Floats:
        """From new coordinates to parameters."""
        p = self.law.parts(u)
        steps = [
            solve_triangular(factor, column, lower=True, trans=1)
            for factor, column in zip(self.steps, p.steps.T, strict=True)
        ]
        return self._whole(
            np.stack(steps, axis=1),
            solve_triangular(self.back, p.back, lower=True, trans=1),
            solve_triangular(self.share, p.share, lower=True, trans=1),
            p,
        )

    def slope(self, gradient: Floats) -> Floats:
        """Derivative in the new coordinates."""
        p = self.law.parts(gradient)
        steps = [
            solve_triangular(factor, column, lower=True)
            for factor, column in zip(self.steps, p.steps.T, strict=True)
        ]
        return self._whole(
            np.stack(steps, axis=1),
            solve_triangular(self.back, p.back, lower=True),
            solve_triangular(self.share, p.share, lower=True),
            p,
        )

    def _whole(self, steps: Floats, back: Floats, share: Floats, p: Parts) -> Floats:
        levels, back_levels = p.step_level * self.level, p.back_level * self.back_level
        return np.concatenate([x.ravel() for x in (steps, levels, back, back_levels, share)])


def _factor(x: Floats, weight: Floats) -> Floats:
    square = (x * weight[:, None]).T @ x
    square[np.diag_indices(len(square))] += 1.0
    return np.asarray(cholesky(square, lower=True))


def climb(law: Law, start: Floats, steps: int = MOST_STEPS) -> Fit:
    """Maximise the (slightly penalised) likelihood from some start."""
    scale, ridge = _Scale.of(law, start), law.ridge

    def loss(u: Floats) -> tuple[float, Floats]:
        theta = start + scale.parameters(u)
        here = law.at(theta)
        value = here.logarithm.sum() - (ridge * theta * theta).sum() / 2
        gradient = law.slope(here, here.posterior) - ridge * theta
        return -float(value), -scale.slope(gradient)

    size = max(1.0, abs(float(law.at(start).logarithm.sum())))
    options = {"maxiter": steps, "maxcor": 25, "ftol": ENOUGH / size, "gtol": 1e-4}
    found = minimize(loss, np.zeros(len(start)), jac=True, method="L-BFGS-B", options=options)
    return Fit(law, start + scale.parameters(found.x), found.status == 0)


def one_class(journeys: Journeys) -> Fit:
    """The law without classes, from overall chances on."""
    law = Law(journeys, 1)
    start = law.blank()
    chosen = sum_by(journeys.choice, journeys.times, journeys.choices) + 0.5
    law.parts(start).step_level[:, 0] = np.log(chosen[:-1] / chosen[-1])
    return climb(law, start)


def spread_out(base: Fit, classes: int, journeys: Journeys, seed: int) -> Floats:
    """A start for several classes: those of one class, with levels that rise from class to class.

    Seed 0 lifts all choices alike (more of everything, the usual intent); others at random.
    """
    law, rng = Law(journeys, classes), np.random.default_rng(seed)
    one, theta = base.law.parts(base.theta), law.blank()
    p = law.parts(theta)
    points = SPREAD * np.linspace(-1, 1, classes)
    load = 0.5 * np.ones(len(one.step_level))
    if seed:
        load = 0.5 * rng.standard_normal(len(one.step_level))
    p.steps[:], p.back[:] = one.steps, one.back
    p.step_level[:] = one.step_level + load[:, None] * points
    p.back_level[:] = one.back_level + 0.3 * points
    return theta


def begun(base: Fit, classes: int, journeys: Journeys) -> tuple[Fit, float]:
    """The best of several starts after a few steps, and its log-likelihood."""
    law = Law(journeys, classes)
    starts = [spread_out(base, classes, journeys, seed) for seed in range(STARTS)]
    tries = [climb(law, start, FIRST_STEPS) for start in starts]
    likely = [float(one.fitted().logarithm.sum()) for one in tries]
    best = int(np.argmax(likely))
    return tries[best], likely[best]


@dataclass(frozen=True, eq=False)
class Choice:
    """How many classes a log supports, by the likelihood of users that the law has not seen.

    Attributes
    ----------
    classes
        The number chosen.
    gains
        For each number tried from two on: by how much it raises the log-likelihood of the users
        held out above that of one class fewer, and the standard error of that. Empty where a
        second class gained nothing even where it was fitted, or none was tried.
    theta
        Parameters to start from: those fitted to the users that were not held out.
    converged
        Whether every climb that the choice rests on came to its end.
    """

    classes: int
    gains: tuple[tuple[float, float], ...]
    theta: Floats
    converged: bool = True


def choose(journeys: Journeys, most: int) -> Choice:
    """Add classes while users held out become more likely; the first beyond chance.

    The law is fitted to the users of half of the buckets and asked about the others.
    """
    first = halves(journeys.bucket)
    learned, held = journeys.only(first), journeys.only(~first)
    base = best = one_class(learned)
    before = Law(held, 1).at(base.theta).logarithm
    gains: list[tuple[float, float]] = []
    converged = base.converged
    for classes in range(2, most + 1):
        leader, likely = begun(base, classes, learned)
        more = len(leader.theta) - len(best.theta)
        if likely - best.fitted().logarithm.sum() < more / 2:
            break  # even where it was fitted it gains no more than so many parameters do by chance
        found = climb(leader.law, leader.theta)
        converged &= found.converged
        now = Law(held, classes).at(found.theta).logarithm
        gain = now - before
        error = float(np.sqrt(((gain - gain.mean()) ** 2).sum()))
        gains.append((float(gain.sum()), error))
        # The first must be certain: there is an intent that the log does not hold. Further ones
        # must only not be wrong: a coarse intent leaves a bias, one more costs some precision.
        if gain.sum() <= (CERTAIN if classes == 2 else -CERTAIN) * error:
            break
        best, before = found, now
    return Choice(best.law.classes, tuple(gains), best.theta, converged)


def forced(journeys: Journeys, classes: int) -> Choice:
    """So many classes, whatever users held out say."""
    best, _ = begun(one_class(journeys), classes, journeys)
    return Choice(classes, (), best.theta)
