"""The figures of a log as seen from a macro: what comes before it, with it and after it."""

from collections.abc import Collection
from dataclasses import dataclass

import ibis.expr.types as ir

from microlift.events.times import DAY, MINUTE, SECOND
from microlift.starter.profile import quantiles
from microlift.starter.reading import Opened
from microlift.starter.rules import FIRST_CODE


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
    rules : dict of int to Relation
        By the code of a rule.
    waits : tuple of float
        Days from a user's first event to the macro: median, 90 % and 99 %.
    """

    macros: int
    relations: dict[str, Relation]
    rules: dict[int, Relation]
    twins: dict[tuple[str, str], int]
    waits: tuple[float, ...]


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
        int(row["e"]): Relation(
            **{key: int(row[key] or 0) for key in ("before", "at", "after", "near", "alone")},
            held=held.get(int(row["e"]), 0),
            lead=float(row["lead"] or 0) / DAY,
        )
        for row in con.to_pyarrow(counted).to_pylist()
    }
    waits = ends.select(wait=ends.end - ends.begin)
    return Outcome(
        macros=int(con.to_pyarrow(ends.count()).as_py()),
        relations={n: relations[code] for code, n in enumerate(log.names) if code in relations},
        rules={code: stands for code, stands in relations.items() if code >= FIRST_CODE},
        twins=_twins(log, firsts),
        waits=quantiles(log, waits, "wait"),
    )


def empty_visits(log: Opened, planned: Collection[str], rules: Collection[int]) -> tuple[int, int]:
    """Count the visits up to the macro, and those of them in which nothing planned happens.

    Parameters
    ----------
    log : Opened
        After `outcome`.
    planned : collection of str
        Event names of actions and macro.
    rules : collection of int
        Codes of rules that are actions.

    Returns
    -------
    tuple of int
    """
    con = log.con
    codes = [code for code, name in enumerate(log.names) if name in planned]
    visits, moves, ends = con.table("visits"), con.table("moves"), con.table("ends")
    # A visit has an end of its own, which must not stand for that of the sequence.
    before = visits.select("u", "s", "start").left_join(ends.select("u", "end"), "u")
    before = before.filter(before.end.isnull() | (before.start <= before.end))
    before = before.select("u", "s")
    done = moves.filter(moves.e.isin(codes)).select("u", "s")
    ruled = con.table("ruled")
    done = done.union(ruled.filter(ruled.e.isin(list(rules))).select("u", "s")).distinct()
    total = int(con.to_pyarrow(before.count()).as_py())
    full = int(con.to_pyarrow(before.semi_join(done, ["u", "s"]).count()).as_py())
    return total, total - full


def _held(log: Opened, moves: ir.Table, ends: ir.Table) -> dict[int, int]:
    """Count the visits with a first macro that hold each event."""
    joined = moves.join(ends, "u")
    macro = joined.filter(joined.t == joined.end).select("u", "s").distinct()
    inside = moves.join(macro, ["u", "s"]).select("u", "s", "e").distinct()
    counted = inside.group_by("e").agg(n=inside.u.nunique())
    return {int(r["e"]): int(r["n"]) for r in log.con.to_pyarrow(counted).to_pylist()}


def _twins(log: Opened, firsts: ir.Table) -> dict[tuple[str, str], int]:
    """Count the users who did two things for the first time in the same second."""
    if log.dated:
        return {}  # all that was done on one day
    known = firsts.filter((firsts.e >= 0) & (firsts.e < FIRST_CODE)).mutate(t=firsts.t // SECOND)
    other = known.select(u2="u", t2="t", e2="e")
    pairs = known.join(other, [known.u == other.u2, known.t == other.t2, known.e < other.e2])
    counted = pairs.group_by(["e", "e2"]).agg(n=pairs.count())
    names = log.names
    return {
        (names[r["e"]], names[r["e2"]]): int(r["n"])
        for r in log.con.to_pyarrow(counted).to_pylist()
    }
