import json

import pytest

from microlift.errors import BusyError, InputError
from microlift.reporting import gate, publish


def test_a_second_run_is_told_that_the_folder_is_busy(tmp_path):
    refused = pytest.raises(BusyError, match="held by another run")
    with publish.held(tmp_path / "out"), refused, publish.held(tmp_path / "out"):
        pass


def test_an_output_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "out").write_text("x")
    refused = pytest.raises(InputError, match=r"cannot be written \(.*\): name another one")
    with refused, publish.held(tmp_path / "out"):
        pass


def test_a_folder_that_was_made_for_nothing_goes_away_again(tmp_path):
    with publish.held(tmp_path / "a" / "b"):
        assert (tmp_path / "a" / "b" / ".lock").exists()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_something_in_it_stays(tmp_path):
    with publish.held(tmp_path / "out"):
        publish.write_atomic(tmp_path / "out" / "a.txt", "a")
    assert (tmp_path / "out" / "a.txt").read_text() == "a"


def test_a_write_that_fails_leaves_the_old_file_and_no_crumbs(tmp_path):
    target = tmp_path / "latest.html"
    publish.write_atomic(target, "old")
    with pytest.raises(UnicodeEncodeError):
        publish.write_atomic(target, "\ud800")
    target.chmod(0o444)
    publish.write_atomic(target, "new")
    assert target.read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["latest.html"]


def test_stages_of_killed_runs_become_abandoned_runs(tmp_path):
    (tmp_path / ".20260101T000000Z-aaaa.part").mkdir()
    publish.clear_orphans(tmp_path)
    manifest = json.loads((tmp_path / "20260101T000000Z-aaaa" / "manifest.json").read_text())
    assert manifest["status"] == "abandoned"


def test_the_index_lists_runs_newest_first_escapes_and_passes_the_gate(tmp_path):
    for run, message in (("20260101T000000Z-aaaa", "<b>old</b>"), ("20260102T000000Z-bbbb", "new")):
        folder = tmp_path / "weekly" / "runs" / run
        folder.mkdir(parents=True)
        publish.write_manifest(folder, {"run": run, "status": "done", "message": message})
    (folder / "weekly.html").write_text("x")
    (tmp_path / "weekly" / "latest.html").write_text("x")
    publish.write_index(tmp_path)
    page = (tmp_path / "index.html").read_text()
    assert page.index("bbbb") < page.index("aaaa")
    assert "&lt;b&gt;old&lt;/b&gt;" in page
    assert 'href="./weekly/latest.html"' in page
    assert [fault for fault in gate.check(page) if not fault.startswith("link to './")] == []


def test_a_broken_manifest_does_not_stop_the_index(tmp_path):
    folder = tmp_path / "weekly" / "runs" / "x"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text("{")
    publish.write_index(tmp_path)
    assert "<h1>Reports</h1>" in (tmp_path / "index.html").read_text()
