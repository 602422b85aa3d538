"""What retentioneering 5.x can do of the job from events to weights; see scale.py.

It has no moments, no lift and no ledger. The nearest: sessions by the gap, transitions between
events, and for each action the share of users who convert after it.
"""

import argparse
import os
from importlib import metadata
from pathlib import Path

os.environ["RETENTIONEERING_NO_TRACK"] = "1"  # it reports its use to its makers otherwise

from clock import Clock, tell

ACTIONS = [f"event_{k}" for k in range(12)]
COLUMNS = ["user_id", "timestamp", "event", "value", "channel", "device"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("ask", nargs="?", choices=["version"])
    parser.add_argument("--part", choices=["nearest"])
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    if arguments.ask:
        tell(version=metadata.version("retentioneering"))
        return
    import pandas as pd
    from retentioneering import Eventstream

    clock = Clock()
    frame = pd.read_parquet(arguments.folder / "events.parquet", columns=COLUMNS)
    schema = {"path_cols": ["user_id"], "segment_cols": ["channel", "device"]}
    stream = Eventstream(frame, schema=schema)
    del frame
    stream = stream.split_sessions(timeout="30m")
    graph = stream.transition_graph_data(edge_weight="count")
    for action in ACTIONS:
        stream.get_conversion_rate(action, "purchase")
    tell(**clock.read(), cells=graph.size, answer="")


if __name__ == "__main__":
    main()
