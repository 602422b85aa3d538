"""Forgetting users: out of a state for good, and never read into it again.

A list of salted digests of the forgotten stays. It is the least that keeps a promise: the log still
holds their rows, and without the list the next full reading would bring them back. It tells nobody
without the salt who is on it, and is used for nothing else.
"""

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ibis.backends.duckdb import Backend

from microlift.errors import InputError
from microlift.events.door import QUARTER
from microlift.events.engine import close, connect
from microlift.folder import held
from microlift.incremental import tables
from microlift.incremental.seal import user_keys
from microlift.incremental.store import SALT, Kept, Store

_LEFT = (
    "published weights and their history (weights.json, history/), lift.csv and ledger.csv: sums "
    "over users, made with theirs among them; the next run makes them without",
    "reports and other pages that were written already",
    "what was sent to an ad platform: conversions are retracted or deleted there",
    "backups of this folder",
)


@dataclass(frozen=True)
class Forgotten:
    """What came of a request to be forgotten.

    Attributes
    ----------
    asked
        How many users were named.
    found
        How many of them the state held.
    again
        Whether the next run has to read everything.
    unchanged
        What still holds something of them, and cannot be changed from here.
    """

    asked: int
    found: int
    again: bool
    unchanged: tuple[str, ...]

    def __str__(self) -> str:
        how = "removed from it with all their events"
        if self.again:
            how = "and everything that was kept was removed: the next run reads the whole log"
        lines = [
            f"forgotten: {self.asked:,} users, of whom the state held {self.found:,}, {how}.",
            "They are left out of every later run with this state. Not changed:",
            *(f"- {one}" for one in self.unchanged),
        ]
        return "\n".join(lines)


def forget(users: list[str], state: str | Path) -> Forgotten:
    """Remove users from a state, and leave them out of every run with it from now on.

    Parameters
    ----------
    users
        Their ids as they stand in the log.
    state
        The folder; made where it is not there, for users who are to be left out from the start.

    Returns
    -------
    Forgotten
        Its text names what could not be changed.

    Raises
    ------
    BusyError
        Where a run holds the state.

    Examples
    --------
    >>> import tempfile
    >>> print(forget(["ann"], tempfile.mkdtemp()))  # doctest: +ELLIPSIS
    forgotten: 1 users, of whom the state held 0, removed from it with all their events.
    They are left out of every later run with this state. Not changed:
    - the source log...
    """
    named = list(dict.fromkeys(users))
    if not named or not all(named):
        msg = "users is empty or has an empty id, so nobody can be told. Give ids as in the log."
        raise InputError(msg)
    folder = Path(state)
    with held(folder, [SALT]):
        store = Store(folder)
        keys = user_keys(store.salt(), named)
        store.forget(keys)  # first of all: a run that comes after a power cut knows of them
        kept, _ = store.load(None)
        store.sweep(kept)
        found, again = _removed(store, kept, keys)
    log = f" ({kept.said['log']!r}, {len(kept.files):,} files)" if kept else ""
    source = f"the source log{log}: delete their rows there, or they stay in it"
    return Forgotten(len(named), found, again, (source, *_LEFT))


def _removed(store: Store, kept: Kept | None, keys: list[str]) -> tuple[int, bool]:
    """Remove users from what was kept; how many were found, and whether all had to go."""
    if kept is None:
        store.drop()
        return 0, False
    con = connect([store.folder])
    try:
        for name in ("people", "users", "kinds", "rows", "events", "touches", "door"):
            files = [str(store.folder / file) for file, _ in kept.tables[name]]
            tables.open_kept(con, f"kept_{name}", files, "")
        tables.list_keys(con, keys)
        tables.run(
            con,
            "CREATE TEMP TABLE gone AS SELECT id FROM kept_people "
            "WHERE key IN (SELECT key FROM forgotten)",
        )
        found = tables.number(con, "SELECT count(*) FROM gone")
        # Rows that could not be used are counted and not kept: whose they were is not known.
        if kept.said["rejected"]:
            store.drop()
            return found, True
        if found:
            with store.room(kept):
                _rewrite(con, store, kept)
        return found, False
    finally:
        close(con)


def _rewrite(con: Backend, store: Store, kept: Kept) -> None:
    """Write a generation without them, as if they had never been read."""
    tables.run(
        con,
        "CREATE TEMP TABLE theirs AS SELECT r.*, k.event FROM kept_rows r "
        "JOIN kept_kinds k ON r.kind = k.kind WHERE r.user IN (SELECT id FROM gone)",
    )
    stay = "WHERE {} NOT IN (SELECT id FROM gone)"
    current = "JOIN kept_users u ON e.id = u.id AND e.part = u.part"
    queries = {
        "people": f"SELECT * FROM kept_people {stay.format('id')}",
        # Nobody counts as closed: what was counted of all goes, and is counted again.
        "users": f"SELECT * REPLACE (false AS closed) FROM kept_users {stay.format('id')}",
        "kinds": """SELECT k.* REPLACE (k.n - coalesce(t.n, 0) AS n) FROM kept_kinds k
            LEFT JOIN (SELECT kind, count(*) AS n FROM theirs GROUP BY kind) t
            ON k.kind = t.kind""",
        "rows": f"SELECT * FROM kept_rows {stay.format('user')}",
        "events": f"SELECT e.* FROM kept_events e {current} {stay.format('e.id')}",
        "touches": f"SELECT e.* FROM kept_touches e {current} {stay.format('e.id')}",
        "door": f"""SELECT d.* REPLACE (d.n - coalesce(t.n, 0) AS n) FROM kept_door d
            LEFT JOIN (SELECT t // {QUARTER} AS quarter, event, count(*) AS n FROM theirs
                       GROUP BY 1, 2) t
            ON d.quarter = t.quarter AND d.event = t.event
            WHERE d.n > coalesce(t.n, 0)""",
    }
    folder = store.stage(kept.number + 1)
    told = {}
    for name, query in queries.items():
        told[name] = [store.copy(con, query, folder / f"{name}.parquet")]
    store.commit(replace(kept, number=kept.number + 1, tables=told, said=_said(con, kept)))


def _said(con: Backend, kept: Kept) -> dict[str, Any]:
    said = {name: of for name, of in kept.said.items() if name not in ("scheme", "labels")}
    currencies = Counter(said["currencies"])
    if currencies:
        where = "AND t.c0" if said["macro_where"] else ""
        for row in con.raw_sql(
            "SELECT upper(trim(k.currency)) AS code, count(*) FROM theirs t JOIN kept_kinds k "
            f"ON t.kind = k.kind WHERE k.event IN (SELECT * FROM (VALUES {_values(said)})) "
            f"AND k.currency <> '' {where} GROUP BY 1"
        ).fetchall():
            currencies[row[0]] -= row[1]
    return said | {
        "total": said["total"] - tables.number(con, "SELECT count(*) FROM theirs"),
        "currencies": dict(+currencies),
    }


def _values(said: dict[str, Any]) -> str:
    return ", ".join("('" + name.replace("'", "''") + "')" for name in said["macro_events"])
