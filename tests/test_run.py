"""The main job writes all of its files or none, and names pass through it unharmed."""

import csv
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import yaml

from microlift.errors import BusyError, EventsError, InputError, PlanError
from microlift.folder import held
from microlift.plan import Plan
from microlift.run import run
from microlift.simulate import plan_for, simulate

Writer = Callable[[pd.DataFrame], Path]


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(scope="module")
def shop(parquet_of: Writer) -> Path:
    return parquet_of(simulate("channels", 3_000, 1))


@pytest.fixture(scope="module")
def plan() -> Plan:
    """Weights that are there to be written, whatever so small a log shows."""
    weights = {"primary": ["add_to_cart"], "calibration_range": [0.01, 100.0]}
    return Plan.from_dict(plan_for("channels").to_dict() | {"weights": weights})


def test_a_run_writes_its_three_files_their_history_and_nothing_else(
    shop: Path, plan: Plan, tmp_path: Path
) -> None:
    (tmp_path / "plan.yaml").write_text(yaml.safe_dump(plan.to_dict()))
    out = tmp_path / "deep" / "out"
    result = run(tmp_path / "plan.yaml", shop, out=out)
    assert result.exit_code == 0
    assert names_in(out) == ["history", "ledger.csv", "lift.csv", "weights.json"]
    assert names_in(out / "history") == ["000001.json", "log.jsonl"]
    kept = (out / "history" / "000001.json").read_bytes()
    assert kept == (out / "weights.json").read_bytes()
    for name, text in result.files().items():
        assert (out / name).read_text(encoding="utf-8") == text
    lift = pd.read_csv(out / "lift.csv")
    assert lift["action"].tolist() == [action.name for action in plan.actions]
    contract = "action kind users occurrences association association_low association_high lift"
    contract += " lift_low lift_high incremental_probability incremental_low incremental_high"
    assert list(lift) == [*contract.split(), "q_value", "verdict", "note"]
    assert json.loads((out / "weights.json").read_text())["plan_hash"] == plan.hash


def test_withheld_weights_leave_the_last_file_alone(parquet_of: Writer, tmp_path: Path) -> None:
    log = parquet_of(simulate("null", 600, 1))
    (tmp_path / "weights.json").write_text("those of last week")
    (tmp_path / "lift.csv").write_text("those of last week")
    result = run(plan_for("null"), log, out=tmp_path, checks=False)
    assert result.exit_code == 3
    assert result.weights.withheld
    assert names_in(tmp_path) == ["ledger.csv", "lift.csv", "weights.json"]
    assert (tmp_path / "weights.json").read_text() == "those of last week"
    assert (tmp_path / "lift.csv").read_text().startswith("action,kind,users")


def test_values_in_another_unit_are_withheld_also_without_checks(
    parquet_of: Writer, plan: Plan, tmp_path: Path
) -> None:
    frame = simulate("channels", 3_000, 1)
    times = frame["timestamp"].sort_values()
    late = frame["timestamp"] > times.iloc[int(len(times) * 0.7)]
    frame.loc[late, "value"] *= 100
    lax = plan.to_dict() | {"guards": {"unproven": "accept", "widest_interval": 99}}
    withheld = run(Plan.from_dict(lax), parquet_of(frame), out=tmp_path, checks=False)
    assert withheld.weights.reasons == ("data quality: value jumps",)
    assert "weights.json" not in names_in(tmp_path)
    lax["guards"] |= {"bad_data": "accept"}
    assert run(Plan.from_dict(lax), parquet_of(frame), checks=False).exit_code == 0


def test_nothing_is_written_where_the_log_is_missing(plan: Plan, tmp_path: Path) -> None:
    with pytest.raises(EventsError, match="is missing"):
        run(plan, tmp_path / "nowhere.parquet", out=tmp_path / "out")
    assert names_in(tmp_path) == []


def test_nothing_is_written_where_the_macro_is_not_in_the_log(
    shop: Path, plan: Plan, tmp_path: Path
) -> None:
    bent = Plan.from_dict(plan.to_dict() | {"macro": {"event": "purchases"}})
    with pytest.raises(EventsError, match=r"'purchases' is not among .*nearest: 'purchase'"):
        run(bent, shop, out=tmp_path / "out")
    assert names_in(tmp_path) == []


def test_nothing_is_written_where_the_plan_is_wrong(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text("horizn: 14d\n")
    with pytest.raises(PlanError, match=r"horizn.*nearest: 'horizon'"):
        run(tmp_path / "plan.yaml", shop, out=tmp_path / "out")
    assert names_in(tmp_path) == ["plan.yaml"]


def test_a_folder_that_cannot_be_written_is_refused_before_the_log_is_read(
    plan: Plan, tmp_path: Path
) -> None:
    (tmp_path / "out").write_text("mine")
    for out in (tmp_path / "out", tmp_path / "out" / "below"):
        with pytest.raises(InputError, match="out' is not a folder"):
            run(plan, tmp_path / "nowhere.parquet", out=out)
    assert names_in(tmp_path) == ["out"]


def test_a_folder_that_another_run_holds_is_refused_before_the_log_is_read(
    plan: Plan, tmp_path: Path
) -> None:
    with held(tmp_path), pytest.raises(BusyError, match="held by another run"):
        run(plan, tmp_path / "nowhere.parquet", out=tmp_path)
    assert names_in(tmp_path) == []


def test_the_folder_is_held_while_the_run_estimates(
    shop: Path, plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(events: Path, *_: object, **__: object) -> None:
        with pytest.raises(BusyError), held(tmp_path):
            pass
        raise EventsError("enough")

    monkeypatch.setattr(sys.modules["microlift.run"], "read_events", busy)
    with pytest.raises(EventsError, match="enough"):
        run(plan, shop, out=tmp_path)


def test_names_of_html_formulas_and_emoji_pass_through(
    parquet_of: Writer, plan: Plan, tmp_path: Path
) -> None:
    hostile = dict(
        zip(
            [action.name for action in plan.actions],
            ["<script>alert(1)</script>", "=1+1", '🛒, "cart"', "@SUM(A1)", "-2"],
            strict=True,
        )
    )
    frame = simulate("channels", 1_500, 1)
    frame["event"] = frame["event"].replace(hostile)
    frame["channel"] = frame["channel"].replace({"email": "=cmd|' /C calc'!A0"})
    content = plan.to_dict()
    for action in content["actions"]:
        action["name"] = action["event"] = hostile[action["name"]]
    content["weights"]["primary"] = ["=1+1"]
    content["guards"] = {"unproven": "accept", "widest_interval": 9}
    run(Plan.from_dict(content), parquet_of(frame), out=tmp_path, checks=False)
    with (tmp_path / "lift.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert [row["action"] for row in rows] == [
        "<script>alert(1)</script>",
        "'=1+1",
        '🛒, "cart"',
        "'@SUM(A1)",
        "'-2",
    ]
    with (tmp_path / "ledger.csv").open(encoding="utf-8", newline="") as handle:
        entries = [row["entry"] for row in csv.DictReader(handle)]
    assert {"'=1+1", "'=1+1 (again)", "arrival: =cmd|' /C calc'!A0"} <= set(entries)
    weights = json.loads((tmp_path / "weights.json").read_text(encoding="utf-8"))
    assert [action["name"] for action in weights["actions"]] == list(hostile.values())


def test_an_action_that_matches_nothing_this_week_does_not_stop_the_run(
    shop: Path, plan: Plan, tmp_path: Path
) -> None:
    content = plan.to_dict()
    content["actions"].append({"name": "quiet", "event": "video", "where": "device = 'fridge'"})
    result = run(Plan.from_dict(content), shop, out=tmp_path, checks=False)
    assert result.exit_code == 0
    quiet = result.lift.to_frame().iloc[-1]
    assert (quiet["verdict"], quiet["users"]) == ("not identified", 0)
    assert quiet["note"].startswith("nobody did it in this window")
    assert any("'quiet' matches no event" in note for note in result.log.facts.notes)
