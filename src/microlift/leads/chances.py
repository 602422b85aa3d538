"""The chance of the macro within the horizon from a landmark on, and from now on.

The model is that of the journey value: several candidates, the best of them on users it has not
seen, averaged over splits of users, and recalibrated where it was held out. What differs is what
it sees: landmarks, at which time has passed with nothing happening, and not moments.
"""

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from microlift.leads.landmarks import Cells
from microlift.models.crossfit import Nuisance
from microlift.models.encode import StateEncoder
from microlift.models.journey import JourneyValue
from microlift.models.states import States, distinct

Floats = npt.NDArray[np.float64]

FOLDS, ROTATIONS = 4, 2
STRENGTHS = (0.5, 0.05)
FEW_FOR_TREES = 300  # macros, below which trees learn mostly noise


def chances(learned: Cells, asked: Cells) -> Floats:
    """Chance of each asked cell, by models that have not seen the cell's users.

    Parameters
    ----------
    learned
        Cells of landmarks whose horizon is over: the outcomes that are learned from.
    asked
        Cells whose chance is asked for; their outcomes are not looked at.
    """
    states = _states(learned, asked)
    with threadpool_limits(1):
        value = JourneyValue.fit(states, _candidates(states, int(learned.y.sum())))
    return np.clip(value.of_cell[len(learned) :], 1e-6, 1 - 1e-6)


def _states(learned: Cells, asked: Cells) -> States:
    names = tuple(field.name for field in learned.fields)
    columns = [np.concatenate([learned.columns[n], asked.columns[n]]) for n in names]
    sample, state = distinct(columns)
    count = len(state)
    nothing = np.zeros(len(asked))
    n = np.concatenate([learned.n.astype(np.float64), nothing])
    y = np.concatenate([learned.y.astype(np.float64), nothing])
    none = np.zeros(count, dtype=np.int64)
    return States(
        x=np.stack([column[sample] for column in columns], axis=1).astype(np.int16),
        names=names,
        state=state,
        next=none,
        bucket=np.concatenate([learned.bucket, asked.bucket]),
        n=n,
        y=y,
        n_lift=n,
        y_lift=y,
        n_cut=np.zeros(count),
        n_all=np.concatenate([learned.n, asked.n]).astype(np.float64),
        arrive=none,
        at=none,
        fresh=none,
        done=none[: len(sample)],
    )


def _candidates(states: States, macros: int) -> list[Nuisance]:
    """Logistic regressions, a freer and a stricter one; trees where there is enough to learn."""
    x = states.x
    columns = StateEncoder(free=(states.names.index("recency"),)).fit_transform(x)
    place = np.zeros(len(x), dtype=np.int64)
    found = [
        Nuisance(_logistic(strength), columns, FOLDS, ROTATIONS, place) for strength in STRENGTHS
    ]
    if macros >= FEW_FOR_TREES:
        trees = HistGradientBoostingClassifier(
            max_iter=60, max_leaf_nodes=6, learning_rate=0.1, min_samples_leaf=50, random_state=0
        )
        found.append(Nuisance(trees, x, FOLDS, ROTATIONS, place))
    return found


def _logistic(strength: float) -> LogisticRegression:
    return LogisticRegression(
        C=strength, solver="newton-cholesky", tol=1e-6, max_iter=100, warm_start=True
    )
