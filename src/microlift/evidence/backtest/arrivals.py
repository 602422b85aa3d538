"""Who arrives in a window, what they do in the horizon that follows, and what they bring.

Every user is counted once, by segment and week of arrival, and followed for the horizon from the
first event: so all of them have the same time to act and to convert, and users do not depend on
each other. An action counts once a user, before the macro, as the weights count it.
"""

from dataclasses import dataclass

import ibis
import numpy as np
import numpy.typing as npt

from microlift.events import EventLog
from microlift.evidence.backtest.windows import WEEK
from microlift.plan import micros

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Arrivals:
    """Users who arrive in a window: one cell for each way in which they may be alike.

    Attributes
    ----------
    segment, week
        Of each cell: the code of the attribute, the week after the window's begin.
    did
        Actions done before the macro, as a bit mask.
    macro
        Whether the macro came within the horizon.
    n
        Users.
    value
        What their macros are worth, in units of the currency.
    """

    segment: Ints
    week: Ints
    did: Ints
    macro: Ints
    n: Ints
    value: Floats

    def done(self, actions: int) -> Floats:
        """Cells times actions: 1 where the action was done."""
        return ((self.did[:, None] >> np.arange(actions)) & 1).astype(np.float64)

    @property
    def macros(self) -> int:
        """Users with a macro."""
        return int((self.n * self.macro).sum())


def count_arrivals(
    log: EventLog, begin: int, end: int, attributes: tuple[int, ...]
) -> tuple[Arrivals, ...]:
    """Count who arrives from `begin` until before `end`, in microseconds.

    Returns
    -------
    One for each attribute asked for (its position in the plan); -1 puts all in one segment.
    """
    events, horizon = log.events, micros(log.plan.horizon)
    users = events.group_by("user").agg(
        begin=events.t.min(), macro_seq=events.seq.min(where=events.macro == 1)
    )
    users = users.filter(users.begin >= begin, users.begin < end)
    rows = events.join(users, "user")
    rows = rows.filter(rows.t <= rows.begin + horizon).filter(
        lambda t: t.macro_seq.isnull() | (t.seq <= t.macro_seq)
    )
    single = rows.group_by("user").agg(
        week=((rows.begin.min() - begin) // WEEK).cast("int64"),
        did=(rows.macro == 1).ifelse(0, rows.mask).bit_or().cast("int64"),
        macro=rows.macro.max().cast("int64"),
        value=rows.value.sum(where=rows.macro == 1).coalesce(0).cast("int64"),
        **{f"a{i}": rows[f"a{i}"].max() for i in range(len(log.plan.log.attributes))},
    )
    kept = log.con.create_table("arrivals", single.drop("user"), temp=True, overwrite=True)
    found = tuple(_by(log, kept, attribute) for attribute in attributes)
    log.con.drop_table("arrivals")
    return found


def _by(log: EventLog, kept: ibis.Table, attribute: int) -> Arrivals:
    code = ibis.literal(0, "int64") if attribute < 0 else kept[f"a{attribute}"].cast("int64")
    keyed = kept.mutate(segment=code)
    keys = ["segment", "week", "did", "macro"]
    cells = keyed.group_by(keys).agg(n=keyed.count(), value=keyed.value.sum().cast("int64"))
    table = log.con.to_pyarrow(cells).sort_by([(key, "ascending") for key in keys])
    columns = {name: table[name].to_numpy().astype(np.int64) for name in (*keys, "n")}
    return Arrivals(**columns, value=table["value"].to_numpy() / 10**log.facts.minor_digits)
