"""Lift beside the common methods, shop by shop, against known truth.

    python benchmarks/accuracy.py --compare [--only plain,funnel] [--seeds 3] [--users 20000]
    python benchmarks/accuracy.py --large [--budget-minutes 30]

All methods see the same logs and the same attributes. Resumable: each (shop, users, seed) of the
same code is run once, lift and the other methods apart, as their code changes apart.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
from accuracy import (
    LAW,
    RESULTS,
    SETTINGS,
    append,
    estimator,
    hash_with_cells,
    plan_of,
    rows_of,
    shop_of,
)
from compare_tables import OURS, print_tables
from tqdm.auto import tqdm

import microlift as ml
from microlift.models.baselines import NAMES, baselines
from microlift.simulate import simulate

ROWS = RESULTS / "comparison.csv"
LARGE = ("plain", "channels", "null", "lowers", "funnel")
LARGE_USERS, SEEDS = 300_000, 3
Task = tuple[str, int, int, tuple[str, ...]]  # shop, users, seed, what is missing of it


def compare(arguments: argparse.Namespace, deadline: float) -> None:
    """Run what is missing, then print the tables."""
    every = LARGE if arguments.large else [name for name, s in SETTINGS.items() if s.clock is None]
    shops = arguments.only.split(",") if arguments.only else list(every)
    sizes = {shop: _users(arguments, shop) for shop in shops}
    seeds = arguments.seeds or SEEDS
    codes = {"ours": estimator(), "others": _baseline_code()}  # before any of it runs
    queue = list(_missing(sizes, seeds, codes))
    left = iter(queue)
    with ProcessPoolExecutor(arguments.jobs) as pool, tqdm(total=len(queue), desc="logs") as bar:
        running: set[Future[pd.DataFrame]] = set()
        while True:
            while len(running) < arguments.jobs and time.monotonic() < deadline:
                task = next(left, None)
                if task is None:
                    break
                running.add(pool.submit(_run, task, codes))
            if not running:
                break
            done = next(as_completed(running))
            running.remove(done)
            append(ROWS, done.result())
            bar.update()
    rows = pd.concat(_known(code) for code in codes.values())
    if rows.empty:
        print("no rows yet")
        return
    rows = rows[rows["users"] == rows["shop"].map(sizes)]
    print_tables(rows[rows["seed"] < seeds], shops, _command(arguments))


def _users(arguments: argparse.Namespace, shop: str) -> int:
    return arguments.users or (LARGE_USERS if arguments.large else SETTINGS[shop].users)


def _command(arguments: argparse.Namespace) -> str:
    said = ["python benchmarks/accuracy.py", "--large" if arguments.large else "--compare"]
    said += [f"--{name} {value}" for name in ("only", "users", "seeds")
             if (value := getattr(arguments, name))]  # fmt: skip
    return " ".join(said)


def _baseline_code() -> str:
    law = (f"simulate/{name}.py" for name in LAW)
    return hash_with_cells("models/baselines/*.py", "models/association.py", *law)


def _known(code: str) -> pd.DataFrame:
    return rows_of(ROWS, code)


def _missing(sizes: dict[str, int], seeds: int, codes: dict[str, str]) -> Iterator[Task]:
    have = {}
    for kind, code in codes.items():
        known = _known(code)
        columns = [known[name] for name in ("shop", "users", "seed")] if len(known) else [[]] * 3
        have[kind] = set(zip(*columns, strict=True))
    for seed in range(seeds):
        for shop, users in sizes.items():
            kinds = tuple(kind for kind in codes if (shop, users, seed) not in have[kind])
            if kinds:
                yield shop, users, seed, kinds


def _run(task: Task, codes: dict[str, str]) -> pd.DataFrame:
    shop, users, seed, kinds = task
    found = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.parquet"
        simulate(shop_of(shop), users, seed).to_parquet(path)
        with ml.read_events(path, plan_of(shop), threads=1) as log:
            moments = ml.moments(log)
            if "ours" in kinds:
                found.append(_ours(moments).assign(code=codes["ours"]))
            if "others" in kinds:
                found += [rows.assign(code=codes["others"]) for rows in _others(moments)]
    today = datetime.now(UTC).date().isoformat()
    return pd.concat(found).assign(shop=shop, users=users, seed=seed, date=today)


def _ours(moments: ml.Moments) -> pd.DataFrame:
    started = time.perf_counter()
    model = ml.LiftModel().fit(moments)
    table = model.lift_.to_frame()
    credits = [credit.per_occurrence for credit in ml.Ledger.from_model(model).credits]
    names = {"lift": "effect", "lift_low": "low", "lift_high": "high"}
    rows = table[["action", *names]].rename(columns=names).assign(credit=np.array(credits))
    return rows.assign(method=OURS, seconds=round(time.perf_counter() - started, 2))


def _others(moments: ml.Moments) -> list[pd.DataFrame]:
    out = []
    for name in NAMES:
        started = time.perf_counter()
        (found,) = baselines(moments, [name])
        seconds = round(time.perf_counter() - started, 2)
        out.append(found.frame.assign(method=name, seconds=seconds))
    return out
