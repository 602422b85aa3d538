"""Transitions: from each step of a journey to the next, to the macro, or away."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from microlift.asked import as_asked
from microlift.events import EventLog
from microlift.journeys.shares import Share, design_effect
from microlift.journeys.steps import one_of
from microlift.journeys.waiting import many
from microlift.journeys.ways.codes import Codes
from microlift.journeys.ways.notes import how_journeys_end, repeats_note, who_is_there
from microlift.journeys.ways.walks import count_walks
from microlift.moments.space import BUCKETS
from microlift.result import Result, onto

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEAST = 10  # transitions from a step, below which its commonest next one is an anecdote


@dataclass(frozen=True, eq=False, repr=False)
class Transitions(Result):
    """From each step to the next, as counts and shares.

    Attributes
    ----------
    frame
        One row a pair that occurs: from, to, count, of (all transitions from there), share, low,
        high. What comes from the start comes first, then the actions in the order of the plan.
    finding
        Which step most often leads to the macro next, and from which most users leave, in one
        sentence.
    order
        The rows and the columns of the matrix.
    notes
        How it was counted.
    """

    order: tuple[tuple[str, ...], tuple[str, ...]]
    notes: tuple[str, ...]

    def matrix(self, values: str = "share") -> pd.DataFrame:
        """Return the matrix, wide: one row a step, one column what comes next.

        Parameters
        ----------
        values
            ``"share"`` or ``"count"``; 0 where a pair does not occur.
        """
        one_of("values", values, ("share", "count"), "a matrix has one number in each cell.")
        rows, columns = self.order
        wide = self.frame.pivot_table(index="from", columns="to", values=values, aggfunc="sum")
        return wide.reindex(index=list(rows), columns=list(columns)).fillna(0.0)

    def plot(self, *, narrow: bool = False, ax: "Axes | None" = None) -> "Axes":
        """Draw the matrix as a heat map: shares of what comes next, in percent."""
        from microlift.reporting.transitions import heat_map

        with onto(ax):
            return heat_map(self.frame, self.order, narrow)

    def _shown(self) -> pd.DataFrame:
        return (100 * self.matrix()).round(1).reset_index()

    def _table(self) -> str:
        from microlift.reporting.transitions import matrix_table

        return matrix_table(self.frame, self.order)


@as_asked
def transitions(log: EventLog, *, repeats: bool = False, visits: bool = False) -> Transitions:
    """Count what comes after each step of the journeys, up to each user's first macro.

    A journey is the occurrences of planned actions of a user before the first macro. Events of one
    time stand in the order of the log's sequence columns, then of the plan's actions; an event that
    is several actions is a step of each, in the order of the plan.

    Parameters
    ----------
    log
        The event log.
    repeats
        Whether the same step again, with no other between, is a transition. By default it is part
        of the first.
    visits
        Whether to stop between the steps of two visits: `(next visit)` is then what comes after
        the last step of a visit, and before the first of the next.

    Returns
    -------
    Transitions
        With 95 % intervals by Wilson; a user goes through many transitions, so that intervals are
        as wide as buckets of users say. After the last step of a user without a macro comes
        `(left)` if the user was silent for the horizon (with a clock: for its `quiet`) when the
        log ends, else `(still open)`, which is not known to be an end.

    Notes
    -----
    Cost: about four times the counting of the users in the file; a part of the users at a time.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> import pandas as pd
    >>> from microlift import Plan, read_events
    >>> plan = Plan.from_dict({"macro": {"event": "buy"}, "horizon": "1d",
    ...                        "actions": [{"name": "view", "event": "view"}]})
    >>> rows = [(f"u{i}", "2026-01-01 10:00", "view") for i in range(50)]
    >>> rows += [(f"u{i}", "2026-01-01 10:05", "buy") for i in range(10)]
    >>> rows += [("u49", "2026-01-05 10:00", "view")]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "log.csv"
    ...     columns = ["user_id", "timestamp", "event"]
    ...     pd.DataFrame(rows, columns=columns).to_csv(path, index=False)
    ...     with read_events(path, plan) as log:
    ...         found = transitions(log)
    >>> print(found.to_frame()[["from", "to", "count", "share"]].to_string())
          from            to  count  share
    0  (start)          view     50   1.00
    1     view           buy     10   0.20
    2     view        (left)     39   0.78
    3     view  (still open)      1   0.02
    """
    codes = Codes.of(log)

    def count(walks: ir.Table) -> ir.Table:
        visited = [ibis.literal(None, "int64")]
        pairs = walks.select(
            "bucket",
            step=(ibis.array([ibis.literal(codes.start, "int8")]) + walks.steps).unnest(),
            then=(walks.steps + ibis.array([walks.outcome])).unnest(),
            here=(ibis.array(visited) + walks.visits).unnest(),
            there=(walks.visits + ibis.array([walks.end_visit])).unnest(),
        )
        crosses = (pairs.here != pairs.there).fill_null(False) if visits else ibis.literal(False)
        return pairs.group_by(["bucket", "step", "then", crosses.name("crosses")]).agg(
            n=pairs.count()
        )

    counted = count_walks(log, count, repeats=repeats, visits=visits)
    cubes = _cube(counted, codes)
    frame = _frame(cubes, codes)
    order = _order(cubes.sum(axis=0), codes)
    notes = [who_is_there(log, counted, codes), how_journeys_end(log), repeats_note(repeats)]
    notes.append(
        "Intervals allow for users who go through several transitions: they are as wide as the "
        "differences between buckets of users say."
    )
    return Transitions(frame, _finding(frame, codes), order, tuple(notes))


def _cube(counted: pd.DataFrame, codes: Codes) -> np.ndarray:
    """Counts by bucket, step and what comes next; between two visits there is a stop of its own."""
    size = len(codes.names)
    cube = np.zeros((BUCKETS, size, size), dtype=np.int64)
    bucket, step, then, n = (counted[name].to_numpy() for name in ("bucket", "step", "then", "n"))
    crosses = counted["crosses"].to_numpy(dtype=bool)
    here = ~crosses
    np.add.at(cube, (bucket[here], step[here], then[here]), n[here])
    bucket, step, then, n = (each[crosses] for each in (bucket, step, then, n))
    np.add.at(cube, (bucket, step, codes.next_visit), n)
    np.add.at(cube, (bucket, codes.next_visit, then), n)
    return cube


def _rows(codes: Codes) -> list[int]:
    return [codes.start, *range(codes.actions), codes.next_visit]


def _columns(codes: Codes) -> list[int]:
    return [*range(codes.actions), codes.next_visit, codes.macro, codes.left, codes.open]


def _frame(cube: np.ndarray, codes: Codes) -> pd.DataFrame:
    rows = []
    totals = cube.sum(axis=2).astype(float)
    for step in _rows(codes):
        for then in _columns(codes):
            counts = cube[:, step, then].astype(float)
            if counts.any():
                effect = design_effect(counts, totals[:, step])
                share = Share.of_counts(int(counts.sum()), int(totals[:, step].sum()), effect)
                names = (codes.names[step], codes.names[then])
                rows.append((*names, share.count, share.of, share.rate, share.low, share.high))
    columns = ["from", "to", "count", "of", "share", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def _order(counts: np.ndarray, codes: Codes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Steps that occur at all; the ends are always there."""
    seen = (counts.sum(axis=0) + counts.sum(axis=1)) > 0
    rows = [code for code in _rows(codes) if seen[code]]
    ends = (codes.macro, codes.left, codes.open)
    columns = [code for code in _columns(codes) if seen[code] or code in ends]
    return tuple(codes.names[code] for code in rows), tuple(codes.names[code] for code in columns)


def _finding(frame: pd.DataFrame, codes: Codes) -> str:
    """The step that most often leads to the macro next, and the one after which most leave."""
    macro, left = codes.names[codes.macro], codes.names[codes.left]
    acts = frame[~frame["from"].isin([codes.names[codes.start], codes.names[codes.next_visit]])]
    acts = acts[acts["of"] >= LEAST]
    to_macro = acts[acts["to"] == macro].sort_values("share", ascending=False, kind="stable")
    away = acts[acts["to"] == left].sort_values("count", ascending=False, kind="stable")
    told = []
    if len(to_macro):
        row = to_macro.iloc[0]
        told.append(
            f"{many([macro])} most often follows {many([row['from']])}: it is next after "
            f"{row['share']:.2%} of {row['of']:,} (95 % interval {row['low']:.2%} to "
            f"{row['high']:.2%})"
        )
    if len(away):
        row = away.iloc[0]
        told.append(
            f"most users leave after {many([row['from']])}: {row['count']:,} of "
            f"{away['count'].sum():,} who leave"
        )
    return f"{'; '.join(told) or f'No action with {LEAST} steps or more leads anywhere'}."
