import json
import os

import pytest

from microlift.reporting import gate, index_page, publish, retention

OLD, NEW = "20260101T000000Z-aaaa", "20260102T000000Z-bbbb"


@pytest.fixture
def keep(tmp_path):
    """Keep a run of a manifest, as it would be after it ended."""

    def go(run, kind="weekly", page=False, **told):
        folder = tmp_path / kind / "runs" / run
        folder.mkdir(parents=True)
        publish.write_manifest(folder, told)
        if page:
            (folder / f"{kind}.html").write_text("x")
            (tmp_path / kind / "latest.html").write_text("x")
        return folder

    return go


def faults(page):
    # A page of the folder itself is the one thing that this page may lead to beside the web.
    return [fault for fault in gate.check(page) if not fault.startswith("link to './")]


def test_stages_of_killed_runs_become_abandoned_runs(tmp_path):
    runs = tmp_path / "weekly" / "runs"
    stage = runs / ".20260101T000000Z-aaaa.part"
    stage.mkdir(parents=True)
    for name in ("weekly.ipynb", "lift.csv"):
        (stage / name).write_text("{}")
    publish.write_manifest(stage, {"status": "running", "parameters": {"weeks": 8}})
    publish.clear_orphans(tmp_path, "weekly")
    (kept,) = runs.iterdir()
    assert sorted(path.name for path in kept.iterdir()) == ["manifest.json", "weekly.ipynb"]
    told = publish.read_manifest(kept)
    assert (told["status"], told["exit_code"]) == ("abandoned", None)
    assert told["started"] == "2026-01-01T00:00:00+00:00"
    assert told["parameters"] == {"weeks": 8}
    assert not publish.is_good(told)


def test_a_run_killed_while_it_was_published_is_published_to_the_end(tmp_path):
    stage = tmp_path / "weekly" / "runs" / f".{OLD}.part"
    stage.mkdir(parents=True)
    for path in (stage / "weekly.html", stage / "lift.csv", tmp_path / "weekly" / "latest.html"):
        path.write_text("new")
    publish.write_manifest(stage, {"status": "done", "exit_code": 0, "published": ["lift.csv"]})
    publish.clear_orphans(tmp_path, "weekly")
    assert (tmp_path / "lift.csv").read_text() == "new"
    assert publish.is_good(publish.last_good(tmp_path, "weekly"))


def test_a_run_killed_before_that_is_abandoned_even_if_its_page_is_the_last_one_again(tmp_path):
    stage = tmp_path / "weekly" / "runs" / f".{OLD}.part"
    stage.mkdir(parents=True)
    for path in (stage / "weekly.html", tmp_path / "weekly" / "latest.html"):
        path.write_text("same")
    publish.write_manifest(stage, {"status": "running"})
    publish.clear_orphans(tmp_path, "weekly")
    assert publish.last_good(tmp_path, "weekly") == {}


def test_the_index_lists_runs_newest_first_escapes_and_passes_the_gate(tmp_path, keep, make):
    hostile = dict.fromkeys(make.hostile, 1.5)
    keep(OLD, status="<i>done</i>", exit_code=3, message="<b>old</b>", headline={"Macros": 3})
    keep(
        NEW, page=True, status="done", exit_code=0, message="new", title="<u>Hi</u> \u202e",
        headline={"Macros": 4, **hostile},
    )  # fmt: skip
    keep(OLD, kind="a b#<img src=x>", status="failed", exit_code=1, message="x" * 10_000)
    index_page.write(tmp_path)
    page = (tmp_path / "index.html").read_text("utf-8")
    assert faults(page) == []
    assert len(page) < 60_000
    assert page.index("2 January 2026") < page.index("1 January 2026")
    assert "&lt;b&gt;old&lt;/b&gt;" in page
    assert "&lt;u&gt;Hi&lt;/u&gt; \\u202e" in page
    assert 'href="./weekly/latest.html"' in page
    assert f'href="./weekly/runs/{NEW}/weekly.html"' in page
    assert 'aria-label="Macros in 2 runs, 1 January 2026, 00:00 UTC to 2 January' in page
    assert "+1 (+33.3 %) since the run before" in page
    assert "But the last one of a b#&lt;img src=x&gt; did not end well: what is shown there" in page


def test_the_index_is_capped(tmp_path, keep):
    for day in range(1, 30):
        keep(f"202601{day:02d}T000000Z-aaaa", status="done", exit_code=0, message="fine")
    page = index_page.page(tmp_path)
    assert page.count('class="state good"') == 13  # the latest, and twelve rows
    assert "17 older runs lie in weekly/runs." in page


@pytest.mark.parametrize(
    "text",
    [
        "{", "[]", '"x"', "[" * 100_000,
        '{"started": 3, "exit_code": "0", "status": [], "seconds": "x", "headline": [1]}',
        '{"started": "9999", "exit_code": true, "seconds": 1e99, "headline": {"a": "b"}}',
        '{"exit_code": 0, "seconds": null, "title": {}, "headline": {"a": NaN, "b": 1e308}}',
    ],
)  # fmt: skip
def test_a_broken_manifest_does_not_stop_the_index(tmp_path, text):
    folder = tmp_path / "weekly" / "runs" / NEW
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(text)
    page = index_page.page(tmp_path)
    assert "<h1>Reports</h1>" in page
    assert faults(page) == []


def test_an_empty_folder_has_an_index(tmp_path):
    page = index_page.page(tmp_path)
    assert "No run has been kept yet." in page
    assert faults(page) == []


def left(tmp_path):
    return sorted(path.name for path in (tmp_path / "weekly" / "runs").iterdir())


def test_old_runs_go_and_failures_push_out_no_good_one(tmp_path, keep):
    good = [f"202601{day:02d}T000000Z-aaaa" for day in range(1, 5)]
    bad = [f"202602{day:02d}T000000Z-aaaa" for day in range(1, 5)]
    for run in good:
        keep(run, exit_code=3)
    for run in bad:
        keep(run, exit_code=None)
    assert sorted(retention.prune(tmp_path, "weekly", 2)) == sorted(good[:2] + bad[:2])
    assert left(tmp_path) == sorted(good[2:] + bad[2:])
    assert retention.prune(tmp_path, "weekly", 1, spared=good[2]) == [bad[2]]
    retention.prune(tmp_path, "weekly", 0)
    assert left(tmp_path) == [good[-1], bad[-1]]


def test_only_folders_of_runs_ever_go(tmp_path, keep):
    for run in (OLD, NEW, "20251231T000000Z-aaaa"):
        keep(run, exit_code=0)
    keep("mine", exit_code=0)
    runs, elsewhere = tmp_path / "weekly" / "runs", tmp_path / "elsewhere"
    keep(OLD, kind="journeys", exit_code=0)
    (runs / ".20250101T000000Z-aaaa.part").mkdir()
    (runs / "20240101T000000Z-aaaa").mkdir()  # without a manifest
    elsewhere.mkdir()
    publish.write_manifest(elsewhere, {"exit_code": 0})
    os.symlink(elsewhere, runs / "20230101T000000Z-aaaa")
    (runs / ".20220101T000000Z-aaaa.gone").mkdir()  # half removed by a run that was killed
    assert sorted(retention.prune(tmp_path, "weekly", 1)) == ["20251231T000000Z-aaaa", OLD]
    assert left(tmp_path) == sorted(
        [
            NEW, "mine", ".20250101T000000Z-aaaa.part", "20240101T000000Z-aaaa",
            "20230101T000000Z-aaaa",
        ]
    )  # fmt: skip
    assert (elsewhere / "manifest.json").exists()
    assert (tmp_path / "journeys" / "runs" / OLD).exists()


def test_a_run_counts_by_its_start_and_not_by_the_digits_behind_it(tmp_path, keep):
    first, second = "20260101T000000Z-ffff", "20260101T000000Z-0000"
    keep(first, exit_code=0, started="2026-01-01T00:00:00.100+00:00")
    keep(second, exit_code=0, started="2026-01-01T00:00:00.200+00:00")
    assert publish.last_good(tmp_path, "weekly")["run"] == second
    assert json.loads((tmp_path / "weekly" / "runs" / first / "manifest.json").read_text())
