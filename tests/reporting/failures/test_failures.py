"""However a report ends, the last good one stays, the run tells the truth, and nothing is left.

Each row runs `microlift report` as a process of its own, in a folder that holds one good run, and
then once more without a fault.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import suppress

import psutil
import pytest
import yaml

from microlift.cli import main
from microlift.folder import held
from microlift.simulate import plan_for, simulate

STARTED = "from pathlib import Path\nPath(plan_path).with_name('started').touch()"
SLEEP = "import time\ntime.sleep(300)"
# Children that hear no request to end: in this session, in one of their own, and forked.
CHILDREN = """
import os, signal, subprocess, sys, time
deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(300)"
run = [sys.executable, "-c", f"{deaf} # {plan_path!r}"]
started = [subprocess.Popen(run), subprocess.Popen(run, start_new_session=True)]
subprocess.run(["sh", "-c", 'setsid "$0" "$@" &', *run])
if not os.fork():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(300)
"""
BARE = "started.append(subprocess.Popen(run, env={}))"  # by its environment nobody knows it


FAULTS = {
    "a cell raises": (("1 / 0",), (), 1, "ZeroDivisionError: division by zero"),
    "the kernel is killed": (
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",),
        (), 4, "The kernel of the report died",
    ),
    "it leaves early, with success": (("import sys\nsys.exit(0)",), (), 1, "SystemExit: 0"),
    "the time is over": ((SLEEP,), ("--timeout", "3s"), 4, "took longer than 3 seconds"),
    "the time is over in a kernel that hears nothing": (
        ("import signal\nfor n in (2, 15): signal.signal(n, signal.SIG_IGN)\nwhile True: pass",),
        ("--timeout", "3s"), 4, "took longer than 3 seconds",
    ),
    "memory is over": (
        ("x = bytearray(400_000_000)", SLEEP),
        ("--memory", "300MB"), 4, "needed more memory than 0.3 GB",
    ),
    "the page is unsafe": (
        ("from IPython.display import HTML\nHTML('<script>1</script>')",),
        (), 1, "The page was refused: element <script>",
    ),
    "children outlive a killed kernel": (
        (CHILDREN, BARE, "os.kill(os.getpid(), signal.SIGKILL)"),
        (), 4, "The kernel of the report died",
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_a_run_that_fails_leaves_the_last_good_one_and_nothing_else(site, fault):
    cells, more, code, says = FAULTS[fault]
    before = site.published()
    ended, said = site.run('VERSION = "bad"', site.good, *cells, "1", more=more)
    assert ended == code, said
    assert said.startswith("microlift: ")
    assert re.search(says, said)
    assert said.count("\n") == 1
    site.check(before, code, says)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)]
)
def test_a_run_that_is_told_to_end_tidies_up(site, number, code):
    before = site.published()
    process = site.start(CHILDREN, BARE, STARTED, SLEEP)
    site.wait()
    os.kill(process, number)
    ended, said = site.end()
    by = "" if number == signal.SIGINT else f" by {number.name}"
    # What the notebook started may have complained before it was ended, on the same stream.
    assert (ended, said.splitlines()[-1]) == (code, f"microlift: interrupted{by}")
    site.check(before, code, "The run was ended before it was done.")


@pytest.mark.slow
def test_what_a_good_run_started_does_not_outlive_it(site):
    assert site.run(CHILDREN, BARE, site.good)[0] == 0
    site.succeed()


@pytest.mark.slow
def test_a_run_of_which_every_process_is_told_to_end_as_systemd_does_tidies_up(site):
    before = site.published()
    process = site.start(STARTED, SLEEP)
    site.wait()
    for each in [*psutil.Process(process).children(recursive=True), psutil.Process(process)]:
        each.terminate()
    assert site.end()[0] == 143
    site.check(before, 143, "The run was ended before it was done.")


@pytest.mark.slow
def test_after_a_run_that_was_killed_the_next_one_tidies_up(site):
    before = site.published()
    process = site.start(CHILDREN, STARTED, SLEEP)
    site.wait()
    (kernel,) = psutil.Process(process).children()
    os.kill(process, signal.SIGKILL)
    assert site.end()[0] == -signal.SIGKILL
    assert site.published() == before
    site.wait(lambda: not kernel.is_running() or kernel.status() == psutil.STATUS_ZOMBIE)
    site.succeed(new=2)
    told = site.manifests()[1]
    assert (told["status"], told["exit_code"]) == ("abandoned", None)
    assert "killed before its end" in told["message"]


@pytest.mark.slow
def test_a_second_run_at_once_is_refused_and_does_not_disturb_the_first(site):
    before = site.published()
    waits = "import time\nwhile not Path(plan_path).with_name('go').exists(): time.sleep(0.02)"
    site.start('VERSION = "long"', STARTED, waits, site.good)
    site.wait()
    arguments = ["--plan", site.folder / "p", "--events", site.folder / "e", "--out", site.out]
    command = [sys.executable, "-m", "microlift", "report", "--kind", "weekly", *arguments]
    second = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (second.returncode, second.stdout) == (75, "")
    assert re.fullmatch(r"microlift: The folder .* is held by another run,.*\n", second.stderr)
    assert site.published() == before
    (site.folder / "go").touch()
    assert site.end()[0] == 0
    assert b"long" in site.published()["weekly/latest.html"]
    site.succeed()


def test_a_held_folder_is_left_alone(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "weights.json").write_text("mine")
    with held(tmp_path / "out"):
        before = sorted(tmp_path.rglob("*"))
        assert main(["report", "--plan", "p", "--events", "e", "--out", f"{tmp_path}/out"]) == 75
        assert sorted(tmp_path.rglob("*")) == before


DISKS = {
    # What the notebook writes fills the disk, and so does the notebook itself.
    "while the notebook runs": (["Path(out_dir, 'lift.csv').write_bytes(bytes(9_000_000))"], "2m"),
    "by the notebook's output": (["print('x' * 9_000_000)"], "2m"),
    # Everything fits once, in the stage of the run, and not twice.
    "at the publication": (["Path(out_dir, 'lift.csv').write_text('x' * 1_300_000)"], "2m"),
}


@pytest.mark.slow
@pytest.mark.parametrize("when", DISKS)
def test_a_disk_that_fills_up_leaves_the_last_good_run(site, disk, when):
    cells, size = DISKS[when]
    with disk(site.out, size) as mounted:
        before = site.published()
        # Elsewhere no file may be larger than this, which ends in the same way.
        ended, said = site.run(
            'VERSION = "bad"', site.good, *cells, largest=0 if mounted else 10**6
        )
        assert ended == 1, said
        assert re.search("No space left on device|File too large", said)
        assert said.count("\n") == 1
        site.check(before, 1, "No space left on device|File too large")


@pytest.mark.slow
def test_a_disk_that_is_full_from_the_beginning_is_refused(site, disk):
    with disk(site.out, "300k") as mounted:
        before, full = site.published(), site.out / "full"
        full.mkdir()
        for size in (65536, 4096, 1) if mounted else ():
            with suppress(OSError):
                for number in range(1000):
                    (full / f"{size}-{number}").write_bytes(bytes(size))
        # Elsewhere no file may be larger than this, which shows at the notebook.
        ended, said = site.run(site.good, largest=0 if mounted else 1000)
        code, says = 2 if mounted else 1, "No space left on device|File too large"
        assert (ended, said.count("\n")) == (code, 1)
        assert re.search(says, said)
        shutil.rmtree(full)
        site.check(before, code, says, kept=not mounted)


@pytest.mark.slow
def test_a_folder_on_a_disk_that_is_read_only_is_refused(site, disk):
    before = site.published()
    with disk(site.out, "2m") as mounted:
        if mounted:  # root passes permission bits, and not this
            subprocess.run(["mount", "-o", "remount,ro", str(site.out)], check=True)
        else:
            site.out.chmod(0o555)
        ended, said = site.run(site.good)
        assert ended == 2
        assert re.search(r"cannot be written \((Read-only file system|Permission denied)\)", said)
        if mounted:
            subprocess.run(["mount", "-o", "remount,rw", str(site.out)], check=True)
        else:
            site.out.chmod(0o755)
        site.check(before, 2, "", kept=False)


@pytest.mark.parametrize("place", ["/proc/self/out", "taken", "taken/out"])
def test_a_folder_that_cannot_be_is_refused_before_anything_is_done(tmp_path, place, capfd):
    # The kernel's own folder takes none, whoever asks; and a file is no folder.
    (tmp_path / "taken").write_text("mine")
    arguments = ["--plan", "p", "--events", "e", "--out", str(tmp_path / place)]
    assert main(["report", *arguments]) == 2
    assert "cannot be written (" in capfd.readouterr().err
    assert [path.name for path in tmp_path.rglob("*")] == ["taken"]


HOSTILE = "a'\"{x}$(touch pwned)\n\\u0041 __import__('os')"
REFUSED = [
    (("-p", "VERSON=x"), "VERSION"),
    (("-p", "many=three"), "many"),
    (("-p", "VERSION=a", "-p", "VERSION=b"), "VERSION"),
    (("--plan", os.fsdecode(b"a\xff.yaml")), r"udcff\.yaml' cannot be written in UTF-8"),
    (("--kind", "weakly"), "weekly"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("more", "says"), REFUSED)
def test_what_a_notebook_does_not_take_is_refused_before_a_kernel_starts(site, more, says):
    before = site.published()
    ended, said = site.run(site.good, more=more)
    assert (ended, said.count("\n")) == (2, 1)
    assert re.search(says, said)
    assert site.published() == before
    assert len(site.manifests()) == 1
    assert site.remains() == []


@pytest.mark.slow
def test_parameters_that_look_like_code_arrive_as_text(site):
    tells = f"assert VERSION == Path(plan_path).name == Path(events_path).name == {HOSTILE!r}"
    given = {"plan": site.folder / HOSTILE, "events": site.folder / HOSTILE}
    ended, said = site.run(site.good, tells, more=("-p", f"VERSION={HOSTILE}"), **given)
    assert ended == 0, said
    assert site.manifests()[-1]["parameters"]["plan_path"].endswith(HOSTILE)
    site.succeed()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "more", "code", "says"),
    [
        ({}, ("--memory", "300MB"), 4, "The report needed more memory than 0.3 GB and was cut off"),
        ({"horizon": "2"}, (), 2, "horizon"),
    ],
)
def test_the_report_of_microlift_itself_ends_like_that(site, changes, more, code, says):
    before = site.published()
    plan, events = site.folder / "shop.yaml", site.folder / "shop.parquet"
    plan.write_text(yaml.safe_dump(plan_for("plain").to_dict() | changes))
    simulate("plain", 300, 3).to_parquet(events)
    ended, said = site.run(kind="weekly", plan=plan, events=events, more=more)
    assert ended == code, said
    assert re.search(says, said)
    assert said.count("\n") == 1
    site.check(before, code, says, kept=code != 2)
