"""A simulated year of weekly runs: do bookings follow the revenue, week by week?

    python benchmarks/year.py [--large] [--seed 1]

Each Monday the main job runs on the last 90 days of a drifting shop's log and publishes into one
folder, with the guards as they are by default. An independent platform books what happens in the
week that follows, at the values published. Three shops: a large one whose micro actions stand in
for the macro all year; the same with repeat orders, which no weight holds; a small one that grows
until macros alone do (`mode: auto`).
"""

import argparse
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from accuracy import RESULTS
from tqdm.auto import tqdm

import microlift as ml
from microlift.simulate import plan_for
from microlift.simulate.platform import book, give_clicks
from microlift.simulate.year import WEEK, weeks_of

WEEKS, BEFORE = 52, 13
WINDOW = pd.Timedelta(days=91)
CONVERSION_WINDOW = pd.Timedelta(days=30)


@dataclass(frozen=True)
class Setting:
    """Users who arrive in the first and the last week, the mode, whether customers come again."""

    first: int
    last: int
    mode: str
    repeats: bool = False


SETTINGS = {
    "large": Setting(3_000, 4_500, "micro"),
    "repeats": Setting(3_000, 4_500, "micro", repeats=True),
    "growing": Setting(120, 1_000, "auto"),
}


def main() -> None:
    """Run both years and print what came of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--only", choices=SETTINGS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--weeks", type=int, default=WEEKS)
    arguments = parser.parse_args()
    for name in [arguments.only] if arguments.only else SETTINGS:
        rows = pd.DataFrame(year(SETTINGS[name], arguments.seed, arguments.weeks))
        RESULTS.mkdir(exist_ok=True)
        rows.to_csv(RESULTS / f"year_{name}.csv", index=False)
        print(f"\n{name}\n{summary(rows).to_string()}")


def year(setting: Setting, seed: int, weeks: int) -> Iterator[dict[str, Any]]:
    """One row a week: what was published, what the platform booked, what the revenue was."""
    users = np.geomspace(setting.first, setting.last, BEFORE + weeks).astype(int).tolist()
    log = give_clicks(weeks_of(users, seed), seed, again=0.2)
    if not setting.repeats:
        bought = log[log["event"] == "purchase"].groupby("user_id")["timestamp"].min()
        log = log[~(log["timestamp"] > log["user_id"].map(bought))]
    begin = log["timestamp"].min().normalize()
    counts = {name: _counted(log, name) for name in _plan(setting).to_dict()["funnel"]}
    counts |= {name: _counted(log, name) for name in set(_names(setting)) - set(counts)}
    macros = log[log["event"] == "purchase"]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        for week in tqdm(range(BEFORE, BEFORE + weeks), desc="weeks"):
            now = begin + week * WEEK
            part = log[(log["timestamp"] >= now - WINDOW) & (log["timestamp"] < now)]
            path = Path(folder) / "events.parquet"
            part.to_parquet(path)
            result = ml.run(_plan(setting), path, out=out, checks=False)
            result.log.close()
            row = {"week": week - BEFORE, "exit_code": result.exit_code}
            row["why"] = "; ".join(result.weights.reasons)[:80]
            after = (now, now + WEEK)
            row["revenue"] = macros.loc[macros["timestamp"].between(*after), "value"].sum()
            row["macros"] = int(macros["timestamp"].between(*after).sum())
            if (out / "weights.json").exists():
                row |= _booked(
                    json.loads((out / "weights.json").read_text()), counts, macros, after
                )
            yield row


def _plan(setting: Setting) -> ml.Plan:
    plan = plan_for("funnel").to_dict()
    plan["log"]["columns"]["click_id"] = "click_id"
    for action in plan["actions"]:
        action["count"] = "click"
    plan["weights"] = {"mode": setting.mode, "calibration_range": [0.1, 10.0]}
    return ml.Plan.from_dict(plan)


def _names(setting: Setting) -> list[str]:
    return [action.name for action in _plan(setting).actions]


def _counted(log: pd.DataFrame, event: str) -> "pd.Series[float]":
    """How often a platform counts an event, day by day."""
    return book(log, {event: 1.0}, count="click", window=CONVERSION_WINDOW)


def _booked(
    content: dict[str, Any],
    counts: dict[str, "pd.Series[float]"],
    macros: pd.DataFrame,
    after: tuple[pd.Timestamp, pd.Timestamp],
) -> dict[str, Any]:
    found: dict[str, Any] = {"mode": content["mode"], "booked": 0.0}
    for action in content["actions"]:
        days = counts[action["name"]]
        inside = days[(days.index >= after[0]) & (days.index < after[1])].sum()
        found["booked"] += inside * action["weight"]
        found[f"weight {action['name']}"] = action["weight"]
    sent = macros[macros["timestamp"].between(*after)]
    # In the mode of the macro alone its own order value is sent.
    own = sent["value"].sum() if content["mode"] == "macro" else len(sent) * content["macro_weight"]
    found["booked"] += own if content["macro"]["primary"] else 0.0
    return found


def summary(rows: pd.DataFrame) -> "pd.Series[Any]":
    """Ratio of booked value to revenue over any four weeks, steps, modes."""
    known = rows[rows["booked"].notna()] if "booked" in rows else rows.iloc[:0]
    four = known[["booked", "revenue", "macros"]].rolling(4).sum().dropna()
    ratio = four["booked"] / four["revenue"]
    # What chance alone makes of a revenue of so many orders.
    chance = 1.96 * np.sqrt(1.28 / four["macros"])
    weights = known.filter(like="weight ")
    both = (weights > 0) & (weights.shift() > 0)
    same = known["mode"] == known["mode"].shift()
    steps = (weights / weights.shift() - 1).abs().where(both)
    steps = steps.where(same, axis=0)
    changes = known.loc[known["mode"] != known["mode"].shift(), ["week", "mode"]]
    return pd.Series(
        {
            "weeks published or held": len(known),
            "runs with exit 3": int((rows["exit_code"] == 3).sum()),
            "four weeks: lowest booked / revenue": round(ratio.min(), 3),
            "four weeks: highest": round(ratio.max(), 3),
            "four weeks: mean": round(ratio.mean(), 3),
            "four weeks within 10 %": f"{((ratio - 1).abs() <= 0.1).mean():.0%}",
            "chance of revenue alone (95 %), worst": f"{chance.max():.0%}",
            "largest step of a weight": f"{steps.max().max():.1%}",
            "modes, from week": "; ".join(f"{m} {w}" for w, m in changes.to_numpy()),
        }
    )


if __name__ == "__main__":
    main()
