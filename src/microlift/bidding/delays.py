"""Conversion delays: how long after the first touch, and after the last click, the macro comes."""

from dataclasses import dataclass

import pandas as pd

from microlift.events.times import DAY
from microlift.journeys.kaplan_meier import (
    Floats,
    last_watched,
    quantile,
    seen_and_lost,
    share_converted,
)
from microlift.journeys.lags import LEAST_MACROS

MOST = 0.9


@dataclass(frozen=True)
class Delay:
    """Days to the macro: the median, and within how many 90 % come; not a number where unknown.

    `cut`: the log is too short to see the slow ones.
    """

    median: float = float("nan")
    most: float = float("nan")
    cut: bool = False


def from_first_touch(waits: pd.DataFrame) -> Delay:
    """Delay from a user's first event, by Kaplan-Meier: the slow ones fall behind the log's end.

    Users whose first event is the macro have no touch before it, and are left out.

    Parameters
    ----------
    waits
        Columns wait, reached, n.

    Examples
    --------
    Twenty users who come back in one to ten days, and ten who are watched for twenty in vain:

    >>> waits = pd.DataFrame({"wait": [day * DAY for day in range(1, 11)] + [20 * DAY],
    ...                       "reached": [1] * 10 + [0], "n": [2] * 10 + [10]})
    >>> from_first_touch(waits)
    Delay(median=5.0, most=9.0, cut=False)
    """
    waits = waits[(waits["wait"] > 0) | (waits["reached"] == 0)]
    if waits.loc[waits["reached"] == 1, "n"].sum() < LEAST_MACROS:
        return Delay()
    times, seen, lost = seen_and_lost(waits.rename(columns={"wait": "lag"}))
    converted = share_converted(seen, lost)
    last = last_watched(seen, lost, converted)
    converted = converted[: last + 1]
    if converted[-1] == 0:
        return Delay()
    median, most = (float(quantile(times, converted[None], p)[0]) for p in (0.5, MOST))
    return Delay(median / DAY, most / DAY, bool(most > times[last] / 2))


def from_click(clicks: pd.DataFrame) -> Delay:
    """Delay from the begin of the visit with the macro: the last click there can have been.

    >>> from_click(pd.DataFrame({"wait": [DAY, 3 * DAY], "n": [15, 5]}))
    Delay(median=1.0, most=3.0, cut=False)
    """
    if clicks["n"].sum() < LEAST_MACROS:
        return Delay()
    waits = clicks.sort_values("wait")
    reached: Floats = (waits["n"].cumsum() / waits["n"].sum()).to_numpy(dtype=float)
    times = waits["wait"].to_numpy(dtype=float)
    median, most = (float(times[(reached >= p - 1e-12).argmax()]) for p in (0.5, MOST))
    return Delay(median / DAY, most / DAY)
