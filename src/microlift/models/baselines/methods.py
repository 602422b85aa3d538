"""The methods by name, and the one function that runs them."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from microlift.errors import InputError, nearest
from microlift.models.baselines.baseline import COLUMNS, Baseline
from microlift.moments import Moments

NAMES = (
    "macros only",
    "equal weights",
    "order value x P(macro | action)",
    "last touch",
    "removal effect",
    "Shapley value",
    "logistic regression",
    "hazard model",
    "surrogate index",
)


def baselines(moments: Moments, names: Sequence[str] | None = None) -> tuple[Baseline, ...]:
    """Run the common methods on the log of `moments`.

    Parameters
    ----------
    moments
        Moments of a log that is still open: what the cells do not hold is counted in its engine.
    names
        Which methods, of ``NAMES``; default all of them.

    Returns
    -------
    tuple of Baseline
        In the order asked for.

    Raises
    ------
    InputError
        If a name is none of ``NAMES``.
    """
    wanted = NAMES if names is None else tuple(names)
    for name in wanted:
        if name not in NAMES:
            msg = f"No method is called {name[:100]!r}. Did you mean {nearest(name, NAMES)}?"
            raise InputError(msg)
    actions = [action.name for action in moments.log.plan.actions]
    blank = pd.DataFrame({"action": actions} | dict.fromkeys(COLUMNS[1:], np.nan))
    return tuple(Baseline(name, blank.copy(), "not built yet") for name in wanted)
