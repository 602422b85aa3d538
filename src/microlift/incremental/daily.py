"""A run that reads what is new: the log, its moments, and the state for the run after it."""

from dataclasses import dataclass
from functools import partial
from os import fspath
from pathlib import Path

from microlift.events import EventLog
from microlift.incremental.counting import Before, Result, count_kept
from microlift.incremental.keeping import counted_before, keep
from microlift.incremental.reading import Read, read_kept
from microlift.incremental.store import Store
from microlift.moments import Moments, moments
from microlift.moments.counting import Counted
from microlift.moments.space import Scheme
from microlift.plan import Plan


@dataclass(frozen=True)
class Told:
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
) -> tuple[EventLog, Moments, Told]:
    """Read a log and count its moments, as far as a state does not know of them; keep the rest.

    The state is written as soon as moments are counted: it holds what was read, and no result.
    """
    store = Store(state)
    read = read_kept(fspath(events), plan, store, quiet=quiet)
    log = read.log
    try:
        results: list[Result] = []
        log.counted = partial(_count, log, counted_before(read.kept, store), results)
        found = moments(log)
        keep(read, results[0].closed, store)
    except BaseException:
        log.close()
        raise
    log.counted = None
    return log, found, _told(read, results[0])


def _count(
    log: EventLog, before: Before | None, results: list[Result], scheme: Scheme
) -> Counted:
    results.append(count_kept(log, scheme, before))
    return results[-1].counted


def _told(read: Read, result: Result) -> Told:
    files, users = len(read.files), read.log.facts.users
    if read.kept is None:
        said = f"State: all {files:,} files were read ({read.reason})."
    else:
        said = (
            f"State: {read.new:,} of {files:,} files were read, {result.again:,} of {users:,} "
            "users counted again; the rest was known."
        )
    return Told(said, files, read.new, users, result.again, read.reason)
