"""Occurrences of actions as an ad platform counts them: per click, or every one.

Counted over the users and the time that the ledger covers: users whose first moment is mature, up
to their first macro. Only sums of integers leave the engine.
"""

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd

from microlift.errors import InputError
from microlift.events import EventLog
from microlift.events.parts import in_parts
from microlift.moments import Moments
from microlift.moments.counting import moment_tables, parts_of
from microlift.moments.space import BUCKETS
from microlift.plan import Plan
from microlift.plan.quoting import listed

Ints = npt.NDArray[np.int64]
CLICK_LASTS = 90 * 86_400_000_000  # platforms take a conversion up to 90 days after its click
_CLICKED = "clicked_masks"
_ROOM = 1 << 31  # for the number of a click below the order that carries it


def counted(moments: Moments) -> dict[int, Ints]:
    """Occurrences of the actions that a platform does not count once a user.

    Parameters
    ----------
    moments
        Moments of a log that is open, unless the plan counts all its actions once a user.

    Returns
    -------
    dict
        By the position of the action in the plan: occurrences by bucket of users. Actions of
        ``count: user`` are not among them; where there are no others, nothing is read.

    Raises
    ------
    InputError
        Where the log was closed.

    Notes
    -----
    ``every``: each event that is an occurrence. ``click``: one for each click id. The click of an
    occurrence is the user's latest, at or before it and at most 90 days old, as the platform
    attributes it; where there is none, one for each visit.
    """
    plan = moments.log.plan
    asked = {way: _bits(plan, way) for way in ("click", "every")}
    if not any(asked.values()):
        return {}
    log = moments.log
    if log.closed:
        names = [plan.actions[bit].name for bits in asked.values() for bit in bits]
        raise InputError(
            f"The log was closed before the ledger was made, but the plan counts {listed(names)} "
            "by click or every time (key 'count'), and such occurrences are counted in the log. "
            "Make the ledger inside the `with` block, or leave out count."
        )
    found = {way: np.zeros((len(plan.actions), BUCKETS), dtype=np.int64) for way in asked}
    try:
        for part, events in enumerate(in_parts(log.events, parts_of(log))):
            with moment_tables(log, events, moments.scheme) as (rows, _):
                before = _before_macro(events, rows)
                if asked["every"]:
                    found["every"] += _sums(log, before.filter(before.mask != 0), plan)
                if asked["click"]:
                    found["click"] += _per_visit(log, before, plan, begin=part == 0)
        if asked["click"] and "click" in log.events.columns:
            found["click"] += _per_click(log, plan)
    finally:
        log.con.drop_table(_CLICKED, force=True)
    return {bit: found[way][bit] for way, bits in asked.items() for bit in bits}


def _bits(plan: Plan, way: str) -> list[int]:
    return [bit for bit, action in enumerate(plan.actions) if action.count == way]


def _before_macro(events: ir.Table, rows: ir.Table) -> ir.Table:
    """Events of covered users before their first macro; `rows` are those of their moments."""
    covered = rows.filter(rows.covered).select("user").distinct()
    macros = events.group_by("user").agg(macro_seq=events.seq.min(where=events.macro == 1))
    joined = events.join(macros.semi_join(covered, "user"), "user")
    return joined.filter(joined.macro_seq.isnull() | (joined.seq < joined.macro_seq))


def _per_visit(log: EventLog, before: ir.Table, plan: Plan, *, begin: bool) -> Ints:
    """Count visits by what was done in them outside of any click; lay aside what clicks did."""
    if "click" in before.columns:
        before = attributed(before)
        before = before.filter(before.mask != 0)
        ours = before.filter(before.click > 0)
        clicks = ours.group_by("click").agg(mask=ours.mask.bit_or(), bucket=ours.bucket.min())
        if begin:
            log.con.create_table(_CLICKED, clicks, temp=True, overwrite=True)
        else:
            log.con.insert(_CLICKED, clicks)
        before = before.filter(before.click == 0)
    done = before.filter(before.mask != 0)
    visits = done.group_by(["bucket", "user", "session"]).agg(mask=done.mask.bit_or())
    return _sums(log, visits, plan)


def attributed(before: ir.Table) -> ir.Table:
    """Give each event the number of the click that it belongs to.

    Parameters
    ----------
    before : ibis.Table
        Canonical events of whole users up to some place, of a log with click ids.

    Returns
    -------
    ibis.Table
        The same columns; `click` is the user's latest at or before the event, and 0 where there is
        none that is at most 90 days old.
    """
    so_far = ibis.cumulative_window(group_by="user", order_by="seq")
    own = before.click > 0
    # The latest click in one running maximum: the order in the high bits.
    carried = own.ifelse(before.seq * _ROOM + before.click, None).max().over(so_far)
    since = before.t - own.ifelse(before.t, None).max().over(so_far)
    young = (since <= CLICK_LASTS).fill_null(False)
    return before.mutate(click=young.ifelse(carried % _ROOM, 0).fill_null(0))


def _per_click(log: EventLog, plan: Plan) -> Ints:
    """Count clicks by what was done in them; a link that was passed on is one click of several."""
    laid = log.con.table(_CLICKED)
    clicks = laid.group_by("click").agg(mask=laid.mask.bit_or(), bucket=laid.bucket.min())
    return _sums(log, clicks, plan)


def _sums(log: EventLog, table: ir.Table, plan: Plan) -> Ints:
    """Rows by action and bucket."""
    summed = table.group_by(["bucket", "mask"]).agg(n=table.count())
    frame: pd.DataFrame = log.con.to_pyarrow(summed).to_pandas()
    mask, n = frame["mask"].to_numpy(dtype=np.int64), frame["n"].to_numpy(dtype=np.int64)
    bucket = frame["bucket"].to_numpy(dtype=np.intp)
    out = np.zeros((len(plan.actions), BUCKETS), dtype=np.int64)
    for bit in range(len(plan.actions)):
        np.add.at(out[bit], bucket, n * (mask >> bit & 1))
    return out
