"""Cost of looking at journeys: CPU, time and memory of each function, against a floor and a peer.

    python benchmarks/journeys.py [--rows 1000000,10000000] [--only rates,funnel] [--keep FOLDER]
                                  [--peer PYTHON]

Every figure is of a process of its own. The log is that of ``generated.py``. Reading it
(`read_events`) is measured apart from the counting, with 1 GB for the engine; the package and the
function's own modules are imported before.
The floor is a scan of the six mapped columns of the file, the sum of the hashes of each: user_id,
timestamp, event, value, channel and device; the least of three runs.

Two others do the same on the same file: plain SQL, written apart from the package (`SQL` below),
and retentioneering 5.x where ``--peer`` names an interpreter that has it (see
`peer_retentioneering.py`; it is no dependency of ours). Both begin at the file: compare them
with reading and counting together. Rates and funnels must agree to the user; of the others the
nearest question is asked that each tool can answer.

Resumable: a row of results/journeys.csv that was measured with the same code is not measured again.
A function that the package does not have is skipped, with a line that says so.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
from accuracy import code_hash
from clock import Clock
from generated import EVENTS, generate

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "journeys.csv"
MOST_RATIO, MOST_GB = 8.0, 1.5
LIMITED = ("rates", "funnel", "transitions", "cohorts")
STEPS = ["event_0", "event_1", "event_2", "purchase"]
FLOOR, READ, OURS, PLAIN = "floor", "read", "microlift", "plain SQL"

# By name of the function; what is asked of it, and the figures that other tools must agree with.
ASKED: dict[str, tuple[Callable[..., Any], Callable[[pd.DataFrame], list[int]] | None]] = {
    "rates": (lambda f, log: f(log), lambda frame: frame["count"].tolist()),
    "funnel": (lambda f, log: f(log, STEPS), lambda frame: frame["users"].tolist()),
    "transitions": (lambda f, log: f(log), None),
    "cohorts": (lambda f, log: f(log, "event_0 AND event_1"), None),
    "assists": (lambda f, log: f(log), None),
    "paths": (lambda f, log: f(log), None),
    "flow": (lambda f, log: f(log), None),
    "trend": (lambda f, log: f(log), None),
    "time_to_macro": (lambda f, log: f(log), None),
    "hazards": (lambda f, log: f(log), None),
    "lags": (lambda f, log: f(log), None),
    "primary_metric": (lambda f, log: f(log), None),
    "diagnose": (lambda f, log: f(log), None),
}
_MAPPED = ("user_id", "timestamp", "event", "value", "channel", "device")
_ACTIONS = [*(f"event_{k}" for k in range(EVENTS)), "purchase"]
SQL = {
    FLOOR: f"SELECT {', '.join(f'sum(hash({name}))' for name in _MAPPED)} FROM log",
    "rates": f"""
        SELECT n FROM (SELECT event, count(DISTINCT user_id) AS n FROM log GROUP BY event)
        WHERE event IN {tuple(_ACTIONS)} ORDER BY list_position({_ACTIONS}, event)
    """,
    "funnel": f"""
        WITH e AS (SELECT user_id AS u, timestamp AS t, event FROM log),
        s1 AS (SELECT u, min(t) AS t FROM e WHERE event = '{STEPS[0]}' GROUP BY u),
        s2 AS (SELECT e.u, min(e.t) AS t FROM e JOIN s1 ON e.u = s1.u AND e.t > s1.t
               WHERE event = '{STEPS[1]}' GROUP BY e.u),
        s3 AS (SELECT e.u, min(e.t) AS t FROM e JOIN s2 ON e.u = s2.u AND e.t > s2.t
               WHERE event = '{STEPS[2]}' GROUP BY e.u),
        s4 AS (SELECT e.u, min(e.t) AS t FROM e JOIN s3 ON e.u = s3.u AND e.t > s3.t
               WHERE event = '{STEPS[3]}' GROUP BY e.u)
        SELECT count(*) FROM s1 UNION ALL SELECT count(*) FROM s2
        UNION ALL SELECT count(*) FROM s3 UNION ALL SELECT count(*) FROM s4
    """,
    "transitions": """
        SELECT event, next, count(*) FROM (
          SELECT event, lead(event) OVER (PARTITION BY user_id ORDER BY timestamp) AS next FROM log
        ) GROUP BY event, next
    """,
    "cohorts": """
        WITH u AS (
          SELECT user_id, min(timestamp) FILTER (event = 'purchase') AS bought,
                 greatest(min(timestamp) FILTER (event = 'event_0'),
                          min(timestamp) FILTER (event = 'event_1')) AS both_done,
                 bool_or(event = 'event_0') AND bool_or(event = 'event_1') AS has_both
          FROM log GROUP BY user_id
        )
        SELECT has_both AND (bought IS NULL OR both_done < bought), count(*), count(bought)
        FROM u GROUP BY 1
    """,
}


def main() -> None:
    """Measure what is missing, then print the table."""
    arguments = _arguments()
    if arguments.part:
        print(json.dumps(_measure(arguments.tool, arguments.part, arguments.folder)))
        return
    parts = arguments.only.split(",") if arguments.only else list(ASKED)
    if unknown := [part for part in parts if part not in ASKED]:
        raise SystemExit(f"--only knows {', '.join(ASKED)}, and not {', '.join(unknown)}.")
    with tempfile.TemporaryDirectory() as scratch:
        for rows in (int(size) for size in arguments.rows.split(",")):
            folder = Path(arguments.keep or scratch) / f"{rows}"
            folder.mkdir(parents=True, exist_ok=True)
            _run(rows, parts, folder, arguments.peer)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", default="1000000,10000000", help="events, separated by commas")
    parser.add_argument("--only", help="functions, separated by commas")
    parser.add_argument("--keep", help="folder for the generated logs, kept for the next run")
    parser.add_argument("--peer", help="a Python interpreter with retentioneering 5.x")
    parser.add_argument("--part", help=argparse.SUPPRESS)
    parser.add_argument("--tool", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def _run(rows: int, parts: list[str], folder: Path, peer: str | None) -> None:
    """Measure one size of log: what is not there yet."""
    codes = {OURS: code_hash("events/**/*.py", "plan/**/*.py", "journeys/**/*.py")}
    codes[PLAIN] = hashlib.sha256(json.dumps(SQL).encode()).hexdigest()[:12]
    if peer:
        source = (HERE / "peer_retentioneering.py").read_bytes()
        version = _answer([peer, str(HERE / "peer_retentioneering.py"), "version"])["version"]
        peer_tool = f"retentioneering {version}"
        codes[peer_tool] = hashlib.sha256(source).hexdigest()[:12]
    there = _stored(rows, codes)
    for tool, part in _tasks(parts, list(codes)):
        if ((there["tool"] == tool) & (there["part"] == part)).any():
            continue
        if not (folder / "events.parquet").exists():
            generate(folder, rows)
        command = [sys.executable, __file__, "--tool", tool]
        if tool not in (OURS, PLAIN):
            command = [str(peer), str(HERE / "peer_retentioneering.py")]
        found = _answer([*command, "--part", part, "--folder", str(folder)])
        if "skipped" in found:
            print(f"{part}: {found['skipped']}")
            continue
        found["answer"] = json.dumps(found["answer"])
        row = {"rows": rows, "tool": tool, "part": part, **found, "code": codes[tool]}
        _append(row)
    _print(rows, parts, _stored(rows, codes))


def _tasks(parts: list[str], tools: list[str]) -> Iterator[tuple[str, str]]:
    yield PLAIN, FLOOR
    yield OURS, READ
    for part in parts:
        for tool in tools:
            if tool == OURS or part in SQL:
                yield tool, part


def _answer(command: list[str]) -> dict[str, Any]:
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    return found


def _stored(rows: int, codes: dict[str, str]) -> pd.DataFrame:
    if not RESULTS.exists():
        return pd.DataFrame({"tool": [], "part": []})
    frame = pd.read_csv(RESULTS)
    known = frame["code"] == frame["tool"].map(codes)
    return frame[known & (frame["rows"] == rows)]


def _append(row: dict[str, Any]) -> None:
    RESULTS.parent.mkdir(exist_ok=True)
    frame = pd.DataFrame([row])
    frame.to_csv(RESULTS, mode="a", header=not RESULTS.exists(), index=False)


def _measure(tool: str, part: str, folder: Path) -> dict[str, Any]:
    return _sql(part, folder) if tool == PLAIN else _ours(part, folder)


def _sql(part: str, folder: Path) -> dict[str, Any]:
    connection = duckdb.connect()
    connection.execute("SET threads=2")
    connection.execute(f"CREATE VIEW log AS SELECT * FROM '{folder / 'events.parquet'}'")
    runs = []
    for _ in range(3 if part == FLOOR else 1):
        clock = Clock()
        rows = connection.execute(SQL[part]).fetchall()
        runs.append(clock.read())
    answer = [row[0] for row in rows] if ASKED.get(part, (None, None))[1] else []
    return {
        **min(runs, key=lambda run: run["cpu"]),
        "read_wall": 0,
        "read_cpu": 0,
        "answer": answer,
    }


def _ours(part: str, folder: Path) -> dict[str, Any]:
    import microlift as ml

    try:
        function = None if part == READ else getattr(ml, part)
    except AttributeError:
        return {"skipped": "not in this version of the package, so not measured"}
    plan = ml.Plan.load(folder / "plan.yaml")
    clock = Clock()
    with ml.read_events(folder / "events.parquet", plan, threads=2, memory="1GB") as log:
        read = clock.read()
        if function is None:
            return {**read, "read_wall": 0, "read_cpu": 0, "answer": []}
        ask, figures = ASKED[part]
        clock = Clock()
        found = ask(function, log)
        spent = clock.read()
        answer = figures(found.to_frame()) if figures else []
    return {**spent, "read_wall": read["wall"], "read_cpu": read["cpu"], "answer": answer}


def _print(rows: int, parts: list[str], found: pd.DataFrame) -> None:
    """Print the costs, and whether each function keeps within its limits."""
    by = {(row["tool"], row["part"]): row for row in found.to_dict("records")}
    floor = by[PLAIN, FLOOR]["cpu"]
    print(f"\n{rows:,} events. Floor: {floor:.2f} s of CPU (hashes of {', '.join(_MAPPED)}).")
    head = f"{'part':<15}{'tool':<23}{'wall s':>8}{'CPU s':>8}{'x floor':>9}"
    print(f"{head}{'with file: wall':>17}{'CPU s':>8}{'peak GB':>9}  verdict")
    for part in [READ, *parts]:
        for tool in dict.fromkeys(tool for tool, _ in by):
            if (tool, part) in by:
                row = by[tool, part]
                wall, cpu = _whole(row)
                told = _verdict(row, floor, by) if tool == OURS else ""
                print(
                    f"{part:<15}{tool:<23}{row['wall']:>8.2f}{row['cpu']:>8.2f}"
                    f"{row['cpu'] / floor:>9.1f}{wall:>17.2f}{cpu:>8.2f}{row['peak_gb']:>9.2f}  "
                    f"{told}"
                )


def _whole(row: dict[str, Any]) -> tuple[float, float]:
    """Wall and CPU from the file to the answer."""
    return row["wall"] + row["read_wall"], row["cpu"] + row["read_cpu"]


def _verdict(row: dict[str, Any], floor: float, by: dict[tuple[str, str], dict[str, Any]]) -> str:
    if row["part"] not in LIMITED:
        return ""
    said = [] if row["cpu"] <= MOST_RATIO * floor else [f"above {MOST_RATIO:g} x the floor"]
    said += [] if row["peak_gb"] < MOST_GB else [f"above {MOST_GB:g} GB"]
    for (tool, part), other in by.items():
        if part != row["part"] or tool == OURS:
            continue
        if "[]" not in (row["answer"], other["answer"]) and row["answer"] != other["answer"]:
            said.append(f"other figures than {tool}")
        if tool != PLAIN and _whole(row)[1] > _whole(other)[1]:
            said.append(f"with the file dearer than {tool}")
    return "; ".join(said) or "within the limits"


if __name__ == "__main__":
    main()
