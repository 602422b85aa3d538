import enum
import json
from datetime import date
from pathlib import Path

import nbformat
import numpy as np
import pytest

from microlift.errors import InputError
from microlift.reporting import arguments, declarations, runner
from microlift.reporting.parameters import Parameter

CELL = """
plan_path = ""
events_path = ""
out_dir = ""
weeks: int = 8  # how many weeks to show
least: float = 0.5  # "quoted" = signs, and # more
strict: bool = False
since: str | None = None  # the first day
by: list[str] = [
    "channel",
    "device",
]  # attributes to split by
name = "shop"
"""
DECLARED = declarations.read_cell(CELL)
HOSTILE = 'a"b\\\n\u2028$price_5$ "+__import__("os")'
REPORTS = {"journeys": DECLARED, "quality": {"weeks": DECLARED["weeks"]}}


class Colour(enum.StrEnum):
    RED = "red"


class Evil(str):
    __slots__ = ()

    def __repr__(self):
        raise AssertionError("a stranger's code was run")


def test_a_cell_is_read_with_types_defaults_and_help():
    told = {name: (one.declared, one.default, one.help) for name, one in DECLARED.items()}
    assert told == {
        "plan_path": ("str", "", ""),
        "events_path": ("str", "", ""),
        "out_dir": ("str", "", ""),
        "weeks": ("int", 8, "how many weeks to show"),
        "least": ("float", 0.5, '"quoted" = signs, and # more'),
        "strict": ("bool", False, ""),
        "since": ("str | None", None, "the first day"),
        "by": ("list[str]", ["channel", "device"], "attributes to split by"),
        "name": ("str", "shop", ""),
    }


def test_parameters_are_read_from_the_tagged_cell_alone(make):
    cells = make.code('a: str = ""\nb = c = 1', tags=["parameters"]), make.code("d = 1")
    assert [*declarations.declared(make.notebook(*cells), "x")] == ["a", "b", "c"]


def test_two_tagged_cells_are_refused(make):
    cells = [make.code("a = 1", tags=["parameters"]) for _ in range(2)]
    with pytest.raises(InputError, match="x has 2 cells tagged 'parameters'"):
        declarations.declared(make.notebook(*cells), "x")


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("import os", "only lines such as 'weeks: int = 8"),
        ("a: int", "only lines such as"),
        ("print('hello')", "only lines such as"),
        ("a: dict = {}", "the types are str, int, float, bool, list"),
        ("a: int | str = 1", "the types are"),
        ("a: list[int] = [1]", "the types are"),
        ("a = None", "the type cannot be told from the default"),
        ("a = {1: 2}", "the type cannot be told"),
        ("a = dict(b=1)", "the default is no plain value"),
        ("a = __import__('os').getcwd()", "the default is no plain value"),
        ("a: int = 'eight'", "the default is no int"),
        ("a: float = 1e999", "the default is no float"),
        ("a, b = 1, 2", "type cannot be told"),
        ("a.b = 1", "only a name can be given a value"),
        ("a = 1\na = 2", "'a' is declared twice"),
        ("a = (", "is no Python"),
    ],
)
def test_a_cell_with_anything_else_is_refused_with_its_line(source, why):
    with pytest.raises(InputError) as refused:
        declarations.read_cell(source, "own.ipynb")
    assert str(refused.value).startswith("own.ipynb: ")
    assert why in str(refused.value)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("weeks", "12", 12),
        ("weeks", "-3", -3),
        ("weeks", "007", 7),
        ("least", "1", 1.0),
        ("least", ".5e-3", 0.0005),
        ("strict", "true", True),
        ("strict", "false", False),
        ("since", "null", None),
        ("since", "", ""),
        ("since", "None", "None"),
        ("name", "null", "null"),
        ("name", "true", "true"),
        ("name", "1_000", "1_000"),
        ("name", HOSTILE, HOSTILE),
        ("by", "channel, device", ["channel", "device"]),
        ("by", "", []),
    ],
)  # fmt: skip
def test_a_text_is_read_by_the_declared_type_and_not_guessed(name, text, value):
    given = arguments.settle({"journeys": DECLARED}, texts=[(name, text)])["journeys"][name]
    assert (given, type(given)) == (value, type(value))


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("weeks", "1_000", "declared as int, got '1_000', and .* give a whole number, such as 8"),
        ("weeks", "٣", "declared as int, got '٣'"),
        ("weeks", "8.0", "declared as int, got '8.0'"),
        ("weeks", "true", "declared as int, got 'true'"),
        ("weeks", "null", "declared as int, got 'null'"),
        ("weeks", "", "declared as int, got ''"),
        ("weeks", "9" * 18, "a whole number beyond"),
        ("weeks", "9" * 5000, "got '9999.*\\.\\.\\..*9999'"),
        ("least", "nan", "declared as float, got 'nan'"),
        ("least", "inf", "declared as float, got 'inf'"),
        ("least", "1e999", "got inf, which is no number to reckon with"),
        ("strict", "True", "declared as bool, got 'True', .* give true or false"),
        ("strict", "1", "declared as bool, got '1'"),
        ("strict", "no", "declared as bool, got 'no'"),
        ("name", "x" * 10_001, "a text of 10,001 characters, of which 10,000 are taken"),
        ("name", "a\0b", "no text that a file can hold"),
        ("name", "\ud800", "no text that a file can hold"),
        ("wekes", "8", "'wekes' is not declared by journeys, .* did you mean 'weeks'"),
        ("weeks = 1; import os; y", "8", "is not declared by journeys"),
        ("__builtins__", "8", "is not declared by journeys"),
        ("x" * 10_000, "8", r"'xxxx.*\.\.\..*xxxx' is not declared"),
        ("plan_path", "p.yaml", "'plan_path' is given by microlift itself, .* say --plan instead"),
        ("events_path", "e.csv", "say --events instead"),
        ("out_dir", "/", "say --out instead"),
    ],
)
def test_an_ill_typed_or_unknown_text_is_refused(name, text, why):
    with pytest.raises(InputError, match=why) as refused:
        arguments.settle({"journeys": DECLARED}, texts=[(name, text)])
    assert len(str(refused.value)) < 500


def test_a_name_given_twice_is_refused():
    with pytest.raises(InputError, match="'weeks' is given 2 times, of which one could count"):
        arguments.settle({"journeys": DECLARED}, texts=[("weeks", "1"), ("weeks", "2")])


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("weeks", True, r"got True \(bool\)"),
        ("weeks", 8.0, r"got 8.0 \(float\)"),
        ("weeks", "8", r"got '8' \(str\)"),
        ("weeks", None, r"got None \(NoneType\)"),
        ("weeks", np.int64(3), r"got an object \(int64\)"),
        ("weeks", 10**400, "a whole number beyond"),
        ("strict", np.bool_(False), r"got an object \(bool"),  # papermill makes it true
        ("strict", 0, r"got 0 \(int\)"),
        ("least", float("nan"), "got nan, which is no number"),
        ("least", float("-inf"), "got -inf, which is no number"),
        ("least", np.float64(0.5), r"got an object \(float64\)"),
        ("least", 10**400, "a whole number beyond"),
        ("name", Path('"+__import__("os").popen("id").read()+"'), r"got an object \(\w*Path\)"),
        ("name", date(2026, 1, 1), r"got an object \(date\)"),
        ("name", Colour.RED, r"got an object \(Colour\)"),
        ("name", Evil("x"), r"got an object \(Evil\)"),
        ("name", {"a": 1}, r"got {'a': 1} \(dict\)"),
        ("by", ("a", "b"), r"got \('a', 'b'\) \(tuple\)"),
        ("by", {"a"}, r"got {'a'} \(set\)"),
        ("by", "channel", r"got 'channel' \(str\)"),
        ("by", ["a", Path("b")], r"a list with an object \(\w*Path\) in it"),
        ("by", ["a", 1], r"a list with 1 \(int\) in it"),
        (3, 1, "The name of a parameter is a text, got one of type int"),
        (Evil("weeks"), 8, "The name of a parameter is a text, got one of type Evil"),
    ],
)
def test_a_value_that_json_does_not_have_is_refused(name, value, why):
    with pytest.raises(InputError, match=why):
        arguments.settle({"journeys": DECLARED}, values={name: value})


def test_the_command_line_goes_before_the_file_and_each_report_gets_what_it_declares():
    given = arguments.settle(REPORTS, {"weeks": 1, "name": "a"}, [("weeks", "2")])
    assert given == {"journeys": {"weeks": 2, "name": "a"}, "quality": {"weeks": 2}}


@pytest.mark.parametrize(
    ("file", "content", "why"),
    [
        ("p.json", '{"weeks": 1, "weeks": 2}', "a name is there more than once"),
        ("p.json", "{", "cannot be read as JSON"),
        ("p.json", "[1]", "holds no mapping but list"),
        ("p.json", "[" * 100_000, "cannot be read as JSON"),
        ("p.yaml", "weeks: 1\nweeks: 2", "got the key 'weeks' more than once"),
        ("p.yaml", "weeks: [", "cannot be read as YAML"),
        ("p.yaml", "", "holds no mapping but NoneType"),
        ("p.yaml", "!!python/object/apply:os.getcwd []", "cannot be read as YAML"),
        ("p.yaml", "a: " + "x" * 1_000_000, "has 1,000,003 bytes, of which 1,000,000 are taken"),
        ("none.yaml", None, "Parameters file .* does not exist"),
        ("none.json", None, "Parameters file .* does not exist"),
    ],
)
def test_a_file_that_says_no_parameters_is_refused(tmp_path, file, content, why):
    if content is not None:
        (tmp_path / file).write_text(content)
    with pytest.raises(InputError, match=why):
        arguments.of_file(tmp_path / file)


@pytest.mark.parametrize(
    ("file", "content", "why"),
    [
        ("p.yaml", "since: 2026-01-01", r"got an object \(date\)"),
        ("p.yaml", "name: no", r"got False \(bool\)"),
        ("p.yaml", "name: null", r"got None \(NoneType\)"),
        ("p.json", '{"least": NaN}', "got nan"),
        ("p.json", '{"by": {"a": 1}}', r"\(dict\)"),
    ],
)
def test_an_ill_typed_value_of_a_file_is_refused(tmp_path, file, content, why):
    (tmp_path / file).write_text(content)
    with pytest.raises(InputError, match=why):
        arguments.settle(REPORTS, arguments.of_file(tmp_path / file))


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("p.yaml", "weeks: 4\nby: [a, 'b,c']\nsince: null\n"),
        ("p.json", '{"weeks": 4, "by": ["a", "b,c"], "since": null}'),
    ],
)
def test_json_and_yaml_say_the_same(tmp_path, file, content):
    (tmp_path / file).write_text(content)
    given = arguments.settle({"journeys": DECLARED}, arguments.of_file(tmp_path / file))
    assert given == {"journeys": {"weeks": 4, "by": ["a", "b,c"], "since": None}}


def test_the_table_is_aligned_and_leaves_out_what_the_runner_gives():
    lines = arguments.table(DECLARED).splitlines()
    assert lines[0].split() == ["name", "type", "default", "help"]
    assert lines[1] == "weeks   int         8                      how many weeks to show"
    assert len({line.index(part) for line, part in zip(lines[1:4], "80f", strict=True)}) == 1
    assert not [line for line in lines if "_path" in line or "out_dir" in line]
    assert arguments.table({"plan_path": Parameter("plan_path", "str", False, "")}) == (
        "It takes no parameters."
    )


def own(folder, make, cell, *sources):
    cells = [make.code(cell, ran=None, tags=["parameters"])]
    cells += [make.code(source, ran=None) for source in sources]
    path = folder / "own.ipynb"
    nbformat.write(make.notebook(make.markdown("# Own"), *cells), path)
    return path


def test_values_reach_the_notebook_as_they_were_given(make, tmp_path):
    text = "\"'\\ {x} \n\t\u2028 ' + __import__('os') #カ🎉"
    given = {"weeks": -3, "least": 1, "strict": True, "since": text, "by": [text, ""], "name": ""}
    wanted = dict(given, least=1.0)
    path = own(
        tmp_path, make, CELL,
        f"got = dict(weeks=weeks, least=least, strict=strict, since=since, by=by, name=name)\n"
        f"assert got == {wanted!r}, got\nassert type(least) is float",
    )  # fmt: skip
    outcome = runner.run_report("p", "e", tmp_path / "out", path, quiet=True, parameters=given)
    assert outcome.exit_code == 0, outcome.message
    assert outcome.manifest["overridden"] == sorted(given)
    assert {k: outcome.manifest["parameters"][k] for k in wanted} == wanted
    kept = next((tmp_path / "out" / "own" / "runs").glob("*/manifest.json"))
    assert json.loads(kept.read_text("utf-8")) == outcome.manifest


def test_what_is_refused_starts_no_kernel_and_writes_nothing(make, tmp_path):
    path = own(tmp_path, make, CELL, f"open({str(tmp_path / 'ran')!r}, 'w')")
    outcome = runner.run_report("p", "e", tmp_path / "out", path, texts=[("weeks", "x")])
    assert (outcome.exit_code, outcome.html) == (2, None)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["own.ipynb"]


@pytest.mark.parametrize("name", ["history", "All", "weights"])
def test_a_notebook_of_the_name_of_something_else_is_refused(make, tmp_path, name):
    path = own(tmp_path, make, CELL).rename(tmp_path / f"{name}.ipynb")
    outcome = runner.run_report("p", "e", tmp_path / "out", path)
    assert (outcome.exit_code, (tmp_path / "out").exists()) == (2, False)
    assert f"A report cannot be called {name!r}" in outcome.message


def test_a_file_that_is_no_notebook_is_refused(tmp_path):
    path = tmp_path / "own.ipynb"
    path.write_text("{}")
    outcome = runner.run_report("p", "e", tmp_path / "out", path)
    assert outcome.exit_code == 2
    assert "cannot be read as a notebook" in outcome.message
