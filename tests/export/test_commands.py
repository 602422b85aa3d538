"""The verbs `export` and `validate`, as people and schedulers meet them."""

import contextlib
import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import yaml

import microlift as ml
from microlift.cli import main
from microlift.errors import InputError
from microlift.weights import WeightsFile

Make = Callable[..., WeightsFile]


def microlift(*arguments: str | Path) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as ended:
            code = int(ended.code or 0)
    return code, out.getvalue(), err.getvalue()


@pytest.fixture
def sealed(weights_file: Make, tmp_path: Path) -> Path:
    """A weights.json that is valid today."""
    file = tmp_path / "weights.json"
    until = datetime.now(UTC).date() + timedelta(days=3)
    file.write_text(weights_file(valid_until=until).to_json(), encoding="utf-8")
    return file


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    actions = [{"name": "add_to_cart", "event": "add_to_cart"}]
    said = {"macro": {"event": "purchase"}, "horizon": "14d", "actions": actions}
    said["export"] = {"sql": {"column": "event_name", "dialect": "bigquery"}}
    file = tmp_path / "plan.yaml"
    file.write_text(yaml.safe_dump(said), encoding="utf-8")
    return file


def test_a_target_is_written_and_told_with_its_notes(sealed: Path, tmp_path: Path) -> None:
    code, out, err = microlift("export", "csv", "--weights", sealed, "--out", tmp_path / "out")
    assert (code, out) == (0, f"written: {tmp_path / 'out' / 'values.csv'}\n")
    assert "microlift: note: 'add_to_cart', 'begin_checkout': an occurrence is each" in err
    assert [each.name for each in (tmp_path / "out").iterdir()] == ["values.csv"]


def test_settings_come_from_the_plan_and_those_given_go_before(
    sealed: Path, plan: Path, tmp_path: Path
) -> None:
    given = ("--plan", plan, "-s", "column=action", "-s", "name=worth")
    code, _, err = microlift(
        "export", "sql", "--weights", sealed, "--out", tmp_path, *given, "--quiet"
    )
    assert (code, err) == (0, "")
    text = (tmp_path / "values.sql").read_text(encoding="utf-8")
    assert "CASE action" in text
    assert "AS worth" in text
    code, _, err = microlift("export", "sql", "--weights", sealed, "--out", tmp_path, *given)
    assert "The plan has changed since these weights were made" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["export", "cvs"], "Target 'cvs' is not known (nearest: 'csv')"),
        (["export", "csv", "-s", "limit=1"], "Setting 'limit' of target csv is not known: it has"),
        (["export", "sql", "-s", "colum=x"], "'colum' of target sql is not known (nearest: 'col"),
        (["export", "sql", "-s", "column=a b"], "Setting 'column' of target sql: got 'a b'"),
        (["export", "sql", "-s", "column"], "not a setting and its value"),
        (["export", "sql", "-s", "name=a", "-s", "name=b"], "Setting 'name' is given 2 times"),
        (["export", "csv", "--weights", "nowhere.json"], "'nowhere.json' does not exist"),
    ],
)
def test_what_cannot_be_exported_is_refused_and_nothing_is_written(
    sealed: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    given = ["--weights", str(sealed), "--out", str(tmp_path / "out")]
    code, out, err = microlift(arguments[0], arguments[1], *given, *arguments[2:])
    assert (code, out) == (2, "")
    assert message in err
    assert not (tmp_path / "out").exists()


def test_weights_that_are_old_or_edited_are_refused(
    weights_file: Make, sealed: Path, tmp_path: Path
) -> None:
    sealed.write_text(sealed.read_text("utf-8").replace("3.2", "32.0"), encoding="utf-8")
    _, _, err = microlift("export", "csv", "--weights", sealed, "--out", tmp_path / "out")
    assert "was changed after it was written" in err
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    sealed.write_text(weights_file(valid_until=yesterday).to_json(), encoding="utf-8")
    code, _, err = microlift("export", "csv", "--weights", sealed, "--out", tmp_path / "out")
    assert (code, (tmp_path / "out").exists()) == (2, False)
    assert f"was valid until {yesterday}" in err


def test_what_there_is_can_be_listed(tmp_path: Path) -> None:
    code, out, _ = microlift("export", "--list")
    assert code == 0
    assert "sql              a CASE expression from events to values\n" in out
    assert "-s column=...  the column with the event's name (default 'event')" in out
    assert "-s names=...  names on Meta, by the event of the log (default {})" in out
    code, out, _ = microlift("validate", "--list")
    assert (code, "weights                  microlift's weights.json\n" in out) == (0, True)


def test_a_setting_that_is_no_text_is_given_as_json(sealed: Path, tmp_path: Path) -> None:
    given = ("linkedin", "--weights", sealed, "--out", tmp_path, "--quiet", "-s")
    code, _, _ = microlift("export", *given, 'conversions={"add_to_cart":"1","begin_checkout":"2"}')
    assert code == 0
    code, _, err = microlift("export", *given, "conversions={add_to_cart}")
    assert (code, "Setting 'conversions' of target linkedin: got '{add_to" in err) == (2, True)


def test_a_file_is_judged_in_one_line_or_by_its_faults(sealed: Path) -> None:
    size = f"{sealed.stat().st_size:,}"
    clean = (0, f"clean: {sealed} (weights, {size} bytes)\n", "")
    assert microlift("validate", "weights", sealed) == clean
    sealed.write_bytes(b"\xff{}")
    code, out, err = microlift("validate", "weights", sealed)
    assert (code, out) == (2, "")
    assert "has 1 fault, so that the platform would refuse or misread it:\n  byte 1: It is" in err


def test_a_kind_or_file_that_is_not_there_is_refused(sealed: Path, tmp_path: Path) -> None:
    code, _, err = microlift("validate", "weight", sealed)
    assert (code, "Validator 'weight' is not known (nearest: 'weights'" in err) == (2, True)
    code, _, err = microlift("validate", "weights", tmp_path / "gone")
    assert (code, "cannot be read (No such file or directory)" in err) == (2, True)


def test_the_same_can_be_done_from_python(sealed: Path) -> None:
    weights = ml.read_weights(sealed, on=date(2026, 1, 1))
    made = ml.export(weights, "csv")
    assert list(made.files) == ["values.csv"]
    assert "csv" in ml.targets()
    assert ml.validate("weights", sealed.read_bytes()) == []
    with pytest.raises(InputError, match=r"asks for weights as read .* got the text 'weights.json"):
        ml.export("weights.json", "csv")  # type: ignore[arg-type]
