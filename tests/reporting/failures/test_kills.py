"""Whenever a report is killed or told to end, the old page is whole or the new one is."""

import json
import os
import random
import shutil
import signal
import sys
import time
from contextlib import suppress
from itertools import count

import psutil
import pytest

from microlift.history import verify
from microlift.reporting import publish


def whole(site, number):
    """What readers find is of this version or of an earlier one, each file in one piece."""
    page = (site.out / "weekly" / "latest.html").read_text()
    (content,) = json.loads((site.out / "weights.json").read_text())["actions"]
    assert page.endswith("</html>")
    assert verify(site.out).whole
    index = (site.out / "index.html").read_text()
    assert index.rstrip().endswith("</html>")
    return f"'version {number}'" in page, content["name"] == f"version {number}"


def disturbed(site, kills, number, seed):
    """Disturb runs at moments spread over the time that one takes; return how each ended."""
    chance, ends = random.Random(seed), []
    began = time.monotonic()
    assert site.run('VERSION = "version 0"', site.good)[0] == 0
    takes = time.monotonic() - began
    for each in range(1, kills + 1):
        process = psutil.Process(site.start(f'VERSION = "version {each}"', site.good))
        time.sleep(1.25 * takes * (each - chance.random()) / kills)
        with suppress(psutil.NoSuchProcess):  # it was faster
            process.send_signal(number)
        ends.append((each, *site.end()))
        whole(site, each)
    return ends


@pytest.mark.slow
def test_forty_kills_at_random_moments_leave_a_whole_page_and_the_next_run_tidies_up(site):
    ends = disturbed(site, 40, signal.SIGKILL, seed=1)
    assert {code for _, code, _ in ends} - {0} == {-signal.SIGKILL}
    stages = list((site.out / "weekly" / "runs").glob(".*.part"))
    runs = len(list((site.out / "weekly" / "runs").iterdir()))
    assert site.run('VERSION = "last"', site.good)[0] == 0
    told = site.manifests()
    assert len(told) == runs + 1
    assert {one["status"] for one in told} == {"done", "abandoned"}
    assert len(stages) <= 1
    assert whole(site, 41) == (False, False)
    site.succeed()


@pytest.mark.slow
def test_after_each_kill_the_next_run_succeeds_and_leaves_nothing_behind(site):
    number, chance, killed = int(os.environ.get("MICROLIFT_KILLS", "5")), random.Random(3), 0
    clean = shutil.copytree(site.out, site.folder / "clean", copy_function=shutil.copy2)
    for each in range(number):
        if each % 20 == 0:  # old runs go after a year of weeks: fewer are here
            shutil.rmtree(site.out)
            shutil.copytree(clean, site.out, copy_function=shutil.copy2)
            began = time.monotonic()
            assert site.run('VERSION = "version 0"', site.good)[0] == 0
            takes = time.monotonic() - began
        started = site.start(f'VERSION = "version {each}"', site.good, more=("--keep", "99"))
        time.sleep(1.2 * takes * (each % 20 + chance.random()) / min(20, number))
        with suppress(ProcessLookupError):  # it was faster
            os.killpg(started, signal.SIGKILL)
        killed += site.end()[0] == -signal.SIGKILL
        whole(site, each)
        began = time.monotonic()
        assert site.run(f'VERSION = "after {each}"', site.good, more=("--keep", "99"))[0] == 0
        takes = time.monotonic() - began
        page = site.published()["weekly/latest.html"].decode()
        assert f"after {each}" in page
        assert whole(site, each) == (False, False)
        assert verify(site.out).traces == ()
        assert site.remains() == []
        assert {one["status"] for one in site.manifests()} <= {"done", "abandoned"}
    assert killed > number / 3, "the kills came too late to tell anything"


@pytest.mark.slow
def test_runs_that_are_told_to_end_at_random_moments_leave_nothing(site):
    for each, code, said in disturbed(site, 12, signal.SIGTERM, seed=2):
        # The signal itself ends what has not yet begun to listen, or has ended already.
        assert code in (0, 143, -signal.SIGTERM), (each, said)
    assert site.remains() == []
    assert {one["status"] for one in site.manifests()} <= {"done", "ended"}
    site.succeed()


CHANGING = {"fsync", "link", "mkdir", "replace", "rename", "rmdir", "unlink", "write"}


def killed_at(step, work):
    """Do something in a process that is killed before its n-th change of the disk."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    calls = count(1)

    def watch(_frame, event, function):
        if event == "c_call" and function.__name__ in CHANGING and next(calls) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    try:
        sys.setprofile(watch)
        work()
        sys.setprofile(None)
    finally:
        os._exit(0)


@pytest.mark.slow
def test_a_publication_that_is_killed_at_any_step_is_ended_or_never_was(tmp_path):
    def publication(out, version):
        stage = out / "weekly" / "runs" / f".20260101T00000{version}Z-aaaa.part"
        stage.mkdir(parents=True)
        (stage / "weekly.html").write_text(f"page {version}")
        (stage / "lift.csv").write_text(f"lift {version}")
        (stage / "weights.json").write_text(json.dumps({"actions": [], "revenue": version}))
        told = {"status": "done", "exit_code": 0, "published": ["lift.csv", "weights.json"]}
        publish.write_manifest(stage, told)
        publish.place(stage, out, "weekly", told["published"])
        stage.rename(stage.with_name(stage.name[1:-5]))

    def state(out):
        files = [out / "weekly" / "latest.html", out / "lift.csv", out / "weights.json"]
        return [path.read_text() for path in files]

    publication(tmp_path / "start", 1)
    shutil.copytree(tmp_path / "start", tmp_path / "new")
    publication(tmp_path / "new", 2)
    known = {"abandoned": state(tmp_path / "start"), "done": state(tmp_path / "new")}
    seen = []
    for step in count(1):
        out = tmp_path / str(step)
        shutil.copytree(tmp_path / "start", out)
        ended = killed_at(step, lambda out=out: publication(out, 2))
        if ended == 0:
            break
        publish.clear_orphans(out, "weekly")
        told = [one["status"] for one in publish.manifests(out)]
        if len(told) > 1:  # there was a stage
            assert state(out) == known[told[0]], step
            seen.append(told[0])
        assert verify(out).whole
    assert seen == sorted(seen), "once done, it stays done"
    assert set(seen) == {"abandoned", "done"}
