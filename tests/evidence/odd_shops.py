"""Shops without an unseen intent whose laws no state holds: they look as if users differed."""

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
HOUR, DAY = 3_600.0, 86_400.0
ACTIONS = ("view", "cart", "chat", "nothing")  # the last changes nothing in any shop
CHANNELS, SHARES = ("organic", "paid", "email"), (0.5, 0.3, 0.2)
MACRO, END = len(ACTIONS), len(ACTIONS) + 1
WINDOW, LONGEST = 60 * DAY, 67 * DAY
PLAN = {
    "macro": {"event": "purchase"},
    "horizon": "7d",
    "log": {"attributes": ["channel"]},
    "actions": [{"name": name, "event": name} for name in ACTIONS],
}
# Log lifts of the four actions by forking the journeys of 400,000 users; errors 0.01 to 0.03.
TRUTH = {
    "repeats": (0.376, 0.495, -0.391, 0.003),
    "views_lead_on": (0.397, -0.009, 0.027, 0.010),
    "one_channel": (0.157, 0.230, -0.543, -0.029),
    "robots": (0.117, 0.778, -0.577, -0.010),
}


class Users:
    """Users in a visit, as arrays: who, when, what they did and how often."""

    def __init__(self, users: int, rng: np.random.Generator) -> None:
        self.user = np.arange(users)
        self.channel = rng.choice(3, users, p=SHARES)
        self.robot = rng.random(users) < 0.04
        self.t = rng.uniform(0, WINDOW, users)
        self.times = np.zeros((users, len(ACTIONS)), dtype=int)
        self.depth = np.zeros(users, dtype=int)

    def keep(self, kept: npt.NDArray[np.bool_]) -> None:
        for name, values in vars(self).items():
            setattr(self, name, values[kept])


def utilities(shop: str, at: Users) -> Floats:
    """How strongly each action, the macro and the end of the visit pull."""
    did = (at.times > 0).astype(float)
    pull = np.tile([0.6, -1.2, -1.9, -1.3, -4.6, 0.5], (len(at.user), 1))
    pull[:, MACRO] += np.array([0.0, 0.5, 1.0])[at.channel]
    pull[:, :MACRO] += np.array([0.0, 0.1, 0.3])[at.channel][:, None]
    view, cart, chat = 0.3 * did[:, 0], 1.2 * did[:, 1], -0.7 * did[:, 2]
    if shop == "repeats":
        view, cart = 0.15 * at.times[:, 0].clip(max=10), 0.6 * at.times[:, 1].clip(max=5)
        pull[:, 1] += view
    elif shop == "views_lead_on":
        many = at.times[:, 0].clip(max=8)
        view, cart, chat = 0.25 * many, 0 * cart, 0 * chat
        pull[:, 1:MACRO] += 0.2 * many[:, None]
    elif shop == "one_channel":
        own = at.channel == 2
        pull[own, :END] = -1.5, 1.0, -1.0, 0.5, -3.0
        pull[own, END] = -0.5 + (at.depth[own] > 2)
        cart = np.where(own, -did[:, 1], cart)
    elif shop == "robots":
        pull[at.robot] += 2.5, -3.0, -3.0, -3.0, -20.0, 0.0
    pull[:, MACRO] += view + cart + chat
    return pull


def log_of(shop: str, users: int, seed: int) -> pd.DataFrame:
    """Events of a shop."""
    rng = np.random.default_rng(seed)
    at = Users(users, rng)
    channel = np.array(CHANNELS, dtype=object)[at.channel]
    names = np.array([*ACTIONS, "purchase", "visit"], dtype=object)
    seen = [(at.user, at.t, np.full(users, END))]
    while len(at.user):
        pull = utilities(shop, at)
        choice = (pull + rng.gumbel(size=pull.shape)).argmax(axis=1)
        at.t = at.t + rng.exponential(90, len(choice)) + 2
        acted = np.flatnonzero(choice < MACRO)
        at.times[acted, choice[acted]] += 1
        at.depth[acted] += 1
        done = choice <= MACRO
        seen.append((at.user[done], at.t[done], choice[done]))
        chance = np.array([0.35, 0.45, 0.6])[at.channel]
        if shop == "robots":
            chance[at.robot] = 0.9
        elif shop == "one_channel":
            own = at.channel == 2
            chance[own] = 0.2 + 0.5 * (at.times[own, 1] > 0)
        back = (choice == END) & (rng.random(len(choice)) < chance)
        at.t[back] += HOUR + rng.exponential(2.5 * DAY, int(back.sum()))
        at.depth[back] = 0
        seen.append((at.user[back], at.t[back], choice[back]))
        at.keep(((choice < MACRO) | back) & (at.t < LONGEST))
    user, t, what = (np.concatenate([one[k] for one in seen]) for k in range(3))
    frame = pd.DataFrame({
        "user_id": user, "event": names[what], "channel": channel[user],
        "timestamp": pd.Timestamp("2025-01-06", tz="UTC") + pd.to_timedelta(t, "s"),
    })  # fmt: skip
    return frame[t < LONGEST].reset_index(drop=True)
