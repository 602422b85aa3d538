"""The figures of a log by itself: its events and its visits, counted in the engine."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import ibis
import ibis.expr.types as ir

from microlift.events.times import DAY, MINUTE
from microlift.starter.reading import Opened

SESSION_GAP = 30 * MINUTE
SHARES = (0.5, 0.9, 0.99)


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


def profile(log: Opened) -> Profile:
    """Count events and visits; the engine then also holds the tables ``visits`` and ``firsts``."""
    con = log.con
    _make_visits(log)
    moves, visits, firsts = (con.table(name) for name in ("moves", "visits", "firsts"))
    by_name = moves.group_by("e").agg(
        rows=moves.count(), worth=moves.worth.sum(), below=moves.below.sum()
    )
    users = firsts.group_by("e").agg(users=firsts.count())
    openers = visits.group_by(e="e").agg(opens=(~visits.later).sum(), later=visits.later.sum())
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
        quiet=quantiles(log, again.filter(again.quiet > 0), "quiet"),
    )


def _make_visits(log: Opened) -> None:
    """Write a row a visit (u, s, start, its first event, whether the user was here before)."""
    con = log.con
    moves = con.table("moves")
    given = "session_id" in log.roles.mapped
    if not given or con.to_pyarrow(moves.s.isnull().any()).as_py():
        con.create_table("numbered", _numbered(moves, given), temp=True)
        con.drop_table("moves")
        con.create_table("moves", con.table("numbered"), temp=True)
        con.drop_table("numbered")
    moves = con.table("moves")
    visits = moves.group_by(["u", "s"]).agg(
        start=moves.t.min(), end=moves.t.max(), e=moves.e.argmin(moves.t * 512 + moves.e)
    )
    before = ibis.window(group_by="u", order_by=["start", "s"])
    last = visits.end.lag().over(before)
    visits = visits.mutate(
        later=last.notnull(), quiet=visits.start - last, s_before=visits.s.lag().over(before)
    )
    con.create_table("visits", visits, temp=True)
    firsts = moves.group_by(["u", "e"]).agg(t=moves.t.min())
    con.create_table("firsts", firsts, temp=True)


def _numbered(moves: ir.Table, given: bool) -> ir.Table:
    """Number the visits by their gaps; a row without a session id is in that of the one before."""
    gap = moves.t - moves.t.lag().over(group_by="u", order_by=["t", "e"])
    opens = (gap > SESSION_GAP).fill_null(True)
    if given:
        opens = opens | moves.s.notnull()
    opened = moves.mutate(opens=opens.cast("int64"))
    run = opened.opens.sum().over(ibis.cumulative_window(group_by="u", order_by=["t", "e"]))
    if not given:
        return opened.mutate(s=run).drop("opens")
    runs = opened.mutate(run=run)
    named = runs.s.max().over(group_by=["u", "run"])
    return runs.mutate(s=named.fill_null(runs.run)).drop("opens", "run")


def quantiles(log: Opened, table: ir.Table, name: str) -> tuple[float, ...]:
    """Median, 90 % and 99 % of a column of microseconds, in days; empty where it is."""
    asked = {f"q{i}": table[name].quantile(share) for i, share in enumerate(SHARES)}
    found = log.con.to_pyarrow(table.agg(**asked)).to_pylist()[0]
    return () if found["q0"] is None else tuple(float(value) / DAY for value in found.values())


def _instant(micros: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
