import json
import subprocess
import sys
import time

import nbformat
import pytest

from microlift.errors import InputError
from microlift.reporting import runner
from microlift.reporting.blocks import FACTS_MIME
from microlift.reporting.kernel import Limits

GOOD = """
from pathlib import Path
for name in ("lift.csv", "ledger.csv", "weights.json"):
    Path(out_dir, name).write_text(VERSION)
"""
FACTS = f"""
class Facts:
    def _repr_mimebundle_(self, **_):
        facts = {{"withheld": WITHHELD, "reasons": ["none <fits>"]}}
        return {{"text/plain": "", "{FACTS_MIME}": facts}}
Facts()
"""


def error(name, value="it broke"):
    return nbformat.v4.new_output("error", ename=name, evalue=value, traceback=["Traceback"])


@pytest.fixture
def run(make, tmp_path):
    """Run a notebook of these cells and publish it under the folder's out/."""

    def go(*sources, folder=tmp_path, **given):
        path = make.write(folder, *(make.code(source, ran=None) for source in sources))
        plan, events = folder / "p.yaml", folder / "e.csv"
        return runner.run_report(plan, events, folder / "out", kind=path, quiet=True, **given)

    return go


_LOADED = """
import sys
from microlift.reporting import runner
outcome = runner.run_report("p.yaml", "e.csv", "out", kind="tiny.ipynb", quiet=True)
known = {name.partition(".")[0] for name, one in sys.modules.items() if one}
print(outcome.exit_code, sorted(known & {"numpy", "pandas", "scipy", "ibis", "duckdb", "IPython"}))
"""


def test_the_process_that_runs_a_notebook_loads_nothing_of_what_the_notebook_does(make, tmp_path):
    make.write(tmp_path, make.code("x = 1", ran=None))
    for name in ("p.yaml", "e.csv"):
        (tmp_path / name).touch()
    order = [sys.executable, "-c", _LOADED]
    done = subprocess.run(order, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 []", done


def published(tmp_path):
    out = tmp_path / "out"
    return {path.name: path.read_text() for path in out.glob("[!.]*.*") if path.suffix != ".html"}


def test_a_notebook_whose_cells_all_ran_is_good(make):
    assert (
        runner.judge(make.notebook(make.code("1", ran=1), make.code("", ran=None))).exit_code == 0
    )


def test_a_cell_that_never_ran_makes_a_failure(make):
    judged = runner.judge(make.notebook(make.code("1", ran=1), make.code("2", ran=None)))
    assert judged.exit_code == 1
    assert judged.message.startswith("1 code cells of the notebook never ran")


@pytest.mark.parametrize(
    ("name", "exit_code", "message"),
    [
        ("ValueError", 1, "ValueError: it broke"),
        ("SystemExit", 1, "SystemExit: it broke"),
        ("InputError", 2, "it broke"),
        ("PlanError", 2, "it broke"),
        ("EventsError", 2, "it broke"),
        ("CutOffError", 4, "it broke"),
        ("MemoryError", 4, "it broke"),
    ],
)
def test_an_error_output_decides_by_its_name(make, name, exit_code, message):
    judged = runner.judge(make.notebook(make.code("1", error(name)), make.code("2", ran=None)))
    assert (judged.exit_code, judged.message) == (exit_code, message)


def test_an_unknown_report_is_refused_with_the_near_names(tmp_path):
    with pytest.raises(InputError, match=r"No report is called 'weakly': did you mean 'weekly'"):
        runner.notebook_path("weakly")
    outcome = runner.run_report("p", "e", tmp_path / "out", kind="weakly")
    assert (outcome.exit_code, (tmp_path / "out").exists()) == (2, False)


def test_a_good_run_is_published_and_a_failed_one_leaves_it_as_it_was(run, tmp_path, recwarn):
    good = run('VERSION = "first"', GOOD)
    assert (good.exit_code, good.message) == (0, "Report published.")
    assert good.html == tmp_path / "out" / "tiny" / "latest.html"
    first = good.html.read_bytes()
    assert set(published(tmp_path).values()) == {"first"}

    bad = run('VERSION = "second"', GOOD, "1 / 0")
    assert (bad.exit_code, bad.html) == (1, None)
    assert bad.message == "ZeroDivisionError: division by zero"
    assert good.html.read_bytes() == first
    assert set(published(tmp_path).values()) == {"first"}

    runs = sorted((tmp_path / "out" / "tiny" / "runs").iterdir())
    assert len(runs) == 2
    states = [json.loads((path / "manifest.json").read_text())["status"] for path in runs]
    assert sorted(states) == ["done", "failed"]
    assert all((path / "tiny.ipynb").exists() for path in runs)
    assert "division by zero" in (tmp_path / "out" / "index.html").read_text()
    assert not [path for path in runs if (path / "history").exists() or (path / ".for").exists()]
    kept = tmp_path / "out" / "history"
    assert sorted(path.name for path in kept.iterdir()) == ["000001.json", "log.jsonl"]
    assert (kept / "000001.json").read_text() == "first"
    assert str(tmp_path) not in good.html.read_text()
    assert not [w for w in recwarn if "encryption" in str(w.message)]


def test_paths_in_a_failure_stay_out_of_the_index(run, tmp_path):
    outcome = run("raise ValueError(f'cannot read {events_path} and /srv/a/b.py')")
    assert str(tmp_path) in outcome.message
    index = (tmp_path / "out" / "index.html").read_text()
    assert str(tmp_path) not in index
    assert "ValueError: cannot read … and …" in index


def test_leaving_early_with_success_is_still_a_failure(run, tmp_path):
    outcome = run("import sys; sys.exit(0)", "1")
    assert outcome.exit_code == 1
    assert not (tmp_path / "out" / "tiny" / "latest.html").exists()


def test_a_refused_input_shows_its_message_and_writes_nothing(run, tmp_path):
    source = "from microlift.errors import PlanError\nraise PlanError('Unknown key x: mend it.')"
    outcome = run(source)
    assert (outcome.exit_code, outcome.message) == (2, "Unknown key x: mend it.")
    assert not (tmp_path / "out").exists()


def test_withheld_weights_publish_the_rest_and_keep_the_last_weights(run, tmp_path):
    assert run('VERSION = "first"', GOOD).exit_code == 0
    two = GOOD.replace(', "weights.json"', "")
    outcome = run('VERSION = "second"', two, FACTS.replace("WITHHELD", "True"))
    assert (outcome.exit_code, outcome.message) == (3, "Weights withheld: none <fits>")
    assert outcome.html is not None
    assert published(tmp_path) == {
        "lift.csv": "second",
        "ledger.csv": "second",
        "weights.json": "first",
    }


def test_a_run_that_takes_too_long_is_cut_off_and_its_notebook_says_so(run, tmp_path):
    outcome = run("import time; time.sleep(60)", "1", limits=Limits(timeout=3))
    assert (outcome.exit_code, outcome.message) == (
        4, "The report took longer than 3 seconds and was cut off."
    )  # fmt: skip
    (kept,) = (tmp_path / "out" / "tiny" / "runs").glob("*/tiny.ipynb")
    book = nbformat.read(kept, as_version=4)
    assert book["metadata"]["papermill"]["exception"] is True
    assert book["cells"][-1]["metadata"]["papermill"]["status"] == "pending"


def test_the_time_is_that_of_all_cells_together(run):
    started = time.monotonic()
    outcome = run(*["import time; time.sleep(0.9)"] * 20, limits=Limits(timeout=3))
    assert outcome.exit_code == 4
    assert "longer than 3 seconds" in outcome.message
    assert time.monotonic() - started < 15


@pytest.mark.parametrize("spent", ["bytearray(400_000_000)", "CHILD"])
@pytest.mark.slow
def test_a_run_that_needs_too_much_memory_is_cut_off_and_the_last_one_stays(run, tmp_path, spent):
    assert run('VERSION = "good"', GOOD, limits=Limits(600, 2 * 10**9)).exit_code == 0
    last = tmp_path / "out" / "tiny" / "latest.html"
    page = last.read_text()
    # What a kernel starts counts as well.
    child = "import time; x = bytearray(400_000_000); time.sleep(60)"
    start = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    source = start if spent == "CHILD" else f"x = {spent}; import time; time.sleep(60)"
    outcome = run('VERSION = "bad"', GOOD, source, "1", limits=Limits(memory=300 * 10**6))
    assert (outcome.exit_code, outcome.html) == (4, None)
    assert outcome.message.startswith("The report needed more memory than 0.3 GB and was cut off.")
    assert "Give it more with --memory" in outcome.message
    assert last.read_text() == page
    assert set(published(tmp_path).values()) == {"good"}


@pytest.mark.slow
def test_the_engine_of_a_report_holds_half_of_what_the_report_may(run):
    source = "from microlift.events.limits import settle; assert settle().memory == 953 * 2**20"
    outcome = run('VERSION = "good"', GOOD, source, limits=Limits(600, 2 * 10**9))
    assert outcome.exit_code == 0, outcome.message


def test_too_little_memory_to_start_in_is_told_as_that(run):
    outcome = run("1", limits=Limits(memory=10**6))
    assert outcome.exit_code == 4
    assert "needed more memory than 0.001 GB" in outcome.message


def test_a_file_in_the_place_of_the_runs_is_an_input_error(run, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "tiny").write_text("mine")
    outcome = run("1")
    assert outcome.exit_code == 2
    assert "tiny' is not a folder" in outcome.message
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["tiny"]


def test_a_dead_kernel_is_told(run):
    outcome = run("import os; os._exit(1)", "1")
    assert outcome.exit_code == 4
    assert "The kernel of the report died" in outcome.message


def test_the_kernel_is_the_running_interpreter_and_braces_in_a_path_do_no_harm(run, tmp_path):
    folder = tmp_path / "a {b}"
    folder.mkdir()
    source = "import sys\nopen(f'{out_dir}/lift.csv', 'w').write(sys.executable)"
    assert run(source, 'assert plan_path.endswith("a {b}/p.yaml")', folder=folder).exit_code == 0
    assert (folder / "out" / "lift.csv").read_text() == sys.executable


def test_a_parameter_that_the_notebook_does_not_declare_is_refused(make, tmp_path):
    path = tmp_path / "bare.ipynb"
    nbformat.write(make.notebook(make.code("plan_path = ''", ran=None, tags=["parameters"])), path)
    outcome = runner.run_report("p", "e", tmp_path / "out", kind=path, quiet=True)
    assert outcome.exit_code == 2
    assert "does not declare events_path, out_dir" in outcome.message
    assert not (tmp_path / "out").exists()


def test_a_page_that_the_gate_refuses_is_not_published(run, tmp_path):
    source = "from IPython.display import HTML\nHTML('<script>alert(1)</script>')"
    outcome = run(source)
    assert outcome.exit_code == 1
    assert "The page was refused: element <script>" in outcome.message
    assert not (tmp_path / "out" / "tiny" / "latest.html").exists()
