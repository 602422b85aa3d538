"""Opening the new files of a log so that they read as they would among all the others."""

from dataclasses import dataclass
from pathlib import Path

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from microlift.events.aside import lay_aside, take_away
from microlift.events.files import Source
from microlift.events.layout import layout_of
from microlift.events.lines import count_lost_lines
from microlift.events.normalise import rows_of
from microlift.events.shards import compare_files
from microlift.events.sources import open_source, present_columns
from microlift.events.text import header_of, json_keys_of
from microlift.plan import Plan

Types = dict[str, str]
TYPED = "typed_rows"


@dataclass(frozen=True)
class Opened:
    """Rows of the new files, laid aside: typed as in the whole log.

    Attributes
    ----------
    rows
        See `microlift.events.normalise.rows_of`.
    lost
        Lines that became no row.
    """

    rows: ir.Table
    lost: int


def types_of(
    source: Source, con: Backend, plan: Plan, new: list[Path], known: Types
) -> tuple[Types, list[str]]:
    """Types of the columns that are read, over all files; and what differs from file to file.

    Where the new files have the `known` types of all others, only they are opened.
    """
    layout = layout_of(plan)
    notes = compare_files(source, layout.names, layout.needed(source.format))
    if source.format == "parquet":
        some = len(new) < len(source.files)
        if known and some and (not new or _types(source, new, con, plan) == known):
            return known, notes
        return _types(source, list(source.files), con, plan), notes
    return dict.fromkeys(layout.names, "string"), notes


def _types(source: Source, files: list[Path], con: Backend, plan: Plan) -> Types:
    """Types of the columns in some files; none where there are none, or not all columns."""
    part = Source(source.given, tuple(files), source.format, source.root)
    names = layout_of(plan).names
    whole = len(files) == len(source.files)
    if not files or not (whole or set(names) <= set(present_columns(part, con))):
        return {}
    schema = open_source(part, con, names).schema()
    return {name: str(schema[name]) for name in names}


def open_new(
    source: Source, new: list[Path], con: Backend, plan: Plan, types: Types
) -> Opened | None:
    """Open the new files of a log; None where only a look at all files can tell how."""
    layout = layout_of(plan)
    part = Source(source.given, tuple(_filled(source, new)), source.format, source.root)
    if len(part.files) in (0, len(source.files)):
        raw = open_source(source, con, layout.names)
        if not part.files:
            raw = raw.limit(0)
    else:
        present = [name for name in layout.names if name in present_columns(part, con)]
        if len(present) < len(layout.names) and source.format == "json":
            return None  # a column may begin behind the lines that are looked at
        raw = open_source(part, con, present)
        absent = {name: ibis.null(types[name]) for name in layout.names if name not in present}
        raw = raw.mutate(**absent).select(*layout.names).cast(types)
    lost = 0
    if source.format != "parquet":  # text is parsed once: that is what costs
        raw = lay_aside(con, "raw_rows", raw)
        if source.format == "csv" and part.files:
            lost = count_lost_lines(part, con, int(con.to_pyarrow(raw.count()).as_py()))
    rows = lay_aside(con, TYPED, rows_of(raw, layout, plan))
    take_away(con, "raw_rows")
    return Opened(rows, lost)


def _filled(source: Source, new: list[Path]) -> list[Path]:
    """Leave out text files without a single row, which cannot be opened by themselves."""
    if source.format == "parquet":
        return new
    if source.format == "csv":
        return [file for file in new if header_of(file)[0]]
    return [file for file in new if json_keys_of(file) or file.stat().st_size]
