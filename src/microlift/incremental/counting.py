"""Counting moments where those of closed users were counted before.

A user is *closed* when nothing of the user's moments can change by more days alone: each is mature,
and with the clock the user is no longer at risk. Cells are sums over users, so

    cells now = cells kept - cells of those who are closed no more, as they were
                + cells of those who are closed since + cells of those who are open,

exactly, as whole numbers. Closed no more are users with new events, and users whose first touch
reads otherwise now (its labels are chosen over all users).
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from microlift.events import EventLog
from microlift.incremental import tables
from microlift.incremental.support import margin
from microlift.moments.counting import (
    COUNTS,
    Counted,
    Totals,
    _count_part,
    _merge,
    moment_tables,
    one_in,
    parts_of,
)
from microlift.moments.passed import Passed, follow
from microlift.moments.space import FIRST_STEP, Field, Scheme, pack, unpack

_NOBODY = 1 << 62  # one in so many users: no whole journeys
_TABLES = {"doers": ["ever", "converted"], "firsts": ["fresh", "tied"], "macro_visits": ["held"]}
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Sums:
    """What is counted of some users: everything that adds up over them."""

    cells: pd.DataFrame
    doers: pd.DataFrame
    firsts: pd.DataFrame
    macro_visits: pd.DataFrame
    occurrences: tuple[int, ...]
    totals: tuple[int, int, int, int]  # covered, macros, revenue, users with a macro

    @classmethod
    def together(cls, parts: list[tuple[int, "Sums"]], scheme: Scheme) -> "Sums":
        """Add sums up; each has a sign."""
        frames = {
            name: _signed([(sign, getattr(part, name)) for sign, part in parts], keys)
            for name, keys in _TABLES.items()
        }
        return cls(
            cells=_add_cells([(sign, part.cells) for sign, part in parts], scheme),
            occurrences=_sum([(sign, part.occurrences) for sign, part in parts]),
            totals=_sum([(sign, part.totals) for sign, part in parts]),  # type: ignore[arg-type]
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
    parts: list[tuple[int, Sums]] = []
    if before:
        left = _count(log, before.scheme, _old_events(log, before), gone=True)
        own = Sums.together([(1, before.sums), (-1, left)], before.scheme)
        parts.append((1, replace(own, cells=_recoded(own.cells, before, scheme, labels))))
    parts.append((1, _count(log, scheme, _events_of(log, "since"))))
    closed = Sums.together(parts, scheme)
    every = Sums.together([(1, closed), (1, _count(log, scheme, _events_of(log, "open")))], scheme)
    again = tables.number(con, "SELECT count(*) FROM sorted_users WHERE how <> 'stays'")
    return Result(_counted(log, scheme, every), Before(closed, scheme, labels), again)


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
    """Tell of each user how to count: stays, gone (closed no more), since, open.

    ``sorted_users``: user (the place), id, how, now (closed), labels (codes of now), was (of then).
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
    first = ", ".join(f"any_value(a{i}) AS a{i}" for i in range(len(names)))
    usable = "u.closed" if before else "false"
    tables.run(
        log.con,
        f"""
        CREATE OR REPLACE TEMP TABLE sorted_users AS
        WITH ends AS (SELECT user, max(t) AS t {"," if first else ""} {first}
                      FROM events GROUP BY user),
        told AS (
            SELECT u.number::BIGINT AS user, u.id, u.labels AS was,
                   concat_ws(',', {now}) AS labels,
                   e.t + {margin(log.plan)} <= {log.facts.last_us} AS now,
                   {usable} AS before,
                   {usable} AND u.labels IS NOT DISTINCT FROM {_of_then(then)}
                   AND u.id NOT IN (SELECT id FROM touched) AS stays
            FROM users u JOIN ends e ON u.number = e.user
        )
        SELECT user, id, was, labels, now, before,
               CASE WHEN stays THEN 'stays' WHEN now THEN 'since' ELSE 'open' END AS how,
               before AND NOT stays AS gone
        FROM told
        """,
    )


def _of_then(then: str) -> str:
    return then if then != "labels" else "NULL"


def _events_of(log: EventLog, how: str) -> str:
    return (
        "SELECT e.* FROM events e WHERE e.user IN "
        f"(SELECT user FROM sorted_users WHERE how = '{how}')"
    )


def _old_events(log: EventLog, before: Before) -> str:
    """Events of users who are closed no more, as they were when they were counted."""
    columns = log.events.columns
    place = {
        "user": "s.user",
        "bucket": "u.bucket::SMALLINT",
        "event": "0",
        **{
            f"a{i}": f"split_part(s.was, ',', {i + 1})::SMALLINT"
            for i in range(len(before.labels))
        },
    }
    chosen = ", ".join(f"{place.get(name, 'e.' + name)} AS {name}" for name in columns)
    return (
        f"SELECT {chosen} FROM kept_events e JOIN sorted_users s ON e.id = s.id AND s.gone "
        "JOIN users u ON u.id = s.id"
    )


def _count(log: EventLog, scheme: Scheme, events: str, *, gone: bool = False) -> Sums:
    """Count the moments of some users, in parts as the whole log is."""
    name = "gone_events" if gone else "some_events"
    tables.run(log.con, f"CREATE OR REPLACE TEMP TABLE {name} AS {events}")
    some = EventLog(log.plan, log.con, log.con.table(name), log.facts, log.source)
    parts = parts_of(log)
    found = [_count_part(some, scheme, part, parts, _NOBODY) for part in range(parts)]
    sums = [_of_part(part) for part in found]
    tables.run(log.con, f"DROP TABLE {name}")
    return sums[0] if parts == 1 else Sums.together([(1, one) for one in sums], scheme)


def _of_part(part: Counted) -> Sums:
    totals = part.totals
    return Sums(
        part.cells,
        part.doers,
        part.firsts,
        part.macro_visits,
        part.occurrences,
        (totals.covered, totals.macros, totals.revenue, totals.all_macro_users),
    )


def _counted(log: EventLog, scheme: Scheme, sums: Sums) -> Counted:
    """What `microlift.moments.counting.count` gives: the same rows in the same order."""
    parts, every = parts_of(log), one_in(log)
    part_of = sums.cells["bucket"].to_numpy() % parts
    cells = [sums.cells[part_of == part].reset_index(drop=True) for part in range(parts)]
    samples = []
    for part in range(parts):
        chosen = log.events
        if every > 1:
            chosen = chosen.filter(chosen.user % every == 0)
        if parts > 1:
            chosen = chosen.filter(chosen.bucket % parts == part)
        found = moment_tables(log, chosen, scheme)[1]
        samples.append(follow(log, found, scheme, cells[part], every))
    silent = log.facts.users - int(sums.doers["n"].sum())
    doers = sums.doers
    if silent:
        none = pd.DataFrame({"ever": [0], "converted": [0], "n": [silent]})
        doers = _merge([doers, none], ["ever", "converted"])
    covered, macros, revenue, all_macro_users = sums.totals
    return Counted(
        cells=pd.concat(cells, ignore_index=True),
        doers=doers.rename(columns={"n": "users"}),
        occurrences=sums.occurrences,
        firsts=sums.firsts,
        macro_visits=sums.macro_visits,
        totals=Totals(log.facts.users, covered, macros, revenue, all_macro_users),
        sample=Passed.together(samples, [len(part) for part in cells]),
    )


def _sum(parts: list[tuple[int, tuple[int, ...]]]) -> tuple[int, ...]:
    return tuple(sum(sign * n for sign, n in column) for column in _columns(parts))


def _columns(parts: list[tuple[int, tuple[int, ...]]]) -> list[list[tuple[int, int]]]:
    width = len(parts[0][1])
    return [[(sign, numbers[i]) for sign, numbers in parts] for i in range(width)]


def _signed(frames: list[tuple[int, pd.DataFrame]], keys: list[str]) -> pd.DataFrame:
    merged = _merge([frame.assign(n=sign * frame["n"]) for sign, frame in frames], keys)
    return merged[merged["n"] != 0].reset_index(drop=True)


def _recoded(
    cells: pd.DataFrame, before: Before, scheme: Scheme, labels: dict[str, list[str]]
) -> pd.DataFrame:
    """Cells of then in the codes of now: those of steps and of labels may have moved."""
    steps = np.array([scheme.steps.index(mask) for mask in before.scheme.steps], dtype=np.int64)
    moved = cells.copy()
    moved["at"] = np.concatenate([[0], steps + 1])[cells["at"].to_numpy()]
    following = np.concatenate([np.arange(FIRST_STEP), steps + FIRST_STEP])
    moved["next"] = following[cells["next"].to_numpy()]
    for i, (name, old) in enumerate(before.labels.items()):
        place = {label: code for code, label in enumerate(labels[name])}
        codes = np.array([place.get(label, -1) for label in old], dtype=np.int64)
        moved[f"a{i}"] = codes[cells[f"a{i}"].to_numpy()]
        assert not len(moved) or moved[f"a{i}"].min() >= 0, "a label of closed users is gone"
    return moved


def _add_cells(frames: list[tuple[int, pd.DataFrame]], scheme: Scheme) -> pd.DataFrame:
    """Add cells up by their keys; sorted, and of the types that `cells_of` gives."""
    names = [field.name for field in scheme.key]
    columns = {
        name: np.concatenate([frame[name].to_numpy(dtype=np.int64) for _, frame in frames])
        for name in names
    }
    counts: dict[str, Any] = {
        name: np.concatenate([sign * frame[name].to_numpy(dtype=np.int64) for sign, frame in frames])
        for name in COUNTS
    }
    keys = list(pack(columns, scheme.key).values())
    order = np.lexsort(keys[::-1])
    sorted_keys = [key[order] for key in keys]
    change = np.ones(len(order), dtype=bool)
    change[1:] = np.any([key[1:] != key[:-1] for key in sorted_keys], axis=0)
    first = np.flatnonzero(change)
    sums = {
        name: np.add.reduceat(of[order], first) if len(first) else of for name, of in counts.items()
    }
    there = sums["n"] != 0
    told = unpack([key[first][there] for key in sorted_keys], scheme.key)
    out: dict[str, Any] = {
        field.name: told[field.name].astype(np.min_scalar_type(-field.size)) for field in scheme.key
    }
    return pd.DataFrame(out | {name: of[there].astype(np.int32) for name, of in sums.items()})
