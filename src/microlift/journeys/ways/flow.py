"""The flow of the visitors: what they do first, what next, and where they end on the way."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pandas as pd

from microlift.asked import as_asked
from microlift.events import EventLog
from microlift.journeys.shares import Share
from microlift.journeys.waiting import many
from microlift.journeys.ways.asking import read_count
from microlift.journeys.ways.codes import LONGEST, Codes
from microlift.journeys.ways.notes import how_journeys_end, repeats_note, who_did_something
from microlift.journeys.ways.walks import count_walks
from microlift.result import Result, onto

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False)
class Flow(Result):
    """How the visitors flow from step to step.

    Attributes
    ----------
    frame
        One row a step and a pair that occurs there: step (1 is the first; the place of `to`),
        from, to (an action, or how the journey ends there), users, of (all who were at `from` in
        the step before), share, low, high. A user is counted once in each step.
    finding
        How they begin and what becomes of them, in one sentence.
    ends
        The names of the macro, of leaving and of still being open.
    notes
        How it was counted.
    """

    ends: tuple[str, str, str]
    notes: tuple[str, ...]

    def plot(self, *, narrow: bool = False, ax: "Axes | None" = None) -> "Axes":
        """Draw the steps as columns, what is done there as bars, and ribbons between them."""
        from microlift.reporting.flows import flow_ribbons

        with onto(ax):
            return flow_ribbons(self.frame, self.ends, narrow)

    def _shown(self) -> pd.DataFrame:
        return (
            self.frame.sort_values(["step", "users"], ascending=[True, False])
            .groupby("step")
            .head(8)
        )

    def _table(self) -> str:
        from microlift.reporting.flows import flow_table

        return flow_table(self.frame)


@as_asked
def flow(log: EventLog, steps: int = 5, *, repeats: bool = False) -> Flow:
    """Follow the visitors through their first steps.

    A step is an occurrence of a planned action before the user's first macro. Events of one time
    stand in the order of the log's sequence columns, then of the plan's actions; an event that is
    several actions is a step of each, in the order of the plan.

    Parameters
    ----------
    log
        The event log. All visitors who did anything planned count.
    steps
        How many, 1 to 10.
    repeats
        Whether the same step again, with no other between, counts. By default it is part of the
        first.

    Returns
    -------
    Flow
        With 95 % intervals by Wilson. After the last step of a user without a macro comes `(left)`
        if the user was silent for the horizon (with a clock: for its `quiet`) when the log ends,
        else `(still open)`.

    Raises
    ------
    InputError
        If `steps` is no number from 1 to 10.

    Notes
    -----
    Cost: four to five times the counting of the users in the file; a part of the users at a time.

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
    ...         found = flow(log, steps=2)
    >>> print(found.to_frame()[["step", "from", "to", "users", "share"]].to_string())
       step     from            to  users  share
    0     1  (start)          view     50   1.00
    1     2     view           buy     10   0.20
    2     2     view        (left)     39   0.78
    3     2     view  (still open)      1   0.02
    """
    read_count("steps", steps, LONGEST, "steps")
    codes = Codes.of(log)

    def count(walks: ir.Table) -> ir.Table:
        chain = ibis.array([ibis.literal(codes.start, "int8")]) + walks.steps
        chain = chain + ibis.array([walks.outcome])
        pairs = walks.select(
            step=chain[:-1][:steps].unnest(),
            then=chain[1 : steps + 1].unnest(),
            at=ibis.range(ibis.least(chain.length() - 1, steps)).unnest(),
        )
        return pairs.group_by(["at", "step", "then"]).agg(n=pairs.count())

    keys = ["at", "step", "then"]
    counted = count_walks(log, count, repeats=repeats)
    counted = counted.groupby(keys, as_index=False, sort=True)[["n"]].sum()
    frame = _frame(counted, codes)
    ends = (codes.names[codes.macro], codes.names[codes.left], codes.names[codes.open])
    notes = (who_did_something(log, counted), how_journeys_end(log), repeats_note(repeats))
    return Flow(frame, _finding(counted, codes, steps), ends, notes)


def _frame(counted: pd.DataFrame, codes: Codes) -> pd.DataFrame:
    of = counted.groupby(["at", "step"])["n"].transform("sum")
    columns_of = (counted[name].tolist() for name in ("at", "step", "then", "n"))
    rows = []
    for at, step, then, n, total in zip(*columns_of, of.tolist(), strict=True):
        share = Share.of_counts(n, total)
        names = (codes.names[step], codes.names[then])
        rows.append((at + 1, *names, share.count, share.of, share.rate, share.low, share.high))
    columns = ["step", "from", "to", "users", "of", "share", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def _finding(counted: pd.DataFrame, codes: Codes, steps: int) -> str:
    """The commonest first step, and what became of all by the last step shown."""
    first = counted[counted["at"] == 0]
    users = int(first["n"].sum())
    if not users:
        return "Nobody did anything planned, so there is no flow."
    row = first.iloc[int(first["n"].to_numpy().argmax())]
    begin = Share.of_counts(int(row["n"]), users)
    ends = counted.groupby("then")["n"].sum()
    macro, left, still = (int(ends.get(code, 0)) for code in (codes.macro, codes.left, codes.open))
    on = users - macro - left - still
    return (
        f"Of {users:,} users most begin with {many([codes.names[int(row['then'])]])} "
        f"({begin.rate:.2%}, 95 % interval {begin.low:.2%} to {begin.high:.2%}); by step "
        f"{steps:,}, {macro / users:.2%} have reached {many([codes.names[codes.macro]])}, "
        f"{left / users:.2%} have left, {on / users:.2%} go on, and {still / users:.2%} are still "
        "open."
    )
