"""The total order of a user's events, exact duplicates, ties, and sessions.

The engine sorts the rows once, by user; what neighbours tell is then read off arrays of them, some
users at a time. Users of a large log are taken in stretches, so that a sort fits in memory.
"""

from collections import Counter

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from ibis.backends.duckdb import Backend
from tqdm.auto import tqdm

from microlift.events.arrays import Rows, arrays_of, lend, take_back, whole_users
from microlift.events.money import macro_value
from microlift.events.neighbours import (
    begins,
    from_first_macro,
    in_sessions,
    without_doubles,
)
from microlift.events.normalise import MACRO_FLAG, RANKS, Coded, is_key
from microlift.events.rules import apply_rules, count_unknown, rule_notes, rules_of
from microlift.events.stretches import add_stretch, each_stretch
from microlift.plan import Plan, micros

ONE_KEY = 1 << 62  # below it time and kind are sorted as one number


def order_events(
    con: Backend, coded: Coded, traits: ir.Table, plan: Plan, currency: str | None, quiet: bool
) -> tuple[ir.Table, list[str], Counter[str]]:
    """Write the canonical events.

    Parameters
    ----------
    con : ibis.backends.duckdb.Backend
    coded : Coded
    traits : ibis.Table
        user, bucket, a0.. ; number where users are numbered anew.
    plan : Plan
    currency : str or None
    quiet : bool
        Whether to show no progress.

    Returns
    -------
    events : ibis.Table
        ``events``: a temporary table, or where there are several stretches a view of files.
    notes : list of str
        What the rules of the plan could not tell.
    whole : Counter
        Counts of the whole log, where what comes before each user's first macro is left out.

    Notes
    -----
    The order within a user is: time, the sequence columns, unplanned events before actions in
    the order of the plan (the events that their rules look at) before the macro before actions
    that come after it, event name, attributes, currency, value, session id, click id, each with
    missing values first. Rows that agree in all that is read are one event.
    """
    packed = _packed(con, coded)
    rules, unknown, whole = rules_of(con, coded, plan), Counter[tuple[int, str]](), Counter[str]()
    columns = (*_COLUMNS, *(name for name in ("click",) if name in coded.rows.columns))
    known = arrays_of(con.to_pyarrow(traits.order_by("user")))
    count = coded.stretches
    bar = tqdm(total=count, desc="order events", unit="stretch", disable=quiet, leave=False)
    for rows in each_stretch(con, coded.rows, count):
        ordered, counts = _ordered(con, rows, known, plan, packed)
        whole += counts
        events = ordered.mutate(
            seq=ordered.seq.cast("int64"),
            event=((ordered.k // coded.combos) % coded.events).cast("int32"),
            mask=(ordered.flags % MACRO_FLAG).cast("int64"),
            macro=(ordered.flags >= MACRO_FLAG).cast("int8"),
            value=macro_value(ordered, plan, currency),
        )
        if rules:
            own = events.select(*(name for name in columns if name != "bucket"))
            own = con.create_table("ruled_rows", own, temp=True, overwrite=True)
            unknown += count_unknown(con, own, rules)
            events = apply_rules(own, rules).join(traits, "user")
        number = events.number if plan.macro.repeat else events.user
        events = events.mutate(user=number.cast("int64"))
        add_stretch(con, "events", events.select(*columns, *_attributes(traits)), count)
        take_back(con, _SORTED_ROWS)
        bar.update()
    bar.close()
    return con.table("events"), rule_notes(plan, unknown), whole


_COLUMNS = (
    "user", "bucket", "t", "seq", "event", "mask", "macro", "value", "session", "opens", "away",
    "tie",
)  # fmt: skip


def _attributes(traits: ir.Table) -> list[str]:
    return [name for name in traits.columns if name not in ("user", "bucket", "number")]


def _packed(con: Backend, coded: Coded) -> tuple[int, int] | None:
    """From which time on, and in how many kinds, time and kind fit one number; else None."""
    ends = coded.rows.agg(first=coded.rows.t.min(), last=coded.rows.t.max())
    end = con.to_pyarrow(ends).to_pylist()[0]
    kinds = RANKS * coded.events * coded.combos
    if end["first"] is None or (end["last"] - end["first"] + 1) * kinds >= ONE_KEY:
        return None
    return int(end["first"]), kinds


def _ordered(
    con: Backend, given: ir.Table, traits: Rows, plan: Plan, packed: tuple[int, int] | None
) -> tuple[ir.Table, Counter[str]]:
    """Put rows in their order, without doubles and in sessions, with the traits of their users.

    Time and kind are sorted as one number where they fit, counted from the first time and in how
    many kinds there are: a sort costs by the column that it looks at.
    """
    rows, sequence, place = given, _sequence(given), "t"
    valued = plan.log.columns.value or isinstance(plan.macro.value, str)
    value = ["v"] if valued else []
    # Two events of one kind differ in what they are by a column that is in the hash alone.
    own = ("sid", "flags", "h", "click") if "h" in rows.columns else ("sid", "click")
    rest = [name for name in own if name in rows.columns]
    if sequence:  # of any type, and the only columns that know missing values: equals share a rank
        place = "place"
        order = [rows.t, *(ibis.asc(rows[name], nulls_first=True) for name in sequence)]
        rows = rows.mutate(place=ibis.rank().over(group_by="user", order_by=order))
    keys, columns = [place, "k", *value, *rest], ["t", "k", "flags"]
    if packed and not sequence:
        first, kinds = packed
        rows = rows.mutate(**{_PACKED: (rows.t - first) * kinds + rows.k})
        keys[:2], columns[:2] = [_PACKED], [_PACKED]
    rows = rows.select(*dict.fromkeys(["user", *columns, *keys]))
    told, whole = [], Counter[str]()
    count = int(con.to_pyarrow(given.count()).as_py())
    for some in whole_users(con, rows.order_by("user", *keys), count):
        kept = without_doubles(some, keys)
        if packed and not sequence:
            since, kind = np.divmod(kept.pop(_PACKED), kinds)
            kept |= {"t": since + first, "k": kind.astype(given.k.type().to_numpy())}
        if plan.macro.repeat:
            kept, counts = from_first_macro(kept, place)
            whole += counts
        found = _of_users(in_sessions(kept, micros(plan.log.session_gap), place), traits)
        told.append(pa.table({name: found[name] for name in found if name not in _SORTED}))
    return lend(con, _SORTED_ROWS, told), whole


_SORTED_ROWS = "sorted_rows"
_PACKED = "packed"
_SORTED = ("place", "sid", "h")  # columns that nobody asks for once rows are in order


def _of_users(rows: Rows, traits: Rows) -> Rows:
    """Give each row what is known of its user; both are sorted by user."""
    first = begins(rows["user"])
    at = traits["user"].searchsorted(rows["user"][first])[np.cumsum(first) - 1]
    return rows | {name: column[at] for name, column in traits.items() if name != "user"}


def _sequence(rows: ir.Table) -> list[str]:
    return [name for name in rows.columns if is_key(name) and name[1:].isdigit()]
