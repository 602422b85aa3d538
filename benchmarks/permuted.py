"""A real log in which no action can have an effect: how often does one get a verdict?

    python benchmarks/permuted.py --plan plan.yaml --events events.parquet [--times 50]

Every journey is cut to its first half horizon, and loses its macros. Whether its user has had a
macro there is then permuted between all users, and a macro put a minute after the last event of
those who drew one. What users did has nothing to do with their macro now: every lift is 1.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

import microlift as ml
from microlift.models.table import LOWERS, NOT_IDENTIFIED, RAISES

SHARE = 0.5  # of the horizon that a journey may last: so all its moments are near its end


def main() -> None:
    """Permute, estimate, and print how often each action got a verdict."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--plan", type=Path, required=True)
    parser.add_argument("--events", type=Path, required=True)
    parser.add_argument("--times", type=int, default=50)
    arguments = parser.parse_args()
    plan = ml.Plan.load(arguments.plan)
    events = pd.read_parquet(arguments.events)
    found = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.parquet"
        for seed in tqdm(range(arguments.times), desc="permutations"):
            permuted(events, plan, seed).to_parquet(path)
            with ml.read_events(path, plan) as log:
                model = ml.LiftModel(rotations=1).fit(ml.moments(log))
            table = model.lift_.to_frame()[["action", "lift", "lift_low", "lift_high", "verdict"]]
            found.append(table.assign(classes=model.classes_.count))
    rows = pd.concat(found)
    rows = rows[rows["verdict"] != NOT_IDENTIFIED]
    rows["told"] = rows["verdict"].isin([RAISES, LOWERS])
    rows["covered"] = (rows["lift_low"] <= 1) & (rows["lift_high"] >= 1)
    shown = rows.groupby("action", sort=False).agg(
        permutations=("told", "size"),
        verdicts=("told", "mean"),
        covered=("covered", "mean"),
        lift=("lift", "mean"),
        classes=("classes", "mean"),
    )
    print(shown.round(3).to_string())
    print(f"all: verdicts {rows['told'].mean():.3f}, covered {rows['covered'].mean():.3f}")


def permuted(events: pd.DataFrame, plan: ml.Plan, seed: int) -> pd.DataFrame:
    """Return the log with its macros permuted between users."""
    columns = plan.to_dict()["log"]["columns"]
    user, time, event = (columns.get(name, name) for name in ("user_id", "timestamp", "event"))
    kept = events.assign(**{time: pd.to_datetime(events[time])})
    first = kept.groupby(user)[time].transform("min")
    kept = kept[kept[time] <= first + SHARE * pd.Timedelta(plan.horizon)]
    is_macro = kept[event].isin(plan.macro.event)
    had = is_macro.groupby(kept[user]).any()
    kept = kept[~is_macro].sort_values([user, time], kind="stable")
    last = kept.drop_duplicates(user, keep="last")
    drawn = np.random.default_rng(seed).permutation(had.reindex(last[user]).to_numpy())
    macros = last[drawn].assign(**{event: plan.macro.event[0]})
    macros[time] += pd.Timedelta(minutes=1)
    if isinstance(plan.macro.value, str):
        macros[columns.get(plan.macro.value, plan.macro.value)] = 1.0
    return pd.concat([kept, macros], ignore_index=True)


if __name__ == "__main__":
    main()
