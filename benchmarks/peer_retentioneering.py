"""The same questions put to retentioneering 5.x, by an interpreter that has it; see journeys.py.

It imports nothing of ours: each tool runs in the packages that it was made for. The log is read and
built into an `Eventstream` with the columns that ours maps, in the same process; the time of either
is told, and the highest memory of both together.
"""

import argparse
import json
import os
import resource
import time
from importlib import metadata
from pathlib import Path

os.environ["RETENTIONEERING_NO_TRACK"] = "1"  # it reports its use to its makers otherwise

STEPS = ["event_0", "event_1", "event_2", "purchase"]
ACTIONS = [*(f"event_{k}" for k in range(12)), "purchase"]
COLUMNS = ["user_id", "timestamp", "event", "value", "channel", "device"]


def rates(stream) -> list[int]:
    asked = [{"metric": "has_event_bulk", "metric_args": {"events": ACTIONS}}]
    made = stream.get_metrics(asked)
    return [int(made[f"has_event_bulk_{name}"].sum()) for name in ACTIONS]


def funnel(stream) -> list[int]:
    return [int(step["unique_paths"]) for step in stream.funnel_data(steps=STEPS)["steps"]]


def transitions(stream) -> list[int]:
    stream.transition_graph_data(edge_weight="count")
    return []


def cohorts(stream) -> list[int]:
    # The nearest that it has to a cohort by sequence: who converts after the two events in order.
    stream.get_conversion_rate({"pattern": "event_0->.*->event_1", "at": -1}, "purchase")
    return []


PARTS = {part.__name__: part for part in (rates, funnel, transitions, cohorts)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("ask", nargs="?", choices=["version"])
    parser.add_argument("--part", choices=PARTS)
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    if arguments.ask:
        print(json.dumps({"version": metadata.version("retentioneering")}))
        return
    import pandas as pd
    from retentioneering import Eventstream

    began, used = time.perf_counter(), cpu()
    frame = pd.read_parquet(arguments.folder / "events.parquet", columns=COLUMNS)
    schema = {"path_cols": ["user_id"], "segment_cols": ["channel", "device"]}
    stream = Eventstream(frame, schema=schema)
    del frame
    built = {"read_wall": time.perf_counter() - began, "read_cpu": cpu() - used}
    answer = PARTS[arguments.part](stream)
    spent = {
        "wall": time.perf_counter() - began - built["read_wall"],
        "cpu": cpu() - used - built["read_cpu"],
        "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }
    rounded = {name: round(value, 3) for name, value in {**spent, **built}.items()}
    print(json.dumps({**rounded, "answer": answer}))


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
