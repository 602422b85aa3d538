"""`microlift init` as people meet it: exit codes, streams, files."""

import contextlib
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from microlift.cli import main
from microlift.cli.start import BUSINESSES
from microlift.plan import Plan
from microlift.starter import TEMPLATES

from .conftest import log_of

LOG = log_of((40, "search purchase"), (60, "search look"), (60, "look"))


def init(*arguments: object) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(["init", *map(str, arguments)])
        except SystemExit as ended:
            code = int(ended.code or 0)
    return code, out.getvalue(), err.getvalue()


def test_init_writes_a_plan_says_what_to_decide_and_the_next_command(write, tmp_path):
    log, plan = write(LOG), tmp_path / "new" / "plan.yaml"
    code, out, err = init("--events", log, "--out", plan, "--quiet")
    assert (code, err) == (0, "")
    assert "macro.event: is purchase what you are after?" in out
    assert f"microlift check --plan {plan} --events {log}" in out
    assert Plan.load(plan).macro.event == ("purchase",)


def test_a_plan_that_is_there_is_replaced_only_by_force(write, tmp_path):
    log, plan = write(LOG), tmp_path / "plan.yaml"
    plan.write_text("mine", encoding="utf-8")
    code, out, err = init("--events", log, "--out", plan)
    assert (code, out) == (2, "")
    assert "is there already" in err
    assert plan.read_text("utf-8") == "mine"
    assert init("--events", log, "--out", plan, "--force", "--quiet")[0] == 0
    assert plan.read_text("utf-8") != "mine"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--columns", "event"], "not a role and a column"),
        (["--columns", "event=nothing"], "no such column"),
        (["--template", "farm"], "invalid choice"),
        (["--actions", "31"], "GA4 allows 30 key events"),
        (["--macro", "purchas"], "nearest: 'purchase'"),
    ],
)
def test_a_wrong_argument_ends_with_2_and_writes_nothing(arguments, message, write, tmp_path):
    plan = tmp_path / "plan.yaml"
    code, out, err = init("--events", write(LOG), "--out", plan, "--quiet", *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert not plan.exists()


def test_named_columns_and_a_template_are_taken(write, tmp_path):
    frame = LOG.set_axis(["person", "moment", "deed"], axis=1)
    plan = tmp_path / "plan.yaml"
    named = ["--columns", "user_id=person", "timestamp=moment", "event=deed"]
    events = ["--events", write(frame), "--out", plan, "--template", "saas", "--quiet"]
    assert init(*events, *named)[0] == 0
    read = Plan.load(plan)
    assert (read.log.columns.user_id, read.horizon.days) == ("person", 1)
    assert "template saas" in plan.read_text("utf-8")


def test_the_command_line_knows_the_templates_without_loading_them():
    assert BUSINESSES == TEMPLATES
    source = "import sys, json, microlift.cli; print(json.dumps(sorted(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", source], capture_output=True, check=True).stdout
    assert "duckdb" not in json.loads(loaded)


def test_a_log_that_is_missing_ends_with_2(tmp_path: Path):
    code, _, err = init("--events", tmp_path / "no.parquet", "--out", tmp_path / "plan.yaml")
    assert code == 2
    assert "is missing" in err
