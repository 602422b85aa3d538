"""Logs with one thing wrong, each of a kind that one check of the evidence is meant to find.

The last event of `crossed` holds its window open; every other log is that of a simulated shop in
which something was changed: its law, or its rows.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from microlift.plan import Plan
from microlift.simulate.logs import START, frame_of, plan_for, simulate
from microlift.simulate.shops import CONFOUNDED, SimAction, VisitShop
from microlift.simulate.visits import VisitLaw

CROSSED_PLAN: dict[str, Any] = {
    "macro": {"event": "buy"},
    "horizon": "3d",
    "log": {"attributes": ["channel", "device"]},
    "actions": [{"name": "act", "event": "act"}, {"name": "look", "event": "look"}],
}
Shares = tuple[tuple[float, float], tuple[float, float]]
PAIR: tuple[Shares, Shares] = ((0.4, 0.1), (0.1, 0.4)), ((0.25, 0.05), (0.05, 0.25))
CORNERS: tuple[Shares, Shares] = ((1.0, 0.2), (0.2, 1.0)), ((0.2, 0.1), (0.1, 0.05))
TWINS: tuple[Shares, Shares] = ((0.6, 0.2), (0.2, 0.06)), ((0.3, 0.1), (0.1, 0.03))
EVEN: tuple[Shares, Shares] = ((0.3, 0.3), (0.3, 0.3)), ((0.1, 0.1), (0.1, 0.1))
ROBOTS_OF, ROBOT_VISITS = 100, 300  # one robot for so many users, and how often it comes
FORGOTTEN = 0.03  # of labels
OTHER = 1_000_003  # between the seeds of two halves
WEEKS = pd.Timedelta(days=60)  # of a simulated window
CROSSED_DAYS = pd.Timedelta(days=24)  # of a log of `crossed`


@dataclass(frozen=True)
class Spoiled:
    """A way to spoil a log.

    Attributes
    ----------
    story
        One line.
    check
        Name of the check that is meant to find it.
    make
        The log, of so many users and a seed.
    plan
        The plan that measures it.
    actions
        Whose lift is wrong by it; none where it is not the lift that is.
    """

    story: str
    check: str
    make: Callable[[int, int], pd.DataFrame]
    plan: Callable[[], Plan]
    actions: tuple[str, ...] = ()


def crossed(users: int, seed: int, acts: Shares, buys: Shares, effect: float = 1.0) -> pd.DataFrame:
    """One visit a user; chances by channel and device; acting multiplies that of buying.

    Examples
    --------
    >>> log = crossed(100, 1, *PAIR)
    >>> log["user_id"].nunique(), sorted(set(log["event"]))
    (101, ['act', 'buy', 'look', 'visit'])
    """
    rng = np.random.default_rng(seed)
    channel, device = rng.integers(2, size=(2, users))
    start = pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.integers(20 * 24, size=users), "h")
    act = rng.random(users) < np.array(acts)[channel, device]
    chance = np.array(buys)[channel, device] * np.where(act, effect, 1.0)
    happens = {
        "visit": np.ones(users, dtype=bool),
        "look": rng.random(users) < 0.2,
        "act": act,
        "buy": rng.random(users) < chance,
    }
    minutes = {"visit": 0, "act": 2, "look": 4, "buy": 6}
    frames = [
        pd.DataFrame({
            "user_id": np.flatnonzero(here), "event": event,
            "timestamp": start[here] + pd.Timedelta(minutes=minutes[event]),
            "channel": np.array(["email", "search"])[channel[here]],
            "device": np.array(["desktop", "phone"])[device[here]],
        })
        for event, here in happens.items()
    ]  # fmt: skip
    last = frames[0].head(1).assign(user_id=users, timestamp=pd.Timestamp("2026-01-25"))
    return pd.concat([*frames, last], ignore_index=True)


def _crossed_plan() -> Plan:
    return Plan.from_dict(CROSSED_PLAN)


def _without_device() -> Plan:
    return Plan.from_dict({**CROSSED_PLAN, "log": {"attributes": ["channel"]}})


def _halves(early: pd.DataFrame, late: pd.DataFrame, apart: pd.Timedelta) -> pd.DataFrame:
    """One log after another; no user is in both."""
    names = "late_" + late["user_id"].astype(str)
    late = late.assign(timestamp=late["timestamp"] + apart, user_id=names)
    return pd.concat([early.astype({"user_id": str}), late], ignore_index=True)


def _gone(users: int, seed: int) -> pd.DataFrame:
    """Acting doubles the chance to buy, in the first half."""
    early = crossed(users // 2, seed, *EVEN, effect=2.0)
    return _halves(early, crossed(users // 2, seed + OTHER, *EVEN), CROSSED_DAYS)


def _lost(users: int, seed: int) -> pd.DataFrame:
    """In the second half six of ten who would buy do."""
    early, late = (crossed(users // 2, number, *EVEN) for number in (seed, seed + OTHER))
    rng = np.random.default_rng([seed, 3])
    kept = late[(late["event"] != "buy") | (rng.random(len(late)) < 0.6)]
    return _halves(early, kept, CROSSED_DAYS)


def _channels_plan() -> Plan:
    return plan_for("channels")


def _of(shop: VisitShop, users: int, seed: int) -> pd.DataFrame:
    """The log of a shop that has no name."""
    rng = np.random.default_rng(seed)
    return frame_of(shop, VisitLaw(shop).log(users, rng), rng)


def _opened(users: int, seed: int) -> pd.DataFrame:
    """The chat opens by itself, once, for whoever comes by email or directly."""
    tilted = tuple(
        replace(group, tilt={"chat": 8.0}) if group.label in ("email", "direct") else group
        for group in CONFOUNDED.channels
    )
    actions = _with(CONFOUNDED.actions, "chat", {"chat": -12.0})
    return _of(replace(CONFOUNDED, channels=tilted, actions=actions), users, seed)


def _with(
    actions: tuple[SimAction, ...], name: str, effects: dict[str, float]
) -> tuple[SimAction, ...]:
    return tuple(replace(a, effects=effects) if a.name == name else a for a in actions)


def _labelled(users: int, seed: int) -> pd.DataFrame:
    """The device of who has bought in the end is written down as a customer's, mostly."""
    log = simulate("plain", users, seed)
    rng = np.random.default_rng([seed, 1])
    codes, names = pd.factorize(log["user_id"], sort=True)
    bought = np.zeros(len(names), dtype=bool)
    bought[codes[log["event"] == "purchase"]] = True
    known = bought & (rng.random(len(names)) >= FORGOTTEN)
    return log.assign(device=np.where(known, "customer", "visitor")[codes])


def _with_robots(users: int, seed: int) -> pd.DataFrame:
    """Robots come all the time, look at an item each time, and never buy."""
    log, rng = simulate("channels", users, seed), np.random.default_rng([seed, 2])
    robots = users // ROBOTS_OF
    begin = pd.Timestamp(START, tz="UTC")
    days = rng.uniform(0, 59, robots * ROBOT_VISITS)
    time = pd.DatetimeIndex(begin + pd.to_timedelta(days, unit="D")).floor("s").as_unit("us")
    visit = pd.DataFrame({
        "user_id": np.repeat([f"robot{k}" for k in range(robots)], ROBOT_VISITS),
        "timestamp": time, "event": "visit", "channel": "direct", "device": "desktop",
    })  # fmt: skip
    view = visit.assign(event="view_item", timestamp=time + pd.Timedelta("20s"))
    return pd.concat([log, visit, view], ignore_index=True)


def _faded(users: int, seed: int) -> pd.DataFrame:
    """After two months the cart no longer raises anything; as many users in either half."""
    shop = replace(CONFOUNDED, actions=_with(CONFOUNDED.actions, "add_to_cart", {}))
    early = simulate("channels", users // 2, seed)
    return _halves(early, _of(shop, users // 2, seed + OTHER), WEEKS)


def _dearer(users: int, seed: int) -> pd.DataFrame:
    """From the middle on only six of ten who would buy do."""
    log, rng = simulate("plain", users, seed), np.random.default_rng([seed, 3])
    late = log["timestamp"] >= pd.Timestamp(START, tz="UTC") + WEEKS / 2
    lost = (log["event"] == "purchase") & late & (rng.random(len(log)) < 0.4)
    return log[~lost].reset_index(drop=True)


SPOILED: dict[str, Spoiled] = {
    "everybody": Spoiled(
        "in two channels practically everybody does it", "overlap", _opened, _channels_plan,
        ("chat",),
    ),
    "corners": Spoiled(
        "everybody in two corners of two traits does it, which no single trait shows", "overlap",
        lambda users, seed: crossed(users, seed, *CORNERS), _crossed_plan, ("act",),
    ),
    "pair": Spoiled(
        "acting and buying hang on a pair of traits", "balance",
        lambda users, seed: crossed(users, seed, *PAIR), _crossed_plan, ("act",),
    ),
    "unseen": Spoiled(
        "an intent that the log does not show, and no effect at all", "unmeasured confounder",
        lambda users, seed: simulate("null_intent", users, seed), lambda: plan_for("null_intent"),
    ),
    "twin": Spoiled(
        "of two traits as strong as each other one is not in the log", "unmeasured confounder",
        lambda users, seed: crossed(users, seed, *TWINS), _without_device, ("act",),
    ),
    "label": Spoiled(
        "an attribute that was written down after the macro", "leave one out", _labelled,
        lambda: plan_for("plain"),
    ),
    "robots": Spoiled(
        "robots that look at everything and buy nothing", "heavy users", _with_robots,
        _channels_plan,
    ),
    "faded": Spoiled(
        "the cart's effect is gone in the second half", "stability", _faded, _channels_plan,
        ("add_to_cart",),
    ),
    "gone": Spoiled(
        "acting doubles the chance to buy in the first half, and then does nothing", "stability",
        _gone, _crossed_plan, ("act",),
    ),
    "dearer": Spoiled(
        "four of ten purchases are lost from the middle on", "calibration", _dearer,
        lambda: plan_for("plain"),
    ),
    "lost": Spoiled(
        "the same in a log of one visit a user", "calibration", _lost, _crossed_plan,
    ),
}  # fmt: skip
