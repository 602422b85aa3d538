"""`weights` that is killed, with all its processes, at any moment leaves whole files."""

import os
import shutil
import signal
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from microlift import folder
from microlift.history import held, last_published, verify, write
from microlift.plan import Plan
from microlift.run import FILES
from microlift.simulate import plan_for, simulate
from microlift.weights import read_weights

from .conftest import Site, few, moments

TABLES = ("lift.csv", "ledger.csv")
CHANGING = {"fsync", "link", "mkdir", "replace", "rename", "rmdir", "unlink", "write"}


def weights(site: Site, log: str) -> list[object]:
    paths = ["--plan", site.folder / "plan.yaml", "--events", site.folder / log]
    return ["weights", *paths, "--out", site.out, "--no-checks", "--quiet"]


def two_logs(site: Site) -> dict[str, dict[str, bytes]]:
    """Write two logs; return the tables of each as an undisturbed run makes them."""
    shop, made = simulate("channels", 1500, 1), {}
    plan = plan_for("channels").to_dict()
    plan["guards"] |= {"hold": "off"}  # weights follow each other here within seconds
    Plan.from_dict(plan).save(site.folder / "plan.yaml")
    for name, log in {"one": shop, "two": shop[shop["user_id"].str[-1] != "7"]}.items():
        log.to_parquet(site.folder / f"{name}.parquet")
        assert site.run(*weights(site, f"{name}.parquet")) == 0, site.said()
        made[name] = {table: (site.out / table).read_bytes() for table in TABLES}
    return made


def versions(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (out / "history").glob("[0-9]*.json")}


@pytest.mark.slow
def test_killed_weights_leave_old_files_or_new_ones_and_the_next_run_tidies_up(site: Site) -> None:
    made = two_logs(site)
    number, killed, published = few(8), 0, len(versions(site.out))
    for each, after in enumerate(moments(number, seed=1)):
        old, kept = (site.out / "weights.json").read_bytes(), versions(site.out)
        name = ("one", "two")[each % 2]
        killed += site.kill(after, *weights(site, f"{name}.parquet"))
        # Whole, by its own checksum; the one that was there, or a version that is kept.
        read_weights(site.out / "weights.json")
        now, after_it = (site.out / "weights.json").read_bytes(), versions(site.out)
        assert now == old or now in after_it.values()
        assert kept.items() <= after_it.items()
        assert verify(site.out).whole, repr(verify(site.out))
        for table in TABLES:
            assert (site.out / table).read_bytes() in [one[table] for one in made.values()]
        assert site.run(*weights(site, f"{name}.parquet")) == 0, site.said()
        assert {table: (site.out / table).read_bytes() for table in TABLES} == made[name]
        assert verify(site.out).traces == ()
        assert site.crumbs() == []
        read_weights(site.out / "weights.json")
        names = {path.name for path in site.out.iterdir()}
        assert names == {*TABLES, "weights.json", "history"}
    assert killed > number / 3, "the kills came too late to tell anything"
    assert len(versions(site.out)) >= published + number


@pytest.mark.slow
def test_weights_killed_before_any_change_of_the_disk_are_the_old_ones_or_the_new_ones(
    tmp_path: Path, weights_file: Callable[..., object]
) -> None:
    files: dict[str, dict[str, str | bytes]] = {}
    for name, revenue in {"old": 1e4, "new": 2e4, "next": 3e4}.items():
        made = {table: f"{table} {name}" for table in TABLES}
        text = weights_file(revenue=revenue).to_json()  # type: ignore[attr-defined]
        files[name] = {**made, "weights.json": text}

    def run(name: str, out: Path) -> None:
        with held(out, FILES):
            last_published(out)
            write(files[name], out)

    run("old", tmp_path / "start")
    ends: list[bool] = []
    for step in count(1):
        out = tmp_path / str(step)
        shutil.copytree(tmp_path / "start", out)
        child = os.fork()
        if not child:
            _killed_at(step, lambda out=out: run("new", out))  # type: ignore[misc]
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert verify(out).whole
        found = {name: (out / name).read_text() for name in FILES}
        for name, text in found.items():
            assert text in (files["old"][name], files["new"][name])
        read_weights(out / "weights.json")
        ends.append(found["weights.json"] == files["new"]["weights.json"])
        if ends[-1]:  # they come last
            assert found == files["new"]
        run("next", out)
        assert verify(out).traces == ()
        assert list(out.rglob(".*")) == []
        assert not (out / folder.STAGE).exists()
        if ended == 0:
            break
        assert ended == -signal.SIGKILL
    assert step > 20
    assert ends == sorted(ends), "once new, it stays new"
    assert set(ends) == {False, True}


def _killed_at(step: int, work: Callable[[], object]) -> None:
    """Do something, and be killed before the n-th change of the disk."""
    calls = count(1)

    def watch(_frame: object, event: str, function: object) -> None:
        name = getattr(function, "__name__", "")
        if event == "c_call" and name in CHANGING and next(calls) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    try:
        sys.setprofile(watch)
        work()
        sys.setprofile(None)
    finally:
        os._exit(0)
