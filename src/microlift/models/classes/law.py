"""The law of a journey within a class of users, and the likelihood of whole journeys."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from scipy.special import expit, log_expit, log_softmax

from microlift.models.classes.journeys import GONE, RETURNED, UNKNOWN, Journeys
from microlift.models.crossfit import sum_by
from microlift.moments.space import BUCKETS

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Singles = npt.NDArray[np.float32]
BLOCK = 4_096  # states or users at a time: what is made of them stays near the processor
HELD = 1.0  # ridge on what states change
FREE = 0.02  # ridge on the levels of classes


class Parts(NamedTuple):
    """The parameters by their meaning.

    `steps` (columns of a state x choices but the last) and `back` (columns) are what states change,
    in every class alike; `step_level` (choices but the last x classes) and `back_level` (classes)
    are the levels of each class; `share` (columns of a first moment x classes but the last) are
    the log-odds of belonging to each.
    """

    steps: Floats
    step_level: Floats
    back: Floats
    back_level: Floats
    share: Floats


class Fitted(NamedTuple):
    """The law at some parameters, and what it says of each user.

    Attributes
    ----------
    pull
        exp of the utility of each choice, without the level of any class: states times choices.
    level
        exp of the levels: choices times classes.
    total
        The sum of pull x level over choices: states times classes.
    returning
        Chance to come back after the end of a visit: states times classes.
    shares
        Of the classes, by kind of first moment.
    posterior
        Chance of each class given the whole journey, by user.
    logarithm
        Log-likelihood of each user.
    """

    pull: Floats
    level: Floats
    total: Floats
    returning: Floats
    shares: Floats
    posterior: Floats
    logarithm: Floats

    def chances(self, z: int) -> Floats:
        """Chance of each choice in class `z`: states times choices."""
        return self.pull * (self.level[:, z] / self.total[:, [z]])


@dataclass(frozen=True, eq=False)
class Law:
    r"""Finite mixture of journeys.

    In class z what comes next at state S, and whether a user comes back after the end of a visit,
    follow

    .. math:: P(N = j \mid S, z) \propto \exp(x(S)^\top \beta_j + \alpha_{jz}), \qquad
              P(\text{back} \mid S, z) = \operatorname{logit}^{-1}(x(S)^\top \gamma + \delta_z)

    and the share of a class among users hangs on their first-touch attributes. What states change
    is the same in all classes, and attributes are among the columns of a state: so classes hold
    what neither say by themselves. That is an intent, or a way in which this law is wrong.

    References
    ----------
    Heckman and Singer (1984), doi:10.2307/1911491.
    """

    journeys: Journeys
    classes: int

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """Shapes of the parts of the parameters."""
        columns, others = self.journeys.x.shape[1], self.journeys.choices - 1
        first = self.journeys.x_first.shape[1]
        return (
            (columns, others),
            (others, self.classes),
            (columns,),
            (self.classes,),
            (first, self.classes - 1),
        )

    def parts(self, theta: Floats) -> Parts:
        """Views into a vector of parameters."""
        sizes = [int(np.prod(shape)) for shape in self.shapes]
        pieces = np.split(theta, np.cumsum(sizes)[:-1])
        return Parts(*(p.reshape(s) for p, s in zip(pieces, self.shapes, strict=True)))

    def blank(self) -> Floats:
        """Parameters that are all zero."""
        return np.zeros(sum(int(np.prod(shape)) for shape in self.shapes))

    @property
    def ridge(self) -> Floats:
        """Penalty on the square of each parameter."""
        weights = (HELD, FREE, HELD, FREE, HELD)
        return np.concatenate(
            [np.full(int(np.prod(s)), w) for s, w in zip(self.shapes, weights, strict=True)]
        )

    def at(self, theta: Floats) -> Fitted:
        """Chances and posteriors at some parameters (the E-step)."""
        j, p = self.journeys, self.parts(theta)
        utility = np.zeros((len(j.x), j.choices))
        pull = np.empty_like(utility)
        for some in _blocks(len(j.x)):
            here = utility[some]
            np.matmul(j.x[some], p.steps, out=here[:, :-1])
            here -= here.max(axis=1, keepdims=True)
            np.exp(here, out=pull[some])
        level = np.exp(np.vstack([p.step_level, np.zeros(self.classes)]))
        total = pull @ level
        back = (j.x @ p.back)[:, None] + p.back_level
        odds = np.column_stack([j.x_first @ p.share, np.zeros(len(j.x_first))])
        said = log_softmax(odds, axis=1)
        kinds = utility[j.state, j.choice][:, None] - np.log(total)[j.state]
        kinds[:, :] += np.log(level)[j.choice]
        came, went = np.flatnonzero(j.after == RETURNED), np.flatnonzero(j.after == GONE)
        kinds[came] += log_expit(back[j.state[came]])
        kinds[went] += log_expit(-back[j.state[went]])
        joint = said[j.first]
        for z in range(self.classes):
            joint[:, z] += sum_by(j.user, kinds[j.kind, z] * j.count, j.users)
        logarithm = np.logaddexp.reduce(joint, axis=1)
        posterior = np.exp(joint - logarithm[:, None])
        return Fitted(pull, level, total, expit(back), np.exp(said), posterior, logarithm)

    def slope(self, fitted: Fitted, weights: Floats) -> Floats:
        """Derivative of the sum over users and classes of weight x log-likelihood in the class.

        With posteriors as weights it is the derivative of the log-likelihood of the mixture.
        """
        j = self.journeys
        out = self.blank()
        p = self.parts(out)
        states, classes = len(j.x), range(self.classes)
        mass = np.stack(
            [sum_by(j.kind, weights[j.user, z] * j.count, len(j.state)) for z in classes], axis=1
        )
        chosen, came, went = (
            np.stack([sum_by(at, m[rows], size) for m in mass.T], axis=1)
            for at, rows, size in (
                (j.choice, slice(None), j.choices),
                (j.state[j.after == RETURNED], j.after == RETURNED, states),
                (j.state[j.after == GONE], j.after == GONE, states),
            )
        )
        # Expected is total x pull x level / total of the law, summed over classes by one product.
        odds = np.stack([sum_by(j.state, m, states) for m in mass.T], axis=1) / fitted.total
        p.step_level[:] = (chosen - fitted.level * (fitted.pull.T @ odds))[:-1]
        seen = csr_matrix((mass.sum(axis=1), (j.state, j.choice)), shape=(states, j.choices))
        p.steps[:] = np.asarray(seen.T @ j.x).T[:, :-1]
        for some in _blocks(states):
            expected = fitted.pull[some] * (odds[some] @ fitted.level.T)
            p.steps[:] -= j.x[some].T @ expected[:, :-1]
        surplus = came - (came + went) * fitted.returning
        p.back_level[:] = surplus.sum(axis=0)
        p.back[:] = j.x.T @ surplus.sum(axis=1)
        of_kind = np.stack([sum_by(j.first, w, len(j.x_first)) for w in weights.T], axis=1)
        beyond = of_kind - of_kind.sum(axis=1, keepdims=True) * fitted.shares
        p.share[:] = j.x_first.T @ beyond[:, :-1]
        return out

    def scores(self, fitted: Fitted, users: slice = slice(None)) -> Singles:
        """Derivative of the log-likelihood of each of some users: users times parameters."""
        j, whole = self.journeys, range(self.journeys.users)[users]
        at = np.flatnonzero((j.user >= whole.start) & (j.user < whole.stop))
        at = at[np.argsort(j.user[at], kind="stable")]
        user, kind = j.user[at] - whole.start, j.kind[at]
        state, choice, after = j.state[kind], j.choice[kind], j.after[kind]
        rows = fitted.posterior[j.user[at]] * j.count[at, None]
        passed = csr_matrix((np.ones(len(at)), (user, np.arange(len(at)))), (len(whole), len(at)))
        out = np.empty((len(whole), len(self.blank())), dtype=np.float32)
        parts = self._views(out)
        odds = rows / fitted.total[state]
        for one in range(j.choices - 1):
            pulls = rows * (choice == one)[:, None]
            pulls -= fitted.pull[state, one][:, None] * odds * fitted.level[one]
            parts.steps[:, :, one] = _by_user(j, pulls.sum(axis=1), state, passed)
            parts.step_level[:, one] = passed @ pulls
        pulls = rows * (after != UNKNOWN)[:, None]
        pulls *= (after == RETURNED)[:, None] - fitted.returning[state]
        parts.back[:] = _by_user(j, pulls.sum(axis=1), state, passed)
        parts.back_level[:] = passed @ pulls
        first = j.first[users]
        surplus = (fitted.posterior[users] - fitted.shares[first])[:, :-1]
        parts.share[:] = j.x_first[first][:, :, None] * surplus[:, None, :]
        return out

    def _views(self, rows: Singles) -> Parts:
        """The parts of each row, as `parts` has them of one."""
        ends = np.cumsum([int(np.prod(shape)) for shape in self.shapes])[:-1]
        pieces: list[Any] = np.split(rows, ends, axis=1)
        shaped = zip(pieces, self.shapes, strict=True)
        return Parts(*(piece.reshape(len(rows), *shape, copy=False) for piece, shape in shaped))

    def by_bucket(self, scores: Singles, users: slice = slice(None)) -> Floats:
        """Scores of some users, summed over those of each bucket."""
        bucket = self.journeys.bucket[users]
        one = np.ones(len(bucket))
        member = csr_matrix((one, (bucket, np.arange(len(bucket)))), (BUCKETS, len(bucket)))
        return np.asarray(member @ scores)

    def scored(self, fitted: Fitted) -> tuple[Floats, Floats]:
        """Sum over users of the squares of scores (a matrix), and of scores by bucket.

        A block of users at a time: with many actions the scores of all are gigabytes.
        """
        size = len(self.blank())
        squares, by_bucket = np.zeros((size, size)), np.zeros((BUCKETS, size))
        for users in _blocks(self.journeys.users):
            scores = self.scores(fitted, users)
            squares += scores.T @ scores
            by_bucket += self.by_bucket(scores, users)
        return squares, by_bucket


def _blocks(rows: int) -> list[slice]:
    return [slice(k, min(k + BLOCK, rows)) for k in range(0, rows, BLOCK)]


def _by_user(journeys: Journeys, pulls: Floats, state: Ints, passed: csr_matrix) -> Floats:
    """Sum over the rows of each user of pull x columns of the state."""
    weights = csr_matrix((pulls, state, passed.indptr), (passed.shape[0], len(journeys.x)))
    return np.asarray(weights @ journeys.x)
