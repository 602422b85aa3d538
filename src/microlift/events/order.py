"""The total order of a user's events, exact duplicates, ties, and sessions.

All that looks at a neighbour is computed in as few sorted passes as there can be: one over the
whole order, which tells duplicates and gaps, and one over its result, which counts sessions and
tells ties. Users are taken in parts, so that a pass fits in memory.
"""

from collections import Counter

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend
from tqdm.auto import tqdm

from microlift.events.aside import in_stretches
from microlift.events.engine import limits_of
from microlift.events.money import macro_value
from microlift.events.normalise import MACRO_FLAG, RANKS, Coded, is_key
from microlift.events.repeat import from_first_macro
from microlift.events.rules import apply_rules, count_unknown, rule_notes, rules_of
from microlift.events.times import HOUR
from microlift.plan import Plan, micros

ROWS_A_PART = 10_000_000  # at most
RULED_A_PART = 1_000_000  # rules look at each event from several sides at once
BYTES_A_ROW = 400  # what a row takes while its user's rows are sorted, with room to spare
ONE_KEY = 1 << 62  # below it time and kind are sorted as one number
AWAY_ROOM = 256  # away counts hours up to this; models tell a week from longer, no more
UNKNOWN_SESSION = 1 << 31  # above every session id: numbers for visits that came without one


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
        The temporary table ``events``.
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
    sizes = coded.rows.agg(
        rows=coded.rows.count(),
        users=coded.rows.user.max() + 1,
        first=coded.rows.t.min(),
        last=coded.rows.t.max(),
    )
    size = con.to_pyarrow(sizes).to_pylist()[0]
    kinds = RANKS * coded.events * coded.combos
    one = size["rows"] and (size["last"] - size["first"] + 1) * kinds < ONE_KEY
    packed = (int(size["first"]), kinds) if one else None
    rules, unknown, whole = rules_of(con, coded, plan), Counter[tuple[int, str]](), Counter[str]()
    most = RULED_A_PART if rules else ROWS_A_PART
    at_once = min(most, limits_of(con).memory // BYTES_A_ROW)
    parts = max(1, -(-int(size["rows"]) // at_once))
    columns = (*_COLUMNS, *(name for name in ("click",) if name in coded.rows.columns))
    stretches = in_stretches(con, coded.rows, int(size["users"] or 0), parts)
    bar = tqdm(stretches, total=parts, desc="order events", unit="part", disable=quiet, leave=False)
    for number, rows in enumerate(bar):
        kept = _without_doubles(rows, plan, packed)
        if plan.macro.repeat:
            kept, counts = from_first_macro(con, kept, _sequence(kept))
            whole += counts
        ordered = _in_sessions(con, kept)
        events = ordered.mutate(
            user=ordered.user.cast("int64"),
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
            events = apply_rules(own, rules)
        traced = events.join(traits, "user")
        if plan.macro.repeat:
            traced = traced.mutate(user=traced.number)
        traced = traced.select(*columns, *_attributes(traits))
        if number == 0:
            con.create_table("events", traced, temp=True)
        else:
            con.insert("events", traced)
    return con.table("events"), rule_notes(plan, unknown), whole


_COLUMNS = (
    "user", "bucket", "t", "seq", "event", "mask", "macro", "value", "session", "opens", "away",
    "tie",
)  # fmt: skip


def _attributes(traits: ir.Table) -> list[str]:
    return [name for name in traits.columns if name not in ("user", "bucket", "number")]


def _sequence(rows: ir.Table) -> list[str]:
    return [name for name in rows.columns if is_key(name) and name[1:].isdigit()]


def _without_doubles(rows: ir.Table, plan: Plan, packed: tuple[int, int] | None) -> ir.Table:
    """Number a user's rows, tell the quiet before each, and keep one of those that are equal.

    Time and kind are sorted as one number where they fit, counted from the first time and in how
    many kinds there are: a sort costs by the column that it looks at.
    """
    gap, sequence = micros(plan.log.session_gap), _sequence(rows)
    valued = plan.log.columns.value or isinstance(plan.macro.value, str)
    rest = [name for name in ("sid", "h", "click") if name in rows.columns]
    keys = ["t", *sequence, "k", *(["v"] if valued else []), *rest]
    # Only sequence columns know missing values.
    order: list[ir.Value] = [ibis.asc(rows[key], nulls_first=key in sequence) for key in keys]
    if packed and not sequence:
        first, kinds = packed
        order[:2] = [(rows.t - first) * kinds + rows.k]
    by = {"group_by": "user", "order_by": order}
    before, place = rows.t.lag().over(**by), ibis.row_number().over(**by)
    numbered = rows.mutate(
        seq=place.cast("int32"),
        opens=(before.isnull() | (rows.t - before > gap)).cast("int8"),
        # Rows that agree in all that orders them share a rank, which is the place of the first.
        again=ibis.rank().over(**by) < place,
        quiet=_hours(rows.t - before).cast("int16"),
    )
    return numbered.filter(~numbered.again)


def _in_sessions(con: Backend, kept: ir.Table) -> ir.Table:
    """Number a user's sessions, and tell ties and the quiet before each session."""
    sequence, within = _sequence(kept), {"group_by": "user", "order_by": "seq"}
    place = ("t", *sequence)
    tied = [
        ibis.and_(*(_equal(kept, key, kept[key].lag().over(**within)) for key in place)),
        ibis.and_(*(_equal(kept, key, kept[key].lead().over(**within)) for key in place)),
    ]
    so_far = ibis.cumulative_window(**within)
    events = kept.mutate(
        session=kept.count(where=kept.opens == 1).over(so_far).cast("int32"),
        tie=ibis.or_(*tied).cast("int8"),
        # The quiet time before the session, carried through it: the time in the high bits.
        away=((kept.opens == 1).ifelse(kept.t * AWAY_ROOM + kept.quiet, None).max().over(so_far))
        % AWAY_ROOM,
    )
    if sequence:
        events = _tied_to_macro(events, sequence)
    if "sid" in kept.columns:
        events = _given_sessions(con, events)
    return events


def _tied_to_macro(events: ir.Table, sequence: list[str]) -> ir.Table:
    """Ties that count: with a macro of the same time that the sequence columns do not separate.

    Without sequence columns the time alone tells, and no join is needed.
    """
    macros = events.filter(events.flags >= MACRO_FLAG).select("user", "t", *sequence).distinct()
    marked = macros.mutate(at_macro=ibis.literal(1, "int8"))
    same = [events[name].identical_to(marked[name]) for name in sequence]
    joined = events.left_join(marked, ["user", "t", *same])
    tie = (joined.at_macro.notnull() & (joined.flags < MACRO_FLAG)).cast("int8")
    return joined.mutate(tie=tie).select(*events.columns)


def _equal(rows: ir.Table, key: str, other: ir.Value) -> ir.BooleanValue:
    """Compare with a neighbour; only sequence columns know missing values, which are equal."""
    if key[1:].isdigit():
        return rows[key].identical_to(other)
    return (rows[key] == other).fill_null(False)


def _hours(quiet: ir.IntegerValue) -> ir.IntegerValue:
    """Begun hours of a quiet time, at least 1 and no more than fits; 0 where there was none."""
    hours = (quiet + HOUR - 1) // HOUR
    return ibis.greatest(1, ibis.least(hours, AWAY_ROOM - 1)).cast("int64") * quiet.notnull().cast(
        "int64"
    )


def _given_sessions(con: Backend, events: ir.Table) -> ir.Table:
    """Number the sessions of the log itself by their first event.

    An event without a session id belongs to the visit of the event before it, unless the gap
    between them is longer than that of a visit; then it opens one of its own.
    """
    own = ibis.cases(
        (events.sid >= 0, events.sid),
        (events.opens == 1, events.seq + UNKNOWN_SESSION),
        else_=ibis.null("int64"),
    )
    # The latest known id, carried forward in one running maximum: the order in the high bits.
    carried = (events.seq.cast("int64") * (1 << 32) + own).max()
    so_far = ibis.cumulative_window(group_by="user", order_by="seq")
    visited = events.mutate(visit=carried.over(so_far) % (1 << 32))
    visited = con.create_table("visited", visited, temp=True, overwrite=True)
    # Quiet before a visit is quiet of the user: where visits interleave, the end of the one before
    # may lie ahead.
    starts = visited.group_by(["user", "visit"]).agg(
        start=visited.seq.min(), away=visited.quiet.argmin(visited.seq)
    )
    by_start = {"group_by": "user", "order_by": "start"}
    starts = starts.mutate(number=ibis.row_number().over(**by_start) + 1)
    joined = visited.join(starts, ["user", "visit"])
    return joined.select(
        *(name for name in events.columns if name not in ("session", "opens", "away")),
        session=joined.number.cast("int32"),
        away=joined.away_right.cast("int64"),
        opens=(joined.seq == joined.start).cast("int8"),
    )
