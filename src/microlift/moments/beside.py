"""What a user's other rows tell of a row: actions done before, steps next to it, the macro.

Every engine knows windows. The embedded one sorts for them, and works out each by itself, so there
the same integers are read off arrays: a pass over a column costs a tenth of a window.
"""

from collections.abc import Iterator

import ibis
import ibis.expr.types as ir
import numpy as np
from ibis.backends.duckdb import Backend

from microlift.events.arrays import Ints, Rows, whole_users
from microlift.events.neighbours import begins
from microlift.moments.history import done_before

NOTHING = -1  # the mark where there is no neighbour
NEVER = 1 << 62  # the time of a macro that does not come, behind all others


def by_windows(rows: ir.Table, actions: int, backs: tuple[int, ...]) -> ir.Table:
    """Look at other rows with what every engine has.

    Parameters
    ----------
    rows
        user, seq, t (which never falls from macro to macro), bits (of actions, and above them the
        macro), mark (0 or more), and any others.
    actions
        How many bits are actions.
    backs
        How many rows back to look.

    Returns
    -------
    ibis.Table
        The same columns but for seq; before (bits of all earlier rows), ahead (the mark of the next
        row, `NOTHING` where there is none), back1.. (marks of earlier ones), first_t, and macro_t
        (the time of the user's first macro, `NEVER` where there is none).
    """
    order = ibis.window(group_by="user", order_by="seq")
    whole = ibis.window(group_by="user", order_by="seq", preceding=None, following=None)
    return rows.mutate(
        before=done_before(rows.bits, actions + 1, running_or=False),
        ahead=rows.mark.lead(1, NOTHING).over(order),
        **{f"back{k}": rows.mark.lag(k, NOTHING).over(order) for k in backs},
        first_t=rows.t.min().over(whole),
        macro_t=(rows.bits >= (1 << actions)).ifelse(rows.t, NEVER).min().over(whole),
    ).drop("seq")


def by_arrays(con: Backend, rows: ir.Table, actions: int, backs: tuple[int, ...]) -> Iterator[Rows]:
    """Look at other rows in arrays: the same as `by_windows`, some users at a time.

    The engine may be asked nothing else until the last of them are there.

    Examples
    --------
    >>> con = ibis.duckdb.connect()
    >>> rows = con.create_table("rows", ibis.memtable({"user": [1, 1, 1], "seq": [0, 1, 2],
    ...     "t": [5, 6, 9], "bits": [2, 1, 4], "mark": [7, 8, 9]}))
    >>> found, = by_arrays(con, rows, 2, (1,))
    >>> found["before"].tolist(), found["ahead"].tolist(), found["macro_t"].tolist()
    ([0, 2, 3], [8, 9, -1], [9, 9, 9])
    >>> con.to_pyarrow(by_windows(rows, 2, (1,)).order_by("t"))["before"].to_pylist()
    [0, 2, 3]
    """
    ordered = rows.order_by("user", "seq")
    count = int(con.to_pyarrow(rows.count()).as_py())
    for some in whole_users(con, ordered, count):
        yield _told(some, actions, backs)


def _told(own: Rows, actions: int, backs: tuple[int, ...]) -> Rows:
    """What `by_windows` tells, of sorted rows of whole users."""
    first = begins(own["user"])
    users, number, at = np.flatnonzero(first), np.cumsum(first) - 1, np.arange(len(first))
    start, bits, mark = users[number], own["bits"], own["mark"]
    ahead = np.full_like(mark, NOTHING)
    ahead[:-1] = np.where(first[1:], NOTHING, mark[1:])
    found = {name: own[name] for name in own if name != "seq"}
    found |= {"before": _done_before(bits, actions + 1, start), "ahead": ahead}
    for k in backs:
        back = np.full_like(mark, NOTHING)
        back[k:] = np.where(at[k:] - k >= start[k:], mark[:-k], NOTHING)
        found[f"back{k}"] = back
    earliest = np.minimum.reduceat(own["t"], users) if len(users) else own["t"]
    # The first row with a macro, from behind: the earlier one overwrites the later.
    macros = np.flatnonzero(bits >= (1 << actions))[::-1]
    macro_t = np.full(len(users), NEVER)
    macro_t[number[macros]] = own["t"][macros]
    return found | {"first_t": earliest[number], "macro_t": macro_t[number]}


def _done_before(bits: Ints, count: int, start: Ints) -> Ints:
    """Bits of a user's earlier rows: each is added once, where it first stands."""
    new = np.zeros(len(bits), dtype=np.int64)
    for bit in range(count):
        having = np.flatnonzero(bits & (1 << bit))
        new[having[begins(start[having])]] |= 1 << bit
    so_far = np.cumsum(new) - new  # over all users: less what there was when the own ones begin
    earlier: Ints = so_far - so_far[start]
    return earlier
