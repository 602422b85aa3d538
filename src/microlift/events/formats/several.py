"""Several sources as one log: web events here, orders or contracts there, joined by the user's id.

Each source is made flat on its own, by its format or by its columns. A macro of somebody who does
nothing else in any source has no visitor to whom it could be credited: it is counted, and left out.
"""

from dataclasses import replace
from pathlib import Path, PurePath

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from microlift.errors import EventsError, nearest
from microlift.events.aside import lay_aside, take_away
from microlift.events.files import Source, find_files, need_columns
from microlift.events.formats.flat import Flat, explicit, fill_in, free_name
from microlift.events.formats.flat_export import read_export
from microlift.events.formats.ga4 import read_ga4
from microlift.events.layout import Layout, layout_of
from microlift.events.lines import count_lost_lines
from microlift.events.shards import compare_files
from microlift.events.sources import open_source, present_columns
from microlift.events.times import microseconds
from microlift.plan import Columns, Plan

_KINDS = (
    ("whole numbers", r"^-?\d+$"),
    ("numbers with a fraction", r"^-?\d+\.\d+$"),
    ("UUIDs", r"^[0-9A-Fa-f]{8}-[0-9A-Fa-f-]{27}$"),
    ("e-mail addresses", r"^[^@\s]+@[^@\s]+$"),
    ("hexadecimal digests", r"^[0-9A-Fa-f]{32,64}$"),
)


def find_sources(path: str, plan: Plan) -> tuple[Source, list[Source]]:
    """Find the files of each source of a plan, all of them below one folder.

    Parameters
    ----------
    path : str
        The folder in which the sources lie.
    plan : Plan
        Its ``log.sources``.

    Returns
    -------
    whole : Source
        All of them together, for what is said of the log.
    parts : list of Source

    Raises
    ------
    EventsError
        If `path` is no folder, or a source lies outside of it or is missing.
    """
    folder = Path(path).expanduser()
    if not folder.is_dir():
        raise EventsError(
            f"The log {path!r} is no folder, but the plan has {len(plan.log.sources):,} "
            "log.sources, whose paths begin there. Give the folder that holds them all."
        )
    parts = []
    for spec in plan.log.sources:
        given = PurePath(spec.path)
        if given.is_absolute() or ".." in given.parts:
            raise EventsError(
                f"The source {spec.path!r} of log.sources leads out of the folder of the log, "
                "which is all that is ever read. Write a path below that folder."
            )
        parts.append(replace(find_files(folder / given), given=spec.path))
    files = tuple(file for part in parts for file in part.files)
    stamps = tuple(stamp for part in parts for stamp in part.stamps)
    return Source(path, files, "parquet", folder.resolve(), stamps), parts


def read_sources(parts: list[Source], con: Backend, plan: Plan) -> tuple[Flat, int]:
    """Read the sources of a plan as one relation of flat rows.

    Parameters
    ----------
    parts : list of Source
        From `find_sources`.
    con : ibis.backends.duckdb.Backend
    plan : Plan

    Returns
    -------
    flat : Flat
    lost : int
        Lines of CSV files that became no row.

    Raises
    ------
    EventsError
        If a source cannot be read, a name of the plan is in none, or the sources share no user.
    """
    meant = _meant(plan)
    flats, tables, lost = [], [], 0
    mark = free_name("_source", layout_of(meant).names)
    for number, (source, spec) in enumerate(zip(parts, plan.log.sources, strict=True)):
        log = plan.log.model_copy(
            update={"format": spec.format, "columns": spec.columns, "sources": ()}
        )
        flat = _read_one(source, con, plan.model_copy(update={"log": log}))
        lost += count_lost_lines(source, con, flat.total) if source.format == "csv" else 0
        rows = _common(flat, layout_of(meant)).mutate(**{mark: ibis.literal(number, "int16")})
        tables.append(lay_aside(con, f"source{number}", rows))
        flats.append(flat)
        for name in flat.scratch:
            take_away(con, name)
    _need_somewhere(parts, flats, tables)
    rows = ibis.union(*tables)
    _need_shared_users(con, parts, rows.rename(_source=mark).select("user_id", "_source"))
    kept, without = _with_visitors(con, rows, plan)
    left_out: dict[str, int] = {}
    for flat in flats:
        for reason, n in flat.left_out.items():
            left_out[reason] = left_out.get(reason, 0) + n
    notes = [
        f"{source.given[:100]}: {note}"
        for source, flat in zip(parts, flats, strict=True)
        for note in flat.notes
    ]
    if without:
        left_out["macro of no visitor"] = without["out"]
        notes.append(
            f"{without['out']:,} of {without['n']:,} macros match no visitor (their users do "
            "nothing else in any source) and are left out."
        )
    total = sum(flat.total for flat in flats)
    scratch = tuple(f"source{number}" for number in range(len(tables)))
    flat = Flat(kept.select(*layout_of(meant).names), meant, total, left_out, notes, scratch)
    return flat, lost


def _meant(plan: Plan) -> Plan:
    """The plan in our own words, which is how the rows of all sources are named."""
    bare = plan.model_copy(update={"log": plan.log.model_copy(update={"columns": Columns()})})
    roles = ("user_id", "timestamp", "event", "session_id", "value", "currency")
    clicks = any(spec.columns.click_id for spec in plan.log.sources)
    return fill_in(bare, (*roles, "click_id") if clicks else roles, ())


def _read_one(source: Source, con: Backend, plan: Plan) -> Flat:
    if plan.log.format is not None:
        return (read_ga4 if plan.log.format == "ga4" else read_export)(
            source, con, plan, lenient=True
        )
    layout, given = layout_of(plan), explicit(plan)
    present = present_columns(source, con)
    needed = dict.fromkeys([layout.user, layout.time, layout.event, *given.values()])
    need_columns(source, list(needed), present)
    names = [name for name in layout.names if name in present]
    notes = compare_files(source, names, layout.needed(source.format))
    raw = lay_aside(con, "plain_rows", open_source(source, con, names))
    total = int(con.to_pyarrow(raw.count()).as_py())
    missing = tuple(name for name in layout.names if name not in present)
    roles = ", ".join(f"{role} from {name}" for role, name in given.items())
    said = [f"Read by its columns: {roles}."] if roles else []
    return Flat(raw, plan, total, {}, said + notes, ("plain_rows",), missing)


def _common(flat: Flat, wanted: Layout) -> ir.Table:
    """The rows of one source under the names and in the types that all sources share."""
    own, rows = layout_of(flat.plan), flat.rows
    roles = {
        wanted.user: own.user,
        wanted.event: own.event,
        **{ours: its for ours, its in _optional(wanted, own) if ours},
    }
    columns: dict[str, ir.Value] = {}
    for name in wanted.names:
        its = roles.get(name, name)
        known = its is not None and its in rows.columns and its not in flat.missing
        column = rows[its].cast("string") if known else ibis.null("string")
        if name == wanted.value:
            column = column.try_cast("float64")
        elif name in wanted.sequence:
            column = column.try_cast("int64")
        columns[name] = column
    columns[wanted.time] = microseconds(rows[own.time], flat.plan.log.timezone)
    return rows.select(**columns)


def _optional(wanted: Layout, own: Layout) -> list[tuple[str | None, str | None]]:
    return [
        (wanted.session, own.session),
        (wanted.value, own.value),
        (wanted.currency, own.currency),
        (wanted.click, own.click),
    ]


def _need_somewhere(parts: list[Source], flats: list[Flat], tables: list[ir.Table]) -> None:
    """Refuse a name of the plan that no source has; one that some have is empty in the others."""
    missing = set(flats[0].missing).intersection(*(flat.missing for flat in flats[1:]))
    missing -= {"session_id", "value", "currency", "click_id"}
    if missing:
        known = {name for table in tables for name in table.columns} - missing
        said = "; ".join(f"{n[:100]!r} (nearest: {nearest(n, known)})" for n in sorted(missing)[:5])
        raise EventsError(
            f"Of the names that the plan reads, {len(missing):,} are in none of the "
            f"{len(parts):,} log.sources: {said}. Mend log.attributes or the rules in the plan."
        )


def _need_shared_users(con: Backend, parts: list[Source], rows: ir.Table) -> None:
    """Refuse a source whose ids are in no other: it would add people, and no history to anybody."""
    known = rows.filter(rows.user_id.notnull() & (rows.user_id != ""))
    pairs = known.select("user_id", "_source").distinct()
    everywhere = pairs.group_by("user_id").agg(places=pairs.count())
    joined = pairs.join(everywhere, "user_id")
    kinds = {f"k{i}": joined.user_id.re_search(p).all() for i, (_, p) in enumerate(_KINDS)}
    counts = joined.group_by("_source").agg(
        n=joined.count(), shared=(joined.places > 1).sum(), **kinds
    )
    found = {row["_source"]: row for row in con.to_pyarrow(counts).to_pylist()}
    names = [name for name, _ in _KINDS]
    said = {
        number: next((name for i, name in enumerate(names) if row[f"k{i}"]), "texts of other kinds")
        for number, row in found.items()
    }
    for number, row in sorted(found.items()):
        if len(found) > 1 and not row["shared"]:
            others = "; ".join(
                f"{parts[other].given[:100]!r}: {kind}"
                for other, kind in sorted(said.items())
                if other != number
            )
            raise EventsError(
                f"The source {parts[number].given!r} shares none of its {row['n']:,} users with "
                f"the other {len(parts) - 1:,} log.sources, so nothing can be joined. Its ids are "
                f"{said[number]} ({others}). Name in columns.user_id of each source a column with "
                "the same ids."
            )


def _with_visitors(
    con: Backend, rows: ir.Table, plan: Plan
) -> tuple[ir.Table, dict[str, int] | None]:
    """Leave out macros of users without any other event."""
    macro = rows.event.isin(plan.macro.event).fill_null(False)
    visitors = rows.filter(~macro).select(visitor="user_id").distinct()
    macros = rows.filter(macro)
    matched = macros.semi_join(visitors, macros.user_id == visitors.visitor)
    n = int(con.to_pyarrow(macros.count()).as_py())
    out = n - int(con.to_pyarrow(matched.count()).as_py())
    if not out:
        return rows, None
    return rows.filter(~macro).union(matched), {"n": n, "out": out}
