"""A run with a state that is killed leaves a whole state and whole files; the next one works."""

import shutil

import pandas as pd
import pytest

from microlift.history import verify
from microlift.incremental.store import Store
from microlift.incremental.support import reading_key
from microlift.plan import Plan
from microlift.weights import read_weights

from ..incremental.conftest import check, daily_files, place
from .conftest import Site, few, moments

TABLES = ("lift.csv", "ledger.csv")
COMPARED = 40  # after every so many kills the state is compared with a full reading
BEGINS = 45  # days of the log before the first kill


@pytest.mark.slow
def test_killed_runs_with_a_state_leave_it_whole_and_the_next_one_tidies_up(site: Site) -> None:
    from microlift.simulate import plan_for, simulate

    told = plan_for("channels").to_dict()
    told |= {
        "horizon": "7d",
        "guards": told["guards"] | {"hold": "off"},
        "weights": {"max_step": 99},
    }
    plan = Plan.from_dict(told)
    plan.save(site.folder / "plan.yaml")
    frames = daily_files(simulate("channels", 1500, 1))
    log, state = site.folder / "log", site.folder / "state"
    for day in range(BEGINS):
        place(log, day, frames[day])
    paths = ["--plan", site.folder / "plan.yaml", "--events", log, "--out", site.out]
    asked = ["weights", *paths, "--state", state, "--no-checks", "--quiet"]
    assert site.run(*asked) == 0, site.said()
    number, killed = few(6), 0
    for each, after in enumerate(moments(number, seed=2)):
        place(log, BEGINS + each, _more(frames, each))
        before = {name: (site.out / name).read_bytes() for name in (*TABLES, "weights.json")}
        killed += site.kill(after, *asked)
        _whole(site, plan)
        if (site.out / "weights.json").read_bytes() != before["weights.json"]:  # they come last
            assert all((site.out / name).read_bytes() != before[name] for name in TABLES)
        assert site.run(*asked) == 0, site.said()
        _whole(site, plan)
        assert site.crumbs() == []
        assert verify(site.out).traces == ()
        (generation,) = {one.parent for one in state.glob("kept-*/cells.parquet")}
        assert generation.is_dir()
        if each % COMPARED == COMPARED - 1 or each == number - 1:
            shutil.copytree(state, site.folder / "copy")
            assert "the rest was known" in check(log, plan, site.folder / "copy")
            shutil.rmtree(site.folder / "copy")
    assert killed > number / 3, "the kills came too late to tell anything"


def _more(frames: list[pd.DataFrame], each: int) -> pd.DataFrame:
    """The file of one more day; when the shop has no more, of users who are new."""
    left = len(frames) - BEGINS
    frame = frames[BEGINS + each % left]
    if each < left:
        return frame
    time = pd.to_datetime(frame["timestamp"], utc=True) + pd.Timedelta(days=left * (each // left))
    return frame.assign(timestamp=time, user_id=frame["user_id"] + f"-{each // left}")


def _whole(site: Site, plan: Plan) -> None:
    kept, reason = Store(site.folder / "state").load(reading_key(plan))
    assert kept is not None, reason
    read_weights(site.out / "weights.json")
    assert verify(site.out).whole, repr(verify(site.out))
    for name in TABLES:
        assert len(pd.read_csv(site.out / name)) > 0
