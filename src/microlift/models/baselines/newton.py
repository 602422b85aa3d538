"""What regressions on counted cells share: which columns they can tell, and Newton's method."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from microlift.models.baselines.counts import Floats, Ints

Bools = npt.NDArray[np.bool_]
MAX_STEPS = 50
ENOUGH, SLACK = 1e-15, 1e-9  # of what a step gains; of what rounding may take away
COLLINEAR = 1e-8
FAR = 15.0  # a log ratio that gets here goes on for ever
VAGUE = 3.0  # standard error of a log ratio: its interval spans five powers of ten
NOBODY = "no macro follows it: its ratio is 0"
ALWAYS = "every doer has a macro: its ratio has no upper end"
ALWAYS_WITHOUT = "everybody without it has a macro: its ratio is 0"
GATE = "no macro without it: its ratio has no upper end, and all macros of its doers are booked"
SETTLED = "the other actions settle who has a macro: nothing is left to compare"
TWIN = "cannot be told from the other actions and attributes"
TOO_FEW = "too few macros to tell"
_REASONS = {(1, 0): NOBODY, (0, 0): GATE, (1, 1): ALWAYS, (0, 1): ALWAYS_WITHOUT}

Look = Callable[[Floats], tuple[float, Floats, Floats]]
"""Log likelihood, its gradient and the information at given coefficients."""


@dataclass(frozen=True, eq=False)
class Kept:
    """Cells and columns that a fit can be made of, and why the other columns are left out."""

    rows: Bools
    columns: Ints
    why: dict[int, str]


def settle(x: Floats, hits: Floats, misses: Floats | None = None) -> Kept:
    """Leave out columns whose coefficient has no end, and the cells that they settle.

    Where no macro happens with a column at 0, its ratio has no upper end, and the cells at 0,
    which cannot lead to a macro, say nothing of the other columns. The same the other way round,
    and, where `misses` are given, for certain macros.

    Examples
    --------
    Of two columns the second is 1 wherever a macro happens:

    >>> x = np.array([[0, 0], [1, 0], [0, 1], [1, 1]], dtype=float)
    >>> kept = settle(x, hits=np.array([0.0, 0.0, 2.0, 3.0]), misses=np.full(4, 9.0))
    >>> kept.columns, kept.rows, kept.why[1]
    (array([0]), array([False, False,  True,  True]), 'no macro without it: ...')
    """
    rows = np.ones(len(x), dtype=bool)
    columns = list(range(x.shape[1]))
    why: dict[int, str] = {}
    counts = [hits] if misses is None else [hits, misses]
    while found := _settled(x, columns, rows, counts):
        column, value, kind = found
        here = x[:, column] == value
        # What the whole log shows is said; a reason that holds among the rest alone would mislead.
        everywhere = not counts[kind][here].any()
        why[column] = _REASONS[value, kind] if everywhere else SETTLED
        rows &= ~here
        columns.remove(column)
    return Kept(rows, np.array(columns, dtype=np.int64), why)


def _settled(
    x: Floats, columns: list[int], rows: Bools, counts: list[Floats]
) -> tuple[int, int, int] | None:
    """Find a column, a value of it, and what never happens there (0: macros, 1: their absence)."""
    for column in columns:
        for value in (1, 0):
            here = rows & (x[:, column] == value)
            if not here.any() or (here == rows).all():
                continue
            for kind, count in enumerate(counts):
                if not count[here].any():
                    return column, value, kind
    return None


def independent(information: Floats, first: int = 0) -> Ints:
    """Columns that the ones before them do not say already; the first `first` stay in any case.

    Examples
    --------
    >>> independent(np.array([[2.0, 2.0, 0.0], [2.0, 2.0, 0.0], [0.0, 0.0, 1.0]]))
    array([0, 2])
    """
    scale = np.sqrt(np.maximum(np.diag(information), 0))
    places = list(range(first))
    for place in range(first, len(scale)):
        trial = [*places, place]
        if scale[place] ** 2 < COLLINEAR:
            continue
        size = np.outer(scale[trial], scale[trial])
        if np.linalg.eigvalsh(information[np.ix_(trial, trial)] / size)[0] >= COLLINEAR:
            places = trial
    return np.array(places, dtype=np.int64)


def climb(look: Look, beta: Floats) -> tuple[Floats, Floats]:
    """Newton's method with halved steps.

    Returns
    -------
    The coefficients, and the information there.
    """
    likelihood, gradient, information = look(beta)
    for _ in range(MAX_STEPS):
        if not len(beta):
            break
        step = np.linalg.solve(information, gradient)
        if gradient @ step < ENOUGH or np.abs(beta).max() > FAR:
            break
        step = step * min(1.0, FAR / np.abs(step).max())
        found = look(beta + step)
        while not found[0] >= likelihood - SLACK and np.abs(step).max() > SLACK:
            step = step / 2
            found = look(beta + step)
        beta = beta + step
        likelihood, gradient, information = found
    return beta, information


def gated(credit: Floats, share: Floats, why: dict[int, str]) -> Floats:
    """Credits, with those of gates at their limit: without the action there would be no macro.

    Examples
    --------
    >>> gated(np.array([0.1, np.nan, np.nan]), np.array([0.2, 0.3, 0.4]), {1: GATE, 2: TWIN})
    array([0.1, 0.3, nan])
    """
    gate = np.array([why.get(action) == GATE for action in range(len(credit))])
    return np.where(gate, share, credit)


def indicators(codes: list[Ints], weight: Floats) -> Floats:
    """One column for each value of each attribute but the one that most have.

    Examples
    --------
    >>> indicators([np.array([0, 1, 2])], np.array([1.0, 5.0, 1.0]))
    array([[1., 0.],
           [0., 0.],
           [0., 1.]])
    """
    columns = []
    for code in codes:
        values, place = np.unique(code, return_inverse=True)
        usual = np.bincount(place, weights=weight).argmax() if len(values) else 0
        columns += [code == value for value in np.delete(values, usual)]
    if not columns:
        return np.empty((len(weight), 0))
    return np.stack(columns, axis=1).astype(np.float64)


def bits(mask: Ints, actions: int) -> Floats:
    """One column for each action: whether its bit is set.

    Examples
    --------
    >>> bits(np.array([2, 3]), 2)
    array([[0., 1.],
           [1., 1.]])
    """
    return (mask[:, None] >> np.arange(actions) & 1).astype(np.float64)
