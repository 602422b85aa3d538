"""From events to cells with pandas and numpy alone, by hand; see scale.py.

It imports nothing of ours. What it counts is what ours counts of this log and no other: actions
that are event names, every event planned, the first macro. What it leaves out (lines that cannot be
read, ties, late attributes, journeys kept for the models) would cost it more.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
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
# The key of a cell in order, and in how many values each comes.
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
    keys, counts = cells(arguments.folder / "events.parquet")
    spent = clock.read()
    tell(**spent, cells=len(keys), answer=answer(keys, counts))


def cells(path: Path) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Keys of the cells, and what each counts."""
    user, bucket, t, event, traits = ordered(path)
    last = t.max()
    row = np.arange(len(t))
    start = np.flatnonzero(np.r_[True, user[1:] != user[:-1]])
    gap = np.diff(t, prepend=t[:1])
    opens = gap > GAP
    opens[start] = True
    number = np.cumsum(opens)
    session = number - np.repeat(number[start] - 1, np.diff(np.r_[start, len(t)]))
    opened = np.flatnonzero(opens)[number - 1]  # the first row of each row's session
    quiet = np.clip((gap + HOUR - 1) // HOUR, 1, 255)
    quiet[start] = 0
    away, depth = quiet[opened], row - opened + 1
    tenure = t - np.repeat(t[start], np.diff(np.r_[start, len(t)]))

    users = user[-1] + 1
    never = len(t)
    macro = _first_of(user, row, event == MACRO, users, never)
    done = np.zeros(len(t), dtype=np.int64)
    for k in range(MACRO):
        done |= (row > _first_of(user, row, event == k, users, never)[user]).astype(np.int64) << k
    macro_row = macro[user]
    acted = np.flatnonzero(row < macro_row)

    mature = t[acted] + HORIZON <= last
    macro_t = np.where(macro_row < never, t[np.minimum(macro_row, never - 1)], last + 2 * HORIZON)
    after = np.minimum(acted + 1, never - 1)
    stays = (user[after] == user[acted]) & (after > acted)
    inside = stays & ~opens[after]
    code = np.where(event[after] == MACRO, THE_MACRO, event[after] + FIRST)
    later = np.where(event[after] == MACRO, MACRO_LATER, BACK)
    bit = np.int64(1) << event[acted]
    first = np.zeros(len(t), dtype=bool)
    first[start] = True
    found = {
        "at": event[acted] + 1,
        "arrive": np.where(first[acted], 0, np.where(opens[acted], 1, 2)),
        **{
            name: np.searchsorted(BINS[name], values[acted], side="right")
            for name, values in zip(BINS, (session, depth, away, tenure), strict=True)
        },
        **{name: values[acted] for name, values in traits.items()},
        "fresh": bit & ~done[acted],
        "done": bit | done[acted],
        "next": np.where(inside, code, np.where(stays, later, np.where(mature, LEFT, OPEN))),
        "bucket": bucket[acted],
    }
    # A user counts whose first moment has its whole horizon inside the data.
    covered = np.repeat(t[start] + HORIZON <= last, np.diff(np.r_[start, len(t)]))[acted]
    key = np.zeros(len(acted), dtype=np.int64)
    for name, size in KEY.items():
        key = key * size + found[name]
    y = mature & (macro_t[acted] <= t[acted] + HORIZON)
    frame = pd.DataFrame({"key": key, "n": 1, "n_mature": mature, "y": y})[covered]
    made = frame.groupby("key", sort=True).sum()
    return made.index.to_numpy(), {name: made[name].to_numpy() for name in COUNTS}


def ordered(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict]:
    """Rows in order of user and time, as numbers, without those that are the same in all."""
    names = ["user_id", "timestamp", "event", "value", "channel", "device"]
    text = ["event", "channel", "device"]
    frame = pq.read_table(path, columns=names, read_dictionary=text).to_pandas()
    user, ids = pd.factorize(frame.pop("user_id"))
    bucket = (pd.util.hash_array(np.asarray(ids, dtype=object)) % 128).astype(np.int64)
    t = frame["timestamp"].to_numpy("datetime64[us]").astype(np.int64)
    codes = {name: k for k, name in enumerate([*ACTIONS, "purchase"])}
    event = _coded(frame["event"], codes)
    value = frame["value"].fillna(-1).to_numpy()
    traits = {name: _coded(frame[name]) for name in ("channel", "device")}
    del frame
    order = np.lexsort((value, event, t, user))
    columns = [user, t, event, value, *traits.values()]
    columns = [column[order] for column in columns]
    again = np.zeros(len(order), dtype=bool)
    again[1:] = np.logical_and.reduce([column[1:] == column[:-1] for column in columns])
    user, t, event, value, channel, device = (column[~again] for column in columns)
    start = np.flatnonzero(np.r_[True, user[1:] != user[:-1]])  # first touch
    length = np.diff(np.r_[start, len(user)])
    touch = {
        name: np.repeat(column[start], length)
        for name, column in (("channel", channel), ("device", device))
    }
    return user, bucket[user], t, event.astype(np.int64), touch


def _coded(column: pd.Series, codes: dict[str, int] | None = None) -> np.ndarray:
    column = column.astype("category")
    names = codes or {name: k for k, name in enumerate(sorted(column.cat.categories))}
    return column.cat.rename_categories(names).astype(np.int64).to_numpy()


def _first_of(user: np.ndarray, row: np.ndarray, at: np.ndarray, users: int, never: int):
    """The first row of each user where something is the case."""
    found = np.full(users, never)
    here = np.flatnonzero(at)[::-1]
    found[user[here]] = row[here]  # of several for a user the last one written stays
    return found


def answer(keys: np.ndarray, counts: dict[str, np.ndarray]) -> str:
    """Identify the cells over all buckets, which each tool makes of users in its own way."""
    states, at = np.unique(keys // KEY["bucket"], return_inverse=True)
    sums = [np.bincount(at, weights=counts[name]).astype(np.int64) for name in COUNTS]
    return digest([states, *sums])


if __name__ == "__main__":
    main()
