"""Moments counted again from the log, with more in the key of a cell than the models see."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import ibis.expr.types as ir
import pandas as pd

from microlift.errors import InputError
from microlift.events import EventLog
from microlift.models import LiftModel
from microlift.models.crossfit import Nuisance
from microlift.models.states import States
from microlift.moments import Moments, clock, visits
from microlift.moments.counting import ROWS_A_PART, _cells
from microlift.moments.space import BUCKETS, Field, Scheme
from microlift.plan import Clock

Adds = Callable[[ir.Table], ir.Table]
_ROWS = "recounted_rows"
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


def recount(
    moments: Moments, add: Adds, fields: Sequence[Field], log: EventLog | None = None
) -> pd.DataFrame:
    """Cells of the moments with more columns in their key.

    Parameters
    ----------
    moments
        What is counted again.
    add
        Adds the columns to the events; a moment takes those of the event before it.
    fields
        Name and size of each column.
    log
        The same events under another plan, for another horizon; the moments' own by default.

    Returns
    -------
    Cells as those of `Moments`, in parts of users as large logs are counted.
    """
    log = log or moments.log
    own = tuple(field for field in moments.fields if field.name not in _OWN)
    scheme = Scheme(moments.steps, (*own, *fields), len(log.plan.actions), moments.starts)
    parts = min(BUCKETS, -(-max(log.facts.events, log.facts.users) // ROWS_A_PART))
    try:
        counted = [_count(log, add, scheme, part, parts) for part in range(parts)]
    finally:
        log.con.drop_table(_ROWS, force=True)
    return pd.concat(counted, ignore_index=True)


def _count(log: EventLog, add: Adds, scheme: Scheme, part: int, parts: int) -> pd.DataFrame:
    events = log.events
    if parts > 1:
        events = events.filter(events.bucket % parts == part)
    is_clock = isinstance(log.plan.moments, Clock)
    build = clock.clock_rows if is_clock else visits.visit_rows
    rows = log.con.create_table(_ROWS, build(log, add(events), scheme), temp=True, overwrite=True)
    covered = rows.filter(rows.covered)
    tables = clock.moments_of(log, covered) if is_clock else visits.moments_of(covered, scheme)
    return _cells(log, tables, scheme, same_outcome=not is_clock)


def states_of(moments: Moments, cells: pd.DataFrame) -> States:
    """Arrays of recounted cells; the models see of their states what they always see."""
    return States.from_moments(replace(moments, cells=cells))


def nuisance_of(model: LiftModel, states: States, rotations: int = 1) -> Nuisance:
    """How a fitted model would fit propensity and outcome on other states."""
    return replace(model.nuisance(states), rotations=rotations)
