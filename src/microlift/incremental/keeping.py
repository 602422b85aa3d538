"""Writing what was read and counted into a state, and bringing it back."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from microlift.events.door import KEPT
from microlift.incremental.cells import Cells
from microlift.incremental.counting import TABLES, Before, Sums
from microlift.incremental.reading import Read
from microlift.incremental.store import Kept, Store
from microlift.incremental.support import reading_key
from microlift.moments.counting import COUNTS
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
    parts = before.tables["events"] if before else []
    whole = not before or len(parts) >= MOST_PARTS
    own = "" if whole else "WHERE {} IN (SELECT id FROM touched)"
    moved = "true" if whole else "u.id IN (SELECT id FROM touched)"
    told: dict[str, list[list[str]]] = {}
    for name, query in {
        "users": f"""SELECT u.id, s.now AS closed, s.labels, s.last,
            CASE WHEN {moved} THEN {number} ELSE u.part END AS part
            FROM users u JOIN sorted_users s ON u.id = s.id""",
        "kinds": "SELECT * FROM counted_kinds",
        "door": f"SELECT quarter, event, n, nobody FROM {KEPT}",
    }.items():
        told[name] = [store.copy(con, query, folder / f"{name}.parquet")]
    for name, query in {
        "people": "SELECT * FROM fresh_people"
        + (" UNION ALL BY NAME SELECT * FROM kept_people" if whole else ""),
        "rows": "SELECT * FROM fresh_rows"
        + (" UNION ALL BY NAME SELECT * FROM kept_rows" if whole else ""),
        "touches": f"SELECT id, t, kind, flags, {number} AS part FROM touches " + own.format("id"),
        "events": f"""SELECT u.id, e.t, e.seq, coalesce(n.name, -1) AS name, e.mask, e.macro,
            e.value, e.session, e.opens, e.away, e.tie, {number} AS part FROM events e
            JOIN users u ON e.user = u.number LEFT JOIN
            (SELECT event_code, min(name) AS name FROM names GROUP BY event_code) n
            ON e.event = n.event_code {own.format("u.id")}""",
    }.items():
        old = before.tables[name] if before and not whole else []
        more = [store.copy(con, query, folder / f"{name}.parquet")] if whole or read.new else []
        told[name] = [*old, *more]
    for name, frame in _frames(closed.sums).items():
        file = folder / f"{name}.parquet"
        pq.write_table(frame, file)
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
    loaded = {
        name: pq.read_table(store.folder / kept.tables[name][0][0]) for name in ("cells", *TABLES)
    }
    columns = {
        name: loaded["cells"][name].to_numpy().astype(np.int64)
        for name in loaded["cells"].column_names
    }
    counts = {name: columns.pop(name) for name in COUNTS}
    sums = Sums(
        cells=Cells(list(columns.values()), counts),
        occurrences=tuple(said["occurrences"]),
        totals=tuple(said["totals"]),
        **{name: loaded[name].to_pandas() for name in TABLES},
    )
    steps = tuple(scheme["steps"])
    whole = Scheme(steps, features, scheme["actions"], scheme["starts"])
    return Before(sums, whole, said["labels"])


def _frames(sums: Sums) -> dict[str, pa.Table]:
    keys = {f"key{i}": key for i, key in enumerate(sums.cells.keys)}
    counts = {name: of.astype(np.int32) for name, of in sums.cells.counts.items()}
    small = {name: getattr(sums, name) for name in TABLES}
    return {"cells": pa.table(keys | counts)} | {
        name: pa.Table.from_pandas(frame, preserve_index=False) for name, frame in small.items()
    }
