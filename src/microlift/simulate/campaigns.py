"""Campaigns of different quality: a shop whose visitors come from many small campaigns.

A campaign's visitors are better or worse in all that they do: they act more, stay longer, come
back more often, and (by ``intent``) buy more readily at the same behaviour. What a campaign is
truly worth per user is known by simulating very many of its users. A log may span many months,
since each campaign brings few macros in any one of them.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from microlift.errors import InputError
from microlift.plan import Plan
from microlift.simulate.law import Doubles
from microlift.simulate.logs import START as START_OF_LOGS
from microlift.simulate.logs import find_shop, frame_of, plan_for, require_count
from microlift.simulate.shops import DAY, SAME_DEVICES, Group, VisitShop
from microlift.simulate.visits import ARRIVALS, HORIZON, WINDOW, VisitLaw

ORGANIC = "organic"
MOST = 10  # with what comes without one they are shown one by one: an attribute has 12 labels
OWN = 0.05  # of each campaign alone: how far its visitors differ in other ways than in quality
TASTE = 0.15  # the same for each single action: what visitors do more of, whatever it is worth
MOVES = 0.6, -0.35, 0.4  # what one more of quality adds to acting, leaving and coming back
TRUTH_USERS = 40_000  # of each campaign, whose mean is taken for the truth
START = pd.Timestamp(START_OF_LOGS, tz="UTC")
MONTH = 30 * DAY
PERIOD = WINDOW - HORIZON  # of arrivals that are followed for the whole horizon


@dataclass(frozen=True)
class Campaigns:
    """A shop whose channels are campaigns, with the rest of its visitors beside them.

    Attributes
    ----------
    shop
        The law; its first channel is what comes without a campaign.
    worth
        True chance of the macro within the horizon of the first visit, by channel: macros per user.
    users
        Users of each campaign in each month, so that all together bring on average as many macros
        as were asked for.
    """

    shop: VisitShop
    worth: dict[str, float]
    users: float


def campaigns(
    base: str = "channels",
    count: int = MOST,
    seed: int = 1,
    macros: float = 8.0,
    spread: float = 0.45,
    intent: float = 0.12,
) -> Campaigns:
    """Make campaigns that differ in true quality.

    Parameters
    ----------
    base
        A simulated shop of visits: what may be done there, and what it changes.
    count
        Campaigns, 2 to 10.
    seed
        Draws their quality.
    macros
        Macros that a campaign brings a month, on average over the campaigns.
    spread
        Standard deviation of quality. A campaign of one more has visitors who act e^0.6 times as
        readily, leave e^0.35 times as slowly, and come back at e^0.4 times the odds.
    intent
        By how much quality also moves the macro itself (log scale): what no action tells of.

    Raises
    ------
    InputError
        If the base is no shop of visits, or `count` is out of range.

    Examples
    --------
    >>> made = campaigns(count=3, seed=1)
    >>> sorted(made.worth)
    ['campaign_01', 'campaign_02', 'campaign_03', 'organic']
    """
    spec = find_shop(base)
    if not isinstance(spec, VisitShop):
        raise InputError(
            f"Argument base: got {base!r}, a sequence without visits. Campaigns bring visitors: "
            "use a shop of visits, such as 'channels'."
        )
    if not 2 <= count <= MOST:
        raise InputError(
            f"Argument count: got {count:,}. Campaigns are compared, and more than {MOST} would "
            f"not be told apart in a log's attribute. Use 2 to {MOST}."
        )
    rng = np.random.default_rng([seed, 7])
    quality = rng.standard_normal(count)
    quality = spread * (quality - quality.mean()) / quality.std()
    own = OWN * rng.standard_normal((count, 4))
    moves = np.outer(quality, (intent, *MOVES)) + own
    taste = TASTE * rng.standard_normal((count, len(spec.actions)))
    names = [action.name for action in spec.actions]
    groups = []
    for number, (buys, acts, leaves, returns) in enumerate(moves.tolist(), start=1):
        tilt = dict(zip(names, taste[number - 1].tolist(), strict=True))
        groups.append(Group(f"campaign_{number:02d}", 1.0, buys, acts, leaves, returns, tilt))
    channels = (Group(ORGANIC, 1.0), *groups)
    shop = replace(spec, story="campaigns", channels=channels, devices=SAME_DEVICES)
    worth = _worth(shop, seed)
    return Campaigns(shop, worth, macros / float(np.mean([worth[g.label] for g in groups])))


def simulate_campaigns(made: Campaigns, months: int, seed: int, rest: float = 2.0) -> pd.DataFrame:
    """Simulate the log of some months: ``user_id``, ``timestamp``, ``event``, ``campaign``, ...

    Parameters
    ----------
    made
        Of `campaigns`.
    months
        How long visitors come, in months of 30 days.
    seed
        Same arguments, same frame.
    rest
        Visitors without a campaign, for each one with a campaign.

    Examples
    --------
    >>> log = simulate_campaigns(campaigns(count=2, seed=1), months=1, seed=1)
    >>> sorted(log["campaign"].unique())
    ['campaign_01', 'campaign_02', 'organic']
    """
    require_count("months", months)
    days = 30 * months
    count = len(made.shop.channels) - 1
    shares = [replace(group, share=1.0) for group in made.shop.channels[1:]]
    organic = replace(made.shop.channels[0], share=rest * count)
    shop = replace(made.shop, channels=(organic, *shares))
    users = round(made.users * count * (1 + rest) * ARRIVALS / MONTH)
    period = pd.Timedelta(seconds=PERIOD)
    parts = []
    for number in range(-(-days * DAY // PERIOD)):
        rng = np.random.default_rng([seed, number])
        part = frame_of(shop, VisitLaw(shop).log(users, rng), rng)
        begin = part.groupby("user_id")["timestamp"].transform("min")
        part = part[begin < START + period].copy()
        part["user_id"] = f"p{number}_" + part["user_id"]
        part["timestamp"] += number * period
        parts.append(part)
    log = pd.concat(parts, ignore_index=True).rename(columns={"channel": "campaign"})
    kept: pd.DataFrame = log[log["timestamp"] < START + pd.Timedelta(days=days)]
    return kept.reset_index(drop=True)


def plan_of_campaigns(base: str = "channels") -> Plan:
    """Return the plan that fits such a log.

    Examples
    --------
    >>> plan_of_campaigns().log.attributes
    ('campaign', 'device')
    """
    given = plan_for(base).to_dict()
    given["log"]["attributes"] = ["campaign", "device"]
    return Plan.from_dict(given)


def _worth(shop: VisitShop, seed: int) -> dict[str, float]:
    """Share of each channel's users who reach the macro within the horizon of their first event."""
    shares = tuple(replace(group, share=1.0) for group in shop.channels)
    count = TRUTH_USERS * len(shares)
    rng = np.random.default_rng([seed, 8])
    log = VisitLaw(replace(shop, channels=shares)).log(count, rng)
    begin = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(begin, log.user, log.t)
    macro = (log.code == len(shop.actions)) & (log.t <= begin[log.user] + HORIZON)
    converted = np.zeros(count)
    converted[log.user[macro]] = 1
    whole = begin <= PERIOD  # who came later is not followed to the end of the horizon
    users = np.bincount(log.channel[whole], minlength=len(shares))
    rate: Doubles = np.bincount(log.channel[whole], converted[whole], len(shares)) / users
    return {group.label: float(value) for group, value in zip(shares, rate, strict=True)}
