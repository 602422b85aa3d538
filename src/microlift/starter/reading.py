"""A log opened for a first look: its columns, and its events as three integers a row.

Everything is counted in the engine; what leaves it are counts, names of columns and events, dates.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from microlift.events.files import Source, empty_log
from microlift.events.normalise import MAX_VALUE
from microlift.events.sources import open_source
from microlift.events.times import DAY, is_readable, microseconds
from microlift.starter.columns import Column, Roles, Type, find_roles, quoted
from microlift.starter.door import need_whole, no_rows, text_of, usable
from microlift.starter.exports import Export, open_export
from microlift.starter.lexicon import shared, simple
from microlift.starter.properties import Condition, conditions
from microlift.where import to_ibis

MOST_COLUMNS = 100  # that are looked at
MOST_NAMES = 300  # event names that are counted each for itself, those of most rows first
OTHER = -1  # the code of all further names
FINISHED_LABELS = 20
FEW = 30  # different values up to which they are counted, not estimated


@dataclass(frozen=True)
class Opened:
    """A log, its columns and their roles.

    Attributes
    ----------
    con : ibis.backends.duckdb.Backend
    raw : ibis.Table
    columns : tuple of Column
    roles : Roles
    where : str or None
        A condition that keeps finished entries.
    rows, usable, kept : int
        Rows; those with a user, a time and an event; and those of them that `where` keeps.
    names : tuple of str
        Of events: the place is the code.
    names_total : int
        How many different names there are.
    conditions : tuple of Condition
        On properties: the place is the bit of `mark`.
    dated : bool
        Whether all times are at midnight: dates without a time of day.
    export : Export or None
        What the log is an export of.
    """

    con: Backend
    raw: ir.Table
    columns: tuple[Column, ...]
    roles: Roles
    where: str | None
    rows: int
    usable: int
    kept: int
    names: tuple[str, ...]
    names_total: int
    conditions: tuple[Condition, ...]
    dated: bool
    export: Export | None


def open_log(source: Source, con: Backend, given: Mapping[str, str]) -> Opened:
    """Open a log, tell its columns, and write its events as integers.

    Parameters
    ----------
    source : Source
    con : ibis.backends.duckdb.Backend
    given : mapping of str to str
        Roles of columns that the caller knows.

    Returns
    -------
    Opened
        The engine then holds the table ``moves``: u (a user), t (microseconds), e (the code of
        the event), s (the session's id as a number, 0 where there is none), worth (whether the row
        carries an amount above 0), below (one below 0), mark (the conditions that it meets).

    Raises
    ------
    EventsError
        If the log is empty, or has no user, time or event.
    """
    export = open_export(source, con, given)
    raw = export.rows if export else _open_flat(source, con, given)
    rows = int(con.to_pyarrow(raw.count()).as_py())
    if rows == 0:
        raise empty_log(source)
    columns = _columns(con, raw, rows)
    roles = find_roles(columns, given, source.given)
    where, finished = _finished(con, raw, roles)
    good = usable(raw, roles)
    dated = microseconds(raw[roles.mapped["timestamp"]], "UTC") % DAY == 0
    kept_rows = good & finished(raw)
    counts = con.to_pyarrow(
        raw.agg(usable=good.sum(), kept=kept_rows.sum(), dated=(dated & kept_rows).sum())
    ).to_pylist()[0]
    if not counts["kept"]:
        raise no_rows(source, con, raw, roles, rows)
    kept = raw.filter(good & finished(raw))
    names, total = _names(con, kept, roles)
    looked_for = conditions(columns, list(roles.mapped.values()))
    con.create_table("moves", _moves(kept, roles, names, looked_for), temp=True)
    return Opened(
        con=con,
        raw=kept,
        columns=columns,
        roles=roles,
        where=where,
        rows=rows,
        usable=int(counts["usable"]),
        kept=int(counts["kept"]),
        names=names,
        names_total=total,
        conditions=looked_for,
        dated=counts["dated"] == counts["kept"],
        export=export,
    )


def _open_flat(source: Source, con: Backend, given: Mapping[str, str]) -> ir.Table:
    raw = open_source(source, con)
    known = {name for names in shared()["columns"].values() for name in names}
    said = set(given.values())
    # Of a wide log the columns that somebody has named come first, wherever they stand.
    telling = [name for name in raw.columns if name in said or simple(name) in known]
    names = {*telling[:MOST_COLUMNS], *said}
    room = max(0, MOST_COLUMNS - len(names))
    names |= set([name for name in raw.columns if name not in names][:room])
    raw = raw.select(*[name for name in raw.columns if name in names])
    if source.format != "parquet":
        raw = con.create_table("raw_rows", raw, temp=True)  # text is parsed once
    if source.format == "csv":
        need_whole(source, con, int(con.to_pyarrow(raw.count()).as_py()))
    return raw


def _columns(con: Backend, raw: ir.Table, rows: int) -> tuple[Column, ...]:
    types = {name: _type(raw[name]) for name in raw.columns}
    looked = [name for name, kind in types.items() if kind != "other"]
    named = any(simple(name) in shared()["columns"]["timestamp"] for name in looked)
    asked: dict[str, ir.Value] = {}
    for i, name in enumerate(looked):
        column = raw[name]
        filled = text_of(column) != ""
        asked[f"n{i}"] = filled.sum()
        asked[f"d{i}"] = column.approx_nunique()
        if types[name] == "text" and not named:  # reading every text as a time is dear
            asked[f"t{i}"] = is_readable(column, "UTC").sum()
    found = con.to_pyarrow(raw.agg(**asked)).to_pylist()[0] if asked else {}
    # An estimate of 2 may be 3, and one of 1 may be 2: few labels are counted.
    few = [i for i in range(len(looked)) if found[f"d{i}"] <= FEW]
    exact = {f"d{i}": raw[looked[i]].nunique() for i in few}
    found |= con.to_pyarrow(raw.agg(**exact)).to_pylist()[0] if exact else {}
    return tuple(
        Column(
            name=name,
            type=types[name],
            filled=(n := int(found[f"n{i}"] or 0)) / rows,
            distinct=int(found[f"d{i}"]),
            timely=n > 0 and int(found.get(f"t{i}") or 0) >= 0.95 * n,
        )
        for i, name in enumerate(looked)
    )


def _type(column: ir.Value) -> Type:
    dtype = column.type()
    if dtype.is_string():
        return "text"
    if dtype.is_boolean():
        return "truth"
    if dtype.is_numeric():
        return "number"
    return "time" if dtype.is_timestamp() or dtype.is_date() else "other"


class _Finished:
    """Keeps the rows of finished entries, or all where no column tells."""

    def __init__(self, column: str = "", value: str = "") -> None:
        self.column, self.value = column, value

    def __call__(self, raw: ir.Table) -> ir.BooleanValue:
        if not self.column:
            return ibis.literal(True)
        return (raw[self.column] == self.value).fill_null(False)


def _finished(con: Backend, raw: ir.Table, roles: Roles) -> tuple[str | None, _Finished]:
    """Find the value that says that an entry was finished, where others say that it was not."""
    if roles.finished is None or not raw[roles.finished].type().is_string():
        return None, _Finished()
    labels = raw.select(label=raw[roles.finished]).distinct().order_by("label")
    values = con.to_pyarrow(labels.limit(FINISHED_LABELS))["label"].to_pylist()
    done = [each for each in values if each and each.lower() in shared()["finished"]["values"]]
    if len(done) != 1 or len(values) < 2:
        return None, _Finished()
    return f"{quoted(roles.finished)} = '{done[0]}'", _Finished(roles.finished, done[0])


def _names(con: Backend, kept: ir.Table, roles: Roles) -> tuple[tuple[str, ...], int]:
    named = kept.select(name=text_of(kept[roles.mapped["event"]]))
    counted = named.group_by("name").agg(n=named.count())
    total = int(con.to_pyarrow(counted.count()).as_py())
    top = counted.order_by([ibis.desc("n"), "name"]).limit(MOST_NAMES)
    return tuple(str(name) for name in con.to_pyarrow(top)["name"].to_pylist()), total


def _moves(
    kept: ir.Table, roles: Roles, names: tuple[str, ...], looked_for: tuple[Condition, ...]
) -> ir.Table:
    mapped = roles.mapped
    codes = ibis.memtable(
        {"name": list(names), "e": list(range(len(names)))},
        schema={"name": "string", "e": "int16"},
    )
    value = kept[mapped["value"]] if "value" in mapped else ibis.literal(0.0)
    number = value.try_cast("float64") if value.type().is_string() else value.cast("float64")
    real = number.notnull() & ~number.isnan() & (number.abs() < MAX_VALUE)
    mark: ir.Value = ibis.literal(0, "int32")
    for bit, each in enumerate(looked_for):
        mark = mark + to_ibis(each.where, kept).ifelse(1 << bit, 0).cast("int32")
    rows = kept.select(
        u=kept[mapped["user_id"]].cast("string").hash(),
        t=microseconds(kept[mapped["timestamp"]], "UTC"),
        name=text_of(kept[mapped["event"]]),
        s=_session(kept, mapped),
        worth=(real & (number > 0)).fill_null(False),
        below=(real & (number < 0)).fill_null(False),
        mark=mark,
    )
    coded = rows.left_join(codes, rows.name == codes.name)
    return coded.select("u", "t", "s", "worth", "below", "mark", e=coded.e.fill_null(OTHER))


def _session(kept: ir.Table, mapped: Mapping[str, str]) -> ir.Value:
    """The session's id as a number; null where the row has none."""
    if "session_id" not in mapped:
        return ibis.literal(0, "int64")
    given = text_of(kept[mapped["session_id"]])
    return (given != "").ifelse(given.hash(), ibis.null("int64"))
