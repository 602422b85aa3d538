"""The package's names are there when asked for, and cost nothing until then."""

import subprocess
import sys

import pytest

import microlift

HEAVY = ("duckdb", "ibis", "numpy", "pandas", "papermill", "pydantic", "scipy", "sklearn")


def python(source):
    """Run a fresh interpreter: in this one everything has been imported long ago."""
    ended = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, timeout=120, check=False
    )
    assert ended.stderr == ""
    return ended.stdout


@pytest.mark.parametrize("name", microlift.__all__)
def test_a_public_name_is_what_its_module_defines(name):
    value = getattr(microlift, name)
    assert value.__name__ == name
    assert value.__module__.startswith("microlift.")
    assert name in dir(microlift)


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'microlift' has no attribute 'lifts'"):
        _ = microlift.lifts


@pytest.mark.parametrize(
    "before",
    [
        "import microlift.run, microlift.moments",
        pytest.param("", marks=pytest.mark.slow),
        pytest.param("from microlift.ledger import Ledger", marks=pytest.mark.slow),
    ],
)
@pytest.mark.slow
def test_moments_and_run_are_functions_whatever_was_imported_before(before):
    source = f"{before}\nimport microlift as ml\nprint(ml.moments.__name__, ml.run.__name__)"
    assert python(source) == "moments run\n"


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["lift", "--help"], ["lifts"]])
def test_the_command_line_answers_without_loading_an_estimator(arguments):
    source = (
        "import contextlib, io, sys\n"
        "from microlift.cli import main\n"
        "with contextlib.suppress(SystemExit), contextlib.redirect_stderr(io.StringIO()):\n"
        "    with contextlib.redirect_stdout(io.StringIO()):\n"
        f"        main({arguments})\n"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    assert python(source) == "[]\n"
