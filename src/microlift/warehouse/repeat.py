"""The journey to the next macro in operations that every engine has.

What it is, and why, is told in `microlift.events.repeat`. The cut comes once rows are in order and
before quiet, sessions, ties and rules are told, which so begin at the first macro too.
"""

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir

from microlift.events.facts import Whole


def from_first_macro(rows: ir.Table, sequence: Sequence[str]) -> ir.Table:
    """Leave out what comes before each user's first macro, and let that one open the history.

    Parameters
    ----------
    rows : ibis.Table
        user, t, seq (the place in the user's order), mask, macro, value, and any others.
    sequence : sequence of str
        The columns that tell rows of one time apart.

    Returns
    -------
    ibis.Table
        The same columns: of users with a macro, from the first one on, without those that stand
        beside it. It counts as no macro, and seq counts from it.

    Examples
    --------
    >>> rows = ibis.memtable({"user": ["u"] * 4 + ["v"], "t": [5, 6, 6, 7, 9],
    ...     "seq": [0, 1, 2, 3, 0], "mask": 0, "macro": [0, 1, 1, 1, 0], "value": [0, 9, 9, 9, 0]})
    >>> after = from_first_macro(rows, []).order_by("t").to_pyarrow()
    >>> after["seq"].to_pylist(), after["macro"].to_pylist()
    ([0, 2], [0, 1])
    """
    own = (rows.macro == 1).ifelse(rows.seq, ibis.null("int64")).min()
    seen = rows.mutate(
        opening=own.over(group_by="user"), beside=own.over(group_by=["user", "t", *sequence])
    )
    tied = (seen.macro == 1) & (seen.seq > seen.opening) & (seen.beside == seen.opening)
    kept = seen.filter((seen.seq >= seen.opening) & ~tied)  # nobody without a first macro is left
    counts = {name: (kept.seq == kept.opening).ifelse(0, kept[name]).cast("int64")
              for name in ("mask", "macro", "value")}  # fmt: skip
    cut = kept.mutate(**counts, seq=(kept.seq - kept.opening).cast("int64"))
    return cut.select(*rows.columns)


def whole_facts(events: ir.Table, rows: ir.Table) -> ir.Table:
    """Count the log from which the journeys were cut, and who has a second macro.

    Parameters
    ----------
    events : ibis.Table
        Canonical events that were recorded, from each user's first macro on.
    rows : ibis.Table
        From `microlift.warehouse.rows.distinct_rows`.

    Returns
    -------
    ibis.Table
        One row: first_us, last_us, and the figures of `microlift.warehouse.layout.WHOLE`.
    """
    macro = events.macro == 1
    followed = events.agg(
        seconds=events.user.nunique(where=macro),
        at_once=events.user.nunique(where=macro & (events.session == 1)),
        begin=events.t.min(),
    )
    every = rows.agg(
        whole_users=rows.user.nunique(),
        whole_events=rows.count(),
        whole_macros=rows.macro.sum().cast("int64"),
        first_us=rows.t.min(),
        last_us=rows.t.max(),
    )
    return followed.cross_join(every)


def whole_of(figures: Mapping[str, int]) -> Whole:
    """Read the counts of the whole log.

    Parameters
    ----------
    figures : mapping of str to int
        The figures of a log of which the journeys to the next macro were counted.

    Returns
    -------
    Whole
    """
    firsts, macros = figures["users"], figures["whole_macros"] or 0
    return Whole(
        users=figures["whole_users"],
        events=figures["whole_events"],
        macros=macros,
        tied=macros - firsts - (figures["macros"] or 0),  # neither a first one nor a later one
        firsts=firsts,
        seconds=figures["seconds"],
        at_once=figures["at_once"],
        first_us=figures["first_us"],
        last_us=figures["last_us"],
    )
