"""How often each check of the evidence fails a log that is spoiled, and one that is not.

    python benchmarks/checks.py [--only overlap,stability] [--seeds 20] [--budget-minutes 60]

Resumable: each (case, seed) of the same code is one set of rows in the results file, and is never
run twice. Spoiled logs are those of `microlift.simulate.spoiled`; good ones are simulated shops in
which the check has nothing to find. Run again until nothing is left to do.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from accuracy import LAW, RESULTS, append, hash_with_estimates, rows_of
from threadpoolctl import threadpool_limits
from tqdm.auto import tqdm

import microlift as ml
from microlift.evidence import checks as each
from microlift.evidence.checks import heavy, outcome, stability
from microlift.simulate import plan_for, simulate
from microlift.simulate.spoiled import SPOILED

FIRST_SEED = 100  # no seed that a test or a threshold was chosen with
FRESH = {"twin": 200}  # where a check was mended by what others had shown
CHECKS: dict[str, Callable[[ml.LiftModel], ml.Check]] = {
    "overlap": each.overlap,
    "balance": each.balance,
    "placebo action": each.placebo_action,
    "placebo outcome": outcome.placebo_outcome,
    "unmeasured confounder": each.confounder,
    "leave one out": each.leave_one_out,
    "heavy users": heavy.heavy_users,
    "stability": stability.stability,
    "calibration": each.calibration,
}
MODULES: dict[str, str] = {
    "overlap": "overlap",
    "balance": "balance",
    "placebo action": "placebo",
    "placebo outcome": "outcome",
    "unmeasured confounder": "confounder",
    "leave one out": "features",
    "heavy users": "heavy",
    "stability": "stability",
    "calibration": "calibration",
}
SHARED = (
    "comparison", "omission", "past", "recount", "settings", "sums", "traits", "verdicts",
)  # fmt: skip
# Users of a spoiled log, and the checks that are run on it beside the one that is to find it.
BAD: dict[str, tuple[int, tuple[str, ...]]] = {
    "everybody": (10_000, ()),
    "corners": (6_000, ()),
    "pair": (6_000, ("placebo action",)),
    "unseen": (20_000, ("placebo outcome",)),
    "twin": (8_000, ()),
    "label": (4_000, ()),
    "robots": (3_000, ()),
    "faded": (30_000, ()),
    "gone": (8_000, ()),
    "dearer": (20_000, ()),
    "lost": (8_000, ()),
}
GOOD_USERS = 10_000
GOOD = ("plain", "channels", "funnel", "lowers", "null")
# Where channels matter as much as in the other shops a warning is due: `confounder` says so.
CONFOUNDER, NOT_CONFOUNDED = "unmeasured confounder", "plain"
OFTENER = 3  # so many times the logs where nothing confounds, for that check alone


@dataclass(frozen=True)
class Task:
    """One log, and the checks of it that are still to be run."""

    case: str
    users: int
    seed: int
    checks: tuple[str, ...]


def main() -> None:
    """Run what is missing, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--only", help="checks, separated by commas")
    parser.add_argument("--cases", help="logs, separated by commas")
    parser.add_argument("--seeds", type=int, default=20, help="logs of each spoiled case")
    parser.add_argument("--good", type=int, default=8, help="logs of each good shop")
    parser.add_argument("--budget-minutes", type=float, default=600.0)
    arguments = parser.parse_args()
    deadline = time.monotonic() + 60 * arguments.budget_minutes
    names = arguments.only.split(",") if arguments.only else list(CHECKS)
    codes = {name: code_of(name) for name in names}  # before any of it runs
    todo = list(_missing(codes, arguments.seeds, arguments.good))
    if arguments.cases:
        todo = [task for task in todo if task.case in arguments.cases.split(",")]
    for task in tqdm(todo, desc="logs"):
        if time.monotonic() > deadline:
            break
        append(RESULTS / "checks.csv", _run(task, codes))
    print(_table(codes).to_string(index=False, float_format=lambda x: f"{x:.2f}"))


def code_of(check: str) -> str:
    """Hash of what the figures of a check depend on."""
    return hash_with_estimates(
        "models/classes/*.py",
        "evidence/checks/" + MODULES[check] + ".py",
        *(f"evidence/{name}.py" for name in SHARED),
        *(f"simulate/{name}.py" for name in (*LAW, "logs", "spoiled")),
    )


def _tasks(seeds: int, good: int) -> Iterator[Task]:
    for number in range(max(seeds, OFTENER * good)):
        seed = FIRST_SEED + number
        for case, (users, beside) in BAD.items():
            if number < seeds:
                fresh = FRESH.get(case, FIRST_SEED) + number
                yield Task(case, users, fresh, (SPOILED[case].check, *beside))
        for shop in GOOD:
            if number < good:
                yield Task(shop, GOOD_USERS, seed, tuple(CHECKS))
        if good <= number < OFTENER * good:
            yield Task(NOT_CONFOUNDED, GOOD_USERS, seed, (CONFOUNDER,))


def _missing(codes: dict[str, str], seeds: int, good: int) -> Iterator[Task]:
    stored = _stored(codes)
    have = set(zip(stored["case"], stored["users"], stored["seed"], stored["check"], strict=True))
    for task in _tasks(seeds, good):
        checks = tuple(
            name
            for name in task.checks
            if name in codes and (task.case, task.users, task.seed, name) not in have
        )
        if checks:
            yield Task(task.case, task.users, task.seed, checks)


def _stored(codes: dict[str, str]) -> pd.DataFrame:
    parts = [
        rows[rows["check"] == name]
        for name, code in codes.items()
        if len(rows := rows_of(RESULTS / "checks.csv", code))
    ]
    columns = ["check", "case", "users", "seed", "verdict", "judged", "failed", "spared"]
    rows = pd.concat(parts) if parts else pd.DataFrame(columns=columns)
    # Of the sizes that are asked for now: there may be others of the same code.
    asked = rows["case"].map({case: users for case, (users, _) in BAD.items()})
    return rows[rows["users"] == asked.fillna(GOOD_USERS)]


def _run(task: Task, codes: dict[str, str]) -> pd.DataFrame:
    case = SPOILED.get(task.case)
    log = case.make(task.users, task.seed) if case else simulate(task.case, task.users, task.seed)
    plan = case.plan() if case else plan_for(task.case)
    rows = []
    with tempfile.TemporaryDirectory() as folder, threadpool_limits(1):
        path = Path(folder) / "events.parquet"
        log.to_parquet(path)
        with ml.read_events(path, plan, threads=1) as events:
            model = ml.LiftModel(rotations=1).fit(ml.moments(events))
            for name in task.checks:
                started = time.perf_counter()
                row = _row(CHECKS[name](model), case.actions if case else ())
                seconds = round(time.perf_counter() - started, 1)
                rows.append({"check": name, **row, "code": codes[name], "seconds": seconds})
    frame = pd.DataFrame(rows)
    return frame.assign(case=task.case, users=task.users, seed=task.seed)


def _row(found: ml.Check, wrong: tuple[str, ...]) -> dict[str, object]:
    """What a check said: of the whole, and of how many actions."""
    by_action = "action" in found.frame
    said = [str(value) for value in found.frame["verdict"]] if by_action else [str(found.verdict)]
    failed = {*found.failed, *found.warned}
    return {
        "verdict": str(found.verdict),
        "judged": sum(value in {"True", "False"} for value in said),
        "failed": said.count("False"),
        "spared": len(set(wrong) - failed),  # actions whose lift is wrong and that did not fail
    }


def _kind(check: str, case: str) -> str:
    if case in SPOILED:
        return "bad"
    return "good" if check != CONFOUNDER or case == NOT_CONFOUNDED else "confounded"


def _table(codes: dict[str, str]) -> pd.DataFrame:
    rows = _stored(codes)
    out = []
    for name in codes:
        own = rows[rows["check"] == name]
        for case, runs in own.groupby("case", sort=False):
            # Where single actions are wrong, these have to fail; else the check.
            failed = (runs["verdict"].astype(str) == "False") & (runs["spared"] == 0)
            out.append(
                {
                    "check": name,
                    "kind": _kind(name, str(case)),
                    "case": case,
                    "users": int(runs["users"].iloc[0]),
                    "runs": len(runs),
                    "failed": int(failed.sum()),
                    "share": failed.mean(),
                    "not judged": int((~runs["verdict"].astype(str).isin(["True", "False"])).sum()),
                    "actions judged": int(runs["judged"].sum()),
                    "actions failed": int(runs["failed"].sum()),
                }
            )
        good = [row for row in out if row["check"] == name and row["kind"] == "good"]
        if good:
            whole = {"check": name, "kind": "good", "case": "all of these", "users": GOOD_USERS}
            counts = ("runs", "failed", "not judged", "actions judged", "actions failed")
            whole |= {key: sum(int(row[key]) for row in good) for key in counts}
            out.append({**whole, "share": whole["failed"] / whole["runs"]})
    return pd.DataFrame(out)


if __name__ == "__main__":
    main()
