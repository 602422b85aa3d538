"""Reading an event log: from files to the canonical events, or to one clear refusal."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from os import PathLike, fspath
from types import TracebackType
from typing import Any, NoReturn, Self

import duckdb
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend
from tqdm.auto import tqdm

from microlift.asked import as_asked
from microlift.card import card_html, card_text, next_line
from microlift.errors import EventsError
from microlift.events import quality
from microlift.events.amounts import check_amounts
from microlift.events.aside import lay_aside, room_aside, take_away
from microlift.events.attributes import make_traits
from microlift.events.door import keep_counts
from microlift.events.engine import close, connect, of_the_files
from microlift.events.facts import LogFacts, count_events
from microlift.events.files import Source, empty_log, find_files
from microlift.events.formats import find_sources, read_format, read_sources
from microlift.events.layout import layout_of
from microlift.events.limits import check_room, settle
from microlift.events.lines import count_lost_lines
from microlift.events.money import minor_digits
from microlift.events.normalise import CODED, Coded, code_rows, make_kinds, rows_of
from microlift.events.order import order_events
from microlift.events.repeat import count_whole, repeat_notes
from microlift.events.shards import compare_files
from microlift.events.sources import open_source
from microlift.events.stretches import drop_stretches
from microlift.events.watching import watched
from microlift.events.window import begin_of, count_before, window_notes, within, without_older
from microlift.plan import AFTER_MACRO, Action, Plan
from microlift.progress import shows_progress

SHOWN = 100  # characters of a name or label of the log
_NEXT = "ml.check_log(log), then ml.moments(log)"

# Tables that the canonical events were made from.
_PASSING = ("users", "kinds", "traits", "session_ids", "click_ids", "ruled_rows")


class EventLog:
    """An event log, normalised: integers only, in one order, with nothing missing.

    The events live in the engine and not in Python. Close the log when done, or use it in a
    ``with`` statement; at the exit of Python it closes itself.

    Attributes
    ----------
    plan : Plan
    con : ibis.backends.duckdb.Backend
        The engine that holds the events.
    events : ibis.Table
        user (dense), bucket (0..127, by the user's id alone), t (microseconds since 1970 UTC), seq
        (the order within a user), event (a code; -1 where the row is no event, but a state that
        a rule of the plan says is reached between events), mask (bit i: an occurrence of
        ``plan.actions[i]``), macro (0 or 1), value (minor units, 0 where none), session (1.. per
        user), opens (1 on the first event of a session), away (begun hours of quiet before the
        session, at most 255; 0 for the first), tie (1 where a neighbour has the same time and
        sequence, so that the log does not tell which came first), a0.. (first-touch code of each
        attribute), and where the plan maps click ids, click (a number for each; 0 where there is
        none). With ``macro: {repeat: true}``, what follows each user's first macro: that one
        opens the first session, as an event that is none.
    facts : LogFacts
    source : Source
        The files, which the engine may read again.
    begin : int or None
        Where the plan's window begins, in microseconds; the files may hold more.
    """

    def __init__(
        self,
        plan: Plan,
        con: Backend,
        events: ir.Table,
        facts: LogFacts,
        source: Source,
        begin: int | None = None,
    ) -> None:
        self.plan = plan
        self.con = con
        self.events = events
        self.facts = facts
        self.source = source
        self.begin = begin
        self.closed = False
        # How its moments are counted, where it comes from a state that has counted some before.
        self.counted: Callable[[Any], Any] | None = None

    def close(self) -> None:
        """Drop the events and remove the temporary folder; a second call does nothing."""
        self.closed = True
        close(self.con)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __str__(self) -> str:
        return card_text("Event log", self._summary())

    def __repr__(self) -> str:
        return f"{self}\n{next_line(_NEXT)}"

    def _repr_html_(self) -> str:
        return card_html("Event log", self._summary(), _NEXT)

    def _summary(self) -> list[tuple[str, str]]:
        facts = self.facts
        left_out = {**facts.rejected, "exact duplicates": facts.duplicates}
        said = ", ".join(f"{reason} {count:,}" for reason, count in left_out.items() if count)
        return [
            ("events", f"{facts.events:,} of {facts.rows:,} rows"),
            ("left out", said or "nothing"),
            ("users", f"{facts.users:,}"),
            ("sessions", f"{facts.sessions:,}"),
            *([("repeat", facts.whole.told)] if facts.whole else []),
            ("window", f"{facts.first:%Y-%m-%d %H:%M} to {facts.last:%Y-%m-%d %H:%M} UTC"),
            ("macros", f"{facts.macros:,}{self._worth()}"),
            *((f"action {action.name}", self._told(action)) for action in self.plan.actions),
            *(
                (f"attribute {name[:SHOWN]}", ", ".join(label[:SHOWN] for label in of))
                for name, of in facts.attributes.items()
            ),
            ("fingerprint", facts.fingerprint),
            *(("note", note) for note in facts.notes),
        ]

    def _told(self, action: Action) -> str:
        """Count an action, and say of one that is more than an event what it is."""
        if not self.plan.takes_part(action):
            return AFTER_MACRO
        rule = f" ({action.rule})" if action.ruled else ""
        return f"{self.facts.action_counts[action.name]:,}{rule}"

    def _worth(self) -> str:
        facts = self.facts
        if facts.currency is None:
            return ""
        amount = facts.value / 10**facts.minor_digits
        return f" worth {amount:,.{facts.minor_digits}f} {facts.currency}"


@as_asked
def read_events(  # noqa: PLR0913 - three of them are what the engine may take
    path: str | PathLike[str],
    plan: Plan,
    *,
    threads: int | None = None,
    quiet: bool | None = None,
    no_macro: bool = False,
    memory: str | None = None,
    temp_dir: str | PathLike[str] | None = None,
) -> EventLog:
    r"""Read an event log as the plan says: clean, ordered, in sessions, as integers.

    The result hangs on the set of rows alone: not on their order, on how they are split into
    files, or on threads.

    Parameters
    ----------
    path : str or path
        A Parquet, CSV or JSON-lines file (the text ones also .gz), a folder with all below it
        (also ``key=value`` folders), or a glob.
    plan : Plan
        Names the columns, the time zone of times without one, the session gap, the rules.
    threads : int, optional
        Default as ``engine.threads`` of the plan says, else one a core.
    quiet : bool, optional
        Whether to show no progress. By default it is shown where somebody watches: in a terminal,
        and in a notebook that is open.
    no_macro : bool, default False
        Whether the log may lack the macro: to look for where visitors are lost when nobody
        converts. Nothing can be estimated from such a log.
    memory : str, optional
        What the engine may hold, such as ``"1GB"``; the rest waits on disk. Default as
        ``engine.memory`` of the plan says, else half of the machine's memory. The process holds
        300 MB more, of many millions of events 1 GB.
    temp_dir : str or path, optional
        The folder in which what does not fit waits, in a private folder of its own; default as
        ``engine.temp_dir`` of the plan says, else that of the system.

    Returns
    -------
    EventLog

    Raises
    ------
    InputError
        If `memory` is no size, `temp_dir` cannot be written, or the log is larger than both
        together.
    EventsError
        If the log is missing or empty, lacks a column or an event of the plan, has no macro, too
        many unusable rows, negative or mixed money, or spans less than the horizon.

    Notes
    -----
    Cost: about ten times the reading of the user column; memory for about 100 bytes an event, of
    which the engine spills to disk what is above half of the machine's memory.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp(), "log.csv")
    >>> _ = file.write_text(
    ...     "user_id,timestamp,event\n"
    ...     "ann,2024-07-01T10:00:00Z,view\n"
    ...     "ann,2024-07-01T10:05:00Z,buy\n"
    ...     "bob,2024-07-03T10:00:00Z,view\n"
    ... )
    >>> plan = Plan.from_dict({
    ...     "macro": {"event": "buy", "value": 20.0},
    ...     "horizon": "1d",
    ...     "actions": [{"name": "view", "event": "view"}],
    ... })
    >>> with read_events(file, plan) as log:
    ...     log.facts.users, log.facts.sessions, log.facts.macros, log.facts.value
    (2, 2, 1, 2000)
    """
    limits = settle(plan, memory=memory, threads=threads, temp_dir=temp_dir)
    source, parts = find_sources(fspath(path), plan) if plan.log.sources else (find_files(path), [])
    if not parts:
        source = without_older(source, plan)
    # Flat Parquet is read a few times; everything else once, and then laid aside.
    flat = source.format == "parquet" and not parts and plan.log.format is None
    check_room(source, limits)
    con = connect([source.root], limits=limits, keep_files=flat)
    # Closed before a refusal is printed: the message must not stand behind half a bar.
    steps = tqdm(
        total=4, desc="read events", unit="step", disable=not shows_progress(quiet), leave=False
    )
    try:
        with steps, watched(con, steps), room_aside(con):
            return _read(source, parts, plan, con, steps, no_macro)
    except duckdb.Error as error:
        close(con)
        if not of_the_files(error):
            raise
        raise unreadable(source, error) from error
    except BaseException:
        close(con)
        raise


def _read(
    source: Source,
    parts: list[Source],
    given: Plan,
    con: Backend,
    steps: "tqdm[NoReturn]",
    no_macro: bool,
) -> EventLog:
    opened = _opened(source, parts, given.heard, con)
    rows, plan, lost = opened.rows, opened.plan, opened.lost
    kinds = make_kinds(con, rows, plan)
    total = int(con.to_pyarrow(rows.count()).as_py()) + lost
    if total == 0:
        raise empty_log(source)
    # Typed rows are judged at once. Parquet is judged when it is coded, which saves a pass over
    # it, unless not one row has an event: then there is nothing to code.
    rejected = {"unreadable line": lost} if lost else {}
    typed = source.format != "parquet" or opened.adapted
    if typed or con.to_pyarrow(kinds.count()).as_py() == 0:
        rejected |= quality.count_rejected(con, rows)
    quality.check_rejected(con, source, total, rejected, plan)
    notes = [*opened.notes, *quality.check_names(con, kinds, given, no_macro)]
    notes += [*quality.say_broken(con, source, rejected), *check_amounts(con, rows, plan)]
    steps.update()
    coded = code_rows(con, rows, kinds, plan)
    used = int(con.to_pyarrow(coded.rows.count()).as_py())
    if used < total and not rejected:
        rejected = quality.count_rejected(con, rows)
        quality.check_rejected(con, source, total, rejected, plan)
    if opened.adapted:
        keep_counts(con, rows)
    take_away(con, "typed_rows")
    notes += quality.check_macros(con, coded, plan, no_macro)
    currency, assumed = quality.choose_currency(opened.currency, plan)
    steps.update()
    traits, labels, late = make_traits(con, coded, plan)
    events, unknown, kept = order_events(con, coded, traits, plan, currency, bool(steps.disable))
    whole = count_whole(con, events, coded, plan, kept) if plan.macro.repeat else None
    steps.update()
    counts = count_events(con, events, coded, given, whole)
    quality.check_window(counts["first_us"], counts["last_us"], plan)
    rejected |= opened.left_out
    facts = LogFacts(
        rows=total + sum(opened.left_out.values()),
        duplicates=used - (whole.events if whole else counts["events"]),
        rejected=rejected,
        currency=currency,
        minor_digits=minor_digits(currency),
        attributes=labels,
        whole=whole,
        **counts,
    )
    facts.notes.extend([*quality.notes(facts, given), *notes, *assumed, *late, *unknown])
    facts.notes.extend(repeat_notes(whole) if whole else [])
    if plan.macro.repeat:  # users are numbered anew: kept for those who ask who they are
        numbers = traits.select("number", whole="user")
        con.create_table("user_numbers", numbers, temp=True)
    _clear(con, coded)
    steps.update()
    return EventLog(given, con, events, facts, source, opened.begin)


def _clear(con: Backend, coded: Coded) -> None:
    drop_stretches(con, CODED, coded.stretches)
    for name in _PASSING:
        con.drop_table(name, force=True)


@dataclass(frozen=True)
class _Opened:
    """The rows of a log, the plan that reads them, and what is known of them before they are read.

    The currency is that of the macros; `lost` lines became no row; `left_out` rows are not among
    them, for no fault of the export. `adapted` rows have other columns than the files. `begin` is
    where the plan's window begins.
    """

    rows: ir.Table
    plan: Plan
    currency: str | None
    lost: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    adapted: bool = False
    begin: int | None = None


def _opened(source: Source, parts: list[Source], plan: Plan, con: Backend) -> _Opened:
    """Open a log, and leave out what lies before the window of the plan."""
    opened = _open_known(source, parts, plan, con) or _open(source, plan, con)
    begin = begin_of(con, opened.rows, source, opened.plan)
    left_out = opened.left_out | count_before(con, opened.rows, begin)
    notes = [*window_notes(opened.plan, source, begin), *opened.notes]
    rows = within(opened.rows, begin)
    return replace(opened, rows=rows, left_out=left_out, notes=notes, begin=begin)


def _open_known(source: Source, parts: list[Source], plan: Plan, con: Backend) -> _Opened | None:
    """Open a log of a known format, or of several sources; None where it is neither."""
    if parts:
        flat, lost = read_sources(parts, con, plan)
    elif plan.log.format is not None:
        flat = read_format(source, con, plan)
        lost = count_lost_lines(source, con, flat.total) if source.format == "csv" else 0
    else:
        return None
    layout = layout_of(flat.plan)
    currency = quality.find_currency(con, flat.rows, layout, flat.plan)
    rows = lay_aside(con, "typed_rows", rows_of(flat.rows, layout, flat.plan))
    for name in flat.scratch:
        take_away(con, name)
    return _Opened(rows, flat.plan, currency, lost, flat.left_out, flat.notes, adapted=True)


def _open(source: Source, plan: Plan, con: Backend) -> _Opened:
    layout = layout_of(plan)
    notes = compare_files(source, layout.names, layout.needed(source.format))
    raw = open_source(source, con, layout.names)
    if source.format == "parquet":
        currency = quality.find_currency(con, raw, layout, plan)
        return _Opened(rows_of(raw, layout, plan), plan, currency, notes=notes)
    # Text is parsed once: that costs more than all that is done with it afterwards.
    raw = lay_aside(con, "raw_rows", raw)
    read = int(con.to_pyarrow(raw.count()).as_py())
    lost = count_lost_lines(source, con, read) if source.format == "csv" else 0
    currency = quality.find_currency(con, raw, layout, plan)
    rows = lay_aside(con, "typed_rows", rows_of(raw, layout, plan))
    take_away(con, "raw_rows")
    return _Opened(rows, plan, currency, lost, notes=notes)


def open_again(log: EventLog) -> ir.Table:
    """Rows of a log as they stand in its files, of valid users and others; see `rows_of`."""
    plan, source = log.plan, log.source
    parts = find_sources(source.given, plan)[1] if plan.log.sources else []
    opened = _open_known(source, parts, plan.heard, log.con) or _open(source, plan.heard, log.con)
    return within(opened.rows, log.begin)


def unreadable(source: Source, error: duckdb.Error) -> EventsError:
    """Make the refusal of files that the engine cannot read."""
    said = str(error).splitlines()[0][:300].rstrip(".")
    return EventsError(
        f"The log {source.given!r} ({len(source.files):,} files) cannot be read as "
        f"{source.format}: {said}. Nothing was estimated. Check the file that is named, or export "
        "it again."
    )
