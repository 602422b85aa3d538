"""The last steps before an end, counted in the engine, and how those fare who begin that way."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd

from microlift.events import EventLog
from microlift.journeys.ways.codes import Codes
from microlift.journeys.ways.walks import parts_of, walks_of
from microlift.plan import micros

_WALKS = "walks"
_LIST = "array<int8>"


@dataclass(frozen=True)
class Ask:
    """Which paths are asked for.

    Attributes
    ----------
    outcome
        The code of the end.
    length
        Steps of a path, at most.
    top
        How many paths.
    within
        Microseconds back from the end in which steps count.
    repeats
        Whether the same step in a row counts every time.
    """

    outcome: int
    length: int
    top: int
    within: int
    repeats: bool


@dataclass(frozen=True, eq=False)
class Endings:
    """The commonest paths.

    Attributes
    ----------
    top
        path (codes), cut (whether there were steps before it), users, wait (median microseconds
        from the first step shown to the end), the commonest first; began and reached (users whose
        journey begins that way, and those of them with the macro in time; missing where nobody
        can, or nobody is watched for long enough).
    different
        How many different paths there are.
    outcomes
        Users by the code of how their journey ends.
    """

    top: pd.DataFrame
    different: int
    outcomes: dict[int, int]


def count_endings(log: EventLog, ask: Ask) -> Endings:
    """Count the users who come to an end by each path, and those who begin by it."""
    with _kept_walks(log, ask) as walks:
        ended = _endings(walks, ask)
        paths = ended.group_by(["path", "cut"]).agg(users=ended.count(), wait=ended.wait.median())
        order = [ibis.desc("users"), ibis.asc("cut"), ibis.asc("path")]
        top = log.con.to_pyarrow(paths.order_by(order).limit(ask.top)).to_pandas()
        different = int(log.con.to_pyarrow(paths.count()).as_py())
        ends = walks.group_by("outcome").agg(n=walks.count())
        outcomes = log.con.to_pyarrow(ends).to_pydict()
        top["path"] = [tuple(int(step) for step in path) for path in top["path"]]
        whole = [path for path, cut in zip(top["path"], top["cut"], strict=True) if not cut]
        began = _beginnings(log, walks, [path for path in whole if path])
    counts = [began.get(path, (None, None)) for path in top["path"]]
    top["began"], top["reached"] = zip(*counts, strict=True) if counts else ((), ())
    return Endings(top, different, dict(zip(outcomes["outcome"], outcomes["n"], strict=True)))


@contextmanager
def _kept_walks(log: EventLog, ask: Ask) -> Iterator[ir.Table]:
    """Keep of each user the first and the last steps, as far as a path goes."""
    for number, events in enumerate(parts_of(log)):
        short = _short(walks_of(log, events, repeats=ask.repeats), ask)
        if number == 0:
            log.con.create_table(_WALKS, short, temp=True, overwrite=True)
        else:
            log.con.insert(_WALKS, short)
    try:
        yield log.con.table(_WALKS)
    finally:
        log.con.drop_table(_WALKS, force=True)


def _short(walks: ir.Table, ask: Ask) -> ir.Table:
    """One row a user: what a path needs of the walk, which may be of any length."""
    late = walks.until.filter(lambda time: time >= walks.end - ask.within)
    ends_so = walks.outcome == ask.outcome
    path = _end_of(walks.steps, ibis.least(late.length(), ask.length))
    return walks.select(
        "outcome",
        "end",
        # Of those who end otherwise only how they begin is asked for.
        last=ends_so.ifelse(path, ibis.literal([], _LIST)),
        since=_end_of(late, ask.length)[0],
        cut=(late.length() > ask.length).fill_null(False),
        first=walks.steps[: ask.length],
        begun=walks.begun[: ask.length],
    )


def _end_of(values: ir.ArrayValue, count: ir.IntegerValue | int) -> ir.ArrayValue:
    """Return so many last values of a list, or all of them where it has no more."""
    return values[ibis.greatest(values.length() - count, 0) :]


def _endings(walks: ir.Table, ask: Ask) -> ir.Table:
    """One row a user who comes to the end that is asked for: path, cut, wait."""
    ended = walks.filter(walks.outcome == ask.outcome)
    return ended.select("cut", path="last", wait=ended.end - ended.since)


def _beginnings(
    log: EventLog, walks: ir.Table, paths: list[tuple[int, ...]]
) -> dict[tuple[int, ...], tuple[int, int]]:
    """Users whose journey begins with a path: how many, and how many reach the macro in time.

    All are watched for one horizon from the last step of the path on: users who came to it later
    than that before the end of the log are not counted.
    """
    horizon, macro = micros(log.plan.horizon), Codes.of(log).macro
    found: dict[tuple[int, ...], tuple[int, int]] = {}
    for length in sorted({len(path) for path in paths}):
        wanted = [list(path) for path in paths if len(path) == length]
        asked = ibis.memtable({"path": wanted}, schema={"path": _LIST})
        there = walks.select(
            "outcome", "end", path=walks["first"][:length], at=walks.begun[length - 1]
        )
        there = there.filter(there.at + horizon <= log.facts.last_us)
        known = there.semi_join(asked, "path")
        reached = (known.outcome == macro) & (known.end <= known.at + horizon)
        counted = known.group_by("path").agg(users=known.count(), macros=reached.sum())
        for row in log.con.to_pyarrow(counted).to_pylist():
            found[tuple(row["path"])] = (row["users"], row["macros"])
    return found
