"""A folder is tried and held before the work, and each of its files is always a whole one."""

from pathlib import Path

import pytest

from microlift.errors import BusyError, InputError
from microlift.folder import held, make, write, write_atomic


def names(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_second_run_is_told_that_the_folder_is_busy(tmp_path):
    refused = pytest.raises(BusyError, match=r"out' is held by another run.*Try again")
    with held(tmp_path / "out"), refused, held(tmp_path / "out"):
        pass


def test_a_folder_can_be_held_again_when_its_run_has_ended_or_failed(tmp_path):
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), held(tmp_path):
            _ = 1 / 0
    assert names(tmp_path) == []


def test_a_lock_that_a_killed_run_left_holds_nobody_up(tmp_path):
    (tmp_path / ".lock").touch()
    with held(tmp_path):
        pass
    assert names(tmp_path) == []


@pytest.mark.parametrize("given", ["taken", "taken/below", "taken/far/below"])
def test_a_file_in_the_way_is_refused_by_its_name(tmp_path, given):
    (tmp_path / "taken").write_text("mine")
    message = rf"{given}' cannot be written \('.*taken' is not a folder\).*: name another one"
    with pytest.raises(InputError, match=message), held(tmp_path / given):
        pass
    assert names(tmp_path) == ["taken"]
    assert (tmp_path / "taken").read_text() == "mine"


def test_a_link_to_nowhere_is_refused(tmp_path):
    (tmp_path / "out").symlink_to(tmp_path / "gone" / "far")
    with pytest.raises(InputError, match="is not a folder"), held(tmp_path / "out"):
        pass
    assert names(tmp_path) == ["out"]


def test_a_name_that_the_disk_refuses_is_told_with_its_reason(tmp_path):
    with pytest.raises(InputError, match="File name too long"), held(tmp_path / "a" / ("b" * 300)):
        pass
    assert names(tmp_path) == []


def test_a_folder_that_takes_no_file_is_refused():
    # Nobody writes there, root neither, who passes permission bits.
    with pytest.raises(InputError, match=r"'/proc/self' cannot be written \([A-Z][a-z ]+\)"):
        make(Path("/proc/self"))


def test_what_a_killed_run_left_half_written_goes_and_nothing_else(tmp_path):
    for name in (".new-0123456789abcdef", ".probe-0123_abc", ".new-x", ".probe", ".gitkeep"):
        (tmp_path / name).touch()
    with held(tmp_path):
        pass
    assert names(tmp_path) == [".gitkeep", ".new-x", ".probe"]


def test_a_folder_in_the_place_of_a_file_is_refused(tmp_path):
    (tmp_path / "lift.csv").mkdir()
    with pytest.raises(InputError, match=r"lift\.csv' is a folder"), held(tmp_path, ["lift.csv"]):
        pass
    assert names(tmp_path) == ["lift.csv"]


def test_folders_that_were_made_for_nothing_go_away_again(tmp_path):
    with held(tmp_path / "a" / "b"):
        assert names(tmp_path) == ["a", "a/b", "a/b/.lock"]
    assert names(tmp_path) == []


def test_a_folder_with_something_in_it_stays_without_the_lock(tmp_path):
    with held(tmp_path / "out"):
        write({"a.txt": "a", "b.txt": "カート"}, tmp_path / "out")
    assert names(tmp_path / "out") == ["a.txt", "b.txt"]
    assert (tmp_path / "out" / "b.txt").read_text("utf-8") == "カート"


def test_files_are_complete_before_the_first_replaces_an_old_one(tmp_path):
    write({"a.txt": "old", "b.txt": "old"}, tmp_path)
    (tmp_path / ".stage").mkdir()
    (tmp_path / ".stage" / "half.txt").write_text("of a run that was killed")
    with pytest.raises(UnicodeEncodeError):
        write({"a.txt": "new", "b.txt": "\ud800"}, tmp_path)
    assert names(tmp_path) == ["a.txt", "b.txt"]
    assert (tmp_path / "a.txt").read_text() == "old"


def test_a_write_that_fails_leaves_the_old_file_and_no_crumbs(tmp_path):
    target = tmp_path / "latest.html"
    write_atomic(target, "old")
    with pytest.raises(UnicodeEncodeError):
        write_atomic(target, "\ud800")
    target.chmod(0o444)
    write_atomic(target, "new")
    assert target.read_text() == "new"
    assert names(tmp_path) == ["latest.html"]
