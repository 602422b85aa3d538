"""Whenever a publication is killed, the old version is whole or the new one is, and it is said."""

import os
import random
import shutil
import signal
import sys
import time
from itertools import count

import pytest

from microlift.errors import BusyError
from microlift.history import history, publish, rollback, verify

CHANGING = {"fsync", "link", "mkdir", "replace", "rmdir", "unlink", "write"}
TOUCHING = {*CHANGING, "chmod", "close", "listdir", "open", "read", "stat"}


def kept(out):
    folder = out / "history"
    names = sorted(folder.glob("[0-9]*.json")) if folder.exists() else []
    return {path.name: path.read_bytes() for path in names}


def killed_at(step, work, calls_that_count):
    """A work that is killed before its n-th call that touches the disk."""

    def run():
        calls = count(1)

        def watch(_frame, event, function):
            if event == "c_call" and function.__name__ in calls_that_count and next(calls) == step:
                os.kill(os.getpid(), signal.SIGKILL)

        sys.setprofile(watch)
        work()
        sys.setprofile(None)
        return 0

    return run


def check(out, before, old, new):
    """What was there is untouched, weights.json is whole, and the next publication mends all."""
    verdict = verify(out)
    assert verdict.whole, repr(verdict)
    now = (out / "weights.json").read_bytes()
    assert now in (old, new)
    after = kept(out)
    assert before.items() <= after.items()
    if verdict.current is not None:
        assert after[f"{verdict.current:06d}.json"] == now
    assert repr(verdict).count("weights.json is version") == 1
    return now == new


@pytest.mark.parametrize(
    ("what", "calls"),
    [
        ("published", CHANGING),
        pytest.param("published", TOUCHING, marks=pytest.mark.slow),
        pytest.param("rolled back", TOUCHING, marks=pytest.mark.slow),
    ],
)
def test_a_kill_before_any_step_leaves_the_old_version_or_the_new_one(tmp_path, make, what, calls):
    start = tmp_path / "start"
    for revenue in (1e4, 2e4):
        publish(make.weights(revenue=revenue), start)
    publish(make.weights(revenue=3e4), tmp_path / "other")
    new = (tmp_path / "other" / "weights.json").read_bytes()
    old, before = (start / "weights.json").read_bytes(), kept(start)
    if what == "rolled back":
        new = before["000001.json"]
    ends = []
    for step in count(1):
        out = tmp_path / str(step)
        shutil.copytree(start, out)

        def work(out=out):
            publish(new, out) if what == "published" else rollback(1, out)

        ended = make.in_child(killed_at(step, work, calls))
        ends.append(check(out, before, old, new))
        told = verify(out)
        publish(make.weights(revenue=4e4), out)
        mended = verify(out)
        assert mended.whole
        assert mended.traces == (), (step, told)
        assert history(out).versions == list(range(1, mended.current + 1))
        if ended == 0:
            break
        assert ended == -signal.SIGKILL
    assert step > 20
    assert ends == sorted(ends), "once new, it stays new"
    assert set(ends) == {False, True}


@pytest.mark.slow
def test_a_kill_while_the_first_history_is_begun_loses_no_weights_that_were_there(tmp_path, make):
    publish(make.weights(revenue=1e4), tmp_path / "one")
    publish(make.weights(revenue=2e4), tmp_path / "two")
    old, new = ((tmp_path / name / "weights.json").read_bytes() for name in ("one", "two"))
    for step in count(1):
        out = tmp_path / str(step)
        out.mkdir()
        (out / "weights.json").write_bytes(old)
        ended = make.in_child(killed_at(step, lambda out=out: publish(new, out), CHANGING))
        assert (out / "weights.json").read_bytes() in (old, new)
        publish(make.weights(revenue=4e4), out)
        assert verify(out).whole
        assert verify(out).traces == ()
        assert old in kept(out).values()
        if ended == 0:
            break


def publish_without_end(out, make, start):
    for number in count(start):
        publish(make.weights(revenue=1e4 + number), out)
        if number % 5 == 4:
            rollback(1, out)


def killed_in_a_loop(out, make, kills, seed):
    chance = random.Random(seed)
    seen, current = {}, set()
    publish(make.weights(), out)
    for number in range(kills):
        child = os.fork()
        if not child:
            try:
                publish_without_end(out, make, 1000 * number)
            finally:
                os._exit(1)
        time.sleep(chance.uniform(0.002, 0.05))
        os.kill(child, signal.SIGKILL)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
        verdict = verify(out)
        assert verdict.whole, repr(verdict)
        after = kept(out)
        assert seen.items() <= after.items(), "bytes of a version were changed"
        assert (out / "weights.json").read_bytes() == after[f"{verdict.current:06d}.json"]
        seen = after
        current.add(verdict.current)
        made = publish(make.weights(revenue=5e5 + number), out)
        assert made.new
        assert made.version == len(after) + 1
        assert verify(out).traces == ()
    assert len(current) > kills / 4, "the kills came too early to tell anything"
    assert history(out).versions == list(range(1, len(kept(out)) + 1))


def test_twenty_kills_at_random_moments_leave_a_whole_history(tmp_path, make):
    killed_in_a_loop(tmp_path / "out", make, 20, seed=1)


@pytest.mark.slow
def test_two_hundred_kills_at_random_moments_leave_a_whole_history(tmp_path, make):
    for seed in range(2, 12):
        killed_in_a_loop(tmp_path / str(seed), make, 20, seed)


def test_two_processes_at_once_lose_no_number_and_use_none_twice(tmp_path, make):
    out, each = tmp_path / "out", 15

    def publisher(mark):
        done, number = [], 0
        while len(done) < each:
            number += 1
            try:
                given = make.weights(revenue=1e4 + 1000 * mark + len(done))
                done.append(publish(given, out).version)
            except BusyError:
                time.sleep(0.001)
        (tmp_path / f"done{mark}").write_text(" ".join(map(str, done)))
        return 0

    children = []
    for mark in (1, 2):
        child = os.fork()
        if not child:
            code = 1
            try:
                code = publisher(mark)
            finally:
                os._exit(code)
        children.append(child)
    ended = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    assert ended == [0, 0]
    numbers = [list(map(int, (tmp_path / f"done{m}").read_text().split())) for m in (1, 2)]
    assert sorted(numbers[0] + numbers[1]) == list(range(1, 2 * each + 1))
    found = history(out)
    for mark, own in zip((1, 2), numbers, strict=True):
        said = [found.content(number)["revenue"] for number in own]
        assert said == [1e4 + 1000 * mark + at for at in range(each)]
    assert verify(out).whole
