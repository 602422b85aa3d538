import json

from microlift.reporting import gate, publish


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
