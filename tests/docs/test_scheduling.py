"""The recipes for schedulers: each file is one that its scheduler takes, with commands of ours."""

import ast
import configparser
import re
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from microlift import errors
from microlift.plan.durations import parse_duration
from microlift.reporting.notebooks import kinds

from .conftest import DOCS, commands, understood

RECIPES = DOCS / "scheduling"
ENDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
ERRORS = [
    error
    for error in vars(errors).values()
    if isinstance(error, type) and issubclass(error, errors.MicroliftError)
]
RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
# Of systemd.unit, .service, .exec, .resource-control and .timer; enough for such a job.
DIRECTIVES = {
    "Unit": "Description Documentation After Wants Requires OnFailure OnSuccess "
    "ConditionPathExists StartLimitIntervalSec StartLimitBurst",
    "Service": "Type User Group WorkingDirectory Environment EnvironmentFile ExecStart "
    "ExecStartPre ExecStartPost Restart RestartSec RestartForceExitStatus RestartPreventExitStatus "
    "SuccessExitStatus TimeoutStartSec Nice CPUQuota MemoryMax PrivateNetwork PrivateTmp "
    "NoNewPrivileges ProtectSystem ProtectHome ReadWritePaths StandardOutput StandardError",
    "Timer": "OnCalendar OnBootSec OnUnitActiveSec AccuracySec RandomizedDelaySec Persistent Unit",
    "Install": "WantedBy RequiredBy",
}


def text(name: str) -> str:
    return (RECIPES / name).read_text(encoding="utf-8")


def cron_faults(fields: str) -> list[str]:
    """What cron would refuse of five fields of time."""
    parts = fields.split()
    if len(parts) != len(RANGES):
        return [f"{len(parts)} fields"]
    faults = []
    for part, (low, high) in zip(parts, RANGES, strict=True):
        for one in part.split(","):
            match = re.fullmatch(r"(?:\*|(\d+)(?:-(\d+))?)(?:/([1-9]\d*))?", one)
            numbers = [int(n) for n in match.groups()[:2] if n] if match else [-1]
            if not all(low <= n <= high for n in numbers) or numbers != sorted(numbers):
                faults.append(one)
    return faults


def unit_faults(unit: str) -> list[str]:
    """What systemd would not know of a unit file."""
    parser = configparser.RawConfigParser(strict=False, delimiters=("=",), comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[method-assign, assignment]
    parser.read_string(unit)
    return [
        f"[{section}] {key}"
        for section in parser.sections()
        for key in parser[section]
        if key not in DIRECTIVES.get(section, "").split()
    ]


def of_report(line: str) -> Any:
    """The only `microlift report` of a line, understood."""
    (arguments,) = commands(line)
    return understood(arguments)


def test_the_line_for_cron_has_five_fields_and_a_command_of_ours() -> None:
    (line,) = [line for line in text("crontab").splitlines() if re.match(r"[\d*]", line)]
    *fields, command = line.split(maxsplit=5)
    assert cron_faults(" ".join(fields)) == []
    asked = of_report(command)
    assert (asked.if_new, asked.keep, asked.quiet) == (True, 12, True)
    assert "%" not in command, "cron would end the command there"


@pytest.mark.parametrize(
    "fields", ["0 5 * *", "60 5 * * 1", "0 5 0 * 1", "0 5-3 * * 1", "x 5 * * 1"]
)
def test_five_fields_that_cron_refuses_are_found(fields: str) -> None:
    assert cron_faults(fields)


def test_the_service_runs_a_command_of_ours_and_knows_its_exit_codes() -> None:
    unit = text("microlift.service")
    (line,) = re.findall(r"^ExecStart=(.*)$", unit, re.MULTILINE)
    asked = of_report(line)
    assert re.search("^SuccessExitStatus=3$", unit, re.MULTILINE)
    (final,) = re.findall("^RestartPreventExitStatus=(.*)$", unit, re.MULTILINE)
    failures = {error.exit_code for error in ERRORS} - {errors.BusyError.exit_code}
    assert {int(code) for code in final.split()} == failures, "all but 75 end it"
    hours = re.findall(r"^TimeoutStartSec=(\d+)h$", unit, re.MULTILINE)
    assert int(hours[0]) * 3600 > asked.timeout, "the run has to end by itself before it is killed"


@pytest.mark.parametrize("name", ["microlift.service", "microlift.timer"])
def test_a_unit_has_only_keys_that_systemd_knows(name: str) -> None:
    assert unit_faults(text(name)) == []
    assert unit_faults(text(name) + "Exekute=true\n")


def test_systemd_itself_takes_both_units(tmp_path: Path) -> None:
    if not (analyze := shutil.which("systemd-analyze")):
        return  # the keys are judged above, with or without it
    for name in ("microlift.service", "microlift.timer"):
        # it looks for the program and the user, which are on no machine of ours
        unit = text(name).replace("/srv/shop/.venv/bin/microlift", "/bin/true")
        (tmp_path / name).write_text(unit.replace("User=microlift\n", ""), encoding="utf-8")
    units = [str(tmp_path / "microlift.service"), str(tmp_path / "microlift.timer")]
    told = subprocess.run(
        [analyze, "verify", *units], capture_output=True, text=True, check=False, timeout=60
    )
    ours = [line for line in told.stderr.splitlines() if "microlift" in line]
    assert ours == []
    (when,) = re.findall(r"^OnCalendar=(.*)$", text("microlift.timer"), re.MULTILINE)
    subprocess.run([analyze, "calendar", when], capture_output=True, check=True, timeout=60)


def test_the_dag_compiles_and_its_commands_are_ours() -> None:
    tree = ast.parse(text("dag.py"))
    compile(tree, "dag.py", "exec")
    calls = {
        keyword.arg: keyword.value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        for keyword in call.keywords
    }
    written = [
        keyword.value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        for keyword in call.keywords
        if keyword.arg == "bash_command"
    ]
    found = [commands(ast.literal_eval(value))[0] for value in written]
    assert [arguments[0] for arguments in found] == ["report", "export"]
    for arguments in found:
        understood(arguments)
    assert cron_faults(ast.literal_eval(calls["schedule"])) == []
    assert ast.literal_eval(calls["skip_on_exit_code"]) == 3


def test_the_workflow_is_one_of_github_and_its_commands_are_ours() -> None:
    # YAML 1.1 reads the key `on` as true
    workflow = yaml.safe_load(text("workflow.yml"))
    on = workflow[True]
    assert cron_faults(on["schedule"][0]["cron"]) == []
    (job,) = workflow["jobs"].values()
    assert {"runs-on", "steps"} <= set(job)
    known = {"name", "id", "if", "uses", "with", "run", "env"}
    assert all(set(step) <= known and ("run" in step) != ("uses" in step) for step in job["steps"])
    found = [words for step in job["steps"] for words in commands(step.get("run", ""))]
    assert [words[0] for words in found] == ["report", "export"]
    for words in found:
        understood(words)
    report = understood(found[0])
    assert report is not None
    assert job["timeout-minutes"] * 60 > report.timeout
    (guarded,) = [step for step in job["steps"] if "export" in step.get("run", "")]
    assert guarded["if"] == "steps.report.outputs.code == '0'"


def test_what_the_scripts_of_the_workflow_say_is_shell(tmp_path: Path) -> None:
    (job,) = yaml.safe_load(text("workflow.yml"))["jobs"].values()
    for step in job["steps"]:
        if "run" in step:
            subprocess.run(["bash", "-n", "-c", step["run"]], check=True, timeout=30)


def test_the_exit_codes_of_the_page_are_those_of_the_errors() -> None:
    codes = {error.exit_code for error in ERRORS}
    page = (DOCS / "scheduling.md").read_text(encoding="utf-8")
    table = page.split("## Exit codes\n", 1)[1].split("\n## ", 1)[0]
    said = {int(n) for row in re.findall(r"^\| ([\d, ]+) \|", table, re.M) for n in row.split(",")}
    assert said == codes | {0, 3} | {128 + int(number) for number in ENDED}
    assert 99 not in codes, "which Airflow takes for skipped"


def test_the_page_names_every_kind_of_report() -> None:
    page = (DOCS / "scheduling.md").read_text(encoding="utf-8")
    (row,) = re.findall(r"^\| `--kind` \|(.*)\|$", page, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", row)) == {*kinds(), "all"}


def test_the_time_limits_of_recipes_are_durations() -> None:
    for name in ("crontab", "microlift.service", "dag.py", "workflow.yml"):
        for limit in re.findall(r"--timeout (\S+)", text(name)):
            assert parse_duration(limit)
