"""Writing what was read and counted into a state, and bringing it back."""

from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from microlift.events.door import KEPT
from microlift.incremental import tables
from microlift.incremental.counting import _TABLES, Before, Sums
from microlift.incremental.reading import Read
from microlift.incremental.store import Kept, Store
from microlift.incremental.support import reading_key
from microlift.moments.space import Field, Scheme

MOST_PARTS = 32  # files of rows, one a run; then they become one


def keep(read: Read, closed: Before, store: Store) -> None:
    """Write a generation: every file new, and named by the manifest when all are on the disk.

    Rows are added to; what hangs on the place of everything else is written anew.
    """
    log, before = read.log, read.kept
    con = log.con
    number = before.number + 1 if before else 1
    folder = store.stage(number)
    queries = {
        "users": "SELECT u.id, u.key, u.sealed, s.now AS closed, s.labels FROM users u "
        "JOIN sorted_users s ON u.id = s.id ORDER BY u.id",
        "kinds": "SELECT * FROM counted_kinds",
        "touches": "SELECT id, t, kind, flags FROM touches",
        "door": f"SELECT quarter, event, n, nobody FROM {KEPT}",
        "events": """SELECT u.id, e.t, e.seq, coalesce(n.name, -1) AS name, e.mask, e.macro,
            e.value, e.session, e.opens, e.away, e.tie FROM events e
            JOIN users u ON e.user = u.number LEFT JOIN
            (SELECT event_code, min(name) AS name FROM names GROUP BY event_code) n
            ON e.event = n.event_code""",
    }
    told: dict[str, list[list[str]]] = {}
    for name, query in queries.items():
        told[name] = [store.copy(con, query, folder / f"{name}.parquet")]
    rows = before.tables["rows"] if before else []
    whole = len(rows) >= MOST_PARTS
    query = "SELECT * FROM kept_rows UNION ALL BY NAME SELECT * FROM fresh_rows"
    if not whole:
        query = "SELECT * FROM fresh_rows"
    if whole or read.new:
        fresh = store.copy(con, query, folder / "rows.parquet")
        rows = [fresh] if whole else [*rows, fresh]
    told["rows"] = rows
    for name, frame in _frames(closed.sums).items():
        file = folder / f"{name}.parquet"
        pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), file)
        told[name] = [store.seal(file)]
    said = read.said | {
        "scheme": {
            "steps": list(closed.scheme.steps),
            "features": [[field.name, field.size] for field in closed.scheme.features],
            "actions": closed.scheme.actions,
            "starts": closed.scheme.starts,
        },
        "labels": closed.labels,
        "occurrences": list(closed.sums.occurrences),
        "totals": list(closed.sums.totals),
    }
    store.commit(Kept(number, reading_key(log.plan), read.files, told, said))


def counted_before(kept: Kept | None, store: Store) -> Before | None:
    """What was counted of closed users."""
    if kept is None or "scheme" not in kept.said:
        return None
    said = kept.said
    scheme = said["scheme"]
    features = tuple(Field(name, size) for name, size in scheme["features"])
    frames: dict[str, Any] = {
        name: pq.read_table(store.folder / kept.tables[name][0][0]).to_pandas()
        for name in ("cells", *_TABLES)
    }
    sums = Sums(
        occurrences=tuple(said["occurrences"]), totals=tuple(said["totals"]), **frames
    )
    steps = tuple(scheme["steps"])
    whole = Scheme(steps, features, scheme["actions"], scheme["starts"])
    return Before(sums, whole, said["labels"])


def _frames(sums: Sums) -> dict[str, pd.DataFrame]:
    return {name: getattr(sums, name) for name in ("cells", *_TABLES)}

