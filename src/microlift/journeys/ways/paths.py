"""The most frequent paths: the last steps before the macro, or before users leave."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd

from microlift.asked import as_asked
from microlift.events import EventLog
from microlift.events.times import HOUR
from microlift.journeys.shares import Share
from microlift.journeys.steps import one_of
from microlift.journeys.waiting import told
from microlift.journeys.ways.asking import read_count, read_window
from microlift.journeys.ways.codes import ARROW, LONGEST, MORE, NOTHING, Codes
from microlift.journeys.ways.endings import Ask, Endings, count_endings
from microlift.journeys.ways.notes import how_journeys_end, repeats_note, who_is_there
from microlift.result import Result, onto

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MACRO: Final = "macro"
LEAVING: Final = "leaving"
MOST_PATHS = 100
_LETTERS = 60  # of a step's name in a path


@dataclass(frozen=True, eq=False, repr=False)
class Paths(Result):
    """The most frequent paths to an end.

    Attributes
    ----------
    frame
        One row a path, the commonest first: path; users; share of all who come to this end, with
        low and high; median_hours (from the first step shown to the end); began (users whose
        journey begins with these very steps), and macro_rate with macro_low and macro_high (the
        share of them with the macro within the horizon from the last of these steps on). A path
        that begins with `…` has steps before it, so nobody begins that way.
    finding
        What it says, in one sentence.
    steps
        By row: the names of the steps alone.
    to, of
        The end; how many users come to it.
    notes
        How it was counted, and who is not among them.
    """

    steps: tuple[tuple[str, ...], ...]
    to: str
    of: int
    notes: tuple[str, ...]

    def plot(self, *, narrow: bool = False, ax: "Axes | None" = None) -> "Axes":
        """Draw the share of each path, its steps written above."""
        from microlift.reporting.routes import route_bars

        with onto(ax):
            return route_bars(self.frame, self.to, narrow)

    def _table(self) -> str:
        from microlift.reporting.routes import routes_table

        return routes_table(self.frame, self.to)


@as_asked
def paths(
    log: EventLog,
    to: Literal["macro", "leaving"] = MACRO,
    *,
    length: int = 5,
    top: int = 10,
    within: str | None = None,
    repeats: bool = False,
) -> Paths:
    """Find the most frequent last steps before the macro, or before users leave.

    A path is the last few occurrences of planned actions before a user's first macro; for leaving,
    the last of a user without a macro who was silent for the plan's horizon (with a clock: for its
    `quiet`) when the log ends. Users who may still go on are not counted as left. Events of one
    time stand in the order of the log's sequence columns, then of the plan's actions; an event
    that is several actions is a step of each, in the order of the plan.

    Parameters
    ----------
    log
        The event log.
    to
        ``"macro"`` or ``"leaving"``.
    length
        Steps shown, 1 to 10; before a longer way stands `…`.
    top
        Paths shown, 1 to 100.
    within
        Time back from the end in which steps count, such as ``"7d"``; the limit itself is in time.
        Default: the horizon.
    repeats
        Whether the same step again, with no other between, counts. By default it is part of the
        first.

    Returns
    -------
    Paths
        With 95 % intervals by Wilson. The macro rate of those who begin that way gives all of them
        the same time: one horizon from the last of the steps on. It is a rate of those who go
        together with the path, not an effect of it.

    Raises
    ------
    InputError
        If `to`, `length`, `top` or `within` is none of these.

    Notes
    -----
    Cost: six to eight times the counting of the users in the file; a part of the users at a time.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> import pandas as pd
    >>> from microlift import Plan, read_events
    >>> plan = Plan.from_dict({"macro": {"event": "buy"}, "horizon": "1d",
    ...                        "actions": [{"name": "view", "event": "view"},
    ...                                    {"name": "cart", "event": "cart"}]})
    >>> rows = [(f"u{i}", "2026-01-01 10:00", "view") for i in range(50)]
    >>> rows += [(f"u{i}", "2026-01-01 10:30", "cart") for i in range(8)]
    >>> rows += [(f"u{i}", "2026-01-01 11:00", "buy") for i in range(10)]
    >>> rows += [("u49", "2026-01-05 10:00", "view")]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "log.csv"
    ...     columns = ["user_id", "timestamp", "event"]
    ...     pd.DataFrame(rows, columns=columns).to_csv(path, index=False)
    ...     with read_events(path, plan) as log:
    ...         found = paths(log)
    >>> shown = ["path", "users", "share", "median_hours", "began", "macro_rate"]
    >>> print(found.to_frame()[shown].to_string())
                    path  users  share  median_hours  began  macro_rate
    0  view → cart → buy      8    0.8           1.0    8.0         1.0
    1         view → buy      2    0.2           1.0   50.0         0.2
    """
    one_of("to", to, (MACRO, LEAVING), "paths lead to the macro, or to users leaving.")
    read_count("length", length, LONGEST, "steps of a path")
    read_count("top", top, MOST_PATHS, "paths")
    window = read_window(log, within)
    codes = Codes.of(log)
    ask = Ask(codes.macro if to == MACRO else codes.left, length, top, window, repeats)
    found = count_endings(log, ask)
    of = found.outcomes.get(ask.outcome, 0)
    frame = _frame(found, codes, of, ask.outcome)
    steps = tuple(codes.read(path) for path in found.top["path"])
    ends = pd.DataFrame({"then": list(found.outcomes), "n": list(found.outcomes.values())})
    notes = [who_is_there(log, ends, codes), how_journeys_end(log), repeats_note(repeats)]
    notes.insert(1, _said(frame, found, of, length, window))
    return Paths(frame, _finding(frame, to, of, codes), steps, to, of, tuple(notes))


def _frame(found: Endings, codes: Codes, of: int, outcome: int) -> pd.DataFrame:
    rows = []
    for row in found.top.to_dict("records"):
        share = Share.of_counts(int(row["users"]), of)
        way = _way(codes.read(row["path"]), bool(row["cut"]), codes.names[outcome])
        began = (np.nan,) * 4
        if row["path"] and not row["cut"]:
            known = row["began"] == row["began"] and row["began"] is not None
            rate = Share.of_counts(*((int(row["reached"]), int(row["began"])) if known else (0, 0)))
            began = (float(rate.of), rate.rate, rate.low, rate.high)
        wait = float(row["wait"]) / HOUR
        rows.append((way, share.count, share.rate, share.low, share.high, wait, *began))
    columns = ["path", "users", "share", "low", "high", "median_hours"]
    columns += ["began", "macro_rate", "macro_low", "macro_high"]
    return pd.DataFrame(rows, columns=columns)


def _way(steps: tuple[str, ...], cut: bool, end: str) -> str:
    names = [*(steps or (NOTHING,)), end]
    bounded = [name if len(name) <= _LETTERS else name[: _LETTERS - 1] + "…" for name in names]
    return (MORE if cut else "") + ARROW.join(bounded)


def _said(frame: pd.DataFrame, found: Endings, of: int, length: int, window: int) -> str:
    shown = frame["users"].sum() / of if of else float("nan")
    return (
        f"Shown are the last {length:,} steps in the {told(window)} before the end, of "
        f"{found.different:,} different paths the {len(frame):,} commonest"
        f"{f' ({shown:.1%} of the users)' if of else ''}; … stands for steps before."
    )


def _finding(frame: pd.DataFrame, to: str, of: int, codes: Codes) -> str:
    ends = f"reach {codes.names[codes.macro]}" if to == MACRO else "leave"
    if frame.empty:
        return f"Nobody is seen to {ends}, so there are no paths."
    row = frame.iloc[0]
    found = (
        f"The commonest path of those who {ends} is {row['path']}: {row['users']:,} of {of:,} "
        f"({row['share']:.2%}, 95 % interval {row['low']:.2%} to {row['high']:.2%})"
    )
    if np.isfinite(row["median_hours"]) and row["median_hours"] > 0:
        found += f", in {told(row['median_hours'] * HOUR)} at the median"
    if np.isfinite(row["macro_rate"]):
        found += (
            f"; of {row['began']:,.0f} who begin that way {row['macro_rate']:.2%} reach "
            f"{codes.names[codes.macro]} within the horizon"
        )
    return f"{found}."
