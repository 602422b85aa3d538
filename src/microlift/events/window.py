"""The window of a plan: of a long log its last part alone, whose older days are not even opened."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from microlift.errors import EventsError
from microlift.events.files import Source
from microlift.plan import Plan, format_duration, micros

BEFORE = "before the window"
# Folders that say when their events happened, or came in. Others may be days of something else,
# such as of a user's first visit, and tell nothing of the events below them.
_DAY_KEYS = ("date", "day", "ds", "dt", "event_date")
_DAY = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})")
# A day may be meant in any zone, up to 14 hours from UTC, and ends a day after it begins.
_END_OF_DAY = timedelta(days=1, hours=14)
# More days are opened than the window holds, should the newest folders hold late events alone.
_MORE = timedelta(days=7)


def day_of(file: Path, root: Path) -> date | None:
    """Tell the day of a file from the folders it lies in.

    Parameters
    ----------
    file, root : Path
        The folder at which the log begins: what is above it names no day.

    Returns
    -------
    date or None

    Examples
    --------
    >>> log = Path("log")
    >>> print(day_of(log / "dt=2025-01-31" / "0.parquet", log))
    2025-01-31
    >>> print(day_of(log / "year=2025" / "month=1" / "day=31" / "0.parquet", log))
    2025-01-31
    >>> print(day_of(log / "first_visit=2025-01-31" / "0.parquet", log))
    None
    """
    parts = file.relative_to(root).parts[:-1]
    keys = dict(part.lower().split("=", 1) for part in parts if "=" in part)
    texts = ["-".join(keys[name].zfill(2) for name in ("year", "month", "day") if name in keys)]
    texts += [keys[name] for name in _DAY_KEYS if name in keys]
    for text in texts:
        found = _DAY.fullmatch(text)
        if found:
            try:
                return date(*map(int, found.groups()))
            except ValueError:
                return None
    return None


def without_older(source: Source, plan: Plan) -> Source:
    """Leave out the files of days that lie before the window, by the names of their folders.

    An event may come in late, but not before it happens: none in the folder of a day is younger
    than that day.

    Parameters
    ----------
    source : Source
    plan : Plan

    Returns
    -------
    Source
    """
    if plan.log.window is None:
        return source
    days = _days(source.files, source.root)
    if not days:
        return source
    oldest = max(days.values()) - plan.log.window - _MORE
    closed = {file for file, day in days.items() if day < oldest}
    kept = [place for place, file in enumerate(source.files) if file not in closed]
    return replace(
        source,
        files=tuple(source.files[place] for place in kept),
        stamps=tuple(source.stamps[place] for place in kept),
        closed=tuple(sorted(closed)),
    )


def begin_of(con: Backend, rows: ir.Table, source: Source, plan: Plan) -> int | None:
    """Tell where the window begins: so long before the newest event; None where all is read.

    Parameters
    ----------
    con : ibis.backends.duckdb.Backend
    rows : ibis.Table
        From `microlift.events.normalise.rows_of`.
    source : Source
        From `without_older`.
    plan : Plan

    Returns
    -------
    int or None
        Microseconds since 1970 UTC.

    Raises
    ------
    EventsError
        If a file that is passed over may hold events of the window.
    """
    if plan.log.window is None:
        return None
    newest = con.to_pyarrow(rows.t.max(where=rows.readable)).as_py()
    begin = None if newest is None else int(newest) - micros(plan.log.window)
    if source.closed:
        _check_closed(source, begin)
    return begin


def within(rows: ir.Table, begin: int | None) -> ir.Table:
    """Keep the rows from `begin` on, and those whose time cannot be read: somebody counts these."""
    return rows if begin is None else rows.filter(~rows.readable | (rows.t >= begin))


def count_before(con: Backend, rows: ir.Table, begin: int | None) -> dict[str, int]:
    """Count the rows that lie before the window, under the reason why they are left out."""
    if begin is None:
        return {}
    before = rows.filter(rows.readable & (rows.t < begin))
    count = int(con.to_pyarrow(before.count()).as_py())
    return {BEFORE: count} if count else {}


def window_notes(plan: Plan, source: Source, begin: int | None) -> list[str]:
    """Say that a part of the log is read, and of how many files."""
    if begin is None or plan.log.window is None:
        return []
    said = (
        f"Of the log the last {format_duration(plan.log.window)} are read (log.window), from "
        f"{_moment(begin):%Y-%m-%d %H:%M} UTC on; what users did before is not known."
    )
    closed = len(source.closed)
    if closed:
        many = closed + len(source.files)
        said += f" {closed:,} of {many:,} files are of days before and were not opened."
    return [said]


def _check_closed(source: Source, begin: int | None) -> None:
    """Refuse folders whose names promise younger events than there are: such as of a year 9999."""
    last = max(_days(source.closed, source.root).values())
    over = datetime(last.year, last.month, last.day, tzinfo=UTC) + _END_OF_DAY
    if begin is not None and over <= _moment(begin):
        return
    newest = max(_days(source.files, source.root).values())
    since = "nowhere, for want of a time" if begin is None else f"on {_moment(begin):%Y-%m-%d}"
    raise EventsError(
        f"The newest folder of {source.given!r} is of {newest}, yet log.window, counted back from "
        f"the newest event, begins {since}: folders up to {last} were passed over, and may hold "
        "events of it. A part of the window would be missing. Remove or rename the folders of "
        "days that have no events, or leave log.window out of the plan."
    )


def _days(files: tuple[Path, ...], root: Path) -> dict[Path, date]:
    """The days of the files whose folders name one."""
    return {file: day for file in files if (day := day_of(file, root)) is not None}


def _moment(micros: int) -> datetime:
    return datetime.fromtimestamp(micros / 1e6, UTC)
