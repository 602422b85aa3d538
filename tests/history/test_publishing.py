"""What is published is kept byte for byte; what cannot be done is refused, and nothing changes."""

import json
import os
import resource
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlift.errors import BusyError, InputError
from microlift.folder import held, stand_for
from microlift.history import (
    Published,
    Standing,
    history,
    publish,
    rollback,
    standing,
    verify,
    write,
)


def tree(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def log(out: Path) -> list[tuple[str, int]]:
    lines = (out / "history" / "log.jsonl").read_text().splitlines()
    return [(line["what"], line["version"]) for line in map(json.loads, lines)]


def test_each_publication_is_the_next_number_and_keeps_the_callers_bytes(tmp_path, make):
    texts = [json.dumps(make.weights(revenue=1e4 * n), indent=n) for n in (1, 2, 3)]
    for number, text in enumerate(texts, start=1):
        made = publish(text, tmp_path)
        assert (made.version, made.new) == (number, True)
    assert sorted(tree(tmp_path)) == [
        "history/000001.json", "history/000002.json", "history/000003.json", "history/log.jsonl",
        "weights.json",
    ]  # fmt: skip
    for number, text in enumerate(texts, start=1):
        path = tmp_path / "history" / f"00000{number}.json"
        assert path.read_bytes() == text.encode()
        assert not stat.S_IMODE(path.stat().st_mode) & 0o222, "nobody is to write it again"
    assert (tmp_path / "weights.json").read_bytes() == texts[-1].encode()
    assert os.stat(tmp_path / "weights.json").st_nlink == 1, "editing it must not edit a version"
    assert log(tmp_path) == [("published", 1), ("published", 2), ("published", 3)]


def test_the_same_weights_made_later_are_not_published_again(tmp_path, make):
    publish(make.weights(), tmp_path)
    before = tree(tmp_path)
    later = make.weights(created_at="2026-08-10T06:00:00Z", checksum="other", version=2)
    assert publish(later, tmp_path) == Published(version=1, new=False)
    assert tree(tmp_path) == before
    assert publish(later | {"revenue": 1.0}, tmp_path).version == 2


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "{}", '{"actions": 3}', '{"actions": [3]}', '{"acti', b"\xff\xfe"]
)
def test_what_is_no_weights_file_is_refused_and_nothing_is_written(tmp_path, text):
    with pytest.raises(InputError, match=r"These are no weights: \d+ bytes"):
        publish(text, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_rollback_restores_the_bytes_and_the_next_publication_gets_the_next_number(
    tmp_path, make
):
    for revenue in (1e4, 2e4, 3e4):
        publish(make.weights(revenue=revenue), tmp_path)
    before = tree(tmp_path / "history")
    lines = before.pop("log.jsonl")
    assert history(tmp_path).rollback(1).new
    assert (tmp_path / "weights.json").read_bytes() == before["000001.json"]
    assert (history(tmp_path).current, history(tmp_path).latest) == (1, 3)
    assert not rollback(1, tmp_path).new
    again = publish(make.weights(revenue=3e4), tmp_path)
    assert (again.version, again.new) == (4, True), "not what is current, so it is published"
    after = tree(tmp_path / "history")
    assert before.items() <= after.items()
    assert after["log.jsonl"].startswith(lines)
    assert log(tmp_path)[3:] == [("rolled back", 1), ("published", 4)]
    assert verify(tmp_path).traces == ()


@settings(max_examples=8)
@given(st.lists(st.one_of(st.integers(1, 9), st.integers(-9, -1)), min_size=1, max_size=8))
def test_whatever_is_published_and_taken_back_every_version_keeps_its_bytes(
    tmp_path_factory, steps
):
    out = tmp_path_factory.mktemp("out")
    kept: list[bytes] = []
    current = None
    for step in steps:
        if step > 0:
            text = json.dumps({"revenue": step, "actions": []}).encode()
            made = publish(text, out)
            assert made.new == (text != current)
            kept += [text] if made.new else []
            current = text
        elif -step <= len(kept):
            rollback(-step, out)
            current = kept[-step - 1]
        assert current is None or (out / "weights.json").read_bytes() == current
    files = sorted((out / "history").glob("0*.json")) if kept else []
    assert [path.read_bytes() for path in files] == kept
    assert verify(out).whole
    assert verify(out).traces == ()


def test_weights_from_before_there_was_a_history_are_kept_as_its_first_version(tmp_path, make):
    old = json.dumps(make.weights(revenue=1e4))
    (tmp_path / "weights.json").write_text(old)
    assert not verify(tmp_path).whole
    assert publish(make.weights(revenue=2e4), tmp_path).version == 2
    assert log(tmp_path) == [("found", 1), ("published", 2)]
    rollback(1, tmp_path)
    assert (tmp_path / "weights.json").read_text() == old


def test_what_is_in_force_tells_the_number_that_comes_next(tmp_path, make):
    assert standing(tmp_path) == Standing(None, 1, None)
    (tmp_path / "weights.json").write_text(json.dumps(make.weights()))
    assert standing(tmp_path) == Standing(None, 2, make.weights())
    assert publish(make.weights(revenue=2e4), tmp_path).version == 2
    rollback(1, tmp_path)
    assert standing(tmp_path) == Standing(1, 3, make.weights())


def test_weights_changed_by_hand_are_told_and_kept_before_they_are_replaced(tmp_path, make):
    publish(make.weights(), tmp_path)
    changed = (tmp_path / "weights.json").read_text().replace("50000", "50001")
    (tmp_path / "weights.json").write_text(changed)
    assert "it was changed by hand or by another program" in repr(verify(tmp_path))
    assert publish(make.weights(revenue=2e4), tmp_path).version == 3
    assert (tmp_path / "history" / "000002.json").read_text() == changed
    assert log(tmp_path) == [("published", 1), ("found", 2), ("published", 3)]


def test_a_version_copied_back_by_hand_is_recorded_by_the_next_publication(tmp_path, make):
    for revenue in (1e4, 2e4):
        publish(make.weights(revenue=revenue), tmp_path)
    old = (tmp_path / "history" / "000001.json").read_bytes()
    (tmp_path / "weights.json").write_bytes(old)
    assert verify(tmp_path).whole
    assert verify(tmp_path).current == 1
    assert "version 2 as current: a rollback was killed" in repr(verify(tmp_path))
    publish(make.weights(revenue=3e4), tmp_path)
    assert log(tmp_path)[2:] == [("found", 1), ("published", 3)]


def test_a_file_that_takes_the_next_number_is_never_replaced(tmp_path, make):
    publish(make.weights(), tmp_path)
    theirs = tmp_path / "history" / "000005.json"
    theirs.write_text("mine")
    assert publish(make.weights(revenue=2e4), tmp_path).version == 6
    assert theirs.read_text() == "mine"
    assert "no line for 1 of the versions ('000005.json')" in repr(verify(tmp_path))


def test_a_run_in_the_stage_of_another_folder_publishes_nothing(tmp_path, make):
    stage = tmp_path / "weekly" / "runs" / ".1.part"
    stage.mkdir(parents=True)
    stand_for(stage, tmp_path)
    files = {"weights.json": json.dumps(make.weights()), "lift.csv": "a"}
    publish(make.weights(revenue=2e4), tmp_path)
    assert standing(stage) == standing(tmp_path)
    assert write(files, stage) is None
    assert history(tmp_path).versions == [1]
    assert sorted(path.name for path in stage.iterdir()) == [".for", "lift.csv", "weights.json"]


def test_files_of_a_run_are_written_with_the_weights_and_also_without(tmp_path, make):
    first = {"weights.json": json.dumps(make.weights()), "lift.csv": "a", "ledger.csv": "b"}
    made = write(first, tmp_path)
    assert made is not None
    assert made.version == 1
    before = tree(tmp_path)
    assert write({"lift.csv": "c", "ledger.csv": "d"}, tmp_path) is None  # a withheld run
    assert tree(tmp_path) == before | {"lift.csv": b"c", "ledger.csv": b"d"}


@pytest.mark.parametrize("kind", ["file", "link", "dangling link"])
def test_a_history_that_is_no_folder_of_its_own_is_refused_at_the_door(tmp_path, make, kind):
    out = tmp_path / "out"
    out.mkdir()
    place = out / "history"
    if kind == "file":
        place.write_text("mine")
    else:
        place.symlink_to(tmp_path / ("nowhere" if "dangling" in kind else "."))
    before = tree(tmp_path)
    what = "not a folder" if kind == "file" else "a link"
    for work in (lambda: publish(make.weights(), out), lambda: history(out), lambda: verify(out)):
        with pytest.raises(InputError, match=rf"history' is {what}, and the history of published"):
            work()
    assert tree(tmp_path) == before


@pytest.mark.parametrize("kind", ["link", "folder"])
def test_a_log_that_cannot_be_added_to_is_refused_at_the_door(tmp_path, make, kind):
    publish(make.weights(), tmp_path)
    place = tmp_path / "history" / "log.jsonl"
    place.rename(tmp_path / "kept")
    if kind == "link":
        place.symlink_to(tmp_path / "kept")
    else:
        place.mkdir()
    before = tree(tmp_path)
    with pytest.raises(InputError, match=r"log\.jsonl' .* publication could not be recorded"):
        publish(make.weights(revenue=2e4), tmp_path)
    assert tree(tmp_path) == before


def test_a_held_folder_is_told_and_left_alone(tmp_path, make):
    publish(make.weights(), tmp_path)
    before = tree(tmp_path)
    with held(tmp_path):
        for work in (
            lambda: publish(make.weights(revenue=1.0), tmp_path),
            lambda: rollback(1, tmp_path),
        ):
            with pytest.raises(BusyError, match="held by another run"):
                work()
        assert verify(tmp_path).whole, "looking needs no lock"
    assert tree(tmp_path) == before


def test_a_folder_that_cannot_be_written_is_refused_and_can_still_be_read(tmp_path, make):
    publish(make.weights(), tmp_path)
    before = tree(tmp_path)

    def refused() -> int:
        os.chdir(tmp_path)
        if not os.geteuid():
            os.seteuid(65534)  # root may write anywhere
        with pytest.raises(InputError, match=r"cannot be written \(Permission denied\)"):
            publish(make.weights(revenue=2e4), ".")
        return 7 if verify(".").whole else 8

    for folder in (tmp_path, tmp_path / "history"):
        folder.chmod(0o555)
    try:
        assert make.in_child(refused) == 7
        (tmp_path / "history").chmod(0o755)
        tmp_path.chmod(0o777)
        (tmp_path / "history").chmod(0o555)  # the folder takes files, its history does not
        assert make.in_child(refused) == 7
    finally:
        for folder in (tmp_path, tmp_path / "history"):
            folder.chmod(0o755)
    assert tree(tmp_path) == before


@pytest.mark.parametrize("room", [0, 100, 3_000])
def test_a_full_disk_leaves_the_old_version_and_no_crumbs(tmp_path, make, room):
    for number in range(14):  # the log is by then the largest file
        publish(make.weights(revenue=1e4 + number), tmp_path)
    before = tree(tmp_path)
    sizes = sorted(len(data) for data in before.values())
    assert sizes[0] > 1_000
    assert sizes[-1] > 3_000

    def full() -> int:
        # a file may grow no further than this, as on a disk that is full
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
        try:
            publish(make.weights(revenue=2e4), tmp_path)
        except InputError:
            return 2
        except OSError:
            return 1
        return 8

    assert make.in_child(full) == (2 if room == 0 else 1)
    assert tree(tmp_path) == before
    assert publish(make.weights(revenue=2e4), tmp_path).version == 15
