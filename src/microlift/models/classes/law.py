"""The law of a journey within a class of users, and the likelihood of whole journeys."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from scipy.special import expit, log_expit, log_softmax

from microlift.models.classes.journeys import GONE, RETURNED, Journeys
from microlift.models.crossfit import sum_by
from microlift.moments.space import BUCKETS

Floats = npt.NDArray[np.float64]
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
        utility[:, :-1] = j.x @ p.steps
        utility -= utility.max(axis=1, keepdims=True)
        pull = np.exp(utility)
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
        states = len(j.x)
        pull, pull_back = np.zeros((states, j.choices - 1)), np.zeros(states)
        came, went = j.after == RETURNED, j.after == GONE
        for z in range(self.classes):
            mass = sum_by(j.kind, weights[j.user, z] * j.count, len(j.state))
            seen = sum_by(j.state * j.choices + j.choice, mass, states * j.choices)
            seen = seen.reshape(states, j.choices)
            residual = (seen - seen.sum(axis=1, keepdims=True) * fitted.chances(z))[:, :-1]
            pull += residual
            p.step_level[:, z] = residual.sum(axis=0)
            returned = sum_by(j.state[came], mass[came], states)
            ended = returned + sum_by(j.state[went], mass[went], states)
            surplus = returned - ended * fitted.returning[:, z]
            pull_back += surplus
            p.back_level[z] = surplus.sum()
        p.steps[:] = j.x.T @ pull
        p.back[:] = j.x.T @ pull_back
        of_kind = np.stack([sum_by(j.first, w, len(j.x_first)) for w in weights.T], axis=1)
        beyond = of_kind - of_kind.sum(axis=1, keepdims=True) * fitted.shares
        p.share[:] = j.x_first.T @ beyond[:, :-1]
        return out

    def scores(self, fitted: Fitted) -> npt.NDArray[np.float32]:
        """Derivative of each user's log-likelihood: users times parameters."""
        j, q = self.journeys, fitted.posterior
        rows, states, users = q[j.user] * j.count[:, None], j.state[j.kind], j.users
        choice, after = j.choice[j.kind], j.after[j.kind]
        out = np.empty((users, len(self.blank())), dtype=np.float32)
        steps, levels = [], []
        chances = np.stack([fitted.chances(z) for z in range(self.classes)], axis=2)
        for one in range(j.choices - 1):
            gap = (choice == one)[:, None] - chances[states, one]
            pulls = rows * gap
            steps.append(_by_user(j, pulls.sum(axis=1), users))
            levels += [sum_by(j.user, pulls[:, z], users) for z in range(self.classes)]
        known = rows * (after != 0)[:, None]
        gap = (after == RETURNED)[:, None] - fitted.returning[states]
        pulls = known * gap
        back = _by_user(j, pulls.sum(axis=1), users)
        back_levels = [sum_by(j.user, pulls[:, z], users) for z in range(self.classes)]
        surplus = (q - fitted.shares[j.first])[:, :-1]
        share = j.x_first[j.first][:, :, None] * surplus[:, None, :]
        # The order of the parts, each flattened as in `parts`.
        first = np.stack(steps, axis=2).reshape(users, -1)
        pieces = [first, *levels, back, *back_levels, share.reshape(users, -1)]
        at = 0
        for piece in pieces:
            block = piece if piece.ndim == 2 else piece[:, None]
            out[:, at : at + block.shape[1]] = block
            at += block.shape[1]
        return out

    def by_bucket(self, scores: npt.NDArray[np.float32]) -> Floats:
        """Scores summed over the users of each bucket."""
        bucket = self.journeys.bucket
        return np.stack([sum_by(bucket, column, BUCKETS) for column in scores.T], axis=1)


def _by_user(journeys: Journeys, pulls: Floats, users: int) -> Floats:
    """Sum over the rows of each user of pull x columns of the state."""
    states = journeys.state[journeys.kind]
    shape = users, len(journeys.x)
    return np.asarray(csr_matrix((pulls, (journeys.user, states)), shape=shape) @ journeys.x)
