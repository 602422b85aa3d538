"""The traffic of a funnel as counts: who is at each step, who went on, where the others went."""

import math
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from microlift.events import EventLog
from microlift.events.times import HOUR
from microlift.journeys.attempts import Followed, Route, count_done, follow
from microlift.journeys.counting import segment_labels
from microlift.journeys.shares import Floats
from microlift.plan import Plan
from microlift.plan.quoting import printable

Ints = npt.NDArray[np.int64]
NOTHING_MORE = "nothing more"
_ONWARD = ["segment", "step", "next", "users"]


@dataclass(frozen=True, eq=False)
class Traffic:
    """Counts of a funnel, each an array of segments by steps.

    Attributes
    ----------
    users, came
        Who is counted at a step; those of them who came from the step before (none at the first).
    entered
        By segment: who is in the funnel at all.
    hours
        Median hours from the step before.
    onward
        segment and step (as numbers), next, users: what those who stopped there did next.
    """

    users: Ints
    came: Ints
    entered: Ints
    hours: Floats
    onward: pd.DataFrame

    @property
    def lost(self) -> Ints:
        """Who stopped at each step; nobody at the last."""
        lost = np.zeros_like(self.users)
        lost[:, :-1] = self.users[:, :-1] - self.came[:, 1:]
        return lost


def count_traffic(log: EventLog, route: Route, opened: bool, by: str | None) -> Traffic:
    """Count a funnel; an open one is a question about each step and the next alone."""
    segments = len(segment_labels(log, by))
    if not opened:
        return _closed(log.plan, follow(log, route, by), len(route.steps), segments)
    limits = [limit for limit in (route.within, route.step_within) if limit is not None]
    limit = min(limits, default=None)
    pairs = [
        _closed(
            log.plan,
            follow(log, replace(route, steps=pair, within=limit, step_within=None), by),
            2,
            segments,
        )
        for pair in pairwise(route.steps)
    ]
    done = count_done(log, route.steps, by)
    entered = np.zeros(segments, dtype=np.int64)
    np.add.at(entered, done["segment"].to_numpy(), done["n"].to_numpy())
    users = np.zeros((segments, len(route.steps)), dtype=np.int64)
    for place in range(len(route.steps)):
        did = done[(done["done"].to_numpy() >> place) & 1 == 1]
        np.add.at(users[:, place], did["segment"].to_numpy(), did["n"].to_numpy())
    nobody = pairs[0].came[:, :1]
    onward = [pair.onward.assign(step=place) for place, pair in enumerate(pairs)]
    return Traffic(
        users=users,
        came=np.hstack([nobody, *(pair.came[:, 1:] for pair in pairs)]),
        entered=entered,
        hours=np.hstack([pairs[0].hours[:, :1], *(pair.hours[:, 1:] for pair in pairs)]),
        onward=pd.concat([each for each in onward if len(each)] or onward[:1], ignore_index=True),
    )


def _closed(plan: Plan, followed: Followed, steps: int, segments: int) -> Traffic:
    stopped = np.zeros((segments, steps), dtype=np.int64)
    far = followed.far
    np.add.at(stopped, (far["segment"].to_numpy(), far["far"].to_numpy() - 1), far["n"].to_numpy())
    users = stopped[:, ::-1].cumsum(axis=1)[:, ::-1]
    came = users.copy()
    came[:, 0] = 0
    hours = np.full((segments, steps), np.nan)
    waits = [f"w{place}" for place in range(1, steps)]
    hours[followed.waits["segment"].to_numpy(), 1:] = (
        followed.waits[waits].to_numpy(dtype=np.float64) / HOUR
    )
    return Traffic(users, came, users[:, 0], hours, _named(plan, followed.onward))


def _named(plan: Plan, onward: pd.DataFrame) -> pd.DataFrame:
    """Name what came next: the macro, else the first of an event's actions in the plan's order."""
    names = [
        _name(plan, did, macro) for did, macro in zip(onward["did"], onward["macro"], strict=True)
    ]
    named = onward.assign(next=names, step=onward["far"] - 1, users=onward["n"])
    summed = named.groupby(["segment", "step", "next"], as_index=False)[["users"]].sum()
    order = ["segment", "step", "users", "next"]
    ranked = summed.sort_values(order, ascending=[True, True, False, True], ignore_index=True)
    return ranked[_ONWARD]


def _name(plan: Plan, did: float, macro: float) -> str:
    if math.isnan(did):
        return NOTHING_MORE
    if macro:
        return printable(plan.macro.name)
    bits = int(did)
    return printable(plan.actions[(bits & -bits).bit_length() - 1].name)
