"""How near the estimates come to known truth: lift, its interval and its verdict, shop by shop.

    python benchmarks/accuracy.py [--jobs 2] [--only plain,funnel] [--budget-minutes 30]
    python benchmarks/accuracy.py --compare [--large]    the same beside the common methods

Resumable: each (shop, seed, method) of the same code is one set of rows in the results file and is
never run twice; the truth of a shop is worked out once. Run again until nothing is left to do.
"""

import argparse
import ast
import functools
import hashlib
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from estimates import estimates_digest
from sklearn.ensemble import HistGradientBoostingClassifier
from tqdm.auto import tqdm

import microlift as ml
from microlift.simulate import plan_for, simulate, truth

RESULTS = Path(__file__).parent / "results"
CELLS = (("channels", None), ("funnel", None), ("channels", "1d"), ("letters", None))
CELL_USERS = 400
LAW = ("shops", "law", "visits", "letters", "truth")
TRUTH_SEED, TRUTH_USERS = 12_345, 2_500_000
METHODS: dict[str, dict[str, Any]] = {
    "logistic": {},
    "classes": {"classes": "auto"},
    "boosting": {
        "classifier": HistGradientBoostingClassifier(
            max_iter=100, learning_rate=0.1, early_stopping=False, random_state=0
        )
    },
}


@dataclass(frozen=True)
class Setting:
    """How a shop is run: users a log, seeds, whether intent is unobserved, another tick."""

    users: int
    seeds: int
    hidden: bool = False
    clock: tuple[str, str] | None = None  # the shop whose logs are read, and the tick


SETTINGS = {
    "plain": Setting(100_000, 20),
    "channels": Setting(100_000, 20),
    "null": Setting(100_000, 20),
    "lowers": Setting(100_000, 20),
    "funnel": Setting(100_000, 20),
    "intent": Setting(100_000, 20, hidden=True),
    "null_intent": Setting(100_000, 20, hidden=True),
    "letters": Setting(10_000, 70),
    "letters_half_tick": Setting(10_000, 12, clock=("letters", "12h")),
    "letters_week": Setting(10_000, 12, clock=("letters", "7d")),
}


def main() -> None:
    """Run what is missing, then print the tables."""
    arguments = _arguments()
    deadline = time.monotonic() + 60 * arguments.budget_minutes
    if arguments.compare or arguments.large:
        from compare import compare  # it builds on this module

        compare(arguments, deadline)
        return
    shops = arguments.only.split(",") if arguments.only else list(SETTINGS)
    for shop in shops:
        if time.monotonic() < deadline:
            truth_of(shop_of(shop))
    todo = list(_missing(shops, arguments.method, arguments.seeds))
    with ProcessPoolExecutor(arguments.jobs) as pool:
        running: dict[Future[pd.DataFrame], tuple[str, int, str]] = {}
        code = estimator(arguments.method)  # before any of it runs: the code may change meanwhile
        queue = iter(todo)
        with tqdm(total=len(todo), desc="logs") as bar:
            while True:
                while len(running) < arguments.jobs and time.monotonic() < deadline:
                    task = next(queue, None)
                    if task is None:
                        break
                    running[pool.submit(_run, *task, code)] = task
                if not running:
                    break
                done = next(as_completed(running))
                running.pop(done)
                append(RESULTS / "accuracy.csv", done.result())
                bar.update()
    _print(shops, arguments.method)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", help="shops, separated by commas")
    parser.add_argument("--method", choices=METHODS, default="logistic")
    parser.add_argument("--seeds", type=int, help="another number of seeds than usual")
    parser.add_argument("--compare", action="store_true", help="beside the common methods")
    parser.add_argument("--large", action="store_true", help="compare at 300,000 users a log")
    parser.add_argument("--users", type=int, help="compare at so many users a log")
    parser.add_argument("--budget-minutes", type=float, default=600.0)
    return parser.parse_args()


def code_hash(*patterns: str) -> str:
    """Hash of the code that the figures depend on; comments, docstrings and layout do not count."""
    source = Path(ml.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(path for pattern in patterns for path in source.glob(pattern)):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                continue
            if ast.get_docstring(node) is not None:
                node.body = node.body[1:]
        digest.update(path.relative_to(source).as_posix().encode())
        digest.update(ast.dump(tree).encode())
    return digest.hexdigest()[:12]


@functools.cache
def cells_digest() -> str:
    """Hash of what small simulated logs are counted into: all that estimators see of moments."""
    digest = hashlib.sha256()
    for shop, tick in CELLS:
        plan = plan_for(shop)
        if tick:
            plan = ml.Plan.from_dict({**plan.to_dict(), "moments": {"clock": tick, "quiet": "20d"}})
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "events.parquet"
            simulate(shop, CELL_USERS, TRUTH_SEED).to_parquet(path)
            with ml.read_events(path, plan, threads=1) as log:
                counted = ml.moments(log)
        for frame in (counted.cells, counted.doers, counted.firsts, counted.macro_visits):
            digest.update(",".join(frame).encode())
            digest.update(np.ascontiguousarray(frame.to_numpy(dtype=np.int64)).tobytes())
        said = (counted.steps, counted.starts, counted.fields, counted.occurrences, counted.totals)
        digest.update(repr(said).encode())
        passed = counted.sample
        for rows in (passed.user, passed.cell, passed.code, *passed.counts.values()):
            digest.update(rows.astype(np.int64).tobytes())
    return digest.hexdigest()[:12]


def hash_with_cells(*patterns: str) -> str:
    """Hash of code that builds on moments: the cells stand for how they are counted."""
    return _together(code_hash(*patterns), cells_digest())


def hash_with_estimates(*patterns: str) -> str:
    """Hash of code that builds on the models: cells and estimates stand for how they are made."""
    return _together(code_hash(*patterns), cells_digest(), estimates_digest())


def _together(*parts: str) -> str:
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:12]


def law() -> str:
    return code_hash(*(f"simulate/{name}.py" for name in LAW))


def estimator(method: str = "logistic") -> str:
    """Hash of what a method runs through; what tells classes apart counts where it is used."""
    own = ["models/classes/*.py"] if "classes" in METHODS[method] else []
    return hash_with_estimates(*own, *(f"simulate/{n}.py" for n in LAW))


def rows_of(path: Path, code: str) -> pd.DataFrame:
    if not path.exists():
        return pd.DataFrame({"shop": [], "seed": [], "method": [], "code": []})
    # One shop is called "null", which pandas would read as missing.
    rows = pd.read_csv(path, keep_default_na=False, na_values=["", "nan"])
    return rows[rows["code"] == code]


def append(path: Path, rows: pd.DataFrame) -> None:
    """Add rows to a file of results; one with other columns is of older code, and starts anew."""
    path.parent.mkdir(exist_ok=True)
    fits = path.exists() and list(pd.read_csv(path, nrows=0)) == list(rows)
    rows.to_csv(path, mode="a" if fits else "w", header=not fits, index=False)


def shop_of(name: str) -> str:
    clock = SETTINGS[name].clock
    return clock[0] if clock else name


def plan_of(name: str) -> ml.Plan:
    plan, clock = plan_for(shop_of(name)), SETTINGS[name].clock
    if clock is None:
        return plan
    whole = plan.to_dict()
    return ml.Plan.from_dict({**whole, "moments": {**whole["moments"], "clock": clock[1]}})


def truth_of(shop: str) -> pd.DataFrame:
    code = law()
    stored = rows_of(RESULTS / "truth.csv", code)
    found = stored[stored["shop"] == shop]
    if found.empty:
        made = truth(shop, TRUTH_USERS, TRUTH_SEED)
        made = made.rename(columns={"lift": "truth", "lift_se_log": "truth_se_log"})
        append(RESULTS / "truth.csv", made.assign(shop=shop, seed=TRUTH_SEED, code=code))
        return truth_of(shop)
    return found


def _missing(shops: list[str], method: str, seeds: int | None) -> Iterator[tuple[str, int, str]]:
    stored = rows_of(RESULTS / "accuracy.csv", estimator(method))
    have = set(zip(stored["shop"], stored["seed"], stored["method"], strict=True))
    most = max(SETTINGS[shop].seeds for shop in shops)
    for seed in range(seeds or most):
        for shop in shops:
            if seed < SETTINGS[shop].seeds and (shop, seed, method) not in have:
                yield shop, seed, method


def _run(shop: str, seed: int, method: str, code: str) -> pd.DataFrame:
    plan = plan_of(shop)
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.parquet"
        simulate(shop_of(shop), SETTINGS[shop].users, seed).to_parquet(path)
        with ml.read_events(path, plan, threads=1) as log:
            model = ml.LiftModel(**METHODS[method]).fit(ml.moments(log))
    table = model.lift_.to_frame()
    keep = ["action", "association", "lift", "lift_low", "lift_high", "q_value", "verdict"]
    rows = table[keep].assign(log_se=[c.log_error for c in model.contrasts_])
    credits = ml.Ledger.from_model(model).credits
    rows["credit"] = [c.per_occurrence for c in credits]
    rows["credit_low"] = [c.low for c in credits]
    rows["credit_high"] = [c.high for c in credits]
    calibration = model.calibration()
    rows["classes"] = model.classes_.count
    rows["worst_z"] = calibration["z"].abs().max()
    seconds = round(time.perf_counter() - started, 1)
    return rows.assign(shop=shop, seed=seed, method=method, code=code, seconds=seconds)


def _print(shops: list[str], method: str) -> None:
    truths = pd.concat([truth_of(shop_of(shop)).assign(shop=shop) for shop in shops])
    runs = rows_of(RESULTS / "accuracy.csv", estimator(method))
    runs = runs[runs["shop"].isin(shops) & (runs["method"] == method)]
    if runs.empty:
        print("no rows yet")
        return
    rows = runs.merge(truths[["shop", "action", "truth", "truth_se_log"]], on=["shop", "action"])
    rows["covered"] = (rows["lift_low"] <= rows["truth"]) & (rows["truth"] <= rows["lift_high"])
    rows["opposite"] = ((rows["truth"] < 0.8) & (rows["verdict"] == "raises")) | (
        (rows["truth"] > 1.25) & (rows["verdict"] == "lowers")
    )
    print(_by_action(rows).to_string(index=False, float_format=lambda x: f"{x:.3f}"))
    print()
    print(_summary(rows).to_string(index=False, float_format=lambda x: f"{x:.3f}"))
    ticks = _ticks(rows)
    if not ticks.empty:
        print()
        print(ticks.to_string(index=False, float_format=lambda x: f"{x:.3f}"))


def _ticks(rows: pd.DataFrame) -> pd.DataFrame:
    """What another tick does to the lifts of the same logs."""
    out = []
    for name in rows["shop"].unique():
        if SETTINGS[name].clock is None:
            continue
        own = rows[rows["shop"] == name]
        both = own.merge(
            rows[rows["shop"] == shop_of(name)], on=["seed", "action"], suffixes=("", "_usual")
        )
        for action, pair in both.groupby("action", sort=False):
            moved = (pair["lift"] - pair["lift_usual"]).abs()
            allowed = np.maximum(pair["lift_usual"] * pair["log_se_usual"], 0.02)
            out.append(
                {
                    "shop": name,
                    "action": action,
                    "logs": len(pair),
                    "truth": pair["truth"].iloc[0],
                    "lift": np.exp(np.log(pair["lift"]).mean()),
                    "usual": np.exp(np.log(pair["lift_usual"]).mean()),
                    "bias (log)": np.log(pair["lift"] / pair["truth"]).mean(),
                    "largest move": moved.max(),
                    "largest / allowed": (moved / allowed).max(),
                }
            )
    return pd.DataFrame(out)


def _by_action(rows: pd.DataFrame) -> pd.DataFrame:
    groups = rows.groupby(["shop", "action"], sort=False)
    out: list[dict[str, Any]] = []
    for (shop, action), group in groups:
        true = float(group["truth"].iloc[0])
        out.append(
            {
                "shop": shop,
                "action": action,
                "seeds": len(group),
                "truth": true,
                "truth_se": true * float(group["truth_se_log"].iloc[0]),
                "association": group["association"].mean(),
                "lift": float(np.exp(np.log(group["lift"]).mean())),
                "lift_se": true * group["log_se"].mean(),
                "bias_in_se": float((np.log(group["lift"] / true) / group["log_se"]).mean()),
                "covered": group["covered"].mean(),
                "truth_se/se": float(group["truth_se_log"].iloc[0]) / group["log_se"].mean(),
                "credit_sd/se": _spread(group),
            }
        )
    return pd.DataFrame(out)


def _spread(group: pd.DataFrame) -> float:
    """Spread of the credit over seeds against its stated standard error; 1 is honest."""
    stated = (group["credit_high"] - group["credit_low"]).mean() / (2 * 1.979)
    return float(group["credit"].std() / stated) if len(group) > 2 else float("nan")


def _summary(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows[rows["shop"].map(lambda shop: SETTINGS[shop].clock is None)]
    hidden = rows["shop"].map(lambda shop: SETTINGS[shop].hidden)
    clock = rows["shop"] == "letters"
    null = (rows["truth"] - 1).abs() <= 0.02
    parts = {
        "visits, intent observed": ~hidden & ~clock,
        "clock": clock,
        "visits, intent not observed": hidden,
    }
    parts |= {shop: rows["shop"] == shop for shop in rows["shop"].unique()}
    out = []
    for name, keep in parts.items():
        part = rows[keep]
        if part.empty:
            continue
        nulls = part[null[keep]]
        gap = np.log(part["truth"]).abs() > np.log(1.05)
        pair = [part["shop"], part["action"]]
        bias = pd.Series(np.log(part["lift"] / part["truth"])).groupby(pair).mean()
        ratio = part["association"] / part["truth"]
        naive = pd.Series(np.log(ratio.where(ratio > 0))).groupby(pair).mean()
        out.append(
            {
                "shops": name,
                "pairs": len(part),
                "covered": part["covered"].mean(),
                "opposite": part["opposite"].mean(),
                "null pairs": len(nulls),
                "null: no evidence": (nulls["verdict"] == "no evidence").mean(),
                "bias lift (log)": bias.abs().mean(),
                "bias association (log)": naive.abs().mean(),
                "worst bias ratio": (bias.abs() / naive.abs()).max() if gap.any() else np.nan,
                "worst calibration z": part["worst_z"].max(),
            }
        )
    return pd.DataFrame(out)


if __name__ == "__main__":
    main()
