"""Reading a log of which some is known: new files, and what was kept of the others.

What comes out is the log that `read_events` would give of all files: the same events in the same
codes, the same counts, the same notes.
"""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import duckdb
from ibis.backends.duckdb import Backend

from microlift.events import EventLog, quality
from microlift.events.aside import room_aside, take_away
from microlift.events.attributes import make_traits
from microlift.events.engine import close, connect, of_the_files
from microlift.events.facts import LogFacts, count_events
from microlift.events.files import Source, empty_log, find_files
from microlift.events.layout import layout_of
from microlift.events.limits import check_room, settle
from microlift.events.log import unreadable
from microlift.events.money import minor_digits
from microlift.events.normalise import CODED, Coded, is_key, judge
from microlift.events.order import order_events
from microlift.events.still import need_still
from microlift.events.stretches import add_stretch, put_in_stretches, stretches_for
from microlift.incremental import tables
from microlift.incremental.files import Print, news, take
from microlift.incremental.opening import TYPED, Opened, Types, open_new, types_of
from microlift.incremental.store import Kept, Store
from microlift.incremental.support import reading_key
from microlift.plan import Plan

_NO_ROWS = "0 AS user, 0 AS kind, 0::BIGINT AS t, 0::DOUBLE AS v"
_NO_EVENTS = (
    "0 AS id, 0::BIGINT AS t, 0::BIGINT AS seq, 0 AS name, 0::BIGINT AS mask, 0::TINYINT AS macro, "
    "0::BIGINT AS value, 0 AS session, 0::TINYINT AS opens, 0::BIGINT AS away, 0::TINYINT AS tie, "
    "0 AS part"
)
_EMPTY = {
    "people": "0 AS id, '' AS key, 0::UBIGINT AS high, 0::UBIGINT AS low",
    "users": "0 AS id, 0 AS part, false AS closed, '' AS labels, 0::BIGINT AS last",
    "events": _NO_EVENTS,
    "touches": "0 AS id, 0::BIGINT AS t, 0 AS kind, 0 AS flags, 0 AS part",
    "door": "0::BIGINT AS quarter, '' AS event, 0::BIGINT AS n, 0::BIGINT AS nobody",
}


@dataclass(frozen=True, eq=False)
class Read:
    """A log, and what is to be kept of it.

    Attributes
    ----------
    log
        The log.
    kept
        What was kept before, None where everything was read.
    files
        Fingerprints of all files of the log.
    new
        How many of them were read.
    said
        Counts of what was read, for the next run.
    reason
        Why everything was read, where it was.
    """

    log: EventLog
    kept: Kept | None
    files: list[Print]
    new: int
    said: dict[str, Any]
    reason: str


def read_kept(path: str, plan: Plan, store: Store) -> Read:
    """Read what is new of a log, and all of it where what was kept is of no use."""
    source = find_files(path)
    kept, reason = store.load(reading_key(plan))
    store.sweep(kept)
    new = list(source.files)
    if kept:
        new, reason = news(source, kept.files)
        kept, new = (None, list(source.files)) if reason else (kept, new)
    limits = settle(plan)
    check_room(source, limits)
    con = connect([source.root, store.folder], limits=limits)
    try:
        heard = plan.heard
        types, notes = types_of(source, con, heard, new, kept.said["types"] if kept else {})
        if kept and kept.said["types"] != types:
            kept, reason = None, "columns of the log have other types than before"
            new = list(source.files)
        prints = [take(file, source.root) for file in new]
        opened = open_new(source, new, con, heard, types)
        if opened is None:
            kept, reason = None, "new files lack columns in their first lines"
            new = list(source.files)
            prints = [take(file, source.root) for file in new]
            opened = open_new(source, new, con, heard, types)
            assert opened is not None
        with room_aside(con):
            log, said = _read(_Asked(plan, source, con, store, kept), opened, types, notes)
        need_still(source)
    except duckdb.Error as error:
        close(con)
        if of_the_files(error):
            raise unreadable(source, error) from error
        raise
    except BaseException:
        close(con)
        raise
    before = kept.files if kept else []
    return Read(log, kept, [*before, *prints], len(new), said, reason)


@dataclass(frozen=True)
class _Asked:
    plan: Plan
    source: Source
    con: Backend
    store: Store
    kept: Kept | None


def _read(
    asked: _Asked, opened: Opened, types: Types, notes: list[str]
) -> tuple[EventLog, dict[str, Any]]:
    con, source, given, plan = asked.con, asked.source, asked.plan, asked.plan.heard
    salt = asked.store.salt()
    tables.drop_forgotten(con, salt, asked.store.forgotten())
    rows = con.table("new_rows")
    _open_tables(asked, rows.columns)
    said = _said(asked, opened, types)
    if said["total"] == 0:
        raise empty_log(source)
    rejected = said["rejected"]
    quality.check_rejected(con, source, said["total"], rejected, plan)
    labels = tables.add_kinds(con, plan)
    kinds = con.table("kinds")
    notes = [*notes, *quality.check_names(con, kinds, given)]
    notes += quality.say_broken(con, source, rejected)
    tables.add_users(con, salt)
    tables.add_rows(con, salt, labels)
    tables.keep_door(con)
    take_away_rows(con)
    coded = _code(con, salt, plan)
    notes += quality.check_macros(con, replace(coded, rows=tables.macro_rows(con, plan)), plan)
    currency, assumed = quality.choose_currency(_currency(said, plan), plan)
    tables.add_touches(con, len(plan.log.attributes))
    known = replace(coded, rows=con.table("touches"))
    traits, names, late = make_traits(con, known, plan)
    order_events(con, coded, traits, plan, currency, True)
    _add_kept_events(con, traits, coded.stretches)
    events = con.table("events")
    counts = count_events(con, events, coded, given, None)
    quality.check_window(counts["first_us"], counts["last_us"], plan)
    used = tables.number(con, "SELECT (SELECT count(*) FROM fresh_rows) + count(*) FROM kept_rows")
    facts = LogFacts(
        rows=said["total"],
        duplicates=used - counts["events"],
        rejected=rejected,
        currency=currency,
        minor_digits=minor_digits(currency),
        attributes=names,
        **counts,
    )
    facts.notes.extend([*quality.notes(facts, given), *notes, *assumed, *late])
    return EventLog(given, con, events, facts, source), said


def take_away_rows(con: Backend) -> None:
    """The texts of the new rows have become numbers."""
    tables.run(con, "DROP VIEW new_rows")
    take_away(con, TYPED)


def _open_tables(asked: _Asked, columns: tuple[str, ...]) -> None:
    """Open the tables of the state; of a new one, as empty ones of the same columns."""
    labels = [n for n in columns if n in ("event", "currency") or (n[0] == "x" and n[1:].isdigit())]
    empty = _EMPTY | {
        "kinds": ", ".join(["0 AS kind", "0::BIGINT AS n", *(f"'' AS {n}" for n in labels)]),
        "rows": _NO_ROWS,
    }
    for name, blank in empty.items():
        pairs = asked.kept.tables.get(name, []) if asked.kept else []
        files = [str(asked.store.folder / file) for file, _ in pairs]
        if name == "rows" and not files:
            schema = ", ".join(n for n in columns if tables.is_kept(n))
            tables.run(
                asked.con,
                f"CREATE TEMP VIEW kept_rows AS SELECT 0 AS user, 0 AS kind, {schema} "
                "FROM new_rows WHERE false",
            )
            # The view goes with the rows that it was made from.
            tables.run(asked.con, "CREATE TEMP TABLE no_rows AS SELECT * FROM kept_rows")
            tables.run(asked.con, "DROP VIEW kept_rows")
            tables.run(asked.con, "CREATE TEMP VIEW kept_rows AS SELECT * FROM no_rows")
            continue
        tables.open_kept(asked.con, f"kept_{name}", files, blank)


def _said(asked: _Asked, opened: Opened, types: Types) -> dict[str, Any]:
    """Add counts of the new rows to those that were kept."""
    con = asked.con
    rows = con.table("new_rows")
    nothing: dict[str, Any] = {"total": 0, "rejected": {}, "currencies": {}}
    before = asked.kept.said if asked.kept else nothing
    rejected = Counter[str](before["rejected"]) + Counter(quality.count_rejected(con, rows))
    if opened.lost:
        rejected["unreadable line"] += opened.lost
    currencies = Counter[str](before["currencies"])
    if layout_of(asked.plan.heard).currency:
        macros = rows.filter(rows.event.isin(asked.plan.macro.event))
        if asked.plan.macro.where:
            macros = macros.filter(macros.c0)
        code = macros.select(code=macros.currency.strip().upper()).filter(lambda t: t.code != "")
        counted = code.group_by("code").agg(n=code.count())
        currencies += Counter({r["code"]: r["n"] for r in con.to_pyarrow(counted).to_pylist()})
    order = sorted(rejected, key=lambda reason: (reason != "unreadable line", reason))
    return {
        "log": str(asked.source.root),
        "macro_events": list(asked.plan.macro.event),
        "macro_where": bool(asked.plan.macro.where),
        "types": types,
        "total": before["total"] + opened.lost + int(con.to_pyarrow(rows.count()).as_py()),
        "rejected": {reason: rejected[reason] for reason in order},
        "currencies": dict(currencies),
    }


def _currency(said: dict[str, Any], plan: Plan) -> str | None:
    column = layout_of(plan).currency
    if column is None:
        return plan.macro.currency
    found = sorted(said["currencies"].items(), key=lambda pair: (-pair[1], pair[0]))
    return quality.judge_currencies(dict(found), column, plan)


def _code(con: Backend, salt: bytes, plan: Plan) -> Coded:
    """Code the rows of touched users by the places among all: see `microlift.events.normalise`."""
    kinds = con.table("kinds")
    sizes = con.to_pyarrow(
        kinds.agg(events=kinds.event_code.max() + 1, combos=kinds.combo.max() + 1)
    ).to_pylist()[0]
    events, combos = int(sizes["events"] or 1), int(sizes["combos"] or 1)
    tables.run(
        con,
        "CREATE TEMP VIEW numbered AS SELECT r.* EXCLUDE (user), r.user AS id, u.number AS user "
        "FROM their_rows r JOIN users u ON r.user = u.id",
    )
    rows = con.table("numbered")
    if "sid" in rows.columns:
        tables.open_sessions(con, salt)
        codes = con.table("session_codes")
        joined = rows.left_join(codes, "sid")
        rows = joined.select(
            *(name for name in rows.columns if name != "sid"), sid=joined.code.fill_null(-1)
        )
    judged = judge(rows.join(kinds, "kind"), plan, events, combos)
    keys = [name for name in rows.columns if is_key(name)]
    coded = judged.select("id", "user", "kind", "t", "k", "flags", "v", *keys)
    users = con.table("users")
    people = users.select("head", "bucket", key=users.number)
    stretches = stretches_for(con, tables.number(con, "SELECT count(*) FROM their_rows"), plan)
    among = tables.number(con, "SELECT count(*) FROM users")
    coded = put_in_stretches(con, CODED, coded, among, stretches)
    return Coded(coded, people, kinds, events, combos, stretches)


def _add_kept_events(con: Backend, traits: Any, stretches: int) -> None:
    """Put the events of all others beside those of the users who were touched."""
    own = [name for name in traits.columns if name not in ("user", "bucket")]
    touched = con.table("events")
    moved = {"event": "coalesce(n.event_code, -1)"}
    moved |= {name: f"o.{name}" for name in ("user", "bucket", *own)}
    # One table of few columns to look users up in: it is asked for each event.
    tables.run(
        con,
        """
        CREATE TEMP TABLE others AS
        SELECT u.id, u.part, u.number::BIGINT AS user, a.* EXCLUDE (user)
        FROM users u JOIN traits a ON u.number = a.user
        WHERE u.id NOT IN (SELECT id FROM touched)
        """,
    )
    chosen = ", ".join(f"{moved.get(name, 'e.' + name)} AS {name}" for name in touched.columns)
    kept = con.sql(
        f"""
        SELECT {chosen} FROM kept_events e
        JOIN others o ON e.id = o.id AND e.part = o.part LEFT JOIN names n ON e.name = n.name
        """
    )
    add_stretch(con, "events", kept.cast(touched.schema()), stretches)
    tables.run(con, "DROP TABLE others")
