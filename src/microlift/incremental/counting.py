"""Counting moments where those of closed users were counted before.

A user is *closed* when nothing of the user's moments can change by more days alone: each is mature,
and with the clock the user is no longer at risk. Cells are sums over users, so

    cells now = cells kept - cells of those who are closed no more, as they were
                + cells of those who are closed since + cells of those who are open,

exactly, as whole numbers. Closed no more are users with new events, and users whose first touch
reads otherwise now (its labels are chosen over all users).
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from microlift.events import EventLog
from microlift.events.parts import in_parts, part_of
from microlift.incremental import tables
from microlift.incremental.cells import Cells
from microlift.incremental.support import margin
from microlift.moments.counting import (
    Counted,
    Totals,
    _count_part,
    _merge,
    _together,
    moment_tables,
    one_in,
    parts_of,
)
from microlift.moments.passed import Passed, follow
from microlift.moments.space import Field, Scheme

_NOBODY = 1 << 62  # one in so many users: no whole journeys
FEW = 0.25  # of the open users: so many that are closed since are not worth a count of their own
TABLES = {"doers": ["ever", "converted"], "firsts": ["fresh", "tied"], "macro_visits": ["held"]}


@dataclass(frozen=True, eq=False)
class Sums:
    """What is counted of some users: everything that adds up over them."""

    cells: Cells
    doers: pd.DataFrame
    firsts: pd.DataFrame
    macro_visits: pd.DataFrame
    occurrences: tuple[int, ...]
    totals: tuple[int, ...]  # covered, macros, revenue, users with a macro

    def plus(self, other: "Sums", sign: int = 1) -> "Sums":
        """Add what is counted of others, or take it away."""
        frames = {
            name: _signed(getattr(self, name), getattr(other, name), keys, sign)
            for name, keys in TABLES.items()
        }
        return Sums(
            cells=self.cells.plus(other.cells, sign),
            occurrences=_sum(self.occurrences, other.occurrences, sign),
            totals=_sum(self.totals, other.totals, sign),
            **frames,
        )


@dataclass(frozen=True, eq=False)
class Before:
    """What was counted of closed users at the last run."""

    sums: Sums
    scheme: Scheme
    labels: dict[str, list[str]]


@dataclass(frozen=True, eq=False)
class Result:
    """What was counted now, and of whom it need not be counted again."""

    counted: Counted
    closed: Before
    again: int


def count_kept(log: EventLog, scheme: Scheme, before: Before | None) -> Result:
    """Count the moments of a log from a state.

    Parameters
    ----------
    log
        With the tables of `microlift.incremental.tables` beside its events.
    scheme
        What a cell's key is made of now.
    before
        None where nothing was counted yet, or nothing of it is of use.
    """
    con, labels = log.con, {name: list(of) for name, of in log.facts.attributes.items()}
    if before and not _comparable(before, scheme):
        before = None
    _sort_users(log, before)
    some = {
        how: tables.number(con, f"SELECT count(*) FROM sorted_users WHERE {how}")
        for how in ("gone", "since", "NOT stays AND NOT since")
    }
    gone, since, still_open = some.values()
    if before is None:
        closed = _count(log, scheme, _events_of("since"))
    else:
        sums = before.sums
        if gone:
            left = _count(log, before.scheme, _old_events(log, before))
            sums = sums.plus(left, -1)
        told = {name: (of, labels[name]) for name, of in before.labels.items()}
        closed = replace(sums, cells=sums.cells.recoded(before.scheme, scheme, told))
        # Where few are closed since, they are counted with the open ones until they are many.
        if since > FEW * still_open:
            closed = closed.plus(_count(log, scheme, _events_of("since")))
        else:
            tables.run(con, "UPDATE sorted_users SET since = false, now = stays")
    rest = _count(log, scheme, _events_of("NOT stays AND NOT since"))
    again = tables.number(con, "SELECT count(*) FROM sorted_users WHERE NOT stays")
    counted = _counted(log, scheme, closed.plus(rest))
    return Result(counted, Before(closed, scheme, labels), again)


def _comparable(before: Before, scheme: Scheme) -> bool:
    """Whether cells of then can be told in the words of now."""
    old, new = before.scheme, scheme
    plain = [f for f in old.features if not _is_attribute(f)]
    return (
        old.starts == new.starts
        and old.actions == new.actions
        and plain == [f for f in new.features if not _is_attribute(f)]
        and set(old.steps) <= set(new.steps)
    )


def _is_attribute(field: Field) -> bool:
    return field.name[0] == "a" and field.name[1:].isdigit()


def _sort_users(log: EventLog, before: Before | None) -> None:
    """Tell of each user how to count.

    ``sorted_users``: user (the place), id, part, labels (codes of now), was (those of then), now
    (closed, and counted so), last (the time of the last event), stays (as counted
    then), gone (closed then, and other now), since (closed now, and not counted so then).
    """
    names = list(log.facts.attributes)
    now = ", ".join(f"a{i}" for i in range(len(names))) or "''"
    then = "labels"
    if before:
        cases = []
        for i, name in enumerate(names):
            old = {label: code for code, label in enumerate(before.labels.get(name, []))}
            pairs = enumerate(log.facts.attributes[name])
            told = " ".join(f"WHEN {code} THEN {old.get(label, -1)}" for code, label in pairs)
            cases.append(f"CASE a{i} {told} ELSE -1 END")
        then = f"concat_ws(',', {', '.join(cases) or chr(39) * 2})"
    usable = "u.closed" if before else "false"
    tables.run(
        log.con,
        f"""
        CREATE OR REPLACE TEMP TABLE sorted_users AS
        WITH moved AS (
            SELECT user, max(t) AS t FROM events
            WHERE user IN (SELECT number FROM users WHERE id IN (SELECT id FROM touched))
            GROUP BY user
        ), told AS (
            SELECT u.number::BIGINT AS user, u.id, u.part, u.labels AS was,
                   concat_ws(',', {now}) AS labels, coalesce(e.t, u.last) AS last,
                   coalesce(e.t, u.last) + {margin(log.plan)} <= {log.facts.last_us} AS now,
                   {usable} AS before,
                   {usable} AND u.labels IS NOT DISTINCT FROM {_of_then(then)}
                   AND u.id NOT IN (SELECT id FROM touched) AS stays
            FROM users u JOIN traits a ON u.number = a.user LEFT JOIN moved e ON u.number = e.user
        )
        SELECT user, id, part, was, labels, last, now, stays, before AND NOT stays AS gone,
               now AND NOT stays AS since
        FROM told
        """,
    )


def _of_then(then: str) -> str:
    return then if then != "labels" else "NULL"


def _events_of(how: str) -> str:
    return f"SELECT e.* FROM events e WHERE e.user IN (SELECT user FROM sorted_users WHERE {how})"


def _old_events(log: EventLog, before: Before) -> str:
    """Events of users who are closed no more, as they were when they were counted."""
    columns = log.events.columns
    place = {
        "user": "s.user",
        "bucket": "u.bucket::SMALLINT",
        "event": "0",
        **{
            f"a{i}": f"split_part(s.was, ',', {i + 1})::SMALLINT" for i in range(len(before.labels))
        },
    }
    chosen = ", ".join(f"{place.get(name, 'e.' + name)} AS {name}" for name in columns)
    return (
        f"SELECT {chosen} FROM kept_events e JOIN users u ON e.id = u.id AND e.part = u.part "
        "JOIN sorted_users s ON u.id = s.id AND s.gone"
    )


def _count(log: EventLog, scheme: Scheme, events: str) -> Sums:
    """Count the moments of some users, in parts as the whole log is."""
    tables.run(log.con, f"CREATE OR REPLACE TEMP TABLE some_events AS {events}")
    some = EventLog(log.plan, log.con, log.con.table("some_events"), log.facts, log.source)
    parts = in_parts(some.events, parts_of(log))
    counted = [_count_part(some, part, scheme, _NOBODY) for part in parts]
    tables.run(log.con, "DROP TABLE some_events")
    totals = np.array([_numbers(part.totals) for part in counted]).sum(axis=0)
    return Sums(
        cells=Cells.of(pd.concat([part.cells for part in counted], ignore_index=True), scheme),
        occurrences=tuple(np.sum([part.occurrences for part in counted], axis=0).tolist()),
        totals=tuple(totals.tolist()),
        **{
            name: _merge([getattr(part, name) for part in counted], keys)
            for name, keys in TABLES.items()
        },
    )


def _numbers(totals: Totals) -> tuple[int, ...]:
    return totals.covered, totals.macros, totals.revenue, totals.all_macro_users


def _counted(log: EventLog, scheme: Scheme, sums: Sums) -> Counted:
    """What `microlift.moments.counting.count` gives: the same rows in the same order."""
    parts, every = parts_of(log), one_in(log)
    whole = sums.cells.frame(scheme)
    cells = [whole]
    if parts > 1:
        place = part_of(whole["bucket"].to_numpy(), parts)
        cells = [whole[place == part].reset_index(drop=True) for part in range(parts)]
    samples = []
    for part, chosen in zip(cells, in_parts(log.events, parts), strict=True):
        if every > 1:
            chosen = chosen.filter(chosen.user % every == 0)
        with moment_tables(log, chosen, scheme) as (_, tables):
            samples.append(follow(log, tables, scheme, part, every))
    silent = log.facts.users - int(sums.doers["n"].sum())
    doers = sums.doers
    if silent:
        none = pd.DataFrame({"ever": [0], "converted": [0], "n": [silent]})
        doers = _merge([doers, none], ["ever", "converted"])
    covered, macros, revenue, all_macro_users = sums.totals
    return Counted(
        cells=_together(cells),
        doers=doers.rename(columns={"n": "users"}),
        occurrences=sums.occurrences,
        firsts=sums.firsts,
        macro_visits=sums.macro_visits,
        totals=Totals(log.facts.users, covered, macros, revenue, all_macro_users),
        sample=Passed.together(samples, [len(part) for part in cells]),
    )


def _sum(mine: tuple[int, ...], theirs: tuple[int, ...], sign: int) -> tuple[int, ...]:
    return tuple(a + sign * b for a, b in zip(mine, theirs, strict=True))


def _signed(mine: pd.DataFrame, theirs: pd.DataFrame, keys: list[str], sign: int) -> pd.DataFrame:
    merged = _merge([mine, theirs.assign(n=sign * theirs["n"])], keys)
    return merged[merged["n"] != 0].reset_index(drop=True)
