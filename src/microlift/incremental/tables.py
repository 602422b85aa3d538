"""The tables of a state in the engine: users, kinds, rows, first touches and events.

Numbers that a state keeps are its own, given once and for ever: of a user, of a kind (a combination
of event, attributes and currency). What the canonical events are coded by (places among all users
and among all names) is worked out anew in each run, from all that is known by then.
"""

from collections.abc import Sequence

import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

from microlift.events.door import KEPT, count_rows
from microlift.events.normalise import BUCKETS, MACRO_FLAG, is_key, label_names, rank_kinds
from microlift.incremental.opening import TYPED
from microlift.incremental.seal import key_of, pad, padded, seal, unpadded, unseal
from microlift.plan import Plan

_VALID = "t.user IS NOT NULL AND t.user <> '' AND t.readable AND t.event IS NOT NULL"


def run(con: Backend, query: str) -> None:
    """Run a query in the engine."""
    con.raw_sql(query)


def number(con: Backend, query: str) -> int:
    """The one whole number that a query gives."""
    row = con.raw_sql(query).fetchone()
    return int((row or [0])[0] or 0)


def texts(con: Backend, query: str) -> list[str]:
    """The one column of texts that a query gives."""
    return [str(row[0]) for row in con.raw_sql(query).fetchall()]


def open_kept(con: Backend, name: str, files: Sequence[str], empty: str) -> None:
    """Open a table of the state as a view; as an empty one where there is none yet."""
    if files:
        named = ", ".join(f"'{file}'".replace("\\", "\\\\") for file in files)
        source = f"SELECT * FROM read_parquet([{named}], hive_partitioning = false)"
    else:
        source = f"SELECT {empty} WHERE false"
    run(con, f"CREATE TEMP VIEW {name} AS {source}")


def list_keys(con: Backend, keys: Sequence[str]) -> None:
    """The keys of the forgotten as a table."""
    con.create_table("forgotten", pa.table({"key": list(keys)}), temp=True)


def drop_forgotten(con: Backend, salt: bytes, forgotten: Sequence[str]) -> None:
    """Leave the rows of forgotten users out before anything is counted."""
    rows = f"SELECT * FROM {TYPED}"
    if forgotten:
        list_keys(con, forgotten)
        rows = (
            f"SELECT * FROM {TYPED} WHERE user IS NULL OR "
            f"{key_of(salt, 'user')} NOT IN (SELECT key FROM forgotten)"
        )
    run(con, f"CREATE TEMP VIEW new_rows AS {rows}")


def add_users(con: Backend, salt: bytes) -> None:
    """Give each new user a number of the state; put all of them in their order.

    ``ids``: user_id, key, id (of the state), of the users in the new rows. ``fresh_people``: those
    of them who are new, as the state keeps them: id, key, high and low (the digest under its pad).
    ``users``: id, part (where the user's events lie), closed, labels, last (the time of the last
    event), head (28 bits of the digest), bucket, number (the place among all).
    """
    run(
        con,
        f"""
        CREATE TEMP TABLE ids AS
        WITH named AS (
            SELECT t.user AS user_id, {key_of(salt, "t.user")} AS key
            FROM (SELECT DISTINCT user FROM new_rows t WHERE {_VALID} AND t.event <> '') t
        ), known AS (
            SELECT id, key FROM kept_people WHERE key IN (SELECT key FROM named)
        )
        SELECT n.user_id, n.key, k.id IS NULL AS new, coalesce(
                   k.id,
                   (SELECT coalesce(max(id), -1) FROM kept_people)
                   + row_number() OVER (PARTITION BY k.id IS NULL ORDER BY n.key)
               )::INTEGER AS id
        FROM named n LEFT JOIN known k ON n.key = k.key
        """,
    )
    run(
        con,
        f"""
        CREATE TEMP TABLE fresh_people AS
        SELECT id, key, {padded()} FROM (
            SELECT id, key, {pad(salt)}, ('0x' || substr(md5(user_id), 1, 16))::UBIGINT AS first,
                   ('0x' || substr(md5(user_id), 17, 16))::UBIGINT AS last
            FROM ids WHERE new
        )
        """,
    )
    run(
        con,
        f"""
        CREATE TEMP TABLE users AS
        WITH every AS (
            SELECT *, {pad(salt)}
            FROM (SELECT * FROM kept_people UNION ALL BY NAME SELECT * FROM fresh_people)
        )
        SELECT p.id, coalesce(k.part, 0) AS part, coalesce(k.closed, false) AS closed, k.labels,
               k.last, (p.first >> 36)::BIGINT AS head,
               ((p.first >> 56)::INTEGER % {BUCKETS})::SMALLINT AS bucket,
               (row_number() OVER (ORDER BY p.first, p.last) - 1)::INTEGER AS number
        FROM (SELECT id, {unpadded()} FROM every) p LEFT JOIN kept_users k ON p.id = k.id
        """,
    )


def add_kinds(con: Backend, plan: Plan) -> list[str]:
    """Number new kinds and count all of them; returns their text columns.

    ``kinds``: as `microlift.events.normalise.make_kinds` gives it, and kind (of the state).
    """
    labels = label_names(con.table("new_rows"))
    named = ", ".join(labels)
    run(
        con,
        f"""
        CREATE TEMP TABLE counted_kinds AS
        WITH every AS (
            SELECT kind, {named}, n FROM kept_kinds
            UNION ALL
            SELECT NULL, {named}, count(*) FROM new_rows
            WHERE event IS NOT NULL AND event <> '' GROUP BY {named}
        ), summed AS (
            SELECT max(kind) AS kind, {named}, sum(n)::BIGINT AS n FROM every GROUP BY {named}
        )
        SELECT coalesce(kind, (SELECT coalesce(max(kind), -1) FROM kept_kinds)
               + row_number() OVER (PARTITION BY kind IS NULL ORDER BY {named}))::INTEGER AS kind,
               {named}, n
        FROM summed
        """,
    )
    counted = con.table("counted_kinds")  # of the forgotten nothing is left but a kind's number
    con.create_table("kinds", rank_kinds(counted.filter(counted.n > 0), plan), temp=True)
    run(
        con,
        "CREATE TEMP TABLE names AS SELECT c.kind AS name, k.event_code FROM counted_kinds c "
        "JOIN (SELECT DISTINCT event, event_code FROM kinds) k ON c.event = k.event",
    )
    return labels


def add_rows(con: Backend, salt: bytes, labels: Sequence[str]) -> None:
    """Turn new rows into rows of the state: numbers of user and kind in the place of texts."""
    columns = con.table("new_rows").columns
    same = " AND ".join(f"t.{name} = k.{name}" for name in labels)
    kept = [name for name in columns if is_kept(name)]
    sealed, join = [f"t.{name}" for name in kept], ""
    if "sid" in kept:
        known = texts(con, "SELECT DISTINCT sid FROM new_rows WHERE sid <> ''")
        pairs = pa.table(
            {"plain": known, "sealed": [seal(salt, one) for one in known]},
            schema=pa.schema({"plain": pa.string(), "sealed": pa.string()}),
        )
        con.create_table("sealed_sessions", pairs, temp=True)
        sealed[kept.index("sid")] = "coalesce(z.sealed, '') AS sid"
        join = "LEFT JOIN sealed_sessions z ON t.sid = z.plain"
    run(
        con,
        f"""
        CREATE TEMP TABLE fresh_rows AS
        SELECT i.id AS user, k.kind, {", ".join(sealed)}
        FROM new_rows t JOIN ids i ON t.user = i.user_id JOIN kinds k ON {same} {join}
        WHERE {_VALID}
        """,
    )
    run(con, "CREATE TEMP TABLE touched AS SELECT DISTINCT user AS id FROM fresh_rows")
    run(
        con,
        """
        CREATE TEMP VIEW their_rows AS
        SELECT * FROM fresh_rows
        UNION ALL BY NAME
        SELECT r.* FROM kept_rows r WHERE r.user IN (SELECT id FROM touched)
        """,
    )


def is_kept(name: str) -> bool:
    """Whether a column of typed rows stands in the rows of a state."""
    return name in ("t", "v") or is_key(name) or (name[0] == "c" and name[1:].isdigit())


def open_sessions(con: Backend, salt: bytes) -> None:
    """Open the ids of the visits of touched users, and number them in the order of their texts."""
    sealed = texts(con, "SELECT DISTINCT sid FROM their_rows WHERE sid <> ''")
    plain = sorted((unseal(salt, one).encode("utf-8", "surrogatepass"), one) for one in sealed)
    codes = pa.table(
        {"sid": [one for _, one in plain], "code": list(range(len(plain)))},
        schema=pa.schema({"sid": pa.string(), "code": pa.int64()}),
    )
    con.create_table("session_codes", codes, temp=True)


def keep_door(con: Backend) -> None:
    """Add up the counts of rows at the door, under the name by which they are looked for."""
    con.create_table("new_door", count_rows(con.table("new_rows")), temp=True)
    run(
        con,
        f"""
        CREATE TEMP TABLE {KEPT} AS
        SELECT quarter, event, sum(n)::BIGINT AS n, sum(nobody)::BIGINT AS nobody
        FROM (SELECT quarter, event, n, nobody FROM kept_door
              UNION ALL SELECT quarter, event, n, nobody FROM new_door)
        GROUP BY quarter, event
        """,
    )


def add_touches(con: Backend, attributes: int) -> None:
    """What tells the first touch of each user: a few rows of each, all others being later.

    ``touches``: user (the place), t, k (the combination), flags; and kind and id for the state.
    """
    if not attributes:
        run(
            con,
            "CREATE TEMP TABLE touches AS SELECT 0 AS id, 0 AS user, t, 0 AS kind, 0 AS flags, "
            "0 AS k FROM coded_rows WHERE false",
        )
        return
    blank = [f"x{i} <> ''" for i in range(attributes)]
    firsts = ", ".join(f"min(t) FILTER (WHERE {b}) AS f{i}" for i, b in enumerate(blank))
    is_first = " OR ".join(f"(c.{b} AND c.t = f.f{i})" for i, b in enumerate(blank))
    run(
        con,
        f"""
        CREATE TEMP TABLE touches AS
        WITH c AS (
            SELECT r.id, r.user, r.t, r.kind, r.flags, k.* EXCLUDE (kind)
            FROM coded_rows r
            JOIN (SELECT kind, {", ".join(f"x{i}" for i in range(attributes))} FROM kinds) k
            ON r.kind = k.kind
        ), f AS (
            SELECT user, min(t) AS begin, min(t) FILTER (WHERE flags >= 1) AS planned,
                   min(t) FILTER (WHERE flags >= {MACRO_FLAG}) AS macro, {firsts}
            FROM c GROUP BY user
        ), theirs AS (
            SELECT DISTINCT c.id, c.t, c.kind, c.flags FROM c JOIN f ON c.user = f.user
            WHERE c.t = f.begin OR (c.flags >= 1 AND c.t = f.planned)
               OR (c.flags >= {MACRO_FLAG} AND c.t = f.macro) OR {is_first}
        ), every AS (
            SELECT id, t, kind, flags FROM theirs
            UNION ALL
            SELECT k.id, k.t, k.kind, k.flags FROM kept_touches k
            JOIN users o ON k.id = o.id AND k.part = o.part
            WHERE k.id NOT IN (SELECT id FROM touched)
        )
        SELECT e.id, u.number AS user, e.t, e.kind, e.flags, k.combo AS k
        FROM every e JOIN users u ON e.id = u.id JOIN kinds k ON e.kind = k.kind
        """,
    )


def macro_rows(con: Backend, plan: Plan) -> ir.Table:
    """All macros of the log with their values, exact duplicates among them."""
    where = "AND r.c0" if plan.macro.where else ""
    parts = " UNION ALL ".join(
        f"SELECT {MACRO_FLAG}::INTEGER AS flags, r.v FROM {name} r JOIN kinds k "
        f"ON r.kind = k.kind WHERE k.macro = 1 {where}"
        for name in ("fresh_rows", "kept_rows")
    )
    run(con, f"CREATE TEMP VIEW macro_rows AS {parts}")
    return con.table("macro_rows")
