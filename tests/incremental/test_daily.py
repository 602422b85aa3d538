"""Runs that read new files alone give what a full run gives, whatever happens to the files."""

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from microlift.errors import BusyError, InputError
from microlift.folder import held
from microlift.incremental import forget, read_and_count
from microlift.plan import Plan
from microlift.run import run

from .conftest import check, place

Days = Callable[[int], list[pd.DataFrame]]
KNOWN = "the rest was known"


def started(folder: Path, frames: list[pd.DataFrame], number: int) -> Path:
    log = folder / "log"
    for day in range(number):
        place(log, day, frames[day])
    return log


@pytest.mark.slow
def test_days_late_rows_a_new_name_and_a_forgotten_user_read_as_in_a_full_run(
    days: Days, shop_plan: Plan, tmp_path: Path
) -> None:
    frames, state = days(250), tmp_path / "state"
    log = started(tmp_path, frames, 45)
    assert "the state is new" in check(log, shop_plan, state)
    strange = frames[45].assign(event="a new event", channel="a new channel")
    place(log, 45, pd.concat([frames[45], strange]))
    place(log, 46, frames[46])
    assert "2 of 47 files were read" in check(log, shop_plan, state)
    user = str(frames[3]["user_id"].iloc[0])
    said = str(forget([user, "nobody"], state))
    assert said.startswith("forgotten: 2 users, of whom the state held 1, removed from it")
    without = tmp_path / "without"
    for day in range(48):
        frame = pd.concat([frames[45], strange]) if day == 45 else frames[day]
        place(without, day, frame[frame["user_id"] != user])
    place(log, 47, pd.concat([frames[47], frames[3].iloc[:1]]))
    assert KNOWN in check(log, shop_plan, state, without)


@pytest.mark.slow
def test_a_state_that_is_of_no_use_is_read_anew_and_says_why(
    days: Days, shop_plan: Plan, tmp_path: Path
) -> None:
    frames, state = days(150), tmp_path / "state"
    log = started(tmp_path, frames, 40)
    read_and_count(log, shop_plan, state)[0].close()
    place(log, 5, frames[5].iloc[:-1])
    told = check(log, shop_plan, state)
    assert "a file that was read before is another than before ('dt=005/part.parquet')" in told
    for file in state.glob("kept-*/events.parquet"):
        file.write_bytes(file.read_bytes()[:-100])
    log_, _, damaged = read_and_count(log, shop_plan, state)
    log_.close()
    assert "is missing or damaged" in str(damaged)
    manifest = json.loads((state / "state.json").read_text())
    manifest["said"]["total"] += 1
    (state / "state.json").write_text(json.dumps(manifest))
    log_, _, changed = read_and_count(log, shop_plan, state)
    log_.close()
    assert "its manifest was changed or damaged" in str(changed)
    longer = Plan.from_dict(shop_plan.to_dict() | {"horizon": "8d"})
    log_, _, other = read_and_count(log, longer, state)
    log_.close()
    assert "it was read by another plan" in str(other)


def test_a_state_holds_no_id_and_its_salt_is_for_its_owner_alone(
    days: Days, shop_plan: Plan, tmp_path: Path
) -> None:
    frames, state = days(100), tmp_path / "state"
    columns = {**shop_plan.to_dict()["log"]["columns"], "session_id": "sid"}
    plan = shop_plan.to_dict()
    plan["log"] = plan["log"] | {"columns": columns}
    plan["actions"] = plan["actions"][:-2]
    log = tmp_path / "log"
    for day in range(40):
        sid = "visit " + frames[day]["user_id"].astype(str) + f" {day // 2}"
        place(log, day, frames[day].assign(sid=sid))
    check(log, Plan.from_dict(plan), state)
    late = frames[41].assign(sid="visit " + frames[41]["user_id"].astype(str) + " 5")
    place(log, 41, late)
    assert KNOWN in check(log, Plan.from_dict(plan), state)
    user = str(frames[0]["user_id"].iloc[0]).encode()
    forget([user.decode()], state)
    for file in state.rglob("*"):
        if file.is_file():
            assert user not in file.read_bytes(), file
            if file.suffix == ".parquet":
                frame = pd.read_parquet(file).astype(str)
                assert not frame.apply(lambda column: column.str.contains("visit u")).any().any()
    assert stat.S_IMODE((state / "salt").stat().st_mode) == 0o600
    assert stat.S_IMODE(state.stat().st_mode) == 0o700


def test_a_state_is_refused_where_it_would_be_read_or_would_bring_somebody_back(
    shop_plan: Plan, tmp_path: Path
) -> None:
    (tmp_path / "log").mkdir()
    with pytest.raises(InputError, match="lies inside the log"):
        read_and_count(tmp_path / "log", shop_plan, tmp_path / "log" / "state")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match="is no state and holds 1 other"):
        forget(["ann"], tmp_path / "other")
    with held(tmp_path / "state"), pytest.raises(BusyError):
        read_and_count(tmp_path / "log", shop_plan, tmp_path / "state")
    forget(["ann"], tmp_path / "state")
    clicks = {"columns": {**shop_plan.to_dict()["log"]["columns"], "click_id": "gclid"}}
    plan = Plan.from_dict(shop_plan.to_dict() | {"log": shop_plan.to_dict()["log"] | clicks})
    with pytest.raises(InputError, match="1 forgotten users, but of this plan no state is kept"):
        read_and_count(tmp_path / "log", plan, tmp_path / "state")
    (tmp_path / "state" / "salt").unlink()
    with pytest.raises(InputError, match="a list of forgotten users and no salt"):
        forget(["bob"], tmp_path / "state")


@pytest.mark.slow
@pytest.mark.parametrize("moving", ["visits", "clock"])
def test_a_month_of_runs_gives_the_files_of_one_full_run(
    days: Days, shop_plan: Plan, tmp_path: Path, moving: str
) -> None:
    plan = shop_plan
    if moving == "clock":
        clock = plan.to_dict() | {"moments": {"clock": "1d", "quiet": "5d"}, "horizon": "5d"}
        plan = Plan.from_dict(clock | {"actions": clock["actions"][:-2]})
    frames, state = days(400), tmp_path / "state"
    first = 25 if moving == "visits" else 40
    log = started(tmp_path, frames, first)
    gone = str(frames[first + 5]["user_id"].iloc[0])
    for day in range(first, 55):
        place(log, day, frames[day])
        if day == first + 7:  # a file is replaced
            place(log, day - 3, frames[day - 3].iloc[:-2])
            frames[day - 3] = frames[day - 3].iloc[:-2]
        if day == first + 10:
            forget([gone], state)
        if moving == "clock" and day % 3:
            continue
        read_and_count(log, plan, state)[0].close()
    without = tmp_path / "without"
    for day in range(55):
        place(without, day, frames[day][frames[day]["user_id"] != gone])
    check(log, plan, state, without)
    ours = run(plan, log, tmp_path / "ours", checks=moving == "visits", state=state)
    full = run(plan, without, tmp_path / "full", checks=moving == "visits")
    for name, text in full.files().items():
        if name == "weights.json":
            made, other = json.loads(ours.files()[name]), json.loads(text)
            for told in (made, other):
                told.pop("created_at")
                told.pop("checksum", None)
            assert made == other
        else:
            assert ours.files()[name] == text
