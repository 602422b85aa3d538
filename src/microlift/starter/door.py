"""Rows that nothing can be planned from, and the refusal of a log that has too many of them."""

import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from microlift.errors import EventsError
from microlift.events.engine import without_nul
from microlift.events.files import Source
from microlift.events.lines import count_lost_lines, first_bad_line
from microlift.events.times import TIMES_READ, is_readable
from microlift.plan import LogSpec
from microlift.starter.columns import NEEDED, Roles, shown


def text_of(column: ir.Value) -> ir.StringValue:
    """Read a column as text, empty where there is nothing."""
    return without_nul(column.cast("string").fill_null(""))


def usable(raw: ir.Table, roles: Roles) -> ir.BooleanValue:
    """Tell which rows have a user, a time that can be read and an event."""
    user, event = (text_of(raw[roles.mapped[role]]) for role in ("user_id", "event"))
    readable = is_readable(raw[roles.mapped["timestamp"]], "UTC").fill_null(False)
    return (user != "") & (event != "") & readable


def need_whole(source: Source, con: Backend, rows: int) -> None:
    """Refuse files of which too many lines became no row: the rest would be another log."""
    lost = count_lost_lines(source, con, rows)
    if lost > LogSpec().max_rejected * (rows + lost):
        raise EventsError(
            f"The log {source.given!r} has {lost:,} of {rows + lost:,} lines that cannot be read"
            f"{first_bad_line(con)}. A plan drafted from the rest would be that of another log. "
            "Mend the export."
        )


def no_rows(log: Source, con: Backend, raw: ir.Table, roles: Roles, rows: int) -> EventsError:
    """Say which column holds nothing to plan from, with an example where its times are strange."""
    empty = {role: text_of(raw[roles.mapped[role]]) == "" for role in NEEDED}
    time = raw[roles.mapped["timestamp"]]
    strange = raw.filter(~empty["timestamp"], ~is_readable(time, "UTC").fill_null(False))
    counts = con.to_pyarrow(raw.agg(**{role: each.sum() for role, each in empty.items()}))
    names = {role: shown(roles.mapped[role]) for role in NEEDED}
    said = [f"{names[role]} is empty in {n:,}" for role, n in counts.to_pylist()[0].items() if n]
    do = "Name the right columns with --columns."
    if examples := con.to_pyarrow(strange.select(time=text_of(time)).limit(1)).to_pylist():
        such = examples[0]["time"][:60]
        said.append(f"{names['timestamp']} holds no times that can be read, but such as {such!r}")
        do = f"Export times as {TIMES_READ}, or name the right columns with --columns."
    return EventsError(
        f"The log {log.given!r} has 0 of {rows:,} rows with a user, a time that can be read and an "
        f"event: {'; '.join(said)}. So there is nothing to plan from. {do}"
    )
