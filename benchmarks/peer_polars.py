"""From events to cells with polars alone, by hand; see scale.py and peer_pandas.py.

The same job in the same order. Keys and codes are those of `peer_pandas`, whose numbers of the
cells it has to meet.
"""

import argparse
from pathlib import Path

import numpy as np
import polars as pl
from clock import Clock, digest, tell

ACTIONS = [f"event_{k}" for k in range(12)]
MACRO = len(ACTIONS)
HOUR = 3_600_000_000
DAY, GAP, HORIZON = 24 * HOUR, HOUR // 2, 14 * 24 * HOUR
BINS = {
    "session": [2, 3, 5],
    "depth": [1, 2, 3, 5],
    "away": [1, 25, 73, 169],
    "tenure": [HOUR, DAY, 7 * DAY, 30 * DAY],
}
LEFT, BACK, OPEN, THE_MACRO, MACRO_LATER, FIRST = range(6)
KEY = {
    "at": 13, "arrive": 3, "session": 4, "depth": 5, "away": 5, "tenure": 5, "channel": 6,
    "device": 3, "fresh": 4096, "done": 4096, "next": 17, "bucket": 128,
}  # fmt: skip
COUNTS = ("n", "n_mature", "y")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--part", choices=["cells"], required=True)
    parser.add_argument("--folder", type=Path, required=True)
    arguments = parser.parse_args()
    clock = Clock()
    made = cells(arguments.folder / "events.parquet")
    spent = clock.read()
    tell(**spent, cells=len(made), answer=answer(made))


def cells(path: Path) -> pl.DataFrame:
    """The key of each cell, and what it counts."""
    codes = {name: k for k, name in enumerate([*ACTIONS, "purchase"])}
    scan = pl.scan_parquet(path).select(
        "user_id",
        pl.col("timestamp").dt.epoch("us").alias("t"),
        pl.col("event").replace_strict(codes, return_dtype=pl.Int8),
        "value",
        _rank("channel", path),
        _rank("device", path),
    )
    rows = scan.sort("user_id", "t", "event", "value")
    changed = [pl.col(name).ne_missing(pl.col(name).shift()) for name in rows.collect_schema()]
    rows = rows.filter(pl.any_horizontal(changed) | (pl.int_range(pl.len()) == 0))
    frame = rows.with_columns(user=pl.col("user_id").rle_id(), row=pl.int_range(pl.len())).collect(
        engine="streaming"
    )
    last, users = frame["t"].max(), pl.col("user")
    frame = frame.with_columns(
        bucket=(pl.col("user_id").hash() % 128).cast(pl.Int64),
        gap=pl.col("t").diff().fill_null(0),
        first=users.ne_missing(users.shift()).fill_null(True),
    ).drop("user_id", "value")
    frame = frame.with_columns(opens=pl.col("first") | (pl.col("gap") > GAP))
    frame = frame.with_columns(
        number=pl.col("opens").cum_sum(),
        quiet=pl.when("first").then(0).otherwise(((pl.col("gap") + HOUR - 1) // HOUR).clip(1, 255)),
    )
    # One aggregate a user, and one a session, joined by place: both are numbered from 0.
    per_user = frame.group_by("user", maintain_order=True).agg(
        t0=pl.col("t").first(),
        number0=pl.col("number").first(),
        channel0=pl.col("channel").first(),
        device0=pl.col("device").first(),
        **{f"f{k}": pl.col("row").filter(pl.col("event") == k).min() for k in range(MACRO + 1)},
        macro_t=pl.col("t").filter(pl.col("event") == MACRO).min(),
    )
    per_session = frame.group_by("number", maintain_order=True).agg(
        away=pl.col("quiet").first(), row0=pl.col("row").first()
    )
    moments = frame.lazy().with_columns(
        after=pl.col("event").shift(-1),
        stays=pl.col("user").shift(-1).eq_missing(pl.col("user")),
        after_opens=pl.col("opens").shift(-1),
    )
    moments = moments.join(per_user.lazy(), on="user").join(per_session.lazy(), on="number")
    row, event, t = pl.col("row"), pl.col("event").cast(pl.Int64), pl.col("t")
    moments = moments.filter(
        row < pl.col(f"f{MACRO}").fill_null(len(frame)), pl.col("t0") + HORIZON <= last
    )
    done = pl.sum_horizontal(
        (row > pl.col(f"f{k}")).fill_null(False).cast(pl.Int64) * (1 << k) for k in range(MACRO)
    )
    bit = pl.lit(1, pl.Int64) * pl.lit(2, pl.Int64).pow(event).cast(pl.Int64)
    mature = t + HORIZON <= last
    after, macro = pl.col("after").cast(pl.Int64), pl.col("after") == MACRO
    inside = pl.col("stays") & ~pl.col("after_opens")
    moments = moments.with_columns(before=done, bit=bit).select(
        at=event + 1,
        arrive=pl.when("first").then(0).when("opens").then(1).otherwise(2),
        session=_bin("session", pl.col("number") - pl.col("number0") + 1),
        depth=_bin("depth", row - pl.col("row0") + 1),
        away=_bin("away", pl.col("away")),
        tenure=_bin("tenure", t - pl.col("t0")),
        channel=pl.col("channel0"),
        device=pl.col("device0"),
        fresh=pl.col("bit") & ~pl.col("before"),
        done=pl.col("bit") | pl.col("before"),
        next=pl.when(inside & macro)
        .then(THE_MACRO)
        .when(inside)
        .then(after + FIRST)
        .when(pl.col("stays") & macro)
        .then(MACRO_LATER)
        .when("stays")
        .then(BACK)
        .when(mature)
        .then(LEFT)
        .otherwise(OPEN),
        bucket="bucket",
        n_mature=mature.cast(pl.Int64),
        y=(mature & (pl.col("macro_t") <= t + HORIZON)).fill_null(False).cast(pl.Int64),
    )
    key = pl.lit(0, pl.Int64)
    for name, size in KEY.items():
        key = key * size + pl.col(name).cast(pl.Int64)
    packed = moments.select("n_mature", "y", key=key)
    counted = packed.group_by("key").agg(
        n=pl.len().cast(pl.Int64), n_mature=pl.col("n_mature").sum(), y=pl.col("y").sum()
    )
    return counted.collect(engine="streaming").sort("key")


def _rank(name: str, path: Path) -> pl.Expr:
    """Codes of a column in the order of its names."""
    names = pl.scan_parquet(path).select(pl.col(name).unique()).collect(engine="streaming")
    ranks = {label: k for k, label in enumerate(sorted(names[name]))}
    return pl.col(name).replace_strict(ranks, return_dtype=pl.Int8)


def _bin(name: str, value: pl.Expr) -> pl.Expr:
    return pl.sum_horizontal((value >= edge).cast(pl.Int64) for edge in BINS[name])


def answer(made: pl.DataFrame) -> str:
    """Identify the cells over all buckets, which each tool makes of users in its own way."""
    keys = made["key"].to_numpy()
    states, at = np.unique(keys // KEY["bucket"], return_inverse=True)
    sums = [np.bincount(at, weights=made[name].to_numpy()).astype(np.int64) for name in COUNTS]
    return digest([states, *sums])


if __name__ == "__main__":
    main()
