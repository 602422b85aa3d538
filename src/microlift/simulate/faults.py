"""Faults planted in a simulated log: a payment that breaks on mobile, a fee that shows in the cart.

A fault only takes rows away: what a user would have done and was kept from doing.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from microlift.errors import InputError, nearest


@dataclass(frozen=True)
class Fault:
    """A fault: what it stops, for whom, when, and how often.

    Attributes
    ----------
    story
        One line.
    stopped
        The events that do not happen.
    begin, days
        When it starts, as a share of the log's days, and how long it lasts; None: to the end.
    chance
        How many of those who come to it are stopped: visit by visit, or once and for all.
    device
        On which device; None: all.
    for_good
        Whether a user who was stopped does not try again.
    """

    story: str
    stopped: tuple[str, ...]
    begin: float
    days: int | None
    chance: float
    device: str | None = None
    for_good: bool = False


FAULTS: dict[str, Fault] = {
    "payment": Fault(
        story="the payment step breaks on mobile for two weeks",
        stopped=("purchase",),
        begin=0.4,
        days=14,
        chance=0.8,
        device="mobile",
    ),
    "shipping_fee": Fault(
        story="a shipping fee shows after the cart, from one day on",
        stopped=("begin_checkout", "payment_details", "purchase"),
        begin=0.6,
        days=None,
        chance=0.5,
        for_good=True,
    ),
}


def plant(log: pd.DataFrame, fault: str, seed: int) -> pd.DataFrame:
    """Plant a fault in the log of the simulated shop ``funnel``.

    Parameters
    ----------
    log : DataFrame
        Of `simulate`.
    fault : str
        A name in `FAULTS`.
    seed : int
        Same arguments, same frame.

    Returns
    -------
    DataFrame
        The log without the rows that the fault kept from happening.

    Raises
    ------
    InputError
        If the fault is unknown.

    Examples
    --------
    >>> from microlift.simulate import simulate
    >>> log = simulate("funnel", users=2_000, seed=1)
    >>> broken = plant(log, "payment", seed=1)
    >>> gone = len(log) - len(broken)
    >>> gone > 0 and gone == int((log["event"] == "purchase").sum() - (broken["event"]
    ...     == "purchase").sum())
    True
    """
    if fault not in FAULTS:
        raise InputError(
            f"Argument fault: got {fault!r}, which is none of the {len(FAULTS)} faults that can be "
            f"planted. Use {nearest(fault, FAULTS)}."
        )
    spec = FAULTS[fault]
    rng = np.random.default_rng(seed)
    first, last = window(log, fault)
    day = log["timestamp"].dt.floor("D")
    met = log["event"].isin(spec.stopped) & (day >= first) & (day <= last)
    if spec.device is not None:
        met &= log["device"] == spec.device
    # Who is stopped once and for all is drawn by user; else each day anew.
    unit = log["user_id"] if spec.for_good else log["user_id"] + day.astype(str)
    codes, names = pd.factorize(unit, sort=True)
    stopped = rng.random(len(names)) < spec.chance
    kept: pd.DataFrame = log[~(met.to_numpy() & stopped[codes])]
    return kept


def window(log: pd.DataFrame, fault: str) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Days on which a fault is there, both included.

    >>> times = pd.date_range("2025-01-06", "2025-03-06", tz="UTC")
    >>> [str(day.date()) for day in window(pd.DataFrame({"timestamp": times}), "payment")]
    ['2025-01-30', '2025-02-12']
    """
    spec = FAULTS[fault]
    start, end = (log["timestamp"].agg(what).floor("D") for what in ("min", "max"))
    first = start + int(spec.begin * ((end - start).days + 1)) * pd.Timedelta(days=1)
    last = end if spec.days is None else first + pd.Timedelta(days=spec.days - 1)
    return first, last
