"""A surrogate of macros by segment and day: non-negative least squares on counts of actions."""

from functools import reduce

import ibis
import numpy as np
import pandas as pd
from scipy.optimize import nnls

from microlift.models.baselines.baseline import Baseline, Findings, result
from microlift.models.baselines.counts import MILLI, Counts
from microlift.moments.space import DAY

NAME = "surrogate index"
LEAST = 3  # rows for each action
NOTE = (
    "Macros of a segment and day, explained by its counts of first occurrences with weights that "
    "may not be negative. It fits what happens on the same day; no ratio."
)


def surrogate_index(counts: Counts) -> Baseline:
    r"""Book the weights that best explain macros by segment and day.

    .. math:: \min_{w \ge 0} \sum_{s, d} \Bigl(M_{sd} - \sum_a w_a C_{asd}\Bigr)^2,
              \qquad credit_a = w_a

    with M macros and C first occurrences of a (before the macro) in segment s, a combination of
    the attributes' values, on day d (UTC). It assumes that macros move with actions because of
    them, and on the same day. Actions that rise and fall with traffic alike (most do) cannot be
    told apart, one of them gets all, others exactly 0; none is ever negative; and what pays off
    days later is not seen.

    References
    ----------
    Athey, Chetty, Imbens and Kang (2019), doi:10.3386/w26463; Lawson and Hanson (1995),
    doi:10.1137/1.9781611971217.

    Examples
    --------
    Too short a log for three rows an action:

    >>> from microlift.models.baselines.example import example
    >>> surrogate_index(example()).note
    'Macros of ... Not judged: cart, video (1 segment-days; at least 6 are needed).'
    """
    table = _segment_days(counts)
    rows, actions = len(table), counts.actions
    if rows < LEAST * actions:
        reason = f"{rows:,} segment-days; at least {LEAST * actions:,} are needed"
        none = np.full(actions, np.nan)
        return result(NAME, counts, Findings(none, NOTE, why=dict.fromkeys(range(actions), reason)))
    values = table.to_numpy(dtype=np.float64)
    weights, _ = nnls(values[:, :actions], values[:, actions])
    return result(NAME, counts, Findings(weights, f"{NOTE} {rows:,} segment-days."))


def _segment_days(counts: Counts) -> pd.DataFrame:
    """One row for each segment and day: first occurrences of each action, and macros."""
    people = counts.people
    traits = [name for name in people.columns if name[0] == "a" and name[1:].isdigit()]
    times = [(people[f"f{i}"], people[f"f{i}"].notnull()) for i in range(counts.actions)]
    times.append((people.end, people.reached == 1))
    tables = []
    for kind, (time, there) in enumerate(times):
        t = people.begin + time * MILLI
        tables.append(
            people.filter(there).select(
                *traits,
                day=((t - (t % DAY + DAY) % DAY) / DAY).round().cast("int64"),
                kind=ibis.literal(kind, "int64"),
            )
        )
    every = reduce(lambda one, two: one.union(two), tables)
    keys = [*traits, "day", "kind"]
    cells = counts.frame(every.group_by(keys).agg(n=every.count())).astype("int64")
    table = cells.pivot_table("n", keys[:-1], "kind", aggfunc="sum", fill_value=0)
    return table.reindex(columns=range(len(times)), fill_value=0).sort_index()
