"""What its neighbours tell of a row: doubles, quiet, sessions and ties, of users in their order.

The engine sorts, once. Each question after that is about the row before or behind, or about all
since some row, which a pass over an array answers at a fraction of what a window of the engine
costs; and one that reads the result of another would be sorted for anew.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from microlift.events.arrays import Ints, Marks, Rows
from microlift.events.normalise import MACRO_FLAG
from microlift.events.times import HOUR

AWAY_ROOM = 256  # away counts hours up to this; models tell a week from longer, no more
UNKNOWN_SESSION = 1 << 31  # above every session id: numbers for visits that came without one


def begins(user: npt.NDArray[np.integer]) -> Marks:
    """Mark the first row of each user.

    Examples
    --------
    >>> begins(np.array([4, 4, 7])).tolist()
    [True, False, True]
    """
    marks = np.ones(len(user), dtype=bool)
    np.not_equal(user[1:], user[:-1], out=marks[1:])
    return marks


def latest(marks: Marks) -> Ints:
    """Where the latest marked row is, of those up to each row; 0 before the first.

    Examples
    --------
    >>> latest(np.array([True, False, True, False])).tolist()
    [0, 0, 2, 2]
    """
    at: Ints = np.where(marks, np.arange(len(marks)), 0)
    return np.maximum.accumulate(at, out=at)


def count_in(marks: Marks, first: Ints) -> Ints:
    """How many rows are marked, from row `first` up to each row.

    Examples
    --------
    >>> count_in(np.array([True, True, True, False]), np.array([0, 0, 2, 2])).tolist()
    [1, 2, 1, 1]
    """
    so_far: Ints = np.cumsum(marks)
    return so_far - so_far[first] + marks[first]


def take(rows: Rows, kept: Marks) -> Rows:
    """Keep some rows; all of them cost nothing."""
    return rows if kept.all() else {name: column[kept] for name, column in rows.items()}


def without_doubles(rows: Rows, keys: Sequence[str]) -> Rows:
    """Number the rows of each user, from 0 on, and keep the first of those that are equal.

    Parameters
    ----------
    rows : dict of str to array
        Of whole users: user and `keys`, by which they are sorted, and any others.
    keys : sequence of str

    Returns
    -------
    dict of str to array
        The same columns and seq, which counts those that are left out too.

    Examples
    --------
    >>> rows = {"user": np.array([1, 1, 1, 2]), "t": np.array([5, 5, 6, 6])}
    >>> {name: column.tolist() for name, column in without_doubles(rows, ["t"]).items()}
    {'user': [1, 1, 2], 't': [5, 6, 6], 'seq': [0, 2, 0]}
    """
    first = begins(rows["user"])
    again = ~first
    for key in keys:
        again[1:] &= rows[key][1:] == rows[key][:-1]
    seq = np.arange(len(first)) - latest(first)
    return take(rows | {"seq": seq.astype(np.int32)}, ~again)


def from_first_macro(rows: Rows, place: str) -> tuple[Rows, Counter[str]]:
    """Leave out what comes before each user's first macro, and let that one open the history.

    Parameters
    ----------
    rows : dict of str to array
        Of whole users, in their order and without doubles: user, flags, seq, `place`, and others.
    place : str
        The column that tells which rows share a time, and whatever else the log orders them by.

    Returns
    -------
    rows : dict of str to array
        The same columns.
    counts : Counter
        Of the rows given: "events", "macros", and "tied", those at the place of a user's first.

    Examples
    --------
    >>> rows = {"user": np.array([1, 1, 1, 1, 2]), "seq": np.array([0, 1, 2, 3, 0]),
    ...         "t": np.array([5, 6, 6, 7, 9]), "flags": np.array([0, 1, 1, 1, 0]) * MACRO_FLAG}
    >>> after, counts = from_first_macro(rows, "t")
    >>> after["seq"].tolist(), after["flags"].tolist() == [0, MACRO_FLAG], dict(counts)
    ([0, 2], True, {'events': 5, 'macros': 3, 'tied': 1})
    """
    macro = rows["flags"] >= MACRO_FLAG
    number = count_in(macro, latest(begins(rows["user"])))
    opening = macro & (number == 1)
    begin = latest(opening)
    tied = macro & ~opening & (rows[place] == rows[place][begin])
    counts = Counter(events=len(macro), macros=int(macro.sum()), tied=int(tied.sum()))
    cut = rows | {
        "flags": np.where(opening, 0, rows["flags"]).astype(np.int32),
        "seq": (rows["seq"] - rows["seq"][begin]).astype(np.int32),
    }
    return take(cut, (number > 0) & ~tied), counts


def in_sessions(rows: Rows, gap: int, place: str) -> Rows:
    """Number each user's sessions, and tell which rows open them, ties, and the quiet before.

    Parameters
    ----------
    rows : dict of str to array
        Of whole users, in their order and without doubles: user, t, flags, `place`, seq, and sid
        where the log numbers its sessions itself.
    gap : int
        The longest pause inside a session, in microseconds.
    place : str
        ``"t"``, or a column that tells rows of one time apart: then only rows at the place of a
        macro are tied.

    Returns
    -------
    dict of str to array
        The same columns and session (from 1 on), opens, away (begun hours of quiet before the
        session, 0 before the first), tie.

    Examples
    --------
    >>> rows = {"user": np.zeros(4, int), "t": np.array([0, 60, 60, 9_000]) * 1_000_000,
    ...         "flags": np.zeros(4, int)}
    >>> found = in_sessions(rows, 1_800_000_000, "t")
    >>> {name: found[name].tolist() for name in ("session", "opens", "away", "tie")}
    {'session': [1, 1, 1, 2], 'opens': [1, 0, 0, 1], 'away': [0, 0, 0, 3], 'tie': [0, 1, 1, 0]}
    """
    first, t = begins(rows["user"]), rows["t"].astype(np.int64, copy=False)
    pause = np.diff(t, prepend=t[:1])
    opens = first | (pause > gap)
    quiet = np.clip((pause + (HOUR - 1)) // HOUR, 1, AWAY_ROOM - 1)
    quiet[first] = 0
    tie = _beside(first, t) if place == "t" else _at_macro(first, rows, place)
    if "sid" in rows:
        opens, session, away = _given(first, opens, quiet, rows)
    else:
        session, away = count_in(opens, latest(first)), quiet[latest(opens)]
    return rows | {
        "session": session.astype(np.int32),
        "opens": opens.astype(np.int8),
        "away": away,
        "tie": tie.astype(np.int8),
    }


def _beside(first: Marks, t: Ints) -> Marks:
    """Whether the row before or behind is of the same time."""
    before = ~first
    before[1:] &= t[1:] == t[:-1]
    tie = before.copy()
    tie[:-1] |= before[1:]
    return tie


def _at_macro(first: Marks, rows: Rows, place: str) -> Marks:
    """Whether a row that is no macro is at the place of one."""
    at, macro = rows[place], rows["flags"] >= MACRO_FLAG
    new = first.copy()
    new[1:] |= at[1:] != at[:-1]
    number = np.cumsum(new) - 1
    held: Marks = np.bincount(number, weights=macro) > 0
    tied: Marks = held[number] & ~macro
    return tied


def _given(first: Marks, opens: Marks, quiet: Ints, rows: Rows) -> tuple[Marks, Ints, Ints]:
    """Sessions of the log itself, numbered by their first event.

    An event without a session id belongs to the visit of the event before it, unless the gap
    between them is longer than that of a visit; then it opens one of its own.
    """
    sid = rows["sid"].astype(np.int64)
    own = np.where(sid >= 0, sid, rows["seq"] + np.int64(UNKNOWN_SESSION))
    visit = own[latest((sid >= 0) | opens)]
    user_at = latest(first)
    by_visit = np.lexsort((visit, user_at))
    new = np.ones(len(visit), dtype=bool)
    new[1:] = (np.diff(visit[by_visit]) != 0) | (np.diff(user_at[by_visit]) != 0)
    start = np.empty(len(visit), dtype=np.int64)  # of the visit of each row: its first row
    start[by_visit] = by_visit[latest(new)]
    begun = start == np.arange(len(start))
    # Quiet before a visit is quiet of the user: where visits interleave, the end of the one before
    # may lie ahead.
    return begun, count_in(begun, user_at)[start], quiet[start]
