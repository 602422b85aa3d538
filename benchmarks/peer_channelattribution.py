"""Events to credits with ChannelAttribution, its whole job, the building of paths included.

It takes paths, so these are built first, as its users do: what each user did up to the first macro,
in order, equal paths counted once. Then its three heuristics and its Markov model of order 1.
"""

import argparse
from importlib import metadata
from pathlib import Path

import ChannelAttribution
import pandas as pd
from clock import Clock, tell


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("ask", nargs="?", choices=["version"])
    parser.add_argument("--part", choices=["credits"])
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    if arguments.ask:
        tell(version=metadata.version("ChannelAttribution"))
        return
    clock = Clock()
    made = credits_of(paths_of(arguments.folder / "events.parquet"))
    tell(**clock.read(), cells=len(made), answer="")


def paths_of(path: Path) -> pd.DataFrame:
    names = ["user_id", "timestamp", "event", "value"]
    frame = pd.read_parquet(path, columns=names).drop_duplicates()
    frame = frame.sort_values(["user_id", "timestamp", "event"], kind="stable")
    is_macro = frame["event"] == "purchase"
    bought = is_macro.groupby(frame["user_id"]).cumsum()
    macros = frame[is_macro & (bought == 1)].set_index("user_id")["value"]
    steps = frame[bought == 0]
    paths = steps.groupby("user_id", sort=False)["event"].agg(" > ".join).to_frame("path")
    paths["value"] = macros.reindex(paths.index)
    paths["converted"] = paths["value"].notna().astype(int)
    paths["lost"] = 1 - paths["converted"]
    paths["value"] = paths["value"].fillna(0.0)
    return paths.groupby("path", as_index=False)[["converted", "value", "lost"]].sum()


def credits_of(paths: pd.DataFrame) -> pd.DataFrame:
    named = {"var_path": "path", "var_conv": "converted", "var_value": "value"}
    simple = ChannelAttribution.heuristic_models(paths, **named, flg_pro=False)
    markov = ChannelAttribution.markov_model(
        paths, **named, var_null="lost", ncore=2, seed=1, verbose=False, flg_pro=False
    )
    return simple.merge(markov, on="channel_name")


if __name__ == "__main__":
    main()
