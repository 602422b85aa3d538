"""A shop over many weeks: it grows, its orders get dearer, and what its actions do drifts."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from microlift.simulate.logs import START, frame_of
from microlift.simulate.shops import FUNNEL, VisitShop
from microlift.simulate.visits import ARRIVALS, VisitLaw

WEEK = pd.Timedelta(days=7)
EARLY = 10 * 86_400  # seconds: arrivals so early in a simulated window are followed for 50 days
GROW, FADE = {"begin_checkout"}, {"add_to_cart"}


def weeks_of(
    users: Sequence[int], seed: int, *, drift: float = 0.5, dearer: float = 0.25
) -> pd.DataFrame:
    """Simulate a shop of visits week by week.

    Parameters
    ----------
    users : sequence of int
        How many users arrive in each week.
    seed : int
        Same arguments, same log.
    drift : float
        By how much, in log odds of the macro, what one action does rises over all weeks, and that
        of another falls.
    dearer : float
        By which part orders are dearer at the end.

    Returns
    -------
    DataFrame
        As `simulate` makes it, cut at the end of the last week.

    Examples
    --------
    >>> log = weeks_of([200, 400], seed=1)
    >>> (log["timestamp"].max() - log["timestamp"].min()).days
    13
    """
    parts, end = [], pd.Timestamp(START, tz="UTC") + len(users) * WEEK
    for week, count in enumerate(users):
        far = week / max(1, len(users) - 1)
        part = _arrivals(_drifted(far * drift), count, np.random.default_rng([seed, week]))
        begin = part.groupby("user_id")["timestamp"].transform("min")
        # The days of the simulated window are put into one week, in their order.
        within = (begin - pd.Timestamp(START, tz="UTC")) * (WEEK / pd.Timedelta(seconds=EARLY))
        moved = part["timestamp"] - begin + pd.Timestamp(START, tz="UTC") + week * WEEK + within
        named = f"w{week}-" + part["user_id"].astype(str)
        value = (part["value"] * (1 + dearer * far)).round(2)
        parts.append(part.assign(timestamp=moved.dt.floor("us"), user_id=named, value=value))
    log = pd.concat(parts, ignore_index=True)
    return log[log["timestamp"] < end].reset_index(drop=True)


def _drifted(amount: float) -> VisitShop:
    actions = []
    for action in FUNNEL.actions:
        sign = (action.name in GROW) - (action.name in FADE)
        base = action.base + sign * amount
        actions.append(replace(action, base=base))
    return replace(FUNNEL, actions=tuple(actions))


def _arrivals(shop: VisitShop, count: int, rng: np.random.Generator) -> pd.DataFrame:
    """Users who arrive early in a simulated window, so that all are followed long enough."""
    log = frame_of(shop, VisitLaw(shop).log(int(count * ARRIVALS / EARLY), rng), rng)
    begin = log.groupby("user_id")["timestamp"].transform("min")
    early = begin < pd.Timestamp(START, tz="UTC") + pd.Timedelta(seconds=EARLY)
    return log[early]
