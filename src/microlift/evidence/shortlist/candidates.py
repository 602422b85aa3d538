"""What is known of each candidate: how often it is done, how early, and by whom."""

from dataclasses import dataclass

import ibis
import numpy as np
import numpy.typing as npt

from microlift.events import EventLog
from microlift.evidence.backtest.arrivals import Arrivals
from microlift.moments.space import DAY, HOUR
from microlift.plan import Plan, micros

Floats = npt.NDArray[np.float64]
EARLY, MIDDLE, LATE, BESIDE = "early", "middle", "late", "beside"
MONTH = 30 * DAY
_STEPS = 1000  # shares are summed as whole thousandths


@dataclass(frozen=True, eq=False)
class Candidates:
    """Figures of all actions of the plan, in its order.

    Attributes
    ----------
    monthly
        Users who do it for the first time, before the macro, in 30 days.
    chance
        Share of them who reach the macro within the horizon of their arrival.
    early
        Of those who do, the share of the way from arrival to the macro that still lies ahead.
    lead
        The median time from it to their macro, in hours.
    macros
        Macros in 30 days.
    """

    monthly: Floats
    chance: Floats
    early: Floats
    lead: Floats
    macros: float


def count_candidates(log: EventLog) -> Candidates:
    """Count first occurrences of users whose horizon after arrival lies inside the log."""
    events, horizon = log.events, micros(log.plan.horizon)
    users = events.group_by("user").agg(
        begin=events.t.min(), macro_seq=events.seq.min(where=events.macro == 1)
    )
    users = users.filter(users.begin + horizon <= log.facts.last_us)
    rows = events.join(users, "user")
    rows = rows.filter(rows.t <= rows.begin + horizon).filter(
        lambda t: t.macro_seq.isnull() | (t.seq <= t.macro_seq)
    )
    actions = range(len(log.plan.actions))
    single = rows.group_by("user").agg(
        begin=rows.begin.min(),
        end=rows.t.min(where=rows.macro == 1),
        **{
            f"f{i}": rows.t.min(where=(rows.macro == 0) & (rows.mask & (1 << i) != 0))
            for i in actions
        },
    )
    way = ibis.greatest(single.end - single.begin, 1)
    sums = {"macros": single.end.count()}
    for i in actions:
        first, ahead = single[f"f{i}"], single.end - single[f"f{i}"]
        sums |= {
            f"did{i}": first.count(),
            f"won{i}": ahead.count(),
            f"ahead{i}": ((ahead * _STEPS) // way).sum().cast("int64"),
            f"lead{i}": ahead.median(),
        }
    row = log.con.to_pyarrow(single.agg(**sums)).to_pylist()[0]

    def column(name: str) -> Floats:
        values = [row[f"{name}{i}"] for i in actions]
        return np.array([np.nan if value is None else float(value) for value in values])

    months = max(log.facts.last_us - horizon - log.facts.first_us, DAY) / MONTH
    did, won = column("did"), column("won")
    with np.errstate(divide="ignore", invalid="ignore"):
        return Candidates(
            monthly=did / months,
            chance=won / did,
            early=column("ahead") / _STEPS / won,
            lead=column("lead") / HOUR,
            macros=float(row["macros"]) / months,
        )


def stages(plan: Plan, early: Floats) -> tuple[str, ...]:
    """Stage of each action: by its place in the plan's funnel, else by how much lies ahead of it.

    Examples
    --------
    >>> plan = Plan.from_dict({"macro": {"event": "buy"}, "horizon": "1d", "actions": [
    ...     {"name": "view", "event": "view"}, {"name": "cart", "event": "cart"},
    ...     {"name": "pay", "event": "pay"}, {"name": "share", "event": "share"}],
    ...     "funnel": ["view", "cart", "pay"]})
    >>> stages(plan, np.array([0.5, 0.5, 0.5, 0.9]))
    ('early', 'middle', 'late', 'early')
    """
    names = list(plan.funnel)
    found = []
    for action, ahead in zip(plan.actions, early, strict=True):
        if action.name in names:
            place = 3 * names.index(action.name) // len(names)
        elif np.isfinite(ahead):
            place = 2 - min(int(3 * ahead), 2)
        else:
            found.append(BESIDE)
            continue
        found.append((EARLY, MIDDLE, LATE)[place])
    return tuple(found)


def overlaps(parts: tuple[Arrivals, ...], actions: int) -> Floats:
    """Share of the users who did either of two actions that did both, by pair."""
    done = np.concatenate([part.done(actions) for part in parts])
    n = np.concatenate([part.n for part in parts]).astype(float)
    both = (done * n[:, None]).T @ done
    own = both.diagonal()
    either = own[:, None] + own[None, :] - both
    out: Floats = np.divide(both, either, out=np.zeros_like(both), where=either > 0)
    return out
