"""Reading a flat export by its preset: from its columns to the names that the plan uses."""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from microlift.errors import EventsError, nearest
from microlift.events.aside import lay_aside
from microlift.events.files import Source, empty_log
from microlift.events.formats.flat import Flat, explicit, fill_in, free_name, refuse_identities
from microlift.events.formats.preset import Preset, load_preset
from microlift.events.formats.records import json_keys, member, reach
from microlift.events.layout import layout_of
from microlift.events.sources import open_source, present_columns
from microlift.plan import Plan

ROWS = "flat_rows"
NEEDED = ("user_id", "timestamp", "event")
KEYS_LOOKED_AT = 2_000


@dataclass(frozen=True)
class _Reading:
    """An opened export: its rows, its preset, and of each word the paths that the log has."""

    table: ir.Table
    preset: Preset
    found: dict[str, tuple[str, ...]]

    def column(self, name: str, own: bool) -> ir.Value | None:
        """Make the column that a name of the plan stands for."""
        if own and name == "event" and self.preset.event_is:
            return ibis.literal(self.preset.event_is)
        if own and name in self.found:
            return self._first_known(name)
        column = reach(self.table, name)
        if column is not None:
            return column
        records = (reach(self.table, record) for record in self.preset.properties)
        members = [member(record, [name]) for record in records if record is not None]
        return _coalesce([each for each in members if each is not None])

    def _first_known(self, name: str) -> ir.Value | None:
        paths = (reach(self.table, path) for path in self.found[name])
        column = _coalesce([each for each in paths if each is not None])
        if name == "session_id" and column is not None and self.preset.no_session:
            return column.cast("string").nullif(self.preset.no_session)
        return column


def read_export(source: Source, con: Backend, plan: Plan, *, lenient: bool = False) -> Flat:
    """Read a flat export as the preset of ``log.format`` says, and say what was mapped.

    Parameters
    ----------
    source : Source
    con : ibis.backends.duckdb.Backend
    plan : Plan
        Columns that it names itself come before those of the preset.
    lenient : bool, default False
        Whether a name that is in no row is empty instead of refused.

    Returns
    -------
    Flat

    Raises
    ------
    EventsError
        If the log has no column for user, time or event, or none for a name of the plan.
    """
    preset = load_preset(str(plan.log.format))
    reading = _open(source, con, preset, plan)
    given = explicit(plan)
    roles = {role for role in preset.columns if role in reading.found}
    if preset.event_is:
        roles.add("event")
    _need_roles(source, preset, roles | set(given))
    ids = {*reading.found.get("user_id", ()), *reading.found.get("session_id", ())}
    refuse_identities(plan, ids | {"user_id", "session_id"})
    meant = fill_in(plan, roles, ())
    if preset.utc:
        meant = meant.model_copy(update={"log": meant.log.model_copy(update={"timezone": "UTC"})})
    names = layout_of(meant).names
    columns = {name: reading.column(name, name not in given.values()) for name in names}
    known = {n: ibis.null("string") if c is None else c for n, c in columns.items()}
    who = free_name("_who", names)
    rows = _kept(reading).select(**known, **_sources_of(reading, meant, who))
    rows = lay_aside(con, ROWS, rows)
    missing = _missing_names(con, reading, rows, columns)
    if missing and not lenient:
        raise _no_such_name(con, source, reading, missing)
    kept = int(con.to_pyarrow(rows.count()).as_py())
    # The files are parsed a second time only where rows may have been left out.
    total = int(con.to_pyarrow(reading.table.count()).as_py()) if preset.only else kept
    if total == 0:
        raise empty_log(source)
    left = total - kept
    notes = [_mapping(reading, meant, given) + _known_by(con, reading, rows, who), *preset.hints]
    if left:
        marks = " or ".join(path for path in preset.only if reach(reading.table, path) is not None)
        notes.append(f"{left:,} rows without {marks} are no events of their own.")
    left_out = {"no event of its own": left} if left else {}
    flat = rows.select(*names)
    return Flat(flat, meant, total, left_out, notes, (ROWS,), tuple(missing))


def _open(source: Source, con: Backend, preset: Preset, plan: Plan) -> _Reading:
    """Read the top-level columns that may be needed, and no other."""
    present = present_columns(source, con)
    layout = layout_of(plan)
    words = {**preset.columns, **preset.names}
    asked = {*(path for paths in words.values() for path in paths), *preset.properties}
    asked |= {*preset.only, *layout.names, *([preset.each] if preset.each else [])}
    tops = {path if path in present else path.split(".")[0] for path in asked}
    wanted = sorted(tops & set(present))
    if not wanted:
        raise _not_this(source, preset, list(NEEDED))
    table = open_source(source, con, wanted)
    if preset.each in table.columns and not table[preset.each].type().is_struct():
        table = _each(table, str(preset.each))
    found = {
        word: tuple(path for path in paths if reach(table, path) is not None)
        for word, paths in words.items()
    }
    return _Reading(table, preset, {word: paths for word, paths in found.items() if paths})


def _each(table: ir.Table, name: str) -> ir.Table:
    members = table[name]
    if members.type().is_string():
        members = members.try_cast("json").try_cast("array<json>")
    unnested = table.mutate(**{name: members.unnest()})
    if unnested[name].type().is_json():
        unnested = unnested.mutate(**{name: unnested[name].cast("string")})
    return unnested


def _coalesce(columns: list[ir.Value]) -> ir.Value | None:
    """The first known value of each row; an empty text is none."""
    if len(columns) < 2:
        return columns[0] if columns else None
    if len({column.type() for column in columns}) > 1:
        columns = [column.cast("string") for column in columns]
    return ibis.coalesce(*(c.nullif("") if c.type().is_string() else c for c in columns))


def _kept(reading: _Reading) -> ir.Table:
    table = reading.table
    marks = [column for path in reading.preset.only if (column := reach(table, path)) is not None]
    if not marks:
        return table
    return table.filter(ibis.or_(*(mark.cast("string").fill_null("") != "" for mark in marks)))


def _sources_of(reading: _Reading, meant: Plan, who: str) -> dict[str, ir.Value]:
    """Which of several columns gave the user of a row, so that it can be said."""
    paths = reading.found.get("user_id", ())
    if meant.log.columns.user_id != "user_id" or len(paths) < 2:
        return {}
    columns = [(at, reach(reading.table, path)) for at, path in enumerate(paths)]
    branches = [
        ((column.cast("string").fill_null("") != ""), ibis.literal(at, "int8"))
        for at, column in columns
        if column is not None
    ]
    return {who: ibis.cases(*branches, else_=ibis.literal(len(paths), "int8"))}


def _mapping(reading: _Reading, meant: Plan, given: dict[str, str]) -> str:
    said = []
    for role in type(meant.log.columns).model_fields:
        if role in given:
            said.append(f"{role} from {given[role]!r} as the plan says")
        elif role == "event" and reading.preset.event_is:
            said.append(f"every row is the event {reading.preset.event_is!r}")
        elif getattr(meant.log.columns, role) is not None and role in reading.found:
            said.append(f"{role} from {', else '.join(reading.found[role])}")
    used = [name for name in layout_of(meant).names if name in reading.preset.names]
    said += [f"{n} from {', else '.join(reading.found[n])}" for n in used if n in reading.found]
    return f"Read as {reading.preset.title}: {'; '.join(said)}."


def _known_by(con: Backend, reading: _Reading, rows: ir.Table, who: str) -> str:
    if who not in rows.columns:
        return ""
    counted = rows.group_by(who).agg(n=rows.count()).order_by(who)
    names = [*reading.found["user_id"], "none of them"]
    counts = {row[who]: row["n"] for row in con.to_pyarrow(counted).to_pylist()}
    return f" Users are known by {', '.join(f'{names[at]} {n:,}' for at, n in counts.items())}."


def _need_roles(source: Source, preset: Preset, roles: set[str]) -> None:
    lacking = [role for role in NEEDED if role not in roles]
    if lacking:
        raise _not_this(source, preset, lacking)


def _not_this(source: Source, preset: Preset, lacking: list[str]) -> EventsError:
    said = "; ".join(f"{role} ({', '.join(preset.columns.get(role, ()))})" for role in lacking)
    return EventsError(
        f"The log {source.given!r} has no column that log.format: {preset.name} ({preset.title}) "
        f"could read as {said}. Without them it is no log of events. Name them in log.columns, or "
        "mend log.format."
    )


def _missing_names(
    con: Backend, reading: _Reading, rows: ir.Table, columns: dict[str, ir.Value | None]
) -> list[str]:
    """Which names of the plan are no column and, in any row, no property."""
    missing = [name for name, column in columns.items() if column is None]
    elsewhere = {*reading.table.columns, *reading.found, "event", *missing}
    looked_up = [name for name in columns if name not in elsewhere]
    if not looked_up:
        return missing
    counts = rows.agg(**{f"n{i}": rows[name].count() for i, name in enumerate(looked_up)})
    found = con.to_pyarrow(counts).to_pylist()[0]
    return missing + [name for i, name in enumerate(looked_up) if not found[f"n{i}"]]


def _no_such_name(
    con: Backend, source: Source, reading: _Reading, missing: list[str]
) -> EventsError:
    known = {*reading.table.columns, *reading.found, *_properties(con, reading)}
    said = "; ".join(f"{name[:100]!r} (nearest: {nearest(name, known)})" for name in missing[:5])
    return EventsError(
        f"The log {source.given!r} has {len(missing):,} names of the plan neither as a column nor "
        f"as a property of any event: {said}. Without them the plan's words mean nothing in this "
        "log. Mend log.columns, log.attributes or the rules in the plan."
    )


def _properties(con: Backend, reading: _Reading) -> set[str]:
    known: set[str] = set()
    for path in reading.preset.properties:
        record = reach(reading.table, path)
        if record is not None and record.type().is_struct():
            known.update(record.type().names)
        elif record is not None:
            keys = reading.table.select(key=json_keys(record.try_cast("json")).unnest()).distinct()
            found = con.to_pyarrow(keys.order_by("key").limit(KEYS_LOOKED_AT))
            known.update(key for key in found["key"].to_pylist() if key)
    return known
