"""Cost of the main job by size of the log, as ratios to the plainest query, and beside others.

    python benchmarks/scale.py [--rows 1000000,10000000,100000000] [--only cells,weights]
                               [--python polars=PYTHON] [--keep FOLDER] [--cap 20GB] [--limit 60]

The log is that of `generate_visits` in ``generated.py``. The floor is
``SELECT count(DISTINCT user_id)`` on the same Parquet file with two threads, in a process of its
own before and after each part; the lower one counts. The clock of every part starts
at the raw file and includes reading, normalising, doubles and sessions; packages are imported
before. The peak is the highest resident memory of the process until the clock stopped, and of
what it started.

Parts of ours: ``cells`` (the engine may hold 4 GB), ``tight`` (the same with 2 GB, so that it waits
on disk), ``weights`` (to weights.json, without checks), ``checked`` (with them), and ``models``
(lift, ledger and weights alone: its clock starts at the cells). Others, where
``--python`` names an interpreter that has them: pandas and polars count the same cells by hand
(``peer_pandas.py``, ``peer_polars.py``), and must find the same numbers; ChannelAttribution does
its whole job, and retentioneering what of this job it can.

A part that outgrows ``--cap``, or is not done after ``--limit`` minutes, is killed, and that is its
result; one that fails leaves what it said. Resumable: a row of results/scale.csv that was measured
with the same code and log is not measured again; ``--again`` measures it anew. With ``--keep`` a
log is made once: FOLDER/ROWS/.
"""

import argparse
import hashlib
import inspect
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import psutil
from clock import Clock, digest, tell
from generated import generate_visits

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "scale.csv"
MEMORY = {"cells": "4GB", "tight": "2GB", "weights": "4GB", "checked": "4GB", "models": "4GB"}
READS = ("events/**/*.py", "plan/**/*.py", "moments/**/*.py")
MODELS = ("models/**/*.py", "ledger.py", "occurrences.py", "weights/**/*.py", "run.py")
CODE = {
    "cells": READS,
    "tight": READS,
    "weights": (*READS, *MODELS),
    "checked": (*READS, *MODELS, "evidence/**/*.py", "quality/**/*.py"),
    "models": ("moments/**/*.py", *MODELS),
}
# What each of the others does, and in which file.
PEERS = {
    "pandas": ("cells", "peer_pandas.py"),
    "polars": ("cells", "peer_polars.py"),
    "retentioneering": ("nearest", "peer_retentioneering_job.py"),
    "ChannelAttribution": ("credits", "peer_channelattribution.py"),
}
OURS = "microlift"
COLUMNS = ("status", "wall", "cpu", "peak_gb", "read_cpu", "cells", "answer")
COUNTS = ("n", "n_mature", "y")
SIZES = {  # the key of a cell but for the bucket, and in how many values each comes
    "at": 13, "arrive": 3, "session": 4, "depth": 5, "away": 5, "tenure": 5, "a0": 6, "a1": 3,
    "fresh": 4096, "done": 4096, "next": 17,
}  # fmt: skip
LOOK = 0.25  # seconds between two looks at the memory, which cost time themselves
SPARE = 10**9  # bytes of the machine that a part must leave to the rest


@dataclass(frozen=True)
class Task:
    """One part of one tool: the command that does it, and a hash of its code."""

    tool: str
    part: str
    command: tuple[str, ...]
    code: str


@dataclass(frozen=True)
class Limits:
    """What a part may hold, in bytes, and how long it may take."""

    cap: int
    seconds: float


def main() -> None:
    """Measure what is missing, then print the table."""
    arguments = _arguments()
    if arguments.part:
        PARTS[arguments.part](arguments.folder, arguments.part)
        return
    sizes = [int(size) for size in arguments.rows.split(",")]
    with tempfile.TemporaryDirectory() as scratch:
        for rows in sizes:
            floors: list[dict[str, Any]] = []  # the one after a part is that before the next
            folder = Path(arguments.keep or scratch) / f"{rows}"
            folder.mkdir(parents=True, exist_ok=True)
            for task in _tasks(arguments):
                if not arguments.again and _is_there(rows, task):
                    continue
                if not (folder / "plan.yaml").exists():
                    generate_visits(folder, rows)
                limits = Limits(_bytes(arguments.cap), 60 * arguments.limit)
                row = _measure(task, folder, limits, floors)
                _append(rows, task, row)
                print(f"{rows:,} {task.tool} {task.part}: {row}", file=sys.stderr, flush=True)
    print(table(pd.read_csv(RESULTS), sizes))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", default="1000000,10000000", help="events, separated by commas")
    parser.add_argument("--only", help="parts of ours and names of others, separated by commas")
    parser.add_argument(
        "--python", action="append", default=[], help="an interpreter, as polars=PATH"
    )
    parser.add_argument("--keep", help="folder for the generated logs, kept for the next run")
    parser.add_argument("--cap", default="20GB", help="memory that a part may hold (20GB)")
    parser.add_argument("--limit", type=float, default=60.0, help="minutes that a part may take")
    parser.add_argument("--again", action="store_true", help="measure what is there already, too")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def _tasks(arguments: argparse.Namespace) -> Iterator[Task]:
    from accuracy import code_hash  # it loads the estimators, which the parts are to load alone

    log = inspect.getsource(generate_visits)
    asked = arguments.only.split(",") if arguments.only else [*list(MEMORY)[:4], *PEERS]
    if unknown := [name for name in asked if name not in (*MEMORY, *PEERS)]:
        raise SystemExit(f"--only knows {', '.join((*MEMORY, *PEERS))}, not {', '.join(unknown)}.")
    for part in MEMORY:
        if part in asked:
            code = _digest(code_hash(*CODE[part]), log)
            yield Task(OURS, part, (sys.executable, __file__), code)
    pythons = {"pandas": sys.executable, **dict(each.split("=", 1) for each in arguments.python)}
    for name, (part, file) in PEERS.items():
        if name in asked and name not in pythons:
            print(f"{name}: not measured, for want of --python {name}=PATH")
        elif name in asked:
            code = _digest((HERE / file).read_text(encoding="utf-8"), log)
            yield Task(name, part, (pythons[name], str(HERE / file)), code)


def _digest(*texts: str) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:12]


def _is_there(rows: int, task: Task) -> bool:
    if not RESULTS.exists():
        return False
    found = pd.read_csv(RESULTS)
    same = (found["rows"] == rows) & (found["tool"] == task.tool) & (found["part"] == task.part)
    return bool((same & (found["code"] == task.code)).any())


def _append(rows: int, task: Task, row: dict[str, Any]) -> None:
    """Add a row; what the same part of the same tool had before it goes."""
    RESULTS.parent.mkdir(exist_ok=True)
    whole = {"rows": rows, "tool": task.tool, "part": task.part, **row, "code": task.code}
    made = pd.DataFrame([whole])
    if RESULTS.exists():
        old = pd.read_csv(RESULTS)
        keys = ["rows", "tool", "part"]
        same = (old[keys] == made[keys].iloc[0]).all(axis=1)
        made = pd.concat([old[~same], made], ignore_index=True)
    made["cells"] = pd.to_numeric(made["cells"]).astype("Int64")  # a failure has none
    made.to_csv(RESULTS, index=False)


def _measure(
    task: Task, folder: Path, limits: Limits, floors: list[dict[str, Any]]
) -> dict[str, Any]:
    """One part between two floors: what it cost, or how it ended."""
    scan = (sys.executable, __file__, "--part", "floor")
    before = floors[-1] if floors else _child(scan, folder, limits)
    found = _child((*task.command, "--part", task.part), folder, limits)
    after = _child(scan, folder, limits)
    floors.append(after)
    if failed := [each["status"] for each in (before, after) if each["status"] != "done"]:
        raise SystemExit(f"The scan itself could not be measured: {failed[0]}")
    least = {f"floor_{name}": min(before[name], after[name]) for name in ("wall", "cpu")}
    return {name: found.get(name, "") for name in COLUMNS} | least


def _child(command: tuple[str, ...], folder: Path, limits: Limits) -> dict[str, Any]:
    """Run a process, and kill it where it and what it started pass a limit."""
    began, peak, beside, killed = time.perf_counter(), 0, 0, ""
    environment = {**os.environ, "MPLBACKEND": "Agg"}
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as failed:
        process = subprocess.Popen(
            [*command, "--folder", str(folder)], stdout=said, stderr=failed, env=environment
        )
        while process.poll() is None:
            own, started = _resident(process.pid)
            held = own + started
            peak, beside = max(peak, held), max(beside, started)
            if killed := _too_much(held, time.perf_counter() - began, limits):
                for each in (*psutil.Process(process.pid).children(recursive=True), process):
                    each.kill()
                process.wait()
                break
            time.sleep(LOOK)
        for file in (said, failed):
            file.seek(0)
        lines, errors = said.read().splitlines(), failed.read().strip().splitlines()
    ended: dict[str, Any] = {"wall": round(time.perf_counter() - began, 3)}
    ended["peak_gb"] = round(peak / 2**30, 3)
    if process.returncode == 0:
        told = json.loads(lines[-1])
        return {"status": "done", **told, "peak_gb": round(told["peak_gb"] + beside / 2**30, 3)}
    reason = errors[-1][:200] if errors else f"ended by signal {-process.returncode}"
    return {**ended, "status": killed or f"failed: {reason}"}


def _too_much(held: int, seconds: float, limits: Limits) -> str:
    """Why a part is killed, or nothing."""
    if held > limits.cap:
        return f"killed at {held / 1e9:.1f} GB: over the cap of {limits.cap / 1e9:.0f} GB"
    if psutil.virtual_memory().available < SPARE:
        return f"killed at {held / 1e9:.1f} GB: nothing left"
    if seconds > limits.seconds:
        return f"killed after {limits.seconds / 60:.0f} minutes, at {held / 1e9:.1f} GB"
    return ""


def _resident(pid: int) -> tuple[int, int]:
    """Memory of a process, and of what it started."""
    own = started = 0
    try:
        process = psutil.Process(pid)
        own = process.memory_info().rss
        for each in process.children(recursive=True):
            started += each.memory_info().rss
    except psutil.Error:
        pass  # it has just ended
    return own, started


def _bytes(size: str) -> int:
    return int(float(size.removesuffix("GB")) * 1e9)


def _floor(folder: Path, _part: str) -> None:
    connection = duckdb.connect()
    connection.execute("SET threads=2")
    clock = Clock()
    query = f"SELECT count(DISTINCT user_id) FROM '{folder / 'events.parquet'}'"
    connection.execute(query).fetchall()
    tell(**clock.read())


def _cells(folder: Path, part: str) -> None:
    import microlift as ml

    plan = ml.Plan.load(folder / "plan.yaml")
    _import(ml.read_events, ml.moments)
    clock = Clock()
    log = ml.read_events(folder / "events.parquet", plan, threads=2, memory=MEMORY[part])
    read = clock.read()
    moments = ml.moments(log)
    spent = clock.read()
    answer = _answer(moments.cells, list(log.facts.attributes.values()))
    tell(**spent, read_cpu=read["cpu"], cells=len(moments.cells), answer=answer)


def _weights(folder: Path, part: str) -> None:
    import microlift as ml

    plan = _with_memory(ml.Plan.load(folder / "plan.yaml"), MEMORY[part])
    _import(ml.run)
    with tempfile.TemporaryDirectory() as out:
        clock = Clock()
        made = ml.run(plan, folder / "events.parquet", out, checks=part == "checked", quiet=True)
        spent = clock.read()
    tell(**spent, cells=len(made.moments.cells), answer="")


def _models(folder: Path, part: str) -> None:
    import microlift as ml

    plan = ml.Plan.load(folder / "plan.yaml")
    with ml.read_events(folder / "events.parquet", plan, threads=2, memory=MEMORY[part]) as log:
        moments = ml.moments(log)
    _import(ml.LiftModel, ml.Ledger, ml.Weights)
    clock = Clock()
    model = ml.LiftModel(quiet=True).fit(moments)
    fitted = clock.read()
    ledger = ml.Ledger.from_model(model)
    booked = clock.read()
    ml.Weights.from_ledger(ledger, plan)
    spent = clock.read()
    for name, each in (("lift", fitted), ("and the ledger", booked), ("and the weights", spent)):
        print(f"{name}: {each}", file=sys.stderr)
    tell(**spent, read_cpu=fitted["cpu"], cells=len(moments.cells), answer="")


def _import(*_: Any) -> None:
    """Names of ours are imported when they are asked for: to pass them here is to ask."""


def _with_memory(plan: Any, memory: str) -> Any:
    said = plan.to_dict() | {"engine": {"memory": memory, "threads": 2}}
    return type(plan).from_dict(said)


def _answer(cells: pd.DataFrame, labels: list[tuple[str, ...]]) -> str:
    """Identify the cells over all buckets, which each tool makes of users in its own way."""
    key = np.zeros(len(cells), dtype=np.int64)
    for name, size in SIZES.items():
        column = cells[name].to_numpy(dtype=np.int64)
        if name in ("a0", "a1"):  # numbered by the order of the labels, as the others do
            column = np.argsort(np.argsort(labels[int(name[1])]))[column]
        key = key * size + column
    keys, at = np.unique(key, return_inverse=True)
    sums = [np.bincount(at, weights=cells[name]).astype(np.int64) for name in COUNTS]
    return digest([keys, *sums])


def table(found: pd.DataFrame, sizes: list[int]) -> str:
    """The results as a table in Markdown."""
    lines = [
        "| events | tool | part | CPU / scan | wall / scan | wall s | peak GB | result |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for rows in sizes:
        of = found[found["rows"] == rows]
        answers = of.loc[(of["tool"] == OURS) & (of["part"] == "cells"), "answer"]
        ours = answers.iloc[0] if len(answers) else None
        for each in of.to_dict("records"):
            done = each["status"] == "done"
            ratios = [
                f"{float(each[name]) / each[f'floor_{name}']:.1f}" if done else ""
                for name in ("cpu", "wall")
            ]
            result = each["status"] if not done else _result(each, ours)
            lines.append(
                f"| {rows:,} | {each['tool']} | {each['part']} | {' | '.join(ratios)} "
                f"| {float(each['wall']):,.1f} | {each['peak_gb']:.2f} | {result} |"
            )
    return "\n".join(lines)


def _result(row: dict[str, Any], ours: str | None) -> str:
    if row["tool"] == OURS or row["part"] != "cells":
        return f"{int(row['cells']):,} cells" if row["tool"] == OURS else "done"
    if ours is None:
        return f"{int(row['cells']):,} cells"
    return "the same cells" if row["answer"] == ours else "OTHER CELLS"


PARTS: dict[str, Callable[[Path, str], None]] = {
    "floor": _floor,
    **dict.fromkeys(("cells", "tight"), _cells),
    **dict.fromkeys(("weights", "checked"), _weights),
    "models": _models,
}


if __name__ == "__main__":
    main()
