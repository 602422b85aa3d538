"""More history in the state of a moment: does it lower the bias that an unseen intent leaves?

    python benchmarks/history.py [--only intent,plain] [--seeds 3] [--users 40000] [--print]

Each candidate is a few integers of a user's past that moments do not hold today. Moments are
counted again with them in the key of a cell, and lifts are estimated with them among the columns
of the helping models. All candidates see the same logs, so they are compared log by log.
Resumable: each (shop, users, seed, candidate) of the same code is run once.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from accuracy import LAW, RESULTS, append, hash_with_estimates, plan_of, rows_of, truth_of
from tqdm.auto import tqdm

import microlift as ml
from microlift.evidence.recount import recount
from microlift.models.classes import Classes
from microlift.models.states import States
from microlift.moments.space import DAY, HOUR, Binning, Field
from microlift.simulate import simulate

ROWS = RESULTS / "history.csv"
HIDDEN = ("intent", "null_intent")
SHOPS = (*HIDDEN, "plain", "channels", "funnel")
TODAY = "as it is"
SECOND, MINUTE = 1_000_000, 60_000_000
FULL = 4 * HOUR, DAY  # the length of a part of the day, and of a day
Columns = dict[str, tuple[ir.IntegerValue, int]]  # name: value, number of values


@dataclass(frozen=True)
class Past:
    """The events of a log, and how far back a column looks."""

    events: ir.Table
    actions: int

    @classmethod
    def of(cls, events: ir.Table, actions: int) -> "Past":
        """Add what a column needs of the events before; windows in windows are none in SQL."""
        before = ibis.window(group_by="user", order_by="seq", preceding=(None, 1))
        planned = ((events.mask != 0) | (events.macro == 1)).cast("int64")
        visit = events.session.cast("int64") * planned
        more = events.mutate(
            planned=planned,
            last_t=events.t.lag().over(ibis.window(group_by="user", order_by="seq")),
            first_t=events.t.min().over(ibis.window(group_by="user")),
            busy_visit=visit.max().over(before).coalesce(0),
        )
        return cls(more, actions)

    def so_far(self, value: ir.IntegerValue) -> ir.IntegerValue:
        """Sum over the events of the user up to this one."""
        window = ibis.window(group_by="user", order_by="seq", preceding=(None, 0))
        return value.sum().over(window).cast("int64")


def _times(most: int) -> Callable[[Past], Columns]:
    """How many times each action was done: 0, 1, ... `most` and more."""

    def columns(past: Past) -> Columns:
        binned = Binning("times", tuple(range(1, most + 1)))
        done = [(past.events.mask >> k) & 1 for k in range(past.actions)]
        return {
            f"times_{k}": (binned.of(past.so_far(one.cast("int64"))), binned.size)
            for k, one in enumerate(done)
        }

    return columns


def _total(past: Past) -> Columns:
    binned = Binning("total", (1, 2, 3, 4, 6, 9, 14, 20))
    return {"total": (binned.of(past.so_far(past.events.planned)), binned.size)}


def _pace_visit(past: Past) -> Columns:
    quarters = Binning("pace_visit", (1, 2, 4, 6, 8, 12, 20))
    pace = past.so_far(past.events.planned) * 4 // past.events.session.cast("int64")
    return {"pace_visit": (quarters.of(pace), quarters.size)}


def _pace_day(past: Past) -> Columns:
    quarters = Binning("pace_day", (1, 2, 4, 6, 8, 12, 20))
    pace = past.so_far(past.events.planned) * 4 * DAY // (past.events.t - past.events.first_t + DAY)
    return {"pace_day": (quarters.of(pace), quarters.size)}


def _dwell(past: Past) -> Columns:
    edges = (10 * SECOND, 30 * SECOND, MINUTE, 3 * MINUTE, 10 * MINUTE, HOUR, DAY, 7 * DAY)
    binned = Binning("dwell", edges)
    since = (past.events.t - past.events.last_t).coalesce(0)
    return {"dwell": (binned.of(since), binned.size)}


def _days(past: Past) -> Columns:
    binned = Binning("days", (2, 3, 4, 6, 9))
    new = (past.events.t // DAY != (past.events.last_t // DAY).coalesce(-1)).cast("int64")
    return {"days": (binned.of(past.so_far(new)), binned.size)}


def _busy(past: Past) -> Columns:
    """Visits so far with anything planned in them, of the first of their events on."""
    binned = Binning("busy", (1, 2, 3, 4, 6))
    visit = past.events.session.cast("int64") * past.events.planned
    new = (visit > past.events.busy_visit).cast("int64")
    return {"busy": (binned.of(past.so_far(new)), binned.size)}


def _hour(past: Past) -> Columns:
    part, day = FULL
    return {"hour": ((past.events.t % day) // part, day // part)}


def _weekday(past: Past) -> Columns:
    return {"weekday": ((past.events.t // DAY) % 7, 7)}


def _all_but_times(past: Past) -> Columns:
    many = (_pace_visit, _pace_day, _dwell, _days, _busy)
    return {name: column for one in many for name, column in one(past).items()}


CANDIDATES: dict[str, Callable[[Past], Columns]] = {
    "times each action was done, 0 to 4+": _times(4),
    "the same, 0 to 2+": _times(2),
    "planned events so far": _total,
    "planned events a visit": _pace_visit,
    "planned events a day": _pace_day,
    "time since the event before": _dwell,
    "days active": _days,
    "visits with anything planned": _busy,
    "part of the day": _hour,
    "weekday": _weekday,
    "pace, dwell, days and busy visits": _all_but_times,
}


def main() -> None:
    """Run what is missing, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--only", default=",".join(SHOPS), help="shops, separated by commas")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--users", type=int, default=40_000)
    parser.add_argument("--print", action="store_true", help="only the table of what is there")
    arguments = parser.parse_args()
    shops, code = arguments.only.split(","), _code()
    logs = [(shop, seed) for seed in range(arguments.seeds) for shop in shops]
    for shop, seed in tqdm([] if arguments.print else logs, desc="logs"):
        have = _known(code, arguments.users)
        done = set(have.loc[(have["shop"] == shop) & (have["seed"] == seed), "candidate"])
        _run(shop, arguments.users, seed, [c for c in (TODAY, *CANDIDATES) if c not in done])
    found = _known(code, arguments.users)
    _print(found[found["shop"].isin(shops) & (found["seed"] < arguments.seeds)])


def _code() -> str:
    law = (f"simulate/{name}.py" for name in LAW)
    return hash_with_estimates("evidence/recount.py", *law)


def _known(code: str, users: int) -> pd.DataFrame:
    rows = rows_of(ROWS, code).assign(candidate=lambda t: t.get("candidate"))
    return rows[rows.get("users", pd.Series(dtype=float)) == users]


def _run(shop: str, users: int, seed: int, candidates: list[str]) -> None:
    if not candidates:
        return
    code = _code()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.parquet"
        simulate(shop, users, seed).to_parquet(path)
        with ml.read_events(path, plan_of(shop), threads=1) as log:
            model = _bare(ml.moments(log))
            for candidate in candidates:
                rows = _judged(model, candidate)
                append(ROWS, rows.assign(shop=shop, users=users, seed=seed, code=code))


def _bare(moments: ml.Moments) -> ml.LiftModel:
    """A model of all that a lift needs; the journey value is not fitted."""
    model = ml.LiftModel(rotations=1)
    model.moments_, model.states_ = moments, States.from_moments(moments)
    model.classes_ = Classes.of(moments, model.states_, 1)
    return model


def _judged(model: ml.LiftModel, candidate: str) -> pd.DataFrame:
    """Lifts of all actions with the columns of a candidate in the state."""
    started = time.process_time()  # of all threads: other work on the machine does not count
    actions = model.moments_.log.plan.actions
    make = CANDIDATES.get(candidate, lambda _: {})
    sizes = make(Past.of(model.moments_.log.events, len(actions)))
    fields = tuple(Field(name, size) for name, (_, size) in sizes.items())

    def add(events: ir.Table) -> ir.Table:
        past = Past.of(events, len(actions))
        made = make(past)
        return past.events.mutate(**{name: column for name, (column, _) in made.items()})

    cells = recount(model, add, fields).cells
    wider = replace(model.moments_, cells=cells, fields=(*model.moments_.fields, *fields))
    model.judged_ = States.from_moments(wider)
    nuisance = model.nuisance(model.judged_)
    found = [model._contrast(number, nuisance) for number in range(len(actions))]
    return pd.DataFrame(
        {
            "candidate": candidate,
            "action": [action.name for action in actions],
            "lift": [c.ratio for c in found],
            "lift_low": [c.ratio_low for c in found],
            "lift_high": [c.ratio_high for c in found],
            "log_se": [c.log_error for c in found],
            "cells": len(cells),
            "states": len(model.judged_.x),
            "features": len(model.judged_.names),
            "seconds": round(time.process_time() - started, 2),
        }
    )


def _print(rows: pd.DataFrame) -> None:
    truths = pd.concat([truth_of(shop) for shop in rows["shop"].unique()])
    rows = rows.merge(truths[["shop", "action", "truth"]], on=["shop", "action"])
    rows["off"] = np.log(rows["lift"] / rows["truth"])
    rows["error"] = rows["off"].abs()
    rows["covered"] = (rows["lift_low"] <= rows["truth"]) & (rows["truth"] <= rows["lift_high"])
    logs = rows.groupby(["candidate", "shop", "seed"])[["cells", "seconds", "error"]].mean()
    usual = logs.xs(TODAY)
    ratio = logs.div(usual.reindex(logs.index.droplevel(0)).to_numpy())
    order = [c for c in (TODAY, *CANDIDATES) if c in set(rows["candidate"])]
    by = ["candidate", "shop"]
    pair = rows.groupby([*by, "action"])["off"].mean().abs()
    shops = list(rows["shop"].unique())
    tables = {
        "mean |error| of log lift": rows.groupby(by)["error"].mean(),
        "mean |bias| of log lift (mean over logs first)": pair.groupby(by).mean(),
        "covered": rows.groupby(by)["covered"].mean(),
        "mean |error|, times that of today": ratio["error"].groupby(by).mean(),
        "logs with a smaller error than today": (ratio["error"] < 1).groupby(by).mean(),
        "cells, times those of today": ratio["cells"].groupby(by).mean(),
        "processor seconds, times those of today": ratio["seconds"].groupby(by).mean(),
    }
    for title, column in tables.items():
        print(f"\n{title}")
        shown = column.unstack().reindex(index=order, columns=shops)
        print(shown.to_string(float_format=lambda x: f"{x:.3f}"))
    print(f"\n{len(usual)} logs; processor seconds today {usual['seconds'].mean():.1f}")


if __name__ == "__main__":
    main()
