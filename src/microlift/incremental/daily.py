"""A run that reads what is new: the log, its moments, and the state for the run after it."""

from dataclasses import dataclass
from functools import partial
from os import fspath
from pathlib import Path

from microlift.errors import InputError
from microlift.events import EventLog, read_events
from microlift.events.aside import room_aside
from microlift.folder import held
from microlift.incremental.counting import Before, Result, count_kept
from microlift.incremental.keeping import counted_before, keep
from microlift.incremental.reading import Read, read_kept
from microlift.incremental.store import Store
from microlift.incremental.support import unkept
from microlift.moments import Moments, moments
from microlift.moments.counting import Counted
from microlift.moments.space import Scheme
from microlift.plan import Plan


@dataclass(frozen=True)
class StateTold:
    """What a run did with its state, in words.

    Attributes
    ----------
    sentence
        One line for people.
    files, new
        How many files the log has, and how many of them were read.
    users, again
        How many users there are, and how many were counted again.
    reason
        Why everything was read; empty where it was not.
    """

    sentence: str
    files: int
    new: int
    users: int
    again: int
    reason: str = ""

    def __str__(self) -> str:
        return self.sentence


def read_and_count(
    events: str | Path, plan: Plan, state: Path, *, quiet: bool = True
) -> tuple[EventLog, Moments, StateTold]:
    """Read a log and count its moments, as far as a state does not know of them; keep the rest.

    The state is written as soon as moments are counted: it holds what was read, and no result.

    Raises
    ------
    BusyError
        Where another run holds the state.
    InputError
        Where the state lies inside the log, or cannot be used and must not be made anew.
    """
    _need_apart(fspath(events), state)
    with held(state):
        return _with_state(fspath(events), plan, Store(state), quiet)


def _with_state(
    events: str, plan: Plan, store: Store, quiet: bool
) -> tuple[EventLog, Moments, StateTold]:
    if why := unkept(plan):
        return _in_full(events, plan, store, why, quiet)
    read = read_kept(events, plan, store)
    log = read.log
    try:
        results: list[Result] = []
        log.counted = partial(_count, log, counted_before(read.kept, store), results)
        with room_aside(log.con):
            found = moments(log)
        # Within: a state on a full disk is said otherwise than rows that wait to be written to it.
        with store.room(read.kept), room_aside(log.con):
            keep(read, results[0].closed, store)
    except BaseException:
        log.close()
        raise
    log.counted = None
    return log, found, _told(read, results[0])


def _in_full(
    events: str, plan: Plan, store: Store, why: str, quiet: bool
) -> tuple[EventLog, Moments, StateTold]:
    """Read a log of which no state is kept, unless somebody in it is to be left out."""
    if forgotten := store.forgotten():
        raise InputError(
            f"The state {str(store.folder)!r} has {len(forgotten):,} forgotten users, but of this "
            f"plan no state is kept ({why}), and a full reading would bring them back. Delete them "
            "from the log and name no state, or change the plan."
        )
    log = read_events(events, plan, quiet=quiet)
    said = f"State: the log was read in full and nothing of it kept, since {why}."
    files, users = len(log.source.files), log.facts.users
    return log, moments(log), StateTold(said, files, files, users, users, why)


def _need_apart(events: str, state: Path) -> None:
    """Refuse a state inside the log: its tables would be read as events."""
    log, kept = Path(events).expanduser().resolve(), state.expanduser().resolve()
    if log.is_dir() and kept.is_relative_to(log):
        raise InputError(
            f"The state {str(state)!r} lies inside the log {events!r}, so the next run would read "
            "its tables as events. Name a folder beside the log."
        )


def _count(log: EventLog, before: Before | None, results: list[Result], scheme: Scheme) -> Counted:
    results.append(count_kept(log, scheme, before))
    return results[-1].counted


def _told(read: Read, result: Result) -> StateTold:
    files, users = len(read.files), read.log.facts.users
    if read.kept is None:
        said = f"State: all {files:,} files were read ({read.reason})."
    else:
        said = (
            f"State: {read.new:,} of {files:,} files were read, {result.again:,} of {users:,} "
            "users counted again; the rest was known."
        )
    return StateTold(said, files, read.new, users, result.again, read.reason)
