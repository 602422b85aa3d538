"""What a scheduler sees of reports: manifests, runs that are not needed, several at once, words."""

import hashlib
import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import nbformat
import pytest

from microlift.reporting import inputs, manifest, publish, runner, summary
from microlift.reporting.blocks import FACTS_MIME
from microlift.reporting.kernel import Limits
from microlift.reporting.runner import ReportOutcome

GIVEN = 'plan_path = ""\nevents_path = ""\nout_dir = ""\nweeks: int = 8\n'
FACTS = f"""
class Facts:
    def _repr_mimebundle_(self, **_):
        figures = [["Macros", len(open(events_path).read())], ["At stake", 7.5], ["Bad", None]]
        facts = {{"headline": figures, "plan_hash": "abc", "exit_code": 9, "run": "forged"}}
        return {{"text/plain": "", "{FACTS_MIME}": facts}}
Facts()
"""


@pytest.fixture
def shop(make, tmp_path):
    """A plan, a log, and notebooks of these cells."""
    (tmp_path / "p.yaml").write_text("horizon: 1d\n")
    (tmp_path / "e.csv").write_text("a,b\n")

    def write(name, *sources):
        cells = [make.code(GIVEN, ran=None, tags=["parameters"])]
        cells += [make.code(source, ran=None) for source in sources]
        nbformat.write(
            make.notebook(make.markdown(f"# The {name}"), *cells), tmp_path / f"{name}.ipynb"
        )
        return tmp_path / f"{name}.ipynb"

    def go(*kinds, **options):
        paths = (tmp_path / "p.yaml", tmp_path / "e.csv", tmp_path / "out")
        return runner.run_each(kinds, *paths, quiet=True, **options)

    return write, go, tmp_path


def runs(folder, kind):
    return sorted((folder / "out" / kind / "runs").iterdir())


def test_a_manifest_says_what_ran_and_a_notebook_cannot_forge_it(shop):
    write, go, folder = shop
    book = write("one", FACTS)
    (outcome,) = go(book, parameters={"weeks": 4})
    told = outcome.manifest
    assert (outcome.exit_code, told["exit_code"], told["status"]) == (0, 0, "done")
    assert told["run"] == runs(folder, "one")[0].name
    assert told["parameters"]["weeks"] == 4
    assert told["overridden"] == ["weeks"]
    assert told["headline"] == {"Macros": 4, "At stake": 7.5}
    assert [*told["headline"]] == ["Macros", "At stake"]  # in the order of the notebook
    assert told["plan_hash"] == "abc"
    assert told["plan_sha256"] == hashlib.sha256(b"horizon: 1d\n").hexdigest()
    assert told["notebook_sha256"] == hashlib.sha256(book.read_bytes()).hexdigest()
    assert 10e6 < told["peak_memory"] < 10e9
    assert [one["cell"] for one in told["cells"]] == [2, 3, 4]  # papermill adds what is injected
    assert told["title"] == "The one"
    assert {"Python", "microlift", "papermill"} <= set(told["versions"])
    began, ended = (datetime.fromisoformat(told[name]) for name in ("started", "ended"))
    assert 0 < (ended - began).total_seconds() == pytest.approx(told["seconds"], abs=0.01)
    assert began.utcoffset().total_seconds() == 0
    assert publish.read_manifest(runs(folder, "one")[0]) == told


@pytest.mark.slow
def test_a_failed_run_keeps_its_notebook_its_reason_and_its_measures(shop):
    write, go, folder = shop
    (outcome,) = go(write("one", "raise ValueError(events_path)"))
    (kept,) = runs(folder, "one")
    assert sorted(path.name for path in kept.iterdir()) == ["manifest.json", "one.ipynb"]
    told = publish.read_manifest(kept)
    assert (told["status"], told["message"]) == ("failed", "ValueError: …")
    assert told["parameters"]["weeks"] == 8
    assert told["cells"]
    assert str(folder) in (kept / "one.ipynb").read_text()
    assert "ValueError: …" in (folder / "out" / "index.html").read_text()
    assert outcome.html is None


def test_the_commit_of_the_plans_tree_is_told_where_it_has_one(tmp_path):
    assert manifest.surroundings(tmp_path / "p.yaml").get("commit") is None
    assert manifest.surroundings(tmp_path / "none" / "p.yaml").get("commit") is None
    who = ["-c", "user.name=a", "-c", "user.email=a@b.example", "-c", "commit.gpgsign=false"]
    for command in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "first"]):
        subprocess.run(["git", "-C", tmp_path, *who, *command], check=True)
    found = manifest.surroundings(tmp_path / "p.yaml")["commit"]
    head = subprocess.run(["git", "-C", tmp_path, "rev-parse", "HEAD"], check=True, stdout=-1)
    assert found == head.stdout.decode().strip()


@pytest.mark.slow
def test_nothing_is_done_where_nothing_is_new_and_anything_new_is_seen(shop):
    write, go, folder = shop
    book = write("one", "1")
    assert go(book, if_new=True)[0].message == "Report published."
    for again in range(2):
        (outcome,) = go(book, if_new=True)
        assert outcome.exit_code == 0, again
        assert outcome.message.startswith("Nothing new for one: log, plan, parameters and micro")
        assert outcome.html == folder / "out" / "one" / "latest.html"
        assert summary.full(outcome) == summary.short(outcome) == [outcome.message]
    assert len(runs(folder, "one")) == 1
    assert go(book, if_new=True, parameters={"weeks": 8})[0].manifest == {}  # as it is anyway
    assert len(runs(folder, "one")) == 1
    (folder / "out" / "one" / "latest.html").unlink()
    assert go(book, if_new=True)[0].message == "Report published."
    assert go(book, if_new=True, parameters={"weeks": 9})[0].message == "Report published."
    assert go(book, if_new=False, parameters={"weeks": 9})[0].message == "Report published."
    assert len(runs(folder, "one")) == 4


def test_what_a_run_starts_from_hangs_on_each_file_and_its_times(tmp_path):
    book, plan, log = tmp_path / "b.ipynb", tmp_path / "p.yaml", tmp_path / "log"
    log.mkdir()
    for path in (book, plan, log / "a.csv", log / "b.csv"):
        path.write_text("same")

    def look(events=log):
        return inputs.look(str(plan), str(events), book)

    seen = [look()]
    assert look() == seen[0]
    before = seen[0].to_dict() | {"parameters": {"weeks": 8}}
    assert inputs.unchanged(before, look(), {"weeks": 8}, str(plan))
    assert not inputs.unchanged(before, look(), {"weeks": 9}, str(plan))
    assert not inputs.unchanged({}, look(), {}, str(plan))
    kept = (log / "a.csv").stat()
    (log / "a.csv").write_text("else")  # of the same size, and its time put back
    os.utime(log / "a.csv", ns=(kept.st_atime_ns, kept.st_mtime_ns))
    seen.append(look())
    (log / "c.csv").write_text("")
    seen.append(look())
    (log / "c.csv").rename(log / "d.csv")
    seen.append(look())
    book.write_text("other")
    seen.append(look())
    seen.append(look(log / "*.csv"))
    seen.append(look(log / "a.csv"))
    assert len({(one.files, one.notebook_sha256) for one in seen}) == len(seen) - 1  # a folder
    assert seen[4].files == seen[5].files  # is the glob of all that is in it
    for nothing in (tmp_path / "none", "duckdb://log#t"):
        assert look(nothing).files is None
        assert not inputs.unchanged(before | {"files": None}, look(nothing), {}, str(plan))


def test_a_plan_with_another_comment_is_the_same_plan(tmp_path):
    from microlift.plan import Plan

    plan, log = tmp_path / "p.yaml", tmp_path / "e.csv"
    text = "macro: {event: buy}\nhorizon: 1d\nactions: [{name: cart, event: cart}]\n"
    plan.write_text(text)
    log.write_text("x")
    seen = inputs.look(str(plan), str(log), log).to_dict()
    before = seen | {"plan_hash": Plan.load(plan).hash, "parameters": {}}
    for more, same in (("# a comment\n", True), ("version: 1\n", True), ("horizon: 2d\n", False)):
        plan.write_text(text.replace("horizon: 1d\n", "") + "horizon: 1d\n" * same + more)
        assert (
            inputs.unchanged(before, inputs.look(str(plan), str(log), log), {}, str(plan)) == same
        )


@pytest.mark.slow
def test_a_failed_run_leaves_the_last_good_one_to_measure_by(shop):
    write, go, folder = shop
    book = write("one", "1")
    go(book)
    log = folder / "e.csv"
    text = book.read_text()
    write("one", "1 / 0")
    assert go(book, if_new=True)[0].exit_code == 1
    book.write_text(text)
    assert go(book, if_new=True)[0].message.startswith("Nothing new for one")
    log.write_text("more")
    assert go(book, if_new=True)[0].message == "Report published."


@pytest.mark.slow
def test_several_reports_run_under_one_hold_and_end_with_the_worst(shop):
    write, go, folder = shop
    source = "assert open(out_dir + '/../../../.lock')"
    good, bad, last = write("good", source), write("bad", "1 / 0"), write("last", source)
    ended = go(good, bad, last, texts=[("weeks", "3")])
    assert [(one.kind, one.exit_code) for one in ended] == [("good", 0), ("bad", 1), ("last", 0)]
    assert runner.worst(ended) == 1
    assert {one.manifest["parameters"]["weeks"] for one in ended} == {3}
    page = (folder / "out" / "index.html").read_text()
    assert page.index('id="kind-1"') < page.index('id="kind-3"')
    assert not (folder / "out" / ".lock").exists()


@pytest.mark.slow
def test_the_time_of_several_reports_is_that_of_all(shop):
    write, go, _ = shop
    slow, late = write("slow", "import time; time.sleep(60)"), write("late", "1")
    first, second = go(slow, late, limits=Limits(timeout=3))
    assert (first.exit_code, second.exit_code) == (4, 4)
    assert second.message == "The time was over before the report late began: it was not started."


@pytest.mark.parametrize(
    ("codes", "worst"),
    [([0], 0), ([0, 3], 3), ([3, 2, 0], 2), ([2, 4], 4), ([4, 1, 2], 1), ([75], 75)],
)
def test_the_worst_of_several_is_what_somebody_has_to_look_at_first(codes, worst):
    assert runner.worst([ReportOutcome(code, None, "") for code in codes]) == worst


@pytest.mark.slow
def test_old_runs_go_after_a_good_one(shop):
    write, go, folder = shop
    book = write("one", "1")
    for _ in range(3):
        go(book, keep=2)
    kept = [path.name for path in runs(folder, "one")]
    assert len(kept) == 2
    assert publish.last_good(folder / "out", "one")["run"] in kept


def ended(**told):
    base = {"exit_code": 0, "status": "done", "published": ["weights.json"], "seconds": 83}
    base |= {"started": "2026-11-22T05:00:03+00:00"} | told
    page = Path("/srv/out/weekly/latest.html")
    before = {"started": "2026-11-15T05:00:03+00:00", "headline": {"Macros": 3300, "Gone": 1}}
    return ReportOutcome(
        base["exit_code"], page, told.get("message", "Report published."), "weekly", base, before
    )


def test_a_summary_has_the_figures_beside_the_last_ones_and_what_needs_a_look():
    figures = {
        "Macros": 3430,
        "Revenue booked, EUR": 157_412.4,
        "Weight of カート\x1b[31m, EUR": 7.2,
    }
    lines = summary.full(ended(headline=figures, attention=["Guard, cart: cut"] * 14))
    assert lines == [
        "weekly: done (22 November 2026, 05:00 UTC, 1 min 23 s)",
        "",
        f"{'':37}since 15 November 2026, 05:00 UTC",
        f"Macros{'':24}3,430  +130 (+3.94 %)",
        f"Revenue booked, EUR{'':9}157,412  new",
        f"Weight of カート\\x1b[31m, EUR{'':5}7.20  new",
        "no longer there: Gone",
        "",
        "needs a look:",
        *["- Guard, cart: cut"] * 12,
        "- and 2 more, on the page",
        "",
        "report: /srv/out/weekly/latest.html",
        "weights: /srv/out/weights.json",
    ]


def test_withheld_weights_are_said_once_and_no_weights_file_is_called_new():
    told = ended(
        exit_code=3, status="done, weights withheld", message="Weights withheld: none qualifies",
        attention=["Weights withheld: none qualifies"], published=["lift.csv"],
    )  # fmt: skip
    said = "\n".join(summary.full(told))
    assert said.count("none qualifies") == 1
    assert said.startswith("weekly: done, weights withheld (")
    assert "weights.json" not in said
    assert summary.short(told) == [
        "Weights withheld: none qualifies",
        "report: /srv/out/weekly/latest.html",
    ]


def test_a_manifest_on_the_disk_is_json_whatever_a_name_holds(tmp_path):
    publish.write_manifest(
        tmp_path, {"message": "half \ud83d of a letter", "odd": {1, 2}.__class__}
    )
    assert json.loads((tmp_path / "manifest.json").read_text("utf-8"))


LIGHT = """
import sys
from microlift.cli import main
code = main(sys.argv[1:])
heavy = {"duckdb", "ibis", "matplotlib", "pandas", "pydantic", "scipy", "sklearn"}
print(code, sorted(heavy & set(sys.modules)))
"""


@pytest.mark.slow
def test_the_runner_loads_none_of_what_the_notebook_works_with(shop):
    # Each of these takes a good part of the two seconds that a run may cost beyond its notebook.
    write, _, folder = shop
    given = ["--plan", folder / "p.yaml", "--events", folder / "e.csv", "--out", folder / "out"]
    given += ["--kind", write("one", "weeks"), "--quiet"]
    for more in (["-p", "weeks=3"], ["-p", "weeks=3", "--if-new"]):
        asked = ["report", *given, *more]
        ended = subprocess.run(
            [sys.executable, "-c", LIGHT, *map(str, asked)], check=True, stdout=-1, text=True
        )
        assert ended.stdout.splitlines()[-1] == "0 []"
    assert "Nothing new" in ended.stdout
