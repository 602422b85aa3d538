"""Logs of every format and plans with more in them read from a state as in a full reading."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from microlift.events.engine import taken_by
from microlift.incremental import forget, read_and_count
from microlift.plan import Plan

from .conftest import check

pytestmark = pytest.mark.slow
FIRST, LAST = 40, 43


def write(folder: Path, kind: str, number: int, frame: pd.DataFrame) -> None:
    folder.mkdir(exist_ok=True)
    if kind == "csv":
        frame.to_csv(folder / f"{number}.csv", index=False)
    elif kind == "parquet":
        frame.to_parquet(folder / f"{number}.parquet", index=False)
    else:
        frame.to_json(folder / f"{number}.jsonl", orient="records", lines=True, date_format="iso")


def conditions(plan: dict[str, Any]) -> dict[str, Any]:
    """Money in a column's currency, and rules that look at other columns."""
    columns = plan["log"]["columns"] | {"currency": "money"}
    macro = plan["macro"] | {"currency": None, "where": "channel != 'nowhere'"}
    actions = [
        one | {"where": "device == 'mobile'"} if one["name"] == "view_item" else one
        for one in plan["actions"]
    ]
    return plan | {
        "log": plan["log"] | {"columns": columns}, "macro": macro, "actions": actions
    }  # fmt: skip


def visits(plan: dict[str, Any]) -> dict[str, Any]:
    """Visits that the log numbers itself."""
    columns = plan["log"]["columns"] | {"session_id": "visit"}
    return plan | {"log": plan["log"] | {"columns": columns}}


def sequence(plan: dict[str, Any]) -> dict[str, Any]:
    """Columns that tell the order within a time, and an action that looks at the one before."""
    after = {"name": "back", "returns_within": "3d", "kind": "engagement"}
    log = plan["log"] | {"sequence": ["line"]}
    return plan | {"log": log, "actions": [*plan["actions"], after]}


@pytest.mark.parametrize(
    ("kind", "more"), [("csv", conditions), ("json", visits), ("parquet", sequence)]
)
def test_files_of_text_and_rules_of_all_kinds_read_as_in_a_full_run(
    days: Callable[[int], list[pd.DataFrame]],
    shop_plan: Plan,
    tmp_path: Path,
    kind: str,
    more: Callable[[dict[str, Any]], dict[str, Any]],
) -> None:
    told = shop_plan.to_dict()
    told["actions"] = [one for one in told["actions"] if one["event"]][:4]
    plan = Plan.from_dict(more(told))
    frames = [
        one.assign(
            money=one["value"].notna().map({True: "EUR", False: ""}),
            line=range(len(one)),
            visit=one["user_id"] + f" {day // 2}",
        )
        for day, one in enumerate(days(120))
    ]
    frames[FIRST] = frames[FIRST].assign(money="")  # a day without macros of any currency
    log, without, state = tmp_path / "log", tmp_path / "without", tmp_path / "state"
    for day in range(FIRST):
        write(log, kind, day, frames[day])
    limited = Plan.from_dict(plan.to_dict() | {"engine": {"threads": 1, "memory": "900MB"}})
    with read_and_count(log, limited, state)[0] as read:
        assert taken_by(read.con) == {"memory": "858MiB", "threads": 1, "temp_dir": None}
    spoiled = frames[FIRST]
    if kind == "csv":
        spoiled = pd.concat([spoiled, spoiled.iloc[:2].assign(timestamp="yesterday")])
    write(log, kind, FIRST, spoiled)
    assert "the rest was known" in check(log, plan, state)
    if kind != "csv":
        return
    # Whose a row was that could not be used is not known: all that was kept of the log goes.
    gone = str(frames[3]["user_id"].iloc[0])
    assert "the next run reads the whole log" in str(forget([gone], state))
    for day in range(LAST):
        frame = spoiled if day == FIRST else frames[day]
        write(log, kind, day, frame)
        write(without, kind, day, frame[frame["user_id"] != gone])
    check(log, plan, state, without)
