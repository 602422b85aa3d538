"""The figures that a starting plan is chosen by: of events, of visits, of columns."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import ibis
import ibis.expr.types as ir

from microlift.events.times import microseconds
from microlift.starter.reading import Opened, text_of

DAY = 86_400_000_000
SECOND = 1_000_000
MINUTE = 60 * SECOND
SESSION_GAP = 30 * MINUTE
SHARES = (0.5, 0.9, 0.99)
MOST_TRAITS = 12


@dataclass(frozen=True)
class Event:
    """An event name by itself.

    Attributes
    ----------
    name : str
    rows, users : int
    opens, later : int
        Visits that begin with it: first ones of a user, and later ones.
    last : int
        Users whose log ends with it.
    worth, below : int
        Rows with an amount above, and below 0.
    """

    name: str
    rows: int
    users: int
    opens: int
    later: int
    last: int
    worth: int
    below: int


@dataclass(frozen=True)
class Profile:
    """A log before a macro is chosen.

    Attributes
    ----------
    rows, usable, kept : int
        Rows; those with a user, a time and an event; those of them that the condition keeps.
    users : int
    first, last : datetime
    events : tuple of Event
        By rows, most first.
    names : int
        Event names in all.
    firsts, laters : int
        Visits: first ones of a user, and later ones.
    quiet : tuple of float
        Days between a user's visits: median, 90 % and 99 %; empty where nobody comes again.
    """

    rows: int
    usable: int
    kept: int
    users: int
    first: datetime
    last: datetime
    events: tuple[Event, ...]
    names: int
    firsts: int
    laters: int
    quiet: tuple[float, ...]


@dataclass(frozen=True)
class Relation:
    """An event beside the macro: users by when they first did it.

    Attributes
    ----------
    before, at, after : int
        Converters: before their first macro, at its very time, later.
    near : int
        Converters whose first is within a minute of the macro.
    alone : int
        Users without a macro.
    held : int
        Visits with a first macro that hold it, before or after.
    lead : float
        Median days from the first to the macro, of those before.
    """

    before: int = 0
    at: int = 0
    after: int = 0
    near: int = 0
    alone: int = 0
    held: int = 0
    lead: float = 0.0


@dataclass(frozen=True)
class Outcome:
    """The log as seen from a macro.

    Attributes
    ----------
    macros : int
        Users with one.
    relations : dict of str to Relation
        By event name.
    twins : dict of (str, str) to int
        Users who did both for the first time in the same second.
    waits : tuple of float
        Days from a user's first event to the macro: median, 90 % and 99 %.
    """

    macros: int
    relations: dict[str, Relation]
    twins: dict[tuple[str, str], int]
    waits: tuple[float, ...]


@dataclass(frozen=True)
class Trait:
    """A column that may say where a user came from.

    Attributes
    ----------
    name : str
    labels : int
    steady : float
        Share of users with a value for whom it never changes.
    early, ever : float
        Share of users for whom it is known at the beginning, and at all.
    """

    name: str
    labels: int
    steady: float
    early: float
    ever: float


def profile(log: Opened) -> Profile:
    """Count events and visits; the engine then also holds the tables ``visits`` and ``firsts``."""
    con = log.con
    _make_visits(log)
    moves, visits, firsts = (con.table(name) for name in ("moves", "visits", "firsts"))
    by_name = moves.group_by("e").agg(
        rows=moves.count(), worth=moves.worth.sum(), below=moves.below.sum()
    )
    users = firsts.group_by("e").agg(users=firsts.count())
    openers = visits.group_by(e="e").agg(
        opens=(~visits.later).sum(), later=visits.later.sum()
    )
    ends = moves.group_by("u").agg(e=moves.e.argmax(moves.t * 512 + moves.e))
    last = ends.group_by("e").agg(last=ends.count())
    found: dict[int, dict[str, int]] = {}
    for table in (by_name, users, openers, last):
        for row in con.to_pyarrow(table).to_pylist():
            found.setdefault(int(row.pop("e")), {}).update({k: int(v) for k, v in row.items()})
    events = tuple(
        Event(name, *(found[code].get(key, 0) for key in Event.__match_args__[1:]))
        for code, name in enumerate(log.names)
    )
    whole = con.to_pyarrow(
        moves.agg(first=moves.t.min(), last=moves.t.max(), users=moves.u.nunique())
    ).to_pylist()[0]
    again = visits.filter(visits.later)
    return Profile(
        rows=log.rows,
        usable=log.usable,
        kept=log.kept,
        users=int(whole["users"]),
        first=_instant(whole["first"]),
        last=_instant(whole["last"]),
        events=events,
        names=log.names_total,
        firsts=int(con.to_pyarrow(visits.count()).as_py() - con.to_pyarrow(again.count()).as_py()),
        laters=int(con.to_pyarrow(again.count()).as_py()),
        quiet=_quantiles(log, again.filter(again.quiet > 0), "quiet"),
    )


def outcome(log: Opened, macro: Collection[str]) -> Outcome:
    """Count how every event stands to the macro.

    Parameters
    ----------
    log : Opened
        After `profile`.
    macro : collection of str
        Event names.

    Returns
    -------
    Outcome
    """
    con = log.con
    codes = [code for code, name in enumerate(log.names) if name in macro]
    moves, firsts = con.table("moves"), con.table("firsts")
    begins = firsts.group_by("u").agg(begin=firsts.t.min())
    mine = firsts.filter(firsts.e.isin(codes))
    ends = mine.group_by("u").agg(end=mine.t.min()).join(begins, "u").select("u", "end", "begin")
    ends = con.create_table("ends", ends, temp=True, overwrite=True)
    seen = firsts.left_join(ends, "u").select("e", "t", "end")
    gap = seen.end - seen.t
    counted = seen.group_by("e").agg(
        before=(gap > 0).sum(),
        at=(gap == 0).sum(),
        after=(gap < 0).sum(),
        near=(gap.abs() <= MINUTE).sum(),
        alone=seen.end.isnull().sum(),
        lead=gap.quantile(0.5, where=gap > 0),
    )
    held = _held(log, moves, ends)
    relations = {
        log.names[row["e"]]: Relation(
            **{key: int(row[key] or 0) for key in ("before", "at", "after", "near", "alone")},
            held=held.get(int(row["e"]), 0),
            lead=float(row["lead"] or 0) / DAY,
        )
        for row in con.to_pyarrow(counted).to_pylist()
        if row["e"] >= 0
    }
    waits = ends.select(wait=ends.end - ends.begin)
    return Outcome(
        macros=int(con.to_pyarrow(ends.count()).as_py()),
        relations=relations,
        twins=_twins(log, firsts),
        waits=_quantiles(log, waits, "wait"),
    )


def empty_visits(log: Opened, planned: Collection[str]) -> tuple[int, int]:
    """Count the visits up to the macro, and those of them in which nothing planned happens.

    Parameters
    ----------
    log : Opened
        After `outcome`.
    planned : collection of str
        Event names of actions and macro.

    Returns
    -------
    tuple of int
    """
    con = log.con
    codes = [code for code, name in enumerate(log.names) if name in planned]
    visits, moves, ends = con.table("visits"), con.table("moves"), con.table("ends")
    before = visits.left_join(ends, "u")
    before = before.filter(before.end.isnull() | (before.start <= before.end))
    before = before.select("u", "s")
    done = moves.filter(moves.e.isin(codes)).select("u", "s").distinct()
    total = int(con.to_pyarrow(before.count()).as_py())
    full = int(con.to_pyarrow(before.semi_join(done, ["u", "s"]).count()).as_py())
    return total, total - full


def traits(log: Opened, names: Sequence[str]) -> list[Trait]:
    """Look at the columns that may say where a user came from.

    Parameters
    ----------
    log : Opened
    names : sequence of str
        Columns, of which the first 12 are looked at.

    Returns
    -------
    list of Trait
        In the order of the names.
    """
    raw, mapped = log.raw, log.roles.mapped
    names = list(names)[:MOST_TRAITS]
    if not names:
        return []
    rows = raw.select(
        u=raw[mapped["user_id"]].cast("string").hash(),
        t=microseconds(raw[mapped["timestamp"]], "UTC"),
        **{f"x{i}": text_of(raw[name]).nullif("") for i, name in enumerate(names)},
    )
    asked: dict[str, ir.Value] = {"begin": rows.t.min()}
    for i in range(len(names)):
        label = rows[f"x{i}"]
        asked |= {f"a{i}": label.min(), f"z{i}": label.max()}
        asked[f"k{i}"] = rows.t.min(where=label.notnull())
    users = rows.group_by("u").agg(**asked)
    told: dict[str, ir.Value] = {"users": users.count()}
    for i in range(len(names)):
        told[f"ever{i}"] = users[f"k{i}"].notnull().sum()
        told[f"early{i}"] = (users[f"k{i}"] - users.begin <= SESSION_GAP).sum()
        told[f"steady{i}"] = (users[f"a{i}"] == users[f"z{i}"]).sum()
    found = log.con.to_pyarrow(users.agg(**told)).to_pylist()[0]
    labels = {column.name: column.distinct for column in log.columns}
    return [
        Trait(
            name=name,
            labels=labels[name],
            steady=int(found[f"steady{i}"] or 0) / max(1, int(found[f"ever{i}"])),
            early=int(found[f"early{i}"] or 0) / int(found["users"]),
            ever=int(found[f"ever{i}"]) / int(found["users"]),
        )
        for i, name in enumerate(names)
    ]


def currencies(log: Opened, macro: Collection[str]) -> dict[str, int]:
    """Count the macros by currency, as the log writes it, most first; empty where nothing tells."""
    mapped = log.roles.mapped
    if "currency" not in mapped:
        return {}
    rows = log.raw.filter(log.raw[mapped["event"]].cast("string").isin(list(macro)))
    codes = rows.select(code=text_of(rows[mapped["currency"]]))
    counted = codes.filter(codes.code.strip() != "").group_by("code").agg(n=lambda t: t.count())
    top = counted.order_by([ibis.desc("n"), "code"]).limit(20)
    return {str(row["code"]): int(row["n"]) for row in log.con.to_pyarrow(top).to_pylist()}


def _make_visits(log: Opened) -> None:
    """Write a row a visit (u, s, start, its first event, whether the user was here before)."""
    con = log.con
    if "session_id" not in log.roles.mapped:
        moves = con.table("moves")
        order = ibis.window(group_by="u", order_by=["t", "e"])
        gap = moves.t - moves.t.lag().over(order)
        opened = moves.mutate(opens=(gap > SESSION_GAP).fill_null(True).cast("int64"))
        visit = opened.opens.sum().over(ibis.cumulative_window(group_by="u", order_by=["t", "e"]))
        con.create_table("numbered", opened.mutate(s=visit).drop("opens"), temp=True)
        con.drop_table("moves")
        con.create_table("moves", con.table("numbered"), temp=True)
        con.drop_table("numbered")
    moves = con.table("moves")
    visits = moves.group_by(["u", "s"]).agg(
        start=moves.t.min(), end=moves.t.max(), e=moves.e.argmin(moves.t * 512 + moves.e)
    )
    before = ibis.window(group_by="u", order_by=["start", "s"])
    last = visits.end.lag().over(before)
    visits = visits.mutate(later=last.notnull(), quiet=visits.start - last)
    con.create_table("visits", visits, temp=True)
    firsts = moves.group_by(["u", "e"]).agg(t=moves.t.min())
    con.create_table("firsts", firsts, temp=True)


def _held(log: Opened, moves: ir.Table, ends: ir.Table) -> dict[int, int]:
    """Count the visits with a first macro that hold each event."""
    joined = moves.join(ends, "u")
    macro = joined.filter(joined.t == joined.end).select("u", "s").distinct()
    inside = moves.join(macro, ["u", "s"]).select("u", "s", "e").distinct()
    counted = inside.group_by("e").agg(n=inside.u.nunique())
    return {int(r["e"]): int(r["n"]) for r in log.con.to_pyarrow(counted).to_pylist()}


def _twins(log: Opened, firsts: ir.Table) -> dict[tuple[str, str], int]:
    """Count the users who did two things for the first time in the same second."""
    known = firsts.filter(firsts.e >= 0).mutate(t=firsts.t // SECOND)
    other = known.select(u2="u", t2="t", e2="e")
    pairs = known.join(
        other, [known.u == other.u2, known.t == other.t2, known.e < other.e2]
    )
    counted = pairs.group_by(["e", "e2"]).agg(n=pairs.count())
    names = log.names
    return {
        (names[r["e"]], names[r["e2"]]): int(r["n"]) for r in log.con.to_pyarrow(counted).to_pylist()
    }


def _quantiles(log: Opened, table: ir.Table, name: str) -> tuple[float, ...]:
    asked = {f"q{i}": table[name].quantile(share) for i, share in enumerate(SHARES)}
    found = log.con.to_pyarrow(table.agg(**asked)).to_pylist()[0]
    return () if found["q0"] is None else tuple(float(value) / DAY for value in found.values())


def _instant(micros: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
