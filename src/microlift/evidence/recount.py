"""Moments counted again from the log, with more in the key of a cell than the models see."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd

from microlift.errors import InputError
from microlift.events import EventLog
from microlift.events.parts import in_parts
from microlift.models import LiftModel
from microlift.models.classes import Told
from microlift.models.crossfit import Nuisance
from microlift.models.states import States
from microlift.moments.counting import cells_of, moment_tables, parts_of
from microlift.moments.passed import Passed, follow
from microlift.moments.space import Field, Scheme

Adds = Callable[[ir.Table], ir.Table]
WITHIN = (
    "Lifts are those within classes of users, as the model judges them. How uncertain the classes "
    "are is left out of these intervals: it is common to all that is compared here."
)
_OWN = ("at", "arrive", "fresh", "done")  # what every scheme adds by itself


def open_log(model: LiftModel, need: str) -> EventLog:
    """Return the log of a model, or refuse where it has been closed.

    Parameters
    ----------
    model
        A fitted model.
    need
        What the log is read again for, in a word or two.
    """
    log = model.moments_.log
    if log.closed:
        raise InputError(
            f"The log of this model is closed, and {need} counts its events again. Run the check "
            "inside `with read_events(...) as log:`, or close the log after it."
        )
    return log


@dataclass(frozen=True, eq=False)
class Recount:
    """What was counted again.

    Attributes
    ----------
    cells
        As those of `Moments`, with more columns.
    plain
        The same as arrays; the models see of their states what they always see.
    states
        The cells that lift is judged on: those of `plain`, split where the model tells classes of
        users apart.
    told
        What tells them apart, for errors of sums over `states`.
    """

    cells: pd.DataFrame
    plain: States
    states: States
    told: Told | None

    def column(self, name: str) -> npt.NDArray[np.int64]:
        """One of the added columns, as long as the arrays of `states`."""
        values = self.cells[name].to_numpy(dtype=np.int64)
        return np.tile(values, 1 if self.told is None else self.told.law.classes)


def recount(
    model: LiftModel, add: Adds, fields: Sequence[Field], log: EventLog | None = None
) -> Recount:
    """Count the moments of a model again, with more columns in the key of a cell.

    Parameters
    ----------
    model
        A fitted model whose log is open. Classes of its users stay as they are: they are followed
        through the new cells, each with the chances of its classes.
    add
        Adds the columns to the events; a moment takes those of the event before it.
    fields
        Name and size of each column.
    log
        The same events under another plan, for another horizon; the moments' own by default.
    """
    moments, told = model.moments_, model.classes_.told
    log = log or moments.log
    own = tuple(field for field in moments.fields if field.name not in _OWN)
    scheme = Scheme(moments.steps, (*own, *fields), len(log.plan.actions), moments.starts)
    counted, passed = [], []
    for events in in_parts(log.events, parts_of(log)):
        with moment_tables(log, add(events), scheme) as (_, tables):
            counted.append(cells_of(log, tables, scheme))
            if told is not None:
                passed.append(follow(log, tables, scheme, counted[-1], every=1))
    cells = pd.concat(counted, ignore_index=True)
    plain = States.from_moments(replace(moments, cells=cells))
    if told is None:
        return Recount(cells, plain, plain, None)
    whole = Passed.together(passed, [len(part) for part in counted])
    return Recount(cells, plain, told.split(plain, whole), replace(told, sample=_as(told, whole)))


def _as(told: Told, whole: Passed) -> Passed:
    """Of whole journeys those of the users that the law was fitted to, numbered as there."""
    order = np.argsort(told.sample.code)
    known = told.sample.code[order]
    at = np.minimum(np.searchsorted(known, whole.code), len(known) - 1)
    rows = (known[at] == whole.code)[whole.user]
    counts = {name: values[rows] for name, values in whole.counts.items()}
    return Passed(order[at][whole.user[rows]], whole.cell[rows], counts, told.sample.code)


def nuisance_of(model: LiftModel, states: States, rotations: int = 1) -> Nuisance:
    """How a fitted model would fit propensity and outcome on other states."""
    return replace(model.nuisance(states), rotations=rotations)
