"""What the lifts would be if a feature of the state were not known."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from sklearn.base import clone
from threadpoolctl import threadpool_limits

from microlift.evidence.comparison import comparisons, nuisance_of
from microlift.models import Contrast, LiftModel
from microlift.models.lift import contrast
from microlift.models.model import WORKERS

_KEPT: "WeakKeyDictionary[Any, Mapping[str, tuple[Contrast, ...]]]" = WeakKeyDictionary()
DONE, TIME = "what was done so far", "visits and time"


def features(model: LiftModel) -> dict[str, tuple[int, ...]]:
    """Columns of states by feature: each attribute, the actions done, and visits and time."""
    names = model.states_.names
    attributes = model.moments_.log.plan.log.attributes
    out: dict[str, tuple[int, ...]] = {}
    out |= {name: (names.index(f"a{k}"),) for k, name in enumerate(attributes)}
    known = {j for columns in out.values() for j in columns}
    done = [j for j, name in enumerate(names) if name.startswith("did_") or name in ("at", "again")]
    rest = [j for j in range(len(names)) if j not in known and j not in done]
    # An attribute may bear any name, also one of these.
    for name, columns in ((DONE, done), (TIME, rest)):
        if columns:
            out[name if name not in out else f"{name} (history)"] = tuple(columns)
    return out


def omissions(model: LiftModel) -> Mapping[str, tuple[Contrast, ...]]:
    """Contrast of each action without each feature; made once for all checks of a model."""
    states = model.states_
    if states not in _KEPT:
        judged = [not one.reason for one in comparisons(model)]
        with threadpool_limits(1), ThreadPoolExecutor(WORKERS) as pool:
            found = pool.map(
                lambda columns: _without(model, columns, judged), features(model).values()
            )
            _KEPT[states] = dict(zip(features(model), found, strict=True))
    return _KEPT[states]


def _without(
    model: LiftModel, columns: tuple[int, ...], judged: list[bool]
) -> tuple[Contrast, ...]:
    states = model.states_
    kept = [j for j in range(states.x.shape[1]) if j not in columns]
    blind = clone(model)
    blind.states_ = replace(states, x=np.ascontiguousarray(states.x[:, kept]))
    nuisance = nuisance_of(blind)
    steps = model.moments_.steps
    return tuple(
        contrast(states, steps, number, nuisance) if known else Contrast()
        for number, known in enumerate(judged)
    )
