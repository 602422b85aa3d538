"""What the lifts would be if a feature of the state were not known."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from threadpoolctl import threadpool_limits

from microlift.evidence.comparison import comparisons
from microlift.evidence.recount import nuisance_of
from microlift.models import Contrast, LiftModel
from microlift.models.lift import contrast
from microlift.models.model import WORKERS

_KEPT: "WeakKeyDictionary[Any, Mapping[str, tuple[Contrast, ...]]]" = WeakKeyDictionary()
DONE, TIME, CLASS = "what was done so far", "visits and time", "class of the user"


def features(model: LiftModel) -> dict[str, tuple[int, ...]]:
    """Columns of states by feature: each attribute, actions done, visits and time, the class."""
    names = model.judged_.names
    attributes = model.moments_.log.plan.log.attributes
    out: dict[str, tuple[int, ...]] = {}
    out |= {name: (names.index(f"a{k}"),) for k, name in enumerate(attributes)}
    known = {j for columns in out.values() for j in columns}
    done = [j for j, name in enumerate(names) if name.startswith("did_") or name in ("at", "again")]
    told = [j for j, name in enumerate(names) if name == "class"]
    rest = [j for j in range(len(names)) if j not in {*known, *done, *told}]
    # An attribute may bear any name, also one of these.
    for name, columns in ((DONE, done), (TIME, rest), (CLASS, told)):
        if columns:
            out[name if name not in out else f"{name} (history)"] = tuple(columns)
    return out


def omissions(model: LiftModel) -> Mapping[str, tuple[Contrast, ...]]:
    """Contrast of each action without each feature; made once for all checks of a model."""
    states = model.judged_
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
    states = model.judged_
    kept = [j for j in range(states.x.shape[1]) if j not in columns]
    blind = replace(states, x=np.ascontiguousarray(states.x[:, kept]))
    nuisance = nuisance_of(model, blind)
    steps = model.moments_.steps
    return tuple(
        contrast(states, steps, number, nuisance, model.classes_.told) if known else Contrast()
        for number, known in enumerate(judged)
    )
