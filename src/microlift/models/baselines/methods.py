"""The methods by name, and the one function that runs them."""

from collections.abc import Callable, Sequence

from microlift.errors import InputError, nearest
from microlift.models.baselines import (
    equal_weights,
    hazard_model,
    last_touch,
    logistic,
    macros_only,
    recipe,
    removal_effect,
    shapley,
    surrogate_index,
)
from microlift.models.baselines.baseline import Baseline
from microlift.models.baselines.counts import Counts
from microlift.moments import Moments
from microlift.plan.quoting import short

METHODS: dict[str, Callable[[Counts], Baseline]] = {
    macros_only.NAME: macros_only.macros_only,
    equal_weights.NAME: equal_weights.equal_weights,
    recipe.NAME: recipe.recipe,
    last_touch.NAME: last_touch.last_touch,
    removal_effect.NAME: removal_effect.removal_effect,
    shapley.NAME: shapley.shapley_value,
    logistic.NAME: logistic.logistic_regression,
    hazard_model.NAME: hazard_model.hazard_model,
    surrogate_index.NAME: surrogate_index.surrogate_index,
}
NAMES = tuple(METHODS)


def baselines(moments: Moments, names: Sequence[str] | None = None) -> tuple[Baseline, ...]:
    """Run the methods that people use instead, on the same log with the same attributes.

    Parameters
    ----------
    moments
        Moments of a log that is still open: what the cells do not hold is counted in its engine,
        in parts of whole buckets of users, so that memory does not grow with the log.
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

    Examples
    --------
    >>> from microlift.models.baselines.example import example
    >>> booked = baselines(example().moments, ["last touch", "removal effect"])
    >>> [(b.name, b.frame["credit"].round(2).tolist()) for b in booked]
    [('last touch', [1.0, 0.0]), ('removal effect', [0.67, 0.33])]
    """
    wanted = NAMES if names is None else tuple(names)
    for name in wanted:
        if name not in METHODS:
            msg = (
                f"names holds {short(name)}, which is none of the {len(NAMES)} methods (nearest: "
                f"{nearest(str(name), NAMES)}), so there is nothing to run. Take names from NAMES."
            )
            raise InputError(msg)
    counts = Counts(moments)
    try:
        return tuple(METHODS[name](counts) for name in wanted)
    finally:
        counts.close()
