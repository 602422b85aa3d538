"""Portraits of classes of users: how many there are, what they do, where they come from."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from microlift.models import LiftModel
from microlift.models.classes import Told
from microlift.models.crossfit import sum_by

Floats = npt.NDArray[np.float64]
MOST_VALUES = 8  # of an attribute, those of most users


@dataclass(frozen=True, eq=False)
class Portraits:
    """What is known of the classes.

    Attributes
    ----------
    classes
        One row a class: share of users, chance of a planned action next, of the macro next and of
        coming back after a visit, at the average moment; each also as a multiple of the average.
    shares
        One row an attribute's value and class: its users, and the share of the class among them.
    telling
        How well journeys tell users apart, from 0 (not at all) to 1: entropy of the posterior,
        against classes drawn at their shares.
    longer
        Share of users with more than two moments.
    """

    classes: pd.DataFrame
    shares: pd.DataFrame
    telling: float
    longer: float


def portraits(model: LiftModel, told: Told) -> Portraits:
    """Portraits of the classes that tell the users of a model apart."""
    posterior, passed = told.posterior, told.passed
    share = posterior.mean(axis=0)
    moments = sum_by(passed.user, passed.counts["n"].astype(np.float64), passed.users)
    frame = pd.DataFrame({"class": range(1, len(share) + 1), "share": share})
    for name, chance in _chances(told).items():
        usual = float(share @ chance)
        frame[name] = chance
        frame[f"{name}_times"] = chance / usual if usual > 0 else np.nan
    open_left = _entropy(posterior).mean() / _entropy(share[None, :])[0]
    return Portraits(
        frame, _by_attribute(model, told), float(1 - open_left), float((moments > 2).mean())
    )


def _entropy(shares: Floats) -> Floats:
    out: Floats = -(shares * np.log(np.maximum(shares, 1e-300))).sum(axis=1)
    return out


def _chances(told: Told) -> dict[str, Floats]:
    """What a user of each class would do at the moments of all users, on average."""
    j, law = told.law.journeys, told.fitted
    weight = sum_by(j.kind, j.count, len(j.state))
    visited = sum_by(j.state, weight, len(j.x))
    ended = sum_by(j.state, weight * (j.after > 0), len(j.x))
    chances = np.stack([visited @ law.chances(z) for z in range(told.law.classes)])
    chances /= visited.sum()
    back = ended @ law.returning / ended.sum() if ended.any() else np.full(len(chances), np.nan)
    return {"acting": chances[:, :-2].sum(axis=1), "macro": chances[:, -2], "back": back}


def _by_attribute(model: LiftModel, told: Told) -> pd.DataFrame:
    """Shares of the classes by value of each first-touch attribute, which a user never changes."""
    states, passed, log = model.states_, told.passed, model.moments_.log
    first = np.unique(passed.user, return_index=True)[1]
    state = states.state[passed.cell[first]]
    rows = []
    for number, name in enumerate(log.plan.log.attributes):
        value = states.x[state, states.names.index(f"a{number}")]
        labels = log.facts.attributes[name]
        users = np.bincount(value, minlength=len(labels))
        for code in np.argsort(-users, kind="stable")[:MOST_VALUES]:
            if users[code]:
                own = told.posterior[value == code].mean(axis=0)
                rows += [
                    (name, str(labels[code]), int(users[code]), z + 1, float(each))
                    for z, each in enumerate(own)
                ]
    return pd.DataFrame(rows, columns=["attribute", "value", "users", "class", "share"])
