"""An ad platform, simulated: what it books of the conversions that a log sends it.

It knows clicks and conversions and nothing of how weights are made, so that what it books can be
held against the revenue. Events are taken one after the other, as a platform receives them.
"""

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd

from microlift.errors import InputError
from microlift.plan.quoting import short

VISIT = pd.Timedelta("30min")
CLICK = "click_id"


def give_clicks(
    log: pd.DataFrame,
    seed: int,
    *,
    paid: tuple[str, ...] | None = None,
    share: float = 1.0,
    again: float = 0.1,
) -> pd.DataFrame:
    """Give the visits of a raw log click ids, as a landing page records them.

    Parameters
    ----------
    log : DataFrame
        From `simulate`: ``user_id``, ``timestamp``, ``event``, ``channel``.
    seed : int
        Same arguments, same ids.
    paid : tuple of str, optional
        The channels whose visits may come by a click; default all.
    share : float
        Which part of their visits does.
    again : float
        Which part of these repeats the user's latest click, as a bookmarked address does,
        instead of bringing a new one.

    Returns
    -------
    DataFrame
        The same rows with ``click_id``: on the first event of a visit with a click, else None.

    Raises
    ------
    InputError
        If `share` or `again` is not between 0 and 1.

    Examples
    --------
    >>> log = pd.DataFrame({"user_id": ["u", "u", "u"], "event": "visit", "channel": "search",
    ...     "timestamp": pd.to_datetime(["2026-01-01 10:00", "2026-01-01 10:05",
    ...                                  "2026-01-02 08:00"])})
    >>> give_clicks(log, seed=1, again=0)["click_id"].tolist()
    ['click-0', None, 'click-1']
    """
    for name, value in (("share", share), ("again", again)):
        if not 0 <= value <= 1:
            raise InputError(f"{name}={value!r} is no part of all visits. Give 0 to 1.")
    rng = np.random.default_rng(seed)
    order = log.sort_values(["user_id", "timestamp"], kind="stable").index
    rows = log.loc[order, ["user_id", "timestamp", "channel"]]
    lands = ~(rows.groupby("user_id")["timestamp"].diff() <= VISIT)
    may = rows["channel"].isin(paid) if paid is not None else True
    clicked = rows[lands & may]
    clicked = clicked[rng.random(len(clicked)) < share]
    first = ~clicked["user_id"].duplicated()
    new = first | (rng.random(len(clicked)) >= again)
    number = pd.Series(new.cumsum() - 1, clicked.index)  # a repeated one is the user's latest
    ids = pd.Series([None] * len(log), log.index, dtype=object)
    ids[clicked.index] = [f"click-{n}" for n in number]
    return log.assign(**{CLICK: ids})


def book(
    log: pd.DataFrame,
    values: Mapping[str, float],
    *,
    count: Literal["click", "every"],
    window: pd.Timedelta,
) -> pd.Series:
    """Book conversions as an ad platform does.

    A conversion belongs to the latest click of its user, at or before it and not older than the
    window; without one the platform does not see it. By ``click`` the first of each action and
    click is booked, by ``every`` each one.

    Parameters
    ----------
    log : DataFrame
        ``user_id``, ``timestamp``, ``event`` and ``click_id``, as `give_clicks` gives them.
    values : mapping of str to float
        What is booked at a conversion, by the event that is one.
    count : str
        How the platform counts: ``"click"`` or ``"every"``.
    window : Timedelta
        The platform's conversion window.

    Returns
    -------
    Series
        Booked value by day of the conversion (UTC), days without any left out.

    Raises
    ------
    InputError
        If `count` is neither.

    Examples
    --------
    >>> log = pd.DataFrame({"user_id": ["u", "u", "u"], "event": ["visit", "cart", "cart"],
    ...     "timestamp": pd.date_range("2026-01-01", periods=3, freq="h", tz="UTC"),
    ...     "click_id": ["c", None, None]})
    >>> [book(log, {"cart": 2.5}, count=count, window=pd.Timedelta("30D")).sum()
    ...  for count in ("click", "every")]
    [np.float64(2.5), np.float64(5.0)]
    """
    if count not in ("click", "every"):
        raise InputError(f"count={short(count)}: a platform counts by 'click' or 'every' one.")
    by_day: dict[pd.Timestamp, float] = {}
    clicks: dict[object, tuple[object, pd.Timestamp]] = {}
    seen: set[tuple[object, str]] = set()
    received = log.sort_values("timestamp", kind="stable")
    columns = (received[name] for name in ("user_id", "timestamp", "event", CLICK))
    for user, at, event, click in zip(*columns, strict=True):
        if not pd.isna(click):
            clicks[user] = click, at
        latest = clicks.get(user)
        if event not in values or latest is None or at - latest[1] > window:
            continue
        once = latest[0], event
        if count == "click" and once in seen:
            continue
        seen.add(once)
        day = at.normalize()
        by_day[day] = by_day.get(day, 0.0) + values[event]
    return pd.Series(by_day, dtype=float).sort_index()
