"""From a shop's name to its log, as a frame of events, and to the plan that measures it."""

import numpy as np
import pandas as pd

from microlift.errors import InputError, nearest
from microlift.plan import Plan
from microlift.simulate.law import Doubles, Log
from microlift.simulate.letters import HORIZON as CLOCK_HORIZON
from microlift.simulate.letters import ClockLaw
from microlift.simulate.shops import DAY, SHOPS, ClockShop, Shop
from microlift.simulate.visits import HORIZON, VisitLaw

START = np.datetime64("2025-01-06T00:00:00", "us")
"""The start of every simulated window: a Monday, UTC."""

MEAN_VALUE, SPREAD = 60.0, 0.5
CURRENCY = "USD"


def simulate(shop: str, users: int, seed: int) -> pd.DataFrame:
    """Simulate the event log of a shop.

    Parameters
    ----------
    shop : str
        A name in `SHOPS`.
    users : int
        Users who come; each has at least one event.
    seed : int
        Same arguments, same frame.

    Returns
    -------
    DataFrame
        ``user_id``, ``timestamp`` (UTC, microseconds), ``event``, ``value`` (of a macro; NaN
        elsewhere), ``currency``, ``channel``, ``device``; rows in no particular order.

    Raises
    ------
    InputError
        If the shop is unknown, or `users` is below 1.

    Notes
    -----
    About half a second per 100,000 users of a visit shop.

    Examples
    --------
    >>> log = simulate("plain", users=100, seed=1)
    >>> log["user_id"].nunique()
    100
    >>> sorted(set(log["event"]) - {action.name for action in SHOPS["plain"].actions})
    ['purchase', 'visit']
    """
    spec = find_shop(shop)
    require_count("users", users)
    rng = np.random.default_rng(seed)
    law = ClockLaw(spec) if isinstance(spec, ClockShop) else VisitLaw(spec)
    return frame_of(spec, law.log(users, rng), rng)


def frame_of(spec: Shop, log: Log, rng: np.random.Generator) -> pd.DataFrame:
    """Write a simulated log as a frame of events, with ids, values and rows in random order."""
    order = rng.permutation(len(log.user))
    user, code = log.user[order], log.code[order]
    count = len(log.channel)
    names = [*(action.name for action in spec.actions), spec.macro_event, spec.opening_event]
    numbers = rng.permutation(count)
    digits = len(str(count))
    ids = np.array([f"u{number:0{digits}d}" for number in numbers], dtype=object)
    macro = code == len(spec.actions)
    value = np.full(len(user), np.nan)
    value[macro] = _values(int(macro.sum()), rng)
    time = START + log.t[order] * np.timedelta64(1_000_000, "us")
    channels = np.array([group.label for group in spec.channels], dtype=object)
    devices = np.array([group.label for group in spec.devices], dtype=object)
    return pd.DataFrame(
        {
            "user_id": ids[user],
            "timestamp": pd.DatetimeIndex(time).tz_localize("UTC"),
            "event": np.array(names, dtype=object)[code],
            "value": value,
            "currency": np.array([None, CURRENCY], dtype=object)[macro.astype(np.intp)],
            "channel": channels[log.channel[user]],
            "device": devices[log.device[user]],
        }
    )


def _values(count: int, rng: np.random.Generator) -> Doubles:
    """Order values with mean 60 and a long right tail."""
    return np.round(MEAN_VALUE * np.exp(SPREAD * rng.standard_normal(count) - SPREAD**2 / 2), 2)


def plan_for(shop: str) -> Plan:
    """Return the measurement plan that fits a simulated shop.

    Parameters
    ----------
    shop : str
        A name in `SHOPS`.

    Returns
    -------
    Plan

    Raises
    ------
    InputError
        If the shop is unknown.

    Examples
    --------
    >>> plan_for("funnel").funnel
    ('view_item', 'add_to_cart', 'begin_checkout', 'payment_details')
    """
    spec = find_shop(shop)
    moments: str | dict[str, str] = "visits"
    horizon = HORIZON
    if isinstance(spec, ClockShop):
        moments = {"clock": "1d", "quiet": f"{spec.quiet_days}d"}
        horizon = CLOCK_HORIZON
    return Plan.from_dict(
        {
            "version": 1,
            "log": {
                "columns": {"user_id": "user_id", "timestamp": "timestamp", "value": "value"},
                "attributes": ["channel", "device"],
            },
            "macro": {"event": spec.macro_event, "value": "value", "currency": CURRENCY},
            "horizon": f"{horizon // DAY}d",
            "moments": moments,
            "actions": [
                {"name": action.name, "event": action.name, "kind": action.kind}
                for action in spec.actions
            ],
            "funnel": list(spec.funnel),
        }
    )


def find_shop(shop: str) -> Shop:
    """Return the shop of that name, or say which names there are."""
    if shop not in SHOPS:
        raise InputError(
            f"Argument shop: got {shop!r}, which is none of the {len(SHOPS)} simulated shops. "
            f"Use {nearest(shop, SHOPS)}."
        )
    return SHOPS[shop]


def require_count(name: str, count: int) -> None:
    """Refuse a count below 1."""
    if count < 1:
        raise InputError(
            f"Argument {name}: got {count:,}, and nothing can be simulated from less than 1. "
            f"Use a whole number of at least 1."
        )
